#include "tests/live/faults/scene.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void scene_expect(bool condition, const char *file, int line, const char *text)
{
	if (condition)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
	exit(1);
}

void scene_open(struct scene *scene, const char *script)
{
	scene_open_with(scene, (struct world_options){.script = script, .more = PATIENT});
}

void scene_open_with(struct scene *scene, struct world_options options)
{
	options.programs = scene->programs;
	options.library = scene->library;
	expect(world_open(&scene->world, &options));
	scene_client(scene);
}

void scene_client(struct scene *scene)
{
	char path[256];
	struct world *world = &scene->world;
	char *arguments[] = {path, world->peers[0], world->peers[1], world->peers[2], NULL};
	snprintf(path, sizeof path, "%s/fault_client", scene->programs);
	peer_end(&scene->client);
	expect(peer_start(&scene->client, arguments, world->environment) != NULL);
	client_does(scene, "socket", "0");
}

void scene_close(struct scene *scene)
{
	peer_end(&scene->client);
	scene_arrived(scene);
	world_close(&scene->world);
}

long scene_arrived(struct scene *scene)
{
	struct heard heard;
	expect(world_heard(&scene->world, &heard));
	if (heard.count - heard.relayed != scene->direct)
		fprintf(stderr, "LEAK: of %ld datagrams %ld came from the relay\n", heard.count, heard.relayed);
	expect(heard.count - heard.relayed == scene->direct);
	expect(heard.raw == 0);
	scene->direct = 0;
	return heard.count;
}

void scene_client_does(struct scene *scene, const char *command, const char *answer, const char *file, int line)
{
	const char *got = peer_ask(&scene->client, command);
	if (got && strcmp(got, answer) == 0)
		return;
	fprintf(stderr, "%s:%d: %s: found \"%s\", expected \"%s\"\n", file, line, command, got ? got : "(gone)",
		answer);
	exit(1);
}

void scene_server_does(struct scene *scene, const char *command, const char *file, int line)
{
	const char *got = peer_ask(&scene->world.server, command);
	if (got && strncmp(got, "ok", 2) == 0)
		return;
	fprintf(stderr, "%s:%d: server: %s: %s\n", file, line, command, got ? got : "(gone)");
	exit(1);
}

void scene_client_exchanges(struct scene *scene, const char *peer, const char *text, const char *file, int line)
{
	char command[64], sent[24], answer[96];
	snprintf(command, sizeof command, "send %s %s", peer, text);
	snprintf(sent, sizeof sent, "%zu", strlen(text));
	snprintf(answer, sizeof answer, "%zu %s %s", strlen(text), peer, text);
	scene_client_does(scene, command, sent, file, line);
	scene_client_does(scene, "recv", answer, file, line);
}

bool scene_matches(const char *text, const char *pattern)
{
	for (; *pattern; pattern++) {
		size_t digits = *pattern == '%' ? strspn(text, "0123456789") : 0;
		if (*pattern == '%' ? digits == 0 : *text != *pattern)
			return false;
		text += digits ? digits : 1;
	}
	return *text == '\0';
}

const char *failure_of(enum outcome outcome)
{
	static char text[64];
	snprintf(text, sizeof text, "-1 %s", strerrorname_np(outcome_datagram_errno(outcome)));
	return text;
}

int scene_take_socket(struct scene *scene)
{
	int fd = -1, end = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t size = sizeof name;
	char command[64], byte;
	union {
		char space[CMSG_SPACE(sizeof fd)];
		struct cmsghdr header;
	} control;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	expect(bind(end, (struct sockaddr *)&name, sizeof name.sun_family) == 0); /* the kernel finds a name */
	expect(getsockname(end, (struct sockaddr *)&name, &size) == 0);
	snprintf(command, sizeof command, "pass - %.*s", (int)(size - offsetof(struct sockaddr_un, sun_path) - 1),
		 name.sun_path + 1);
	client_does(scene, command, "1");
	expect(recvmsg(end, &message, 0) == 1 && message.msg_controllen >= CMSG_LEN(sizeof fd));
	memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
	close(end);
	return fd;
}
