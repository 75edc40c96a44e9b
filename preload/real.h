/* The real functions: the next definition of each intercepted symbol, in libc or in another preloaded library. */
#ifndef PRELOAD_REAL_H
#define PRELOAD_REAL_H

#include <mqueue.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <threads.h>
#include <time.h>
#include <wordexp.h>

/* A time of 64 bits, on every machine. */
struct wide_time {
	int64_t seconds;
	int32_t nanoseconds;
	int32_t unused;
};

struct __res_state; /* <resolv.h> gives half of these functions other names */

struct real {
#define HOOK(type, name, number, parameters, arguments)         type(*name) parameters;
#define HOOK_BY_NUMBER(type, name, parameters, arguments)       type(*name) parameters;
#define HOOK_LIBRARY(type, name, answer, parameters, arguments) type(*name) parameters;
#define HOOK_LIST(type, name)
#define HOOK_ALONE(name)
#define ALIAS(name, target)
#include "preload/hooks.def"
};

/* Usable at any time: until the symbols are resolved each pointer leads to a stand-in that resolves them first, and
 * makes the system call itself where it is called by the resolving. */
extern struct real real;

/* socket and the functions of the data path are libc's own: no other library stands between. */
extern bool real_is_libc;

/* libc's clock_gettime, which needs no system call; NULL: another one stands before it, which may tell another time. */
extern int (*real_clock)(clockid_t clock, struct timespec *now);

/* Resolves all of them, once. */
void real_resolve(void);

#endif
