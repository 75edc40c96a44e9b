/* A system call that goes deep leaves the kernel's addresses on the processor's stack of return addresses. On AMD's
 * processors the first return that takes one of them waits for a misprediction of a very expensive kind: half a
 * microsecond after a sendto on an EPYC under a hypervisor, a fifth of the whole call. Calls that are never returned
 * from put harmless addresses there instead, and cost next to nothing there. Intel's processors predict such returns by
 * other means, and would mispredict the ones that are not harmless but ours: 60 ns a call on a Xeon of 2023. */
#ifndef PRELOAD_DEEP_CALL_H
#define PRELOAD_DEEP_CALL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/raw.h"

extern _Atomic bool deep_call_refills; /* either is right everywhere; which one is faster the processor tells */

/* At the start of the process: what is known without asking the processor, which costs as much as ten system calls
 * under a hypervisor; and asking it, in a thread of the library's. */
void deep_call_begin(void);
void deep_call_ask(void);

/* They stay out of the red zone, and out of the way of a shadow stack, which would miss the returns: rdsspq, a no-op
 * where there is none, tells. */
static inline void deep_call_refill(void)
{
#if defined(__x86_64__)
	__asm__ volatile("xorl %%ecx, %%ecx\n\t"
			 ".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc9\n\t" /* rdsspq %rcx */
			 "testq %%rcx, %%rcx\n\t"
			 "jnz 2f\n\t"
			 "leaq -128(%%rsp), %%rsp\n\t"
			 ".rept 32\n\t"
			 "call 1f\n\t"
			 "int3\n"
			 "1:\n\t"
			 ".endr\n\t"
			 "leaq 128+32*8(%%rsp), %%rsp\n"
			 "2:"
			 :
			 :
			 : "rcx", "cc", "memory");
#endif
}

/* As raw_call, for one that goes deep, on a path where that counts. */
#define deep_call(...)                                                                                                 \
	({                                                                                                             \
		long deep_answer = raw_call(__VA_ARGS__);                                                              \
		if (__builtin_expect(atomic_load_explicit(&deep_call_refills, memory_order_relaxed), 0))               \
			deep_call_refill();                                                                            \
		deep_answer;                                                                                           \
	})

#endif
