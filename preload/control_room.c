#include "preload/control_room.h"

#include <string.h>

#include "preload/user_memory.h"

struct control_room control_room_of(void *control, size_t size)
{
	struct control_room room = {.at = control, .left = control ? size : 0};
	room.unwritable = room.left && !user_can_write(control, size);
	return room;
}

void control_room_put(struct control_room *room, const struct cmsghdr *message)
{
	size_t length = message->cmsg_len, space = CMSG_ALIGN(length);
	if (room->left < length)
		room->cut = true;
	if (room->left < sizeof *message || room->unwritable)
		return;
	length = length < room->left ? length : room->left;
	memcpy(room->at, message, length);
	memcpy(room->at + offsetof(struct cmsghdr, cmsg_len), &length, sizeof length);
	space = space < room->left ? space : room->left;
	room->at += space;
	room->left -= space;
}
