#include "tests/live/socks_server/control.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/live/socks_server/answer.h"

static void relay_exhausted(struct relay *relay)
{
	control_end(container_of(relay, struct control, relay));
}

static void control_sweep_later(struct control *control)
{
	if (control->busy)
		return;
	control->busy = true;
	control->next_busy = control->server->busy;
	control->server->busy = control;
}

void control_end(struct control *control)
{
	struct counters *counters = &control->server->counters;
	if (control->connection.fd < 0)
		return;
	control_sweep_later(control);
	loop_unwatch(&control->connection);
	counters->connected--;
	counters->held -= control->held;
	counters->open -= control->relaying;
	if (control->relaying)
		relay_close(&control->relay);
	control->relaying = control->held = false;
}

static bool control_open_relay(struct control *control)
{
	if (control->relaying)
		return true;
	if (!relay_open(&control->relay, control->server))
		return false;
	control->relay.exhausted = relay_exhausted;
	control->relaying = true;
	control->server->counters.open++;
	control->server->counters.associations++;
	return true;
}

static void output(struct control *control, const struct writer *writer)
{
	control->out_used += written(writer);
	control_sweep_later(control);
}

/* Queues the answer to the message that has just come, and what is awaited after it. */
static void control_answer(struct control *control, enum step step, const struct message_in *message)
{
	const struct script *script = &control->server->script;
	struct writer writer = writer_over(control->out + control->out_used, sizeof control->out - control->out_used);
	enum step next = answer_write(&writer, script, step, message);
	if (next == AT_REQUEST && script->eager)
		next = AT_NONE;
	if (next == AT_NONE && script->rep == 0) {
		if (!control_open_relay(control)) {
			control_end(control);
			return;
		}
		if (script->announced && step == AT_REQUEST)
			control->relay.client = message->request.target;
		answer_write_reply(&writer, script, &control->relay.bound);
	} else if (next == AT_NONE) {
		answer_write_reply(&writer, script, NULL);
		control->last = true;
	}
	if (next == AT_ACCEPT)
		control->last = true;
	control->awaiting = next == AT_ACCEPT ? AT_NONE : next;
	output(control, &writer);
	if (script->delay_ms)
		control->due_ms = clock_ms() + (uint64_t)script->delay_ms;
	if (script->hold_at == (int)step) {
		control->held = true;
		control->server->counters.held++;
	}
}

static enum outcome message_read(struct reader *reader, enum step step, struct message_in *message)
{
	switch (step) {
	case AT_GREETING:
		return greeting_decode(reader, &message->greeting);
	case AT_LOGIN:
		return login_decode(reader, &message->login);
	case AT_REQUEST:
		return request_decode(reader, &message->request);
	case AT_NONE:
	case AT_ACCEPT:
		break;
	}
	return OUTCOME_NEED_MORE;
}

/* One message; false when there is none, or no more are to be taken. */
static bool control_take(struct control *control)
{
	struct reader reader = reader_of(control->in, control->in_used);
	struct message_in message;
	enum step step = control->awaiting;
	enum outcome outcome = message_read(&reader, step, &message);
	if (outcome == OUTCOME_NEED_MORE)
		return false;
	if (outcome != OUTCOME_OK || control->server->script.close_at == (int)step) {
		control->server->counters.malformed += outcome != OUTCOME_OK;
		control_end(control);
		return false;
	}
	control_answer(control, step, &message);
	control->in_used = reader_left(&reader);
	memmove(control->in, reader.at, control->in_used);
	if (step == AT_GREETING && control->server->script.forgetful)
		control->in_used = 0;
	return control->awaiting != AT_NONE;
}

/* As 3proxy does: an octet after the reply ends the association. Eager replies are out before the request comes. */
static void control_late_octets(struct control *control)
{
	if (control->server->script.eager || control->last) {
		control->in_used = 0;
		return;
	}
	control->server->counters.late++;
	control_end(control);
}

static void control_ready(struct watch *watch, uint32_t events)
{
	struct control *control = container_of(watch, struct control, connection);
	if (events & EPOLLOUT)
		control_flush(control);
	if (watch->fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	ssize_t got = recv(watch->fd, control->in + control->in_used, sizeof control->in - control->in_used, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		if (control->relaying) /* what the client sent before it went is not lost here */
			relay_drain(&control->relay);
		control_end(control);
		return;
	}
	control->in_used += (size_t)got;
	if (control->awaiting == AT_NONE)
		control_late_octets(control);
	while (control->connection.fd >= 0 && control->awaiting != AT_NONE && control_take(control))
		;
	control_flush(control);
}

bool control_accept(struct server *server, int fd)
{
	struct control *control = calloc(1, sizeof *control);
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (control)
		control->connection = (struct watch){fd, control_ready};
	if (!control || loop_watch(server->loop, &control->connection, EPOLLIN) < 0) {
		free(control);
		close(fd);
		return false;
	}
	control->server = server;
	control->awaiting = AT_GREETING;
	control->next = server->controls;
	control->link = &server->controls;
	if (control->next)
		control->next->link = &control->next;
	server->controls = control;
	server->counters.accepted++;
	server->counters.connected++;
	if (server->script.close_at == AT_ACCEPT)
		control_end(control);
	return true;
}

void control_flush(struct control *control)
{
	while (control->connection.fd >= 0 && !control->held && control->out_sent < control->out_used) {
		uint64_t now = clock_ms();
		bool dribble = control->server->script.dribble;
		if (control->due_ms > now)
			return;
		ssize_t sent = send(control->connection.fd, control->out + control->out_sent,
				    dribble ? 1 : control->out_used - control->out_sent, MSG_NOSIGNAL);
		if (sent < 0) {
			control_end(control);
			return;
		}
		control->out_sent += (size_t)sent;
		control->due_ms = dribble ? now + 1 : 0;
	}
	if (control->held || control->out_sent < control->out_used)
		return;
	control->out_sent = control->out_used = 0;
	if (control->last)
		control_end(control);
}

/* When the association is to end, or its relay to be closed, unless something is relayed before. */
static uint64_t silence_ends(const struct control *control)
{
	const struct script *script = &control->server->script;
	int span = script->idle_ms ? script->idle_ms : script->idle_relay_ms;
	bool waits = span && control->relaying && control->relay.client_side.fd >= 0;
	return waits ? control->relay.used_ms + (uint64_t)span : UINT64_MAX;
}

static void controls_expire(struct server *server)
{
	uint64_t now = clock_ms();
	for (struct control *control = server->controls; control; control = control->next) {
		if (silence_ends(control) > now)
			continue;
		if (server->script.idle_ms)
			control_end(control);
		else
			relay_close(&control->relay);
	}
}

int controls_next_due(const struct server *server)
{
	uint64_t first = UINT64_MAX;
	bool silences = server->script.idle_ms || server->script.idle_relay_ms;
	for (const struct control *control = silences ? server->controls : NULL; control; control = control->next)
		if (silence_ends(control) < first)
			first = silence_ends(control);
	for (const struct control *control = server->busy; control; control = control->next_busy)
		if (control->out_sent < control->out_used && !control->held && control->due_ms < first)
			first = control->due_ms;
	if (first == UINT64_MAX)
		return -1;
	uint64_t now = clock_ms();
	return first > now ? (int)(first - now) : 0;
}

static void control_free(struct control *control)
{
	*control->link = control->next;
	if (control->next)
		control->next->link = control->link;
	free(control);
}

/* Only the busy ones: there may be thousands that rest. */
void controls_sweep(struct server *server)
{
	struct control **at = &server->busy;
	if (server->script.idle_ms || server->script.idle_relay_ms)
		controls_expire(server);
	while (*at) {
		struct control *control = *at;
		if (control->out_used)
			control_flush(control);
		if (control->connection.fd >= 0 && control->out_used) {
			at = &control->next_busy;
			continue;
		}
		*at = control->next_busy;
		control->busy = false;
		if (control->connection.fd < 0)
			control_free(control);
	}
}
