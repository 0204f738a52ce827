"""In the guest: the installed service under systemd, with its own user, udev's rules and the kernel's own nodes."""
import glob
import grp
import os
import pwd
import re
import stat
import subprocess
import sys
import unittest

from poshal_test import BUILD, DEADLINE, Process, Rpc, RpcError, answers, wait_until

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
"""
CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = till-printer\n"
DEVICES = """[device till-printer]
driver = escpos
connection = usb:04b8:0e15?serial=VM000001
profile = epson-tm-t20ii

[device lane]
driver = scanner-serial
connection = serial:usb=05e0:1701

[device counter]
driver = scanner-serial
connection = serial:usb=067b:2303

[device pole]
driver = display-escpos
connection = serial:usb=0403:6001
"""
# in the order of the bench: the first free port each
PORTS = {"till-printer": "1-1", "desk-1": "1-2", "desk-2": "1-3", "lane": "1-4", "counter": "1-5", "pole": "1-6",
         "typing": "1-7"}
SOCKET = "/run/poshal/poshal.sock"
ROOT = "/run/bench"
RULES = "/etc/udev/rules.d/72-poshal-local.rules"
CYCLES = 10  # of five devices each


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

    @classmethod
    def tearDownClass(cls):
        if cls.bench:
            cls.bench.stop()

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
        event = self.rpc.event("scanner.data", device=device)
        self.assertEqual(event["data"]["text"], text)

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
                               "/out/bench.log", ready=lambda: answers(ROOT + "/run/emulator.sock"))
        System.emulator = Rpc(ROOT + "/run/emulator.sock", hello=False)
        # nobody has called it: the tag of a recognised node does
        wait_until(lambda: show("poshald.service", "ActiveState") == ["active"], "no device starts the service")
        System.rpc = Rpc(SOCKET)
        self.call("events.subscribe", topics=["device", "job"])

    def test_2_nodes(self):
        run("udevadm", "settle")
        for name in ("desk-1", "desk-2"):
            node, = nodes(name, "hidraw")
            properties, tags = known(node)
            self.assertEqual(access(node), ("poshal", "0o660"))
            self.assertEqual({key: properties.get(key) for key in ("ID_POSHAL", "ID_POSHAL_CLASS", "ID_POSHAL_PROTO")},
                             {"ID_POSHAL": "1", "ID_POSHAL_CLASS": "scanner", "ID_POSHAL_PROTO": "hidpos"})
            self.assertIn("-usb-0:%s:1.0" % PORTS[name].split("-")[1], properties["ID_PATH"])
            self.assertEqual(tags & {"poshal", "uaccess"}, {"poshal"})
            self.assertEqual(read("/sys/bus/usb/devices/%s/power/control" % PORTS[name]), "on\n")
        # by its id
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
        for name in ("counter", "pole"):
            device = self.wait_device(name, lambda d: d["state"] == "offline" and d["reasons"] != ["starting"])
            self.assertEqual(device["reasons"], ["no_permission"])
        with open(RULES, "w", encoding="ascii") as file:
            for name in ("counter", "pole"):
                properties, _ = known(nodes(name, "tty")[0])
                file.write('SUBSYSTEM=="tty", ENV{ID_PATH}=="%s", ENV{ID_VENDOR_ID}=="%s", GROUP="poshal", MODE="0660", '
                           'ENV{ID_MM_PORT_IGNORE}="1", TAG-="uaccess", TAG+="poshal"\n'
                           % (properties["ID_PATH"], properties["ID_VENDOR_ID"]))
            properties, _ = known([node for node in nodes("typing", "input") if "event" in node][0])
            file.write('SUBSYSTEM=="input", KERNEL=="event*", ENV{ID_PATH}=="%s", ENV{ID_VENDOR_ID}=="05e0", '
                       'ENV{LIBINPUT_IGNORE_DEVICE}="1", GROUP="poshal", MODE="0660", TAG-="power-switch", '
                       'TAG-="uaccess", TAG+="poshal"\n' % properties["ID_PATH"])
        run("udevadm", "control", "--reload")
        run("udevadm", "trigger", "--action=change", "--subsystem-match=tty", "--subsystem-match=input", "--settle")
        for name in ("counter", "pole"):
            self.assertEqual(access(nodes(name, "tty")[0]), ("poshal", "0o660"))
        event, = [node for node in nodes("typing", "input") if "event" in node]
        properties, tags = known(event)
        self.assertEqual((access(event), properties["LIBINPUT_IGNORE_DEVICE"]), (("poshal", "0o660"), "1"))
        self.assertEqual(tags & {"poshal", "uaccess", "power-switch"}, {"poshal"})
        self.wait_ready("counter", "pole")

    def test_6_data_both_ways(self):
        # usbfs
        job = self.call("printer.print", device="receipt", key="receipt", document=lines(60))["job"]
        self.rpc.event("job.state", state="printed")
        text = self.emulator.call("printer.paper", device="till-printer")["text"]
        self.assertEqual([line.strip()[:8] for line in text.splitlines() if line.startswith("line ")],
                         ["line %03d" % i for i in range(60)], job)
        # ttyACM, ttyUSB
        self.claim("lane", "counter")
        self.scan("lane", "lane", "4006381333931")
        self.scan("counter", "counter", "HELLO-123")
        self.call("display.show", device="pole", lines=["TOTAL", "3.50"])
        self.emulator.call("display.wait", device="pole", row=2, text="3.50")

    def test_7_twins(self):
        """Two equal scanners without serial numbers, at hidraw: each has the name of its port."""
        found = [d["id"] for d in self.call("device.list")["devices"] if d["driver"] == "scanner-hid"]
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
        self.plug("till-printer")
        self.rpc.event("job.state", state="printed")
        printed = [line.strip()[:8] for line in
                   self.emulator.call("printer.paper", device="till-printer")["text"].splitlines() if line.strip()]
        self.assertEqual(printed.count("*** REPR"), 1, printed)

    def plug(self, name):
        def done():
            try:
                self.emulator.call("device.plug", device=name)
                return True
            except RpcError as error:  # the kernel still holds the port
                self.assertEqual(error.name, "Busy")
                return False
        wait_until(done, "the port of %s is not free again" % name)

    def test_9_fifty_replugs(self):
        names = {"desk-1": self.desks["desk-1"], "desk-2": self.desks["desk-2"], "lane": "lane", "counter": "counter",
                 "pole": "pole"}
        for cycle in range(CYCLES):
            for name in names:
                self.emulator.call("device.unplug", device=name)
            for device in names.values():
                self.wait_device(device, lambda d: d["state"] == "offline")
            for name in names:
                self.plug(name)
            self.wait_ready(*names.values())
            for name, device in names.items():
                if name != "pole":
                    self.scan(name, device, "%s after %d" % (name, cycle))
            print("cycle %d at %s" % (cycle, read("/proc/uptime").split()[0]), flush=True)
        self.assertEqual(access(nodes("desk-1", "hidraw")[0]), ("poshal", "0o660"))
        self.assertEqual(len(glob.glob("/dev/hidraw*")), 3)  # none is left behind

    def test_a_killed_and_activated(self):
        """systemd starts it again; the socket of before is the socket; so does a call on the bus."""
        inode = os.stat(SOCKET).st_ino
        pid, = show("poshald.service", "MainPID")
        os.kill(int(pid), 9)
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


if __name__ == "__main__":
    sys.exit(unittest.main(failfast="--all" not in sys.argv))
