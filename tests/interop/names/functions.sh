#!/bin/sh
# Every function that looks names up answers through the tunnel what it answers without the library, and the system's
# nameserver sees none of it.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
lookups=$build/tests/lookups
for group in families silence flags services hosts hosts_r back queries options children others asynchronous crowded \
	displaced; do
	unset RES_OPTIONS
	case $group in # those that wait for what does not come
	silence | asynchronous) export RES_OPTIONS="timeout:2 attempts:1" ;;
	esac
	run 0 "$lookups" "$group"
	cp "$work/out" "$work/bare"
	forget
	run 0 "$socksify" --dns tunnel --dns-server "$far" "$lookups" "$group"
	cmp -s "$work/bare" "$work/out" ||
		fail "$group: bare (<) and preloaded (>) differ: $(diff "$work/bare" "$work/out" | head -20)"
	asked_nobody_near "$group"
	asked_through_relay "$group"
	# By stand-ins, or not at all; crowded and displaced count on being answered.
	case $group in
	crowded | displaced) ;;
	*)
		for mode in remote auto; do
			forget
			run 0 "$socksify" --dns $mode "$lookups" "$group"
			asked_nobody_near "$group, $mode,"
		done
		[ ! -s "$work/far.log" ] || fail "$group asked the nameserver behind the relay: $(asked far)"
		;;
	esac
	run 0 "$socksify" --dns local "$lookups" "$group"
	cmp -s "$work/bare" "$work/out" ||
		fail "$group: bare (<) and local (>) differ: $(diff "$work/bare" "$work/out" | head -20)"
	asked near | grep -q . || fail "$group: dns local asked nobody here"
	same "what $group, local, says" "$err" ""
done
finish
