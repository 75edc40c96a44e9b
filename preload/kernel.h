/* The data path's system calls. Where the next function in line is libc's own, which makes the system call and nothing
 * else, they are made right here; else the next library is asked, which may have its own idea of the socket.
 *
 * Each answers a negative errno on failure and leaves errno alone. Those that may block are cancellation points
 * (pthread_setcanceltype(3)), as libc's are. */
#ifndef PRELOAD_KERNEL_H
#define PRELOAD_KERNEL_H

#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

ssize_t kernel_send(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size);
ssize_t kernel_send_message(int fd, const struct msghdr *message, int flags);
int kernel_send_messages(int fd, struct mmsghdr *messages, unsigned count, int flags);
ssize_t kernel_receive(int fd, void *bytes, size_t size, int flags, struct sockaddr *from, socklen_t *from_size);
ssize_t kernel_receive_message(int fd, struct msghdr *message, int flags);
int kernel_receive_messages(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout);

#endif
