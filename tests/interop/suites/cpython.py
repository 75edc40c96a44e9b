"""Runs tests of CPython's own suite, and prints for each "TEST: OUTCOME", to where it was told.

usage: cpython.py OUTPUT EXCEPT NAME...     a module, or a class or a test of one; EXCEPT: a regular expression
"""
import faulthandler
import os
import re
import sys
import unittest


class Outcomes(unittest.TestResult):
    def __init__(self, output):
        super().__init__()
        self.output = output
        self.outcome = None

    def startTest(self, test):
        super().startTest(test)
        self.outcome = "ok"
        faulthandler.dump_traceback_later(20, exit=True)

    def stopTest(self, test):
        faulthandler.cancel_dump_traceback_later()
        print(f"{test.id()}: {self.outcome}", file=self.output, flush=True)
        super().stopTest(test)

    def _failed(self, kind, test, error):
        self.outcome = f"{kind} {error[0].__name__}"
        print(test.id(), self._exc_info_to_string(error, test), sep="\n", file=sys.stderr)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed("FAIL", test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed("ERROR", test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed("FAIL", test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcome = "skipped"


def tests_of(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from tests_of(each)
        else:
            yield each


def relay_counts_as_sender():
    """A server in the same process sees the relay's address instead of its client's, which most tests compare."""
    from test import test_socket
    relays = os.environ["RELAYS"].split()

    def check(self, addr1, addr2):
        self.assertIn(addr1[0], relays)

    test_socket.SendrecvmsgUDPTestBase.checkRecvmsgAddress = check
    test_socket.SendrecvmsgUDP6TestBase.checkRecvmsgAddress = check


def main(path, unwanted, *names):
    if "RELAYS" in os.environ:
        relay_counts_as_sender()
    with open(path, "w", encoding="utf-8") as output:
        tests = tests_of(unittest.defaultTestLoader.loadTestsFromNames(names))
        # A TestSuite sets modules and classes up, too.
        unittest.TestSuite(test for test in tests if not re.search(unwanted, test.id())).run(Outcomes(output))


main(*sys.argv[1:])
