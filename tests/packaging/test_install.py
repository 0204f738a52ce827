"""A whole installation below a folder: that each file is in its place, with its mode, and that systemd takes the units."""
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

BUILD = os.path.abspath(os.environ["POSHAL_BUILD"])
SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
EXPOSURE = 20  # tenths, as systemd-analyze counts; 16 when this was written

# of the system: where systemd, udev, D-Bus and polkit look, whatever the prefix
SYSTEM = {
    "lib/systemd/system/poshald.service": 0o644,
    "lib/systemd/system/poshald.socket": 0o644,
    "lib/systemd/system/poshal-acquirer.service": 0o644,
    "lib/systemd/system/poshal-acquirer.socket": 0o644,
    "lib/systemd/system/poshal-device-emv@.service": 0o644,
    "lib/sysusers.d/poshal.conf": 0o644,
    "lib/tmpfiles.d/poshal.conf": 0o644,
    "lib/udev/poshal_id": 0o755,
    "lib/udev/rules.d/65-poshal.rules": 0o644,
    "lib/udev/rules.d/71-poshal-access.rules": 0o644,
    "lib/udev/hwdb.d/70-poshal.hwdb": 0o644,
    "share/dbus-1/system.d/org.poshal1.conf": 0o644,
    "share/dbus-1/system-services/org.poshal1.service": 0o644,
    "share/polkit-1/actions/org.poshal1.policy": 0o644,
    "share/polkit-1/rules.d/org.poshal1.rules": 0o644,
}
# of the prefix
PREFIX = {
    "sbin/poshald": 0o755,
    "sbin/poshal-acquirer": 0o755,
    "share/poshal/dialects/iso87-ascii.json": 0o644,
    "share/poshal/dialects/iso87-bcd.json": 0o644,
    "share/man/man5/acquirer.conf.5": 0o644,
    "share/man/man8/poshal-acquirer.8": 0o644,
    "bin/poshalctl": 0o755,
    "bin/poshal-emulate": 0o755,
    "libexec/poshal/poshal-device": 0o755,
    "libexec/poshal/poshal-device-cups": 0o755,
    "libexec/poshal/poshal-discover": 0o755,
    "libexec/poshal/poshal-render": 0o755,
    "include/poshal/client.h": 0o644,
    "share/bash-completion/completions/poshalctl": 0o644,
    "share/poshal/drivers.d/escpos.json": 0o644,
    "share/poshal/drivers.d/scanner-serial.json": 0o644,
    "share/poshal/drivers.d/cups.json": 0o644,
    "share/man/man1/poshalctl.1": 0o644,
    "share/man/man1/poshal-emulate.1": 0o644,
    "share/man/man5/poshal.conf.5": 0o644,
    "share/man/man8/poshald.8": 0o644,
    "share/man/man8/poshal-device.8": 0o644,
    "share/man/man8/poshal-render.8": 0o644,
    "share/man/man8/poshal-discover.8": 0o644,
    "share/man/man8/poshal_id.8": 0o644,
}
# no page of their own: the page of poshal-device speaks of all drivers
WITHOUT_PAGE = re.compile(r"poshal-device-\w+$")
FOLDERS = re.compile(r"^(s?bin/|lib(/[\w-]+)?/(lib|pkgconfig/)|lib/(systemd|sysusers\.d|tmpfiles\.d|udev)/|libexec/poshal/|"
                     r"include/poshal/|share/(man|poshal|bash-completion|dbus-1|polkit-1)/)")


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="poshal-install-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        done = subprocess.run([os.environ["CMAKE"], "--install", BUILD], env={**os.environ, "DESTDIR": cls.root},
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with open(BUILD + "/CMakeCache.txt", encoding="utf-8") as file:
            cache = dict(re.findall(r"^(CMAKE_INSTALL_PREFIX|POSHAL_SYSTEM_PREFIX):\w+=(.*)$", file.read(), re.M))
        cls.prefix = cls.root + cache["CMAKE_INSTALL_PREFIX"]
        cls.system = cls.root + cache["POSHAL_SYSTEM_PREFIX"]
        cls.files = [os.path.join(folder, name) for folder, _, names in os.walk(cls.root) for name in names]

    def read(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_files_and_modes(self):
        for folder, files in ((self.system, SYSTEM), (self.prefix, PREFIX)):
            for name, mode in files.items():
                with self.subTest(name):
                    self.assertEqual(oct(stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode)), oct(mode))

    def test_nothing_elsewhere(self):
        for path in self.files:
            base = self.prefix if path.startswith(self.prefix) else self.system
            self.assertRegex(os.path.relpath(path, base), FOLDERS)
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                self.assertEqual(mode & 0o7022, 0, path)  # nobody else may write, nothing is set-uid

    def test_each_program_has_a_page(self):
        pages = {os.path.basename(path).rsplit(".", 1)[0] for path in self.files if "/share/man/" in path}
        for path in self.files:
            name = os.path.basename(path)
            if os.path.basename(os.path.dirname(path)) in ("sbin", "bin", "poshal", "udev") and os.access(path, os.X_OK):
                if not WITHOUT_PAGE.search(name):
                    self.assertIn(name, pages)

    def test_programs_find_each_other(self):
        done = subprocess.run([self.prefix + "/bin/poshalctl", "--version"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = subprocess.run([self.prefix + "/sbin/poshald", "--version"], capture_output=True, text=True, check=True)
        self.assertIn("poshald ", done.stdout)

    def test_paths_inside_files(self):
        """What the files name is what is installed."""
        unit = self.read(self.system + "/lib/systemd/system/poshald.service")
        program = re.search(r"^ExecStart=(\S+)$", unit, re.M).group(1)
        self.assertTrue(os.access(self.root + program, os.X_OK), program)
        rules = self.read(self.system + "/lib/udev/rules.d/65-poshal.rules")
        program = re.search(r'IMPORT\{program\}="(\S+) ', rules).group(1)
        self.assertTrue(os.access(self.root + program, os.X_OK), program)
        self.assertNotRegex(unit + rules, r"@[A-Z_]+@")
        activation = self.read(self.system + "/share/dbus-1/system-services/org.poshal1.service")
        self.assertIn("SystemdService=poshald.service", activation)

    def units(self):
        """The units in a folder of their own, with a program that is there."""
        folder = tempfile.mkdtemp(dir=self.root)
        # services first; of the reader's an instance
        names = {"poshald.service": "sbin/poshald", "poshal-acquirer.service": "sbin/poshal-acquirer",
                 "poshal-device-emv@.service": "libexec/poshal/poshal-device-emv", "poshald.socket": "",
                 "poshal-acquirer.socket": ""}
        for name, program in names.items():
            text = self.read(f"{self.system}/lib/systemd/system/{name}")
            with open(f"{folder}/{name.replace('@', '@card-reader')}", "w", encoding="utf-8") as file:
                file.write(re.sub(r"^ExecStart=\S+", f"ExecStart={self.prefix}/{program}", text, flags=re.M))
        return [f"{folder}/{name.replace('@', '@card-reader')}" for name in names]

    @unittest.skipUnless(tool("systemd-analyze"), "no systemd-analyze")
    def test_units(self):
        done = subprocess.run([tool("systemd-analyze"), "verify", "--man=no", *self.units()], capture_output=True,
                              text=True, check=False)
        # of other units of this machine nothing is to be said here
        said = [line for line in (done.stdout + done.stderr).splitlines() if "poshal" in line]
        self.assertEqual(said, [])

    @unittest.skipUnless(tool("systemd-analyze"), "no systemd-analyze")
    def test_sandbox(self):
        done = subprocess.run([tool("systemd-analyze"), "security", "--offline=yes", "--no-pager",
                               f"--threshold={EXPOSURE}", *self.units()[:3]], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[-300:])

    def test_devices_of_the_service(self):
        """Each kind of node a driver opens, and no other."""
        unit = self.read(self.system + "/lib/systemd/system/poshald.service")
        self.assertEqual(re.findall(r"^DevicePolicy=(.*)$", unit, re.M), ["closed"])
        self.assertEqual(re.findall(r"^DeviceAllow=(.*)$", unit, re.M),
                         ["char-hidraw rw", "char-input r", "char-ttyACM rw", "char-ttyUSB rw", "char-ttyS rw",
                          "char-rfcomm rw", "char-usb_device rw"])
        # a module comes before the unit, or its devices are left out
        wants, after = (re.search(rf"^{key}=(modprobe@.*)$", unit, re.M).group(1) for key in ("Wants", "After"))
        self.assertEqual(wants, after)

    @unittest.skipUnless(tool("systemd-sysusers"), "no systemd-sysusers")
    def test_user(self):
        folder = tempfile.mkdtemp(dir=self.root)
        os.mkdir(folder + "/etc")
        done = subprocess.run([tool("systemd-sysusers"), "--root", folder, self.system + "/lib/sysusers.d/poshal.conf"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.read(folder + "/etc/passwd"), r"(?m)^poshal:[^:]*:\d+:\d+:Point-of-sale devices:"
                                                            r"/var/lib/poshal:\S*nologin$")
        self.assertRegex(self.read(folder + "/etc/group"), r"(?m)^poshal:")
        self.assertRegex(self.read(folder + "/etc/passwd"), r"(?m)^poshal-acquirer:[^:]*:\d+:\d+:[^:]*:/:\S*nologin$")

    def test_the_acquirer_is_alone(self):
        """Its user is nobody else's, and its socket is for poshald only."""
        service = self.read(self.system + "/lib/systemd/system/poshal-acquirer.service")
        self.assertRegex(service, r"(?m)^User=poshal-acquirer$")
        self.assertRegex(service, r"(?m)^LimitCORE=0$")
        self.assertRegex(service, r"(?m)^LoadCredential=acquirer-key:/etc/poshal/acquirer-key$")
        self.assertNotRegex(service, r"(?m)^(SupplementaryGroups|ReadWritePaths|StateDirectory|DeviceAllow)=")
        socket = self.read(self.system + "/lib/systemd/system/poshal-acquirer.socket")
        self.assertRegex(socket, r"(?m)^SocketUser=poshal$")
        self.assertRegex(socket, r"(?m)^SocketMode=0600$")

    @unittest.skipUnless(tool("systemd-tmpfiles") and os.geteuid() == 0, "no systemd-tmpfiles, or not root")
    def test_folders(self):
        folder = tempfile.mkdtemp(dir=self.root)
        os.mkdir(folder + "/etc")
        with open(folder + "/etc/passwd", "w", encoding="ascii") as file:
            file.write("root:x:0:0::/:/bin/sh\nposhal:x:4711:4712::/:/bin/false\n")
        with open(folder + "/etc/group", "w", encoding="ascii") as file:
            file.write("root:x:0:\nposhal:x:4712:\n")
        done = subprocess.run([tool("systemd-tmpfiles"), "--root", folder, "--create",
                               self.system + "/lib/tmpfiles.d/poshal.conf"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name, expected in (("run/poshal", (4711, 4712, 0o750)), ("etc/poshal", (0, 0, 0o755)),
                               ("etc/poshal/devices.d", (0, 4712, 0o775))):
            found = os.stat(f"{folder}/{name}")
            self.assertEqual((found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)), expected, name)

    def test_polkit(self):
        action = xml.etree.ElementTree.parse(self.system + "/share/polkit-1/actions/org.poshal1.policy").find("action")
        self.assertEqual(action.get("id"), "org.poshal1.configure")
        # the name poshald asks for
        self.assertIn('"org.poshal1.configure"', self.read(SOURCE + "/daemon/doors/dbus/polkit.c"))
        self.assertEqual({node.tag: node.text for node in action.find("defaults")},
                         {"allow_any": "auth_admin", "allow_inactive": "auth_admin", "allow_active": "auth_admin_keep"})


if __name__ == "__main__":
    unittest.main()
