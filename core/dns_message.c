#include "core/dns_message.h"

#include <string.h>
#include <strings.h>

#include "core/bytes.h"

enum {
	FLAG_ANSWER = 0x80,    /* in octet 2 */
	FLAG_OPCODE = 0x78,    /* likewise */
	FLAG_TRUNCATED = 0x02, /* likewise */
	FLAG_DESIRED = 0x01,   /* likewise: recursion is */
	FLAG_AVAILABLE = 0x80, /* in octet 3: recursion is */
	RCODE = 0x0f,          /* in octet 3 */
	COUNT_QUESTION = 4,    /* offsets */
	COUNT_ANSWER = 6,
	COUNT_AUTHORITY = 8,
	COUNT_ADDITIONAL = 10,
	LABEL_MAX = 63,
	POINTER = 0xc0,
	CLASS_IN = 1,
	TTL = 0, /* of what is made up here: nobody is to keep it */
};

struct record {
	size_t start;
	uint16_t type;
	uint16_t class;
	const uint8_t *data;
	uint16_t size;
};

static unsigned count_of(const uint8_t *message, int offset)
{
	return load_u16(message + offset);
}

static bool is_plain_label(const uint8_t *label, size_t length)
{
	return !memchr(label, '.', length) && !memchr(label, '\0', length);
}

static void append_label(struct dns_question *question, const uint8_t *label, uint8_t length)
{
	if (!is_plain_label(label, length))
		question->is_plain = false;
	if (question->name_length)
		question->name[question->name_length++] = '.';
	memcpy(question->name + question->name_length, label, length);
	question->name_length = (uint8_t)(question->name_length + length);
}

/* A query has nothing before its name that the name could point to. */
static bool read_question_name(struct reader *reader, struct dns_question *question)
{
	uint8_t length;
	const uint8_t *label;
	question->is_plain = true;
	question->name_length = 0;
	while (read_u8(reader, &length) && length) {
		if (length > LABEL_MAX || question->name_length + length + 2 > DNS_NAME_MAX ||
		    !read_view(reader, &label, length))
			return false;
		append_label(question, label, length);
	}
	if (!question->is_plain)
		question->name_length = 0;
	question->name[question->name_length] = '\0';
	return reader->at[-1] == 0;
}

static bool skip_name(struct reader *reader)
{
	uint8_t length;
	const uint8_t *label;
	while (read_u8(reader, &length)) {
		if (length == 0)
			return true;
		if ((length & POINTER) == POINTER)
			return read_u8(reader, &length);
		if (length > LABEL_MAX || !read_view(reader, &label, length))
			return false;
	}
	return false;
}

static bool skip_questions(struct reader *reader, const uint8_t *message)
{
	const uint8_t *fixed;
	for (unsigned i = count_of(message, COUNT_QUESTION); i; i--)
		if (!skip_name(reader) || !read_view(reader, &fixed, 4))
			return false;
	return true;
}

static bool read_record(struct reader *reader, const uint8_t *message, struct record *record)
{
	const uint8_t *ttl;
	record->start = (size_t)(reader->at - message);
	return skip_name(reader) && read_u16(reader, &record->type) && read_u16(reader, &record->class) &&
	       read_view(reader, &ttl, 4) && read_u16(reader, &record->size) &&
	       read_view(reader, &record->data, record->size);
}

/* The OPT record at the very end, where every server puts it; 0 for none. Cut there, no name that stays is broken. */
static size_t find_last_opt(const uint8_t *message, size_t size)
{
	struct reader reader = reader_of(message, size);
	const uint8_t *header;
	struct record record = {0};
	unsigned additional = count_of(message, COUNT_ADDITIONAL);
	unsigned records = count_of(message, COUNT_ANSWER) + count_of(message, COUNT_AUTHORITY) + additional;
	if (!additional || !read_view(&reader, &header, DNS_HEADER_SIZE) || !skip_questions(&reader, message))
		return 0;
	for (; records; records--)
		if (!read_record(&reader, message, &record))
			return 0;
	return record.type == DNS_OPT && reader_left(&reader) == 0 ? record.start : 0;
}

bool dns_question_read(struct dns_question *question, const uint8_t *query, size_t size)
{
	struct reader reader = reader_of(query, size);
	const uint8_t *header;
	if (size > DNS_QUERY_MAX || !read_view(&reader, &header, DNS_HEADER_SIZE) || header[2] & FLAG_ANSWER ||
	    count_of(header, COUNT_QUESTION) != 1)
		return false;
	if (!read_question_name(&reader, question) || !read_u16(&reader, &question->type) ||
	    !read_u16(&reader, &question->class))
		return false;
	question->id = load_u16(header);
	question->opcode = header[2] & FLAG_OPCODE;
	question->end = (uint16_t)(reader.at - query);
	question->opt = (uint16_t)find_last_opt(query, size);
	question->room = question->opt ? load_u16(query + question->opt + 3) : DNS_PLAIN_SIZE;
	if (question->room < DNS_PLAIN_SIZE)
		question->room = DNS_PLAIN_SIZE;
	return true;
}

static void change_additional(uint8_t *message, int by)
{
	store_u16(message + COUNT_ADDITIONAL, (uint16_t)((int)count_of(message, COUNT_ADDITIONAL) + by));
}

size_t dns_forward(uint8_t *out, size_t room, const struct dns_question *question, const uint8_t *query, size_t size,
		   uint16_t id, bool edns)
{
	static const uint8_t opt[DNS_OPT_SIZE] = {0, 0, DNS_OPT, DNS_EDNS_SIZE >> 8, DNS_EDNS_SIZE & 0xff};
	if (room < size + DNS_OPT_SIZE)
		return 0;
	memcpy(out, query, size);
	store_u16(out, id);
	if (question->opt) {
		if (question->room < DNS_EDNS_SIZE)
			store_u16(out + question->opt + 3, DNS_EDNS_SIZE);
		return size;
	}
	/* Signed, perhaps: nothing is added to that. */
	if (!edns || question->opcode || count_of(out, COUNT_ADDITIONAL))
		return size;
	memcpy(out + size, opt, sizeof opt);
	change_additional(out, 1);
	return size + sizeof opt;
}

static bool is_same_question(const struct dns_question *question, const uint8_t *query, const uint8_t *answer,
			     size_t size)
{
	size_t type = question->end - 4U;
	if (size < question->end || memcmp(query + type, answer + type, 4) != 0)
		return false;
	/* Lengths of labels are below every letter, so that names compare as text does. */
	for (size_t i = DNS_HEADER_SIZE; i < type; i++) {
		uint8_t a = query[i], b = answer[i];
		if (a != b && !((a ^ b) == 0x20 && (a | 0x20) >= 'a' && (a | 0x20) <= 'z'))
			return false;
	}
	return true;
}

bool dns_is_answer(const struct dns_question *question, const uint8_t *query, uint16_t id, const uint8_t *answer,
		   size_t size)
{
	if (size < DNS_HEADER_SIZE || load_u16(answer) != id || !(answer[2] & FLAG_ANSWER) ||
	    (answer[2] & FLAG_OPCODE) != question->opcode)
		return false;
	if (count_of(answer, COUNT_QUESTION) == 0) /* RFC 2136 section 3.8: an update's may have none */
		return question->opcode ||
		       (dns_answer_code(answer) != DNS_NO_ERROR && dns_answer_code(answer) != DNS_NO_SUCH_NAME);
	return count_of(answer, COUNT_QUESTION) == 1 && is_same_question(question, query, answer, size);
}

enum dns_rcode dns_answer_code(const uint8_t *answer)
{
	return (enum dns_rcode)(answer[3] & RCODE);
}

bool dns_answer_is_truncated(const uint8_t *answer)
{
	return answer[2] & FLAG_TRUNCATED;
}

/* Header and question alone; flags are the two octets of them. */
static size_t shorten(uint8_t *out, const struct dns_question *question, const uint8_t *query, const uint8_t flags[2])
{
	const uint8_t kept[2] = {flags[0], flags[1]};
	memmove(out, query, question->end);
	memcpy(out + 2, kept, 2);
	memset(out + COUNT_ANSWER, 0, 6);
	return question->end;
}

size_t dns_return(uint8_t *answer, size_t size, const struct dns_question *question, const uint8_t *query, size_t limit)
{
	size_t opt = question->opt ? 0 : find_last_opt(answer, size);
	if (opt) {
		size = opt;
		change_additional(answer, -1);
	}
	if (size > limit) {
		const uint8_t flags[2] = {answer[2] | FLAG_TRUNCATED, answer[3]};
		return shorten(answer, question, query, flags);
	}
	if (count_of(answer, COUNT_QUESTION) == 0)
		return shorten(answer, question, query, answer + 2);
	store_u16(answer, question->id);
	return size;
}

static bool take_address(const struct record *record, struct endpoint *address)
{
	if (record->class != CLASS_IN)
		return false;
	if (record->type == DNS_A && record->size == 4)
		*address = endpoint_from_ipv4(record->data, 0);
	else if (record->type == DNS_AAAA && record->size == 16)
		*address = endpoint_from_ipv6(record->data, 0, 0);
	else
		return false;
	return true;
}

size_t dns_answer_addresses(const uint8_t *answer, size_t size, struct endpoint *addresses, size_t room)
{
	struct reader reader = reader_of(answer, size);
	const uint8_t *header;
	struct record record;
	size_t count = 0;
	if (!read_view(&reader, &header, DNS_HEADER_SIZE) || !skip_questions(&reader, answer))
		return 0;
	for (unsigned i = count_of(answer, COUNT_ANSWER); i && count < room; i--) {
		if (!read_record(&reader, answer, &record))
			break;
		count += take_address(&record, &addresses[count]);
	}
	return count;
}

size_t dns_reply(uint8_t *out, const struct dns_question *question, const uint8_t *query, enum dns_rcode rcode)
{
	const uint8_t flags[2] = {(uint8_t)(FLAG_ANSWER | (query[2] & (FLAG_OPCODE | FLAG_DESIRED))),
				  (uint8_t)(FLAG_AVAILABLE | (unsigned)rcode)};
	return shorten(out, question, query, flags);
}

static size_t reply_record(uint8_t *out, const struct dns_question *question, const uint8_t *query, const uint8_t *data,
			   size_t size)
{
	const uint8_t fixed[] = {
	    POINTER, DNS_HEADER_SIZE, (uint8_t)(question->type >> 8), (uint8_t)question->type, 0, CLASS_IN, 0, 0, 0,
	    TTL};
	size_t end = dns_reply(out, question, query, DNS_NO_ERROR);
	store_u16(out + COUNT_ANSWER, 1);
	memcpy(out + end, fixed, sizeof fixed);
	store_u16(out + end + sizeof fixed, (uint16_t)size);
	memcpy(out + end + sizeof fixed + 2, data, size);
	return end + sizeof fixed + 2 + size;
}

size_t dns_reply_address(uint8_t *out, const struct dns_question *question, const uint8_t *query,
			 const struct endpoint *address)
{
	return reply_record(out, question, query, address->ip, address->kind == ENDPOINT_IPV4 ? 4 : 16);
}

size_t dns_reply_name(uint8_t *out, const struct dns_question *question, const uint8_t *query, const char *name,
		      size_t length)
{
	uint8_t wire[DNS_NAME_MAX + 1];
	size_t used = 0;
	while (length && used + length + 2 <= sizeof wire) {
		const char *dot = memchr(name, '.', length);
		size_t label = dot ? (size_t)(dot - name) : length;
		if (label == 0 || label > LABEL_MAX)
			return dns_reply(out, question, query, DNS_SERVER_FAILURE);
		wire[used++] = (uint8_t)label;
		memcpy(wire + used, name, label);
		used += label;
		label += dot != NULL;
		name += label;
		length -= label;
	}
	wire[used++] = 0;
	return reply_record(out, question, query, wire, used);
}

static int digit_of(char c, int base)
{
	int value = -1;
	if (c >= '0' && c <= '9')
		value = c - '0';
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		value = (c | 0x20) - 'a' + 10;
	return value < base ? value : -1;
}

/* The labels before the suffix, last one first: count of them, each a number below limit. */
static bool read_reversed(const char *text, size_t length, unsigned count, int base, uint8_t *numbers)
{
	const char *at = text;
	for (unsigned i = count; i-- > 0;) {
		unsigned value = 0, digits = 0;
		for (; at < text + length && digit_of(*at, base) >= 0 && digits < 3; at++, digits++)
			value = value * (unsigned)base + (unsigned)digit_of(*at, base);
		if (!digits || value > (base == 16 ? 15U : 255U) || (i && (at == text + length || *at++ != '.')))
			return false;
		numbers[i] = (uint8_t)value;
	}
	return at == text + length;
}

static bool ends_in(const struct dns_question *question, const char *suffix, size_t *before)
{
	size_t length = strlen(suffix);
	if (question->name_length <= length)
		return false;
	*before = question->name_length - length;
	return strncasecmp(question->name + *before, suffix, length) == 0;
}

bool dns_question_address(const struct dns_question *question, struct endpoint *address)
{
	uint8_t numbers[32];
	size_t before;
	if (question->type != DNS_PTR || question->class != CLASS_IN)
		return false;
	if (ends_in(question, ".in-addr.arpa", &before) && read_reversed(question->name, before, 4, 10, numbers)) {
		*address = endpoint_from_ipv4(numbers, 0);
		return true;
	}
	if (!ends_in(question, ".ip6.arpa", &before) || !read_reversed(question->name, before, 32, 16, numbers))
		return false;
	for (int i = 0; i < 16; i++)
		numbers[i] = (uint8_t)(numbers[2 * i] << 4 | numbers[2 * i + 1]);
	*address = endpoint_from_ipv6(numbers, 0, 0);
	return true;
}
