# shellcheck shell=sh disable=SC2034,SC2154
# A DNS server and a Dante, each on a loopback address of this run's own. Sourced; $work is a folder for their files.
# stop_servers ends them. Dante listens at each of $proxy_addresses and sends from that of $relayed_addresses which is of
# the target's family.

# The pid tells runs apart; Dante's log and dnsmasq's must not show the same address for direct and relayed queries.
home=127.$((1 + $$ / 250 % 250)).$(($$ % 250))
proxy_address=$home.1
dns_address=$home.53
relayed_address=$home.77
proxy_addresses=$proxy_address
relayed_addresses=$relayed_address

# A port that the kernel says is free for TCP there; nobody else is on an address of this run's own.
free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => $ARGV[0], Listen => 1)->sockport' "$1"
}

# wait_for PID COMMAND...: until the command succeeds. Fails when the process ends before, or after ten seconds.
wait_for() {
	awaited=$1
	shift
	polls=500
	until "$@"; do
		polls=$((polls - 1))
		[ $polls -gt 0 ] && kill -0 "$awaited" 2>/dev/null || return 1
		sleep 0.02
	done
}

has_line() { # PATTERN FILE
	grep -q -- "$1" "$2"
}

sbin() { # Debian keeps both out of an ordinary user's PATH.
	PATH=$PATH:/usr/sbin:/sbin command -v "$1"
}

dns_pid=
dante_pid=
dante_more= # lines for its configuration

start_dns() {
	dns_port=$(free_port "$dns_address")
	dns_log=$work/dns.log
	: >"$dns_log"
	"$(sbin dnsmasq)" --no-daemon --conf-file=/dev/null --pid-file= --no-resolv --no-hosts --bind-interfaces \
		--listen-address="$dns_address" --port="$dns_port" --log-queries=extra --log-facility=- \
		--address=/demo.test/192.0.2.53 </dev/null >"$dns_log" 2>&1 &
	dns_pid=$!
	if ! wait_for "$dns_pid" has_line 'started, version' "$dns_log"; then
		echo "the DNS server did not start:" >&2
		cat "$dns_log" >&2
		return 1
	fi
}

# start_dante METHOD: none, or username for RFC 1929 against the accounts of the system.
start_dante() {
	proxy_port=${proxy_port:-$(free_port "$proxy_address")}
	dante_log=$work/dante.log
	cat >"$work/dante.conf" <<END
logoutput: $dante_log
$(for address in $proxy_addresses; do echo "internal: $address port = $proxy_port"; done)
$(for address in $relayed_addresses; do echo "external: $address"; done)
clientmethod: none
socksmethod: $1
$dante_more
client pass { from: 0/0 to: 0/0 }
socks pass { from: 0/0 to: 0/0 }
END
	: >"$dante_log"
	"$(sbin danted)" -f "$work/dante.conf" -p "$work/dante.pid" </dev/null >"$work/dante.out" 2>&1 &
	dante_pid=$!
	if ! wait_for "$dante_pid" has_line 'running$' "$dante_log"; then
		echo "Dante did not start:" >&2
		cat "$work/dante.out" "$dante_log" >&2
		return 1
	fi
}

is_gone() { # PID; a zombie is init's to reap
	! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null
}

# Its helper processes hold the relays' sockets, and one with a session under way outlives the mother.
stop_dante() {
	if [ -n "$dante_pid" ]; then
		helpers=$(cat "/proc/$dante_pid/task/$dante_pid/children" 2>/dev/null)
		kill "$dante_pid" 2>/dev/null
		wait "$dante_pid" 2>/dev/null
		for helper in $helpers; do
			kill -KILL "$helper" 2>/dev/null
			wait_for $$ is_gone "$helper"
		done
		dante_pid=
	fi
}

stop_servers() {
	stop_dante
	if [ -n "$dns_pid" ]; then
		kill "$dns_pid" 2>/dev/null
		wait "$dns_pid" 2>/dev/null
		dns_pid=
	fi
}

# The settings that have this machine's own addresses relayed, which are otherwise never.
write_settings() { # FILE URL
	cat >"$1" <<END
servers = ( { name = "dante"; url = "$2"; } );
rules = ( { to = [ "127.0.0.0/8" ]; action = "relay"; } );
END
}
