/* Plays one scene.
 *
 * usage: run_faults PROGRAMS SCENE LIBRARY */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/live/faults/scene.h"
#include "tests/live/faults/scenes.h"

/* A call that must not wait is one that returns before this. */
#define SECONDS_A_SCENE 30

static const struct {
	const char *name;
	void (*play)(struct scene *scene);
} table[] = {
#define SCENE(name) {#name, scene_##name},
#include "tests/live/faults/scenes.def"
#undef SCENE
};

static struct scene scene;

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	scene.programs = argv[1];
	scene.library = argv[3];
	alarm(SECONDS_A_SCENE);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(table[i].name, argv[2]) != 0)
			continue;
		table[i].play(&scene);
		return 0;
	}
	fprintf(stderr, "run_faults: no scene %s\n", argv[2]);
	return 2;
}
