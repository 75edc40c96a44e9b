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
exchange_by_v2ray
finish
