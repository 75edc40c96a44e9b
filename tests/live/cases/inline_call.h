/* A system call that no library sees: as programs without libc make theirs. Answers a negative errno. */
#ifndef LIVE_CASES_INLINE_CALL_H
#define LIVE_CASES_INLINE_CALL_H

static inline long inline_call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long answer;
	__asm__ volatile("syscall" : "=a"(answer) : "0"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return answer;
#elif defined(__i386__)
	long answer;
	__asm__ volatile("int $0x80" : "=a"(answer) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return answer;
#else
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#endif
}

#endif
