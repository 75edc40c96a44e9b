#include "conf/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 1008 /* with its header and malloc's a quarter of a page */
#define ALIGNMENT  16

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	bool lent;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

void arena_begin(struct arena *arena, void *room, size_t size)
{
	struct arena_block *block = memset(room, 0, size);

	block->size = size - sizeof(*block);
	block->lent = true;
	arena->blocks = block;
}

static struct arena_block *add_block(struct arena *arena, size_t least)
{
	size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
	struct arena_block *block = size > SIZE_MAX - sizeof(*block) ? NULL : calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t taken = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	void *bytes;

	if (taken < size)
		return NULL;
	if (!block || block->size - block->used < taken)
		block = add_block(arena, taken);
	if (!block)
		return NULL;
	bytes = block->bytes + block->used;
	block->used += taken;
	return bytes;
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_take(arena, length + 1) : NULL;

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_join(struct arena *arena, const char *one, const char *two, const char *three)
{
	char *text = arena_take(arena, strlen(one) + strlen(two) + strlen(three) + 1);

	return text ? strcat(strcat(strcpy(text, one), two), three) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments, again;
	char *text = NULL;
	int length;

	va_start(arguments, format);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, arguments);
	if (length >= 0 && (text = arena_take(arena, (size_t)length + 1)))
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(arguments);
	return text;
}

void arena_free(struct arena *arena)
{
	struct arena_block *next;

	for (struct arena_block *block = arena->blocks; block; block = next) {
		next = block->next;
		explicit_bzero(block->bytes, block->used);
		if (!block->lent)
			free(block);
	}
	arena->blocks = NULL;
}
