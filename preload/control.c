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

/* What the kernel refuses on the way to an IPv6 destination, and does not look at on the way to an IPv4 relay. */
static bool is_wrong_ipv6(const struct cmsghdr *message)
{
	bool is_number = message->cmsg_type == IPV6_TCLASS || message->cmsg_type == IPV6_HOPLIMIT ||
			 message->cmsg_type == IPV6_DONTFRAG;
	return message->cmsg_level == IPPROTO_IPV6 && is_number && message->cmsg_len != CMSG_LEN(sizeof(int));
}

/* What the kernel refuses when it sends; but this one may have to wait for that in a queue. */
static bool is_wrong_ipv4(const struct cmsghdr *message)
{
	int number = 1;
	bool is_octet = message->cmsg_type == IP_TOS && message->cmsg_len == CMSG_LEN(1);
	if (message->cmsg_level != IPPROTO_IP || (message->cmsg_type != IP_TTL && message->cmsg_type != IP_TOS))
		return false;
	if (message->cmsg_len == CMSG_LEN(sizeof number))
		memcpy(&number, CMSG_DATA(message), sizeof number);
	else if (!is_octet)
		return true;
	return number > UINT8_MAX || number < (message->cmsg_type == IP_TTL ? 1 : 0);
}

static int take(struct control *control, const struct cmsghdr *message, bool ipv6)
{
	if (ipv6 && is_wrong_ipv6(message))
		return EINVAL;
	if (ipv6 && message->cmsg_level == IPPROTO_IP)
		return 0; /* likewise the other way round */
	if (is_wrong_ipv4(message))
		return EINVAL;
	if (message->cmsg_level == IPPROTO_UDP && message->cmsg_type == UDP_SEGMENT) {
		if (message->cmsg_len != CMSG_LEN(sizeof(uint16_t)))
			return EINVAL;
		control->has_segment = true;
		memcpy(&control->segment, CMSG_DATA(message), sizeof control->segment);
		return 0;
	}
	return is_source(message) ? 0 : append(control, message);
}

int control_for_relay(struct control *control, const void *bytes, size_t size, bool ipv6)
{
	control->bytes = control->room;
	control->size = 0;
	control->has_segment = false;
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
		int error = take(control, (const struct cmsghdr *)(const void *)at, ipv6);
		if (error)
			return error;
		size_t step = CMSG_ALIGN(message.cmsg_len);
		step = step < size ? step : size;
		at += step;
		size -= step;
	}
	return 0;
}
