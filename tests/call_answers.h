/* A system call that fails, whatever the state of the system is. */
#ifndef TESTS_CALL_ANSWERS_H
#define TESTS_CALL_ANSWERS_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What that call answers from now on in this process, as a container's policy may have it. False: no filters here. */
static inline bool call_answers(unsigned number, int error)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
	return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 &&
	       prctl(PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, &program) == 0;
}

#endif
