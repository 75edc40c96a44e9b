/* A network namespace of this process' own, in which only loopback exists. */
#ifndef LIVE_RUNNER_NETWORK_H
#define LIVE_RUNNER_NETWORK_H

#include <stdbool.h>

/* Moves this process into it, with loopback up and addresses added there, of IPv6 as many as come before NULL. Needs
 * root, or user namespaces. false: errno says why. */
bool network_enter(const char *v4, const char *const *v6);

#endif
