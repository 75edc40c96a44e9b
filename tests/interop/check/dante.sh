#!/bin/sh
# Dante: one that relays, one whose rules forbid UDP, one that demands a login.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -m "$@"
# shellcheck source=tests/interop/check.sh
. "$(dirname "$0")/../check.sh"
needs dnsmasq danted

start_dns && start_echo && start_dante none || exit 1
proxy=$proxy_address:$proxy_port

check 0 -p "socks5://$proxy" --check-target "$dns_address:$dns_port"
is '' diagnosis none
is round_trip kind dns
is loss came 20
at_least size_up octets 512
is fragments treatment dropped
is lock served false
is pipelining taken true

# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://$proxy" $targets --check-idle 1
is round_trip kind echo
at_least size_up octets 1472
is size_down octets "$(value size_up octets)"
is name mark good
is idle lived_ms 1000

# Nothing of it is served to a client with a login that nobody asks for.
check 0 -p "socks5://u:secret@$proxy" --check-target "$dns_address:$dns_port"
is method chosen 0
stop_dante

dante_more="socks block { from: 0/0 to: 0/0 command: udpassociate }"
start_dante none || exit 1
check 1 -p "socks5://$proxy" --check-target "$dns_address:$dns_port"
is '' diagnosis not_allowed
stop_dante

dante_more=
add_account && start_dante username || exit 1
check 1 -p "socks5://$proxy" --check-target "$dns_address:$dns_port"
is '' diagnosis login_wanted
check 1 -p "socks5://$account:wrong@$proxy" --check-target "$dns_address:$dns_port"
is '' diagnosis login_refused
check 0 -p "socks5://$account:a%20pass%3Aword%40@$proxy" --check-target "$dns_address:$dns_port"
is login mark good
case $out in
*"a pass"* | *$account*) fail "the login is shown: $out" ;;
esac
finish
