#!/usr/bin/env python3
"""The programs of docs/libposhal.md compile with the shared library and do what the page says.

Usage: test_examples.py COMPILER LIBRARY [FLAG...]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from fake_service import FakeService

COMPILER, LIBRARY, *FLAGS = sys.argv[1:]
ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "libposhal.md").read_text(encoding="utf-8")


class Examples(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="libposhal-")
        self.socket = os.path.join(self.folder.name, "poshal.sock")

    def tearDown(self):
        self.folder.cleanup()

    def build(self, name):
        source = pathlib.Path(self.folder.name) / name
        source.write_text(re.search(rf"```c {name}\n(.*?)```", PAGE, re.S).group(1), encoding="utf-8")
        program = source.with_suffix("")
        subprocess.run([COMPILER, "-std=c11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", *FLAGS,
                        f"-I{ROOT / 'include'}", str(source), LIBRARY, "-o", str(program)], check=True)
        return str(program)

    def run_it(self, program):
        environment = {"POSHAL_SOCKET": self.socket, "LD_LIBRARY_PATH": os.path.dirname(LIBRARY),
                       "PATH": os.environ["PATH"]}
        run = subprocess.run([program], env=environment, capture_output=True, encoding="utf-8", timeout=60)
        return run.returncode, run.stdout, run.stderr

    def test_first(self):
        program = self.build("first.c")
        self.assertEqual(self.run_it(program)[0], 1)
        service = FakeService(self.socket, {
            "printer.print": {"job": "job-1", "state": "printed", "duplicate": False}})
        self.assertEqual(self.run_it(program), (0, "printed\n", ""))
        self.assertEqual(service.asked[0][1]["document"], {"text": "Hello from C\n"})
        service.close()

    def test_till_repeats_with_the_same_key(self):
        keys = []
        labels = ["4006381333931", "96385074"]

        def enable(service, params):
            if len(keys) != 1:  # not while the first receipt is being repeated
                service.after_answer(lambda: scan(service))
            return {}

        def scan(service):
            service.event("scanner.data", "scanner-1", {"text": labels.pop(0)})

        def print_receipt(service, params):
            keys.append(params["key"])
            if len(keys) == 1:
                return service.hang_up()
            if labels:
                service.after_answer(lambda: scan(service))
            return {"job": "job-1", "state": "printed", "duplicate": len(keys) == 2}

        service = FakeService(self.socket, {
            "device.claim": {"lease": "1"}, "scanner.enable": enable, "display.show": {},
            "printer.print": print_receipt})
        self.assertEqual(self.run_it(self.build("till.c")),
                         (0, "4006381333931: receipt printed\n96385074: receipt printed\n", ""))
        self.assertEqual(len(keys), 3)
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[1], keys[2])
        service.close()

    @unittest.skipUnless(shutil.which("c++"), "no C++ compiler")
    def test_header_in_cplusplus(self):
        source = os.path.join(self.folder.name, "x.cc")
        with open(source, "w", encoding="utf-8") as file:
            file.write("#include <poshal/client.h>\nint main() { poshal_close(nullptr); }\n")
        subprocess.run(["c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                        f"-I{ROOT / 'include'}", source], check=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
