#include "core/flow_table.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { FAR = DESCRIPTORS_MAX };

static struct flow_table table;
static struct flow *last;

static void begin(void)
{
	fake_world_begin();
	table = (struct flow_table){0};
	flow_table_init(&table, &fake_functions);
	last = NULL;
}

static struct flow *add(int fd)
{
	struct flow *flow = flow_table_add(&table, fd, AF_INET, 7, &last);

	ck_assert_ptr_nonnull(flow);
	return flow;
}

static bool is_live(flow_handle handle)
{
	struct view view;

	return handle_is_flow(handle) && flow_read(flow_table_flow(&table, handle), handle_generation(handle), &view);
}

static void remove_flow(int fd)
{
	struct flow *flow = flow_table_drop(&table, fd, HANDLE_NONE);

	ck_assert_ptr_nonnull(flow);
	flow_table_recycle(&table, flow);
}

START_TEST(a_new_flow_is_complete_before_it_is_found)
{
	struct flow *flow = add(5);
	flow_handle handle = flow_table_find(&table, 5);
	struct view view;

	ck_assert(handle_is_flow(handle));
	ck_assert_ptr_eq(flow_table_flow(&table, handle), flow);
	ck_assert(flow_read(flow, handle_generation(handle), &view));
	ck_assert_int_eq(view.phase, PHASE_FRESH);
	ck_assert_int_eq(view.link, LINK_NONE);
	ck_assert_int_eq(view.flags, 0);
	ck_assert_int_eq(view.family, AF_INET);
	ck_assert_int_eq(view.server, ANY_SERVER);
	ck_assert_int_eq(view.peer.kind, ENDPOINT_NONE);
	ck_assert_uint_eq(view.generation & 1, 1);
	ck_assert_uint_eq(flow->descriptors, 1);
	ck_assert_int_eq(flow->round.association.control, -1);
	ck_assert_uint_eq(table.live, 1);
}
END_TEST

/* A device that came with the last one's peer is not what this one is bound to. */
START_TEST(a_slot_knows_nothing_of_who_had_it)
{
	struct flow *flow = add(5);

	flow->held = fake_endpoint("[fe80::1]:9");
	flow->held.scope = 1;
	remove_flow(5);
	ck_assert_ptr_eq(add(5), flow);
	ck_assert_int_eq(flow->held.kind, ENDPOINT_NONE);
	ck_assert_uint_eq(flow->held.scope, 0);
}
END_TEST

START_TEST(what_is_not_known_is_none)
{
	static const int numbers[] = {-1, 0, 4, 5000, FAR - 1, FAR, INT32_MAX, INT32_MIN};

	add(5);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ck_assert_uint_eq(flow_table_find(&table, numbers[i]), HANDLE_NONE);
		ck_assert_ptr_null(flow_table_drop(&table, numbers[i], HANDLE_CLOSING));
		ck_assert_uint_eq(flow_table_find(&table, numbers[i]), HANDLE_NONE);
	}
	ck_assert_ptr_null(flow_table_add(&table, FAR, AF_INET, 0, &last));
	ck_assert_ptr_null(flow_table_add(&table, -1, AF_INET, 0, &last));
	ck_assert(!flow_table_own(&table, FAR));
	flow_table_closed(&table, FAR);
	flow_table_closed(&table, -1);
	ck_assert_ptr_nonnull(add(FAR - 1));
	ck_assert_uint_eq(table.live, 2);
}
END_TEST

/* The slot is used anew at once, and no old handle finds what is there now. */
START_TEST(a_stale_handle_finds_nothing)
{
	flow_handle stale[100];

	for (int i = 0; i < 100; i++) {
		add(5)->now.flags = VIEW_OPEN;
		stale[i] = flow_table_find(&table, 5);
		remove_flow(5);
		ck_assert(!is_live(stale[i]));
	}
	struct flow *flow = add(5);
	ck_assert_int_eq(flow->now.flags, 0);
	for (int i = 0; i < 100; i++) {
		ck_assert_ptr_eq(flow_table_flow(&table, stale[i]), flow);
		ck_assert(!is_live(stale[i]));
	}
	ck_assert(is_live(flow_table_find(&table, 5)));
	ck_assert_uint_eq(table.slab_count, 1);
}
END_TEST

START_TEST(the_flow_that_ended_last_is_ready_for_the_next_socket)
{
	int fd = fake_udp(AF_INET6);
	struct flow *left, *ended = add(fd);
	flow_handle stale = flow_table_find(&table, fd);

	remove_flow(fd);
	ck_assert_ptr_null(flow_table_next(&table, NULL));
	ck_assert_uint_eq(table.live, 0);
	ck_assert(flow_table_add_ready(&table, fd, AF_INET6, &left));
	ck_assert_ptr_null(left);
	flow_handle handle = flow_table_find(&table, fd);
	ck_assert_ptr_eq(flow_table_flow(&table, handle), ended);
	ck_assert_ptr_eq(flow_table_live(&table, handle), ended);
	ck_assert_ptr_eq(flow_table_next(&table, NULL), ended);
	ck_assert(is_live(handle));
	ck_assert(!is_live(stale));
	ck_assert_int_eq(ended->fd, fd);
	ck_assert_int_eq(ended->now.family, AF_INET6);
	ck_assert_uint_eq(ended->cookie, fake.table[fd].cookie);
	ck_assert_uint_eq(ended->descriptors, 1);
	ck_assert_uint_eq(table.live, 1);
	ck_assert(!flow_table_add_ready(&table, fake_udp(AF_INET), AF_INET, &left)); /* one is kept */
	ck_assert_ptr_null(left);
}
END_TEST

START_TEST(nothing_ready_is_put_over_an_entry_or_where_there_is_no_room)
{
	int fd = fake_udp(AF_INET);
	struct flow *left, *ready = table.ready;

	ck_assert(flow_table_own(&table, fd));
	ck_assert(!flow_table_add_ready(&table, fd, AF_INET, &left));
	ck_assert_ptr_null(left);
	ck_assert_uint_eq(flow_table_find(&table, fd), HANDLE_OWN);
	ck_assert(!flow_table_add_ready(&table, 5000, AF_INET, &left));
	ck_assert(!flow_table_add_ready(&table, FAR, AF_INET, &left));
	ck_assert_ptr_null(left);
	ck_assert_ptr_eq(table.ready, ready);
	ck_assert_uint_eq(table.live, 0);
}
END_TEST

static uint64_t placed; /* by another thread, under the number that a flow is just put under */

static int overtaken_cookie(int fd, uint64_t *cookie)
{
	if (placed == HANDLE_OWN)
		flow_table_own(&table, fd);
	else
		flow_table_drop(&table, fd, HANDLE_NONE);
	return fake_functions.udp_cookie(fd, cookie);
}

START_TEST(what_another_thread_does_meanwhile_counts)
{
	int fd = fake_udp(AF_INET);
	struct world overtaken = fake_functions;
	struct flow *left, *ready = table.ready;

	overtaken.udp_cookie = overtaken_cookie;
	table.world = &overtaken;
	placed = _i ? HANDLE_OWN : HANDLE_NONE;
	ck_assert(!flow_table_add_ready(&table, fd, AF_INET, &left));
	ck_assert_ptr_eq(left, ready);
	ck_assert_uint_eq(flow_table_find(&table, fd), placed);
	flow_table_recycle(&table, left);
	ck_assert_ptr_null(flow_table_next(&table, NULL));
	ck_assert_ptr_eq(table.ready, ready);
	ck_assert_uint_eq(table.live, 0);
	table.world = &fake_functions;
	ck_assert(flow_table_add_ready(&table, fake_udp(AF_INET), AF_INET, &left));
}
END_TEST

START_TEST(what_is_no_socket_gets_no_flow)
{
	int fd = fake_udp(AF_INET);
	struct flow *left;

	fake_close(fd);
	ck_assert(!flow_table_add_ready(&table, fd, AF_INET, &left));
	ck_assert_ptr_nonnull(left);
	ck_assert_uint_eq(flow_table_find(&table, fd), HANDLE_NONE);
	flow_table_recycle(&table, left);
	ck_assert_ptr_eq(add(fd), left);
	ck_assert(is_live(flow_table_find(&table, fd)));
}
END_TEST

START_TEST(adding_over_an_entry_hands_the_old_flow_back)
{
	struct flow *old = add(5);
	flow_handle handle = flow_table_find(&table, 5);
	struct flow *flow = add(5);

	ck_assert_ptr_eq(last, old);
	ck_assert_ptr_ne(flow, old);
	ck_assert_uint_ne(flow_table_find(&table, 5), handle);
	flow_table_recycle(&table, old);
	ck_assert(!is_live(handle));
	ck_assert_uint_eq(table.live, 1);
}
END_TEST

START_TEST(copies_share_one_flow)
{
	struct flow *flow = add(5);

	ck_assert(flow_table_share(&table, 5, 9, &last));
	ck_assert_ptr_null(last);
	ck_assert(flow_table_share(&table, 9, 70000, &last));
	ck_assert_uint_eq(flow->descriptors, 3);
	ck_assert_uint_eq(flow_table_find(&table, 70000), flow_table_find(&table, 5));
	ck_assert(flow_table_share(&table, 5, 5, &last)); /* dup2 onto itself */
	ck_assert_uint_eq(flow->descriptors, 3);
	ck_assert(!flow_table_share(&table, 6, 10, &last));
	ck_assert(!flow_table_share(&table, 5, FAR, &last));
	ck_assert_uint_eq(flow->descriptors, 3);
}
END_TEST

START_TEST(a_copy_takes_the_place_of_what_was_there)
{
	struct flow *flow = add(5);
	struct flow *other = add(6);

	ck_assert(flow_table_share(&table, 5, 6, &last));
	ck_assert_ptr_eq(last, other);
	flow_table_recycle(&table, other);
	ck_assert(flow_table_share(&table, 5, 6, &last)); /* again: it is no other flow's last */
	ck_assert_ptr_null(last);
	ck_assert_uint_eq(flow->descriptors, 2);
}
END_TEST

START_TEST(one_of_those_left_stands_for_the_flow)
{
	struct flow *flow = add(5);

	add(6);
	ck_assert(flow_table_own(&table, 7));
	flow_table_share(&table, 5, 5000, &last);
	flow_table_share(&table, 5, 8, &last);
	ck_assert_ptr_null(flow_table_drop(&table, 5, HANDLE_CLOSING));
	ck_assert_int_eq(flow->fd, 8);
	ck_assert_ptr_null(flow_table_drop(&table, 8, HANDLE_NONE));
	ck_assert_int_eq(flow->fd, 5000);
	ck_assert_ptr_eq(flow_table_drop(&table, 5000, HANDLE_NONE), flow);
}
END_TEST

START_TEST(a_closing_descriptor_is_marked)
{
	flow_handle handle;

	add(5);
	handle = flow_table_find(&table, 5);
	flow_table_recycle(&table, flow_table_drop(&table, 5, HANDLE_CLOSING));
	ck_assert_uint_eq(flow_table_find(&table, 5), HANDLE_CLOSING);
	ck_assert(!is_live(handle));
	flow_table_closed(&table, 5);
	ck_assert_uint_eq(flow_table_find(&table, 5), HANDLE_NONE);

	flow_table_recycle(&table, (add(5), flow_table_drop(&table, 5, HANDLE_CLOSING)));
	struct flow *next = add(5); /* another thread got the number between close and its return */
	flow_table_closed(&table, 5);
	ck_assert_ptr_eq(flow_table_flow(&table, flow_table_find(&table, 5)), next);
	ck_assert(is_live(flow_table_find(&table, 5)));
}
END_TEST

START_TEST(own_descriptors_are_no_flows)
{
	ck_assert(flow_table_own(&table, 950));
	ck_assert_uint_eq(flow_table_find(&table, 950), HANDLE_OWN);
	ck_assert(!handle_is_flow(HANDLE_OWN) && !handle_is_flow(HANDLE_CLOSING) && !handle_is_flow(HANDLE_NONE));
	ck_assert(!flow_table_share(&table, 950, 951, &last));
	ck_assert_uint_eq(flow_table_find(&table, 951), HANDLE_NONE);
	flow_table_closed(&table, 950);
	ck_assert_uint_eq(flow_table_find(&table, 950), HANDLE_OWN);
	flow_table_disown(&table, 950);
	ck_assert_uint_eq(flow_table_find(&table, 950), HANDLE_NONE);
}
END_TEST

START_TEST(walks_over_all_flows_and_descriptors)
{
	enum { COUNT = 266 }; /* in six slabs */
	static bool seen[COUNT];
	struct flow *flow = NULL;
	int flows = 0, descriptors = 0;

	for (int i = 0; i < COUNT; i++)
		add(100 + i * 40);
	for (int i = 0; i < COUNT; i += 3)
		remove_flow(100 + i * 40);
	while ((flow = flow_table_next(&table, flow))) {
		ck_assert(!seen[flow->slot]);
		seen[flow->slot] = true;
		flows++;
	}
	for (int fd = -1; (fd = flow_table_next_descriptor(&table, (unsigned)fd + 1, UINT32_MAX)) >= 0; descriptors++)
		ck_assert_int_eq((fd - 100) % 40, 0);
	ck_assert_int_eq(flows, COUNT - (COUNT + 2) / 3);
	ck_assert_int_eq(descriptors, flows);
	ck_assert_uint_eq(table.live, (uint32_t)flows);
}
END_TEST

START_TEST(a_walk_over_descriptors_has_bounds)
{
	add(5);
	add(6000);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 0, 4), -1);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 0, 5), 5);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 5, 5), 5);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 6, 6000 - 1), -1);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 6, UINT32_MAX), 6000);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 6000 + 1, UINT32_MAX), -1);
	ck_assert_int_eq(flow_table_next_descriptor(&table, UINT32_MAX, UINT32_MAX), -1);
	ck_assert_int_eq(flow_table_next_descriptor(&table, 9, 3), -1);
}
END_TEST

/* The first flows and descriptors need none. After that the first map is the descriptors', the second the flows'. */
START_TEST(no_memory_leaves_no_entry)
{
	enum { FLOWS = 1 << SLAB_BITS, BEYOND = 5000 };

	for (int fd = 0; fd < FLOWS; fd++)
		add(fd);
	ck_assert_uint_eq(fake.calls, 0);
	fake.fail_at = (unsigned)_i + 1;
	ck_assert_ptr_null(flow_table_add(&table, BEYOND, AF_INET, 0, &last));
	ck_assert_uint_eq(flow_table_find(&table, BEYOND), HANDLE_NONE);
	ck_assert_uint_eq(table.live, FLOWS);
	add(BEYOND);
	ck_assert(is_live(flow_table_find(&table, BEYOND)));
	fake.fail_at = fake.calls + 1;
	ck_assert(!flow_table_share(&table, BEYOND, 50000, &last));
	ck_assert_uint_eq(flow_table_flow(&table, flow_table_find(&table, BEYOND))->descriptors, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow_table");
	TCase *tests = tcase_create("flow_table");

	tcase_add_checked_fixture(tests, begin, fake_world_end);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, a_new_flow_is_complete_before_it_is_found);
	tcase_add_test(tests, a_slot_knows_nothing_of_who_had_it);
	tcase_add_test(tests, what_is_not_known_is_none);
	tcase_add_test(tests, a_stale_handle_finds_nothing);
	tcase_add_test(tests, the_flow_that_ended_last_is_ready_for_the_next_socket);
	tcase_add_test(tests, nothing_ready_is_put_over_an_entry_or_where_there_is_no_room);
	tcase_add_loop_test(tests, what_another_thread_does_meanwhile_counts, 0, 2);
	tcase_add_test(tests, what_is_no_socket_gets_no_flow);
	tcase_add_test(tests, adding_over_an_entry_hands_the_old_flow_back);
	tcase_add_test(tests, copies_share_one_flow);
	tcase_add_test(tests, a_copy_takes_the_place_of_what_was_there);
	tcase_add_test(tests, one_of_those_left_stands_for_the_flow);
	tcase_add_test(tests, a_closing_descriptor_is_marked);
	tcase_add_test(tests, own_descriptors_are_no_flows);
	tcase_add_test(tests, walks_over_all_flows_and_descriptors);
	tcase_add_test(tests, a_walk_over_descriptors_has_bounds);
	tcase_add_loop_test(tests, no_memory_leaves_no_entry, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
