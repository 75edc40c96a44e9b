/* socks5udp-check: tries the configured servers, one after another. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "core/check/json.h"
#include "core/check/screen.h"
#include "core/check/wishes.h"

enum { USABLE = 0, NOT_USABLE = 1, WRONG_USAGE = 2 };

static void check_server(const struct settings *settings, const struct server *server, const struct wishes *wishes,
			 bool json, struct report *report)
{
	static struct course course;

	report->label = server->label;
	report->hear = json ? NULL : screen_finding;
	if (!json)
		screen_begin(report);
	course_run(&course, settings, server, wishes, report);
	if (!json)
		screen_end(report);
}

static int check(const struct settings *settings, struct wishes *wishes, bool json)
{
	struct report *reports = calloc(settings->server_count, sizeof(*reports));
	bool usable = false;

	if (!reports)
		return NOT_USABLE;
	targets_default(&wishes->targets, settings);
	for (size_t i = 0; i < settings->server_count; i++) {
		check_server(settings, &settings->servers[i], wishes, json, &reports[i]);
		usable |= report_is_usable(&reports[i]);
	}
	if (json)
		json_reports(stdout, reports, settings->server_count);
	free(reports);
	return fflush(stdout) == 0 && usable ? USABLE : NOT_USABLE;
}

int main(int argc, char **argv)
{
	struct conf_sources sources = conf_sources_of_process();
	struct complaint complaint;
	struct wishes wishes;
	struct conf *conf;
	bool json;
	int status = NOT_USABLE;
	enum wishes_outcome outcome = wishes_read(&wishes, &json, argc, argv);

	if (outcome == WISHES_HELP)
		wishes_usage();
	if (outcome != WISHES_GIVEN)
		return outcome == WISHES_HELP ? USABLE : WRONG_USAGE;
	signal(SIGPIPE, SIG_IGN);
	if (!conf_load(&conf, &sources, &complaint)) {
		fprintf(stderr, "%s\n", complaint.text);
		return NOT_USABLE;
	}
	if (conf->settings.server_count)
		status = check(&conf->settings, &wishes, json);
	else
		fputs("no server is configured: give one with -p socks5://host:port\n", stderr);
	conf_free(conf);
	return status;
}
