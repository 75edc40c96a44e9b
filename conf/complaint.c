#include "conf/complaint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/printable.h"

#define QUOTED_MAX 48

static void make_printable(char *text)
{
	for (; *text; text++)
		*text = printable(*text);
}

static size_t write_place(char *out, size_t size, const struct place *place, const char *key)
{
	const char *after = key ? ": " : "";
	int used;

	if (place->line)
		used = snprintf(out, size, "%s:%u: %s%s", place->source, place->line, key ? key : "", after);
	else
		used = snprintf(out, size, "%s: %s%s", place->source, key ? key : "", after);
	return used < 0 ? 0 : (size_t)used < size ? (size_t)used : size - 1;
}

bool complain(struct complaint *complaint, const struct place *place, const char *key, const char *format, ...)
{
	size_t used = write_place(complaint->text, sizeof(complaint->text), place, key);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(complaint->text + used, sizeof(complaint->text) - used, format, arguments);
	va_end(arguments);
	make_printable(complaint->text);
	return false;
}

struct quoted quote(const char *text, size_t length)
{
	bool cut = length > QUOTED_MAX;
	struct quoted quoted;

	snprintf(quoted.text, sizeof(quoted.text), "\"%.*s\"%s", cut ? QUOTED_MAX : (int)length, text,
		 cut ? "..." : "");
	make_printable(quoted.text);
	return quoted;
}

struct quoted quote_text(const char *text)
{
	return quote(text, strlen(text));
}
