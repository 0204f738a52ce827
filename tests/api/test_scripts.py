#!/usr/bin/env python3
"""A receipt that no code page holds: each script is printed, and the picture in the README is what comes out."""

import base64
import json
import os
import unittest

from png_rows import png_rows
from poshal_test import SOURCE, Till

with open(os.path.join(SOURCE, "docs/examples/eight-scripts.json"), encoding="utf-8") as f:
    DOCUMENT = json.load(f)


def black(rows):
    return sum(bin(byte ^ 255).count("1") for row in rows for byte in row)


class Scripts(unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "till-printer")

    def print(self, key, document):
        answer = self.client.call("printer.print", device="receipt", key=key, document=document, wait=True)
        self.assertEqual(answer["state"], "printed")
        paper = self.till.emulator.call("printer.paper", device="till-printer", png=True)
        self.assertEqual([e for e in paper["events"] if e["type"] == "unknown"], [])
        return paper

    def test_the_picture_of_the_readme(self):
        paper = self.print("scripts", DOCUMENT)
        with open(os.path.join(SOURCE, "docs/pictures/eight-scripts.png"), "rb") as f:
            wanted = png_rows(f.read())
        rows = png_rows(base64.b64decode(paper["png_b64"]))
        self.assertEqual((len(rows), len(rows[0])), (len(wanted), len(wanted[0])))
        different = sum(bin(a ^ b).count("1") for one, two in zip(rows, wanted) for a, b in zip(one, two))
        # another version of a font may move a few dots
        self.assertLess(different, black(wanted) / 50)
        self.assertEqual(paper["symbols"], [{"type": "QR", "data": "https://example.org/r/8"}])

    def test_only_what_the_printer_lacks_is_drawn(self):
        told = self.client.call("printer.validate", device="receipt", document=DOCUMENT, explain=True)
        drawn = {row["path"] for row in told["degradations"]}
        self.assertEqual({row["text"].split(" -> ")[1] for row in told["degradations"]}, {"raster"})
        for i, node in enumerate(DOCUMENT["body"]):
            for path, text in (("pair[0]", node.get("pair", [""])[0]), ("pair[1]", node.get("pair", ["", ""])[1])):
                named = "$.document.body[%d].%s" % (i, path)
                self.assertEqual(named in drawn, any(ord(c) > 0x590 and c != "\u20ac" for c in text), named)

    def test_lines_keep_their_height(self):
        """A drawn line is as high as one of letters: the receipt is as long as if it were all Latin."""
        heights = []
        for key, text in (("latin", "crème"), ("arabic", "شاي"), ("thai", "ต้มยำกุ้ง"), ("han", "北京烤鸭"), ("emoji", "☕")):
            self.till.emulator.call("printer.tear", device="till-printer")
            heights.append(self.print(key, {"body": [{"pair": [text, "1,00"]} for _ in range(5)]})["rows"])
        self.assertEqual(len(set(heights)), 1, heights)


if __name__ == "__main__":
    unittest.main()
