/* Cursors over wire bytes: the only place where protocol code touches a buffer.
 *
 * A reader never passes its end and a writer never writes past its own; an operation that does not fit changes
 * nothing (reader) or marks the writer as overflowed for good (writer). */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct reader reader_of(const void *bytes, size_t size);
size_t reader_left(const struct reader *reader);

/* Each answers false, and leaves reader and outputs untouched, when fewer bytes are left than it takes. */
bool read_u8(struct reader *reader, uint8_t *value);
bool read_u16(struct reader *reader, uint16_t *value); /* network order on the wire, host order in value */
bool read_bytes(struct reader *reader, void *out, size_t size);
bool read_view(struct reader *reader, const uint8_t **view, size_t size); /* borrows: no copy */

struct writer writer_over(void *buffer, size_t size);
size_t written(const struct writer *writer); /* octets from start to at */
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_bytes(struct writer *writer, const void *bytes, size_t size);

#endif
