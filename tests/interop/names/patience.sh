#!/bin/sh
# By a stream libc waits for ever: the stub tells it that there will be no answer.
# shellcheck source=tests/interop/names.sh
. "$(dirname "$0")/../names.sh"

start_relay
# shellcheck disable=SC2016 # for perl
RES_OPTIONS=use-vc run 0 "$socksify" --dns tunnel --dns-server "$far" perl -MSocket=:addrinfo -e '
	my ($error) = getaddrinfo("silent.test.", 80); print $error == EAI_AGAIN ? "again" : "other: $error", "\n"'
same "a stream to a silent nameserver" "$out" again
asked_through_relay "the lookup"
asked_nobody_near "the lookup"
finish
