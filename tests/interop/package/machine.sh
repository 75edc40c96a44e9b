#!/bin/sh
# The Debian packages on this machine: installed, used by the wrapper and by the library's soname, and purged, after
# which nothing of them is left. Where any part is installed already, it is left alone and nothing is tested.
# shellcheck source=tests/interop/package.sh
. "$(dirname "$0")/../package.sh"

needs dig ldconfig
names="libsocks5udp libsocks5api-dev"
installed=false

privileged() {
	if [ "$(id -u)" -eq 0 ]; then
		env PATH="$PATH:/usr/sbin:/sbin" "$@"
	else
		sudo -n env PATH="$PATH:/usr/sbin:/sbin" "$@"
	fi
}

# shellcheck disable=SC2317 # called at the end
clean_up() {
	stop_servers
	if $installed; then
		# shellcheck disable=SC2086 # a list of words
		privileged dpkg --purge $names >/dev/null 2>&1
	fi
	rm -rf "$work"
}

known_to_loader() {
	PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -E 'libsocks5(udp|api)'
}

# What stands at the packages' paths, folders included.
standing() {
	for name in $names; do
		dpkg-deb --fsys-tarfile "$(deb_of "$name")" | tar -t | sed 's|^\.||; s|/$||'
	done | sort -u | while read -r path; do
		if [ -e "/$path" ] || [ -L "/$path" ]; then
			echo "$path"
		fi
	done
}

known_to_dpkg() {
	# shellcheck disable=SC2086 # a list of words
	dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $names 2>/dev/null | grep -v '^un'
}

privileged true 2>/dev/null || skip "needs root, or sudo without a password"
[ -z "$(known_to_dpkg)$(known_to_loader)" ] || skip "a libsocks5udp is installed here"
if command -v socksify-udp >/dev/null; then
	skip "a socksify-udp is installed here"
fi
make_packages
before=$(standing)

installed=true
# shellcheck disable=SC2046 # a list of files
run 0 privileged dpkg --install $(for name in $names; do deb_of "$name"; done)
start_dns && start_dante none || exit 1
relay_through "socks5://$proxy_address:$proxy_port"
run 0 /usr/bin/socksify-udp dig +short -p "$dns_port" "@$dns_address" wrapper.demo.test A
same "answer behind the wrapper" "$out$err" 192.0.2.53
same "asker behind the wrapper" "$(askers wrapper.demo.test)" "$relayed_address"
run 0 env LD_PRELOAD=libsocks5udp.so dig +short -p "$dns_port" "@$dns_address" soname.demo.test A
same "answer with the soname" "$out$err" 192.0.2.53
same "asker with the soname" "$(askers soname.demo.test)" "$relayed_address"
stop_servers

echo '#include <socks5_api.h>
int main(void) { return socks5_getserv(0, 0) != 0; }' | compile "$work/program" -lsocks5api
run 0 "$work/program"
if command -v man >/dev/null; then
	for page in "1 socksify-udp" "3 socks5_api" "5 socks5udp.conf" "5 socks5c.conf" "7 libsocks5udp"; do
		# shellcheck disable=SC2086 # section and name
		run 0 env MANPATH=/usr/share/man man -w $page
	done
fi

# shellcheck disable=SC2086 # a list of words
run 0 privileged dpkg --purge $names
installed=false
same "what is left of the packages" "$(standing)" "$before"
same "what dpkg knows" "$(known_to_dpkg)" ""
same "what the loader knows" "$(known_to_loader)" ""
finish
