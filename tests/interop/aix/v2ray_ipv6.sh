#!/bin/sh
# The subroutines and a V2Ray, over IPv6, and from either family to the other.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -n "$@"
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
# shellcheck source=tests/interop/v2ray.sh
. "$(dirname "$0")/../v2ray.sh"

use_both_families
start_v2ray none && start_far_end || exit 1
with_each reaches_it
with_each is_told_of_no_bind
stop_proxies
start_v2ray username || exit 1
try_logins reaches_it is_told_of_no_bind
finish
