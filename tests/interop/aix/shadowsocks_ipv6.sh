#!/bin/sh
# The subroutines and shadowsocks-libev, over IPv6, and from either family to the other. Its replies give an IPv4 address
# whatever the family, of zeros where it is the other.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -n "$@"
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
# shellcheck source=tests/interop/shadowsocks.sh
. "$(dirname "$0")/../shadowsocks.sh"

use_both_families
start_shadowsocks && start_far_end || exit 1
with_each reaches_it
with_each is_told_of_no_bind
finish
