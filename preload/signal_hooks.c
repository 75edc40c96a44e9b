/* The program sets a handler of signals: only that is to be known. */
#include "preload/hooks.h"
#include "preload/program_signals.h"

_Atomic bool program_has_handlers;

void program_signals_note(void)
{
	atomic_store(&program_has_handlers, true);
}

static void note(sighandler_t handler)
{
	if (handler != SIG_DFL && handler != SIG_IGN)
		program_signals_note();
}

int hook_sigaction(int signal, const struct sigaction *action, struct sigaction *former)
{
	if (action) /* libc reads it, too */
		note(action->sa_handler);
	return real.sigaction(signal, action, former);
}

sighandler_t hook_signal(int signal, sighandler_t handler)
{
	note(handler);
	return real.signal(signal, handler);
}

sighandler_t hook___sysv_signal(int signal, sighandler_t handler)
{
	note(handler);
	return real.__sysv_signal(signal, handler);
}

sighandler_t hook_sigset(int signal, sighandler_t handler)
{
	note(handler);
	return real.sigset(signal, handler);
}
