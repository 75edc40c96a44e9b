/* What becomes of associations and datagrams, as the comments of a capture tell it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/capture/reader.h"
#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

static char folder[] = "/tmp/captured.XXXXXX";
static char path[64];

/* The first client of a scene, which does nothing, makes no file. */
static void remove_files(void)
{
	unlink(path);
	rmdir(folder);
}

static void open_captured(struct scene *scene, const char *rules)
{
	char more[512];
	expect(mkdtemp(folder) != NULL);
	atexit(remove_files);
	snprintf(path, sizeof path, "%s/capture.pcapng", folder);
	snprintf(more, sizeof more, "%scapture = \"%s\";\n", PATIENT, path);
	scene_open_with(scene, (struct world_options){.rules = rules, .more = more});
}

/* The client ends, and its capture has these comments, and these packets: which datagram a comment stands at is the
 * moment's matter where the program does not wait. */
static void captured(struct scene *scene, const char *const *comments, const char *const *packets)
{
	char line[1024];
	FILE *lines = tmpfile(), *capture;
	peer_end(&scene->client);
	capture = fopen(path, "re");
	expect(lines && capture);
	expect(reader_print(capture, lines) == NULL);
	rewind(lines);
	while (fgets(line, sizeof line, lines)) {
		const char *const **next = *line == '#' ? &comments : &packets;
		line[strcspn(line, "\n")] = '\0';
		if (**next && scene_matches(line, **next)) {
			++*next;
			continue;
		}
		fprintf(stderr, "expected: %s\nin the capture: %s\n", **next ? **next : "nothing", line);
		while (fgets(line, sizeof line, lines))
			fputs(line, stderr);
		exit(1);
	}
	expect(!*comments && !*packets);
	fclose(lines);
	fclose(capture);
}

#define MADE            "# association made: server scripted (127.0.0.1:%), relay 127.0.0.1:%"
#define LOST            "# association lost: server scripted (127.0.0.1:%)"
#define FAILED          "# association failed: server scripted (127.0.0.1:%): "
#define OUT(peer, text) "out 0.0.0.0:% " peer ":% " text
#define IN(peer, text)  "in " peer ":% 0.0.0.0:% " text
#define HELLO           "68656c6c6f"
#define AGAIN           "616761696e"

void scene_captured_refusal(struct scene *scene)
{
	static const char *const comments[] = {FAILED "request: the server's rules do not allow the request",
					       "# not sent: Permission denied", MADE, NULL};
	static const char *const packets[] = {OUT("127.0.0.2", HELLO), OUT("127.0.0.2", AGAIN), IN("127.0.0.2", AGAIN),
					      "? 3 0", NULL};
	open_captured(scene, NULL);
	server_does(scene, "set rep=2");
	client_does(scene, "send A hello", "-1 EACCES");
	server_does(scene, "set rep=0");
	client_exchanges_with(scene, "A", "again");
	captured(scene, comments, packets);
	scene_close(scene);
}

void scene_captured_loss(struct scene *scene)
{
	static const char *const comments[] = {MADE, LOST, MADE, NULL};
	static const char *const packets[] = {OUT("127.0.0.2", HELLO),
					      IN("127.0.0.2", HELLO),
					      OUT("127.0.0.2", HELLO),
					      IN("127.0.0.2", HELLO),
					      OUT("127.0.0.2", AGAIN),
					      IN("127.0.0.2", AGAIN),
					      "? 6 0",
					      NULL};
	open_captured(scene, NULL);
	for (int i = 0; i < 2; i++) /* in use, it gets another one by itself */
		client_exchanges(scene);
	server_does(scene, "kill-associations");
	server_does(scene, "await connected>=1");
	client_exchanges_with(scene, "A", "again");
	captured(scene, comments, packets);
	scene_close(scene);
}

void scene_captured_rules(struct scene *scene)
{
	static const char *const comments[] = {"# rejected by a rule: Connection refused", "# dropped by a rule", NULL};
	static const char *const packets[] = {OUT("127.0.0.2", HELLO), OUT("127.0.0.3", HELLO), "? 2 0", NULL};
	open_captured(scene,
		      "{ to = \"127.0.0.2\"; action = \"reject\"; }, { to = \"127.0.0.3\"; action = \"drop\"; }");
	client_does(scene, "send A hello", "-1 ECONNREFUSED");
	client_does(scene, "send B hello", "5");
	captured(scene, comments, packets);
	scene_close(scene);
}
