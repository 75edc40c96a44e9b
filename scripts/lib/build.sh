# shellcheck shell=sh
# Building in a temporary folder. Sourced, by scripts that set root and work.

# build NAME TARGETS OPTION...: the tree $work/NAME; on failure says what went wrong and ends the script.
build() {
	# shellcheck disable=SC2154 # root and work are the script's
	tree=$work/$1 targets=$2
	shift 2
	echo "building: $(basename "$tree")"
	# shellcheck disable=SC2154,SC2086 # the same; a list of targets
	if ! { cmake -G Ninja -S "$root" -B "$tree" "$@" && ninja -C "$tree" $targets; } >"$work/log" 2>&1; then
		cat "$work/log"
		exit 1
	fi
}
