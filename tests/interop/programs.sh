# shellcheck shell=sh disable=SC2034,SC2154
# Real programs against real peers, through Dante. Sourced with the build folder as $1, in a network and with processes of
# its own: whatever is left when it ends, ends with it.
#
# Every datagram that a peer hears or sends is seen on the wire: it has to be Dante's.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_machine "$@"
# shellcheck source=tests/interop/machine.sh
. "$(dirname "$0")/../machine.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"

programs=$(dirname "$(readlink -f "$0")")
peer=$dns_address peer_v6=fd00:5::53
relayed_addresses="$relayed_address fd00:5::77"

clean_up() {
	stop_servers
	rm -rf "$work"
}

PATH=$PATH:/usr/sbin:/sbin
needs danted dnsmasq ip
use_machine 192.0.2.1/32 $peer_v6/128 fd00:5::77/128
start_peer wire "$build/tests/wire"
exec 6>"$work/to_wire" 7<"$work/from_wire"
ready wire <&7
dante_more="udp.connectdst: no" # TFTP is answered from another port
start_dns && start_dante none || exit 1
export SOCKS5UDP_CONFIG="$work/socks5udp.conf"
write_settings "$SOCKS5UDP_CONFIG" "socks5://$proxy_address:$proxy_port"
sed -i 's|"127.0.0.0/8"|&, "fd00:5::/64"|' "$SOCKS5UDP_CONFIG"

# look: what went over the wire since the last look: "leaks" are those of a peer's that were not exchanged with the
# relay, "relayed" those that were.
look() {
	echo >&6
	read -r seen <&7
	leaks='' relayed=0
	for pair in $seen; do
		from=${pair%>*} to=${pair#*>}
		case "$from $to" in
		"$relayed_address $peer" | "$peer $relayed_address" | "fd00:5::77 $peer_v6" | "$peer_v6 fd00:5::77")
			relayed=$((relayed + 1))
			;;
		"$peer "* | *" $peer" | "$peer_v6 "* | *" $peer_v6") leaks="$leaks $pair" ;;
		esac
	done
}

# serve NAME COMMAND...: a peer, in the background; its output in $work/NAME.log.
serve() {
	served=$1
	shift
	"$@" >"$work/$served.log" 2>&1 </dev/null 6>&- 7<&- &
	server=$!
}

# udp_bound PORT: somebody has it.
udp_bound() {
	grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " /proc/net/udp /proc/net/udp6
}

serve_at() { # PORT NAME COMMAND...; until the port is bound
	port=$1
	shift
	serve "$@"
	wait_for $server udp_bound "$port" || fail "$1 did not start: $(tail -n 5 "$work/$1.log")"
}

# is_done PATTERN: the program has said what is expected, or has ended.
is_done() {
	grep -qE -- "$1" "$work/said" || is_gone "$program"
}

# try NAME EXPECT INPUT COMMAND: a line of the table. EXPECT may begin with "refused: ": nothing is relayed.
try() {
	least=1
	case $2 in
	'refused: '*)
		least=0
		set -- "$1" "${2#refused: }" "$3" "$4"
		;;
	esac
	look
	: >"$work/said"
	printf '%b' "$3" >"$work/input"
	(eval "exec $through $4") <"$work/input" >"$work/said" 2>&1 6>&- 7<&- &
	program=$!
	wait_for $$ is_done "$2"
	kill "$program" 2>/dev/null
	wait "$program" 2>/dev/null
	look
	if [ -n "$leaks" ]; then
		fail "$1: LEAK:$leaks"
	elif ! grep -qE -- "$2" "$work/said"; then
		fail "$1: expected $2, found: $(tail -c 600 "$work/said")"
	elif [ "$least" -eq 0 ]; then
		echo "$1: refused, and nothing leaked"
		refused=$((refused + 1))
	elif [ "$relayed" -eq 0 ]; then
		fail "$1: nothing came by way of the relay: $seen"
	else
		echo "$1: relayed, and nothing else"
		passed=$((passed + 1))
	fi
}
