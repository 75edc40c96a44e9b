#include "preload/told.h"

#include <netinet/in.h>
#include <string.h>

#include "core/marks.h"
#include "preload/control_room.h"
#include "preload/joined.h"

/* A mark by either family's name. */
static const struct wording {
	int level;
	int type;
	uint8_t wish;
	size_t size;
} wordings[] = {
    {IPPROTO_IP, IP_TTL, MARKS_HOPS_IPV4, sizeof(int)},
    {IPPROTO_IP, IP_TOS, MARKS_CLASS_IPV4, sizeof(uint8_t)},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, MARKS_HOPS_IPV6, sizeof(int)},
    {IPPROTO_IPV6, IPV6_TCLASS, MARKS_CLASS_IPV6, sizeof(int)},
    {IPPROTO_IPV6, IPV6_2292HOPLIMIT, MARKS_HOPS_2292, sizeof(int)},
};

enum { OF_IPV6 = 2, HOPS_2292 = 4, WORDINGS = 4 };

/* WORDINGS: it is something else. */
static size_t wording_of(const struct cmsghdr *message)
{
	size_t i = 0;
	while (i < WORDINGS && (message->cmsg_level != wordings[i].level || message->cmsg_type != wordings[i].type))
		i++;
	return i;
}

static int value_of(const struct cmsghdr *message)
{
	int value = 0;
	size_t size = message->cmsg_len - CMSG_LEN(0);
	memcpy(&value, CMSG_DATA(message), size < sizeof value ? size : sizeof value);
	return value;
}

static void put_mark(struct control_room *room, const struct told *told, size_t wording, int value)
{
	const struct wording *as = &wordings[wording];
	_Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof value)] = {0};
	struct cmsghdr *message = (struct cmsghdr *)(void *)bytes;
	if (!(told->marks & as->wish))
		return;
	message->cmsg_len = CMSG_LEN(as->size);
	message->cmsg_level = as->level;
	message->cmsg_type = as->type;
	memcpy(CMSG_DATA(message), &value, as->size);
	control_room_put(room, message);
}

/* Not told of a datagram of the peer's family. */
static bool is_foreign(const struct told *told, const struct cmsghdr *message)
{
	if (!told->marks || told->ipv6)
		return told->marks && message->cmsg_level == IPPROTO_IP;
	return message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type != IPV6_PKTINFO &&
	       message->cmsg_type != IPV6_RECVERR;
}

static void put(struct control_room *room, const struct told *told, struct cmsghdr *message)
{
	if (told->segment)
		joined_tell_segment(message, told->segment);
	if (!is_foreign(told, message))
		control_room_put(room, message);
}

size_t told_store(const struct told *told, void *control, size_t size, int *flags)
{
	struct msghdr given = {.msg_control = told->bytes, .msg_controllen = told->size};
	struct control_room room = control_room_of(control, size);
	size_t whole = room.left;
	int hops = -1; /* of an IPv4 packet, where the program knows it for one of IPv6 */
	for (struct cmsghdr *message = CMSG_FIRSTHDR(&given); message; message = CMSG_NXTHDR(&given, message)) {
		size_t wording = told->marks ? wording_of(message) : WORDINGS;
		if (wording == WORDINGS)
			put(&room, told, message);
		else
			put_mark(&room, told, wording % OF_IPV6 + (told->ipv6 ? OF_IPV6 : 0), value_of(message));
		if (wording == 0 && told->ipv6)
			hops = value_of(message);
	}
	if (hops >= 0)
		put_mark(&room, told, HOPS_2292, hops);
	if (room.cut)
		*flags |= MSG_CTRUNC;
	return whole - room.left;
}
