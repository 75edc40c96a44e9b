#!/bin/sh
# What the wrapper's options come to in the program's environment, and what wrong ones are answered with.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

url=socks5://127.0.0.1:1080

variable() { # NAME, from the output of env
	echo "$out" | sed -n "s/^$1=//p"
}

run 0 "$socksify" -p $url "--proxy=socks5://[::1]" env
same proxies "$(variable SOCKS5UDP_PROXY)" "$url,socks5://[::1]"

run 0 "$socksify" -p$url --direct 10.0.0.0/8 --direct=192.0.2.1 -- env
same directs "$(variable SOCKS5UDP_DIRECT)" "10.0.0.0/8,192.0.2.1"
SOCKS5UDP_DIRECT=192.0.2.9 run 0 "$socksify" -p $url --direct 10.0.0.0/8 env
unset SOCKS5UDP_DIRECT
same "directs beside the environment's" "$(variable SOCKS5UDP_DIRECT)" "192.0.2.9,10.0.0.0/8"

echo "servers = ( { url = \"$url\"; } );" >"$work/a file.conf"
cd "$work" || exit 1
run 0 "$socksify" -c "a file.conf" env
same config "$(variable SOCKS5UDP_CONFIG)" "$work/a file.conf"
run 0 "$socksify" -p $url --log log env
same log "$(variable SOCKS5UDP_LOG_FILE)" "$work/log"

run 0 "$socksify" -p $url --stats --log /dev/null env
same stats "$(variable SOCKS5UDP_STATS)" 1
run 0 "$socksify" -p $url env
same "settings that were not asked for" "$(variable SOCKS5UDP_FOLLOW)$(variable SOCKS5UDP_ALLOW_URING)" ""
run 0 "$socksify" -p $url --no-follow --allow-uring env
same "--no-follow" "$(variable SOCKS5UDP_FOLLOW)" 0
same "--allow-uring" "$(variable SOCKS5UDP_ALLOW_URING)" 1

for pair in -v=info -vv=debug -q=error; do
	run 0 "$socksify" -p $url "${pair%=*}" env
	same "${pair%=*}" "$(variable SOCKS5UDP_LOG)" "${pair#*=}"
done
run 0 "$socksify" -p $url -v -v env
same "-v -v" "$(variable SOCKS5UDP_LOG)" debug

run 0 "$socksify" -p $url printf '<%s>' -p "two words" ""
same "the program's own arguments" "$out" "<-p><two words><>"

run 0 "$socksify" --help
case $out in
usage:*) ;;
*) fail "--help printed $out" ;;
esac
run 0 "$socksify" --version
says "$out" "socksify-udp [0-9]*"
run 0 "$socksify" -p socks5://user:hidden@127.0.0.1 --print
case $out in
*hidden*) fail "--print shows the password: $out" ;;
*127.0.0.1*) ;;
*) fail "--print does not show the server: $out" ;;
esac

run 0 "$socksify" -p $url --log "/tmp/$(printf '\033')[2J" --print
says "$(echo "$out" | grep '^log.file')" 'log.file = "/tmp/?\[2J" *# environment'
run 0 "$socksify" -c "$work/a file.conf" --direct 10.0.0.0/8 --explain 10.1.2.3:53
same "--explain" "$(echo "$out" | tr -s ' ')" "10.1.2.3:53: direct
 rule 1 of 1: to \"10.0.0.0/8\": direct # environment"
run 0 "$socksify" -c "$work/a file.conf" "--explain=[2001:db8::1]:53"
same "--explain of what no rule holds" "$(echo "$out" | tr -s ' ')" "[2001:db8::1]:53: relay, by 127.0.0.1:1080
 no rule holds it: default = \"relay\" # default"
run 2 "$socksify" -p $url --explain 10.1.2.3
says "$err" '--explain: allowed ADDRESS:PORT, *, found "10.1.2.3"'
run 1 "$socksify" -p ftp://127.0.0.1 --explain 10.1.2.3:53

run 2 "$socksify" --nonesuch true
says "$err" "socksify-udp: --nonesuch: no such option*"
run 2 "$socksify" -p
says "$err" "socksify-udp: -p: *found none*"
run 2 "$socksify" --proxy= true
says "$err" "socksify-udp: --proxy: *found none*"
run 2 "$socksify" -p $url
says "$err" "socksify-udp: no program*"
finish
