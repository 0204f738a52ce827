"""The drivers that vendors copy: the Python one is taken out of the guide, the C one is the template."""
import json
import os
import re
import signal
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from carrier import DEADLINE_S, Driver, Pty

BIN, GUIDE = sys.argv.pop(1), sys.argv.pop(1)
with open(GUIDE, encoding="utf-8") as f:
    PAGE = f.read()


class Vendor:
    """What both must do."""

    def test_a_sale(self):
        line = Pty()
        with self.start() as d:
            hello = d.line()
            self.assertEqual((hello["method"], hello["params"]["driver"]), ("driver.hello", "acme-pole"))
            self.assertEqual(d.call("driver.ping")["result"], {})
            opened = d.call("driver.open", device="pole", connection="serial:" + line.path,
                            classes=["display"], options={"columns": "16"}, lock_dir="/nonexistent")
            self.assertEqual(opened.get("result"), {})
            self.skip_opening(line)
            self.assertEqual(d.call("display.show", rows=[{"text": "TOTAL\x1b@"}, {"text": "12.50"}]).get("result"), {})
            self.assertEqual(line.read(18), b"\x021TOTAL @\x03\x02212.50\x03")
            self.assertEqual(d.call("display.clear").get("result"), {})
            self.assertEqual(line.read(6), b"\x021\x03\x022\x03")
            self.assertEqual(d.call("display.show", rows=[], color=1)["error"]["data"]["name"], "Illegal")
            self.assertEqual(d.call("driver.close")["result"], {})
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 0)
        line.close()

    def test_end_of_file(self):
        with self.start() as d:
            d.line()
            d.socket.close()
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 0)

    def skip_opening(self, line):
        pass


class Python(Vendor, unittest.TestCase):
    def setUp(self):
        code = re.search(r"```python\n(.*?)```", PAGE, re.S)[1]
        self.assertLess(len(code.splitlines()), 60)
        self.file = tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8")
        self.file.write(code)
        self.file.flush()

    def tearDown(self):
        self.file.close()

    def start(self):
        return Driver(sys.executable, self.file.name)

    def test_refused_open(self):
        with self.start() as d:
            d.line()
            answer = d.call("driver.open", device="pole", connection="serial:/x", options={"color": "1"})
            self.assertEqual(answer["error"]["message"], "$.color is not known")


class Template(Vendor, unittest.TestCase):
    def start(self):
        return Driver(os.path.join(BIN, "poshal-driver-acme-pole"), "--fd", "3")

    def skip_opening(self, line):
        self.assertEqual(line.read(6), b"\x021\x03\x022\x03")


class Manifest(unittest.TestCase):
    def test_the_example_is_a_manifest(self):
        manifest = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.S)[1])
        self.assertEqual(set(manifest), {"name", "version", "exec", "summary", "classes", "connections", "options"})


if __name__ == "__main__":
    unittest.main()
