#!/bin/sh
# DNS forwarders under the library: they answer their clients directly, and ask their upstream server by way of the relay.
# shellcheck source=tests/interop/programs.sh
. "$(dirname "$0")/../programs.sh"

needs dig unbound
forwarder_port=5353

# The forwarder's log has the client's own address, the upstream server's the relay's.
check_forwarder() { # NAME ADDRESS CLIENTS-IN-ITS-LOG
	look
	for n in 1 2 3; do
		run 0 dig +short +tries=1 +time=5 -b 127.0.0.1 -p $forwarder_port "@$2" "$1$n.demo.test" A
		same "answer $n by $1" "$out" 192.0.2.53
		same "asker of the upstream server by $1" "$(sed -n "s/.*query\[A\] $1$n.demo.test from //p" "$dns_log" | sort -u)" \
			"$relayed_address"
		eval "$3" | grep -q "127.0.0.1.*$1$n.demo.test\|$1$n.demo.test.*127.0.0.1" || fail "$1 saw another client: $(eval "$3")"
	done
	run 0 dig +short +tries=1 +time=5 -b 127.0.0.2 -p $forwarder_port "@$2" "${1}1.demo.test" A
	same "answer from memory by $1" "$out" 192.0.2.53
	look
	if [ -n "$leaks" ] || [ "$relayed" -eq 0 ]; then
		fail "$1: on the wire: $seen"
	fi
	case " $seen " in
	*" 127.0.0.1>$2 "*"$2>127.0.0.1 "* | *"$2>127.0.0.1 "*" 127.0.0.1>$2 "*) ;;
	*) fail "$1: its clients are not served directly: $seen" ;;
	esac
}

serve_at $forwarder_port dnsmasq "$socksify" "$(sbin dnsmasq)" --no-daemon --conf-file=/dev/null --pid-file= --no-resolv \
	--no-hosts --bind-interfaces --listen-address="$home.54" --port=$forwarder_port --log-queries=extra --log-facility=- \
	--server="$dns_address#$dns_port"
check_forwarder dnsmasq "$home.54" "grep 'query\[A\]' $work/dnsmasq.log"
kill $server
wait $server

cat >"$work/unbound.conf" <<END
server:
	directory: "$work"
	chroot: ""
	username: ""
	pidfile: "$work/unbound.pid"
	use-syslog: no
	logfile: ""
	log-queries: yes
	interface: $home.55@$forwarder_port
	access-control: 127.0.0.0/8 allow
	do-not-query-localhost: no
	module-config: "iterator"
	do-ip6: no
	qname-minimisation: no
	local-zone: "test." nodefault
forward-zone:
	name: "."
	forward-addr: $dns_address@$dns_port
remote-control:
	control-enable: no
END
serve_at $forwarder_port unbound "$socksify" unbound -d -c "$work/unbound.conf"
check_forwarder unbound "$home.55" "grep info: $work/unbound.log"
finish
