#include "preload/uring.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "core/raw.h"
#include "preload/birth.h"
#include "preload/hooks.h"

#define X32_BIT 0x40000000

bool uring_is_allowed(void)
{
	return birth()->settings.allow_uring;
}

static bool is_filtered_anyway(void)
{
	return raw_call(SYS_prctl, PR_GET_SECCOMP) == SECCOMP_MODE_FILTER ||
	       raw_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) == 1;
}

/* A parent's filter is inherited: another one on top of it would be one more in each generation. */
static bool is_there(void)
{
	long answer = raw_call(SYS_io_uring_setup, 0L, 0L);
	return answer == -EFAULT || answer == -EINVAL;
}

/* The number is the same on every architecture, but for the bit of x32. The kernel finds out once, when the filter is
 * installed, that all other numbers pass whatever their arguments are. */
static void install(void)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 1, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup | X32_BIT, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof steps / sizeof *steps, .filter = steps};
	raw_call(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		 &program);
}

void uring_forbid(void)
{
	if (!uring_is_allowed() && is_filtered_anyway() && is_there())
		install();
}

/* liburing makes its calls without libc, and answers negative errnos. */

int hook_io_uring_setup(unsigned entries, void *parameters)
{
	return uring_is_allowed() ? real.io_uring_setup(entries, parameters) : -ENOSYS;
}

int hook_io_uring_queue_init(unsigned entries, void *ring, unsigned flags)
{
	return uring_is_allowed() ? real.io_uring_queue_init(entries, ring, flags) : -ENOSYS;
}

int hook_io_uring_queue_init_params(unsigned entries, void *ring, void *parameters)
{
	return uring_is_allowed() ? real.io_uring_queue_init_params(entries, ring, parameters) : -ENOSYS;
}

int hook_io_uring_queue_init_mem(unsigned entries, void *ring, void *parameters, void *memory, size_t size)
{
	return uring_is_allowed() ? real.io_uring_queue_init_mem(entries, ring, parameters, memory, size) : -ENOSYS;
}
