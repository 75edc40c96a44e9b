/* Every call to the world made to fail, once or for good: nothing may then reach a relayed destination, no lock or
 * descriptor stay behind, and the flow must work again when the world does. */
#include <errno.h>

#include "core/engine.h"
#include "tests/unit/fake_settings.h"
#include "tests/unit/run_suite.h"

enum { SOCKETS = 3, PATIENCE = 40 };

static struct negotiator negotiator;
static struct endpoint relayed, direct;

static void begin(void)
{
	fake_world_begin();
	fake_settings_begin();
	relayed = fake_endpoint("203.0.113.7:53");
	direct = fake_endpoint("10.1.2.3:53");
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
}

static void end(void)
{
	fake_world_end();
	fake_settings_end();
}

static flow_handle handle_of(int fd)
{
	return flow_table_find(&negotiator.table, fd);
}

static bool decide(int fd, const struct endpoint *to, struct outgoing *outgoing)
{
	flow_handle handle = handle_of(fd);
	struct view view;

	if (!handle_is_flow(handle) ||
	    !flow_read(flow_table_flow(&negotiator.table, handle), handle_generation(handle), &view))
		return false;
	outgoing_decide(outgoing, &view, fake_settings.rules, to, false);
	return true;
}

/* The negotiator runs as long as it has descriptors. */
static void turn(void)
{
	for (int messages = 0; messages < 3 && negotiator.watch >= 0; messages++)
		negotiator_turn(&negotiator);
}

static void send_to(int fd, const struct endpoint *to)
{
	struct outgoing outgoing;
	struct attendance attendance;
	int error = 0;

	if (!decide(fd, to, &outgoing))
		return;
	if (outgoing.verdict == OUTGOING_LEAVE)
		engine_open(&negotiator, fd, handle_of(fd), &error);
	if (outgoing.verdict == OUTGOING_PREPARE &&
	    engine_admit(&negotiator,
			 &(struct applicant){fd, handle_of(fd), outgoing.server, "x", 1, false, false, false},
			 &attendance, &error) == ADMISSION_FAILED)
		ck_assert_int_gt(error, 0);
}

static int make_copy(const struct duplication *duplication)
{
	fake.table[duplication->number] = fake.table[duplication->fd];
	return duplication->number;
}

/* One round of everything that a program does. */
static void live(const int sockets[SOCKETS])
{
	static const struct endpoint nobody;
	struct duplication duplication = {.make = make_copy, .fd = sockets[0], .number = sockets[0] + 50};
	bool covered;

	for (int i = 0; i < SOCKETS; i++)
		engine_add(&negotiator, sockets[i], AF_INET);
	engine_duplicate(&negotiator, &duplication, &covered);
	engine_connect(&negotiator, sockets[1], handle_of(sockets[1]), &relayed);
	for (int i = 0; i < SOCKETS; i++)
		send_to(sockets[i], i == 1 ? NULL : &relayed);
	turn();
	turn();
	send_to(sockets[0], &direct);
	engine_heard(&negotiator, handle_of(sockets[0]), &direct);
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	send_to(sockets[2], &relayed);
	turn();
	engine_connect(&negotiator, sockets[1], handle_of(sockets[1]), &direct);
	engine_connect(&negotiator, sockets[1], handle_of(sockets[1]), &relayed);
	send_to(sockets[1], NULL);
	turn();
	engine_connect(&negotiator, sockets[2], handle_of(sockets[2]), &nobody);
}

static void check_no_leak(const int sockets[SOCKETS])
{
	for (unsigned i = 0; i < fake.connect_count; i++)
		ck_assert(!endpoint_equal(&fake.connects[i], &relayed));
	for (unsigned i = 0; i < fake.sent_count; i++)
		ck_assert(!endpoint_equal(&fake.sent[i].to, &relayed));
	ck_assert_int_eq(fake.blocked, 0);
	for (int i = 0; i < SOCKETS; i++) {
		struct outgoing outgoing;

		if (decide(sockets[i], &relayed, &outgoing))
			ck_assert_int_ne(outgoing.verdict, OUTGOING_KERNEL);
		if (decide(sockets[i], NULL, &outgoing) && endpoint_equal(&outgoing.to, &relayed))
			ck_assert_int_ne(outgoing.verdict, OUTGOING_KERNEL);
	}
}

/* Until it is relayed, or patience ends. */
static void recover(int fd)
{
	struct outgoing outgoing = {0};

	if (!handle_is_flow(handle_of(fd)))
		ck_assert(engine_add(&negotiator, fd, AF_INET));
	for (int i = 0; i < PATIENCE; i++) {
		ck_assert(decide(fd, &relayed, &outgoing));
		if (outgoing.verdict == OUTGOING_FRAMED)
			return;
		send_to(fd, &relayed);
		turn();
		fake.now_ms += 1000;
	}
	ck_abort_msg("socket %d: verdict %u", fd, outgoing.verdict);
}

static void check_ends_clean(const int sockets[SOCKETS])
{
	for (int i = 0; i < SOCKETS; i++)
		engine_closing(&negotiator, sockets[i]);
	engine_closing(&negotiator, sockets[0] + 50);
	fake.now_ms += UNANSWERED_MS; /* what has just sent keeps its association that long */
	turn();
	ck_assert_uint_eq(negotiator.table.live, 0);
	ck_assert_uint_eq(negotiator.deadlines.count, negotiator.care.place ? 1 : 0);
	ck_assert_uint_le(fake_own_count(), 2); /* the watch and the alarm */
}

/* The n-th call fails. False: there are not so many. */
static bool live_through(unsigned n, bool for_good)
{
	int sockets[SOCKETS];
	bool reached;

	begin();
	for (int i = 0; i < SOCKETS; i++)
		sockets[i] = fake_udp(AF_INET);
	fake.fail_at = fake.calls + n;
	fake.fail_on = for_good;
	live(sockets);
	reached = fake.calls >= fake.fail_at;
	check_no_leak(sockets);
	fake.fail_at = 0;
	for (int i = 0; i < SOCKETS; i++)
		recover(sockets[i]);
	check_no_leak(sockets);
	check_ends_clean(sockets);
	end();
	return reached;
}

START_TEST(every_call_may_fail)
{
	unsigned n = 1;

	while (live_through(n, _i))
		n++;
	ck_assert_uint_gt(n, 50); /* the round is as long as it looks */
}
END_TEST

START_TEST(a_negotiator_without_memory_is_none)
{
	static struct negotiator stillborn;

	begin();
	fake.fail_at = fake.calls + 1;
	ck_assert_int_eq(begin_negotiator(&stillborn), OUTCOME_NO_MEMORY);
	end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("failing_world");
	TCase *tests = tcase_create("failing_world");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, every_call_may_fail, 0, 2);
	tcase_add_test(tests, a_negotiator_without_memory_is_none);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
