#include "core/message.h"

#include <string.h>

#define SOCKS_VERSION 5
#define LOGIN_VERSION 1

/* An encoder writes through a copy of the writer, which becomes the writer only when all of it did fit. */
static enum outcome commit(struct writer *writer, const struct writer *out)
{
	if (out->overflow)
		return OUTCOME_NO_ROOM;
	*writer = *out;
	return OUTCOME_OK;
}

static enum outcome read_version(struct reader *in, uint8_t version, enum outcome complaint)
{
	uint8_t found;

	if (!read_u8(in, &found))
		return OUTCOME_NEED_MORE;
	return found == version ? OUTCOME_OK : complaint;
}

/* A length octet and as many octets as it says. */
static bool read_counted(struct reader *in, const uint8_t **octets, uint8_t *length)
{
	return read_u8(in, length) && read_view(in, octets, *length);
}

/* Addresses are on the path of every datagram: one bound for each, and no copies of cursors, for a copy of what has
 * just been stored in smaller parts stalls the processor. */
static enum outcome encode_ip(struct writer *writer, enum socks_address_type type, const uint8_t *ip, size_t size,
			      uint16_t port)
{
	uint8_t *at;

	if (!write_room(writer, &at, 1 + size + 2))
		return OUTCOME_NO_ROOM;
	at[0] = (uint8_t)type;
	memcpy(at + 1, ip, size);
	store_u16(at + 1 + size, port);
	return OUTCOME_OK;
}

static enum outcome encode_name(struct writer *writer, const struct endpoint *endpoint)
{
	uint8_t *at;

	if (!write_room(writer, &at, 2 + (size_t)endpoint->name_length + 2))
		return OUTCOME_NO_ROOM;
	at[0] = ADDRESS_NAME;
	at[1] = endpoint->name_length;
	if (endpoint->name_length)
		memcpy(at + 2, endpoint->name, endpoint->name_length);
	store_u16(at + 2 + endpoint->name_length, endpoint->port);
	return OUTCOME_OK;
}

enum outcome address_encode(struct writer *writer, const struct endpoint *endpoint)
{
	switch (endpoint->kind) {
	case ENDPOINT_IPV4:
		return encode_ip(writer, ADDRESS_IPV4, endpoint->ip, 4, endpoint->port);
	case ENDPOINT_IPV6:
		return encode_ip(writer, ADDRESS_IPV6, endpoint->ip, 16, endpoint->port);
	case ENDPOINT_NAME:
		return encode_name(writer, endpoint);
	default:
		return OUTCOME_WRONG_FAMILY;
	}
}

/* The reader stands at ATYP, which is known to be ADDRESS_NAME. */
static enum outcome decode_name(struct reader *reader, struct endpoint *endpoint)
{
	size_t left = reader_left(reader);
	const uint8_t *at = reader->at;
	size_t length;
	size_t seen;

	if (left < 2)
		return OUTCOME_NEED_MORE;
	length = at[1];
	seen = left - 2 < length ? left - 2 : length;
	if (memchr(at + 2, 0, seen))
		return OUTCOME_BAD_NAME;
	if (!read_view(reader, &at, 2 + length + 2))
		return OUTCOME_NEED_MORE;
	*endpoint = endpoint_name((const char *)at + 2, length, load_u16(at + 2 + length));
	return OUTCOME_OK;
}

enum outcome address_decode(struct reader *reader, struct endpoint *endpoint)
{
	const uint8_t *at;

	if (reader_left(reader) == 0)
		return OUTCOME_NEED_MORE;
	switch (*reader->at) {
	case ADDRESS_IPV4:
		if (!read_view(reader, &at, 1 + 4 + 2))
			return OUTCOME_NEED_MORE;
		endpoint_set_ipv4(endpoint, at + 1, load_u16(at + 5));
		return OUTCOME_OK;
	case ADDRESS_IPV6:
		if (!read_view(reader, &at, 1 + 16 + 2))
			return OUTCOME_NEED_MORE;
		endpoint_set_ipv6(endpoint, at + 1, load_u16(at + 17), 0);
		return OUTCOME_OK;
	case ADDRESS_NAME:
		return decode_name(reader, endpoint);
	default:
		return OUTCOME_BAD_ADDRESS_TYPE;
	}
}

enum outcome greeting_encode(struct writer *writer, const struct greeting *greeting)
{
	struct writer out = *writer;

	if (greeting->count == 0)
		return OUTCOME_NO_ACCEPTABLE_METHOD;
	if (greeting->count > 255)
		return OUTCOME_TOO_LONG;
	write_u8(&out, SOCKS_VERSION);
	write_u8(&out, (uint8_t)greeting->count);
	write_bytes(&out, greeting->methods, greeting->count);
	return commit(writer, &out);
}

enum outcome greeting_decode(struct reader *reader, struct greeting *greeting)
{
	struct reader in = *reader;
	const uint8_t *methods;
	uint8_t count;
	enum outcome outcome = read_version(&in, SOCKS_VERSION, OUTCOME_BAD_VERSION);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (!read_u8(&in, &count))
		return OUTCOME_NEED_MORE;
	if (count == 0)
		return OUTCOME_NO_ACCEPTABLE_METHOD;
	if (!read_view(&in, &methods, count))
		return OUTCOME_NEED_MORE;
	*greeting = (struct greeting){.methods = methods, .count = count};
	*reader = in;
	return OUTCOME_OK;
}

static enum outcome encode_pair(struct writer *writer, uint8_t version, uint8_t value)
{
	struct writer out = *writer;

	write_u8(&out, version);
	write_u8(&out, value);
	return commit(writer, &out);
}

static enum outcome decode_pair(struct reader *reader, uint8_t version, enum outcome complaint, uint8_t *value)
{
	struct reader in = *reader;
	enum outcome outcome = read_version(&in, version, complaint);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (!read_u8(&in, value))
		return OUTCOME_NEED_MORE;
	*reader = in;
	return OUTCOME_OK;
}

enum outcome method_encode(struct writer *writer, uint8_t method)
{
	return encode_pair(writer, SOCKS_VERSION, method);
}

enum outcome method_decode(struct reader *reader, uint8_t *method)
{
	return decode_pair(reader, SOCKS_VERSION, OUTCOME_BAD_VERSION, method);
}

enum outcome login_encode(struct writer *writer, const struct credentials *credentials)
{
	struct writer out = *writer;

	if (credentials->username_length > 255 || credentials->password_length > 255)
		return OUTCOME_TOO_LONG;
	write_u8(&out, LOGIN_VERSION);
	write_u8(&out, (uint8_t)credentials->username_length);
	write_bytes(&out, credentials->username, credentials->username_length);
	write_u8(&out, (uint8_t)credentials->password_length);
	write_bytes(&out, credentials->password, credentials->password_length);
	return commit(writer, &out);
}

enum outcome login_decode(struct reader *reader, struct credentials *credentials)
{
	struct reader in = *reader;
	const uint8_t *username;
	const uint8_t *password;
	uint8_t username_length;
	uint8_t password_length;
	enum outcome outcome = read_version(&in, LOGIN_VERSION, OUTCOME_BAD_LOGIN_VERSION);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (!read_counted(&in, &username, &username_length) || !read_counted(&in, &password, &password_length))
		return OUTCOME_NEED_MORE;
	*credentials = (struct credentials){
	    .username = (const char *)username,
	    .password = (const char *)password,
	    .username_length = username_length,
	    .password_length = password_length,
	};
	*reader = in;
	return OUTCOME_OK;
}

enum outcome login_status_encode(struct writer *writer, uint8_t status)
{
	return encode_pair(writer, LOGIN_VERSION, status);
}

enum outcome login_status_decode(struct reader *reader, uint8_t *status)
{
	return decode_pair(reader, LOGIN_VERSION, OUTCOME_BAD_LOGIN_VERSION, status);
}

/* Request and reply are alike: VER, CMD or REP, RSV, address. */
static enum outcome encode_addressed(struct writer *writer, uint8_t code, const struct endpoint *endpoint)
{
	struct writer out = *writer;
	enum outcome outcome;

	write_u8(&out, SOCKS_VERSION);
	write_u8(&out, code);
	write_u8(&out, 0);
	outcome = address_encode(&out, endpoint);
	if (outcome == OUTCOME_OK)
		*writer = out;
	return outcome;
}

enum outcome request_encode(struct writer *writer, const struct request *request)
{
	return encode_addressed(writer, request->command, &request->target);
}

enum outcome request_decode(struct reader *reader, struct request *request)
{
	struct reader in = *reader;
	struct endpoint target;
	uint8_t command;
	uint8_t reserved;
	enum outcome outcome = decode_pair(&in, SOCKS_VERSION, OUTCOME_BAD_VERSION, &command);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (!read_u8(&in, &reserved))
		return OUTCOME_NEED_MORE;
	if (reserved != 0)
		return OUTCOME_BAD_RESERVED;
	outcome = address_decode(&in, &target);
	if (outcome != OUTCOME_OK)
		return outcome;
	*request = (struct request){.command = command, .target = target};
	*reader = in;
	return OUTCOME_OK;
}

enum outcome reply_encode(struct writer *writer, const struct reply *reply)
{
	if (reply->rep != 0 && reply->bound.kind == ENDPOINT_NONE)
		return encode_pair(writer, SOCKS_VERSION, reply->rep);
	return encode_addressed(writer, reply->rep, &reply->bound);
}

enum outcome reply_decode(struct reader *reader, struct reply *reply)
{
	struct reader in = *reader;
	struct endpoint bound = {.kind = ENDPOINT_NONE};
	uint8_t rep;
	uint8_t reserved;
	enum outcome outcome = decode_pair(&in, SOCKS_VERSION, OUTCOME_BAD_VERSION, &rep);

	if (outcome == OUTCOME_OK && rep == 0)
		outcome = read_u8(&in, &reserved) ? address_decode(&in, &bound) : OUTCOME_NEED_MORE;
	if (outcome != OUTCOME_OK)
		return outcome;
	*reply = (struct reply){.rep = rep, .bound = bound};
	*reader = in;
	return OUTCOME_OK;
}
