#!/usr/bin/env python3
"""A logo goes over the wire once: afterwards the printer prints it from its own memory, also after a restart."""

import unittest

from png_rows import grey_png
from poshal_test import Till, wait_until


def document(width):
    return {"body": [{"image": {"data_b64": grey_png(width, 60), "store": True, "align": "center"}}]}


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
