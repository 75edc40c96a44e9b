/* Memory that is given back as a whole: the texts and tables of the settings. */
#ifndef CONF_ARENA_H
#define CONF_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* zeroed: empty */
};

/* What is taken first lies in this room, aligned for every type, as long as there is some: a few short texts need no
 * malloc. */
void arena_begin(struct arena *arena, void *room, size_t size);

/* Zeroed and aligned for every type. NULL: out of memory. */
void *arena_take(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text, size_t length); /* a copy, terminated */
char *arena_join(struct arena *arena, const char *one, const char *two, const char *three);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Overwrites what was taken, for there are passwords in it. */
void arena_free(struct arena *arena);

#endif
