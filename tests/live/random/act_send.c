/* Every shape of sending. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/random/actions.h"
#include "tests/live/random/chance.h"

enum { PAYLOAD_MAX = 9000, MANY = 4, CONTROL_SIZE = 64 };

static int settling[2]; /* IPv4, IPv6 */

void settle_begin(void)
{
	settling[0] = udp(AF_INET, 0);
	settling[1] = udp(AF_INET6, 0);
}

static void settle_all(void)
{
	settle_by(settling[0], &peer_a);
	settle_by(settling[0], &peer_b);
	settle_by(settling[1], &peer_6);
}

static char payload[PAYLOAD_MAX];

/* Different in every datagram. */
static size_t compose(void)
{
	static const char *const wishes[] = {"!repeat 2 ", "!empty", "!other ", "!size 3000", "!silent"};
	static const size_t sizes[] = {0, 1, 5, 5, 20, 20, 40, 500, 1400, 2000, 8900};
	static unsigned number;
	int length = once_in(6) ? snprintf(payload, sizeof payload, "%s", ONE_OF(wishes)) : 0;
	size_t size = (size_t)length + ONE_OF(sizes);
	for (size_t i = (size_t)length; i < size; i++)
		payload[i] = (char)('a' + (number + i) % 26);
	number++;
	return size;
}

struct destination {
	struct sockaddr_storage name;
	socklen_t size; /* 0: none is given */
	const char *text;
};

static struct destination destination_of(const struct subject *subject)
{
	static const socklen_t sizes[] = {0, 1, 2, 8, 15, 16, 24, 27, 28, 128};
	struct destination to = {.text = "nobody"};
	const struct peer *peer = some_peer(subject->peers);
	if (once_in(3))
		return to;
	memcpy(&to.name, &peer->storage, peer->size);
	to.size = peer->size;
	to.text = peer->name;
	if (once_in(15))
		to.size = ONE_OF(sizes);
	if (once_in(40))
		((struct sockaddr_in *)(void *)&to.name)->sin_port = 0;
	observe("  family %d, %s", to.name.ss_family,
		((struct sockaddr_in *)(void *)&to.name)->sin_port ? "a port" : "no port");
	return to;
}

/* Not MSG_DONTWAIT, with which a first datagram leaves at a time of its own. */
static int flags_of(const struct subject *subject)
{
	static const int flags[] = {MSG_CONFIRM, MSG_DONTROUTE, MSG_OOB, MSG_EOR, MSG_MORE};
	int more = once_in(5) ? ONE_OF(flags) : 0;
	return MSG_NOSIGNAL | (more == MSG_MORE && !subject->joins ? 0 : more);
}

static void note_strangers(struct subject *subject, const struct destination *to)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	int error = errno;
	bool connected = getpeername(subject->fd, (struct sockaddr *)&peer, &size) == 0;
	bool elsewhere = to->size && (to->size < size || memcmp(&to->name, &peer, size) != 0);
	if (connected && (elsewhere || strncmp(payload, "!other", 6) == 0))
		subject->strangers = true;
	errno = error;
}

static size_t put_control(char *control, int level, int type, int value, size_t length)
{
	struct cmsghdr *one = (void *)control;
	*one = (struct cmsghdr){.cmsg_len = length, .cmsg_level = level, .cmsg_type = type};
	memcpy(CMSG_DATA(one), &value, sizeof value);
	return CMSG_SPACE(sizeof value);
}

static size_t control_of(const struct subject *subject, char *control)
{
	static const size_t lengths[] = {CMSG_LEN(sizeof(int)), CMSG_LEN(sizeof(int)), CMSG_LEN(1), 3, CMSG_LEN(40)};
	size_t length = ONE_OF(lengths);
	memset(control, 0, CONTROL_SIZE);
	if (!once_in(6))
		return 0;
	if (subject->family == AF_INET6 && once_in(2))
		return put_control(control, IPPROTO_IPV6, once_in(2) ? IPV6_TCLASS : IPV6_HOPLIMIT, 33, length);
	if (once_in(4))
		return put_control(control, SOL_SOCKET, SCM_RIGHTS, 0, length);
	return put_control(control, IPPROTO_IP, once_in(2) ? IP_TTL : IP_TOS, once_in(4) ? 0 : 32, length);
}

static struct msghdr message_of(const struct subject *subject, struct destination *to, struct iovec *pieces,
				char *control)
{
	size_t size = compose(), cut = size ? below(size) : 0;
	pieces[0] = (struct iovec){payload, cut};
	pieces[1] = (struct iovec){payload + cut, size - cut};
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2, .msg_control = control};
	message.msg_controllen = control_of(subject, control);
	if (to->size) {
		message.msg_name = &to->name;
		message.msg_namelen = to->size;
	}
	return message;
}

static ssize_t send_message(const struct subject *subject, struct destination *to, int flags)
{
	struct iovec pieces[2];
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE];
	struct msghdr message = message_of(subject, to, pieces, control);
	observe("control %zu", (size_t)message.msg_controllen);
	return sendmsg(subject->fd, &message, flags);
}

/* All with one payload, to one destination and perhaps none in turn. The order of two peers' answers is not promised.
 */
static ssize_t send_many(struct subject *subject, struct destination *to, int flags)
{
	struct mmsghdr messages[MANY];
	struct iovec pieces[2];
	struct destination nobody = {.text = "nobody"}, other = once_in(4) ? nobody : *to;
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE];
	for (int i = 0; i < MANY; i++)
		messages[i] = (struct mmsghdr){message_of(subject, i % 2 ? &other : to, pieces, control), 99};
	observe("and to %s (%u), control %zu", other.text, other.size, (size_t)messages[0].msg_hdr.msg_controllen);
	ssize_t sent = sendmmsg(subject->fd, messages, MANY, flags);
	for (ssize_t i = 0; i < sent; i++)
		observe("  %u", messages[i].msg_len);
	note_strangers(subject, &other);
	return sent;
}

static ssize_t send_vector(const struct subject *subject)
{
	struct iovec pieces[2];
	size_t size = compose(), cut = size ? below(size) : 0;
	pieces[0] = (struct iovec){payload, cut};
	pieces[1] = (struct iovec){payload + cut, size - cut};
	return writev(subject->fd, pieces, 2);
}

void act_send(struct subject *subject)
{
	struct destination to = destination_of(subject), none = {0};
	const struct sockaddr *name = to.size ? (struct sockaddr *)&to.name : NULL;
	int flags = flags_of(subject);
	size_t shape = below(7), size = compose();
	observe("send %zu to %s (%u), flags %#x, payload %zu", shape, to.text, to.size, (unsigned)flags, size);
	ssize_t sent = -1;
	switch (shape) {
	case 0:
		sent = send(subject->fd, payload, size, flags);
		break;
	case 1:
	case 2:
		sent = sendto(subject->fd, payload, size, flags, name, to.size);
		break;
	case 3:
		sent = send_message(subject, &to, flags);
		break;
	case 4:
		sent = send_many(subject, &to, flags);
		break;
	case 5:
		sent = write(subject->fd, payload, size);
		break;
	default:
		sent = send_vector(subject);
	}
	observe_result("sent", sent);
	note_strangers(subject, shape == 0 || shape > 4 ? &none : &to);
	settle_all();
}
