#!/usr/bin/env python3
"""The manual pages are well-formed and name every option of their program. Usage: test_manuals.py PROGRAM..."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

PROGRAMS = [pathlib.Path(path) for path in sys.argv[1:]]
PAGES = pathlib.Path(__file__).parents[2] / "docs" / "man"


class Manuals(unittest.TestCase):
    def test_options(self):
        for program in PROGRAMS:
            page = (PAGES / f"{program.name}.8").read_text(encoding="utf-8")
            usage = subprocess.run([program, "--help"], capture_output=True, encoding="utf-8", check=True).stdout
            described = set(re.findall(r"^\.It Fl (-[a-z-]+)", page, re.M))
            self.assertEqual(described, {f"-{name}" for name in re.findall(r"--([a-z-]+)", usage)}, program.name)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_form(self):
        for page in sorted(PAGES.iterdir()):
            check = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, encoding="utf-8")
            self.assertEqual((check.returncode, check.stdout), (0, ""), page.name)

    def test_references(self):
        names = {page.stem for page in PAGES.iterdir()}
        for page in PAGES.iterdir():
            for name in re.findall(r"^\.Xr (poshal\S*)", page.read_text(encoding="utf-8"), re.M):
                self.assertIn(name, names, page.name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
