#!/bin/sh
# Wireshark's own reader finds in a capture what the program said and heard, and nothing to complain of.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

needs tshark
export HOME="$work" # no settings of this user's take part

shark() {
	tshark -r "$work/capture.pcapng" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE "$@" 2>"$work/complaints" ||
		fail "tshark $*: $(cat "$work/complaints")"
}

run 0 "$build/tests/run_capture" "$build/tests" "$build/lib/libsocks5udp.so" "$work/capture.pcapng" "$work/lines"

# As the client writes it down: "in FROM TO PAYLOAD", with the size where only a part was heard.
shark -T fields -E 'separator=|' -e frame.p2p_dir -e ip.src -e ipv6.src -e udp.srcport -e ip.dst -e ipv6.dst \
	-e udp.dstport -e udp.payload -e udp.length |
	awk -F '|' '{
		size = $9 - 8
		print ($1 ? "in" : "out"), $2 $3 ":" $4, $5 $6 ":" $7, ($8 == "" ? "-" : $8) (length($8) / 2 < size ? "/" size : "")
	}' >"$work/seen"
same "what tshark sees beside what was said and heard" "$(diff "$work/lines" "$work/seen")" ""

same "wrong checksums, and what is malformed" \
	"$(shark -Y 'ip.checksum.status == 0 || udp.checksum.status == 0 || (_ws.malformed && udp.port > 1023)')" ""
made=$(shark -T fields -e frame.comment | grep -c '^association made: server scripted (127.0.0.1:[0-9]*), relay 127.0.0.1:[0-9]*$')
same "associations among the comments" "$made" 9
finish
