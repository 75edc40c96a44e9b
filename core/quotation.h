/* A quotation: octets of a relayed datagram that the kernel shows to whoever sent it, in an error or with the time of
 * its departure. The program must see its own datagram in it. */
#ifndef CORE_QUOTATION_H
#define CORE_QUOTATION_H

#include "core/header.h"

/* As the payload of an ICMP error: the header is taken out, *to is whom the datagram was for. Answers what is left;
 * with less than a whole header, none, and *to is ENDPOINT_NONE. */
size_t quotation_strip(uint8_t *bytes, size_t size, struct endpoint *to);

/* As the frame that left for the relay, link, IP and UDP headers before the payload: becomes the one that would have
 * left for the destination. Where the two are of different families, the IP header stays the relay's. Answers its size;
 * unchanged where it is no such frame. */
size_t quotation_strip_frame(uint8_t *frame, size_t size, const struct endpoint *relay);

#endif
