/* What glibc declares and musl does not: included before everything else where the tests' programs are built for it.
 * The functions make the system call by way of syscall(). */
#ifndef TESTS_LIVE_LACKING_H
#define TESTS_LIVE_LACKING_H

#include <linux/close_range.h>
#include <linux/time_types.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/uio.h>

#define SO_TIMESTAMP_OLD    29
#define SO_TIMESTAMPNS_OLD  35
#define SO_TIMESTAMPING_OLD 37
#define SO_TIMESTAMP_NEW    63
#define SO_TIMESTAMPNS_NEW  64
#define SO_TIMESTAMPING_NEW 65
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

const char *strerrorname_np(int error);
ssize_t preadv2(int fd, const struct iovec *pieces, int count, off_t offset, int flags);
ssize_t pwritev2(int fd, const struct iovec *pieces, int count, off_t offset, int flags);
int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
int execveat(int folder, const char *path, char *const arguments[], char *const environment[], int flags);

#endif
