#include "preload/marks.h"

#include <netinet/in.h>
#include <string.h>

#include "core/raw.h"
#include "preload/socket_number.h"

struct option {
	int level;
	int name;
	uint8_t wish;
};

static const struct option told[] = {
    {IPPROTO_IP, IP_RECVTTL, MARKS_HOPS_IPV4},
    {IPPROTO_IP, IP_RECVTOS, MARKS_CLASS_IPV4},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, MARKS_HOPS_IPV6},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, MARKS_CLASS_IPV6},
    {IPPROTO_IPV6, IPV6_2292HOPLIMIT, MARKS_HOPS_2292},
    {IPPROTO_IP, IP_PKTINFO, MARKS_OTHERS},
    {IPPROTO_IP, IP_RECVOPTS, MARKS_OTHERS},
    {IPPROTO_IP, IP_RETOPTS, MARKS_OTHERS},
    {IPPROTO_IP, IP_RECVORIGDSTADDR, MARKS_OTHERS},
    {IPPROTO_IP, IP_CHECKSUM, MARKS_OTHERS},
    {IPPROTO_IP, IP_RECVFRAGSIZE, MARKS_OTHERS},
};

static const struct option sent[] = {
    {IPPROTO_IP, IP_TTL, MARKS_SENT},
    {IPPROTO_IP, IP_TOS, MARKS_SENT},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, MARKS_SENT},
    {IPPROTO_IPV6, IPV6_TCLASS, MARKS_SENT},
};

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static const struct option *find(const struct option *rows, size_t count, int level, int name)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].level == level && rows[i].name == name)
			return &rows[i];
	return NULL;
}

static void set(int fd, int level, int name, int value)
{
	raw_call(SYS_setsockopt, fd, level, name, &value, (long)sizeof value);
}

/* Which of the families' packets will bring a datagram is not known: it depends on the relay. */
static void ask_kernel(int fd, unsigned wishes, unsigned changed)
{
	if (changed & MARKS_HOPS) {
		set(fd, IPPROTO_IP, IP_RECVTTL, (wishes & MARKS_HOPS) != 0);
		set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, (wishes & MARKS_HOPS) != 0);
	}
	if (changed & MARKS_CLASS) {
		set(fd, IPPROTO_IP, IP_RECVTOS, (wishes & MARKS_CLASS) != 0);
		set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, (wishes & MARKS_CLASS) != 0);
	}
}

static void note_told(int fd, flow_handle handle, const struct option *option, bool on)
{
	if (on || option->wish != MARKS_OTHERS) /* of which there are several */
		ask_kernel(fd, engine_mark(&negotiator, handle, option->wish, on), option->wish);
}

static void note_sent(int fd, flow_handle handle)
{
	struct marks ipv4 = {.hops = (uint8_t)socket_number(fd, IPPROTO_IP, IP_TTL),
			     .traffic_class = (uint8_t)socket_number(fd, IPPROTO_IP, IP_TOS)};
	struct marks ipv6 = {.hops = (uint8_t)socket_number(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS),
			     .traffic_class = (uint8_t)socket_number(fd, IPPROTO_IPV6, IPV6_TCLASS)};
	bool differ = ipv4.hops != ipv6.hops || ipv4.traffic_class != ipv6.traffic_class;
	atomic_store_explicit(&cover_flow(handle)->marks, marks_join(ipv4, ipv6), memory_order_relaxed);
	engine_mark(&negotiator, handle, MARKS_SENT, differ);
}

static bool is_ipv6(flow_handle handle)
{
	struct view view;
	return cover_view(handle, &view) && view.family == AF_INET6;
}

/* As the kernel reads what it has taken: at level IPPROTO_IP an octet will do. */
static bool is_set(const void *value, socklen_t size)
{
	int number = 0;
	uint8_t octet = 0;
	if (size >= sizeof number)
		memcpy(&number, value, sizeof number);
	else if (size)
		memcpy(&octet, value, sizeof octet);
	return number || octet;
}

void marks_note(int fd, flow_handle handle, int level, int option, const void *value, socklen_t size)
{
	const struct option *of_told = find(told, COUNT(told), level, option);
	const struct option *of_sent = find(sent, COUNT(sent), level, option);
	if ((!of_told && !of_sent) || !is_ipv6(handle))
		return;
	if (of_told)
		note_told(fd, handle, of_told, is_set(value, size));
	else
		note_sent(fd, handle);
}

bool marks_kept(const struct view *view, int level, int option, int *value)
{
	const struct option *known = view->marks ? find(told, COUNT(told), level, option) : NULL;
	if (!known || known->wish == MARKS_OTHERS)
		return false;
	*value = (view->marks & known->wish) != 0;
	return true;
}

/* Who had it before may have been one of us, and has asked for both families. */
void marks_learn(int fd, flow_handle handle)
{
	if (!is_ipv6(handle))
		return;
	for (size_t i = 0; i < COUNT(told); i++)
		if (socket_number(fd, told[i].level, told[i].name))
			note_told(fd, handle, &told[i], true);
	note_sent(fd, handle);
}

void marks_inherit(int fd)
{
	flow_handle handle = flow_table_find(&negotiator.table, fd);
	if (handle_is_flow(handle) && is_ipv6(handle))
		note_sent(fd, handle);
}
