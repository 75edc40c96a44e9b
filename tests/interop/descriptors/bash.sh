#!/bin/sh
# bash's /dev/udp: bash itself writes by stdio inside libc, past every hook, so that what its builtins say is lost at the
# guard rail; programs that it starts with such a socket, and that do not use stdio on it, are relayed. Nothing leaves directly.
# shellcheck source=tests/interop/peers.sh
. "$(dirname "$0")/../peers.sh"
needs bash
start_peers
peer=${peers%% *}
at=/dev/udp/${peer%@*}/${peer#*@}

# leaves WHAT COUNT SCRIPT: so many datagrams arrive, all of them by the relay. at is in the script's environment.
leaves() {
	run 0 env LD_PRELOAD="$library" at="$at" timeout 20 bash -c "$3"
	listen_to_peers
	same "$1" "$heard ${relayed:-0}" "$2 $2"
}

# shellcheck disable=SC2016 # for the inner shells, all of them
{
	run 0 env at="$at" bash -c 'echo bare >$at'
	listen_to_peers
	same "bare" "$heard ${relayed:-0}" "1 0"
	leaves "a builtin's words" 0 'echo builtin >$at || :'
	leaves "a builtin's words to a descriptor" 0 'exec 3<>$at; echo builtin >&3; printf again >&3 || :'
	ask='perl -e "open my \$peer, q(+<&=), 3; syswrite \$peer, q(asked); sysread \$peer, my \$answer, 99; print \$answer"'
	leaves "a program's exchange" 1 "exec 3<>\$at; $ask; :"
	same "the answer" "$out" asked
	leaves "a program's exchange after a builtin's" 1 "exec 3<>\$at; echo builtin >&3; $ask"
	same "the answer" "$out" asked
}
finish
