#!/bin/sh
# Every function that looks names up answers through the tunnel what it answers without the library, and the system's
# nameserver sees none of it.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
for group in families silence flags flags_utf8 services hosts hosts_r rooms back queries options children others \
	asynchronous crowded displaced wishes servers operations; do
	case $group in
	wishes | servers | operations) program=$build/tests/contexts ;;
	asynchronous) program=$build/tests/requests ;;
	*) program=$build/tests/lookups ;;
	esac
	unset RES_OPTIONS
	case $group in # those that wait for what does not come
	silence | asynchronous) export RES_OPTIONS="timeout:2 attempts:1" ;;
	esac
	run 0 "$program" "$group"
	cp "$work/out" "$work/bare"
	bare_err=$err
	forget
	run 0 "$socksify" --dns tunnel --dns-server "$far" "$program" "$group"
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
			run 0 "$socksify" --dns $mode "$program" "$group"
			asked_nobody_near "$group, $mode,"
		done
		# By its own choice, of servers.
		[ $group = servers ] || [ ! -s "$work/far.log" ] || fail "$group asked far: $(asked far)"
		;;
	esac
	run 0 "$socksify" --dns local "$program" "$group"
	cmp -s "$work/bare" "$work/out" ||
		fail "$group: bare (<) and local (>) differ: $(diff "$work/bare" "$work/out" | head -20)"
	[ $group = servers ] || asked near | grep -q . || fail "$group: dns local asked nobody here"
	same "what $group, local, says" "$err" "$bare_err"
done
finish
