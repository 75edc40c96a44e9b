#include "preload/outward_plain.h"

#include "preload/aliases.h"

bool outward_plain_by_rules(const struct flow *flow, uint32_t generation, const struct endpoint *to)
{
	const struct rules *rules = negotiator.settings->rules;
	struct decision decision = rules_decide(rules, to, NULL, 0);
	struct view view;
	if (decision.action != ACTION_RELAY || aliases_may_be(to))
		return false;
	if (decision.server == ANY_SERVER && rules_are_settled(rules))
		relayed_note(to);
	flow_read_words(flow, &view, VIEW_WORDS_OF_FIRST_LINE);
	return view.generation == generation && (decision.server == ANY_SERVER || decision.server == view.server);
}

ssize_t outward_plain_in_place(int fd, const void *bytes, size_t size, int flags, const struct endpoint *to)
{
	uint8_t header[HEADER_SIZE_IPV4];
	struct iovec pieces[] = {{header, sizeof header}, {(void *)(uintptr_t)bytes, size}};
	const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	header_put_ipv4(header, to->ip, to->port);
	return kernel_send_message(fd, &message, flags);
}
