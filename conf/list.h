/* A growing array, while settings are put together. */
#ifndef CONF_LIST_H
#define CONF_LIST_H

#include <stddef.h>

struct list {
	void *items;
	size_t count;
	size_t room;
};

/* A zeroed item of size octets at the end; pointers to items are void from then on. NULL: out of memory. */
void *list_add(struct list *list, size_t size);
void list_free(struct list *list);

#endif
