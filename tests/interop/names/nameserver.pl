#!/usr/bin/perl
# A nameserver with one small zone, for UDP and TCP: nameserver.pl ADDRESS LOG PORT. Prints "ready"; notes each query in
# LOG as "ASKER PROTOCOL TYPE NAME". What the names stand for is in zone() below.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use Time::HiRes 'time';
use Socket qw(inet_aton inet_pton AF_INET6);

my ($address, $log_name, $port) = @ARGV;
open(my $log, '>>', $log_name) or die "$log_name: $!";
$log->autoflush(1);
my %type = (A => 1, NS => 2, CNAME => 5, SOA => 6, PTR => 12, MX => 15, TXT => 16, AAAA => 28);
my %type_name = reverse %type;

sub name { return join('', map { pack('C/a', $_) } split(/\./, $_[0])) . "\0"; }
sub v4 { return [A => inet_aton($_[0])]; }
sub v6 { return [AAAA => inet_pton(AF_INET6, $_[0])]; }

my %zone = (
	'a.test' => [v4('203.0.113.1'), v6('2001:db8::1')],
	'v4.test' => [v4('203.0.113.4')],
	'v6.test' => [v6('2001:db8::6')],
	'several.test' => [v4('203.0.113.7'), v4('10.9.8.7'), v4('127.0.0.7'), v6('2001:db8::7'), v6('fd00:7::7')],
	'chain.test' => [[CNAME => name('link.test')]],
	'link.test' => [[CNAME => name('a.test')]],
	'dangling.test' => [[CNAME => name('nx.test')]],
	'loop.test' => [[CNAME => name('loop.test')]],
	'many.test' => [map { v4("203.0.113.$_") } 1 .. 40],
	'huge.test' => [map { v4('198.51.' . int($_ / 200) . '.' . ($_ % 200 + 1)) } 0 .. 499],
	'empty.test' => [],
	'mail.test' => [[MX => pack('n', 10) . name('a.test')]],
	'text.test' => [[TXT => pack('C/a', 'some text')]],
	'xn--bcher-kva.test' => [v4('203.0.113.8')],
	'host.search.test' => [v4('203.0.113.9')],
	'a.b.search.test' => [v4('203.0.113.10')],
	'deep.s8.test' => [v4('203.0.113.15'), v6('2001:db8::15')],
	'two.dots.s9.test' => [v4('203.0.113.16')],
	'old.test' => [v4('203.0.113.11')],
	'slow.test' => [v4('203.0.113.12')],
	'late.test' => [v4('203.0.113.13')],
	'guessed.test' => [v4('203.0.113.14')],
	'time.test' => [v4('192.0.2.123')],
	'1.113.0.203.in-addr.arpa' => [[PTR => name('a.test')]],
	'8.113.0.203.in-addr.arpa' => [[PTR => name('xn--bcher-kva.test')]],
	'50.113.0.203.in-addr.arpa' => [[CNAME => name('50.delegated.test')]],
	'50.delegated.test' => [[PTR => name('delegated.test')]],
	'51.113.0.203.in-addr.arpa' => [map { [PTR => name("$_.test")] } qw(one two three)],
	'52.113.0.203.in-addr.arpa' => [[PTR => name('host.search.test')]],
	'53.113.0.203.in-addr.arpa' => [[PTR => name('no host.test')]],
	'idn.test' => [[CNAME => name('xn--bcher-kva.test')]],
	'1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa' => [[PTR => name('a.test')]],
);
my %code = ('fail.test' => 2, 'refused.test' => 5, 'unknown.test' => 4);

sub records {
	my ($name, $wanted) = @_;
	my @found;
	for (1 .. 8) {
		my $here = $zone{lc $name} or last;
		push @found, map { [$name, $_] } grep { $_->[0] eq $wanted } @$here;
		my ($alias) = grep { $_->[0] eq 'CNAME' } @$here;
		last if !$alias || $wanted eq 'CNAME';
		push @found, [$name, $alias];
		$name = join('.', unpack('(C/a)*', substr($alias->[1], 0, -1)));
	}
	return ($name, @found);
}

# The answer to a query for a datagram of $room octets, or nothing.
sub answer {
	my ($query, $room) = @_;
	my ($id, $flags, $questions, undef, undef, $additional) = unpack('n6', $query);
	my $at = 12;
	my @labels;
	while (my $length = unpack('C', substr($query, $at, 1))) {
		push @labels, substr($query, $at + 1, $length);
		$at += 1 + $length;
	}
	my ($number) = unpack('n', substr($query, $at + 1, 2));
	my $question = substr($query, 12, $at + 5 - 12);
	my $name = join('.', @labels);
	my $wanted = $type_name{$number} // "TYPE$number";
	my $edns = '';
	if ($additional && length($query) >= $at + 16) {
		my (undef, undef, $size) = unpack('Cnn', substr($query, $at + 5, 5));
		$room = $size if $room && $size > $room;
		$edns = pack('CnnNn', 0, 41, 1232, 0, 0);
	}
	my ($last, @found) = records($name, $wanted);
	my $rcode = $code{lc $name} // (exists $zone{lc $last} ? 0 : 3);
	return ($name, $wanted) if lc $name eq 'silent.test';
	($rcode, $edns, @found) = (1, '') if lc $name eq 'old.test' && $edns;
	my $body = join('', map { my ($owner, $record) = @$_;
		(lc $owner eq lc $name ? "\xc0\x0c" : name($owner)) .
		pack('nnNn/a', $type{$record->[0]}, 1, 60, $record->[1]) } @found);
	my $header = pack('n6', $id, 0x8580 | ($flags & 0x7900) | $rcode, 1, scalar @found, 0, $edns ? 1 : 0);
	if ($room && (lc $name eq 'late.test' || length($header . $question . $body . $edns) > $room)) {
		$header = pack('n6', $id, 0x8780 | ($flags & 0x7900) | $rcode, 1, 0, 0, $edns ? 1 : 0);
		$body = '';
	}
	return ($name, $wanted, $header . $question . $body . $edns);
}

# Answers to these have a long way: slow.test's datagrams, late.test's streams.
my @under_way;
sub send_back {
	my ($name, $delayed, $send) = @_;
	return $send->() if lc $name ne $delayed;
	push @under_way, [time + 1.5, $send];
}

sub send_due {
	shift(@under_way)->[1]->() while @under_way && $under_way[0][0] <= time;
	return @under_way ? $under_way[0][0] - time : undef;
}

# Somebody guesses at the id of what an asker has sent from this port, and the right answer does not come.
my %guessed_at;
sub guess {
	my ($socket, $port, $bytes) = @_;
	return 0 if keys %guessed_at && !$guessed_at{$port};
	$guessed_at{$port} = 1;
	$socket->send(pack('n', (unpack('n', $bytes) + $_) % 65536) . substr($bytes, 2)) for 1 .. 40;
	return 1;
}

sub note { print $log join(' ', @_), "\n"; }

my $datagrams = IO::Socket::IP->new(LocalAddr => $address, LocalPort => $port, Proto => 'udp') or die "$address: $!";
my $listener = IO::Socket::IP->new(LocalAddr => $address, LocalPort => $port, Listen => 16, ReuseAddr => 1)
	or die "$address: $!";
my $select = IO::Select->new($datagrams, $listener);
my %streams;
$| = 1;
print "ready\n";
while (1) {
	for my $socket ($select->can_read(send_due())) {
		if ($socket == $datagrams) {
			$socket->recv(my $query, 4096) // next;
			my ($name, $wanted, $bytes) = answer($query, 512);
			note($socket->peerhost, 'udp', $wanted, $name);
			next if !defined $bytes || (lc $name eq 'guessed.test' && guess($socket, $socket->peerport, $bytes));
			my $asker = $socket->peername;
			send_back($name, 'slow.test', sub { send($socket, $bytes, 0, $asker) });
		} elsif ($socket == $listener) {
			my $stream = $socket->accept or next;
			$select->add($stream);
			$streams{$stream} = '';
		} elsif ($socket->sysread($streams{$socket}, 4096, length $streams{$socket})) {
			while ((my $size = unpack('n', $streams{$socket} . "\xff\xff")) <= length($streams{$socket}) - 2) {
				my ($name, $wanted, $bytes) = answer(substr($streams{$socket}, 2, $size), 0);
				substr($streams{$socket}, 0, 2 + $size, '');
				note($socket->peerhost, 'tcp', $wanted, $name);
				send_back($name, 'late.test', sub { $socket->syswrite(pack('n/a', $bytes)) }) if defined $bytes;
			}
		} else {
			delete $streams{$socket};
			$select->remove($socket);
			close $socket;
		}
	}
}
