#!/bin/sh
# Perl's IO::Socket.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs perl
# shellcheck disable=SC2086 # a list of words
compare perl "$suites/perl.pl" $peers
finish
