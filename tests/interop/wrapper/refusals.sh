#!/bin/sh
# Each program that cannot be served is refused in one sentence, and is not run.
# shellcheck source=tests/interop/uncovered.sh
. "$(dirname "$0")/../uncovered.sh"

# refused STATUS PATTERN PROGRAM...
refused() {
	expected=$1 pattern=$2
	shift 2
	run "$expected" "$socksify" -p $url "$@"
	says "$err" "socksify-udp: $pattern"
	same "output of what was refused" "$out" ""
}

script() { # FILE FIRST-LINE
	printf '%s\necho ran\n' "$2" >"$1"
	chmod 755 "$1"
}

run 1 "$socksify" true
says "$err" "*server*"
run 1 "$socksify" -p http://127.0.0.1 true
says "$err" "*http*"
run 1 "$socksify" -c "$work/missing.conf" true
says "$err" "*missing.conf*"

refused 127 "*nonesuch was not found" nonesuch
refused 127 "*nonesuch was not found" "$work/nonesuch"
refused 126 "* is not a file" "$work"
script "$work/plain" '#!/bin/sh'
chmod 644 "$work/plain"
refused 126 "* is not executable" "$work/plain"

run 0 "$socksify" -p $url "$work/hello"
same "a program that can be served" "$out" ran

refused 126 "* is statically linked*" "$work/static"
refused 126 "* is statically linked*" "$work/static-pie"
refused 126 "*another C library*ld-musl*" "$work/musl"

cp "$work/hello" "$work/setuid"
chmod u+s "$work/setuid"
refused 126 "*setuid*" "$work/setuid"
cp "$work/hello" "$work/setgid"
chmod g+s "$work/setgid"
refused 126 "*setgid*" "$work/setgid"

refused 126 "*32-bit program*64-bit*" "$work/narrow"
refused 126 "*another machine*" "$work/foreign"
refused 126 "*is a Go program*" "$work/go-note"
refused 126 "*is a Go program*" "$work/go-section"
# The section of a 32-bit program, which needs no 32-bit C library to be made.
if compile "$work/narrow.o" -m32 -c <"$work/go-section.c" 2>/dev/null; then
	# shellcheck source=scripts/lib/elf.sh
	names=$(. "$build/libexec/socks5udp/elf.sh" && elf_section_names "$work/narrow.o" | tr '\0' ' ')
	says "$names" "* .go.buildinfo *"
fi
head -c 40 "$work/hello" >"$work/torn"
chmod 755 "$work/torn"
refused 126 "*statically linked*" "$work/torn"
echo words >"$work/words"
chmod 755 "$work/words"
refused 126 "*neither an ELF program nor a script*" "$work/words"

script "$work/good" '#!/bin/sh -u'
run 0 "$socksify" -p $url "$work/good"
same "a script that can be served" "$out" ran
script "$work/good-env" '#!/usr/bin/env sh'
run 0 "$socksify" -p $url "$work/good-env"
same "a script by way of env" "$out" ran
script "$work/over" "#! $work/good"
run 0 "$socksify" -p $url "$work/over"
script "$work/by-static" "#!$work/static"
refused 126 "*static, the interpreter of *by-static, is statically linked*" "$work/by-static"
script "$work/by-static-env" "#!/usr/bin/env -S A=1 $work/static"
refused 126 "*static, the interpreter of *by-static-env, is statically linked*" "$work/by-static-env"
script "$work/bare-env" '#!/usr/bin/env -S -i sh'
refused 126 "*without the library*" "$work/bare-env"
script "$work/lost" '#!/usr/bin/env nonesuch'
refused 127 "nonesuch, the interpreter of *lost, was not found" "$work/lost"
previous=/bin/sh
for level in 1 2 3 4 5 6; do
	script "$work/level$level" "#!$previous"
	previous=$work/level$level
done
refused 126 "*a script too many*" "$work/level6"
finish
