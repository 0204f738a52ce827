"""Drivers with a unit of their own: they dial in on drivers.sock, as the configured user only."""

import json
import os
import pwd
import signal
import socket
import unittest

from poshal_test import BUILD, DEADLINE, Process, Till

DEVICES = """[device lane-scanner]
driver = scanner-serial
connection = {{lane_scanner}}
dial_in_user = {user}

[device pole-display]
driver = display-escpos
connection = {{pole_display}}
"""


class DialIn(unittest.TestCase):
    def setUp(self):
        me = pwd.getpwuid(os.getuid()).pw_name
        self.till = Till(config="", devices=DEVICES.format(user=me))
        self.client = self.till.client()
        self.client.call("events.subscribe", topics=["device.state"], devices=["lane-scanner"])
        self.drivers = []

    def tearDown(self):
        for driver in self.drivers:
            driver.stop()
        self.till.close()

    def start_driver(self):
        driver = Process([BUILD + "/bin/poshal-device", "--driver", "scanner-serial", "--device", "lane-scanner",
                          "--dial", self.till.root + "/run/drivers.sock"], self.till.root + "/driver.log")
        self.drivers.append(driver)
        return driver

    def raw(self, line):
        """Sends a line to drivers.sock; returns what comes back until the end, or the first line."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(DEADLINE)
            s.connect(self.till.root + "/run/drivers.sock")
            s.sendall(line)
            return s.makefile("rb").readline()

    def test_the_device_waits_for_its_driver_serves_and_waits_again(self):
        device = self.client.call("device.get", device="lane-scanner")["device"]
        self.assertEqual((device["state"], device["reasons"]), ("offline", ["driver_not_connected"]))
        driver = self.start_driver()
        self.client.event("device.state", state="ready")
        self.client.call("device.claim", device="lane-scanner")
        self.client.call("scanner.enable", device="lane-scanner")
        self.till.emulator.call("scanner.scan", device="lane-scanner", text="DIALLED")
        self.assertEqual(self.client.event("scanner.data")["data"]["text"], "DIALLED")
        driver.kill(signal.SIGKILL)
        self.client.event("device.state", state="offline")
        self.start_driver()
        self.client.event("device.state", state="ready")

    def test_it_ends_with_its_connection(self):
        driver = self.start_driver()
        self.client.event("device.state", state="ready")
        self.till.daemon.kill()
        self.assertIsNotNone(driver.wait())

    def test_a_second_driver_for_one_device_is_refused(self):
        self.start_driver()
        self.client.event("device.state", state="ready")
        second = self.start_driver()
        second.wait()
        self.assertEqual(self.client.call("device.get", device="lane-scanner")["device"]["state"], "ready")

    def hello(self, device):
        return json.dumps({"jsonrpc": "2.0", "method": "driver.hello", "params": {
            "driver": "x", "version": "1", "protocol": {"major": 1, "minor": 0}, "device": device}}).encode() + b"\n"

    def test_who_is_not_expected_is_turned_away(self):
        self.assertEqual(self.raw(self.hello("pole-display")), b"")
        self.assertEqual(self.raw(self.hello("nobody")), b"")
        self.assertEqual(self.raw(b"rubbish\n"), b"")
        self.assertEqual(self.raw(b"x" * 10000), b"")
        self.assertIn("has no dial_in_user", self.till.log())
        self.assertIn(b"driver.open", self.raw(self.hello("lane-scanner")))

    def test_another_user_is_turned_away(self):
        if os.getuid() != 0:
            self.skipTest("needs root to be somebody else")
        for path in (self.till.root, self.till.root + "/run"):
            os.chmod(path, 0o755)
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setgid(65534)
                os.setuid(65534)
                out = self.raw(self.hello("lane-scanner"))
            except BaseException as e:  # told to the parent
                out = repr(e).encode()
            os.write(write, b"<" + out + b">")
            os._exit(0)
        self.assertEqual(os.read(read, 65536), b"<>")
        os.waitpid(pid, 0)
        self.assertIn("dial_in_user is another", self.till.log())

    def test_an_unknown_user_is_an_error_with_its_line(self):
        self.till.write_config("", DEVICES.format(user="no-such-user"))
        errors = self.client.call("config.reload")["errors"]
        self.assertEqual(errors[0]["line"], 4)
        self.assertIn("name a user of this machine", errors[0]["text"])


if __name__ == "__main__":
    unittest.main()
