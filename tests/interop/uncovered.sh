# shellcheck shell=sh disable=SC2034
# Programs that cannot be covered, each made of hello, which can: for the tests in wrapper/. Sourced with the build folder
# as $1.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

url=socks5://127.0.0.1:1080

echo '#include <stdio.h>
int main(void) { puts("ran"); return 0; }' >"$work/hello.c"
compile "$work/hello" <"$work/hello.c"
compile "$work/static" -static <"$work/hello.c"
compile "$work/static-pie" -static-pie -fPIE <"$work/hello.c"
compile "$work/musl" -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 <"$work/hello.c"

# e_ident[EI_CLASS] of a 32-bit program, and e_machine of another processor.
patched() { # FILE OFFSET OCTET
	cp "$work/hello" "$1"
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
patched "$work/narrow" 4 '\0001'
patched "$work/foreign" 18 '\0363'

# Go, by its note and by its section.
compile "$work/go-note" <<'END'
__attribute__((section(".note.go.buildid"), aligned(4), used)) static const struct {
	unsigned name_size, size, type;
	char name[4], id[8];
} note = {4, 8, 4, "Go", "words"};
int main(void) { return note.size != 8; }
END
cat >"$work/go-section.c" <<'END'
__attribute__((section(".go.buildinfo"), used)) static int information = 1;
int main(void) { return information; }
END
compile "$work/go-section" <"$work/go-section.c"
