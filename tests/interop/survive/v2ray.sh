#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# V2Ray is ended or killed.
# shellcheck source=tests/interop/survive.sh
. "$(dirname "$0")/../survive.sh"

command -v v2ray >/dev/null || skip "needs v2ray"
relayed_from=$relayed_address
cat >"$work/v2ray.json" <<END
{ "log": { "loglevel": "warning" },
  "inbounds": [ { "listen": "$proxy_address", "port": $proxy_port, "protocol": "socks",
    "settings": { "auth": "noauth", "udp": true, "ip": "$proxy_address" } } ],
  "outbounds": [ { "protocol": "freedom", "sendThrough": "$relayed_address" } ] }
END

start_server() {
	v2ray -config "$work/v2ray.json" >"$work/v2ray.log" 2>&1 &
	v2ray_pid=$!
	wait_for $v2ray_pid listens "$proxy_address" "$proxy_port"
}

# The kernel may give a port twice, for V2Ray shares those of its sockets (SO_REUSEPORT): once in a thousand restarts.
mixes_up() {
	awk 'NR > 1 && seen[$2]++ { twice = 1 } END { exit !twice }' /proc/net/udp
}

every_way() {
	survive "SIGTERM" "end_by TERM $v2ray_pid" start_server
	survive "SIGKILL" "end_by KILL $v2ray_pid" start_server
}

start_far_end "$dns_address"
start_server || { fail "no v2ray: $(cat "$work/v2ray.log")"; finish; }
start_traffic "$dns_address" "::ffff:$dns_address"
repeat every_way
finish
