#include "conf/url.h"

#include <string.h>

#include "conf/host_name.h"
#include "core/lower.h"

struct span {
	const char *at;
	size_t length;
};

static struct span span_between(const char *start, const char *end)
{
	return (struct span){start, (size_t)(end - start)};
}

static const char *find(struct span span, char wanted)
{
	return span.length ? memchr(span.at, wanted, span.length) : NULL;
}

static const char *find_last(struct span span, char wanted)
{
	return span.length ? memrchr(span.at, wanted, span.length) : NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* What was found in place of a part, for each part. */
struct part_errors {
	const char *empty;
	const char *too_long;
};

static const struct part_errors host_errors = {"no host", "a host of more than 255 octets"};
static const struct part_errors username_errors = {"an empty user name", "a user name of more than 255 octets"};
static const struct part_errors password_errors = {"an empty password", "a password of more than 255 octets"};

static const char *decode(struct url_part *part, struct span span, const struct part_errors *errors)
{
	size_t used = 0;

	for (size_t i = 0; i < span.length; i++) {
		int octet = (unsigned char)span.at[i];

		if (octet <= ' ' || octet == 0x7f)
			return "a blank or control character";
		if (octet == '%') {
			int high = span.length - i > 2 ? hex_digit(span.at[i + 1]) : -1;
			int low = span.length - i > 2 ? hex_digit(span.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return "a '%' without two hexadecimal digits";
			octet = high << 4 | low;
			i += 2;
		}
		if (octet == 0)
			return "a NUL octet";
		if (used == URL_PART_MAX)
			return errors->too_long;
		part->text[used++] = (char)octet;
	}
	part->length = (uint8_t)used;
	return used ? NULL : errors->empty;
}

/* Only these are named in a complaint: what stands before "://" might be part of a password. */
static const struct {
	const char *name;
	const char *error; /* NULL: ours */
} schemes[] = {
    {"socks5", NULL},
    {"socks5h", NULL},
    {"socks4", "the scheme socks4"},
    {"socks4a", "the scheme socks4a"},
    {"socks", "the scheme socks"},
    {"http", "the scheme http"},
    {"https", "the scheme https"},
};

static bool is_scheme(struct span text, const char *name)
{
	if (strlen(name) != text.length)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (lower(text.at[i]) != name[i])
			return false;
	return true;
}

static const char *skip_scheme(struct span *rest)
{
	const char *colon = memmem(rest->at, rest->length, "://", 3);

	if (!colon)
		return "no scheme";
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (!is_scheme(span_between(rest->at, colon), schemes[i].name))
			continue;
		*rest = span_between(colon + 3, rest->at + rest->length);
		return schemes[i].error;
	}
	return "another scheme";
}

static const char *cut_path(struct span *rest)
{
	for (size_t i = 0; i < rest->length; i++) {
		if (rest->at[i] != '/' && rest->at[i] != '?' && rest->at[i] != '#')
			continue;
		if (rest->at[i] != '/' || i + 1 != rest->length)
			return "text after the address (in a user name or password, '/', '?' and '#' are written "
			       "%2F, %3F and %23)";
		rest->length = i;
	}
	return NULL;
}

static const char *take_login(struct url *url, struct span *rest)
{
	const char *at = find_last(*rest, '@'), *colon, *error;
	struct span login;

	if (!at)
		return NULL;
	login = span_between(rest->at, at);
	*rest = span_between(at + 1, rest->at + rest->length);
	colon = find(login, ':');
	if (!colon)
		return decode(&url->username, login, &username_errors);
	error = decode(&url->username, span_between(login.at, colon), &username_errors);
	if (error)
		return error;
	return decode(&url->password, span_between(colon + 1, at), &password_errors);
}

static const char *parse_port(uint16_t *port, struct span digits)
{
	uint32_t value = 0;

	for (size_t i = 0; i < digits.length; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return "a port that is not a number";
		value = value * 10 + (uint32_t)(digits.at[i] - '0');
		if (value > UINT16_MAX)
			return "a port above 65535";
	}
	if (!value)
		return digits.length ? "port 0" : "an empty port";
	*port = (uint16_t)value;
	return NULL;
}

static const char *settle_ipv6(struct url *url, uint16_t port)
{
	const char *colon = strchr(url->host.text, ':');
	char *zone = strchr(url->host.text, '%');

	if (zone && strspn(zone + 1, "0123456789") != strlen(zone + 1))
		return "a zone that is not a number";
	/* One colon would be host:port to the parser. */
	if (!colon || !strchr(colon + 1, ':') ||
	    endpoint_parse(&url->control, url->host.text, url->host.length, port) != OUTCOME_OK)
		return "brackets without an IPv6 address";
	if (zone) {
		*zone = '\0';
		url->host.length = (uint8_t)(zone - url->host.text);
	}
	return NULL;
}

static const char *settle_host(struct url *url, uint16_t port)
{
	if (strchr(url->host.text, ':') ||
	    endpoint_parse(&url->control, url->host.text, url->host.length, port) != OUTCOME_OK ||
	    (url->control.kind == ENDPOINT_NAME && !host_name_is_valid(url->host.text, url->host.length)))
		return "a host that is neither an address nor a name";
	return NULL;
}

static const char *take_address(struct url *url, struct span rest)
{
	bool bracketed = rest.length && *rest.at == '[';
	const char *end = rest.at + rest.length, *stop, *error;
	uint16_t port = URL_DEFAULT_PORT;

	stop = bracketed ? find(rest, ']') : find_last(rest, ':');
	if (bracketed && !stop)
		return "'[' without ']'";
	if (!bracketed && stop && find(rest, ':') != stop)
		return "an IPv6 address without brackets, or text that is no address";
	error = decode(&url->host, span_between(rest.at + bracketed, stop ? stop : end), &host_errors);
	if (error)
		return error;
	if (bracketed)
		stop = stop + 1 == end ? NULL : stop + 1;
	if (stop && *stop != ':')
		return "text between ']' and the port";
	if (stop && (error = parse_port(&port, span_between(stop + 1, end))))
		return error;
	return bracketed ? settle_ipv6(url, port) : settle_host(url, port);
}

const char *url_parse(struct url *url, const char *text, size_t length)
{
	struct url found;
	struct span rest = {text, length};
	const char *error;

	memset(&found, 0, sizeof(found));
	if (!(error = skip_scheme(&rest)) && !(error = cut_path(&rest)) && !(error = take_login(&found, &rest)) &&
	    !(error = take_address(&found, rest))) {
		*url = found;
		if (url->control.kind == ENDPOINT_NAME)
			url->control.name = url->host.text;
	}
	explicit_bzero(&found, sizeof(found));
	return error;
}
