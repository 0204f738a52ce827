"""The real service on a private bus: a sale, leases that end with their program, errors, and a bus that dies."""

import json
import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from dbus_test import Bus, Dbus, Variant
from poshal_test import DEADLINE, DEVICES, RECEIPT, Till, wait_until

NO_OPTIONS = {}


# not there, but on the bus
UNPLUGGED = """
[device scale]
driver = scale-serial
connection = serial:/dev/no-such-scale
protocol = toledo-8217

[device msr]
driver = msr-hid
connection = hid:/dev/no-such-reader
"""


class DbusDoor(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        self.till = Till(env=self.bus.env, devices=DEVICES + UNPLUGGED)
        self.addCleanup(self.till.close)
        self.json = self.till.client()
        self.till.wait_ready(self.json, "receipt", "drawer", "display", "scanner")
        wait_until(lambda: self.json.call("system.info")["bus"] == "connected", "not on the bus")
        self.client = self.connect()

    def connect(self):
        client = Dbus(self.bus.path)
        self.addCleanup(client.close)
        return client

    def busctl(self, *args):
        run = subprocess.run(["busctl", "--json=short", *args], env={**os.environ, **self.bus.env},
                             capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["data"] if run.stdout.strip() else None

    def test_a_sale(self):
        self.client.call("scanner", "Device.Claim", "a{sv}", NO_OPTIONS)
        self.client.call("scanner", "Scanner.Enable")
        self.till.emulator.call("scanner.scan", device="lane-scanner", text="4006381333931")
        scan = self.client.signal("Data")
        self.assertEqual(scan.path, "/org/poshal1/device/lane_2dscanner")
        self.assertEqual(scan.args[:2], ["4006381333931", b"4006381333931"])
        self.till.emulator.call("scanner.scan", device="lane-scanner",
                                text="https://id.gs1.org/01/09506000134352")
        details = self.client.signal("Data").args[3]
        self.assertEqual(details["gs1"], [{"ai": "01", "title": "GTIN", "value": "09506000134352"}])

        self.client.call("display", "Display.Show", "a{sv}",
                         {"lines": Variant("as", ["TOTAL EUR", "4.30"])})
        wait_until(lambda: [row.strip() for row in self.till.emulator.call(
            "display.text", device="pole-display")["rows"]] == ["TOTAL EUR", "4.30"], "not shown")

        job, state, duplicate, _ = self.client.call(
            "receipt", "Printer.Print", "ssa{sv}", "sale-1", json.dumps(RECEIPT),
            {"ttl_s": Variant("u", 600)})
        self.assertFalse(duplicate)
        end = self.client.signal("JobState", lambda s: s.args[0] == job and s.args[1] == "printed")
        self.assertEqual(end.path, "/org/poshal1/device/till_2dprinter")
        paper = self.till.emulator.call("printer.paper", device="till-printer")["text"]
        self.assertIn("TOTAL EUR", paper)
        again = self.client.call("receipt", "Printer.Print", "ssa{sv}", "sale-1",
                                 json.dumps(RECEIPT), NO_OPTIONS)
        self.assertEqual(again[:3], [job, "printed", True])

        outcome, _ = self.client.call("drawer", "Drawer.Open", "sa{sv}", "sale-1-drawer",
                                      {"operator": Variant("s", "Ann")})
        self.assertEqual(outcome, "opened")
        self.assertEqual(self.client.get("drawer", "Drawer", "State"), "open")

    def test_a_sale_with_busctl(self):
        self.busctl("call", "org.poshal1", "/org/poshal1/device/display", "org.poshal1.Display",
                    "Show", "a{sv}", "1", "lines", "as", "2", "TOTAL EUR", "12.50")
        job, _, duplicate, _ = self.busctl(
            "call", "org.poshal1", "/org/poshal1/device/receipt", "org.poshal1.Printer", "Print",
            "ssa{sv}", "sale-2", '{"text":"Coffee"}', "0")
        self.assertFalse(duplicate)
        end = self.busctl("call", "org.poshal1", "/org/poshal1", "org.poshal1.Job", "Wait",
                          "sa{sv}", "sale-2", "0")
        self.assertEqual(end[0]["state"]["data"], "printed")
        outcome = self.busctl("call", "org.poshal1", "/org/poshal1/device/drawer",
                              "org.poshal1.Drawer", "Open", "sa{sv}", "sale-2-drawer", "0")
        self.assertEqual(outcome[0], "opened")
        paper = self.busctl("get-property", "org.poshal1", "/org/poshal1/device/receipt",
                            "org.poshal1.Printer", "Paper")
        self.assertEqual(paper, "ok")

    def test_a_lease_ends_with_its_program(self):
        holder = self.connect()
        holder.call("scanner", "Device.Claim", "a{sv}", NO_OPTIONS)
        self.assertEqual(self.client.error("scanner", "Device.Claim", "a{sv}", NO_OPTIONS).name,
                         "org.poshal1.Error.Claimed")
        self.assertEqual(self.client.error("scanner", "Scanner.Enable").name,
                         "org.poshal1.Error.NotClaimed")
        self.assertIn(holder.name, self.client.get("scanner", "Device", "Holder"))
        waiting = self.client.send("org.poshal1", "/org/poshal1/device/scanner",
                                   "org.poshal1.Device", "Claim", "a{sv}",
                                   [{"wait_ms": Variant("x", 15000)}])
        holder.signal("LeaseRequested")
        holder.close()
        self.assertTrue(self.client.result(waiting)[0])
        self.assertIn(self.client.name, self.client.get("scanner", "Device", "Holder"))

    def test_errors(self):
        self.assertEqual(self.client.error("nowhere", "Printer.Status").name,
                         "org.poshal1.Error.NoExist")
        self.assertEqual(self.client.error("scanner", "Printer.Status").name,
                         "org.poshal1.Error.Illegal")
        wrong = self.client.error("receipt", "Printer.Print", "ss", "k", "{}")
        self.assertEqual(wrong.name, "org.freedesktop.DBus.Error.InvalidArgs")
        self.assertIn("ssa{sv}", wrong.text)
        unknown = self.client.error("receipt", "Printer.Print", "ssa{sv}", "k", "{}",
                                    {"colour": Variant("s", "red")})
        self.assertEqual(unknown.name, "org.poshal1.Error.Illegal")
        self.assertIn("$.colour", unknown.text)

    def test_an_error_text_cut_inside_a_character_is_still_text(self):
        for length in range(20, 24):
            key = "x" * length + "€" * 20
            unknown = self.client.error("receipt", "Printer.Print", "ssa{sv}", "k", "{}",
                                        {key: Variant("s", "red")})
            self.assertEqual(unknown.name, "org.poshal1.Error.Illegal")
            self.assertIn("unknown parameter", unknown.text)

    def test_properties_change_with_the_device(self):
        self.client.ask_bus("AddMatch", "s", "type='signal',member='PropertiesChanged'")
        self.till.emulator.call("printer.set", device="till-printer", paper="empty")
        change = self.client.signal(
            "PropertiesChanged", lambda s: s.args[0] == "org.poshal1.Printer")
        self.assertEqual(change.path, "/org/poshal1/device/till_2dprinter")
        self.assertEqual(change.args[1]["Paper"], "empty")
        self.assertNotIn("Cover", change.args[1])

    def test_subscriptions_and_ownership_are_told_apart(self):
        self.client.call(None, "Manager.Subscribe", "asa{sv}", ["job"], NO_OPTIONS)
        job = self.client.call("receipt", "Printer.Print", "ssa{sv}", "sale-3", '{"text":"x"}',
                               NO_OPTIONS)[0]
        self.client.signal("JobState", lambda s: s.args[:2] == [job, "printed"])
        event = self.client.signal("Event", lambda s: s.args[4].get("state") == "printed")
        self.assertEqual(event.args[0], "job.state")

    def test_both_doors_show_the_same_devices(self):
        listed = self.json.call("device.list")["devices"]
        objects = self.client.result(self.client.send(
            "org.poshal1", "/org/poshal1", "org.freedesktop.DBus.ObjectManager",
            "GetManagedObjects"))[0]
        ids = [o["org.poshal1.Device"]["Id"] for o in objects.values()]
        self.assertEqual(sorted(ids), sorted(d["id"] for d in listed))

    def test_both_doors_have_the_same_methods(self):
        """Every method that rpc.discover gives a bus name is in the introspection, and nothing else."""
        names = {m["x-dbus"] for m in self.json.call("rpc.discover")["methods"] if "x-dbus" in m}
        # this till has no such device; test_payments has
        names = {name for name in names if not name.startswith(("CardReader.", "Terminal."))}
        found = set()
        for path in ("", "/device/scanner", "/device/receipt", "/device/drawer", "/device/display", "/device/scale",
                     "/device/msr"):
            xml = self.client.result(self.client.send(
                "org.poshal1", "/org/poshal1" + path, "org.freedesktop.DBus.Introspectable",
                "Introspect"))[0]
            for interface in ElementTree.fromstring(xml).findall("interface"):
                noun = interface.get("name").rsplit(".", 1)[1]
                if interface.get("name").startswith("org.poshal1."):
                    found |= {noun + "." + m.get("name") for m in interface.findall("method")}
        self.assertEqual(found, names)

    def test_the_bus_dies(self):
        self.client.call("scanner", "Device.Claim", "a{sv}", NO_OPTIONS)
        self.bus.kill()
        wait_until(lambda: self.json.call("system.info")["bus"] == "absent", "still on a dead bus")
        self.json.call("device.claim", device="scanner", wait_ms=5000)
        self.assertEqual(self.json.call("printer.status", device="receipt")["state"], "ready")


if __name__ == "__main__":
    unittest.main()
