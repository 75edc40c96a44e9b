/* recvmsg with MSG_ERRQUEUE. */
#ifndef PRELOAD_ERROR_QUEUE_H
#define PRELOAD_ERROR_QUEUE_H

#include "preload/arrival.h"

/* False: the queue is the kernel's affair. Else *got is the call's answer, with errno where -1. */
bool error_queue_take(struct arrival *arrival, ssize_t *got);

/* The program makes use of it: the library does not. */
void error_queue_is_asked_for(flow_handle handle);

/* The same of a socket that was used before we knew it, or that was handed over: if it is so. */
void error_queue_inherit(int fd, flow_handle handle);

#endif
