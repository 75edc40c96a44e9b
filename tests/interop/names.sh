# shellcheck shell=sh disable=SC2034,SC2154
# Two nameservers with the same zone, one that the system's configuration names and one behind a relay; the tests in
# names/ look who of them is asked. Sourced with the build folder as $1, in a network, mounts and processes of its own.
if [ "${2-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] && user= || user=--map-root-user
	# shellcheck disable=SC2086 # one word, or none
	set -- "$1" $user --net --mount --pid --fork --kill-child --mount-proc
	build=$1
	shift
	unshare "$@" true 2>/dev/null || { echo "skipped: no namespaces here"; exit 77; }
	exec unshare "$@" sh "$0" "$build" inside
fi
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"
unset SOCKS5UDP_DNS SOCKS5UDP_DNS_SERVER RES_OPTIONS LOCALDOMAIN
names=$(cd "$(dirname "$0")" && pwd)

near=127.0.0.53
far=192.0.2.53
proxy_address=192.0.2.1
proxy_addresses=$proxy_address
relayed_address=192.0.2.9
relayed_addresses=$relayed_address
proxy_port=1080
ip link set lo up
echo_address=192.0.2.123 # time.test
for address in $far $proxy_address $relayed_address $echo_address; do
	ip address add "$address/32" dev lo
done

clean_up() {
	for pid in ${nameservers-}; do
		kill "$pid"
		wait "$pid" 2>/dev/null
	done
	stop_servers
	rm -rf "$work"
}

# set_system FILE: the file of /etc is standard input from now on.
set_system() {
	cat >"$work/${1##*/}"
	mount --bind "$work/${1##*/}" "/etc/$1"
}

start_nameserver() { # ADDRESS LOG [PORT]
	: >"$work/$2"
	: >"$work/$2.out"
	perl "$names/nameserver.pl" "$1" "$work/$2" "${3:-53}" >"$work/$2.out" 2>&1 &
	nameservers="${nameservers-} $!"
	wait_for $! has_line ready "$work/$2.out" || skip "no nameserver on $1: $(cat "$work/$2.out")"
}

set_system resolv.conf <<END
nameserver $near
search search.test elsewhere.test
options timeout:5 attempts:2
END
set_system nsswitch.conf <<END
hosts: files dns
services: files
protocols: files
networks: files dns
END
set_system hosts <<END
127.0.0.1 localhost
::1 localhost
203.0.113.77 written.test written
END
# What stands for names is kept in one of these.
stand_in_folders=/dev/shm
[ ! -d "/run/user/$(id -u)" ] || stand_in_folders="/run/user/$(id -u) $stand_in_folders"
for folder in $stand_in_folders; do
	mount -t tmpfs tmpfs "$folder"
done
start_nameserver "$near" near.log
start_nameserver "$far" far.log

# forget: what has been asked so far.
forget() {
	: >"$work/near.log"
	: >"$work/far.log"
}

asked() { # near|far|far6: askers and names, each once
	sort -u "$work/$1.log"
}

# asked_nobody_near WHAT
asked_nobody_near() {
	[ ! -s "$work/near.log" ] || fail "$1 was seen by the local nameserver: $(asked near)"
}

# asked_through_relay WHAT: somebody far was asked, and not by anybody but the relay.
asked_through_relay() {
	[ -s "$work/far.log" ] || fail "$1 asked nobody"
	! grep -v "^$relayed_address " "$work/far.log" || fail "$1 asked directly"
}

# Dante looks names up where the far nameserver is the system's.
start_relay() {
	needs danted
	echo "nameserver $far" >"$work/far-resolv.conf"
	cat >"$work/far-danted" <<END
#!/bin/sh
exec unshare --mount sh -c 'mount --bind $work/far-resolv.conf /etc/resolv.conf && exec "\$@"' sh $(sbin danted) "\$@"
END
	chmod +x "$work/far-danted"
	sbin() {
		echo "$work/far-danted"
	}
	start_dante none || exit 1
	export SOCKS5UDP_PROXY="socks5://$proxy_address:$proxy_port"
}

start_echo() {
	cat >"$work/echo.pl" <<'END'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 7777, Proto => 'udp') or die $!;
$| = 1;
print "ready\n";
while ($socket->recv(my $bytes, 2048)) {
	$socket->send($socket->peerhost . " $bytes");
}
END
	: >"$work/echo.out"
	perl "$work/echo.pl" "$echo_address" >"$work/echo.out" &
	nameservers="${nameservers-} $!"
	wait_for $! has_line ready "$work/echo.out" || exit 1
}
