#include "core/header.h"

#include "core/message.h"

enum outcome header_encode(struct writer *writer, const struct endpoint *target)
{
	static const uint8_t reserved_and_fragment[3];
	struct writer out = *writer;
	enum outcome outcome;

	write_bytes(&out, reserved_and_fragment, sizeof(reserved_and_fragment));
	outcome = address_encode(&out, target);
	if (outcome == OUTCOME_OK)
		*writer = out;
	return outcome;
}

enum outcome header_decode(struct reader *reader, struct endpoint *source)
{
	struct reader in = *reader;
	uint8_t octet;
	enum outcome outcome;

	for (int i = 0; i < 2; i++) {
		if (!read_u8(&in, &octet))
			return OUTCOME_NEED_MORE;
		if (octet != 0)
			return OUTCOME_BAD_RESERVED;
	}
	if (!read_u8(&in, &octet))
		return OUTCOME_NEED_MORE;
	if (octet != 0)
		return OUTCOME_FRAGMENT;
	outcome = address_decode(&in, source);
	if (outcome == OUTCOME_OK)
		*reader = in;
	return outcome;
}
