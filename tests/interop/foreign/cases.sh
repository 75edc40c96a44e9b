#!/bin/sh
# cases.sh NATIVE FOREIGN LIBRARY LEFT_OUT [EMULATOR]: the differential test with programs of another machine or C
# library, and the library built for it, by an emulator if they need one; the servers and what compares are this
# machine's. LEFT_OUT has the cases that cannot be, with their reasons.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

foreign=$2 library=$3 left_out=$4
if [ $# -gt 4 ]; then
	export LIVE_EMULATOR="$5"
	needs "$LIVE_EMULATOR"
fi
live=$(dirname "$(readlink -f "$0")")/../../live
mkdir "$work/programs"
ln -s "$build/tests/socks_server" "$build/tests/echo_peer" "$foreign/tests/cases" "$foreign/tests/cases_fortified" \
	"$work/programs"

sed -n 's/^CASE(\(.*\))$/\1/p' "$live/cases/cases.def" | sort >"$work/all"
sed '/^#/d; s/ .*//' "$left_out" | sort >"$work/left_out"
same "cases that are left out, but are none" "$(comm -13 "$work/all" "$work/left_out")" ""
comm -23 "$work/all" "$work/left_out" >"$work/played"
same "cases to play" "$(($(wc -l <"$work/played") > 100))" 1

# shellcheck disable=SC2016 # for the inner shell
xargs -P 2 -I '{}' sh -c '"$1" "$2" "$3" "$4" "$5" >"$2/../said.$3" 2>&1 || echo "$3"' sh \
	"$build/tests/run_cases" "$work/programs" '{}' "$library" "$live/expected_differences" <"$work/played" >"$work/failed"
while read -r case; do
	fail "$case: $(head -n 20 "$work/said.$case")"
done <"$work/failed"
finish
