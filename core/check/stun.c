#include "core/check/stun.h"

#include "core/bytes.h"

enum {
	BINDING_REQUEST = 0x0001,
	BINDING_SUCCESS = 0x0101,
	COOKIE_HIGH = 0x2112,
	COOKIE_LOW = 0xa442,
	MAPPED_ADDRESS = 0x0001,
	CHANGED_ADDRESS = 0x0005, /* what RFC 3489 calls the other one */
	XOR_MAPPED_ADDRESS = 0x0020,
	OTHER_ADDRESS = 0x802c,
	FAMILY_IPV4 = 1,
	FAMILY_IPV6 = 2,
};

static void write_cookie(struct writer *writer)
{
	write_u16(writer, COOKIE_HIGH);
	write_u16(writer, COOKIE_LOW);
}

size_t stun_write(const uint8_t transaction[STUN_TRANSACTION_SIZE], uint8_t out[STUN_REQUEST_SIZE])
{
	struct writer writer = writer_over(out, STUN_REQUEST_SIZE);

	write_u16(&writer, BINDING_REQUEST);
	write_u16(&writer, 0);
	write_cookie(&writer);
	write_bytes(&writer, transaction, STUN_TRANSACTION_SIZE);
	return written(&writer);
}

/* xor: what addresses are mixed with, or 16 zeros. */
static bool read_address(struct endpoint *address, struct reader value, const uint8_t xor [16])
{
	uint8_t unused, family, ip[16];
	uint16_t port;
	size_t size;

	if (!read_u8(&value, &unused) || !read_u8(&value, &family) || !read_u16(&value, &port))
		return false;
	size = family == FAMILY_IPV6 ? 16 : 4;
	if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) || reader_left(&value) != size ||
	    !read_bytes(&value, ip, size))
		return false;
	for (size_t i = 0; i < size; i++)
		ip[i] ^= xor[i];
	port ^= load_u16(xor);
	*address = family == FAMILY_IPV4 ? endpoint_from_ipv4(ip, port) : endpoint_from_ipv6(ip, port, 0);
	return true;
}

/* What is found of the addresses; the one that is mixed stands over the plain one, which some NATs rewrite. */
struct found {
	struct stun_answer answer;
	bool is_mixed;
};

static bool take_attribute(struct found *found, uint16_t type, struct reader value, const uint8_t mix[16])
{
	static const uint8_t plain[16];
	struct endpoint *mapped = &found->answer.mapped;

	switch (type) {
	case XOR_MAPPED_ADDRESS:
		found->is_mixed = true;
		return read_address(mapped, value, mix);
	case MAPPED_ADDRESS:
		return found->is_mixed || read_address(mapped, value, plain);
	case OTHER_ADDRESS:
	case CHANGED_ADDRESS:
		return read_address(&found->answer.other, value, plain);
	default:
		return true;
	}
}

static bool read_attributes(struct found *found, struct reader attributes, const uint8_t mix[16])
{
	uint16_t type, size;
	const uint8_t *value, *padding;

	while (reader_left(&attributes)) {
		if (!read_u16(&attributes, &type) || !read_u16(&attributes, &size) ||
		    !read_view(&attributes, &value, size) || !read_view(&attributes, &padding, -size & 3U) ||
		    !take_attribute(found, type, reader_of(value, size), mix))
			return false;
	}
	return found->answer.mapped.kind != ENDPOINT_NONE;
}

bool stun_read(struct stun_answer *answer, const uint8_t transaction[STUN_TRANSACTION_SIZE], const uint8_t *bytes,
	       size_t size)
{
	struct reader reader = reader_of(bytes, size);
	struct found found = {.is_mixed = false};
	uint16_t type, length;
	uint8_t mix[16], expected[16];
	struct writer writer = writer_over(expected, sizeof(expected));

	write_cookie(&writer);
	write_bytes(&writer, transaction, STUN_TRANSACTION_SIZE);
	if (!read_u16(&reader, &type) || type != BINDING_SUCCESS || !read_u16(&reader, &length) || length % 4 != 0 ||
	    !read_bytes(&reader, mix, sizeof(mix)) || memcmp(mix, expected, sizeof(mix)) != 0 ||
	    reader_left(&reader) != length || !read_attributes(&found, reader, mix))
		return false;
	*answer = found.answer;
	return true;
}

static void transaction_of(const struct question *question, uint8_t transaction[STUN_TRANSACTION_SIZE])
{
	struct writer writer = writer_over(transaction, STUN_TRANSACTION_SIZE);

	write_bytes(&writer, "socks5udp-", STUN_TRANSACTION_SIZE - 2);
	write_u16(&writer, question->id);
}

size_t stun_target_write(const struct question *question, uint8_t *out)
{
	uint8_t transaction[STUN_TRANSACTION_SIZE];

	transaction_of(question, transaction);
	return stun_write(transaction, out);
}

bool stun_target_read(struct stun_answer *answer, const struct question *question, const uint8_t *bytes, size_t size)
{
	uint8_t transaction[STUN_TRANSACTION_SIZE];

	transaction_of(question, transaction);
	return stun_read(answer, transaction, bytes, size);
}

enum match stun_target_match(const struct question *question, const uint8_t *bytes, size_t size)
{
	struct stun_answer answer;

	return stun_target_read(&answer, question, bytes, size) ? MATCH_WHOLE : MATCH_NONE;
}
