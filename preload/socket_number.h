/* A socket option that is a number. */
#ifndef PRELOAD_SOCKET_NUMBER_H
#define PRELOAD_SOCKET_NUMBER_H

/* 0 also where the kernel does not tell it. By the kernel alone, and leaves errno alone. */
int socket_number(int fd, int level, int option);

#endif
