#!/bin/sh
# The stub on loopback answers nobody but its own process's user.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

setpriv --reuid=65534 --clear-groups true 2>/dev/null || skip "needs another user"
start_relay
# It looks a.test up, and then again whenever it is told to.
mkfifo "$work/orders"
# shellcheck disable=SC2016 # for perl
"$socksify" --dns tunnel --dns-server "$far" perl -MSocket=getaddrinfo -e '$| = 1;
	do { my ($error) = getaddrinfo("a.test", 80); print $error || "found", "\n" } while (<STDIN>)' \
	<"$work/orders" >"$work/said" 2>&1 &
pid=$!
exec 3>"$work/orders"
wait_for $pid has_line found "$work/said" || fail "nothing was looked up: $(cat "$work/said")"

# The desk is the one socket for datagrams on 127.0.0.1 here.
port=$(awk '$2 ~ /^0100007F:/ { split($2, part, ":"); print part[2] }' /proc/net/udp)
cat >"$work/ask.pl" <<'END_OF_PERL'
use IO::Socket::INET;
my ($protocol, $port, $name) = @ARGV;
my $query = pack('n6', 1, 0x0100, 1, 0, 0, 0) . join('', map { pack('C/a', $_) } split(/\./, $name)) . pack('Cnn', 0, 1, 1);
my $socket = IO::Socket::INET->new(Proto => $protocol, PeerAddr => '127.0.0.1', PeerPort => hex $port) or die $!;
$socket->send($protocol eq 'tcp' ? pack('n/a', $query) : $query);
if ($protocol eq 'tcp' or $ARGV[3]) {
	vec(my $ready = '', fileno($socket), 1) = 1;
	select($ready, undef, undef, 5) or die "neither an answer nor an end\n";
	$socket->recv(my $answer, 512);
	print length($answer // ''), "\n";
}
END_OF_PERL
ask() { # USER PROTOCOL NAME [answered]
	user=$1
	shift
	protocol=$1
	shift
	run 0 setpriv --reuid="$user" --clear-groups perl -e "$(cat "$work/ask.pl")" "$protocol" "$port" "$@"
}

ask 0 udp v4.test answered
same "the user's own datagram" "$out" 41
ask 0 tcp v4.test
same "the user's own stream" "$out" 43
forget
ask 65534 udp stranger.test
ask 65534 tcp stranger.test
same "a stranger's stream" "$out" 0
# Queries are taken in turn: what has been answered comes after the stranger's.
: >"$work/said"
echo >&3
wait_for $pid has_line found "$work/said" || fail "nothing was looked up any more: $(cat "$work/said")"
! grep -q stranger "$work/far.log" || fail "a stranger was served: $(asked far)"
exec 3>&-
wait $pid
finish
