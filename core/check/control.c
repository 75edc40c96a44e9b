#include "core/check/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/check/patience.h"
#include "core/check/raw_socket.h"

enum { READS_MAX = 1024 };

static enum outcome connect_to(int fd, const union socket_address *address, socklen_t size, uint64_t until_us)
{
	int error = 0;
	socklen_t error_size = sizeof(error);

	if (raw_connect(fd, &address->any, size) == 0)
		return OUTCOME_OK;
	if (errno != EINPROGRESS)
		return outcome_from_errno(errno);
	if (!await_events(fd, POLLOUT, until_us))
		return OUTCOME_TIMED_OUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
	return outcome_from_errno(error);
}

enum outcome control_connect(struct control *control, const struct endpoint *server, uint64_t until_us)
{
	int family = endpoint_family(server);
	union socket_address address;
	socklen_t size;
	uint64_t since = now_us();
	enum outcome outcome = endpoint_to_sockaddr(server, family, &address, &size);

	*control = (struct control){.fd = -1, .server = *server};
	if (outcome != OUTCOME_OK)
		return outcome;
	control->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		return outcome_from_errno(errno);
	outcome = connect_to(control->fd, &address, size, until_us);
	control->connect_us = now_us() - since;
	return outcome;
}

static void broken(struct control *control, int error)
{
	enum outcome outcome = outcome_from_errno(error);

	negotiation_abort(&control->negotiation, outcome == OUTCOME_TIMED_OUT ? outcome : OUTCOME_CLOSED);
}

static void send_some(struct control *control)
{
	size_t size;
	const uint8_t *bytes = negotiation_output(&control->negotiation, &size);
	ssize_t sent = raw_sendto(control->fd, bytes, size, MSG_NOSIGNAL, NULL, 0);

	if (sent > 0)
		negotiation_sent(&control->negotiation, (size_t)sent);
	else if (errno != EAGAIN && errno != EINTR)
		broken(control, errno);
}

static void remember(struct control *control, const uint8_t *bytes, size_t size)
{
	size_t room = sizeof(control->heard) - control->heard_size;

	if (size > room)
		size = room;
	memcpy(control->heard + control->heard_size, bytes, size);
	control->heard_size += size;
}

static void receive_some(struct control *control)
{
	struct negotiation *negotiation = &control->negotiation;
	uint8_t bytes[NEGOTIATION_IN_SIZE];
	ssize_t got = raw_recvfrom(control->fd, bytes, sizeof(bytes), 0, NULL, NULL);

	if (got > 0) {
		remember(control, bytes, (size_t)got);
		negotiation_received(negotiation, bytes, (size_t)got);
		control->ahead |= negotiation_wants(negotiation) == NEGOTIATION_WANTS_SEND && negotiation->in_used > 0;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		broken(control, got ? errno : 0);
	}
}

static void advance(struct control *control, uint64_t until_us)
{
	bool sends = negotiation_wants(&control->negotiation) == NEGOTIATION_WANTS_SEND;

	if (!await_events(control->fd, sends ? POLLOUT : POLLIN, until_us))
		negotiation_abort(&control->negotiation, OUTCOME_TIMED_OUT);
	else if (sends)
		send_some(control);
	else
		receive_some(control);
}

enum outcome control_negotiate(struct control *control, const struct negotiation_order *order, uint64_t until_us)
{
	struct negotiation *negotiation = &control->negotiation;
	uint64_t since = now_us();

	control->order = *order;
	negotiation_start(negotiation, &control->order);
	while (negotiation_wants(negotiation) != NEGOTIATION_DONE &&
	       negotiation_wants(negotiation) != NEGOTIATION_FAILED) {
		uint8_t step = negotiation->step;
		uint64_t now;

		advance(control, until_us);
		now = now_us();
		control->step_us[step] += now - since;
		since = now;
	}
	return negotiation_wants(negotiation) == NEGOTIATION_DONE ? OUTCOME_OK : negotiation->outcome;
}

uint8_t control_method(const struct control *control)
{
	return control->heard_size >= 2 && control->heard[0] == 5 ? control->heard[1] : METHOD_UNACCEPTABLE;
}

enum diagnosis control_diagnosis(const struct control *control, bool hangs_up)
{
	const struct failed_negotiation failed = {
	    .step = (enum negotiation_step)control->negotiation.step,
	    .outcome = control->negotiation.outcome,
	    .has_credentials = control->order.credentials != NULL,
	    .hangs_up = hangs_up,
	    .method = control_method(control),
	    .heard = control->heard,
	    .heard_size = control->heard_size,
	};

	return diagnose_negotiation(&failed);
}

bool control_has_ended(const struct control *control, uint64_t until_us)
{
	uint8_t bytes[64];

	/* A server that goes on and on saying something has not ended it. */
	for (int reads = 0; reads < READS_MAX && await_events(control->fd, POLLIN | POLLRDHUP, until_us); reads++) {
		ssize_t got = raw_recvfrom(control->fd, bytes, sizeof(bytes), 0, NULL, NULL);

		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return true;
	}
	return false;
}

void control_close(struct control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
	explicit_bzero(&control->negotiation, sizeof(control->negotiation));
}
