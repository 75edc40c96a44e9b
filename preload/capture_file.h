/* The file of a capture: one a process. */
#ifndef PRELOAD_CAPTURE_FILE_H
#define PRELOAD_CAPTURE_FILE_H

#include <limits.h>

struct capture_file {
	int fd;
	char path[PATH_MAX];
};

/* Makes path, and where there is a file already, the first of PATH with this process' number before its suffix that
 * there is none of: nothing is overwritten, and no two processes write to one file. A device, or a pipe, stands for
 * itself; a pipe belongs to the first process that claims it. Never waits. The caller holds the negotiator's lock.
 * 0 or a negative errno. */
int capture_file_claim(struct capture_file *file, const char *path, long process);

#endif
