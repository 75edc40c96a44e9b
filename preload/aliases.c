#include "preload/aliases.h"

#include <errno.h>
#include <string.h>

#include "preload/nameservers.h"
#include "preload/process.h"
#include "preload/stand_in_file.h"
#include "preload/stub.h"

struct alias_hints alias_hints;

static _Alignas(long) struct stand_in_ranges ranges;
static _Atomic(struct stand_ins *) table;

/* The table */

static void *map_table(void)
{
	void *pages = stand_in_file_map(stand_ins_size());
	return pages ? pages : negotiator.world->map_shared(stand_ins_size());
}

/* Two threads may come here at once; one mapping is thrown away. */
static struct stand_ins *open_table(void)
{
	struct stand_ins *known = atomic_load(&table);
	if (known)
		return known;
	int saved = errno;
	struct stand_ins *pages = map_table();
	if (pages && !atomic_compare_exchange_strong(&table, &known, pages)) {
		negotiator.world->unmap(pages, stand_ins_size());
		pages = known;
	}
	errno = saved;
	return pages;
}

bool aliases_stand_in(const char *name, size_t length, int kind, struct endpoint *address)
{
	struct stand_ins *pages = open_table();
	return pages && stand_ins_add(pages, negotiator.world, &ranges, name, length, kind, address);
}

bool aliases_name_of(const struct endpoint *address, char *name, uint8_t *length)
{
	struct stand_ins *pages = open_table();
	return pages && stand_ins_find(pages, negotiator.world, &ranges, address, name, length);
}

/* What stands for what */

static bool has_tunnel(struct nameservers *servers)
{
	name_way_tunnel(servers, negotiator.settings, nameservers_system());
	return servers->count != 0;
}

static enum alias_kind bar(struct alias *alias, int error)
{
	alias->error = error;
	return ALIAS_BARRED;
}

static enum alias_kind resolve(const struct endpoint *shown, struct alias *alias)
{
	struct nameservers servers;
	uint8_t length;
	if (!alias_hints.on)
		return ALIAS_NONE;
	if (name_way_is_barred(negotiator.settings, shown)) {
		if (!has_tunnel(&servers))
			return bar(alias, ECONNREFUSED);
		alias->target = servers.items[0];
		return ALIAS_TARGET;
	}
	if (negotiator.settings->dns_mode == DNS_MODE_TUNNEL || !name_way_is_stand_in(negotiator.settings, shown))
		return ALIAS_NONE;
	if (aliases_name_of(shown, alias->name, &length)) {
		alias->target = endpoint_name(alias->name, length, shown->port);
		return ALIAS_TARGET;
	}
	if (negotiator.settings->dns_mode == DNS_MODE_AUTO && has_tunnel(&servers))
		return ALIAS_NONE; /* nobody is given a stand-in here */
	return bar(alias, EHOSTUNREACH);
}

static struct alias_memory *memory_of(struct flow *flow)
{
	struct alias_memory *known = atomic_load_explicit(&flow->aliases, memory_order_acquire);
	if (known)
		return known;
	struct alias_memory *made = alias_memory_new(negotiator.world);
	if (made)
		atomic_compare_exchange_strong(&flow->aliases, &known, made);
	return made && known ? known : made;
}

int aliases_replace(struct flow *flow, const struct endpoint *shown, struct alias *alias, const struct endpoint **to)
{
	enum alias_kind kind = resolve(shown, alias);
	if (kind == ALIAS_BARRED)
		return alias->error;
	struct alias_memory *memory =
	    kind == ALIAS_TARGET ? memory_of(flow) : atomic_load_explicit(&flow->aliases, memory_order_acquire);
	if (kind == ALIAS_TARGET && !memory)
		return ENOBUFS;
	if (kind == ALIAS_TARGET || alias_memory_is_used(memory))
		alias_memory_note(memory, shown, kind == ALIAS_TARGET ? &alias->target : shown);
	if (kind == ALIAS_TARGET)
		*to = &alias->target;
	return 0;
}

int aliases_redirect(const struct endpoint *to, union socket_address *instead)
{
	uint16_t port;
	if (!alias_hints.on || !name_way_is_barred(negotiator.settings, to))
		return 0;
	/* The desk is this stream's for as long as the process lives. */
	if (to->kind != ENDPOINT_IPV4 || stub_open(nameservers_system(), NAME_FOR_ANYTHING, &port) < 0)
		return -ECONNREFUSED;
	instead->v4 = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return 1;
}

void aliases_begin(const struct settings *settings)
{
	if (settings->dns_mode == DNS_MODE_LOCAL || settings->stand_ins_ipv4.kind != ENDPOINT_IPV4)
		return;
	ranges = (struct stand_in_ranges){settings->stand_ins_ipv4, settings->stand_ins_ipv6};
	alias_hints = (struct alias_hints){true, ranges.ipv4.ip[0], ranges.ipv6.ip[0]};
	negotiator.resolve_alias = resolve;
}

void aliases_leave(void)
{
	stand_in_file_leave(atomic_load(&table), stand_ins_size());
}
