# shellcheck shell=sh disable=SC2154
# A machine of the test's own, and the tests' own peers on it. Sourced with the build folder as $1, after enter_machine.
# shellcheck source=tests/interop/common.sh
. "$(dirname "$0")/../common.sh"
# shellcheck source=tests/interop/peer.sh
. "$(dirname "$0")/../peer.sh"

# use_machine ADDRESS...: brings the loopback interface up, with these addresses beside its own; usable at once.
use_machine() {
	echo 0 >/proc/sys/net/ipv6/conf/lo/accept_dad
	ip link set lo up || exit 1
	for address; do
		ip addr add "$address" dev lo || skip "no $address here"
	done
}
