#include "tests/live/socks_server/answer.h"

#include <string.h>

static bool text_is(const char *bytes, size_t length, const char *text)
{
	return length == strlen(text) && memcmp(bytes, text, length) == 0;
}

static enum step answer_greeting(struct writer *writer, const struct script *script, const struct greeting *greeting)
{
	static const char page[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
	if (script->http) {
		write_bytes(writer, page, sizeof page - 1);
		return AT_ACCEPT;
	}
	int wanted = *script->user ? METHOD_LOGIN : METHOD_NONE;
	if (script->method != SCRIPT_AUTO)
		wanted = script->method;
	else if (!memchr(greeting->methods, wanted, greeting->count))
		wanted = METHOD_UNACCEPTABLE;
	write_u8(writer, (uint8_t)script->version);
	write_u8(writer, (uint8_t)wanted);
	if (wanted == METHOD_UNACCEPTABLE || script->version != 5)
		return AT_ACCEPT;
	if (wanted == METHOD_LOGIN && script->eager)
		login_status_encode(writer, 0);
	return wanted == METHOD_LOGIN && !script->eager ? AT_LOGIN : AT_REQUEST;
}

static enum step answer_login(struct writer *writer, const struct script *script, const struct credentials *login)
{
	bool right = text_is(login->username, login->username_length, script->user) &&
		     text_is(login->password, login->password_length, script->password);
	int status = script->login != SCRIPT_AUTO ? script->login : !right;
	login_status_encode(writer, (uint8_t)status);
	return status ? AT_ACCEPT : AT_REQUEST;
}

static enum step answer_request(struct writer *writer, const struct request *request)
{
	if (request->command == COMMAND_UDP_ASSOCIATE)
		return AT_NONE;
	struct reply refusal = {.rep = 7, .bound = endpoint_ipv4(0, 0)};
	reply_encode(writer, &refusal);
	return AT_ACCEPT;
}

enum step answer_write(struct writer *writer, const struct script *script, enum step step,
		       const struct message_in *message)
{
	if (step == AT_GREETING)
		return answer_greeting(writer, script, &message->greeting);
	if (step == AT_LOGIN)
		return answer_login(writer, script, &message->login);
	return answer_request(writer, &message->request);
}

void answer_write_reply(struct writer *writer, const struct script *script, const struct endpoint *bound)
{
	struct reply reply = {.rep = (uint8_t)script->rep, .bound = bound ? *bound : endpoint_ipv4(0, 0)};
	uint16_t port = reply.bound.port;
	if (script->bound_port != SCRIPT_AUTO)
		port = (uint16_t)script->bound_port;
	if (strcmp(script->bound, "empty") == 0)
		reply.bound = endpoint_name("", 0, 0);
	else if (strcmp(script->bound, "auto") != 0)
		endpoint_parse(&reply.bound, script->bound, strlen(script->bound), 0);
	reply.bound.port = port;
	reply_encode(writer, &reply);
}
