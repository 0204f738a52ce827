#!/usr/bin/env python3
"""Symbols and pictures are printed where the preview has them, by the printer's own commands and as drawings."""

import base64
import os
import tempfile
import unittest
import zlib

from png_rows import png_rows
from poshal_test import Till

BENCH = """[printer own]
plug = tcp
maker = EPSON
model = TM-T20II

[printer drawn]
plug = tcp
maker = EPSON
model = TM-T88V
width_dots = 512

[printer star]
plug = tcp
dialect = starprnt
maker = Star
model = MCP31

[printer rows]
plug = tcp
dialect = starraster
maker = Star
model = TSP143
"""

DEVICES = """[device own]
driver = escpos
connection = {own}
profile = epson-tm-t20ii

[device drawn]
driver = escpos
connection = {drawn}
profile_file = %(profiles)s
profile = drawn

[device star]
driver = star
connection = {star}
profile = star-mc-print3

[device rows]
driver = star
connection = {rows}
profile = star-tsp100
"""

# one that has no symbols of its own, on paper that is no whole number of characters wide
PROFILES = """[profile drawn]
source = for this test
inherits = epson-tm-t88v
barcodes = none
qr = no
gs_paren_h = yes
"""

DEVICE_NAMES = ("own", "drawn", "star", "rows")
CODES = ("{option:ean,2,60,nohri;code:4006381333931}", "{option:qrcode,4,m;code:https://example.org}",
         "{option:code128,2,60,nohri;code:AB12}")
BARS = ("|%s", "%s", "%s|")


def picture(width, height):
    """A black PNG."""
    def chunk(kind, body):
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    rows = zlib.compress(bytes((width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def ink(png):
    """The first and the last column with a black dot, of a picture of one bit for each dot."""
    black = 0
    for row in png_rows(png):
        black |= ~int.from_bytes(row, "big") & (1 << 8 * len(row)) - 1
    width = int.from_bytes(png[16:20], "big")
    black >>= -width % 8  # what fills the last byte
    return width - black.bit_length(), width - (black & -black).bit_length()


class Places(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="poshal-places-")
        self.addCleanup(self.folder.cleanup)
        self.till = Till(bench=self.file("bench.ini", BENCH), config="[service]\nlog_level = debug\n",
                         devices=DEVICES % {"profiles": self.file("profiles.ini", PROFILES)})
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, *DEVICE_NAMES)

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def printed(self, device, key, document):
        self.till.emulator.call("printer.tear", device=device)
        job = self.client.call("printer.print", device=device, key=key, document=document, wait=True)
        self.assertEqual(job["state"], "printed")
        paper = self.till.emulator.call("printer.paper", device=device, png=True)
        self.assertEqual([e for e in paper["events"] if e["type"] in ("unknown", "refused")], [])
        return ink(base64.b64decode(paper["png_b64"]))

    def previewed(self, device, document):
        answer = self.client.call("printer.preview", device=device, document=document, format="png")
        return ink(base64.b64decode(answer["png_b64"]))

    def check(self, content):
        """In columns at the left, in the middle and at the right, aligned each way."""
        for n in range(9):
            line = BARS[n % 3] % content
            document = {"receiptline": "{width:20;border:none;align:%s}\n%s" % (("left", "center", "right")[n // 3], line)}
            for device in DEVICE_NAMES:
                with self.subTest(device=device, document=document["receiptline"][:80]):
                    paper = self.printed(device, "%s-%d" % (device, n), document)
                    preview = self.previewed(device, document)
                    self.assertAlmostEqual(paper[0], preview[0], delta=1)
                    self.assertAlmostEqual(paper[1], preview[1], delta=1)

    def test_ean13(self):
        self.check(CODES[0])

    def test_qr(self):
        self.check(CODES[1])

    def test_code128(self):
        self.check(CODES[2])

    def test_pictures(self):
        self.check("{image:%s}" % base64.b64encode(picture(101, 30)).decode())


if __name__ == "__main__":
    unittest.main()
