#!/bin/sh
# ss-local: with UDP, and without it.
# shellcheck source=tests/interop/check.sh
. "$(dirname "$0")/../check.sh"
# shellcheck source=tests/interop/shadowsocks.sh
. "$(dirname "$0")/../shadowsocks.sh"

start_echo && start_shadowsocks || exit 1
# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://$proxy_address:$proxy_port" $targets
is '' diagnosis none
is loss came 20
at_least size_up octets 1400
is lock served true
is lock diagnosis relay_open

tcp_port=$(free_port "$proxy_address")
start_server "$proxy_address" "$tcp_port" ss-local -s "$ss_address" -p "$ss_port" -k secret -m aes-256-gcm \
	-b "$proxy_address" -l "$tcp_port" || exit 1
# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$proxy_address:$tcp_port" $targets
is associate reply 0 # it promises what it does not do
is '' diagnosis relay_port_closed
finish
