#!/bin/sh
# libuv's UDP handles.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

flags=$(pkg-config --cflags --libs libuv 2>/dev/null) || skip "needs the headers of libuv"
# shellcheck disable=SC2086 # lists of words
"${CC:-cc}" -O2 -D_GNU_SOURCE "$suites/libuv.c" -o "$work/program" $flags || fail "libuv.c does not compile"
# shellcheck disable=SC2086
compare "$work/program" $peers
finish
