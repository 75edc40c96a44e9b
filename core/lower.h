/* Letters as names and schemes compare: of ASCII, whatever the program's locale. */
#ifndef CORE_LOWER_H
#define CORE_LOWER_H

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

#endif
