/* Unwinding: a cancelled call gives back what it holds (scratch.h, lookup.h) while its thread's stack is unwound, by
 * libgcc_s, which the C library opens when the first thread is cancelled. Linked with this library it would enter every
 * process; so what the compiler has a cleanup call is found there when it is called.
 * (Itanium C++ ABI, exception handling, level I.) */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unwind.h>

typedef void resume_function(struct _Unwind_Exception *exception);

static void *find(const char *name)
{
	void *library = dlopen("libgcc_s.so.1", RTLD_LAZY);
	return library ? dlsym(library, name) : NULL;
}

/* Without it there is no cleanup either: nothing that has to be resumed was begun. */
_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
					 struct _Unwind_Exception *exception, struct _Unwind_Context *context);
_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
					 struct _Unwind_Exception *exception, struct _Unwind_Context *context)
{
	static _Atomic(_Unwind_Personality_Fn) found;
	_Unwind_Personality_Fn personality = atomic_load(&found);
	if (!personality) {
		personality = (_Unwind_Personality_Fn)find("__gcc_personality_v0");
		atomic_store(&found, personality);
	}
	return personality ? personality(version, actions, class, exception, context) : _URC_CONTINUE_UNWIND;
}

void _Unwind_Resume(struct _Unwind_Exception *exception)
{
	resume_function *resume = (resume_function *)find("_Unwind_Resume");
	if (resume)
		resume(exception);
	__builtin_trap();
}
