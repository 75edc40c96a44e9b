#!/bin/sh
# The example program asks a real DNS server through a real Dante: as it is, linked with the archive, and preloaded.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

start_dns && start_dante none || exit 1
root=$(dirname "$0")/../../..

asks_with() { # NAME PROGRAM...
	name=$1
	shift
	run 0 "$@" "$name" "$dns_address" "$dns_port" "$proxy_address" "$proxy_port"
	same "answer to $name" "$out" 192.0.2.53
	same "asker of $name" "$(askers "$name")" "$relayed_address"
}

asks_with plain.demo.test "$build/tests/resolve"

"${CC:-cc}" -D_DEFAULT_SOURCE -std=c11 -I"$root/core/aix" "$root/core/aix/example/resolve.c" -o "$work/resolve" \
	"$build/lib/libsocks5api.a" -pthread || fail "the archive does not link"
asks_with archive.demo.test "$work/resolve"

# A server that nobody runs: whatever the preloaded library took for the program's own traffic would be lost.
relay_through "socks5://$proxy_address:$(free_port "$proxy_address")"
asks_with preloaded.demo.test "$socksify" "$build/tests/resolve"

stop_dante
run 1 "$build/tests/resolve" gone.demo.test "$dns_address" "$dns_port" "$proxy_address" "$proxy_port"
says "$err" "socks5udp_associate: Connection refused"
same "askers without a server" "$(askers gone.demo.test)" ""
finish
