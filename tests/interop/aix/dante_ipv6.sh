#!/bin/sh
# The subroutines and a Dante, over IPv6, and from either family to the other.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -n "$@"
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
needs danted

use_both_families
start_dante none && start_far_end || exit 1
with_each reaches_it
with_each is_called_by_it
finish
