"""In the guest: the service prints on USB printers that the kernel itself has enumerated."""
import glob
import json
import os
import select
import subprocess
import sys
import unittest

import vhci
from poshal_test import BUILD, DEADLINE, Till, wait_until
from timed import Runner

BENCH = """[printer till-printer]
plug = usbip
buffer = 1024
maker = EPSON
model = TM-T20II
serial = VM000001
usb_interface = alternates

[printer cheap-printer]
plug = usbip
spare = yes
buffer = 512
answers = none
usb_id = 0416:5011
usb_interface = one_way
maker = STMicroelectronics
model = POS58
serial = 0001

[printer other-printer]
plug = usbip
spare = yes
serial = VM000003
"""
CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = till-printer\n"
DEVICES = """[device till-printer]
driver = escpos
connection = {till_printer}
profile = epson-tm-t20ii

[device cheap-printer]
driver = escpos
connection = usb:0416:5011
profile = generic-58
"""
DEVICES_FOLDER = "/sys/bus/usb/devices/"
ENDS = ("failed", "uncertain", "cancelled", "expired", "printed", "sent_unconfirmed")
IDLE_MS = 3000


def bound(path):
    """The driver of interface 0 of the device at a port."""
    try:
        return os.path.basename(os.readlink(DEVICES_FOLDER + path + ":1.0/driver"))
    except OSError:
        return ""


def lines(count):
    return {"body": [{"text": "line %03d %s" % (i, "." * 20)} for i in range(count)]}


def numbers(count):
    return ["line %03d" % i for i in range(count)]


class Printing(unittest.TestCase):
    """One till for all of them; the order is that of the names."""
    failed = False
    port = 0  # of the till's printer; the first port is device 1-1

    @classmethod
    def setUpClass(cls):
        with open("/tmp/usb.ini", "w", encoding="ascii") as file:
            file.write(BENCH)
        cls.till = Till(bench="/tmp/usb.ini", config=CONFIG, devices=DEVICES, daemon=False)
        cls.emulator = cls.till.emulator
        for name in ("till-printer", "cheap-printer", "other-printer"):
            vhci.attach(cls.usbip_port(name))
        wait_until(lambda: bound("1-1") == bound("1-2") == bound("1-3") == "usblp" and
                   len(glob.glob("/dev/usb/lp*")) == 3, "usblp does not take the printers")
        cls.till.start_daemon()
        cls.client = cls.till.client()
        cls.till.wait_ready(cls.client, "till-printer", "cheap-printer")
        cls.client.call("events.subscribe", topics=["device", "job"])

    @classmethod
    def tearDownClass(cls):
        if cls.failed:
            sys.stderr.write(cls.till.log()[-12000:])
        cls.till.close()

    @classmethod
    def usbip_port(cls, name):
        return cls.till.connections[name]["usbip_port"]

    def tearDown(self):
        for _, error in getattr(self._outcome, "errors", ()):
            Printing.failed |= error is not None
        Printing.failed |= bool(getattr(self._outcome.result, "failures", None))

    def plug(self, port=0):
        wait_until(lambda: vhci.is_free(Printing.port), "the port is not free again")
        vhci.attach(self.usbip_port("till-printer"), port)
        Printing.port = port

    def print(self, key, document, device="receipt"):
        return self.client.call("printer.print", device=device, key=key, document=document)["job"]

    def wait_job(self, job, state):
        while True:
            now = self.client.call("job.get", job=job)["job"]
            if now["state"] == state:
                return
            self.assertNotIn(now["state"], ENDS, now)
            self.client.event("job.state", job=job)

    def wait_device(self, name, accept):
        while True:
            device = self.client.call("device.get", device=name)["device"]
            if accept(device):
                return device
            self.client.wait_for(lambda m: m.get("params", {}).get("topic", "").startswith("device."))

    def paper(self, device="till-printer"):
        """The lines printed since the last call, without the empty ones and those of the knife."""
        text = self.emulator.call("printer.paper", device=device)["text"]
        self.emulator.call("printer.tear", device=device)
        return [line.strip()[:8] for line in text.splitlines() if line.strip() and line[:3] != "- -"]

    def test_1_taken_from_the_kernel(self):
        self.assertEqual((bound("1-1"), bound("1-2")), ("usbfs", "usbfs"))
        self.assertEqual(len(glob.glob("/dev/usb/lp*")), 1)  # the one that is not the service's
        with open(DEVICES_FOLDER + "1-1:1.0/bAlternateSetting", encoding="ascii") as file:
            self.assertEqual(file.read().strip(), "1")
        device = self.client.call("device.get", device="cheap-printer")["device"]
        # it answers no question; its device id does
        self.assertEqual((device["vendor"], device["model"]), ("STMicroelectronics", "POS58"))

    def test_2_receipt(self):
        self.wait_job(self.print("receipt", lines(60)), "printed")
        self.assertEqual(self.paper(), numbers(60))

    def test_3_asleep(self):
        pids = self.till.device_pids()
        self.assertEqual(sorted(pids), ["cheap-printer", "till-printer"])

        def switches():
            found = []
            for name in sorted(pids):
                with open("/proc/%d/status" % pids[name], encoding="ascii") as file:
                    found += [line for line in file if "ctxt_switches" in line]
            return found

        def threads():
            return [len(os.listdir("/proc/%d/task" % pid)) for pid in pids.values()]
        before = switches()
        select.poll().poll(IDLE_MS)
        self.assertEqual(switches(), before)
        self.assertEqual(threads(), [1, 1])

    def test_4_paper_out(self):
        self.emulator.call("printer.set", paper="empty")
        self.wait_device("till-printer", lambda d: "rec_empty" in d["reasons"])
        self.emulator.call("printer.set", paper="ok")
        self.wait_device("till-printer", lambda d: not d["reasons"])
        # in the middle: what the printer does not take stays in the host
        self.emulator.call("printer.fault", paper="empty", after_lines=10)
        job = self.print("paper", lines(150))
        self.wait_device("till-printer", lambda d: "rec_empty" in d["reasons"])
        self.emulator.call("printer.set", paper="ok")
        self.wait_job(job, "printed")
        self.assertEqual(self.paper(), numbers(150))

    def test_5_port_status_while_nothing_is_taken(self):
        self.emulator.call("printer.set", device="cheap-printer", paper="empty")
        job = self.print("port", lines(60), "cheap-printer")
        # the printer has no voice, its pipe is held: only the control pipe can tell
        device = self.wait_device("cheap-printer", lambda d: "rec_empty" in d["reasons"])
        self.assertEqual(device["status"]["paper"], "empty")
        self.assertEqual(self.emulator.call("printer.state", device="cheap-printer")["received"] < 1000, True)
        self.emulator.call("printer.set", device="cheap-printer", paper="ok")
        self.wait_job(job, "sent_unconfirmed")
        self.assertEqual(self.paper("cheap-printer"), numbers(60))
        self.assertEqual(self.wait_device("cheap-printer", lambda d: not d["reasons"])["status"]["paper"], "ok")

    def test_6_unplugged_in_mid_job(self):
        self.emulator.call("printer.fault", disconnect=True, after_bytes=700)
        job = self.print("unplug", lines(60))
        device = self.wait_device("till-printer", lambda d: d["state"] == "offline")
        self.assertEqual(device["reasons"], ["unplugged"])
        self.plug()
        self.wait_job(job, "printed")
        printed = self.paper()
        self.assertEqual(printed.count("*** REPR"), 1, printed)
        mark = printed.index("*** REPR")
        self.assertEqual(printed[:mark], numbers(mark))
        self.assertLess(mark, 60)
        self.assertEqual(printed[mark + 1:], numbers(60))
        self.assertEqual(bound("1-1"), "usbfs")

    def test_7_moved_to_another_port(self):
        self.emulator.call("device.unplug", device="till-printer")
        self.wait_device("till-printer", lambda d: d["state"] == "offline")
        self.emulator.call("device.plug", device="till-printer")
        self.plug(4)
        self.wait_device("till-printer", lambda d: d["state"] == "ready")
        self.assertEqual(bound("1-5"), "usbfs")
        self.wait_job(self.print("moved", lines(3)), "printed")
        self.assertEqual(self.paper(), numbers(3))

    def test_8_stalls(self):
        for word in ("stall_out", "stall_in", "babble"):
            self.emulator.call("device.fault", device="till-printer", usb=word)
            self.wait_job(self.print(word, lines(5)), "printed")
            self.assertEqual(self.paper(), numbers(5), word)

    def test_a_released_while_idle(self):
        """A driver by hand gives its printer to the kernel's driver when it is quiet, and has it again for a job."""
        process = subprocess.Popen([BUILD + "/bin/poshal-device", "--driver", "escpos", "--connect",
                                    "usb:04b8:0e15?serial=VM000003", "--option", "profile=epson-tm-t20ii", "--option",
                                    "idle_release_s=1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: bound("1-3") == "usbfs", "the driver does not take the printer")
        wait_until(lambda: bound("1-3") == "usblp", "the driver does not give the printer back")
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "printer.print",
                                        "params": {"job": "j", "document": lines(3)}}) + "\n")
        process.stdin.flush()
        states = []
        for line in process.stdout:
            message = json.loads(line)
            if message.get("method") == "device.state":
                states.append(message["params"]["state"])
            if message.get("method") == "job.end":
                self.assertEqual(message["params"]["outcome"], "printed")
                break
        self.assertEqual(states, ["ready"])
        self.assertEqual(self.paper("other-printer"), numbers(3))
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        process.stdout.close()
        self.assertEqual(bound("1-3"), "usblp")

    def by_hand(self, *prefix):
        """The last device.state of a driver started beside the service."""
        process = subprocess.Popen([*prefix, BUILD + "/bin/poshal-device", "--driver", "escpos", "--connect",
                                    "usb:04b8:0e15?serial=VM000001"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            for line in process.stdout:
                message = json.loads(line)
                if message["method"] == "device.state":
                    return message["params"]
        finally:
            process.stdin.close()
            process.wait(DEADLINE)
            process.stdout.close()
        return None

    def test_9_refusals_in_words(self):
        pid = self.till.device_pids()["till-printer"]
        state = self.by_hand()
        self.assertEqual((state["state"], state["reasons"]), ("offline", ["busy_elsewhere"]))
        self.assertIn("poshal-device (process %d) has the printer (interface 0, driver usbfs)" % pid,
                      state["message"])
        state = self.by_hand("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
        self.assertEqual((state["state"], state["reasons"]), ("offline", ["no_permission"]))
        self.assertIn("no permission to open /dev/bus/usb/001/", state["message"])
        # the printer is still the service's
        self.wait_job(self.print("still", lines(2)), "printed")
        self.assertEqual(self.paper(), numbers(2))

    def test_z_given_back(self):
        self.till.daemon.stop()
        wait_until(lambda: bound("1-5") == bound("1-2") == "usblp" and len(glob.glob("/dev/usb/lp*")) == 3,
                   "usblp did not get its printers back")


if __name__ == "__main__":
    unittest.main(testRunner=Runner)
