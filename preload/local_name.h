/* The local address of a flow's socket, as the program knows it. */
#ifndef PRELOAD_LOCAL_NAME_H
#define PRELOAD_LOCAL_NAME_H

#include "core/view.h"

/* False, with errno: the kernel knows none. */
bool local_name(int fd, const struct view *view, union socket_address *local, socklen_t *size);

#endif
