"""scripts/demo --serve: a till to develop against, which keeps what its user has changed."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import card_till
from poshal_test import SOURCE


@unittest.skipIf(card_till.why_not(), "no card reader: %s" % card_till.why_not())
class Served(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poshal-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def serve(self):
        """One run of the demo's till, until it says that it is ready; ended by SIGTERM."""
        with subprocess.Popen([sys.executable, "-u", SOURCE + "/scripts/demo_till.py", "--serve", "--root", self.root],
                              cwd=SOURCE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as demo:
            said = []
            for line in demo.stdout:
                said.append(line)
                if line == "ready\n":
                    break
            demo.send_signal(signal.SIGTERM)
            demo.communicate(timeout=30)
        self.assertEqual((demo.returncode, said[-1:]), (0, ["ready\n"]))

    def change(self, name, old, new):
        with open(os.path.join(self.root, "etc", name), "r+", encoding="utf-8") as f:
            text = f.read()
            self.assertIn(old, text)
            f.seek(0)
            f.write(text.replace(old, new))
            f.truncate()

    def read(self, name):
        with open(os.path.join(self.root, "etc", name), encoding="utf-8") as f:
            return f.read()

    def test_what_was_changed_stays(self):
        self.serve()
        self.change("poshal.conf", "max_sale = 50.00", "max_sale = 12.00")
        self.change("acquirer.conf", "mid =", "location = CAFE\nmid =")
        before = [self.read("poshal.conf"), re.sub("port = .*", "", self.read("acquirer.conf"))]
        self.change("acquirer.conf", "port = ", "port = 1")
        wrong = self.read("acquirer.conf")
        self.serve()
        self.assertEqual([self.read("poshal.conf"), re.sub("port = .*", "", self.read("acquirer.conf"))], before)
        self.assertNotEqual(self.read("acquirer.conf"), wrong)


if __name__ == "__main__":
    unittest.main()
