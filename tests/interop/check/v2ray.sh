#!/bin/sh
# V2Ray: with UDP, with a login, and without UDP.
# shellcheck source=tests/interop/check.sh
. "$(dirname "$0")/../check.sh"
# shellcheck source=tests/interop/v2ray.sh
. "$(dirname "$0")/../v2ray.sh"

start_echo && start_v2ray none || exit 1
# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://$proxy_address:$proxy_port" $targets
is '' diagnosis none
is loss came 20
at_least size_up octets 1400
stop_proxies

start_v2ray username || exit 1
# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$proxy_address:$proxy_port" $targets
is '' diagnosis login_wanted
# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://$account:a%20pass%3Aword%40@$proxy_address:$proxy_port" $targets
stop_proxies

sed -i 's/"udp": true/"udp": false/' "$work/v2ray.json"
start_server "$proxy_address" "$proxy_port" v2ray -config "$work/v2ray.json" || exit 1
# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://$account:a%20pass%3Aword%40@$proxy_address:$proxy_port" $targets
is '' diagnosis udp_not_supported
finish
