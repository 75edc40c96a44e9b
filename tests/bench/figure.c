#include "tests/bench/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

static const char *const words[] = {
    [AT_MOST] = "at most", [AT_LEAST] = "at least", [ABOUT] = "about", [EXACTLY] = "exactly"};

static bool missed;

static void print(const char *name, double value, const char *unit)
{
	printf("%s: %.*f %s", name, value == floor(value) ? 0 : value < 100 ? 3 : 1, value, unit);
}

static bool within(double value, enum bound bound, double limit)
{
	switch (bound) {
	case AT_MOST:
		return value <= limit;
	case AT_LEAST:
		return value >= limit;
	case ABOUT:
		return fabs(value - limit) <= 0.25;
	case EXACTLY:
		return value == limit;
	}
	return false;
}

void figure(const char *name, double value, const char *unit)
{
	print(name, value, unit);
	printf("\n");
	fflush(stdout);
}

void figure_bound(const char *name, double value, const char *unit, enum bound bound, double limit)
{
	bool right = within(value, bound, limit);
	print(name, value, unit);
	printf(" (%s: %g)%s\n", words[bound], limit, right ? "" : " MISSED");
	fflush(stdout);
	missed |= !right;
}

void figure_missing(const char *name, const char *why)
{
	printf("%s: none: %s\n", name, why);
	fflush(stdout);
	missed = true;
}

int figure_status(void)
{
	return missed;
}
