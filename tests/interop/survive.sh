# shellcheck shell=sh disable=SC2034,SC2154
# A server goes away and comes back under a program (survive/traffic.c) that keeps the same sockets all the while. Sourced
# with the build folder as $1 and how often as $2 (else $CYCLES, else 3), in a network and with processes of its own:
# whatever is left when it ends, ends with it.
cycles=${2:-${CYCLES:-3}}
if [ "${3-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] && user= || user=--map-root-user
	# shellcheck disable=SC2086 # one word, or none
	set -- "$1" $user --net --pid --fork --kill-child --mount-proc
	build=$1
	shift
	unshare "$@" true 2>/dev/null || { echo "skipped: no namespaces here"; exit 77; }
	exec unshare "$@" sh "$0" "$build" "$cycles" inside
fi
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "$0")/../peer.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"

proxy_port=1080
peer_port=5300
sockets=6
recovery=1000 # milliseconds
keepalive=    # the setting, in seconds; none
far_side=     # the words that put a command where the far end is
ip link set lo up

clean_up() {
	end_servers
	stop_servers
	rm -rf "$work"
}

# What the tests replace where it does not fit: how their own servers end, and what is relayed.
end_servers() {
	:
}
relayed_networks='"127.0.0.0/8", "::ffff:127.0.0.0/104", "fd00:5::/64"'

end_by() { # SIGNAL PID, a child of this shell
	kill "-$1" "$2" || return
	wait "$2" 2>/dev/null
	true
}

listens() { # ADDRESS PORT
	perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1])' "$1" "$2"
}

start_far_end() { # ADDRESS...
	# shellcheck disable=SC2086 # a list of words
	start_peer far_end $far_side "$build/tests/far_end" $peer_port "$@"
	exec 6>"$work/to_far_end" 7<"$work/from_far_end"
	ready far_end <&7
}

# start_traffic HOST [HOST6]: relayed by way of $proxy_address.
start_traffic() {
	export SOCKS5UDP_CONFIG="$work/socks5udp.conf" SOCKS5UDP_LOG=info
	cat >"$SOCKS5UDP_CONFIG" <<END
servers = ( { name = "survivor"; url = "socks5://$proxy_address:$proxy_port"; } );
rules = ( { to = [ $relayed_networks ]; action = "relay"; } );
timeouts = { retry_min = 0.1; ${keepalive:+keepalive = $keepalive;} };
END
	[ $# -eq 2 ] || sockets=$((sockets - 1))
	start_peer traffic "$socksify" --log "$work/log" "$build/tests/traffic" "$1" $peer_port ${2:+"$2"}
	exec 4>"$work/to_traffic" 5<"$work/from_traffic"
	ready traffic <&5
	check_sources
}

ask() { # COMMAND: the traffic's answer in $answer
	echo "$1" >&4
	read -r answer <&5 && return
	fail "the program ended: $(cat "$work/traffic.err")"
	finish
}

# Control connections that stand, by the kernel: one for each socket that has an association.
associated_from= # the client's address; any
associations() {
	awk -v to="$proxy_address.$proxy_port" -v from="$associated_from." '
	function in_hex(address, part) {
		split(address, part, ".")
		return sprintf("%02X%02X%02X%02X:%04X", part[4], part[3], part[2], part[1], part[5])
	}
	$3 == in_hex(to) && $4 == "01" && (from == "." || substr($2, 1, 8) == substr(in_hex(from), 1, 8))
	' /proc/net/tcp | wc -l
}

are_renewed() {
	[ "$(associations)" -ge $sockets ]
}

uptime_ms() {
	sed 's/ .*//; s/\.//; s/$/0/' /proc/uptime
}

# until_ms TIME COMMAND...: until the command succeeds, or until then
until_ms() {
	limit=$1
	shift
	until "$@"; do
		[ "$(uptime_ms)" -lt "$limit" ] || return 1
		sleep 0.01
	done
}

check_sources() {
	echo sources >&6
	read -r sources <&7 || fail "the far end has ended: $(cat "$work/far_end.err")"
	for source in $sources; do
		case " $relayed_from " in
		*" $source "*) ;;
		*) fail "$when: a datagram went around the relay, from $source" ;;
		esac
	done
}

# Whether the server sends what comes for one association to another. None is known to, but for one.
mixes_up() {
	false
}

check_recovery() {
	for each in $recovered; do
		after=${each#*=}
		if [ "$after" = never ] || [ "$after" -gt "$recovery" ]; then
			fail "$when: ${each%=*} recovered after: $after ms"
		fi
	done
}

check_report() {
	ask report
	case $answer in
	*"moved=none errors=none") ;;
	*) fail "$when: $answer$(sed "s/^/; /" "$work/traffic.err")" ;;
	esac
}

# survive WHAT GONE BACK: GONE takes the server away, BACK brings it back with the same address and port; each a
# command, its words in quotes. The program must not notice more than that some datagrams are lost.
when=start
survive() {
	when="cycle $cycle, $1"
	# shellcheck disable=SC2086 # lists of words
	$2 || fail "$when: the server did not go"
	ask "send 50"
	# shellcheck disable=SC2086
	$3 || { fail "$when: the server did not come back"; finish; }
	began=$(uptime_ms)
	ask "back $((recovery + 1000))"
	recovered=$answer
	until_ms $((began + recovery)) are_renewed ||
		fail "$when: $(associations) of $sockets sockets have an association, the receiver without sending"
	ask subscribe
	subscribed=$answer
	check_sources
	if mixes_up; then
		echo "$when: not judged, the server has one port for two associations"
		ask report
		return
	fi
	check_recovery
	same "$when: the receiver's ticks" "$subscribed" ok
	check_report
}

# repeat FUNCTION: once a cycle
repeat() {
	cycle=0
	while [ $cycle -lt "$cycles" ]; do
		cycle=$((cycle + 1))
		"$1"
	done
}
