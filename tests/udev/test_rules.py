"""The rules: written as udev wants them, and what they make of devices."""
import os
import shutil
import tempfile
import unittest

import descriptors
import rules

BUILD = os.environ["POSHAL_BUILD"]
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "udev")
TESTED = ("power/control", "device/../../power/control")


class Written(unittest.TestCase):
    """Faults that udevd passes over, at most with a line in the journal."""

    def read(self, text, first='ACTION=="remove", GOTO="end"\n', last='LABEL="end"\n'):
        with tempfile.NamedTemporaryFile("w", suffix=".rules") as file:
            file.write(first + text + last)
            file.flush()
            return rules.read(file.name)

    def test_faults_are_found(self):
        for text, complaint in (('KERNEL=="a" MODE="0660"', "a comma is missing"),
                                ('KERNEL=="a, MODE="0660"', "comma is missing"), ('KERNEL=="a', "cannot be read"),
                                ('KERNL=="a"', "is not a thing"), ('GROUP=="poshal"', "is not a thing"),
                                ('KERNEL="a"', "is not a thing"), ('ENV=="1"', "needs braces"),
                                ('SUBSYSTEM{x}=="tty"', "takes no braces"), ('MODE="0666"', "0660"),
                                ('GROUP="plugdev"', "group poshal"), ('TAG="poshal"', "throws away"),
                                ('TAG+="uaccess"', "whoever is logged in"), ('GOTO="nowhere"', "no label nowhere"),
                                ('LABEL="unused"', "nobody goes to"), ('IMPORT{builtin}="usb-id"', "no builtin"),
                                ('RUN+="/bin/true"', "SYSTEMD_WANTS")):
            with self.subTest(text), self.assertRaisesRegex(rules.Bad, complaint):
                self.read(text + "\n")
        with self.assertRaisesRegex(rules.Bad, "no label back behind it"):
            self.read('LABEL="back"\nGOTO="back"\n')
        with self.assertRaisesRegex(rules.Bad, "removals"):
            self.read("", first='KERNEL=="a", GOTO="end"\n')
        self.assertEqual(len(self.read('KERNEL=="a", MODE="0660"\n')), 3)

    def test_numbers(self):
        """Behind the lookups of udev (50, 60), before access lists are made (73)."""
        self.assertEqual(rules.by_name(SOURCE), ["71-poshal-access.rules"])
        self.assertEqual(rules.by_name(BUILD + "/udev"), ["65-poshal.rules"])


class Devices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.identify = rules.read(BUILD + "/udev/65-poshal.rules")
        cls.access = rules.read(SOURCE + "/71-poshal-access.rules")
        # as installed, but from the build
        cls.identify = [(number, [(k, a, o, cls.here(v) if k == "IMPORT" and a == "program" else v)
                                  for k, a, o, v in line]) for number, line in cls.identify]

    @staticmethod
    def here(command):
        program, argument = command.split(" ")
        assert os.path.isabs(program) and os.path.basename(program) == "poshal_id", program
        return f"{BUILD}/bin/poshal_id {argument}"

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def run_rules(self, device):
        rules.apply(self.identify, device)
        rules.apply(self.access, device)
        return device

    def hidraw(self, name, parents=("hid", "usb"), **env):
        os.makedirs(self.folder + "/device", exist_ok=True)
        with open(self.folder + "/device/report_descriptor", "wb") as file:
            file.write(descriptors.ALL[name] if isinstance(name, str) else name)
        return self.run_rules(rules.Device("hidraw", "hidraw0", self.folder, parents=parents, env=env, tags=("uaccess",),
                                           files={TESTED[1]: "auto"} if "usb" in parents else {}))

    def given(self, device):
        return (device.group, device.mode, "poshal" in device.tags, "uaccess" in device.tags,
                device.env.get("SYSTEMD_WANTS"))

    GIVEN = ("poshal", "0660", True, False, "poshald.service")

    def untouched(self, device, group="root", mode="0600"):
        self.assertEqual(self.given(device), (group, mode, False, True, None))
        self.assertNotIn("ID_MM_PORT_IGNORE", device.env)

    def test_scanner_of_an_unknown_maker(self):
        device = self.hidraw("scanner_a")
        self.assertEqual({key: device.env[key] for key in ("ID_POSHAL", "ID_POSHAL_CLASS", "ID_POSHAL_PROTO")},
                         {"ID_POSHAL": "1", "ID_POSHAL_CLASS": "scanner", "ID_POSHAL_PROTO": "hidpos"})
        self.assertIn("ID_PATH", device.env)
        self.assertEqual(device.builtins, ["usb_id", "path_id"])
        self.assertEqual(self.given(device), self.GIVEN)
        self.assertEqual(device.files[TESTED[1]], "on")

    def test_each_descriptor(self):
        for name in descriptors.ALL:
            with self.subTest(name):
                device = self.hidraw(name)
                self.assertEqual(device.env.get("ID_POSHAL_PROTO"), descriptors.PROTO.get(name))
                if name in descriptors.PROTO:
                    self.assertEqual(self.given(device), self.GIVEN)
                else:
                    self.assertNotIn("ID_POSHAL", device.env)
                    self.untouched(device)

    def test_bluetooth_scanner(self):
        device = self.hidraw("scanner_a", parents=("hid", "bluetooth"))
        self.assertEqual(device.builtins, ["path_id"])
        self.assertEqual(self.given(device), self.GIVEN)

    def test_posiflex(self):
        """0d3a:0200 is a drawer or a display."""
        self.assertEqual(self.hidraw("posiflex").env["ID_POSHAL_PROTO"], "posiflex-drawer")
        self.untouched(self.hidraw("custom"))

    def test_display_of_wincor(self):
        """Its hwdb row only makes poshal_id look twice; the other interface of the device is left alone."""
        device = self.hidraw("display", ID_POSHAL_MAYBE="wincor-display")
        self.assertEqual((device.env["ID_POSHAL_CLASS"], device.env["ID_POSHAL_PROTO"]), ("display", "wincor-display"))
        self.assertEqual(self.given(device), self.GIVEN)
        self.untouched(self.hidraw("custom", ID_POSHAL_MAYBE="wincor-display"))
        self.untouched(self.hidraw("display"))

    def test_hostile_descriptors(self):
        for data in (bytes(4097), b"\x05\x8c\x09\x02\xa1", b"\xfe\xff", b"\xa1\x01" * 64, b"\xff" * 4096):
            with self.subTest(data[:4]):
                self.untouched(self.hidraw(data))

    def test_hidraw_known_by_its_id(self):
        known = {"ID_POSHAL": "1", "ID_POSHAL_CLASS": "scanner"}
        self.assertEqual(self.given(self.hidraw("custom", ID_POSHAL_NODE="hidraw", **known)), self.GIVEN)
        # known as a tty: its hidraw node is something else
        self.untouched(self.hidraw("custom", ID_POSHAL_NODE="tty", **known))

    def usb(self, parents=(), **env):
        env.setdefault("DEVTYPE", "usb_device")
        return self.run_rules(rules.Device("usb", "1-1", self.folder, parents=parents, env=env, tags=("uaccess",),
                                           mode="0664", group=env.pop("group", "root"), files={TESTED[0]: "auto"}))

    def test_unknown_usb_devices(self):
        """A serial chip, the network adapter of a scanner's maker: whatever the hwdb does not name."""
        device = self.usb(ID_VENDOR_ID="0403", ID_MODEL_ID="6001")
        self.untouched(device, mode="0664")
        self.assertEqual(device.files[TESTED[0]], "auto")
        self.assertNotIn("ID_MM_DEVICE_IGNORE", device.env)

    def test_usb_device_of_a_scanner(self):
        """Awake, and ModemManager kept away, but nobody needs its usbfs node."""
        device = self.usb(ID_POSHAL="1", ID_POSHAL_CLASS="scanner", ID_POSHAL_NODE="tty")
        self.untouched(device, mode="0664")
        self.assertEqual((device.env["ID_MM_DEVICE_IGNORE"], device.files[TESTED[0]]), ("1", "on"))

    def test_usb_device_driven_through_usbfs(self):
        device = self.usb(ID_POSHAL="1", ID_POSHAL_CLASS="display", ID_POSHAL_NODE="hidraw usb")
        self.assertEqual(self.given(device), self.GIVEN)

    def test_printer(self):
        """Shared with CUPS through the group lp, where udev's own rules put it."""
        device = self.usb(ID_POSHAL="1", ID_POSHAL_CLASS="printer", ID_POSHAL_NODE="usb", ID_USB_INTERFACES=":070102:",
                          group="lp")
        self.assertEqual(self.given(device), ("lp", "0660", True, False, "poshald.service"))
        device = self.usb(ID_POSHAL="1", ID_POSHAL_CLASS="printer", ID_POSHAL_NODE="usb", ID_USB_INTERFACES=":ff0000:")
        self.assertEqual(self.given(device), self.GIVEN)

    def test_interfaces_are_no_nodes(self):
        self.untouched(self.usb(DEVTYPE="usb_interface", ID_POSHAL="1", ID_POSHAL_NODE="usb"), mode="0664")

    def tty(self, **env):
        return self.run_rules(rules.Device("tty", "ttyACM0", self.folder, parents=("usb",), env=env, tags=("uaccess",),
                                           group="dialout", mode="0660"))

    def test_tty_of_a_scanner(self):
        device = self.tty(ID_POSHAL="1", ID_POSHAL_NODE="tty", ID_POSHAL_CLASS="scanner")
        self.assertEqual(self.given(device), self.GIVEN)
        self.assertEqual(device.env["ID_MM_PORT_IGNORE"], "1")

    def test_other_tty(self):
        self.untouched(self.tty(ID_VENDOR_ID="0403"), group="dialout", mode="0660")
        # the port of a device that is driven through another node: only ModemManager stays away
        device = self.tty(ID_POSHAL="1", ID_POSHAL_NODE="hidraw")
        self.assertEqual((device.group, device.env["ID_MM_PORT_IGNORE"]), ("dialout", "1"))

    def test_keyboards_stay_with_their_owner(self):
        for name in ("event3", "mouse0", "js0"):
            device = self.run_rules(rules.Device("input", name, self.folder, parents=("input", "hid", "usb"),
                                                 group="input", mode="0660", tags=("uaccess", "power-switch")))
            self.untouched(device, group="input", mode="0660")
            self.assertIn("power-switch", device.tags)
            self.assertNotIn("LIBINPUT_IGNORE_DEVICE", device.env)

    def test_removal_is_left_alone(self):
        device = rules.Device("tty", "ttyACM0", self.folder, env={"ID_POSHAL": "1", "ID_POSHAL_NODE": "tty"},
                              action="remove", tags=("uaccess",))
        self.untouched(self.run_rules(device))

    def test_usblp(self):
        device = self.run_rules(rules.Device("usbmisc", "lp0", self.folder, parents=("usb",), group="lp", mode="0660",
                                             tags=("uaccess",)))
        self.assertEqual(device.builtins, ["usb_id", "path_id"])
        self.untouched(device, group="lp", mode="0660")


class Adopted(unittest.TestCase):
    """The rules by which a person adopts what could be anything; the README shows them as device.adopt answers them."""

    def setUp(self):
        with open(SOURCE + "/README.md", encoding="utf-8") as file:
            shown = [line.strip() for line in file if line.startswith("    SUBSYSTEM==")]
        self.rules = {text.split('"')[1]: [(1, rules.tokens(text, "README.md"))] for text in shown}
        self.assertEqual(sorted(self.rules), ["input", "tty"])

    def run_rule(self, subsystem, kernel, path, vendor, model, **more):
        device = rules.Device(subsystem, kernel, "/nowhere", parents=("hid", "usb"), mode="0660", tags=("uaccess", "power-switch"),
                              env={"ID_PATH": path, "ID_VENDOR_ID": vendor, "ID_MODEL_ID": model}, **more)
        rules.apply(self.rules[subsystem], device)
        return device

    def keyboard(self, path="pci-0000:00:14.0-usb-0:3:1.0", vendor="0581", model="0103", kernel="event5"):
        return self.run_rule("input", kernel, path, vendor, model, group="input")

    def stays(self, device, group):
        """As udev's own rules leave it: whoever uses the desktop types on it, and poshal cannot open it."""
        self.assertEqual((device.group, device.mode, sorted(device.tags)), (group, "0660", ["power-switch", "uaccess"]))
        self.assertFalse({"ID_POSHAL", "ID_POSHAL_PROTO", "LIBINPUT_IGNORE_DEVICE", "ID_MM_PORT_IGNORE"} & set(device.env))

    def test_the_adopted_keyboard(self):
        device = self.keyboard()
        self.assertEqual((device.group, device.mode, device.tags), ("poshal", "0660", {"poshal"}))
        self.assertEqual((device.env["ID_POSHAL"], device.env["ID_POSHAL_PROTO"], device.env["LIBINPUT_IGNORE_DEVICE"]),
                         ("1", "wedge", "1"))

    def test_in_another_port_it_is_a_keyboard(self):
        self.stays(self.keyboard(path="pci-0000:00:14.0-usb-0:4:1.0"), "input")

    def test_its_other_interface(self):
        self.stays(self.keyboard(path="pci-0000:00:14.0-usb-0:3:1.1"), "input")

    def test_another_keyboard_in_its_port(self):
        self.stays(self.keyboard(vendor="046d", model="c31c"), "input")
        self.stays(self.keyboard(model="0115"), "input")  # of the same maker

    def test_another_unit_in_its_port_takes_its_place(self):
        self.assertEqual(self.keyboard(kernel="event9").group, "poshal")

    def test_no_other_node_of_it(self):
        for kernel in ("mouse0", "js0", "input7"):
            self.stays(self.keyboard(kernel=kernel), "input")

    def test_an_adapter(self):
        path = "pci-0000:00:14.0-usb-0:3:1.0"
        device = self.run_rule("tty", "ttyUSB0", path, "0403", "6001", group="dialout")
        self.assertEqual((device.group, device.env["ID_POSHAL"], device.env["ID_MM_PORT_IGNORE"]), ("poshal", "1", "1"))
        for wrong in ((path.replace(":3:", ":4:"), "0403", "6001"), (path, "067b", "2303"), (path, "0403", "6015")):
            self.stays(self.run_rule("tty", "ttyUSB0", *wrong, group="dialout"), "dialout")


if __name__ == "__main__":
    unittest.main()
