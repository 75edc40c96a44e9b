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
for case in exec_kept exec_kept_connected exec_kept_copies exec_kept_spawned exec_kept_shared exec_kept_twice \
	exec_kept_shell; do
	# shellcheck disable=SC2086 # a list of words
	run 0 env LD_PRELOAD="$library" SOCKS5UDP_LOG=info SOCKS5UDP_LOG_FILE="$work/log" "$programs/cases" $case $peers
	same "$case: associations" "$(grep -c 'association made' "$work/log")" 1
	rm -f "$work/log"
done

# Lists that no parent of ours has made: the program runs on as without them, with all its other descriptors.
cat >"$work/lists.py" <<'END'
import fcntl, os, random, subprocess, sys
MAGIC, SIZE, SEALS = b"socks5udp flows 1\0", 128, 15
def run(content, seals, expected):
    fd = os.memfd_create("list", os.MFD_ALLOW_SEALING)
    os.write(fd, content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    os.dup2(fd, 9)
    said = subprocess.run(["sh", "-c", "for fd in 3 4 9; do [ -e /proc/self/fd/$fd ] && echo $fd; done; exit 5"],
                          pass_fds=(3, 4, 9), capture_output=True)
    os.close(fd)
    if (said.returncode, said.stdout.split(), said.stderr) != (5, expected, b""):
        print(content[:200], seals, said)
random.seed(sys.argv[1])
os.dup2(os.open("/dev/null", os.O_RDONLY), 3)
os.dup2(3, 4)
run(MAGIC + bytes(SIZE), SEALS - 1, [b"3", b"4", b"9"])
run(MAGIC[:-1], SEALS, [b"3", b"4", b"9"])
run(b"", SEALS, [b"3", b"4", b"9"])
for entries in (b"", bytes(SIZE - 1), bytes(SIZE), b"\xff" * SIZE * 200, b"\3\0\0\0" * SIZE * 10):
    run(MAGIC + entries, SEALS, [b"3", b"4"])
for i in range(20):
    run(MAGIC + bytes(random.choice((0, 1, 2, 3, 4, 10, 127, 255)) for _ in range(SIZE * 3)), SEALS, [b"3", b"4"])
END
run 0 env LD_PRELOAD="$library" python3 "$work/lists.py" $$
same "strange lists" "$out$err" ""
finish
