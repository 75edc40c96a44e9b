/* Other preloaded libraries. What stands behind this one is called as libc would be, and what stands before it leads
 * here: most do, for each looks up the next definition. One that does not, or that does not give us kernel sockets,
 * makes relaying impossible: then datagram sockets are refused, with the library's name in the log. */
#ifndef PRELOAD_NEIGHBOURS_H
#define PRELOAD_NEIGHBOURS_H

#include <stdbool.h>

/* At the start of the process. One that stands before this library and passes it by, to the network, would have every
 * datagram leave directly: the process is ended, with status 126, before the program runs. */
void neighbours_check(void);

/* The next library's answer to socket(2) for a datagram socket. False: it is no kernel socket; fd is closed, errno
 * EACCES. */
bool neighbours_allow(int fd, int family);

/* It has refused: if the kernel would not, its name is logged. Leaves errno alone. */
void neighbours_refused(int family, int type, int protocol);

/* Is told by hook_sendto of calls on no descriptor. */
void neighbours_heard(void);

#endif
