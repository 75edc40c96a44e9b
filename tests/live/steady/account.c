#include "tests/live/steady/account.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OURS __attribute__((visibility("default")))

static _Thread_local struct account account;

struct account account_now(void)
{
	return account;
}

/* libc's own, by other names: looking one up allocates. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* libc's headers call the parameters by names that are not for programs */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
OURS void *malloc(size_t size)
{
	account.allocations++;
	return __libc_malloc(size);
}

OURS void *calloc(size_t count, size_t size)
{
	account.allocations++;
	return __libc_calloc(count, size);
}

OURS void *realloc(void *old, size_t size)
{
	account.allocations++;
	return __libc_realloc(old, size);
}

OURS void *memalign(size_t alignment, size_t size)
{
	account.allocations++;
	return __libc_memalign(alignment, size);
}

OURS void *aligned_alloc(size_t alignment, size_t size)
{
	account.allocations++;
	return __libc_memalign(alignment, size);
}

OURS int posix_memalign(void **memory, size_t alignment, size_t size)
{
	account.allocations++;
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : ENOMEM;
}

OURS void free(void *memory)
{
	account.allocations++;
	__libc_free(memory);
}

#if defined(SYS_mmap2) /* of a 32-bit machine: its mmap takes all arguments by a pointer */
#define MAP_CALL SYS_mmap2
#define MAP_UNIT 4096
#else
#define MAP_CALL SYS_mmap
#define MAP_UNIT 1
#endif

OURS void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	account.allocations++;
	return (void *)syscall(MAP_CALL, at, size, protection, flags, fd, (long)(offset / MAP_UNIT));
}

OURS int munmap(void *at, size_t size)
{
	account.allocations++;
	return (int)syscall(SYS_munmap, at, size);
}

/* TYPE NAME(PARAMETERS), which counts as a lock taken, or waited for. */
#define LOCK(name, parameters, ...)                                                                                    \
	OURS int name parameters                                                                                       \
	{                                                                                                              \
		static int(*_Atomic next) parameters;                                                                  \
		if (!next)                                                                                             \
			next = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                             \
		account.locks++;                                                                                       \
		return next(__VA_ARGS__);                                                                              \
	}

LOCK(pthread_mutex_lock, (pthread_mutex_t * mutex), mutex)
LOCK(pthread_mutex_trylock, (pthread_mutex_t * mutex), mutex)
LOCK(pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *end), mutex, end)
LOCK(pthread_mutex_clocklock, (pthread_mutex_t * mutex, clockid_t clock, const struct timespec *end), mutex, clock, end)
LOCK(pthread_rwlock_rdlock, (pthread_rwlock_t * lock), lock)
LOCK(pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), lock)
LOCK(pthread_rwlock_wrlock, (pthread_rwlock_t * lock), lock)
LOCK(pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), lock)
LOCK(pthread_spin_lock, (pthread_spinlock_t * lock), lock)
LOCK(pthread_spin_trylock, (pthread_spinlock_t * lock), lock)
LOCK(pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex), condition, mutex)
LOCK(pthread_cond_timedwait, (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *end),
     condition, mutex, end)
LOCK(sem_wait, (sem_t * semaphore), semaphore)
LOCK(pthread_once, (pthread_once_t * once, void (*routine)(void)), once, routine)
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
