"""Documents shown instead of printed, and the copies of printed jobs, through both doors."""

import base64
import json
import os
import unittest

from dbus_test import Bus, Dbus, Variant
from poshal_test import RECEIPT, Till, wait_until
from rude_driver import CONFIG, DEVICE, RudeTill

DOCUMENT = {"v": 1, "body": [{"pair": ["TOTAL", "1.00"]}]}
TEXT = "TOTAL" + " " * 11 + "1.00\n"
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGAAAAAAElFTkSuQmCC"
PNG = base64.b64encode(b"\x89PNG").decode()


class Preview(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        self.till = RudeTill(classes="printer", renderer=True, env=self.bus.env)
        self.addCleanup(self.till.close)
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "rude")

    def on_bus(self):
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        client = Dbus(self.bus.path)
        self.addCleanup(client.close)
        return client

    def preview(self, **params):
        return self.client.call("printer.preview", document=DOCUMENT, **params)

    def ask(self, client=None, **params):
        return (client or self.client).send("printer.preview", {"document": DOCUMENT, "format": "png", **params})

    def print(self, key="k", capabilities=None, **params):
        if capabilities:
            self.driver.notify("device.info", capabilities={"printer": capabilities})
            wait_until(lambda: capabilities.items() <= self.client.call("device.get", device="rude")["device"][
                "capabilities"].items(), "no capabilities")
        self.client.call("printer.print", device="rude", key=key, document=DOCUMENT, **params)
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=1, confirmed=1)
        return self.client.call("job.wait", job=key)["job"]

    # ---- preview ----

    def test_text_needs_no_renderer(self):
        self.assertEqual(self.preview(columns=20), {"text": TEXT, "columns": 20})
        self.assertEqual(self.preview(format="text")["columns"], 48)

    def test_the_width_is_the_printers_or_as_wanted(self):
        self.driver.notify("device.info", capabilities={"printer": {"columns": 42}})
        wait_until(lambda: self.client.call("device.get", device="rude")["device"]["capabilities"], "no capabilities")
        self.assertEqual(self.preview(device="rude")["columns"], 42)
        self.assertEqual(self.preview(device="rude", columns=32)["columns"], 32)
        for columns in 7, 256:
            self.assertEqual(self.client.error("printer.preview", document=DOCUMENT, columns=columns).name, "Illegal")

    def test_pictures_are_drawn_by_the_renderer(self):
        renderer = None
        for form, member, value in [("png", "png_b64", PNG), ("svg", "svg", "<svg/>"), ("pdf", "pdf_b64", PNG),
                                    ("html", "html", "<p>TOTAL</p>")]:
            asked = self.ask(format=form, columns=42)
            renderer = renderer or self.till.renderer()
            request = renderer.request("render.preview")
            self.assertEqual(request["params"], {"document": DOCUMENT, "format": form, "columns": 42})
            renderer.answer(request, **{member: value, "width": 504})
            self.assertEqual(self.client.result(asked), {member: value, "columns": 42})

    def test_a_wrong_document_is_refused_before_anything_is_drawn(self):
        error = self.client.error("printer.preview", document={"v": 1, "body": [{"txet": "x"}]}, format="png")
        self.assertEqual(error.name, "Illegal")
        self.assertTrue(error.message.startswith("$.document.body[0]"), error.message)

    def test_what_the_renderer_refuses_keeps_its_name_and_words(self):
        asked = self.ask()
        renderer = self.till.renderer()
        renderer.refuse(renderer.request("render.preview"), "TooLarge", "$.document.body[0].image: too many pixels")
        with self.assertRaises(Exception) as caught:
            self.client.result(asked)
        self.assertEqual(caught.exception.name, "TooLarge")
        self.assertEqual(caught.exception.message, "$.document.body[0].image: too many pixels")

    def failed(self, asked, client=None):
        try:
            return (client or self.client).result(asked)
        except Exception as e:
            return e

    def test_a_renderer_that_crashes_answers_nothing_or_too_much(self):
        asked = self.ask()
        renderer = self.till.renderer()
        renderer.request("render.preview")
        renderer.send_raw(b"rubbish\n")
        self.assertEqual(self.failed(asked).name, "Failure")
        asked = self.ask()
        renderer = self.till.renderer()
        renderer.answer(renderer.request("render.preview"), other="x")
        self.assertEqual(self.failed(asked).name, "Failure")
        asked = self.ask()
        renderer.answer(renderer.request("render.preview"), png_b64="A" * (2 * 1024 * 1024 + 4))
        self.assertEqual(self.failed(asked).name, "TooLarge")

    def test_without_the_renderer(self):
        os.unlink(self.till.root + "/drivers.d/poshal-render")
        error = self.client.error("printer.preview", document=DOCUMENT, format="png")
        self.assertEqual(error.name, "Failure")
        self.assertIn("not installed", error.message)

    def test_a_client_can_have_four_at_once_and_others_theirs(self):
        asked = [self.ask() for _ in range(4)]
        renderer = self.till.renderer()
        self.assertEqual(self.client.error("printer.preview", document=DOCUMENT, format="svg").name, "LimitExceeded")
        self.preview()
        other = self.till.client()
        asked_other = self.ask(other)
        for _ in range(5):
            renderer.answer(renderer.request("render.preview"), png_b64=PNG)
        for id in asked:
            self.client.result(id)
        other.result(asked_other)
        self.ask()
        renderer.answer(renderer.request("render.preview"), png_b64=PNG)

    def test_a_preview_can_be_cancelled_and_its_client_may_leave(self):
        asked = self.ask()
        renderer = self.till.renderer()
        first = renderer.request("render.preview")
        waiting = self.ask()
        for id in waiting, asked:
            self.client.call("rpc.cancel", id=id)
            self.assertEqual(self.failed(id).name, "Cancelled")
        other = self.till.client()
        self.ask(other)
        other.close()
        renderer.answer(first, png_b64=PNG)
        asked = self.ask(format="svg")
        request = renderer.request("render.preview")
        if request["params"]["format"] == "png":  # the other's: it was asked for before that one had left
            renderer.answer(request, png_b64=PNG)
            request = renderer.request("render.preview")
        renderer.answer(request, svg="<svg/>")
        self.assertEqual(self.client.result(asked)["svg"], "<svg/>")

    def test_a_preview_does_not_keep_a_job_waiting(self):
        self.ask()
        previews = self.till.renderer()
        previews.request("render.preview")
        self.client.call("printer.print", device="rude", key="k", document=DOCUMENT)
        request = self.driver.request("printer.print")
        self.driver.answer(request, needs=[{"kind": "image", "node": 0, "width": 8}])
        jobs = self.till.renderer()
        jobs.answer(jobs.request("render.rasters"), rasters=[{"error": "x"}])
        self.assertEqual(self.driver.request("printer.print")["params"]["rasters"], [{"error": "x"}])

    # ---- validate ----

    def validate(self, client=None, **params):
        document = {"v": 1, "body": [{"text": "x"}, {"image": {"data_b64": IMAGE}}]}
        return (client or self.client).send("printer.validate", {"document": document, **params})

    def test_images_are_looked_at_by_the_renderer(self):
        self.client.call("printer.validate", document=DOCUMENT)  # no image, nothing started
        asked = self.validate()
        renderer = self.till.renderer()
        renderer.answer(renderer.request("render.preview"), png_b64=PNG)
        self.assertEqual(self.client.result(asked), {"valid": True, "errors": [], "degradations": []})
        asked = self.validate()
        renderer.refuse(renderer.request("render.preview"), "Illegal", "$.document.body[1].image: IDAT: CRC error")
        self.assertEqual(self.client.result(asked), {"valid": False, "degradations": [], "errors": [
            {"path": "$.document.body[1].image", "reason": "IDAT: CRC error"}]})
        # what cannot be looked at now may be right
        asked = self.validate()
        renderer.refuse(renderer.request("render.preview"), "TooLarge", "more than 30000 dots")
        self.assertTrue(self.client.result(asked)["valid"])
        asked = self.validate()
        cancelled = self.validate()
        self.client.call("rpc.cancel", id=cancelled)
        self.assertEqual(self.failed(cancelled).name, "Cancelled")
        renderer.request("render.preview")
        renderer.send_raw(b"rubbish\n")
        self.assertTrue(self.client.result(asked)["valid"])
        os.unlink(self.till.root + "/drivers.d/poshal-render")
        self.assertTrue(self.client.result(self.validate())["valid"])

    def test_the_driver_is_asked_before(self):
        asked = self.validate(device="rude", explain=True)
        rows = [{"path": "$.document.body[0].text", "text": "char U+0E2A -> raster"}]
        self.driver.answer(self.driver.request("printer.explain"), degradations=rows)
        renderer = self.till.renderer()
        renderer.answer(renderer.request("render.preview"), png_b64=PNG)
        self.assertEqual(self.client.result(asked), {"valid": True, "errors": [], "degradations": rows})
        for message, path, reason in [("$.document.body[0] too wide", "$.document.body[0]", "too wide"),
                                      ("$.document.body[0]: too wide", "$.document.body[0]", "too wide"),
                                      ("$.document", "$.document", "")]:
            asked = self.validate(device="rude", explain=True)
            self.driver.refuse(self.driver.request("printer.explain"), "Illegal", message)
            self.assertEqual(self.client.result(asked)["errors"], [{"path": path, "reason": reason}])
        asked = self.validate(device="rude", explain=True)
        self.driver.refuse(self.driver.request("printer.explain"), "Illegal", "not that way")
        self.assertEqual(self.failed(asked).name, "Illegal")
        other = self.till.client()
        self.validate(other, device="rude", explain=True)
        request = self.driver.request("printer.explain")
        other.close()
        self.client.call("rpc.ping")
        self.driver.answer(request, degradations=rows)
        self.assertTrue(self.client.call("printer.validate", document=DOCUMENT)["valid"])

    def test_what_the_printer_does_not_print_itself_is_drawn(self):
        rows = [{"path": "$.document.body[1].image", "text": "told by the driver"}]
        needs = [{"kind": "image", "node": 1, "width": 8}, {"kind": "line", "width": 8}, {"kind": "symbol", "node": 77}]
        explain = {"degradations": rows, "needs": needs}
        asked = self.validate(device="rude", explain=True)
        self.driver.answer(self.driver.request("printer.explain"), **explain)
        renderer = self.till.renderer()
        request = renderer.request("render.rasters")
        self.assertEqual(request["params"]["orders"], needs)
        self.assertEqual(request["params"]["document"]["body"][0], {"text": "x"})
        renderer.answer(request, rasters=[{"width": 8, "notes": ["smaller", 5]}, {"missing": [0x1F600]}, {"error": "why"}, {}])
        self.assertEqual(self.client.result(asked), {"valid": True, "errors": [], "degradations": rows + [
            {"path": "$.document.body[1].image", "text": "smaller"},
            {"path": "$.document", "text": "no font has U+1F600"}, {"path": "$.document", "text": "not drawn: why"}]})
        asked = self.validate(device="rude", explain=True)
        self.driver.answer(self.driver.request("printer.explain"), **explain)
        renderer.refuse(renderer.request("render.rasters"), "Illegal", "$.document.body[1].image: too wide")
        self.assertEqual(self.client.result(asked), {"valid": False, "degradations": [], "errors": [
            {"path": "$.document.body[1].image", "reason": "too wide"}]})
        asked = self.validate(device="rude", explain=True)
        self.driver.answer(self.driver.request("printer.explain"), **explain)
        renderer.request("render.rasters")
        renderer.send_raw(b"rubbish\n")
        last = self.client.result(asked)["degradations"][-1]
        self.assertEqual((last["path"], last["text"][:24]), ("$.document", "printed without drawings"))
        # nothing to draw: nobody is asked
        asked = self.validate(device="rude", explain=True)
        self.driver.answer(self.driver.request("printer.explain"), degradations=[], needs=[])
        self.assertEqual(self.client.result(asked), {"valid": True, "errors": [], "degradations": []})

    # ---- copies ----

    def test_the_copy_is_as_wide_as_the_paper_was(self):
        self.print(capabilities={"columns": 20})
        self.driver.notify("device.info", capabilities={"printer": {"columns": 42}})
        copy = self.client.call("job.copy", job="k")
        self.assertEqual(copy, {"job": "job-1", "state": "printed", "reprint": False, "columns": 20, "text": TEXT})
        asked = self.client.send("job.copy", {"job": "job-1", "format": "pdf"})
        renderer = self.till.renderer()
        request = renderer.request("render.preview")
        self.assertEqual(request["params"], {"document": DOCUMENT, "format": "pdf", "columns": 20})
        renderer.answer(request, pdf_b64=PNG)
        self.assertEqual(self.client.result(asked)["pdf_b64"], PNG)

    def test_the_copy_of_a_reprint_says_so(self):
        self.client.call("printer.print", device="rude", key="k", document=DOCUMENT)
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=2)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="lost", segments=2, sent=1, confirmed=0)
        request = self.driver.request("printer.print")
        self.assertEqual(request["params"]["mode"], "reprint")
        self.driver.answer(request, segments=2)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=2, confirmed=2)
        self.client.call("job.wait", job="k")
        copy = self.client.call("job.copy", job="k")
        self.assertTrue(copy["reprint"])
        self.assertEqual(copy["text"].splitlines()[0].strip(), "*** REPRINT ***")

    def test_there_is_no_copy_of_what_was_not_printed(self):
        self.client.call("printer.print", device="rude", key="k", document=DOCUMENT)
        request = self.driver.request("printer.print")
        self.assertEqual(self.client.error("job.copy", job="k").name, "Illegal")
        self.driver.refuse(request, "Illegal")
        self.client.call("job.wait", job="k")
        self.assertEqual(self.client.error("job.copy", job="k").name, "Illegal")
        self.assertEqual(self.client.error("job.copy", job="nobody").name, "NoExist")

    def test_copies_are_kept_as_long_as_configured(self):
        self.print()
        self.till.daemon.stop()
        self.till.write_config(CONFIG.format(root=self.till.root).replace(
            "[service]", "[service]\ndocument_keep_hours = 0"), DEVICE.format(name="rude", classes="printer"))
        self.till.start_daemon()
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.assertEqual(self.client.call("job.copy", job="k")["state"], "printed")
        self.print("later")  # the journal writes, and removes what is past its time
        self.assertEqual(self.client.error("job.copy", job="k").name, "NoExist")

    # ---- the other door ----

    def test_through_d_bus(self):
        client = self.on_bus()
        self.print(capabilities={"columns": 20})
        columns, result = client.call(None, "Manager.Preview", "sa{sv}", json.dumps(DOCUMENT),
                                      {"columns": Variant("i", 20)})
        self.assertEqual((columns, result), (20, {"text": TEXT}))
        serial = client.send("org.poshal1", "/org/poshal1", "org.poshal1.Manager", "Preview", "sa{sv}",
                             (json.dumps(DOCUMENT), {"format": Variant("s", "png")}))
        renderer = self.till.renderer()
        renderer.answer(renderer.request("render.preview"), png_b64=PNG)
        self.assertEqual(client.result(serial), [48, {"png": b"\x89PNG"}])
        self.assertEqual(client.call(None, "Job.Copy", "sa{sv}", "job-1", {}),
                         ["job-1", "printed", False, 20, {"text": TEXT}])


class RealRenderer(unittest.TestCase):
    """The program itself, in front of the emulated till."""

    def setUp(self):
        self.till = Till()
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt")

    def test_each_form_is_what_it_says(self):
        begins = {"png_b64": b"\x89PNG\r\n", "pdf_b64": b"%PDF-", "svg": b"<?xml", "html": b"<!doctype html>"}
        for member, begin in begins.items():
            form = member.split("_")[0]
            answer = self.client.call("printer.preview", document=RECEIPT, device="receipt", format=form)
            self.assertEqual(set(answer), {"columns", member})
            value = answer[member]
            data = base64.b64decode(value) if member.endswith("_b64") else value.encode()
            self.assertEqual(data[:len(begin)].lower(), begin.lower(), form)

    def test_what_the_printer_cannot_print_is_drawn(self):
        self.client.call("printer.print", device="receipt", key="k", document={"text": "\u05e9\u05dc\u05d5\u05dd"})
        job = self.client.call("job.wait", job="k", timeout_ms=60000)["job"]
        self.assertEqual((job["state"], job["attempts"], "note" in job), ("printed", 1, False))
        self.assertIn("[IMAGE", self.till.emulator.call("printer.paper", device="till-printer")["text"])
        broken = {"v": 1, "body": [{"text": "x"}, {"image": {"data_b64": IMAGE}}]}
        answer = self.client.call("printer.validate", document=broken, device="receipt", explain=True)
        self.assertEqual((answer["valid"], answer["errors"][0]["path"]), (False, "$.document.body[1].image"))
        copy = self.client.call("job.copy", job="k", format="png")
        self.assertEqual(base64.b64decode(copy["png_b64"])[:4], b"\x89PNG")


if __name__ == "__main__":
    unittest.main()
