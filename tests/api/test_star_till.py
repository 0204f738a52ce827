"""Star printers on the emulated till: sales, symbols off the paper, faults, the counter as confirmation, the drawer."""

import base64
import os
import signal
import subprocess
import tempfile
import unittest

from poshal_test import Till as AnyTill
from receipts import Receipts

BENCH = """[printer till-printer]
plug = tcp
dialect = %(dialect)s
maker = Star
model = %(model)s
firmware = 3.0
serial = STAR0001
answers = %(answers)s

[drawer till-drawer]
behind = till-printer
open_level = low
pin = 2
"""

DEVICES = """[device till-printer]
driver = star
connection = {till_printer}
profile = %(profile)s
drawer_sensor = open_low
"""

CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = till-printer\ndrawer = till-printer-drawer\n"

SALE = {"v": 1, "body": [
    {"text": "CAFÉ POSHAL", "align": "center", "size": [2, 2], "bold": True},
    {"rule": "single"},
    {"pair": ["Espresso", "2.50 €"]},
    {"pair": ["Žlutý kůň", "1.80 €"]},
    {"pair": ["TOTAL", "4.30 €"], "bold": True},
    {"barcode": {"type": "ean13", "data": "4006381333931", "height": 64, "hri": "below"}},
    {"barcode": {"type": "code128", "data": "No.991604"}, "align": "center"},
    {"qr": {"data": "https://example.org/r/42", "module": 4}, "align": "center"},
    {"cut": "partial"}]}


def lines(count):
    return {"v": 1, "body": [{"text": "LINE %04d" % i} for i in range(count)] + [{"cut": "partial"}]}


def read_symbols(png):
    """What zbar reads off the picture."""
    with tempfile.NamedTemporaryFile(suffix=".png") as f:
        f.write(png)
        f.flush()
        done = subprocess.run(["zbarimg", "-q", f.name], capture_output=True, check=False)
    return sorted(done.stdout.decode().splitlines())


class Till(AnyTill):
    def __init__(self, dialect, model, profile="auto", answers="all"):
        super().__init__(bench=None, config=CONFIG, devices="", daemon=False)
        try:
            with open(self.root + "/bench.ini", "w") as f:
                f.write(BENCH % {"dialect": dialect, "model": model, "answers": answers})
            self.start_bench(self.root + "/bench.ini")
            self.write_config(CONFIG, DEVICES % {"profile": profile})
            self.start_daemon()
        except BaseException:
            self.close()
            raise


class Star(Receipts, unittest.TestCase):
    document = SALE

    def start(self, *args, **params):
        self.till = Till(*args, **params)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt")
        self.client.call("events.subscribe", topics=["job.state", "drawer.state"])

    def printed_lines(self, text=None):
        return [int(x[5:]) for x in (text or self.paper()["text"]).splitlines() if x.startswith("LINE")]

    def check_nothing_unknown(self):
        self.assertEqual(self.till.emulator.call("printer.state", device="till-printer")["unknown"], 0)


class Sales(Star):
    def sell(self):
        self.assertEqual(self.print("sale", wait=True)["state"], "printed")
        paper = self.paper(png=True)
        for part in ["CAFÉ POSHAL", "Espresso", "2.50 €", "Žlutý kůň", "TOTAL"]:
            self.assertIn(part, paper["text"])
        self.assertEqual(read_symbols(base64.b64decode(paper["png_b64"])),
                         ["CODE-128:No.991604", "EAN-13:4006381333931", "QR-Code:https://example.org/r/42"])
        job = self.final("sale")
        self.assertEqual(job["confirmed_through"], job["segments"])
        self.assertEqual(self.till.emulator.call("printer.state", device="till-printer")["cuts"], 1)
        self.check_nothing_unknown()

    def test_starprnt_by_its_model(self):
        self.start("starprnt", "MCP31L")
        self.sell()

    def test_starprnt_unknown_model(self):
        self.start("starprnt", "ABC123")
        self.sell()

    def test_line_mode_with_the_etb_counter(self):
        self.start("starline", "TSP654II", answers="asb etb")
        self.sell()

    def test_without_any_counter(self):
        self.start("starline", "TSP654II", answers="asb", profile="starline-80")
        self.assertEqual(self.print("sale", wait=True)["state"], "sent_unconfirmed")
        self.assertIn("TOTAL", self.paper()["text"])

    def test_graphic_mode_draws_everything(self):
        self.start("starraster", "TSP143", profile="star-tsp100")
        self.assertEqual(self.print("sale", wait=True)["state"], "printed")
        paper = self.paper(png=True)
        self.assertEqual(read_symbols(base64.b64decode(paper["png_b64"])),
                         ["CODE-128:No.991604", "EAN-13:4006381333931", "QR-Code:https://example.org/r/42"])
        self.check_nothing_unknown()

    def test_what_no_page_has_is_drawn_in_the_line(self):
        self.start("starprnt", "MCP31L")
        document = {"v": 1, "body": [{"pair": ["Bitcoin ₿", "1.00"]}, {"text": "สวัสดี"}]}
        self.assertEqual(self.print("drawn", document, wait=True)["state"], "printed")
        dots = [e for e in self.paper()["events"] if e["type"] in ("image", "strip", "raster")]
        self.assertTrue(dots, self.paper()["events"])
        self.assertIn("1.00", self.paper()["text"])
        self.check_nothing_unknown()


class Trouble(Star):
    def setUp(self):
        self.start("starprnt", "MCP31L")

    def test_no_paper_waits_and_goes_on(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.print("p-1", lines(3))
        self.client.event("job.state", state="waiting", reason="rec_empty")
        self.printer(paper="ok")
        self.assertEqual(self.final("p-1")["state"], "printed")
        self.assertEqual(self.printed_lines(), [0, 1, 2])

    def test_the_word_that_paper_is_back_is_lost(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.print("w-1", lines(3))
        self.client.event("job.state", state="waiting", reason="rec_empty")
        self.fault(drop_replies=1)
        self.printer(paper="ok")
        self.assertEqual(self.final("w-1")["state"], "printed")

    def test_paper_out_in_the_middle_is_finished_after_reload(self):
        self.fault(paper="empty", after_bytes=700)
        self.print("p-2", lines(120))
        self.wait_status("rec_empty")
        self.printer(paper="ok")
        self.assertEqual(self.final("p-2")["state"], "printed")
        self.assertEqual(self.printed_lines(), list(range(120)))

    def test_cover_and_cutter(self):
        for what, undo, reason in [({"cover": "open"}, {"cover": "closed"}, "cover_open"),
                                   ({"error": "cutter"}, {"error": "none"}, "cutter_error")]:
            self.printer(**what)
            self.wait_status(reason)
            self.print(reason, lines(2))
            self.client.event("job.state", state="waiting", reason=reason)
            self.printer(**undo)
            self.assertEqual(self.final(reason)["state"], "printed")

    def test_a_cancelled_job_leaves_nothing_behind(self):
        self.fault(paper="empty", after_bytes=300)
        self.print("x-1", lines(150))
        self.wait_status("rec_empty")
        self.client.call("job.cancel", job="x-1")
        self.assertIn(self.final("x-1")["state"], ("cancelled", "uncertain"))
        self.printer(paper="ok")
        self.wait_status(None)
        self.till.emulator.call("printer.tear", device="till-printer")
        self.assertEqual(self.print("x-2", {"text": "next"}, wait=True)["state"], "printed")
        # what is on paper of it is cut off in front of the next
        self.assertEqual([line.strip(" -") for line in self.paper()["text"].splitlines()], ["", "next"])

    def power_cycle_in_the_middle(self, key, **params):
        self.printer(bytes_per_second=2000)
        self.fault(power="cycle", after_bytes=1500)
        self.print(key, lines(200), **params)
        return self.final(key)

    def test_power_cycle_reprints_marked(self):
        job = self.power_cycle_in_the_middle("w-1")
        self.assertEqual((job["state"], job["reprint"]), ("printed", True))
        text = self.paper()["text"]
        self.assertEqual(self.printed_lines(text[text.index("REPRINT"):]), list(range(200)))

    def test_power_cycle_continue_resumes_behind_what_was_confirmed(self):
        job = self.power_cycle_in_the_middle("w-2", on_recovery="continue")
        self.assertEqual(job["state"], "printed")
        self.assertEqual(sorted(set(self.printed_lines())), list(range(200)))

    def test_power_cycle_ask_ends_uncertain(self):
        job = self.power_cycle_in_the_middle("w-3", on_recovery="ask")
        self.assertEqual(job["state"], "uncertain")
        self.assertLess(job["confirmed_through"], job["segments"])

    def test_killed_driver_and_service(self):
        for key, kill, faults in [("k-1", lambda: os.kill(self.till.device_pids()["till-printer"], signal.SIGKILL), 1),
                                  ("k-2", self.till.daemon.kill, 2)]:
            self.till.emulator.call("printer.tear", device="till-printer")
            self.fault(stall=True, after_bytes=700)
            self.print(key, lines(200))
            self.till.emulator.call("printer.wait", device="till-printer", text="LINE 0010", faults=faults)
            kill()
            self.printer(stall=False)
            client = self.client
            if key == "k-2":
                self.till.start_daemon()
                client = self.till.client()
            job = self.final(key, client)
            self.assertEqual((job["state"], job["reprint"]), ("printed", True))
            text = self.paper()["text"]
            self.assertEqual(self.printed_lines(text[text.index("REPRINT"):]), list(range(200)))


class Drawer(Star):
    def setUp(self):
        self.start("starprnt", "MCP31L")

    def test_opens_and_the_sensor_says_so(self):
        answer = self.client.call("drawer.open", device="drawer", key="d-1")
        self.assertEqual(answer, {"outcome": "opened"})
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "open"})
        self.assertEqual(self.till.emulator.call("drawer.state", device="till-drawer")["pulses"], 1)
        self.till.emulator.call("drawer.set", device="till-drawer", open=False)
        while self.client.call("drawer.status", device="drawer")["state"] != "closed":
            self.client.event("drawer.state")

    def test_opens_without_paper(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.assertEqual(self.client.call("drawer.open", device="drawer", key="d-2"), {"outcome": "opened"})

    def test_a_broken_lock_is_told(self):
        self.till.emulator.call("drawer.set", device="till-drawer", stuck=True)
        self.assertEqual(self.client.call("drawer.open", device="drawer", key="d-3")["outcome"], "not_confirmed")


if __name__ == "__main__":
    unittest.main()
