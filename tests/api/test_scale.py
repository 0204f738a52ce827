"""Scales written from their makers' manuals, through the real service: serial (8217), USB HID, and OEM USB."""

import contextlib
import os
import pty
import select
import shutil
import subprocess
import tempfile
import threading
import tty
import unittest

from hid_node import Node
from poshal_test import BUILD, DEADLINE, Till, wait_until

DEVICES = """[device counter-scale]
driver = scale-serial
connection = serial:{root}/counter
protocol = toledo-8217
unit = kg

[device post-scale]
driver = scale-hid
connection = hid:{root}/post

[device oem-scale]
driver = scale-oem
connection = hid:{root}/oem
"""
ROLES = "[service]\nlog_level = debug\n\n[roles]\nscale = counter-scale\n"

# weighing page: input 3 (status, unit, exponent, weight), output 2 (enforced zero return, zero)
HID_DESCRIPTOR = bytes.fromhex(
    "058d0920a10185030932a1020970a10215012508750895011971297881 00c00950a102250c1951295c8100c0"
    "094115802 57f8102094015002 7ffff000075108102c085020931a102250175019502098109809102750695019103c0c0".replace(" ", ""))
OEM_DESCRIPTOR = bytes.fromhex("0666ff0a006ea10115002 6ff00750895080901810295050902 9102c0".replace(" ", ""))


class Toledo:
    """DIVA service manual, chapter 6: W, Z, T and C, answered by weight or status frames. State: `plate`, a text or letter."""

    def __init__(self, path):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.symlink(os.ttyname(self.slave), path)
        self.plate = b"01.234"
        self.commands = []
        self.silent = False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.stopping.set()
        self.thread.join(DEADLINE)
        os.close(self.master)
        os.close(self.slave)

    def serve(self):
        while not self.stopping.is_set():
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            for byte in os.read(self.master, 4096):
                self.take(bytes([byte]))

    def take(self, byte):
        self.commands.append(byte)
        if self.silent or byte not in b"WZTC":
            return
        if byte == b"W":
            self.send(self.plate)
        else:
            self.send(b"?" + {b"Z": b"P", b"T": b"`", b"C": b"@"}[byte])

    def send(self, text):
        os.write(self.master, b"\x02" + text + b"\r")


class OemScale(Node):
    """Commands of five bytes behind the id 0; a status answers with zeros, which look like a weight."""

    digits = (0, 1, 2, 3, 4)

    def answer(self, report):
        if report[1] == 2:
            self.input((0, 0, 1, 0) + self.digits)
        else:
            self.input((0,) * 9)


class Scales(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.root = tempfile.mkdtemp(prefix="poshal-")
        cls.stack.callback(shutil.rmtree, cls.root, ignore_errors=True)
        cls.counter = Toledo(cls.root + "/counter")
        cls.post = Node(cls.root + "/post", HID_DESCRIPTOR)
        cls.oem = OemScale(cls.root + "/oem", OEM_DESCRIPTOR)
        for scale in (cls.counter, cls.post, cls.oem):
            cls.stack.callback(scale.close)
        cls.till = cls.stack.enter_context(Till(bench=None, config=ROLES, devices=DEVICES.format(root=cls.root)))
        client = cls.till.client()
        cls.till.wait_ready(client, "counter-scale", "post-scale", "oem-scale")

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    def setUp(self):
        self.counter.plate = b"01.234"
        self.counter.silent = False
        self.client = self.till.client()
        for device in ("scale", "post-scale", "oem-scale"):
            self.client.call("device.claim", device=device, wait_ms=30000)
        self.addCleanup(self.client.close)

    def test_a_weight_is_what_the_scale_sent(self):
        self.assertEqual(self.client.call("scale.read", device="scale"), {
            "state": "stable", "upos_status": 11, "weight": "01.234", "decimals": 3, "unit": "kg", "stable": True,
            "net": False, "zero": False})
        statistics = self.client.call("device.statistics", device="scale")["statistics"]
        self.assertGreaterEqual(statistics["GoodWeightReadCount"], 1)

    def test_needs_the_lease(self):
        other = self.till.client()
        for method, params in (("read", {}), ("zero", {}), ("tare", {}), ("live", {"on": True})):
            self.assertEqual(other.error("scale." + method, device="scale", **params).name, "NotClaimed")

    def refusal(self, **params):
        """What a reading ends with. The scale of this process is silent where that was not run: it is asked anew."""
        error = self.client.error("scale.read", device="scale", **params)
        while error.name == "Timeout":
            error = self.client.error("scale.read", device="scale", **params)
        return error

    def test_refusals_have_the_names_of_unifiedpos(self):
        for letter, name in ((b"?B", "Extended.OverWeight"), (b"?D", "Extended.UnderZero"), (b"?H", "Extended.NotReady"),
                             (b"01.23", "Extended.UnitMismatch")):
            self.counter.plate = letter
            error = self.refusal()
            self.assertEqual((error.name, error.code), (name, -32014))
        self.counter.plate = b"?A"
        self.assertEqual(self.refusal(timeout_ms=0).name, "Extended.InMotion")
        self.counter.plate = b"?P"
        self.assertEqual(self.client.call("scale.read", device="scale"),
                         {"state": "zero", "upos_status": 13, "stable": True, "net": False, "zero": True})

    def test_what_was_sent_before_is_never_the_answer(self):
        self.counter.plate = b"?A"
        self.counter.send(b"09.999")
        self.assertEqual(self.refusal(timeout_ms=0).name, "Extended.InMotion")

    def test_silence_is_not_the_last_weight(self):
        self.client.call("scale.read", device="scale")
        self.counter.silent = True
        self.assertEqual(self.client.error("scale.read", device="scale", timeout_ms=100).name, "Timeout")

    def doctor(self):
        """What the doctor says of the last weighing."""
        return [(f["severity"], f["problem"], f["cause"]) for f in self.client.call("system.diagnose")["findings"]
                if f["subject"] == "counter-scale"]

    def test_the_doctor_knows_why_it_cannot_be_weighed(self):
        self.counter.plate = b"01.23"
        self.refusal()
        self.assertEqual(self.doctor(), [("warning", "counter-scale: the last weighing failed (Extended.UnitMismatch)",
                                          "the scale weighs in another unit than its section says")])
        self.counter.plate = b"\nST,GS,  0.500kg"  # what another protocol would say
        error = self.refusal(timeout_ms=500)
        self.assertEqual((error.name, error.message.split(": ")[-1]), (
            "Extended.NotUnderstood", "the scale answers, but not in the protocol it is configured for"))
        self.assertEqual(self.doctor(), [(
            "warning", "counter-scale: the last weighing failed (Extended.NotUnderstood)",
            "it sends something, but not in the protocol of its section, or at another speed")])
        self.counter.silent = True
        self.client.error("scale.read", device="scale", timeout_ms=100)
        self.assertEqual(self.doctor(), [("warning", "counter-scale: the last weighing failed (Timeout)",
                                          "the scale is silent when it is asked in the protocol of its section")])
        self.counter.silent = False
        self.counter.plate = b"01.234"
        self.client.call("scale.read", device="scale")
        self.assertEqual(self.doctor(), [])

    def test_comes_to_rest(self):
        self.counter.plate = b"?A"
        id = self.client.send("scale.read", {"device": "scale", "timeout_ms": 60000})
        sent = len(self.counter.commands)
        wait_until(lambda: len(self.counter.commands) > sent + 1, "it is not asked again")
        self.counter.plate = b"00.425"
        self.assertEqual(self.client.result(id)["weight"], "00.425")

    def test_zero_and_tare_are_audited(self):
        self.client.call("scale.zero", device="scale")
        self.client.call("scale.tare", device="scale", tare="0.125")
        self.client.call("scale.tare", device="scale", tare="0")
        self.assertEqual(b"".join(self.counter.commands)[-9:], b"ZT00125\rC")
        self.assertEqual(self.client.error("scale.tare", device="scale", tare="0.5").name, "Illegal")
        wait_until(lambda: len(self.audited()) >= 4, "not in the audit trail")
        rows = self.audited()[-4:]
        self.assertEqual([(r["action"], r["device"], r["outcome"]) for r in rows],
                         [("scale.zero", "counter-scale", "done"), ("scale.tare", "counter-scale", "done"),
                          ("scale.tare", "counter-scale", "done"), ("scale.tare", "counter-scale", "Illegal")])
        self.assertEqual(rows[1]["detail"], {"tare": "0.125"})

    def audited(self):
        rows = self.client.call("audit.list", limit=100)["entries"]
        return sorted((r for r in rows if r["action"].startswith("scale.")), key=lambda r: r["seq"])

    def test_live_weight_goes_to_the_holder_only(self):
        other = self.till.client()
        other.call("events.subscribe", topics=["*"])
        self.client.call("scale.live", device="scale", on=True)
        weight = self.client.event("scale.weight")["data"]
        while weight["state"] == "not_ready":  # silence of a process that was not run
            weight = self.client.event("scale.weight")["data"]
        self.assertEqual(weight["weight"], "01.234")
        self.counter.plate = b"?A"
        self.assertEqual(self.client.event("scale.weight", state="unstable")["data"]["upos_status"], 12)
        self.counter.plate = b"02.000"
        self.assertEqual(self.client.event("scale.weight", weight="02.000")["device"], "counter-scale")
        self.client.call("device.release", device="scale")
        other.call("rpc.ping")
        self.assertNotIn("scale.weight", [m["params"].get("topic") for m in other.notifications if "params" in m])

    def test_usb_weighing_page(self):
        self.post.input([3, 4, 11, 0xff, 75, 0])  # the first after opening is old
        id = self.client.send("scale.read", {"device": "post-scale", "timeout_ms": 60000})
        self.client.call("rpc.ping")
        answer = self.repeat(id, [3, 4, 3, 0xfd, 0xe8, 3])
        self.assertEqual((answer["weight"], answer["unit"]), ("1.000", "kg"))
        id = self.client.send("scale.read", {"device": "post-scale", "timeout_ms": 60000})
        with self.assertRaises(Exception) as raised:
            self.repeat(id, [3, 5, 2, 0, 10, 0])
        self.assertEqual(raised.exception.name, "Extended.UnderZero")

    def repeat(self, id, report):
        """As such scales do: the same report again and again."""
        while True:
            self.post.input(report)
            with contextlib.suppress(TimeoutError):
                return self.client.result(id, timeout=0.05)

    def test_oem_zeros_are_no_weight(self):
        self.assertEqual(self.oem.reports[0], bytes([0, 4, 0, 0, 0, 0]))
        answer = self.client.call("scale.read", device="oem-scale")
        self.assertEqual((answer["weight"], answer["decimals"], answer["unit"]), ("01.234", 3, "kg"))

    def test_poshalctl(self):
        self.client.close()
        run = lambda *args: subprocess.run([BUILD + "/bin/poshalctl", "--root", self.till.root, "scale", *args],
                                           capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(run("read").stdout, "01.234 kg\n")
        self.assertEqual(run("watch", "--count", "1").stdout, "01.234 kg\n")
        self.assertEqual(run("zero").returncode, 0)
        self.assertEqual(run("tare", "--weight", "0.100").returncode, 0)
        self.counter.plate = b"?B"
        failed = run("read")
        self.assertEqual((failed.returncode, failed.stdout), (1, ""))
        self.assertIn("Extended.OverWeight", failed.stderr)


if __name__ == "__main__":
    unittest.main()
