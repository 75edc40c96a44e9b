/* System calls without libc: for descriptors that no other preloaded library is to see or redirect, and for the time
 * before libc's functions are found. Answers a negative errno on failure and leaves errno alone. For the doors, not
 * for core itself. */
#ifndef CORE_RAW_H
#define CORE_RAW_H

#include <sys/syscall.h>

static inline long raw_six(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long answer;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return answer;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
#error "raw_six: x86_64 or aarch64"
#endif
}

/* raw_call(number, up to six arguments of any scalar type); the ones that are not given are zero. */
#define raw_call(...) RAW_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define RAW_CALL(number, a, b, c, d, e, f, ...)                                                                        \
	raw_six((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
