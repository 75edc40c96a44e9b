#!/bin/sh
# The time that libfaketime tells the program, also the monotonic one, is not the time that associations are made in.
# shellcheck source=tests/interop/namespaces.sh
. "$(dirname "$0")/../namespaces.sh"
enter_namespaces -m "$@"
# shellcheck source=tests/interop/stacking.sh
. "$(dirname "$0")/../stacking.sh"
mount -t tmpfs none /dev/shm || exit 77 # libfaketime leaves its shared memory behind
start_peers
for name in libfaketime.so.1 libfaketimeMT.so.1; do
	other=$(find_library $name) || exit 77
	for time in -15d +30d '+0 x1000'; do
		differ "$name $time, this library first" "$library:$other" env "FAKETIME=$time"
		differ "$name $time, this library last" "$other:$library" env "FAKETIME=$time"
	done
done
finish
