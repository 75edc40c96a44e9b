#!/bin/sh
# The example program asks a real DNS server through shadowsocks-libev, ss-local to ss-server.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

for program in ss-local ss-server; do
	sbin $program >/dev/null || skip "needs $program"
done
server_pid='' local_pid=''
# shellcheck disable=SC2317 # called at the end
clean_up() {
	for pid in $local_pid $server_pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	stop_servers
	rm -rf "$work"
}

# shellcheck disable=SC2317 # called by wait_for
listens() { # ADDRESS PORT
	perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1])' "$1" "$2"
}

start_dns || exit 1
server_port=$(free_port "$relayed_address")
ss-server -s "$relayed_address" -p "$server_port" -k secret -m aes-256-gcm -b "$relayed_address" -u \
	>"$work/server" 2>&1 &
server_pid=$!
wait_for $server_pid listens "$relayed_address" "$server_port" || fail "no ss-server: $(cat "$work/server")"
proxy_port=$(free_port "$proxy_address")
ss-local -s "$relayed_address" -p "$server_port" -k secret -m aes-256-gcm -b "$proxy_address" -l "$proxy_port" -u \
	>"$work/local" 2>&1 &
local_pid=$!
wait_for $local_pid listens "$proxy_address" "$proxy_port" || fail "no ss-local: $(cat "$work/local")"

run 0 "$build/tests/resolve" plain.demo.test "$dns_address" "$dns_port" "$proxy_address" "$proxy_port"
same "answer" "$out" 192.0.2.53
same "asker" "$(askers plain.demo.test)" "$relayed_address"
finish
