#include "core/engine.h"

#include <errno.h>

#include "tests/unit/negotiator_case.h"
#include "tests/unit/run_suite.h"

static struct endpoint relayed, demanded, direct;
static struct attendance attendance;
static int error;

static void begin_engine(void)
{
	begin();
	relayed = fake_endpoint("203.0.113.7:53");
	demanded = fake_endpoint("192.0.2.7:53");
	direct = fake_endpoint("10.1.2.3:53");
}

static void check_nothing_leaked(void)
{
	for (unsigned i = 0; i < fake.connect_count; i++)
		ck_assert(!endpoint_equal(&fake.connects[i], &relayed));
	for (unsigned i = 0; i < fake.sent_count; i++)
		ck_assert(!endpoint_equal(&fake.sent[i].to, &relayed));
}

static void end_engine(void)
{
	check_nothing_leaked();
	end();
}

static struct flow *flow_of(int fd)
{
	return flow_table_flow(&negotiator.table, handle_of(fd));
}

static struct view view_of(int fd)
{
	struct view view;

	ck_assert(flow_read(flow_of(fd), handle_generation(handle_of(fd)), &view));
	return view;
}

static struct outgoing decide(int fd, const struct endpoint *to)
{
	struct view view = view_of(fd);
	struct outgoing outgoing;

	outgoing_decide(&outgoing, &view, fake_settings.rules, to, false);
	return outgoing;
}

static enum admission admit(int fd, const struct endpoint *to, const char *framed)
{
	struct outgoing outgoing = decide(fd, to);

	error = 0;
	return admitted(engine_admit(&negotiator,
				     &(struct applicant){.fd = fd,
							 .handle = handle_of(fd),
							 .server = outgoing.server,
							 .framed = framed,
							 .size = framed ? strlen(framed) : 0,
							 .sleeps = !framed},
				     &attendance, &error),
			&attendance);
}

/* Closed behind our back: the number names another socket. */
static void reuse(int fd)
{
	fake.table[fd].cookie = ++fake.cookies;
}

static void attend(void)
{
	ck_assert_int_eq(attend_until(&attendance, NEVER), 0);
}

/* Associated by its first datagram, watched since its second. */
static int ready_socket(void)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	attend();
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_AGAIN);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert(!(view_of(fd).flags & VIEW_YOUNG));
	return fd;
}

START_TEST(a_server_nearby_is_greeted_at_once)
{
	int fd = add_socket();

	fake.connects_at_once = true;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	ck_assert_int_eq(flow_of(fd)->round.association.stage, STAGE_NEGOTIATING);
	attend();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
}
END_TEST

START_TEST(a_sender_that_waits_needs_no_thread)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	ck_assert_uint_eq(attendance.event, flow_of(fd)->event);
	ck_assert_int_eq(view_of(fd).link, LINK_NONE); /* it has no port yet: nothing leaves it, and nothing comes */
	attend();
	ck_assert_uint_ne(attendance.event, flow_of(fd)->event);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_uint_eq(fake.threads, 0);
	ck_assert_uint_eq(fake_own_count(), 1);
	/* The next one makes it, for an association that lasts is watched. */
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_PREPARE);
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_AGAIN);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_FRAMED);
	ck_assert_uint_eq(fake.threads, 1);
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_LOST);
}
END_TEST

/* The server has gone between the first datagram and the second, which waits for another association. */
START_TEST(an_association_that_ended_unwatched_is_lost)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	attend();
	fake_hang_up(&fake.servers[FIRST]);
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FRAME);
	ck_assert_int_eq(view_of(fd).phase, PHASE_LOST);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	fake.now_ms += fake_settings.retry_max_ms;
	turns(3);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_uint_eq(fake.sent_count, 1);
}
END_TEST

START_TEST(a_server_that_is_silent_is_given_up_by_who_attends)
{
	int fd = add_socket();

	fake.servers[FIRST].hangs = true;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	attend();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_uint_ne(view_of(fd).server, FIRST);
}
END_TEST

START_TEST(a_sender_that_gives_up_leaves_it_to_the_thread)
{
	int fd = add_socket();

	fake.servers[FIRST].hangs = true;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	ck_assert_int_eq(attend_until(&attendance, fake.now_ms + 50), -ETIMEDOUT);
	ck_assert_int_eq(view_of(fd).phase, PHASE_NEGOTIATING);
	ck_assert_int_eq(view_of(fd).link, LINK_GUARD);
	ck_assert_uint_eq(fake.threads, 1);
	fake.servers[FIRST].hangs = false;
	turns(2);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert(!(view_of(fd).flags & VIEW_YOUNG));
}
END_TEST

/* Nobody can tell whether the one who waits will look again: a handler may have jumped out of its call. */
START_TEST(a_sender_that_does_not_wait_calls_the_thread)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	ck_assert_uint_eq(fake.threads, 1);
	turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	attend();
	ck_assert_uint_eq(fake.sent_count, 1);
}
END_TEST

START_TEST(no_thread_no_association)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	fake.fail_at = fake.calls + 2 + FAKE_GUARD_RAIL + 1; /* behind two cookies and the guard rail */
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_FAILED);
	ck_assert_int_eq(error, outcome_datagram_errno(OUTCOME_NO_DESCRIPTOR));
	ck_assert_int_eq(view_of(fd).phase, PHASE_FAILED);
	ck_assert_uint_eq(fake_own_count(), 0);
	attend();
}
END_TEST

/* The call that needed the thread is told itself, and what it sent waits nowhere. */
START_TEST(a_thread_that_cannot_be_had_is_told_at_once)
{
	int fd = add_socket();

	fake.no_thread = true;
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_FAILED);
	ck_assert_int_eq(error, outcome_datagram_errno(OUTCOME_NO_THREAD));
	ck_assert_int_eq(view_of(fd).phase, PHASE_FAILED);
	ck_assert(!(view_of(fd).flags & VIEW_UNTOLD));
	ck_assert_uint_eq(flow_of(fd)->queue.count, 0);
	ck_assert_uint_eq(fake_own_count(), 0);
	fake.no_thread = false;
}
END_TEST

START_TEST(a_sender_that_may_not_wait_is_queued)
{
	int fd = add_socket();

	const int room = (int)fake_settings.queue_datagrams;

	for (int i = 0; i < room + 3; i++)
		ck_assert_int_eq(admit(fd, &relayed, i ? "later" : "first"), ADMISSION_QUEUED);
	ck_assert_uint_eq(counted(STATISTIC_NO_ROOM), 3);
	turn();
	ck_assert_uint_eq(fake.sent_count, (unsigned)room);
	ck_assert_mem_eq(fake.sent[0].head, "first", 5);
	ck_assert_uint_eq(counted(STATISTIC_NO_ROOM), 3);
}
END_TEST

START_TEST(no_memory_drops_and_counts)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	fake.fail_at =
	    fake.calls + 2 + FAKE_GUARD_RAIL + 5; /* behind two cookies, the guard rail and the thread's descriptors */
	ck_assert_int_eq(admit(fd, &relayed, "lost"), ADMISSION_QUEUED);
	ck_assert_uint_eq(counted(STATISTIC_NO_ROOM), 1);
	ck_assert_int_eq(admit(fd, &relayed, "kept"), ADMISSION_QUEUED);
	turn();
	ck_assert_uint_eq(fake.sent_count, 1);
}
END_TEST

/* What is sent after that waits for the next attempts, which begin by themselves. */
START_TEST(a_failure_is_told_once_a_round)
{
	int fd;

	fake_settings.server_count = 1;
	ck_assert_int_eq(begin_negotiator(&negotiator), OUTCOME_OK);
	fd = add_socket();
	fake.servers[FIRST].refuses = -ECONNREFUSED;
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_FAILED);
	ck_assert_int_eq(error, ECONNREFUSED);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FAILED);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_PREPARE);
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FRAME);
	ck_assert_int_eq(admit(fd, &relayed, "y"), ADMISSION_QUEUED);
	fake.now_ms = flow_of(fd)->retry_ms - 1;
	turn();
	ck_assert_uint_eq(fake.servers[FIRST].connections, 1);
	for (int i = 0; i < 50 && fake.servers[FIRST].connections == 1; i++) {
		fake.now_ms += 100;
		turn();
	}
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_FAILED);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 1);
	ck_assert_int_eq(admit(fd, &relayed, "z"), ADMISSION_QUEUED);
	fake.servers[FIRST].refuses = 0;
	for (int i = 0; i < 50 && view_of(fd).phase != PHASE_READY; i++) {
		fake.now_ms += 100;
		turn();
	}
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_uint_eq(fake.sent_count, 1);
	ck_assert_mem_eq(fake.sent[0].head, "z", 1);
}
END_TEST

/* One that sends nothing meanwhile begins anew with its next datagram, once the server has rested. */
START_TEST(a_failed_flow_that_is_silent_does_not_ask)
{
	int fd = add_socket();

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FAILED);
	fake.now_ms += fake_settings.retry_max_ms;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FAILED);
	ck_assert_uint_eq(fake.servers[FIRST].connections, 2);
	fake.now_ms += fake_settings.retry_max_ms;
	fake.servers[THIRD].refuses = 0;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
}
END_TEST

START_TEST(a_socket_that_reaches_no_relay_does_no_harm)
{
	int fd = add_socket();

	fake.table[fd].confined = true;
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	for (int i = 0; i < SERVERS && view_of(fd).phase != PHASE_FAILED; i++)
		turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_FAILED);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_FAILED);
	ck_assert_int_eq(error, ENETUNREACH);
	ck_assert_int_eq(view_of(ready_socket()).server, FIRST);
}
END_TEST

START_TEST(an_error_is_taken_once)
{
	int fd = add_socket();

	ck_assert_int_eq(engine_take_error(&negotiator, handle_of(fd)), 0);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	fake.servers[FIRST].answers[1] = (struct fake_answer)FAKE_ANSWER("\5\2");
	fake.servers[SECOND].refuses = fake.servers[THIRD].refuses = -ECONNREFUSED;
	turn();
	ck_assert(view_of(fd).flags & VIEW_UNTOLD);
	ck_assert_int_eq(engine_take_error(&negotiator, handle_of(fd)), ECONNREFUSED);
	ck_assert_int_eq(engine_take_error(&negotiator, handle_of(fd)), 0);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
}
END_TEST

/* The association stood once: whatever becomes of the next attempts, the program is told nothing. */
START_TEST(a_lost_flow_shows_no_error)
{
	int fd = ready_socket();

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	fake.now_ms += 60000;
	fake_hang_up(&fake.servers[FIRST]);
	turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_LOST);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FRAME);
		ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
		fake.now_ms += 1000;
		turn();
		ck_assert_int_eq(engine_take_error(&negotiator, handle_of(fd)), 0);
	}
	for (int i = 0; i < SERVERS; i++)
		fake.servers[i] = fake_good_server(i);
	fake.now_ms += fake_settings.retry_max_ms;
	turn();
	turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
}
END_TEST

START_TEST(a_network_that_changes_is_a_loss)
{
	int fd = ready_socket();

	fake.now_ms += 60000;
	engine_unreachable(&negotiator, handle_of(fd));
	ck_assert_int_eq(view_of(fd).phase, PHASE_LOST);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	turn();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_uint_eq(fake.sent_count, 1);
}
END_TEST

START_TEST(one_association_a_socket)
{
	int fd = ready_socket();

	ck_assert_int_eq(view_of(fd).server, FIRST);
	ck_assert_int_eq(decide(fd, &demanded).verdict, OUTGOING_PREPARE);
	ck_assert_int_eq(admit(fd, &demanded, "x"), ADMISSION_FAILED);
	ck_assert_int_eq(error, ENETUNREACH);
	fd = add_socket();
	ck_assert_int_eq(admit(fd, &demanded, "x"), ADMISSION_QUEUED);
	turn();
	ck_assert_int_eq(view_of(fd).server, SECOND);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_FRAMED);
}
END_TEST

START_TEST(another_socket_behind_the_number_is_found_out)
{
	int fd = ready_socket();
	flow_handle handle = handle_of(fd);
	struct outgoing outgoing = decide(fd, &relayed);
	int answer;

	fake_close(fd); /* behind our back */
	ck_assert_int_eq(fake_udp(AF_INET), fd);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_GONE);
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	ck_assert_uint_eq(fake_own_count(), 2); /* its association has ended */
	ck_assert_int_eq(engine_admit(&negotiator,
				      &(struct applicant){fd, handle, outgoing.server, "x", 1, false, false, false},
				      &attendance, &error),
			 ADMISSION_GONE);
	ck_assert_int_eq(engine_open(&negotiator, fd, handle, &answer), ADMISSION_GONE);
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle, &direct), -EBADF);
	engine_heard(&negotiator, handle, &direct);
	engine_bound(&negotiator, handle, &direct);
	engine_told(&negotiator, handle, ECONNREFUSED);
	engine_note(&negotiator, handle, VIEW_OPEN, true);
	ck_assert_int_eq(flow_of(fd)->now.flags & ~VIEW_SETTLED, 0);
}
END_TEST

START_TEST(a_child_of_vfork_changes_nothing)
{
	int fd = add_socket();
	unsigned calls = fake.calls;

	fake.process++;
	ck_assert(!engine_is_ours(&negotiator));
	ck_assert_uint_eq(fake.calls, calls);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FRESH);
}
END_TEST

START_TEST(a_child_of_fork_watches_anew)
{
	int fd = ready_socket();

	fork_away();
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_PREPARE);
	fake.no_thread = true;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_FAILED);
	ck_assert_int_eq(error, outcome_datagram_errno(OUTCOME_NO_THREAD));
	fake.no_thread = false;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_AGAIN);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_FRAMED);
}
END_TEST

START_TEST(talking_directly_opens)
{
	int fd = ready_socket();
	uint16_t port = fake.table[fd].local.port;

	ck_assert_int_eq(decide(fd, &direct).verdict, OUTGOING_LEAVE);
	ck_assert_int_eq(engine_open(&negotiator, fd, handle_of(fd), &error), ADMISSION_AGAIN);
	ck_assert_int_eq(decide(fd, &direct).verdict, OUTGOING_KERNEL);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_FRAMED);
	ck_assert(decide(fd, &relayed).named);
	ck_assert_uint_eq(fake.table[fd].local.port, port);
}
END_TEST

START_TEST(opening_may_fail)
{
	int fd = ready_socket();

	fake.fail_at = fake.calls + 2;
	fake.fail_on = true;
	ck_assert_int_eq(engine_open(&negotiator, fd, handle_of(fd), &error), ADMISSION_FAILED);
	ck_assert_int_gt(error, 0);
	ck_assert_int_ne(decide(fd, &relayed).verdict, OUTGOING_KERNEL);
}
END_TEST

START_TEST(connect_decides_by_the_rules)
{
	int fd = add_socket();

	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &relayed), 0);
	ck_assert_int_eq(view_of(fd).link, LINK_GUARD);
	ck_assert_uint_eq(fake.threads, 0); /* programs connect to learn an address, and never send */
	ck_assert_int_eq(decide(fd, NULL).verdict, OUTGOING_PREPARE);
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &direct), 0);
	ck_assert_int_eq(view_of(fd).link, LINK_PEER);
	ck_assert_int_eq(decide(fd, NULL).verdict, OUTGOING_KERNEL);
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &relayed), 0);
	ck_assert_int_eq(view_of(fd).link, LINK_GUARD);
	ck_assert_int_eq(decide(fd, NULL).verdict, OUTGOING_PREPARE);
	fake.fail_at = fake.calls + 2;
	fake.fail_on = true;
	ck_assert_int_lt(engine_connect(&negotiator, fd, handle_of(fd), &direct), 0);
	ck_assert_int_eq(decide(fd, NULL).verdict, OUTGOING_PREPARE);
}
END_TEST

/* The kernel forgets a port that it chose, and so ends the association; a bound one stays. */
START_TEST(a_direct_peer_stays_the_kernels_beside_an_association)
{
	int fd = add_socket();

	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &direct), 0);
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	ck_assert_int_eq(view_of(fd).link, LINK_PEER);
	attend();
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_int_eq(view_of(fd).link, LINK_PEER);
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_AGAIN);
	ck_assert(decide(fd, &relayed).named);
	ck_assert_int_eq(decide(fd, NULL).verdict, OUTGOING_KERNEL);
}
END_TEST

START_TEST(dissolving_ends_what_hangs_on_the_port)
{
	static const struct endpoint nobody;
	struct endpoint local = fake_endpoint("0.0.0.0:5000");
	int fd = ready_socket();

	fake.table[fd].keeps_port = false;
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &relayed), 0);
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &nobody), 0);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FRESH);
	ck_assert_int_eq(view_of(fd).link, LINK_NONE);
	ck_assert_int_eq(view_of(fd).relay.kind, ENDPOINT_NONE);
	ck_assert_uint_eq(fake_own_count(), 2);
	ck_assert_int_eq(decide(fd, NULL).error, EDESTADDRREQ);

	fd = ready_socket();
	fake.table[fd].keeps_port = true;
	engine_bound(&negotiator, handle_of(fd), &local);
	ck_assert_int_eq(engine_connect(&negotiator, fd, handle_of(fd), &nobody), 0);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_FRAMED);
	ck_assert(decide(fd, &relayed).named);
}
END_TEST

START_TEST(binding_is_noted)
{
	static const struct {
		const char *local;
		unsigned flags;
	} cases[] = {{"0.0.0.0:0", VIEW_BOUND},
		     {"0.0.0.0:5000", VIEW_BOUND | VIEW_OPEN},
		     {"192.0.2.1:0", VIEW_BOUND | VIEW_BOUND_ADDRESS},
		     {"192.0.2.1:5000", VIEW_BOUND | VIEW_BOUND_ADDRESS | VIEW_OPEN}};
	struct endpoint local = fake_endpoint(cases[_i].local);
	int fd = add_socket();

	engine_bound(&negotiator, handle_of(fd), &local);
	ck_assert_uint_eq(view_of(fd).flags, cases[_i].flags);
}
END_TEST

START_TEST(a_server_is_known_by_who_writes_to_it)
{
	int fd = add_socket();

	engine_heard(&negotiator, handle_of(fd), &relayed);
	ck_assert(correspondents_have(flow_of(fd)->correspondents, &relayed));
	ck_assert(view_of(fd).flags & VIEW_OPEN);
	fd = ready_socket(); /* held: nobody can have written to it directly */
	engine_heard(&negotiator, handle_of(fd), &relayed);
	ck_assert(!correspondents_have(flow_of(fd)->correspondents, &relayed));
	ck_assert(!(view_of(fd).flags & VIEW_OPEN));
}
END_TEST

START_TEST(a_relay_that_refuses_again_and_again_is_lost)
{
	int fd = ready_socket();

	fake.now_ms += 60000;
	engine_told(&negotiator, handle_of(fd), ECONNREFUSED);
	engine_told(&negotiator, handle_of(fd), ECONNREFUSED);
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
	engine_told(&negotiator, handle_of(fd), ECONNREFUSED);
	ck_assert_int_eq(view_of(fd).phase, PHASE_LOST);
	ck_assert_uint_eq(fake_own_count(), 3); /* the next one is under way */
	ck_assert_int_eq(decide(fd, &relayed).verdict, OUTGOING_PREPARE);
	ck_assert_int_eq(admit(fd, &relayed, "x"), ADMISSION_QUEUED);
	turn();
	engine_told(&negotiator, handle_of(fd), ECONNREFUSED); /* counted anew */
	ck_assert_int_eq(view_of(fd).phase, PHASE_READY);
}
END_TEST

START_TEST(flags_and_segments_are_noted)
{
	int fd = add_socket();

	engine_note(&negotiator, handle_of(fd), VIEW_TIMED | VIEW_GRO, true);
	engine_note(&negotiator, handle_of(fd), VIEW_TIMED, false);
	engine_segment(&negotiator, handle_of(fd), 1200);
	ck_assert_uint_eq(view_of(fd).flags, VIEW_GRO);
	ck_assert_uint_eq(view_of(fd).segment, 1200);
}
END_TEST

static int make_copy(const struct duplication *duplication)
{
	ck_assert_int_gt(fake.blocked, 0); /* the lock is held */
	fake.table[duplication->number] = fake.table[duplication->fd];
	return duplication->number;
}

static int duplicate(int fd, int copy)
{
	bool covered;
	struct duplication duplication = {.make = make_copy, .fd = fd, .number = copy};
	int made = engine_duplicate(&negotiator, &duplication, &covered);

	ck_assert(covered);
	return made;
}

static int make_close(int fd)
{
	ck_assert_int_gt(fake.blocked, 0);
	fake_close(fd);
	return 0;
}

/* A number that named another socket's flow, and is now a copy of something that is none. */
START_TEST(a_copy_replaces_what_was_there)
{
	int fd = ready_socket(), plain = fake_udp(AF_INET);

	ck_assert_int_eq(duplicate(plain, fd), fd);
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	ck_assert_uint_eq(negotiator.table.live, 0);
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

START_TEST(closing_is_one_step)
{
	int fd = ready_socket();

	ck_assert_int_eq(engine_close(&negotiator, fd, make_close), 0);
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

/* Known only now, it is connected to something of our own making: that is not the program's peer. */
START_TEST(what_we_connected_to_is_not_inherited)
{
	static const char *const ours[] = {"198.51.100.2:1082", "198.51.100.1:4001", "127.0.0.1:9",
					   "127.83.5.117:4711"};
	int fd = add_socket();

	for (size_t i = 0; i < 3; i++) {
		struct endpoint peer = fake_endpoint(ours[i]);

		engine_inherit(&negotiator, fd, handle_of(fd), &peer);
		ck_assert_int_eq(view_of(fd).peer.kind, ENDPOINT_NONE);
	}
	engine_inherit(&negotiator, fd, handle_of(fd), &relayed);
	ck_assert_int_eq(view_of(fd).link, LINK_GUARD);
	ck_assert_int_ne(view_of(fd).peer.kind, ENDPOINT_NONE);
}
END_TEST

START_TEST(a_socket_that_cannot_be_named_is_not_covered)
{
	int fd = fake_udp(AF_INET);

	fake_close(fd);
	ck_assert(!engine_add(&negotiator, fd, AF_INET));
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	ck_assert_uint_eq(negotiator.table.live, 0);
	ck_assert_int_eq(fake_udp(AF_INET), fd);
	ck_assert(engine_add(&negotiator, fd, AF_INET));
}
END_TEST

START_TEST(the_last_descriptor_ends_the_association)
{
	int fd = ready_socket();

	ck_assert_int_eq(duplicate(fd, fd + 100), fd + 100);
	engine_closing(&negotiator, fd);
	ck_assert_uint_eq(handle_of(fd), HANDLE_CLOSING);
	engine_closed(&negotiator, fd);
	ck_assert_uint_eq(handle_of(fd), HANDLE_NONE);
	ck_assert_uint_eq(fake_own_count(), 3);
	reuse(fd + 100);
	engine_drop(&negotiator, fd + 100);
	ck_assert_uint_eq(fake_own_count(), 2);
	ck_assert_uint_eq(negotiator.table.live, 0);
}
END_TEST

/* A thread has found something else under a number, and another one put a socket there before it could say so. */
START_TEST(what_is_true_by_now_is_not_dropped)
{
	int fd = ready_socket(), contested = fd + 100;
	flow_handle late = handle_of(add_socket()), present;

	ck_assert_int_eq(duplicate(fd, contested), contested);
	present = handle_of(contested);
	engine_drop(&negotiator, contested);
	ck_assert_uint_eq(handle_of(contested), present);
	ck_assert(engine_is_socket_of(&negotiator, contested, present));
	ck_assert_int_eq(engine_open(&negotiator, contested, late, &error), ADMISSION_GONE);
	ck_assert_uint_eq(handle_of(contested), present);
}
END_TEST

/* It was duplicated behind our back. */
START_TEST(one_socket_has_one_flow)
{
	int fd = ready_socket(), other = fake_udp(AF_INET);
	uint64_t cookie = fake.table[fd].cookie, of_other = fake.table[other].cookie;
	flow_handle handle;

	fake.table[other].cookie = cookie;
	ck_assert_int_eq(engine_learn(&negotiator, other, AF_INET, cookie, &handle), LEARNING_OK);
	ck_assert_uint_eq(handle, handle_of(fd));
	ck_assert_uint_eq(handle, handle_of(other));
	ck_assert_int_eq(engine_learn(&negotiator, other, AF_INET, of_other, &handle), LEARNING_AGAIN);
	fake.table[other].cookie = of_other;
	ck_assert_int_eq(engine_learn(&negotiator, other, AF_INET, of_other, &handle), LEARNING_NEW);
	ck_assert_uint_ne(handle, handle_of(fd));
	ck_assert_int_eq(engine_learn(&negotiator, other, AF_INET, of_other, &handle), LEARNING_OK);
	ck_assert_uint_eq(flow_of(fd)->descriptors, 1);
}
END_TEST

/* Whoever has the lock admits them in his stead, and nothing overtakes. */
START_TEST(a_sender_that_must_not_wait_does_not_wait_for_the_lock)
{
	int fd = add_socket();
	struct flow *flow = flow_of(fd);
	uint64_t mask = negotiator_lock(&negotiator);

	ck_assert_int_eq(admit(fd, &relayed, "one"), ADMISSION_QUEUED);
	ck_assert_int_eq(admit(fd, &relayed, "two"), ADMISSION_QUEUED);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FRESH);
	ck_assert_uint_eq(flow->late, 2);
	negotiator_unlock(&negotiator, mask);
	ck_assert_uint_eq(flow->late, 0);
	ck_assert_int_eq(view_of(fd).phase, PHASE_NEGOTIATING);
	ck_assert_int_eq(admit(fd, &relayed, "three"), ADMISSION_QUEUED);
	turn();
	mask = negotiator_lock(&negotiator);
	ck_assert_int_eq(admit(fd, &relayed, "four"), ADMISSION_QUEUED);
	negotiator_unlock(&negotiator, mask);
	ck_assert_uint_eq(fake.sent_count, 4);
	ck_assert_mem_eq(fake.sent[0].head, "one", 3);
	ck_assert_mem_eq(fake.sent[1].head, "two", 3);
	ck_assert_mem_eq(fake.sent[2].head, "three", 5);
	ck_assert_mem_eq(fake.sent[3].head, "four", 4);
}
END_TEST

/* It was put in, and whoever had the lock has let go of it before he could see that. */
START_TEST(what_was_put_in_goes_before_what_comes_next)
{
	int fd = add_socket();
	struct applicant one = {
	    .fd = fd, .handle = handle_of(fd), .server = ANY_SERVER, .framed = "one", .size = sizeof "one" - 1};

	ck_assert(negotiator_put_in(&negotiator, &one));
	ck_assert_int_eq(admit(fd, &relayed, "two"), ADMISSION_QUEUED);
	turn();
	ck_assert_uint_eq(fake.sent_count, 2);
	ck_assert_mem_eq(fake.sent[0].head, "one", 3);
	ck_assert_mem_eq(fake.sent[1].head, "two", 3);
}
END_TEST

/* It ends before it is taken in, and its slot is another flow's by then. */
START_TEST(what_was_put_in_goes_with_its_flow)
{
	int fd = add_socket(), next;
	uint64_t mask = negotiator_lock(&negotiator);
	struct flow *flow = flow_of(fd);

	ck_assert_int_eq(admit(fd, &relayed, "one"), ADMISSION_QUEUED);
	ck_assert_ptr_eq(flow_table_drop(&negotiator.table, fd, HANDLE_NONE), flow);
	flow_table_recycle(&negotiator.table, flow);
	negotiator_unlock(&negotiator, mask);
	ck_assert_uint_eq(flow->late, 0);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 1);
	next = add_socket();
	ck_assert_ptr_eq(flow_of(next), flow);
	ck_assert_int_eq(view_of(next).phase, PHASE_FRESH);
}
END_TEST

/* An error is told to the next one. */
START_TEST(who_is_gone_is_told_nothing)
{
	int fd = add_socket();
	uint64_t mask = negotiator_lock(&negotiator);

	for (int i = 0; i < SERVERS; i++)
		fake.servers[i].refuses = -ECONNREFUSED;
	ck_assert_int_eq(admit(fd, &relayed, "one"), ADMISSION_QUEUED);
	negotiator_unlock(&negotiator, mask);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FAILED);
	ck_assert_int_eq(admit(fd, &relayed, "two"), ADMISSION_FAILED);
	ck_assert_int_eq(error, ECONNREFUSED);
	ck_assert_int_eq(admit(fd, &relayed, "three"), ADMISSION_QUEUED);
}
END_TEST

/* The number was closed and is another's when the association stands. */
START_TEST(a_socket_that_went_behind_our_back_is_not_touched)
{
	int fd = add_socket();
	unsigned connects;

	ck_assert_int_eq(admit(fd, &relayed, "one"), ADMISSION_QUEUED);
	connects = fake.connect_count;
	reuse(fd);
	turn();
	ck_assert_uint_eq(fake.connect_count, connects);
	ck_assert_uint_eq(fake.sent_count, 0);
	ck_assert_int_eq(view_of(fd).phase, PHASE_FRESH);
	ck_assert_uint_eq(counted(STATISTIC_LOST_WAITING), 1);
}
END_TEST

START_TEST(another_descriptor_stands_in_for_one_that_went)
{
	int fd = add_socket(), other = fd + 100;

	ck_assert_int_eq(admit(fd, &relayed, "one"), ADMISSION_QUEUED);
	ck_assert_int_eq(duplicate(fd, other), other);
	reuse(fd);
	turn();
	ck_assert_int_eq(view_of(other).phase, PHASE_READY);
	ck_assert_int_eq(flow_of(other)->fd, other);
	ck_assert_uint_eq(fake.sent_count, 1);
}
END_TEST

/* What it sent last may not have been read yet. */
START_TEST(an_association_outlives_its_socket_for_a_moment)
{
	int fd = add_socket();

	ck_assert_int_eq(admit(fd, &relayed, "last"), ADMISSION_QUEUED);
	turn();
	ck_assert_uint_eq(fake.sent_count, 1);
	engine_closing(&negotiator, fd);
	ck_assert_uint_eq(fake_own_count(), 3);
	turn();
	ck_assert_uint_eq(fake_own_count(), 3);
	fake.now_ms += UNANSWERED_MS;
	turn();
	ck_assert_uint_eq(fake_own_count(), 2);
	fd = ready_socket();
	engine_closing(&negotiator, fd); /* it has sent nothing */
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

START_TEST(only_so_many_outlive_their_sockets)
{
	for (int i = 0; i < PARTINGS + 5; i++) {
		int fd = add_socket();

		ck_assert_int_eq(admit(fd, &relayed, "last"), ADMISSION_QUEUED);
		turn();
		engine_closing(&negotiator, fd);
	}
	ck_assert_uint_eq(fake_own_count(), 2 + PARTINGS);
	fake.now_ms += UNANSWERED_MS;
	turn();
	ck_assert_uint_eq(fake_own_count(), 2);
}
END_TEST

/* A waiting sender's flow is closed by another thread, and the reply comes late. */
START_TEST(closing_while_negotiating_wakes_and_forgets)
{
	int fd = add_socket();
	struct flow *flow = flow_of(fd);
	uint32_t event;

	fake.servers[FIRST].hangs = true;
	ck_assert_int_eq(admit(fd, &relayed, NULL), ADMISSION_WAIT);
	event = flow->event;
	engine_closing(&negotiator, fd);
	ck_assert_uint_ne(flow->event, event);
	ck_assert_uint_eq(fake_own_count(), 0);
	ck_assert_uint_eq(deadlines_first(&negotiator.deadlines), NEVER);
	fake.now_ms += fake_settings.connect_ms;
	attend();
	ck_assert_uint_eq(fake.sent_count, 0);
	ck_assert_uint_eq(fake.servers[SECOND].connections, 0);
}
END_TEST

START_TEST(relays_are_where_servers_are)
{
	struct endpoint second = fake_endpoint("198.51.100.2:9"), other = fake_endpoint("198.51.100.9:1082");

	ck_assert(engine_is_host_of_relays(&negotiator, &second));
	ck_assert(!engine_is_host_of_relays(&negotiator, &other));
	ready_socket();
	ck_assert(!engine_is_host_of_relays(&negotiator, &other));
}
END_TEST

START_TEST(only_our_own_numbers_are_moved)
{
	int fd = ready_socket();
	int control = flow_of(fd)->round.association.control;

	engine_evict(&negotiator, fd);
	engine_evict(&negotiator, control); /* not entered as ours */
	ck_assert_int_eq(flow_of(fd)->round.association.control, control);
	flow_table_own(&negotiator.table, control);
	engine_evict(&negotiator, control);
	ck_assert_int_ne(flow_of(fd)->round.association.control, control);
	ck_assert_int_eq(fake.table[fd].kind, FAKE_UDP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine");
	TCase *tests = tcase_create("engine");

	tcase_add_checked_fixture(tests, begin_engine, end_engine);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_server_nearby_is_greeted_at_once);
	tcase_add_test(tests, a_sender_that_waits_needs_no_thread);
	tcase_add_test(tests, an_association_that_ended_unwatched_is_lost);
	tcase_add_test(tests, a_server_that_is_silent_is_given_up_by_who_attends);
	tcase_add_test(tests, a_sender_that_gives_up_leaves_it_to_the_thread);
	tcase_add_test(tests, a_sender_that_does_not_wait_calls_the_thread);
	tcase_add_test(tests, no_thread_no_association);
	tcase_add_test(tests, a_thread_that_cannot_be_had_is_told_at_once);
	tcase_add_test(tests, a_sender_that_may_not_wait_is_queued);
	tcase_add_test(tests, no_memory_drops_and_counts);
	tcase_add_test(tests, a_failure_is_told_once_a_round);
	tcase_add_test(tests, a_failed_flow_that_is_silent_does_not_ask);
	tcase_add_test(tests, a_socket_that_reaches_no_relay_does_no_harm);
	tcase_add_test(tests, an_error_is_taken_once);
	tcase_add_test(tests, a_lost_flow_shows_no_error);
	tcase_add_test(tests, a_network_that_changes_is_a_loss);
	tcase_add_test(tests, one_association_a_socket);
	tcase_add_test(tests, another_socket_behind_the_number_is_found_out);
	tcase_add_test(tests, a_child_of_vfork_changes_nothing);
	tcase_add_test(tests, a_child_of_fork_watches_anew);
	tcase_add_test(tests, talking_directly_opens);
	tcase_add_test(tests, opening_may_fail);
	tcase_add_test(tests, connect_decides_by_the_rules);
	tcase_add_test(tests, a_direct_peer_stays_the_kernels_beside_an_association);
	tcase_add_test(tests, dissolving_ends_what_hangs_on_the_port);
	tcase_add_loop_test(tests, binding_is_noted, 0, 4);
	tcase_add_test(tests, a_server_is_known_by_who_writes_to_it);
	tcase_add_test(tests, a_relay_that_refuses_again_and_again_is_lost);
	tcase_add_test(tests, flags_and_segments_are_noted);
	tcase_add_test(tests, a_copy_replaces_what_was_there);
	tcase_add_test(tests, closing_is_one_step);
	tcase_add_test(tests, what_we_connected_to_is_not_inherited);
	tcase_add_test(tests, a_socket_that_cannot_be_named_is_not_covered);
	tcase_add_test(tests, the_last_descriptor_ends_the_association);
	tcase_add_test(tests, what_is_true_by_now_is_not_dropped);
	tcase_add_test(tests, one_socket_has_one_flow);
	tcase_add_test(tests, a_sender_that_must_not_wait_does_not_wait_for_the_lock);
	tcase_add_test(tests, what_was_put_in_goes_before_what_comes_next);
	tcase_add_test(tests, what_was_put_in_goes_with_its_flow);
	tcase_add_test(tests, who_is_gone_is_told_nothing);
	tcase_add_test(tests, a_socket_that_went_behind_our_back_is_not_touched);
	tcase_add_test(tests, another_descriptor_stands_in_for_one_that_went);
	tcase_add_test(tests, an_association_outlives_its_socket_for_a_moment);
	tcase_add_test(tests, only_so_many_outlive_their_sockets);
	tcase_add_test(tests, closing_while_negotiating_wakes_and_forgets);
	tcase_add_test(tests, relays_are_where_servers_are);
	tcase_add_test(tests, only_our_own_numbers_are_moved);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
