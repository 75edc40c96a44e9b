/* The device that a socket is bound to. */
#ifndef PRELOAD_DEVICE_H
#define PRELOAD_DEVICE_H

/* Its index; 0: it is bound to none. Leaves errno alone. */
unsigned device_of(int fd);

#endif
