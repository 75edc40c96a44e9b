/* recvmsg with MSG_ERRQUEUE. */
#ifndef PRELOAD_ERROR_QUEUE_H
#define PRELOAD_ERROR_QUEUE_H

#include "preload/arrival.h"

/* False: the queue is the kernel's affair. Else *got is the call's answer, with errno where -1. */
bool error_queue_take(struct arrival *arrival, ssize_t *got);

#endif
