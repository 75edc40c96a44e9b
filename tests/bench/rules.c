/* Nanoseconds a lookup takes by the number of prefixes: 10, 100, 1,000 and 10,000, each one a rule of its own.
 *
 * The sizes take turns within every round, so that what disturbs the machine disturbs all of them; the median of the
 * rounds is printed, and its ratio to that of 10 prefixes. Half of the destinations lie within the prefixes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/rule.h"

#define SIZES        4
#define ROUNDS       31
#define DESTINATIONS 4096
#define PASSES       4

static const size_t sizes[SIZES] = {10, 100, 1000, 10000};

struct shape {
	const char *name;
	uint8_t kind;       /* ENDPOINT_IPV4 or ENDPOINT_IPV6 */
	uint8_t cluster[4]; /* the leading octets of every prefix and destination */
	uint8_t cluster_length;
	uint8_t prefix_length;
};

static const struct shape shapes[] = {
    {"IPv4, the whole space, /24", ENDPOINT_IPV4, {0}, 0, 24},
    {"IPv4, under one /8, /28", ENDPOINT_IPV4, {10}, 1, 28},
    {"IPv4, under one /16, /32", ENDPOINT_IPV4, {192, 0}, 2, 32},
    {"IPv6, the whole space, /48", ENDPOINT_IPV6, {0}, 0, 48},
    {"IPv6, under one /32, /64", ENDPOINT_IPV6, {0x20, 0x01, 0x0d, 0xb8}, 4, 64},
};

struct field {
	struct rules *rules;
	struct endpoint destinations[DESTINATIONS];
	double rounds[ROUNDS];
};

static uint64_t random_state = 88172645463325252u;

static uint32_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

static void random_ip(const struct shape *shape, uint8_t ip[16])
{
	size_t size = shape->kind == ENDPOINT_IPV4 ? 4 : 16;

	memset(ip, 0, 16);
	for (size_t i = 0; i < size; i++)
		ip[i] = (uint8_t)random_bits();
	memcpy(ip, shape->cluster, shape->cluster_length);
}

static void random_prefix(const struct shape *shape, struct prefix *prefix)
{
	prefix->kind = shape->kind;
	prefix->length = shape->prefix_length;
	random_ip(shape, prefix->ip);
	for (unsigned bit = prefix->length; bit < 128; bit++)
		prefix->ip[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

static void random_destination(const struct shape *shape, const struct rule_target *targets, size_t count,
			       struct endpoint *to)
{
	unsigned length = shape->prefix_length;
	const struct prefix *prefix = &targets[random_bits() % count].prefix;
	bool within = random_bits() & 1;

	*to = (struct endpoint){.kind = shape->kind, .port = 53};
	random_ip(shape, to->ip);
	for (unsigned bit = 0; within && bit < length; bit++) {
		to->ip[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
		to->ip[bit / 8] |= prefix->ip[bit / 8] & (uint8_t)(0x80u >> bit % 8);
	}
}

static void field_make(struct field *field, const struct shape *shape, size_t count)
{
	struct rule_target *targets = calloc(count, sizeof(*targets));
	struct rule *list = calloc(count, sizeof(*list));

	if (!targets || !list)
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < count; i++) {
		targets[i].kind = TARGET_PREFIX;
		random_prefix(shape, &targets[i].prefix);
		list[i] = (struct rule){.targets = &targets[i], .target_count = 1, .action = ACTION_DIRECT};
	}
	for (size_t i = 0; i < DESTINATIONS; i++)
		random_destination(shape, targets, count, &field->destinations[i]);
	field->rules = rules_compile(list, count, ACTION_RELAY);
	if (!field->rules)
		exit(EXIT_FAILURE);
	free(targets);
	free(list);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static volatile int32_t sink; /* keeps the lookups from being optimised away */

static double lookup_time(const struct field *field)
{
	double start = now();

	for (int pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < DESTINATIONS; i++)
			sink = rules_decide(field->rules, &field->destinations[i], NULL, 0).rule;
	return (now() - start) / (PASSES * DESTINATIONS);
}

static int compare_times(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static double median(struct field *field)
{
	qsort(field->rounds, ROUNDS, sizeof(*field->rounds), compare_times);
	return field->rounds[ROUNDS / 2];
}

static void measure(const struct shape *shape)
{
	static struct field fields[SIZES];
	double ten;

	for (size_t i = 0; i < SIZES; i++)
		field_make(&fields[i], shape, sizes[i]);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < SIZES; i++)
			fields[i].rounds[round] = lookup_time(&fields[i]);
	printf("%-28s", shape->name);
	ten = median(&fields[0]);
	for (size_t i = 0; i < SIZES; i++) {
		printf("  %6.1f (%.2f)", median(&fields[i]), median(&fields[i]) / ten);
		rules_free(fields[i].rules);
	}
	putchar('\n');
}

int main(void)
{
	printf("%-28s", "ns per lookup (ratio)");
	for (size_t i = 0; i < SIZES; i++)
		printf("  %13zu", sizes[i]);
	putchar('\n');
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		measure(&shapes[i]);
	return EXIT_SUCCESS;
}
