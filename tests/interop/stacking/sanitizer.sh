#!/bin/sh
# A program built with the address sanitizer, which wants its run-time to be first, and the run-time preloaded.
# shellcheck source=tests/interop/stacking.sh
. "$(dirname "$0")/../stacking.sh"
other=$(readlink -f "$(gcc -print-file-name=libasan.so)")
[ -f "$other" ] || skip "needs libasan"
start_peers
differ "the run-time first" "$other:$library" env ASAN_OPTIONS=detect_leaks=0
differ "any order allowed" "$library:$other" env ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0
refused "this library first" 1 "*ASan runtime does not come first*" "$library:$other" env ASAN_OPTIONS=detect_leaks=0
finish
