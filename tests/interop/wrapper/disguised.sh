#!/bin/sh
# A program that cannot be covered is told, and refused, by whatever way it is executed.
# shellcheck source=tests/interop/uncovered.sh
. "$(dirname "$0")/../uncovered.sh"
needs python3

library=$(readlink -f "$build/lib/libsocks5udp.so")
mkdir "$work/first" "$work/second"
chmod 755 "$work" "$work/first" "$work/second"
loader=$(sed -n 's/.* \(\/[^ ]*ld-linux[^ ]*\)$/\1/p' /proc/self/maps | head -n 1)

# What the cases below have in common. A case answers the error of its execution, or does not come back.
cat >"$work/case.py" <<'END'
import ctypes, errno, os, resource, sys
libc = ctypes.CDLL(None, use_errno=True)
work = os.environ["WORK"]
def words(*texts):
    return (ctypes.c_char_p * (len(texts) + 1))(*[text.encode() for text in texts], None)
def execute(path, *arguments):
    try:
        os.execv(path, [path, *arguments])
    except OSError as error:
        return error.errno
class Actions:
    def __init__(self):
        self.room = ctypes.create_string_buffer(256)
        libc.posix_spawn_file_actions_init(self.room)
    def add(self, kind, *values):
        getattr(libc, "posix_spawn_file_actions_add" + kind)(self.room, *values)
        return self
def spawn(path, actions=None, way=libc.posix_spawn):
    child = ctypes.c_int()
    error = way(ctypes.byref(child), path.encode(), actions and actions.room, None, words(path), words())
    if not error:
        os.waitpid(child.value, 0)
    return error
def spawn_as_real_user(path):
    os.seteuid(65534)
    try:
        os.posix_spawn(path, [path], {}, resetids=True)
    except OSError as error:
        return error.errno
def enter_jail():
    os.chroot(work + "/jail")
    os.chdir("/")
def execute_open(fd):
    libc.fexecve(fd, words("it"), words())
    return ctypes.get_errno()
def fill(fd=None): # all numbers are in use from now on
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, limit[1]))
    try:
        while True:
            os.dup(0)
    except OSError:
        return fd
def search(name):
    libc.execvp(name.encode(), words(name))
    return ctypes.get_errno()
END

# attempt STATUS OUTPUT CASE: the case's error as exit status, and what was printed, preloaded; in $log what was logged.
attempt() {
	{
		cat "$work/case.py"
		echo "sys.exit($3)"
	} >"$work/attempt.py"
	: >"$work/log"
	chmod 666 "$work/log" # a case may be another user by then
	(cd "$work" && WORK=$work SOCKS5UDP_PROXY=$url SOCKS5UDP_LOG_FILE=$work/log LD_PRELOAD=${preload-$library} \
		python3 "$work/attempt.py" >"$work/out" 2>"$work/err" </dev/null)
	same "status of $3 ($(cat "$work/err"))" $? "$1"
	same "output of $3" "$(cat "$work/out")" "$2"
	log=$(cat "$work/log" "$work/jail$work/log" 2>/dev/null)
}

refused() { # PATTERN CASE: as a static program, or by the pattern
	attempt 13 "" "$2"
	says "$log" "libsocks5udp: error: $1"
}

# A folder that file actions change to.
cp "$work/hello" "$work/first/program"
cp "$work/static" "$work/second/program"
attempt 0 ran 'spawn("./program", Actions().add("chdir_np", b"first"))'
refused "./program is statically linked*" 'spawn("./program", Actions().add("chdir_np", b"second"))'
refused "./program is statically linked*" \
	'spawn("./program", Actions().add("chdir_np", b"first").add("chdir_np", b"../second"))'
refused "./program is statically linked*" \
	'spawn("./program", Actions().add("chdir_np", b"first").add("fchdir_np", os.open("second", os.O_RDONLY)))'
refused "./program is in a folder that cannot be told*" \
	'spawn("./program", Actions().add("dup2", 0, 9).add("fchdir_np", 9))'
attempt 0 ran 'spawn(work + "/first/program", Actions().add("dup2", os.open("second", os.O_RDONLY), 9).add("fchdir_np", 9))'
attempt 0 ran 'spawn("./program", Actions().add("chdir_np", fill() or b"first"))'
attempt 13 "" 'spawn("./program", Actions().add("chdir_np", fill() or b"second"))'
attempt 13 "" 'spawn("./program", Actions().add("fchdir_np", fill(os.open("second", os.O_RDONLY))))'
attempt 2 "" 'spawn("./program", Actions().add("chdir_np", b"nonesuch"))'
same "log" "$log" ""
refused "program is statically linked*" '(os.environ.update(PATH="."),
	spawn("program", Actions().add("chdir_np", b"second"), libc.posix_spawnp))[1]'

# A search goes on behind a script whose interpreter is not there, and ends at what is no program.
printf '#!/nonesuch\n' >"$work/first/program"
refused "program is statically linked*" '(os.environ.update(PATH="first:second"), search("program"))[1]'
cp "$work/hello" "$work/second/program"
attempt 0 ran '(os.environ.update(PATH="first:second"), search("program"))[1]'
cp "$work/static" "$work/second/program"
echo 'echo by the shell' >"$work/first/program"
attempt 0 "by the shell" '(os.environ.update(PATH="first:second"), search("program"))[1]'

# Scripts.
printf '#!%s %s\n' "$loader" "$work/static" >"$work/script"
chmod 755 "$work/script"
refused "$work/static, which $work/script executes, is statically linked*" 'execute(work + "/script")'
cp "$work/static" "$work/s"
printf '#!s' >"$work/script"
refused "s, which $work/script executes, is statically linked*" 'execute(work + "/script")'

# A longer path than is remembered, by way of the loader.
long=$work/$(printf '%0150d' 0)/$(printf '%0150d' 0)
mkdir -p "$long"
cp "$work/static" "$long/static"
refused "*, which $loader executes, is statically linked*" "execute('$loader', '$long/static')"

# Go, by its note and by its section.
refused "$work/go-note is a Go program*" 'execute(work + "/go-note")'
refused "$work/go-section is a Go program*" 'execute(work + "/go-section")'

# The kernel's own word for what is no program: e_type of a core file.
cp "$work/static" "$work/core"
printf '\004' | dd of="$work/core" bs=1 seek=16 conv=notrunc 2>/dev/null
attempt 8 "" 'execute(work + "/core")'
same "log" "$log" ""

[ "$(id -u)" -eq 0 ] || finish

# The user that it is executed as is another one than looks at it.
chmod 700 "$work/second"
refused "$work/second/program *" 'spawn_as_real_user(work + "/second/program")'
chmod 755 "$work/second"

# The library cannot be read by who executes, or is not there.
mkdir -m 700 "$work/private"
cp "$library" "$work/private/"
preload=$work/private/libsocks5udp.so
attempt 0 ran 'execute(work + "/hello")'
refused "$work/hello would run without the library*" '(os.setuid(65534), execute(work + "/hello"))[1]'
unset preload

jail=$work/jail
mkdir -p "$jail$(dirname "$loader")" "$jail$(dirname "$library")"
for needed in "$loader" $(LD_PRELOAD=$library "$loader" --list "$work/hello" | sed -n 's/^[^/]*\(\/[^ ]*\) (.*/\1/p'); do
	mkdir -p "$jail$(dirname "$needed")"
	cp "$needed" "$jail$needed"
done
mkdir -p "$jail/lib64" "$jail$work"
[ -e "$jail/lib64/${loader##*/}" ] || cp "$loader" "$jail/lib64/"
cp "$work/hello" "$work/static" "$jail/"
attempt 0 ran '(enter_jail(), execute("/hello"))[1]'
refused "the file of a descriptor is statically linked*" \
	'(file := os.open(work + "/static", os.O_RDONLY), enter_jail(), execute_open(file))[2]'
rm "$jail$library" "$jail$work/log"
refused "/hello would run without the library*" '(enter_jail(), execute("/hello"))[1]'
finish
