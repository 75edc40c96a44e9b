/* Addresses and memory as the program gives them: they may be wrong in every way that connect(2) allows for. */
#ifndef CORE_AIX_ADDRESS_H
#define CORE_AIX_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/endpoint.h"

bool memory_is_readable(const void *at, size_t size);
bool memory_is_writable(void *at, size_t size);

/* 0, EINVAL (a length that no address of its family has), EFAULT or EAFNOSUPPORT. */
int address_read(struct endpoint *endpoint, const struct sockaddr *address, size_t size);

/* Room that takes an address later: what it is now, and that it can be written to. As address_read. */
int address_room(struct endpoint *endpoint, struct sockaddr *room, size_t size);

/* Stores into room of size octets; was AF_INET6: IPv4 is stored v4-mapped. EINVAL: it does not fit. */
int address_store(struct sockaddr *room, size_t size, const struct endpoint *endpoint);

#endif
