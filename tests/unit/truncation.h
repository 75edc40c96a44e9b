/* What every decoder and encoder owes: nothing is read or written outside, and nothing changes without success. */
#ifndef TESTS_UNIT_TRUNCATION_H
#define TESTS_UNIT_TRUNCATION_H

#include <check.h>
#include <stdalign.h>

#include "core/bytes.h"
#include "core/outcome.h"
#include "tests/unit/guard_page.h"

#define DECODED_SIZE 64 /* more than the largest value that a decoder makes */

typedef enum outcome decode_function(struct reader *reader, void *out);
typedef enum outcome encode_function(struct writer *writer, const void *value);

static inline void expect_untouched(decode_function *decode, const uint8_t *bytes, size_t size, enum outcome expected)
{
	for (enum guard_side side = GUARD_BEHIND; side <= GUARD_BEFORE; side++) {
		alignas(16) uint8_t out[DECODED_SIZE];
		uint8_t before[DECODED_SIZE];
		struct guarded copy = guarded_copy(side, bytes, size);
		struct reader reader = reader_of(copy.at, size);

		memset(out, 0xa5, sizeof(out));
		memset(before, 0xa5, sizeof(before));
		ck_assert_msg(decode(&reader, out) == expected, "%zu octets: not '%s'", size, outcome_text(expected));
		ck_assert_ptr_eq(reader.at, copy.at);
		ck_assert_mem_eq(out, before, sizeof(out));
		guarded_free(&copy);
	}
}

/* A whole message: every shorter length wants more, and what follows is left alone. */
static inline void expect_whole(decode_function *decode, const uint8_t *bytes, size_t size)
{
	alignas(16) uint8_t out[DECODED_SIZE];
	struct guarded copy = guarded_make(GUARD_BEHIND, size + 3);
	struct reader reader = reader_of(copy.at, size + 3);

	for (size_t length = 0; length < size; length++)
		expect_untouched(decode, bytes, length, OUTCOME_NEED_MORE);
	memcpy(copy.at, bytes, size);
	ck_assert_int_eq(decode(&reader, out), OUTCOME_OK);
	ck_assert_uint_eq(reader_left(&reader), 3);
	guarded_free(&copy);

	copy = guarded_copy(GUARD_BEHIND, bytes, size);
	reader = reader_of(copy.at, size);
	ck_assert_int_eq(decode(&reader, out), OUTCOME_OK);
	ck_assert_uint_eq(reader_left(&reader), 0);
	guarded_free(&copy);
}

/* The octet at wrong is the first that cannot be: no sooner and no later is it complained of. */
static inline void expect_complaint(decode_function *decode, const uint8_t *bytes, size_t size, size_t wrong,
				    enum outcome complaint)
{
	for (size_t length = 0; length <= size; length++)
		expect_untouched(decode, bytes, length, length <= wrong ? OUTCOME_NEED_MORE : complaint);
}

/* The value takes exactly these octets, and fits nowhere that is smaller. */
static inline void expect_encoded(encode_function *encode, const void *value, const uint8_t *bytes, size_t size)
{
	for (size_t room = 0; room <= size; room++) {
		struct guarded buffer = guarded_make(GUARD_BEHIND, room);
		struct writer writer = writer_over(buffer.at, room);
		enum outcome outcome = encode(&writer, value);

		ck_assert_int_eq(outcome, room < size ? OUTCOME_NO_ROOM : OUTCOME_OK);
		ck_assert(!writer.overflow);
		ck_assert_uint_eq(written(&writer), room < size ? 0 : size);
		if (room == size)
			ck_assert_mem_eq(buffer.at, bytes, size);
		guarded_free(&buffer);
	}
}

#endif
