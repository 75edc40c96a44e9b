# shellcheck shell=sh disable=SC2034,SC2154
# A relay and two peers that echo, for tests in sh of programs that are relayed over loopback. Sourced with the build
# folder as $1.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"

programs=$build/tests
library=$(readlink -f "$build/lib/libsocks5udp.so")
relay_from=127.0.0.9

clean_up() {
	[ -z "${server_pid-}" ] || kill "$server_pid"
	[ -z "${echo_pid-}" ] || kill "$echo_pid"
	rm -rf "$work"
}

is_ready() {
	grep -q '^ready .' "$1"
}

start_peers() {
	mkfifo "$work/to_server" "$work/to_echo"
	touch "$work/server" "$work/echo"
	exec 7<>"$work/to_server" 8<>"$work/to_echo"
	"$programs/socks_server" --listen 127.0.0.1 --relay-from $relay_from <"$work/to_server" >"$work/server" &
	server_pid=$!
	"$programs/echo_peer" 127.0.0.2 127.0.0.3 127.0.0.4 <"$work/to_echo" >"$work/echo" &
	echo_pid=$!
	wait_for "$server_pid" is_ready "$work/server" && wait_for "$echo_pid" is_ready "$work/echo" || exit 1
	peers=$(sed -n 's/^ready //p' "$work/echo")
	proxy=$(sed -n 's/^ready \([^ ]*\).*/\1/p' "$work/server")
	printf 'servers = ( { url = "socks5://%s"; } );\nrules = ( { to = "127.0.0.0/8"; action = "relay"; } );\n' \
		"$proxy" >"$work/settings"
	export SOCKS5UDP_CONFIG="$work/settings"
}

has_lines() { # COUNT FILE
	[ "$(wc -l <"$2")" -ge "$1" ]
}

# What the peers have heard since the last time, into $heard: how many datagrams, and how many of them by the relay.
listen_to_peers() {
	lines=$(wc -l <"$work/echo")
	echo sources >&8
	wait_for "$echo_pid" has_lines $((lines + 1)) "$work/echo" || fail "the echo peer has gone"
	line=$(tail -n 1 "$work/echo")
	heard=$(echo "$line" | sed -n 's/.*count=\([0-9]*\).*/\1/p')
	relayed=$(echo "$line" | sed -n "s/.* $relay_from=\([0-9]*\).*/\1/p")
}
