#include "core/former_relays.h"

void former_relays_reset(struct former_relays *relays)
{
	if (!atomic_load_explicit(&relays->key, memory_order_relaxed)) /* there never was another relay */
		return;
	atomic_store(&relays->key, 0);
	for (int i = 0; i < FORMER_RELAYS; i++)
		atomic_store(&relays->marks[i], 0);
}

static uint64_t mark_of(const struct former_relays *relays, const struct endpoint *relay)
{
	uint64_t key = atomic_load_explicit(&relays->key, memory_order_relaxed);
	return endpoint_hash(relay, key, ~key);
}

bool former_relays_have(const struct former_relays *relays, const struct endpoint *relay)
{
	uint64_t first = atomic_load_explicit(&relays->marks[0], memory_order_acquire);
	if (!first) /* most flows never had another relay */
		return false;
	uint64_t mark = mark_of(relays, relay);
	for (int i = 0; i < FORMER_RELAYS; i++)
		if (atomic_load_explicit(&relays->marks[i], memory_order_acquire) == mark)
			return true;
	return false;
}

void former_relays_add(struct former_relays *relays, const struct world *world, const struct endpoint *relay)
{
	if (relay->kind == ENDPOINT_NONE || former_relays_have(relays, relay))
		return;
	if (!atomic_load_explicit(&relays->key, memory_order_relaxed))
		atomic_store(&relays->key, world->random() | 1);
	/* Upwards, as they are read: who reads meanwhile misses none but the oldest. */
	for (int i = FORMER_RELAYS - 1; i > 0; i--)
		atomic_store_explicit(&relays->marks[i],
				      atomic_load_explicit(&relays->marks[i - 1], memory_order_relaxed),
				      memory_order_release);
	atomic_store_explicit(&relays->marks[0], mark_of(relays, relay), memory_order_release);
}
