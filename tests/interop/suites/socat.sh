#!/bin/sh
# socat's datagram addresses.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs socat
# shellcheck disable=SC2086 # a list of words
compare perl "$suites/lines.pl" "$suites/socat.table" $peers
finish
