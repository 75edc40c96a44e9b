#!/bin/sh
# What a covered program executes is covered as well, with its settings, or refused in one line.
# shellcheck source=tests/interop/uncovered.sh
. "$(dirname "$0")/../uncovered.sh"
needs python3

library=$(readlink -f "$build/lib/libsocks5udp.so")

variable() { # NAME, from the output of env
	echo "$out" | sed -n "s/^$1=//p"
}

expect_settings() {
	same "$1: library" "$(variable LD_PRELOAD)" "$library"
	same "$1: proxy" "$(variable SOCKS5UDP_PROXY)" "$url"
	case $out in
	*SOCKS5UDP_READY*) fail "$1: a word between two processes is left in $out" ;;
	esac
}

run 0 "$socksify" -p $url env -i env
expect_settings "env -i"
run 0 "$socksify" -p $url env -i sh -c 'env -i sh -c "env -i env"'
expect_settings "env -i over and over"
run 0 "$socksify" -p $url python3 -c 'import os; os.environ.clear(); os.system("/usr/bin/env")'
expect_settings "system in a cleared environment"
run 0 "$socksify" -p $url python3 -c 'import os; os.execve("/usr/bin/env", ["env"], {})'
expect_settings "an empty environment"
run 0 "$socksify" -p $url python3 -c 'import subprocess; subprocess.run(["/usr/bin/env"], env={"A": "1"})'
expect_settings "a child of vfork"
same "what the program gave" "$(variable A)" 1

# What the program says itself stands.
run 0 "$socksify" -p $url env -i LD_PRELOAD=/nonesuch.so SOCKS5UDP_LOG=debug SOCKS5UDP_STATS= env
same "a preload of the program's own" "$(variable LD_PRELOAD)" "$library:/nonesuch.so"
same "a setting of the program's own" "$(variable SOCKS5UDP_LOG)" debug
run 0 "$socksify" -p $url --stats --log /dev/null env -i SOCKS5UDP_STATS= env
same "a setting that the program takes back" "$(echo "$out" | grep -c '^SOCKS5UDP_STATS=$')" 1
run 0 "$socksify" -p $url env
same "an environment that lacks nothing" "$(echo "$out" | grep -c 'LD_PRELOAD=\|SOCKS5UDP_PROXY=')" 2

# A configuration found by way of HOME is found without it.
mkdir -p "$work/home/.config"
echo "servers = ( { url = \"$url\"; } );" >"$work/home/.config/socks5udp.conf"
run 0 env -u XDG_CONFIG_HOME HOME="$work/home" "$socksify" env -i env
same "configuration" "$(variable SOCKS5UDP_CONFIG)" "$work/home/.config/socks5udp.conf"
run 0 env -u XDG_CONFIG_HOME HOME="$work/home" "$socksify" env
same "configuration that is found anyway" "$(variable SOCKS5UDP_CONFIG)" ""

# refused PATTERN COMMAND...: by EACCES, with one line in the log.
refused() {
	pattern=$1
	shift
	run 13 "$socksify" -p $url --log "$work/log" python3 -c '
import os, sys
try:
    os.execv(sys.argv[1], sys.argv[1:])
except OSError as error:
    sys.exit(error.errno)' "$@"
	same "output of what was refused" "$out" ""
	says "$(cat "$work/log")" "libsocks5udp: error: $pattern"
	rm -f "$work/log"
}

printf '#! %s -x\n' "$work/static" >"$work/script"
printf '#!%s\n' "$work/script" >"$work/over"
chmod 755 "$work/script" "$work/over"
refused "$work/static is statically linked*" "$work/static"
refused "$work/static-pie is statically linked*" "$work/static-pie"
refused "$work/musl is linked against another C library*" "$work/musl"
refused "$work/static, which $work/script executes, is statically linked*" "$work/script"
refused "$work/static, which $work/over executes, is statically linked*" "$work/over"
loader=$(sed -n 's/.* \(\/[^ ]*ld-linux[^ ]*\)$/\1/p' /proc/self/maps | head -n 1)
refused "$work/static, which $loader executes, is statically linked*" "$loader" --argv0 x "$work/static"
run 0 "$socksify" -p $url env "$loader" "$work/hello"
same "by way of the loader" "$out" ran
refused "*32-bit program*64-bit*" "$work/narrow"
refused "*another machine*" "$work/foreign"

# Every way refuses alike.
cat >"$work/ways.py" <<'END'
import ctypes, errno, os, sys
static, libc = sys.argv[1], ctypes.CDLL(None, use_errno=True)
os.environ["PATH"] = os.path.dirname(static)
def answer(call):
    ctypes.set_errno(0)
    return (call(), errno.errorcode.get(ctypes.get_errno()))
name, path = os.path.basename(static).encode(), static.encode()
words = (ctypes.c_char_p * 2)(name, None)
none = (ctypes.c_char_p * 1)(None)
pid = ctypes.c_int()
fd = os.open(static, os.O_RDONLY)
for way in (lambda: libc.execve(path, words, none), lambda: libc.execv(path, words), lambda: libc.execvp(name, words),
            lambda: libc.execvpe(name, words, none), lambda: libc.execl(path, name, None),
            lambda: libc.execlp(name, name, None), lambda: libc.execle(path, name, None, none),
            lambda: libc.fexecve(fd, words, none), lambda: libc.execveat(fd, b"", words, none, 0x1000),
            lambda: libc.syscall(59 if os.uname().machine == "x86_64" else 221, path, words, none)):
    print(answer(way) == (-1, "EACCES"))
for way in (libc.posix_spawn, libc.posix_spawnp):
    print(way(ctypes.byref(pid), path, None, None, words, none) == errno.EACCES)
END
run 0 "$socksify" -p $url --log "$work/log" python3 "$work/ways.py" "$work/static"
same "ways that refuse" "$(echo "$out" | sort | uniq -c | tr -s ' ')" " 12 True"
same "lines in the log" "$(grep -c 'is statically linked' "$work/log")" 12
same "lines of a descriptor" "$(grep -c "file of a descriptor" "$work/log")" 2
rm -f "$work/log"

# Nothing is refused for what the kernel refuses itself, or ignores.
run 2 "$socksify" -p $url python3 -c 'import os, sys
try: os.execv("/nonesuch", ["x"])
except OSError as error: sys.exit(error.errno)'
same "log" "$err" ""
run 0 "$socksify" -p $url sh -c 'ldd /bin/true >/dev/null'

run 0 "$socksify" -p $url --no-follow sh -c "$work/static; env -i env"
same "--no-follow" "$out" ran

if [ "$(id -u)" -eq 0 ]; then
	needs su
	chmod 755 "$work"
	cp "$work/hello" "$work/setuid"
	chmod u+s "$work/setuid"
	run 0 "$socksify" -p $url sh -c "$work/setuid" # root's own: the kernel changes nothing
	same "setuid to oneself" "$out" ran
	chown nobody "$work/setuid"
	chmod u+s "$work/setuid"
	refused "$work/setuid is setuid or setgid*" "$work/setuid"
fi
finish
