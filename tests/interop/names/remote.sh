#!/bin/sh
# An address stands in for a name, which only the server resolves; answers come back under the stand-in.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
start_echo
datagram="perl $names/datagram.pl"
socksify_remote="$socksify --dns remote"

# expect_stand_in WHAT TEXT: $out is of a datagram to a stand-in and back.
expect_stand_in() {
	says "$out" "198.1[89].*.* $relayed_address $2 itself:7777"
	asked_nobody_near "$1"
}

for how in unconnected connected; do
	# shellcheck disable=SC2086 # lists of words
	run 0 $socksify_remote $datagram time.test "$how" "$how"
	expect_stand_in "$how" "$how"
done
# Dante keeps what it has looked up.
grep -q "A time.test$" "$work/far.log" || fail "the server did not look the name up: $(asked far)"
: >"$work/far.log"
# Without a tunnel, that is what auto does for datagrams.
# shellcheck disable=SC2086
run 0 "$socksify" $datagram time.test auto
expect_stand_in auto auto

# One that stands for nothing is not sent to, whatever the rules say.
# shellcheck disable=SC2086
run 113 $socksify_remote --direct 198.18.0.0/15 $datagram 198.19.255.1 nothing
says "$err" "*oute to host*"

# Streams are not relayed, and get no stand-in; nor does anybody else in auto.
run 2 "$socksify" getent ahosts time.test
run 2 "$socksify" getent hosts time.test
asked_nobody_near "what nobody can look up"
[ ! -s "$work/far.log" ] || fail "looked up after all: $(asked far)"
finish
