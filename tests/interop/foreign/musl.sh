#!/bin/sh
# musl.sh NATIVE MUSL: programs of musl with the library built for it: what a failing server is to them, names, and the
# calls that musl makes on all threads.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

musl=$2 library=$2/lib/libsocks5udp.so
needs musl-gcc strace
faults=$(dirname "$(readlink -f "$0")")/../../live/faults
mkdir "$work/programs" "$work/said"
ln -s "$build/tests/socks_server" "$build/tests/echo_peer" "$build/tests/capture_print" "$musl/tests/fault_client" \
	"$work/programs"

# shellcheck disable=SC2016 # for the inner shell
sed -n 's/^SCENE(\(.*\))$/\1/p' "$faults/scenes.def" | xargs -P 2 -I '{}' \
	sh -c '"$1" "$2" "$3" "$4" >"$5/$3" 2>&1 || echo "$3"' sh "$build/tests/run_faults" "$work/programs" '{}' "$library" \
	"$work/said" >"$work/failed"
while read -r scene; do
	fail "$scene: $(head -n 20 "$work/said/$scene")"
done <"$work/failed"
same "scenes" "$(($(find "$work/said" -type f | wc -l) > 30))" 1

musl-gcc -x c - -o "$work/program" <<'END'
#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void look_up(const char *name, int family)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found;
	int answer = getaddrinfo(name, NULL, &hints, &found);
	printf("%s: %s\n", name, answer ? gai_strerror(answer) : "found");
}

static void look_up_otherwise(const char *name)
{
	unsigned char answer[512];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
	char host[256];
	printf("gethostbyname: %s\n", gethostbyname(name) ? "found" : hstrerror(h_errno));
	printf("gethostbyaddr: %s\n", gethostbyaddr(&address.sin_addr, 4, AF_INET) ? "found" : hstrerror(h_errno));
	printf("getnameinfo: %d\n", getnameinfo((struct sockaddr *)&address, sizeof address, host, sizeof host, NULL, 0, 0) != 0);
	printf("res_query: %d\n", res_query(name, 1, 1, answer, sizeof answer));
}

static void look_up_literal(const char *literal, int family)
{
	struct hostent room, *host = gethostbyname2(literal, family), *again = NULL;
	char buffer[512];
	int error = 0;
	printf("%s: %s", literal, host ? "found" : hstrerror(h_errno));
	gethostbyname2_r(literal, family, &room, buffer, sizeof buffer, &again, &error);
	printf(", %s\n", again ? "found" : hstrerror(error));
}

int main(int count, char **arguments)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201)};
	if (count > 1) {
		look_up(arguments[1], AF_INET);
		return 0;
	}
	look_up("192.0.2.1", AF_INET);
	look_up("localhost", AF_INET);
	look_up("nonesuch.example", AF_UNSPEC);
	look_up_otherwise("nonesuch.example");
	look_up_literal("192.0.2.1", AF_INET);
	look_up_literal("0xc0.513", AF_INET);
	look_up_literal("2001:db8::1", AF_INET6);
	printf("::1: %s\n", !gethostbyname("::1") && h_errno == TRY_AGAIN ? hstrerror(h_errno) : "is known");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	printf("sendto: %zd\n", sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
	printf("setuid: %d\n", setuid(getuid()));
	return 0;
}
END

# The negotiator's thread is there by then, and nobody listens on the server's port.
url=socks5://127.0.0.1:1
run 0 timeout -k 1 20 strace -f -qq -e trace=network -o "$work/calls" \
	"$musl/bin/socksify-udp" -q -p $url "$work/program"
same "what is looked up" "$out" "192.0.2.1: found
localhost: found
nonesuch.example: Try again
gethostbyname: Try again
gethostbyaddr: Try again
getnameinfo: 1
res_query: -1
192.0.2.1: found, found
0xc0.513: found, found
2001:db8::1: found, found
::1: is known
sendto: 1
setuid: 0"
same "calls to a nameserver" "$(grep 'htons(53)' "$work/calls")" ""

# Only where the system's nameserver may know, is it asked: here a socket for that is refused, so nothing leaves.
asks() { # MODE
	timeout -k 1 20 strace -f -qq -e trace=socket -e inject=socket:error=EMFILE -o "$work/calls" \
		env SOCKS5UDP_PROXY=$url SOCKS5UDP_DNS="$1" SOCKS5UDP_LOG=error LD_PRELOAD="$library" "$work/program" \
		nonesuch.example >/dev/null 2>&1
	grep -c 'AF_INET, SOCK_DGRAM' "$work/calls"
}
same "sockets for a lookup, local" "$(($(asks local) > 0))" 1
for mode in auto tunnel remote; do
	same "sockets for a lookup, $mode" "$(asks $mode)" 0
done

run 126 "$socksify" -p $url "$work/program"
says "$err" "*another C library*"
run 126 "$musl/bin/socksify-udp" -p $url true
says "$err" "*another C library*"
finish
