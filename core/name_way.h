/* The way of a lookup: who may learn of it, decided from values alone. */
#ifndef CORE_NAME_WAY_H
#define CORE_NAME_WAY_H

#include "core/dns_message.h"
#include "core/settings.h"

enum { NAMESERVERS_MAX = 8 };

struct nameservers {
	size_t count;
	struct endpoint items[NAMESERVERS_MAX];
};

bool nameservers_equal(const struct nameservers *a, const struct nameservers *b);
bool nameservers_have(const struct nameservers *nameservers, const struct endpoint *item);

/* What the addresses are for. */
enum name_purpose { NAME_FOR_ANYTHING, NAME_FOR_DATAGRAMS, NAME_FOR_STREAMS };

struct name_lookup {
	enum name_purpose purpose;
	const struct nameservers *asked;  /* whom the program itself named; none: whom the system does */
	const struct nameservers *system; /* as /etc/resolv.conf has them */
};

enum name_way_kind {
	NAME_WAY_NONE,     /* nobody may: it fails */
	NAME_WAY_HERE,     /* localhost: RFC 6761 section 6.3 */
	NAME_WAY_LOCAL,    /* nameservers that are asked directly */
	NAME_WAY_TUNNEL,   /* nameservers that are asked through the relay */
	NAME_WAY_STAND_IN, /* none is asked: an address stands in for the name */
};

struct name_way {
	enum name_way_kind kind;
	struct nameservers servers; /* NAME_WAY_LOCAL, NAME_WAY_TUNNEL: at least one */
};

/* settings: dns_mode is not DNS_MODE_LOCAL. */
void name_way_choose(struct name_way *way, const struct settings *settings, const struct name_lookup *lookup,
		     const struct dns_question *question);

/* Nameservers behind the tunnel, for whoever asks nobody in particular; none: there is no tunnel. */
void name_way_tunnel(struct nameservers *servers, const struct settings *settings, const struct nameservers *system);

/* localhost and what is below it, which is this machine for every lookup: RFC 6761 section 6.3. */
bool name_way_is_localhost(const char *name, size_t length);

/* A nameserver on loopback: whoever answers there would ask the local network. A rule that names it is the user's word.
 */
bool name_way_is_barred(const struct settings *settings, const struct endpoint *server);

/* An address of the ranges that stand in for names. */
bool name_way_is_stand_in(const struct settings *settings, const struct endpoint *address);

#endif
