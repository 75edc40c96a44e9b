#!/bin/sh
# CPython's own tests of sockets, selectors, socket servers and asyncio's datagram transports.
# shellcheck source=tests/interop/suites.sh
. "$(dirname "$0")/../suites.sh"

python=/usr/bin/python3.11
[ -x $python ] && $python -c 'import test.test_socket' 2>/dev/null || skip "needs libpython3.11-testsuite"
cd "$work" || exit 1
unset PYTHONPATH PYTHONHOME
# Where a virtual machine's own sockets are, their accept has no end.
compare $python "$suites/cpython.py" /dev/stdout VSOCK test.test_socket test.test_socketserver test.test_selectors
finish
