/* The one engine of this process: settings read at the first datagram socket, and what happens around fork. */
#ifndef PRELOAD_PROCESS_H
#define PRELOAD_PROCESS_H

#include "core/engine.h"

extern struct negotiator negotiator;

/* It has forked, or is a child of one that did: sockets may be another process's as well. */
extern _Atomic bool process_has_relatives;

/* Has libc call what is to happen around each fork, once: when the library is loaded, so that a first socket is spared
 * that, or at that where another library's constructor has made it. False: no memory. */
bool process_begin(void);

/* Reads the settings, once. Settings in error are said once on standard error, and everything that would be relayed is
 * refused from then on. False: nothing can be covered (no memory), or this is the child of a vfork. */
bool process_start(void);

/* Whether this process may change the flows: not in the child of a vfork. */
bool process_is_ours(void);

/* This is the child of a vfork, which shares its parent's memory and may change nothing in it. */
bool process_is_borrowed(void);

#endif
