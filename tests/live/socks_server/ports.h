/* Ports that the kernel gives to nobody who does not ask for them. */
#ifndef LIVE_SOCKS_SERVER_PORTS_H
#define LIVE_SOCKS_SERVER_PORTS_H

#include <stdint.h>

/* One after the other, so that none comes again soon. It may be in use. */
uint16_t ports_next(void);

#endif
