#include <string.h>

#include "core/endpoint.h"
#include "tests/fuzz/fuzz_target.h"

/* What is read prints as text that is read as the same. The first octet chooses whether the port may be left out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct endpoint endpoint;
	struct endpoint again;
	char printed[ENDPOINT_TEXT_SIZE];

	if (size == 0)
		return 0;
	if (endpoint_parse(&endpoint, text, size - 1, data[0] & 1 ? 1080 : -1) != OUTCOME_OK)
		return 0;
	if (endpoint.kind == ENDPOINT_NAME)
		promise(endpoint.name >= text && endpoint.name + endpoint.name_length <= (const char *)data + size);
	endpoint_print(&endpoint, printed, sizeof(printed));
	promise(endpoint_parse(&again, printed, strlen(printed), -1) == OUTCOME_OK);
	promise(endpoint_equal(&endpoint, &again));
	endpoint_settle(&again);
	promise(endpoint_equal(&endpoint, &again));
	return 0;
}
