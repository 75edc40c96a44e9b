/* Figures that a measurement prints, a line each: "NAME: figure unit (what it should be: bound)". */
#ifndef BENCH_FIGURE_H
#define BENCH_FIGURE_H

enum bound { AT_MOST, AT_LEAST, ABOUT, EXACTLY };

/* For information only. */
void figure(const char *name, double value, const char *unit);

/* ABOUT: no more than a quarter from it. */
void figure_bound(const char *name, double value, const char *unit, enum bound bound, double limit);

/* There is no figure, and why. Counts as one that is not within its bound. */
void figure_missing(const char *name, const char *why);

/* 0 if every figure so far was within its bound, else 1: an exit status. */
int figure_status(void);

#endif
