#!/bin/sh
# The subroutines and a Dante that demands RFC 1929, over both families.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -mn "$@"
# shellcheck source=tests/interop/aix.sh
. "$(dirname "$0")/../aix.sh"
needs danted

use_both_families
add_account && start_dante username && start_far_end || exit 1
try_logins reaches_it is_called_by_it
finish
