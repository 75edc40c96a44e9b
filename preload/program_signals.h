/* Signals, which must find no lock of ours held where their handlers come by: they are blocked meanwhile. In a program
 * of one thread that has no handler none can come by, and the two system calls are spared. */
#ifndef PRELOAD_PROGRAM_SIGNALS_H
#define PRELOAD_PROGRAM_SIGNALS_H

#include <signal.h>
#include <stdint.h>

#include "core/raw.h"
#include "preload/program_threads.h"

extern _Atomic bool program_has_handlers; /* since one was set: it may be gone */

/* No kernel answers it: two signals can never be blocked. */
#define SIGNALS_AS_THEY_ARE UINT64_MAX

/* Also for a thread that is made now, which has them blocked from its beginning. */
static inline uint64_t signals_block_all(void)
{
	uint64_t all = ~UINT64_C(0), before = 0;
	raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof before);
	return before;
}

/* Only while the program has one thread can nobody set a handler meanwhile. */
static inline uint64_t signals_block(void)
{
	if (atomic_load_explicit(&program_has_threads, memory_order_relaxed) ||
	    atomic_load_explicit(&program_has_handlers, memory_order_relaxed))
		return signals_block_all();
	return SIGNALS_AS_THEY_ARE;
}

static inline void signals_restore(uint64_t mask)
{
	if (mask != SIGNALS_AS_THEY_ARE)
		raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0L, sizeof mask);
}

/* The program acts on the kernel by itself: by the number of the system call. */
void program_signals_note(void);

#endif
