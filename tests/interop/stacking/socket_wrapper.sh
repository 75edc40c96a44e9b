#!/bin/sh
# libsocket_wrapper looks up libc itself, so what stands behind it is passed by; and with a folder it has UNIX sockets in
# the place of UDP ones.
# shellcheck source=tests/interop/stacking.sh
. "$(dirname "$0")/../stacking.sh"
other=$(find_library libsocket_wrapper.so) || exit 77
start_peers
differ "this library first" "$library:$other" env
refused "this library last" 126 "libsocks5udp: error: *libsocket_wrapper.so* put this library first" "$other:$library" env
mkdir "$work/sockets"
refused "with a folder, this library first" 3 "libsocks5udp: error: *libsocket_wrapper.so* has sockets of its own*" \
	"$library:$other" env SOCKET_WRAPPER_DIR="$work/sockets" SOCKET_WRAPPER_DEFAULT_IFACE=1

# With a folder and in front it is what it is alone: a network of its own, which nothing leaves.
export SOCKET_WRAPPER_DIR="$work/sockets" SOCKET_WRAPPER_DEFAULT_IFACE=1
compile "$work/inside" <<'END'
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
int main(void)
{
	char bytes[8] = "";
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(5353)};
	inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
	int server = socket(AF_INET, SOCK_DGRAM, 0), client = socket(AF_INET, SOCK_DGRAM, 0);
	bind(server, (struct sockaddr *)&here, sizeof here);
	sendto(client, "inside", 6, 0, (struct sockaddr *)&here, sizeof here);
	recv(server, bytes, sizeof bytes, 0);
	puts(bytes);
	return 0;
}
END
run 0 env LD_PRELOAD="$other" "$work/inside"
same "alone" "$out" inside
run 0 env LD_PRELOAD="$other:$library" "$work/inside"
same "with this library last" "$out" inside
finish
