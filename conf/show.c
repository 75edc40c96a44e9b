/* socks5udp-settings: what the library would make of its configuration, for the wrapper and for people. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/explain.h"
#include "conf/printable.h"

/* Of a value: a path, or a list of nameservers, may be long. */
#define PRINTED_MAX 8192

/* Made and removed again, or opened: a file that is there may be a capture that is under way. */
static int open_capture(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd >= 0)
		unlink(path);
	else if (errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd;
}

/* A device or a pipe is used as it is. */
static int try_capture(const char *path)
{
	struct stat status;
	int there = stat(path, &status), fd;

	if (there == 0 && S_ISDIR(status.st_mode))
		errno = EISDIR;
	else if (there == 0 && !S_ISREG(status.st_mode) && access(path, W_OK) == 0)
		return 0;
	else if ((there < 0 || S_ISREG(status.st_mode)) && (fd = open_capture(path)) >= 0) {
		close(fd);
		return 0;
	}
	fprintf(stderr, "capture: allowed a file that can be written, found %s: %s\n", path, strerror(errno));
	return 1;
}

static int validate(const struct conf *conf)
{
	if (*conf->settings.capture && try_capture(conf->settings.capture))
		return 1;
	if (conf->settings.server_count || !conf->relays)
		return 0;
	fprintf(stderr, "no server is configured: set SOCKS5UDP_PROXY to socks5://host:port, or servers in %s\n",
		conf->file ? conf->file : "a configuration file");
	return 1;
}

static void print_line(const char *indent, const char *text, const struct place *place)
{
	enum { COLUMN = 48 };
	size_t used = strlen(indent) + strlen(text);

	printf("%s", indent);
	print_text(text);
	printf("%*s  # ", used < COLUMN ? (int)(COLUMN - used) : 0, "");
	print_text(place->source);
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
		char value[PRINTED_MAX], line[PRINTED_MAX + 64];

		snprintf(line, sizeof(line), "%s = %s", key_name(key), key_print(conf, key, value, sizeof(value)));
		print_line("", line, &conf->origins[key]);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

/* NULL: what is asked for needs none. */
static const char *destination;

static int print_explanation(const struct conf *conf)
{
	struct explanation explanation;

	if (!explain(&explanation, conf, destination)) {
		fprintf(stderr, "--explain: allowed %s, found %s\n", EXPLAIN_ALLOWED, quote_text(destination).text);
		return 2;
	}
	for (size_t i = 0; i < explanation.count; i++) {
		const struct explanation_line *line = &explanation.lines[i];

		if (line->place)
			print_line(i ? "  " : "", line->text, line->place);
		else
			printf("%s%s\n", i ? "  " : "", line->text);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static int usage(FILE *out, int status)
{
	fputs("usage: socks5udp-settings --validate | --print | --explain DESTINATION\n"
	      "  --validate  exit status 1, and one line on standard error, if the settings are in error,\n"
	      "           no server is configured or the capture cannot be written\n"
	      "  --print  print the settings in force and where each comes from\n"
	      "  --explain DESTINATION  print what the rules do with a datagram for it, and which line says so;\n"
	      "           exit status 2 if it is not " EXPLAIN_ALLOWED "\n",
	      out);
	return status;
}

static int act(int (*action)(const struct conf *conf))
{
	struct conf_sources sources = conf_sources_of_process();
	struct complaint complaint;
	struct conf *conf;
	int status;

	sources.notes = true;
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
	static const struct option options[] = {{"validate", no_argument, NULL, 'v'},
						{"print", no_argument, NULL, 'p'},
						{"explain", required_argument, NULL, 'e'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	int option = getopt_long(argc, argv, "", options, NULL);

	destination = optarg;
	if (option == 'h')
		return usage(stdout, 0);
	if (optind != argc)
		return usage(stderr, 2);
	switch (option) {
	case 'v':
		return act(validate);
	case 'p':
		return act(print);
	case 'e':
		return act(print_explanation);
	default:
		return usage(stderr, 2);
	}
}
