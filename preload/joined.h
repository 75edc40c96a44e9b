/* Joined datagrams: those that the kernel hands over as one (UDP_GRO), each with a header of its own. The program is
 * given their payloads as one, and told the size of each, as the kernel would have done. */
#ifndef PRELOAD_JOINED_H
#define PRELOAD_JOINED_H

#include "preload/arrival.h"

/* The size of each that the kernel tells in its control data; 0: it is one datagram. */
uint16_t joined_segment(const struct msghdr *message);

/* As arrival_judge_one, for each; what is left stands side by side behind the first one's header. */
enum arriving joined_judge(struct arrival *arrival);

/* Where the control data's message tells a size, that one. */
void joined_tell_segment(struct cmsghdr *control, uint16_t segment);

#endif
