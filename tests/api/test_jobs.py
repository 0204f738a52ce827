"""Print jobs on the emulated till: keys, waiting, confirmation, paper out, power cycle, unplug, cancel, expiry."""

import base64
import json
import os
import signal
import tempfile
import unittest

from poshal_test import BUILD, RECEIPT, RpcError, Till, b64, wait_until
from receipts import Receipts
from rude_driver import RudeTill


def lines(count, mark="LINE"):
    return {"v": 1, "body": [{"text": "%s %04d" % (mark, i)} for i in range(count)] + [{"cut": "partial"}]}


class Jobs(Receipts, unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt")
        self.client.call("events.subscribe", topics=["job.state"])

    def tearDown(self):
        self.till.close()

    def test_a_wait_can_be_cancelled_from_the_first_moment(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        params = {"device": "receipt", "key": "c-1", "document": RECEIPT, "wait": True}
        ids = [self.client.next_id + 1, self.client.next_id + 2]
        for method, values in [("printer.print", params), ("job.wait", {"job": "c-1"})]:
            self.client.send_raw(b"".join(json.dumps(
                {"jsonrpc": "2.0", "id": i, "method": m, "params": p}).encode() + b"\n"
                for i, m, p in [(ids[0], method, values), (ids[1], "rpc.cancel", {"id": ids[0]})]))
            self.client.result(ids[1])
            with self.assertRaises(RpcError) as caught:
                self.client.result(ids[0])
            self.assertEqual(caught.exception.name, "Cancelled")
        self.printer(paper="ok")
        self.assertEqual(self.final("c-1")["state"], "printed")

    # ---- the main job ----

    def test_a_receipt_is_printed_and_confirmed(self):
        answer = self.print("r-1", wait=True)
        self.assertEqual((answer["state"], answer["duplicate"]), ("printed", False))
        text = self.paper()["text"]
        for part in ["CAFÉ POSHAL", "Espresso", "2.50", "TOTAL EUR", "[EAN13 4006381333931]"]:
            self.assertIn(part, text)
        self.assertEqual(text.count("CAFÉ POSHAL"), 1)
        job = self.client.call("job.get", job="r-1")["job"]
        self.assertEqual(job["job"], answer["job"])
        self.assertEqual(job["confirmed_through"], job["segments"])
        self.assertGreater(job["segments"], 0)

    def test_states_are_told_in_order(self):
        job = self.print("r-2")["job"]
        states = []
        while not states or states[-1] not in ("printed", "failed", "uncertain"):
            event = self.client.event("job.state", job=job)
            states.append(event["data"]["state"])
        self.assertEqual(states[-1], "printed")
        self.assertEqual(states, sorted(states, key=["queued", "waiting", "sending", "confirming",
                                                     "printed"].index))

    def test_a_repeated_key_prints_once(self):
        first = self.print("r-3", wait=True)
        again = self.print("r-3", wait=True)
        self.assertEqual(again["job"], first["job"])
        self.assertTrue(again["duplicate"])
        self.assertEqual(self.paper()["text"].count("CAFÉ POSHAL"), 1)

    def test_the_same_key_with_another_body_is_refused(self):
        self.print("r-4", wait=True)
        error = self.client.error("printer.print", device="receipt", key="r-4", document={"text": "other"})
        self.assertEqual(error.name, "Exists")

    def test_a_key_is_remembered_across_a_restart(self):
        first = self.print("r-5", wait=True)
        self.till.daemon.stop()
        self.till.start_daemon()
        client = self.till.client()
        again = client.call("printer.print", device="receipt", key="r-5", document=RECEIPT)
        self.assertEqual((again["job"], again["state"], again["duplicate"]), (first["job"], "printed", True))

    def test_many_jobs_in_order(self):
        for i in range(30):
            self.client.send("printer.print", {"device": "receipt", "key": "m-%d" % i,
                                               "document": {"text": "JOB %02d" % i}})
        for i in range(30):
            self.assertEqual(self.final("m-%d" % i)["state"], "printed")
        numbers = [int(x.split()[1]) for x in self.paper()["text"].splitlines() if x.startswith("JOB")]
        self.assertEqual(numbers, list(range(30)))

    def test_copies(self):
        self.print("c-1", document={"text": "COPY"}, copies=3, wait=True)
        self.assertEqual(self.paper()["text"].count("COPY"), 3)

    # ---- bad documents ----

    def test_bad_documents_are_refused_before_anything_is_stored(self):
        cases = [
            ({}, "$.document"),
            ({"text": "a", "raw_b64": "QQ=="}, "$.document"),
            ({"v": 1, "body": [{"text": "a"}, {"txet": "b"}]}, "$.document.body[1]"),
            ({"v": 1, "body": [{"text": "a", "colour": 1}]}, "$.document.body[0].colour"),
            ({"v": 1, "body": [{"barcode": {"type": "ean13", "data": "4006381333932"}}]},
             "$.document.body[0].barcode"),
            ({"v": 1, "body": [{"text": "x", "size": [9, 1]}]}, "$.document.body[0].size"),
        ]
        for i, (document, path) in enumerate(cases):
            error = self.client.error("printer.print", device="receipt", key="bad-%d" % i, document=document)
            self.assertEqual(error.name, "Illegal", document)
            self.assertTrue(error.message.startswith(path), error.message)
            self.assertFalse(self.client.call("printer.validate", document=document)["valid"])
        self.assertEqual(self.client.call("job.list")["jobs"], [])
        self.assertEqual(self.paper()["text"].strip(), "")

    def test_what_does_not_fit_this_printer_fails_with_its_path(self):
        wide = {"body": [{"text": "x"}, {"barcode": {"type": "itf", "data": "12" * 50}}]}
        self.assertEqual(self.print("wide", wide, wait=True)["state"], "failed")
        reason = "$.document.body[1].barcode: 1818 dots wide with modules of 2 dots, the paper has 576"
        self.assertEqual(self.client.call("job.get", job="wide")["job"]["reason"], reason)
        self.assertEqual(self.paper()["text"], "")

    def test_preview_shows_the_receipt(self):
        preview = self.client.call("printer.preview", document=RECEIPT, device="receipt")
        self.assertEqual(preview["columns"], 48)
        self.assertIn("Espresso" + " " * 36 + "2.50", preview["text"])

    def test_explain_names_degradations(self):
        document = {"v": 1, "body": [{"text": "Thai \u0e01 text"}]}
        answer = self.client.call("printer.validate", document=document, device="receipt", explain=True)
        self.assertTrue(answer["valid"])
        self.assertEqual(answer["degradations"][0]["path"], "$.document.body[0].text")
        self.assertIn("U+0E01", answer["degradations"][0]["text"])
        wide = {"v": 1, "body": [{"barcode": {"type": "code128", "data": "x" * 80}}]}
        answer = self.client.call("printer.validate", document=wide, device="receipt", explain=True)
        self.assertFalse(answer["valid"])
        self.assertEqual(answer["errors"][0]["path"][:18], "$.document.body[0]")

    # ---- trouble ----

    def test_no_paper_waits_and_goes_on(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        answer = self.print("p-1")
        self.assertIn(answer["state"], ("queued", "waiting"))
        self.client.event("job.state", state="waiting", reason="rec_empty")
        self.printer(paper="ok")
        self.assertEqual(self.final("p-1")["state"], "printed")
        self.assertEqual(self.paper()["text"].count("CAFÉ POSHAL"), 1)

    def test_the_word_that_paper_is_back_is_lost(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.print("w-1")
        self.client.event("job.state", state="waiting", reason="rec_empty")
        self.fault(drop_replies=1)
        self.printer(paper="ok")
        self.assertEqual(self.final("w-1")["state"], "printed")

    def test_paper_out_in_the_middle_is_finished_after_reload(self):
        self.fault(paper="empty", after_bytes=700)
        self.print("p-2", lines(120))
        held = self.client.event("job.state", reason="rec_empty")["data"]
        self.assertIn(held["state"], ("sending", "confirming"))
        self.assertEqual(self.client.call("job.get", job="p-2")["job"]["reason"], "rec_empty")
        self.printer(paper="ok")
        self.client.event("job.state", reason="")
        end = self.final("p-2")
        self.assertEqual((end["state"], end["reason"]), ("printed", ""))
        printed = [x for x in self.paper()["text"].splitlines() if x.startswith("LINE")]
        self.assertEqual(printed, ["LINE %04d" % i for i in range(120)])

    def test_cover_open_waits(self):
        self.printer(cover="open")
        self.wait_status("cover_open")
        self.print("p-3")
        self.client.event("job.state", state="waiting", reason="cover_open")
        self.printer(cover="closed")
        self.assertEqual(self.final("p-3")["state"], "printed")

    def print_half(self, key):
        """A job of 200 lines; the printer stops somewhere behind the tenth and says nothing, until `stall` is false."""
        self.fault(stall=True, after_bytes=700)
        self.print(key, lines(200))
        self.till.emulator.call("printer.wait", device="till-printer", text="LINE 0010", faults=1)

    def power_cycle_in_the_middle(self, key, **params):
        self.printer(bytes_per_second=2000)
        self.fault(power="cycle", after_bytes=1500)
        self.print(key, lines(200), **params)
        return self.final(key)

    def test_a_fault_waits_is_counted_and_explained(self):
        self.printer(error="cutter")
        self.wait_status("cutter_error")
        self.print("p-4")
        self.client.event("job.state", state="waiting", reason="cutter_error")
        findings = {f["subject"]: f for f in self.client.call("system.diagnose")["findings"]}
        self.assertIn("clear the cutter", findings["till-printer"]["advice"])
        self.printer(error="none")
        self.assertEqual(self.final("p-4")["state"], "printed")
        counts = self.client.call("device.statistics", device="receipt")["statistics"]
        self.assertEqual((counts["PrinterFaultCount"], counts["M_JobPrintedCount"]), (1, 1))

    def test_power_cycle_reprints_marked(self):
        job = self.power_cycle_in_the_middle("w-1")
        self.assertEqual((job["state"], job["reprint"]), ("printed", True))
        text = self.paper()["text"]
        self.assertIn("REPRINT", text)
        after = text[text.index("REPRINT"):]
        self.assertEqual([x for x in after.splitlines() if x.startswith("LINE")],
                         ["LINE %04d" % i for i in range(200)])

    def test_power_cycle_continue_resumes_behind_what_was_confirmed(self):
        job = self.power_cycle_in_the_middle("w-2", on_recovery="continue")
        self.assertEqual(job["state"], "printed")
        printed = [int(x[5:]) for x in self.paper()["text"].splitlines() if x.startswith("LINE")]
        self.assertEqual(sorted(set(printed)), list(range(200)))

    def test_power_cycle_ask_ends_uncertain(self):
        job = self.power_cycle_in_the_middle("w-3", on_recovery="ask")
        self.assertEqual(job["state"], "uncertain")
        self.assertLess(job["confirmed_through"], job["segments"])
        self.assertEqual(self.client.error("job.retry", job="w-3").name, "Uncertain")
        self.client.call("job.retry", job="w-3", reprint=True)
        self.assertEqual(self.final("w-3")["state"], "printed")
        self.assertIn("REPRINT", self.paper()["text"])

    def test_unplug_in_the_middle(self):
        self.print_half("u-1")
        self.till.emulator.call("device.unplug", device="till-printer")
        self.till.emulator.call("device.plug", device="till-printer")
        self.printer(stall=False)
        job = self.final("u-1")
        self.assertEqual(job["state"], "printed")
        text = self.paper()["text"]
        self.assertEqual(text.count("LINE 0199"), 1 + text.count("REPRINT") - (0 if job["reprint"] else 1)
                         if job["reprint"] and text.count("LINE 0199") > 1 else 1)

    def test_a_killed_driver_in_the_middle(self):
        self.print_half("k-1")
        os.kill(self.till.device_pids()["till-printer"], signal.SIGKILL)
        self.printer(stall=False)
        job = self.final("k-1")
        self.assertEqual((job["state"], job["reprint"]), ("printed", True))
        self.assertIn("REPRINT", self.paper()["text"])

    def test_a_killed_service_in_the_middle(self):
        self.print_half("d-1")
        self.till.daemon.kill()
        self.printer(stall=False)
        self.till.start_daemon()
        client = self.till.client()
        job = self.final("d-1", client)
        self.assertEqual((job["state"], job["reprint"]), ("printed", True), job)

    def test_an_offline_printer_does_not_delay_the_other_and_its_queue_waits(self):
        self.till.emulator.call("device.unplug", device="till-printer")
        self.client.call("events.subscribe", topics=["device.state"])
        while self.client.call("device.get", device="receipt")["device"]["state"] == "ready":
            self.client.event("device.state")
        self.assertIn(self.print("o-1")["state"], ("queued", "waiting"))
        self.till.emulator.call("device.plug", device="till-printer")
        self.assertEqual(self.final("o-1")["state"], "printed")

    # ---- cancel, expiry, lease ----

    def test_cancel_while_waiting(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.print("x-1")
        self.assertEqual(self.client.call("job.cancel", job="x-1")["job"]["state"], "cancelled")
        self.printer(paper="ok")
        self.assertEqual(self.final("x-1")["state"], "cancelled")
        self.assertEqual(self.print("x-2", wait=True)["state"], "printed")
        self.assertEqual(self.client.error("job.cancel", job="x-2").name, "Illegal")

    def test_cancel_in_the_middle_leaves_a_clean_printer(self):
        self.print_half("x-3")
        self.client.call("job.cancel", job="x-3")
        self.client.call("device.checkHealth", device="receipt") # the driver has read what came before it
        self.printer(stall=False)
        self.assertEqual(self.final("x-3")["state"], "cancelled")
        self.till.emulator.call("printer.tear", device="till-printer")
        self.assertEqual(self.print("x-4", wait=True)["state"], "printed")
        paper = self.paper()
        self.assertIn("CAFÉ POSHAL", paper["text"])
        # the rest of the cancelled receipt is not handed out with the next one
        self.assertEqual([e["type"] for e in paper["events"] if e["type"] in ("cut", "line")][:2], ["cut", "line"])
        self.assertFalse([e for e in paper["events"] if e["type"] == "unknown"])

    def test_expiry(self):
        self.printer(paper="empty")
        self.wait_status("rec_empty")
        self.print("e-1", ttl_s=1)
        self.assertEqual(self.final("e-1")["state"], "expired")
        self.printer(paper="ok")
        self.assertEqual(self.print("e-2", wait=True)["state"], "printed")
        self.assertEqual(self.paper()["text"].count("CAFÉ POSHAL"), 1)

    def test_a_lease_keeps_the_jobs_of_others_waiting(self):
        other = self.till.client()
        other.call("device.claim", device="receipt")
        self.print("l-1")
        self.client.event("job.state", state="waiting", reason="claimed")
        self.assertEqual(other.call("printer.print", device="receipt", key="l-2",
                                    document={"text": "MINE"})["duplicate"], False)
        other.call("device.release", device="receipt")
        self.assertEqual(self.final("l-1")["state"], "printed")

    def test_raw_bytes_and_direct_io(self):
        answer = self.print("raw-1", {"raw_b64": b64("RAW LINE\n")}, wait=True)
        self.assertEqual(answer["state"], "printed")
        self.assertIn("RAW LINE", self.paper()["text"])
        self.client.call("device.directIO", device="receipt", data_b64=b64("DIRECT\n"))
        self.till.emulator.call("printer.wait", device="till-printer", text="DIRECT")
        reply = []

        def answers():  # the service waits for 300 ms, and the printer may be busier than that
            answer = self.client.call("device.directIO", device="receipt", data_b64=b64(b"\x1dI\x43"))  # model name
            reply.append(base64.b64decode(answer.get("reply_b64", "")))
            if not reply[-1]:  # it comes yet: not with that of the next question
                late = "LATE %d" % len(reply)
                self.client.call("device.directIO", device="receipt", data_b64=b64(late + "\n"))
                self.till.emulator.call("printer.wait", device="till-printer", text=late)
                self.client.call("device.checkHealth", device="receipt")
            return reply[-1]

        wait_until(answers, "no answer")
        self.assertEqual(reply[-1], b"_TM-T20II\0")
        actions = [(e["action"], e["outcome"]) for e in self.client.call("audit.list")["entries"]]
        self.assertIn(("device.directIO", "requested"), actions)

    def test_list_and_lookup(self):
        for i in range(3):
            self.print("q-%d" % i, wait=True)
        jobs = self.client.call("job.list", device="receipt", limit=2)["jobs"]
        self.assertEqual([j["key"] for j in jobs], ["q-2", "q-1"])
        self.assertEqual(self.client.call("job.list", state="open")["jobs"], [])
        self.assertEqual(self.client.error("job.get", job="job-999999").name, "NoExist")
        self.assertEqual(self.client.error("job.wait", job="nobody").name, "NoExist")


class Order(unittest.TestCase):
    """The printer is the test, and quicker than the disk."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="poshal-")
        self.addCleanup(folder.cleanup)
        self.held = folder.name + "/held"
        self.till = RudeTill(classes="printer", env={"LD_PRELOAD": BUILD + "/lib/faultio.so", "FAULTIO":
                                                     "sync:gate:comm=poshald:path=/var/:while=" + self.held})
        self.addCleanup(self.till.close)
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "rude")
        self.client.call("events.subscribe", topics=["device.status"])

    def send(self, key):
        return self.client.send("printer.print", {"device": "rude", "key": key, "document": {"text": key}})

    def printed(self):
        """What the driver gets next, and has printed; told before the disk knows."""
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=1, sent=1, confirmed=1)
        return request["params"]["document"]["text"]

    def test_no_job_passes_one_that_is_being_stored(self):
        first = self.send("first")
        self.client.result(first)
        with open(self.held, "w", encoding="ascii"):
            second = self.send("second")
            self.assertEqual(self.printed(), "first")
            self.driver.notify("device.status", **{"class": "printer", "status": {"n": 1}, "reasons": []})
            self.client.event("device.status") # so the printer has nothing to do now
            third = self.send("third")
            self.client.call("system.info") # and that is with the journal, too
        os.unlink(self.held)
        self.assertEqual([self.printed(), self.printed()], ["second", "third"])
        for call in second, third:
            self.client.result(call)


if __name__ == "__main__":
    unittest.main()
