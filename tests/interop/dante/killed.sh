#!/bin/sh
# Dante is ended and started again under a program that holds one socket all the while. Nothing goes out directly.
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

start_dns && start_dante none || exit 1
relay_through "socks5://$proxy_address:$proxy_port"

# For each name on standard input one query on the one socket, and one line: the answer's address, or none.
cat >"$work/ask.pl" <<'END'
use IO::Socket::INET;
$| = 1;
my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "$ARGV[0]:$ARGV[1]") or die;
my $id = 0;
while (my $name = <STDIN>) {
	chomp $name;
	my $query = pack("n6", ++$id, 0x100, 1, 0, 0, 0) . join('', map { pack('C/a*', $_) } split /\./, $name) . pack('x n2', 1, 1);
	my ($ready, $answer) = ('', undef);
	vec($ready, fileno $socket, 1) = 1;
	send($socket, $query, 0);
	my $right = 0;
	# Queries that waited for the server are answered before this one.
	while (!$right && select(my $copy = $ready, undef, undef, 1)) {
		recv($socket, $answer, 4096, 0);
		$right = length($answer // '') > 12 && unpack('n', $answer) == $id;
	}
	print $right ? inet_ntoa(substr($answer, -4)) : 'none', "\n";
}
END

mkfifo "$work/names" "$work/answers"
"$socksify" perl "$work/ask.pl" "$dns_address" "$dns_port" <"$work/names" >"$work/answers" 2>"$work/err" &
asker=$!
exec 4>"$work/names" 5<"$work/answers"

ask() {
	echo "$1" >&4
	read -r answer <&5 || fail "the program ended: $(cat "$work/err")"
}

ask before.demo.test
same "answer before" "$answer" 192.0.2.53
stop_dante
for n in 1 2 3; do
	ask "during$n.demo.test"
	same "answer during" "$answer" none
done
lookup 9 fresh.demo.test +tries=1 +time=1

start_dante none || exit 1
tries=20 answer=none
while [ "$answer" = none ] && [ $tries -gt 0 ]; do
	ask after.demo.test
	tries=$((tries - 1))
done
same "answer after" "$answer" 192.0.2.53

exec 4>&-
wait "$asker" || fail "the program ended with $?"
same "askers of all" "$(askers '.*')" "$relayed_address"
# A query that waited for Dante may have been relayed since; that of a program that has ended cannot.
same "askers while there was no Dante" "$(askers 'fresh.*')" ""
finish
