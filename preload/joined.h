/* Joined datagrams: those that the kernel hands over as one (UDP_GRO), each with a header of its own. The program is
 * given their payloads as one, and told the size of each, as the kernel would have done. */
#ifndef PRELOAD_JOINED_H
#define PRELOAD_JOINED_H

#include "preload/arrival.h"

/* For control data as the kernel gives them: more than it has for a datagram, but for IPv6's extension headers. */
#define JOINED_CONTROL 1024

/* The size of each that the kernel tells in its control data; 0: it is one datagram. */
uint16_t joined_segment(const struct msghdr *message);

/* As arrival_judge_one, for each; what is left stands side by side behind the first one's header. */
enum arriving joined_judge(struct arrival *arrival);

/* Puts the kernel's control data into the program's room, as the kernel does. */
void joined_store_control(struct arrival *arrival);

#endif
