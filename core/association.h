/* An association: the control connection to one server and the negotiation on it, driven by readiness.
 *
 * It lives exactly as long as its control connection (RFC 1928 section 7). Nothing is ever written to that
 * connection after the reply: one server ends the association on any octet. */
#ifndef CORE_ASSOCIATION_H
#define CORE_ASSOCIATION_H

#include "core/negotiation.h"
#include "core/settings.h"
#include "core/world.h"

enum stage { STAGE_NONE, STAGE_CONNECTING, STAGE_NEGOTIATING, STAGE_ESTABLISHED };

/* What only a negotiation needs; taken from the negotiator's pool and given back after it. */
struct handshake {
	union {
		struct {
			struct negotiation_order order;
			struct negotiation negotiation;
		};
		struct handshake *next; /* in the pool */
	};
};

struct association {
	int control;          /* -1: none */
	uint8_t stage;        /* enum stage */
	int16_t server;       /* index into the settings' servers */
	struct endpoint peer; /* the address that the control connection goes to */
	struct handshake *handshake;
};

/* What the request says of the client: zeros, or the datagram socket's own address. */
struct announcement {
	bool local;
	union socket_address address;
};

/* How it is to be made; credentials are borrowed until it is. */
struct association_terms {
	const struct credentials *credentials; /* NULL: none */
	bool pipeline;
	struct announcement announcement;
};

/* Is told of each message, for the log: how many octets were sent (or received) at the step that
 * association_step_text names. NULL: nobody is. */
struct association_listener {
	void (*hear)(const struct association_listener *listener, bool sent, size_t size);
};

void association_reset(struct association *association);

/* Opens the control connection and starts to connect. The address must not be a name.
 * OUTCOME_OK: started; OUTCOME_NO_DESCRIPTOR, OUTCOME_REFUSED, OUTCOME_UNREACHABLE. */
enum outcome association_open(struct association *association, const struct world *world,
			      const struct endpoint *address, struct handshake *handshake,
			      const struct association_terms *terms);

/* Says what is to be said first, as far as the kernel takes it: nothing while the connection is being made. What is
 * answered, and what fails, is left for association_drive. */
void association_greet(struct association *association, const struct world *world,
		       const struct association_listener *listener);

/* Goes on as far as it can without waiting. OUTCOME_NEED_MORE: waiting for the server; OUTCOME_OK: established, *bound
 * holds what the reply says; else why it failed (the control connection is still open: association_close). */
enum outcome association_drive(struct association *association, const struct world *world,
			       const struct association_listener *listener, struct endpoint *bound);

/* An established association: whether the server has ended it. Octets that it sends are read and ignored; one that
 * sends thousands, which would keep the caller reading, is taken to have ended it. */
bool association_has_ended(struct association *association, const struct world *world);

/* Where it stands, for the log: "connecting", "method", "login", "request". */
const char *association_step_text(const struct association *association);

/* Closes the control connection, if there is one. The handshake stays the caller's. */
void association_close(struct association *association, const struct world *world);

#endif
