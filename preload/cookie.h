/* What names a socket for its whole life, while descriptors come and go. */
#ifndef PRELOAD_COOKIE_H
#define PRELOAD_COOKIE_H

#include <stdint.h>

/* 0, or a negative errno. Leaves errno alone. */
int cookie_of(int fd, uint64_t *cookie);

#endif
