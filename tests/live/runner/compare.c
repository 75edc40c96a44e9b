#include "tests/live/runner/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX 65536

struct line {
	const char *start;
	int length;
};

struct difference {
	struct line name;
	struct line bare;
	struct line other;
};

bool differences_read(struct differences *differences, const char *path)
{
	*differences = (struct differences){.path = path};
	if (!path)
		return true;
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	differences->text = calloc(1, FILE_SIZE_MAX);
	if (differences->text)
		differences->text[fread(differences->text, 1, FILE_SIZE_MAX - 1, file)] = '\0';
	fclose(file);
	return differences->text != NULL;
}

void differences_free(struct differences *differences)
{
	free(differences->text);
	*differences = (struct differences){0};
}

static struct line next_line(const char **text)
{
	struct line line = {*text, (int)strcspn(*text, "\n")};
	*text += line.length + ((*text)[line.length] == '\n');
	return line;
}

static bool line_equal(struct line a, struct line b)
{
	return a.length == b.length && memcmp(a.start, b.start, (size_t)a.length) == 0;
}

static struct line without_blanks(struct line line)
{
	while (line.length && *line.start == ' ') {
		line.start++;
		line.length--;
	}
	while (line.length && line.start[line.length - 1] == ' ')
		line.length--;
	return line;
}

/* The text before the next bar, without the blanks around it. */
static struct line next_field(struct line *rest)
{
	const char *bar = memchr(rest->start, '|', (size_t)rest->length);
	struct line field = {rest->start, bar ? (int)(bar - rest->start) : rest->length};
	int taken = field.length + (bar != NULL);
	rest->start += taken;
	rest->length -= taken;
	return without_blanks(field);
}

static bool next_difference(const char **text, struct line name, struct difference *difference)
{
	while (**text) {
		struct line line = next_line(text);
		if (!line.length || *line.start == '#')
			continue;
		difference->name = next_field(&line);
		difference->bare = next_field(&line);
		difference->other = next_field(&line);
		if (line.length && line_equal(difference->name, name))
			return true;
	}
	return false;
}

static bool is_expected(const struct differences *expected, struct line name, struct line bare, struct line other)
{
	struct difference difference;
	const char *text = expected && expected->text ? expected->text : "";
	bare = without_blanks(bare);
	other = without_blanks(other);
	while (next_difference(&text, name, &difference))
		if (line_equal(difference.bare, bare) && line_equal(difference.other, other))
			return true;
	return false;
}

static int count_expected(const struct differences *expected, struct line name)
{
	struct difference difference;
	int count = 0;
	const char *text = expected && expected->text ? expected->text : "";
	while (next_difference(&text, name, &difference))
		count++;
	return count;
}

int compare(const char *name, const char *bare, const char *other, const struct differences *expected)
{
	struct line case_name = {name, (int)strlen(name)};
	int wrong = 0, met = 0;
	while (*bare || *other) {
		struct line a = next_line(&bare), b = next_line(&other);
		if (line_equal(a, b))
			continue;
		if (is_expected(expected, case_name, a, b)) {
			met++;
			continue;
		}
		fprintf(stderr, "- %.*s\n+ %.*s\n", a.length, a.start, b.length, b.start);
		wrong++;
	}
	if (wrong == 0 && met < count_expected(expected, case_name)) {
		fprintf(stderr, "%s: a difference that is expected did not come\n", name);
		wrong++;
	}
	return wrong;
}
