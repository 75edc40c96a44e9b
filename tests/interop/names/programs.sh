#!/bin/sh
# Programs that look names up, each by its own way: the local nameserver sees nothing of it, and they find what they find
# without the library.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
has() {
	command -v "$1" >/dev/null
}

# looks_up WHAT COMMAND...: bare and through the tunnel, where standard output is compared; and where there is none.
looks_up() {
	what=$1
	shift
	forget
	"$@" >"$work/bare" 2>"$work/err" </dev/null
	[ -s "$work/near.log" ] || fail "$what looks nothing up: $(cat "$work/bare" "$work/err")"
	forget
	"$socksify" --dns tunnel --dns-server "$far" "$@" >"$work/out" 2>"$work/err" </dev/null
	cmp -s "$work/bare" "$work/out" || fail "$what: bare $(cat "$work/bare"), through the tunnel $(cat "$work/out" "$work/err")"
	asked_nobody_near "$what"
	asked_through_relay "$what"
	for mode in auto remote; do
		timeout 60 "$socksify" --dns $mode "$@" >"$work/out" 2>"$work/err" </dev/null
		asked_nobody_near "$what, $mode,"
	done
}

looks_up "getent hosts" getent hosts a.test
looks_up "getent ahosts" getent ahosts chain.test
looks_up "getent ahostsv4" getent ahostsv4 several.test
looks_up "getent, a name of the search list" getent hosts host
echo "alias v4.test" >"$work/aliases"
looks_up "getent, an alias" env HOSTALIASES="$work/aliases" getent hosts alias
looks_up "getent, back" getent hosts 203.0.113.1
# shellcheck disable=SC2016 # for perl
looks_up perl perl -MSocket=:addrinfo -e 'my ($e, @r) = getaddrinfo("several.test", 80);
	print "$e ", join(" ", map { (getnameinfo($_->{addr}, NI_NUMERICHOST))[1] } @r), "\n"'
looks_up "perl gethostbyname" perl -e 'print join(".", unpack("C4", gethostbyname("a.test"))), "\n"'
! has python3 || looks_up python python3 -c 'import socket
print(socket.getaddrinfo("a.test", 53), socket.gethostbyname_ex("many.test"), socket.getfqdn("203.0.113.1"))'
# shellcheck disable=SC2016 # for python3
! has python3 || looks_up "python, by a handle of libc" python3 -c 'import ctypes
class Host(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("aliases", ctypes.c_void_p), ("family", ctypes.c_int),
                ("length", ctypes.c_int), ("addresses", ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte * 4)))]
look_up = ctypes.CDLL("libc.so.6").gethostbyname
look_up.restype = ctypes.POINTER(Host)
host = look_up(b"chain.test").contents
print(host.name, list(host.addresses[0].contents))'
! has node || looks_up node node -e 'require("dns").lookup("a.test", {all: true}, (e, r) => console.log(e, r))'
! has node || looks_up "node, with a resolver of its own" node -e '
	require("dns").resolve4("many.test", (e, r) => console.log(e, r && r.sort()))'
if has javac || has java; then
	cat >"$work/Lookup.java" <<'END'
import java.net.InetAddress;
public class Lookup {
	public static void main(String[] arguments) throws Exception {
		for (InetAddress address : InetAddress.getAllByName(arguments[0]))
			System.out.println(address);
	}
}
END
	if has javac && javac -J-XX:-UsePerfData -d "$work" "$work/Lookup.java" 2>/dev/null; then
		looks_up java java -XX:-UsePerfData -Xint -XX:TieredStopAtLevel=0 -cp "$work" Lookup a.test
	fi
fi
# What they do with it then fails in the same way.
! has ping || looks_up ping sh -c 'ping -c 1 -W 1 v4.test 2>&1 | grep -c "not known\|resolution"'
! has nc || looks_up nc sh -c 'nc -z -w 1 v4.test 9 2>&1; true'
! has wget || looks_up wget sh -c 'wget -t 1 -T 1 -O - http://v4.test:9/ 2>&1 | grep -i "^resolving\|unable to resolve"'
! has curl || looks_up curl sh -c 'curl -sS -v --max-time 1 http://v4.test:9/ 2>&1 | grep -i "trying\|resolve"'
! has dig || looks_up dig dig +short a.test A
if has dig; then
	# What a program asks a nameserver on loopback goes to the one behind the tunnel, whoever listens here.
	run 0 "$socksify" --dns tunnel --dns-server "$far" dig +short @127.0.0.1 v4.test A
	same "dig @127.0.0.1" "$out" 203.0.113.4
fi
! has host || looks_up host host -t A chain.test
if has chronyd; then
	looks_up chronyd sh -c 'timeout 2 chronyd -Q -t 1 -U "server v4.test iburst" 2>&1 | grep -c "Could not resolve"'
fi
finish
