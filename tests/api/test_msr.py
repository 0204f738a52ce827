"""Stripe readers through the real service, and a search for what must be nowhere: log, journal, traffic, memory."""

import contextlib
import glob
import os
import shutil
import tempfile
import unittest

from hid_node import Node
from poshal_test import Till, memory_holds, wait_until

DEVICES = """[device reader]
driver = msr-hid
connection = hid:{root}/reader
clear_prefixes = 9801,9802
"""
# MagTek USB HID swipe reader: three decode states, three lengths, the encoding, three fields of 110
DESCRIPTOR = bytes.fromhex(
    "0600ff0901a101150026ff00750809200921092209280929092a09389507810209309 56e820201093195 6e8202010932956e820201"
    "09209518b20201c0".replace(" ", ""))
PAN = "4111111111111111"
BANK = ("%B" + PAN + "^TEST/CARD^29122010000000000?", ";" + PAN + "=29122010000000000?")
STAFF = ("%B9802123456^STAFF/ANN^2912?", ";9802123456=2912?")


def report(one, two, status=(0, 0, 0), encoding=0):
    head = bytes(status) + bytes((len(one), len(two), 0, encoding))
    return b"\0" + head + b"".join(t.encode().ljust(110, b"x") for t in (one, two, ""))


class StripeReader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.root = tempfile.mkdtemp(prefix="poshal-")
        cls.stack.callback(shutil.rmtree, cls.root, ignore_errors=True)
        cls.reader = Node(cls.root + "/reader", DESCRIPTOR)
        cls.stack.callback(cls.reader.close)
        cls.till = cls.stack.enter_context(Till(
            bench=None, config="[service]\nlog_level = debug\n", devices=DEVICES.format(root=cls.root)))
        client = cls.till.client()
        cls.till.wait_ready(client, "reader")
        client.close()

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def setUp(self):
        self.client = self.till.client()
        self.addCleanup(self.client.close)
        self.client.call("device.claim", device="msr", wait_ms=60000)

    def swipe(self, *args, **kwargs):
        self.reader.input(report(*args, **kwargs))

    def enable(self, **settings):
        self.client.call("msr.configure", device="msr", **settings)
        self.client.call("msr.enable", device="msr")

    def test_needs_the_lease(self):
        other = self.till.client()
        for method in ("enable", "disable", "configure"):
            self.assertEqual(other.error("msr." + method, device="msr").name, "NotClaimed")
        self.assertEqual(self.client.error("device.directIO", device="msr", data_b64="AA==").name, "Illegal")

    def test_staff_cards_are_clear(self):
        self.enable(sentinels=True)
        self.swipe(*STAFF)
        data = self.client.event("msr.data")["data"]
        self.assertEqual((data["clear"], data["account_number"], data["track1"], data["track2"], data["surname"]),
                         (True, "9802123456", STAFF[0], STAFF[1], "STAFF"))

    def test_errors(self):
        self.enable()
        self.swipe("", BANK[1], status=(1, 0, 0))
        self.assertEqual(self.client.event("msr.error")["data"]["tracks"],
                         [{"track": 1, "state": "error"}, {"track": 2, "state": "good"}])
        self.client.call("msr.configure", device="msr", errors="track")
        self.swipe("", BANK[1], status=(1, 0, 0))
        self.assertEqual(self.client.event("msr.data")["data"]["masked_pan"], "411111******1111")
        self.swipe("", "", encoding=3)
        self.assertEqual(self.client.event("msr.error")["data"], {"tracks": []})

    def test_a_payment_card_is_nowhere(self):
        watcher = self.till.client()
        watcher.call("events.subscribe", topics=["*"])
        self.swipe(*BANK)  # nobody wants it
        self.client.call("device.checkHealth", device="msr")
        self.enable(details=True)
        self.swipe(*BANK)
        data = self.client.event("msr.data")["data"]
        self.assertEqual((data["masked_pan"], data["luhn"], data["clear"], data["expiration_date"], data["surname"]),
                         ("411111******1111", True, False, "2912", "TEST"))
        self.assertEqual([m for m in self.client.notifications if m["params"].get("topic") == "msr.data"], [])
        self.reader.input(report(*BANK)[:60])  # cut off
        self.client.call("device.release", device="msr")
        self.swipe(*BANK)
        self.client.call("device.checkHealth", device="msr")
        watcher.call("rpc.ping")
        traffic = repr((self.client.notifications, watcher.notifications, data))
        self.assertNotIn("msr.data", repr(watcher.notifications))
        found = self.till.device_pids()["reader"]
        texts = {"traffic": traffic, "log": self.till.log()}
        for path in glob.glob(self.till.root + "/var/**", recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    texts[path] = f.read().decode("latin-1")
        for where, text in texts.items():
            for needle in (PAN, PAN[4:], "2010000000000", BANK[1][1:-1]):
                self.assertNotIn(needle, text, where)
        for name, pid in (("poshald", self.till.daemon.pid), ("device process", found)):
            wait_until(lambda: not memory_holds(pid, PAN.encode()), "the number is in the memory of the " + name)

    def test_prefixes_of_payment_cards_are_refused(self):
        self.till.write_config("[service]\n", DEVICES.format(root=self.root) + """
[device bad]
driver = msr-hid
connection = hid:/dev/no-such-reader
clear_prefixes = 4111
""")
        self.client.call("config.reload")
        self.assertTrue(wait_until(lambda: "payment cards begin" in self.till.log(), "it is not said why") is None)
        self.till.write_config("[service]\n", DEVICES.format(root=self.root))
        self.client.call("config.reload")


if __name__ == "__main__":
    unittest.main()
