#include "core/check/target.h"

#include <string.h>

enum { DNS_PORT = 53, NO_PORT = -1 };

static bool skip(const char **text, const char *beginning)
{
	size_t length = strlen(beginning);

	if (strncmp(*text, beginning, length) != 0)
		return false;
	*text += length;
	return true;
}

bool targets_add(struct targets *targets, const char *text)
{
	struct target *target = &targets->items[targets->count];

	if (targets->count == TARGETS_MAX)
		return false;
	target->kind = skip(&text, "echo:") ? QUESTION_ECHO : QUESTION_DNS;
	if (target->kind == QUESTION_DNS)
		skip(&text, "dns:");
	if (endpoint_parse(&target->endpoint, text, strlen(text), target->kind == QUESTION_DNS ? DNS_PORT : NO_PORT) !=
		OUTCOME_OK ||
	    target->endpoint.port == 0)
		return false;
	targets->count++;
	return true;
}

void targets_default(struct targets *targets, const struct settings *settings)
{
	static const char *const public[] = {"1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "one.one.one.one"};
	const struct endpoints *own = &settings->dns_servers;

	if (targets->count)
		return;
	for (size_t i = 0; i < own->count && targets->count < TARGETS_MAX; i++)
		targets->items[targets->count++] = (struct target){QUESTION_DNS, own->items[i]};
	for (size_t i = 0; own->count == 0 && i < sizeof(public) / sizeof(public[0]); i++)
		targets_add(targets, public[i]);
}

const struct target *targets_find(const struct targets *targets, enum endpoint_kind kind)
{
	for (unsigned i = 0; i < targets->count; i++)
		if (targets->items[i].endpoint.kind == kind)
			return &targets->items[i];
	return NULL;
}
