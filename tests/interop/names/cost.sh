#!/bin/sh
# What a lookup through the tunnel costs, against the same query by dig under the library: whole programs, taking turns.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

needs dig
start_relay
# The wrapper's shell would take most of the time of both.
export SOCKS5UDP_DNS=tunnel SOCKS5UDP_DNS_SERVER="$far" library="$build/lib/libsocks5udp.so"
cat >"$work/turns.pl" <<'END'
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my ($far, $turns) = @ARGV;
my @commands = (['getent', 'ahostsv4', 'v4.test'], ['dig', "\@$far", '+short', 'v4.test', 'A']);
my @taken = ([], []);
for my $turn (1 .. $turns) {
	for my $which ($turn % 2 ? (0, 1) : (1, 0)) {
		my $start = clock_gettime(CLOCK_MONOTONIC);
		my $pid = fork() // die $!;
		if (!$pid) {
			open(STDOUT, '>', '/dev/null');
			$ENV{LD_PRELOAD} = $ENV{library};
			exec(@{$commands[$which]}) or die $!;
		}
		waitpid($pid, 0);
		die "@{$commands[$which]} failed\n" if $?;
		push @{$taken[$which]}, clock_gettime(CLOCK_MONOTONIC) - $start;
	}
}
my ($lookup, $dig) = map { (sort { $a <=> $b } @$_)[$turns / 2] * 1000 } @taken;
printf "names.lookup %.2f ms, by dig %.2f ms, ratio %.2f (at most 1.20)\n", $lookup, $dig, $lookup / $dig;
exit($lookup / $dig > 1.2);
END
run 0 perl "$work/turns.pl" "$far" 60
echo "$out"
asked_nobody_near "the lookups"
asked_through_relay "the lookups"
finish
