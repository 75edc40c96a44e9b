#include "core/outgoing.h"

#include <errno.h>

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

enum { PHASES = PHASE_FAILED + 1, LINKS = LINK_PEER + 1, FLAGS = VIEW_V6ONLY * 2, THE_SERVER = 1 };

/* A destination, and what the rules below say of it. */
static const struct destination {
	const char *text;
	enum action action;
	int16_t server;
	const char *header;
	size_t header_length;
} destinations[] = {
    {"203.0.113.7:53", ACTION_RELAY, ANY_SERVER, "\0\0\0\1\313\0\161\7\0\65", 10},
    {"[2001:db8::7]:443", ACTION_RELAY, ANY_SERVER, "\0\0\0\4\x20\1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\7\1\xbb", 22},
    {"198.51.100.99:53", ACTION_RELAY, THE_SERVER, "\0\0\0\1\306\63\144\143\0\65", 10},
    {"127.0.0.9:53", ACTION_RELAY, ANY_SERVER, "\0\0\0\1\177\0\0\11\0\65", 10},
    {"203.0.113.7:0", ACTION_RELAY, ANY_SERVER, "\0\0\0\1\313\0\161\7\0\0", 10},
    {"10.1.2.3:53", ACTION_DIRECT, ANY_SERVER, NULL, 0},
    {"127.0.0.1:53", ACTION_DIRECT, ANY_SERVER, NULL, 0},
    {"192.0.2.1:443", ACTION_REJECT, ANY_SERVER, NULL, 0},
    {"192.0.2.2:443", ACTION_DROP, ANY_SERVER, NULL, 0},
};

enum { DESTINATIONS = sizeof(destinations) / sizeof(destinations[0]) };

static struct rules *rules;
static struct endpoint endpoints[DESTINATIONS];

static void begin(void)
{
	static const struct rule_target direct = {TARGET_PREFIX, {ENDPOINT_IPV4, 8, {10}}, NULL};
	static const struct rule_target demanding = {TARGET_PREFIX, {ENDPOINT_IPV4, 24, {198, 51, 100}}, NULL};
	static const struct rule_target near = {TARGET_PREFIX, {ENDPOINT_IPV4, 32, {127, 0, 0, 9}}, NULL};
	static const struct rule_target rejected = {TARGET_PREFIX, {ENDPOINT_IPV4, 32, {192, 0, 2, 1}}, NULL};
	static const struct rule_target dropped = {TARGET_PREFIX, {ENDPOINT_IPV4, 32, {192, 0, 2, 2}}, NULL};
	static const struct rule list[] = {
	    {&direct, 1, NULL, 0, ACTION_DIRECT, ANY_SERVER}, {&demanding, 1, NULL, 0, ACTION_RELAY, THE_SERVER},
	    {&near, 1, NULL, 0, ACTION_RELAY, ANY_SERVER},    {&rejected, 1, NULL, 0, ACTION_REJECT, ANY_SERVER},
	    {&dropped, 1, NULL, 0, ACTION_DROP, ANY_SERVER},
	};

	rules = rules_compile(list, sizeof(list) / sizeof(list[0]), ACTION_RELAY);
	ck_assert_ptr_nonnull(rules);
	for (size_t i = 0; i < DESTINATIONS; i++)
		endpoints[i] = fake_endpoint(destinations[i].text);
}

static void end(void)
{
	rules_free(rules);
}

/* One question; destinations by index, -1: none. */
struct question {
	struct view view;
	int peer;
	int name;
	bool answer;
};

static enum outgoing_verdict expected_verdict(const struct question *question, const struct destination *to)
{
	const struct view *view = &question->view;
	bool open = view->flags & VIEW_OPEN && view->link == LINK_NONE;
	bool right_server = to->server == ANY_SERVER || to->server == view->server;

	switch (question->answer ? ACTION_DIRECT : to->action) {
	case ACTION_DIRECT:
		return question->peer >= 0 || open ? OUTGOING_KERNEL : OUTGOING_LEAVE;
	case ACTION_RELAY:
		return view->phase == PHASE_READY && !(view->flags & VIEW_YOUNG) && right_server ? OUTGOING_FRAMED
												 : OUTGOING_PREPARE;
	case ACTION_REJECT:
		return OUTGOING_ERROR;
	case ACTION_DROP:
		break;
	}
	return OUTGOING_SILENCE;
}

static bool is_framed_right(const struct outgoing *outgoing, const struct view *view, const struct destination *to)
{
	return outgoing->header_length == to->header_length &&
	       memcmp(outgoing->header, to->header, to->header_length) == 0 && outgoing->server == to->server &&
	       outgoing->named == (view->link != LINK_RELAY);
}

/* The asserts of Check are too slow for millions: NULL, or what is wrong. */
static const char *ask(const struct question *question)
{
	struct outgoing outgoing = {.error = 0};
	int index = question->name >= 0 ? question->name : question->peer;
	const struct destination *to = index >= 0 ? &destinations[index] : NULL;

	outgoing_decide(&outgoing, &question->view, rules, question->name >= 0 ? &endpoints[question->name] : NULL,
			question->answer);
	if (!to)
		return outgoing.verdict == OUTGOING_ERROR && outgoing.error == EDESTADDRREQ ? NULL : "no destination";
	if (!endpoint_equal(&outgoing.to, &endpoints[index]))
		return "another destination";
	if (question->name >= 0 && endpoints[index].port == 0) /* the kernel sends nothing there */
		return outgoing.verdict == OUTGOING_KERNEL ? NULL : "port 0";
	if (outgoing.verdict == OUTGOING_KERNEL && to->action != ACTION_DIRECT && !question->answer)
		return "a leak";
	if (outgoing.verdict != expected_verdict(question, to))
		return "another verdict";
	if (outgoing.verdict == OUTGOING_ERROR && outgoing.error != ECONNREFUSED)
		return "another error";
	if ((outgoing.verdict == OUTGOING_FRAMED || outgoing.verdict == OUTGOING_PREPARE) &&
	    !is_framed_right(&outgoing, &question->view, to))
		return "another header, server or name";
	return NULL;
}

static void ask_all_destinations(struct question *question)
{
	for (question->peer = -1; question->peer < DESTINATIONS; question->peer++) {
		question->view.peer = question->peer >= 0 ? endpoints[question->peer] : (struct endpoint){0};
		for (question->name = -1; question->name < DESTINATIONS; question->name++) {
			const char *wrong = ask(question);

			if (wrong)
				ck_abort_msg("%s: phase %u link %u flags %#x server %d peer %d name %d answer %d",
					     wrong, question->view.phase, question->view.link, question->view.flags,
					     question->view.server, question->peer, question->name, question->answer);
		}
	}
}

/* Every view there can be, every destination, named or connected to. */
START_TEST(never_the_kernel_for_what_is_relayed)
{
	struct question question = {.view = {.phase = (uint8_t)(_i / LINKS), .link = (uint8_t)(_i % LINKS)}};

	question.view.family = AF_INET6;
	for (unsigned flags = 0; flags < FLAGS; flags++)
		for (int server = ANY_SERVER; server <= THE_SERVER; server++)
			for (int answer = 0; answer < 2; answer++) {
				question.view.flags = (uint16_t)flags;
				question.view.server = (int16_t)server;
				question.answer = answer;
				ask_all_destinations(&question);
			}
}
END_TEST

START_TEST(without_rules_everything_but_local_is_relayed)
{
	struct rules *none = rules_compile(NULL, 0, ACTION_RELAY);
	struct view view = {.family = AF_INET, .server = ANY_SERVER};
	struct outgoing outgoing;

	for (size_t i = 0; i < DESTINATIONS; i++) {
		bool local = endpoint_is_local_only(&endpoints[i]);

		if (endpoints[i].port == 0)
			continue;
		outgoing_decide(&outgoing, &view, none, &endpoints[i], false);
		ck_assert_msg(outgoing.verdict == (local ? OUTGOING_LEAVE : OUTGOING_PREPARE), "%s",
			      destinations[i].text);
	}
	rules_free(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outgoing");
	TCase *tests = tcase_create("outgoing");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, never_the_kernel_for_what_is_relayed, 0, PHASES * LINKS);
	tcase_add_test(tests, without_rules_everything_but_local_is_relayed);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
