#include "preload/joined.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

static bool is_segment(const struct cmsghdr *control)
{
	return control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO &&
	       control->cmsg_len == CMSG_LEN(sizeof(int));
}

uint16_t joined_segment(const struct msghdr *message)
{
	struct msghdr copy = *message;
	int segment = 0;
	for (struct cmsghdr *control = CMSG_FIRSTHDR(&copy); control; control = CMSG_NXTHDR(&copy, control))
		if (is_segment(control))
			memcpy(&segment, CMSG_DATA(control), sizeof segment);
	return (uint16_t)segment;
}

/* Which the program can be told as one: a server may word the same address in two ways. */
static bool is_alike(const struct incoming *one, const struct incoming *other)
{
	return one->header_length == other->header_length && endpoint_equal(&one->source, &other->source);
}

/* What the program is given so far. */
struct gathering {
	bool any;
	uint8_t *end;
	struct incoming first;
	size_t segment;
};

static void add(struct gathering *all, const struct arrival *arrival)
{
	size_t header_length = arrival->incoming.header_length, skip = all->any ? header_length : 0;
	if (all->any && !is_alike(&all->first, &arrival->incoming))
		return;
	memmove(all->end, arrival->bytes + skip, arrival->length - skip);
	all->end += arrival->length - skip;
	if (all->any)
		return;
	all->any = true;
	all->first = arrival->incoming;
	all->segment = arrival->length - header_length;
}

/* Answers TAKEN where there is nothing to be told apart: it is direct, as all of it is then. */
static enum arriving judge_each(struct arrival *arrival, struct gathering *all)
{
	uint8_t *bytes = arrival->bytes;
	size_t total = arrival->length, segment = arrival->segment;
	for (size_t at = 0; at < total; at += segment) {
		arrival->bytes = bytes + at;
		arrival->length = total - at < segment ? total - at : segment;
		arrival->follows = at > 0;
		enum arriving step = arrival_judge_one(arrival);
		if (step == ARRIVING_TAKEN && arrival->incoming.verdict == INCOMING_DIRECT)
			return step;
		if (step == ARRIVING_TAKEN)
			add(all, arrival);
		else if (step != ARRIVING_AGAIN)
			return step;
	}
	return ARRIVING_AGAIN;
}

enum arriving joined_judge(struct arrival *arrival)
{
	uint8_t *bytes = arrival->bytes;
	size_t total = arrival->length;
	struct gathering all = {.end = bytes};
	if (!arrival->segment || total > arrival->room)
		return arrival_judge_one(arrival);
	enum arriving step = judge_each(arrival, &all);
	arrival->bytes = bytes;
	arrival->follows = false;
	if (step == ARRIVING_TAKEN)
		arrival->length = total;
	if (step != ARRIVING_AGAIN || !all.any)
		return step;
	arrival->length = (size_t)(all.end - bytes);
	arrival->incoming = all.first;
	arrival->segment = (uint16_t)all.segment;
	return ARRIVING_TAKEN;
}

void joined_tell_segment(struct cmsghdr *control, uint16_t segment)
{
	int size = segment;
	if (is_segment(control))
		memcpy(CMSG_DATA(control), &size, sizeof size);
}
