#include "core/candidates.h"

#include <stdlib.h>
#include <string.h>

static bool is_list(uint32_t handle)
{
	return handle != CANDIDATES_NONE && (handle & CANDIDATES_LIST);
}

static const struct candidate_list *list_of(const struct candidates *candidates, uint32_t handle)
{
	return &candidates->lists[handle & ~CANDIDATES_LIST];
}

static uint32_t ranges_begin(const struct candidates *candidates, uint32_t rule)
{
	return rule ? candidates->range_ends[rule - 1] : 0;
}

static bool has_ports(const struct candidates *candidates, uint32_t rule)
{
	return candidates->range_ends[rule] > ranges_begin(candidates, rule);
}

static bool takes_port(const struct candidates *candidates, uint32_t rule, uint16_t port)
{
	uint32_t low = ranges_begin(candidates, rule), high = candidates->range_ends[rule];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct port_range *range = &candidates->ranges[middle];

		if (port < range->first)
			high = middle;
		else if (port > range->last)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

uint32_t candidates_decide(const struct candidates *candidates, uint32_t handle, uint16_t port, uint32_t best)
{
	while (is_list(handle)) {
		const struct candidate_list *list = list_of(candidates, handle);

		if (list->sure < best)
			best = list->sure;
		for (uint32_t i = 0; i < list->count; i++) {
			uint32_t rule = candidates->members[list->first + i];

			if (rule >= best)
				break;
			if (takes_port(candidates, rule, port)) {
				best = rule;
				break;
			}
		}
		handle = list->outer;
	}
	return handle < best ? handle : best;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct port_range *left = a, *right = b;

	return (int)left->first - (int)right->first;
}

/* Answers how many ranges are left. */
static uint32_t merge_ranges(struct port_range *ranges, size_t count)
{
	uint32_t kept = 0;

	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].first > ranges[i].last)
			continue;
		if (kept && ranges[i].first <= ranges[kept - 1].last) {
			if (ranges[i].last > ranges[kept - 1].last)
				ranges[kept - 1].last = ranges[i].last;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

/* A rule whose ranges are all empty takes no port; one that names none takes every port. */
static const struct port_range no_port = {.first = 1, .last = 0};

static uint32_t take_ranges(struct port_range *out, const struct rule *rule)
{
	uint32_t kept;

	if (!rule->port_count)
		return 0;
	memcpy(out, rule->ports, rule->port_count * sizeof(*out));
	kept = merge_ranges(out, rule->port_count);
	if (!kept)
		out[kept++] = no_port;
	return kept;
}

bool candidates_start(struct candidates *candidates, const struct rule *rules, uint32_t count)
{
	size_t range_count = 0;
	uint32_t used = 0;

	memset(candidates, 0, sizeof(*candidates));
	for (uint32_t i = 0; i < count; i++)
		range_count += rules[i].port_count;
	if (range_count > CANDIDATES_RULES_MAX)
		return false;
	candidates->rule_count = count;
	candidates->ranges = malloc((range_count + 1) * sizeof(*candidates->ranges));
	candidates->range_ends = malloc((count + 1) * sizeof(*candidates->range_ends));
	candidates->latest = malloc((count + 1) * sizeof(*candidates->latest));
	if (!candidates->ranges || !candidates->range_ends || !candidates->latest)
		return false;
	memset(candidates->latest, 0xff, (count + 1) * sizeof(*candidates->latest));
	for (uint32_t i = 0; i < count; i++) {
		used += take_ranges(candidates->ranges + used, &rules[i]);
		candidates->range_ends[i] = used;
	}
	return true;
}

void candidates_finish(struct candidates *candidates)
{
	free(candidates->latest);
	candidates->latest = NULL;
}

void candidates_free(struct candidates *candidates)
{
	free(candidates->ranges);
	free(candidates->range_ends);
	free(candidates->lists);
	free(candidates->members);
	free(candidates->latest);
}

/* array: a pointer to the array's pointer. Room for more than needed at each growth, so that adding stays linear. */
static bool grow(void *array, uint32_t *room, uint32_t needed, size_t size)
{
	void *old, *new;
	size_t wanted = (size_t)needed * 2 + 16;

	if (needed <= *room)
		return true;
	memcpy(&old, array, sizeof(old));
	if (needed > CANDIDATES_RULES_MAX / 2 || !(new = realloc(old, wanted * size)))
		return false;
	memcpy(array, &new, sizeof(new));
	*room = (uint32_t)wanted;
	return true;
}

static bool same_list(const struct candidates *candidates, uint32_t handle, const struct candidate_list *wanted,
		      const uint32_t *members)
{
	const struct candidate_list *list = list_of(candidates, handle);

	return list->sure == wanted->sure && list->outer == wanted->outer && list->count == wanted->count &&
	       !memcmp(candidates->members + list->first, members, wanted->count * sizeof(*members));
}

static uint32_t add_list(struct candidates *candidates, struct candidate_list list, const uint32_t *members)
{
	/* The last place is for lists without members of their own. */
	uint32_t *latest = &candidates->latest[list.count ? members[0] : candidates->rule_count];
	uint32_t needed = candidates->member_count + list.count;

	if (*latest != CANDIDATES_NONE && same_list(candidates, *latest, &list, members))
		return *latest;
	if (needed < list.count ||
	    !grow(&candidates->lists, &candidates->list_room, candidates->list_count + 1, sizeof(list)) ||
	    !grow(&candidates->members, &candidates->member_room, needed, sizeof(*members))) {
		candidates->failed = true;
		return CANDIDATES_NONE;
	}
	list.first = candidates->member_count;
	if (list.count)
		memcpy(candidates->members + list.first, members, list.count * sizeof(*members));
	candidates->member_count = needed;
	candidates->lists[candidates->list_count] = list;
	*latest = candidates->list_count++ | CANDIDATES_LIST;
	return *latest;
}

static uint32_t sure_of(const struct candidates *candidates, uint32_t handle)
{
	return is_list(handle) ? list_of(candidates, handle)->sure : handle;
}

/* The nearest enclosing list with a rule that comes before sure. */
static uint32_t outer_before(const struct candidates *candidates, uint32_t outer, uint32_t sure)
{
	while (is_list(outer)) {
		const struct candidate_list *list = list_of(candidates, outer);

		if (list->count && candidates->members[list->first] < sure)
			return outer;
		outer = list->outer;
	}
	return CANDIDATES_NONE;
}

uint32_t candidates_add(struct candidates *candidates, const uint32_t *rules, size_t count, uint32_t outer)
{
	struct candidate_list list = {.sure = sure_of(candidates, outer)};

	for (size_t i = 0; i < count && rules[i] < list.sure; i++) {
		if (has_ports(candidates, rules[i]))
			list.count++;
		else
			list.sure = rules[i];
	}
	list.outer = outer_before(candidates, outer, list.sure);
	if (list.count == 0 && list.outer == CANDIDATES_NONE)
		return list.sure;
	if (list.count == 0 && list_of(candidates, list.outer)->sure == list.sure)
		return list.outer;
	return add_list(candidates, list, rules);
}

uint32_t candidates_next(const struct candidates *candidates, uint32_t handle, uint32_t after, uint32_t before)
{
	const struct candidate_list *list = is_list(handle) ? list_of(candidates, handle) : NULL;

	for (uint32_t i = 0; list && i < list->count; i++) {
		uint32_t rule = candidates->members[list->first + i];

		if (rule < before && (after == CANDIDATES_NONE || rule > after))
			return rule;
	}
	return CANDIDATES_NONE;
}
