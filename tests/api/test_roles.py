"""Print jobs among the printers of a role: which one gets them, when they move on, in which order they go."""

import os
import tempfile
import unittest

from dbus_test import Bus, Dbus, Variant
from poshal_test import RpcError, Till, wait_until

BENCH = """
[printer left]
plug = tcp
serial = L1

[printer right]
plug = tcp
serial = R1
"""

CONFIG = """[service]
log_level = debug

[role kitchen]
devices = left, right
failover_after_s = 1

[role patient]
devices = left, right
failover_after_s = never
"""

DEVICES = """[device left]
driver = escpos
connection = {left}
profile = epson-tm-t20ii
classes = printer

[device right]
driver = escpos
connection = {right}
profile = epson-tm-t20ii
classes = printer
"""


def lines(count):
    return {"v": 1, "body": [{"text": "LINE %04d" % i} for i in range(count)]}


class Roles(unittest.TestCase):
    env = None

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini", delete=False) as f:
            f.write(BENCH)
        self.addCleanup(os.unlink, f.name)
        self.till = Till(bench=f.name, config=CONFIG, devices=DEVICES, env=self.env)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "left", "right")
        self.client.call("events.subscribe", topics=["job", "device.status"])

    def print(self, key, device="kitchen", text=None, document=None, **params):
        return self.client.call("printer.print", device=device, key=key,
                                document=document or {"text": text or key}, **params)

    def job(self, key):
        return self.client.call("job.get", job=key)["job"]

    def final(self, key, client=None):
        return (client or self.client).call("job.wait", job=key, timeout_ms=60000)["job"]

    def paper(self, device):
        return self.till.emulator.call("printer.paper", device=device)["text"]

    def set(self, device, reason=None, **values):
        """Sets a printer's state and waits until the service knows."""
        self.till.emulator.call("printer.set", device=device, **values)
        while True:
            reasons = self.client.call("printer.status", device=device)["reasons"]
            if (reason in reasons) if reason else not reasons:
                return
            self.client.event("device.status")

    # ---- which printer ----

    def test_the_first_that_can_print_gets_it(self):
        self.print("a")
        self.assertEqual(self.final("a")["device"], "left")
        self.set("left", "rec_empty", paper="empty")
        self.print("b")
        job = self.final("b")
        self.assertEqual((job["device"], job["role"], job["state"]), ("right", "kitchen", "printed"))
        self.assertNotIn("moved_from", job)
        self.set("left", paper="ok")
        self.print("c")
        self.assertEqual(self.final("c")["device"], "left")

    def test_a_key_is_the_same_wherever_the_job_went(self):
        self.set("left", "rec_empty", paper="empty")
        self.print("k")
        self.assertEqual(self.final("k")["device"], "right")
        self.set("left", paper="ok")
        again = self.print("k")
        self.assertEqual((again["duplicate"], again["state"]), (True, "printed"))
        self.assertEqual(self.client.error("printer.print", device="kitchen", key="k",
                                           document={"text": "other"}).name, "Exists")

    def test_one_that_waits_moves_on_and_says_so(self):
        self.set("left", "rec_empty", paper="empty")
        self.set("right", "cover_open", cover="open")
        self.print("a")
        self.print("b")
        self.client.event("job.state", key="a", state="waiting", reason="rec_empty")
        self.set("right", cover="closed")
        for key in "ab":
            job = self.final(key)
            self.assertEqual((job["device"], job["moved_from"], job["state"], job["attempts"]),
                             ("right", "left", "printed", 1))
        moved = self.client.event("job.moved", key="b")
        self.assertEqual((moved["device"], moved["data"]["to"], moved["data"]["reason"]),
                         ("left", "right", "moved from left: rec_empty"))
        self.assertEqual(self.paper("left").strip(), "")
        self.assertEqual(self.paper("right").split(), ["a", "b"])

    def test_all_move_on_that_came_close_to_each_other(self):
        """Each is due when it has waited for a second: some while others are being moved."""
        self.set("left", "rec_empty", paper="empty")
        self.set("right", "cover_open", cover="open")
        for key in range(60):
            self.print("k%d" % key)
        self.set("right", cover="closed")
        for key in range(60):
            self.assertEqual(self.final("k%d" % key)["device"], "right")
        self.assertEqual(self.paper("right").split(), ["k%d" % key for key in range(60)])

    def test_one_that_meets_an_empty_printer_moves_after_a_while(self):
        self.set("left", "rec_empty", paper="empty")
        self.set("right", "rec_empty", paper="empty")
        self.print("a")
        self.set("right", paper="ok")
        self.assertEqual(self.final("a")["device"], "right")
        self.till.emulator.call("device.unplug", device="left")
        self.client.call("events.subscribe", topics=["device.state"])
        while self.client.call("device.get", device="left")["device"]["state"] == "ready":
            self.client.event("device.state")
        self.print("b")
        self.assertEqual(self.final("b")["device"], "right")

    def test_what_may_be_on_paper_stays_and_what_is_behind_it_goes(self):
        self.till.emulator.call("printer.fault", device="left", stall=True, after_bytes=300)
        self.print("long", document=lines(80))
        self.till.emulator.call("printer.wait", device="left", faults=1)
        self.print("next")
        self.set("left", "rec_empty", paper="empty", stall=False)
        job = self.final("next")
        self.assertEqual((job["device"], job["moved_from"]), ("right", "left"))
        job = self.job("long")
        self.assertEqual((job["device"], "moved_from" in job), ("left", False))
        self.assertIn(job["state"], ("sending", "confirming"))
        self.set("left", paper="ok")
        self.assertEqual(self.final("long")["state"], "printed")
        self.assertEqual(self.paper("right").split(), ["next"])

    def test_a_role_may_want_to_wait(self):
        self.set("left", "rec_empty", paper="empty")
        self.set("right", "rec_empty", paper="empty")
        self.print("stays", "patient")
        self.print("goes", "kitchen")
        self.set("right", paper="ok")
        self.assertEqual(self.final("goes")["device"], "right")
        self.assertEqual((self.job("stays")["device"], self.job("stays")["state"]), ("left", "waiting"))
        self.set("left", paper="ok")
        self.assertEqual(self.final("stays")["device"], "left")

    def test_a_job_for_a_printer_stays_there(self):
        self.set("left", "rec_empty", paper="empty")
        self.print("own", "left")
        self.print("role", "kitchen")
        self.assertEqual(self.final("role")["device"], "right")
        self.assertEqual(self.job("own")["state"], "waiting")
        self.assertNotIn("role", self.job("own"))

    def test_a_restart_knows_where_it_was_and_moves_it_too(self):
        for device in "left", "right":
            self.set(device, "rec_empty", paper="empty")
        self.print("k")
        self.till.daemon.kill()
        self.till.start_daemon()
        client = self.till.client()
        self.till.emulator.call("printer.set", device="right", paper="ok")
        job = self.final("k", client)
        self.assertEqual((job["device"], job["role"], job["moved_from"]), ("right", "kitchen", "left"))
        self.till.daemon.stop()
        self.till.start_daemon()
        self.assertEqual(self.till.client().call("job.get", job="k")["job"]["moved_from"], "left")

    def test_a_printer_that_is_removed_leaves_its_jobs_to_the_others(self):
        for device in "left", "right":
            self.set(device, "rec_empty", paper="empty")
        self.print("k")
        self.till.write_config(CONFIG, DEVICES[DEVICES.index("[device right]"):])
        self.client.call("config.reload")
        self.till.emulator.call("printer.set", device="right", paper="ok")
        job = self.final("k")
        self.assertEqual((job["device"], job["moved_from"], job["state"]), ("right", "left", "printed"))

    def test_a_disabled_printer_leaves_its_jobs_too(self):
        self.set("left", "rec_empty", paper="empty")
        self.set("right", "rec_empty", paper="empty")
        self.print("k")
        self.client.call("device.disable", device="left")
        self.set("right", paper="ok")
        self.assertEqual(self.final("k")["device"], "right")

    # ---- priority ----

    def order(self, device):
        return self.paper(device).split()

    def test_a_higher_priority_goes_first_and_equals_keep_their_order(self):
        self.set("left", "rec_empty", paper="empty")
        wanted = [("a", 0), ("b", 5), ("c", -3), ("d", 5), ("e", 0), ("f", 10), ("g", -10)]
        for key, priority in wanted:
            self.print(key, "left", priority=priority)
        self.assertEqual(self.job("b")["priority"], 5)
        self.set("left", paper="ok")
        for key, _ in wanted:
            self.assertEqual(self.final(key)["state"], "printed")
        self.assertEqual(self.order("left"), ["f", "b", "d", "a", "e", "c", "g"])

    def test_the_order_survives_a_restart(self):
        self.set("left", "rec_empty", paper="empty")
        for key, priority in [("a", 0), ("b", 1)]:
            self.print(key, "left", priority=priority)
        self.till.daemon.kill()
        self.till.start_daemon()
        client = self.till.client()
        self.till.emulator.call("printer.set", device="left", paper="ok")
        for key in "ab":
            self.assertEqual(self.final(key, client)["state"], "printed")
        self.assertEqual(self.order("left"), ["b", "a"])

    def test_what_is_begun_is_not_overtaken(self):
        self.till.emulator.call("printer.fault", device="left", power="cycle", after_bytes=300)
        self.till.emulator.call("printer.set", device="left", bytes_per_second=4000)
        self.print("long", "left", document=lines(80))
        self.print("urgent", "left", priority=10)
        self.assertEqual(self.final("urgent")["state"], "printed")
        self.assertEqual(self.final("long")["state"], "printed")
        self.assertLess(self.paper("left").index("LINE 0079"), self.paper("left").index("urgent"))

    def test_a_priority_out_of_range_is_refused(self):
        self.assertEqual(self.client.error("printer.print", device="left", key="k", document={"text": "x"},
                                           priority=11).name, "Illegal")

    # ---- one that stands still ----

    def test_a_dead_printer_leaves_room_for_the_others(self):
        self.set("left", "rec_empty", paper="empty")
        big = {"text": "x" * 250000}
        error, count = None, 0
        while not error:
            try:
                self.print("dead-%d" % count, "left", document=big)
                count += 1
            except RpcError as e:
                error = e
        self.assertEqual(error.name, "LimitExceeded")
        self.assertGreater(count, 20)
        self.print("alive", "right")
        self.assertEqual(self.final("alive")["state"], "printed")


class RolesOnTheBus(Roles):
    """The same door that everything else has: a role is a path."""

    def setUp(self):
        bus = Bus()
        self.addCleanup(bus.close)
        self.env = bus.env
        super().setUp()
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        self.program = Dbus(bus.path)
        self.addCleanup(self.program.close)

    def test_a_job_of_a_role_moves_and_its_program_is_told(self):
        for device in "left", "right":
            self.set(device, "rec_empty", paper="empty")
        options = {"priority": Variant("i", 3)}
        job = self.program.call("kitchen", "Printer.Print", "ssa{sv}", "k", '{"text":"k"}', options)[0]
        self.set("right", paper="ok")
        end = self.program.signal("JobState", lambda s: s.args[:2] == [job, "printed"])
        self.assertEqual(end.path, "/org/poshal1/device/right")
        self.assertEqual(end.args[2]["moved_from"], "left")
        got = self.program.call(None, "Job.Get", "s", "k")[0]
        self.assertEqual((got["role"], got["device"], got["moved_from"], got["priority"]),
                         ("kitchen", "right", "left", 3))
        self.assertEqual(self.program.error("left", "Printer.Print", "ssa{sv}", "l", '{"text":"k"}',
                                            {"priority": Variant("i", 11)}).name, "org.poshal1.Error.Illegal")


for name in [n for n in dir(Roles) if n.startswith("test_")]:
    setattr(RolesOnTheBus, name, None)


if __name__ == "__main__":
    unittest.main()
