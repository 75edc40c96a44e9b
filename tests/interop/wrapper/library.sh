#!/bin/sh
# The library itself missing, not loadable, or silent: the program is not run, or ended.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

url=socks5://127.0.0.1:1080

# tree FOLDER: the wrapper with its helpers, and room for a library of the test's own.
tree() {
	mkdir -p "$1/bin" "$1/lib" "$1/libexec"
	cp "$socksify" "$1/bin"
	cp -r "$build/libexec/socks5udp" "$1/libexec"
}

refused() { # PATTERN TREE
	run 126 "$2/bin/socksify-udp" -p $url echo ran
	says "$err" "socksify-udp: $1"
	same "output of what was refused" "$out" ""
}

tree "$work/missing"
refused "the library */missing/lib/libsocks5udp.so is missing" "$work/missing"

tree "$work/a blank"
echo 'int unused;' | compile "$work/a blank/lib/libsocks5udp.so" -shared -fPIC
refused "*blank or a colon*" "$work/a blank"

tree "$work/torn"
head -c 100 "$build/lib/libsocks5udp.so" >"$work/torn/lib/libsocks5udp.so"
refused "the loader does not load */torn/lib/libsocks5udp.so into *" "$work/torn"

rm "$work/missing/libexec/socks5udp/socks5udp-settings"
refused "the helper * is missing" "$work/missing"

# Loaded, but it never reports: ended at once if the descriptor is closed, and after half a minute if it is held.
tree "$work/silent"
echo 'int unused;' | compile "$work/silent/lib/libsocks5udp.so" -shared -fPIC
mkfifo "$work/never"
ended() { # SCRIPT
	run 137 "$work/silent/bin/socksify-udp" -p $url sh -c "$1" sh "$work/never"
	case $err in
	*"did not come up in it"*) ;;
	*) fail "no word of the library that did not come up: $err" ;;
	esac
}
# shellcheck disable=SC2016 # for the inner shell
ended 'eval "exec $SOCKS5UDP_READY>&-"; read -r never <"$1"'
# shellcheck disable=SC2016
ended 'read -r never <"$1"'

# It reports to a watcher on a busy machine, whose tools take long to pass on what they have read.
mkdir "$work/slow"
for tool in head dd; do
	# shellcheck disable=SC2016 # for the tool
	printf '#!/bin/sh\ntext=$(%s "$@")\nstatus=$?\nsleep 0.3\necho "$text"\nexit $status\n' \
		"$(command -v $tool)" >"$work/slow/$tool"
	chmod 755 "$work/slow/$tool"
done
# cat waits for the watcher, too.
same "run on a busy machine" "$(PATH="$work/slow:$PATH" "$socksify" -p $url sh -c 'sleep 1; echo ran' 2>&1 | cat)" ran

# Found through a link to it, as from ~/bin.
mkdir "$work/links"
ln -s "$socksify" "$work/links/relayed"
run 0 "$work/links/relayed" -p $url echo ran
same "run through a link" "$out" ran

# A program behind a link, with a library beside itself.
mkdir "$work/here" "$work/here/bin" "$work/here/lib"
echo 'int answer(void) { return 7; }' | compile "$work/here/lib/libanswer.so" -shared -fPIC -Wl,-soname,libanswer.so
# shellcheck disable=SC2016 # for the loader
echo 'int answer(void); int main(void) { return answer(); }' |
	compile "$work/here/bin/answer" -x none "$work/here/lib/libanswer.so" '-Wl,-rpath,$ORIGIN/../lib'
ln -s "$work/here/bin/answer" "$work/links/answer"
run 7 "$socksify" -p $url "$work/links/answer"
finish
