"""In the guest: the service prints on a USB printer that the kernel itself has enumerated."""
import glob
import os
import sys
import unittest

import vhci
from poshal_test import Till, wait_until

BENCH = """[printer till-printer]
plug = usbip
buffer = 1024
maker = EPSON
model = TM-T20II
serial = VM000001
usb_interface = alternates
"""
CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = till-printer\n"
DEVICES = """[device till-printer]
driver = escpos
connection = {till_printer}
profile = epson-tm-t20ii
"""
DEVICE = "/sys/bus/usb/devices/1-1"
INTERFACE = DEVICE + ":1.0"


def bound():
    """The driver of the printer's interface."""
    try:
        return os.path.basename(os.readlink(INTERFACE + "/driver"))
    except OSError:
        return ""


def has_usblp():
    return bound() == "usblp" and bool(glob.glob("/dev/usb/lp*"))


def lines(first, count):
    return {"body": [{"text": "line %03d %s" % (i, "." * 30)} for i in range(first, first + count)] + [{"cut": "partial"}]}


class Printer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open("/tmp/usb.ini", "w", encoding="ascii") as file:
            file.write(BENCH)
        cls.till = Till(bench="/tmp/usb.ini", config=CONFIG, devices=DEVICES, daemon=False)
        cls.emulator = cls.till.emulator
        cls.port = vhci.attach(cls.till.connections["till-printer"]["usbip_port"])
        wait_until(has_usblp, "usblp does not take the printer")
        cls.till.start_daemon()
        cls.client = cls.till.client()
        cls.till.wait_ready(cls.client, "till-printer")
        cls.client.call("events.subscribe", topics=["device", "job"])

    @classmethod
    def tearDownClass(cls):
        if not cls._outcome_ok():
            sys.stderr.write(cls.till.log()[-12000:])
        cls.till.close()

    failed = False

    @classmethod
    def _outcome_ok(cls):
        return not Printer.failed

    def run(self, result=None):
        result = super().run(result)
        if result.failures or result.errors:
            Printer.failed = True
        return result

    def plug(self):
        wait_until(lambda: vhci.is_free(self.port), "the port is not free again")
        vhci.attach(self.till.connections["till-printer"]["usbip_port"], self.port)

    def print(self, key, document):
        return self.client.call("printer.print", device="receipt", key=key, document=document)["job"]

    def wait_job(self, job, state):
        while True:
            now = self.client.call("job.get", job=job)["job"]
            if now["state"] == state:
                return now
            if now["state"] in ("failed", "uncertain", "cancelled", "expired", "printed", "sent_unconfirmed"):
                self.fail("the job is %s" % now)
            self.client.event("job.state", job=job)

    def wait_device(self, accept):
        while True:
            device = self.client.call("device.get", device="till-printer")["device"]
            if accept(device):
                return device
            self.client.wait_for(lambda m: m.get("params", {}).get("topic", "").startswith("device."))

    def paper(self):
        text = self.emulator.call("printer.paper")["text"]
        self.emulator.call("printer.tear")
        return [line for line in text.splitlines() if line.strip()]


class Printing(Printer):
    def test_1_taken_from_the_kernel(self):
        self.assertEqual(bound(), "usbfs")
        self.assertEqual(glob.glob("/dev/usb/lp*"), [])
        with open(INTERFACE + "/bAlternateSetting", encoding="ascii") as file:
            self.assertEqual(file.read().strip(), "1")
        device = self.client.call("device.get", device="till-printer")["device"]
        self.assertEqual((device["vendor"], device["model"], device["serial"]), ("EPSON", "TM-T20II", "VM000001"))

    def test_2_receipt(self):
        job = self.print("receipt", lines(0, 60))
        self.wait_job(job, "printed")
        self.assertEqual([line[:8] for line in self.paper()], ["line %03d" % i for i in range(60)])


if __name__ == "__main__":
    unittest.main()
