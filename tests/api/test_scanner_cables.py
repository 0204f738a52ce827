"""One event for all: serial scanners of every maker and keyboards against the emulators, which other hands have written."""

import unittest

from poshal_test import RpcError, Till, b64, wait_until

BENCH = """[scanner ssi-scanner]
protocol = ssi

[scanner honeywell-scanner]
protocol = honeywell
aim = yes

[scanner datalogic-scanner]
protocol = datalogic

[scanner cable-scanner]
protocol = single-cable

[scanner keyboard-scanner]
protocol = wedge

[scanner plain-scanner]
protocol = serial
suffix = crlf
aim = yes
"""
DEVICES = """[device ssi]
driver = scanner-ssi
connection = {ssi_scanner}

[device honeywell]
driver = scanner-serial
connection = {honeywell_scanner}
protocol = honeywell
aim = auto

[device datalogic]
driver = scanner-serial
connection = {datalogic_scanner}
protocol = datalogic
code_id = datalogic-us

[device cable]
driver = scanner-serial
connection = {cable_scanner}?bits=7&parity=o
protocol = single-cable

[device keyboard]
driver = scanner-wedge
connection = {keyboard_scanner}
idle_ms = 5000

[device plain]
driver = scanner-serial
connection = {plain_scanner}
code_id = aim
"""
CABLES = ("ssi", "honeywell", "datalogic", "cable", "keyboard", "plain")
EAN = "4006381333931"


class Cables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = Till(bench=None, daemon=False, devices="")
        with open(cls.till.root + "/etc/bench.ini", "w") as f:
            f.write(BENCH)
        cls.till.start_bench(cls.till.root + "/etc/bench.ini")
        cls.till.write_config("[service]\nlog_level = debug\n", DEVICES)
        cls.till.start_daemon()
        cls.client = client = cls.till.client()
        cls.till.wait_ready(client, *CABLES)
        cls.wait_asked(0)
        client.call("events.subscribe", topics=["device", "scanner"])
        for device in CABLES:
            client.call("device.claim", device=device, wait_ms=30000)
            client.call("scanner.enable", device=device)

    @classmethod
    def tearDownClass(cls):
        cls.till.close()

    @classmethod
    def emulator(cls, method, device, **params):
        return cls.till.emulator.call(method, device=device + "-scanner", **params)

    @classmethod
    def asked(cls):
        return cls.emulator("scanner.state", "honeywell")["commands_seen"]

    @classmethod
    def wait_asked(cls, before):
        """The scanner was asked who it is, and answers: a label in front of that would be taken for a part of the answer."""
        wait_until(lambda: cls.asked() > before, "honeywell is not asked who it is")

    def scan(self, device, **what):
        def done():
            try:
                self.emulator("scanner.scan", device, **what)
            except RpcError as error:  # what it was told at the start, or just now, is on its way
                if "disabled" not in error.message:
                    raise
                return False
            return True
        wait_until(done, "%s is not enabled" % device)
        return self.client.event("scanner.data", device=device)["data"]

    def test_the_same_event_whatever_the_cable(self):
        for device in CABLES:
            data = self.scan(device, text=EAN, symbology="ean13")
            self.assertEqual((data["text"], data["symbology"], data["upos_type"], data["label_b64"], data["checksum_ok"]),
                             (EAN, "ean13", 104, b64(EAN), True), device)
            self.assertEqual(data.get("inferred", False), device == "keyboard", device)
            if device != "keyboard":
                data = self.scan(device, text="A-17 x", symbology="code128")
                self.assertEqual((data["text"], data["symbology"], data["upos_type"]), ("A-17 x", "code128", 110), device)

    def test_what_they_can_be_told(self):
        client = self.client
        for device, method, params, expect in (
                ("ssi", "scanner.beep", {}, {"good": 1}), ("ssi", "scanner.trigger", {}, {"triggered": True}),
                ("ssi", "scanner.trigger", {"on": False}, {"triggered": False}),
                ("ssi", "scanner.disable", {}, {"enabled": False}), ("ssi", "scanner.enable", {}, {"enabled": True}),
                ("honeywell", "scanner.beep", {}, {"good": 1}), ("honeywell", "scanner.trigger", {}, {"triggered": True}),
                ("honeywell", "scanner.trigger", {"on": False}, {"triggered": False}),
                ("datalogic", "scanner.beep", {"kind": "not_on_file"}, {"not_on_file": 1}),
                ("datalogic", "scanner.disable", {}, {"enabled": False}),
                ("datalogic", "scanner.enable", {}, {"enabled": True}),
                ("cable", "scanner.beep", {"kind": "not_on_file"}, {"not_on_file": 1}),
                ("cable", "scanner.disable", {}, {"enabled": False}), ("cable", "scanner.enable", {}, {"enabled": True})):
            client.call(method, device=device, **params)
            self.emulator("scanner.wait", device, **expect)
        client.call("scanner.symbology", device="honeywell", symbology="qr", on=False)
        self.emulator("scanner.wait", "honeywell", command="164d0d515243454e413021")
        # answers are no labels
        data = self.scan("honeywell", text=EAN, symbology="ean13")
        self.assertEqual(data["text"], EAN)

    def test_faults(self):
        client = self.client
        ssi = [("drop_ack", lambda: client.call("scanner.beep", device="ssi")), ("wrong_checksum", None), ("repeat", None)]
        for kind, act in ssi:
            self.emulator("device.fault", "ssi", kind=kind)
            if act:
                act()
            self.assertEqual(self.scan("ssi", text=EAN, symbology="ean13")["text"], EAN, kind)
        # each of them came once
        self.assertEqual(self.scan("ssi", text="last", symbology="code128")["text"], "last")
        self.emulator("device.fault", "keyboard", kind="lose_keys", value=6, count=4)
        self.emulator("scanner.scan", "keyboard", text=EAN)
        self.assertEqual(client.event("scanner.dropped", device="keyboard")["data"], {"count": 1, "reason": "lost"})
        self.assertEqual(self.scan("keyboard", text=EAN)["text"], EAN)

    def test_unplugged_and_back(self):
        for device in CABLES:
            self.emulator("device.unplug", device)
            self.client.event("device.state", device=device, state="offline")
        asked = self.asked()
        for device in CABLES:
            self.emulator("device.plug", device)
        self.wait_asked(asked)
        for device in CABLES:
            wait_until(lambda: self.client.call("device.get", device=device)["device"]["state"] == "ready", device)
            self.assertEqual(self.scan(device, text=EAN, symbology="ean13")["text"], EAN, device)


if __name__ == "__main__":
    unittest.main()
