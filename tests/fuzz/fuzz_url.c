#include <string.h>

#include "conf/url.h"
#include "tests/fuzz/fuzz_target.h"

static void check_part(const struct url_part *part)
{
	promise(strlen(part->text) == part->length);
}

static void check_url(const struct url *url)
{
	check_part(&url->host);
	check_part(&url->username);
	check_part(&url->password);
	promise(url->host.length > 0 && url->control.port > 0);
	promise(url->username.length > 0 || url->password.length == 0);
	promise(url->control.kind == ENDPOINT_IPV4 || url->control.kind == ENDPOINT_IPV6 ||
		(url->control.kind == ENDPOINT_NAME && url->control.name == url->host.text &&
		 url->control.name_length == url->host.length));
}

union url_octets {
	struct url url;
	uint8_t octets[sizeof(struct url)];
};

/* What is taken fits into the messages of the wire; what is not is answered by a text without any of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union url_octets found, before;
	const char *error;

	memset(&found, 0xa5, sizeof(found));
	before = found;
	error = url_parse(&found.url, (const char *)data, size);
	if (error) {
		promise(memcmp(found.octets, before.octets, sizeof(found.octets)) == 0);
		promise(*error != '\0');
		return 0;
	}
	check_url(&found.url);
	return 0;
}
