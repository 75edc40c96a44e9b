/* Settings loaded from an environment that is a table, and from the files beside the tests. */
#ifndef TESTS_UNIT_CONF_CASE_H
#define TESTS_UNIT_CONF_CASE_H

#include <check.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

struct variable {
	const char *name;
	const char *value;
};

#define VARIABLES_MAX 8

struct environment {
	struct variable variables[VARIABLES_MAX]; /* up to the first without a name */
};

#define ENVIRONMENT(...) (&(struct environment){{__VA_ARGS__}})

static inline const char *environment_of_case(const char *name, void *context)
{
	const struct environment *environment = context;

	for (size_t i = 0; i < VARIABLES_MAX && environment->variables[i].name; i++)
		if (!strcmp(environment->variables[i].name, name))
			return environment->variables[i].value;
	return NULL;
}

/* No file of the machine that the test runs on is read. */
static inline struct conf_sources sources_of(struct environment *environment)
{
	return (struct conf_sources){.get = environment_of_case,
				     .context = environment,
				     .system_file = "/dev/null/no.conf",
				     .socks5c_file = "/dev/null/no.conf",
				     .notes = true};
}

static inline struct conf *expect_loaded(const struct conf_sources *sources)
{
	struct complaint complaint = {""};
	struct conf *conf = NULL;

	ck_assert_msg(conf_load(&conf, sources, &complaint), "%s", complaint.text);
	ck_assert_ptr_nonnull(conf->settings.rules);
	return conf;
}

static inline void expect_refused(const struct conf_sources *sources, const char *text)
{
	struct complaint complaint = {""};
	struct conf *conf = NULL;

	ck_assert(!conf_load(&conf, sources, &complaint));
	ck_assert_ptr_null(conf);
	ck_assert_str_eq(complaint.text, text);
}

/* A path of the source tree, from one relative to tests/unit. Answers out. */
static inline const char *beside_tests(char *out, size_t size, const char *path)
{
	char here[] = __FILE__;

	snprintf(out, size, "%s/%s", dirname(here), path);
	return out;
}

#endif
