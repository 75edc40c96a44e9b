/* What a program says and hears in every shape is what stands in its capture, packet by packet.
 *
 * usage: run_capture PROGRAMS LIBRARY FILE LINES: the capture goes to FILE, which must not exist; what is compared with
 * it, to LINES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/live/capture/reader.h"
#include "tests/live/runner/world.h"

enum { SECONDS = 20 };

#define MADE "# association made: server scripted (127.0.0.1:"

static bool complain(const char *what)
{
	fprintf(stderr, "run_capture: %s\n", what);
	return false;
}

static bool converse(struct world *world, const char *programs, char **transcript)
{
	char path[256];
	struct program_run run;
	char *arguments[] = {path, world->peers[0], world->peers[1], world->peers[2], NULL};
	snprintf(path, sizeof path, "%s/capture_client", programs);
	if (!program_run(&run, arguments, world->environment, SECONDS))
		return complain("the client does not start");
	bool done = WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0 && !*run.errors;
	if (!done)
		fprintf(stderr, "run_capture: the client failed: %s%s\n", run.output, run.errors);
	*transcript = strdup(run.output);
	program_run_free(&run);
	return done && *transcript;
}

/* Without comments and statistics. */
static char *packets_of(const char *file, unsigned *associations)
{
	char *text = NULL, line[8192];
	size_t size;
	FILE *capture = fopen(file, "re"), *all = tmpfile(), *packets = open_memstream(&text, &size);
	const char *wrong = capture && all ? reader_print(capture, all) : "no file";
	if (wrong)
		fprintf(stderr, "run_capture: %s: %s\n", file, wrong);
	rewind(all);
	while (fgets(line, sizeof line, all)) {
		*associations += strncmp(line, MADE, strlen(MADE)) == 0 && strstr(line, "), relay 127.0.0.1:");
		if (*line != '#' && *line != '?')
			fputs(line, packets);
	}
	fclose(packets);
	fclose(all);
	if (capture)
		fclose(capture);
	return wrong ? NULL : text;
}

static bool compare(const char *said, const char *captured)
{
	if (strcmp(said, captured) == 0)
		return true;
	fprintf(stderr, "said and heard:\n%scaptured:\n%s", said, captured);
	return false;
}

static bool keep(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	bool kept = file && fputs(text, file) >= 0;
	return file && fclose(file) == 0 && kept;
}

int main(int argc, char **argv)
{
	enum { ASSOCIATIONS = 9 }; /* sockets that relay */
	struct world world;
	char more[512], *transcript = NULL, *packets = NULL;
	unsigned associations = 0;
	if (argc != 5)
		return 2;
	snprintf(more, sizeof more, "capture = \"%s\";\n", argv[3]);
	const struct world_options options = {.programs = argv[1],
					      .library = argv[2],
					      .rules = "{ to = \"127.0.0.3\"; action = \"direct\"; }, { to = [ "
						       "\"127.0.0.0/8\", \"::1\" ]; action = \"relay\"; }",
					      .more = more};
	bool passed = world_open(&world, &options) && converse(&world, argv[1], &transcript) &&
		      (packets = packets_of(argv[3], &associations)) && compare(transcript, packets) &&
		      keep(argv[4], transcript);
	if (passed && associations != ASSOCIATIONS)
		passed = complain("not every association is a comment");
	world_close(&world);
	free(transcript);
	free(packets);
	return passed ? 0 : 1;
}
