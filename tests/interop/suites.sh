# shellcheck shell=sh disable=SC2034,SC2154
# Suites that others wrote, and programs that use all that a language or a library offers for datagrams: each is run bare
# and preloaded, and has to observe the same. Sourced with the build folder as $1, in a network and with processes of its
# own: whatever is left when it ends, ends with it.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_machine "$@"
# shellcheck source=tests/interop/machine.sh
. "$(dirname "$0")/../machine.sh"

suites=$(dirname "$(readlink -f "$0")")
suite=$(basename "$0" .sh)
limit=${limit:-60} # seconds
relay_v4=127.0.0.9 relay_v6=fd00:5::9

# KEEP=FOLDER keeps there what the runs said.
clean_up() {
	[ -z "${KEEP-}" ] || cp "$work"/bare* "$work"/preloaded* "$KEEP" 2>/dev/null
	rm -rf "$work"
}

# An address that is not of 127.0.0.0/8 is needed by getaddrinfo, which else finds no IPv4 here (AI_ADDRCONFIG).
use_machine 192.0.2.1/32 $relay_v6/128
start_peer echo "$build/tests/echo_peer" 127.0.0.2 127.0.0.3 ::1
exec 6>"$work/to_echo" 7<"$work/from_echo"
ready echo <&7
peers=$(echo "$answer" | tr @ " ") # HOST PORT of two IPv4 addresses and an IPv6 one

# A server of each family, since a socket that is bound to ::1 cannot reach a relay's IPv4 address.
start_peer server_v4 "$build/tests/socks_server" --listen 127.0.0.1 --relay-from $relay_v4
exec 8>"$work/to_server_v4" 9<"$work/from_server_v4"
ready server_v4 <&9
server_v4=$answer
start_peer server_v6 "$build/tests/socks_server" --listen ::1 --relay-from $relay_v6
exec 4>"$work/to_server_v6" 5<"$work/from_server_v6"
ready server_v6 <&5
cat >"$work/settings" <<END
servers = ( { name = "v4"; url = "socks5://$server_v4"; }, { name = "v6"; url = "socks5://$answer"; } );
rules = ( { to = [ "127.0.0.0/8" ]; action = "relay"; via = "v4"; },
	{ to = [ "::1/128" ]; action = "relay"; via = "v6"; } );
END

# all_from ADDRESS...: whom the echo peer has heard since the last time. Asked after the servers, so that what was under
# way has arrived.
all_from() {
	{ echo stats >&8 && read -r answer <&9; } || fail "the server has ended"
	{ echo stats >&4 && read -r answer <&5; } || fail "the server has ended"
	{ echo sources >&6 && read -r answer <&7; } || fail "the echo peer has ended"
	for source in $answer; do
		case " $* count digest " in
		*" ${source%%=*} "*) ;;
		*) fail "$run: a datagram came from ${source%%=*}" ;;
		esac
	done
}

# observe RUN COMMAND...: its observations, one a line, "NAME: OUTCOME", to the file $work/RUN.
observe() {
	run=$1
	shift
	timeout --kill-after=5 "$limit" "$@" >"$work/$run" 2>"$work/$run.err" </dev/null \
		4>&- 5<&- 6>&- 7<&- 8>&- 9<&- || fail "$run: ended with $?"
	if [ $failures -gt 0 ]; then
		tail -n 20 "$work/$run.err"
		tail -n 3 "$work/$run"
		finish
	fi
}

# compare COMMAND...: bare and preloaded; what differs has to be listed in listed/SUITE, and what is listed to differ.
compare() {
	touch "$work/listed"
	[ ! -f "$suites/listed/$suite" ] || cp "$suites/listed/$suite" "$work/listed"
	observe bare "$@"
	all_from 127.0.0.1 127.0.0.2 127.0.0.3 ::1
	observe preloaded env SOCKS5UDP_CONFIG="$work/settings" RELAYS="$relay_v4 $relay_v6" \
		"$socksify" "$@"
	all_from $relay_v4 $relay_v6
	awk -v suite="$suite" -f "$suites/../outcomes.awk" \
		file=1 "$work/listed" file=2 "$work/bare" file=3 "$work/preloaded" ||
		fail "$suite is not as without the library"
}
