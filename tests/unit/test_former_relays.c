#include "core/former_relays.h"

#include "tests/unit/fake_world.h"
#include "tests/unit/run_suite.h"

static struct former_relays relays;

static struct endpoint numbered(int i)
{
	return endpoint_ipv4(0xc6336401, (uint16_t)(4000 + i));
}

START_TEST(the_last_ones_are_known)
{
	struct endpoint none = {0};

	former_relays_reset(&relays);
	former_relays_add(&relays, &fake_functions, &none);
	ck_assert(!former_relays_have(&relays, &none));
	for (int i = 0; i < 100; i++) {
		struct endpoint relay = numbered(i), six = fake_endpoint("[2001:db8::1]:4000");

		former_relays_add(&relays, &fake_functions, &relay);
		former_relays_add(&relays, &fake_functions, &relay); /* takes no place of its own */
		for (int j = 0; j < 100; j++) {
			struct endpoint other = numbered(j);

			ck_assert_int_eq(former_relays_have(&relays, &other), j <= i && j > i - FORMER_RELAYS);
		}
		ck_assert(!former_relays_have(&relays, &six));
	}
}
END_TEST

START_TEST(another_flow_knows_none)
{
	struct endpoint relay = numbered(1);

	former_relays_reset(&relays);
	former_relays_add(&relays, &fake_functions, &relay);
	former_relays_reset(&relays);
	ck_assert(!former_relays_have(&relays, &relay));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("former_relays");
	TCase *tests = tcase_create("former_relays");

	tcase_add_test(tests, the_last_ones_are_known);
	tcase_add_test(tests, another_flow_knows_none);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
