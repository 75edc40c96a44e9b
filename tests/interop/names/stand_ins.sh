#!/bin/sh
# What an address stands for is known to a user's other processes for as long as one of them lives, and then to nobody;
# nothing stays behind. What else may lie in the file's place does no harm.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
start_echo
export datagram="perl $names/datagram.pl" SOCKS5UDP_DNS=remote work
file() {
	# shellcheck disable=SC2086 # a list of folders
	find $stand_in_folders -type f -name 'socks5udp-*'
}

nothing_stays() { # AFTER-WHAT
	[ -z "$(file)" ] || fail "$1: $(file) stays behind"
}

# works TEXT: a datagram to a stand-in comes back.
works() {
	# shellcheck disable=SC2086 # a list of words
	run 0 "$socksify" $datagram time.test "$1"
	says "$out" "198.1[89].*.* $relayed_address $1 itself:7777"
}

works alone
nothing_stays "a process by itself"

# A shell that the library is in, and what it runs one after the other.
# shellcheck disable=SC2016 # for that shell
run 0 "$socksify" sh -c '$datagram time.test first >"$work/first" && address=$(cut -d" " -f1 "$work/first") &&
	$datagram "$address" second && getent hosts "$address" | grep -c time.test; true'
same "another process of one shell" "$out" "$(cut -d' ' -f1 "$work/first") $relayed_address second itself:7777
1"
nothing_stays "a shell"

# Who looked it up has ended; a child that it forked lives on, and executes others.
mkfifo "$work/orders"
cat >"$work/daemon.pl" <<'END_OF_PERL'
use Socket qw(:addrinfo SOCK_DGRAM AF_INET);
my ($error, $found) = getaddrinfo('time.test', 7777, {socktype => SOCK_DGRAM, family => AF_INET});
my (undef, $address) = getnameinfo($found->{addr}, NI_NUMERICHOST);
exit if fork;
open(STDIN, '<', $ARGV[0]);
<STDIN>;
system("$ENV{datagram} $address later");
END_OF_PERL
"$socksify" perl "$work/daemon.pl" "$work/orders" >"$work/later"
[ -n "$(file)" ] || fail "the file has gone while a child lives"
works beside
echo >"$work/orders"
wait_for "$dante_pid" grep -q . "$work/later"
says "$(cat "$work/later")" "198.1[89].*.* $relayed_address later itself:7777"

# One that was killed leaves it to the next.
# shellcheck disable=SC2016 # for perl
run 137 "$socksify" perl -MSocket=:addrinfo,SOCK_DGRAM -e \
	'getaddrinfo("time.test", 7777, {socktype => SOCK_DGRAM}); kill KILL => $$'
[ -n "$(file)" ] || fail "nothing to be left behind"
works after
nothing_stays "the next after one that was killed"

# What others may have put there.
place=${stand_in_folders%% *}/socks5udp-names.1
[ "${place%/*}" != /dev/shm ] || place=$place-$(id -u)
echo kept >"$work/target"
put() { # COMMAND: makes $place
	rm -rf "$place"
	eval "$1" || fail "$1"
	works "${1%% *}"
}
put "ln -s '$work/target' '$place'"
put "ln '$work/target' '$place' 2>/dev/null || ln -s /nowhere '$place'"
same "the file behind a link" "$(cat "$work/target")" kept
put "mkdir '$place'"
put "mkfifo -m 600 '$place'"
put "(umask 0; echo open to everybody >'$place')"
same "a file that everybody may write" "$(cat "$place")" "open to everybody"
put "head -c 100 /dev/zero >'$place' && chmod 600 '$place'"
put "head -c 3000000 /dev/urandom >'$place' && chmod 600 '$place'"
nothing_stays garbage
if chown 65534 "$work/target" 2>/dev/null; then
	put "echo another >'$place' && chmod 600 '$place' && chown 65534 '$place'"
	same "another user's file" "$(cat "$place")" another
fi
finish
