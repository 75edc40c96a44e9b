#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/conf_case.h"
#include "tests/unit/run_suite.h"

static char folder[512];
static glob_t samples;

static void read_first_line(const char *path, char *line, size_t size)
{
	FILE *stream = fopen(path, "re");

	ck_assert_ptr_nonnull(stream);
	ck_assert_ptr_nonnull(fgets(line, (int)size, stream));
	fclose(stream);
	line[strcspn(line, "\n")] = '\0';
	ck_assert_int_eq(strncmp(line, "# ", 2), 0);
}

/* The first line of each sample is the complaint about it, from the folder of the samples on. */
START_TEST(wrong_files_are_complained_of_by_line_and_key)
{
	const char *path = samples.gl_pathv[_i];
	struct conf_sources sources = sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", path}));
	struct complaint complaint = {""};
	struct conf *conf = NULL;
	char line[512];

	read_first_line(path, line, sizeof(line));
	ck_assert_msg(!conf_load(&conf, &sources, &complaint), "%s", path);
	ck_assert_ptr_null(conf);
	ck_assert_msg(!strncmp(complaint.text, folder, strlen(folder)), "%s", complaint.text);
	/* The complaint is cut to its room, which the folder's name takes part in. */
	ck_assert_msg(
	    !strncmp(complaint.text + strlen(folder) + 1, line + 2, strlen(complaint.text) - strlen(folder) - 1), "%s",
	    complaint.text);
	ck_assert(strlen(complaint.text) == strlen(folder) + 1 + strlen(line + 2) ||
		  strlen(complaint.text) == sizeof(complaint.text) - 1);
}
END_TEST

START_TEST(no_complaint_holds_a_password)
{
	struct conf_sources sources = sources_of(ENVIRONMENT({"SOCKS5UDP_CONFIG", samples.gl_pathv[_i]}));
	struct complaint complaint = {""};
	struct conf *conf = NULL;

	ck_assert(!conf_load(&conf, &sources, &complaint));
	ck_assert_ptr_null(strstr(complaint.text, "hunter"));
	ck_assert_ptr_null(strstr(complaint.text, "271828"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_wrong");
	TCase *tcase = tcase_create("wrong");
	char pattern[600];
	int status;

	beside_tests(folder, sizeof(folder), "conf/wrong");
	snprintf(pattern, sizeof(pattern), "%s/*.conf", folder);
	if (glob(pattern, 0, NULL, &samples) != 0)
		return EXIT_FAILURE;
	tcase_add_loop_test(tcase, wrong_files_are_complained_of_by_line_and_key, 0, (int)samples.gl_pathc);
	tcase_add_loop_test(tcase, no_complaint_holds_a_password, 0, (int)samples.gl_pathc);
	suite_add_tcase(suite, tcase);
	status = run_suite(suite);
	globfree(&samples);
	return status;
}
