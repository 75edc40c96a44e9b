#!/bin/sh
# proxychains-ng has TCP go through its proxies, and this library UDP through its own, in either order.
# shellcheck source=tests/interop/stacking.sh
. "$(dirname "$0")/../stacking.sh"
needs python3
other=$(find_library libproxychains.so.4) || exit 77
start_peers

port=$(free_port 127.0.0.1)
export port
printf 'quiet_mode\n[ProxyList]\nsocks5 127.0.0.1 %s\n' "$port" >"$work/proxychains.conf"
environment="env PROXYCHAINS_CONF_FILE=$work/proxychains.conf PROXYCHAINS_QUIET_MODE=1"
# shellcheck disable=SC2086 # a list of words, here and below
alone=$(greeting $environment LD_PRELOAD="$other")
same "what proxychains alone sends" "${alone%"${alone#??}"}" 05
for preload in "$library:$other" "$other:$library"; do
	# shellcheck disable=SC2086
	differ "$preload" "$preload" $environment
	# shellcheck disable=SC2086
	same "TCP, $preload" "$(greeting $environment LD_PRELOAD="$preload")" "$alone"
done
finish
