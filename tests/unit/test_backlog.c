#include "core/backlog.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

static struct backlog backlog;

static struct view connected(enum link link, const char *peer)
{
	struct view view = {.link = (uint8_t)link};

	if (peer)
		view.peer = fake_endpoint(peer);
	return view;
}

static void check_next(enum link link, const char *peer, bool more)
{
	struct view expected = connected(link, peer), view = {.link = LINK_GUARD, .flags = VIEW_OPEN};

	ck_assert(backlog_apply(&backlog, 0, &view));
	ck_assert_int_eq(view.link, expected.link);
	ck_assert_int_eq(view.flags, VIEW_OPEN);
	ck_assert_int_eq(view.peer.kind, expected.peer.kind);
	if (peer)
		ck_assert(endpoint_equal(&view.peer, &expected.peer));
	ck_assert_int_eq(backlog_take(&backlog), more);
}

static void note(uint32_t waiting, enum link link, const char *peer)
{
	struct view view = connected(link, peer);

	backlog_note(&backlog, waiting, &view);
}

static void begin(void)
{
	backlog = (struct backlog){0};
}

START_TEST(each_has_the_peer_that_it_came_under)
{
	note(2, LINK_NONE, NULL);
	check_next(LINK_NONE, NULL, true);
	note(1, LINK_RELAY, "203.0.113.7:53"); /* nothing has come since */
	note(3, LINK_RELAY, "203.0.113.8:53");
	check_next(LINK_NONE, NULL, true);
	check_next(LINK_RELAY, "203.0.113.8:53", true);
	check_next(LINK_RELAY, "203.0.113.8:53", false);
}
END_TEST

START_TEST(a_peek_goes_on_behind_the_first)
{
	struct view view = {0};
	struct endpoint peer = fake_endpoint("203.0.113.8:53");

	note(2, LINK_NONE, NULL);
	note(3, LINK_RELAY, "203.0.113.8:53");
	ck_assert(backlog_apply(&backlog, 1, &view));
	ck_assert_int_eq(view.peer.kind, ENDPOINT_NONE);
	ck_assert(backlog_apply(&backlog, 2, &view));
	ck_assert(endpoint_equal(&view.peer, &peer));
	ck_assert(!backlog_apply(&backlog, 3, &view));
}
END_TEST

START_TEST(without_any_nothing_changes)
{
	struct view view = {.link = LINK_GUARD};

	note(0, LINK_RELAY, "203.0.113.8:53");
	ck_assert(!backlog_apply(&backlog, 0, &view));
	ck_assert_int_eq(view.link, LINK_GUARD);
	ck_assert(!backlog_take(&backlog));
}
END_TEST

START_TEST(too_many_changes_count_as_one)
{
	static const char *const peers[] = {"203.0.113.1:1", "203.0.113.1:2", "203.0.113.1:3",
					    "203.0.113.1:4", "203.0.113.1:5", "203.0.113.1:6"};

	for (uint32_t i = 0; i < 6; i++)
		note(i + 1, LINK_RELAY, peers[i]);
	for (uint32_t i = 0; i < 6; i++)
		check_next(LINK_RELAY, peers[i < BACKLOG_PARTS ? i : BACKLOG_PARTS - 1], i < 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backlog");
	TCase *tests = tcase_create("backlog");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, each_has_the_peer_that_it_came_under);
	tcase_add_test(tests, a_peek_goes_on_behind_the_first);
	tcase_add_test(tests, without_any_nothing_changes);
	tcase_add_test(tests, too_many_changes_count_as_one);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
