#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# The server falls silent: no end of any connection is heard of. When it is heard again it is another process, which knows
# nothing of what was before.
# shellcheck source=tests/interop/far_network.sh
. "$(dirname "$0")/../far_network.sh"

cable_out() {
	$far_side ip link set far down
}

cable_in() {
	$far_side ip link set far up
}

# What the client sends arrives, and nothing comes back.
answers_lost() {
	$far_side ip route add blackhole "$client_address/32"
}

answers_found() {
	$far_side ip route del blackhole "$client_address/32"
}

none_stands() {
	[ "$(associations)" -eq 0 ]
}

replace_server() {
	end_by KILL "$server_pid"
	wait_for $$ is_forgotten || return
	start_server
}

# fall_silent HOW: the next server is there before the silence is noticed.
fall_silent() {
	"$1" && replace_server
}

# Nothing is sent to the server, and nothing comes: the library has to find out by itself.
fall_silent_for_long() {
	"$1" || return
	until_ms $(($(uptime_ms) + 5000)) none_stands ||
		fail "$when: $(associations) associations are not taken for dead after 5 s of silence"
	replace_server
}

every_way() {
	survive "the cable was out" "fall_silent cable_out" cable_in
	survive "the cable was out for long" "fall_silent_for_long cable_out" cable_in
	survive "answers were lost for long" "fall_silent_for_long answers_lost" answers_found
}

start_far_end 192.0.2.53 fd00:5::53
start_server
start_traffic 192.0.2.53 fd00:5::53
repeat every_way
finish
