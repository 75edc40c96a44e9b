/* The raw system calls, under the name that this folder knows them by. */
#ifndef PRELOAD_RAW_H
#define PRELOAD_RAW_H

#include "core/raw.h" /* IWYU pragma: export */

#endif
