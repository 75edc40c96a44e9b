/* The world of core, made of real calls. */
#ifndef PRELOAD_WORLD_H
#define PRELOAD_WORLD_H

#include "core/world.h"

extern const struct world world;

#endif
