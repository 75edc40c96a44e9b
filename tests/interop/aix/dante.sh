#!/bin/sh
# The subroutines and a Dante, over IPv4.
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
needs danted

start_dante none && start_far_end || exit 1
with_each reaches_it
with_each is_called_by_it

# A target that refuses: ss-local and V2Ray say yes before they know.
# shellcheck disable=SC2317 # called by with_each
is_told_of_refusal() { # OPTION...
	ask 1 connect "$@"
	says "$err" "socks5tcp_connect: ECONNREFUSED, the server reported the connection refused"
}
peer_port=$(free_port "$target_addresses")
with_each is_told_of_refusal
finish
