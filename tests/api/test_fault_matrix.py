#!/usr/bin/env python3
"""Each fault of a printer at each border of a segment and at random bytes, with crashes beside it; the dots are the judge.

A receipt of text, an image, a barcode, a QR code and a cut is printed once in peace. Then it is printed again and again,
and each time something breaks after so many bytes. Beside it the service, the driver or the client may be killed, when the
fault strikes or at another moment; the client asks again with the same key. A copy counts only if all its rows of dots are
those of the first print:

* a key is on paper at most once without a mark, and each further copy says REPRINT;
* `printed` is said only when a whole copy is on paper;
* nothing waits for ever, the drawer gets no second pulse, and the key is known when it comes once more.

POSHAL_MATRIX_POINTS says how many random bytes for each fault (12); from 100 on each fault at each border meets each kill,
and some faults last longer than any time limit. POSHAL_MATRIX_SEED says which bytes.
"""

import base64
import collections
import contextlib
import os
import random
import re
import socket
import sys
import threading
import time
import unittest

from crash import CONFIG, DEVICES, FINAL, STAR, Till, check
from png_rows import grey_png, png_rows
from poshal_test import Rpc, RpcError

POINTS = int(os.environ.get("POSHAL_MATRIX_POINTS", "12"))
WORKERS = int(os.environ.get("POSHAL_MATRIX_WORKERS", "6"))
FULL = POINTS >= 100
SEED = int(os.environ.get("POSHAL_MATRIX_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
# a process id of GS ( H; Star: ESC GS ETX 1
CONFIRM, CONFIRM_LEN = (b"\x1b\x1d\x03\x01", 6) if STAR else (b"\x1d(H\x06\x000", 11)
SPEED = 40000  # bytes per second
PATIENCE = 120
LONG = 31 # seconds; the driver gives a printer up that takes or says nothing for so long
RECEIPT = {"v": 1, "body": [{"text": "CAFÉ DE LA GARE", "align": "center", "size": [2, 2], "bold": True}, {"rule": "single"},
                            {"image": {"data_b64": grey_png(200, 100), "align": "center"}}] +
           [{"pair": ["%d x Thé à la menthe" % n, "%d,10" % n]} for n in range(1, 31)] +
           [{"pair": ["TOTAL EUR", "1.953,00"], "bold": True}, {"barcode": {"type": "ean13", "data": "4006381333931"}},
            {"qr": {"data": "https://example.org/r/4711"}}, {"text": "Ärzte, Škoda, Łódź, Ελλάδα, Київ"}, {"drawer": {"n": 1}}] +
           [{"text": "line %02d" % n} for n in range(20)] + [{"cut": "partial"}]}

# name: (what is armed or done, how it is put right; None: it needs no help)
FAULTS = {
    "paper_end": ({"paper": "empty"}, {"paper": "ok"}),
    "paper_near_end": ({"paper": "near_end"}, {"paper": "ok"}),
    "cover": ({"cover": "open"}, {"cover": "closed"}),
    "cutter": ({"error": "cutter"}, {"error": "none"}),
    "mechanical": ({"error": "mechanical"}, {"error": "none"}),
    "unrecoverable": ({"error": "unrecoverable"}, {"error": "none"}),
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
LAST_LONG = ("zero_window", "takes_nothing", "stalled", "offline", "paper_end")
# "early": the client is gone before it has an answer to its request
CRASHES = ("none", "poshald", "device", "both", "client", "early")

# seconds from the request to the crash, None: when the fault strikes; seconds that the fault lasts
Point = collections.namedtuple("Point", "fault at crash delay lasts", defaults=("none", None, 0))


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
        self.golden = self.lines = None
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

    def request(self, key):
        return {"device": "till-printer", "key": key, "document": RECEIPT}

    def print(self):
        self.serial += 1
        key = "matrix-%d" % self.serial
        self.emulator("printer.tear", device="till-printer")
        return key, lambda client: client.call("printer.print", **self.request(key))

    def in_peace(self):
        """Keeps the rows that every copy must have."""
        key, call = self.print()
        self.again(call)
        end = self.again(lambda c: c.call("job.wait", job=key, timeout=PATIENCE))["job"]
        check(end["state"] == "printed", "in peace it is %s", end)
        paper, rows = self.paper()
        self.golden = trimmed(rows)
        self.lines = [line for line, count in collections.Counter(paper["text"].splitlines()).items()
                      if count == 1 and line.strip()]

    def borders(self):
        """Where the segments of a receipt end, in bytes from its start: each ends with what confirms it. And its bytes but for
        those that no line may lose: without one of the head of a picture, or the one in front, for which it is taken then, a Star printer
        reads dots as text, and a BEL as a pulse."""
        start = len(self.tap.heard)
        self.in_peace()
        sent, at, found = bytes(self.tap.heard[start:]), 0, []
        while (at := sent.find(CONFIRM, at) + 1) > 0:
            found.append(at + CONFIRM_LEN - 1)
        heads = {at for head in re.finditer(rb"\x1b\x1dS", sent) for at in range(head.start(), head.start() + 10)} if STAR else set()
        return found, [at for at in range(1, len(sent)) if at not in heads]

    def heal(self, repair, over, lasts):
        """What a person does, again and again until the job is over."""
        over.wait(lasts)
        while repair and not over.wait(0.15):
            self.emulator("printer.set", device="till-printer", **repair)

    def faults(self):
        return self.emulator("printer.state", device="till-printer")["faults"]

    def wait_struck(self, faults, over):
        """Until one more fault has struck, or the job is over."""
        while not over.is_set():
            try:
                return self.emulator("printer.wait", device="till-printer", faults=faults + 1, timeout_ms=100)
            except RpcError as e:
                check(e.name == "Timeout", "%s", e.message)
        return None

    def crash(self, point, faults, over):
        if point.crash in ("none", "early"):
            return
        if point.delay is None:
            self.wait_struck(faults, over)
        else:
            over.wait(point.delay)
        if point.crash in ("device", "both"):
            for pid in self.till.device_pids().values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
        if point.crash in ("poshald", "both"):
            self.killed = True
            self.till.daemon.popen.kill()
        if point.crash == "client":
            try:
                self.client.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def arm(self, fault, at):
        if fault in REPLY_FAULTS:
            self.emulator("printer.fault", device="till-printer", at_reply=at, **REPLY_FAULTS[fault])
        elif fault == "lost_byte":
            self.emulator("printer.fault", device="till-printer", kind="drop_byte", at_byte=at)
        else:
            self.emulator("printer.fault", device="till-printer", after_bytes=at, **FAULTS[fault][0])

    def one(self, point):
        pulses, faults = self.emulator("drawer.state", device="till-drawer")["pulses"], self.faults()
        key, call = self.print()
        over = threading.Event()
        repair = FAULTS.get(point.fault, (None, None))[1]
        self.arm(point.fault, point.at)
        helpers = [threading.Thread(target=self.heal, args=(repair, over, point.lasts)),
                   threading.Thread(target=self.crash, args=(point, faults, over))]
        try:
            if point.crash == "early":
                self.again(lambda client: client.send("printer.print", self.request(key)))
                self.client.close()
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
        known = self.again(call)
        check(known["duplicate"] and known["state"] == end["state"], "%s, asked again: %s", end, known)
        # a byte that a cable swallows in the middle of a text is beyond what any confirmation can tell
        self.judge(key, end, point.fault != "lost_byte", self.emulator("drawer.state", device="till-drawer")["pulses"] - pulses)
        return end

    def judge(self, key, end, whole, pulses):
        paper, rows = self.paper()
        text = paper["text"]
        starts, size = [], len(self.golden)
        for i in range(len(rows) - size + 1):
            if rows[i] == self.golden[0] and rows[i:i + size] == self.golden:
                starts.append(i)
        told = "%s: %s; whole copies at rows %s, pulses %d, on paper:\n%s" % (key, end, starts, pulses, text)
        marks = text.count("*** REPRINT ***")
        begun = collections.Counter(text.splitlines())
        check(end["state"] in FINAL, "not final: %s", told)
        for line in self.lines:
            cuts = marks if line.startswith("- - -") else 0  # what a lost attempt left is cut off
            check(begun[line] <= 1 + marks + cuts, "`%s` without a mark: %s", line, told)
        check(len(starts) <= 1 + marks, "more whole copies than marks: %s", told)
        check(starts or not whole or end["state"] != "printed", "printed is said, and dots are missing: %s", told)
        check(pulses <= 1, "more than one pulse: %s", told)
        check(end["state"] == "printed" or (end["state"] == "uncertain" and end["attempts"] >= 3), "given up: %s", told)


class FaultMatrix(unittest.TestCase):
    def borders(self):
        first = Matrix(tapped=True)
        try:
            return first.borders()
        finally:
            first.close()

    def test_each_fault_at_each_place(self):
        choose = random.Random(SEED)
        borders, safe = self.borders()
        size = safe[-1] + 1
        self.assertGreater(len(borders), 3)

        def anywhere(fault, first, end):
            crash = choose.choice(CRASHES)
            return Point(fault, choose.randrange(first, end), crash, choose.choice((None, choose.uniform(0, 0.5))))

        points = [Point(fault, at, crash) for fault in FAULTS for at in [0] + borders
                  for crash in (CRASHES if FULL else CRASHES[:1])]
        points += [anywhere(fault, 0, size) for fault in FAULTS for _ in range(POINTS)]
        points += [Point(fault, at, crash) for fault in REPLY_FAULTS for at in range(1, 9)
                   for crash in (CRASHES if FULL else CRASHES[:1])]
        points += [anywhere(fault, 1, 3 * len(borders)) for fault in REPLY_FAULTS for _ in range(POINTS if FULL else 0)]
        # a kill would move the loss to another byte
        points += [anywhere("lost_byte", 1, size)._replace(at=choose.choice(safe), **({"crash": "none"} if STAR else {}))
                   for _ in range(POINTS)]
        points += [Point(fault, choose.choice(borders), crash, None, LONG) for fault in LAST_LONG
                   for crash in ("none", "device") if FULL]
        choose.shuffle(points)
        sys.stderr.write("seed %d: %d points, %d bytes in %d segments\n" % (SEED, len(points), size, len(borders)))
        run(points)


def run(points):
    """Spreads the points over workers, each with a till of its own."""
    left, lock, failures, ends = iter(points), threading.Lock(), [], collections.Counter()
    began = time.monotonic()

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
                    end = matrix.one(point)
                    with lock:
                        ends.update([point.fault, "crash of " + point.crash, end["state"], "reprint"][:3 + end["reprint"]])
                except Exception as e:  # pylint: disable=broad-except
                    failures.append("%r: %s\n---- poshald.log ----\n%s" % (point, e, matrix.till.log()[-2500:]))
        finally:
            matrix.close()

    threads = [threading.Thread(target=worker) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stderr.write("%d s: %s\n" % (time.monotonic() - began, ", ".join("%s %d" % item for item in sorted(ends.items()))))
    if failures:
        raise AssertionError("%d failures; %s" % (len(failures), "\n\n".join(failures[:2])))


if __name__ == "__main__":
    unittest.main()
