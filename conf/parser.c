#include "conf/parser.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

struct parser parser;

static void *find(void *library, const char *name, bool *complete)
{
	void *function = library ? dlsym(library, name) : NULL;
	*complete = *complete && function;
	return function;
}

/* Threads that meet here find the same. */
bool parser_open(void)
{
	static _Atomic bool is_open;
	bool complete = true;
	if (atomic_load(&is_open))
		return true;
	void *library = dlopen(PARSER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
#define FUNCTION(name) parser.name = (__typeof__(parser.name))find(library, "config_" #name, &complete);
	PARSER_FUNCTIONS(FUNCTION)
#undef FUNCTION
	atomic_store(&is_open, complete);
	return complete;
}
