/* An ordinary program that knows nothing of relays: talks to the peers and prints what it observes.
 *
 * usage: cases CASE A B SIX [LINK]     (each peer as ADDRESS@PORT)
 *        cases --list */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static const struct {
	const char *name;
	void (*run)(void);
} table[] = {
#define CASE(name) {#name, case_##name},
#include "tests/live/cases/cases.def"
#undef CASE
};
#define CASE_COUNT (sizeof table / sizeof *table)

char *again_arguments[7];

static int list(void)
{
	for (size_t i = 0; i < CASE_COUNT; i++)
		puts(table[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc < 5 || peers_set(argv + 2) < 0)
		return 2;
	for (int i = 0; i < argc && i < 6; i++)
		again_arguments[i] = argv[i];
	for (size_t i = 0; i < CASE_COUNT; i++) {
		if (strcmp(table[i].name, argv[1]) != 0)
			continue;
		table[i].run();
		observe("end");
		return 0;
	}
	fprintf(stderr, "cases: no case %s\n", argv[1]);
	return 2;
}
