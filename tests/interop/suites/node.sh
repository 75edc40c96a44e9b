#!/bin/sh
# Node's dgram.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs node
# shellcheck disable=SC2086 # a list of words
compare node "$suites/node.js" $peers
finish
