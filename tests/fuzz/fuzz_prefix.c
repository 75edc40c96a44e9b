#include "core/endpoint.h"
#include "tests/fuzz/fuzz_target.h"

/* A prefix holds its own first address, and has no bits behind its length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prefix prefix;
	struct endpoint inside;

	if (prefix_parse(&prefix, (const char *)data, size) != OUTCOME_OK)
		return 0;
	promise(prefix.kind == ENDPOINT_IPV4 || prefix.kind == ENDPOINT_IPV6);
	promise(prefix.length <= (prefix.kind == ENDPOINT_IPV4 ? 32 : 128));
	inside = prefix.kind == ENDPOINT_IPV4 ? endpoint_from_ipv4(prefix.ip, 0) : endpoint_from_ipv6(prefix.ip, 0, 0);
	promise(prefix_contains(&prefix, &inside));
	for (size_t bit = prefix.length; bit < 128; bit++)
		promise((prefix.ip[bit / 8] & 0x80 >> bit % 8) == 0);
	return 0;
}
