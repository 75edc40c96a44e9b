/* The log: a line a message, to the file that the settings name, or to standard error as long as that is still the
 * file it was when the settings were read. */
#ifndef PRELOAD_LOG_H
#define PRELOAD_LOG_H

#include <stddef.h>

#include "core/settings.h"

/* At the start of the process: notes what standard error is, and the file that is opened with the first line unless
 * log_open comes before it. path stays the caller's. */
void log_begin(const char *path);

/* Notes where to write. path NULL or "": standard error. A negative errno if the file cannot be opened. */
int log_open(const char *path);

void log_line(enum log_level level, const char *line);
void log_text(const char *line);                /* whatever the level */
void log_octets(const char *text, size_t size); /* as they are, by one write */

#endif
