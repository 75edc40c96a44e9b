# shellcheck shell=sh disable=SC2034,SC2154
# The server and the far end have a network of their own, at the other end of a cable from the program's. Sourced with the
# arguments of survive.sh.
# shellcheck source=tests/interop/survive.sh
. "$(dirname "$0")/../survive.sh"

proxy_address=192.0.2.1
client_address=192.0.2.2
relayed_from="192.0.2.9 fd00:5::9"
relayed_networks='"192.0.2.0/24", "fd00:5::/64"'
recovery=10000 # it was awaited in vain, and the next attempts are seconds apart
keepalive=2.0

start_peer holder unshare --net sh -c 'echo ready; exec cat'
exec 3>"$work/to_holder"
ready holder <"$work/from_holder"
far_side="nsenter --target $holder_pid --net"

# No detection of duplicates: addresses are usable at once. They stay while the cable is out. A connection whose process
# has been killed is soon forgotten, as by a machine that lost its power.
ip link add near type veth peer name far netns "$holder_pid" || skip "no veth here"
for setting in near/accept_dad=0 near/keep_addr_on_down=1; do
	echo "${setting#*=}" >"/proc/sys/net/ipv6/conf/${setting%=*}"
done
# shellcheck disable=SC2016 # for the inner shell
$far_side sh -c 'echo 0 >/proc/sys/net/ipv6/conf/far/accept_dad
	echo 1 >/proc/sys/net/ipv6/conf/far/keep_addr_on_down
	echo 1 >/proc/sys/net/ipv4/tcp_orphan_retries
	ip link set lo up
	for address; do
		ip address add "$address" dev far
	done
	ip link set far up' sh 192.0.2.1/24 192.0.2.9/24 192.0.2.53/24 fd00:5::9/64 fd00:5::53/64
ip address add $client_address/24 dev near
ip address add fd00:5::2/64 dev near
ip link set near up

start_server() {
	# shellcheck disable=SC2086 # a list of words
	start_peer server $far_side "$build/tests/socks_server" --listen "$proxy_address:$proxy_port" \
		--relay-from 192.0.2.9 --relay-from fd00:5::9
	exec 8>"$work/to_server" 9<"$work/from_server"
	ready server <&9
}

# No segment of the server's connections is under way any more.
is_forgotten() {
	! $far_side cat /proc/net/tcp | grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$proxy_port") "
}
