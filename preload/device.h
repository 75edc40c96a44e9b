/* The device that a socket is bound to. */
#ifndef PRELOAD_DEVICE_H
#define PRELOAD_DEVICE_H

#include <net/if.h>
#include <stdbool.h>

/* Its index; 0: it is bound to none. Leaves errno alone. */
unsigned device_of(int fd);

/* 0, or a negative errno; -ENODEV: no device has that index. fd: any socket. */
int device_name(int fd, unsigned index, char name[IFNAMSIZ]);
bool device_is_missing(int fd, unsigned index);

#endif
