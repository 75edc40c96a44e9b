#!/bin/sh
# Ruby's UDPSocket.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs ruby
# shellcheck disable=SC2086 # a list of words
compare ruby "$suites/ruby.rb" $peers
finish
