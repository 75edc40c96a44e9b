#!/bin/sh
# The statistics at a program's end: as a table, and as an object that programs read.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

needs python3
url=socks5://127.0.0.1:1080

# Sends so many datagrams directly, to loopback, and has a child send one more.
compile "$work/a \"b" <<'END'
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < atoi(argv[argc - 1]); i++)
		sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to);
	if (fork() == 0)
		return sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to) != 5;
	wait(NULL);
	return 0;
}
END

# field NAME: its value in each line of standard error, which is an object and nothing else, sorted.
field() {
	python3 -c 'import json, sys
print(*sorted(str(json.loads(line)[sys.argv[1]]) for line in sys.stdin))' "$1" <"$work/err"
}

run 0 "$socksify" -p $url --stats=json "$work/a \"b" 3
same "datagrams of the program and of its child" "$(field sent_direct)" "1 3"
same octets "$(field sent_direct_octets)" "15 5"
same associations "$(field associations_made)" "0 0"
same "the program's name" "$(field program)" 'a "b a "b'
same "processes" "$(field process | wc -w)" 2
run 0 "$socksify" -p $url --stats=json --log "$work/log" "$work/a \"b" 3
same "standard error with --log" "$err" ""
same "objects in the log" "$(grep -c '^{.*}$' "$work/log")" 2

run 0 "$socksify" -p $url --stats "$work/a \"b" 3
same tables "$(echo "$err" | grep -c '^libsocks5udp: statistics of process')" 2
same "lines that are not of a table" "$(echo "$err" | grep -vc '^libsocks5udp: ')" 0

run 1 "$socksify" -p $url --stats=often true
says "$err" 'environment: SOCKS5UDP_STATS: allowed true, false or "json", found "often"'
run 0 "$socksify" -p $url --stats=json --print
same "--print" "$(echo "$out" | sed -n 's/^stats *= *//p' | tr -s ' ')" '"json" # environment'
finish
