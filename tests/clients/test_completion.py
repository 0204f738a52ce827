#!/usr/bin/env python3
"""The bash completion, driven as bash drives it. Usage: test_completion.py PROGRAM"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from fake_service import FakeService

PROGRAM = os.path.abspath(sys.argv.pop(1))
SCRIPT = pathlib.Path(__file__).parents[2] / "clients" / "poshalctl" / "poshalctl.bash"
DRIVER = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_poshalctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="poshalctl-")
        cls.socket = os.path.join(cls.folder.name, "poshal.sock")

        def devices(service, params):
            ids = {"scanner": ["scanner-1"], "drawer": ["drawer-1"]}
            return {"devices": [{"id": name} for name in ids.get(params.get("class"), ["drawer-1", "scanner-1"])]}
        cls.service = FakeService(cls.socket, {
            "device.list": devices, "job.list": {"jobs": [{"job": "job-2"}, {"job": "job-1"}]},
            "queue.list": {"records": [{"payment": "pay-7", "work": {"reason": "x", "action": "y"}}], "more": False},
            "rpc.discover": {"methods": [{"name": "rpc.ping"}, {"name": "drawer.waitForClose"}]}})

    @classmethod
    def tearDownClass(cls):
        cls.service.close()
        cls.folder.cleanup()

    def complete(self, *words, socket=None):
        environment = {"PATH": os.environ["PATH"], "POSHAL_SOCKET": socket or self.socket, "ASAN_OPTIONS": "",
                       "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        run = subprocess.run(["bash", "--norc", "-c", DRIVER, "driver", str(SCRIPT), PROGRAM, *words],
                             env=environment, capture_output=True, encoding="utf-8", timeout=60, check=True)
        self.assertEqual(run.stderr, "")
        return run.stdout.split()

    def test_syntax(self):
        subprocess.run(["bash", "-n", str(SCRIPT)], check=True)

    def test_commands(self):
        self.assertEqual(self.complete("pr"), ["preview", "print"])
        self.assertEqual(self.complete("d"), ["disable", "discover", "display", "doctor", "drawer",
                                              "driver", "drivers"])
        self.assertEqual(self.complete("drawer", ""), ["open", "status", "tune", "acknowledge", "wait"])
        self.assertEqual(self.complete("job", "re"), ["retry"])
        self.assertEqual(self.complete("queue", "o"), ["offline", "online"])
        self.assertEqual(self.complete("audit", ""), ["verify"])
        self.assertEqual(self.complete("help", "wa"), ["watch"])

    def test_options(self):
        self.assertEqual(self.complete("scan", "--"), [
            "--count=", "--timeout=", "--json", "--socket=", "--root=", "--help", "--version"])
        self.assertEqual(self.complete("drawer", "open", "--re"), ["--reason=", "--reference="])
        self.assertEqual(self.complete("--js"), ["--json"])
        self.assertEqual(self.complete("audit", "--v"), ["--verify", "--version"])
        self.assertEqual(self.complete("queue", "list", "--f"), ["--filter="])

    def test_values(self):
        self.assertEqual(self.complete("print", "p", "f", "--on-recovery", ""), ["reprint", "continue", "ask"])
        self.assertEqual(self.complete("jobs", "--state", "=", "unc"), ["uncertain"])
        self.assertEqual(self.complete("jobs", "--device", "="), ["drawer-1", "scanner-1"])
        self.assertEqual(self.complete("queue", "list", "--filter", "f"), ["final"])
        self.assertEqual(self.complete("pay", "authorize", "1", "EUR", "--offline", ""), ["refuse", "allow", "force"])

    def test_names_from_the_service(self):
        self.assertEqual(self.complete("show", ""), ["drawer-1", "scanner-1"])
        self.assertEqual(self.complete("scan", "--count", "3", ""), ["scanner-1"])
        self.assertEqual(self.complete("drawer", "open", ""), ["drawer-1"])
        self.assertEqual(self.complete("job", "show", ""), ["job-2", "job-1"])
        self.assertEqual(self.complete("call", "dr"), ["drawer.waitForClose"])
        self.assertEqual(self.complete("list", ""), [])
        self.assertEqual(self.complete("queue", "hold", ""), ["pay-7"])

    def test_names_from_another_service(self):
        self.assertEqual(self.complete("--socket", self.socket, "enable", "d", socket="/nonexistent"), ["drawer-1"])
        self.assertEqual(self.complete("enable", "d", socket="/nonexistent"), [])

    def test_files_and_commands(self):
        here = os.path.join(self.folder.name, "pos")
        self.assertEqual(self.complete("print", "p", "--copies", "2", here), [self.socket])
        self.assertIn("true", self.complete("claim", "p", "--", "tru"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
