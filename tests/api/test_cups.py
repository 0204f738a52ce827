#!/usr/bin/env python3
"""Print queues: poshal-device-cups against an IPP printer of ours, and against a private CUPS scheduler."""

import base64
import ctypes
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from ipp_printer import ABORTED, CANCELED, COMPLETED, PRINT_JOB, PROCESSING, IppPrinter
from poshal_test import BUILD, BUS_CONFIG, DEADLINE, Process, Till, answers, wait_until

DOCUMENT = {"v": 1, "body": [{"text": "GRÜN"}, {"cut": "partial"}]}


def pdf(text="Hello"):
    """A whole PDF of one page, 80 x 60 mm."""
    stream = b"BT /F1 12 Tf 20 100 Td (%s) Tj ET" % text.encode()
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 227 170]/Contents 4 0 R"
               b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
               b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream)]
    out, places = b"%PDF-1.4\n", []
    for number, data in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + data + b"endobj\n"
    table = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF\n" % table


DRAWN = [{"data_b64": base64.b64encode(pdf()).decode(), "pages": 1, "height_pt": 170}]


class Driver:
    """poshal-device-cups, with the test in the place of poshald."""

    def __init__(self, connection, env=None, **options):
        self.sock, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [BUILD + "/bin/poshal-device-cups", "--fd", "3"], stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
            preexec_fn=lambda: os.dup2(theirs.fileno(), 3), close_fds=False)
        theirs.close()
        self.buffer, self.kept, self.next_id = b"", [], 0
        self.hello = self.wait("driver.hello")
        self.opened = self.request("driver.open", device="queue", connection=connection, classes=["printer"],
                                   options=options)

    def close(self):
        self.sock.close()
        self.process.wait(DEADLINE)

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE)
        self.sock.close()

    def read(self, deadline):
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError("no message in time; so far: %r" % self.kept[-5:])
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("the driver ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def find(self, accept):
        deadline = time.monotonic() + DEADLINE
        while True:
            for i, message in enumerate(self.kept):
                if accept(message):
                    return self.kept.pop(i)
            self.kept.append(self.read(deadline))

    def wait(self, method, **params):
        return self.find(lambda m: m.get("method") == method and
                         all(m["params"].get(k) == v for k, v in params.items()))["params"]

    def request(self, method, **params):
        self.next_id += 1
        number = self.next_id
        line = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        self.sock.sendall(line.encode() + b"\n")
        return self.find(lambda m: m.get("id") == number)

    def print(self, job="job-1", document=None, **params):
        params = {"rasters": DRAWN, "mode": "first", "copies": 1, **params}
        return self.request("printer.print", job=job, document=document or DOCUMENT,
                            **{k: v for k, v in params.items() if v is not None})


class Queue(unittest.TestCase):
    def setUp(self):
        self.printer = IppPrinter()
        self.addCleanup(self.printer.close)
        self.driver = self.start()

    def start(self, ready=True):
        driver = Driver(self.printer.url)
        self.addCleanup(driver.close)
        self.assertEqual(driver.opened.get("result"), {})
        if ready:
            driver.wait("device.state", state="ready")
        return driver

    def submitted(self, number=1):
        self.printer.wait(lambda: number in self.printer.jobs, "no job %d has come" % number)
        return self.printer.jobs[number]

    def test_what_the_printer_says_of_itself(self):
        info = self.driver.wait("device.info")
        self.assertEqual((info["model"], info["serial"]), ("Acme Receipt 80", "A1234"))
        caps = info["capabilities"]["printer"]
        self.assertEqual((caps["columns"], caps["confirms"], caps["status"]), (48, "job_state", "ipp"))
        self.assertEqual(self.driver.wait("device.status")["status"],
                         {"online": True, "paper": "ok", "cover": "unknown", "error": None})

    def test_the_document_is_ordered_as_long_as_its_content(self):
        needs = self.driver.print(rasters=None)["result"]["needs"]
        self.assertEqual(len(needs), 1)
        order = needs[0]
        self.assertEqual((order["kind"], order["format"], order["height_pt"], order["columns"]), ("document", "pdf", 0, 48))
        self.assertAlmostEqual(order["width_pt"], 80 / 25.4 * 72, 3)
        self.assertNotIn("mark", order)
        self.assertEqual(self.driver.print(rasters=None, mode="reprint")["result"]["needs"][0]["mark"], "*** REPRINT ***")

    def test_a_job_is_followed_to_its_end(self):
        self.assertEqual(self.driver.print(copies=2)["result"], {"segments": 1})
        job = self.submitted()
        self.assertEqual(job["data"], pdf())
        self.assertEqual((job["asked"]["document-format"], job["asked"]["copies"], job["asked"]["finishings"]),
                         ("application/pdf", 2, 60))
        self.assertEqual([v for v in job["asked"]["collection"] if isinstance(v, int)], [8000, 5997])
        self.assertEqual(self.driver.wait("job.progress"), {"job": "job-1", "segments": 1, "sent": 1, "confirmed": 0})
        self.printer.end_job(1, COMPLETED, 1)
        end = self.driver.wait("job.end")
        self.assertEqual((end["outcome"], end["confirmed"]), ("printed", 1))

    def test_no_paper_is_told_and_the_job_waits(self):
        self.driver.print()
        self.submitted()
        self.printer.reasons, self.printer.state = ["media-empty-error"], 5
        self.driver.wait("device.status", reasons=["rec_empty"])
        self.printer.reasons = ["none"]
        self.driver.wait("device.status", reasons=[])
        self.printer.end_job(1, COMPLETED, 1)
        self.assertEqual(self.driver.wait("job.end")["outcome"], "printed")

    def test_the_paper_is_back_while_no_job_is_under_way(self):
        self.printer.reasons, self.printer.state = ["media-empty-error"], 5
        self.assertEqual(self.driver.request("printer.refresh")["result"], {})
        self.driver.wait("device.status", reasons=["rec_empty"])
        self.printer.reasons, self.printer.state = ["none"], 3
        self.driver.kept.clear()
        self.assertEqual(self.driver.request("printer.refresh")["result"], {})
        self.driver.wait("device.status", reasons=[])

    def test_the_server_is_gone_while_jobs_wait(self):
        self.printer.go_away()
        self.driver.request("printer.refresh")
        self.driver.wait("device.state", state="offline")

    def test_given_up_by_the_server(self):
        for number, (impressions, outcome) in enumerate([(0, "failed"), (None, "lost"), (1, "lost")], 1):
            self.driver.print(job="job-%d" % number)
            self.submitted(number)
            self.printer.end_job(number, ABORTED, impressions, "filter failed")
            end = self.driver.wait("job.end")
            self.assertEqual((end["outcome"], end["reason"]), (outcome, "the print server gave up: filter failed"))

    def test_cancelled_here_and_there(self):
        self.driver.print()
        self.submitted()
        self.assertEqual(self.driver.request("printer.cancel", job="job-1")["result"], {})
        self.assertEqual(self.driver.wait("job.end")["outcome"], "cancelled")
        self.assertEqual(self.printer.jobs[1]["state"], CANCELED)
        self.driver.print(job="job-2")
        self.submitted(2)
        self.printer.end_job(2, CANCELED)
        end = self.driver.wait("job.end", job="job-2")
        self.assertEqual((end["outcome"], "cancelled at the print server" in end["reason"]), ("cancelled", True))

    def test_an_answer_that_is_lost_does_not_print_twice(self):
        self.printer.drop_next.add(PRINT_JOB)
        self.driver.print()
        end = self.driver.wait("job.end")
        self.assertEqual((end["outcome"], end.get("sent")), ("lost", 0), end)
        self.driver.wait("device.state", state="ready")
        self.driver.print()
        self.driver.wait("job.progress")
        self.printer.end_job(1, COMPLETED, 1)
        self.assertEqual(self.driver.wait("job.end")["outcome"], "printed")
        self.assertEqual(len(self.printer.jobs), 1)

    def test_a_crash_does_not_print_twice(self):
        self.driver.print()
        self.submitted()
        self.driver.kill()
        self.printer.end_job(1, COMPLETED, 1)
        again = self.start()
        again.print(mode="reprint")
        self.assertEqual(again.wait("job.end")["outcome"], "printed")
        self.assertEqual(len(self.printer.jobs), 1)

    def test_the_same_number_with_another_document_is_another_job(self):
        self.driver.print()
        self.submitted()
        self.printer.end_job(1, COMPLETED, 1)
        self.driver.wait("job.end")
        self.driver.print(document={"text": "other"})
        self.submitted(2)

    def test_a_server_that_goes_away_and_comes_back(self):
        self.driver.print()
        self.submitted()
        self.driver.wait("job.progress")
        self.printer.end_job(1, PROCESSING)
        self.printer.go_away()
        self.driver.wait("device.status", reasons=["not_responding"])
        self.printer.come_back()
        self.printer.end_job(1, COMPLETED, 1)
        self.assertEqual(self.driver.wait("job.end")["outcome"], "printed")

    def test_what_a_queue_cannot_do_is_refused_with_its_path(self):
        for body, path in (([{"text": "a"}, {"drawer": {"n": 1}}], "$.document.body[1].drawer"),
                           ([{"raw": {"escpos_b64": "Gw=="}}], "$.document.body[0].raw"),
                           ([{"blod": True}], "$.document.body[0].blod")):
            error = self.driver.print(document={"body": body})["error"]
            self.assertEqual(error["data"]["path"], path)
        error = self.driver.print(rasters=[])["error"]
        self.assertIn("poshal-render", error["message"])
        error = self.driver.print(rasters=[{"error": "the image is broken"}])["error"]
        self.assertIn("the image is broken", error["message"])
        self.assertEqual(self.printer.jobs, {})

    def test_refused_by_the_server(self):
        self.printer.refuse[PRINT_JOB] = 0x040a
        self.driver.print()
        end = self.driver.wait("job.end")
        self.assertEqual(end["outcome"], "failed")
        self.assertIn("the print server refuses: Print-Job", end["reason"])

    def test_idle_asks_nothing(self):
        self.driver.print()
        self.submitted()
        self.printer.end_job(1, COMPLETED, 1)
        self.driver.wait("job.end")
        asked = len(self.printer.asked)
        self.assertEqual(select.select([self.driver.sock], [], [], 1.5)[0], [])
        self.assertEqual(len(self.printer.asked), asked)


class NoPrinter(unittest.TestCase):
    def test_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        driver = Driver("ipp://127.0.0.1:%d/ipp/print" % port)
        self.addCleanup(driver.close)
        self.assertIn("not_responding", driver.wait("device.state", state="offline")["reasons"])

    def test_a_raw_only_queue_is_named(self):
        printer = IppPrinter(formats=("application/vnd.cups-raw",))
        self.addCleanup(printer.close)
        driver = Driver(printer.url)
        self.addCleanup(driver.close)
        self.assertIn("neither PDF nor PWG", driver.wait("device.state", state="offline")["message"])

    def test_pages(self):
        printer = IppPrinter(formats=("image/pwg-raster",), width=21000, roll=False)
        self.addCleanup(printer.close)
        driver = Driver(printer.url)
        self.addCleanup(driver.close)
        driver.wait("device.state", state="ready")
        order = driver.print(rasters=None)["result"]["needs"][0]
        self.assertEqual((order["format"], order["dpi"]), ("pwg", 203))
        self.assertAlmostEqual(order["height_pt"], 297 / 25.4 * 72, 3)

    def test_bad_urls(self):
        for url in ("ipp:", "ipp:///x", "cups:", "cups:a/b", "ipp://h/?x=1"):
            driver = Driver(url)
            self.addCleanup(driver.close)
            self.assertEqual(driver.opened["error"]["data"]["path"], "$.connection", url)

class Doctor(unittest.TestCase):
    def test_a_queue_for_a_printer_of_ours(self):
        server = IppPrinter()
        self.addCleanup(server.close)
        server.queues = [("office", "socket://10.0.0.9", "Acme"), ("bar", "socket://127.0.0.1:1", "Epson")]
        with Till(bench=None, devices="[device receipt]\ndriver = escpos\nconnection = tcp://127.0.0.1:1\n",
                  env={"CUPS_SERVER": "127.0.0.1:%d" % server.port}) as till:
            findings = [f for f in till.client().call("system.diagnose")["findings"] if "CUPS" in f["problem"]]
        self.assertEqual(findings, [{
            "severity": "error", "subject": "receipt",
            "problem": "receipt: the CUPS queue bar prints into it as well (socket://127.0.0.1:1)",
            "cause": "two programs write to one printer: jobs mix, its answers get lost, and each finds it busy",
            "advice": "`lpadmin -x bar` leaves it to poshal; or serve the queue: driver = cups, connection = cups:bar"}])


AVAHI = """[server]
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
disallow-other-stacks=no
[publish]
"""
FILES = """ServerRoot {root}/etc
RequestRoot {root}/spool
TempDir {root}/spool/tmp
CacheDir {root}/cache
StateDir {root}/run
ServerKeychain {root}/ssl
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
ServerBin /usr/lib/cups
DataDir /usr/share/cups
User lp
Group lp
SystemGroup root
FileDevice Yes
Sandboxing relaxed
"""
CUPSD = """Listen 127.0.0.1:{port}
Listen {root}/run/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
LogLevel info
MaxLogSize 0
<Location />
Order allow,deny
Allow from 127.0.0.1
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""
PROGRAM = """#!/bin/sh
# what the printer does with a page: keep it, and take its trouble from a file
cp "$1" {root}/paper/$(date +%s%N).pdf
while [ -e {root}/empty ]; do
	echo "STATE: +media-empty-error" >&2
	read line < {root}/reload
done
echo "STATE: -media-empty-error" >&2
"""
NEEDED = ["cupsd", "ippeveprinter", "avahi-daemon", "lpadmin", "ip"]


def missing():
    """What keeps the scheduler from being tested here, or None."""
    if os.geteuid() != 0:
        return "needs root: a scheduler changes its user"
    absent = [name for name in NEEDED if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    return "not installed: " + ", ".join(absent) if absent else None


@unittest.skipIf(missing(), missing())
class Scheduler(unittest.TestCase):
    """A network of its own, in it Avahi, an IPP Everywhere printer (ippeveprinter), and cupsd with a queue for it."""

    @classmethod
    def setUpClass(cls):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(0x40000000 | 0x00020000) != 0:  # CLONE_NEWNET, CLONE_NEWNS
            raise unittest.SkipTest("no namespaces: %s" % os.strerror(ctypes.get_errno()))
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        run = lambda *argv: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        run("mount", "--make-rprivate", "/")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "set", "lo", "multicast", "on")
        cls.root = root = tempfile.mkdtemp(prefix="poshal-cups-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, root, ignore_errors=True)
        os.chmod(root, 0o755)
        for name, mode in (("etc", 0o755), ("spool", 0o710), ("spool/tmp", 0o1770), ("cache", 0o770), ("run", 0o755),
                           ("ssl", 0o700), ("log", 0o755), ("paper", 0o777), ("ipp", 0o777), ("avahi", 0o755)):
            os.mkdir("%s/%s" % (root, name))
            os.chmod("%s/%s" % (root, name), mode)
            shutil.chown("%s/%s" % (root, name), "root", "lp")
        os.mkfifo(root + "/reload")
        os.makedirs("/run/avahi-daemon", exist_ok=True)
        run("mount", "--bind", root + "/avahi", "/run/avahi-daemon")
        cls.addClassCleanup(run, "umount", "/run/avahi-daemon")
        cls.port = 6310
        for name, text in (("bus.conf", BUS_CONFIG.replace("{address}", "unix:path={root}/bus")), ("avahi.conf", AVAHI), ("cups-files.conf", FILES), ("cupsd.conf", CUPSD),
                           ("printer", PROGRAM)):
            with open("%s/%s" % (root, name), "w") as f:
                f.write(text.replace("{root}", root).replace("{port}", str(cls.port)))
        os.chmod(root + "/printer", 0o755)
        os.environ.update(DBUS_SYSTEM_BUS_ADDRESS="unix:path=%s/bus" % root, CUPS_SERVER="127.0.0.1:%d" % cls.port)
        cls.spawn("bus", ["dbus-daemon", "--config-file=%s/bus.conf" % root, "--nofork", "--nopidfile", "--nosyslog"],
                  lambda: answers(root + "/bus"))
        cls.spawn("avahi", ["avahi-daemon", "-f", root + "/avahi.conf", "--no-drop-root", "--no-chroot", "--no-rlimits"],
                  lambda: os.path.exists("/run/avahi-daemon/socket"))
        cls.spawn("printer", ["ippeveprinter", "-r", "off", "-n", "localhost", "-p", "6311", "-d", root + "/ipp", "-c",
                              root + "/printer", "-f", "application/pdf,image/pwg-raster", "-k", "-vv", "Acme"],
                  lambda: cls.listens(6311))
        cls.spawn("cupsd", ["cupsd", "-f", "-c", root + "/cupsd.conf", "-s", root + "/cups-files.conf"],
                  lambda: cls.listens(cls.port))
        run("lpadmin", "-p", "receipts", "-E", "-v", "ipp://localhost:6311/ipp/print", "-m", "everywhere")

    @staticmethod
    def listens(port):
        try:
            socket.create_connection(("localhost", port)).close()
            return True
        except OSError:
            return False

    @classmethod
    def spawn(cls, name, argv, ready):
        process = Process(argv, "%s/log-%s" % (cls.root, name))
        cls.addClassCleanup(process.stop)
        wait_until(lambda: process._ready(ready), "%s is not ready" % argv[0])

    def printed(self):
        return sorted(os.listdir(self.root + "/paper"))

    def start(self, url):
        driver = Driver(url)
        self.addCleanup(driver.close)
        driver.wait("device.state", state="ready")
        return driver

    def test_straight_to_the_printer(self):
        driver, before = self.start("ipp://localhost:6311/ipp/print"), len(self.printed())
        driver.print(job="straight")
        end = driver.wait("job.end")
        self.assertEqual((end["outcome"], end["confirmed"]), ("printed", 1), end)
        with open("%s/paper/%s" % (self.root, self.printed()[before]), "rb") as f:
            self.assertEqual(f.read(), pdf())

    def test_through_a_queue(self):
        driver, before = self.start("cups:receipts"), len(self.printed())
        driver.print(job="queued")
        end = driver.wait("job.end")
        self.assertEqual((end["outcome"], end["reason"]), ("sent_unconfirmed", "the queue says completed"))
        self.assertEqual(len(self.printed()), before + 1)

    def test_no_paper_at_the_printer(self):
        for url in ("ipp://localhost:6311/ipp/print", "cups:receipts"):
            driver = self.start(url)
            open(self.root + "/empty", "w").close()
            driver.print(job="paper-" + url[:4])
            while driver.wait("device.status")["status"]["paper"] != "empty":
                pass
            os.unlink(self.root + "/empty")
            with open(self.root + "/reload", "w") as f:
                f.write("\n")
            self.assertIn(driver.wait("job.end")["outcome"], ("printed", "sent_unconfirmed"))

    def test_the_queue_is_found(self):
        with Till(bench=None, devices="") as till:
            rows = [row for row in till.client().call("device.discover")["found"] if row["kind"] == "queue"]
        model = rows[0].pop("model")
        self.assertTrue(model)
        self.assertEqual(rows, [{"kind": "queue", "connection": "cups:receipts", "how": "cups", "driver": "cups",
                                 "device_uri": "ipp://localhost:6311/ipp/print", "text": "a print queue of this machine"}])

    def test_a_queue_that_is_not_there(self):
        driver = Driver("cups:nobody")
        self.addCleanup(driver.close)
        driver.wait("device.state", state="offline")
        self.assertTrue(any("no such queue" in m["params"]["message"] for m in driver.kept
                            if m["method"] == "driver.log"))


if __name__ == "__main__":
    unittest.main()
