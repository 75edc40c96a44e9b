#!/bin/sh
# GLib's GSocket.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

flags=$(pkg-config --cflags --libs gio-2.0 2>/dev/null) || skip "needs the headers of gio-2.0"
# shellcheck disable=SC2086 # lists of words
"${CC:-cc}" -O2 -D_GNU_SOURCE "$suites/glib.c" -o "$work/program" $flags || fail "glib.c does not compile"
# shellcheck disable=SC2086
compare "$work/program" $peers
finish
