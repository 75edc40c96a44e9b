#include "preload/spawn_sparing.h"

/* musl has no such action. */
bool spawn_sparing_is_needed(const posix_spawn_file_actions_t *actions)
{
	(void)actions;
	return false;
}

const posix_spawn_file_actions_t *spawn_sparing_begin(struct sparing *sparing,
						      const posix_spawn_file_actions_t *actions,
						      const struct inheritance *inheritance)
{
	(void)sparing;
	(void)inheritance;
	return actions;
}

void spawn_sparing_end(struct sparing *sparing)
{
	(void)sparing;
}
