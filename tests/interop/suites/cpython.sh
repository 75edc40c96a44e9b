#!/bin/sh
# CPython's own tests of sockets, selectors and socket servers.
# shellcheck source=tests/interop/python_suite.sh
. "$(dirname "$0")/../python_suite.sh"

compare_tests test.test_socket test.test_socketserver test.test_selectors
finish
