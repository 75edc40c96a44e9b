/* The settings with one value each: a table of their names, what is allowed, and where the value goes. */
#ifndef CONF_KEYS_H
#define CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/complaint.h"

enum key {
	KEY_DEFAULT,
	KEY_CONNECT,
	KEY_HANDSHAKE,
	KEY_RETRY_MIN,
	KEY_RETRY_MAX,
	KEY_KEEPALIVE,
	KEY_POLICY,
	KEY_PRECONNECT,
	KEY_PIPELINE,
	KEY_QUEUE_DATAGRAMS,
	KEY_QUEUE_OCTETS,
	KEY_RELAY_ADDRESS,
	KEY_ANNOUNCE,
	KEY_DNS_MODE,
	KEY_DNS_SERVER,
	KEY_DNS_STAND_INS,
	KEY_DNS_STAND_INS6,
	KEY_LOG_LEVEL,
	KEY_LOG_FILE,
	KEY_STATS,
	KEY_CAPTURE,
	KEY_FOLLOW,
	KEY_ALLOW_URING,
	KEY_COUNT
};

/* A value as a source gives it. */
struct value {
	const char *text; /* a string, or NULL; borrowed */
	const char *kind; /* what it is instead: "a number", "a list" */
	double number;    /* of a boolean 0 or 1 */
	bool is_number;
	bool is_boolean;
};

struct conf;

/* The name in the configuration file, "timeouts.connect". */
const char *key_name(enum key key);

bool key_set_default(struct conf *conf, enum key key);
bool keys_set_defaults(struct conf *conf); /* false: out of memory */

/* label: how the complaint calls it, the key's name or a variable's. place must live as long as conf. */
bool key_set(struct conf *conf, enum key key, const char *label, const struct value *value, const struct place *place,
	     struct complaint *complaint);

/* After the last key_set: what no single value shows. */
bool keys_check(const struct conf *conf, struct complaint *complaint);

/* The value in force as the configuration file would give it; answers out. */
const char *key_print(const struct conf *conf, enum key key, char *out, size_t size);

#endif
