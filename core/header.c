#include "core/header.h"

#include "core/message.h"

#define RESERVED_AND_FRAGMENT 3

enum outcome header_encode(struct writer *writer, const struct endpoint *target)
{
	uint8_t *at;
	enum outcome outcome;

	if (target->kind == ENDPOINT_NONE)
		return OUTCOME_WRONG_FAMILY;
	if (!write_room(writer, &at, RESERVED_AND_FRAGMENT))
		return OUTCOME_NO_ROOM;
	memset(at, 0, RESERVED_AND_FRAGMENT);
	outcome = address_encode(writer, target);
	if (outcome != OUTCOME_OK)
		writer->at = at;
	return outcome;
}

/* The first wrong octet of RSV and FRAG, if it is among those that are left. */
static enum outcome check_fixed(const uint8_t *at, size_t left)
{
	if (left > 0 && at[0] != 0)
		return OUTCOME_BAD_RESERVED;
	if (left > 1 && at[1] != 0)
		return OUTCOME_BAD_RESERVED;
	if (left > 2 && at[2] != 0)
		return OUTCOME_FRAGMENT;
	return left < RESERVED_AND_FRAGMENT ? OUTCOME_NEED_MORE : OUTCOME_OK;
}

enum outcome header_decode(struct reader *reader, struct endpoint *source)
{
	enum outcome outcome = check_fixed(reader->at, reader_left(reader));

	if (outcome != OUTCOME_OK)
		return outcome;
	reader->at += RESERVED_AND_FRAGMENT;
	outcome = address_decode(reader, source);
	if (outcome != OUTCOME_OK)
		reader->at -= RESERVED_AND_FRAGMENT;
	return outcome;
}
