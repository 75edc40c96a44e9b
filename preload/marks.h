/* Options of IPv6 sockets about marks (core/marks.h): the kernel is asked for those of both families' packets, and the
 * program is told what it has set itself. */
#ifndef PRELOAD_MARKS_H
#define PRELOAD_MARKS_H

#include "preload/cover.h"

/* The program has set that option to that value. */
void marks_note(int fd, flow_handle handle, int level, int option, const void *value, socklen_t size);

/* What the program has set that option to. False: the kernel knows it. */
bool marks_kept(const struct view *view, int level, int option, int *value);

/* A socket that was used before we knew it; or that was handed over, with what its program has asked for. */
void marks_learn(int fd, flow_handle handle);
void marks_inherit(int fd);

#endif
