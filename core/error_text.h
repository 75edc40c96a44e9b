/* What an errno says. */
#ifndef CORE_ERROR_TEXT_H
#define CORE_ERROR_TEXT_H

#include <string.h>

#if defined(__GLIBC__) /* which translates what strerror says, and allocates for that */
static inline const char *error_text(int error)
{
	return strerrordesc_np(error);
}
#else
static inline const char *error_text(int error)
{
	return strerror(error);
}
#endif

#endif
