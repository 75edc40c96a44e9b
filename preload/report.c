/* The statistics of the process, told at its end where they were asked for. */
#include <errno.h>
#include <stdio.h>

#include "core/raw.h"
#include "preload/log.h"
#include "preload/process.h"

__attribute__((destructor)) static void report(void)
{
	char line[160];
	if (!negotiator.statistics.wanted || !process_is_ours())
		return;
	snprintf(line, sizeof line, "statistics of process %ld (%s)", (long)raw_call(SYS_getpid),
		 program_invocation_short_name);
	log_text(line);
	for (unsigned n = 0; statistics_line(&negotiator.statistics, n, line, sizeof line); n++)
		log_text(line);
}
