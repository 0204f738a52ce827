#!/usr/bin/env python3
"""A document all the way to an IPP printer: poshald, poshal-render and poshal-device-cups, as PDF and as PWG raster.

What has arrived is looked at by others: pdfinfo, pdftotext, pdftoppm, zbarimg.
"""

import json
import os
import re
import subprocess
import tempfile
import unittest

from ipp_printer import ABORTED, COMPLETED, PROCESSING, STOPPED, IppPrinter
from poshal_test import DEADLINE, RECEIPT, SOURCE, Till
from pwg_pages import number, unpack_pwg

CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = queue\n"
DEVICES = "[device queue]\ndriver = cups\nconnection = %s\n"
WIDTH_PT = 80 / 25.4 * 72
SCALE = 72 / 25.4 * 72 / 576  # points of a dot: 4 mm of margin on each side
# the name in double size, a rule, three pairs, a barcode with its digits
HEIGHT_PT = (48 + 30 + 3 * 30 + 64 + 28) * SCALE
BARCODE = "EAN-13:4006381333931"
MARK = "*** REPRINT ***"


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, timeout=DEADLINE).stdout


def read_barcode(path):
    done = subprocess.run(["zbarimg", "-q", "--nodbus", path], check=False, capture_output=True, timeout=DEADLINE)
    return done.stdout.decode().strip()


class Chain:
    """The same receipt, whatever the printer takes; `look()` says (pages as (width, height) in points, barcode)."""

    formats = ()

    def setUp(self):
        self.printer = IppPrinter(formats=self.formats)
        self.addCleanup(self.printer.close)
        self.till = Till(bench=None, config=CONFIG, devices=DEVICES % self.printer.url)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "queue")
        self.client.call("events.subscribe", topics=["job.state"])
        self.folder = tempfile.TemporaryDirectory(prefix="poshal-chain-")
        self.addCleanup(self.folder.cleanup)

    def print(self, key="sale", document=RECEIPT, **params):
        return self.client.call("printer.print", device="receipt", key=key, document=document, **params)

    def arrived(self, count=1):
        self.printer.wait(lambda: count in self.printer.jobs, "job %d has not come" % count, DEADLINE)
        return self.printer.jobs[count]

    def state(self, state, **more):
        return self.client.event("job.state", state=state, **more)["data"]

    def file(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def check_receipt(self, job):
        """It is as long as what is on it, the printer was told so, and its barcode is read."""
        pages, barcode = self.look(job["data"])
        self.assertEqual(barcode, BARCODE)
        self.assertEqual(len(pages), 1)
        self.assertAlmostEqual(pages[0][0], WIDTH_PT, delta=0.5)
        self.assertAlmostEqual(pages[0][1], HEIGHT_PT, delta=0.5)
        width, length = (v for v in job["asked"]["collection"] if isinstance(v, int))
        self.assertEqual(width, 8000)
        self.assertAlmostEqual(length, HEIGHT_PT / 72 * 2540, delta=1)

    def test_from_the_document_to_the_end_of_the_job(self):
        self.assertIn(self.print(copies=2)["state"], ("queued", "sending"))
        job = self.arrived()
        self.assertEqual((job["asked"]["document-format"], job["asked"]["copies"], job["asked"]["finishings"]),
                         (self.formats[0], 2, 60))
        self.check_receipt(job)
        self.state("sending")
        self.printer.end_job(1, PROCESSING)
        self.printer.end_job(1, COMPLETED, 2)
        self.state("printed", key="sale")
        row = self.client.call("job.get", job="sale")["job"]
        self.assertEqual((row["state"], row["segments"], row["confirmed_through"], row["attempts"], row["reprint"]),
                         ("printed", 1, 1, 1, False))
        self.assertNotIn("note", row)
        self.assertEqual(self.print(copies=2)["state"], "printed")  # the same key: nothing is printed again
        self.assertEqual(len(self.printer.jobs), 1)

    def test_two_receipts_in_order(self):
        self.print("one")
        self.print("two", document={"body": [{"text": "two"}, {"cut": "full"}, {"text": "three"}]})
        self.check_receipt(self.arrived())
        self.printer.end_job(1, COMPLETED, 1)
        self.state("printed", key="one")
        pages, barcode = self.look(self.arrived(2)["data"])
        self.assertEqual((len(pages), barcode), (2, ""))  # a cut ends a page
        for _, height in pages:
            self.assertAlmostEqual(height, 30 * SCALE, delta=0.5)
        self.printer.end_job(2, COMPLETED, 2)
        self.state("printed", key="two")

    def test_the_printer_holds_for_want_of_paper(self):
        self.client.call("events.subscribe", topics=["device.status"])
        self.print()
        self.arrived()
        self.printer.reasons, self.printer.state = ["media-empty-error"], 5
        self.printer.end_job(1, STOPPED)
        self.client.wait_for(lambda m: m["params"].get("topic") == "device.status" and
                             m["params"]["data"]["status"]["paper"] == "empty")
        self.printer.reasons, self.printer.state = ["none"], 3
        self.printer.end_job(1, COMPLETED, 1)
        self.state("printed")

    def test_what_was_lost_is_printed_again_with_a_mark(self):
        for first, (policy, key) in ((1, ("reprint", "a")), (3, ("continue", "b"))):
            self.print(key, on_recovery=policy)
            self.check_receipt(self.arrived(first))
            # without a count of pages nobody knows what is on paper
            self.printer.end_job(first, ABORTED, None, "filter failed")
            self.state("waiting", key=key, reason="lost (the print server gave up: filter failed), will be reprinted")
            self.check_mark(self.arrived(first + 1))
            self.printer.end_job(first + 1, COMPLETED, 1)
            self.state("printed", key=key)
            row = self.client.call("job.get", job=key)["job"]
            self.assertEqual((row["attempts"], row["reprint"]), (2, True))

    def test_who_wants_to_be_asked_decides(self):
        self.print(on_recovery="ask")
        self.arrived()
        self.printer.end_job(1, ABORTED, None, "filter failed")
        self.state("uncertain")
        self.assertEqual(len(self.printer.jobs), 1)
        self.assertEqual(self.client.error("job.retry", job="sale").name, "Uncertain")
        self.client.call("job.retry", job="sale", reprint=True)
        self.check_mark(self.arrived(2))
        self.printer.end_job(2, COMPLETED, 1)
        self.state("printed")

    def test_nothing_was_printed_so_nothing_is_marked(self):
        self.print()
        self.arrived()
        self.printer.end_job(1, ABORTED, 0, "filter failed")
        self.state("failed")
        self.client.call("job.retry", job="sale")
        self.check_receipt(self.arrived(2))
        self.printer.end_job(2, COMPLETED, 1)
        self.state("printed")

    def check_mark(self, job):
        pages, barcode = self.look(job["data"])
        self.assertEqual((len(pages), barcode), (1, BARCODE))
        self.assertAlmostEqual(pages[0][1], HEIGHT_PT + 30 * SCALE, delta=0.5)  # a line more


class Pdf(Chain, unittest.TestCase):
    formats = ("application/pdf", "image/pwg-raster")

    def look(self, data):
        path = self.file("receipt.pdf", data)
        info = run("pdfinfo", "-f", "1", "-l", "9", path).decode()
        sizes = [tuple(map(float, size)) for size in re.findall(r"size: +([\d.]+) x ([\d.]+)", info)]
        run("pdftoppm", "-r", "300", "-gray", "-png", "-singlefile", path, path)
        return sizes, read_barcode(path + ".png")

    def check_receipt(self, job):
        super().check_receipt(job)
        text = self.text(job)
        self.assertNotIn(MARK, text)
        for part in ("CAFÉ POSHAL", "Espresso", "TOTAL EUR", "4.30", "4006381333931"):
            self.assertIn(part, text)

    def test_letters_of_many_scripts_can_be_searched(self):
        with open(os.path.join(SOURCE, "docs/examples/eight-scripts.json"), encoding="utf-8") as f:
            self.print(document=json.load(f))
        text = self.text(self.arrived())
        for part in ("crème brûlée", "Ελληνικά: καφές", "Кириллица: борщ", "北京烤鸭", "寿司セット", "김치찌개"):
            self.assertIn(part, text)
        self.assertNotIn("note", self.client.call("job.get", job="sale")["job"])
        self.printer.end_job(1, COMPLETED, 1)
        self.state("printed")

    def check_mark(self, job):
        super().check_mark(job)
        self.assertEqual(self.text(job).strip().split("\n")[0].strip(), MARK)

    def text(self, job):
        return run("pdftotext", "-layout", self.file("receipt.pdf", job["data"]), "-").decode()


class Pwg(Chain, unittest.TestCase):
    formats = ("image/pwg-raster",)

    def look(self, data):
        pages = unpack_pwg(data)
        header, rows = pages[0]
        for header, _ in pages:
            self.assertEqual([number(header, at) for at in (276, 280, 340, 388, 452)], [203, 203, 1, 8, len(pages)])
        # a Netpbm grey map, each dot three pixels wide and high
        wide = [b"".join(bytes((grey,)) * 3 for grey in row) for row in rows]
        path = self.file("page.pgm", b"P5 %d %d 255\n" % (len(wide[0]), 3 * len(wide)) +
                         b"".join(row * 3 for row in wide))
        return [(len(lines[0]) * 72 / 203, len(lines) * 72 / 203) for _, lines in pages], read_barcode(path)


if __name__ == "__main__":
    unittest.main()
