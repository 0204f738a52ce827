"""Every emulated scanner, scale, drawer box and HID display against the driver that serves it, through the real service: the
models and the drivers were written apart, each from the makers' documents."""

import base64
import os
import tempfile
import unittest

from poshal_test import Till

LABEL = "4006381333931"
PATIENCE = 60000  # ms, for a scale whose emulator is not run for a while
# model, driver, options, what the label is called (None: the cable does not say)
SCANNERS = {
    "plain": ("serial", "scanner-serial", "", None),
    "honeywell": ("honeywell", "scanner-serial", "protocol = honeywell", None),
    "datalogic": ("datalogic", "scanner-serial", "protocol = datalogic\ncode_id = datalogic-us", "ean13"),
    "single": ("single-cable", "magellan", "", "ean13"),
    "ssi": ("ssi", "scanner-ssi", "", "ean13"),
    "pos-a": ("hidpos", "scanner-hid", "", "ean13"),
    "pos-b": ("hidpos-b", "scanner-hid", "", None),
    "pos-a62": ("hidpos-a62", "scanner-hid", "", "ean13"),
    "pos-a61": ("hidpos-a61", "scanner-hid", "", "ean13"),
    "oem-hand": ("oem-hand", "scanner-hid", "", "ean13"),
    "oem-table": ("oem-table", "scanner-hid", "", "ean13"),
    "snapi": ("snapi", "scanner-hid", "", "ean13"),
    "wedge": ("wedge", "scanner-wedge", "", None),
}
# by what they are enabled
ENABLED = {"pos-a": "0400", "datalogic": "45", "single": b"S01".hex(), "ssi": "04e90400", "snapi": "06" "01" + "00" * 6}
# model, driver, options, how the weight comes out
SCALES = {
    "toledo": ("8217", "scale-serial", "protocol = toledo-8217", "01.234"),
    "sasi": ("sasi", "scale-serial", "protocol = sasi", "01.234"),
    "nci": ("scp01", "scale-serial", "protocol = nci", "01.234"),
    "sma": ("sma", "scale-serial", "protocol = sma", "1.234"),
    "mettler": ("mettler", "scale-serial", "protocol = mettler-continuous", "1.234"),
    "cas": ("cas", "scale-serial", "protocol = cas", "01.234"),
    "cas22": ("cas22", "scale-serial", "protocol = cas-22", "1.234"),
    "and": ("and", "scale-serial", "protocol = and-18", "0001.234"),
    "dini": ("dini", "scale-serial", "protocol = dini", "1.234"),
    "prix": ("prix", "scale-serial", "protocol = prix3", "01234"),
    "prt4": ("prt4", "scale-serial", "protocol = prt4", "01.234"),
    "p15": ("p15", "scale-serial", "protocol = micheletti-p15", "1.234"),
    "kern": ("kern", "scale-serial", "protocol = kern", "0001.23"),
    "page": ("hid", "scale-hid", "", "1.234"),
    "page4": ("hid-4", "scale-hid", "", "1.234"),
    "oem": ("oem", "scale-oem", "", "01.234"),
}
# these do not say whether the weight rests: only a live one is to be had
LIVE_SCALES = {
    "cas10": ("cas10", "scale-serial", "protocol = cas-10", "1.234"),
    "adam": ("adam", "scale-serial", "protocol = adam", "1.234"),
    "samsung": ("samsung", "scale-serial", "protocol = samsung-esp", "01.234"),
    "ind221": ("ind221", "scale-serial", "protocol = mettler-ind221\ndecimals = 3", "001.234"),
}
DRAWERS = {
    "bell": ("bell", "drawer-serial", "box = logic-controls-cr3001", False),
    "any": ("any", "drawer-serial", "box = trigger", False),
    "characters": ("characters", "drawer-serial", "box = escape-p", False),
    "glancetron": ("glancetron", "drawer-serial", "box = glancetron-8005", True),
    "posiflex": ("posiflex", "drawer-hid", "", True),
}


class Models(unittest.TestCase):
    CLASS, TABLE = None, {}

    def setUp(self):
        if not self.TABLE:
            self.skipTest("only what is derived from it")
        folder = tempfile.TemporaryDirectory(prefix="poshal-models-")
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "bench.ini")
        with open(path, "w", encoding="ascii") as bench:
            for name, row in self.TABLE.items():
                bench.write("[%s %s]\nprotocol = %s\n\n" % (self.CLASS, name, row[0]))
        self.devices = "".join("[device %s]\ndriver = %s\nconnection = {%s}\n%s\n\n" % (
            name, row[1], name.replace("-", "_"), row[2]) for name, row in self.TABLE.items())
        self.till = Till(bench=path, config="[service]\nlog_level = debug\n", devices=self.devices)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.emulator = self.till.emulator


class Scanners(Models):
    CLASS, TABLE = "scanner", SCANNERS

    def label(self, name):
        self.till.wait_ready(self.client, name)
        self.client.call("device.claim", device=name, wait_ms=30000)
        self.client.call("scanner.enable", device=name)
        # the answer of scanner.enable does not wait for the device: what is read before it knows is dropped
        more = {"command": ENABLED[name]} if name in ENABLED else {}
        self.emulator.call("scanner.wait", device=name, enabled=True, **more)
        self.emulator.call("scanner.scan", device=name, text=LABEL, symbology="ean13")
        try:
            return self.client.event("scanner.data")["data"]
        except BaseException:
            print("no label of", name, self.emulator.call("scanner.state", device=name))
            raise

    def test_one_event_for_all(self):
        for name, (_, _, _, symbology) in SCANNERS.items():
            with self.subTest(name):
                data = self.label(name)
                self.assertEqual(base64.b64decode(data["label_b64"]).decode(), LABEL)
                if symbology:
                    self.assertEqual(data["symbology"], symbology)


class Scales(Models):
    CLASS, TABLE = "scale", SCALES

    def test_the_weight_as_it_was_sent(self):
        for name, row in SCALES.items():
            with self.subTest(name):
                self.client.call("device.claim", device=name)
                self.till.wait_ready(self.client, name)
                self.emulator.call("scale.put", device=name, weight="1.23" if name == "kern" else "1.234")
                weight = self.client.call("scale.read", device=name, timeout_ms=PATIENCE)
                self.assertEqual((weight["weight"], weight.get("net", False)), (row[3], False))


class LiveScales(Models):
    CLASS, TABLE = "scale", LIVE_SCALES

    def test_never_called_stable(self):
        for name, row in LIVE_SCALES.items():
            with self.subTest(name):
                self.client.call("device.claim", device=name)
                self.till.wait_ready(self.client, name)
                self.emulator.call("scale.put", device=name, weight="1.234")
                weight = self.client.call("scale.read", device=name, live=True, timeout_ms=PATIENCE)
                self.assertEqual((weight["weight"], weight["stable"]), (row[3], False))
                if name != "adam":  # which says nothing while the weight stays the same
                    self.assertEqual(self.client.error("scale.read", device=name, timeout_ms=PATIENCE).name, "Illegal")


class ScannerScale(unittest.TestCase):
    """Two devices on one line: what one of them says comes between question and answer of the other."""

    def test_a_label_and_its_weight(self):
        with tempfile.TemporaryDirectory(prefix="poshal-models-") as folder:
            path = os.path.join(folder, "bench.ini")
            with open(path, "w", encoding="ascii") as bench:
                bench.write("[scanner counter]\nprotocol = single-cable\n\n[scale plate]\nbehind = counter\n\n")
            till = Till(bench=path, devices="[device counter]\ndriver = magellan\nconnection = {counter}\nunit = kg\n")
            self.addCleanup(till.close)
        client, emulator = till.client(), till.emulator
        till.wait_ready(client, "counter")
        listed = {d["class"]: d["id"] for d in client.call("device.list")["devices"]}
        for device in listed.values():
            client.call("device.claim", device=device)
        client.call("scanner.enable", device=listed["scanner"])
        emulator.call("scanner.wait", device="counter", enabled=True, command=b"S01".hex())
        emulator.call("scale.put", device="plate", weight="1.234")
        for _ in range(3):
            reading = client.send("scale.read", {"device": listed["scale"], "timeout_ms": PATIENCE})
            emulator.call("scanner.scan", device="counter", text=LABEL, symbology="ean13")
            data = client.event("scanner.data")["data"]
            self.assertEqual((base64.b64decode(data["label_b64"]).decode(), data["symbology"]), (LABEL, "ean13"))
            weight = client.result(reading)
            self.assertEqual((weight["weight"], weight["unit"]), ("01.234", "kg"))
            emulator.call("scale.put", device="plate", weight="0")
            emulator.call("scale.put", device="plate", weight="1.234")
        for load, name in (("99", "Extended.OverWeight"), ("-0.5", "Extended.UnderZero")):
            emulator.call("scale.put", device="plate", weight=load)
            self.assertEqual(client.error("scale.read", device=listed["scale"], timeout_ms=PATIENCE).name, name)
        # four digits are pounds with two decimals: another unit than it is said to weigh in, and nothing is converted
        emulator.call("scale.set", device="plate", unit="lb", decimals=2)
        emulator.call("scale.put", device="plate", weight="12.34")
        self.assertEqual(client.error("scale.read", device=listed["scale"], timeout_ms=PATIENCE).name, "Extended.UnitMismatch")


PAN = "4111111111111111"
STAFF = "9826000000001234"
# model, driver, the tracks of a bank card it tells apart
STRIPES = {
    "magtek": ("magtek", "msr-hid", "clear_prefixes = 9826", (1, 2)),
    "idtech": ("idtech", "msr-hid", "clear_prefixes = 9826", (1, 2)),
    "page": ("hid", "msr-hid", "clear_prefixes = 9826", (1, 2)),
    "keys": ("wedge", "msr-wedge", "clear_prefixes = 9826", (1, 2)),
}
SILENT_ABOUT_ERRORS = ("page",)  # it has no field for them: a track that cannot be read is one that is not there


class Stripes(Models):
    CLASS, TABLE = "msr", STRIPES

    def swipe(self, name, kind, topic="msr.data", **more):
        self.emulator.call("msr.swipe", device=name, kind=kind, **more)
        return self.client.event(topic, device=name)["data"]

    def read(self, name):
        staff = self.swipe(name, "staff")
        self.assertEqual((staff["clear"], staff["account_number"], staff["track2"]), (True, STAFF, STAFF))
        bank = self.swipe(name, "good")
        self.assertEqual(bank, {"kind": "bank", "masked_pan": "411111******1111", "luhn": True, "clear": False,
                                "tracks": [{"track": t, "state": "good"} for t in STRIPES[name][3]]})
        self.assertEqual(self.swipe(name, "good", number="378282246310005")["masked_pan"], "378282*****0005")
        self.assertFalse(self.swipe(name, "no_luhn")["luhn"])
        licence = self.swipe(name, "aamva")
        self.assertEqual((licence["kind"], licence["clear"], "account_number" in licence), ("aamva", False, False))
        if name in SILENT_ABOUT_ERRORS:
            self.assertEqual(self.swipe(name, "track1_wrong")["tracks"], [{"track": 2, "state": "good"}])
        else:
            wrong = self.swipe(name, "track1_wrong", "msr.error")
            self.assertEqual(wrong["tracks"], [{"track": 1, "state": "error"}, {"track": 2, "state": "good"}])
        for fault in ("short_report", "long_length") if name != "keys" else ():
            self.emulator.call("device.fault", device=name, kind=fault)
            self.emulator.call("msr.swipe", device=name, kind="good")
        self.emulator.call("msr.swipe", device=name, kind="double")
        for _ in range(2):
            self.assertEqual(self.client.event("msr.data", device=name)["data"]["masked_pan"], "411111******1111")

    def test_cards_as_far_as_they_may_be_told(self):
        watcher = self.till.client()
        watcher.call("events.subscribe", topics=["*"])
        for name in STRIPES:
            with self.subTest(name):
                self.till.wait_ready(self.client, name)
                self.client.call("device.claim", device=name)
                self.client.call("msr.enable", device=name)
                self.read(name)
        told = self.swipe("idtech", "encrypted")
        self.assertEqual((told["masked_pan"], told["clear"], told["encrypted"]["algorithm"]), ("4111********1111", False, "tdes"))
        self.assertEqual(base64.b64decode(told["encrypted"]["track2_b64"]), b"\xaa" * 40)
        self.assertEqual(base64.b64decode(told["encrypted"]["ksn_b64"]).hex(), "ffff9876543210e00001")
        watcher.call("rpc.ping")
        self.assertNotIn("msr.data", repr(watcher.notifications))
        everything = repr((self.client.notifications, watcher.notifications)) + self.till.log()
        for secret in (PAN, "2010000000000", "TEST", STAFF[4:]):
            self.assertNotIn(secret, everything)

    @unittest.skipIf(os.geteuid(), "only root can become somebody else")
    def test_cards_are_for_those_with_the_grant(self):
        self.till.write_config("[service]\n[access]\nuser.nobody = scan monitor\n", self.devices)
        self.client.call("config.reload")
        self.till.open_to_all()
        self.till.wait_ready(self.client, "magtek")
        calls = [(method, {"device": "magtek"}) for method in ("device.claim", "msr.configure", "msr.enable")]
        self.assertEqual([outcome[0] for outcome in self.till.as_nobody(*calls)], ["AccessDenied"] * 3)


class Displays(unittest.TestCase):
    SETS = ("epson", "cd5220", "utc", "utc-enhanced", "aedex", "adm788", "dsp800", "icd2002", "logic-controls", "ibm", "ibm-apa", "ba63", "ba66",
            "ncr", "led8")

    def test_all_sets_show(self):
        with tempfile.TemporaryDirectory(prefix="poshal-models-") as folder:
            path = os.path.join(folder, "bench.ini")
            with open(path, "w", encoding="ascii") as bench:
                for name in self.SETS:
                    bench.write("[display %s]\nset = %s\n\n" % (name, name))
            devices = "".join("[device %s]\ndriver = display\nconnection = {%s}\nset = %s\n\n" % (
                name, name.replace("-", "_"), name) for name in self.SETS)
            till = Till(bench=path, devices=devices)
            self.addCleanup(till.close)
        client = till.client()
        for name in self.SETS:
            with self.subTest(name):
                till.wait_ready(client, name)
                if name == "led8":
                    client.call("display.show", device=name, lines=["12.50"])
                    till.emulator.call("display.wait", device=name, row=1, text="1250", timeout_ms=60000)
                    continue
                client.call("display.show", device=name, lines=["TOTAL", "EUR 12.50"])
                till.emulator.call("display.wait", device=name, row=2, text="EUR 12.50", timeout_ms=60000)
                shown = till.emulator.call("display.text", device=name)
                self.assertEqual((shown["rows"][:2], shown["remarks"]), (["TOTAL", "EUR 12.50"], []))


class Drawers(Models):
    CLASS, TABLE = "drawer", DRAWERS

    def test_they_open(self):
        for name, (_, _, _, sensor) in DRAWERS.items():
            with self.subTest(name):
                self.till.wait_ready(self.client, name)
                opened = self.client.call("drawer.open", device=name, key="k-" + name)
                self.assertTrue(self.emulator.call("drawer.wait", device=name, open=True)["open"])
                self.assertEqual(opened["outcome"], "opened" if sensor else "no_sensor")


if __name__ == "__main__":
    unittest.main()
