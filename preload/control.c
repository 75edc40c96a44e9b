#include "preload/control.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

#include "preload/user_memory.h"

static int append(struct control *control, const struct cmsghdr *message)
{
	size_t space = CMSG_ALIGN(message->cmsg_len);
	if (space > sizeof control->room - control->size)
		return ENOBUFS;
	memset(control->room + control->size, 0, space);
	memcpy(control->room + control->size, message, message->cmsg_len);
	control->size += space;
	return 0;
}

static int append_number(struct control *control, int level, int type, int number)
{
	_Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof number)] = {0};
	struct cmsghdr *message = (struct cmsghdr *)(void *)bytes;
	message->cmsg_len = CMSG_LEN(sizeof number);
	message->cmsg_level = level;
	message->cmsg_type = type;
	memcpy(CMSG_DATA(message), &number, sizeof number);
	return append(control, message);
}

/* A hop limit of 0 reaches as far as one of 1, and IPv4 has none. */
static int append_hops(struct control *control, int hops)
{
	int error = append_number(control, IPPROTO_IP, IP_TTL, hops ? hops : 1);
	return error ? error : append_number(control, IPPROTO_IPV6, IPV6_HOPLIMIT, hops);
}

static int append_class(struct control *control, int traffic_class)
{
	int error = append_number(control, IPPROTO_IP, IP_TOS, traffic_class);
	return error ? error : append_number(control, IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
}

void control_mark(struct control *control, struct marks marks)
{
	append_hops(control, marks.hops);
	append_class(control, marks.traffic_class);
}

void control_put_segment(void *at, uint16_t segment)
{
	struct cmsghdr *message = at;
	message->cmsg_len = CMSG_LEN(sizeof segment);
	message->cmsg_level = IPPROTO_UDP;
	message->cmsg_type = UDP_SEGMENT;
	memcpy(CMSG_DATA(message), &segment, sizeof segment);
}

int control_segment(struct control *control, uint16_t segment)
{
	_Alignas(struct cmsghdr) uint8_t bytes[CONTROL_SEGMENT_SIZE] = {0};
	control_put_segment(bytes, segment);
	return append(control, (const struct cmsghdr *)(const void *)bytes);
}

static bool is_source(const struct cmsghdr *message)
{
	return (message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_PKTINFO) ||
	       (message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_PKTINFO);
}

static bool is_hops(const struct cmsghdr *message)
{
	if (message->cmsg_level == IPPROTO_IP)
		return message->cmsg_type == IP_TTL;
	return message->cmsg_level == IPPROTO_IPV6 &&
	       (message->cmsg_type == IPV6_HOPLIMIT || message->cmsg_type == IPV6_2292HOPLIMIT);
}

static bool is_class(const struct cmsghdr *message)
{
	if (message->cmsg_level == IPPROTO_IP)
		return message->cmsg_type == IP_TOS;
	return message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_TCLASS;
}

/* False: it has a length that no number has. */
static bool read_number(const struct cmsghdr *message, int *number)
{
	uint8_t octet;
	if (message->cmsg_len == CMSG_LEN(sizeof *number)) {
		memcpy(number, CMSG_DATA(message), sizeof *number);
		return true;
	}
	if (message->cmsg_len != CMSG_LEN(sizeof octet) || message->cmsg_level != IPPROTO_IP || !is_class(message))
		return false;
	memcpy(&octet, CMSG_DATA(message), sizeof octet);
	*number = octet;
	return true;
}

/* What the kernel refuses on the way to such a destination: it may be of another family than the relay, or have to wait
 * for its turn in a queue. */
static bool is_wrong(const struct cmsghdr *message)
{
	int number, least = message->cmsg_level == IPPROTO_IPV6 ? -1 : is_hops(message) ? 1 : 0;
	if (is_hops(message) || is_class(message))
		return !read_number(message, &number) || number > UINT8_MAX || number < least;
	return message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_DONTFRAG &&
	       message->cmsg_len != CMSG_LEN(sizeof number);
}

/* Of an IPv6 socket's datagram, which the program knows for one of that family. -1: as the option has it. */
static int take_mark(struct control *control, const struct cmsghdr *message)
{
	int number;
	if (!read_number(message, &number) || number < 0)
		return 0;
	return is_hops(message) ? append_hops(control, number) : append_class(control, number);
}

static int take(struct control *control, const struct cmsghdr *message, int family, bool ipv6)
{
	if (message->cmsg_level == (ipv6 ? IPPROTO_IP : IPPROTO_IPV6))
		return 0; /* the kernel does not look at it */
	if (is_wrong(message))
		return EINVAL;
	if (message->cmsg_level == IPPROTO_UDP && message->cmsg_type == UDP_SEGMENT) {
		if (message->cmsg_len != CMSG_LEN(sizeof(uint16_t)))
			return EINVAL;
		control->has_segment = true;
		memcpy(&control->segment, CMSG_DATA(message), sizeof control->segment);
		return 0;
	}
	if (family == AF_INET6 && (is_hops(message) || is_class(message)))
		return take_mark(control, message);
	return is_source(message) ? 0 : append(control, message);
}

int control_for_relay(struct control *control, const void *bytes, size_t size, int family, bool ipv6)
{
	if (size > INT_MAX)
		return ENOBUFS;
	if (size && !user_can_read(bytes, size))
		return EFAULT;
	const uint8_t *at = bytes;
	while (size >= sizeof(struct cmsghdr)) {
		struct cmsghdr message;
		memcpy(&message, at, sizeof message);
		if (message.cmsg_len < sizeof message || message.cmsg_len > size)
			return EINVAL;
		int error = take(control, (const struct cmsghdr *)(const void *)at, family, ipv6);
		if (error)
			return error;
		size_t step = CMSG_ALIGN(message.cmsg_len);
		step = step < size ? step : size;
		at += step;
		size -= step;
	}
	return 0;
}
