#include "preload/inward_plain.h"

bool inward_not_plain(const struct inward_look *look, const struct inward_flat *flat, const struct inward_came *came,
		      ssize_t *got)
{
	struct iovec piece = {.iov_base = flat->bytes, .iov_len = flat->size};
	struct inward inward = {.pieces = &piece,
				.count = 1,
				.capacity = flat->size,
				.from = flat->from,
				.from_size = flat->from_size,
				.flags = flat->flags};
	return came ? inward_receive_rest(look, &inward, came, got)
		    : inward_receive(look->fd, look->handle, &inward, got);
}
