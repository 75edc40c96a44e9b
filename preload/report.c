/* At the end of the process: the capture is brought to its end, and the statistics are told, where they were asked for.
 */
#include <errno.h>
#include <stdio.h>

#include "core/raw.h"
#include "preload/capture.h"
#include "preload/log.h"
#include "preload/process.h"

static void write_table(long process)
{
	char line[160];
	snprintf(line, sizeof line, "statistics of process %ld (%s)", process, program_invocation_short_name);
	log_text(line);
	for (unsigned n = 0; statistics_line(&negotiator.statistics, n, line, sizeof line); n++)
		log_text(line);
}

static void write_object(long process)
{
	char object[STATISTICS_OBJECT_SIZE];
	log_octets(object, statistics_object(&negotiator.statistics, process, program_invocation_short_name, object,
					     sizeof object));
}

__attribute__((destructor)) static void report(void)
{
	long process = raw_call(SYS_getpid);
	capture_end();
	if (!negotiator.statistics.wanted || !process_is_ours())
		return;
	if (negotiator.settings->statistics == STATISTICS_JSON)
		write_object(process);
	else
		write_table(process);
}
