#!/usr/bin/env python3
"""A logo goes over the wire once: afterwards the printer prints it from its own memory, also after a restart."""

import base64
import struct
import unittest
import zlib

from poshal_test import Till, wait_until


def png(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(x * y % 256 for x in range(width)) for y in range(height))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
                            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")).decode()


def document(width):
    return {"body": [{"image": {"data_b64": png(width, 60), "store": True, "align": "center"}}]}


class Logos(unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "till-printer")

    def explain(self, logo):
        told = self.client.call("printer.validate", device="receipt", document=logo, explain=True)
        return [row["text"] for row in told["degradations"]]

    def print(self, key, logo):
        answer = self.client.call("printer.print", device="receipt", key=key, document=logo, wait=True)
        self.assertEqual(answer["state"], "printed")
        self.assertEqual(self.client.call("printer.status", device="receipt")["status"]["paper"], "ok")

    def rows(self):
        return self.till.emulator.call("printer.paper", device="till-printer")["rows"]

    def test_a_logo_is_kept(self):
        logo = document(200)
        self.assertEqual(self.explain(logo), [])
        self.print("first", logo)
        height = self.rows()
        wait_until(lambda: self.explain(logo) == ["image stored as logo"], "it was not stored")
        self.print("second", logo)
        self.assertEqual(self.rows(), 2 * height)
        self.assertEqual(self.explain(document(201)), [])

        self.till.daemon.stop()
        self.till.start_daemon()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "till-printer")
        self.assertEqual(self.explain(logo), ["image stored as logo"])
        self.print("third", logo)
        self.assertEqual(self.rows(), 3 * height)


if __name__ == "__main__":
    unittest.main()
