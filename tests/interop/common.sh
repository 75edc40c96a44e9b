# shellcheck shell=sh disable=SC2034
# What the tests in sh share. Sourced with the build folder as $1.
set -u

build=$1
socksify=$build/bin/socksify-udp
work=$(mktemp -d)
failures=0
unset SOCKS5UDP_PROXY SOCKS5UDP_CONFIG SOCKS5UDP_DIRECT SOCKS5UDP_LOG SOCKS5UDP_LOG_FILE SOCKS5UDP_STATS LD_PRELOAD
unset SOCKS5UDP_FOLLOW SOCKS5UDP_ALLOW_URING
# No file of this user's or this machine's takes part.
export XDG_CONFIG_HOME="$work"

clean_up() {
	rm -rf "$work"
}
# shellcheck source=scripts/lib/ending.sh
. "$(dirname "$0")/../../../scripts/lib/ending.sh"
at_end clean_up

fail() {
	echo "FAILED: $*"
	failures=$((failures + 1))
}

skip() {
	echo "skipped: $*"
	exit 77
}

needs() { # PROGRAM...; Debian keeps some out of an ordinary user's PATH
	for program; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || skip "needs $program"
	done
}

finish() {
	[ "$failures" -eq 0 ]
	exit
}

# run STATUS COMMAND...: its standard output in $out, its standard error in $err; another exit status fails.
run() {
	expected=$1
	shift
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
	[ "$status" -eq "$expected" ] || fail "$* ended with $status instead of $expected: $out $err"
}

# says TEXT PATTERN: the text is one line and matches.
says() {
	case $1 in
	*"
"*) fail "more than one line: $1" ;;
	esac
	# shellcheck disable=SC2254 # a pattern is meant
	case $1 in
	$2) ;;
	*) fail "expected $2, found: $1" ;;
	esac
}

same() { # WHAT FOUND EXPECTED
	[ "$2" = "$3" ] || fail "$1: expected $3, found $2"
}

# compile OUTPUT FLAG...: C from standard input.
compile() {
	output=$1
	shift
	"${CC:-cc}" -x c - -o "$output" "$@"
}
