#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what survive.sh uses, gives and calls
# Dante is ended, or killed together with its helper processes, or loses only those.
# shellcheck source=tests/interop/survive.sh
. "$(dirname "$0")/../survive.sh"

sbin danted >/dev/null || skip "needs danted"
relayed_from=$relayed_address

start_server() {
	start_dante none
}

helpers() {
	cat "/proc/$dante_pid/task/$dante_pid/children"
}

murder() { # PID...
	kill -KILL "$@" || return
	for pid; do
		wait_for $$ is_gone "$pid" || return
	done
}

murder_all() {
	# shellcheck disable=SC2046 # a list of words
	murder "$dante_pid" $(helpers)
}

# The mother stays, and has others do their work.
murder_relays() {
	relays=
	for pid in $(helpers); do
		! grep -q io-child "/proc/$pid/cmdline" || relays="$relays $pid"
	done
	# shellcheck disable=SC2086 # a list of words
	murder $relays
}

every_way() {
	survive "SIGTERM" stop_dante start_server
	survive "SIGKILL" murder_all start_server
	survive "SIGKILL to the relays" murder_relays true
}

start_far_end "$dns_address"
start_server || exit 1
start_traffic "$dns_address" "::ffff:$dns_address"
repeat every_way
finish
