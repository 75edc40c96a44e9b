#!/bin/sh
# sibling.sh NATIVE I386: two builds of the library installed beside each other, and programs of both classes that
# execute each other: each gets the library of its class, also with a cleared environment, and is refused where that
# one is not installed.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

other=$2
needs gcc
url=socks5://127.0.0.1:1080

# Says which library it has, and executes what its arguments name; "-" clears the environment for that.
for bits in 64 32; do
	gcc -m$bits -idirafter /usr/include/x86_64-linux-gnu -x c - -o "$work/has$bits" <<'END' || skip "cannot compile for $bits bits"
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	char line[4096], *path, *none[] = {NULL}, **next = arguments + 1;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps))
		if (strstr(line, "/libsocks5udp.so") && (path = strchr(line, '/'))) {
			printf("%zu %s", 8 * sizeof(void *), path);
			break;
		}
	fflush(stdout);
	fclose(maps);
	if (count > 1 && strcmp(*next, "-") == 0)
		execve(next[1], next + 1, none);
	else if (count > 1)
		execv(next[0], next);
	return count > 1;
}
END
done

both=$work/both/usr native_only=$work/native/usr
run 0 env DESTDIR="$work/native" cmake --install "$build" --prefix /usr
run 0 env DESTDIR="$work/both" cmake --install "$build" --prefix /usr
run 0 env DESTDIR="$work/both" cmake --install "$other" --prefix /usr
narrow="32 $both/lib/i386-linux-gnu/libsocks5udp.so" wide="64 $both/lib/x86_64-linux-gnu/libsocks5udp.so"

# covered EXPECTED PROGRAM...: each line a class and its library, nothing on the standard error.
covered() {
	expected_lines=$1
	shift
	run 0 "$both/bin/socksify-udp" -p $url "$@"
	same "libraries of $*" "$out$err" "$expected_lines"
}

covered "$wide" "$work/has64"
covered "$narrow" "$work/has32"
covered "$wide
$narrow
$wide
$narrow" "$work/has64" "$work/has32" "$work/has64" "$work/has32"
covered "$wide
$narrow
$wide" "$work/has64" - "$work/has32" - "$work/has64"
covered "$narrow
$wide" sh -c "\"\$0\"; exec \"\$1\"" "$work/has32" "$work/has64"

# Without the wrapper, the path of one of them is all that LD_PRELOAD has.
run 0 env SOCKS5UDP_PROXY=$url LD_PRELOAD="$both/lib/x86_64-linux-gnu/libsocks5udp.so" "$work/has64" "$work/has32" - "$work/has64"
same "libraries by path" "$out$err" "$wide
$narrow
$wide"

# What stands for a name to one of them does to the other: each looks up the first argument, and executes the second.
for bits in 64 32; do
	gcc -m$bits -idirafter /usr/include/x86_64-linux-gnu -x c - -o "$work/names$bits" <<'END' || skip "cannot compile for $bits bits"
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *found;
	char text[64];
	int answer = getaddrinfo(arguments[1], NULL, &hints, &found);
	if (answer == 0)
		answer = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
	puts(answer ? gai_strerror(answer) : text);
	fflush(stdout);
	if (count > 2)
		execl(arguments[2], arguments[2], arguments[1], (char *)NULL);
	return answer != 0;
}
END
done
run 0 "$both/bin/socksify-udp" -q -p $url --dns remote "$work/names64" name.example "$work/names32"
says "$(echo "$out" | head -n 1)" "198.1[89].*"
same "stand-ins" "$(echo "$out" | uniq | wc -l)" 1
same "lookups" "$(echo "$out" | wc -l)" 2

run 126 "$native_only/bin/socksify-udp" -p $url "$work/has32"
says "$err" "*32-bit program*64-bit*"
run 1 "$native_only/bin/socksify-udp" -p $url "$work/has64" "$work/has32"
says "$err" "*32-bit program*64-bit*not executed"
same "what ran instead" "$out" "64 $native_only/lib/x86_64-linux-gnu/libsocks5udp.so"

# The packages of both may be installed together: what they have in common is the same, octet by octet.
for tree in "$build" "$other"; do
	run 0 cpack -G DEB --config "$tree/CPackConfig.cmake" -B "$work/packages"
done
for architecture in amd64 i386; do
	package=$(echo "$work/packages"/libsocks5udp_*_"$architecture".deb)
	run 0 dpkg-deb -x "$package" "$work/$architecture"
	run 0 dpkg-deb -f "$package" Multi-Arch
	same "Multi-Arch of $architecture" "$out" same
done
(cd "$work/amd64" && find . -type f) | sort >"$work/one"
(cd "$work/i386" && find . -type f) | sort >"$work/two"
common=$(comm -12 "$work/one" "$work/two")
same "files in common" "$(($(echo "$common" | wc -l) > 3))" 1
for file in $common; do
	cmp "$work/amd64/$file" "$work/i386/$file" >&2 || fail "$file is another one for i386"
done
finish
