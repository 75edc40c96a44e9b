#include "core/check/echo_target.h"

#include "core/bytes.h"

static const char mark[] = "socks5udp-check";

/* The mark with its NUL, the id, the two low octets of the size; then octets that follow from where they are. */
static void write_head(const struct question *question, size_t size, uint8_t out[ECHO_TARGET_LEAST])
{
	struct writer writer = writer_over(out, ECHO_TARGET_LEAST);

	write_bytes(&writer, mark, sizeof(mark));
	write_u16(&writer, question->id);
	write_u16(&writer, (uint16_t)size);
}

static uint8_t octet_at(const struct question *question, size_t at)
{
	return (uint8_t)(at * 31 + at / 251 + question->id);
}

static size_t size_of(const struct question *question)
{
	return question->size < ECHO_TARGET_LEAST ? ECHO_TARGET_LEAST : question->size;
}

size_t echo_target_write(const struct question *question, uint8_t *out)
{
	size_t size = size_of(question);

	write_head(question, size, out);
	for (size_t i = ECHO_TARGET_LEAST; i < size; i++)
		out[i] = octet_at(question, i);
	return size;
}

enum match echo_target_match(const struct question *question, const uint8_t *answer, size_t size)
{
	uint8_t head[ECHO_TARGET_LEAST];
	size_t whole = size_of(question);

	write_head(question, whole, head);
	if (size < ECHO_TARGET_LEAST || memcmp(answer, head, ECHO_TARGET_LEAST) != 0)
		return MATCH_NONE;
	for (size_t i = ECHO_TARGET_LEAST; i < size && i < whole; i++)
		if (answer[i] != octet_at(question, i))
			return MATCH_WRONG;
	if (size > whole)
		return MATCH_WRONG;
	return size < whole ? MATCH_CUT : MATCH_WHOLE;
}
