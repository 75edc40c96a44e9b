# shellcheck shell=sh
# A test in namespaces of its own: its mounts and addresses are nobody else's, and go when it ends. Sourced first.

# enter_namespaces UNSHARE-OPTION BUILD [inside]: begins the script again inside.
enter_namespaces() {
	[ "${3-}" != inside ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! unshare "$1" true 2>/dev/null; then
		echo "skipped: needs root and leave to unshare $1"
		exit 77
	fi
	exec unshare "$1" sh "$0" "$2" inside
}

# enter_machine BUILD [inside]: a network and processes of its own; whatever is left when the script ends, ends with it.
enter_machine() {
	[ "${2-}" != inside ] || return 0
	enter_build=$1
	set -- --map-root-user
	[ "$(id -u)" -ne 0 ] || shift
	set -- "$@" --net --pid --fork --kill-child --mount-proc
	unshare "$@" true 2>/dev/null || { echo "skipped: no namespaces here"; exit 77; }
	exec unshare "$@" sh "$0" "$enter_build" inside
}
