/* What lookups say, whichever C library makes them. */
#include "preload/lookup.h"

#include <pthread.h>

#include "preload/log.h"
#include "preload/process.h"

static void say_local(void)
{
	if (negotiator.settings->log_level >= LOG_LEVEL_INFO)
		log_line(LOG_LEVEL_INFO, "names are looked up as the system does, for the local network to see");
}

void lookup_say_local(void)
{
	static pthread_once_t said = PTHREAD_ONCE_INIT;
	pthread_once(&said, say_local);
}
