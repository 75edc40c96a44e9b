#!/bin/sh
# Search lists of any length are walked to their end, and what else resolv.conf(5) says is heeded, as without the library.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
export RES_OPTIONS="timeout:2 attempts:1"

# The names that were asked for. What was asked of far directly, by a context that names it, is among them.
asked_names() {
	cut -d' ' -f3- "$work/near.log" "$work/far.log" | sort -u
}

# walks WHAT: resolv.conf is standard input.
walks() {
	cat >"$work/resolv.conf"
	forget
	run 0 "$build/tests/contexts" searches
	cp "$work/out" "$work/bare"
	asked_names >"$work/bare-names"
	forget
	run 0 "$socksify" --dns tunnel --dns-server "$far" "$build/tests/contexts" searches
	cmp -s "$work/bare" "$work/out" ||
		fail "$1: bare (<) and preloaded (>) differ: $(diff "$work/bare" "$work/out" | head -20)"
	asked_names | cmp -s "$work/bare-names" - ||
		fail "$1: asked for bare (<) and preloaded (>): $(asked_names | diff "$work/bare-names" - | head -20)"
	asked_nobody_near "$1"
	asked_through_relay "$1"
}

nine="s1.test s2.test s3.test s4.test s5.test s6.test s7.test s8.test s9.test"
walks "nine domains" <<END_OF_FILE
nameserver $near
search $nine
END_OF_FILE
grep -q "deep.s8.test" "$work/bare-names" || fail "eight domains are not searched here: $(cat "$work/bare-names")"
walks "nine domains, ndots" <<END_OF_FILE
nameserver $near
search $nine
options ndots:2 edns0
END_OF_FILE
walks "nine domains, other options" <<END_OF_FILE
nameserver $near
search nowhere.test
search $nine
options ndots:99 no-tld-query rotate single-request use-vc trust-ad
END_OF_FILE
label=$(printf '%060d' 0)
walks "domains of more than 256 octets" <<END_OF_FILE
nameserver $near
search $label.test 1$label.test 2$label.test 3$label.test 4$label.test s8.test s9.test
END_OF_FILE
walks "the root among nine domains" <<END_OF_FILE
nameserver $near
search s1.test s2.test s3.test s4.test s5.test s6.test . s8.test s9.test
END_OF_FILE
walks "no list" <<END_OF_FILE
nameserver $near
END_OF_FILE
for command in "" "$socksify --dns tunnel --dns-server $far"; do
	echo "nameserver $near" >"$work/resolv.conf"
	# shellcheck disable=SC2086 # a list of words
	run 0 $command "$build/tests/contexts" growing
	same "a list that grows, by $command" "$out" "before: Unknown host
after: deep.s8.test 2 203.0.113.15"
done
LOCALDOMAIN=$nine
export LOCALDOMAIN
walks "LOCALDOMAIN" <<END_OF_FILE
nameserver $near
search nowhere.test
END_OF_FILE
grep -q "deep.s8.test" "$work/bare-names" || fail "LOCALDOMAIN is not searched here: $(cat "$work/bare-names")"
finish
