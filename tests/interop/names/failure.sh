#!/bin/sh
# A relay that is not there, or dies while a name is looked up: the lookup fails for the time being, in time, and nobody
# else is asked.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

# Two seconds, twice; the dot at the end of a name keeps the search list out of it.
export RES_OPTIONS="timeout:2 attempts:2"
limit=6
# shellcheck disable=SC2016 # for perl
again='use Socket ":addrinfo"; my $start = time; my ($error) = getaddrinfo($ARGV[0], 80);
	print $error == EAI_AGAIN ? "again" : "other: $error", time - $start > $ARGV[1] ? ", late: " . (time - $start) : "", "\n"'

start_relay
forget
SOCKS5UDP_PROXY=socks5://$proxy_address:9 run 0 "$socksify" --dns-server "$far" perl -e "$again" a.test 5
same "without a relay" "$out" again
[ ! -s "$work/far.log" ] || fail "asked without a relay: $(asked far)"

"$socksify" -q --dns-server "$far" perl -e "$again" silent.test. $limit >"$work/late" 2>&1 &
pid=$!
wait_for $pid has_line silent.test "$work/far.log" || fail "silent.test was not asked for: $(cat "$work/late")"
stop_dante
wait $pid
same "with a relay that died" "$(cat "$work/late")" again
asked_nobody_near "a lookup without a relay"

start_dante none || exit 1
forget
run 0 "$socksify" --dns-server "$far" getent hosts v4.test
same "with a relay again" "$out" "203.0.113.4     v4.test"
asked_through_relay "a lookup with a relay again"

# One that takes longer than a second is waited for, for as long as libc does.
RES_OPTIONS="timeout:5 attempts:1" run 0 "$socksify" --dns-server "$far" getent hosts slow.test
same "a slow nameserver" "$out" "203.0.113.12    slow.test"
RES_OPTIONS="timeout:5 attempts:1" run 0 "$socksify" --dns-server "$far" --direct .test getent hosts slow.test
same "a slow nameserver, asked directly" "$out" "203.0.113.12    slow.test"

# Guesses at an answer, under a nameserver's name: their author has to begin anew, at another port of the relay.
forget
run 0 "$socksify" --dns-server "$far" getent hosts guessed.test
same "while somebody guesses" "$out" "203.0.113.14    guessed.test"

# Nameservers that fail or are not there are no end: the next one is asked.
run 0 "$socksify" --dns-server "192.0.2.99" --dns-server "$far" getent hosts a.test
says "$out" "*a.test"
# One that the rules do not relay is not asked at all.
forget
run 2 "$socksify" --dns tunnel --dns-server "$far" --direct "$far" getent hosts a.test
[ ! -s "$work/far.log" ] || fail "asked directly: $(asked far)"
asked_nobody_near "a lookup without any nameserver behind the tunnel"

# Names that the rules send direct are asked for here.
run 0 "$socksify" --dns-server "$far" --direct .test getent hosts a.test
says "$out" "*a.test"
[ ! -s "$work/far.log" ] || fail "a direct name was asked for through the tunnel: $(asked far)"
[ -s "$work/near.log" ] || fail "a direct name was not asked for here"
finish
