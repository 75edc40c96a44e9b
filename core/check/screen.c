#include "core/check/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/printable.h"

enum { COLUMNS = 100, INDENT = 7 };

static const struct {
	const char *text;
	const char *colour;
} marks[] = {
    [MARK_GOOD] = {"ok  ", "\033[32m"},
    [MARK_REMARK] = {"note", "\033[33m"},
    [MARK_FAILED] = {"FAIL", "\033[1;31m"},
    [MARK_LEFT_OUT] = {" -  ", "\033[2m"},
};

static bool is_coloured(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
}

static void print_mark(enum mark mark, const char *text)
{
	if (is_coloured())
		printf("%s%s\033[0m", marks[mark].colour, text);
	else
		fputs(text, stdout);
}

void screen_begin(const struct report *report)
{
	fputs("server ", stdout);
	print_text(report->label); /* the user's own, but what is in a file is not always a user's own work */
	putchar('\n');
	fflush(stdout);
}

/* In lines of so many columns, the later ones under the first one's words. */
static void print_words(const char *title, const char *words)
{
	int at = printf("%*s%s", INDENT, "", title);
	int start = at;

	while (*words) {
		int length = (int)strcspn(words, " ");

		if (at > start && at + 1 + length > COLUMNS)
			at = printf("\n%*s", start, "") - 1;
		else if (at > start)
			at += printf(" ");
		at += printf("%.*s", length, words);
		words += length;
		words += strspn(words, " ");
	}
	putchar('\n');
}

void screen_finding(const struct finding *finding)
{
	char time[32] = "";

	if (finding->took_us >= 0)
		snprintf(time, sizeof(time), "%.1f ms", (double)finding->took_us / 1000);
	fputs("  ", stdout);
	print_mark((enum mark)finding->mark, marks[finding->mark].text);
	printf(" %-14s %10s  %s\n", step_title((enum step)finding->step), time, finding->found);
	if (finding->diagnosis != DIAGNOSIS_NONE) {
		print_words("likely: ", diagnosis_cause(finding->diagnosis));
		print_words("to do:  ", diagnosis_advice(finding->diagnosis));
	}
	fflush(stdout);
}

void screen_end(const struct report *report)
{
	if (report_is_usable(report))
		print_mark(MARK_GOOD, "usable: UDP goes through this server\n");
	else
		print_mark(MARK_FAILED, "not usable for UDP\n");
	fflush(stdout);
}
