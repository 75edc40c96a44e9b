/* A world of one negotiation and a server that plays a script: what the server says, when, cut at any octet. */
#ifndef TESTS_UNIT_SCRIPTED_WORLD_H
#define TESTS_UNIT_SCRIPTED_WORLD_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/negotiation.h"
#include "tests/unit/guard_page.h"

#define SCRIPT_STEPS 4
#define HEARD_SIZE   1200

struct octets {
	const uint8_t *at;
	size_t size;
};

/* The octets of a string literal. */
#define OCTETS(literal)                                                                                                \
	{                                                                                                              \
		(const uint8_t *)(literal), sizeof(literal) - 1                                                        \
	}

struct script {
	const char *what;
	struct negotiation_order order;
	struct octets says[SCRIPT_STEPS]; /* the n-th is said when the client has sent n whole messages */
	struct octets hears;              /* all that the client sends */
	enum outcome outcome;             /* OUTCOME_OK: done */
	enum negotiation_step step;       /* where it ends */
	uint8_t rep;
	size_t left; /* octets that the server said and the client did not take */
	struct endpoint bound;
};

/* How the octets of both sides are cut. 0: not at all. */
struct cuts {
	size_t first; /* the server's octets are cut once, after so many */
	size_t every; /* ... and from there on after every so many */
	size_t send;  /* the client's kernel takes so many at a time */
};

struct scripted_world {
	const struct script *script;
	struct cuts cuts;
	struct negotiation negotiation;
	size_t messages; /* whole ones that the client sent */
	size_t said;     /* octets of the server that were delivered or left */
	size_t left;
	uint8_t heard[HEARD_SIZE];
	size_t heard_size;
};

/* Octets from the position said on that come in one piece. */
static inline size_t next_piece(const struct cuts *cuts, size_t said, size_t size)
{
	size_t piece = size;

	if (said < cuts->first && cuts->first - said < piece)
		piece = cuts->first - said;
	else if (said >= cuts->first && cuts->every && cuts->every < piece)
		piece = cuts->every;
	return piece;
}

/* Everything that the server has to say now; each piece ends at an inaccessible page. */
static inline void world_says(struct scripted_world *world, struct octets octets)
{
	while (octets.size) {
		size_t piece = next_piece(&world->cuts, world->said, octets.size);
		struct guarded copy = guarded_copy(GUARD_BEHIND, octets.at, piece);
		size_t taken = negotiation_received(&world->negotiation, copy.at, piece);

		guarded_free(&copy);
		ck_assert_uint_le(taken, piece);
		world->left += piece - taken;
		world->said += piece;
		octets.at += piece;
		octets.size -= piece;
	}
}

/* One message of the client, in as many sends as the cuts demand. */
static inline void world_hears(struct scripted_world *world)
{
	size_t size;

	do {
		const uint8_t *output = negotiation_output(&world->negotiation, &size);
		size_t taken = world->cuts.send && world->cuts.send < size ? world->cuts.send : size;

		ck_assert_uint_gt(size, 0);
		ck_assert_uint_le(world->heard_size + taken, HEARD_SIZE);
		memcpy(world->heard + world->heard_size, output, taken);
		world->heard_size += taken;
		size -= taken;
		negotiation_sent(&world->negotiation, taken);
	} while (size);
	world->messages++;
}

/* Plays the script until the negotiation is over; a server that has nothing more to say closes. */
static inline void world_play(struct scripted_world *world, const struct script *script, struct cuts cuts)
{
	struct negotiation *negotiation = &world->negotiation;

	memset(world, 0, sizeof(*world));
	world->script = script;
	world->cuts = cuts;
	negotiation_start(negotiation, &script->order);
	world_says(world, script->says[0]);
	for (;;) {
		switch (negotiation_wants(negotiation)) {
		case NEGOTIATION_WANTS_SEND:
			world_hears(world);
			ck_assert_uint_lt(world->messages, SCRIPT_STEPS);
			world_says(world, script->says[world->messages]);
			break;
		case NEGOTIATION_WANTS_RECEIVE:
			negotiation_abort(negotiation, OUTCOME_CLOSED);
			break;
		case NEGOTIATION_DONE:
		case NEGOTIATION_FAILED:
			return;
		}
	}
}

static inline void world_check(const struct scripted_world *world)
{
	const struct script *script = world->script;
	const struct negotiation *negotiation = &world->negotiation;
	bool done = negotiation->wants == NEGOTIATION_DONE;

	ck_assert_msg(done == (script->outcome == OUTCOME_OK), "%s: %s", script->what,
		      outcome_text((enum outcome)negotiation->outcome));
	ck_assert_msg(negotiation->outcome == script->outcome, "%s: %s", script->what,
		      outcome_text((enum outcome)negotiation->outcome));
	ck_assert_msg(negotiation->step == script->step, "%s: %s", script->what,
		      negotiation_step_text((enum negotiation_step)negotiation->step));
	ck_assert_msg(negotiation->rep == script->rep, "%s: REP %u", script->what, negotiation->rep);
	ck_assert_msg(world->heard_size == script->hears.size, "%s: heard %zu octets", script->what, world->heard_size);
	ck_assert_msg(memcmp(world->heard, script->hears.at, script->hears.size) == 0, "%s: heard otherwise",
		      script->what);
	ck_assert_msg(endpoint_equal(&negotiation->bound, &script->bound), "%s: another address", script->what);
}

static inline size_t script_size(const struct script *script)
{
	size_t size = 0;

	for (size_t i = 0; i < SCRIPT_STEPS; i++)
		size += script->says[i].size;
	return size;
}

/* Every way to cut the script: whole, octet by octet, in twos and threes, and once at each place. */
static inline void script_run(const struct script *script)
{
	struct scripted_world world;

	for (size_t every = 0; every <= 3; every++)
		for (size_t send = 0; send <= 2; send++) {
			world_play(&world, script, (struct cuts){.every = every, .send = send});
			world_check(&world);
			/* What fails may fail before the end of a piece or behind it. */
			if (script->outcome == OUTCOME_OK)
				ck_assert_msg(world.left == script->left, "%s: left %zu", script->what, world.left);
		}
	for (size_t first = 1; first < script_size(script); first++) {
		world_play(&world, script, (struct cuts){.first = first});
		world_check(&world);
	}
}

#endif
