#!/bin/sh
# Installed below another prefix, the wrapper finds its library and helpers.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

run 0 cmake --install "$build" --prefix "$work/prefix"
run 0 "$work/prefix/bin/socksify-udp" -p socks5://127.0.0.1:1080 sed -n 's|^[^/]*\(/.*libsocks5udp.so\)$|\1|p' /proc/self/maps
library=$(echo "$out" | sort -u)
says "$library" "$work/prefix/*/libsocks5udp.so"
[ -f "$library" ] || fail "no library at $library"
finish
