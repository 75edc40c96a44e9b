#!/bin/sh
# The subroutines and shadowsocks-libev, over IPv4.
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
# shellcheck source=tests/interop/shadowsocks.sh
. "$(dirname "$0")/../shadowsocks.sh"

start_shadowsocks && start_far_end || exit 1
with_each reaches_it
with_each is_told_of_no_bind
# It knows no login, and takes the client without the one that it offers.
with_each reaches_it -u "$account" -p "$account_password"
finish
