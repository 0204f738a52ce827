"""The hwdb: what goes in, what is refused, and that systemd finds each row of the one that is shipped."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ["POSHAL_BUILD"]
SHIPPED = os.path.join(BUILD, "udev", "70-poshal.hwdb")
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "udev", "hwdb.py")
TOOL = shutil.which("systemd-hwdb", path=os.environ["PATH"] + ":/usr/bin:/bin")

SCANNER = {"name": "scanner-x", "classes": ["scanner"], "match": [
    {"node": "hidraw", "usb": "05e0:1900", "maker": "Zebra", "model": "SNAPI"},
    {"node": "tty", "usb": "05f9:4204-4206"},
    {"node": "hidraw", "proto": "hidpos"},
    {"node": "hidraw", "usb": "0d3a:0200", "proto": "posiflex-drawer"},
    {"node": "hidraw", "usb": "0aa7:0200", "proto": "wincor-display"},
    {"node": "input", "usb": "05e0:1200"}]}
SCALE = {"name": "scale-x", "classes": ["scale", "scanner"], "match": [
    {"node": "usb", "usb": "05f9:4206", "maker": "D\u00fcrr"}]}
PROFILES = "[profile one]\nmodels = A | B\nusb = 04b8:0e15 04b8:0e28\n\n[profile two]\nusb = none\n"


class Hwdb(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def generate(self, *paths):
        """(the text or None, what was complained of)"""
        out = self.folder + "/out.hwdb"
        done = subprocess.run([sys.executable, "-B", SCRIPT, out, *paths], capture_output=True, text=True, check=False)
        if done.returncode:
            return None, done.stderr
        with open(out, encoding="ascii") as file:
            return file.read(), ""

    def compile(self, path):
        os.makedirs(self.folder + "/etc/udev/hwdb.d")
        shutil.copy(path, self.folder + "/etc/udev/hwdb.d/70-poshal.hwdb")
        done = subprocess.run([TOOL, "update", "--strict", "--root", self.folder], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def query(self, modalias):
        out = subprocess.run([TOOL, "query", "--root", self.folder, modalias], capture_output=True, text=True,
                             check=True).stdout
        return dict(line.split("=", 1) for line in out.splitlines())

    def test_rows(self):
        text, _ = self.generate(self.write("a.json", SCANNER), self.write("b.json", SCALE),
                                self.write("escpos.ini", PROFILES))
        rows = dict(row.split("\n", 1) for row in text.strip().split("\n\n")[1:])
        self.assertEqual(list(rows), ["usb:v04B8p0E15*", "usb:v04B8p0E28*", "usb:v05E0p1900*", "usb:v05F9p4204*",
                                      "usb:v05F9p4205*", "usb:v05F9p4206*", "usb:v0AA7p0200*"])
        # the report descriptor has a word in it
        self.assertEqual(rows["usb:v0AA7p0200*"], " ID_POSHAL_MAYBE=wincor-display")
        self.assertEqual(rows["usb:v05E0p1900*"], " ID_POSHAL=1\n ID_POSHAL_CLASS=scanner\n ID_POSHAL_DRIVER=scanner-x\n"
                                                  " ID_POSHAL_NODE=hidraw\n ID_POSHAL_MODEL=Zebra SNAPI")
        # one id, two drivers
        self.assertEqual(rows["usb:v05F9p4206*"], " ID_POSHAL=1\n ID_POSHAL_CLASS=scanner scale\n ID_POSHAL_DRIVER="
                                                  "scanner-x scale-x\n ID_POSHAL_NODE=tty usb\n ID_POSHAL_MODEL=D?rr")
        self.assertEqual(rows["usb:v04B8p0E15*"], " ID_POSHAL=1\n ID_POSHAL_CLASS=printer\n ID_POSHAL_DRIVER=escpos\n"
                                                  " ID_POSHAL_NODE=usb")

    def test_refused(self):
        for row, complaint in (({"node": "tty", "usb": "0403:6001"}, "0403:6001 is no till's device"),
                               ({"node": "usb", "usb": "05e0:0700-0800"}, "ids 05e0"),
                               ({"node": "usb", "usb": "05e0:07f0-0801"}, "05e0:0800"),
                               ({"node": "usb", "usb": "05e0:0005-0004"}, "ids 05e0:0005"),
                               ({"node": "usb", "usb": "15e00:0005"}, "ids 15e00"),
                               ({"node": "block", "usb": "05e0:0005"}, "node is none of")):
            with self.subTest(row):
                path = self.write("a.json", {"name": "x", "classes": ["scanner"], "match": [row]})
                text, error = self.generate(path)
                self.assertIsNone(text)
                self.assertIn(complaint, error)

    def test_shipped_form(self):
        with open(SHIPPED, encoding="ascii") as file:
            lines = file.read().splitlines()
        keys = [line for line in lines if line and line[0] not in " #"]
        self.assertEqual(len(set(keys)), len(keys))
        for key in keys:
            self.assertRegex(key, r"^usb:v[0-9A-F]{4}p[0-9A-F]{4}\*$")
        for line in lines:
            self.assertRegex(line, r"^(#.*|usb:.*| ID_POSHAL(_(CLASS|DRIVER|NODE|MODEL|MAYBE))?=\S.*|)$")
        self.assertGreaterEqual(len(keys), 2)

    @unittest.skipUnless(TOOL, "no systemd-hwdb")
    def test_shipped_rows_are_found(self):
        self.compile(SHIPPED)
        with open(SHIPPED, encoding="ascii") as file:
            rows = file.read().strip().split("\n\n")[1:]
        # one query a row would start hundreds of processes one day: some from everywhere do
        for row in rows[:: max(1, len(rows) // 40)]:
            key, *lines = row.split("\n")
            modalias = key.rstrip("*") + "d0100dc00dsc00dp00ic03isc00ip00in00"
            self.assertEqual(self.query(modalias), dict(line.strip().split("=", 1) for line in lines))

    @unittest.skipUnless(TOOL, "no systemd-hwdb")
    def test_what_must_not_be_known(self):
        self.compile(SHIPPED)
        for ids in ("05E0p0800", "0403p6001", "10C4pEA60", "067Bp2303", "1A86p7523", "0416p5011", "0D3Ap0C23"):
            self.assertEqual(self.query(f"usb:v{ids}d0100dc00dsc00dp00ic03isc00ip00in00"), {})

    def test_no_whole_vendor(self):
        with open(SHIPPED, encoding="ascii") as file:
            self.assertIsNone(re.search(r"^usb:v[^p]*\*", file.read(), re.M))


if __name__ == "__main__":
    unittest.main()
