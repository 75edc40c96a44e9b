# shellcheck shell=sh disable=SC2034,SC2154
# A far end and the exchanges with it, for the tests in aix/. Sourced with the build folder as $1.
#
# Every exchange is tried by each of $proxy_addresses with each of $target_addresses. That the server stood between is
# told by the far end, which says whom it saw: one of $relayed_addresses, which no client sends from by itself.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=scripts/lib/servers.sh
. "$(dirname "$0")/../../../scripts/lib/servers.sh"
# shellcheck source=tests/interop/accounts.sh
. "$(dirname "$0")/../accounts.sh"

client=$build/tests/aix_client
far_end=$(dirname "$0")/peer.pl
target_addresses=$home.53

# For a network namespace. ss-server takes no IPv4 address for one where all that there are belong to 127.0.0.0/8
# (AI_ADDRCONFIG of getaddrinfo), so these do not.
use_both_families() {
	needs ip
	proxy_address=192.0.2.1
	proxy_addresses="192.0.2.1 2001:db8::1"
	target_addresses="192.0.2.53 2001:db8::53"
	relayed_addresses="192.0.2.77 2001:db8::77"
	ip link set lo up || exit 1
	for address in $proxy_addresses $target_addresses $relayed_addresses; do
		ip addr add "$address" dev lo || skip "no $address here"
	done
}

server_pids='' far_end_pid='' client_pid=''

stop() { # PID...
	for pid; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

stop_proxies() {
	# shellcheck disable=SC2086 # a list of words
	stop $server_pids
	server_pids=
	stop_servers
}

clean_up() {
	stop_proxies
	# shellcheck disable=SC2086 # one or none
	stop $client_pid $far_end_pid
	client_pid='' far_end_pid=''
	rm -rf "$work"
}

listens() { # ADDRESS PORT
	perl -MIO::Socket::IP -MSocket=AI_NUMERICHOST -e 'exit !IO::Socket::IP->new(PeerAddr => $ARGV[0],
		PeerPort => $ARGV[1], GetAddrInfoFlags => AI_NUMERICHOST)' "$1" "$2"
}

# start_server ADDRESSES PORT PROGRAM ARGUMENT...: until it listens at all of them.
start_server() {
	addresses=$1 port=$2
	shift 2
	"$@" </dev/null >"$work/$1.log" 2>&1 &
	server_pids="$server_pids $!"
	for address in $addresses; do
		if ! wait_for $! listens "$address" "$port"; then
			echo "$1 does not listen at $address $port:"
			cat "$work/$1.log"
			return 1
		fi
	done
}

start_far_end() {
	# shellcheck disable=SC2086 # a list of words
	perl "$far_end" serve $target_addresses </dev/null >"$work/peer" 2>&1 &
	far_end_pid=$!
	wait_for $far_end_pid has_line . "$work/peer" || return 1
	peer_port=$(cat "$work/peer")
}

# relayed_to TARGET: whom the far end sees there.
relayed_to() {
	for address in $relayed_addresses; do
		case $1,$address in
		*:*,*:* | *.*,*.*) echo "$address" ;;
		esac
	done
}

# with_each EXCHANGE OPTION...: calls the function for each $server and $target, with the options for the client, and
# once more for sockets that do not block.
with_each() {
	exchange=$1
	shift
	for server in $proxy_addresses; do
		for target in $target_addresses; do
			relayed=$(relayed_to "$target")
			$exchange "$@"
			$exchange -n "$@"
		done
	done
}

ask() { # STATUS COMMAND OPTION...
	wanted=$1 command=$2
	shift 2
	run "$wanted" "$client" "$@" "$command" "$server" "$proxy_port" "$target" "$peer_port"
}

reaches_it() { # OPTION...
	ask 0 udp "$@"
	same "UDP with $target by $server $*" "$out" "$target $peer_port
$relayed
hello"
	ask 0 connect "$@"
	same "CONNECT to $target by $server $*" "$out" "$relayed
hello"
}

is_called_by_it() { # OPTION...
	: >"$work/bind"
	"$client" "$@" bind "$server" "$proxy_port" "$target" "$peer_port" </dev/null >"$work/bind" 2>&1 &
	client_pid=$!
	wait_for $client_pid has_line . "$work/bind"
	bound='' port=''
	read -r bound port <"$work/bind"
	run 0 perl "$far_end" call "$target" "$bound" "$port"
	wait $client_pid || fail "BIND for $target by $server $* ended with $?"
	client_pid=
	same "what the caller heard" "${out#* }" hello
	same "BIND for $target by $server $*" "$(cat "$work/bind")" "$relayed $port
$target ${out% *}
$relayed
hello"
}

# What ss-local and V2Ray make of BIND.
is_told_of_no_bind() { # OPTION...
	ask 1 bind "$@"
	says "$err" "socks5tcp_bind: EOPNOTSUPP, the server does not support the command"
}

is_refused() { # OPTION...
	for command in udp connect bind; do
		ask 1 $command "$@"
		says "$err" "socks5???_*: EACCES, the server's rules do not allow the request"
		same "output of what was refused" "$out" ""
	done
}

# For a server that demands $account.
try_logins() { # EXCHANGE...
	for with_login; do
		with_each "$with_login" -u "$account" -p "$account_password"
	done
	with_each is_refused -u "$account" -p wrong
	with_each is_refused -u nobody -p "$account_password"
	with_each is_refused
}
