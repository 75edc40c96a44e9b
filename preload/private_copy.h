/* A descriptor for the length of one call, which no thread of the program knows: what was found out of it stays true
 * until the call is made, whatever becomes of the program's number meanwhile. */
#ifndef PRELOAD_PRIVATE_COPY_H
#define PRELOAD_PRIVATE_COPY_H

/* The number itself where there is no room for a copy; a negative errno where it names nothing. */
int private_copy(int fd);
void private_copy_close(int copy, int fd); /* errno stays */

#endif
