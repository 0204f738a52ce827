"""Displays beyond whole screens: windows, marquee, read-back, the idle text and leases, through both doors."""

import unittest

from dbus_test import Bus, Dbus, Variant
from poshal_test import DEVICES, Till, wait_until

AD = {"viewport_row": 1, "viewport_column": 0, "viewport_height": 1, "viewport_width": 20, "columns": 30}


class Displays(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = Till(devices=DEVICES.replace("driver = display-escpos", "driver = display\nset = epson"))
        cls.addClassCleanup(cls.till.close)

    def setUp(self):
        self.client = self.till.client()
        self.addCleanup(self.client.close)
        self.till.wait_ready(self.client, "display")
        self.call("clear")

    def call(self, method, **params):
        return self.client.call("display." + method, device="display", **params)

    def shows(self, row, text):
        self.till.emulator.call("display.wait", device="pole-display", row=row, text=text)

    def test_windows_and_what_is_read_back(self):
        self.call("window.text", text="TOTAL EUR\n", reverse=True)
        self.assertEqual(self.call("window.create", **AD), {"window": 1})
        self.call("window.text", text="12.50")
        self.shows(1, "TOTAL EUR")
        self.shows(2, "12.50")
        content = self.call("content")
        self.assertEqual(content["rows"], ["TOTAL EUR", "12.50"])
        self.assertEqual(content["attributes"], ["22222222200000000000", "0" * 20])
        self.assertEqual((content["window"], len(content["windows"]), content["idle"]), (1, 2, False))
        self.assertEqual(content["windows"][1]["cursor_column"], 5)
        self.call("window.cursor", window=1, row=0, column=0)
        self.assertEqual(self.call("content")["at_cursor"], "1")
        self.call("window.destroy")
        error = self.client.error("display.window.select", device="display", window=1)
        self.assertEqual((error.name, error.message), ("Illegal", "$.window there is no such window"))

    def test_a_marquee_runs_and_stops(self):
        self.call("window.create", **AD)
        self.call("marquee", type="init", unit_wait_ms=100)
        self.call("window.text", text="0123456789ABCDEFGHIJ-END-")
        self.call("marquee", type="left")
        self.shows(2, "56789ABCDEFGHIJ-END-")
        self.call("show", lines=["TOTAL"])
        self.shows(1, "TOTAL")
        self.shows(2, "")
        self.assertEqual(len(self.call("content")["windows"]), 1)

    def test_the_idle_text_gives_way_to_leases(self):
        self.call("idle", items=[{"text": "WELCOME", "align": "center"}], after_s=86400)
        self.addCleanup(self.call, "idle")
        self.call("show", lines=["TOTAL"])
        self.shows(1, "TOTAL")
        holder = self.till.client()
        holder.call("device.claim", device="display")
        holder.call("display.window.create", device="display", **AD)
        error = self.client.error("display.window.text", device="display", text="X")
        self.assertEqual(error.name, "Claimed")
        holder.close()
        self.shows(1, "      WELCOME")
        content = self.call("content")
        self.assertEqual((content["idle"], len(content["windows"])), (True, 1))
        # a restart of the driver keeps it
        self.client.call("device.disable", device="display")
        self.client.call("device.enable", device="display")
        self.till.wait_ready(self.client, "display")
        self.assertTrue(self.call("content")["idle"])

    def test_a_holder_is_known_to_a_driver_that_starts(self):
        self.call("idle", lines=["WELCOME"])
        self.addCleanup(self.call, "idle")
        self.client.call("device.claim", device="display")
        self.assertFalse(self.call("content")["idle"])
        self.client.call("device.disable", device="display")
        self.client.call("device.enable", device="display")
        self.till.wait_ready(self.client, "display")
        self.assertFalse(self.call("content")["idle"])
        self.client.call("device.release", device="display")
        self.assertTrue(self.call("content")["idle"])

    def test_a_client_that_writes_all_the_time(self):
        pid = self.till.device_pids()["pole-display"]
        for number in range(400):
            self.call("window.text", text=f"{number:03}", row=0, column=0)
        self.shows(1, "399")
        self.assertEqual(self.till.device_pids()["pole-display"], pid)

    def test_bad_input(self):
        for method, params, message in [
                ("window.create", {**AD, "rows": 2}, "$.viewport_row the viewport"),
                ("window.create", {}, "$.viewport_row: is missing"),
                ("window.text", {"text": "a", "row": 1}, "$.row row and column"),
                ("marquee", {"type": "left"}, "$.window window 0"),
                ("marquee", {"type": "about"}, "$.type"),
                ("glyph", {"code": 65, "data_b64": "AAAAAAAAAAAAAA=="}, "$.data_b64"),
                ("descriptor", {"state": "on", "descriptor": 99}, "$.descriptor"),
                ("idle", {"lines": ["a"], "items": []}, "$.lines"),
                ("idle", {"lines": ["a", "b", "c"]}, "$.lines")]:
            error = self.client.error("display." + method, device="display", **params)
            self.assertEqual(error.name, "Illegal", method)
            self.assertTrue(error.message.startswith(message), error.message)
        # characters of a product name never act
        self.call("window.text", text="A\x1b@B\x1f\x0c")
        self.shows(1, "A @B")


class BehindAPrinter(unittest.TestCase):
    def test_a_sale(self):
        till = Till(devices=DEVICES.replace("drawer_sensor =", "classes = printer drawer display\ndrawer_sensor ="))
        self.addCleanup(till.close)
        client = till.client()
        till.wait_ready(client, "till-printer")
        client.call("display.show", device="till-printer-display", lines=["TOTAL", "4.30"])
        job = client.call("printer.print", device="receipt", key="k", document={"text": "Espresso"}, wait=True)
        self.assertEqual(job["state"], "printed")
        # what is for the display is not for the paper, and the other way round
        self.assertEqual(till.emulator.call("printer.paper")["text"].split(), ["Espresso"])
        self.assertEqual(client.call("display.content", device="till-printer-display")["rows"], ["TOTAL", "4.30"])


class Bused(unittest.TestCase):
    def test_the_same_on_the_bus(self):
        bus = Bus()
        self.addCleanup(bus.close)
        till = Till(env=bus.env)
        self.addCleanup(till.close)
        client = till.client()
        till.wait_ready(client, "display")
        wait_until(lambda: client.call("system.info")["bus"] == "connected", "not on the bus")
        dbus = Dbus(bus.path)
        self.addCleanup(dbus.close)
        self.assertEqual(dbus.call("display", "Display.WindowCreate", "xxxxa{sv}", 1, 0, 1, 20,
                                   {"columns": Variant("x", 30)})[0], 1)
        dbus.call("display", "Display.WindowText", "sa{sv}", "12.50", {})
        till.emulator.call("display.wait", device="pole-display", row=2, text="12.50")
        content = dbus.call("display", "Display.Content", "")
        self.assertEqual(content[0], ["", "12.50"])
        dbus.call("display", "Display.Glyph", "xay", 65, b"\x04\x0e\x1f\x04\x04")


if __name__ == "__main__":
    unittest.main()
