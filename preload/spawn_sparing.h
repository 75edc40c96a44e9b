/* File actions that close everything from some number on leave open what the spawned program inherits of the flows
 * (inheritance.h), which it takes and closes before it begins: each number below that is closed for itself instead. */
#ifndef PRELOAD_SPAWN_SPARING_H
#define PRELOAD_SPAWN_SPARING_H

#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/inheritance.h"

struct sparing {
	posix_spawn_file_actions_t actions;
	size_t size; /* of their list, which is ours; 0: there is none */
};

/* Whether the actions, or NULL, close from some number on. */
bool spawn_sparing_is_needed(const posix_spawn_file_actions_t *actions);

/* The actions to spawn with, until the end: the ones given where nothing is inherited, or there is no memory. */
const posix_spawn_file_actions_t *spawn_sparing_begin(struct sparing *sparing,
						      const posix_spawn_file_actions_t *actions,
						      const struct inheritance *inheritance);
void spawn_sparing_end(struct sparing *sparing);

#endif
