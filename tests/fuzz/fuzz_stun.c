/* The input is what a server says to the transaction that stands in its header. */
#include "core/check/stun.h"

#include <string.h>

#include "tests/fuzz/fuzz_target.h"

enum { TRANSACTION_AT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t transaction[STUN_TRANSACTION_SIZE] = {0};
	struct stun_answer answer = {.mapped.kind = ENDPOINT_NONE};

	if (size >= TRANSACTION_AT + sizeof transaction)
		memcpy(transaction, data + TRANSACTION_AT, sizeof transaction);
	if (!stun_read(&answer, transaction, data, size)) {
		promise(answer.mapped.kind == ENDPOINT_NONE);
		return 0;
	}
	promise(size >= STUN_REQUEST_SIZE);
	promise(answer.mapped.kind == ENDPOINT_IPV4 || answer.mapped.kind == ENDPOINT_IPV6);
	promise(answer.other.kind != ENDPOINT_NAME);
	transaction[0] ^= 1;
	promise(!stun_read(&answer, transaction, data, size));
	return 0;
}
