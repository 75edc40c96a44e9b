# Perl's IO::Socket::INET, IO::Socket::IP, and the built-in calls, an observation a line. Arguments: HOST PORT of two IPv4
# peers and an IPv6 one.
use strict;
use warnings;
use Errno;
use Fcntl;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use Socket qw(:all);

$| = 1;
my ($host_a, $port_a, $host_b, $port_b, $host_6, $port_6) = @ARGV;
my %names = ("$host_a $port_a" => 'A', "$host_b $port_b" => 'B', "$host_6 $port_6" => 'SIX', "::ffff:$host_a $port_a" => 'mapped A');

sub observe {
	my ($name, $outcome) = @_;
	print "$name: ", $outcome // join(' ', 'undef', grep { $!{$_} } sort keys %!), "\n";
}

sub named {
	my ($packed) = @_;
	return 'nobody' unless length($packed // '');
	my ($error, $host, $port) = getnameinfo($packed, NI_NUMERICHOST | NI_NUMERICSERV);
	return $names{"$host $port"} // $host;
}

sub receive {
	my ($name, $socket, $size, $flags) = @_;
	my $payload = '';
	my $from = recv($socket, $payload, $size // 1000, $flags // 0);
	observe($name, defined $from ? length($payload) . ' ' . substr($payload, 0, 30) . ' from ' . named($from) : undef);
}

sub options {
	my ($name, $socket) = @_;
	observe("$name type", $socket->socktype == SOCK_DGRAM);
	observe("$name protocol", $socket->protocol);
	observe("$name domain", $socket->sockdomain);
	observe("$name port", $socket->sockport > 0);
	for my $option (SO_BROADCAST, SO_REUSEADDR, SO_KEEPALIVE, SO_ERROR, SO_TYPE, SO_RCVLOWAT) {
		observe("$name option $option", $socket->sockopt($option));
	}
	observe("$name set option", $socket->sockopt(SO_BROADCAST, 1));
	observe("$name set option, read", $socket->sockopt(SO_BROADCAST));
	observe("$name ttl set", $socket->setsockopt(IPPROTO_IP, IP_TTL, 9));
	observe("$name ttl", unpack('i', $socket->getsockopt(IPPROTO_IP, IP_TTL)));
	observe("$name no such option", $socket->getsockopt(IPPROTO_IP, 9999));
}

for my $class ('IO::Socket::INET', 'IO::Socket::IP') {
	my $socket = $class->new(Proto => 'udp', PeerAddr => $host_a, PeerPort => $port_a);
	observe("$class peer", $names{$socket->peerhost . ' ' . $socket->peerport});
	observe("$class local host", $socket->sockhost);
	observe("$class connected", defined $socket->connected);
	observe("$class send", $socket->send('connected'));
	receive("$class recv", $socket);
	observe("$class print", print $socket 'printed');
	observe("$class flush", $socket->flush);
	receive("$class recv printed", $socket);
	observe("$class syswrite", $socket->syswrite('written whole', 7));
	observe("$class sysread", $socket->sysread(my $read, 100));
	observe("$class sysread text", $read);
	observe("$class send to other", $socket->send('elsewhere', 0, pack_sockaddr_in($port_b, inet_aton($host_b))));
	observe("$class answer of other", scalar IO::Select->new($socket)->can_read(0.2));
	$socket->send('peeked');
	receive("$class peek", $socket, 3, MSG_PEEK);
	receive("$class truncated", $socket, 3);
	$socket->blocking(0);
	receive("$class nothing", $socket);
	receive("$class nothing, once", $socket, 10, MSG_DONTWAIT);
	$socket->blocking(1);
	options($class, $socket);
	observe("$class shutdown", $socket->shutdown(SHUT_WR));
	observe("$class send shut", $socket->send('x'));
	observe("$class close", $socket->close);
	observe("$class closed", defined fileno $socket);

	my $free = $class->new(Proto => 'udp', Type => SOCK_DGRAM, LocalAddr => '127.0.0.1', LocalPort => 0);
	observe("$class bound", $free->sockhost);
	observe("$class no peer", $free->peerhost);
	for my $peer ([$host_a, $port_a], [$host_b, $port_b]) {
		observe("$class sendto $peer->[0]", $free->send("to $peer->[0]", 0, pack_sockaddr_in($peer->[1], inet_aton($peer->[0]))));
		receive("$class recvfrom $peer->[0]", $free);
		observe("$class last peer $peer->[0]", $class eq 'IO::Socket::INET' ? $free->peerhost : '');
	}
	observe("$class no destination", eval { $class->new(Proto => "udp")->send("x") } // "refused");
	observe("$class taken", $class->new(Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => $free->sockport) ? 'made' : "$!");
	observe("$class too long", $free->send('x' x 70000, 0, pack_sockaddr_in($port_a, inet_aton($host_a))));
}

my $six = IO::Socket::IP->new(Proto => 'udp', PeerHost => $host_6, PeerPort => $port_6);
observe('six peer', $names{$six->peerhost . ' ' . $six->peerport});
$six->send('six');
receive('six recv', $six);
options('six', $six);
my $mapped = IO::Socket::IP->new(Proto => 'udp', Domain => AF_INET6, PeerHost => "::ffff:$host_a", PeerPort => $port_a);
$mapped->send('mapped');
receive('mapped recv', $mapped);

socket(my $plain, PF_INET, SOCK_DGRAM, getprotobyname('udp')) or die;
observe('plain send', send($plain, 'plain', 0, pack_sockaddr_in($port_a, inet_aton($host_a))));
vec(my $ready = '', fileno $plain, 1) = 1;
observe('select', scalar select($ready, undef, undef, 5));
receive('plain recv', $plain);
observe('fcntl', fcntl($plain, F_GETFL, 0) & O_NONBLOCK);
open(my $copy, '+<&', $plain) or die;
observe('copy send', send($copy, 'of the copy', 0, pack_sockaddr_in($port_b, inet_aton($host_b))));
close $plain;
receive('copy recv', $copy);
if (!(my $child = fork)) {
	send($copy, 'of a child', 0, pack_sockaddr_in($port_b, inet_aton($host_b)));
	receive('child recv', $copy);
	exit 3;
} else {
	waitpid $child, 0;
	observe('child', $? >> 8);
}
