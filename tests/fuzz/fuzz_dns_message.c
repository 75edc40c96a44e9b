/* The first half of the input is a query, the second what a server says to it. */
#include "core/dns_message.h"

#include <string.h>

#include "tests/fuzz/fuzz_target.h"

enum { ADDRESSES = 8 };

static void reply(const struct dns_question *question, const uint8_t *query)
{
	uint8_t out[DNS_QUERY_MAX + DNS_OPT_SIZE];
	struct dns_question echoed;
	struct endpoint address;
	size_t size = dns_reply_name(out, question, query, question->name, question->name_length);
	promise(size <= sizeof out && dns_is_answer(question, query, question->id, out, size));
	if (dns_question_address(question, &address))
		promise(address.kind == ENDPOINT_IPV4 || address.kind == ENDPOINT_IPV6);
	size = dns_forward(out, sizeof out, question, query, question->end, 1, true);
	promise(!size || (dns_question_read(&echoed, out, size) && echoed.type == question->type));
}

static void receive(const struct dns_question *question, const uint8_t *query, const uint8_t *data, size_t size)
{
	struct endpoint addresses[ADDRESSES];
	uint8_t *answer = malloc(size + question->end);
	if (!answer || !dns_is_answer(question, query, 1, data, size)) {
		free(answer);
		return;
	}
	memcpy(answer, data, size);
	promise(dns_answer_addresses(answer, size, addresses, ADDRESSES) <= ADDRESSES);
	size_t returned = dns_return(answer, size, question, query, DNS_PLAIN_SIZE);
	promise(returned <= DNS_PLAIN_SIZE || returned == question->end);
	promise(dns_is_answer(question, query, question->id, answer, returned));
	free(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question question;
	size_t half = size / 2;
	if (!dns_question_read(&question, data, half))
		return 0;
	promise(question.end <= half && question.name_length < DNS_NAME_MAX);
	if (half <= DNS_QUERY_MAX)
		reply(&question, data);
	receive(&question, data, data + half, size - half);
	return 0;
}
