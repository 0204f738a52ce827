"""Devices that are plugged in and pulled out, as poshald sees them: a udev of the test's own (umockdev), no kernel needed."""

import os
import subprocess

from poshal_test import BUILD

USB = "/devices/pci0000:00/0000:00:14.0/usb1"


def node(kind, port, number, ids="0c2e:0b81", serial=None, interface=0, proto="hidpos", poshal=True,
         maker="Acme", model="Scanner", properties=()):
    """The description of a USB device with one node of this kind ("hidraw", "tty", "input") and that node's path."""
    vendor, product = ids.split(":")
    device = "%s/%s" % (USB, port)
    usb_interface = "%s/%s:1.%d" % (device, port, interface)
    id_path = "pci-0000:00:14.0-usb-0:%s" % port[2:]
    lines = ["P: " + device, "N: bus/usb/001/%03d" % number, "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device",
             "E: DEVNAME=/dev/bus/usb/001/%03d" % number,
             "E: ID_PATH=" + id_path, "A: idVendor=%s\\n" % vendor, "A: idProduct=%s\\n" % product, "A: busnum=1\\n",
             "A: devnum=%d\\n" % number, "A: manufacturer=%s\\n" % maker, "A: product=%s\\n" % model]
    if serial is not None:
        lines.append("A: serial=%s\\n" % serial)
    lines += ["", "P: " + usb_interface, "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_interface",
              "A: bInterfaceNumber=%02x\\n" % interface, ""]
    tags = ["E: ID_POSHAL=1", "E: TAGS=:poshal:", "E: CURRENT_TAGS=:poshal:"] if poshal else []
    if poshal and proto:
        tags.append("E: ID_POSHAL_PROTO=" + proto)
    tags.append("E: ID_PATH=%s:1.%d" % (id_path, interface))
    if kind == "hidraw":
        hid = "%s/0003:%s:%s.%04X" % (usb_interface, vendor.upper(), product.upper(), number)
        path = "%s/hidraw/hidraw%d" % (hid, number)
        lines += ["P: " + hid, "E: SUBSYSTEM=hid", "E: HID_ID=0003:0000%s:0000%s" % (vendor, product), "",
                  "P: " + path, "N: hidraw%d" % number, "E: SUBSYSTEM=hidraw"]
    elif kind == "tty":
        path = "%s/tty/ttyACM%d" % (usb_interface, number)
        lines += ["P: " + path, "N: ttyACM%d" % number, "E: SUBSYSTEM=tty"]
    else:
        path = "%s/input/input%d/event%d" % (usb_interface, number, number)
        lines += ["P: %s/input/input%d" % (usb_interface, number), "E: SUBSYSTEM=input", "",
                  "P: " + path, "N: input/event%d" % number, "E: SUBSYSTEM=input", "E: ID_INPUT_KEYBOARD=1"]
    devnode = next(line[3:] for line in reversed(lines) if line.startswith("N: "))
    tags.append("E: DEVNAME=/dev/" + devnode)
    return "\n".join(lines + tags + ["E: %s" % p for p in properties]) + "\n", path


class MockUdev:
    """The udev; `env` is for the processes that are to see it."""

    def __init__(self):
        self.process = subprocess.Popen(["umockdev-wrapper", BUILD + "/bin/mock_udev"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.env = {"UMOCKDEV_DIR": self.process.stdout.readline().strip(),
                    "LD_PRELOAD": BUILD + "/lib/mock_tags.so:libumockdev-preload.so.0"}
        self.plugged, self.parts = {}, {}
        self.number = 1

    def _say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ok\n":
            raise AssertionError("mock_udev has ended")

    def plug(self, port, kind="hidraw", **description):
        """A device comes; it always has another number, as with a kernel."""
        self.number += 1
        text, path = node(kind, port, self.number, **description)
        self._say("add %d\n%s" % (len(text.encode()), text))
        self.plugged[port] = "/sys" + path
        self.parts[port] = [line[3:] for line in text.split("\n") if line.startswith("P: ")]
        return self.plugged[port]

    def event(self, port, action):
        self._say("event %s %s\n" % (action, self.plugged[port]))

    def unplug(self, port):
        self.event(port, "remove")
        for part in reversed(self.parts.pop(port)):
            self._say("remove /sys%s\n" % part)
        del self.plugged[port]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
