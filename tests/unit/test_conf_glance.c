#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/conf_case.h"
#include "tests/unit/run_suite.h"

START_TEST(nothing_is_said)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({NULL, NULL}));
	struct conf_glance glance;

	conf_glance(&glance, &sources);
	ck_assert(glance.follow);
	ck_assert(!glance.allow_uring);
	ck_assert_str_eq(glance.log_file, "");
	ck_assert_str_eq(glance.own_file, "");
}
END_TEST

START_TEST(a_file_says_it)
{
	char path[512];
	struct conf_sources sources =
	    sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "conf/full.conf")}));
	struct conf_glance glance;

	conf_glance(&glance, &sources);
	ck_assert(!glance.follow);
	ck_assert(glance.allow_uring);
	ck_assert_str_eq(glance.log_file, "/dev/null");
	ck_assert_str_eq(glance.own_file, "");
}
END_TEST

START_TEST(the_environment_comes_before_the_file)
{
	char path[512];
	struct conf_sources sources =
	    sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "conf/full.conf")},
				   {"SOCKS5UDP_FOLLOW", "1"}, {"SOCKS5UDP_ALLOW_URING", "0"}));
	struct conf_glance glance;

	conf_glance(&glance, &sources);
	ck_assert(glance.follow);
	ck_assert(!glance.allow_uring);
}
END_TEST

START_TEST(another_user_s_environment_says_nothing)
{
	struct conf_sources sources =
	    sources_of(ENVIRONMENT({"SOCKS5UDP_FOLLOW", "0"}, {"SOCKS5UDP_ALLOW_URING", "1"}));
	struct conf_glance glance;

	sources.secure = true;
	conf_glance(&glance, &sources);
	ck_assert(glance.follow);
	ck_assert(!glance.allow_uring);
}
END_TEST

/* Protection stands where what is written cannot be made out. */
START_TEST(what_is_in_error_counts_as_left_out)
{
	char path[512];
	struct conf_sources sources = sources_of(
	    ENVIRONMENT({"SOCKS5UDP_CONFIG", beside_tests(path, sizeof(path), "conf/wrong/follow-word.conf")},
			{"SOCKS5UDP_ALLOW_URING", "perhaps"}));
	struct conf_glance glance;

	conf_glance(&glance, &sources);
	ck_assert(glance.follow);
	ck_assert(!glance.allow_uring);
}
END_TEST

START_TEST(a_file_found_by_way_of_home_is_named)
{
	char home[] = "/tmp/unit_conf_glance.XXXXXX", folder[64], path[96];
	ck_assert_ptr_nonnull(mkdtemp(home));
	struct conf_sources sources = sources_of(ENVIRONMENT({"HOME", home}));
	struct conf_glance glance;

	snprintf(folder, sizeof(folder), "%s/.config", home);
	snprintf(path, sizeof(path), "%s/socks5udp.conf", folder);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("follow = false;", file);
	fclose(file);
	conf_glance(&glance, &sources);
	unlink(path);
	rmdir(folder);
	rmdir(home);
	ck_assert(!glance.follow);
	ck_assert_str_eq(glance.own_file, path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_glance");
	TCase *tcase = tcase_create("glance");

	tcase_add_test(tcase, nothing_is_said);
	tcase_add_test(tcase, a_file_says_it);
	tcase_add_test(tcase, the_environment_comes_before_the_file);
	tcase_add_test(tcase, another_user_s_environment_says_nothing);
	tcase_add_test(tcase, what_is_in_error_counts_as_left_out);
	tcase_add_test(tcase, a_file_found_by_way_of_home_is_named);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
