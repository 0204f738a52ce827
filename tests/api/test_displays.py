"""Displays beyond whole screens: windows, marquee, read-back, the idle text and leases, through both doors."""

import tempfile
import unittest

from dbus_test import Bus, Dbus, Variant
from poshal_test import DEVICES, Till, wait_until

SETS = ("epson", "cd5220", "utc", "utc-enhanced", "aedex", "adm788", "dsp800", "icd2002", "logic-controls", "ibm", "ibm-apa",
        "ba63", "ba66", "ncr", "led8")
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


class EverySet(unittest.TestCase):
    """Each command set against the display that other hands made from the manuals."""

    def setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".ini", encoding="utf-8")
        self.addCleanup(file.close)
        # a bench has its cables on pseudo terminals, but BA63 on HID
        file.write("".join(f"[display {name}-glass]\nset = {name}\nplug = pty\n" for name in SETS))
        file.write("[display hid-glass]\nset = ba63\n")
        file.flush()
        self.till = Till(bench=file.name, devices="".join(
            f"[device {name}]\ndriver = display\nset = {'ba63' if name == 'hid' else name}\n"
            f"connection = {{{name.replace('-', '_')}_glass}}\n" for name in [*SETS, "hid"]), config="[service]\n")
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, *SETS, "hid")

    def glass(self, name, row, text):
        self.till.emulator.call("display.wait", device=name + "-glass", row=row, text=text)

    def test_a_sale_on_each(self):
        for name in [*SETS, "hid"]:
            with self.subTest(name):
                if name == "led8":
                    self.client.call("display.show", device=name, lines=["12345678"])
                    self.glass(name, 1, "12345678")
                    continue
                self.client.call("display.show", device=name, lines=["TOTAL EUR", "12.50"])
                self.glass(name, 1, "TOTAL EUR")
                self.glass(name, 2, "12.50")
                # only what differs, and nothing that would be a command
                self.client.call("display.show", device=name, lines=["\x1b@ caf\u00e9", "12.90"])
                self.glass(name, 1, self.client.call("display.content", device=name)["rows"][0])
                self.glass(name, 2, "12.90")
                glass = self.till.emulator.call("display.text", device=name + "-glass")
                self.assertEqual((glass["mode"], glass["remarks"]), ("overwrite", []))

    def test_the_picture_comes_back_with_the_cable(self):
        self.client.call("events.subscribe", topics=["device.state"])
        for name in ("utc", "hid"):
            with self.subTest(name):
                self.client.call("display.show", device=name, lines=["TOTAL", "12.50"])
                self.glass(name, 2, "12.50")
                self.till.emulator.call("device.unplug", device=name + "-glass")
                self.client.event("device.state", device=name, state="offline")
                received = self.till.emulator.call("display.text", device=name + "-glass")["received"]
                self.till.emulator.call("device.plug", device=name + "-glass")
                self.client.event("device.state", device=name, state="ready")
                self.till.emulator.call("display.wait", device=name + "-glass", row=2, text="12.50")
                wait_until(lambda: self.till.emulator.call("display.text", device=name + "-glass")["received"] > received,
                           "not drawn again")

    def test_a_display_that_refuses(self):
        self.till.emulator.call("device.fault", device="dsp800-glass", kind="nak_every", value=3)
        for number in range(20):
            self.client.call("display.show", device="dsp800", lines=[f"ROW {number}", f"{number} {number}"])
        self.glass("dsp800", 1, "ROW 19")
        self.glass("dsp800", 2, "19 19")


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
