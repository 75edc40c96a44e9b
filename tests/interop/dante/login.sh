#!/bin/sh
# A Dante that demands RFC 1929 and knows a user of this test's own, in a mount namespace with accounts of its own.

if [ "${2-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || { echo "skipped: needs root"; exit 77; }
	unshare -m true 2>/dev/null || { echo "skipped: no mount namespaces here"; exit 77; }
	exec unshare -m sh "$0" "$1" inside
fi
# shellcheck source=tests/interop/dante.sh
. "$(dirname "$0")/../dante.sh"

accounts() {
	# shellcheck disable=SC2016 # crypt's own dollars
	hash=$(perl -e 'print crypt("a pass:word@", q($6$saltsalt$))')
	cp /etc/passwd "$work/passwd"
	cp /etc/shadow "$work/shadow"
	chmod 600 "$work/shadow"
	echo "relayed:x:54321:54321::/nonexistent:/usr/sbin/nologin" >>"$work/passwd"
	echo "relayed:$hash:19000:0:99999:7:::" >>"$work/shadow"
	mount --bind "$work/passwd" /etc/passwd && mount --bind "$work/shadow" /etc/shadow
}

# The files are busy as long as they are mounted.
# shellcheck disable=SC2317 # called at the end
clean_up() {
	stop_servers
	umount /etc/passwd /etc/shadow 2>/dev/null
	rm -rf "$work"
}
accounts || exit 1
start_dns && start_dante username || exit 1

relay_through "socks5://relayed:a%20pass%3Aword%40@$proxy_address:$proxy_port"
lookup 0 right.demo.test
same "answer" "$out" 192.0.2.53
same "asker with the right password" "$(askers right.demo.test)" "$relayed_address"

for wrong in relayed:wrong@ nobody:wrong@ ""; do
	relay_through "socks5://$wrong$proxy_address:$proxy_port"
	lookup 9 wrong.demo.test +tries=1 +time=1
	same "asker as '$wrong'" "$(askers wrong.demo.test)" ""
	case $out$err in
	*wrong@* | *'a pass'*) fail "a password is shown: $out $err" ;;
	esac
done
finish
