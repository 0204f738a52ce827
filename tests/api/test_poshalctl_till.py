"""poshalctl and the programs of docs/libposhal.md against the real service and an emulated till."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest
import unittest.mock

from poshal_test import BUILD, DEADLINE, SOURCE, Process, Till, wait_until


class PoshalctlTill(unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt", "drawer", "display", "scanner")

    def argv(self, *words):
        return [BUILD + "/bin/poshalctl", "--root", self.till.root, *words]

    def run_it(self, *words, stdin=None):
        run = subprocess.run(self.argv(*words), input=stdin, capture_output=True, encoding="utf-8",
                             timeout=DEADLINE)
        return run.returncode, run.stdout, run.stderr

    def check(self, words, out, code=0, stdin=None):
        self.assertEqual(self.run_it(*words, stdin=stdin), (code, out, ""))

    def test_sale(self):
        self.check(["list", "--ids"], "till-printer\ntill-printer-drawer\nlane-scanner\npole-display\n")
        self.check(["display", "show", "display", "TOTAL", "12.50"], "")
        self.till.emulator.call("display.wait", row=2, text="12.50")
        self.check(["print", "receipt", "-", "--key", "k1", "--wait", "--json"], unittest.mock.ANY, stdin="SALE 1\n")
        self.assertIn("SALE 1", self.till.emulator.call("printer.paper")["text"])
        code, out, _ = self.run_it("print", "receipt", "-", "--key", "k1", stdin="SALE 1\n")
        self.assertEqual((code, out), (0, "job-1 printed, key k1, known already\n"))
        self.check(["drawer", "open", "--reason", "change"], "opened\n")
        self.till.emulator.call("drawer.set", open=False)
        self.check(["drawer", "wait", "--timeout", "10"], "closed\n")
        head = self.till.client().call("audit.verify")["head"]
        self.check(["audit", "verify"], f"the audit trail is unbroken, 2 entries\n  head   {head}\n")
        self.check(["doctor"], unittest.mock.ANY)

    def test_scan(self):
        log = self.till.root + "/scan.log"
        scan = Process(self.argv("scan", "--count", "2"), log)
        self.addCleanup(scan.stop)
        labels = iter(range(1000, 100000))

        def ended():  # labels before the scanner is enabled go to nobody
            self.till.emulator.call("scanner.scan", text=str(next(labels)))
            return scan.popen.poll() is not None
        wait_until(ended, "no labels")
        self.assertEqual(scan.wait(), 0)
        with open(log, encoding="utf-8") as file:
            first, second = [int(line.split()[1]) for line in file]
        self.assertEqual(second, first + 1)

    def test_no_paper(self):
        self.till.emulator.call("printer.set", paper="empty")
        self.client.call("events.subscribe", topics=["job"])
        log = self.till.root + "/print.log"
        receipt = pathlib.Path(self.till.root) / "receipt.txt"
        receipt.write_text("LATER\n", encoding="utf-8")
        printing = Process(self.argv("print", "receipt", str(receipt), "--key", "k2", "--wait"), log)
        self.addCleanup(printing.stop)
        self.client.event("job.state", key="k2", state="waiting")
        wait_until(lambda: "waits: rec_empty" in pathlib.Path(log).read_text(encoding="utf-8"), "nothing was said")
        self.assertEqual(json.loads(self.run_it("jobs", "--state", "open", "--json")[1])["jobs"][0]["key"], "k2")
        self.till.emulator.call("printer.set", paper="ok")
        self.assertEqual(printing.wait(), 0)
        self.assertIn("job-1 printed, 1 of 1 segments confirmed", pathlib.Path(log).read_text(encoding="utf-8"))

    def test_the_first_device_of_a_new_service(self):
        till = Till(daemon=False)
        self.addCleanup(till.close)
        shutil.rmtree(till.root + "/etc")
        till.start_daemon()
        self.till = till
        connection = till.connections["pole-display"]["connection"]
        file = till.root + "/etc/devices.d/%s.conf"
        self.check(["adopt", "pole", "display", connection, "set=epson"],
                   "pole is served; its section is in %s\n" % (file % "pole"))
        client = till.client()
        till.wait_ready(client, "pole")
        self.check(["display", "show", "display", "TOTAL"], "")
        till.emulator.call("display.wait", row=1, text="TOTAL")
        self.check(["adopt", "other", "display", connection, "set=epson"],
                   "other is served; its section is in %s\n" % (file % "other"))
        code, _, err = self.run_it("display", "show", "display", "TOTAL")
        self.assertEqual((code, err.split(".")[0]), (
            1, "poshalctl: NoExist: `display` could be any of 2 devices: name one, or bind the role with role"))
        code, _, err = self.run_it("adopt", "deli", "scale-serial", connection, "protocol=x")
        self.assertTrue(err.endswith(", kern, magellan. Correct the argument.\n"), err)

    def test_first_program_of_the_page(self):
        page = pathlib.Path(SOURCE, "docs", "libposhal.md").read_text(encoding="utf-8")
        source = pathlib.Path(self.till.root, "first.c")
        source.write_text(re.search(r"```c first.c\n(.*?)```", page, re.S).group(1), encoding="utf-8")
        subprocess.run([os.environ.get("CC", "cc"), "-I", SOURCE + "/include", str(source), "-L", BUILD + "/lib",
                        "-lposhal", "-o", str(source.with_suffix(""))], check=True)
        run = subprocess.run([source.with_suffix("")], capture_output=True, encoding="utf-8", timeout=DEADLINE,
                             env={**os.environ, "POSHAL_SOCKET": self.till.socket_path,
                                  "LD_LIBRARY_PATH": BUILD + "/lib"})
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "printed\n", ""))
        self.assertIn("Hello from C", self.till.emulator.call("printer.paper")["text"])


if __name__ == "__main__":
    unittest.main()
