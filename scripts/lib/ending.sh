# shellcheck shell=sh
# Cleaning up at the end of a script, however it comes. Sourced.

# at_end FUNCTION: replaces what was said before. It is run whole by each signal too, for one that comes while the EXIT
# trap begins would otherwise cut that short; so the function has to bear being run twice.
at_end() {
	ending=$1
	trap end_of_script EXIT
	trap 'end_by_signal 130' INT
	trap 'end_by_signal 143' TERM HUP
}

end_of_script() {
	trap '' INT TERM HUP
	set +e
	"$ending"
}

end_by_signal() {
	end_of_script
	trap - EXIT
	exit "$1"
}
