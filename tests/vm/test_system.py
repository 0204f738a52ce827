"""In the guest: the installed service under systemd, with its own user, udev's rules and the kernel's own nodes."""
import glob
import grp
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import unittest

from poshal_test import BUILD, DEADLINE, SOURCE, Process, Rpc, wait_until
from timed import Runner

BENCH = """[printer till-printer]
plug = usbip
buffer = 1024
maker = EPSON
model = TM-T20II
serial = VM000001
usb_interface = alternates

[scanner desk-1]
protocol = hidpos

[scanner desk-2]
protocol = hidpos

[scanner lane]
protocol = honeywell
usb = cdc
usb_id = 05e0:1701

[scanner counter]
protocol = serial
usb = pl2303
usb_id = 067b:2303

[display pole]
usb = ftdi
usb_id = 0403:6001
set = epson

[scanner typing]
protocol = wedge

[scanner oem]
protocol = oem-hand

[scanner table]
protocol = oem-table

[scanner snapi]
protocol = snapi

[scale plate]
protocol = hid

[scale till-scale]
protocol = oem

[msr swipe]
protocol = magtek

[drawer box]
protocol = posiflex

[drawer star]
protocol = star
plug = usbip

[reader slot]
port = 35963

[host acquirer-host]
packing = ascii
check_icc = yes
"""
CONFIG = """[service]
log_level = debug

[payments]
terminal_id = PHTEST01
merchant_id = POSHALTEST00001
merchant_name = poshal test shop

[roles]
receipt = till-printer
"""
ACQUIRER = """[acquirer]
host = 127.0.0.1
port = %s
dialect = iso87-ascii
tid = PHTEST01
mid = POSHALTEST00001
acquirer_id = 123456
"""
READER_UNIT = "poshal-device-emv@card-reader.service"
DEVICES = """[device till-printer]
driver = escpos
connection = usb:04b8:0e15?serial=VM000001
profile = epson-tm-t20ii

[device lane]
driver = scanner-serial
connection = serial:usb=05e0:1701
terminator = cr

[device snapi]
driver = scanner-hid
connection = hid:05e0:1900

[device swipe]
driver = msr-hid
connection = hid:0801:0002
clear_prefixes = 9826

[device card-reader]
driver = emv-pcsc
connection = pcsc:
parameters = /etc/poshal/emv.json
parameters_key = /etc/poshal/emv-signer.json
seal_key = /etc/poshal/acquirer-key.public
dial_in_user = poshal-reader
"""
# in the order of the bench: the first free port each
PORTS = {name: "1-%d" % (i + 1) for i, name in enumerate(re.findall(r"^\[\w+ (\S+)\]", BENCH, re.M))}
# what poshal_id says of each
KINDS = {"desk-1": ("scanner", "hidpos"), "desk-2": ("scanner", "hidpos"), "oem": ("scanner", "ibmoem-hand"),
         "table": ("scanner", "ibmoem-table"), "snapi": ("scanner", "snapi"), "plate": ("scale", "hidscale"),
         "till-scale": ("scale", "ibmoem-scale"), "swipe": ("msr", "magtek"), "box": ("drawer", "posiflex-drawer")}
# what nobody knows until a person says it
# what ends a label is said: silence would end one, too, whenever the virtual machine has to wait for the real one
ADOPTED = {"counter": ("scanner-serial", "serial:usb=067b:2303", "terminator=cr"),
           "pole": ("display-escpos", "serial:usb=0403:6001"),
           "typing": ("scanner-wedge", "evdev:05e0:1200", "idle_ms=5000")}
SOCKET = "/run/poshal/poshal.sock"
WAIT_MS = int(DEADLINE * 1000)
ROOT = "/run/bench"
RULES = "/etc/udev/rules.d/72-poshal-local.rules"
# 50 in all; one that comes five times within a minute is left alone, but for those that somebody has configured
REPLUGS = [("till-printer", "lane", "counter", "pole", "desk-1", "desk-2")] * 3 + [("till-printer", "lane", "counter", "pole")] * 8


def run(*argv, check=True):
    return subprocess.run(argv, check=check, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL).stdout


def show(unit, *properties):
    out = run("systemctl", "show", unit, *("-p" + name for name in properties))
    return [dict(line.split("=", 1) for line in out.splitlines())[name] for name in properties]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def nodes(name, subsystem):
    """The nodes of a device of the bench, by the port it is plugged into."""
    return sorted("/dev/" + re.search(r"^DEVNAME=(.*)$", read(path + "/uevent"), re.M).group(1)
                  for path in glob.glob("/sys/class/%s/*" % subsystem)
                  if "/usb1/%s/" % PORTS[name] in os.path.realpath(path) + "/" and os.path.exists(path + "/dev"))


def usb_node(name):
    return "/dev/" + re.search(r"^DEVNAME=(.*)$", read("/sys/bus/usb/devices/%s/uevent" % PORTS[name]), re.M).group(1)


def known(node):
    """(properties, tags) of a node as udev has them; None while it is not done with it."""
    number = os.stat(node).st_rdev
    path = "/run/udev/data/c%d:%d" % (os.major(number), os.minor(number))
    if not os.path.exists(path):
        return None
    data = read(path).splitlines()
    return (dict(line[2:].split("=", 1) for line in data if line.startswith("E:")),
            {line[2:] for line in data if line.startswith("Q:")})


def access(node):
    found = os.stat(node)
    return grp.getgrgid(found.st_gid).gr_name, oct(stat.S_IMODE(found.st_mode))


def status_of(pid):
    return dict(line.split(":\t", 1) for line in read("/proc/%d/status" % pid).splitlines() if ":\t" in line)


def lines(count):
    return {"body": [{"text": "line %03d %s" % (i, "." * 20)} for i in range(count)]}


class System(unittest.TestCase):
    """One till for all of them; the order is that of the names."""
    bench = None
    rpc = None

    @classmethod
    def setUpClass(cls):
        run("modprobe", "vhci-hcd")
        for folder in ("/etc/poshal/devices.d", ROOT):
            os.makedirs(folder, exist_ok=True)
        for path, text in (("/etc/poshal/poshal.conf", CONFIG), ("/etc/poshal/devices.d/till.conf", DEVICES),
                           (ROOT + "/bench.ini", BENCH)):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        cls.write_payment_files()

    @staticmethod
    def write_payment_files():
        """Parameters with test keys, and the acquirer's key, as packaging/README.md says."""
        for name in ("emv.json", "emv.json.sig"):
            shutil.copy("%s/data/emv/%s" % (SOURCE, name.replace("emv", "test")), "/etc/poshal/" + name)
        with open("/etc/poshal/emv-signer.json", "w", encoding="ascii") as file:
            json.dump({"public_b64": read(SOURCE + "/data/emv/test.pub").strip()}, file)
        run("poshal-acquirer", "--new-key", "2026-1", "--out", "/etc/poshal/acquirer-key",
            "--public", "/etc/poshal/acquirer-key.public")

    @classmethod
    def tearDownClass(cls):
        if cls.bench:
            cls.emulator.close()
            cls.bench.stop()
        if cls.rpc:
            cls.rpc.close()

    @classmethod
    def call(cls, method, **params):
        return cls.rpc.call(method, **params)

    def wait_device(self, name, accept):
        while True:
            device = self.call("device.get", device=name)["device"]
            if accept(device):
                return device
            self.rpc.wait_for(lambda m: m.get("params", {}).get("topic", "").startswith("device."))

    def wait_ready(self, *names):
        return [self.wait_device(name, lambda d: d["state"] == "ready") for name in names]

    def scan(self, name, device, text):
        """A label of the bench's scanner `name` arrives from the service's `device`."""
        self.emulator.call("scanner.scan", device=name, text=text)
        try:
            event = self.rpc.event("scanner.data", device=device)
        except TimeoutError as lost:
            self.fail("%s: %s; the service knows %s, counted %s" % (
                name, lost, self.call("device.get", device=device)["device"], self.call("device.statistics", device=device)))
        self.assertEqual(event["data"]["text"], text, name)

    def claim(self, *devices):
        for device in devices:
            self.call("device.claim", device=device)
            self.call("scanner.enable", device=device)

    def test_1_a_device_starts_the_service(self):
        self.assertEqual(show("poshald.socket", "ActiveState", "SubState"), ["active", "listening"])
        self.assertEqual(show("poshald.service", "ActiveState", "LoadState"), ["inactive", "loaded"])
        self.assertEqual(access("/run/poshal/poshal.sock"), ("poshal", "0o660"))
        self.assertEqual(access("/run/poshal"), ("poshal", "0o750"))
        System.bench = Process([BUILD + "/bin/poshal-emulate", "bench", ROOT + "/bench.ini", "--root", ROOT, "--vhci"],
                               "/out/bench.log", serves=ROOT + "/run/emulator.sock")
        System.emulator = Rpc(ROOT + "/run/emulator.sock", hello=False)
        # nobody has called it: the tag of a recognised node does
        wait_until(lambda: show("poshald.service", "ActiveState") == ["active"], "no device starts the service")
        System.rpc = Rpc(SOCKET)
        self.call("events.subscribe", topics=["device", "job"])

    def test_2_nodes(self):
        run("udevadm", "settle")
        for name, (class_, proto) in KINDS.items():
            with self.subTest(name):
                node, = nodes(name, "hidraw")
                properties, tags = known(node)
                self.assertEqual([properties.get("ID_POSHAL" + key) for key in ("", "_CLASS", "_PROTO")],
                                 ["1", class_, proto])
                self.assertEqual(access(node), ("poshal", "0o660"))
                self.assertIn("-usb-0:%s:1.0" % PORTS[name].split("-")[1], properties["ID_PATH"])
                self.assertEqual(tags & {"poshal", "uaccess"}, {"poshal"})
                self.assertEqual(read("/sys/bus/usb/devices/%s/power/control" % PORTS[name]), "on\n")
        # by its id: a vendor's interface behind usbfs, a tty
        properties, tags = known(usb_node("star"))
        self.assertEqual((access(usb_node("star")), properties["ID_POSHAL_NODE"]), (("poshal", "0o660"), "usb"))
        self.assertIn("poshal", tags)
        node, = nodes("lane", "tty")
        properties, tags = known(node)
        self.assertRegex(node, "/dev/ttyACM")
        self.assertEqual(access(node), ("poshal", "0o660"))
        self.assertEqual((properties["ID_POSHAL_NODE"], properties["ID_MM_PORT_IGNORE"]), ("tty", "1"))
        self.assertIn("poshal", tags)
        # a printer is shared with CUPS
        properties, tags = known(usb_node("till-printer"))
        self.assertEqual(access(usb_node("till-printer")), ("lp", "0o660"))
        self.assertEqual((properties["ID_POSHAL_CLASS"], properties["ID_MM_DEVICE_IGNORE"]), ("printer", "1"))
        self.assertIn("poshal", tags)

    def test_3_nodes_left_alone(self):
        for name, subsystem, group, mode in (("counter", "tty", "dialout", "0o660"), ("pole", "tty", "dialout", "0o660"),
                                             ("typing", "input", "input", "0o660"), ("typing", "hidraw", "root", "0o600")):
            for node in nodes(name, subsystem):
                with self.subTest(node):
                    properties, tags = known(node)
                    self.assertNotIn("ID_POSHAL", properties)
                    self.assertNotIn("poshal", tags)
                    self.assertEqual(access(node), (group, mode))
        self.assertRegex(nodes("pole", "tty")[0], "/dev/ttyUSB")
        # recognised as a tty: its usbfs node is nobody's business
        self.assertEqual(access(usb_node("lane")), ("root", "0o664"))

    def test_4_user_and_sandbox(self):
        pid, = show("poshald.service", "MainPID")
        poshal, lp = pwd.getpwnam("poshal"), grp.getgrnam("lp").gr_gid
        self.wait_ready("till-printer", "lane")
        children = run("pgrep", "-P", pid).split()
        self.assertGreaterEqual(len(children), 2)
        for process in (pid, *children):
            found = status_of(int(process))
            self.assertEqual(found["Uid"].split(), [str(poshal.pw_uid)] * 4)
            self.assertEqual(found["Gid"].split(), [str(poshal.pw_gid)] * 4)
            self.assertEqual(set(found["Groups"].split()), {str(lp), str(poshal.pw_gid)})
            self.assertEqual((found["CapEff"], found["NoNewPrivs"], found["Seccomp"]), ("0" * 16, "1", "2"))
        # what is readable for all is hidden, what is writable for the user is not
        self.assertEqual(access("/var/lib/poshal"), ("poshal", "0o750"))
        for log in (run("journalctl", "-b", "--no-pager", "-u", "poshald"),):
            self.assertNotIn("Operation not permitted", log)

    def test_5_adopted_by_a_rule(self):
        found = {row.get("node") for row in self.call("device.discover")["found"]}
        event, = [node for node in nodes("typing", "input") if "event" in node]
        self.assertLessEqual({nodes("counter", "tty")[0], nodes("pole", "tty")[0], event}, found)
        for name, words in ADOPTED.items():
            run("poshalctl", "adopt", name, *words)
            self.wait_device(name, lambda d: d["reasons"] == ["no_permission"])
            self.assertEqual(access("/etc/poshal/devices.d/%s.conf" % name)[0], "poshal")
        self.assertEqual(read(RULES).count("\nSUBSYSTEM"), 3)
        run("udevadm", "control", "--reload")
        # not all of them: a kernel has seventy terminals
        run("udevadm", "trigger", "--action=change", "--settle", nodes("counter", "tty")[0], nodes("pole", "tty")[0], event)
        for name in ("counter", "pole"):
            self.assertEqual(access(nodes(name, "tty")[0]), ("poshal", "0o660"))
        properties, tags = known(event)
        self.assertEqual((access(event), properties["LIBINPUT_IGNORE_DEVICE"]), (("poshal", "0o660"), "1"))
        self.assertEqual(tags & {"poshal", "uaccess", "power-switch"}, {"poshal"})
        self.wait_ready(*ADOPTED)

    def test_6_data_both_ways(self):
        # usbfs
        job = self.call("printer.print", device="receipt", key="receipt", document=lines(60))["job"]
        self.rpc.event("job.state", state="printed")
        text = self.emulator.call("printer.paper", device="till-printer")["text"]
        self.assertEqual([line.strip()[:8] for line in text.splitlines() if line.startswith("line ")],
                         ["line %03d" % i for i in range(60)], job)
        # ttyACM, ttyUSB, evdev; hidraw is with the twins
        self.claim("lane", "counter", "typing")
        # the kernel keeps 64 events of a keyboard, ten keys, and no real one is as fast as this one
        for name, text in (("lane", "4006381333931"), ("counter", "4006381333931"), ("typing", "400638")):
            self.scan(name, name, text)
        self.call("display.show", device="pole", lines=["TOTAL", "3.50"])
        self.emulator.call("display.wait", device="pole", row=2, text="3.50")

    def served(self, name):
        """The service's device at the port of the bench's `name`; nobody has configured it."""
        found, = [d["id"] for d in self.call("device.list")["devices"]
                  if re.search(r"port=%s\b" % PORTS[name], d["connection"])]
        return found

    def wait_scanner(self, name, **state):
        self.emulator.call("scanner.wait", device=name, timeout_ms=WAIT_MS, **state)

    def test_6b_scanners_that_are_switched_on(self):
        """OEM and SNAPI: reports of the host switch them, labels are short and of many reports."""
        for name in ("oem", "table", "snapi"):
            with self.subTest(name):
                device = "snapi" if name == "snapi" else self.served(name)
                self.wait_ready(device)
                self.wait_scanner(name, enabled=False)  # nobody wants its labels
                self.claim(device)
                self.wait_scanner(name, enabled=True)
                for symbology, text in (("ean13", "4006381333931"), ("qr", "%s %s" % (name, "x" * 500))):
                    self.emulator.call("scanner.scan", device=name, text=text, symbology=symbology)
                    data = self.rpc.event("scanner.data", device=device)["data"]
                    self.assertEqual((data["text"], data["symbology"]), (text, symbology))
        self.call("scanner.beep", device=self.served("oem"))
        self.wait_scanner("oem", good=1)
        self.call("scanner.trigger", device="snapi")
        self.wait_scanner("snapi", triggered=True)
        self.call("scanner.disable", device="snapi")
        self.wait_scanner("snapi", enabled=False)

    def test_6c_scales(self):
        for name, weight in (("plate", "1.234"), ("till-scale", "01.234")):
            with self.subTest(name):
                device = self.served(name)
                self.wait_ready(device)
                self.call("device.claim", device=device)
                self.emulator.call("scale.put", device=name, weight="1.234")
                read = self.call("scale.read", device=device, timeout_ms=60000)
                self.assertEqual((read["weight"], read["unit"], read["stable"]), (weight, "kg", True))
        # what is on the plate becomes its zero, said by a report to it
        device = self.served("plate")
        self.emulator.call("scale.put", device="plate", weight="0.020")
        self.emulator.call("scale.wait", device="plate", state="stable", timeout_ms=WAIT_MS)
        self.call("scale.zero", device=device)
        wait_until(lambda: self.emulator.call("scale.state", device="plate")["net"].strip() == "0.000", "it is not zeroed")
        self.emulator.call("scale.put", device="plate", weight="1.020")
        self.assertEqual(self.call("scale.read", device=device, timeout_ms=60000)["weight"], "1.000")

    def test_6d_stripe_reader(self):
        """A staff card in clear, a payment card masked and nowhere else."""
        self.wait_ready("swipe")
        self.call("device.claim", device="swipe")
        self.call("msr.enable", device="swipe")
        self.emulator.call("msr.swipe", device="swipe", kind="staff")
        data = self.rpc.event("msr.data", device="swipe")["data"]
        self.assertEqual((data["clear"], data["account_number"]), (True, "9826000000001234"))
        self.call("msr.enable", device="swipe")
        self.emulator.call("msr.swipe", device="swipe", number="4111111111111111")
        data = self.rpc.event("msr.data", device="swipe")["data"]
        self.assertEqual((data["clear"], data["masked_pan"]), (False, "411111******1111"))
        self.assertNotIn("4111111111111111", repr((data, self.rpc.notifications)))
        self.assertNotIn("4111111111111111", run("journalctl", "-b", "--no-pager", "-u", "poshald"))
        kept = glob.glob("/var/lib/poshal/**", recursive=True)
        self.assertIn("/var/lib/poshal/journal.db", kept)
        for path in filter(os.path.isfile, kept):
            with open(path, "rb") as file:
                self.assertNotIn(b"4111111111111111", file.read(), path)

    def test_6e_drawers(self):
        """Opened, and closed by hand, by what their switches say: HID reports, and pipes behind usbfs."""
        for name in ("box", "star"):
            with self.subTest(name):
                device = self.served(name)
                self.wait_ready(device)
                self.assertEqual(self.call("drawer.open", device=device, key="open " + name), {"outcome": "opened"})
                self.assertEqual(self.emulator.call("drawer.state", device=name)["pulses"], 1)
                self.assertEqual(self.call("drawer.status", device=device)["state"], "open")
                closing = self.rpc.send("drawer.waitForClose", {"device": device, "timeout_ms": WAIT_MS})
                self.call("rpc.ping")
                self.emulator.call("drawer.set", device=name, open=False)
                self.assertEqual(self.rpc.result(closing), {"state": "closed"})
                self.assertEqual(self.call("drawer.status", device=device)["state"], "closed")

    def test_7_twins(self):
        """Two equal scanners without serial numbers, at hidraw: each has the name of its port."""
        found = [d["id"] for d in self.call("device.list")["devices"]
                 if re.search(r"port=(%s|%s)\b" % (PORTS["desk-1"], PORTS["desk-2"]), d["connection"])]
        self.assertEqual(len(found), 2)
        self.wait_ready(*found)
        by_port = {}
        self.claim(*found)
        for name in ("desk-1", "desk-2"):
            self.emulator.call("scanner.scan", device=name, text=name)
            event = self.rpc.event("scanner.data")
            self.assertEqual(event["data"]["text"], name)
            by_port[name] = event["device"]
        self.assertEqual(sorted(by_port.values()), sorted(found))
        System.desks = by_port
        # and the other way: an output report
        self.call("scanner.beep", device=by_port["desk-2"])
        self.emulator.call("scanner.wait", device="desk-2", good=1)
        self.assertEqual(self.emulator.call("scanner.state", device="desk-1")["good"], 0)

    def test_8_unplugged_in_mid_transfer(self):
        self.emulator.call("printer.tear", device="till-printer")
        self.emulator.call("printer.fault", disconnect=True, after_bytes=700)
        self.call("printer.print", device="receipt", key="unplug", document=lines(60))
        self.wait_device("till-printer", lambda d: d["reasons"] == ["unplugged"])
        self.rpc.event("job.state", state="printed")
        printed = [line.strip()[:8] for line in
                   self.emulator.call("printer.paper", device="till-printer")["text"].splitlines() if line.strip()]
        self.assertEqual(printed.count("*** REPR"), 1, printed)

    def test_9_fifty_replugs(self):
        def nodes_now():
            return sorted(glob.glob("/dev/hidraw*") + glob.glob("/dev/ttyACM*") + glob.glob("/dev/ttyUSB*"))
        before = nodes_now()
        self.assertEqual(sum(len(names) for names in REPLUGS), 50)
        for cycle, names in enumerate(REPLUGS):
            for name in names:
                self.emulator.call("device.unplug", device=name)
            for name in names:
                self.wait_device(self.desks.get(name, name), lambda d: d["state"] == "offline")
            for name in names:
                self.emulator.call("device.plug", device=name)  # as soon as the kernel lets go of the port
            self.wait_ready(*(self.desks.get(name, name) for name in names))
            for name in set(names) - {"pole", "till-printer"}:
                self.scan(name, self.desks.get(name, name), "%s after %d" % (name, cycle))
        self.call("display.show", device="pole", lines=["AGAIN", "7.00"])
        self.emulator.call("display.wait", device="pole", row=2, text="7.00")
        self.assertEqual(access(nodes("desk-1", "hidraw")[0]), ("poshal", "0o660"))
        self.assertEqual(nodes_now(), before)  # none is left behind

    def test_a_killed_and_activated(self):
        """systemd starts it again; the socket of before is the socket; so does a call on the bus."""
        inode = os.stat(SOCKET).st_ino
        pid, = show("poshald.service", "MainPID")
        os.kill(int(pid), 9)
        System.rpc.close()
        System.rpc = Rpc(SOCKET)
        self.assertNotEqual(show("poshald.service", "MainPID"), [pid])
        self.assertEqual(os.stat(SOCKET).st_ino, inode)
        self.call("events.subscribe", topics=["device", "job"])
        self.wait_ready("till-printer", *self.desks.values())
        System.rpc.close()
        run("systemctl", "stop", "poshald.service")
        out = run("busctl", "call", "--timeout=60", "org.poshal1", "/org/poshal1", "org.poshal1.Manager", "ListDevices",
                  "a{sv}", "0")
        self.assertIn("till-printer", out)
        self.assertEqual(show("poshald.service", "ActiveState"), ["active"])
        out = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "busctl", "call", "org.poshal1",
                  "/org/poshal1", "org.poshal1.Manager", "ListDevices", "a{sv}", "0", check=False)
        self.assertIn("ccess denied", out)

    def sandboxed(self, unit, user):
        """The process of a unit, which is its user's alone, confined, and not to be looked into."""
        pid, = show(unit, "MainPID")
        found = status_of(int(pid))
        self.assertEqual(found["Uid"].split(), [str(pwd.getpwnam(user).pw_uid)] * 4, unit)
        self.assertEqual(found["Groups"].split(), [str(pwd.getpwnam(user).pw_gid)], unit)
        self.assertEqual((found["CapEff"], found["NoNewPrivs"], found["Seccomp"]), ("0" * 16, "1", "2"), unit)
        self.assertEqual(os.stat("/proc/%s/mem" % pid).st_uid, 0, unit)  # not dumpable
        self.assertRegex(read("/proc/%s/limits" % pid), r"Max core file size +0 +0")
        return pid

    def test_b_card_payment(self):
        """Reader and acquirer's link are units of their own; a chip card pays, and its number is nowhere."""
        System.rpc.close()
        System.rpc = Rpc(SOCKET)
        self.call("events.subscribe", topics=["device"])
        host, = [d for d in self.emulator.call("bench.list")["devices"] if d["id"] == "acquirer-host"]
        with open("/etc/poshal/acquirer.conf", "w", encoding="ascii") as file:
            file.write(ACQUIRER % host["connection"].rpartition(":")[2])
        run("systemctl", "start", "poshal-acquirer.socket")
        # the service's alone; whoever connects starts the process, with root's key as a credential
        self.assertEqual(access("/run/poshal/acquirer.sock"), ("poshal", "0o600"))
        self.assertEqual(access("/etc/poshal/acquirer-key"), ("root", "0o600"))
        # the reader's unit went and came with the service
        self.wait_ready("card-reader")
        asked = self.rpc.send("payment.authorize", {"key": "vm", "amount": 1250, "currency": "EUR", "device": "card-reader"})
        self.rpc.wait_for(lambda m: m["method"] == "progress" and m["params"]["step"] == "insert_card")
        pan = self.emulator.call("card.insert", profile="visa-online", serial=4711)["pan"]
        paid = self.rpc.result(asked)
        self.assertEqual((paid["outcome"], paid["mode"], paid["amount_approved"], paid["masked_pan"]),
                         ("approved", "online", 1250, pan[:6] + "*" * (len(pan) - 10) + pan[-4:]))
        entry, = self.emulator.call("host.ledger", all=True)["entries"]
        self.assertEqual((entry["kind"], entry["amount"], entry["reversed"]), ("sale", 1250, False))
        self.sandboxed("poshal-acquirer.service", "poshal-acquirer")
        pid = self.sandboxed(READER_UNIT, "poshal-reader")
        # for the key that cards are told apart by
        self.assertEqual(access("/var/lib/poshal-reader"), ("poshal-reader", "0o700"))
        # of the service the socket for drivers, and no network
        self.assertEqual(os.listdir("/proc/%s/root/run/poshal" % pid), ["drivers.sock"])
        self.assertEqual(read("/proc/%s/net/dev" % pid).count(":"), 1)
        units = ("poshald", "poshal-acquirer", READER_UNIT, "pcscd")
        self.assertNotIn(pan, run("journalctl", "-b", "--no-pager", *("--unit=" + unit for unit in units)))


if __name__ == "__main__":
    unittest.main(failfast=True, testRunner=Runner)  # each test builds on those before it
