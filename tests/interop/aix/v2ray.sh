#!/bin/sh
# The subroutines and a V2Ray, over IPv4.
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
# shellcheck source=tests/interop/v2ray.sh
. "$(dirname "$0")/../v2ray.sh"

exchange_by_v2ray
finish
