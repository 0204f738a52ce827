"""Drawings of print jobs: a driver that needs some, a renderer that makes them, late, wrongly or not at all."""

import os
import select
import signal
import unittest

from poshal_test import DEADLINE, RpcError, wait_until
from rude_driver import DEVICE, RudeTill

DOCUMENT = {"text": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"}
NEEDS = [{"kind": "line", "width": 576, "height": 24, "cell": 12,
          "runs": [{"x": 0, "width": 72, "text": DOCUMENT["text"], "style": [], "group": 0}]},
         {"kind": "image", "node": 1, "width": 100}]
RASTERS = [{"width": 8, "height": 1, "bits_b64": "/w=="}, {"width": 8, "height": 2, "bits_b64": "/wA="}]


class Drawings(unittest.TestCase):
    renderer = True

    def setUp(self):
        self.till = RudeTill(classes="printer", renderer=self.renderer)
        self.addCleanup(self.till.close)
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "rude")
        self.client.call("events.subscribe", topics=["job.state"])

    def print(self, key="k", **params):
        return self.client.call("printer.print", device="rude", key=key, document=DOCUMENT, **params)

    def job(self, key="k", client=None):
        return (client or self.client).call("job.get", job=key)["job"]

    def final(self, key="k", client=None):
        return (client or self.client).call("job.wait", job=key, timeout_ms=60000)["job"]

    def ask(self, driver=None, needs=NEEDS):
        """The driver gets the job and wants drawings."""
        driver = driver or self.driver
        request = driver.request("printer.print")
        self.assertNotIn("rasters", request["params"])
        driver.answer(request, needs=needs)
        return request

    def finish(self, rasters, driver=None, key="k", client=None, mode="first"):
        """The driver gets the job with these drawings and prints it."""
        driver = driver or self.driver
        request = driver.request("printer.print")
        self.assertEqual(request["params"]["rasters"], rasters)
        self.assertEqual((request["params"]["mode"], request["params"]["document"]), (mode, DOCUMENT))
        driver.answer(request, segments=1)
        driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=1, sent=1, confirmed=1)
        job = self.final(key, client)
        self.assertEqual(job["state"], "printed")
        return job

    def draw(self, renderer, rasters=RASTERS):
        request = renderer.request("render.rasters")
        self.assertEqual(request["params"], {"document": DOCUMENT, "orders": NEEDS})
        renderer.answer(request, rasters=rasters)

    def test_what_a_driver_needs_is_drawn_first(self):
        self.print()
        self.ask()
        self.draw(self.till.renderer())
        job = self.finish(RASTERS)
        self.assertEqual((job["attempts"], job["reprint"], "note" in job), (1, False, False))
        states = []
        while not states or states[-1] != "printed":
            states.append(self.client.event("job.state")["data"]["state"])
        self.assertEqual(states, ["sending", "printed"])

    def test_one_process_draws_for_many_jobs(self):
        renderer = None
        for i in range(5):
            self.print("k%d" % i)
            self.ask()
            renderer = renderer or self.till.renderer()
            self.draw(renderer)
            self.finish(RASTERS, key="k%d" % i)

    def test_nothing_is_started_for_a_job_without_drawings(self):
        self.print()
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=1, confirmed=1)
        self.assertEqual(self.final()["state"], "printed")
        self.assertEqual(select.select([self.till.render_listener], [], [], 0)[0], [])

    def test_characters_without_a_font_are_named(self):
        self.print()
        self.ask()
        rasters = [dict(RASTERS[0], missing=[0x1F600, 0xE2A]), RASTERS[0]]
        self.draw(self.till.renderer(), rasters)
        self.assertEqual(self.finish(rasters)["note"], "no font has U+1F600, U+0E2A")
        self.assertEqual(self.job()["note"], "no font has U+1F600, U+0E2A")
        findings = {f["subject"]: f["problem"] for f in self.client.call("system.diagnose")["findings"]}
        self.assertEqual(findings["fonts"], "no font has U+1F600, U+0E2A")

    def test_what_was_not_drawn_is_told(self):
        self.print()
        self.ask()
        rasters = [dict(RASTERS[0], missing=[0x1F600]), {"error": "the image is broken"}]
        self.draw(self.till.renderer(), rasters)
        self.assertEqual(self.finish(rasters)["note"], "no font has U+1F600; 1 not drawn: the image is broken")

    def test_a_renderer_that_crashes_is_done_without_and_started_again(self):
        self.print("a")
        self.ask()
        renderer = self.till.renderer()
        renderer.request("render.rasters")
        self.kill_renderer()
        job = self.finish([], key="a")
        self.assertEqual(job["note"], "printed without drawings: crashed")
        self.print("b")
        self.ask()
        self.draw(self.till.renderer())
        self.assertNotIn("note", self.finish(RASTERS, key="b"))

    def kill_renderer(self, sig=signal.SIGKILL):
        os.kill(self.renderer_pid(), sig)

    def renderer_pid(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    if (self.till.root + "/drivers.d/render.sock").encode() in f.read():
                        return int(pid)
            except OSError:
                pass
        raise AssertionError("no renderer runs")

    def test_a_renderer_that_keeps_crashing_is_given_a_pause(self):
        """Behind the third crash; each further one doubles the pause, where the next job came too late for it."""
        crashes = 0
        while crashes < 20:
            key = "a%d" % crashes
            self.print(key)
            self.ask()
            listener = self.till.render_listener
            if listener not in select.select([listener, self.driver.socket], [], [], DEADLINE)[0]:
                break
            self.till.renderer().request("render.rasters")
            self.kill_renderer()
            self.finish([], key=key)
            crashes += 1
        self.assertGreaterEqual(crashes, 3)
        self.assertEqual(self.finish([], key=key)["note"], "printed without drawings: poshal-render keeps crashing")
        subjects = [f["subject"] for f in self.client.call("system.diagnose")["findings"]]
        self.assertIn("poshal-render", subjects)

    def test_a_renderer_that_left_in_order_is_no_loss(self):
        self.print("a")
        self.ask()
        renderer = self.till.renderer()
        self.draw(renderer)
        self.finish(RASTERS, key="a")
        renderer.close()
        self.print("b")
        self.ask()
        self.draw(self.till.renderer())
        self.finish(RASTERS, key="b")

    def test_a_request_that_met_a_leaving_renderer_goes_to_the_next(self):
        self.print()
        self.ask()
        self.till.renderer().close()  # it ends with status 0 and has read nothing of ours
        self.draw(self.till.renderer())
        self.assertNotIn("note", self.finish(RASTERS))

    def test_rubbish_of_the_renderer_ends_it(self):
        self.print()
        self.ask()
        renderer = self.till.renderer()
        renderer.request("render.rasters")
        renderer.send_raw(b"}{\n")
        self.assertEqual(self.finish([])["note"], "printed without drawings: crashed")

    def test_a_refusal_or_an_answer_without_drawings_prints_without(self):
        self.print("a")
        self.ask()
        renderer = self.till.renderer()
        renderer.refuse(renderer.request("render.rasters"), "Illegal", "orders: too many")
        self.assertEqual(self.finish([], key="a")["note"], "printed without drawings: orders: too many")
        self.print("b")
        self.ask()
        renderer.answer(renderer.request("render.rasters"), other=1)
        self.assertEqual(self.finish([], key="b")["note"], "printed without drawings: none came")

    def test_a_document_that_cannot_be_drawn_fails_the_job(self):
        """A broken image is refused before anything is printed."""
        why = "$.document.body[1].image: this PNG file is broken: IDAT: CRC error"
        self.print()
        self.ask()
        renderer = self.till.renderer()
        renderer.refuse(renderer.request("render.rasters"), "Illegal", why)
        job = self.final()
        self.assertEqual((job["state"], job["reason"]), ("failed", why))
        self.print("next")
        self.ask()
        self.draw(renderer)
        self.finish(RASTERS, key="next")

    def test_a_slow_renderer_is_ended_and_the_receipt_printed(self):
        self.print()
        self.ask()
        self.till.renderer().request("render.rasters")
        self.assertEqual(self.finish([])["note"], "printed without drawings: was too slow and was ended")

    def test_too_many_drawings(self):
        self.print()
        self.ask()
        big = [{"width": 8, "height": 1, "bits_b64": "A" * (7 << 20)}]
        self.draw(self.till.renderer(), big)
        self.assertEqual(self.finish([])["note"], "printed without drawings: they are too much for one job")

    def test_a_driver_that_asks_again_fails_the_job(self):
        self.print()
        self.ask()
        self.draw(self.till.renderer())
        request = self.driver.request("printer.print")
        self.driver.answer(request, needs=NEEDS)
        job = self.final()
        self.assertEqual((job["state"], job["reason"]), ("failed", "the driver asks for drawings it has got"))

    def test_a_driver_that_is_busy_then_is_asked_from_the_start(self):
        self.print()
        self.ask()
        renderer = self.till.renderer()
        self.draw(renderer)
        self.driver.refuse(self.driver.request("printer.print"), "Busy")
        self.ask()
        self.draw(renderer)
        self.assertEqual(self.finish(RASTERS)["attempts"], 1)

    # ---- while it is drawn ----

    def test_cancel_while_drawing(self):
        self.print()
        self.ask()
        renderer = self.till.renderer()
        request = renderer.request("render.rasters")
        job = self.client.call("job.cancel", job="k")["job"]
        self.assertEqual((job["state"], job["attempts"]), ("cancelled", 0))
        renderer.answer(request, rasters=RASTERS)
        self.print("next")
        self.assertEqual(self.ask()["params"]["job"], self.job("next")["job"])
        self.assertEqual(self.client.call("job.retry", job="k")["job"]["reprint"], False)

    def test_expiry_while_drawing(self):
        self.print(ttl_s=1)
        self.ask()
        renderer = self.till.renderer()
        request = renderer.request("render.rasters")
        wait_until(lambda: self.expired(), "the time has not come")
        renderer.answer(request, rasters=RASTERS)
        self.assertEqual(self.final()["state"], "expired")

    def expired(self):
        import datetime
        return datetime.datetime.now(datetime.timezone.utc).isoformat() > self.job()["expires"]

    def test_a_driver_that_dies_meanwhile_starts_as_if_new(self):
        self.print()
        self.ask()
        renderer = self.till.renderer()
        renderer.request("render.rasters")
        self.driver.close()
        driver = self.till.driver()
        self.ask(driver)
        renderer.answer({"id": 1}, rasters=RASTERS)
        self.draw(renderer)
        job = self.finish(RASTERS, driver)
        self.assertEqual((job["attempts"], job["reprint"]), (1, False))

    def test_a_service_that_dies_meanwhile_starts_as_if_new(self):
        self.print()
        self.ask()
        self.till.renderer().request("render.rasters")
        # what it stores is on the disk when something later is
        self.print("later")
        self.till.daemon.kill()
        self.till.start_daemon()
        driver, client = self.till.driver(), self.till.client()
        self.ask(driver)
        self.draw(self.till.renderer())
        job = self.finish(RASTERS, driver, client=client)
        self.assertEqual((job["attempts"], job["reprint"]), (1, False))

    def test_a_reload_that_changes_the_device_starts_as_if_new(self):
        self.print()
        self.ask()
        renderer = self.till.renderer()
        renderer.request("render.rasters")
        self.till.write_config(devices=DEVICE.format(name="rude", classes="printer") + "vendor = Other\n")
        self.client.call("config.reload")
        driver = self.till.driver()
        self.ask(driver)
        renderer.answer({"id": 1}, rasters=RASTERS)
        self.draw(renderer)
        job = self.finish(RASTERS, driver)
        self.assertEqual((job["attempts"], job["reprint"]), (1, False))

    def test_a_stop_of_the_service_does_not_wait_for_drawings(self):
        self.print()
        self.ask()
        self.till.renderer().request("render.rasters")
        self.till.daemon.popen.terminate()
        self.driver.request("driver.close")
        self.driver.close()
        self.assertEqual(self.till.daemon.wait(5), 0)
        self.till.start_daemon()
        driver, client = self.till.driver(), self.till.client()
        self.ask(driver)
        self.draw(self.till.renderer())
        self.finish(RASTERS, driver, client=client)


class WithoutRenderer(Drawings):
    """Everything below poshal-render missing; the tests of the class above that need one are not run."""
    renderer = False

    def test_without_the_program_the_job_is_printed_without_drawings(self):
        self.print()
        self.ask()
        why = "poshal-render is not installed or cannot be started"
        self.assertEqual(self.finish([])["note"], "printed without drawings: " + why)
        finding = [f for f in self.client.call("system.diagnose")["findings"] if f["subject"] == "poshal-render"]
        self.assertEqual(len(finding), 1)
        # it is looked for again with each job, without a restart of the service
        self.till.install_renderer()
        self.print("b")
        self.ask()
        self.draw(self.till.renderer())
        self.finish(RASTERS, key="b")


for name in [n for n in dir(Drawings) if n.startswith("test_")]:
    setattr(WithoutRenderer, name, None)


if __name__ == "__main__":
    unittest.main()
