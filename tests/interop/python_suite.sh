# shellcheck shell=sh disable=SC2154
# Tests of CPython's own suite, by Debian's own Python. Sourced instead of suites.sh.
limit=100
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

python=/usr/bin/python3.11
if ! $python -c 'import test.test_socket, test.test_asyncio' 2>/dev/null; then
	skip "needs libpython3.11-testsuite"
fi
cd "$work" || exit 1
unset PYTHONPATH PYTHONHOME

# compare_tests MODULE... Where a virtual machine's own sockets are, the accept of their tests has no end.
compare_tests() {
	compare $python "$suites/cpython.py" /dev/stdout VSOCK "$@"
}
