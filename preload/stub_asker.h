/* Askers: whose socket it is that a query comes from. Every user of the machine can reach the desks on loopback;
 * served, he would ask at this one's expense, and learn which names his stand-ins stand for. */
#ifndef PRELOAD_STUB_ASKER_H
#define PRELOAD_STUB_ASKER_H

#include <netinet/in.h>
#include <stdbool.h>

/* protocol: IPPROTO_UDP or IPPROTO_TCP. True also where the kernel cannot tell. */
bool stub_asker_is_ours(int protocol, const struct sockaddr_in *asker, uint16_t desk_port);

void stub_asker_forget(void); /* what it asks the kernel by is the parent's */
void stub_asker_moved(int fd, int moved);

#endif
