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

enum outcome address_encode(struct writer *writer, const struct endpoint *endpoint)
{
	struct writer out = *writer;

	switch (endpoint->kind) {
	case ENDPOINT_IPV4:
		write_u8(&out, ADDRESS_IPV4);
		write_bytes(&out, endpoint->ip, 4);
		break;
	case ENDPOINT_IPV6:
		write_u8(&out, ADDRESS_IPV6);
		write_bytes(&out, endpoint->ip, 16);
		break;
	case ENDPOINT_NAME:
		write_u8(&out, ADDRESS_NAME);
		write_u8(&out, endpoint->name_length);
		write_bytes(&out, endpoint->name, endpoint->name_length);
		break;
	default:
		return OUTCOME_WRONG_FAMILY;
	}
	write_u16(&out, endpoint->port);
	return commit(writer, &out);
}

static enum outcome decode_ip(struct reader *reader, struct endpoint *endpoint, size_t size)
{
	struct reader in = *reader;
	const uint8_t *ip;
	uint16_t port;

	if (!read_view(&in, &ip, size) || !read_u16(&in, &port))
		return OUTCOME_NEED_MORE;
	*endpoint = size == 4 ? endpoint_from_ipv4(ip, port) : endpoint_from_ipv6(ip, port, 0);
	*reader = in;
	return OUTCOME_OK;
}

static enum outcome decode_name(struct reader *reader, struct endpoint *endpoint)
{
	struct reader in = *reader;
	const uint8_t *name;
	uint8_t length;
	uint16_t port;
	size_t seen;

	if (!read_u8(&in, &length))
		return OUTCOME_NEED_MORE;
	seen = reader_left(&in) < length ? reader_left(&in) : length;
	if (seen && memchr(in.at, 0, seen))
		return OUTCOME_BAD_NAME;
	if (!read_view(&in, &name, length) || !read_u16(&in, &port))
		return OUTCOME_NEED_MORE;
	*endpoint = endpoint_name((const char *)name, length, port);
	*reader = in;
	return OUTCOME_OK;
}

enum outcome address_decode(struct reader *reader, struct endpoint *endpoint)
{
	struct reader in = *reader;
	uint8_t type;
	enum outcome outcome;

	if (!read_u8(&in, &type))
		return OUTCOME_NEED_MORE;
	switch (type) {
	case ADDRESS_IPV4:
		outcome = decode_ip(&in, endpoint, 4);
		break;
	case ADDRESS_IPV6:
		outcome = decode_ip(&in, endpoint, 16);
		break;
	case ADDRESS_NAME:
		outcome = decode_name(&in, endpoint);
		break;
	default:
		return OUTCOME_BAD_ADDRESS_TYPE;
	}
	if (outcome == OUTCOME_OK)
		*reader = in;
	return outcome;
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
