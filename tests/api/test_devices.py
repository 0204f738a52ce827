"""Devices, leases, events, scanning, the display, reload and supervision on the emulated till."""

import functools
import signal
import time
import unittest

from poshal_test import DEVICES, ROLES, RpcError, Till

RETAIN_S = 3  # what a holder has for its answer
ATTEMPTS = 5


def with_answers_in_time(test):
    """Begins again with new clients where an answer of ours came later than a holder's may; one in time must count."""
    @functools.wraps(test)
    def run(self):
        for left in reversed(range(ATTEMPTS)):
            clients = [self.till.client() for _ in range(3)]
            self.asked_at = None
            try:
                test(self, *clients)
                return
            except RpcError as e:
                if not left or e.name not in ("NotClaimed", "NoExist") or time.monotonic() - self.asked_at < RETAIN_S:
                    raise
            for client in clients:
                client.close()
    return run


class Devices(unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "scanner", "display")

    def tearDown(self):
        self.till.close()

    def claim_scanner(self, client):
        client.call("device.claim", device="scanner")
        client.call("scanner.enable", device="scanner")

    def scan(self, text="4006381333931"):
        self.till.emulator.call("scanner.scan", device="lane-scanner", text=text)

    # ---- scanning ----

    def test_a_label_becomes_an_event_for_the_holder_only(self):
        other = self.till.client()
        other.call("events.subscribe", topics=["*"])
        self.claim_scanner(self.client)
        self.scan()
        event = self.client.event("scanner.data")
        self.assertEqual(event["device"], "lane-scanner")
        self.assertEqual(event["data"]["text"], "4006381333931")
        self.assertEqual(event["data"]["label_b64"], "NDAwNjM4MTMzMzkzMQ==")
        self.client.call("device.release", device="scanner")
        other.call("rpc.ping")
        self.assertFalse([n for n in other.notifications if n["params"].get("topic") == "scanner.data"])

    def test_labels_without_holder_are_dropped_and_reported(self):
        self.client.call("events.subscribe", topics=["scanner"])
        self.scan()
        self.assertEqual(self.client.event("scanner.dropped")["data"], {"count": 1, "reason": "not_claimed"})
        self.client.call("device.claim", device="scanner", wait_ms=30000)
        self.scan()
        self.assertEqual(self.client.event("scanner.dropped")["data"]["reason"], "not_enabled")

    def test_whether_labels_are_delivered_is_part_of_the_status(self):
        other = self.till.client()
        other.call("events.subscribe", topics=["device.status"], devices=["scanner"])
        self.claim_scanner(self.client)
        self.assertEqual(other.event("device.status")["data"]["status"], {"enabled": True})
        self.client.call("device.release", device="scanner")
        self.assertEqual(other.event("device.status")["data"]["status"], {"enabled": False})

    def test_the_duplicate_window_is_not_restarted_by_a_repeat(self):
        self.claim_scanner(self.client)
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.client.call("scanner.configure", device="scanner", duplicate_window_ms=10000)
        self.scan("A1")
        self.scan("A1")
        self.scan("B2")
        self.assertEqual(self.client.event("scanner.data")["data"]["text"], "A1")
        self.assertEqual(self.client.event("scanner.dropped")["data"]["reason"], "duplicate")
        self.assertEqual(self.client.event("scanner.data")["data"]["text"], "B2")

    def test_scanner_commands_need_the_lease(self):
        self.assertEqual(self.client.error("scanner.enable", device="scanner").name, "NotClaimed")

    def test_many_labels_in_order(self):
        self.claim_scanner(self.client)
        for i in range(300):
            self.scan("LABEL%04d" % i)
        got = [self.client.event("scanner.data")["data"]["text"] for _ in range(300)]
        self.assertEqual(got, ["LABEL%04d" % i for i in range(300)])

    # ---- leases ----

    def ask(self, client, holder):
        """`client` wants what `holder` has."""
        self.asked_at = time.monotonic()
        waiting = client.send("device.claim", {"device": "scanner", "wait_ms": 60000})
        self.assertEqual(holder.event("lease.requested")["device"], "lane-scanner")
        return waiting

    @with_answers_in_time
    def test_a_lease_is_exclusive_and_dies_with_its_connection(self, first, second, _):
        first.call("device.claim", device="scanner", wait_ms=60000)
        error = second.error("device.claim", device="scanner")
        self.assertEqual((error.name, error.code), ("Claimed", -32002))
        self.assertIn("pid", error.message)
        waiting = self.ask(second, first)
        first.call("device.retain", device="scanner")
        first.close()
        self.assertRegex(second.result(waiting)["lease"], "^lease-")

    def test_a_holder_that_does_not_answer_loses_the_lease(self):
        first, second = self.till.client(), self.till.client()
        first.call("device.claim", device="scanner")
        waiting = second.send("device.claim", {"device": "scanner", "wait_ms": 20000})
        self.assertIn("lease", second.result(waiting))
        first.event("lease.requested")
        first.event("lease.lost")
        self.assertEqual(first.error("device.release", device="scanner").name, "NotClaimed")

    def test_a_wait_ends_with_timeout_when_the_holder_stays(self):
        first, second = self.till.client(), self.till.client()
        first.call("device.claim", device="scanner")
        waiting = second.send("device.claim", {"device": "scanner", "wait_ms": 300})
        first.event("lease.requested")
        first.call("device.retain", device="scanner")
        with self.assertRaises(Exception) as caught:
            second.result(waiting)
        self.assertEqual(caught.exception.name, "Timeout")

    @with_answers_in_time
    def test_each_waiter_is_told_to_the_holder(self, first, second, third):
        first.call("device.claim", device="scanner", wait_ms=60000)
        self.ask(second, first)
        first.call("device.retain", device="scanner")
        waiting = self.ask(third, first)
        third.call("rpc.cancel", id=waiting)
        first.call("device.retain", device="scanner")

    @with_answers_in_time
    def test_a_waiting_claim_can_be_cancelled(self, first, second, _):
        first.call("device.claim", device="scanner", wait_ms=60000)
        waiting = self.ask(second, first)
        second.call("rpc.cancel", id=waiting)
        first.call("device.retain", device="scanner")
        with self.assertRaises(Exception) as caught:
            second.result(waiting)
        self.assertEqual(caught.exception.name, "Cancelled")

    # ---- display ----

    def test_the_display_shows_rows(self):
        self.client.call("display.show", device="display", lines=["TOTAL", "4.30 EUR"])
        self.till.emulator.call("display.wait", device="pole-display", row=2, text="4.30 EUR")
        self.client.call("display.show", device="display",
                         items=[{"text": "TOTAL"}, {"text": "9.90", "align": "right"}])
        self.till.emulator.call("display.wait", device="pole-display", row=2,
                                text="                9.90")
        self.client.call("display.clear", device="display")
        self.till.emulator.call("display.wait", device="pole-display", row=1, text="")

    def test_display_bad_input(self):
        for params, path in [({}, "$.lines"), ({"lines": ["a"], "items": []}, "$.lines"),
                             ({"lines": ["a", "b", "c"]}, "$.lines"),
                             ({"items": [{"text": "a", "colour": 1}]}, "$.items[0].colour"),
                             ({"items": [{"align": "left"}]}, "$.items[0].text")]:
            error = self.client.error("display.show", device="display", **params)
            self.assertEqual(error.name, "Illegal")
            self.assertTrue(error.message.startswith(path), error.message)

    # ---- events ----

    def test_resume_sends_what_was_missed(self):
        first = self.client.call("events.subscribe", topics=["lease", "device"])
        self.till.emulator.call("device.unplug", device="pole-display")
        self.client.event("device.state", device="pole-display", state="offline")
        other = self.till.client()
        answer = other.call("events.subscribe", topics=["device.state"], devices=["display"],
                            since={"instance": first["instance"], "seq": first["seq"]}, snapshot=True)
        self.assertEqual(answer["instance"], first["instance"])
        self.assertEqual(other.event("device.state")["data"]["state"], "offline")
        states = {d["id"]: d["state"] for d in answer["devices"]}
        self.assertEqual(states["pole-display"], "offline")

    def test_another_instance_is_a_gap(self):
        self.client.call("events.subscribe", topics=["*"], since={"instance": "other", "seq": 5})
        gap = self.client.event("events.gap")
        self.assertEqual(gap["data"]["from"], 1)

    def test_unknown_device_in_a_subscription(self):
        error = self.client.error("events.subscribe", topics=["*"], devices=["nobody"])
        self.assertEqual(error.name, "NoExist")

    def test_subscriptions_are_bounded(self):
        for _ in range(31):
            self.client.call("events.subscribe", topics=["job"])
        self.assertEqual(self.client.error("events.subscribe", topics=["job"]).name, "LimitExceeded")

    # ---- unplug, crash, reload ----

    def test_unplug_and_replug_keep_the_name(self):
        self.client.call("events.subscribe", topics=["device.state"], devices=["scanner"])
        self.till.emulator.call("device.unplug", device="lane-scanner")
        self.client.event("device.state", device="lane-scanner", state="offline")
        self.assertEqual(self.client.call("device.get", device="scanner")["device"]["reasons"], ["unplugged"])
        self.till.emulator.call("device.plug", device="lane-scanner")
        self.client.event("device.state", device="lane-scanner", state="ready")
        self.claim_scanner(self.client)
        self.scan("AFTER")
        self.assertEqual(self.client.event("scanner.data")["data"]["text"], "AFTER")

    def test_a_killed_driver_is_started_again(self):
        self.client.call("events.subscribe", topics=["device.state"], devices=["scanner"])
        import os
        os.kill(self.till.device_pids()["lane-scanner"], signal.SIGKILL)
        event = self.client.event("device.state", device="lane-scanner", state="failed")
        self.assertEqual(event["data"]["reasons"], ["driver_crashed"])
        self.client.event("device.state", device="lane-scanner", state="ready")
        self.claim_scanner(self.client)
        self.scan("AGAIN")
        self.assertEqual(self.client.event("scanner.data")["data"]["text"], "AGAIN")

    def test_a_stopped_driver_is_noticed_when_an_answer_is_late(self):
        import os
        pid = self.till.device_pids()["pole-display"]
        self.client.call("events.subscribe", topics=["device.state"], devices=["display"])
        os.kill(pid, signal.SIGSTOP)
        waiting = self.client.send("display.clear", {"device": "display"})
        self.client.event("device.state", device="pole-display", state="failed")
        with self.assertRaises(Exception) as caught:
            self.client.result(waiting)
        self.assertEqual(caught.exception.name, "Offline")
        self.client.event("device.state", device="pole-display", state="ready")

    def test_reload_leaves_unchanged_devices_alone(self):
        before = self.till.device_pids()
        self.till.write_config(devices=DEVICES.replace("driver = display-escpos", "driver = display-cd5220"))
        answer = self.client.call("config.reload")
        self.assertEqual(answer, {"errors": [], "changed": ["pole-display"]})
        after = self.till.device_pids()
        self.assertEqual(before["lane-scanner"], after["lane-scanner"])
        self.assertNotEqual(before["pole-display"], after.get("pole-display"))
        self.assertEqual(self.client.call("device.get", device="display")["device"]["driver"],
                         "display-cd5220")

    def test_reload_reports_errors_with_file_and_line_and_the_rest_counts(self):
        self.till.write_config(devices=DEVICES + "\n[device broken]\ndriver = nothing\nconnection = tcp://x\n")
        answer = self.client.call("config.reload")
        self.assertEqual(answer["changed"], [])
        self.assertTrue(answer["errors"][0]["file"].endswith("/devices.d/till.conf"))
        self.assertGreater(answer["errors"][0]["line"], 10)
        self.assertEqual(self.client.call("device.get", device="scanner")["device"]["state"], "ready")

    def test_reload_by_signal_removes_and_adds(self):
        self.client.call("events.subscribe", topics=["device.added", "device.removed"])
        self.till.write_config(devices=DEVICES[:DEVICES.index("[device pole-display]")])
        self.till.daemon.popen.send_signal(signal.SIGHUP)
        self.assertEqual(self.client.event("device.removed")["device"], "pole-display")
        self.assertEqual(self.client.error("device.get", device="pole-display").name, "NoExist")
        self.till.write_config()
        self.till.daemon.popen.send_signal(signal.SIGHUP)
        self.assertEqual(self.client.event("device.added")["device"], "pole-display")

    def test_disable_and_enable(self):
        self.client.call("events.subscribe", topics=["device.state"], devices=["display"])
        self.client.call("device.disable", device="display")
        self.client.event("device.state", device="pole-display", state="disabled")
        self.assertEqual(self.client.error("display.clear", device="display").name, "Disabled")
        self.client.call("device.enable", device="display")
        self.client.event("device.state", device="pole-display", state="ready")
        actions = [e["action"] for e in self.client.call("audit.list")["entries"]]
        self.assertEqual(actions, ["device.disable", "device.enable"])

    def test_roles_and_class_names(self):
        roles = {r["role"]: r for r in self.client.call("role.list")["roles"]}
        self.assertEqual(roles["receipt"]["device"], "till-printer")
        self.assertFalse(roles["receipt"]["implicit"])
        self.assertTrue(roles["printer"]["implicit"])
        self.assertEqual(self.client.call("device.get", device="printer")["device"]["id"], "till-printer")
        self.assertEqual(self.client.call("device.get", device="till-printer")["device"]["roles"],
                         ["receipt", "printer"])

    def test_orderly_stop(self):
        self.till.daemon.popen.send_signal(signal.SIGTERM)
        self.assertEqual(self.till.daemon.wait(), 0)
        self.assertEqual(self.till.device_pids(), {})

    def test_doctor_names_cause_and_advice(self):
        self.client.call("events.subscribe", topics=["device.state"])
        self.till.emulator.call("device.unplug", device="lane-scanner")
        self.client.event("device.state", device="lane-scanner", state="offline")
        findings = {f["subject"]: f for f in self.client.call("system.diagnose")["findings"]}
        self.assertEqual(findings["lane-scanner"]["severity"], "error")
        self.assertIn("unplugged", findings["lane-scanner"]["problem"])
        self.assertIn("plug it in", findings["lane-scanner"]["advice"])


if __name__ == "__main__":
    unittest.main()
