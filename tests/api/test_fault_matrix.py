#!/usr/bin/env python3
"""Each fault of a printer at each border of a segment and at random bytes, with crashes beside it; the dots are the judge.

A receipt of text, a barcode, a QR code and a cut is printed once in peace. Then it is printed again and again, and each
time something breaks after so many bytes. A copy counts only if all its rows of dots are those of the first print:

* a key is on paper at most once without a mark, and each further copy says REPRINT;
* `printed` is said only when a whole copy is on paper;
* nothing waits for ever, and the drawer gets no second pulse.

POSHAL_MATRIX_POINTS says how many random bytes for each fault (12), POSHAL_MATRIX_SEED which ones.
"""

import base64
import os
import random
import socket
import sys
import threading
import time
import unittest

from crash import CONFIG, DEVICES, FINAL, STAR, Till, check
from png_rows import png_rows
from poshal_test import Rpc

POINTS = int(os.environ.get("POSHAL_MATRIX_POINTS", "12"))
SEED = int(os.environ.get("POSHAL_MATRIX_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
# a process id of GS ( H; Star: ESC GS ETX 1
CONFIRM, CONFIRM_LEN = (b"\x1b\x1d\x03\x01", 6) if STAR else (b"\x1d(H\x06\x000", 11)
SPEED = 40000  # bytes per second
PATIENCE = 60
RECEIPT = {"v": 1, "body": [{"text": "CAFÉ DE LA GARE", "align": "center", "size": [2, 2], "bold": True}, {"rule": "single"}] +
           [{"pair": ["%d x Thé à la menthe" % n, "%d,10" % n]} for n in range(1, 31)] +
           [{"pair": ["TOTAL EUR", "1.953,00"], "bold": True}, {"barcode": {"type": "ean13", "data": "4006381333931"}},
            {"qr": {"data": "https://example.org/r/4711"}}, {"text": "Ärzte, Škoda, Łódź, Ελλάδα, Київ"}, {"drawer": {"n": 1}}] +
           [{"text": "line %d" % n} for n in range(20)] + [{"cut": "partial"}]}

# name: (what is armed or done, how it is put right; None: it needs no help)
FAULTS = {
    "paper_end": ({"paper": "empty"}, {"paper": "ok"}),
    "paper_near_end": ({"paper": "near_end"}, {"paper": "ok"}),
    "cover": ({"cover": "open"}, {"cover": "closed"}),
    "cutter": ({"error": "cutter"}, {"error": "none"}),
    "head_hot": ({"error": "head_hot"}, {"error": "none"}),
    "power": ({"power": "cycle"}, None),
    "reset": ({"disconnect": True}, None),
    "offline": ({"offline": True}, {"offline": False}),
    "zero_window": ({"zero_window": True}, {"zero_window": False}),
    "stalled": ({"stall": True}, {"stall": False}),
    "takes_nothing": ({"hang": True}, {"hang": False}),
}
# of the way back: struck at the n-th answer since the job was handed over
REPLY_FAULTS = {
    "lost_answer": {"kind": "lose_reply"},
    "late_answer": {"kind": "delay_reply", "ms": 700},
    "merged_answers": {"kind": "merge_reply"},
    "garbled_answer": {"kind": "garble", "times": 3},
}
CRASHES = ("none", "none", "none", "poshald", "device", "client")


def trimmed(rows):
    """Without what is white at both ends."""
    white = [len(set(row)) == 1 for row in rows]
    first = white.index(False)
    return rows[first:len(rows) - white[::-1].index(False)]


class Tap:
    """Stands between the service and the printer and keeps what the service sends."""

    def __init__(self, url):
        self.far = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = "tcp://127.0.0.1:%d" % self.server.getsockname()[1]
        self.heard = bytearray()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with self.server, self.server.accept()[0] as near, socket.create_connection(self.far) as far:
            back = threading.Thread(target=self.copy, args=(far, near, None), daemon=True)
            back.start()
            self.copy(near, far, self.heard)
            back.join()

    def copy(self, source, sink, record):
        while data := source.recv(65536):
            if record is not None:
                record += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


class Matrix:
    """A till that stays up; one receipt after the other."""

    def __init__(self, tapped=False):
        self.till = Till("tcp", SPEED)
        self.tap = None
        if tapped:
            self.tap = Tap(self.till.connections["till-printer"]["connection"])
            self.till.connections["till-printer"]["connection"] = self.tap.url
            self.till.write_config(CONFIG, DEVICES)
        self.till.run_daemon()
        self.client = self.connect()
        self.till.wait_ready(self.client, "till-printer")
        self.serial = 0
        self.golden = None
        self.killed = False  # poshald, by us, and not started again yet

    def close(self):
        self.client.close()
        self.till.stop_daemon()
        self.till.close()

    def connect(self):
        return Rpc(self.till.socket_path)

    def again(self, call):
        """Repeats a call whose answer was lost with the service or by our own doing."""
        until = time.monotonic() + PATIENCE
        while True:
            check(time.monotonic() < until, "no answer in %d s", PATIENCE)
            try:
                if self.client.closed:
                    self.client = self.connect()
                return call(self.client)
            except TimeoutError:
                raise
            except (EOFError, OSError):
                self.client.close()
                if self.killed:
                    self.killed = False
                    self.till.restart_daemon()

    def emulator(self, method, **params):
        return self.till.bench_call(method, **params)

    def paper(self):
        self.emulator("printer.wait", device="till-printer", idle=True, timeout_ms=PATIENCE * 1000)
        paper = self.emulator("printer.paper", device="till-printer", png=True, scale=1)
        return paper, png_rows(base64.b64decode(paper["png_b64"]))

    def print(self):
        self.serial += 1
        key = "matrix-%d" % self.serial
        self.emulator("printer.tear", device="till-printer")
        return key, lambda client: client.call("printer.print", device="till-printer", key=key, document=RECEIPT)

    def in_peace(self):
        """Keeps the rows that every copy must have."""
        key, call = self.print()
        self.again(call)
        end = self.again(lambda c: c.call("job.wait", job=key, timeout=PATIENCE))["job"]
        check(end["state"] == "printed", "in peace it is %s", end)
        self.golden = trimmed(self.paper()[1])

    def borders(self):
        """Where the segments of a receipt end, in bytes from its start: each ends with what confirms it."""
        start = len(self.tap.heard)
        self.in_peace()
        sent, at, found = bytes(self.tap.heard[start:]), 0, []
        while (at := sent.find(CONFIRM, at) + 1) > 0:
            found.append(at + CONFIRM_LEN - 1)
        return found, len(sent)

    def heal(self, repair, over):
        """What a person does, again and again until the job is over."""
        while repair and not over.wait(0.15):
            self.emulator("printer.set", device="till-printer", **repair)

    def crash(self, kind, over):
        over.wait(0.1)
        if kind == "poshald":
            self.killed = True
            self.till.daemon.popen.kill()
        elif kind == "client":
            try:
                self.client.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        elif kind == "device":
            for pid in self.till.device_pids().values():
                os.kill(pid, 9)

    def arm(self, fault, at):
        if fault in REPLY_FAULTS:
            self.emulator("printer.fault", device="till-printer", at_reply=at, **REPLY_FAULTS[fault])
        elif fault == "lost_byte":
            self.emulator("printer.fault", device="till-printer", kind="drop_byte", at_byte=at)
        else:
            self.emulator("printer.fault", device="till-printer", after_bytes=at, **FAULTS[fault][0])

    def one(self, fault, at, crash):
        pulses = self.emulator("drawer.state", device="till-drawer")["pulses"]
        key, call = self.print()
        over = threading.Event()
        repair = FAULTS.get(fault, (None, None))[1]
        self.arm(fault, at)
        helpers = [threading.Thread(target=self.heal, args=(repair, over)),
                   threading.Thread(target=self.crash, args=(crash, over))]
        try:
            self.again(call)
            for helper in helpers:
                helper.start()
            end = self.again(lambda c: c.call("job.wait", job=key, timeout=PATIENCE))["job"]
        finally:
            over.set()
            for helper in helpers:
                if helper.ident:
                    helper.join()
            self.emulator("printer.fault", device="till-printer", clear=True)
            if repair:
                self.emulator("printer.set", device="till-printer", **repair)
        # a byte that a cable swallows in the middle of a text is beyond what any confirmation can tell
        self.judge(key, end, fault != "lost_byte", self.emulator("drawer.state", device="till-drawer")["pulses"] - pulses)

    def judge(self, key, end, whole, pulses):
        paper, rows = self.paper()
        text = paper["text"]
        starts, size = [], len(self.golden)
        for i in range(len(rows) - size + 1):
            if rows[i] == self.golden[0] and rows[i:i + size] == self.golden:
                starts.append(i)
        told = "%s: %s; whole copies at rows %s, pulses %d, on paper:\n%s" % (key, end, starts, pulses, text)
        marks = text.count("*** REPRINT ***")
        begun = text.count("CAFÉ DE LA GARE")
        check(end["state"] in FINAL, "not final: %s", told)
        check(begun <= 1 + marks, "a copy without a mark: %s", told)
        check(len(starts) <= 1 + marks, "more whole copies than marks: %s", told)
        check(starts or not whole or end["state"] != "printed", "printed is said, and dots are missing: %s", told)
        check(pulses <= 1, "more than one pulse: %s", told)
        check(end["state"] in ("printed", "uncertain"), "given up: %s", told)


class FaultMatrix(unittest.TestCase):
    def test_each_fault_at_each_place(self):
        choose = random.Random(SEED)
        first = Matrix(tapped=True)
        try:
            borders, size = first.borders()
        finally:
            first.close()
        self.assertGreater(len(borders), 3)
        points = [(fault, at, "none") for fault in FAULTS for at in [0] + borders]
        points += [(fault, choose.randrange(size), choose.choice(CRASHES)) for fault in FAULTS for _ in range(POINTS)]
        points += [(fault, at, "none") for fault in REPLY_FAULTS for at in range(1, 9)]
        points += [("lost_byte", choose.randrange(1, size), "none") for _ in range(POINTS)]
        sys.stderr.write("seed %d: %d points, %d bytes in %d segments\n" % (SEED, len(points), size, len(borders)))
        run(points)


def run(points):
    """Spreads the points over workers, each with a till of its own."""
    left, lock, failures = iter(points), threading.Lock(), []

    def worker():
        matrix = Matrix()
        try:
            matrix.in_peace()
            while len(failures) < 3:
                with lock:
                    point = next(left, None)
                if point is None:
                    return
                try:
                    matrix.one(*point)
                except Exception as e:  # pylint: disable=broad-except
                    failures.append("%r: %s\n---- poshald.log ----\n%s" % (point, e, matrix.till.log()[-2500:]))
        finally:
            matrix.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise AssertionError("%d failures; %s" % (len(failures), "\n\n".join(failures[:2])))


if __name__ == "__main__":
    unittest.main()
