/* Why a datagram goes where it goes: the rule, the default or the exception that decides, and from which line. */
#ifndef CONF_EXPLAIN_H
#define CONF_EXPLAIN_H

#include "conf/conf.h"

#define EXPLAIN_ALLOWED "ADDRESS:PORT, [ADDRESS]:PORT or NAME:PORT"

enum { EXPLANATION_LINES = 4 };

/* What is explained, a line each. */
struct explanation {
	size_t count;
	struct explanation_line {
		char text[512];
		const struct place *place; /* NULL: none */
	} lines[EXPLANATION_LINES];
};

/* As the library decides it in a process that has looked up nothing but this name. false: text is not EXPLAIN_ALLOWED.
 */
bool explain(struct explanation *explanation, const struct conf *conf, const char *text);

#endif
