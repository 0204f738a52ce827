#!/usr/bin/env python3
"""poshalctl against a scripted service: exact output, exit codes, what is asked. Usage: test_poshalctl.py PROGRAM"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from fake_service import Error, FakeService

PROGRAM = os.path.abspath(sys.argv.pop(1))

DEVICES = [
    {"id": "till-printer", "class": "printer", "driver": "escpos", "connection": "tcp://10.0.0.7",
     "vendor": "Epson", "model": "TM-T88V", "serial": "", "firmware": "", "roles": ["receipt", "printer"],
     "state": "ready", "reasons": ["rec_near_end"],
     "capabilities": {"columns": 42, "qr": True, "cut": ["partial", "full"]},
     "status": {"online": True, "paper": "near_end", "error": None}, "holder": None},
    {"id": "スキャナ", "class": "scanner", "driver": "scanner-serial", "connection": "serial:/dev/ttyS0",
     "vendor": "", "model": "Voyager\u001b[2J", "serial": "", "firmware": "", "roles": [],
     "state": "offline", "reasons": ["unplugged"], "capabilities": {}, "status": {},
     "holder": "uid 1000, pid 42"},
]
JOB = {"job": "job-17", "key": "k-1", "device": "till-printer", "state": "printed", "reason": "",
       "segments": 3, "confirmed_through": 3, "copies": 1, "on_recovery": "reprint", "reprint": False,
       "created": "2026-11-21T19:45:08.123Z", "updated": "2026-11-21T19:45:09.000Z", "owner": 1000}
CLOSED = "poshalctl: Closed: the service closed the connection. `poshalctl doctor` tells more.\n"


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="poshalctl-")
        self.dir = pathlib.Path(self.folder.name)
        (self.dir / "run").mkdir()
        self.service = None

    def tearDown(self):
        if self.service:
            self.service.close()
        self.folder.cleanup()

    def serve(self, hello=None, **answers):
        answers = {name.replace("_", ".", 1): value for name, value in answers.items()}
        self.service = FakeService(self.dir / "run" / "poshal.sock", answers, hello)

    def environment(self):
        return {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "",
                "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}

    def start(self, *words, **options):
        return subprocess.Popen([PROGRAM, "--root", str(self.dir), *words], env=self.environment(),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8", **options)

    def finish(self, process, stdin=None):
        out, err = process.communicate(stdin, timeout=60)
        return process.returncode, out, err

    def run_it(self, *words, stdin=None):
        return self.finish(self.start(*words), stdin)

    def check(self, words, out, err="", code=0, stdin=None):
        self.assertEqual(self.run_it(*words, stdin=stdin), (code, out, err))

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        return str(path)


class Devices(Case):
    def test_list(self):
        self.serve(device_list={"devices": DEVICES})
        self.check(["list"], """\
DEVICE        CLASS    STATE                 ROLES             DRIVER          MODEL           HOLDER
till-printer  printer  ready (rec_near_end)  receipt, printer  escpos          Epson TM-T88V
スキャナ      scanner  offline (unplugged)                     scanner-serial  Voyager\\x1b[2J  uid 1000, pid 42
""")
        self.assertEqual(self.service.asked, [("device.list", {})])

    def test_list_of_a_class_and_ids(self):
        self.serve(device_list={"devices": DEVICES})
        self.check(["list", "--ids", "--class=printer"], "till-printer\nスキャナ\n")
        self.assertEqual(self.service.asked, [("device.list", {"class": "printer"})])

    def test_list_json(self):
        self.serve(device_list={"devices": DEVICES})
        code, out, _ = self.run_it("--json", "list")
        self.assertEqual((code, json.loads(out)), (0, {"devices": DEVICES}))
        self.assertEqual(out.count("\n"), 1)

    def test_list_empty(self):
        self.serve(device_list={"devices": []})
        self.check(["list"], "no devices; `poshalctl doctor` tells more\n")

    def test_show(self):
        self.serve(device_get={"device": DEVICES[0]})
        self.check(["show", "receipt"], """\
id            till-printer
class         printer
driver        escpos
connection    tcp://10.0.0.7
vendor        Epson
model         TM-T88V
serial
firmware
roles         receipt, printer
state         ready
reasons       rec_near_end
capabilities
  columns  42
  qr       yes
  cut      partial, full
status
  online  yes
  paper   near_end
  error
holder
""")
        self.assertEqual(self.service.asked, [("device.get", {"device": "receipt"})])

    def test_enable_and_disable(self):
        self.serve(device_enable={}, device_disable={})
        self.check(["enable", "a"], "")
        self.check(["disable", "a", "--json"], "{}\n")
        self.assertEqual(self.service.asked,
                         [("device.enable", {"device": "a"}), ("device.disable", {"device": "a"})])

    def test_health_and_statistics(self):
        self.serve(device_checkHealth={"text": "Internal HCheck: Successful"},
                   device_statistics={"statistics": {"ReceiptLinePrintedCount": 12}})
        self.check(["health", "a", "--level", "internal"], "Internal HCheck: Successful\n")
        self.check(["statistics", "a"], "ReceiptLinePrintedCount  12\n")
        self.assertEqual(self.service.asked[0], ("device.checkHealth", {"device": "a", "level": "internal"}))

    def test_roles_and_drivers(self):
        self.serve(role_list={"roles": [
            {"role": "receipt", "device": "p1", "devices": ["p1", "p2"], "implicit": False},
            {"role": "scanner", "device": "s", "devices": ["s"], "implicit": True}]},
            driver_list={"drivers": [{"name": "escpos", "version": "0.1.0", "summary": "ESC/POS printers",
                                      "classes": ["printer", "drawer"], "options": []}]})
        self.check(["roles"], """\
ROLE     IN USE  DEVICES
receipt  p1      p1, p2
scanner  s       s        the only one of its class
""")
        self.check(["drivers"], """\
DRIVER  VERSION  CLASSES          SUMMARY
escpos  0.1.0    printer, drawer  ESC/POS printers
""")


class Errors(Case):
    def test_error_of_the_service(self):
        self.serve(device_claim=Error(-32002, "Claimed", "scanner-1 is held by uid 1000, pid 42",
                                      hint="wait for the holder", device="scanner-1", retryable=True))
        self.check(["claim", "scanner-1"], "",
                   "poshalctl: Claimed: scanner-1 is held by uid 1000, pid 42. Wait for the holder.\n", 1)
        code, out, err = self.run_it("claim", "scanner-1", "--json")
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(json.loads(err), {"error": {
            "code": -32002, "name": "Claimed", "message": "scanner-1 is held by uid 1000, pid 42",
            "hint": "wait for the holder", "device": "scanner-1", "retryable": True}})

    def test_exit_codes_and_safe_text(self):
        self.serve(device_list=Error(-32011, "Failure", "a\u001b[2J\nb", hint="é"))
        self.check(["list"], "", "poshalctl: Failure: a\\x1b[2J\\x0ab. é.\n", 1)
        self.tearDown()
        self.setUp()
        for name, code in (("AccessDenied", 4), ("Uncertain", 5), ("Timeout", 6), ("Offline", 1)):
            self.serve(device_list=Error(-32011, name, "m"))
            self.assertEqual(self.run_it("list")[0], code, name)
            self.tearDown()
            self.setUp()

    def test_not_running(self):
        path = self.dir / "run" / "poshal.sock"
        code, out, err = self.run_it("list")
        self.assertEqual((code, out), (3, ""))
        self.assertEqual(err, f"poshalctl: Closed: the service is not running: no socket at {path}. Start it "
                              "with `systemctl start poshald`, or a private one with `poshald --root DIR` and "
                              "use `poshalctl --root DIR`.\n")

    def test_full(self):
        self.serve(hello=b'{"jsonrpc":"2.0","id":null,"error":{"code":-32024,"message":"1024 connections",'
                         b'"data":{"name":"LimitExceeded","hint":"close some"}}}\n')
        self.check(["list"], "", "poshalctl: LimitExceeded: 1024 connections. Close some.\n", 1)

    def test_lost_in_the_middle(self):
        self.serve(printer_print=lambda service, params: service.hang_up())
        code, out, err = self.run_it("print", "p", "-", "--key", "k9", stdin="x")
        self.assertEqual((code, out), (3, ""))
        self.assertEqual(
            err, CLOSED + "poshalctl: repeat the command with --key k9: it never happens twice.\n")

    def test_usage(self):
        for words, message in (
                ([], "no command. See `poshalctl help`."),
                (["frob"], "unknown command frob. See `poshalctl help`."),
                (["drawer"], "drawer needs one more word. See `poshalctl help drawer`."),
                (["drawer", "frob"], "unknown command drawer frob. See `poshalctl help drawer`."),
                (["list", "x"], "too many arguments. Usage: poshalctl list"),
                (["show"], "missing or unexpected arguments. Usage: poshalctl show DEVICE"),
                (["show", "a", "--x"], "unknown option --x of show. See `poshalctl help show`."),
                (["scan", "--count"], "--count needs a value: --count N."),
                (["scan", "--count", "0"], '--count takes a whole number from 1 to 1000000, not "0".'),
                (["list", "--ids=1"], "--ids takes no value."),
                (["call", "a.b", "[]"],
                 "the parameters must be a JSON object, like '{\"device\":\"scanner\"}'."),
                (["print", "p", "/nonexistent"], "/nonexistent: No such file or directory."),
                (["print", "p", "-", "--text", "--document"], "--text, --document and --receiptline exclude each other."),
        ):
            self.check(words, "", f"poshalctl: {message}\n", 2)

    def test_bad_documents(self):
        for text, message in (("{\n\n x", "not JSON, line 3; --text prints it as it is, --receiptline as markup."),):
            path = self.write("bad", text)
            self.check(["print", "p", path], "", f"poshalctl: {path}: {message}\n", 2)
        path = self.dir / "latin1"
        path.write_bytes(b"caf\xe9")
        self.check(["print", "p", str(path)], "", f"poshalctl: {path} is not UTF-8 text.\n", 2)
        path.write_bytes(b"x" * (1024 * 1024 + 1))
        self.check(["print", "p", str(path)], "", f"poshalctl: {path} is longer than 1048576 bytes.\n", 2)


class Printing(Case):
    def test_print_text(self):
        self.serve(printer_print={"job": "job-17", "state": "queued", "duplicate": False})
        self.check(["print", "receipt", "-", "--key", "k1"], "job-17 queued, key k1\n", stdin="Hello\nÅ\n")
        self.assertEqual(self.service.asked, [
            ("printer.print", {"device": "receipt", "key": "k1", "document": {"text": "Hello\nÅ\n"}})])

    def test_print_document_with_options(self):
        self.serve(printer_print={"job": "job-17", "state": "waiting", "duplicate": True, "reason": "rec_empty"})
        path = self.write("r.json", ' {"body":[{"text":"x"}]}')
        self.check(["print", "receipt", path, "--key=k1", "--copies", "2", "--ttl", "60", "--on-recovery", "ask"],
                   "job-17 waiting (rec_empty), key k1, known already\n")
        self.assertEqual(self.service.asked, [("printer.print", {
            "device": "receipt", "key": "k1", "document": {"body": [{"text": "x"}]}, "copies": 2,
            "ttl_s": 60, "on_recovery": "ask"})])

    def test_print_makes_a_key(self):
        self.serve(printer_print={"job": "job-1", "state": "queued", "duplicate": False})
        _, out, _ = self.run_it("print", "p", "-", stdin="{ not JSON", *["--text"])
        key = self.service.asked[0][1]["key"]
        self.assertRegex(key, r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(out, f"job-1 queued, key {key}\n")
        self.assertEqual(self.service.asked[0][1]["document"], {"text": "{ not JSON"})

    def test_receiptline(self):
        self.serve(printer_print={"job": "job-1", "state": "queued", "duplicate": False})
        self.run_it("print", "p", "-", "--receiptline", stdin="{width:*,8}\nTea | 2.50\n")
        self.assertEqual(self.service.asked[0][1]["document"], {"receiptline": "{width:*,8}\nTea | 2.50\n"})

    def waiting_service(self, state, present="queued"):
        def get(service, params):
            self.assertEqual(params, {"job": "job-17"})
            for reason in ("rec_empty", "cover_open"):
                service.after_answer(lambda reason=reason: service.send({
                    "jsonrpc": "2.0", "method": "progress", "params": {
                        "id": self.waiting, "job": "job-17", "state": "waiting", "reason": reason}}))
            service.after_answer(lambda: service.send({
                "jsonrpc": "2.0", "id": self.waiting, "result": {
                    "job": dict(JOB, state=state, reason="power_cycle" if state == "uncertain" else "")}}))
            return {"job": dict(JOB, state=present, reason="off_line")}

        def wait(service, params):
            self.waiting = service.id
        self.serve(printer_print={"job": "job-17", "state": "queued", "duplicate": False},
                   job_wait=wait, job_get=get)

    def test_print_and_wait(self):
        self.waiting_service("printed")
        self.check(["print", "p", "-", "--wait", "--key", "k1"],
                   "job-17 queued, key k1\njob-17 printed, 3 of 3 segments confirmed\n",
                   "poshalctl: job-17 waits: rec_empty\nposhalctl: job-17 waits: cover_open\n", stdin="x")

    def test_print_and_wait_uncertain(self):
        self.waiting_service("uncertain", "waiting")
        self.check(["print", "p", "-", "--wait", "--key", "k1"],
                   "job-17 queued, key k1\njob-17 uncertain, 3 of 3 segments confirmed: power_cycle\n",
                   "poshalctl: job-17 waits: off_line\nposhalctl: job-17 waits: rec_empty\n"
                   "poshalctl: job-17 waits: cover_open\n", 5, stdin="x")

    def test_print_and_wait_json(self):
        self.serve(printer_print={"job": "job-17", "state": "queued", "duplicate": False},
                   job_wait={"job": dict(JOB, state="failed")})
        code, out, err = self.run_it("print", "p", "-", "--wait", "--json", stdin="x")
        self.assertEqual((code, json.loads(out)["job"]["state"], err), (1, "failed", ""))

    def test_jobs(self):
        self.serve(job_list={"jobs": [
            JOB, dict(JOB, job="job-16", state="waiting", reason="rec_empty", segments=0)]})
        self.check(["jobs", "--state", "open", "--device", "receipt", "--limit", "5"], """\
JOB     DEVICE        STATE    DONE  CREATED              KEY  REASON
job-17  till-printer  printed  3/3   2026-11-21 19:45:08  k-1
job-16  till-printer  waiting        2026-11-21 19:45:08  k-1  rec_empty
""")
        self.assertEqual(self.service.asked, [
            ("job.list", {"state": "open", "device": "receipt", "limit": 5})])

    def test_job(self):
        self.serve(job_get={"job": JOB}, job_cancel={"job": dict(JOB, state="cancelled", segments=0)},
                   job_retry={"job": dict(JOB, state="queued", segments=0)})
        self.check(["job", "show", "k-1"], """\
job                job-17
key                k-1
device             till-printer
state              printed
reason
segments           3
confirmed_through  3
copies             1
on_recovery        reprint
reprint            no
created            2026-11-21 19:45:08
updated            2026-11-21 19:45:09
owner              1000
""")
        self.check(["job", "cancel", "job-17"], "job-17 cancelled\n")
        self.check(["job", "retry", "job-17", "--reprint"], "job-17 queued\n")
        self.assertEqual([call for call in self.service.asked], [
            ("job.get", {"job": "k-1"}), ("job.cancel", {"job": "job-17"}),
            ("job.retry", {"job": "job-17", "reprint": True})])

    def test_job_wait(self):
        self.serve(job_wait={"job": dict(JOB, state="expired", segments=0)},
                   job_get={"job": dict(JOB, state="expired")})
        self.check(["job", "wait", "job-17", "--timeout", "2"], "job-17 expired\n", code=1)
        self.assertEqual(self.service.asked[0], ("job.wait", {"job": "job-17", "timeout_ms": 2000}))

    def test_preview(self):
        self.serve(printer_preview={"text": "TOTAL\n 12\u001b.50\n", "columns": 10})
        self.check(["preview", "-", "--device", "p"], "----------\nTOTAL\n 12\\x1b.50\n----------\n", stdin="x")
        self.assertEqual(self.service.asked, [("printer.preview", {"document": {"text": "x"}, "device": "p"})])

    def test_preview_as_a_picture(self):
        self.serve(printer_preview={"png_b64": "iVBORw==", "columns": 48}, job_copy={"svg": "<svg/>", "columns": 48})
        path = self.dir / "receipt.png"
        self.check(["preview", "-", "--columns", "40", "--format", "png", "--output", str(path)], "", stdin="x")
        self.assertEqual(path.read_bytes(), b"\x89PNG")
        self.check(["job", "copy", "k-1", "--format", "svg"], "<svg/>")
        self.assertEqual(self.service.asked, [
            ("printer.preview", {"document": {"text": "x"}, "columns": 40, "format": "png"}),
            ("job.copy", {"job": "k-1", "format": "svg"})])
        self.check(["preview", "-", "--format", "gif"], "", code=2, stdin="x",
                   err="poshalctl: --format is text, png, svg, pdf or html.\n")
        self.check(["preview", "-", "--format", "png", "--output", "/nonexistent/x"], "", code=1, stdin="x",
                   err="poshalctl: /nonexistent/x: No such file or directory.\n")
        self.check(["job", "copy", "k-1", "--format", "pdf"], "", code=1,
                   err="poshalctl: the service sent no pdf.\n")

    def test_validate(self):
        self.serve(printer_validate={"valid": False, "errors": [
            {"path": "$.body[0].txt", "reason": "unknown member"}], "degradations": [
            {"path": "$.body[1]", "text": "left out"}]})
        self.check(["validate", "-"], """\
error: $.body[0].txt: unknown member
degraded: $.body[1]: left out
not valid
""", code=1, stdin='{"body":[]}')
        self.assertEqual(self.service.asked, [("printer.validate", {"document": {"body": []}, "explain": True})])


class Counter(Case):
    def test_drawer_open(self):
        for outcome, text, code in (
                ({"outcome": "opened"}, "opened", 0),
                ({"outcome": "opened", "already": True}, "it was open already; no pulse was sent", 0),
                ({"outcome": "opened", "duplicate": True}, "opened (for the first call with this key)", 0),
                ({"outcome": "no_sensor"}, "the pulse was sent; this drawer has no sensor", 0),
                ({"outcome": "not_confirmed"},
                 "the pulse was sent, the sensor does not say that it opened", 5)):
            self.serve(drawer_open=outcome)
            self.check(["drawer", "open", "--key", "k", "--reason", "change", "--operator", "Ann"],
                       text + "\n", code=code)
            self.assertEqual(self.service.asked, [("drawer.open", {
                "device": "drawer", "key": "k", "reason": "change", "operator": "Ann"})])
            self.tearDown()
            self.setUp()

    def test_drawer_state(self):
        self.serve(drawer_status={"state": "closed"}, drawer_waitForClose={"state": "closed"})
        self.check(["drawer", "status", "d1"], "closed\n")
        self.check(["drawer", "wait", "--timeout", "3"], "closed\n")
        self.assertEqual(self.service.asked, [
            ("drawer.status", {"device": "d1"}), ("drawer.waitForClose", {"device": "drawer", "timeout_ms": 3000})])

    def tune(self, service, params):
        return {"closed": {"step": "closed", "level": "high"}, "forget": {"step": "forget"},
                "open": {"step": "open", "level": "low", "finding": "open_low"},
                "pulse": {"step": "pulse", "level": "high", "finding": "none"},
                "accept": {"step": "accept", "finding": "open_low"}}[params["step"]]

    def steps(self):
        return [params["step"] for name, params in self.service.asked if name == "drawer.tune"]

    def test_drawer_tune(self):
        for words, stdin, end, code, steps in (
                ([], "\n\n\n", "Keep that? [Y/n] Kept, also across restarts: open_low\n", 0, ["closed", "open", "accept"]),
                ([], "\n\nn\n", "Keep that? [Y/n] Nothing was kept.\n", 1, ["closed", "open"]),
                ([], "\np\n\n", "Keep that it has no switch? [y/N] Nothing was kept.\n", 1, ["closed", "pulse"]),
                (["--pulse"], "\ny\n", "also across restarts: none\n", 0, ["closed", "pulse", "accept"]),
                (["--forget"], "", "", 0, ["forget"])):
            self.serve(drawer_tune=self.tune)
            result = self.run_it("drawer", "tune", "d1", *words, stdin=stdin)
            self.assertEqual((result[0], result[2]), (code, ""))
            self.assertTrue(result[1].endswith(end), result[1])
            self.assertEqual(self.steps(), steps)
            self.tearDown()
            self.setUp()

    def test_drawer_tune_without_answers(self):
        self.serve(drawer_tune=self.tune)
        result = self.run_it("drawer", "tune", stdin="\n")
        self.assertEqual((result[0], result[2]), (1, "poshalctl: no answer: nothing was kept\n"))
        self.assertEqual(self.steps(), ["closed"])
        result = self.run_it("--json", "drawer", "tune", stdin="\n\n\n")
        self.assertEqual((result[0], result[1]), (0, '{"step":"accept","finding":"open_low"}\n'))

    def test_drawer_acknowledge(self):
        self.serve(drawer_acknowledge={"acknowledged": True})
        self.check(["drawer", "acknowledge", "--operator", "Ann"], "the alarm is off\n")
        self.assertEqual(self.service.asked, [("drawer.acknowledge", {"device": "drawer", "operator": "Ann"})])

    def test_display(self):
        self.serve(display_show={}, display_clear={})
        self.check(["display", "show", "d", "TOTAL", "--brightness", "50", "--", "--12.50"], "")
        self.check(["display", "clear", "d"], "")
        self.assertEqual(self.service.asked, [
            ("display.show", {"device": "d", "lines": ["TOTAL", "--12.50"], "brightness": 50}),
            ("display.clear", {"device": "d"})])

    def test_display_idle_and_content(self):
        self.serve(display_idle={}, display_content={"rows": ["TOTAL", "\x1b12"], "idle": False})
        self.check(["display", "idle", "d", "WELCOME", "--after", "5"], "")
        self.check(["display", "idle", "d"], "")
        self.check(["display", "content", "d"], "TOTAL\n\\x1b12\n")
        self.assertEqual(self.service.asked, [
            ("display.idle", {"device": "d", "lines": ["WELCOME"], "after_s": 5}),
            ("display.idle", {"device": "d", "lines": []}), ("display.content", {"device": "d"})])

    def test_display_marquee(self):
        self.serve(device_get={"device": {"capabilities": {"rows": 2, "columns": 20}}}, display_marquee={},
                   **{"display.window.create": {"window": 1}, "display.window.text": {}})
        self.check(["display", "marquee", "d", "FRESH BREAD", "--step", "300"], "")
        self.assertEqual(self.service.asked, [
            ("device.get", {"device": "d"}),
            ("display.window.create", {"device": "d", "viewport_row": 1, "viewport_column": 0, "viewport_height": 1,
                                       "viewport_width": 20, "columns": 21}),
            ("display.marquee", {"device": "d", "type": "init"}),
            ("display.window.text", {"device": "d", "text": "FRESH BREAD"}),
            ("display.marquee", {"device": "d", "type": "left", "unit_wait_ms": 300, "repeat_wait_ms": 2000})])

    def scanning(self, *actions, at_once=()):
        def enable(service, params):
            for action in at_once:
                action(service)
            for action in actions:
                service.after_answer(lambda action=action: action(service))
            return {}
        self.serve(device_claim={"lease": "1"}, scanner_enable=enable, device_retain={})

    @staticmethod
    def label(text, symbology="ean13", **more):
        return lambda service: service.event("scanner.data", "scanner-1", {
            "text": text, "data_b64": "AA==", "label_b64": "AA==", "symbology": symbology,
            "upos_type": 104, "aim": "]E0", **more, "age_ms": 1})

    def test_scan(self):
        self.scanning(self.label("4006381333931"), lambda service: service.event(
            "scanner.dropped", "scanner-1", {"count": 2, "reason": "rate"}), self.label("a\tb", "code128"),
            self.label("too many"))
        self.check(["scan", "--count", "2"], "ean13          4006381333931\ncode128        a\\x09b\n",
                   "poshalctl: scanner-1 dropped 2 (rate)\n")
        self.assertEqual(self.service.asked, [
            ("device.claim", {"device": "scanner"}), ("scanner.enable", {"device": "scanner"})])

    def test_scan_says_what_a_label_means(self):
        self.scanning(
            self.label("2211114002394", checksum_ok=True, gs1=[{"ai": "01", "value": "02211114002394"}],
                       measure={"kind": "price", "verified": True, "value": 239, "decimals": 2, "item": "221111"}),
            self.label("2511118000120", checksum_ok=False,
                       measure={"kind": "count", "verified": False, "item": "251111"}),
            self.label("x", "gs1-128", gs1=[{"ai": "01", "title": "GTIN", "value": "09506000134352"},
                                            {"ai": "10", "title": "BATCH\x1b[2J", "value": "A\x07"}]),
            self.label("y", "gs1-128", gs1_problem="(01): wrong check digit"))
        self.check(["scan", "--count", "4"],
                   "ean13          2211114002394\n               price 2.39, article 221111\n"
                   "ean13          2511118000120\n               its check digit is wrong\n"
                   "               count not to be trusted, its verifier is wrong, article 251111\n"
                   "gs1-128        x\n               (01) 09506000134352  GTIN\n"
                   "               (10) A\\x07  BATCH\\x1b[2J\n"
                   "gs1-128        y\n               not read as GS1: (01): wrong check digit\n")

    def test_swipe(self):
        tracks = [{"track": 1, "state": "good"}, {"track": 2, "state": "lrc"}]

        def enable(service, params):
            for topic, data in (("msr.data", {"kind": "bank", "masked_pan": "411111******1111", "luhn": True,
                                              "clear": False, "tracks": tracks, "encrypted": {"ksn_b64": "AA=="}}),
                                ("msr.error", {"tracks": tracks[1:]}),
                                ("msr.data", {"kind": "other", "account_number": "9912\x1b", "luhn": False,
                                              "clear": True, "tracks": tracks[:1]})):
                service.after_answer(lambda topic=topic, data=data: service.event(topic, "msr-1", data))
            return {}
        self.serve(device_claim={"lease": "1"}, msr_enable=enable, device_retain={})
        self.check(["swipe", "--count", "3"],
                   "bank   411111******1111  encrypted  track 1 good  track 2 lrc\n"
                   "not read  track 2 lrc\n"
                   "other  9912\\x1b  wrong check digit  track 1 good\n")
        self.assertEqual(self.service.asked, [
            ("device.claim", {"device": "msr"}), ("msr.enable", {"device": "msr"})])

    def test_scan_json(self):
        self.scanning(self.label("4006381333931"))
        code, out, _ = self.run_it("scan", "s", "--count=1", "--json")
        self.assertEqual((code, json.loads(out)["text"]), (0, "4006381333931"))

    def test_scan_times_out(self):
        # in front of the answer: behind it the second has begun
        self.scanning(at_once=[self.label("1")])
        self.check(["scan", "--count", "2", "--timeout", "1"], "ean13          1\n",
                   "poshalctl: 1 label within the time.\n", 6)

    def test_scan_keeps_and_loses_the_lease(self):
        self.scanning(lambda service: service.event("lease.requested", "scanner-1", {"by": "uid 1"}),
                      lambda service: service.event("lease.lost", "scanner-1", {"reason": "removed"}))
        self.check(["scan"], "", "poshalctl: the lease on scanner-1 was lost.\n", 1)

    def test_claim_runs_a_command(self):
        self.serve(device_claim={"lease": "1"})
        self.check(["claim", "p", "--wait", "2", "--", "sh", "-c", "echo held; exit 7"], "held\n", code=7)
        self.assertEqual(self.service.asked, [("device.claim", {"device": "p", "wait_ms": 2000})])
        self.check(["claim", "p", "--", "/nonexistent/x"], "",
                   "poshalctl: cannot run /nonexistent/x: No such file or directory.\n", 127)

    def test_claim_answers_and_loses(self):
        self.serve(device_claim={"lease": "1"}, device_retain={})
        process = self.start("claim", "scanner-1", "--", "sleep", "60")
        self.service.wait_for("device.claim")
        self.service.event("lease.requested", "scanner-1", {"by": "uid 1", "answer_within_ms": 3000})
        self.assertEqual(self.service.wait_for("device.retain"), {"device": "scanner-1"})
        self.service.event("lease.lost", "scanner-1", {"reason": "removed"})
        self.assertEqual(self.finish(process), (1, "", "poshalctl: the lease on scanner-1 was lost.\n"))

    def test_claim_until_the_service_ends(self):
        self.serve(device_claim={"lease": "lease-4"})
        process = self.start("claim", "p")
        self.assertEqual(process.stdout.readline(), "p is yours (lease-4); Ctrl-C gives it back\n")
        self.service.hang_up()
        self.assertEqual(self.finish(process)[::2], (3, CLOSED))


class Service(Case):
    def test_watch(self):
        def subscribe(service, params):
            service.after_answer(lambda: service.event(
                "device.state", "p1", {"state": "ready", "reasons": ["a", "b"], "x": "", "y": []}, 7))
            service.after_answer(lambda: service.event("audit", "", {"seq": 3, "action": "drawer.open"}, 8))
            service.after_answer(service.hang_up)
            return {"subscription": "1", "instance": "7d0e", "seq": 6}
        self.serve(events_subscribe=subscribe)
        code, out, err = self.run_it("watch")
        self.assertEqual((code, err), (3, CLOSED))
        self.assertEqual(out, "19:45:08  device.state      p1                state=ready  reasons=a, b\n"
                              "19:45:08  audit             -                 seq=3  action=drawer.open\n")
        _, out, _ = self.run_it("watch", "device", "audit", "--device", "p1", "--json")
        self.assertEqual([json.loads(line)["seq"] for line in out.splitlines()], [7, 8])
        self.assertEqual(self.service.asked, [
            ("events.subscribe", {"topics": ["*"]}),
            ("events.subscribe", {"topics": ["device", "audit"], "devices": ["p1"]})])

    FINDING = {"severity": "error", "subject": "till-printer", "problem": "offline: not_responding",
               "cause": "nobody answers at tcp://10.0.0.7:9100", "advice": "switch it on and check the cable"}

    def test_doctor(self):
        self.serve(system_diagnose={"findings": [self.FINDING, dict(self.FINDING, severity="warning", cause="",
                                                    problem="till-printer is offline")]})
        self.check(["doctor"], """\
error: till-printer: offline: not_responding
  cause  nobody answers at tcp://10.0.0.7:9100
  to do  switch it on and check the cable
warning: till-printer is offline
  to do  switch it on and check the cable
""", code=1)

    def test_doctor_when_all_is_well(self):
        self.serve(system_diagnose={"findings": []})
        self.check(["doctor"], "all is well\n")

    def test_doctor_without_a_service(self):
        path = self.dir / "run" / "poshal.sock"
        self.check(["doctor"], f"""\
error: service: the service is not running: no socket at {path}
  cause  poshald was not started, or has its socket elsewhere
  to do  start it with `systemctl start poshald`, or a private one with `poshald --root DIR` and use \
`poshalctl --root DIR`
""", code=3)
        self.serve()
        self.service.close()
        self.service = None
        code, out, _ = self.run_it("doctor", "--json")
        self.assertEqual((code, json.loads(out)["findings"][0]["problem"]),
                         (3, f"the service is not running: nobody listens at {path}"))

    def test_info(self):
        self.serve(system_info={"version": "0.1.0", "counts": {"devices": 2}, "bus": "absent"})
        self.check(["info"], "version  0.1.0\ncounts\n  devices  2\nbus      absent\n")

    def test_reload(self):
        self.serve(config_reload={"errors": [{"file": "poshal.conf", "line": 3, "text": "unknown key `x`"}],
                                  "changed": ["a", "b"]})
        self.check(["reload"], "poshal.conf:3: unknown key `x`\nchanged: a, b\n", code=1)

    def test_audit(self):
        self.serve(audit_list={"entries": [
            {"seq": 1, "time": "2026-11-21T19:45:08.123Z", "uid": 0, "who": "root", "action": "drawer.open",
             "device": "drawer-1", "outcome": "opened", "detail": {"reason": "change"}}]})
        self.check(["audit", "--since", "0", "--limit", "9"], """\
SEQ  TIME                 WHO   ACTION       DEVICE    OUTCOME  DETAIL
1    2026-11-21 19:45:08  root  drawer.open  drawer-1  opened   {"reason":"change"}
""")
        self.assertEqual(self.service.asked, [("audit.list", {"limit": 9})])

    def test_audit_verify(self):
        self.serve(audit_verify={"ok": True, "entries": 12, "head": "5d0e"})
        for words in (["audit", "--verify"], ["audit", "verify"]):
            self.check(words, "the audit trail is unbroken, 12 entries\n  head   5d0e\n")
        self.tearDown()
        self.setUp()
        self.serve(audit_verify={"ok": False, "entries": 3, "bad": 4, "problem": "changed", "head": "5d0e",
                                 "cause": "the row is not what was written", "advice": "keep a copy"})
        self.check(["audit", "verify"], """\
the audit trail is broken at entry 4: changed
  cause  the row is not what was written
  to do  keep a copy
  head   5d0e
""", code=1)

    def test_call(self):
        self.serve(rpc_ping=lambda service, params: {"echo": params})
        self.check(["call", "rpc.ping", "--json", '{"a":"é"}'], '{"echo":{"a":"é"}}\n')
        self.check(["call", "rpc.ping", "-"], '{\n\t"echo":\t{\n\t\t"a":\t1\n\t}\n}\n', stdin=' {"a":1} ')
        self.check(["call", "a.b"], "",
                   "poshalctl: MethodNotFound: no such method. `poshalctl call rpc.discover` lists the methods.\n", 1)

    def test_call_times_out(self):
        self.serve(rpc_ping=lambda service, params: None)
        self.check(["call", "rpc.ping", "--timeout", "0"], "",
                   "poshalctl: Timeout: no answer from the service in time. Try again.\n", 6)


class Payments(Case):
    RESULT = {"payment": "pay-17", "type": "sale", "kind": "online", "mode": "online", "device": "reader", "amount": 1250,
              "amount_approved": 1250, "currency": "EUR", "masked_pan": "476173******0010", "receipts": {}}

    def pay(self, words, out, code=0, **result):
        self.serve(payment_authorize={**self.RESULT, **result})
        self.check(["pay", "authorize", "12.50", "EUR", "--key", "k", *words], out, code=code)
        self.tearDown()
        params = self.service.asked[-1][1]
        self.setUp()
        return params

    def test_who_has_approved(self):
        self.assertEqual(self.pay([], "pay-17 approved 12.50 EUR 476173******0010, approval code 123456\n",
                                  outcome="approved", approval_code="123456"),
                         {"key": "k", "amount": 1250, "currency": "EUR"})
        line = "pay-17 approved_offline 12.50 EUR 476173******0010\n"
        params = self.pay(["--offline", "allow"], line + "  accepted offline, subject to authorization: nobody has "
                          "approved it yet, and it may still be declined\n",
                          outcome="approved_offline", mode="offline", kind="sale_deferred")
        self.assertEqual(params["offline"], "allow")
        self.pay([], line + "  approved offline by the card; the host is told later\n",
                 outcome="approved_offline", mode="offline", kind="emv_offline_tc")
        params = self.pay(["--offline", "force", "--operator", "ann", "--reason", "the line is being dug up"],
                          "pay-17 declined 476173******0010: offline_limit, max_sale; no more than 50.00 EUR a sale\n", code=1,
                          outcome="declined", amount_approved=0, reason="offline_limit", limit="max_sale",
                          message="no more than 50.00 EUR a sale")
        self.assertEqual((params["offline"], params["operator"], params["reason"]),
                         ("force", "ann", "the line is being dug up"))

    def test_amounts(self):
        for text, currency, amount in ("12.50", "EUR", 1250), ("0.05", "EUR", 5), ("1.500", "KWD", 1500), ("7", "JPY", 7):
            self.serve(payment_authorize={**self.RESULT, "outcome": "approved"})
            self.assertEqual(self.run_it("pay", "authorize", text, currency)[0], 0)
            self.assertEqual(self.service.asked[0][1]["amount"], amount)
            self.tearDown()
            self.setUp()
        for text, currency in ("12.5", "EUR"), ("12.500", "EUR"), ("12.", "EUR"), ("12.50", "JPY"), ("1.", "JPY"), \
                (".50", "EUR"), ("0.00", "EUR"), ("12,50", "EUR"), ("-1", "EUR"), ("1e3", "EUR"), ("6", "EUR"), ("1250", "EUR"):
            self.check(["pay", "authorize", text, currency], "",
                       f"poshalctl: `{text}` is no amount: write it with all decimals of its currency, as 12.50 EUR or 7 JPY.\n", 2)
        for currency in "ABC", "eur":
            self.check(["pay", "authorize", "12.50", currency], "",
                       f"poshalctl: `{currency}` is no currency that is known here: write its code in capitals, as EUR.\n", 2)
        self.check(["pay", "complete", "k", "12.50"], "",
                   "poshalctl: `12.50` is no amount: write whole minor units, 1250 for 12.50 EUR.\n", 2)

    def test_what_is_no_sale(self):
        void = {**self.RESULT, "payment": "pay-18", "type": "void", "outcome": "approved"}
        self.serve(payment_void=void)
        self.check(["pay", "void", "sale-1", "--operator", "ann", "--reason", "wrong", "--key", "k"],
                   "pay-18 void approved 12.50 EUR 476173******0010\n")

    def test_what_is_missing_is_an_option(self):
        for words, message, said in (
                (["pay", "void", "sale-1"], "$.operator: is missing", "--operator: is missing"),
                (["queue", "totals", "--carry-forward"], "$.carry_forward: goes with reconcile", "--carry-forward: goes with reconcile"),
                (["pay", "get", "sale-1"], "$.payment: is longer than 64 bytes", "$.payment: is longer than 64 bytes"),
                (["pay", "void", "sale-1"], "$.opera: unknown parameter", "$.opera: unknown parameter")):
            self.serve(**{method: Error(-32006, "Illegal", message)
                          for method in ("payment_void", "payment_get", "queue_totals")})
            self.check(words, "", f"poshalctl: Illegal: {said}. Correct the argument.\n", 1)
            self.tearDown()
            self.setUp()

    def test_list(self):
        self.serve(payment_list={"payments": [{**self.RESULT, "state": "approved", "created": "2026-11-22T09:12:08.000Z"},
                                              {**self.RESULT, "payment": "pay-9", "state": "declined", "currency": "JPY"}]})
        self.check(["pay", "list"], """\
PAYMENT  STATE     TYPE  AMOUNT     TIME                 DEVICE  REFERENCE
pay-17   approved  sale  12.50 EUR  2026-11-22 09:12:08  reader
pay-9    declined  sale  1,250 JPY                       reader
""")

    def test_voice(self):
        self.serve(payment_voice={**self.RESULT, "payment": "pay-18", "outcome": "approved_offline", "kind": "voice",
                                  "mode": "offline", "approval_code": "A12345"})
        self.check(["pay", "voice", "sale-1", "12.50", "EUR", "A12345", "--operator", "ann", "--key", "k"],
                   "pay-18 approved_offline 12.50 EUR 476173******0010, approval code A12345\n"
                   "  approved by telephone; the host is told later\n")
        self.assertEqual(self.service.asked, [("payment.voice", {
            "payment": "sale-1", "amount": 1250, "currency": "EUR", "approval_code": "A12345", "operator": "ann",
            "key": "k"})])
        self.service.asked.clear()
        self.check(["pay", "voice", "sale-1", "12.50", "EUR", "A12345", "--operator", "ann", "--key", "k", "--device", "back"],
                   "pay-18 approved_offline 12.50 EUR 476173******0010, approval code A12345\n"
                   "  approved by telephone; the host is told later\n")
        self.assertEqual(self.service.asked[0][1]["device"], "back")

    def test_explain(self):
        self.serve(payment_explain={"device": "reader", "state": "ready", "online": {"yes": True, "text": "the host decides"},
                                    "offline": {"yes": False, "limit": "max_sale", "text": "no more than 50.00 EUR a sale"},
                                    "acquirer": {}})
        self.check(["pay", "explain", "60.00", "EUR", "--offline", "allow"], """\
online   yes: the host decides
offline  no, max_sale: no more than 50.00 EUR a sale
""")
        self.assertEqual(self.service.asked, [("payment.explain", {"amount": 6000, "currency": "EUR", "offline": "allow"})])

    def test_interrupted(self):
        for number in signal.SIGINT, signal.SIGTERM:
            self.serve(payment_authorize=lambda service, params: None)
            process = self.start("pay", "authorize", "12.50", "EUR", "--key", "k")
            self.service.wait_for("payment.authorize")
            process.send_signal(number)
            self.assertEqual(self.finish(process), (-number, "", """
poshalctl: interrupted; what was asked for goes on. Repeat the command with --key k to see what becomes of it: it never happens twice.
"""))
            self.tearDown()
            self.setUp()


class Help(Case):
    def commands(self):
        return self.run_it("help", "--words")[1].splitlines()

    def test_every_command_has_help(self):
        commands = self.commands()
        self.assertIn("drawer open", commands)
        code, everything, _ = self.run_it("help")
        self.assertEqual(code, 0)
        for command in commands:
            self.assertIn(f"\n  {command}", everything)
            code, out, err = self.run_it("help", *command.split())
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(out.startswith(f"poshalctl {command}"), out)
            self.assertEqual(self.run_it(*command.split(), "--help"), (0, out, ""))
            self.assertTrue(all(len(line) <= 100 for line in out.splitlines()), out)

    def test_help_of_a_group(self):
        code, out, _ = self.run_it("help", "display")
        self.assertEqual(code, 0)
        self.assertEqual(out, """\
poshalctl display show [OPTION...] DEVICE LINE...
  show texts, one per row

Options:
  --brightness N       0 to 100 per cent

poshalctl display clear DEVICE
  blank the display

poshalctl display marquee [OPTION...] DEVICE TEXT
  let a text run through a row

Options:
  --row N              from 1; the last one if absent
  --step MS            a character moves on after so long; 200 if absent

poshalctl display idle [OPTION...] DEVICE [LINE...]
  what is shown while nobody uses it

Options:
  --after S            seconds after the last use; 60 if absent

poshalctl display content DEVICE
  what the display shows
""")

    def test_help_asked_of_a_group(self):
        for group in "pay", "display":
            _, out, _ = self.run_it("help", group)
            for words in ([group, "--help"], [group, "-h"], ["--help", group]):
                self.check(words, out)
        # a command that begins others, too
        code, out, _ = self.run_it("audit", "--help")
        self.assertEqual((code, out.startswith("poshalctl audit [OPTION...]\n")), (0, True))
        self.assertIn("\n\nposhalctl audit verify\n", out)
        self.check(["pay", "nonsense", "--help"],
                   "", "poshalctl: unknown command pay nonsense. See `poshalctl help pay`.\n", 2)

    def test_version(self):
        code, out, _ = self.run_it("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^poshalctl \d+\.\d+\.\d+\n$")

    def test_the_manual_names_everything(self):
        page = pathlib.Path(__file__).parents[2] / "docs" / "man" / "poshalctl.1"
        text = page.read_text(encoding="utf-8").replace("\\-", "-")
        for command in self.commands():
            self.assertRegex(text, rf"(?m)^\.It Cm {' '.join(command.split())}( |$)", command)
            for option in self.run_it("help", "--words", *command.split())[1].splitlines():
                self.assertIn(f"Fl -{option[2:].rstrip('=')}", text, f"{command} {option}")


if __name__ == "__main__":
    unittest.main(verbosity=1)
