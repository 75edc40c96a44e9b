# shellcheck shell=sh disable=SC2034,SC2154
# What socksify-udp --check says of real servers. Sourced with the build folder as $1.
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "$0")/../peer.sh"
needs python3

# check STATUS OPTION...: the settings have the times of the test.
check() {
	wanted=$1
	shift
	echo "timeouts = { connect = 3.0; handshake = 2.0; };" >"$work/times"
	SOCKS5UDP_CONFIG="$work/times" run "$wanted" "$socksify" --check --json "$@"
}

# value STEP NAME: of what was found; empty where there is none. Without a step: of the server.
value() {
	echo "$out" | python3 -c '
import json, sys
server = json.load(sys.stdin)["servers"][0]
steps = {step["step"]: step for step in server["steps"]}
found = (steps.get(sys.argv[1], {}) if sys.argv[1] else server).get(sys.argv[2], "")
print(str(found).lower() if isinstance(found, bool) else found)' "$1" "$2"
}

is() { # STEP NAME EXPECTED
	same "$1 $2" "$(value "$1" "$2")" "$3"
}

at_least() { # STEP NAME NUMBER
	found=$(value "$1" "$2")
	[ "${found:-0}" -ge "$3" ] || fail "$1 $2: expected $3 at least, found $found"
}

# The far end of aix.sh answers otherwise than with an echo: the tests' own one does.
start_echo() {
	# shellcheck disable=SC2086 # a list of words
	start_peer echo "$build/tests/echo_peer" $target_addresses
	far_end_pid=$echo_pid
	exec 8>"$work/to_echo" 9<"$work/from_echo"
	ready echo <&9
	targets=$(echo "$answer" | tr ' ' '\n' | sed 's/\(.*:.*\)@/[\1]:/; s/@/:/; s/^/--check-target echo:/')
}
