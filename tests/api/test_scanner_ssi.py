"""Zebra scanners in SSI mode on a pseudo terminal, written from Zebra's guide, through the real service."""

import contextlib
import os
import pty
import select
import threading
import tty
import unittest

from poshal_test import DEADLINE, Till, b64, wait_until

ACK, NAK = 0xD0, 0xD1
ROLES = "[roles]\nscanner = lane-scanner\n"


def packet(opcode, data=b"", status=0):
    """72E-40451, 2: length, opcode, source (0: decoder), status, data, checksum (two's complement of the sum)."""
    body = bytes([len(data) + 4, opcode, 0, status]) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(2, "big")


class Scanner:
    """Answers each packet of the host, keeps what it was told, and sends labels until they are acknowledged."""

    def __init__(self, path):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.symlink(os.ttyname(self.slave), path)
        self.commands = []
        self.answers = []
        self.lock = threading.Condition()
        self.unanswered = None # a command whose next answer is lost
        self.stopping = threading.Event()
        self.buffer = b""
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.stopping.set()
        self.thread.join(DEADLINE)
        os.close(self.master)
        os.close(self.slave)

    def serve(self):
        while not self.stopping.is_set():
            if select.select([self.master], [], [], 0.05)[0]:
                self.buffer += os.read(self.master, 4096)
                self.take()

    def take(self):
        while self.buffer:
            if self.buffer[0] == 0:  # wakes a sleeping scanner
                self.buffer = self.buffer[1:]
                continue
            total = self.buffer[0] + 2
            if len(self.buffer) < total:
                return
            frame, self.buffer = self.buffer[:total], self.buffer[total:]
            assert (sum(frame[:-2]) + int.from_bytes(frame[-2:], "big")) & 0xFFFF == 0, frame
            assert frame[2] == 4, "the host names itself: %r" % frame
            self.handle(frame[1], frame[3], frame[4:-2])

    def handle(self, opcode, status, data):
        with self.lock: # who sees a command sees it answered
            if opcode in (ACK, NAK):
                self.answers.append((opcode, data))
            else:
                self.commands.append((opcode, status & 1, data))
                self.answer(opcode, data)
            self.lock.notify_all()

    def answer(self, opcode, data):
        if opcode == 0xA3:
            self.send(packet(0xA4, b"PAAABS00-007-R02 SR2\0"))
        elif opcode == 0xC7:
            self.send(packet(0xC6, b"\xff" + b"".join(bytes([n, 1]) for n in data)))
        elif opcode == self.unanswered: # and not one before, which the host has sent twice
            self.unanswered = None
        else:
            self.send(packet(ACK))

    def send(self, data, single=False):
        for piece in ([data[i:i + 1] for i in range(len(data))] if single else [data]):
            os.write(self.master, piece)

    def wait(self, condition, what):
        with self.lock:
            if not self.lock.wait_for(condition, DEADLINE):
                raise AssertionError("%s: %r %r" % (what, self.commands, self.answers))

    def command(self, opcode, data=b""):
        """Waits for a command and forgets all up to it."""
        def found():
            return any(c[0] == opcode and c[2] == data for c in self.commands)
        self.wait(found, "no command %02x %s" % (opcode, data.hex()))
        with self.lock:
            while self.commands.pop(0)[::2] != (opcode, data):
                pass

    def answered(self):
        self.wait(lambda: self.answers, "no answer to a label")
        with self.lock:
            return self.answers.pop(0)[0]

    def label(self, type, data, status=0, single=False, answer=ACK):
        with self.lock:
            self.answers.clear()
        self.send(packet(0xF3, bytes([type]) + data, status), single)
        got = self.answered()
        while single and got == NAK: # a machine that pauses between two bytes
            self.send(packet(0xF3, bytes([type]) + data, status | 1))
            got = self.answered()
        assert got == answer, "%02x" % got


DEVICES = """[device lane-scanner]
driver = scanner-ssi
connection = serial:{root}/ssi
symbologies_on = qr
"""


class Ssi(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.till = stack.enter_context(Till(bench=None, daemon=False, devices=""))
        self.scanner = Scanner(self.till.root + "/ssi")
        stack.callback(self.scanner.close)
        self.till.write_config("[service]\nlog_level = debug\n" + ROLES, DEVICES.replace("{root}", self.till.root))

    def start(self):
        self.till.start_daemon()
        client = self.till.client()
        self.till.wait_ready(client, "lane-scanner")
        client.call("events.subscribe", topics=["device", "scanner"])
        client.call("device.claim", device="scanner", wait_ms=30000)
        client.call("scanner.enable", device="scanner")
        return client

    def test_labels_of_all_shapes_come_once(self):
        client = self.start()
        scanner = self.scanner
        device = client.call("device.get", device="scanner")["device"]
        self.assertEqual((device["vendor"], device["firmware"]), ("Zebra", "PAAABS00-007-R02 SR2"))
        self.assertIn("qr", device["capabilities"]["symbologies"])
        def ean(single):
            scanner.label(0x0B, b"4006381333931", single=single)
            data = client.event("scanner.data")["data"]
            self.assertEqual((data["text"], data["symbology"], data["upos_type"]), ("4006381333931", "ean13", 104))
        ean(single=False)
        # two segments without a pause, which would tear the label; the second of them twice
        scanner.send(packet(0xF3, b"\x1chttps://", 2) + packet(0xF3, b"\x1cid.gs1.org/01/09506000134352"))
        self.assertEqual([scanner.answered(), scanner.answered()], [ACK, ACK])
        scanner.label(0x1C, b"id.gs1.org/01/09506000134352", status=1)
        self.assertEqual(client.event("scanner.data")["data"]["text"], "https://id.gs1.org/01/09506000134352")
        # a garbled packet is asked for again
        with scanner.lock:
            scanner.answers.clear()
        scanner.send(packet(0xF3, b"\x0b96385074")[:-1] + b"\x00")
        scanner.wait(lambda: scanner.answers, "no answer to a garbled packet")
        self.assertEqual(scanner.answers.pop(0), (NAK, b"\x01"))
        scanner.label(0x0A, b"96385074", status=1)
        self.assertEqual(client.event("scanner.data")["data"]["symbology"], "ean8")
        # nothing was read, as it was told to say (parameter 5E)
        scanner.label(0x01, b"NR")
        scanner.label(0x01, b"LAST")
        self.assertEqual(client.event("scanner.data")["data"]["text"], "LAST")
        # byte by byte; a pause of this process would make rubbish of the first ones, and have the scanner started anew
        ean(single=True)

    def test_commands(self):
        client = self.start()
        scanner = self.scanner
        scanner.command(0xC6, b"\xff\xf0\x25\x01")  # symbologies_on
        for method, params, opcode, data in (
                ("scanner.beep", {}, 0xE6, b"\x00"), ("scanner.beep", {"kind": "error"}, 0xE6, b"\x07"),
                ("scanner.trigger", {}, 0xE4, b"")):
            client.call(method, device="scanner", **params)
            scanner.command(opcode, data)
        # what is answered by words: the answer to a command that had to be sent twice is none to the next one
        client.call("device.directIO", device="scanner", data_b64=b64(b"\xa3"))
        scanner.command(0xA3)
        # lost answers are none of the caller's business
        scanner.unanswered = 0xE6
        client.call("scanner.beep", device="scanner")
        scanner.command(0xE6, b"\x00")
        scanner.command(0xE6, b"\x00")
        client.call("scanner.beep", device="scanner", kind="not_on_file")
        scanner.command(0xE6, b"\x10")

    def test_power_lost_and_back(self):
        client = self.start()
        scanner = self.scanner
        scanner.command(0xC6, b"\xff\xf0\x25\x01")
        scanner.command(0xE9)  # the last: what stands right in front of a packet is no label
        scanner.send(b"4006381333931\r")  # its own mode after switching on
        self.assertEqual(client.event("scanner.dropped")["data"], {"count": 1, "reason": "garbled"})
        scanner.command(0xC6, b"\xff\xee\x01")  # packets, please
        scanner.command(0xC6, b"\xff\xf0\x25\x01")
        wait_until(lambda: client.call("device.get", device="scanner")["device"]["state"] == "ready", "not ready")
        scanner.label(0x0B, b"4006381333931")
        self.assertEqual(client.event("scanner.data")["data"]["text"], "4006381333931")
        # megabytes of rubbish: survived, and the next label is right
        noise = bytes(range(256)) * 4
        for _ in range(64):
            scanner.send(noise)
        scanner.command(0xEA)
        scanner.command(0xE9)
        wait_until(lambda: client.call("device.get", device="scanner")["device"]["state"] == "ready", "not ready")
        scanner.send(packet(0xF3, b"\x0b5901234123457"))
        while client.event("scanner.data")["data"]["text"] != "5901234123457":
            pass

    def test_packets_where_labels_are_expected(self):
        self.till.write_config(ROLES, "[device lane-scanner]\ndriver = scanner-serial\nconnection = serial:%s/ssi\n" %
                               self.till.root)
        client = self.start()
        # nobody acknowledges it; all of it is read before there is a label to be read
        self.scanner.send(b"".join(packet(0xF3, b"\x0b4006381333931", status) for status in (0, 1, 1)))
        self.assertEqual(client.event("scanner.dropped")["data"], {"count": 1, "reason": "garbled"})
        self.assertEqual(client.event("device.state", state="offline")["data"]["reasons"], ["wrong_mode"])
        finding = [f for f in client.call("system.diagnose")["findings"] if f["subject"] == "lane-scanner"]
        self.assertEqual(finding, [{
            "severity": "error", "subject": "lane-scanner", "problem": "lane-scanner is offline: wrong_mode",
            "cause": "it sends packets of Zebra's SSI",
            "advice": "set `driver = scanner-ssi` in its section, or scan the code `Standard RS-232` or `USB CDC Host` "
                      "of its guide"}])
        # it is set right; none of what came before is a label
        self.scanner.send(b"4006381333931\r")
        client.event("device.state", state="ready")
        self.assertEqual(client.event("scanner.data")["data"]["text"], "4006381333931")
        self.assertFalse([n for n in client.notifications if n["params"]["topic"].startswith("scanner.")])


if __name__ == "__main__":
    unittest.main()
