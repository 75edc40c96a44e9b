#!/bin/sh
# torsocks lets no program have a UDP socket, and says so here; TCP goes its way.
# shellcheck source=tests/interop/stacking.sh
. "$(dirname "$0")/../stacking.sh"
needs python3
other=$(find_library libtorsocks.so) || exit 77
start_peers

refused "this library first" 3 "libsocks5udp: error: *libtorsocks.so* refuses UDP sockets*" "$library:$other" env
refused "torsocks first" 3 "" "$other:$library" env

port=$(free_port 127.0.0.1)
export port
printf 'TorAddress 127.0.0.1\nTorPort %s\n' "$port" >"$work/torsocks.conf"
environment="env TORSOCKS_CONF_FILE=$work/torsocks.conf"
# shellcheck disable=SC2086 # a list of words, here and below
alone=$(greeting $environment LD_PRELOAD="$other")
same "what torsocks alone sends" "${alone%"${alone#??}"}" 05
for preload in "$library:$other" "$other:$library"; do
	# shellcheck disable=SC2086
	same "TCP, $preload" "$(greeting $environment LD_PRELOAD="$preload")" "$alone"
done
finish
