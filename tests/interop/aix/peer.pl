# The far end of an exchange.
# peer.pl serve ADDRESS...: answers over UDP and TCP, at one free port of all the addresses, which it prints.
# peer.pl call FROM ADDRESS PORT: connects, and prints its own port and what it is told.
# It begins with the address that it sees at the other end, and then repeats the line that it got from there.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use Socket qw(AI_NUMERICHOST SOCK_DGRAM SOCK_STREAM);

$| = 1;
$SIG{PIPE} = 'IGNORE';

sub sees {
	my ($socket) = @_;
	return $socket->peerhost . "\n";
}

sub converse {
	my ($socket) = @_;
	print $socket sees($socket);
	my $line = <$socket> // '';
	print $socket $line;
	return $line;
}

sub bound {
	my ($address, $port, @what) = @_;
	return IO::Socket::IP->new(LocalAddr => $address, LocalPort => $port, GetAddrInfoFlags => AI_NUMERICHOST, @what);
}

# A port is taken only if it is free at all the addresses for both.
sub listeners {
	for my $attempt (1 .. 50) {
		my $port = 0;
		my @sockets;
		for my $address (@_) {
			my $stream = bound($address, $port, Type => SOCK_STREAM, Listen => 8);
			$port = $stream->sockport if $stream;
			my $datagrams = $stream && bound($address, $port, Type => SOCK_DGRAM);
			push @sockets, $stream, $datagrams if $datagrams;
		}
		return ($port, @sockets) if @sockets == 2 * @_;
	}
	die "no port is free at @_\n";
}

sub serve {
	my ($port, @sockets) = listeners(@_);
	my $select = IO::Select->new(@sockets);
	print "$port\n";
	while (1) {
		for my $socket ($select->can_read) {
			if ($socket->socktype == SOCK_STREAM) {
				my $caller = $socket->accept or next;
				converse($caller);
			} else {
				defined $socket->recv(my $message, 65536) or next;
				$socket->send(sees($socket) . $message);
			}
		}
	}
}

sub call {
	my ($from, $address, $port) = @_;
	my $socket = bound($from, 0, PeerAddr => $address, PeerPort => $port, Type => SOCK_STREAM) or die "$address $port: $@\n";
	print $socket->sockport, ' ', converse($socket);
}

my $what = shift;
$what eq 'serve' ? serve(@ARGV) : call(@ARGV);
