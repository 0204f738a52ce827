#!/usr/bin/env python3
"""A whole bench over its control socket: the program itself, with the standard library only.

Usage: test_bench.py POSHAL_EMULATE BENCHES_DIR
"""
import base64
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, BENCHES = sys.argv[1], sys.argv[2]
DEADLINE = 60


class Refused(Exception):
    """An error answer; name is the public name."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code, self.name = error["code"], error["data"]["name"]


class Control:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(path)
        self.lines = self.sock.makefile("rw", encoding="utf-8", newline="\n")
        self.next_id = 0
        self.hello = self.receive()

    def send(self, method, params=None):
        self.next_id += 1
        request = {"jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params or {}}
        self.lines.write(json.dumps(request) + "\n")
        self.lines.flush()
        return self.next_id

    def receive(self):
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        number = self.send(method, params)
        answer = self.receive()
        assert answer["id"] == number, answer
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def close(self):
        self.lines.close()
        self.sock.close()


class Bench(unittest.TestCase):
    FILE = "till.ini"

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="poshal-bench-")
        root = self.dir.name
        self.process = subprocess.Popen(
            [PROGRAM, "bench", os.path.join(BENCHES, self.FILE), "--root", root],
            stdout=subprocess.PIPE, text=True)
        self.assertEqual(self.process.stdout.readline(), "ready\n")
        self.control = Control(os.path.join(root, "run", "emulator.sock"))
        self.call = self.control.call

    def tearDown(self):
        self.control.close()
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(DEADLINE), 0)
        self.process.stdout.close()
        self.assertEqual(os.listdir(os.path.join(self.dir.name, "run", "emu")), [])
        self.assertFalse(os.path.exists(os.path.join(self.dir.name, "run", "emulator.sock")))
        self.dir.cleanup()

    def connection(self, name):
        for device in self.call("bench.list")["devices"]:
            if device["id"] == name:
                return device["connection"]
        self.fail("no device " + name)

    def printer(self, name="till-printer"):
        host, port = self.connection(name)[len("tcp://"):].split(":")
        sock = socket.create_connection((host, int(port)), DEADLINE)
        self.addCleanup(sock.close)
        return sock

    def line(self, name):
        fd = os.open(self.connection(name)[len("serial:"):], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        return fd

    def read(self, fd, count):
        data = b""
        while len(data) < count:
            self.assertTrue(select.select([fd], [], [], DEADLINE)[0], data)
            piece = os.read(fd, count - len(data))
            self.assertTrue(piece, data)
            data += piece
        return data


class Till(Bench):
    def test_list(self):
        devices = self.call("bench.list")["devices"]
        self.assertEqual([(d["id"], d["class"], d["plug"], d["spare"]) for d in devices], [
            ("till-printer", "printer", "tcp", False),
            ("till-drawer", "drawer", "printer", False),
            ("lane-scanner", "scanner", "pty", False),
            ("pole-display", "display", "pty", False),
            ("spare-printer", "printer", "tcp", True)])
        self.assertEqual(devices[1]["behind"], "till-printer")
        self.assertEqual(self.call("bench.ping"), {})

    def test_greeting(self):
        hello = self.control.hello
        self.assertEqual(hello["method"], "poshal.hello")
        self.assertRegex(hello["params"]["server"], r"^poshal-emulate/\d")
        self.assertEqual(hello["params"]["protocol"], {"major": 1, "minor": 0})

    def test_print_confirm_and_look(self):
        sock = self.printer()
        sock.sendall(b"\x1b@\x1da\xff\x1bE\x01Hello\x1bE\x00\n\x1dk\x43\x0c400638133393"
                     b"\x1dV\x42\x00\x1d(H\x06\x0000AB01")
        self.assertEqual(self.read(sock.fileno(), 11), b"\x14\0\0\0" + b"\x37\x22AB01\0")
        self.call("printer.wait", cuts=1)
        paper = self.call("printer.paper", png=True, scale=2)
        self.assertEqual(paper["text"].split("\n")[:2], ["Hello", "[EAN13 4006381333931]"])
        self.assertEqual(paper["symbols"], [{"type": "EAN13", "data": "4006381333931"}])
        self.assertEqual([e["type"] for e in paper["events"]], ["line", "barcode", "cut"])
        self.assertTrue(paper["events"][0]["bold"])
        png = base64.b64decode(paper["png_b64"])
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(int.from_bytes(png[16:20], "big"), 2 * (576 + 48))
        self.call("printer.tear")
        self.assertEqual(self.call("printer.paper")["text"], "")

    def test_paper_out_and_back(self):
        sock = self.printer()
        sock.sendall(b"\x1da\xff")
        self.assertEqual(self.read(sock.fileno(), 4), b"\x14\0\0\0")
        self.call("printer.fault", paper="empty", after_lines=1)
        sock.sendall(b"one\ntwo\n\x1d(H\x06\x0000AB01")
        self.assertEqual(self.read(sock.fileno(), 4), b"\x1c\0\x0f\0")
        self.assertEqual(self.call("printer.paper")["text"], "one\n")
        self.assertEqual(self.call("printer.set", paper="ok")["paper"], "ok")
        self.assertEqual(self.read(sock.fileno(), 11), b"\x14\0\0\0" + b"\x37\x22AB01\0")
        self.assertEqual(self.call("printer.wait", lines=2)["lines"], 2)

    def test_power_cycle_keeps_paper_and_port(self):
        sock = self.printer()
        sock.sendall(b"kept\nlost")
        self.call("printer.wait", bytes=9)
        self.call("printer.set", power="cycle")
        with self.assertRaises(ConnectionResetError):
            self.read(sock.fileno(), 1)
        again = self.printer()
        again.sendall(b"new\n")
        self.call("printer.wait", lines=2)
        paper = self.call("printer.paper")
        self.assertEqual(paper["text"], "kept\nnew\n")
        self.assertIn({"type": "lost", "name": "line", "count": 4, "row": 30, "byte": 9},
                      paper["events"])

    def test_unplug_and_plug(self):
        before = self.connection("till-printer")
        sock = self.printer()
        self.call("printer.wait", connected=True)
        self.call("device.unplug", device="till-printer")
        with self.assertRaises(ConnectionResetError):
            self.read(sock.fileno(), 1)
        with self.assertRaises(ConnectionRefusedError):
            self.printer()
        self.call("device.plug", device="till-printer")
        self.assertEqual(self.connection("till-printer"), before)
        self.printer()

    def test_drawer(self):
        self.assertEqual(self.call("drawer.state")["open"], False)
        sock = self.printer()
        sock.sendall(b"\x1da\xff\x1bp\x00\x19\xfa")
        state = self.call("drawer.wait", open=True)
        self.assertEqual((state["pulses"], state["record"][0]["on_ms"]), (1, 50))
        self.assertEqual(self.read(sock.fileno(), 8), b"\x14\0\0\0\x10\0\0\0")
        self.assertEqual(self.call("drawer.set", open=False)["level"], "high")
        self.assertEqual(self.read(sock.fileno(), 4), b"\x14\0\0\0")
        self.call("drawer.set", stuck=True)
        sock.sendall(b"\x1bp\x00\x19\xfa")
        self.assertFalse(self.call("drawer.wait", pulses=2)["open"])

    def test_drawer_delay(self):
        self.call("drawer.set", delay_ms=20, bounce_ms=10)
        self.printer().sendall(b"\x1bp\x00\x19\xfa")
        self.assertTrue(self.call("drawer.wait", open=True)["open"])

    def test_scan(self):
        fd = self.line("lane-scanner")
        self.call("scanner.scan", text="4006381333931")
        self.assertEqual(self.read(fd, 14), b"4006381333931\r")
        self.call("scanner.set", aim=True, suffix="stx-etx", prefix="$")
        self.call("scanner.scan", data_b64=base64.b64encode(b"a\xffb").decode(), symbology="qr")
        self.assertEqual(self.read(fd, 9), b"\x02$]Q1a\xffb\x03")
        self.call("scanner.scan", text="x", times=3)
        self.assertEqual(self.read(fd, 18), b"\x02$]E0x\x03" * 2 + b"\x02$]E"[:4])

    def test_line_faults(self):
        fd = self.line("lane-scanner")
        self.call("device.fault", device="lane-scanner", rubbish_b64="AP8=")
        self.assertEqual(self.read(fd, 2), b"\0\xff")
        self.call("device.fault", device="lane-scanner", line_bytes_per_second=90)
        begin = time.monotonic()
        self.call("scanner.scan", text="12")
        self.assertEqual(self.read(fd, 3), b"12\r")
        # the first byte goes at once; how the reader is woken in between is its own affair
        self.assertGreater(time.monotonic() - begin, 2 / 90 - 0.002)
        sock = self.printer()
        self.call("printer.wait", connected=True)
        self.call("device.fault", device="till-printer", disconnect=True)
        with self.assertRaises(ConnectionResetError):
            self.read(sock.fileno(), 1)
        self.refused("Illegal", "device.fault", device="till-drawer")

    def test_display(self):
        fd = self.line("pole-display")
        os.write(fd, b"\x1b@TOTAL\x1f$\x0f\x02 16.55\x1fX\x02")
        shown = self.call("display.wait", row=2, text="16.55", brightness=40)
        self.assertEqual(shown["rows"], ["TOTAL", " " * 15 + "16.55"])
        self.assertEqual(self.call("display.text")["brightness"], 40)
        self.assertEqual(self.call("display.powerCycle")["rows"], ["", ""])

    def test_unplugged_scanner(self):
        self.call("device.unplug", device="lane-scanner")
        with self.assertRaises(Refused) as refused:
            self.call("scanner.scan", text="1")
        self.assertEqual(refused.exception.name, "NoHardware")
        self.call("device.plug", device="lane-scanner")
        fd = self.line("lane-scanner")
        self.call("scanner.scan", text="1")
        self.assertEqual(self.read(fd, 2), b"1\r")

    def test_events(self):
        self.call("drawer.set", open=True)
        self.call("printer.set", paper="near_end")
        record = self.call("events.list")
        self.assertEqual([(e["device"], e["what"]) for e in record["events"]],
                         [("till-drawer", "opened"), ("till-printer", "set")])
        self.assertEqual(record["events"][1]["detail"], {"paper": "near_end"})
        self.assertEqual(self.call("events.list", since=record["last"])["events"], [])
        for _ in range(4200):
            self.control.send("printer.set", {"stall": False})
            self.control.receive()
        self.assertEqual(self.call("events.list")["dropped"], 4202 - 4096)

    def test_wait_times_out_and_others_go_on(self):
        waiting = self.control.send("printer.wait", {"text": "never", "timeout_ms": 30})
        ping = self.control.send("bench.ping")
        answers = {a["id"]: a for a in (self.control.receive(), self.control.receive())}
        self.assertEqual(answers[ping]["result"], {})
        self.assertEqual(answers[waiting]["error"]["data"]["name"], "Timeout")
        # a client that leaves while it waits takes nothing with it
        other = Control(os.path.join(self.dir.name, "run", "emulator.sock"))
        other.send("printer.wait", {"text": "never"})
        other.close()
        self.assertEqual(self.call("bench.ping"), {})

    def refused(self, name, method, **params):
        with self.assertRaises(Refused) as refused:
            self.call(method, **params)
        self.assertEqual(refused.exception.name, name)
        return str(refused.exception)

    def test_bad_calls(self):
        self.assertEqual(self.refused("Illegal", "printer.set", papper="ok"),
                         "unknown member params.papper")
        self.assertEqual(self.refused("Illegal", "printer.set", paper=1),
                         "not a text: params.paper")
        self.refused("Illegal", "printer.set", paper="wet")
        self.refused("Illegal", "printer.set", device="lane-scanner")
        self.refused("Illegal", "printer.fault")
        self.refused("Illegal", "printer.fault", garble=-1)
        self.refused("Illegal", "scanner.scan")
        self.refused("Illegal", "scanner.scan", text="a", data_b64="YQ==")
        self.refused("Illegal", "scanner.scan", data_b64="?")
        self.refused("Illegal", "scanner.scan", text="a", symbology="runes")
        self.assertEqual(self.refused("Illegal", "device.plug"), "missing member params.device")
        self.refused("NoExist", "device.plug", device="teapot")
        self.refused("MethodNotFound", "printer.explode")
        self.assertIn("till-printer, spare-printer",
                      self.refused("Illegal", "printer.state", device="x"))

    def test_rubbish_on_the_control_socket(self):
        for text, code in (("{", -32700), ("[]", -32600), ('{"jsonrpc":"2.0"}', -32600),
                           ('{"jsonrpc":"2.0","method":"bench.ping","params":[]}', -32600)):
            self.control.lines.write(text + "\n")
            self.control.lines.flush()
            self.assertEqual(self.control.receive()["error"]["code"], code)
        self.assertEqual(self.call("bench.ping"), {})

    def test_many_faults_at_once(self):
        for _ in range(8):
            self.call("printer.fault", stall=True, after_bytes=1000)
        self.refused("LimitExceeded", "printer.fault", stall=True, after_bytes=1000)
        self.call("printer.fault", clear=True)
        self.call("printer.fault", stall=True, after_bytes=1000)

    def test_faults_at_a_byte(self):
        sock = self.printer()
        self.call("printer.fault", kind="drop_byte", at_byte=2)
        self.assertEqual(self.call("printer.state")["armed"], 1)
        sock.sendall(b"abc\n")
        self.assertEqual(self.call("printer.wait", faults=1)["armed"], 0)
        self.call("printer.wait", text="ac\n")
        self.call("printer.fault", kind="paper_empty", at_byte=3)
        sock.sendall(b"de\nfg\n")
        self.assertEqual(self.call("printer.wait", paper="empty")["processed"], 6)
        self.call("printer.set", paper="ok")
        self.call("printer.wait", text="ac\nde\nfg\n")
        # the byte arrives, and then the connection is gone
        self.call("printer.fault", kind="reset", at_byte=4)
        sock.sendall(b"hij\nklm\n")
        with self.assertRaises(ConnectionResetError):
            self.read(sock.fileno(), 1)
        self.assertEqual(self.call("printer.paper")["text"], "ac\nde\nfg\nhij\n")

    def test_zero_window(self):
        sock = self.printer()
        self.call("printer.fault", kind="zero_window", at_byte=1)
        sock.sendall(b"\x1dI\x43" + b"\n" * 5000)
        self.call("printer.wait", bytes=1)
        self.assertTrue(self.call("printer.state")["zero_window"])
        self.assertLess(self.call("printer.state")["received"], 5003)
        self.call("printer.set", zero_window=False)
        self.assertEqual(self.read(sock.fileno(), 10), b"_TM-T20II\0")
        self.call("printer.wait", lines=5000)

    def test_faults_at_a_reply(self):
        sock = self.printer()
        request, answer = b"\x1d(H\x06\0\x30\x30000%d", b"\x37\x22000%d\0"
        self.call("printer.fault", kind="lose_reply", at_reply=2)
        sock.sendall(request % 1 + request % 2 + request % 3)
        self.assertEqual(self.read(sock.fileno(), 14), answer % 1 + answer % 3)
        self.call("printer.fault", kind="delay_reply", at_reply=1, ms=40)
        sock.sendall(request % 4)
        self.assertEqual(self.read(sock.fileno(), 7), answer % 4)
        self.call("printer.fault", kind="merge_reply", at_reply=1)
        sock.sendall(request % 5)
        self.assertEqual(self.call("printer.wait", bytes=55)["replies"], 5)
        self.assertEqual(select.select([sock], [], [], 0)[0], [])
        sock.sendall(b"\x10\x04\x01")
        self.assertEqual(self.read(sock.fileno(), 8), answer % 5 + b"\x16")
        self.call("printer.fault", kind="power_cycle", at_reply=1)
        sock.sendall(request % 6)
        with self.assertRaises(ConnectionResetError):
            self.read(sock.fileno(), 1)
        self.refused("Illegal", "printer.fault", kind="lightning")

    def test_dots_of_the_same_lines_are_the_same(self):
        sock = self.printer()
        sock.sendall(b"same\nother\nsame\n\x1dv0\0\x01\0\x04\0\xff\xff")
        self.call("printer.wait", lines=3, bytes=26)
        events = self.call("printer.paper", dots=True)["events"]
        self.assertEqual(events[0]["dots_crc"], events[2]["dots_crc"])
        self.assertNotEqual(events[0]["dots_crc"], events[1]["dots_crc"])
        self.assertEqual((events[3]["height_dots"], events[3]["printed_dots"],
                          events[3]["complete"]), (4, 2, False))
        self.assertEqual([e["byte"] for e in events], [5, 11, 16, 24])

    def test_limits(self):
        path = os.path.join(self.dir.name, "run", "emulator.sock")
        others = [Control(path) for _ in range(15)]
        with socket.socket(socket.AF_UNIX) as one_too_many:
            one_too_many.settimeout(DEADLINE)
            one_too_many.connect(path)
            self.assertEqual(one_too_many.recv(1), b"")
        for other in others:
            other.close()
        self.call("bench.ping")
        for _ in range(64):
            self.control.send("printer.wait", {"text": "never", "timeout_ms": 600000})
        self.refused("LimitExceeded", "printer.wait", text="never")
        # nobody reads the line: it takes a megabyte, then the scanner is busy
        self.refused("Busy", "scanner.scan", text="x" * 7000, times=200)
        self.refused("Illegal", "scanner.scan", data_b64="?")

    def test_one_bench_per_directory(self):
        done = subprocess.run([PROGRAM, "bench", os.path.join(BENCHES, "till.ini"), "--root",
                               self.dir.name], capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another bench runs in this directory", done.stderr)
        self.assertEqual(self.call("bench.ping"), {})

    def test_a_wait_for_idle_ends_with_the_last_byte(self):
        sock = self.printer()
        waiting = self.control.send("printer.wait", {"bytes": 5, "idle": True})
        self.call("bench.ping")
        sock.sendall(b"line\n")
        answer = self.control.receive()
        self.assertEqual((answer["id"], answer["result"]["buffered"]), (waiting, 0))

    def test_idle_is_asleep(self):
        """No timer and no wake-up while nothing is pending: the process does not run at all."""
        sock = self.printer()
        sock.sendall(b"line\n")
        self.call("printer.wait", lines=1)
        path = "/proc/%d/status" % self.process.pid

        def look():
            with open(path) as status:
                lines = status.read().splitlines()
            return ([l for l in lines if "voluntary_ctxt" in l],
                    any(l.startswith("State:") and "sleeping" in l for l in lines))
        before, asleep = look()
        while not asleep:
            before, asleep = look()
        # half a second in which nothing is asked of it
        select.select([sock], [], [], 0.5)
        self.assertEqual(look(), (before, True))


class All(Bench):
    FILE = "all.ini"

    def test_choices_are_named(self):
        for method in ("printer.state", "scanner.set", "display.text"):
            with self.assertRaises(Refused) as refused:
                self.call(method)
            self.assertIn("several devices of this class", str(refused.exception))
        self.assertEqual(self.call("display.text", device="second-display")["rows"], ["", ""])

    def test_cd5220(self):
        fd = self.line("second-display")
        os.write(fd, b"\x0c\x1bQATOTAL\r\x1bQB5.50\r\x1bl\x01\x02")
        shown = self.call("display.wait", device="second-display", row=2, text="5.50", bytes=21)
        self.assertEqual(shown["rows"], ["TOTAL", "5.50"])
        self.assertEqual(shown["remarks"], ["move in string mode"])

    def test_printer_on_a_line(self):
        fd = self.line("kitchen-printer")
        os.write(fd, b"slow\nlines\n\x1d(H\x06\x0000AB01")
        self.assertEqual(self.read(fd, 7), b"\x37\x22AB01\0")
        self.assertEqual(self.call("printer.paper", device="kitchen-printer")["text"],
                         "slow\nlines\n")

    def test_small_printer_fills(self):
        sock = self.printer("small-printer")
        self.call("printer.set", device="small-printer", paper="empty")
        sock.sendall(b"x" * 31 + b"\n" + b"y" * 2000)
        state = self.call("printer.wait", device="small-printer", bytes=512)
        self.assertEqual(state["buffered"], 512)
        self.call("printer.set", device="small-printer", paper="ok")
        self.call("printer.wait", device="small-printer", bytes=2032, idle=True)

    def test_star_printers(self):
        sock = self.printer("star-printer")
        sock.sendall(b"\x1b\x06\x01\x1b#*\n\x00")
        self.assertEqual(self.read(sock.fileno(), 9), b"\x23\x08\x04\0\0\0\0\0\0")
        self.assertEqual(self.read(sock.fileno(), 19), b"\x1b#*,MCP31L Ver3.0\n\0")
        sock.sendall(b"\x1c")
        self.assertTrue(self.call("drawer.wait", device="star-drawer", pulses=1)["open"])
        fd = self.line("star-line")
        os.write(fd, b"\x1bEStar\n\x1bF\x17")
        self.call("printer.wait", device="star-line", text="Star")
        dots = self.printer("star-dots")
        dots.sendall(b"\x1b*rA\x1b*rE13\0b\x01\0\xff\x1b*rB")
        self.call("printer.wait", device="star-dots", cuts=1)

    def test_bench_stop(self):
        self.call("bench.stop")
        self.assertEqual(self.process.wait(DEADLINE), 0)


class Kinds(Bench):
    FILE = "printers.ini"

    def test_cheap_printer(self):
        sock = self.printer("pos58")
        # multibyte at first, its own number for 1252, no GS I, no knife, no feed before it
        sock.sendall(b"\xc4\xe3\x1c.\x1bt\x47\x80\x1dI\x43\n\x1bJ\x40\x1dV\x42\0end\n\x10\x04\x01")
        self.assertEqual(self.read(sock.fileno(), 1), b"\x16")
        self.call("printer.wait", device="pos58", text="end")
        paper = self.call("printer.paper", device="pos58")
        self.assertEqual(paper["text"], "\u4f60\u20ac\nend\n")
        self.assertEqual((paper["events"][1]["type"], paper["events"][1]["text"]),
                         ("refused", "no cutter"))
        self.assertEqual(paper["rows"], 60)

    def test_japanese_printer(self):
        sock = self.printer("japanese")
        sock.sendall(b"\x1cC1\x93\xfa\x96\x7b\n\x1dI\x45")
        self.assertEqual(self.read(sock.fileno(), 16), b"_KANJI JAPANESE\0")
        self.assertEqual(self.call("printer.paper", device="japanese")["text"], "\u65e5\u672c\n")

    def test_deaf_printer(self):
        sock = self.printer("portable")
        sock.sendall(b"\x1d(L\x0d\0\x30\x70\x30\x01\x01\x31\x18\0\x01\0\x10\x04\x04\x10\x04\x01"
                     b"\x1bt\x48\xb9\n")
        self.assertEqual(self.read(sock.fileno(), 1), b"\x16")
        self.assertEqual(self.call("printer.wait", device="portable", lines=1)["replies"], 1)
        self.assertEqual(self.call("printer.paper", device="portable")["text"], "\u0105\n")


class Host(Bench):
    """The acquirer's host: the same sale, answered, lost and refused."""
    FILE = "payments.ini"
    SALE = ("0200723C068108C08000165413330089020011000000000000001234090112295000004112295009013012"
            "0510010006123456624412000041TID12345098765432100000978")

    def setUp(self):
        super().setUp()
        self.address = self.connection("acquirer")[len("tcp://"):].split(":")

    def connect(self):
        sock = socket.create_connection((self.address[0], int(self.address[1])), DEADLINE)
        self.addCleanup(sock.close)
        return sock

    @staticmethod
    def send(sock, message):
        sock.sendall(len(message).to_bytes(2, "big") + message.encode())

    def test_a_sale_and_its_ledger(self):
        sock = self.connect()
        self.send(sock, self.SALE)
        length = int.from_bytes(self.read(sock.fileno(), 2), "big")
        self.assertEqual(self.read(sock.fileno(), length)[:4], b"0210")
        ledger = self.call("host.ledger")
        self.assertEqual(ledger["reversals"], [])
        entry, = ledger["entries"]
        self.assertEqual({key: entry[key] for key in (
            "kind", "amount", "currency", "stan", "rrn", "reversed", "repeats", "card")},
            {"kind": "sale", "amount": 1234, "currency": "978", "stan": "000041",
             "rrn": "624412000041", "reversed": False, "repeats": 0, "card": "0011"})
        self.assertNotIn("5413330089020011", json.dumps(ledger))

    def test_a_ledger_in_pages(self):
        sock = self.connect()
        for stan in range(1, 8):
            self.send(sock, self.SALE[:66] + "%06d" % stan + self.SALE[72:])
        self.call("host.wait", entries=7)
        pages, start = [], 0
        while start is not None:
            page = self.call("host.ledger", limit=3, **{"from": start})
            pages.append([e["stan"] for e in page["entries"]])
            start = page.get("next")
        self.assertEqual(pages, [["000001", "000002", "000003"], ["000004", "000005", "000006"], ["000007"]])
        self.assertEqual(self.call("host.ledger", **{"from": 7}), {"entries": [], "reversals": []})
        for wrong in {"limit": 0}, {"limit": 1001}, {"from": 200000}:
            with self.assertRaisesRegex(Refused, "params.limit 1 to 1000"):
                self.call("host.ledger", **wrong)

    def test_faults(self):
        sock = self.connect()
        self.call("host.set", fault="half", times=1)
        self.send(sock, self.SALE)
        got = b""
        with self.assertRaises(ConnectionResetError):
            while True:
                got += sock.recv(100) or self.fail("closed, not reset")
        self.assertGreater(len(got), 20)
        self.call("host.wait", entries=1)
        self.call("host.set", fault="refuse")
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.assertEqual(self.call("host.set", fault="silent")["faults"], ["silent"])
        sock = self.connect()
        self.send(sock, self.SALE)
        self.call("host.wait", messages=2, connected=True)
        state = self.call("host.set", fault="none")
        self.assertEqual((state["answers"], state["duplicates"], state["faults"]), (1, 0, []))
        self.send(sock, self.SALE)
        self.assertEqual(len(self.read(sock.fileno(), 6)), 6)
        self.assertEqual(self.call("host.state")["duplicates"], 1)
        self.assertEqual(self.call("host.reset")["entries"], 0)
        with self.assertRaisesRegex(Refused, "params.fault is one of"):
            self.call("host.set", fault="odd")


class SecureHost(Bench):
    """The host behind TLS, and what a till must not accept there."""

    @property
    def FILE(self):
        path = os.path.join(self.dir.name, "host.ini")
        with open(path, "w", encoding="ascii") as f:
            f.write("[host acquirer]\ntls = yes\n")
        return path

    def handshake(self):
        host, port = self.connection("acquirer")[len("tcp://"):].split(":")
        context = ssl.create_default_context(cafile=os.path.join(self.dir.name, "run", "certificates", "ca.pem"))
        with socket.create_connection((host, int(port)), DEADLINE) as sock:
            with context.wrap_socket(sock, server_hostname="host.acquirer.test") as line:
                line.sendall(len(Host.SALE).to_bytes(2, "big") + Host.SALE.encode())
                return line.recv(6)[2:]

    def test_certificates(self):
        self.assertEqual(self.handshake(), b"0210")
        for mode, why in (("expired", "certificate has expired"), ("early", "certificate is not yet valid"),
                          ("wrong_name", "not valid for|Hostname mismatch"), ("other_ca", "unable to get local issuer"),
                          ("plain", "WRONG_VERSION|wrong version|record layer"), ("old", "(?i)protocol|version")):
            with self.subTest(mode):
                self.call("host.set", tls=mode)
                with self.assertRaisesRegex(ssl.SSLError, why):
                    self.handshake()
        self.call("host.set", tls="close")
        with self.assertRaises(OSError):
            self.handshake()
        self.call("host.set", tls="next")
        self.assertEqual(self.handshake(), b"0210")
        self.assertEqual(self.call("host.state")["duplicates"], 1)


class Terminal(Bench):
    """A ZVT terminal on TCP and on a serial line."""
    FILE = "payments.ini"
    PAY = bytes.fromhex("06010A04000000001234490978")
    OK = bytes.fromhex("800000")

    def apdu(self, fd):
        head = self.read(fd, 3)
        return head + (self.read(fd, head[2]) if head[2] else b"")

    def connect(self):
        host, port = self.connection("counter-terminal")[len("tcp://"):].split(":")
        sock = socket.create_connection((host, int(port)), DEADLINE)
        self.addCleanup(sock.close)
        return sock

    def pay(self, sock):
        sock.sendall(self.PAY)
        self.assertEqual(self.apdu(sock.fileno()), self.OK)

    def test_a_sale_over_tcp(self):
        sock = self.connect()
        self.call("terminal.set", card="none")
        self.pay(sock)
        self.call("terminal.wait", waiting_card=True)
        self.call("terminal.set", card="visa")
        self.assertEqual(self.apdu(sock.fileno())[:5].hex(), "040f372700")
        sock.sendall(self.OK)
        self.assertEqual(self.apdu(sock.fileno()).hex(), "060f00")
        sock.sendall(self.OK)
        self.call("terminal.wait", running=False, acknowledged=1)
        entry, = self.call("terminal.ledger")["entries"]
        self.assertEqual((entry["kind"], entry["amount"], entry["receipt"], entry["reversed"],
                          entry["acknowledged"]), ("sale", 1234, 1, False, True))

    def test_the_connection_goes_before_the_result(self):
        for policy, undone in (("keep", False), ("reverse", True)):
            self.call("terminal.set", fault="close_before", policy=policy)
            sock = self.connect()
            self.pay(sock)
            with self.assertRaises(ConnectionResetError):
                sock.recv(10) or self.fail("closed, not reset")
            entry = self.call("terminal.ledger")["entries"][-1]
            self.assertEqual((entry["by_itself"], entry["acknowledged"]), (undone, False))
        with self.assertRaisesRegex(Refused, "params.fault is one of"):
            self.call("terminal.set", fault="odd")

    def test_it_starts_again(self):
        sock = self.connect()
        self.call("terminal.set", fault="reboot")
        self.pay(sock)
        with self.assertRaises(ConnectionResetError):
            sock.recv(10) or self.fail("closed, not reset")
        for _ in range(100 * DEADLINE):
            try:
                sock = self.connect()
                break
            except ConnectionRefusedError:
                select.select([], [], [], 0.01)
        sock.sendall(bytes.fromhex("050100"))
        self.assertEqual(self.apdu(sock.fileno()), self.OK)

    def test_serial(self):
        fd = self.line("serial-terminal")
        os.write(fd, bytes.fromhex("1002050100100379DC"))
        self.assertEqual(self.read(fd, 1), b"\x15")
        os.write(fd, bytes.fromhex("10020610100312345610" + "0315AD"))
        self.assertEqual(self.read(fd, 10).hex(), "06100280000010" + "03f51f")


class CommandLine(unittest.TestCase):
    def run_with(self, *arguments, file=None):
        with tempfile.TemporaryDirectory() as root:
            if file is not None:
                path = os.path.join(root, "bench.ini")
                with open(path, "w") as f:
                    f.write(file)
                arguments += ("bench", path, "--root", root)
            return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True,
                                  timeout=DEADLINE)

    def test_help_and_version(self):
        self.assertEqual(self.run_with("--help").returncode, 0)
        self.assertRegex(self.run_with("--version").stdout, r"^poshal-emulate \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_with().returncode, 1)

    def test_bad_files(self):
        for text, complaint in (
                ("[printer p]\nlacks = GS nonsense\n", "cannot start p"),
                ("[printer p]\ncodepages = cp437\n", "cannot start p"),
                ("[printer p]\nkanji = klingon\n", "bench.ini:2: bad value for kanji"),
                ("[printer p]\ndeviations = none odd\n", "bench.ini:2: bad value for deviations"),
                ("[printer p]\nwidth = 3\n", "bench.ini:2: unknown key width in [printer p]"),
                ("[printer p]\nwidth_dots = wide\n",
                 "bench.ini:2: bad value for width_dots: wide"),
                ("[robot r]\nplug = tcp\n", "bench.ini:2: unknown section [robot r]"),
                ("[drawer d]\nbehind = nothing\n", "drawer d needs behind = a printer"),
                ("[printer p]\nplug = tcp\n[scanner p]\nplug = pty\n", "bench.ini:4: [scanner p]"),
                ("nonsense\n", "bench.ini:1: ")):
            done = self.run_with(file=text)
            self.assertEqual(done.returncode, 1, text)
            self.assertIn(complaint, done.stderr)

    def test_single_printer(self):
        process = subprocess.Popen([PROGRAM, "printer", "--tcp", "0", "width_dots=384"],
                                   stdout=subprocess.PIPE, text=True)
        url = process.stdout.readline().strip()
        self.assertEqual(process.stdout.readline(), "ready\n")
        host, port = url[len("tcp://"):].split(":")
        with socket.create_connection((host, int(port)), DEADLINE) as sock:
            sock.sendall(b"Hello\n\x1dV\x00")
            self.assertEqual(process.stdout.readline(), "Hello\n")
            self.assertEqual(process.stdout.readline(), " ".join("-" * 16) + "\n")
        process.terminate()
        self.assertEqual(process.wait(DEADLINE), 0)
        process.stdout.close()

    def test_single_scanner(self):
        with tempfile.TemporaryDirectory() as root:
            path = os.path.join(root, "scanner")
            process = subprocess.Popen([PROGRAM, "scanner", "--pty", path, "suffix=lf"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.assertEqual(process.stdout.readline(), "serial:%s\n" % path)
            self.assertEqual(process.stdout.readline(), "ready\n")
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
            process.stdin.write("12345\n")
            process.stdin.flush()
            self.assertTrue(select.select([fd], [], [], DEADLINE)[0])
            self.assertEqual(os.read(fd, 16), b"12345\n")
            os.close(fd)
            process.terminate()
            self.assertEqual(process.wait(DEADLINE), 0)
            process.stdin.close()
            process.stdout.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
