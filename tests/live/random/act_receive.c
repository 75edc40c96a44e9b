/* Every shape of receiving, and looking. Nothing waits: what can come has come. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/live/random/actions.h"
#include "tests/live/random/chance.h"

enum { ROOM = 10000, CONTROL_SIZE = 512, MANY = 3 };

static char bytes[MANY][ROOM];

static unsigned digest(const char *at, size_t size)
{
	unsigned sum = 5381;
	for (size_t i = 0; i < size; i++)
		sum = sum * 33 + (unsigned char)at[i];
	return sum;
}

static void tell(ssize_t got, const char *at, size_t capacity)
{
	observe_result("got", got);
	size_t held = got < 0 ? 0 : (size_t)got < capacity ? (size_t)got : capacity;
	observe("  %08x %.*s", digest(at, held), (int)(held < 12 ? held : 12), at);
}

static void tell_name(const struct sockaddr_storage *name, socklen_t given, socklen_t size)
{
	observe("  name %u: %s, %08x", size, given >= size ? address_name(name, size) : "cut",
		given >= size ? 0 : digest((const char *)name, given < 4 ? given : 2));
}

/* The numbers, not the times. */
static void tell_control(struct msghdr *message)
{
	char address[INET_ADDRSTRLEN + 8];
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		struct in_pktinfo info;
		int number = 0;
		observe("  control %d/%d %zu", one->cmsg_level, one->cmsg_type, (size_t)one->cmsg_len);
		if (one->cmsg_level != SOL_SOCKET && one->cmsg_len == CMSG_LEN(sizeof number))
			memcpy(&number, CMSG_DATA(one), sizeof number);
		observe("    %d", number);
		if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO ||
		    one->cmsg_len < CMSG_LEN(sizeof info))
			continue;
		memcpy(&info, CMSG_DATA(one), sizeof info);
		struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = info.ipi_addr};
		snprintf(address, sizeof address, "%s", address_name(&at, sizeof at));
		at.sin_addr = info.ipi_spec_dst;
		observe("    %d %s %s", info.ipi_ifindex, address, address_name(&at, sizeof at));
	}
}

static size_t some_room(void)
{
	static const size_t rooms[] = {0, 1, 3, 10, 20, 64, 3000, ROOM, ROOM, ROOM};
	return ONE_OF(rooms);
}

static socklen_t some_name_room(void)
{
	static const socklen_t rooms[] = {0, 2, 8, 16, 28, sizeof(struct sockaddr_storage)};
	return once_in(3) ? ONE_OF(rooms) : (socklen_t)sizeof(struct sockaddr_storage);
}

static int some_flags(void)
{
	static const int flags[] = {MSG_PEEK,    MSG_PEEK,     MSG_TRUNC, MSG_PEEK | MSG_TRUNC,
				    MSG_WAITALL, MSG_ERRQUEUE, MSG_OOB,   MSG_CMSG_CLOEXEC};
	return MSG_DONTWAIT | (once_in(2) ? ONE_OF(flags) : 0);
}

static void receive_named(int fd, int flags)
{
	struct sockaddr_storage name;
	socklen_t given = some_name_room(), size = given;
	size_t capacity = some_room();
	memset(&name, 0, sizeof name);
	bool named = !once_in(4);
	ssize_t got =
	    recvfrom(fd, bytes[0], capacity, flags, named ? (struct sockaddr *)&name : NULL, named ? &size : NULL);
	tell(got, bytes[0], capacity);
	if (got >= 0 && named)
		tell_name(&name, given, size);
}

struct letter {
	struct sockaddr_storage name;
	socklen_t given;
	size_t capacity;
	struct iovec pieces[2];
	_Alignas(struct cmsghdr) char control[CONTROL_SIZE];
};

static struct msghdr message_into(struct letter *letter, char *at)
{
	static const size_t controls[] = {0, 10, 16, 24, 40, 70, CONTROL_SIZE, CONTROL_SIZE};
	memset(letter, 0, sizeof *letter);
	letter->capacity = some_room();
	letter->given = some_name_room();
	size_t cut = letter->capacity ? below(letter->capacity) : 0, control = ONE_OF(controls);
	letter->pieces[0] = (struct iovec){at, cut};
	letter->pieces[1] = (struct iovec){at + cut, letter->capacity - cut};
	return (struct msghdr){.msg_name = letter->given ? &letter->name : NULL,
			       .msg_namelen = letter->given,
			       .msg_iov = letter->pieces,
			       .msg_iovlen = 2,
			       .msg_control = control ? letter->control : NULL,
			       .msg_controllen = control,
			       .msg_flags = 0x5a5a};
}

static void tell_message(struct msghdr *message, const struct letter *letter)
{
	observe("  flags %#x, control %zu", (unsigned)message->msg_flags, (size_t)message->msg_controllen);
	tell_name(&letter->name, letter->given, message->msg_namelen);
	tell_control(message);
}

static void receive_message(int fd, int flags)
{
	struct letter letter;
	struct msghdr message = message_into(&letter, bytes[0]);
	ssize_t got = recvmsg(fd, &message, flags);
	tell(got, bytes[0], letter.capacity);
	if (got >= 0)
		tell_message(&message, &letter);
}

static void receive_many(int fd, int flags)
{
	static struct letter letters[MANY];
	struct mmsghdr messages[MANY];
	for (int i = 0; i < MANY; i++)
		messages[i] = (struct mmsghdr){message_into(&letters[i], bytes[i]), 77};
	int got = (int)observe_result("recvmmsg", recvmmsg(fd, messages, MANY, flags, NULL));
	for (int i = 0; i < got; i++) {
		tell(messages[i].msg_len, bytes[i], letters[i].capacity);
		tell_message(&messages[i].msg_hdr, &letters[i]);
	}
}

static void receive_unflagged(int fd)
{
	size_t capacity = some_room(), cut = capacity ? below(capacity) : 0;
	struct iovec pieces[2] = {{bytes[0], cut}, {bytes[0] + cut, capacity - cut}};
	int flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	tell(once_in(2) ? read(fd, bytes[0], capacity) : readv(fd, pieces, 2), bytes[0], capacity);
	fcntl(fd, F_SETFL, flags);
}

static void receive_flat(int fd, int flags)
{
	size_t capacity = some_room();
	tell(recv(fd, bytes[0], capacity, flags), bytes[0], capacity);
}

void act_receive(struct subject *subject)
{
	int flags = some_flags();
	size_t shape = below(6);
	memset(bytes, '.', sizeof bytes);
	observe("receive %zu, flags %#x", shape, (unsigned)flags);
	switch (shape) {
	case 0:
		receive_flat(subject->fd, flags);
		break;
	case 1:
	case 2:
		receive_named(subject->fd, flags);
		break;
	case 3:
		receive_message(subject->fd, flags);
		break;
	case 4:
		receive_many(subject->fd, flags);
		break;
	default:
		receive_unflagged(subject->fd);
	}
}

void act_look(struct subject *subject)
{
	int size = -1;
	struct pollfd look = {.fd = subject->fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP};
	observe_result("FIONREAD", ioctl(subject->fd, FIONREAD, &size));
	observe("  %d", size);
	if (subject->strangers)
		return;
	observe_result("poll", poll(&look, 1, 0));
	observe("  %#x", (unsigned)look.revents);
}
