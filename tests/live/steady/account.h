/* What the calling thread has asked of libc's heap and locks: by whatever code, for the program's own functions of
 * these names stand before libc's. */
#ifndef LIVE_STEADY_ACCOUNT_H
#define LIVE_STEADY_ACCOUNT_H

struct account {
	long allocations; /* and what gives them back, and mappings */
	long locks;
};

struct account account_now(void);

static inline struct account account_since(struct account before)
{
	struct account now = account_now();
	return (struct account){now.allocations - before.allocations, now.locks - before.locks};
}

#endif
