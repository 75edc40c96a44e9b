#!/bin/sh
# Servers by name: one that has no address, and one that has a dead one beside the good one.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -m "$@"
# shellcheck source=tests/interop/check.sh
. "$(dirname "$0")/../check.sh"
needs danted

printf '%s\n' "::1 two.check.test" "$proxy_address two.check.test" "$proxy_address one.check.test" >"$work/hosts"
echo 'hosts: files' >"$work/nsswitch.conf"
mount --bind "$work/hosts" /etc/hosts && mount --bind "$work/nsswitch.conf" /etc/nsswitch.conf || exit 1
start_echo && start_dante none || exit 1

# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://one.check.test:$proxy_port" $targets
is resolve addresses 1
is connect diagnosis ''
is connect address "$proxy_address:$proxy_port"

# shellcheck disable=SC2086 # a list of words
check 0 -p "socks5://two.check.test:$proxy_port" $targets
is resolve addresses 2
is connect diagnosis address_dead
is connect address "$proxy_address:$proxy_port"
is '' diagnosis none

# shellcheck disable=SC2086 # a list of words
check 1 -p "socks5://none.check.test:$proxy_port" $targets
is '' diagnosis unresolved
finish
