"""Cash drawers with an interface of their own, through the real service: openings, alarms, waits, what must never be sent."""

import tempfile
import unittest

from drawers import Posiflex, Serial, heard
from poshal_test import DEADLINE, RpcError, Till, b64

CONFIG = "[service]\nlog_level = debug\n\n[roles]\ndrawer = till-drawer\n"

HID = """[device till-drawer]
driver = drawer-hid
connection = hid:%s
number = 2
"""

SERIAL = """[device till-drawer]
driver = drawer-serial
connection = serial:%s
box = %s
"""


class WithDrawer(unittest.TestCase):
    def start(self, devices):
        self.till = Till(bench=None, config=CONFIG, devices=devices)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "drawer")

    def drawer_was_late(self):
        return self.drawer.was_late()

    def open(self, key, **params):
        return self.client.call("drawer.open", device="drawer", key=key, **params)

    def state(self):
        return self.client.call("drawer.status", device="drawer")["state"]

    def actions(self, action):
        return [e for e in self.client.call("audit.list")["entries"] if e["action"] == action]


@heard
class Hid(WithDrawer):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poshal-")
        self.addCleanup(folder.cleanup)
        self.drawer = Posiflex(folder.name + "/drawer")

    def start(self, more=""):
        super().start(HID % self.drawer.path + more)

    def tearDown(self):
        self.drawer.unplug()

    def test_opens_and_says_so(self):
        self.start()
        self.assertEqual(self.drawer.reports, [])
        self.client.call("events.subscribe", topics=["drawer.state"])
        self.assertEqual(self.state(), "closed")
        self.assertEqual(self.open("h-1"), {"outcome": "opened"})
        self.client.event("drawer.state", state="open", cause="pulse")
        self.client.event("drawer.state", state="unknown")  # nobody waits: it is left asleep
        self.assertEqual(self.open("h-1"), {"outcome": "opened", "duplicate": True})
        self.assertEqual(self.open("h-2"), {"outcome": "opened", "already": True})
        self.assertEqual(self.drawer.pulses, 1)
        self.assertEqual(self.state(), "open")
        self.drawer.set_open(False)
        self.assertEqual(self.state(), "closed")
        statistics = self.client.call("device.statistics", device="drawer")["statistics"]
        self.assertEqual(statistics["DrawerGoodOpenCount"], 2)
        capabilities = self.client.call("device.get", device="drawer")["device"]["capabilities"]
        self.assertEqual(capabilities, {"sensor": True, "pins": [1], "polarity": "device", "polled": True})

    def test_stuck(self):
        self.start()
        self.drawer.stuck = True
        first, second = [self.client.send("drawer.open", {"device": "drawer", "key": k}) for k in ("h-3", "h-4")]
        with self.assertRaises(RpcError) as caught:
            self.client.result(second)
        self.assertEqual(caught.exception.name, "Busy")
        self.assertEqual(self.client.result(first), {"outcome": "not_confirmed"})
        self.assertEqual(self.drawer.pulses, 1)

    def test_wait_for_close_with_beeps(self):
        self.start()
        self.assertEqual(self.client.call("drawer.waitForClose", device="drawer"), {"state": "closed"})
        self.open("h-5")
        waiting = self.client.send("drawer.waitForClose", {
            "device": "drawer", "beep_timeout_ms": 0, "beep_frequency_hz": 880, "beep_duration_ms": 60, "beep_delay_ms": 40})
        for _ in range(2):
            beep = self.client.event("drawer.beep")
            self.assertEqual((beep["device"], beep["data"]), ("till-drawer", {"frequency_hz": 880, "duration_ms": 60}))
        self.drawer.set_open(False)
        self.assertEqual(self.client.result(waiting), {"state": "closed"})
        self.open("h-6")
        self.assertEqual(self.client.error("drawer.waitForClose", device="drawer", timeout_ms=20).name, "Timeout")
        waiting = self.client.send("drawer.waitForClose", {"device": "drawer"})
        self.drawer.wait_asked(2, DEADLINE)
        self.client.call("rpc.cancel", id=waiting)
        with self.assertRaises(RpcError) as caught:
            self.client.result(waiting)
        self.assertEqual(caught.exception.name, "Cancelled")

    def test_left_open_alarm(self):
        self.start("left_open_after_ms = 100\nleft_open_repeat_ms = 1000\n")
        self.client.call("events.subscribe", topics=["drawer", "audit"])
        self.assertEqual(self.state(), "closed")
        self.drawer.set_open(True)  # by its key
        self.client.event("drawer.state", state="open", cause="manual")
        self.client.event("audit", action="drawer.manual")
        first = self.client.event("drawer.left_open", count=1)
        self.assertGreaterEqual(first["data"]["open_ms"], 100)
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "open", "left_open": True})
        self.client.event("drawer.left_open", count=2)
        acknowledge = {"device": "drawer", "operator": "Ann"}
        self.assertEqual(self.client.call("drawer.acknowledge", **acknowledge), {"acknowledged": True})
        self.assertEqual(self.client.call("drawer.acknowledge", **acknowledge), {"acknowledged": False})
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "open"})
        self.drawer.set_open(False)
        while self.state() != "closed":
            self.client.event("drawer.state")
        self.assertEqual(self.open("h-7"), {"outcome": "opened"})
        self.client.event("drawer.left_open", count=1)
        self.assertEqual(self.actions("drawer.acknowledge")[0]["detail"], {"operator": "Ann"})
        self.assertEqual([e["outcome"] for e in self.actions("drawer.manual")], ["opened"])
        statistics = self.client.call("device.statistics", device="drawer")["statistics"]
        self.assertEqual((statistics["M_ManualOpenCount"], statistics["M_LeftOpenCount"]), (1, 2))
        self.assertTrue(self.client.call("audit.verify")["ok"])

    def test_unplugged_while_open(self):
        self.start("left_open_after_ms = 1\n")
        self.client.call("events.subscribe", topics=["drawer", "device.state"])
        self.open("h-8")
        self.client.event("drawer.left_open")
        self.drawer.unplug()
        self.client.event("drawer.state", state="unknown")
        self.client.event("device.state", state="offline")
        self.assertEqual(self.state(), "unknown")
        self.assertIn(self.client.error("drawer.open", device="drawer", key="h-9").name, ("Offline", "NoHardware"))
        self.drawer.plug()
        self.client.event("device.state", state="ready")
        self.client.event("drawer.state", state="open")  # and no cause: what happened meanwhile nobody knows
        self.client.event("drawer.left_open", count=1)
        self.assertEqual(self.actions("drawer.manual"), [])

    def test_raw_bytes_never_end_the_firmware(self):
        self.start()
        for first in (0xC0, 0xD0, 0xE0, 0xF0):
            error = self.client.error("device.directIO", device="drawer", data_b64=b64(bytes([first, 0])))
            self.assertEqual(error.name, "Illegal")
        self.client.call("device.directIO", device="drawer", data_b64=b64(b"\x02\x03"))
        self.assertEqual([r[:3] for r in self.drawer.reports], [b"\0\x02\x03"])


@heard
class OnALine(WithDrawer):
    def serve(self, model, commands):
        self.drawer = Serial(commands)
        self.addCleanup(self.drawer.close)
        self.start(SERIAL % (self.drawer.path, model))

    def test_trigger_box(self):
        self.serve("trigger", {b"\x07": "pulse"})
        self.assertEqual(self.open("t-1"), {"outcome": "no_sensor"})
        self.assertEqual(self.client.error("drawer.open", device="drawer", key="t-2").name, "Busy")
        self.assertEqual(self.state(), "unknown")
        self.assertEqual(self.client.call("drawer.waitForClose", device="drawer"), {"state": "unknown"})
        self.assertEqual(self.client.error("drawer.tune", device="drawer", step="closed").name, "Illegal")

    def test_glancetron(self):
        self.serve("glancetron-8005", {b"\x1b4": "pulse", b"\x1b:": (b"\x1b4A", b"\x1b4B")})
        self.assertEqual(self.state(), "closed")
        self.assertEqual(self.open("t-3"), {"outcome": "opened"})
        self.assertEqual(self.state(), "open")
        self.assertEqual(self.drawer.pulses, 1)


if __name__ == "__main__":
    unittest.main()
