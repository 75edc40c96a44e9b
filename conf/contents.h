/* The contents of a file, read without stdio: a program may hold its locks, or have none of its descriptors left. */
#ifndef CONF_CONTENTS_H
#define CONF_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>

#define CONTENTS_SIZE_MAX (16u << 20)

struct contents {
	char *text; /* terminated; may hold NUL octets */
	size_t size;
};

/* 0, or an errno; of it ENOENT and ENOTDIR mean that there is no such file, EINVAL that it is not a regular one,
 * EFBIG that it is larger than CONTENTS_SIZE_MAX. Never blocks on a FIFO or a terminal. contents is untouched on
 * failure. */
int contents_read(struct contents *contents, const char *path);
void contents_free(struct contents *contents); /* overwrites them first */

/* The errno above in plain words. */
const char *contents_error_text(int error);

#endif
