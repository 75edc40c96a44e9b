#!/bin/sh
# Rules for names decide on the addresses that were looked up for them, whether by DNS or in /etc/hosts.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
start_echo
datagram="perl $names/datagram.pl"
unset SOCKS5UDP_PROXY

set_rules() { # RULES
	export SOCKS5UDP_CONFIG="$work/socks5udp.conf"
	cat >"$SOCKS5UDP_CONFIG" <<END
servers = ( { name = "dante"; url = "socks5://$proxy_address:$proxy_port"; } );
rules = ( $1 );
dns = { mode = "tunnel"; server = [ "$far" ]; };
$2
END
}

echo "$echo_address written.example" >>/etc/hosts

# sends NAME EXPECTED-SOURCE
sends() {
	for how in unconnected connected; do
		# shellcheck disable=SC2086 # a list of words
		run 0 "$socksify" $datagram "$1" text "$how"
		says "$out" "$echo_address $2 text itself:7777"
	done
}

set_rules '{ to = "time.test"; action = "direct"; }' ""
sends time.test "$echo_address"
sends "$echo_address" "$relayed_address"
set_rules '{ to = [ ".example" ]; action = "direct"; }' ""
sends written.example "$echo_address"
sends time.test "$relayed_address"
set_rules '{ to = [ ".test", ".example" ]; port = "7777"; action = "relay"; }' 'default = "direct";'
sends written.example "$relayed_address"
sends "$echo_address" "$echo_address"
set_rules '{ to = ".example"; port = "1-7776,7778-65535"; action = "reject"; }, { to = ".example"; action = "reject"; }' ""
# shellcheck disable=SC2086 # a list of words
run 111 "$socksify" $datagram written.example refused

# That names are looked up here is said once, to who wants to hear it.
export SOCKS5UDP_PROXY="socks5://$proxy_address:$proxy_port"
unset SOCKS5UDP_CONFIG
# shellcheck disable=SC2016 # for perl
run 0 "$socksify" -v --dns local perl -MSocket=getaddrinfo -e 'getaddrinfo($_) for "a.test", "v4.test"'
says "$err" "*names are looked up as the system does*"
finish
