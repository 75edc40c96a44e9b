#include <string.h>

#include "conf/file.h"
#include "tests/fuzz/fuzz_target.h"

static void check_complaint(const struct complaint *complaint)
{
	promise(*complaint->text != '\0');
	promise(memchr(complaint->text, '\0', sizeof(complaint->text)) != NULL);
	for (const char *at = complaint->text; *at; at++)
		promise((unsigned char)*at >= ' ' && *at != 0x7f);
}

static void check_settings(const struct conf *conf)
{
	const struct endpoint to = endpoint_ipv4(0x0a000001, 53);
	struct decision decision = rules_decide(conf->settings.rules, &to, "www.example.com", 15);

	promise(decision.rule >= NO_RULE && decision.rule < (int32_t)conf->rule_count);
	promise(decision.server >= ANY_SERVER && decision.server < (int)conf->settings.server_count);
	promise(conf->settings.connect_ms > 0 && conf->settings.connect_ms <= 3600000);
	for (size_t i = 0; i < conf->settings.server_count; i++) {
		const struct server *server = &conf->settings.servers[i];

		promise(server->has_credentials == (server->credentials.username_length > 0));
		promise(server->has_credentials == (server->credentials.password_length > 0));
		promise(server->credentials.username_length <= 255 && server->credentials.password_length <= 255);
	}
}

/* A file is either settings that can be decided by, or one printable line. libconfig 1.5 leaks a string that a syntax
 * error ends: run with ASAN_OPTIONS=detect_leaks=0. */
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
	if (file_parse(&draft, "/nowhere/socks5udp.conf", &contents, size % 2) && draft_complete(&draft))
		check_settings(conf);
	else
		check_complaint(&complaint);
	draft_free(&draft);
	contents_free(&contents);
	conf_free(conf);
	return 0;
}
