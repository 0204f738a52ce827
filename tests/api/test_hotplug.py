"""Devices that come and go: names, twins, swaps, replacements. Devices are of umockdev, the drivers' words are the test's."""

import json
import os
import unittest

from mock_udev import MockUdev
from poshal_test import wait_until
from rude_driver import RudeTill

CONFIG = "[service]\nlog_level = debug\nvendor_drivers_dir = %s/drivers.d\n"

MATCHES = [
    {"node": "hidraw", "proto": "hidpos", "bind": "auto"},
    {"node": "tty", "usb": "05e0:1701", "options": "mode=fast baud=115200", "bind": "auto"},
    {"node": "hidraw", "usb": "0c2e:0b6a", "bind": "auto"},
    {"node": "input", "usb": "05e0:1200", "maker": "Symbol", "bind": "offer"},
]


class PlugTill(RudeTill):
    """No device is configured; what is plugged in is served by the test's driver."""

    def __init__(self):
        self.udev = MockUdev()
        super().__init__(classes="scanner", env=self.udev.env)

    def write_config(self, config=None, devices=""):
        if os.path.isdir(self.root + "/drivers.d"):
            self.write_manifest()
        super().write_config(config or CONFIG % self.root, devices)

    def write_manifest(self):
        with open(self.root + "/drivers.d/rude.json", "w") as f:
            json.dump({"name": "rude", "version": "1", "exec": self.root + "/drivers.d/carry",
                       "classes": ["scanner"], "connections": ["hid", "serial", "evdev"],
                       "options": [{"name": "mode", "type": "choice", "choices": ["slow", "fast"]}],
                       "match": MATCHES}, f)

    def close(self):
        super().close()
        self.udev.close()


class HotplugTest(unittest.TestCase):
    def setUp(self):
        self.till = PlugTill()
        self.addCleanup(self.till.close)
        self.udev = self.till.udev
        self.client = self.subscriber()

    def subscriber(self):
        client = self.till.client()
        client.call("events.subscribe", topics=["device"])
        return client

    def restart(self):
        self.stop()
        self.start()

    def stop(self):
        """Without waiting for drivers that do not know how to end."""
        self.till.daemon.popen.terminate()
        for driver in self.till.drivers:
            driver.close()
        self.till.daemon.wait()

    def start(self):
        self.till.start_daemon()
        self.client = self.subscriber()

    def plug(self, port, **description):
        """Plugs a device in and lets its driver say that it is ready; returns what the driver was told."""
        self.udev.plug(port, **description)
        return self.open()

    def open(self):
        driver = self.till.next_driver()
        request = driver.request("driver.open")
        driver.answer(request)
        driver.notify("device.state", state="ready", reasons=[])
        params = request["params"]
        self.client.event("device.state", device=params["device"], state="ready")
        return params["device"], params["connection"]

    def devices(self):
        return {d["id"]: d for d in self.client.call("device.list")["devices"]}

    def state(self, device):
        d = self.devices()[device]
        return d["state"], d["reasons"]


class Scenarios(HotplugTest):
    """The scenarios by name."""

    def lose(self, port, driver=-1):
        """Pulls a device out; its driver notices, as it would."""
        self.udev.unplug(port)
        self.till.drivers[driver].notify("device.state", state="offline", reasons=["unplugged"])
        return self.client.event("device.state", state="offline")["device"]

    def test_replug(self):
        name, connection = self.plug("1-3", serial="S1", model="Voyager")
        self.assertEqual((name, connection), ("scanner-1", "hid:0c2e:0b81?serial=S1&interface=0"))
        device = self.devices()["scanner-1"]
        self.assertEqual((device["vendor"], device["model"], device["serial"]), ("Acme", "Voyager", "S1"))
        self.assertEqual(self.lose("1-3"), "scanner-1")
        # the process waits for its device, which is there again: nothing is started anew
        self.udev.plug("1-3", serial="S1")
        self.till.drivers[-1].notify("device.state", state="ready", reasons=[])
        self.client.event("device.state", device="scanner-1", state="ready")
        self.assertEqual(list(self.devices()), ["scanner-1"])
        # and nothing is forgotten
        self.restart()
        self.assertEqual(self.open(), ("scanner-1", connection))

    def test_one_that_was_away_when_the_service_began_keeps_its_name(self):
        self.plug("1-3", serial="S1")
        self.plug("1-4", serial="S2")
        self.udev.unplug("1-3")
        self.restart()
        self.assertEqual(self.open()[0], "scanner-2")
        self.assertEqual(self.state("scanner-1"), ("offline", ["unplugged"]))
        self.assertEqual(list(self.till.device_pids()), ["scanner-2"])
        self.assertEqual(self.client.error("scanner.enable", device="scanner-1").name, "NotClaimed")
        self.assertEqual(self.plug("1-3", serial="S1")[0], "scanner-1")

    def test_a_serial_number_that_moves_is_followed(self):
        name, connection = self.plug("1-3", serial="S1")
        self.lose("1-3")
        self.udev.plug("1-4.2", serial="S1")
        self.till.drivers[-1].notify("device.state", state="ready", reasons=[])
        self.client.event("device.state", device=name, state="ready")
        self.assertEqual({n: d["connection"] for n, d in self.devices().items()}, {name: connection})

    def test_one_without_serial_number_is_its_port(self):
        self.assertEqual(self.plug("1-3", serial="0001"), ("scanner-1", "hid:0c2e:0b81?port=1-3&interface=0"))
        self.lose("1-3")
        self.assertEqual(self.plug("1-4", serial="0001")[0], "scanner-2")
        self.assertEqual(self.state("scanner-1")[0], "offline")

    def test_twins(self):
        self.assertEqual(self.plug("1-3", serial="SAME")[1], "hid:0c2e:0b81?serial=SAME&interface=0")
        self.assertEqual(self.plug("1-4", serial="SAME"), ("scanner-2", "hid:0c2e:0b81?port=1-4&interface=0"))
        self.assertEqual(self.devices()["scanner-1"]["connection"], "hid:0c2e:0b81?port=1-3&interface=0")
        self.assertEqual(self.state("scanner-1"), ("ready", []))
        self.assertIn("ports 1-3 and 1-4 both have the serial number SAME", self.till.log())
        findings = self.client.call("system.diagnose")["findings"]
        self.assertTrue([f for f in findings if "scanner-1" in f["problem"] and "scanner-2" in f["problem"]], findings)
        # the first one looks at its port alone from now on
        self.udev.unplug("1-3")
        self.client.event("device.state", device="scanner-1", state="offline")
        self.assertEqual(self.plug("1-3", serial="SAME"), ("scanner-1", "hid:0c2e:0b81?port=1-3&interface=0"))
        self.restart()
        self.assertEqual(dict([self.open(), self.open()]), {
            "scanner-%d" % n: "hid:0c2e:0b81?port=1-%d&interface=0" % (n + 2) for n in (1, 2)})

    def test_swap(self):
        self.plug("1-3", serial="S1")
        self.plug("1-4", serial="S2")
        self.stop()
        self.udev.unplug("1-3")
        self.udev.unplug("1-4")
        self.udev.plug("1-3", serial="S2")
        self.udev.plug("1-4", serial="S1")
        self.start()
        self.assertEqual(dict([self.open(), self.open()]), {
            "scanner-1": "hid:0c2e:0b81?serial=S1&interface=0", "scanner-2": "hid:0c2e:0b81?serial=S2&interface=0"})

    def test_swap_without_serial_numbers_goes_by_port(self):
        self.plug("1-3", model="One")
        self.plug("1-4", model="Two", ids="05e0:1300")
        for port in "1-3", "1-4":
            self.udev.unplug(port)
        self.assertEqual(self.plug("1-4", model="One")[0], "scanner-3")
        self.assertEqual(self.state("scanner-1")[0], "ready")  # its driver has not noticed yet

    def test_replacement(self):
        self.plug("1-3", serial="S1")
        self.lose("1-3")
        self.udev.plug("1-3", serial="S2")
        event = self.client.event("device.replaced", device="scanner-1")
        self.assertEqual(event["data"], {"by": "unit", "serial": "S2", "serial_before": "S1", "model": "Scanner"})
        self.assertEqual(self.open(), ("scanner-1", "hid:0c2e:0b81?serial=S2&interface=0"))
        self.assertEqual(self.devices()["scanner-1"]["serial"], "S2")
        # the old one is a new one now
        self.assertEqual(self.plug("1-5", serial="S1")[0], "scanner-2")

    def test_one_that_is_present_is_not_robbed_of_its_place(self):
        self.plug("1-3", serial="S1")
        self.stop()
        self.udev.unplug("1-3")
        self.udev.plug("1-3", serial="S9")
        self.udev.plug("1-4", serial="S1")
        self.start()
        self.assertEqual(dict([self.open(), self.open()]), {
            "scanner-1": "hid:0c2e:0b81?serial=S1&interface=0", "scanner-2": "hid:0c2e:0b81?serial=S9&interface=0"})

    def test_another_mode(self):
        self.plug("1-3", serial="S1")
        self.lose("1-3")
        self.udev.plug("1-3", serial="S1", ids="0c2e:0b6a", proto=None)
        self.assertEqual(self.client.event("device.replaced", device="scanner-1")["data"]["by"], "mode")
        self.assertEqual(self.open(), ("scanner-1", "hid:0c2e:0b6a?serial=S1&interface=0"))
        self.assertEqual(list(self.devices()), ["scanner-1"])

    def test_a_tty_with_options_of_its_row(self):
        self.udev.plug("1-3", kind="tty", ids="05e0:1701", proto=None, serial="S1")
        driver = self.till.next_driver()
        params = driver.request("driver.open")["params"]
        self.assertEqual((params["connection"], params["options"]),
                         ("serial:usb=05e0:1701?serial=S1&interface=0&baud=115200", {"mode": "fast"}))

    def test_one_that_comes_and_goes_without_end_is_left_alone(self):
        self.plug("1-3", serial="S1")
        for _ in range(4):
            self.udev.unplug("1-3")
            self.udev.plug("1-3", serial="S1")
        event = self.client.event("device.state", device="scanner-1", state="failed")
        self.assertEqual(event["data"]["reasons"], ["keeps_reconnecting"])
        wait_until(lambda: not self.till.device_pids(), "its process has not ended")
        for _ in range(20):
            self.udev.unplug("1-3")
            self.udev.plug("1-3", serial="S1")
        self.assertEqual(self.plug("1-4", serial="S2")[0], "scanner-2")
        self.assertEqual(self.state("scanner-1"), ("failed", ["keeps_reconnecting"]))
        self.assertEqual(list(self.till.device_pids()), ["scanner-2"])


class Rules(HotplugTest):
    """What is served, and what is not."""

    def test_what_is_not_recognised_is_left_alone(self):
        self.udev.plug("1-2", proto=None)  # tagged, but in no table
        self.udev.plug("1-5", poshal=False)
        self.udev.plug("1-6", kind="input", ids="05e0:1200", proto=None)  # only offered
        self.assertEqual(self.plug("1-3", serial="S1")[0], "scanner-1")
        self.assertEqual(list(self.devices()), ["scanner-1"])

    def test_what_is_configured_is_served_as_configured(self):
        self.till.write_config(devices="[device lane]\ndriver = rude\nconnection = hid:0c2e:0b81?serial=S1\n")
        self.client.call("config.reload")
        self.assertEqual(self.open(), ("lane", "hid:0c2e:0b81?serial=S1"))
        self.udev.plug("1-3", serial="S1")
        self.assertEqual(self.plug("1-4", serial="S2")[0], "scanner-1")
        self.assertEqual(sorted(self.devices()), ["lane", "scanner-1"])
        # no more configured, it is recognised; and the other way round
        self.till.write_config()
        self.client.call("config.reload")
        self.assertEqual(self.open()[0], "scanner-2")
        self.assertEqual(sorted(self.devices()), ["scanner-1", "scanner-2"])
        self.till.write_config(devices="[device lane]\ndriver = rude\nconnection = hid:path=1-3\n")
        self.assertEqual(sorted(self.client.call("config.reload")["changed"]), ["lane", "scanner-2"])
        self.assertEqual(self.open()[0], "lane")
        self.assertEqual(sorted(self.devices()), ["lane", "scanner-1"])

    def test_a_name_that_is_given_away_is_replaced(self):
        self.plug("1-3", serial="S1")
        self.till.write_config(devices="[device scanner-1]\ndriver = rude\nconnection = hid:0c2e:0b81?serial=S9\n")
        self.client.call("config.reload")
        self.assertEqual(sorted([self.open()[0], self.open()[0]]), ["scanner-1", "scanner-2"])
        self.assertEqual(self.devices()["scanner-2"]["serial"], "S1")

    def test_a_reload_does_not_disturb(self):
        self.plug("1-3", serial="S1")
        self.client.call("device.claim", device="scanner")
        self.assertEqual(self.client.call("config.reload")["changed"], [])
        self.client.call("scanner.enable", device="scanner-1")

    def test_it_can_be_switched_off(self):
        self.plug("1-3", serial="S1")
        self.till.write_config(CONFIG % self.till.root + "hotplug = no\n")
        self.assertEqual(self.client.call("config.reload")["changed"], ["scanner-1"])
        self.assertEqual(self.devices(), {})
        self.till.write_config()
        self.assertEqual(self.client.call("config.reload")["changed"], ["scanner-1"])
        self.assertEqual(self.open()[0], "scanner-1")

    def test_events_that_come_again_change_nothing(self):
        self.plug("1-3", serial="S1")
        for action in "bind", "change", "add":
            self.udev.event("1-3", action)
        self.assertEqual(self.plug("1-4", serial="S2")[0], "scanner-2")
        self.assertEqual(self.state("scanner-1"), ("ready", []))

    def test_all_interfaces_of_a_device_are_one_device_each(self):
        self.assertEqual(self.plug("1-3", serial="S1", interface=2)[1], "hid:0c2e:0b81?serial=S1&interface=2")

    def test_strange_texts_are_no_serial_number(self):
        name, connection = self.plug("1-3", serial="\u00e4\u00e4", model="M\u00fcller \\x01")
        self.assertEqual(connection, "hid:0c2e:0b81?port=1-3&interface=0")
        self.assertEqual(self.plug("1-4", serial="A b/?&")[1], "hid:0c2e:0b81?serial=A%20b%2F%3F%26&interface=0")


if __name__ == "__main__":
    unittest.main()
