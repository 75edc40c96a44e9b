/* What may be done to a socket: each action makes one call with arguments of chance, and says what it observed. */
#ifndef LIVE_RANDOM_ACTIONS_H
#define LIVE_RANDOM_ACTIONS_H

#include <stdbool.h>

#include "tests/live/random/chance.h"

struct subject {
	int fd; /* -1: not open */
	int family;
	enum peers peers;
	bool joins;     /* MSG_MORE and UDP_CORK are for it; a part that waits is not to be left behind by connect */
	bool strangers; /* what others sent to a connected socket may wait in it: bare, it is not there */
};

void act_send(struct subject *subject);
void act_receive(struct subject *subject);
void act_connect(struct subject *subject);
void act_bind(struct subject *subject);
void act_names(struct subject *subject);
void act_set(struct subject *subject);
void act_get(struct subject *subject);
void act_look(struct subject *subject); /* poll and FIONREAD */
void act_shutdown(struct subject *subject);

/* Before the first action: what the peers are asked by to find out that they have answered. */
void settle_begin(void);

#endif
