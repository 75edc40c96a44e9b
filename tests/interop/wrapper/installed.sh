#!/bin/sh
# Installed below another prefix, the wrapper finds its library and helpers.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

run 0 cmake --install "$build" --prefix "$work/prefix"
run 0 "$work/prefix/bin/socksify-udp" -p socks5://127.0.0.1:1080 printenv LD_PRELOAD
says "$out" "$work/prefix/*/libsocks5udp.so"
[ -f "$out" ] || fail "no library at $out"
finish
