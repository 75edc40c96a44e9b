#include "core/check/probe.h"

#include <errno.h>
#include <time.h> /* which the next one takes for granted */

#include <linux/errqueue.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>

#include "core/check/patience.h"
#include "core/check/raw_socket.h"
#include "core/header.h"

enum { DATAGRAM_MAX = HEADER_SIZE_MAX + QUESTION_SIZE_MAX, AT_FRAG = 2, RECEIVED_AT_ONCE = 1024 };

static uint16_t next_id(void)
{
	static uint16_t id;

	if (id == 0 && getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = 1;
	return id++;
}

struct probe probe_of(const struct endpoint *target, enum question_kind kind, size_t size)
{
	return (struct probe){.target = *target, .question = {.kind = (uint8_t)kind, .id = next_id(), .size = size}};
}

static void note_port(struct circuit *circuit)
{
	union socket_address address;
	socklen_t size = sizeof(address);
	struct endpoint local;

	if (circuit->port == 0 && getsockname(circuit->fd, &address.any, &size) == 0 &&
	    endpoint_from_sockaddr(&local, &address.any, size) == OUTCOME_OK)
		circuit->port = local.port;
}

bool probe_send_fragment(struct circuit *circuit, struct probe *probe, const struct fragment *fragment)
{
	static uint8_t bytes[DATAGRAM_MAX], payload[QUESTION_SIZE_MAX];
	struct writer writer = writer_over(bytes, sizeof(bytes));
	union socket_address address;
	socklen_t size;
	size_t end;
	int family = endpoint_family(&circuit->relay);

	probe->size = question_write(&probe->question, payload);
	end = fragment->to < probe->size ? fragment->to : probe->size;
	if (header_encode(&writer, &probe->target) != OUTCOME_OK ||
	    endpoint_to_sockaddr(&circuit->relay, family, &address, &size) != OUTCOME_OK)
		return false;
	bytes[AT_FRAG] = fragment->frag;
	write_bytes(&writer, payload + fragment->from, end - fragment->from);
	probe->sent_us = now_us();
	if (raw_sendto(circuit->fd, bytes, written(&writer), 0, &address.any, size) < 0) {
		circuit->error = errno;
		return false;
	}
	note_port(circuit);
	return true;
}

bool probe_send(struct circuit *circuit, struct probe *probe)
{
	const struct fragment whole = {.to = SIZE_MAX};

	return probe_send_fragment(circuit, probe, &whole);
}

static bool answers_any(const struct probe *probes, size_t count, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (question_match(&probes[i].question, bytes, size) != MATCH_NONE)
			return true;
	return false;
}

static void note_source(struct sources *sources, const struct endpoint *target, const uint8_t *header,
			struct endpoint source)
{
	static const uint8_t mapped[] = {ADDRESS_IPV6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	bool is_named = source.kind == ENDPOINT_NAME;

	endpoint_settle(&source);
	if (target->kind != ENDPOINT_NAME && !endpoint_equal(&source, target))
		sources->other++;
	else if (is_named && source.kind != ENDPOINT_NAME)
		sources->named++;
	else if (memcmp(header + 3, mapped, sizeof(mapped)) == 0)
		sources->mapped++;
}

static void take_answer(struct circuit *circuit, struct probe *probe, enum match match, const uint8_t *payload,
			size_t size)
{
	if (probe->answered) {
		circuit->seen.duplicates++;
		return;
	}
	probe->answered = match == MATCH_WHOLE;
	probe->cut = match == MATCH_CUT;
	probe->wrong = match == MATCH_WRONG;
	probe->came = size;
	memcpy(probe->answer, payload, size < PROBE_KEPT ? size : PROBE_KEPT);
	if (!probe->answered)
		return;
	probe->took_us = now_us() - probe->sent_us;
	if (probe->took_us > circuit->slowest_us)
		circuit->slowest_us = probe->took_us;
}

static void take_payload(struct circuit *circuit, struct probe *probes, size_t count, const uint8_t *datagram,
			 struct reader payload, const struct endpoint *source)
{
	for (size_t i = 0; i < count; i++) {
		enum match match = question_match(&probes[i].question, payload.at, reader_left(&payload));

		if (match == MATCH_NONE)
			continue;
		note_source(&circuit->seen.sources, &probes[i].target, datagram, *source);
		take_answer(circuit, &probes[i], match, payload.at, reader_left(&payload));
		return;
	}
}

static enum stray stray_of(enum outcome outcome)
{
	switch ((int)outcome) {
	case OUTCOME_FRAGMENT:
		return STRAY_FRAGMENT;
	case OUTCOME_BAD_RESERVED:
		return STRAY_RESERVED;
	case OUTCOME_BAD_ADDRESS_TYPE:
		return STRAY_TYPE;
	case OUTCOME_BAD_NAME:
		return STRAY_NAME;
	default:
		return STRAY_SHORT;
	}
}

static void take_foreign(struct circuit *circuit, const struct probe *probes, size_t count, const struct endpoint *from,
			 struct reader datagram)
{
	struct endpoint source;

	circuit->seen.strays[endpoint_same_host(from, &circuit->relay) ? STRAY_PORT : STRAY_HOST]++;
	if (*circuit->seen.stranger == '\0')
		endpoint_print(from, circuit->seen.stranger, sizeof(circuit->seen.stranger));
	if (header_decode(&datagram, &source) == OUTCOME_OK &&
	    answers_any(probes, count, datagram.at, reader_left(&datagram)))
		circuit->seen.answers_elsewhere++;
}

static void take_datagram(struct circuit *circuit, struct probe *probes, size_t count, const struct endpoint *from,
			  struct reader datagram)
{
	struct reader payload = datagram;
	struct endpoint source;
	enum outcome outcome;

	if (!endpoint_equal(from, &circuit->relay)) {
		take_foreign(circuit, probes, count, from, datagram);
		return;
	}
	if (answers_any(probes, count, datagram.at, reader_left(&datagram))) {
		circuit->seen.strays[STRAY_UNFRAMED]++;
		return;
	}
	outcome = header_decode(&payload, &source);
	if (outcome == OUTCOME_OK)
		take_payload(circuit, probes, count, datagram.at, payload, &source);
	else
		circuit->seen.strays[stray_of(outcome)]++;
}

/* The queue of ICMP messages must not stay full: poll(2) would not wait any more. */
static void drain_errors(int fd)
{
	uint8_t bytes[64], control[512];
	struct iovec part = {bytes, sizeof(bytes)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};

	do
		message.msg_controllen = sizeof(control);
	while (raw_recvmsg(fd, &message, MSG_ERRQUEUE) >= 0);
}

/* All that there is, but not for ever where somebody floods the socket. */
static void receive(struct circuit *circuit, struct probe *probes, size_t count)
{
	static uint8_t bytes[DATAGRAM_MAX];
	union socket_address address;
	struct endpoint from;

	for (int datagrams = 0; datagrams < RECEIVED_AT_ONCE; datagrams++) {
		socklen_t size = sizeof(address);
		ssize_t got = raw_recvfrom(circuit->fd, bytes, sizeof(bytes), 0, &address.any, &size);

		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (got < 0 && errno == EMSGSIZE) /* the path's MTU was told: what comes next goes in pieces */
			continue;
		if (got < 0) {
			circuit->error = errno;
			break;
		}
		if (endpoint_from_sockaddr(&from, &address.any, size) != OUTCOME_OK)
			continue;
		if (from.kind == ENDPOINT_IPV6 && circuit->relay.scope == 0) /* the kernel's word, not the relay's */
			from.scope = 0;
		take_datagram(circuit, probes, count, &from, reader_of(bytes, (size_t)got));
	}
	drain_errors(circuit->fd);
}

static size_t count_answered(const struct probe *probes, size_t count)
{
	size_t answered = 0;

	for (size_t i = 0; i < count; i++)
		answered += probes[i].answered;
	return answered;
}

size_t probes_await(struct circuit *circuit, struct probe *probes, size_t count, size_t wanted, uint64_t until_us)
{
	while (count_answered(probes, count) < wanted && circuit->error == 0) {
		struct pollfd awaited[] = {{.fd = circuit->fd, .events = POLLIN},
					   {.fd = circuit->control.fd, .events = POLLIN | POLLRDHUP}};
		struct timespec span = span_until(until_us);
		int ready = ppoll(awaited, 2, &span, NULL);

		if (ready < 0 && errno != EINTR)
			break;
		receive(circuit, probes, count);
		if (span.tv_sec == 0 && span.tv_nsec == 0)
			break;
		if (ready > 0 && awaited[1].revents && control_has_ended(&circuit->control, now_us())) {
			receive(circuit, probes, count); /* what the relay sent before */
			break;
		}
	}
	return count_answered(probes, count);
}

bool probe_round_trip(struct circuit *circuit, struct probe *probe, uint64_t patience_us)
{
	for (int try = 1; try <= PROBE_TRIES; try++) {
		if (!probe_send(circuit, probe) ||
		    probes_await(circuit, probe, 1, 1, probe->sent_us + patience_us / PROBE_TRIES) == 1 ||
		    circuit->error || control_has_ended(&circuit->control, now_us()))
			break;
	}
	return probe->answered;
}
