# shellcheck shell=sh disable=SC2034,SC2154
# The differential program under this library and another one, for the tests in stacking/. Sourced with the build folder
# as $1.
# shellcheck source=tests/interop/peers.sh
. "$(dirname "$0")/../peers.sh"

# The other library by its soname, as the loader would find it below the folders of this machine's libraries.
find_library() { # NAME
	for folder in /usr/lib/"$(cc -print-multiarch 2>/dev/null || gcc -print-multiarch)" /usr/lib64 /usr/lib; do
		for found in "$folder/$1" "$folder"/*/"$1"; do
			if [ -e "$found" ]; then
				readlink -f "$found"
				return
			fi
		done
	done
	skip "needs $1"
}

cases="unconnected connected nonblocking epoll_level fork_shared exec_cleared exec_kept_connected"

# differ NAME PRELOAD COMMAND...: each case under PRELOAD observes what it does bare, and every datagram is relayed.
# COMMAND sets the other library's environment, as env does.
differ() {
	name=$1 preload=$2
	shift 2
	for case in $cases; do
		# shellcheck disable=SC2086 # a list of words
		"$programs/cases" $case $peers >"$work/bare" 2>&1
		listen_to_peers
		bare=$heard
		# shellcheck disable=SC2086
		"$@" LD_PRELOAD="$preload" "$programs/cases" $case $peers >"$work/stacked" 2>"$work/err"
		status=$?
		listen_to_peers
		[ $status -eq 0 ] || fail "$name, $case: ended with $status: $(cat "$work/err")"
		cmp -s "$work/bare" "$work/stacked" || fail "$name, $case: $(diff "$work/bare" "$work/stacked")"
		same "$name, $case: datagrams" "$heard" "$bare"
		same "$name, $case: of them relayed" "${relayed:-0}" "$heard"
	done
}

# refused NAME STATUS PATTERN PRELOAD COMMAND...: one line in the log says why, and nothing leaves.
refused() {
	name=$1 expected=$2 pattern=$3 preload=$4
	shift 4
	listen_to_peers
	# shellcheck disable=SC2086
	"$@" LD_PRELOAD="$preload" "$programs/cases" unconnected $peers >"$work/stacked" 2>"$work/err"
	same "$name: status" "$?" "$expected"
	says "$(cat "$work/err")" "$pattern"
	listen_to_peers
	same "$name: datagrams" "$heard" 0
}

# What a SOCKS server that the other library is told of is sent first, when a program connects to an address that
# nobody has. $port is where; the rest is the command that runs python3.
greeting() {
	python3 - "$@" <<'END'
import os, socket, subprocess, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(os.environ["port"])))
listener.listen()
client = subprocess.Popen(sys.argv[1:] + ["python3", "-c", """
import socket
try: socket.create_connection(("192.0.2.1", 80), 20)
except OSError: pass
"""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
listener.settimeout(20)
connection, _ = listener.accept()
connection.settimeout(20)
print(connection.recv(64).hex())
connection.close()
listener.close()
client.kill()
client.wait()
END
}
