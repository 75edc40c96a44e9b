/* Cursors over wire bytes: the only place where protocol code touches a buffer.
 *
 * A reader never passes its end and a writer never writes past its own; an operation that does not fit changes
 * nothing (reader) or marks the writer as overflowed for good (writer). Inline, for they are on the path of every
 * datagram and fold away where sizes are constant. */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool overflow; /* something did not fit; what was written before it stands */
};

/* Network order in memory, host order in value. */
static inline uint16_t load_u16(const uint8_t octets[2])
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

static inline void store_u16(uint8_t octets[2], uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

/* RFC 1071: the sum of 16-bit words whose complement is the checksum; so_far is the sum of what comes before. */
static inline uint32_t internet_sum(uint32_t so_far, const uint8_t *octets, size_t size)
{
	uint64_t total = so_far;
	for (size_t i = 0; i + 1 < size; i += 2)
		total += load_u16(octets + i);
	if (size % 2)
		total += (uint32_t)octets[size - 1] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint32_t)total;
}

/* bytes may be NULL where size is 0: an empty datagram. */
static inline struct reader reader_of(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	return (struct reader){.at = at, .end = size ? at + size : at};
}

static inline size_t reader_left(const struct reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

/* Each answers false, and leaves reader and outputs untouched, when fewer bytes are left than it takes. */
static inline bool read_view(struct reader *reader, const uint8_t **view, size_t size) /* borrows: no copy */
{
	if (reader_left(reader) < size)
		return false;
	*view = reader->at;
	if (size)
		reader->at += size;
	return true;
}

static inline bool read_u8(struct reader *reader, uint8_t *value)
{
	const uint8_t *octet;

	if (!read_view(reader, &octet, 1))
		return false;
	*value = *octet;
	return true;
}

static inline bool read_u16(struct reader *reader, uint16_t *value) /* network order on the wire, host order in value */
{
	const uint8_t *octets;

	if (!read_view(reader, &octets, 2))
		return false;
	*value = load_u16(octets);
	return true;
}

static inline bool read_bytes(struct reader *reader, void *out, size_t size)
{
	const uint8_t *octets;

	if (!read_view(reader, &octets, size))
		return false;
	if (size)
		memcpy(out, octets, size);
	return true;
}

static inline struct writer writer_over(void *buffer, size_t size)
{
	uint8_t *start = buffer;

	return (struct writer){.start = start, .at = start, .end = size ? start + size : start};
}

static inline size_t written(const struct writer *writer) /* octets from start to at */
{
	return (size_t)(writer->at - writer->start);
}

static inline void write_bytes(struct writer *writer, const void *bytes, size_t size)
{
	if (writer->overflow || (size_t)(writer->end - writer->at) < size) {
		writer->overflow = true;
		return;
	}
	if (size) {
		memcpy(writer->at, bytes, size);
		writer->at += size;
	}
}

static inline void write_u8(struct writer *writer, uint8_t value)
{
	write_bytes(writer, &value, 1);
}

static inline void write_u16(struct writer *writer, uint16_t value) /* host order in value, network order on the wire */
{
	uint8_t octets[2];

	store_u16(octets, value);
	write_bytes(writer, octets, sizeof(octets));
}

/* Room for size octets that the caller fills; false, and nothing changed, where there is none. */
static inline bool write_room(struct writer *writer, uint8_t **room, size_t size)
{
	if (writer->overflow || (size_t)(writer->end - writer->at) < size)
		return false;
	*room = writer->at;
	writer->at += size;
	return true;
}

#endif
