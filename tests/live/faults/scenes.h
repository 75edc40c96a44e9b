/* The scenes, by name: scenes.def lists them, the scenes_*.c files hold them by theme. */
#ifndef LIVE_FAULTS_SCENES_H
#define LIVE_FAULTS_SCENES_H

struct scene;

#define SCENE(name) void scene_##name(struct scene *scene);
#include "tests/live/faults/scenes.def"
#undef SCENE

#endif
