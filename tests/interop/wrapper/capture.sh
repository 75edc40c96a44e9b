#!/bin/sh
# Captures: whose file it is, disks that are slow or full, and files that cannot be written.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

needs timeout
url=socks5://127.0.0.1:1080
library=$(readlink -f "$build/lib/libsocks5udp.so")
file=$work/a.pcapng

# say COUNT SIZE [COMMAND...]: sends so many datagrams to loopback, as its child does one more, which ends without a
# word, and executes the command.
compile "$work/say" <<'END'
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static char payload[65000];
int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < atoi(argv[1]); i++)
		if (sendto(fd, payload, atoi(argv[2]), 0, (struct sockaddr *)&to, sizeof to) != atoi(argv[2]))
			return 1;
	if (fork() == 0)
		_exit(sendto(fd, "child", 5, 0, (struct sockaddr *)&to, sizeof to) != 5);
	wait(NULL);
	if (argc > 3)
		execv(argv[3], argv + 3);
	return 0;
}
END

# packets FILE: how many there are in a capture that is well formed.
packets() {
	"$build/tests/capture_print" "$1" >"$work/lines" || fail "$1 is malformed"
	grep -cE '^(in|out) ' "$work/lines"
}

files() {
	echo "$work"/*.pcapng | wc -w
}

missing() { # of the first object on standard error
	sed -n 's/^{.*"capture_missing":\([0-9]*\).*/\1/p' "$work/err" | sort -n | tail -n 1
}

# Every process has a file, also one that has another's process number.
run 0 "$socksify" -p $url --capture "$file" "$work/say" 3 10 "$work/say" 5 10
same "standard error" "$err" ""
same "datagrams of the first process" "$(packets "$file")" 3
same "files of the others" "$(for other in "$work"/a.*.pcapng; do packets "$other"; done | sort | tr '\n' ' ')" "1 1 5 "
same "what the statistics count" "$(packets "$file" >/dev/null && grep '^?' "$work/lines" | tail -n 1)" "? 3 0"

# The wrapper makes way for a new one; without it nothing is ever overwritten.
rm "$work"/a.*.pcapng
run 0 "$socksify" -p $url --capture "$file" "$work/say" 2 10
same "a capture in the place of another" "$(packets "$file")" 2
rm "$work"/a.*.pcapng
SOCKS5UDP_PROXY=$url LD_PRELOAD=$library SOCKS5UDP_CAPTURE=$file run 0 "$work/say" 7 10
unset SOCKS5UDP_PROXY LD_PRELOAD SOCKS5UDP_CAPTURE
same "a capture that was there" "$(packets "$file")" 2
same "files beside it" "$(files)" 3

# Nor by the wrapper, but where its own option names it: not a file of the settings, nor one that is inherited.
printf 'capture = "%s";\n' "$file" >"$work/capturing.conf"
run 0 "$socksify" -p $url -c "$work/capturing.conf" "$work/say" 4 10
same "a capture that the settings name" "$(packets "$file")" 2
run 0 "$socksify" -p $url --capture "$work/outer.pcapng" sh -c "'$work/say' 5 10; exec '$socksify' '$work/say' 6 10"
same "a capture under way" "$(packets "$work/outer.pcapng")" 5
run 127 "$socksify" -p $url --capture "$file" nonesuch
same "a capture in whose place none comes" "$(packets "$file")" 2

# Without UDP there is no capture, and no thread for it.
rm "$work"/*.pcapng
run 0 "$socksify" -p $url --capture "$file" true
same "files without UDP" "$(ls "$work"/*.pcapng 2>/dev/null)" ""

# A pipe that nobody reads takes some octets, and then none: the program does not wait for it.
mkfifo "$work/pipe"
run 0 timeout 60 "$socksify" -p $url --stats=json --capture "$work/pipe" "$work/say" 200 60000
[ "$(missing)" -gt 100 ] || fail "$(missing) datagrams are missing in a pipe that nobody reads: $err"
same "lines about it" "$(echo "$err" | grep -c "^libsocks5udp: warning: capture: [0-9]* datagrams are missing in $work/pipe\$")" 1

# A reader gets all of it, by and by.
cat "$work/pipe" >"$work/read.pcapng" &
reader=$!
run 0 "$socksify" -p $url --capture "$work/pipe" "$work/say" 20 10
wait "$reader"
same "datagrams through a pipe" "$(packets "$work/read.pcapng")" 20

run 0 "$socksify" -p $url --stats=json --capture /dev/full "$work/say" 20 10
same "datagrams missing on a full disk" "$(missing)" 20
echo "$err" | grep -qx "libsocks5udp: warning: capture: /dev/full: No space left on device: what follows is missing there" ||
	fail "a full disk is not told of: $err"

# A block that does not fit whole is not there in part.
run 0 sh -c 'ulimit -f 64; exec "$@"' sh "$socksify" -p $url --capture "$file" "$work/say" 100 10000
[ "$(packets "$file")" -lt 100 ] || fail "a file grew beyond its limit"
echo "$err" | grep -q "^libsocks5udp: warning: capture: $file: File too large: " || fail "a limit is not told of: $err"

# One line, and nothing runs; or a warning, and nothing is captured.
for wrong in "$work/none/a.pcapng:No such file or directory" "$work:Is a directory"; do
	run 1 "$socksify" -p $url --capture "${wrong%:*}" echo ran
	same "standard output" "$out" ""
	says "$err" "capture: allowed a file that can be written, found ${wrong%:*}: ${wrong#*:}"
done
SOCKS5UDP_PROXY=$url LD_PRELOAD=$library SOCKS5UDP_CAPTURE=$work/none/a.pcapng run 0 "$work/say" 3 10
unset SOCKS5UDP_PROXY LD_PRELOAD SOCKS5UDP_CAPTURE
same "warnings" "$(echo "$err" | sort -u)" \
	"libsocks5udp: warning: capture: $work/none/a.pcapng: No such file or directory: nothing is captured"
SOCKS5UDP_CAPTURE=here run 1 "$socksify" -p $url echo ran
unset SOCKS5UDP_CAPTURE
says "$err" "environment: SOCKS5UDP_CAPTURE: allowed a path that begins with '/', *, found \"here\""
finish
