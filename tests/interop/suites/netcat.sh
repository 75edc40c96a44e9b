#!/bin/sh
# OpenBSD's netcat.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs nc.openbsd
# shellcheck disable=SC2086 # a list of words
compare perl "$suites/lines.pl" "$suites/netcat.table" $peers
finish
