/* The library's own descriptors: close-on-exec, above the numbers that the program counts on, and noted in the flow
 * table so that the program cannot close them. Numbers are above the program's soft limit where the hard limit has
 * room for that, else in its top eighth; under a soft limit of thousands, from 1,792 on.
 *
 * The callers of own_make and own_copy hold the negotiator's lock, or are the start of the process. */
#ifndef PRELOAD_OWN_H
#define PRELOAD_OWN_H

/* A fresh descriptor by that system call, moved up and noted. A program that has used up its descriptors is in no way
 * of it. A negative errno on failure. */
int own_make(long number, long a, long b, long c, long d);
int own_copy(int fd); /* the same file once more, also ours */
void own_close(int fd);

/* A copy that stays open over exec and is noted nowhere, for what is executed next. Without the lock, and also in the
 * child of a vfork. */
int own_copy_for_exec(int fd);
int own_copy_low_for_exec(int fd); /* in the upper half below the soft limit, or not at all */

/* A fresh descriptor for a few calls, likewise noted nowhere; the kernel closes it with its own close. */
long own_make_briefly(long number, long a, long b, long c, long d);

#endif
