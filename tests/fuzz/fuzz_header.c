#include "core/header.h"
#include "tests/fuzz/round_trip.h"

static enum outcome decode(struct reader *reader, void *value)
{
	return header_decode(reader, value);
}

static enum outcome encode(struct writer *writer, const void *value)
{
	return header_encode(writer, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	round_trip(decode, encode, data, size, 0);
	prefix_law(decode, data, size < 600 ? size : 600);
	return 0;
}
