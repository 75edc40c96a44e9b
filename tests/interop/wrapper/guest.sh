#!/bin/sh
# What the program can see of having been started by the wrapper: nothing.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

url=socks5://127.0.0.1:1080
mkdir "$work/tmp"
export TMPDIR="$work/tmp"

for status in 0 1 7 126 127 255; do
	run $status "$socksify" -p $url sh -c "exit $status"
	same "standard error of exit $status" "$err" ""
done
# shellcheck disable=SC2016 # for the inner shells, here and below
run 143 "$socksify" -p $url sh -c 'kill -TERM $$'

run 0 "$socksify" -p $url sh -c 'echo $$; cat /proc/$$/stat' # the pid is the one that the caller started
same "process of the program" "${out%%
*}" "$(echo "$out" | sed -n 's/^\([0-9]*\) (sh.*/\1/p')"
"$socksify" -p $url sh -c 'echo $$' >"$work/pid" &
started=$!
wait $started
same "the caller's child" "$(cat "$work/pid")" "$started"

run 0 "$socksify" -p $url sh -c 'cat "/proc/$$/task/$$/children"'
same "children of the program beside cat" "$(echo "$out" | wc -w)" 1

descriptors() { # COMMAND...
	"$@" sh -c 'ls "/proc/$$/fd"; :' </dev/null 2>/dev/null 9</dev/null 3</dev/null | awk '$1 < 200' | sort -n | tr '\n' ' '
}
same "descriptors, two handed down" "$(descriptors "$socksify" -p $url)" "$(descriptors env)"

run 0 "$socksify" -p $url env
case $out in
*SOCKS5UDP_READY*) fail "SOCKS5UDP_READY is left in the environment" ;;
esac
same "standard input" "$(echo words | "$socksify" -p $url cat)" words

echo 'int unused;' | compile "$work/other.so" -shared -fPIC
library=$(readlink -f "$build/lib/libsocks5udp.so")
preload=$(LD_PRELOAD="$work/other.so:$library" "$socksify" -p $url printenv LD_PRELOAD)
same "LD_PRELOAD, ours first and once" "$preload" "$library:$work/other.so"

# A reader of the program's output sees its end when the program ends, even if others of the wrapper lived on.
same "a pipeline" "$("$socksify" -p $url echo words 2>&1 | cat)" words
same "temporary files left" "$(ls -A "$TMPDIR")" ""
finish
