/* The library's own descriptors: close-on-exec, above the numbers that the program counts on, and noted in the flow
 * table so that the program cannot close them. Numbers are above the soft limit as it was where the hard limit allows
 * to raise it, else in the top eighth. */
#ifndef PRELOAD_OWN_H
#define PRELOAD_OWN_H

#include <stdbool.h>

/* Takes over a fresh descriptor: moves it up and notes it. A negative errno passes through; on failure the
 * descriptor is closed. */
int own_adopt(int fd);
int own_copy(int fd); /* the same file once more, also ours */
void own_close(int fd);

/* The program was given a number that it would not have without our raising the limit. */
bool own_is_beyond_limit(int fd);

#endif
