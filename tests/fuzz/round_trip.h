/* What is true of every decoder: it changes nothing without success, and what it takes is what it encodes. */
#ifndef TESTS_FUZZ_ROUND_TRIP_H
#define TESTS_FUZZ_ROUND_TRIP_H

#include <string.h>

#include "core/bytes.h"
#include "core/endpoint.h"
#include "core/outcome.h"
#include "tests/fuzz/fuzz_target.h"

#define POISON       0xa5
#define DECODED_SIZE 64 /* more than the largest value that a decoder makes */
#define ENCODED_SIZE 1024

typedef enum outcome decode_function(struct reader *reader, void *value);
typedef enum outcome encode_function(struct writer *writer, const void *value);

/* Octets taken, 0 without success. value holds DECODED_SIZE octets. */
static inline size_t decode_once(decode_function *decode, const uint8_t *data, size_t size, uint8_t *value)
{
	struct reader reader = reader_of(data, size);
	enum outcome outcome;

	memset(value, POISON, DECODED_SIZE);
	outcome = decode(&reader, value);
	if (outcome == OUTCOME_OK) {
		promise(reader.at > data && reader.at <= data + size);
		return size - reader_left(&reader);
	}
	promise(reader_left(&reader) == size);
	for (size_t i = 0; i < DECODED_SIZE; i++)
		promise(value[i] == POISON);
	return 0;
}

/* strict: the encoding is the very octets. Where it is not (v4-mapped addresses, reserved octets that are not checked)
 * it decodes to what it was made from, and is encoded alike again. */
static inline void round_trip(decode_function *decode, encode_function *encode, const uint8_t *data, size_t size,
			      int strict)
{
	_Alignas(16) uint8_t value[DECODED_SIZE];
	_Alignas(16) uint8_t again[DECODED_SIZE];
	uint8_t first[ENCODED_SIZE];
	uint8_t second[ENCODED_SIZE];
	struct writer writer = writer_over(first, sizeof(first));
	struct writer rewriter = writer_over(second, sizeof(second));
	size_t taken = decode_once(decode, data, size, value);

	if (taken == 0)
		return;
	promise(encode(&writer, value) == OUTCOME_OK);
	if (strict)
		promise(written(&writer) == taken && memcmp(first, data, taken) == 0);
	promise(decode_once(decode, first, written(&writer), again) == written(&writer));
	promise(encode(&rewriter, again) == OUTCOME_OK);
	promise(written(&rewriter) == written(&writer) && memcmp(first, second, written(&writer)) == 0);
}

/* More octets never make a complete message incomplete, nor a malformed one good. */
static inline void prefix_law(decode_function *decode, const uint8_t *data, size_t size)
{
	_Alignas(16) uint8_t value[DECODED_SIZE];
	enum outcome settled = OUTCOME_NEED_MORE;
	size_t settled_taken = 0;

	for (size_t length = 0; length <= size; length++) {
		struct reader reader = reader_of(data, length);
		enum outcome outcome = decode(&reader, value);

		if (settled != OUTCOME_NEED_MORE) {
			promise(outcome == settled && length - reader_left(&reader) == settled_taken);
			continue;
		}
		settled = outcome;
		settled_taken = length - reader_left(&reader);
		if (outcome == OUTCOME_OK)
			promise(reader_left(&reader) == 0);
	}
}

#endif
