/* Settings of three servers in a fake world, "first" to "third" on ports 1081 to 1083 of 198.51.100.1 to .3. Each
 * grants a relay on port 4001 to 4003 of the same host. Relayed: everything, but 10.0.0.0/8 goes direct,
 * 192.0.2.0/24 is relayed by "second", and local addresses stay. */
#ifndef TESTS_UNIT_FAKE_SETTINGS_H
#define TESTS_UNIT_FAKE_SETTINGS_H

#include "core/negotiator.h"
#include "tests/unit/fake_world.h"

enum { FIRST, SECOND, THIRD, SERVERS };

static struct server fake_setting_servers[SERVERS];
static struct settings fake_settings;

static inline enum outcome begin_negotiator(struct negotiator *negotiator)
{
	*negotiator = (struct negotiator){0};
	return negotiator_init(negotiator, &fake_functions, &fake_settings);
}

static inline struct fake_server fake_good_server(int i)
{
	static char granted[SERVERS][10];

	memcpy(granted[i], "\5\0\0\1\306\63\144\0\17\240", sizeof(granted[i]));
	granted[i][7] = (char)(i + 1);
	granted[i][9] = (char)(0xa1 + i);
	return (struct fake_server){.port = (uint16_t)(1081 + i),
				    .answers = {FAKE_ANSWER("\5\0"), {granted[i], sizeof(granted[i])}}};
}

static inline void fake_settings_begin(void)
{
	static const char *const labels[] = {"first", "second", "third"};
	static const struct rule_target direct = {TARGET_PREFIX, {ENDPOINT_IPV4, 8, {10}}, NULL};
	static const struct rule_target demanding = {TARGET_PREFIX, {ENDPOINT_IPV4, 24, {192, 0, 2}}, NULL};
	static const struct rule list[] = {{&direct, 1, NULL, 0, ACTION_DIRECT, ANY_SERVER},
					   {&demanding, 1, NULL, 0, ACTION_RELAY, SECOND}};

	for (int i = 0; i < SERVERS; i++) {
		fake.servers[i] = fake_good_server(i);
		fake_setting_servers[i] = (struct server){
		    .label = labels[i],
		    .control = endpoint_ipv4(0xc6336401 + (uint32_t)i, (uint16_t)(1081 + i)),
		};
	}
	fake_settings = (struct settings){
	    .servers = fake_setting_servers,
	    .server_count = SERVERS,
	    .rules = rules_compile(list, 2, ACTION_RELAY),
	    .connect_ms = 5000,
	    .handshake_ms = 3000,
	    .retry_min_ms = 500,
	    .retry_max_ms = 30000,
	    .keepalive_ms = 30000,
	    .queue_datagrams = 64,
	    .queue_octets = 256 * 1024,
	    .log_level = LOG_LEVEL_DEBUG,
	};
	ck_assert_ptr_nonnull(fake_settings.rules);
}

static inline void fake_settings_end(void)
{
	rules_free(fake_settings.rules);
}

#endif
