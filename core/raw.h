/* System calls without libc: for descriptors that no other preloaded library is to see or redirect, and for the time
 * before libc's functions are found. Answers a negative errno on failure and leaves errno alone. For the doors, not
 * for core itself. */
#ifndef CORE_RAW_H
#define CORE_RAW_H

#include <stdint.h>
#include <sys/socket.h>
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
#elif defined(__i386__)
	/* The sixth argument has the register that may be the frame's. The call is by the kernel's own entry page,
	 * whose address libc keeps for each thread. */
	long answer;
	__asm__ volatile("pushl %7\n\t"
			 "pushl %%ebp\n\t"
			 "movl 4(%%esp), %%ebp\n\t"
			 "call *%%gs:0x10\n\t"
			 "popl %%ebp\n\t"
			 "addl $4, %%esp"
			 : "=a"(answer)
			 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "g"(f)
			 : "memory", "cc");
	return answer;
#else
#error "raw_six: x86_64, i386 or aarch64"
#endif
}

/* Where the oldest call of a name has a narrow idea of users' numbers or of what a file is, the one that has not. */
#if defined(__i386__)
#define RAW_FSTATAT    SYS_fstatat64
#define RAW_SENDFILE64 SYS_sendfile64
#define RAW_FCNTL64    SYS_fcntl64
#define RAW_GETUID     SYS_getuid32
#define RAW_GETEUID    SYS_geteuid32
#define RAW_GETGID     SYS_getgid32
#define RAW_GETEGID    SYS_getegid32
#define RAW_GETRESUID  SYS_getresuid32
#else
#define RAW_FSTATAT    SYS_newfstatat
#define RAW_SENDFILE64 SYS_sendfile
#define RAW_FCNTL64    SYS_fcntl
#define RAW_GETUID     SYS_getuid
#define RAW_GETEUID    SYS_geteuid
#define RAW_GETGID     SYS_getgid
#define RAW_GETEGID    SYS_getegid
#define RAW_GETRESUID  SYS_getresuid
#endif

/* The kernel's two numbers of an option that carries times; musl has only the one that its own times take. */
#ifndef SO_RCVTIMEO_OLD
#define SO_RCVTIMEO_OLD     20
#define SO_SNDTIMEO_OLD     21
#define SO_TIMESTAMPING_OLD 37
#endif
#ifndef SO_RCVTIMEO_NEW
#define SO_TIMESTAMPING_NEW 65
#define SO_RCVTIMEO_NEW     66
#define SO_SNDTIMEO_NEW     67
#endif

/* A position in a file, as the calls with 64 in their names take it: in halves, of which a long of 64 bits is both. */
#define RAW_OFFSET(offset) (long)(offset), (long)((uint64_t)(offset) >> 32)

/* raw_call(number, up to six arguments of any scalar type); the ones that are not given are zero. */
#define raw_call(...) RAW_CALL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define RAW_CALL(number, a, b, c, d, e, f, ...)                                                                        \
	raw_six((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
