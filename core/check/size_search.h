/* The largest size that comes through, found by trying. Late answers count: the tries may be in any order. */
#ifndef CORE_CHECK_SIZE_SEARCH_H
#define CORE_CHECK_SIZE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

struct attempt {
	size_t size;
	bool came;
};

/* Of sizes from least (which is known to come) to most. */
size_t size_search_largest(const struct attempt *attempts, size_t count, size_t least);

/* The size to try next; 0: the largest is found. Of a path that passes everything below some size it takes no more
 * than 18 attempts. */
size_t size_search_next(const struct attempt *attempts, size_t count, size_t least, size_t most);

#endif
