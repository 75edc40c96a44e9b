/* An event of a flow's association, for whoever keeps a record of it. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/endpoint.h"

enum event_kind { EVENT_MADE, EVENT_LOST, EVENT_FAILED };

/* Everything is borrowed for the time of the call. */
struct event {
	enum event_kind kind;
	uint64_t flow;         /* its handle; of an attempt that is no flow's, no handle */
	const char *server;    /* its label */
	struct endpoint peer;  /* its address */
	struct endpoint relay; /* MADE */
	const char *step;      /* FAILED: where, and why */
	enum outcome outcome;
};

#endif
