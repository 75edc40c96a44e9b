#!/bin/sh
# Nameservers behind the tunnel by IPv6, and at ports of their own; answers too long for a datagram come by stream.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

far6=fd00:53::53
relayed6=fd00:53::9
for address in $far6 $relayed6; do
	ip address add "$address/128" dev lo nodad || skip "no IPv6 here"
done
relayed_addresses="$relayed_address $relayed6"
start_nameserver $far6 far6.log 5353
start_relay

# long WHAT: its output has each address of huge.test.
long() {
	[ "$(grep -c '^198\.51\.' "$work/out")" -eq 500 ] || fail "$1 found $(wc -l <"$work/out") instead of 500"
}

: >"$work/far6.log"
tunnel6="$socksify --dns tunnel --dns-server [$far6]:5353"
# shellcheck disable=SC2016,SC2086 # for perl; lists of words
{
	run 0 $tunnel6 getent hosts v4.test
	same "by IPv6" "$out" "203.0.113.4     v4.test"
	run 0 $tunnel6 perl -MSocket=:addrinfo,SOCK_DGRAM -e 'my ($error, @found) = getaddrinfo("huge.test", 1,
		{socktype => SOCK_DGRAM}); print map { (getnameinfo($_->{addr}, NI_NUMERICHOST))[1] . "\n" } @found'
	long "by IPv6"
}
grep -q "^$relayed6 tcp A huge.test$" "$work/far6.log" || fail "no stream came: $(asked far6)"
! grep -v "^$relayed6 " "$work/far6.log" || fail "asked directly"

# Of two, the first of which is not there, the other is asked in good time.
run 0 env RES_OPTIONS="timeout:1 attempts:1" "$socksify" --dns tunnel --dns-server "[$far6]:9" --dns-server "$far" \
	getent hosts v4.test
same "by the second" "$out" "203.0.113.4     v4.test"

# Without a setting, the system's is the one behind the tunnel, if the rules relay it, beside whatever other.
for list in "$far" "$near $far"; do
	# shellcheck disable=SC2086 # a list of words
	printf 'nameserver %s\n' $list >"$work/resolv.conf"
	for mode in auto tunnel; do
		forget
		run 0 "$socksify" --dns $mode getent hosts v4.test
		same "by $list, $mode" "$out" "203.0.113.4     v4.test"
		asked_nobody_near "a lookup by $list"
		asked_through_relay "a lookup by $list"
		forget
		run 2 "$socksify" --dns $mode --direct "$far" getent hosts v4.test
		[ ! -s "$work/far.log" ] || fail "a direct nameserver was asked: $(asked far)"
		asked_nobody_near "a lookup without a relayed nameserver"
	done
done
echo "nameserver $near" >"$work/resolv.conf"

# Resolvers of programs' own, which know the nameserver on loopback: datagrams and streams to it are answered here.
if command -v dig >/dev/null; then
	for server in "$far" "[$far6]:5353"; do
		for how in +notcp +tcp; do
			run 0 "$socksify" --dns tunnel --dns-server "$server" dig +short $how huge.test A
			long "dig $how by $server"
		done
	done
	# There is no stub on ::1.
	run 9 "$socksify" --dns tunnel --dns-server "$far" dig +short +tcp +tries=1 @::1 v4.test A
	for mode in remote auto; do
		for how in +notcp +tcp; do
			"$socksify" --dns $mode dig +short $how +tries=1 +timeout=1 huge.test A >"$work/out" 2>&1
		done
	done
fi
if command -v node >/dev/null; then
	run 0 "$socksify" --dns tunnel --dns-server "$far" node -e '
		require("dns").resolve4("huge.test", (error, found) => console.log(found ? found.join("\n") : error))'
	long node
fi
asked_nobody_near "a resolver of a program's own"
finish
