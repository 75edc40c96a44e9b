/* An epoll loop over watches that live inside larger objects, with a clock for the next deadline. */
#ifndef LIVE_SOCKS_SERVER_LOOP_H
#define LIVE_SOCKS_SERVER_LOOP_H

#include <stddef.h>
#include <stdint.h>

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* fd is -1 while nothing is watched. ready may unwatch any watch, but must free none: an event for it may already be
 * waiting in the same round. */
struct watch {
	int fd;
	void (*ready)(struct watch *watch, uint32_t events);
};

int loop_open(void); /* the epoll descriptor, or -1 */
int loop_watch(int loop, struct watch *watch, uint32_t events);
void loop_change(int loop, struct watch *watch, uint32_t events);

/* Closes the descriptor; harmless on a watch that is not in use. */
void loop_unwatch(struct watch *watch);

/* One round: waits until something is ready or timeout_ms have passed (-1: for ever). */
void loop_round(int loop, int timeout_ms);

uint64_t clock_ms(void);

#endif
