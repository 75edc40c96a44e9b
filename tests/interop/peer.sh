# shellcheck shell=sh disable=SC2154
# The tests' own peers. Sourced after common.sh.

# start_peer NAME COMMAND...: a process that says "ready" and answers lines; $NAME_pid. Its streams are fifos, opened
# by the caller under numbers of its own: to it first.
start_peer() {
	name=$1
	shift
	rm -f "$work/to_$name" "$work/from_$name"
	mkfifo "$work/to_$name" "$work/from_$name"
	"$@" <"$work/to_$name" >"$work/from_$name" 2>"$work/$name.err" &
	eval "${name}_pid=$!"
}

# ready NAME: what it says after "ready", on standard input, in $answer
ready() {
	read -r answer
	if [ "${answer%% *}" != ready ]; then
		fail "$1 did not start: $(cat "$work/$1.err" "$work/log" 2>/dev/null)"
		finish
	fi
	answer=${answer#ready }
}
