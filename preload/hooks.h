/* The logic behind each exported function: hook_NAME for each row of hooks.def. */
#ifndef PRELOAD_HOOKS_H
#define PRELOAD_HOOKS_H

#include <stdarg.h>

#include "preload/real.h"

#define HOOK(type, name, number, parameters, arguments)         type hook_##name parameters;
#define HOOK_BY_NUMBER(type, name, parameters, arguments)       type hook_##name parameters;
#define HOOK_LIBRARY(type, name, answer, parameters, arguments) type hook_##name parameters;
#define HOOK_LIST(type, name)                                   type hook_##name(const char *program, const char *first, va_list list);
#define HOOK_ALONE(name)
#define ALIAS(name, target)
#include "preload/hooks.def"

#endif
