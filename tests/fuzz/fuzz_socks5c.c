#include "conf/socks5c.h"

#include <string.h>

#include "tests/fuzz/fuzz_target.h"

static void check_complaint(const struct complaint *complaint)
{
	promise(!strncmp(complaint->text, "/nowhere/socks5c.conf:", 22));
	promise(strstr(complaint->text, "allowed ") && strstr(complaint->text, ", found "));
	for (const char *at = complaint->text; *at; at++)
		promise((unsigned char)*at >= ' ' && *at != 0x7f);
}

/* Only what names a server is relayed. */
static void check_settings(const struct conf *conf)
{
	const struct endpoint to = endpoint_ipv4(0x0a000001, 53);
	struct decision decision = rules_decide(conf->settings.rules, &to, "www.example.com", 15);

	promise(conf->fallback == ACTION_DIRECT);
	promise(decision.action == ACTION_DIRECT || decision.action == ACTION_RELAY);
	promise(decision.server < (int)conf->settings.server_count);
	promise(decision.action == ACTION_DIRECT || decision.server >= 0);
	for (size_t i = 0; i < conf->settings.server_count; i++)
		promise(conf->settings.servers[i].control.port && !conf->settings.servers[i].has_credentials);
}

/* A file is either settings that can be decided by, or one printable line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaint complaint = {""};
	struct conf *conf = calloc(1, sizeof(*conf));
	struct draft draft = {.conf = conf, .complaint = &complaint};
	struct contents contents = {.text = malloc(size + 1), .size = size};

	promise(conf && contents.text && keys_set_defaults(conf));
	if (size)
		memcpy(contents.text, data, size);
	contents.text[size] = '\0';
	if (socks5c_parse(&draft, "/nowhere/socks5c.conf", &contents, size % 2) && draft_complete(&draft))
		check_settings(conf);
	else
		check_complaint(&complaint);
	draft_free(&draft);
	contents_free(&contents);
	conf_free(conf);
	return 0;
}
