"""Scanners that send what no scanner should: descriptors, reports, bytes and keys without end. Bounded, reported, survived."""

import os
import pty
import random
import socket
import threading
import tty
import unittest

from poshal_test import Till, wait_until
from test_scanner_hid import POS_DESCRIPTOR, Pos, held, unhex
from test_scanner_wedge import Keyboard

POS = POS_DESCRIPTOR
DATA = unhex("95 38 09 FE 82 02 01")  # 56 bytes of label
assert DATA in POS

HOSTILE = {
    "nothing": b"",
    "an-item-without-its-byte": b"\x05",
    "half-a-descriptor": POS[:40],
    "a-long-item-beyond-the-end": b"\xfe\xff\x00" + b"\x01" * 3,
    "collections-without-end": POS[:6] + b"\xa1\x01" * 1000,
    "ends-of-no-collection": b"\xc0" * 500,
    "saved-states-without-end": b"\xa4" * 1000 + POS,
    "a-state-that-was-never-saved": b"\xb4" + POS,
    "four-thousand-million-fields": POS[:6] + unhex("75 20 97 FF FF FF FF 09 FE 81 02 C0"),
    "fields-of-no-size": POS.replace(unhex("75 08"), unhex("75 00")),
    "fields-of-a-thousand-bits": POS.replace(unhex("75 08"), unhex("76 E8 03")),
    "label-of-no-bytes": POS.replace(DATA, unhex("95 00 09 FE 82 02 01")),
    "label-of-65535-bytes": POS.replace(DATA, unhex("96 FF FF 09 FE 82 02 01")),
    "label-in-the-output": POS.replace(DATA, unhex("95 38 09 FE 92 02 01")),
    "label-in-the-feature": POS.replace(DATA, unhex("95 38 09 FE B2 02 01")),
    "usages-backwards": POS[:6] + unhex("75 08 95 01 19 FF 29 01 81 02 C0"),
    "every-usage-there-is": POS[:6] + unhex("75 08 95 01 1B 00 00 00 00 2B FF FF FF FF 81 02 C0"),
    "report-id-none": POS.replace(unhex("85 02"), unhex("85 00")),
    "report-id-256": POS.replace(unhex("85 02"), unhex("86 00 01")),
    "reports-of-every-id": b"".join(b"\x85" + bytes([i]) + unhex("75 08 95 08 81 02") for i in range(1, 256)),
    "ones": b"\xff" * 4096,
    "noise": random.Random(6).randbytes(4096),
    "longer-than-any": POS + b"\xa4\xb4" * 3000,
}


class Descriptors(unittest.TestCase):
    def test_none_of_them_is_served_and_each_is_said(self):
        nodes = {}
        with Till(bench=None, daemon=False, devices="", config="") as till:
            for name, descriptor in {**HOSTILE, "good": POS}.items():
                node = nodes[name] = Pos.__new__(Pos)
                node.descriptor = descriptor
                node.__init__("%s/run/%s" % (till.root, name))
            try:
                till.write_config("", "".join("[device %s]\ndriver = scanner-hid\nconnection = hid:%s\n\n" % (name, node.path)
                                              for name, node in nodes.items()))
                till.start_daemon()
                self.check(till, nodes)
            finally:
                for node in nodes.values():
                    node.unplug()

    def check(self, till, nodes):
        client = till.client()
        till.wait_ready(client, "good")
        client.call("device.claim", device="good")
        client.call("scanner.enable", device="good")
        for name in HOSTILE:
            def device():
                return client.call("device.get", device=name)["device"]
            # one that is told too late what it is asks again
            wait_until(lambda: (device()["state"], device()["reasons"]) == ("offline", ["wrong_mode"]), name)
        causes = {f["subject"]: f["cause"] for f in client.call("system.diagnose")["findings"]}
        self.assertLessEqual({causes[name] for name in HOSTILE}, {
            "it has a report descriptor that cannot be understood", "it does not tell where in its reports labels are",
            "it is no scanner, or in a mode that is not known", "it has no report descriptor",
            "it has too long a report descriptor"})
        wait_until(lambda: nodes["good"].reads, "the good one reads")
        nodes["good"].scan("9001475067933")
        self.assertEqual(client.event("scanner.data")["data"]["text"], "9001475067933")
        self.assertEqual(len(till.device_pids()), len(nodes))  # none has crashed
        self.assertNotIn("the driver ended", till.log())


CONFIG = """[device serial]
driver = scanner-serial
connection = serial:{root}/tty
terminator = cr

[device hid]
driver = scanner-hid
connection = hid:{root}/run/hid

[device storm]
driver = scanner-wedge
connection = evdev:{root}/storm

[device calm]
driver = scanner-wedge
connection = evdev:{root}/calm
idle_ms = 5000
"""


class Bytes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = till = Till(bench=None, daemon=False, devices="", config="")
        cls.addClassCleanup(till.close)
        cls.tty, slave = pty.openpty()
        tty.setraw(slave)
        os.symlink(os.ttyname(slave), till.root + "/tty")
        cls.hid = Pos(till.root + "/run/hid")
        cls.addClassCleanup(cls.hid.unplug)
        cls.storm, cls.calm = Keyboard(till.root + "/storm"), Keyboard(till.root + "/calm")
        till.write_config("", CONFIG.replace("{root}", till.root))
        till.start_daemon()
        cls.storm.accept()
        cls.calm.accept()
        cls.client = till.client()
        till.wait_ready(cls.client, "serial", "hid", "storm", "calm")
        cls.pids = till.device_pids()
        cls.client.call("events.subscribe", topics=["device.state", "scanner"])
        for device in cls.pids:
            cls.client.call("device.claim", device=device)
            cls.client.call("scanner.enable", device=device)
        wait_until(lambda: cls.hid.reads, "the HID scanner reads")

    def tearDown(self):
        self.assertEqual(self.till.device_pids(), self.pids)
        self.calm.send(self.calm.type("calm\n"))
        self.assertEqual(self.label("calm"), "calm")
        self.client.notifications.clear()

    def label(self, device):
        return self.client.event("scanner.data", device=device)["data"]["text"]

    def until(self, device, text):
        """Reads on to this label; returns how many were said to be lost before it, by reason."""
        lost = {}
        while True:
            event = self.client.wait_for(lambda m: m.get("method") == "event" and m["params"]["device"] == device)["params"]
            if event["topic"] == "scanner.dropped":
                lost[event["data"]["reason"]] = lost.get(event["data"]["reason"], 0) + event["data"]["count"]
            elif event["topic"] == "scanner.data" and event["data"].get("text") == text:
                return lost

    def write(self, data):
        while data:
            data = data[os.write(self.tty, data):]

    def test_control_characters(self):
        every = bytes(c for c in range(32) if c not in b"\r\n")
        self.write(every + b"\r" + b"\x04\x1d\x1e\r")
        event = self.client.event("scanner.data", device="serial")["data"]
        self.assertNotIn("text", event)  # bytes, and no text
        self.assertEqual(self.label("serial"), "\x04\x1d\x1e")

    def test_a_line_without_end_is_one_label_lost(self):
        self.write(b"x" * (256 << 10) + b"\r" + b"4006381333931\r")
        self.assertEqual(self.until("serial", "4006381333931"), {"too_long": 1})

    def test_reports_of_any_kind(self):
        end = b"\x02\x03]Q1" + b"end".ljust(56, b"\0") + b"\0\0\0"
        with held(self.till, "hid"):
            for _ in range(200):  # a label without end; as many as there is room for while nobody reads
                self.hid.send(b"\x02\x38]Q1" + b"a" * 56 + b"\0\0\1")
            self.hid.send(end)
            self.hid.scan("9001475067933")
        self.assertEqual(self.until("hid", "9001475067933"), {"too_long": 1})
        choose = random.Random(7)
        for _ in range(300):
            self.hid.send(choose.randbytes(choose.choice((1, 2, 60, 63, 64, 65, 500, 4096))))
        for length in (1, 63, 65, 4096):
            self.hid.send(b"\x02" * length)
        self.hid.send(end)  # of the last one, as far as can be known
        self.hid.scan("9001475067933")
        self.assertEqual(set(self.until("hid", "9001475067933")), {"garbled"})

    def test_keys_as_fast_as_they_are_taken(self):
        """More than a hundred times the keys of a fast scanner, and no Enter; the other keyboard does not notice."""
        stop = threading.Event()
        keys = self.storm.press(2) * 40

        def press():
            while not stop.is_set():
                self.storm.peer.send(keys)
        thread = threading.Thread(target=press, daemon=True)
        thread.start()
        try:
            for i in range(20):
                self.calm.send(self.calm.type("label-%d\n" % i))
                self.assertEqual(self.label("calm"), "label-%d" % i)
            self.client.event("scanner.dropped", device="storm", reason="too_long")
        finally:
            stop.set()
            thread.join()
        self.storm.send(self.storm.type("\nquiet\n"))
        self.assertLessEqual(set(self.until("storm", "quiet")), {"too_long"})


class Replugs(unittest.TestCase):
    def test_five_hundred_times(self):
        """A node that comes and goes as fast as it can, then stays."""
        with Till(bench=None, daemon=False, devices="", config="") as till:
            node = Pos(till.root + "/run/hid")
            try:
                till.write_config("", "[device hid]\ndriver = scanner-hid\nconnection = hid:%s\n" % node.path)
                till.start_daemon()
                client = till.client()
                till.wait_ready(client, "hid")
                node.unplug()
                for _ in range(500):
                    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                        listener.bind(node.path)
                        listener.listen(1)
                    os.unlink(node.path)
                node.plug()
                client.call("rpc.ping")
                states = [n for n in client.notifications if n["params"].get("topic") == "device.state"]
                self.assertLessEqual(len(states), 2 * 500 + 4)  # not one for each look at it
                client.call("device.claim", device="hid")
                client.call("scanner.enable", device="hid")
                node.wait_output(b"\x04\x00")  # it may read again
                node.scan("9001475067933")
                self.assertEqual(client.event("scanner.data")["data"]["text"], "9001475067933")
            finally:
                node.unplug()


if __name__ == "__main__":
    unittest.main()
