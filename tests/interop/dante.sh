# shellcheck shell=sh
# A DNS server and a Dante for the tests in dante/ and of the example program. Sourced with the build folder as $1.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"

needs dnsmasq danted
clean_up() {
	stop_servers
	rm -rf "$work"
}

# relay_through URL: the settings for what follows.
relay_through() {
	export SOCKS5UDP_CONFIG="$work/socks5udp.conf"
	write_settings "$SOCKS5UDP_CONFIG" "$1"
}

# Where queries for a name came from, by the DNS server's log; each address once.
askers() {
	sed -n "s/.*query\[A\] $1 from \(.*\)/\1/p" "$dns_log" | sort -u
}

lookup() { # STATUS NAME [OPTION...]
	expected=$1 name=$2
	shift 2
	run "$expected" "$socksify" dig +short "$@" -p "$dns_port" "@$dns_address" "$name" A
}
