#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# The tests' own server loses its associations, restarts, is away for a while, loses its relays, and is killed.
# shellcheck source=tests/interop/survive.sh
. "$(dirname "$0")/../survive.sh"

proxy_address=127.0.0.1
relayed_from="127.0.0.9 fd00:5::9"
for address in 9 53; do
	ip -6 address add fd00:5::$address/128 dev lo nodad
done

start_server() {
	start_peer server "$build/tests/socks_server" --listen "$proxy_address:$proxy_port" --relay-from 127.0.0.9 \
		--relay-from fd00:5::9
	exec 8>"$work/to_server" 9<"$work/from_server"
	ready server <&9
}

server_does() { # COMMAND
	echo "$1" >&8
	read -r answered <&9 && [ "${answered%% *}" = ok ]
}

# By the server's own word.
are_renewed() {
	server_does stats && open=${answered##* open=} && [ "${open%% *}" -ge "$sockets" ]
}

every_way() {
	survive "its associations ended" "server_does kill-associations" true
	survive "it restarted" "server_does restart" true
	survive "it stopped and started" "server_does stop" "server_does start"
	# Its control connections stand, and who only receives cannot know that nothing will come any more.
	survive "its relays ended" "server_does stop-relay" true
	survive "SIGTERM" "end_by TERM $server_pid" start_server
	survive "SIGKILL" "end_by KILL $server_pid" start_server
}

start_far_end 127.0.0.53 fd00:5::53
start_server
start_traffic 127.0.0.53 fd00:5::53
repeat every_way
finish
