/* The writer of a capture: takes notes out of the ring, and writes the file. */
#ifndef PRELOAD_CAPTURE_WRITER_H
#define PRELOAD_CAPTURE_WRITER_H

#include "preload/capture.h"
#include "preload/capture_file.h"

struct capture_writer;

/* Starts the thread. The caller holds the negotiator's lock, with all signals blocked, which the thread inherits. The
 * file is the writer's from then on. False: it cannot be started. */
bool capture_writer_start(struct capture_memory *memory, const struct capture_file *file);

#endif
