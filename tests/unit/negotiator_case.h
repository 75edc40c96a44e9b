/* A negotiator with three servers in a fake world, and what its tests ask of it. */
#ifndef TESTS_UNIT_NEGOTIATOR_CASE_H
#define TESTS_UNIT_NEGOTIATOR_CASE_H

#include "core/engine.h"
#include "core/negotiator.h"
#include "tests/unit/fake_settings.h"

static struct negotiator negotiator;

static inline void begin(void)
{
	fake_world_begin();
	fake_settings_begin();
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
}

static inline void end(void)
{
	fake_world_end();
	fake_settings_end();
}

static inline struct flow *add_flow(void)
{
	struct flow *last;
	int fd = fake_udp(AF_INET);
	struct flow *flow = flow_table_add(&negotiator.table, fd, AF_INET, fake.table[fd].cookie, &last);

	ck_assert_ptr_nonnull(flow);
	return flow;
}

static inline int add_socket(void)
{
	int fd = fake_udp(AF_INET);

	ck_assert(engine_add(&negotiator, fd, AF_INET));
	return fd;
}

static inline flow_handle handle_of(int fd)
{
	return flow_table_find(&negotiator.table, fd);
}

static inline uint64_t counted(enum statistic statistic)
{
	return atomic_load(&negotiator.statistics.counts[statistic]);
}

/* This is a child now, in the moment when fork returns there. */
static inline void fork_away(void)
{
	uint64_t mask = negotiator_lock(&negotiator);

	fake.process++;
	negotiator_forked(&negotiator);
	negotiator_unlock(&negotiator, mask);
}

/* Who attends has its signals blocked from its admission on; here it is put aside, while others do something. */
static inline enum admission admitted(enum admission admission, const struct attendance *attendance)
{
	if (admission == ADMISSION_WAIT && attendance->control >= 0)
		fake_functions.restore_signals(attendance->mask);
	return admission;
}

static inline int attend_until(struct attendance *attendance, uint64_t deadline_ms)
{
	if (attendance->control >= 0)
		attendance->mask = fake_functions.block_signals();
	return attendance_wait(&negotiator, attendance, deadline_ms);
}

static inline void associate(struct flow *flow, int16_t demanded)
{
	uint64_t mask = negotiator_lock(&negotiator);

	negotiator_associate(&negotiator, flow, demanded, false);
	negotiator_unlock(&negotiator, mask);
}

static inline void turn(void)
{
	for (int messages = 0; messages < 3; messages++) /* of a negotiation */
		ck_assert(negotiator_turn(&negotiator));
}

static inline void turns(int count)
{
	while (count--)
		turn();
}

static inline struct flow *ready_flow(void)
{
	struct flow *flow = add_flow();

	associate(flow, ANY_SERVER);
	turn();
	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	return flow;
}

static inline void check_ready(const struct flow *flow, int server)
{
	struct endpoint relay = endpoint_ipv4(0xc6336401 + (uint32_t)server, (uint16_t)(4001 + server));

	ck_assert_int_eq(flow->now.phase, PHASE_READY);
	ck_assert_int_eq(flow->now.server, server);
	ck_assert(endpoint_equal(&flow->now.relay, &relay));
	ck_assert(correspondents_have(negotiator.relays, &relay));
	ck_assert_ptr_null(flow->round.association.handshake);
	ck_assert_uint_eq(flow->round.deadline.place, 0);
}

static inline void check_failed(const struct flow *flow, enum outcome reason)
{
	ck_assert_int_eq(flow->now.phase, PHASE_FAILED);
	ck_assert_int_eq(flow->reason, reason);
	ck_assert_int_eq(flow->round.association.control, -1);
	ck_assert_ptr_null(flow->round.association.handshake);
	ck_assert_uint_eq(flow->round.deadline.place, 0);
	ck_assert_uint_eq(flow->queue.count, 0);
	ck_assert_uint_gt(flow->retry_ms, fake.now_ms);
}

#endif
