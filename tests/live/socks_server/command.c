#include "tests/live/socks_server/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/live/socks_server/control.h"
#include "tests/live/socks_server/unreachable.h"

static const struct metric {
	const char *name;
	size_t offset;
} metrics[] = {
    {"accepted", offsetof(struct counters, accepted)},
    {"connected", offsetof(struct counters, connected)},
    {"associations", offsetof(struct counters, associations)},
    {"open", offsetof(struct counters, open)},
    {"held", offsetof(struct counters, held)},
    {"up", offsetof(struct counters, up)},
    {"down", offsetof(struct counters, down)},
    {"raw", offsetof(struct counters, raw)},
    {"foreign", offsetof(struct counters, foreign)},
    {"late", offsetof(struct counters, late)},
    {"malformed", offsetof(struct counters, malformed)},
};
#define METRIC_COUNT (sizeof metrics / sizeof *metrics)

static long *metric_of(struct server *server, const struct metric *metric)
{
	return (long *)(void *)((char *)&server->counters + metric->offset);
}

static void command_stats(struct commands *commands, char *text)
{
	(void)text;
	struct server *server = commands->server;
	for (struct control *control = server->controls; control; control = control->next)
		if (control->relaying)
			relay_drain(&control->relay);
	printf("ok");
	for (size_t i = 0; i < METRIC_COUNT; i++)
		printf(" %s=%ld", metrics[i].name, *metric_of(server, &metrics[i]));
	printf("\n");
}

static void command_set(struct commands *commands, char *text)
{
	const char *complaint;
	if (script_apply(&commands->server->script, text, &complaint))
		printf("ok\n");
	else
		printf("error %s\n", complaint);
}

static void command_release(struct commands *commands, char *text)
{
	(void)text;
	struct server *server = commands->server;
	long released = server->counters.held;
	server->script.hold_at = AT_NONE;
	for (struct control *control = server->controls; control; control = control->next) {
		control->held = false;
		control_flush(control);
	}
	server->counters.held = 0;
	printf("ok %ld\n", released);
}

static void command_kill(struct commands *commands, char *text)
{
	(void)text;
	long killed = commands->server->counters.connected;
	for (struct control *control = commands->server->controls; control; control = control->next)
		control_end(control);
	printf("ok %ld\n", killed);
}

static void command_stop_relay(struct commands *commands, char *text)
{
	(void)text;
	long stopped = 0;
	for (struct control *control = commands->server->controls; control; control = control->next) {
		stopped += control->relaying;
		if (control->relaying)
			relay_close(&control->relay);
	}
	printf("ok %ld\n", stopped);
}

static void command_unreachable(struct commands *commands, char *text)
{
	int code = atoi(text);
	for (struct control *control = commands->server->controls; control; control = control->next)
		if (control->relaying && !relay_tell_unreachable(&control->relay, code)) {
			printf("error %s\n", strerror(errno));
			return;
		}
	printf("ok\n");
}

static void command_stop(struct commands *commands, char *text)
{
	(void)text;
	server_stop(commands->server);
	printf("ok\n");
}

static void command_start(struct commands *commands, char *text)
{
	(void)text;
	printf(server_listen(commands->server) ? "ok\n" : "error listen\n");
}

static void command_restart(struct commands *commands, char *text)
{
	server_stop(commands->server);
	command_start(commands, text);
}

static void command_await(struct commands *commands, char *text)
{
	size_t length = strcspn(text, "<>");
	for (size_t i = 0; i < METRIC_COUNT && text[length]; i++) {
		if (strlen(metrics[i].name) != length || strncmp(metrics[i].name, text, length) != 0)
			continue;
		commands->awaited_least = text[length] == '>';
		commands->awaited_value = atol(text + length + 2);
		commands->awaited = metric_of(commands->server, &metrics[i]);
		return;
	}
	printf("error %s\n", text);
}

static const struct {
	const char *name;
	void (*run)(struct commands *commands, char *text);
} table[] = {
    {"stats", command_stats},           {"set", command_set},
    {"release", command_release},       {"kill-associations", command_kill},
    {"stop-relay", command_stop_relay}, {"stop", command_stop},
    {"start", command_start},           {"restart", command_restart},
    {"await", command_await},           {"unreachable", command_unreachable},
};

static void command_run(struct commands *commands, char *line)
{
	char *rest = line;
	const char *name = strsep(&rest, " ");
	char none[] = "";
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		table[i].run(commands, rest ? rest : none);
		fflush(stdout);
		return;
	}
	printf("error %s\n", name);
	fflush(stdout);
}

static void commands_take(struct commands *commands)
{
	char *end;
	while (!commands->awaited && (end = memchr(commands->text, '\n', commands->used))) {
		size_t length = (size_t)(end - commands->text) + 1;
		char line[sizeof commands->text];
		*end = '\0';
		memcpy(line, commands->text, length);
		commands->used -= length;
		memmove(commands->text, commands->text + length, commands->used);
		command_run(commands, line);
	}
}

static void commands_ready(struct watch *watch, uint32_t events)
{
	(void)events;
	struct commands *commands = container_of(watch, struct commands, input);
	size_t room = sizeof commands->text - commands->used;
	ssize_t got = read(watch->fd, commands->text + commands->used, room);
	if (got <= 0) {
		commands->server->finished = true;
		return;
	}
	commands->used += (size_t)got;
	commands_take(commands);
}

bool commands_open(struct commands *commands, struct server *server)
{
	*commands = (struct commands){.input = {STDIN_FILENO, commands_ready}, .server = server};
	return loop_watch(server->loop, &commands->input, EPOLLIN) == 0;
}

void commands_check(struct commands *commands)
{
	if (!commands->awaited)
		return;
	long now = *commands->awaited;
	if (commands->awaited_least ? now < commands->awaited_value : now > commands->awaited_value)
		return;
	commands->awaited = NULL;
	printf("ok\n");
	fflush(stdout);
	commands_take(commands);
}
