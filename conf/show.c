/* socks5udp-settings: what the library would make of its configuration, for the wrapper and for people. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static int check(const struct conf *conf)
{
	if (conf->settings.server_count || !conf->relays)
		return 0;
	fprintf(stderr, "no server is configured: set SOCKS5UDP_PROXY to socks5://host:port, or servers in %s\n",
		conf->file ? conf->file : "a configuration file");
	return 1;
}

static void print_line(const char *indent, const char *text, const struct place *place)
{
	printf("%s%-*s  # %s", indent, 48 - (int)strlen(indent), text, place->source);
	if (place->line)
		printf(":%u", place->line);
	putchar('\n');
}

static void print_notes(const char *title, const struct conf_note *notes, size_t count)
{
	printf("%s:%s\n", title, count ? "" : " none");
	for (size_t i = 0; i < count; i++)
		print_line("  ", notes[i].text, &notes[i].place);
}

static int print(const struct conf *conf)
{
	printf("configuration file: %s\n", conf->file ? conf->file : "none");
	print_notes("servers", conf->servers, conf->settings.server_count);
	print_notes("rules", conf->rules, conf->rule_count);
	for (enum key key = 0; key < KEY_COUNT; key++) {
		char value[512], line[600];

		snprintf(line, sizeof(line), "%s = %s", key_name(key), key_print(conf, key, value, sizeof(value)));
		print_line("", line, &conf->origins[key]);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static int usage(FILE *out, int status)
{
	fputs("usage: socks5udp-settings --check | --print\n"
	      "  --check  exit status 1, and one line on standard error, if the settings are in error\n"
	      "           or no server is configured\n"
	      "  --print  print the settings in force and where each comes from\n",
	      out);
	return status;
}

static int act(int (*action)(const struct conf *conf))
{
	struct conf_sources sources = conf_sources_of_process();
	struct complaint complaint;
	struct conf *conf;
	int status;

	if (!conf_load(&conf, &sources, &complaint)) {
		fprintf(stderr, "%s\n", complaint.text);
		return 1;
	}
	status = action(conf);
	conf_free(conf);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"check", no_argument, NULL, 'c'},
						{"print", no_argument, NULL, 'p'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	int option = getopt_long(argc, argv, "", options, NULL);

	if (option == 'h')
		return usage(stdout, 0);
	if (optind != argc || (option != 'c' && option != 'p'))
		return usage(stderr, 2);
	return act(option == 'c' ? check : print);
}
