# Answers SIP's OPTIONS (RFC 3261 section 11) with 200. Arguments: ADDRESS PORT.
use strict;
use warnings;
use IO::Socket::INET;

my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $ARGV[0], LocalPort => $ARGV[1]) or die $!;
while (defined $socket->recv(my $request, 65535)) {
	my @copied = $request =~ /^((?:Via|From|To|Call-ID|CSeq):[^\r\n]*)/gim;
	$socket->send(join("\r\n", 'SIP/2.0 200 OK', @copied, 'Content-Length: 0', '', ''));
}
