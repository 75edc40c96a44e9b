#include "preload/spawn_sparing.h"

#include <sys/mman.h>

#include "preload/glibc/spawn_actions.h"

bool spawn_sparing_is_needed(const posix_spawn_file_actions_t *actions)
{
	if (!actions || actions->__used == 0 || !spawn_actions_are_known())
		return false;
	const struct action *list = spawn_actions_list(actions);
	for (int i = 0; i < actions->__used; i++)
		if (list[i].tag == CLOSING_FROM)
			return true;
	return false;
}

static bool is_spared(const struct inheritance *inheritance, int fd)
{
	for (unsigned i = 0; i < inheritance->count; i++)
		if (inheritance->copies[i] == fd)
			return true;
	return fd == inheritance->list;
}

static int first_behind(const struct inheritance *inheritance)
{
	int highest = inheritance->list;
	for (unsigned i = 0; i < inheritance->count; i++)
		if (inheritance->copies[i] > highest)
			highest = inheritance->copies[i];
	return highest + 1;
}

static struct action *add_closing(struct action *end, const struct action *closing,
				  const struct inheritance *inheritance)
{
	int from = closing->numbers.fd;
	for (; from < first_behind(inheritance); from++)
		if (!is_spared(inheritance, from))
			*end++ = (struct action){.tag = CLOSING, .numbers.fd = from};
	*end++ = (struct action){.tag = CLOSING_FROM, .numbers.fd = from};
	return end;
}

const posix_spawn_file_actions_t *spawn_sparing_begin(struct sparing *sparing,
						      const posix_spawn_file_actions_t *actions,
						      const struct inheritance *inheritance)
{
	sparing->size = 0;
	if (inheritance->list < 0 || !spawn_sparing_is_needed(actions))
		return actions;
	size_t most = (size_t)first_behind(inheritance) + 1,
	       size = (size_t)actions->__used * most * sizeof(struct action);
	struct action *list = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (list == MAP_FAILED)
		return actions;
	struct action *end = list;
	const struct action *given = spawn_actions_list(actions);
	for (int i = 0; i < actions->__used; i++)
		if (given[i].tag == CLOSING_FROM)
			end = add_closing(end, &given[i], inheritance);
		else
			*end++ = given[i];
	sparing->size = size;
	sparing->actions = *actions;
	sparing->actions.__actions = (struct __spawn_action *)(void *)list;
	sparing->actions.__allocated = sparing->actions.__used = (int)(end - list);
	return &sparing->actions;
}

void spawn_sparing_end(struct sparing *sparing)
{
	if (sparing->size)
		munmap(sparing->actions.__actions, sparing->size);
}
