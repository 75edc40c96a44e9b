#!/bin/sh
# What cmake --install puts below a scratch root, the Debian packages and the tarball hold the same files; the wrapper
# runs from each where it was unpacked, and the packages depend on what the library needs.
# shellcheck source=tests/interop/package.sh
. "$(dirname "$0")/../package.sh"

needs dig
make_packages
files_of libsocks5udp >"$work/preload"
files_of libsocks5api-dev >"$work/api"
run 0 env DESTDIR="$work/root" cmake --install "$build" --prefix /usr
(cd "$work/root" && find . -type f -o -type l) | sed 's|^\./||' | sort >"$work/installed"
same "files of both packages" "$(sort "$work/preload" "$work/api" | diff - "$work/installed")" ""
mkdir "$work/tarball"
run 0 tar -C "$work/tarball" --strip-components=1 -xf "$(echo "$packages"/*.tar.gz)"
(cd "$work/tarball" && find . -type f -o -type l) | sed 's|^\.|usr|' | sort >"$work/unpacked"
same "files of the tarball" "$(diff "$work/unpacked" "$work/installed")" ""

triplet=$("${CC:-cc}" -print-multiarch)
for file in usr/bin/socksify-udp "usr/lib/$triplet/libsocks5udp.so" "usr/lib/$triplet/socks5udp/socks5udp-settings" \
	"usr/lib/$triplet/socks5udp/socks5udp-check" \
	usr/share/doc/libsocks5udp/examples/socks5udp.conf usr/share/bash-completion/completions/socksify-udp; do
	grep -qx "$file" "$work/preload" || fail "libsocks5udp lacks $file"
done
for file in usr/include/socks5_api.h "usr/lib/$triplet/libsocks5api.so.0" "usr/lib/$triplet/pkgconfig/socks5api.pc"; do
	grep -qx "$file" "$work/api" || fail "libsocks5api-dev lacks $file"
done

for package in libsocks5udp libsocks5api-dev; do
	run 0 dpkg-deb -f "$(deb_of $package)" Architecture
	same "architecture of $package" "$out" "$(dpkg --print-architecture)"
	run 0 dpkg-deb -f "$(deb_of $package)" Depends
	for library in "libc6 (>= 2." $([ $package != libsocks5udp ] || echo libconfig9); do
		case $out in
		*"$library"*) ;;
		*) fail "$package does not depend on $library: $out" ;;
		esac
	done
	run 0 dpkg-deb -f "$(deb_of $package)" Description
	same "lines of the description of $package" "$(($(echo "$out" | wc -l) > 2))" 1
	run 0 dpkg-deb -x "$(deb_of $package)" "$work/extracted"
done

start_dns && start_dante none || exit 1
relay_through "socks5://$proxy_address:$proxy_port"
for place in root/usr extracted/usr tarball; do
	name=$(echo "$place" | tr / -).demo.test
	run 0 "$work/$place/bin/socksify-udp" dig +short -p "$dns_port" "@$dns_address" "$name" A
	same "answer from $place" "$out" 192.0.2.53
	same "asker from $place" "$(askers "$name")" "$relayed_address"
done
finish
