"""Scanners that are keyboards, as emulated event nodes, through the real service: struct input_event as linux/input.h has it."""

import contextlib
import os
import socket
import struct
import time
import unittest

from poshal_test import DEADLINE, Till

EV_SYN, EV_KEY, EV_MSC, SYN_REPORT, SYN_DROPPED, MSC_SCAN = 0, 1, 4, 0, 3, 4
KEY_ENTER, KEY_LEFTSHIFT, KEY_LEFTCTRL, KEY_LEFTALT, KEY_RIGHTBRACE, KEY_CAPSLOCK, KEY_KP7 = 28, 42, 29, 56, 27, 58, 71
ROW = {**{c: 2 + i for i, c in enumerate("1234567890-")}, **{c: 16 + i for i, c in enumerate("qwertyuiop")},
       **{c: 30 + i for i, c in enumerate("asdfghjkl")}, **{c: 44 + i for i, c in enumerate("zxcvbnm")}, "\n": KEY_ENTER}


class Keyboard:
    """Listens where a kernel would have its node; each packet is a read of whole events."""

    def __init__(self, path):
        self.path = path
        self.peer = self.moment = None
        self.plug()

    def plug(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.settimeout(DEADLINE)
        self.listener.bind(self.path)
        self.listener.listen(1)

    def unplug(self):
        self.listener.close()
        os.unlink(self.path)
        if self.peer:
            self.peer.close()
        self.peer = None

    def accept(self):
        self.peer = self.listener.accept()[0]
        self.peer.settimeout(DEADLINE)

    def close(self):
        self.listener.close()
        if self.peer:
            self.peer.close()

    def event(self, type, code, value):
        now = self.moment or time.time()
        return struct.pack("@llHHi", int(now), int(now % 1 * 1e6), type, code, value)

    def key(self, code, value):
        return (self.event(EV_MSC, MSC_SCAN, 0x70000 | code) + self.event(EV_KEY, code, value) +
                self.event(EV_SYN, SYN_REPORT, 0))

    def press(self, code):
        return self.key(code, 1) + self.key(code, 0)

    def type(self, text):
        """All of it at one moment: a pause of this process is no silence of the scanner."""
        self.moment = time.time()
        out = b""
        for c in text:
            if c.isupper():
                out += self.key(KEY_LEFTSHIFT, 1) + self.press(ROW[c.lower()]) + self.key(KEY_LEFTSHIFT, 0)
            elif c == "\x1d":
                out += self.key(KEY_LEFTCTRL, 1) + self.press(KEY_RIGHTBRACE) + self.key(KEY_LEFTCTRL, 0)
            else:
                out += self.press(ROW[c])
        self.moment = None
        return out

    def send(self, data, piece=24 * 170):
        """What one read takes at most, unless told; less where the reader must not mind."""
        for i in range(0, len(data), piece):
            self.peer.send(data[i:i + piece])


DEVICES = """[device left]
driver = scanner-wedge
connection = evdev:{root}/left

[device right]
driver = scanner-wedge
connection = evdev:{root}/right
layout = de
idle_ms = 5000
"""


class Wedge(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.till = till = stack.enter_context(Till(bench=None, daemon=False, devices=""))
        self.left, self.right = Keyboard(till.root + "/left"), Keyboard(till.root + "/right")
        stack.callback(self.left.close)
        stack.callback(self.right.close)
        till.write_config("[service]\nlog_level = debug\n", DEVICES.replace("{root}", till.root))
        till.start_daemon()
        self.left.accept()
        self.right.accept()
        self.client = client = till.client()
        till.wait_ready(client, "left", "right")
        client.call("events.subscribe", topics=["device", "scanner"])
        for device in ("left", "right"):
            client.call("device.claim", device=device, wait_ms=30000)
            client.call("scanner.enable", device=device)

    def label(self, device):
        return self.client.event("scanner.data", device=device)["data"]

    def test_two_equal_scanners_and_a_replug(self):
        client = self.client
        self.left.send(self.left.type("4006381333931\n"))
        self.right.send(self.right.type("zy0\n"), piece=24)
        data = self.label("left")
        self.assertEqual((data["text"], data["symbology"], data["upos_type"], data["inferred"]),
                         ("4006381333931", "ean13", 104, True))
        self.assertEqual(self.label("right")["text"], "yz0")  # its layout is another one
        # a label in small pieces, and one that silence ends
        self.right.send(self.right.type("0109506000134352AbC\n"), piece=24)
        self.assertEqual(self.label("right")["text"], "0109506000134352AbC")
        self.left.send(self.left.type("10\x1d21\n"))
        self.assertEqual(self.label("left")["text"], "10\x1d21")
        self.left.send(self.left.type("nothing-behind"))
        self.assertEqual(self.label("left")["text"], "nothing-behind")
        # pulled out in the middle of a label, with Shift and CapsLock down, and put in again
        self.left.send(self.left.type("400638") + self.left.press(KEY_CAPSLOCK) + self.left.key(KEY_LEFTSHIFT, 1))
        self.left.unplug()
        client.event("device.state", device="left", state="offline")
        self.right.send(self.right.type("still\n"))
        self.assertEqual(self.label("right")["text"], "still")
        self.left.plug()
        self.left.accept()
        client.event("device.state", device="left", state="ready")
        self.left.send(self.left.type("again\n"))
        while self.label("left").get("text") != "again":
            pass  # what was typed until the plug was pulled may be a label that silence has ended

    def test_lost_events_and_storms(self):
        client, storm = self.client, self.right  # a stall of this test is no silence to it
        storm.send(storm.type("5901") + storm.event(EV_SYN, SYN_DROPPED, 0) + storm.event(EV_SYN, SYN_REPORT, 0) +
                   storm.type("4123457\n5901234123457\n"))
        self.assertEqual(client.event("scanner.dropped", device="right")["data"], {"count": 1, "reason": "lost"})
        self.assertEqual(self.label("right")["text"], "5901234123457")
        # every key of the kernel, held down for good; then one key, faster than any scanner
        storm.send(b"".join(storm.event(EV_KEY, code, 1) + storm.event(EV_SYN, SYN_REPORT, 0) for code in range(0x2ff)
                            if code != KEY_LEFTALT))
        key = storm.event(EV_KEY, KEY_KP7, 1) + storm.event(EV_KEY, KEY_KP7, 0)
        storm.send(storm.press(KEY_ENTER) + key * 4200 + storm.press(KEY_ENTER))
        self.assertEqual(client.event("scanner.dropped", device="right", reason="too_long")["data"]["count"], 1)
        self.left.send(self.left.type("calm\n"))
        self.assertEqual(self.label("left")["text"], "calm")
        # half an event is no event: the device begins anew
        storm.peer.send(b"half of an event")
        client.event("device.state", device="right", state="offline")
        storm.peer.close()
        storm.accept()
        client.event("device.state", device="right", state="ready")
        storm.send(storm.type("4006381333931\n"))
        while self.label("right").get("text") != "4006381333931":
            pass
        self.assertEqual(self.till.device_pids().keys(), {"left", "right"})


if __name__ == "__main__":
    unittest.main()
