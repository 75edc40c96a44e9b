/* The exported functions, two lines each. They carry libc's names as symbols only, so that libc's own declarations,
 * variadic or with attributes, are not in the way. */
#include "preload/hooks.h"

#define EXPORTED __attribute__((visibility("default")))

#define HOOK(type, name, number, parameters, arguments)         HOOK_BY_NUMBER(type, name, parameters, arguments)
#define HOOK_LIBRARY(type, name, answer, parameters, arguments) HOOK_BY_NUMBER(type, name, parameters, arguments)
#define HOOK_BY_NUMBER(type, name, parameters, arguments)                                                              \
	EXPORTED type door_##name parameters __asm__(#name);                                                           \
	EXPORTED type door_##name parameters                                                                           \
	{                                                                                                              \
		return hook_##name arguments;                                                                          \
	}
#define HOOK_LIST(type, name)                                                                                          \
	EXPORTED type door_##name(const char *program, const char *first, ...) __asm__(#name);                         \
	EXPORTED type door_##name(const char *program, const char *first, ...)                                         \
	{                                                                                                              \
		va_list list;                                                                                          \
		va_start(list, first);                                                                                 \
		type answer = hook_##name(program, first, list);                                                       \
		va_end(list);                                                                                          \
		return answer;                                                                                         \
	}
#define HOOK_ALONE(name)
#define ALIAS(name, target)                                                                                            \
	extern __typeof__(door_##target) door_##name __asm__(#name) __attribute__((alias(#target))) EXPORTED;
#include "preload/hooks.def"
