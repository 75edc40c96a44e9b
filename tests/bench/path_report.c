#include "tests/bench/path_report.h"

#include <stdio.h>
#include <stdlib.h>

#define RESULTS_MOST 128

static struct {
	struct result result;
	const char *label;
} entries[RESULTS_MOST];

static int count;

void report_add(const struct result *result, const char *label)
{
	if (count == RESULTS_MOST)
		bench_give_up(result->name, "there is no room for more results");
	entries[count].result = *result;
	entries[count++].label = label;
}

static void print_cell(const struct result *result, enum mode mode)
{
	if (!result->known[mode])
		printf(" %10s", "n/a");
	else
		printf(" %10.2f", result->ratio[mode].median);
}

void report_table(void)
{
	if (count)
		printf("\n%-28s %10s %10s %10s %10s %10s  %s\n", "", "ns", "direct", "by hand", "preloaded", "socksify",
		       "quartiles of preloaded");
	for (int i = 0; i < count; i++) {
		const struct result *result = &entries[i].result;
		const struct spread *base = result->of_wall ? result->wall : result->cpu;
		printf("%-28s %10.0f", result->name, base[result->baseline].median);
		for (enum mode mode = DIRECT; mode < MODES; mode++)
			print_cell(result, mode);
		printf("  %.2f-%.2f%s\n", result->ratio[PRELOADED].low, result->ratio[PRELOADED].high,
		       result->of_wall ? " (of the time it took)" : "");
	}
}

static void json_spread(FILE *file, const char *name, const struct spread *spread)
{
	fprintf(file, "\"%s\": [%.4f, %.4f, %.4f]", name, spread->low, spread->median, spread->high);
}

static void json_mode(FILE *file, const struct result *result, enum mode mode)
{
	fprintf(file, ", \"%s\": {", mode_name(mode));
	json_spread(file, "cpu_ns", &result->cpu[mode]);
	fprintf(file, ", ");
	json_spread(file, "wall_ns", &result->wall[mode]);
	fprintf(file, ", ");
	json_spread(file, "ratio", &result->ratio[mode]);
	fprintf(file, "}");
}

static void json_result(FILE *file, const struct result *result)
{
	fprintf(file, "  {\"name\": \"%s\", \"ratio_of\": \"%s\", \"ratio_to\": \"%s\"", result->name,
		result->of_wall ? "wall" : "cpu", mode_name(result->baseline));
	for (enum mode mode = DIRECT; mode < MODES; mode++)
		if (result->known[mode])
			json_mode(file, result, mode);
	fprintf(file, "}");
}

bool report_json(const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	fprintf(file, "[\n");
	for (int i = 0; i < count; i++) {
		json_result(file, &entries[i].result);
		fprintf(file, i + 1 < count ? ",\n" : "\n");
	}
	fprintf(file, "]\n");
	return fclose(file) == 0;
}

bool report_columns(const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	for (int i = 0; i < count; i++) {
		const struct result *result = &entries[i].result;
		if (!entries[i].label)
			continue;
		fprintf(file, "\"%s\"", entries[i].label);
		for (enum mode mode = DIRECT; mode < MODES; mode++)
			if (result->known[mode])
				fprintf(file, "\t%.4f", result->ratio[mode].median);
			else
				fprintf(file, "\tNaN");
		fprintf(file, "\n");
	}
	return fclose(file) == 0;
}
