/* The program's room for control data in, filled as the kernel's put_cmsg fills it. */
#ifndef PRELOAD_CONTROL_ROOM_H
#define PRELOAD_CONTROL_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct control_room {
	uint8_t *at;
	size_t left;
	bool unwritable; /* nothing is put there, and the call does not fail for it */
	bool cut;        /* MSG_CTRUNC: there was no room for a message, or for its end */
};

struct control_room control_room_of(void *control, size_t size);
void control_room_put(struct control_room *room, const struct cmsghdr *message);

#endif
