#!/bin/sh
# The manual pages say what there is and nothing else: every option, variable and key, each key's default, and examples
# that load.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

needs mandoc
root=$(dirname "$(readlink -f "$0")")/../../..
wrapper_page=$root/scripts/socksify-udp.1
settings_page=$root/conf/socks5udp.conf.5
library_page=$root/preload/libsocks5udp.7
settings=$build/libexec/socks5udp/socks5udp-settings

# compare WHAT PAGE, with the files documented and existing: one name a line.
compare() {
	sort -u "$work/documented" >"$work/one"
	sort -u "$work/existing" >"$work/two"
	[ -s "$work/two" ] || fail "no $1 was found"
	for name in $(comm -13 "$work/one" "$work/two"); do
		fail "$2 lacks the $1 $name"
	done
	for name in $(comm -23 "$work/one" "$work/two"); do
		fail "$2 tells of the $1 $name, which there is not"
	done
}

for page in "$wrapper_page" "$settings_page" "$library_page"; do
	# Whether a page that is referred to is installed here says nothing of this one.
	same "complaints about ${page##*/}" \
		"$(mandoc -Tlint -Wstyle "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db')" ""
	base=$(grep -c '^\.Sh EXAMPLES$' "$page")
	same "EXAMPLES in ${page##*/}" "$base" 1
done

# As "-p" and "--proxy": a usage line begins with an option, and may go on with another one.
"$socksify" --help | sed -n 's/^ *\(-.*\)/\1/p' | sed 's/  .*//' | sed 's/[, ]/\n/g' | grep '^-' >"$work/existing"
sed -n 's/^\.It \(Fl .*\)/\1/p' "$wrapper_page" | sed 's/Fl \([^ ]*\)/\n-\1\n/g' | grep '^-' >"$work/documented"
compare option socksify-udp.1

cat "$root"/conf/*.c "$root"/preload/*.c | grep -o '"SOCKS5[A-Z]*_[A-Z_]*' | tr -d '"' | grep -vx 'SOCKS5UDP_' >"$work/existing"
sed -n 's/^\.It Ev \(SOCKS5.*\)/\1/p' "$library_page" | sed 's/[, ]/\n/g' | grep . >"$work/documented"
compare variable libsocks5udp.7

: >"$work/empty"
SOCKS5UDP_CONFIG="$work/empty" "$settings" --print | sed -n 's/^\([a-z][a-z0-9_.]* = .*[^ ]\) *#.*/\1/p' >"$work/keys"
{
	sed 's/ .*//' "$work/keys"
	printf '%s\n' servers rules
	cat "$root/conf/file_server.c" "$root/conf/file_rule.c" | grep -o '{"[a-z_]*", read_' | cut -d '"' -f 2
} >"$work/existing"
sed -n 's/^\.It Ic \([^ ]*\).*/\1/p' "$settings_page" >"$work/documented"
compare key socks5udp.conf.5
sed -n 's/^\.It Ic \(.* = .*\)/\1/p' "$settings_page" | sed 's/\\(dq/"/g' | sort >"$work/one"
sed -E 's/(\.[0-9])00$/\1/' "$work/keys" | sort >"$work/two"
same "defaults that are not the real ones" "$(diff "$work/one" "$work/two")" ""

echo hidden >"$work/password"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAG/p' "$settings_page" | awk -v folder="$work" '
	/^\.Bd/ { example = folder "/example." ++count; next }
	/^\.Ed/ { close(example); example = ""; next }
	example { print > example }'
same "examples of settings" "$(($(find "$work" -name 'example.*' | wc -l) >= 3))" 1
for example in "$work"/example.* "$root/conf/samples/socks5udp.conf"; do
	run 0 env SOCKS5UDP_CONFIG="$example" "$settings" --validate
done
run 0 env SOCKS5C_CONFIG="$root/conf/samples/socks5c.conf" "$settings" --validate
run 0 env SOCKS5C_CONFIG="$root/conf/samples/socks5c.conf" "$settings" --print
same "servers of the AIX sample" "$(echo "$out" | sed -n '/^servers:/,/^rules:/p' | grep -c '^ ')" 3
finish
