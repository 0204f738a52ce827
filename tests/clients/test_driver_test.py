"""`poshalctl driver test`: good drivers pass, and each kind of bad one fails where it is bad."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN, GUIDE = os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)

# answers all with an error, twice, before it says who it is
RUDE = """#!/usr/bin/env python3
import json, socket
carrier = socket.socket(fileno=3)
for line in carrier.makefile():
    request = json.loads(line)
    answer = {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -1, "message": "no"}}
    carrier.sendall((json.dumps(answer) + "\\n").encode() * 2)
"""

# its device is gone and back before anybody has read of it
BRISK = """#!/usr/bin/env python3
import json, socket, threading
carrier = socket.socket(fileno=3)
lock = threading.Lock()

def send(*messages):
    with lock:
        carrier.sendall("".join(json.dumps({"jsonrpc": "2.0", **m}) + "\\n" for m in messages).encode())

def state(word):
    return {"method": "device.state", "params": {"state": word, "reasons": []}}

def serve(address):
    said = [state("ready")]
    while True:
        with socket.create_connection(address) as device:
            send(*said)
            while device.recv(65536):
                pass
        said = [state("offline"), state("ready")]

send({"method": "driver.hello", "params": {"driver": "acme-pole", "version": "1", "protocol": {"major": 1, "minor": 0}}})
for line in carrier.makefile():
    request = json.loads(line)
    if request["method"] != "driver.open":
        send({"id": request["id"], "error": {"code": -32601, "message": "no"}})
        continue
    send({"id": request["id"], "result": {}})
    host, _, port = request["params"]["connection"].removeprefix("tcp://").partition(":")
    threading.Thread(target=serve, args=((host, int(port)),), daemon=True).start()
"""


class DriverTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="poshal-")
        self.addCleanup(self.folder.cleanup)

    def manifest(self, code, **members):
        program = os.path.join(self.folder.name, "driver")
        with open(program, "w", encoding="utf-8") as f:
            f.write(code)
        os.chmod(program, 0o755)
        path = os.path.join(self.folder.name, "acme-pole.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"name": "acme-pole", "version": "1", "exec": program, "classes": ["display"],
                       "connections": ["serial"], "options": [], **members}, f)
        return path

    def run_test(self, *words):
        done = subprocess.run([os.path.join(BIN, "poshalctl"), "--json", "driver", "test", *words],
                              capture_output=True, encoding="utf-8", timeout=200, check=False)
        if not done.stdout:
            return done.returncode, {}, done.stderr
        result = json.loads(done.stdout)
        return done.returncode, {row["check"]: row["verdict"] for row in result["checks"]}, result["passed"]

    def test_a_driver_of_poshal(self):
        code, checks, passed = self.run_test("scanner-serial")
        self.assertEqual((code, passed), (0, True))
        self.assertEqual(set(checks.values()) - {"not applicable"}, {"passed"}, checks)
        self.assertEqual(checks["finds its device when it is back"], "passed")

    def test_with_options(self):
        code, checks, passed = self.run_test("display", "--options", "set=cd5220")
        self.assertEqual((code, passed), (0, True), checks)

    def test_the_example_of_the_guide(self):
        with open(GUIDE, encoding="utf-8") as f:
            example = re.search(r"```python\n(.*?)```", f.read(), re.S)[1]
        code, checks, passed = self.run_test(self.manifest(example))
        self.assertEqual((code, passed), (0, True), checks)

    def test_a_rude_one(self):
        code, checks, passed = self.run_test(self.manifest(RUDE))
        self.assertEqual((code, passed), (1, False))
        self.assertEqual(checks["says who it is before anything else"], "failed")
        self.assertEqual(checks["opens once, and reports the state of its device"], "failed")
        self.assertEqual(checks["ends with its carrier"], "failed")  # as it cannot be opened
        self.assertEqual(checks["answers, or ends, after a line that is too long"], "passed")

    def test_one_that_is_back_before_it_is_missed(self):
        _, checks, _ = self.run_test(self.manifest(BRISK, connections=["tcp"]))
        self.assertEqual(checks["finds its device when it is back"], "passed")

    def test_one_that_ends_at_once(self):
        code, checks, passed = self.run_test(self.manifest("#!/bin/sh\n"))
        self.assertEqual((code, passed), (1, False))
        self.assertEqual(checks["refuses a method it does not know"], "failed")

    def test_one_that_cannot_be_started(self):
        code, checks, passed = self.run_test(self.manifest("", exec="/nonexistent/driver"))
        self.assertEqual((code, passed, set(checks.values())), (1, False, {"failed"}))

    def test_no_such_driver(self):
        code, _, said = self.run_test("no-such-driver")
        self.assertEqual((code, said), (2, "poshalctl: `no-such-driver` is no driver that is installed, and no manifest "
                                           "with name and exec\n"))


if __name__ == "__main__":
    unittest.main()
