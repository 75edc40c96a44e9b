#!/bin/sh
# shellcheck disable=SC2034,SC2154,SC2317 # what the table and programs.sh use, give and call
# Clients, a line of the table each.
# shellcheck source=tests/interop/programs.sh
. "$(dirname "$0")/../programs.sh"

peer_dns() {
	:
}

peer_echo() {
	start_peer echo "$build/tests/echo_peer" "$peer@7000" "$peer_v6@7000"
	exec 8>"$work/to_echo" 9<"$work/from_echo"
	ready echo <&9
}

make_certificate() {
	[ -f "$work/cert" ] || openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout "$work/key" \
		-out "$work/cert" 2>/dev/null || fail "no certificate"
}

peer_quic() {
	make_certificate
	mkdir -p "$work/site" "$work/quic.got"
	echo "hello over QUIC" >"$work/site/hello"
	serve_at 4433 quic gtlsserver -q -d "$work/site" "$peer" 4433 "$work/key" "$work/cert"
}

# gnutls-serv cannot be bound to one address. It ends when its input does, and serves one client after the other.
peer_dtls() {
	make_certificate
	for port in 5556 5557; do
		# shellcheck disable=SC2016 # for the inner shell
		serve_at "$port" "dtls$port" sh -c 'tail -f /dev/null | openssl s_server -dtls -accept "$0" -key "$1" -cert "$2"' \
			"$peer:$port" "$work/key" "$work/cert"
	done
}

peer_snmp() {
	printf 'rocommunity public\nsysLocation the peer\n' >"$work/snmpd.conf"
	serve_at 1161 snmp snmpd -f -Lo -C -c "$work/snmpd.conf" -p "$work/snmpd.pid" "udp:$peer:1161"
}

peer_ntp() {
	serve_at 11123 ntp chronyd -d -x -u root -f /dev/null 'local stratum 1' "bindaddress $peer" 'port 11123' 'allow all' \
		"pidfile $work/chronyd.pid" 'cmdport 0' "bindcmdaddress $work/chronyd.sock"
}

peer_tftp() {
	mkdir -p "$work/tftp"
	echo hello >"$work/tftp/hello"
	chmod -R a+rX "$work" "$work/tftp"
	serve_at 6969 tftp in.tftpd -L -a "$peer:6969" -u root -s "$work/tftp"
}

peer_coap() {
	serve_at 5683 coap coap-server-notls -A "$peer" -p 5683
}

peer_sip() {
	serve_at 5060 sip perl "$programs/sip.pl" "$peer" 5060
}

peer_iperf3() {
	serve iperf3 iperf3 -s -B "$peer" -p 5201
	wait_for "$server" has_line 'listening' "$work/iperf3.log"
}

peer_sockperf() {
	serve_at 11111 sockperf sockperf server -i "$peer" -p 11111
}

peer_syslog() {
	cat >"$work/rsyslog.conf" <<END
module(load="imudp")
input(type="imudp" address="$peer" port="5514")
*.* action(type="omfile" file="$work/syslog")
END
	cat >"$work/rsyslog_client.conf" <<END
module(load="imfile")
input(type="imfile" file="$work/source" tag="rsyslog")
*.* action(type="omfwd" target="$peer" port="5514" protocol="udp")
END
	echo forwarded words >"$work/source"
	mkdir -p "$work/spool"
	echo "global(workDirectory=\"$work/spool\")" | cat - "$work/rsyslog_client.conf" >"$work/rsyslog.new"
	mv "$work/rsyslog.new" "$work/rsyslog_client.conf"
	: >"$work/syslog"
	serve_at 5514 syslog rsyslogd -n -x -i NONE -f "$work/rsyslog.conf"
}

peer_mosh() {
	# shellcheck disable=SC2016 # for the inner shell
	env LC_ALL=C.UTF-8 mosh-server new -i "$peer" -p 60001 -- sh -c 'read -r line; echo "heard $line"; sleep 30' >"$work/mosh.log" 2>&1 </dev/null
	mosh_port=60001
	mosh_key=$(sed -n 's/^MOSH CONNECT 60001 //p' "$work/mosh.log")
}

peer_openvpn() {
	make_certificate
	fingerprint=$(openssl x509 -in "$work/cert" -noout -fingerprint -sha256 | sed 's/.*=//')
	serve_at 1194 openvpn openvpn --dev null --proto udp4 --local "$peer" --lport 1194 --float --tls-server --dh none \
		--cert "$work/cert" --key "$work/key" --peer-fingerprint "$fingerprint" --verb 3
}

peer_dht() {
	mkdir -p "$work/dht_peer"
	serve_at 6882 dht aria2c --no-conf --enable-dht --interface="$peer" --dht-listen-port=6882 \
		--dht-file-path="$work/dht_peer/dht" --dir="$work/dht_peer" --listen-port=6992 \
		"magnet:?xt=urn:btih:1123456789012345678901234567890123456789"
}

peer_none() {
	:
}

with_values() { # TEXT
	eval "printf %s \"$1\""
}

# The wire tells what is not relayed, or the rest proves nothing.
through="timeout 20"
run 0 dig +short -p "$dns_port" "@$peer" bare.demo.test
look
[ -n "$leaks" ] || fail "a bare program is not seen on the wire: $seen"

through="timeout 20 $socksify"
passed=0 refused=0 skipped=0 started=
while IFS= read -r line; do
	case $line in
	'#'* | '') continue ;;
	esac
	# The bar parts the fields; the last one may hold more.
	IFS='|' read -r row needed peer_name input expect command <<END
$(printf "%s\n" "$line" | sed 's/ *| */|/g')
END
	[ -z "${ONLY-}" ] || [ "$ONLY" = "$row" ] || continue
	if [ "$peer_name" = skip ]; then
		echo "$row: skipped: $expect"
		skipped=$((skipped + 1))
		continue
	fi
	if ! command -v "$needed" >/dev/null; then
		echo "$row: skipped: $needed is not installed"
		skipped=$((skipped + 1))
		continue
	fi
	if [ "$peer_name" = tftp ] && [ "$(cat /proc/self/setgroups)" = deny ]; then
		echo "$row: skipped: its server leaves its groups, which it may not in a user's namespace"
		skipped=$((skipped + 1))
		continue
	fi
	case " $started " in
	*" $peer_name "*) ;;
	*)
		"peer_$peer_name"
		started="$started $peer_name"
		;;
	esac
	try "$row" "$(with_values "$expect")" "$(with_values "$input")" "$command"
done <"$programs/table"
echo "programs: $passed relayed, $refused refused, $failures failed, $skipped skipped"
finish
