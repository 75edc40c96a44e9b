#include "tests/bench/path_result.h"

#define RATIO_ONE 1000000.0

static void add_ratio(struct samples *samples, uint64_t value, uint64_t base)
{
	if (value && base)
		samples_add(samples, (uint64_t)((double)value / (double)base * RATIO_ONE));
}

void series_add(struct series *series, const struct round *round, const struct result *result)
{
	const uint64_t *values = result->of_wall ? round->wall : round->cpu;
	for (enum mode mode = DIRECT; mode < MODES; mode++) {
		if (!round->wall[mode])
			continue;
		samples_add(&series->cpu[mode], round->cpu[mode]);
		samples_add(&series->wall[mode], round->wall[mode]);
		add_ratio(&series->ratio[mode], values[mode], values[result->baseline]);
	}
	add_ratio(&series->to_socksify, values[PRELOADED], values[SOCKSIFY]);
}

static struct spread spread_of(struct samples *samples, double unit)
{
	struct spread spread = {.low = (double)samples_at(samples, 0.25) / unit,
				.median = (double)samples_at(samples, 0.5) / unit,
				.high = (double)samples_at(samples, 0.75) / unit};
	samples_free(samples);
	return spread;
}

void series_end(struct series *series, struct result *result)
{
	for (enum mode mode = DIRECT; mode < MODES; mode++) {
		result->known[mode] = series->wall[mode].count > 0;
		result->cpu[mode] = spread_of(&series->cpu[mode], 1000);
		result->wall[mode] = spread_of(&series->wall[mode], 1000);
		result->ratio[mode] = spread_of(&series->ratio[mode], RATIO_ONE);
	}
	result->to_socksify = spread_of(&series->to_socksify, RATIO_ONE);
}
