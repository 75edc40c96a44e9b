#!/bin/sh
# Java's DatagramSocket and DatagramChannel.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

needs java javac
javac -J-XX:-UsePerfData -d "$work" "$suites/Datagrams.java" >"$work/javac" 2>&1 || fail "$(cat "$work/javac")"
# shellcheck disable=SC2086 # a list of words
compare java -XX:-UsePerfData -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$work" Datagrams $peers
finish
