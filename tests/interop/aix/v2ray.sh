#!/bin/sh
# The example program asks a real DNS server through V2Ray.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

command -v v2ray >/dev/null || skip "needs v2ray"
v2ray_pid=
# shellcheck disable=SC2317 # called at the end
clean_up() {
	if [ -n "$v2ray_pid" ]; then
		kill "$v2ray_pid" 2>/dev/null
		wait "$v2ray_pid" 2>/dev/null
	fi
	stop_servers
	rm -rf "$work"
}

# shellcheck disable=SC2317 # called by wait_for
listens() { # ADDRESS PORT
	perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1])' "$1" "$2"
}

start_dns || exit 1
proxy_port=$(free_port "$proxy_address")
cat >"$work/v2ray.json" <<END
{ "log": { "loglevel": "warning" },
  "inbounds": [ { "listen": "$proxy_address", "port": $proxy_port, "protocol": "socks",
    "settings": { "auth": "noauth", "udp": true, "ip": "$proxy_address" } } ],
  "outbounds": [ { "protocol": "freedom", "sendThrough": "$relayed_address" } ] }
END
v2ray -config "$work/v2ray.json" >"$work/v2ray.log" 2>&1 &
v2ray_pid=$!
wait_for $v2ray_pid listens "$proxy_address" "$proxy_port" || fail "no v2ray: $(cat "$work/v2ray.log")"

run 0 "$build/tests/resolve" plain.demo.test "$dns_address" "$dns_port" "$proxy_address" "$proxy_port"
same "answer" "$out" 192.0.2.53
same "asker" "$(askers plain.demo.test)" "$relayed_address"
finish
