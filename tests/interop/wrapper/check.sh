#!/bin/sh
# socksify-udp --check: what it prints where, and its exit status. tests/live/check has what it finds out.
# shellcheck source=tests/interop/peers.sh
. "$(dirname "$0")/../peers.sh"
needs python3 script

start_peers
target=echo:$(echo "${peers%% *}" | tr @ :)
unset SOCKS5UDP_CONFIG
escape=$(printf '\033')

has() { # WHAT TEXT PATTERN
	# shellcheck disable=SC2254 # a pattern is meant
	case $2 in
	$3) ;;
	*) fail "$1: expected $3, found: $2" ;;
	esac
}

run 0 "$socksify" --check -p "socks5://$proxy" --check-target "$target"
has "screen" "$out" "server $proxy*  ok   TCP *  ok   round trip *usable: UDP goes through this server"
same "lines of a correct server" "$(echo "$out" | wc -l)" 21
case $out in
*"$escape"*) fail "colours without a terminal" ;;
esac
same "standard error" "$err" ""

run 0 "$socksify" -p "socks5://$proxy" "--check-target=$target" --json
echo "$out" | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["usable"] is True
steps = {step["step"]: step for step in report["servers"][0]["steps"]}
assert steps["loss"]["sent"] == steps["loss"]["came"] == 20
assert steps["size_up"]["octets"] == 65497 and steps["size_up"]["at_limit"] is True
assert steps["round_trip"]["microseconds"] > 0
assert len(steps) == 19' || fail "--json: $out"

in_terminal() {
	TERM=xterm script -qec "'$socksify' --check -p socks5://$proxy --check-target $target" /dev/null </dev/null
}
has "screen of a terminal" "$(in_terminal)" "*$escape*usable*"
case $(NO_COLOR=1 in_terminal) in
*"$escape"*) fail "colours in spite of NO_COLOR" ;;
esac

# In a shell that is covered, the check is of the same way: its datagrams are not relayed to the relay.
printf 'servers = ( { url = "socks5://%s"; } );\ndefault = "relay";\nrules = ( { to = "127.0.0.0/8"; action = "relay"; } );\n' \
	"$proxy" >"$work/covering"
run 0 "$socksify" -c "$work/covering" sh -c "'$socksify' --check --check-target $target"
has "largest in a covered shell" "$out" "*largest, up *65497 octets*"

# The first one refuses the connection: the second is usable.
run 0 "$socksify" --check -p socks5://user:hidden@127.0.0.2:1 -p "socks5://$proxy" --check-target "$target"
has "two servers" "$out" "*FAIL TCP *likely: *to do: *not usable*ok   round trip*"
run 1 "$socksify" --check -p socks5://user:hidden@127.0.0.2:1
for text in "$out" "$err"; do
	case $text in
	*hidden* | *user*) fail "the login is shown: $text" ;;
	esac
done
run 1 "$socksify" --check -p http://127.0.0.1
says "$err" "*SOCKS5UDP_PROXY*"
run 1 "$socksify" --check
says "$err" "no server is configured*"

run 2 "$socksify" --check -p "socks5://$proxy" true
says "$err" "socksify-udp: --check runs no program*"
run 2 "$socksify" --json -p "socks5://$proxy" true
says "$err" "socksify-udp: --json *"
run 2 "$socksify" -p "socks5://$proxy" --check-target echo:127.0.0.1
says "$err" "socksify-udp: --check-target: allowed is *found 'echo:127.0.0.1'"
run 2 "$socksify" -p "socks5://$proxy" --check-stun nowhere:port
says "$err" "socksify-udp: --check-stun: allowed is *"
for seconds in none -1 0 1e9; do
	run 2 "$socksify" -p "socks5://$proxy" --check-idle $seconds
	says "$err" "socksify-udp: --check-idle: allowed is *found '$seconds'"
done
run 2 "$socksify" --check-idle
says "$err" "socksify-udp: --check-idle: *found none*"
# As it is built for musl.
mkdir "$work/bin" "$work/lib" "$work/libexec"
cp "$socksify" "$work/bin/"
ln -s "$(readlink -f "$build")/lib/libsocks5udp.so" "$work/lib/"
cp -r "$build/libexec/socks5udp" "$work/libexec/"
rm "$work/libexec/socks5udp/socks5udp-check"
run 1 "$work/bin/socksify-udp" --check -p "socks5://$proxy"
says "$err" "socksify-udp: this build has no --check*"
run 0 "$build/libexec/socks5udp/socks5udp-check" --help
has "--help" "$out" "usage: *exit status*"
finish
