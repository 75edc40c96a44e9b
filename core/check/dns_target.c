#include "core/check/dns_target.h"

#include "core/bytes.h"
#include "core/dns_message.h"

enum {
	TYPE_NS = 2,
	TYPE_DNSKEY = 48,
	CLASS_IN = 1,
	RECURSION_DESIRED = 0x0100,
	OPTION_PADDING = 12,
	OPTION_HEAD = 4,
	SIGNED = 0x8000, /* DO: signatures, too (RFC 3225) */
};

static void write_plain(const struct question *question, struct writer *writer, bool has_more)
{
	write_u16(writer, question->id);
	write_u16(writer, RECURSION_DESIRED);
	write_u16(writer, 1);
	write_u16(writer, 0);
	write_u16(writer, 0);
	write_u16(writer, has_more);
	write_u8(writer, 0); /* the root */
	write_u16(writer, question->kind == QUESTION_DNS_LONG ? TYPE_DNSKEY : TYPE_NS);
	write_u16(writer, CLASS_IN);
}

/* padding: octets of the option, its head among them; 0: none. */
static void write_opt(struct writer *writer, bool is_long, size_t padding)
{
	uint8_t *at;

	write_u8(writer, 0);
	write_u16(writer, DNS_OPT);
	write_u16(writer, DNS_EDNS_SIZE);
	write_u16(writer, 0);
	write_u16(writer, is_long ? SIGNED : 0);
	write_u16(writer, (uint16_t)padding);
	if (padding == 0)
		return;
	write_u16(writer, OPTION_PADDING);
	write_u16(writer, (uint16_t)(padding - OPTION_HEAD));
	if (write_room(writer, &at, padding - OPTION_HEAD))
		memset(at, 0, padding - OPTION_HEAD);
}

size_t dns_target_write(const struct question *question, uint8_t *out)
{
	bool is_long = question->kind == QUESTION_DNS_LONG, has_opt = is_long || question->size > DNS_TARGET_LEAST;
	size_t with_opt = DNS_TARGET_LEAST + DNS_OPT_SIZE, padding = 0;
	struct writer writer = writer_over(out, QUESTION_SIZE_MAX);

	if (question->size > with_opt)
		padding = question->size - with_opt;
	if (padding && padding < OPTION_HEAD)
		padding = OPTION_HEAD;
	write_plain(question, &writer, has_opt);
	if (has_opt)
		write_opt(&writer, is_long, padding);
	return written(&writer);
}

enum match dns_target_match(const struct question *question, const uint8_t *answer, size_t size)
{
	const struct question plain = {.kind = question->kind, .id = question->id};
	uint8_t query[DNS_TARGET_LEAST + DNS_OPT_SIZE];
	struct writer writer = writer_over(query, sizeof(query));
	struct dns_question asked;

	write_plain(&plain, &writer, false);
	if (!dns_question_read(&asked, query, written(&writer)) ||
	    !dns_is_answer(&asked, query, question->id, answer, size))
		return MATCH_NONE;
	return dns_answer_code(answer) == DNS_FORMAT_ERROR ? MATCH_WRONG : MATCH_WHOLE;
}
