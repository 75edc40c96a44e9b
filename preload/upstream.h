/* Upstreams: the sockets that queries leave from, and how they do. */
#ifndef PRELOAD_UPSTREAM_H
#define PRELOAD_UPSTREAM_H

#include "core/name_way.h"

enum { UPSTREAMS = 2 }; /* relayed ones: one a family */

/* To a nameserver that the rules relay, by a flow of our own. 0 or a negative errno. */
int upstream_send(const struct endpoint *to, const uint8_t *bytes, size_t size);

/* How it stands with what was sent there: its association is being made; it was not to be had, which is told once. */
bool upstream_is_uncertain(const struct endpoint *to);
bool upstream_has_failed(const struct endpoint *to);

int upstream_of(const struct endpoint *to);

/* Something came that is no answer. True: too much of it has by now, and the socket is given back. */
bool upstream_is_guessed_at(int upstream);

/* The next datagram that waits in a relayed socket, or -1. */
ssize_t upstream_receive(int upstream, uint8_t *bytes, size_t room, struct endpoint *from);

/* A socket of its own, connected to a nameserver that may be asked directly. 0, or a negative errno and no socket. */
int upstream_connect(_Atomic int *fd, const struct endpoint *to);

int upstream_descriptor(int upstream);
void upstreams_rest(uint64_t now_ms); /* nothing is asked: those that have been idle for long are given back */
uint64_t upstreams_rest_ms(void);     /* when that is due; UINT64_MAX: never */
void upstreams_clear(void);
void upstreams_forget(void); /* they are the parent's */
void upstreams_moved(int fd, int moved);

#endif
