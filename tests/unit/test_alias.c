#include "core/alias.h"

#include <string.h>

#include "core/header.h"
#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

static struct alias_memory *memory;
static struct view view;

static void begin(void)
{
	fake_world_begin();
	memory = alias_memory_new(&fake_functions);
	ck_assert_ptr_nonnull(memory);
	view = (struct view){.family = AF_INET};
}

static void finish(void)
{
	alias_memory_forget(memory);
	ck_assert(!alias_memory_is_used(memory));
}

static struct endpoint stand_in(uint8_t last)
{
	return endpoint_ipv4(0xc6121000U + last, 7);
}

static void note_name(uint8_t last, const char *name)
{
	struct endpoint shown = stand_in(last), target = endpoint_name(name, strlen(name), 7);
	alias_memory_note(memory, &shown, &target);
}

/* A datagram from there, judged as if without aliases first. */
static struct incoming arrive(const struct endpoint *source)
{
	uint8_t bytes[HEADER_SIZE_MAX];
	struct writer writer = writer_over(bytes, sizeof bytes);
	struct endpoint relay = endpoint_ipv4(0xc0000201, 4000);
	struct incoming incoming;
	view.link = LINK_RELAY;
	view.relay = relay;
	ck_assert_int_eq(header_encode(&writer, source), OUTCOME_OK);
	incoming_judge(&incoming, &view, &relay, false, bytes, written(&writer));
	alias_memory_judge(memory, &incoming, &view, bytes, written(&writer));
	return incoming;
}

static void expect_from(const struct endpoint *source, const struct endpoint *shown)
{
	struct incoming incoming = arrive(source);
	ck_assert_int_eq(incoming.verdict, INCOMING_RELAYED);
	ck_assert(endpoint_equal(&incoming.source, shown));
}

START_TEST(a_name_comes_back_as_its_stand_in)
{
	struct endpoint name = endpoint_name("A.example", 9, 7), shown = stand_in(1);
	note_name(1, "a.example");
	expect_from(&name, &shown);
	name.port = 8;
	ck_assert_int_eq(arrive(&name).verdict, INCOMING_FOREIGN);
}
END_TEST

START_TEST(so_does_the_only_address_that_it_can_be)
{
	struct endpoint real = endpoint_ipv4(0xcb007101, 7), other = endpoint_ipv4(0xcb007102, 7), shown = stand_in(1);
	note_name(1, "a.example");
	expect_from(&real, &shown);
	expect_from(&real, &shown);
	expect_from(&other, &other); /* the name has been answered for */
}
END_TEST

START_TEST(of_two_names_neither_is_guessed)
{
	struct endpoint real = endpoint_ipv4(0xcb007101, 7);
	note_name(1, "a.example");
	note_name(2, "b.example");
	expect_from(&real, &real);
}
END_TEST

START_TEST(what_was_sent_to_by_its_address_is_itself)
{
	struct endpoint real = endpoint_ipv4(0xcb007101, 7);
	note_name(1, "a.example");
	alias_memory_note(memory, &real, &real);
	expect_from(&real, &real);
}
END_TEST

START_TEST(a_nameserver_comes_back_as_the_one_that_was_asked)
{
	struct endpoint asked = endpoint_ipv4(0x7f000035, 53), far = endpoint_ipv4(0xc0000235, 53);
	alias_memory_note(memory, &asked, &far);
	expect_from(&far, &asked);
}
END_TEST

START_TEST(a_connected_flow_hears_its_peer)
{
	struct endpoint real = endpoint_ipv4(0xcb007101, 7), other = endpoint_ipv4(0xcb007102, 9);
	view.peer = stand_in(1);
	note_name(1, "a.example");
	expect_from(&real, &view.peer);
	ck_assert_int_eq(arrive(&other).verdict, INCOMING_OTHER);
}
END_TEST

START_TEST(what_is_forgotten_is_an_address_again)
{
	struct endpoint real = endpoint_ipv4(0xcb007101, 7);
	note_name(1, "a.example");
	alias_memory_forget(memory);
	expect_from(&real, &real);
}
END_TEST

START_TEST(many_names_are_remembered)
{
	char name[] = "a.example";
	for (uint8_t i = 0; i < 32; i++) {
		name[0] = (char)('A' + i);
		note_name(i, name);
		note_name(i, name);
	}
	for (uint8_t i = 0; i < 32; i++) {
		name[0] = (char)('A' + i);
		struct endpoint source = endpoint_name(name, 9, 7), shown = stand_in(i);
		if (name[0] < 'Z') /* letters are one in either case */
			expect_from(&source, &shown);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("alias");
	TCase *tests = tcase_create("alias");

	tcase_add_checked_fixture(tests, begin, finish);
	tcase_add_test(tests, a_name_comes_back_as_its_stand_in);
	tcase_add_test(tests, so_does_the_only_address_that_it_can_be);
	tcase_add_test(tests, of_two_names_neither_is_guessed);
	tcase_add_test(tests, what_was_sent_to_by_its_address_is_itself);
	tcase_add_test(tests, a_nameserver_comes_back_as_the_one_that_was_asked);
	tcase_add_test(tests, a_connected_flow_hears_its_peer);
	tcase_add_test(tests, what_is_forgotten_is_an_address_again);
	tcase_add_test(tests, many_names_are_remembered);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
