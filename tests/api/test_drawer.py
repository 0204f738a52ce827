"""The cash drawer: one pulse per key, what the sensor says, the audit trail."""

import os
import signal
import time
import unittest

from drawers import heard, pulse_came_late
from poshal_test import DEADLINE, DEVICES, RpcError, Till, wait_until


class WithDrawer(unittest.TestCase):
    def tearDown(self):
        self.till.close()

    def audit(self):
        """All of the trail: each refusal during a pause has two rows in it."""
        entries, more = [], True
        while more:
            more = self.client.call("audit.list", since=entries[-1]["seq"] if entries else 0, limit=500)["entries"]
            entries += more
        return entries

    def emulated(self):
        return self.till.emulator.call("drawer.state", device="till-drawer")

    def drawer_was_late(self):
        self.client = self.till.client()  # that of the test may have been waiting for something
        return pulse_came_late(self.audit(), self.emulated()["record"])


@heard
class Drawer(WithDrawer):
    def setUp(self):
        self.till = Till()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "drawer")

    def open(self, key, **params):
        return self.client.call("drawer.open", device="drawer", key=key, **params)

    def open_after_a_pause(self, key, **params):
        """Sooner than 200 ms after a pulse it is Busy, and the key stays unused."""
        done = []

        def attempt():
            try:
                done.append(self.open(key, **params))
            except RpcError as e:
                if e.name != "Busy":
                    raise
            return done

        wait_until(attempt, "the drawer stays busy")
        return done[0]

    def open_together(self, *keys):
        """Calls that the driver finds waiting together: what it does for the first is not over before it reads the second."""
        driver = self.till.device_pids()["till-printer"]
        os.kill(driver, signal.SIGSTOP)
        try:
            calls = [self.client.send("drawer.open", {"device": "drawer", "key": key}) for key in keys]
            wait_until(lambda: {e["detail"]["key"] for e in self.audit() if e["action"] == "drawer.open"} >= set(keys),
                       "not all of them have begun")
        finally:
            os.kill(driver, signal.SIGCONT)
        return calls

    def close_drawer(self):
        self.client.call("events.subscribe", topics=["drawer.state"])
        self.till.emulator.call("drawer.set", device="till-drawer", open=False)
        while self.client.call("drawer.status", device="drawer")["state"] != "closed":
            self.client.event("drawer.state")

    def test_opens_and_the_sensor_says_so(self):
        self.assertEqual(self.open("d-1", reason="sale", reference="42", operator="Ann"), {"outcome": "opened"})
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "open"})
        self.assertEqual(self.emulated()["pulses"], 1)
        entries = [e for e in self.client.call("audit.list")["entries"] if e["action"] == "drawer.open"]
        self.assertEqual([e["outcome"] for e in entries], ["requested", "opened"])
        self.assertEqual(entries[0]["detail"]["operator"], "Ann")
        self.assertTrue(self.client.call("audit.verify")["ok"])

    def test_a_repeated_key_sends_no_second_pulse(self):
        self.open("d-2")
        self.close_drawer()
        self.assertEqual(self.open("d-2"), {"outcome": "opened", "duplicate": True})
        self.assertEqual(self.emulated()["pulses"], 1)

    def test_a_key_is_remembered_across_a_restart(self):
        self.open("d-3")
        self.till.daemon.stop()
        self.till.start_daemon()
        client = self.till.client()
        self.till.wait_ready(client, "drawer")
        self.assertTrue(client.call("drawer.open", device="drawer", key="d-3")["duplicate"])
        self.assertEqual(self.emulated()["pulses"], 1)

    def test_calls_with_one_key_at_the_same_time_share_the_outcome(self):
        ids = [self.client.send("drawer.open", {"device": "drawer", "key": "d-4"}) for _ in range(4)]
        outcomes = [self.client.result(i)["outcome"] for i in ids]
        self.assertEqual(outcomes, ["opened"] * 4)
        self.assertEqual(self.emulated()["pulses"], 1)

    def test_open_already(self):
        self.open("d-5")
        self.assertEqual(self.open("d-6"), {"outcome": "opened", "already": True})
        self.assertEqual(self.emulated()["pulses"], 1)

    def test_a_stuck_drawer_is_not_confirmed(self):
        self.till.emulator.call("drawer.set", device="till-drawer", stuck=True)
        self.assertEqual(self.open("d-7"), {"outcome": "not_confirmed"})
        self.assertEqual(self.emulated()["pulses"], 1)

    def test_without_a_sensor_nothing_is_claimed(self):
        self.till.write_config(devices=DEVICES.replace("drawer_sensor = open_low\n", ""))
        self.client.call("config.reload")
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.open("d-8"), {"outcome": "no_sensor"})
        self.assertEqual(self.client.call("drawer.status", device="drawer"), {"state": "unknown"})

    def test_wait_for_close(self):
        self.open("d-9")
        waiting = self.client.send("drawer.waitForClose", {"device": "drawer", "timeout_ms": 60000})
        self.client.call("rpc.ping")
        self.till.emulator.call("drawer.set", device="till-drawer", open=False)
        self.assertEqual(self.client.result(waiting), {"state": "closed"})

    def test_manual_opening_is_an_event(self):
        self.client.call("events.subscribe", topics=["drawer.state"])
        self.till.emulator.call("drawer.set", device="till-drawer", open=True)
        self.client.event("drawer.state", state="open")  # the first report, closed, may come before it

    def test_offline_refuses_and_the_key_stays_unused(self):
        self.client.call("events.subscribe", topics=["device.state"])
        self.till.emulator.call("device.unplug", device="till-printer")
        self.client.event("device.state", state="offline")
        error = self.client.error("drawer.open", device="drawer", key="d-10")
        self.assertIn(error.name, ("Offline", "NoHardware"))
        self.till.emulator.call("device.plug", device="till-printer")
        self.client.event("device.state", state="ready")
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.open("d-10"), {"outcome": "opened"})

    def test_a_used_key_is_known_while_the_printer_is_offline(self):
        self.open("d-15")
        self.client.call("events.subscribe", topics=["device.state"])
        self.till.emulator.call("device.unplug", device="till-printer")
        self.client.event("device.state", state="offline")
        self.assertEqual(self.open("d-15"), {"outcome": "opened", "duplicate": True})
        self.assertIn(self.client.error("drawer.open", device="drawer", key="d-16").name, ("Offline", "NoHardware"))

    def test_a_crashed_driver_is_worth_another_try(self):
        self.client.call("events.subscribe", topics=["device.state"])
        # a printer that does not answer: the next driver is not ready before we have asked
        self.till.bench.popen.send_signal(signal.SIGSTOP)
        try:
            os.kill(self.till.device_pids()["till-printer"], signal.SIGKILL)
            self.client.event("device.state", state="failed")
            error = self.client.error("drawer.open", device="drawer", key="d-14")
            self.assertEqual((error.name, error.data["retryable"]), ("Offline", True))
        finally:
            self.till.bench.popen.send_signal(signal.SIGCONT)
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.open("d-14"), {"outcome": "opened"})

    def test_a_key_that_was_refused_works_later(self):
        self.till.emulator.call("drawer.set", device="till-drawer", stuck=True)
        first, second = self.open_together("d-17", "d-13")
        with self.assertRaises(RpcError) as caught:
            self.client.result(second)  # the first waits for the sensor
        self.assertEqual((caught.exception.name, caught.exception.data["retryable"]), ("Busy", True))
        self.assertEqual(self.client.result(first), {"outcome": "not_confirmed"})
        self.till.emulator.call("drawer.set", device="till-drawer", stuck=False)
        self.assertEqual(self.open("d-13"), {"outcome": "opened"})
        self.assertEqual(self.emulated()["pulses"], 2)

    def test_the_second_drawer(self):
        """On pin 5 of the same connector; the one that is emulated hangs on pin 2. The switch is theirs together."""
        self.assertEqual(self.open("d-21"), {"outcome": "opened"})
        self.assertEqual(self.open_after_a_pause("d-22", n=2), {"outcome": "not_confirmed"})
        self.assertEqual(self.open("d-22", n=2), {"outcome": "not_confirmed", "duplicate": True})
        self.assertEqual(self.client.error("drawer.open", device="drawer", key="d-22").name, "Exists")
        self.assertEqual(self.client.error("drawer.open", device="drawer", key="d-23", n=3).name, "Illegal")
        self.close_drawer()
        self.assertEqual(self.open_after_a_pause("d-24"), {"outcome": "opened"})
        self.assertEqual(self.emulated()["pulses"], 2)
        details = [e["detail"] for e in self.audit() if e["action"] == "drawer.open"]
        self.assertEqual({(d["key"], d.get("n")) for d in details}, {("d-21", None), ("d-22", 2), ("d-24", None)})

    def test_another_lease_refuses(self):
        other = self.till.client()
        other.call("device.claim", device="drawer")
        self.assertEqual(self.client.error("drawer.open", device="drawer", key="d-11").name, "Claimed")

    def test_a_driver_killed_with_the_pulse_leaves_it_uncertain(self):
        self.till.emulator.call("drawer.set", device="till-drawer", stuck=True)
        deadline, pulses, outcome = time.monotonic() + DEADLINE, 0, {"outcome": "not_confirmed"}
        # one that had waited its time for the sensor before we killed it says so: then again
        while outcome == {"outcome": "not_confirmed"} and time.monotonic() < deadline:
            pulses += 1
            key = "d-12-%d" % pulses
            self.till.wait_ready(self.client, "drawer")
            waiting = self.client.send("drawer.open", {"device": "drawer", "key": key})
            self.till.emulator.call("printer.wait", device="till-printer", pulses=pulses)
            os.kill(self.till.device_pids()["till-printer"], signal.SIGKILL)
            self.client.event("device.state", state="failed")
            try:
                outcome = self.client.result(waiting)
            except RpcError as e:
                outcome = e.name
        self.assertEqual(outcome, "Uncertain")
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.client.error("drawer.open", device="drawer", key=key).name, "Uncertain")
        self.assertEqual(self.emulated()["pulses"], pulses)

    def test_a_drawer_in_a_receipt_opens_once_and_not_with_a_reprint(self):
        document = {"v": 1, "body": [{"text": "SALE"}, {"drawer": {"n": 1}}, {"cut": "partial"}]}
        self.client.call("printer.print", device="receipt", key="s-1", document=document, wait=True)
        self.assertEqual(self.emulated()["pulses"], 1)
        self.client.call("job.retry", job="s-1", reprint=True)
        self.client.call("job.wait", job="s-1", timeout_ms=60000)
        paper = self.till.emulator.call("printer.paper", device="till-printer")["text"]
        self.assertIn("REPRINT", paper)
        self.assertEqual(self.emulated()["pulses"], 1)


@heard
class Tune(WithDrawer):
    """What the level of the switch means is learnt: the emulated drawer is low while open."""

    def setUp(self):
        self.till = Till(devices=DEVICES.replace("drawer_sensor = open_low\n", ""))
        self.client = self.till.client()
        self.till.wait_ready(self.client, "drawer")

    def step(self, step):
        return self.client.call("drawer.tune", device="drawer", step=step)

    def set(self, **what):
        """The emulated drawer; what it says has arrived when this returns."""
        self.till.emulator.call("drawer.set", device="till-drawer", **what)

    def state(self):
        return self.client.call("drawer.status", device="drawer")["state"]

    def polarity(self):
        return self.client.call("device.get", device="drawer")["device"]["capabilities"].get("polarity")

    def until_level(self, step, level):
        """The printer's word may come later than the emulator's answer."""
        wait_until(lambda: self.step(step)["level"] == level, "the level is not " + level)

    def test_by_key(self):
        self.assertEqual((self.state(), self.polarity()), ("unknown", None))
        self.assertEqual(self.step("closed"), {"step": "closed", "level": "high"})
        self.set(open=True)
        self.until_level("open", "low")
        self.assertEqual(self.step("open"), {"step": "open", "level": "low", "finding": "open_low"})
        self.assertEqual(self.state(), "unknown")  # nothing counts before it is accepted
        self.assertEqual(self.step("accept"), {"step": "accept", "finding": "open_low"})
        self.assertEqual((self.state(), self.polarity()), ("open", "learnt"))
        self.till.daemon.stop()
        self.till.start_daemon()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.polarity(), "learnt")
        wait_until(lambda: self.state() == "open", "what was learnt is gone")
        self.set(open=False)
        wait_until(lambda: self.state() == "closed", "it does not close")
        self.assertEqual(self.client.call("drawer.open", device="drawer", key="t-1"), {"outcome": "opened"})
        self.assertEqual(self.step("forget"), {"step": "forget"})
        self.assertEqual((self.state(), self.polarity()), ("unknown", None))
        done = [e["detail"] for e in self.client.call("audit.list")["entries"] if e["action"] == "drawer.tune"]
        self.assertEqual(done, [{"step": "accept", "finding": "open_low"}, {"step": "forget"}])

    def test_by_pulse_and_the_other_way_round(self):
        self.set(open_level="high")
        self.until_level("closed", "low")
        self.assertEqual(self.step("pulse"), {"step": "pulse", "level": "high", "finding": "open_high"})
        self.step("accept")
        self.assertEqual(self.state(), "open")
        entries = [e for e in self.client.call("audit.list")["entries"] if e["action"] == "drawer.tune"]
        self.assertEqual([e["outcome"] for e in entries], ["requested", "no_sensor", "done"])
        self.assertEqual(self.till.emulator.call("drawer.state", device="till-drawer")["pulses"], 1)

    def test_without_a_switch(self):
        self.set(no_sensor=True)
        self.step("closed")
        self.assertEqual(self.step("pulse")["finding"], "none")
        self.step("accept")
        self.assertEqual((self.state(), self.polarity()), ("unknown", "learnt"))
        self.assertEqual(self.client.call("drawer.open", device="drawer", key="t-2"), {"outcome": "no_sensor"})
        self.set(no_sensor=False, open=False)
        self.until_level("closed", "high")  # it can be learnt again
        self.set(open=True)
        self.until_level("open", "low")
        self.step("accept")
        self.assertEqual(self.state(), "open")

    def test_steps_out_of_turn(self):
        for step in ("open", "pulse", "accept"):
            self.assertEqual(self.client.error("drawer.tune", device="drawer", step=step).name, "Illegal")
        self.step("closed")
        self.assertEqual(self.client.error("drawer.tune", device="drawer", step="accept").name, "Illegal")
        self.assertEqual(self.client.error("drawer.tune", device="drawer", step="sideways").name, "Illegal")

    def test_configured(self):
        self.till.write_config(devices=DEVICES)
        self.client.call("config.reload")
        self.till.wait_ready(self.client, "drawer")
        self.assertEqual(self.polarity(), "configured")
        error = self.client.error("drawer.tune", device="drawer", step="closed")
        self.assertEqual(error.name, "Illegal")
        self.assertIn("drawer_sensor", error.message)


if __name__ == "__main__":
    unittest.main()
