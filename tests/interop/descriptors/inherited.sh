#!/bin/sh
# Sockets that are there when the program starts, from a parent without the library: fresh, bound and connected.
# shellcheck source=tests/interop/peers.sh
. "$(dirname "$0")/../peers.sh"
needs python3
start_peers
peer=${peers%% *}

cat >"$work/parent.py" <<'END'
import os, socket, sys
kind, address, port, library = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if kind == "bound":
    made.bind(("0.0.0.0", 0))
if kind == "connected":
    made.connect((address, port))
os.dup2(made.fileno(), 40)
if library:
    os.environ["LD_PRELOAD"] = library
os.execv(sys.executable, [sys.executable, "-c", """
import socket, sys
to = (sys.argv[2], int(sys.argv[3]))
kept = socket.socket(fileno=40)
if sys.argv[1] == "connected":
    print(kept.getpeername() == to, kept.send(b"hello"), kept.recv(99))
else:
    print(kept.sendto(b"hello", to), kept.recvfrom(99) == (b"hello", to))
print(kept.getsockname()[1] != 0)
""", kind, address, str(port)])
END

for kind in fresh bound connected; do
	run 0 python3 "$work/parent.py" $kind "${peer%@*}" "${peer#*@}" ""
	listen_to_peers
	bare="$out$heard"
	run 0 python3 "$work/parent.py" $kind "${peer%@*}" "${peer#*@}" "$library"
	listen_to_peers
	same "$kind: what the program saw" "$out$heard" "$bare"
	same "$kind: relayed" "${relayed:-0}" 1
done
# An association goes along over exec: it is not made anew.
for case in exec_kept exec_kept_connected exec_kept_copies exec_kept_spawned exec_kept_shared exec_kept_twice; do
	# shellcheck disable=SC2086 # a list of words
	run 0 env LD_PRELOAD="$library" SOCKS5UDP_LOG=info SOCKS5UDP_LOG_FILE="$work/log" "$programs/cases" $case $peers
	same "$case: associations" "$(grep -c 'association made' "$work/log")" 1
	rm -f "$work/log"
done

# Words that no parent of ours has said, and descriptors that are something else: the program runs on as without them.
echo "socks5udp flows 1" >"$work/flows"
for word in '' x -1 0 3 4 5 4096 99999999999999999999; do
	run 0 env LD_PRELOAD="$library" SOCKS5UDP_INHERIT="$word" \
		sh -c 'env | grep -c INHERIT; : <&3 && : <&4' 3<"$work/flows" 4</dev/null
	same "SOCKS5UDP_INHERIT=$word" "$out$err" 0
done
finish
