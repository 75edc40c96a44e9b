#!/bin/sh
# dig, host and kdig under the wrapper ask the DNS server from Dante's address, and without it from their own.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

needs dig host kdig
start_dns && start_dante none || exit 1
relay_through "socks5://$proxy_address:$proxy_port"

run 0 dig +short -p "$dns_port" "@$dns_address" bare.demo.test A
same "asker without the wrapper" "$(askers bare.demo.test)" 127.0.0.1
lookup 0 dig.demo.test
same "answer to dig" "$out" 192.0.2.53
same "asker with dig" "$(askers dig.demo.test)" "$relayed_address"
run 0 "$socksify" host -p "$dns_port" -t A host.demo.test "$dns_address"
same "asker with host" "$(askers host.demo.test)" "$relayed_address"
run 0 "$socksify" kdig +short -p "$dns_port" "@$dns_address" kdig.demo.test A
same "answer to kdig" "$out" 192.0.2.53
same "asker with kdig" "$(askers kdig.demo.test)" "$relayed_address"

# Several at once, each with an association of its own.
for n in 1 2 3 4 5 6 7 8; do
	"$socksify" dig +short -p "$dns_port" "@$dns_address" "many$n.demo.test" A >"$work/many$n" 2>&1 &
	pids="${pids-} $!"
done
for pid in $pids; do
	wait "$pid" || fail "dig ended with $?"
done
for n in 1 2 3 4 5 6 7 8; do
	same "answer $n of 8" "$(cat "$work/many$n")" 192.0.2.53
	same "asker $n of 8" "$(askers "many$n.demo.test")" "$relayed_address"
done

run 0 "$socksify" --stats --log "$work/stats" dig +short -p "$dns_port" "@$dns_address" stats.demo.test A
same "answer with --stats" "$out$err" 192.0.2.53
for row in "associations made *1" "datagrams sent, relayed *1  [0-9]* octets" "datagrams received, relayed *1  [0-9]* octets" \
	"datagrams sent, direct *0  0 octets" "negotiation in ms, p50 *[0-9.]*  p99 [0-9.]*"; do
	grep -qx "libsocks5udp: $row" "$work/stats" || fail "no row $row in $(cat "$work/stats")"
done

run 0 "$socksify" --direct "$dns_address" dig +short -p "$dns_port" "@$dns_address" direct.demo.test A
same "asker with --direct" "$(askers direct.demo.test)" 127.0.0.1
finish
