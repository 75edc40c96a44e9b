#include "core/check/size_search.h"

/* Where most paths end that do not take everything: an Ethernet's or a tunnel's frame is just above. */
enum { LIKELY = 1400 };

size_t size_search_largest(const struct attempt *attempts, size_t count, size_t least)
{
	size_t largest = least;

	for (size_t i = 0; i < count; i++)
		if (attempts[i].came && attempts[i].size > largest)
			largest = attempts[i].size;
	return largest;
}

size_t size_search_next(const struct attempt *attempts, size_t count, size_t least, size_t most)
{
	size_t works = size_search_largest(attempts, count, least), fails = most + 1;

	for (size_t i = 0; i < count; i++)
		if (!attempts[i].came && attempts[i].size > works && attempts[i].size < fails)
			fails = attempts[i].size;
	if (works >= most || fails == works + 1)
		return 0;
	if (fails > most)
		return most;
	if (works < LIKELY && fails > LIKELY)
		return LIKELY;
	return works + (fails - works) / 2;
}
