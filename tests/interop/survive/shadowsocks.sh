#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# shadowsocks-libev: ss-local is ended or killed. Its relay has the same port again, and is tied to no connection.
# shellcheck source=tests/interop/survive.sh
. "$(dirname "$0")/../survive.sh"

for program in ss-local ss-server; do
	sbin $program >/dev/null || skip "needs $program"
done
relayed_from=$relayed_address
server_port=8388

start_server() {
	ss-local -s "$relayed_address" -p $server_port -k secret -m aes-256-gcm -b "$proxy_address" -l "$proxy_port" -u \
		>"$work/local" 2>&1 &
	local_pid=$!
	wait_for $local_pid listens "$proxy_address" "$proxy_port"
}

every_way() {
	survive "SIGTERM" "end_by TERM $local_pid" start_server
	survive "SIGKILL" "end_by KILL $local_pid" start_server
}

ss-server -s "$relayed_address" -p $server_port -k secret -m aes-256-gcm -b "$relayed_address" -u \
	>"$work/server" 2>&1 &
wait_for $! listens "$relayed_address" $server_port || { fail "no ss-server: $(cat "$work/server")"; finish; }
start_far_end "$dns_address"
start_server || { fail "no ss-local: $(cat "$work/local")"; finish; }
start_traffic "$dns_address" "::ffff:$dns_address"
repeat every_way
finish
