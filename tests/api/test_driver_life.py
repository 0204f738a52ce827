"""What poshald makes of drivers that end, hang and refuse, with a driver whose words the test writes."""

import os
import signal
import unittest

from poshal_test import RpcError, Till, wait_until
from rude_driver import RudeTill

DOCUMENT = {"text": "A receipt"}


class DriverLife(unittest.TestCase):
    def setUp(self):
        self.till = RudeTill()
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "printer")
        self.client.call("events.subscribe", topics=["job.state", "device.state"])

    def tearDown(self):
        self.till.close()

    def print(self, key, **params):
        return self.client.send("printer.print", {"device": "printer", "key": key, "document": DOCUMENT, **params})

    def job(self, key):
        return self.client.call("job.get", job=key)["job"]

    def test_what_a_driver_said_before_it_ended_counts(self):
        waiting = self.print("k", wait=True)
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        for _ in range(6):
            self.driver.notify("vendor.note", text="y" * 50000)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed",
                           segments=1, sent=1, confirmed=1)
        self.driver.close()
        self.assertEqual(self.client.result(waiting)["state"], "printed")

    def test_what_a_driver_had_kept_comes_back(self):
        self.driver.notify("device.remember", key="logo", value="sha \u20ac")
        self.driver.notify("device.remember", key="gone", value="x")
        self.driver.notify("device.remember", key="gone", value=None)
        self.driver.notify("device.remember", key="logo", value="2 \u20ac")
        for key, value in [("", "x"), ("k" * 65, "x"), ("k", "v" * 4097), ("k", 1), (None, "x"), ("k", ["x"])]:
            self.driver.notify("device.remember", key=key, value=value)
        for i in range(40):
            self.driver.notify("device.remember", key="many-%d" % i, value=str(i))
        self.driver.close()
        expected = {"logo": "2 \u20ac", **{"many-%d" % i: str(i) for i in range(31)}}
        again = self.till.next_driver()
        request = again.request("driver.open")
        self.assertEqual(request["params"]["memory"], expected)
        # it lives until the service ends: a successor would be taken for the driver of the next service
        self.till.daemon.popen.send_signal(signal.SIGTERM)
        again.request("driver.close")
        again.close()
        self.till.daemon.wait()
        self.till.start_daemon()
        self.assertEqual(self.till.next_driver().request("driver.open")["params"]["memory"], expected)

    def test_a_repeated_key_is_told_as_such_at_the_end_too(self):
        first = self.print("k", wait=True)
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        second = self.print("k", wait=True)
        self.client.call("job.get", job="k")
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed",
                           segments=1, sent=1, confirmed=1)
        self.assertFalse(self.client.result(first)["duplicate"])
        self.assertTrue(self.client.result(second)["duplicate"])

    def test_a_driver_that_always_loses_everything_is_asked_with_pauses(self):
        self.print("k")
        for _ in range(2):
            request = self.driver.request("printer.print")
            self.driver.answer(request, segments=1)
            self.driver.notify("job.end", job=request["params"]["job"], outcome="lost", segments=1, sent=0,
                               confirmed=0)
            before = self.client.call("system.info")["counts"]["journal_requests"]
            self.client.event("job.state", state="waiting")
        request = self.driver.request("printer.print")
        self.assertEqual(request["params"]["mode"], "first")
        after = self.client.call("system.info")["counts"]["journal_requests"]
        self.assertLess(after - before, 10)

    def test_a_job_the_driver_cannot_take_now_is_offered_again(self):
        waiting = self.print("k", wait=True)
        self.driver.refuse(self.driver.request("printer.print"), "Busy", "just a moment")
        self.client.event("job.state", state="waiting", reason="just a moment")
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed",
                           segments=1, sent=1, confirmed=1)
        self.assertEqual(self.client.result(waiting)["state"], "printed")

    def test_a_cancelled_job_the_driver_refuses_does_not_wait(self):
        waiting = self.print("k", wait=True)
        request = self.driver.request("printer.print")
        self.client.call("job.cancel", job="k")
        self.driver.refuse(request, "Busy")
        self.assertEqual(self.client.result(waiting)["state"], "cancelled")

    def test_a_device_whose_driver_went_is_not_called_ready(self):
        waiting = self.client.send("device.checkHealth", {"device": "drawer"})
        self.driver.request("device.checkHealth")
        self.driver.send_raw(b"rubbish\n")
        with self.assertRaises(Exception) as caught:
            self.client.result(waiting)
        self.assertEqual(caught.exception.name, "Offline")
        error = self.client.error("drawer.open", device="drawer", key="d")
        self.assertEqual(error.name, "Offline")
        self.assertNotIn("is ready", error.message)

    def test_a_drawer_behind_a_lost_link_is_neither_open_nor_closed(self):
        self.client.call("events.subscribe", topics=["drawer.state"])
        self.driver.notify("device.status", **{"class": "drawer", "status": {"open": True}, "reasons": []})
        self.client.event("drawer.state", state="open")
        closing = self.client.send("drawer.waitForClose", {"device": "drawer"})
        self.client.call("rpc.ping")  # the wait has begun before the driver speaks
        self.driver.notify("device.state", state="offline", reasons=["unplugged"])
        self.client.event("drawer.state", state="unknown")
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "unknown"})
        self.driver.notify("device.state", state="ready", reasons=[])
        self.driver.notify("device.status", **{"class": "drawer", "status": {"open": False}, "reasons": []})
        self.assertEqual(self.client.result(closing), {"state": "closed"})

    def test_a_driver_that_hangs_in_the_middle_of_a_job_is_found(self):
        waiting = self.print("k", wait=True)
        self.driver.answer(self.driver.request("printer.print"), segments=2)
        self.client.event("job.state", state="sending")
        # a terminal's driver at another till, in the same time
        paying = RudeTill(classes="terminal")
        self.addCleanup(paying.close)
        terminal, client = paying.driver(), paying.client()
        paying.wait_ready(client, "rude")
        payment = client.send("payment.authorize", {"key": "k", "amount": 1, "currency": "EUR"})
        terminal.answer(terminal.request("payment.start"))

        again = self.till.driver()
        request = again.request("printer.print")
        self.assertEqual(request["params"]["mode"], "reprint")
        again.answer(request, segments=2)
        again.notify("job.end", job=request["params"]["job"], outcome="printed", segments=2, sent=2, confirmed=2)
        self.assertEqual(self.client.result(waiting)["state"], "printed")
        terminal = paying.driver()
        request = terminal.request("payment.recover")
        terminal.answer(request)
        terminal.notify("payment.end", payment=request["params"]["payment"], outcome="approved", amount_approved=1)
        self.assertEqual(client.result(payment)["outcome"], "approved")

    def test_a_stop_is_not_held_up_by_what_is_asked_meanwhile(self):
        self.till.daemon.popen.send_signal(signal.SIGTERM)
        self.driver.request("driver.close")
        for method, params in [("config.reload", {}), ("device.disable", {"device": "printer"}),
                               ("device.enable", {"device": "printer"})]:
            self.assertEqual(self.client.error(method, **params).name, "Busy", method)
        self.driver.close()
        self.assertEqual(self.till.daemon.wait(), 0)

    def test_a_reload_by_signal_does_not_hold_up_a_stop(self):
        self.till.daemon.popen.send_signal(signal.SIGTERM)
        self.driver.request("driver.close")
        self.till.write_config(devices="")
        self.till.daemon.popen.send_signal(signal.SIGHUP)
        self.client.call("rpc.ping")
        self.driver.close()
        self.assertEqual(self.till.daemon.wait(), 0)

    def test_a_removed_printer_gives_its_jobs_back_unharmed(self):
        self.print("first", on_recovery="ask")
        self.driver.answer(self.driver.request("printer.print"), segments=2)
        self.client.result(self.print("second"))
        self.till.write_config(devices="")
        self.client.call("config.reload")
        self.client.event("job.state", key="first", state="uncertain")
        second = self.job("second")
        self.assertEqual((second["state"], second["attempts"]), ("waiting", 0))
        self.assertEqual(second["reason"], "the device is not configured")


class LongName(unittest.TestCase):
    def test_every_device_of_the_longest_name_works(self):
        till = RudeTill(name="n" * 64)
        try:
            client = till.client()
            errors = client.call("config.reload")["errors"]
            self.assertIn("shorten it", errors[0]["text"])
        finally:
            till.close()
        till = RudeTill(name="n" * 52, classes="scanner printer drawer")
        try:
            driver = till.driver()
            client = till.client()
            till.wait_ready(client, "drawer")
            opening = client.send("drawer.open", {"device": "n" * 52 + "-drawer", "key": "d"})
            driver.answer(driver.request("drawer.open"), outcome="opened", already=False)
            self.assertEqual(client.result(opening)["outcome"], "opened")
        finally:
            till.close()


class Conformance(unittest.TestCase):
    """driver.test."""

    def test_a_driver_of_poshal(self):
        with Till(bench=None, devices="") as till:
            client = till.client()
            self.assertEqual(client.error("driver.test", driver="nobody").name, "NoExist")
            answer = client.call("driver.test", driver="scanner-serial")
            verdicts = {row["check"]: row["verdict"] for row in answer["checks"]}
            self.assertEqual((answer["passed"], len(verdicts), set(verdicts.values())), (True, 17, {"passed"}))
            told = [m["params"]["check"] for m in client.notifications if m["method"] == "progress"]
            self.assertEqual(told, list(verdicts))
            answer = client.call("driver.test", driver="display", options={"set": "cd5220"})
            self.assertTrue(answer["passed"], answer)
            answer = client.call("driver.test", driver="display", options={"set": "nonsense"})
            self.assertFalse(answer["passed"])
            for options in ({"set": "a b"}, {"set": []}, {"a=b": "c"}):
                self.assertEqual(client.error("driver.test", driver="display", options=options).name, "Illegal")

    def test_its_program(self):
        """It is not there, it ends too early, it is given up, and it is told what was asked for."""
        till = RudeTill()
        self.addCleanup(till.close)
        till.driver()
        client, program = till.client(), till.root + "/drivers.d/poshal-driver-test"
        self.assertEqual(client.error("driver.test", driver="rude").name, "Failure")
        self.install(program, """printf '%s\\n' "$@" > "$0.args"; echo nonsense; echo '{"check":"x","verdict":"failed"}'""")
        self.assertEqual(client.error("driver.test", driver="rude", connection="tcp://127.0.0.1:1", options={"a": "1", "b": 2})
                         .message, "the test ended after 1 checks; the log says more")
        with open(program + ".args") as f:
            self.assertEqual(f.read().split("\n"), [
                "--exec", till.root + "/drivers.d/carry", "--options", "a=1 b=2", "--connect", "tcp://127.0.0.1:1",
                till.root + "/drivers.d/rude.json", ""])
        self.install(program, "sleep 1000 & echo $! > $0.pid; echo '{\"check\":\"y\"}'; wait")
        id = client.send("driver.test", {"driver": "rude"})
        client.wait_for(lambda m: m.get("method") == "progress" and m["params"]["check"] == "y")
        self.assertEqual(till.client().error("driver.test", driver="rude").name, "Busy")
        client.call("rpc.cancel", id=id)
        with self.assertRaises(RpcError):
            client.result(id)
        with open(program + ".pid") as f:
            child = f.read().strip()
        wait_until(lambda: not os.path.exists("/proc/" + child) or self.is_dead(child), "what it started goes on")

    @staticmethod
    def is_dead(pid):
        try:
            with open("/proc/%s/stat" % pid) as f:
                return f.read().rsplit(")", 1)[1].split()[0] in "ZX"
        except OSError:
            return True

    @staticmethod
    def install(path, text):
        with open(path + ".new", "w") as f:
            f.write("#!/bin/sh\n%s\n" % text)
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)


if __name__ == "__main__":
    unittest.main()
