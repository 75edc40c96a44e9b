/* Beginnings: what happens when the library is loaded into a program. Hooks that are called before this, by other
 * libraries' constructors, find everything they need by themselves (real.c, process.c). */
#include <stdlib.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/birth.h"
#include "preload/inheritance.h"
#include "preload/neighbours.h"
#include "preload/process.h"
#include "preload/real.h"
#include "preload/uring.h"

/* The wrapper waits for this line before it lets go: proof that the loader did not run on in silence without us. */
static void tell_wrapper(void)
{
	const char *ready = getenv("SOCKS5UDP_READY");
	char *end;
	if (!ready || !*ready)
		return;
	long fd = strtol(ready, &end, 10);
	if (*end == '\0' && fd > STDERR_FILENO) {
		raw_call(SYS_write, fd, "up\n", 3L);
		raw_call(SYS_close, fd);
	}
	unsetenv("SOCKS5UDP_READY");
}

__attribute__((constructor)) static void begin(void)
{
	real_resolve();
	process_begin();
	birth();
	neighbours_check();
	tell_wrapper();
	inheritance_take();
	uring_forbid();
}
