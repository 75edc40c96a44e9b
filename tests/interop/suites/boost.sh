#!/bin/sh
# Boost.Asio's UDP sockets.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs c++
[ -f /usr/include/boost/asio.hpp ] || skip "needs the headers of Boost"
c++ -O1 -std=c++17 "$suites/boost.cc" -o "$work/program" -pthread || fail "boost.cc does not compile"
# shellcheck disable=SC2086 # a list of words
compare "$work/program" $peers
finish
