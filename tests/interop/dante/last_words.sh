#!/bin/sh
# What a program sends right before it closes its socket, or ends, reaches its destination all the same.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

start_dns && start_dante none || exit 1
relay_through "socks5://$proxy_address:$proxy_port"

cat >"$work/say.pl" <<'END'
use IO::Socket::INET;
my ($host, $port, @names) = @ARGV;
for my $name (@names) {
	my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "$host:$port") or die;
	send($socket, pack("n6", 1, 0x100, 1, 0, 0, 0) . join('', map { pack('C/a*', $_) } split /\./, $name) . pack('x n2', 1, 1), 0);
	close $socket;
}
END

numbers='1 2 3 4 5 6 7 8 9'
for n in $numbers; do
	"$socksify" perl "$work/say.pl" "$dns_address" "$dns_port" "ended$n.demo.test" || fail "perl ended with $?"
done
names=''
for n in $numbers; do
	names="$names closed$n.demo.test"
done
# shellcheck disable=SC2086 # a list of words
"$socksify" perl "$work/say.pl" "$dns_address" "$dns_port" $names || fail "perl ended with $?"

# Each later lookup gives the ones before it time to arrive.
tries=20
while [ "$(askers 'closed9.demo.test')" = "" ] && [ $tries -gt 0 ]; do
	lookup 0 "later$tries.demo.test"
	tries=$((tries - 1))
done
for n in $numbers; do
	same "asker of ended$n" "$(askers "ended$n.demo.test")" "$relayed_address"
	same "asker of closed$n" "$(askers "closed$n.demo.test")" "$relayed_address"
done
finish
