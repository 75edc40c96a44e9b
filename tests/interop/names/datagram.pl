#!/usr/bin/perl
# Looks a name up for datagrams, sends to what it gets, and says what came back from where.
# usage: datagram.pl NAME TEXT [connected] [keep ADDRESS]
use strict;
use warnings;
use Socket qw(getaddrinfo getnameinfo SOCK_DGRAM AF_INET AF_INET6 NI_NUMERICHOST NI_NUMERICSERV NI_DGRAM);

my ($name, $text, $how) = (@ARGV, '', '');
my ($error, @found) = getaddrinfo($name, 7777, {socktype => SOCK_DGRAM, family => AF_INET});
die "$error\n" if $error;
my $numeric = NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM;
my ($unused, $address) = getnameinfo($found[0]{addr}, $numeric);
socket(my $socket, AF_INET, SOCK_DGRAM, 0) or die $!;
if ($how eq 'connected') {
	connect($socket, $found[0]{addr}) or die $!;
	send($socket, $text, 0) or die $!;
} else {
	send($socket, $text, 0, $found[0]{addr}) or die "$!\n";
}
my $ready = '';
vec($ready, fileno($socket), 1) = 1;
select($ready, undef, undef, 5) or die "no answer\n";
my $from = recv($socket, my $answer, 2048, 0) || getpeername($socket);
my (undef, $source, $port) = getnameinfo($from, $numeric);
print "$address $answer ", $source eq $address ? 'itself' : $source, ":$port\n";
