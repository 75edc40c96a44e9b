#include "core/aix/waiting.h"

#include <pthread.h>

#define BUCKETS 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct exchange *buckets[BUCKETS]; /* under lock, as is the count */
static size_t count;

static void lock_table(void)
{
	pthread_mutex_lock(&lock);
}

static void unlock_table(void)
{
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void survive_fork(void)
{
	pthread_atfork(lock_table, unlock_table, unlock_table);
}

static struct exchange *unlink_at(struct exchange **link)
{
	struct exchange *exchange = *link;

	*link = exchange->next;
	count--;
	return exchange;
}

static void sweep(void)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct exchange **link = &buckets[i]; *link;) {
			if (stream_cookie((*link)->fd) == (*link)->cookie)
				link = &(*link)->next;
			else
				exchange_free(unlink_at(link));
		}
}

struct exchange *waiting_take(int fd, uint64_t cookie)
{
	struct exchange *found = NULL;

	lock_table();
	for (struct exchange **link = &buckets[(unsigned)fd % BUCKETS]; *link;) {
		if ((*link)->fd != fd)
			link = &(*link)->next;
		else if ((*link)->cookie == cookie)
			found = unlink_at(link);
		else
			exchange_free(unlink_at(link));
	}
	unlock_table();
	return found;
}

bool waiting_put(struct exchange *exchange)
{
	struct exchange **bucket = &buckets[(unsigned)exchange->fd % BUCKETS];
	bool room;

	lock_table();
	if (count == WAITING_MAX)
		sweep();
	room = count < WAITING_MAX;
	if (room) {
		exchange->next = *bucket;
		*bucket = exchange;
		count++;
	}
	unlock_table();
	return room;
}
