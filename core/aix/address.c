#include "core/aix/address.h"

#include <errno.h>
#include <string.h>

#include "core/probe.h"

bool memory_is_readable(const void *at, size_t size)
{
	return probe_pages(at, size, probe_page_readable);
}

bool memory_is_writable(void *at, size_t size)
{
	return probe_pages(at, size, probe_page_writable);
}

int address_read(struct endpoint *endpoint, const struct sockaddr *address, size_t size)
{
	union socket_address copy = {.any.sa_family = AF_UNSPEC};
	enum outcome outcome;

	if (size < sizeof(copy.any.sa_family) || size > sizeof(struct sockaddr_storage))
		return EINVAL;
	if (!memory_is_readable(address, size))
		return EFAULT;
	memcpy(&copy, address, size < sizeof(copy) ? size : sizeof(copy));
	outcome = endpoint_from_sockaddr(endpoint, &copy.any, size);
	if (outcome == OUTCOME_WRONG_FAMILY)
		return EAFNOSUPPORT;
	return outcome == OUTCOME_OK ? 0 : EINVAL;
}

int address_room(struct endpoint *endpoint, struct sockaddr *room, size_t size)
{
	int error = address_read(endpoint, room, size);

	if (!error && !memory_is_writable(room, size))
		return EFAULT;
	return error;
}

int address_store(struct sockaddr *room, size_t size, const struct endpoint *endpoint)
{
	bool wide = endpoint->kind == ENDPOINT_IPV6 || room->sa_family == AF_INET6;
	union socket_address address;
	socklen_t used;

	if (endpoint_to_sockaddr(endpoint, wide ? AF_INET6 : AF_INET, &address, &used) != OUTCOME_OK || used > size)
		return EINVAL;
	memcpy(room, &address, used);
	return 0;
}
