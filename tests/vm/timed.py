"""A test runner that says how long each test took: where the minutes of a boot go on a slow machine."""
import time
import unittest


class Result(unittest.TextTestResult):
    def startTest(self, test):
        super().startTest(test)
        self.begin = time.monotonic()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln("ok, %.1f s" % (time.monotonic() - self.begin))
        self.stream.flush()


class Runner(unittest.TextTestRunner):
    resultclass = Result
