#!/bin/sh
# A program that the loader preloads nothing into, and that the wrapper could not tell by its file: it is ended.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"

[ "$(id -u)" -eq 0 ] || skip "needs root"
needs setcap

chmod 755 "$work"
printf '#!/bin/sh\n' >"$work/getcap"
chmod 755 "$work/getcap"
cp "$(command -v cat)" "$work/cat"
mkfifo -m 666 "$work/never"
PATH=$PATH:/usr/sbin:/sbin setcap cap_net_raw+ep "$work/cat" 2>/dev/null || skip "no file capabilities here"

as_another() {
	setpriv --reuid=12345 --regid=12345 --clear-groups env PATH="$work:$PATH" XDG_CONFIG_HOME="$work" "$@"
}
as_another test -x "$socksify" || skip "$socksify is out of another user's reach"
run 137 as_another "$socksify" -p socks5://127.0.0.1 "$work/cat" "$work/never"
case $err in
*"did not come up in it"*) ;;
*) fail "no word of the library that did not come up: $err" ;;
esac
finish
