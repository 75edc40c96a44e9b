#include "core/negotiator_admission.h"

#include <errno.h>
#include <stdio.h>

#include "core/negotiator_round.h"

static enum admission queue(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant)
{
	struct statistics *statistics = &negotiator->statistics;
	if (!applicant->framed)
		return ADMISSION_FRAME;
	bool added =
	    queue_add(&flow->queue, negotiator->world, negotiator->settings, applicant->framed, applicant->size);
	statistics_add(statistics, added ? STATISTIC_WAITED : STATISTIC_NO_ROOM, 1);
	return ADMISSION_QUEUED;
}

/* The first attempts have failed. The program is told once; what it sends after that waits for the next ones, as what
 * a kernel sends after an ICMP error is simply sent. */
static enum admission admit_failed(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant,
				   int *error)
{
	bool idle = round_is_idle(&flow->round), for_good = flow->reason == OUTCOME_BAD_SETTINGS;
	*error = for_good ? outcome_datagram_errno(OUTCOME_BAD_SETTINGS) : 0;
	if (!for_good && !applicant->late)
		*error = flow_take_error(flow, negotiator->world);
	if (*error)
		return ADMISSION_FAILED;
	if (idle && negotiator->world->now_ms() >= flow->retry_ms) {
		negotiator_associate(negotiator, flow, applicant->server, !applicant->framed);
		return ADMISSION_AGAIN;
	}
	if (idle)
		negotiator_begin_at(negotiator, &flow->round, flow->retry_ms);
	return queue(negotiator, flow, applicant);
}

static enum admission admit_lost(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant)
{
	if (round_is_idle(&flow->round)) /* the thread that cared for it is the parent's, or was ended */
		negotiator_associate(negotiator, flow, flow->round.demanded, false);
	return flow->now.phase == PHASE_READY ? ADMISSION_AGAIN : queue(negotiator, flow, applicant);
}

/* One that does not wait cannot tell whether the one who attends still does. */
static enum admission admit_negotiating(struct negotiator *negotiator, struct flow *flow,
					const struct applicant *applicant, struct attendance *attendance)
{
	if (!applicant->framed) {
		attendance_begin(attendance, flow);
		return ADMISSION_WAIT;
	}
	negotiator_leave_to_thread(negotiator, flow);
	return flow->now.phase == PHASE_NEGOTIATING ? queue(negotiator, flow, applicant) : ADMISSION_AGAIN;
}

static enum admission admit_ready(struct negotiator *negotiator, struct flow *flow, int *error)
{
	if (!(flow->now.flags & VIEW_YOUNG))
		return ADMISSION_AGAIN;
	enum outcome outcome = negotiator_watch(negotiator, flow);
	*error = outcome_datagram_errno(outcome);
	return outcome == OUTCOME_OK ? ADMISSION_AGAIN : ADMISSION_FAILED;
}

static int16_t own_server(const struct flow *flow)
{
	return flow->now.phase == PHASE_LOST ? flow->now.server : flow->round.association.server;
}

bool negotiator_is_bespoken(const struct flow *flow, int16_t server)
{
	bool chosen = flow->now.phase == PHASE_READY || flow->now.phase == PHASE_NEGOTIATING;
	return (chosen || flow->now.phase == PHASE_LOST) && server != ANY_SERVER && server != own_server(flow);
}

/* It is the settings that do not fit the program: worth a word, once. */
static void say_bespoken(struct negotiator *negotiator, const struct flow *flow, int16_t server)
{
	char line[512];
	const struct settings *settings = negotiator->settings;
	struct server_state *state = &negotiator->servers.states[server];
	int16_t own = own_server(flow);
	if (state->bespoken || settings->log_level < LOG_LEVEL_WARN)
		return;
	state->bespoken = true;
	snprintf(line, sizeof line, "server %.200s: association: the socket has one with server %.200s already",
		 settings->servers[server].label, own >= 0 ? settings->servers[own].label : "none");
	negotiator->world->log(LOG_LEVEL_WARN, line);
}

static enum admission admit_once(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant,
				 struct attendance *attendance, int *error)
{
	int16_t server = applicant->server;
	if (negotiator_is_bespoken(flow, server)) {
		say_bespoken(negotiator, flow, server);
		*error = ENETUNREACH;
		return ADMISSION_FAILED;
	}
	switch ((enum phase)flow->now.phase) {
	case PHASE_FRESH:
		negotiator_associate(negotiator, flow, server, !applicant->framed);
		return ADMISSION_AGAIN;
	case PHASE_NEGOTIATING:
		return admit_negotiating(negotiator, flow, applicant, attendance);
	case PHASE_READY:
		return admit_ready(negotiator, flow, error);
	case PHASE_LOST:
		return admit_lost(negotiator, flow, applicant);
	case PHASE_FAILED:
		return admit_failed(negotiator, flow, applicant, error);
	}
	return ADMISSION_GONE;
}

enum admission negotiator_admit(struct negotiator *negotiator, struct flow *flow, const struct applicant *applicant,
				struct attendance *attendance, int *error)
{
	enum admission admission;
	do /* what has just begun may stand already, or have failed */
		admission = admit_once(negotiator, flow, applicant, attendance, error);
	while (admission == ADMISSION_AGAIN && flow->now.phase != PHASE_READY && flow->now.phase != PHASE_FRESH);
	if (admission == ADMISSION_AGAIN && flow->now.phase == PHASE_FRESH) /* its socket went meanwhile */
		return ADMISSION_GONE;
	return admission;
}

/* The count keeps what this sender sends next from overtaking: it stays with the slot, whoever has that by then. */
bool negotiator_put_in(struct negotiator *negotiator, const struct applicant *applicant)
{
	struct flow *flow = flow_table_flow(&negotiator->table, applicant->handle);
	const struct intake_item item = {
	    .handle = applicant->handle, .server = applicant->server, .size = (uint32_t)applicant->size};
	atomic_fetch_add(&flow->late, 1);
	bool put = intake_put(&negotiator->intake, negotiator->world, &item, applicant->framed);
	if (!put)
		atomic_fetch_sub(&flow->late, 1);
	return put;
}

static void admit_late(struct negotiator *negotiator, const struct intake_item *item)
{
	struct flow *flow = flow_table_live(&negotiator->table, item->handle);
	int error;
	enum admission admission = ADMISSION_GONE;
	if (flow && flow_is_at(flow, negotiator->world, flow->fd)) {
		const struct applicant applicant = {.fd = flow->fd,
						    .handle = item->handle,
						    .server = item->server,
						    .framed = item->datagram,
						    .size = item->size,
						    .late = true};
		admission = negotiator_admit(negotiator, flow, &applicant, NULL, &error);
	}
	if (admission == ADMISSION_AGAIN)
		flow_send(flow, negotiator->world, item->datagram, item->size);
	else if (admission != ADMISSION_QUEUED)
		statistics_add(&negotiator->statistics, STATISTIC_LOST_WAITING, 1);
}

static void empty(struct negotiator *negotiator,
		  void (*act)(struct negotiator *negotiator, const struct intake_item *item))
{
	struct intake_item *next, *item = intake_take(&negotiator->intake);
	for (; item; item = next) {
		next = item->next;
		if (act)
			act(negotiator, item);
		atomic_fetch_sub(&flow_table_flow(&negotiator->table, item->handle)->late, 1);
		intake_free(item, negotiator->world);
	}
}

void negotiator_take_in(struct negotiator *negotiator)
{
	if (!intake_is_empty(&negotiator->intake))
		empty(negotiator, admit_late);
}

void negotiator_drop_intake(struct negotiator *negotiator)
{
	empty(negotiator, NULL);
}
