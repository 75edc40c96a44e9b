#include "conf/list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *list_add(struct list *list, size_t size)
{
	char *item;

	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 2;
		void *items = room > SIZE_MAX / size ? NULL : realloc(list->items, room * size);

		if (!items)
			return NULL;
		list->items = items;
		list->room = room;
	}
	item = (char *)list->items + list->count++ * size;
	memset(item, 0, size);
	return item;
}

void list_free(struct list *list)
{
	free(list->items);
	*list = (struct list){NULL, 0, 0};
}
