#!/bin/sh
# A Dante that demands RFC 1929.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -m "$@"
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"
# shellcheck source=tests/interop/accounts.sh
. "$(dirname "$0")/../accounts.sh"

add_account && start_dns && start_dante username || exit 1

relay_through "socks5://$account:a%20pass%3Aword%40@$proxy_address:$proxy_port"
lookup 0 right.demo.test
same "answer" "$out" 192.0.2.53
same "asker with the right password" "$(askers right.demo.test)" "$relayed_address"

run 0 "$socksify" -vv dig +short -p "$dns_port" "@$dns_address" debug.demo.test A
for step in "method selection: 4 octets sent" "login: [0-9]* octets sent" "login: 2 octets received" \
	"request: 10 octets sent" "request: 10 octets received"; do
	echo "$err" | grep -q "debug: server .*: $step\$" || fail "no step $step in $err"
done
case $err in
*"a pass"* | *a%20pass*) fail "the log shows the password: $err" ;;
esac

for wrong in "$account:wrong@" nobody:wrong@ ""; do
	relay_through "socks5://$wrong$proxy_address:$proxy_port"
	lookup 9 wrong.demo.test +tries=1 +time=1
	same "asker as '$wrong'" "$(askers wrong.demo.test)" ""
	case $out$err in
	*wrong@* | *'a pass'*) fail "a password is shown: $out $err" ;;
	esac
done
finish
