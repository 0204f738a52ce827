"""The identification helper as udev runs it: whatever it is given, it ends at once, with status 0, and says what it is sure of."""
import os
import subprocess
import tempfile
import unittest

import descriptors

PROGRAM = os.path.join(os.environ["POSHAL_BUILD"], "bin", "poshal_id")
CLASSES = {"hidpos": "scanner", "ibmoem-hand": "scanner", "ibmoem-table": "scanner", "ibmoem-scale": "scale",
           "hidscale": "scale", "hidmsr": "msr", "magtek": "msr", "idtech": "msr", "posiflex-drawer": "drawer",
           "snapi": "scanner"}


class Identify(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_on(self, *args, **env):
        done = subprocess.run([PROGRAM, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def expected(self, name):
        proto = descriptors.PROTO.get(name)
        if not proto:
            return ""
        return f"ID_POSHAL=1\nID_POSHAL_CLASS={CLASSES[proto]}\nID_POSHAL_PROTO={proto}\n"

    def test_each_descriptor(self):
        self.assertEqual(set(descriptors.PROTO.values()), set(CLASSES))
        for name, data in descriptors.ALL.items():
            with self.subTest(name):
                self.assertEqual(self.run_on(self.write(name, data)), self.expected(name))

    def test_folder_of_sysfs(self):
        self.write("hidraw0/device/report_descriptor", descriptors.ALL["scanner_a"])
        self.assertEqual(self.run_on(self.folder + "/hidraw0"), self.expected("scanner_a"))

    def test_what_is_no_descriptor(self):
        os.mkfifo(self.folder + "/fifo")
        for path in (self.folder, self.folder + "/fifo", self.folder + "/absent", "", "/dev/null", "/dev/zero",
                     self.write("empty", b""), self.write("nul", bytes(4097)), "x" * 5000):
            with self.subTest(path):
                self.assertEqual(self.run_on(path), "")

    def test_longer_than_any(self):
        data = descriptors.ALL["scanner_a"]
        # padded with items that say nothing (a global item of no bytes)
        self.assertEqual(self.run_on(self.write("longest", data + b"\x14" * (4096 - len(data)))),
                         self.expected("scanner_a"))
        self.assertEqual(self.run_on(self.write("longer", data + b"\x14" * (4097 - len(data)))), "")

    def test_without_an_event(self):
        self.assertEqual(self.run_on(), "")
        self.assertEqual(self.run_on(DEVPATH="/devices/absent/hidraw/hidraw0"), "")
        self.assertEqual(self.run_on(DEVPATH="x" * 5000), "")

    def test_for_people(self):
        self.assertIn("Usage: poshal_id", self.run_on("--help"))
        self.assertRegex(self.run_on("--version"), r"^poshal_id \d")

    def test_needs_nothing(self):
        """No library, so that it runs wherever udev does; sanitized builds have some."""
        with open(PROGRAM, "rb") as file:
            data = file.read()
        if b"__asan_init" in data or b"__tsan_init" in data or b"__ubsan" in data:
            self.skipTest("a sanitized build")
        self.assertNotIn(b"/lib64/ld-", data[:4096])  # no interpreter is asked for


if __name__ == "__main__":
    unittest.main()
