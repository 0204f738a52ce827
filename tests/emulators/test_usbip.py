#!/usr/bin/env python3
"""The USB/IP server of a bench at the level of bytes: this test plays the kernel's vhci-hcd.

Offsets and words are those of Linux Documentation/usb/usbip_protocol.rst and of the USB 2.0 specification.

Usage: test_usbip.py POSHAL_EMULATE
"""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
DEADLINE = 60
BENCH = """
[printer till-printer]
plug = usbip
port = 0
buffer = 256
maker = EPSON
model = TM-T88V
serial = POSHAL01
usb_interface = {interface}
"""
EPIPE, ECONNRESET, EOVERFLOW, EINVAL, ENOMEM = -32, -104, -75, -22, -12
GET_ID = bytes.fromhex("a100000000000004")
GET_STATUS = bytes.fromhex("a101000000000100")
DEVICE_ID = b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T88V;CLS:PRINTER;DES:EPSON TM-T88V;SN:POSHAL01;"


class Kernel:
    """One connection; after attach() it carries transfers."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE)
        self.seq = 0

    def close(self):
        self.socket.close()

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError(data)
            data += piece
        return data

    def at_end(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def is_silent(self):
        """Nothing was answered: a request behind it is, and it comes first."""
        seq = self.control(GET_STATUS, wait=False)
        return self.answer()[0] == seq

    def attach(self, busid=b"1-1"):
        self.socket.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, busid))
        version, code, status = struct.unpack(">HHI", self.read(8))
        assert (version, code) == (0x0111, 3), (version, code)
        return status, self.read(312) if status == 0 else b""

    def submit(self, endpoint, length=0, data=None, setup=b"\0" * 8, is_in=False, packets=0xffffffff):
        self.seq += 1
        if data is not None:
            length = len(data)
        self.socket.sendall(struct.pack(">10I", 1, self.seq, 0x10002, 1 if is_in else 0, endpoint, 0, length, 0,
                                        packets, 0) + setup + (data or b""))
        return self.seq

    def unlink(self, seq):
        self.seq += 1
        self.socket.sendall(struct.pack(">6I24x", 2, self.seq, 0x10002, 0, 0, seq))
        return self.seq

    def answer(self, is_in=True):
        """(seq, status, actual length, data) of a RET_SUBMIT; of a RET_UNLINK (seq, status, None, None)."""
        head = self.read(48)
        command, seq, devid, direction, endpoint, status, actual = struct.unpack(">5IiI", head[:28])
        assert (devid, direction, endpoint) == (0, 0, 0), head
        if command == 4:
            assert head[24:] == b"\0" * 24, head
            return seq, status, None, None
        assert command == 3, head
        assert head[28:] == b"\0\0\0\0\xff\xff\xff\xff" + b"\0" * 12, head
        return seq, status, actual, self.read(actual) if is_in else b""

    def control(self, setup, data=None, wait=True):
        is_in = bool(setup[0] & 0x80)
        seq = self.submit(0, struct.unpack("<H", setup[6:])[0], data, setup, is_in)
        if not wait:
            return seq
        answer = self.answer(is_in)
        assert answer[0] == seq, answer
        return answer[1], answer[3]

    def write(self, data):
        return self.submit(1, data=data)

    def ask(self, size=64):
        return self.submit(2, size, is_in=True)


class Case(unittest.TestCase):
    INTERFACE = "both_ways"

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="poshal-usbip-")
        self.addCleanup(self.dir.cleanup)
        path = os.path.join(self.dir.name, "bench.ini")
        with open(path, "w", encoding="ascii") as file:
            file.write(BENCH.format(interface=self.INTERFACE))
        self.process = subprocess.Popen([PROGRAM, "bench", path, "--root", self.dir.name], stdout=subprocess.PIPE,
                                        text=True)
        self.addCleanup(self.end)
        self.assertEqual(self.process.stdout.readline(), "ready\n")
        control = socket.socket(socket.AF_UNIX)
        self.addCleanup(control.close)
        control.settimeout(DEADLINE)
        control.connect(os.path.join(self.dir.name, "run", "emulator.sock"))
        self.lines = control.makefile("rw", encoding="utf-8", newline="\n")
        self.addCleanup(self.lines.close)
        self.lines.readline()
        self.device = self.call("bench.list")["devices"][0]
        self.port = self.device["usbip_port"]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(DEADLINE), 0)
        self.process.stdout.close()

    def call(self, method, **params):
        self.lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        self.lines.flush()
        answer = json.loads(self.lines.readline())
        self.assertIn("result", answer, answer)
        return answer["result"]

    def connect(self):
        kernel = Kernel(self.port)
        self.addCleanup(kernel.close)
        return kernel

    def attached(self):
        kernel = self.connect()
        self.assertEqual(kernel.attach()[0], 0)
        return kernel

    def text(self):
        return self.call("printer.paper")["text"]


class BeforeTheImport(Case):
    RECORD = (b"/sys/devices/poshal/usb1/1-1".ljust(256, b"\0") + b"1-1".ljust(32, b"\0") +
              bytes.fromhex("00000001 00000002 00000003 04b8 0e15 0100 00 00 00 00 01 01"))

    def list(self):
        kernel = self.connect()
        kernel.socket.sendall(bytes.fromhex("0111 8005 00000000"))
        head = kernel.read(12)
        self.assertEqual(head[:8], bytes.fromhex("0111 0005 00000000"))
        data = kernel.read(316) if head[11] else b""
        self.assertTrue(kernel.at_end())
        return data

    def test_the_list(self):
        self.assertEqual(self.device["connection"], "usb:04b8:0e15?serial=POSHAL01")
        self.assertEqual(self.device["plug"], "usbip")
        self.assertEqual(self.list(), self.RECORD + bytes([7, 1, 2, 0]))
        self.call("device.unplug", device="till-printer")
        self.assertEqual(self.list(), b"")

    def test_import(self):
        kernel = self.connect()
        self.assertEqual(kernel.attach(), (0, self.RECORD))
        # lent already, no such device, and nothing there
        other = self.connect()
        self.assertEqual(other.attach(), (1, b""))
        self.assertTrue(other.at_end())
        self.assertEqual(self.connect().attach(b"1-2"), (1, b""))
        kernel.close()
        self.call("printer.wait", connected=False)
        self.call("device.unplug", device="till-printer")
        self.assertEqual(self.connect().attach(), (1, b""))
        self.call("device.plug", device="till-printer")
        self.assertEqual(self.connect().attach(), (0, self.RECORD))

    def test_strangers(self):
        for data in (b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("0111 8004 00000000"), bytes(8)):
            kernel = self.connect()
            kernel.socket.sendall(data)
            self.assertTrue(kernel.at_end(), data)
        clients = [self.connect() for _ in range(5)]
        self.assertTrue(clients[4].at_end())
        # one byte at a time
        for byte in struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"):
            clients[0].socket.sendall(bytes([byte]))
        self.assertEqual(clients[0].read(8), bytes.fromhex("0111 0003 00000000"))


class Requests(Case):
    def test_enumeration(self):
        k = self.attached()
        device = bytes.fromhex("1201 0002 000000 40 b804 150e 0001 01 02 03 01")
        config = bytes.fromhex("0902 2000 01 01 00 c0 01  0904 00 00 02 07 01 02 00  07 05 01 02 0002 00"
                               "07 05 82 02 0002 00")
        for setup, answer in (
                ("80 06 0001 0000 4000", device), ("80 06 0001 0000 0800", device[:8]),
                ("80 06 0002 0000 0900", config[:9]), ("80 06 0002 0000 ff00", config),
                ("80 06 0003 0000 ff00", bytes.fromhex("04030904")),
                ("80 06 0103 0904 ff00", b"\x0c\x03E\0P\0S\0O\0N\0"),
                ("80 06 0203 0904 ff00", b"\x10\x03T\0M\0-\0T\0\x38\0\x38\0V\0"),
                ("80 06 0303 0904 0400", b"\x12\x03P\0"),
                ("80 06 0006 0000 0a00", bytes.fromhex("0a06 0002 000000 40 01 00")),
                ("80 08 0000 0000 0100", b"\0"), ("80 00 0000 0000 0200", b"\0\0"),
                ("81 0a 0000 0000 0100", b"\0")):
            self.assertEqual(k.control(bytes.fromhex(setup)), (0, answer), setup)
        for setup in ("80 06 0403 0904 ff00", "80 06 0022 0000 4000", "80 33 0000 0000 0100", "c0 01 0000 0000 0100"):
            self.assertEqual(k.control(bytes.fromhex(setup)), (EPIPE, b""), setup)
        self.assertEqual(k.control(bytes.fromhex("00 09 0100 0000 0000")), (0, b""))
        self.assertEqual(k.control(bytes.fromhex("80 08 0000 0000 0100")), (0, b"\1"))

    def test_printer_requests(self):
        k = self.attached()
        self.assertEqual(k.control(GET_ID), (0, struct.pack(">H", len(DEVICE_ID) + 2) + DEVICE_ID))
        self.assertEqual(k.control(GET_ID[:6] + b"\x05\0"), (0, b"\0\x4eMFG"))
        for state, byte in (({}, 0x18), ({"paper": "near_end"}, 0x18), ({"paper": "empty"}, 0x38),
                            ({"paper": "ok", "cover": "open"}, 0x10), ({"cover": "closed", "offline": True}, 0x08),
                            ({"offline": False, "error": "cutter"}, 0x10)):
            if state:
                self.call("printer.set", **state)
            self.assertEqual(k.control(GET_STATUS), (0, bytes([byte])), state)
        self.call("printer.set", error="none")
        # SOFT_RESET: an unfinished line is gone
        k.write(b"lost")
        self.assertEqual(k.answer(False)[1:3], (0, 4))
        self.assertEqual(k.control(bytes.fromhex("21 02 0000 0000 0000")), (0, b""))
        k.write(b"kept\n")
        k.answer(False)
        self.assertEqual(self.text(), "kept\n")


class Alternates(Case):
    INTERFACE = "alternates"

    def test_settings(self):
        k = self.attached()
        status, config = k.control(bytes.fromhex("80 06 0002 0000 ff00"))
        self.assertEqual((status, len(config), config[2]), (0, 48, 48))
        self.assertEqual(config[9:18], bytes.fromhex("0904 00 00 01 07 01 01 00"))
        self.assertEqual(config[25:34], bytes.fromhex("0904 00 01 02 07 01 02 00"))
        self.assertEqual(k.control(bytes.fromhex("01 0b 0100 0000 0000")), (0, b""))
        self.assertEqual(k.control(bytes.fromhex("81 0a 0000 0000 0100")), (0, b"\1"))


class OneWay(Case):
    INTERFACE = "one_way"

    def test_descriptor(self):
        status, config = self.attached().control(bytes.fromhex("80 06 0002 0000 ff00"))
        self.assertEqual((status, config[14:17], len(config)), (0, b"\x07\x01\x01", 25))


class Transfers(Case):
    def test_printing_and_answers(self):
        k = self.attached()
        first, second = k.ask(), k.ask(1)
        self.assertTrue(k.is_silent())  # nothing to say is NAK
        out = k.write(b"Hello\n\x10\x04\x01\x10\x04\x04")
        self.assertEqual(k.answer(False), (out, 0, 12, b""))
        seq, status, actual, data = k.answer()
        self.assertEqual((seq, status, actual), (first, 0, 2))  # both bytes in one, the second still waits
        self.assertEqual(data, b"\x16\x12")
        k.write(b"\x10\x04\x01\x10\x04\x04")
        k.answer(False)
        self.assertEqual(k.answer(), (second, 0, 1, b"\x16"))
        k.ask()
        self.assertEqual(k.answer()[2:], (1, b"\x12"))
        self.assertEqual(self.text(), "Hello\n")
        k.write(b"")
        self.assertEqual(k.answer(False)[1:3], (0, 0))

    def test_full_buffer_is_nak(self):
        k = self.attached()
        self.call("printer.set", paper="empty")
        out = k.write(b"x" * 200)
        self.assertEqual(k.answer(False), (out, 0, 200, b""))
        held, behind = k.write(b"y" * 300), k.write(b"z\n")
        # the status is answered beside it
        self.assertEqual(k.control(GET_STATUS), (0, b"\x38"))
        self.call("printer.set", paper="ok")
        self.assertEqual(k.answer(False), (held, 0, 300, b""))
        self.assertEqual(k.answer(False), (behind, 0, 2, b""))
        self.call("printer.wait", idle=True)
        self.assertEqual(self.text().replace("\n", ""), "x" * 200 + "y" * 300 + "z")

    def test_unlink(self):
        k = self.attached()
        waiting = k.ask()
        seq = k.unlink(waiting)
        self.assertEqual(k.answer(), (seq, ECONNRESET, None, None))
        # one of which nothing was taken is dropped
        self.call("printer.set", paper="empty")
        k.write(b"x" * 256)
        k.answer(False)
        held = k.write(b"never")
        seq = k.unlink(held)
        self.assertEqual(k.answer(), (seq, ECONNRESET, None, None))
        # already answered, or never heard of
        seq = k.unlink(held)
        self.assertEqual(k.answer(), (seq, 0, None, None))
        # of which a part was taken: how much is said, and there was nothing left to unlink
        self.call("printer.set", power="cycle")
        self.assertTrue(k.at_end())
        k = self.attached()
        self.call("printer.set", paper="empty")
        held = k.write(b"a" * 300)
        seq = k.unlink(held)
        status, actual = k.answer(False)[1:3]
        self.assertEqual(status, ECONNRESET)
        self.assertTrue(0 < actual < 300, actual)
        self.assertEqual(k.answer(), (seq, 0, None, None))

    def test_odd_transfers(self):
        k = self.attached()
        seq = k.submit(1, data=b"x", packets=3)
        self.assertEqual(k.answer(False), (seq, EINVAL, 0, b""))
        waiting = [k.ask() for _ in range(513)]
        self.assertEqual(k.answer(), (waiting[512], ENOMEM, 0, b""))
        k.submit(1, length=2 * 1024 * 1024, is_in=True)
        self.assertTrue(k.at_end())
        k = self.attached()
        k.socket.sendall(struct.pack(">I", 9) + bytes(44))
        self.assertTrue(k.at_end())


class Faults(Case):
    def fault(self, word, **more):
        self.call("device.fault", device="till-printer", usb=word, **more)

    def test_stalls(self):
        k = self.attached()
        self.fault("stall_out")
        for _ in range(2):
            out = k.write(b"x")
            self.assertEqual(k.answer(False), (out, EPIPE, 0, b""))
        self.assertEqual(k.control(bytes.fromhex("82 00 0000 0100 0200")), (0, b"\1\0"))
        self.assertEqual(k.control(bytes.fromhex("02 01 0000 0100 0000")), (0, b""))
        out = k.write(b"x\n")
        self.assertEqual(k.answer(False), (out, 0, 2, b""))
        waiting = k.ask()
        self.fault("stall_in")
        self.assertEqual(k.answer(), (waiting, EPIPE, 0, b""))
        self.assertEqual(k.control(bytes.fromhex("02 01 0000 8200 0000")), (0, b""))
        k.ask()
        self.assertTrue(k.is_silent())

    def test_babble_and_empty_packets(self):
        k = self.attached()
        waiting = k.ask()
        self.fault("babble")
        self.assertEqual(k.answer(), (waiting, EOVERFLOW, 0, b""))
        waiting = k.ask()
        self.fault("empty_in")
        self.assertEqual(k.answer(), (waiting, 0, 0, b""))
        waiting = k.ask()
        self.assertEqual(k.answer(), (waiting, 0, 0, b""))
        self.fault("empty_in", off=True)
        k.ask()
        self.assertTrue(k.is_silent())

    def test_nak_for_ever(self):
        k = self.attached()
        self.fault("nak_out")
        out = k.write(b"x\n")
        self.assertTrue(k.is_silent())
        self.fault("nak_out", off=True)
        self.assertEqual(k.answer(False), (out, 0, 2, b""))

    def test_mute_control(self):
        k = self.attached()
        self.fault("mute_control")
        asked = k.control(GET_STATUS, wait=False)
        self.assertEqual(k.control(bytes.fromhex("80 08 0000 0000 0100")), (0, b"\0"))
        self.fault("mute_control", off=True)
        self.assertEqual(k.answer(), (asked, 0, 1, b"\x18"))

    def test_unplug_in_mid_transfer(self):
        k = self.attached()
        k.ask()
        self.call("printer.fault", disconnect=True, after_bytes=5)
        k.write(b"12345678\n")
        self.assertTrue(k.at_end())
        self.call("printer.wait", connected=False)
        k = self.attached()
        k.write(b"again\n")
        self.assertEqual(k.answer(False)[1:3], (0, 6))
        self.call("printer.wait", text="again")
        # power off and on is an unplug too
        self.call("printer.set", power="cycle")
        self.assertTrue(k.at_end())


if __name__ == "__main__":
    unittest.main()
