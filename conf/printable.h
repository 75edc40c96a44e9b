/* Text as a terminal may be shown it: a path may hold a newline, and a terminal obeys control characters. */
#ifndef CONF_PRINTABLE_H
#define CONF_PRINTABLE_H

#include <stdio.h>

static inline char printable(char octet)
{
	return (unsigned char)octet < ' ' || octet == 0x7f ? '?' : octet;
}

/* To standard output. */
static inline void print_text(const char *text)
{
	for (; *text; text++)
		putchar(printable(*text));
}

#endif
