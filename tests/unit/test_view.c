#include "core/view.h"

#include <check.h>

#include "tests/unit/run_suite.h"

enum { BOTH = VIEW_PLAIN_OUT | VIEW_PLAIN_IN };

static struct view plain_view(void)
{
	return (struct view){.phase = PHASE_READY, .link = LINK_RELAY, .flags = VIEW_SETTLED, .family = AF_INET};
}

START_TEST(a_settled_one_is_plain_both_ways)
{
	struct view view = plain_view();

	ck_assert_uint_eq(view_plain(&view), BOTH);
	view.flags |= VIEW_BOUND | VIEW_BOUND_ADDRESS | VIEW_GRO;
	view.peer = endpoint_ipv4(0xc0000201, 53);
	ck_assert_uint_eq(view_plain(&view), BOTH);
	view.flags &= ~VIEW_SETTLED; /* what came before may wait in it */
	ck_assert_uint_eq(view_plain(&view), VIEW_PLAIN_OUT);
}
END_TEST

static const struct {
	enum view_flag flag;
	uint8_t left; /* enum view_plain */
} flags[] = {
    {VIEW_YOUNG, 0},
    {VIEW_UNTOLD, 0},
    {VIEW_TIMED, VIEW_PLAIN_OUT},
    {VIEW_BACKLOG, VIEW_PLAIN_OUT},
    {VIEW_PEEKING, VIEW_PLAIN_OUT},
    {VIEW_JOINS, VIEW_PLAIN_OUT},
    {VIEW_CORKED, VIEW_PLAIN_IN},
    {VIEW_CORKING, VIEW_PLAIN_IN},
    {VIEW_MUTE, VIEW_PLAIN_IN},
    {VIEW_V6ONLY, VIEW_PLAIN_IN},
};

START_TEST(flags_stand_in_the_way)
{
	struct view view = plain_view();

	view.flags |= flags[_i].flag;
	ck_assert_uint_eq(view_plain(&view), flags[_i].left);
}
END_TEST

START_TEST(an_ipv6_socket_is_never_plain)
{
	struct view view = plain_view();

	view.family = AF_INET6;
	ck_assert_uint_eq(view_plain(&view), 0);
}
END_TEST

START_TEST(only_what_goes_to_its_relay_is_plain)
{
	for (int phase = PHASE_FRESH; phase <= PHASE_FAILED; phase++)
		for (int link = LINK_NONE; link <= LINK_PEER; link++) {
			struct view view = plain_view();
			view.phase = phase & 15;
			view.link = link & 15;
			bool out = phase == PHASE_READY && link == LINK_RELAY;
			ck_assert_int_eq(view_plain(&view) & VIEW_PLAIN_OUT, out ? VIEW_PLAIN_OUT : 0);
		}
}
END_TEST

START_TEST(segments_and_marks_stand_in_the_way_out)
{
	struct view cut = plain_view(), marked = plain_view(), told = plain_view();

	cut.segment = 1200;
	marked.marks = MARKS_SENT;
	told.marks = MARKS_OTHERS;
	ck_assert_uint_eq(view_plain(&cut), VIEW_PLAIN_IN);
	ck_assert_uint_eq(view_plain(&marked), VIEW_PLAIN_IN);
	ck_assert_uint_eq(view_plain(&told), BOTH); /* who asks for no control data is told nothing */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("view");
	TCase *tests = tcase_create("view");

	tcase_add_test(tests, a_settled_one_is_plain_both_ways);
	tcase_add_loop_test(tests, flags_stand_in_the_way, 0, sizeof(flags) / sizeof(*flags));
	tcase_add_test(tests, an_ipv6_socket_is_never_plain);
	tcase_add_test(tests, only_what_goes_to_its_relay_is_plain);
	tcase_add_test(tests, segments_and_marks_stand_in_the_way_out);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
