"""HID scanners through the real service: HID POS, IBM OEM and SNAPI on emulated nodes, written here from the documents."""

import contextlib
import os
import select
import signal
import socket
import tempfile
import threading
import time
import unittest

from poshal_test import DEADLINE, Till, wait_until

ROLES = "[roles]\nscanner = lane-scanner\n"


def unhex(text):
    return bytes.fromhex(text.replace(" ", ""))


POS_DESCRIPTOR = unhex(
    "058C0902A10185020912A102150026FF00750895010501093B8102"
    "9503058C09FB09FC09FD8102953809FE820201950281032501750195 0109FF8102750781 03C0"
    "85040914A1021500250175019501 9103095F910209609102950291 0395010985910209869102 9103C0C0")
OEM_DESCRIPTOR = "0645FF0A00{}A101150026FF0075089540090181029 50B09029102C0"
SNAPI_DESCRIPTOR = unhex(
    "0600FF0901A101150026FF007508951F8521090181028522090181028524090181028527090181 02"
    "8501090291028502090291028506090291028 50A09029102850D09029102C0")
KEYBOARD_DESCRIPTOR = unhex(
    "05010906A101050719E029E71500250175019508810295017508810195057501050819012905910295 01"
    "7503910195067508150025650507190029658100C0")


@contextlib.contextmanager
def held(till, device):
    """The process of a device does not run: what it is sent meanwhile has come without a pause, whatever this process does."""
    pid = till.device_pids()[device]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Node:
    """A hidraw node as packets (SOCK_SEQPACKET): 'D' descriptor, 'I' input report, 'O' output report."""

    descriptor = POS_DESCRIPTOR

    def __init__(self, path):
        self.path = path
        self.outputs = []  # reports of the host that were taken
        self.lock = threading.Condition()
        self.peer = self.listener = self.thread = None
        self.plug()

    def plug(self):
        self.power_up()
        self.stopping = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def unplug(self):
        if not self.thread:
            return
        self.stopping.set()
        with contextlib.suppress(FileNotFoundError):  # the till may have cleared up
            os.unlink(self.path)
        self.thread.join(DEADLINE)
        self.thread = None
        with self.lock:
            for s in (self.peer, self.listener):
                if s:
                    s.close()
            self.peer = self.listener = None

    def serve(self):
        while not self.stopping.is_set():
            waiting = [self.listener] + ([self.peer] if self.peer else [])
            for ready in select.select(waiting, [], [], 0.02)[0]:
                if ready is self.listener:
                    self.accept()
                else:
                    self.take(ready)

    def accept(self):
        peer = self.listener.accept()[0]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who has waited too long comes again
            peer.send(b"D" + self.descriptor)
            with self.lock:
                self.peer = peer
                self.lock.notify_all()

    def take(self, peer):
        try:
            packet = peer.recv(5000)
        except ConnectionResetError:
            packet = b""
        if not packet:
            with self.lock:
                self.peer = None
            peer.close()
            return
        if packet[:1] == b"O":
            self.output(packet[1:])
            with self.lock:
                self.outputs.append(packet[1:])
                self.lock.notify_all()

    def send(self, report):
        with self.lock:
            if not self.lock.wait_for(lambda: self.peer, DEADLINE):
                raise AssertionError("nobody has opened the node")
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the host is leaving
                self.peer.send(b"I" + report)

    def wait_output(self, start):
        """Waits for a report that begins so, and forgets those before."""
        def find():
            return next((i for i, r in enumerate(self.outputs) if r.startswith(start)), None)
        with self.lock:
            if not self.lock.wait_for(lambda: find() is not None, DEADLINE):
                raise AssertionError("not sent: %s; but %r" % (start.hex(), self.outputs))
            del self.outputs[:find() + 1]

    # ---- what a model does ----

    def power_up(self):
        """Is switched on."""

    def output(self, report):
        """A report of the host."""

    def scan(self, text, kind="ean13"):
        raise NotImplementedError


class Pos(Node):
    """Layout A: length, AIM identifier, 56 bytes of data, continued. Bit 1 of report 4 prevents reading."""

    aim = {"ean13": b"]E0", "qr": b"]Q1"}

    def power_up(self):
        self.reads = True

    def output(self, report):
        self.reads = not report[1] & 2

    def scan(self, text, kind="ean13"):
        data = text.encode()
        for i in range(0, len(data) if self.reads else 0, 56):
            part = data[i:i + 56]
            self.send(b"\x02" + bytes([len(part)]) + self.aim[kind] + part.ljust(56, b"\0") + b"\0\0" +
                      bytes([i + 56 < len(data)]))


class Oem(Node):
    """Commands of 11 bytes behind a 00; packets of 64 whose first byte is their length."""

    descriptor = unhex(OEM_DESCRIPTOR.format("4B"))
    ids = {"ean13": b"\x16", "code128": b"\x00\x18\x0b"}

    def power_up(self):
        self.reads = False

    def packet(self, s0=0x10, s2=0, data=b""):
        body = bytes([s0, 3 if self.reads else 1, s2]) + data
        self.send(b"\0" + bytes([len(body) + 1]) + body.ljust(63, b"\0"))

    def output(self, report):
        assert len(report) == 12 and report[0] == 0, report
        command = report[1:]
        if command[0] in (0x11, 0x12):
            self.reads = command[0] == 0x11
            self.packet()
        elif command[:2] == b"\0\x20":
            self.packet()
        elif command[:3] == b"\x30\0\1":
            self.packet(0x50, 8, b"\0Sp<MGD4430\x03SC1234567\x03A610061123\x03")
        elif command[0] == 0x30:
            self.packet(s2=8)
        elif command[0] == 0x21:
            self.packet(0x12, data=bytes([0x81, 0, 0, 1, 0, 0, 0, 0, 0]))
        elif command[0] == 0x20:
            self.packet(s2=1)

    def scan(self, text, kind="ean13"):
        if self.reads:
            self.packet(data=self.digits(text) + self.ids[kind])

    def digits(self, text):
        return text.encode()


class OemTable(Oem):
    """The same, but digits of EAN and UPC come as numbers."""

    descriptor = unhex(OEM_DESCRIPTOR.format("4A"))

    def digits(self, text):
        return bytes(int(c) for c in text)


class Snapi(Node):
    """Reports of 32 bytes; sends nothing more until an input is acknowledged."""

    descriptor = SNAPI_DESCRIPTOR
    types = {"ean13": 0x0b}

    def power_up(self):
        self.reads = False
        self.waiting = []
        self.unacknowledged = self.sent_at = None
        self.pause = 0  # the longest between two parts of a label

    def report(self, data):
        return data.ljust(32, b"\0")

    def output(self, report):
        assert len(report) == 32, report
        if report[0] == 1:
            assert report[1] == self.unacknowledged, report
            self.unacknowledged = None
            self.next()
            return
        if report[0] == 6:
            self.reads = report[1] == 1
        self.send(self.report(bytes([0x21, report[0], 3 if report[0] == 0x0d else 1, 0])))

    def next(self):
        with self.lock:
            if not self.waiting or self.unacknowledged is not None:
                return
            report = self.waiting.pop(0)
            self.unacknowledged = report[0]
            now = time.monotonic()
            self.pause = max(self.pause, now - self.sent_at) if report[2] else 0
            self.sent_at = now
            self.send(report)

    def scan(self, text, kind="ean13"):
        data = text.encode()
        parts = [data[i:i + 26] for i in range(0, len(data), 26)] if self.reads else []
        for i, part in enumerate(parts):
            self.waiting.append(self.report(
                bytes([0x22, len(parts), i, len(part), self.types[kind], 0]) + part))
        self.next()


class HidScanner(unittest.TestCase):
    model = Pos
    options = ""

    def setUp(self):
        self.till = Till(bench=None, config=ROLES, devices="", daemon=False)
        self.scanner = None
        try:
            self.scanner = self.model(self.till.root + "/run/scanner.hid")
            self.till.write_config(ROLES, "[device lane-scanner]\ndriver = scanner-hid\nconnection = hid:%s\n%s"
                                   % (self.scanner.path, self.options))
            self.till.start_daemon()
            self.client = self.till.client()
            self.till.wait_ready(self.client, "scanner")
        except BaseException:
            self.tearDown()
            raise

    def tearDown(self):
        self.till.close()
        if self.scanner:
            self.scanner.unplug()

    def claim(self):
        self.client.call("device.claim", device="scanner")
        self.client.call("scanner.enable", device="scanner")

    def data(self):
        return self.client.event("scanner.data")["data"]

    def device(self):
        return self.client.call("device.get", device="scanner")["device"]

    def wait_reads(self, reads):
        wait_until(lambda: self.scanner.reads is reads, "the scanner %s" % ("reads" if reads else "is off"))


EAN = {"label_b64": "OTAwMTQ3NTA2NzkzMw==", "text": "9001475067933", "symbology": "ean13", "upos_type": 104,
       "aim": "]E0", "checksum_ok": True, "gs1": [{"ai": "01", "title": "GTIN", "value": "09001475067933"}],
       "age_ms": 0}


class Same:
    """What holds for each of them: the same event, really off while nobody wants labels, and back after a replug."""

    def test_scan_disable_and_replug(self):
        self.wait_reads(False)  # nobody has it
        self.claim()
        self.wait_reads(True)
        self.scanner.scan("9001475067933")
        data = self.data()
        del data["data_b64"]
        self.assertEqual(data, EAN)
        self.client.call("scanner.disable", device="scanner")
        self.wait_reads(False)
        self.scanner.scan("9001475067933")  # it does not read: nothing is dropped either
        self.client.call("scanner.enable", device="scanner")
        self.wait_reads(True)
        self.client.call("events.subscribe", topics=["device.state", "scanner.dropped"])
        self.scanner.unplug()
        self.assertEqual(self.client.event("device.state", state="offline")["data"]["reasons"], ["unplugged"])
        self.scanner.plug()
        self.client.event("device.state", state="ready")
        self.wait_reads(True)
        self.scanner.scan("9001475067933")
        self.assertEqual(self.data()["text"], "9001475067933")
        self.assertFalse([n for n in self.client.notifications if n["params"].get("topic") == "scanner.dropped"])


class PosSame(Same, HidScanner):
    def test_commands_and_long_labels(self):
        self.claim()
        self.wait_reads(True)
        self.assertEqual(self.device()["capabilities"], {
            "symbologies": [], "trigger": True, "beep": True, "enable": True, "symbology": False})
        self.client.call("scanner.trigger", device="scanner")
        self.scanner.wait_output(b"\x04\x04")
        self.client.call("scanner.beep", device="scanner", kind="error")
        self.scanner.wait_output(b"\x04\x20")
        self.client.call("scanner.beep", device="scanner")
        self.scanner.wait_output(b"\x04\x40")
        self.assertEqual(self.client.error("scanner.beep", device="scanner", kind="not_on_file").name, "Illegal")
        with held(self.till, "lane-scanner"):
            self.scanner.scan("x" * 1025, "qr")
        data = self.data()
        self.assertEqual((data["text"], data["symbology"]), ("x" * 1025, "qr"))
        # unplugged inside a label: the beginning is gone, and the next one is whole
        self.client.call("events.subscribe", topics=["device.state"])
        self.scanner.send(b"\x02\x38]Q1" + b"a" * 56 + b"\0\0\1")
        self.scanner.unplug()
        self.client.event("device.state", state="offline")
        self.scanner.plug()
        self.client.event("device.state", state="ready")
        self.wait_reads(True)
        self.scanner.scan("whole", "qr")
        self.assertEqual(self.data()["text"], "whole")

    def test_garbled_reports_are_said(self):
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.claim()
        self.scanner.send(b"\x02\x39]E0" + b"1" * 56 + b"\0\0\0")
        self.assertEqual(self.client.event("scanner.dropped")["data"], {"count": 1, "reason": "garbled"})


class OemSame(Same, HidScanner):
    model = Oem

    def test_who_it_is_and_commands(self):
        wait_until(lambda: self.device().get("model") == "GD4430", "the scanner says who it is")
        device = self.device()
        self.assertEqual((device["serial"], device["firmware"]), ("C1234567", "610061123"))
        self.claim()
        self.wait_reads(True)
        for kind, code in (("good", 4), ("error", 5), ("not_on_file", 6)):
            self.client.call("scanner.beep", device="scanner", kind=kind)
            self.scanner.wait_output(bytes([0, 0x30, 0, code]))
        self.assertEqual(self.client.error("scanner.trigger", device="scanner").name, "Illegal")
        self.scanner.scan("ABCD", "code128")
        data = self.data()
        self.assertEqual((data["text"], data["symbology"]), ("ABCD", "code128"))


class OemTableSame(Same, HidScanner):
    model = OemTable
    options = "settings = code39=off itf=on\n"

    def setUp(self):
        super().setUp()
        self.scanner.wait_output(bytes.fromhex("00 21"))
        self.scanner.wait_output(bytes.fromhex("00 20 00 89 00 00 01"))


class SnapiSame(Same, HidScanner):
    model = Snapi

    def test_trigger_and_long_labels(self):
        self.claim()
        self.wait_reads(True)
        self.client.call("scanner.trigger", device="scanner")
        self.scanner.wait_output(b"\x0a\x01")
        self.client.call("scanner.trigger", device="scanner", on=False)
        self.scanner.wait_output(b"\x0a\x00")
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.client.notifications.clear()
        while True:
            self.scanner.scan("1234567890" * 20)
            event = self.client.wait_for(lambda m: m["params"].get("topic") in ("scanner.data", "scanner.dropped"))["params"]
            if event["topic"] == "scanner.data":
                break
            # nothing else tears it; the driver waits for half a second
            self.assertGreater(max(self.scanner.pause, time.monotonic() - self.scanner.sent_at), 0.4)
        self.assertEqual(event["data"]["text"], "1234567890" * 20)


class Bench(unittest.TestCase):
    """The same against emulated scanners that others wrote from the documents, all at one till."""

    # name: protocol on the bench, options, whether the label's kind is told
    SCANNERS = {
        "pos": ("hidpos", "maker = honeywell", True),
        "newland": ("hidpos-b", "maker = newland", False),
        "short": ("hidpos-a62", "", True),
        "shorter": ("hidpos-a61", "", True),
        "hand": ("oem-hand", "", True),
        "table": ("oem-table", "", True),
        "snapi": ("snapi", "", True),
    }

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as bench:
            for name, (protocol, _, _) in self.SCANNERS.items():
                bench.write("[scanner %s]\nprotocol = %s\nplug = hid\n\n" % (name, protocol))
            bench.flush()
            self.till = Till(bench=bench.name, config="", devices="".join(
                "[device %s]\ndriver = scanner-hid\nconnection = {%s}\n%s\n" % (name, name, options)
                for name, (_, options, _) in self.SCANNERS.items()))
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, *self.SCANNERS)

    def wait_device(self, name, **members):
        wait_until(lambda: members.items() <= self.client.call("device.get", device=name)["device"].items(),
                   "%s is %s" % (name, members))

    def wait_state(self, name, **members):
        wait_until(lambda: members.items() <= self.till.emulator.call("scanner.state", device=name).items(),
                   "%s is %s" % (name, members))

    def scan(self, name, **label):
        if name == "snapi":  # each part waits for an answer: where the emulator was not run for long the label is torn
            topic = "scanner.dropped"
            while topic == "scanner.dropped":
                self.till.emulator.call("scanner.scan", device=name, **label)
                event = self.client.wait_for(lambda m: m["params"].get("device") == name and m["params"]["topic"] in (
                    "scanner.data", "scanner.dropped"))["params"]
                topic = event["topic"]
            return event["data"]
        with held(self.till, name):
            self.till.emulator.call("scanner.scan", device=name, **label)
            self.wait_state(name, waiting=0)
        return self.client.event("scanner.data", device=name)["data"]

    def test_labels_and_commands(self):
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.wait_device("newland", serial="EL030095")
        self.wait_device("hand", model="POSHAL OEM", serial="0123456")
        self.wait_device("snapi", model="POSHAL-EMU", serial="S0123456")
        for name in ("hand", "table", "snapi"):
            self.wait_state(name, enabled=False)  # nobody wants its labels
        for name, (_, _, told) in self.SCANNERS.items():
            self.client.call("device.claim", device=name, wait_ms=30000)
            self.client.call("scanner.enable", device=name)
            self.wait_state(name, enabled=True)
            if name == "pos":  # the bit that prevented reading is off
                wait_until(lambda: self.till.emulator.call("scanner.state", device="pos")["commands"][:1] == ["0400"],
                           "pos may read")
            for symbology, text in (("ean13", "4006381333931"), ("qr", "x" * 1025)):
                data = self.scan(name, text=text, symbology=symbology)
                self.assertEqual((data["text"], data["symbology"]), (text, symbology if told else "unknown"))
        for name in ("pos", "newland", "snapi"):
            self.client.call("scanner.trigger", device=name)
            self.wait_state(name, triggered=True)
            self.client.call("scanner.trigger", device=name, on=False)
            self.wait_state(name, triggered=False)
        for kind in ("good", "error", "not_on_file"):
            self.client.call("scanner.beep", device="hand", kind=kind)
        self.wait_state("hand", good=1, error=1, not_on_file=1)
        self.client.call("scanner.beep", device="pos", kind="error")
        self.wait_state("pos", error=1)


class WrongMode(unittest.TestCase):
    def test_a_keyboard_is_said_to_be_one(self):
        class Keyboard(Node):
            descriptor = KEYBOARD_DESCRIPTOR

        with Till(bench=None, config=ROLES, devices="", daemon=False) as till:
            node = Keyboard(till.root + "/run/scanner.hid")
            try:
                till.write_config(ROLES, "[device lane-scanner]\ndriver = scanner-hid\nconnection = hid:%s\n" % node.path)
                till.start_daemon()
                client = till.client()
                client.call("events.subscribe", topics=["device.state"])
                while client.call("device.get", device="scanner")["device"]["reasons"] != ["wrong_mode"]:
                    client.event("device.state")
                finding, = [f for f in client.call("system.diagnose")["findings"] if f["subject"] == "lane-scanner"]
                self.assertEqual(finding, {
                    "severity": "error", "subject": "lane-scanner", "problem": "lane-scanner is offline: wrong_mode",
                    "cause": "it is in keyboard mode",
                    "advice": "scan the code for `USB HID POS` or `USB OEM` of the scanner's guide"})
            finally:
                node.unplug()


if __name__ == "__main__":
    unittest.main()
