#!/bin/sh
# CPython's own tests of asyncio's loops and transports.
# shellcheck source=tests/interop/python_suite.sh
. "$(dirname "$0")/../python_suite.sh"

modules=
for module in base_events events selector_events sock_lowlevel proactor_events transports unix_events; do
	modules="$modules test.test_asyncio.test_$module"
done
# shellcheck disable=SC2086 # a list of words
compare_tests $modules
finish
