#!/bin/sh
# RUN_CAPTURE PROGRAMS LIBRARY: run_capture in a folder of its own.
set -u

work=$(mktemp -d)
clean_up() {
	rm -rf "$work"
}
# shellcheck source=scripts/lib/ending.sh
. "$(dirname "$0")/../../../scripts/lib/ending.sh"
at_end clean_up

"$1" "$2" "$3" "$work/capture.pcapng" "$work/lines"
