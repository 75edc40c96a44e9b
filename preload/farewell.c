#include "preload/farewell.h"

#include <time.h>

#include "core/raw.h"
#include "preload/aliases.h"
#include "preload/capture.h"
#include "preload/hooks.h"
#include "preload/process.h"

enum { PATIENCE_MS = 1000, MOMENT_MS = 50 };

void farewell(void)
{
	struct timespec moment = {.tv_nsec = MOMENT_MS * 1000000L};
	if (!process_is_ours())
		return;
	engine_await_departures(&negotiator, negotiator.world->now_ms() + PATIENCE_MS);
	if (engine_is_unanswered(&negotiator))
		raw_call(SYS_nanosleep, &moment, 0L);
}

__attribute__((destructor)) static void take_leave(void)
{
	farewell();
	capture_end();
	if (!process_is_borrowed())
		aliases_leave();
}

void hook__exit(int status)
{
	take_leave();
	real._exit(status);
}

void hook__Exit(int status)
{
	take_leave();
	real._Exit(status);
}
