/* The exchanges that wait for the program's next call, by descriptor. */
#ifndef CORE_AIX_WAITING_H
#define CORE_AIX_WAITING_H

#include "core/aix/exchange.h"

#define WAITING_MAX 1024

/* Taken out of the table, so that no two threads go on with the same one. NULL: none. One that was left behind by
 * another socket of the same number is freed. */
struct exchange *waiting_take(int fd, uint64_t cookie);

/* false: there are WAITING_MAX already, and none of them has lost its socket. */
bool waiting_put(struct exchange *exchange);

#endif
