"""queue.* as applications and people see it, through both doors: what stands, what is at risk, what is to be done."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import unittest

from dbus_test import Bus
from paying import Paying
from poshal_test import BUILD, DEADLINE, wait_until
from rude_driver import CONFIG, RudeTill

WHO = {"operator": "ann", "reason": "the line is being dug up"}
OFFLINE = """
[access]
user.root = all

[offline]
enabled = yes
i_understand_pci_scope = yes
random_online = 0
"""


class Queue(Paying):
    CONFIG = OFFLINE

    def make_till(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        return RudeTill(classes=self.CLASSES, config=self.CONFIG, env=self.bus.env)

    def busctl(self, method, signature="", *args):
        """The answer at the other door: the required members in order, then the others; or the error."""
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        run = subprocess.run(["busctl", "--json=short", "--address=unix:path=" + self.bus.path, "call", "org.poshal1",
                              "/org/poshal1", "org.poshal1.Queue", method, *([signature] if signature else []), *args],
                             capture_output=True, text=True, timeout=DEADLINE, check=False)
        return json.loads(run.stdout)["data"] if run.returncode == 0 else run.stderr.strip()

    def status(self):
        return self.client.call("queue.status")

    def audited(self, action):
        return [(a["outcome"], a["detail"]) for a in self.client.call("audit.list")["entries"] if a["action"] == action]

    def findings(self):
        return [f for f in self.client.call("system.diagnose")["findings"] if f["subject"] == "queue"]

    def ctl(self, *words):
        run = subprocess.run([BUILD + "/bin/poshalctl", "--root", self.till.root, "queue", *words], capture_output=True,
                             text=True, timeout=DEADLINE, check=False)
        return run.returncode, run.stdout, run.stderr


class Quiet(Queue):
    LIMITS = {"currency": "EUR", "max_sale": 5000, "max_sale_pin": 10000, "max_sale_no_cvm": 2500, "max_sale_forced": 15000,
              "max_total": 200000, "max_count": 200, "max_accept_s": 86400, "forward_s": 259200, "left_total": 200000,
              "left_count": 200}

    def test_status(self):
        status = self.status()
        # nobody knows yet how long the host has been silent
        self.assertEqual(status, {
            "enabled": True, "mode": "online", "host": {"state": "online"}, "pending": 0, "pending_total": 0,
            "exposure": [], "limits": self.LIMITS, "accept_until": "", "accepting": False, "why_not": status["why_not"],
            "limit": status["limit"], "work": 0, "held": 0, "warnings": []})
        self.approve()
        status = self.status()
        answer = status["host"].pop("last_answer")
        self.assertEqual(status, {
            "enabled": True, "mode": "online", "host": {"state": "online"}, "pending": 0, "pending_total": 0,
            "exposure": [], "limits": self.LIMITS, "accept_until": status["accept_until"], "accepting": True, "work": 0,
            "held": 0, "warnings": []})
        self.assertLess(answer, status["accept_until"])
        members = ["enabled", "mode", "host", "pending", "pending_total", "exposure", "limits", "accept_until", "accepting",
                   "work", "held", "warnings"]
        data = self.busctl("Status")
        self.assertEqual([data[i] for i in (0, 1, 3, 4, 7, 8, 9, 10)],
                         [status[members[i]] for i in (0, 1, 3, 4, 7, 8, 9, 10)])
        self.assertEqual({k: v["data"] for k, v in data[6].items()}, status["limits"])

    def test_nothing(self):
        self.assertEqual(self.client.call("queue.list"), {"records": [], "more": False})
        self.assertEqual(self.busctl("List", "a{sv}", "1", "filter", "s", "all")[:2], [[], False])
        totals = self.client.call("queue.totals")
        head = self.client.call("audit.verify")
        self.assertEqual(totals, {"pending": 0, "audit_head": head["head"], "audit_entries": head["entries"], "totals": [],
                                  "agrees": True, "work": 0})
        pending, more = self.busctl("Totals", "a{sv}", "0")
        self.assertEqual((pending, more["audit_head"]["data"]), (0, head["head"]))

    def test_bad_input(self):
        for method, params, message in (
                ("queue.list", {"filter": "mine"}, "$.filter"), ("queue.list", {"limit": 0}, "$.limit"),
                ("queue.list", {"limit": 501}, "$.limit"), ("queue.list", {"after": -1}, "$.after"),
                ("queue.status", {"payment": "x"}, "$.payment"), ("queue.totals", {"since": "yesterday"}, "$.since"),
                ("queue.forceOffline", {"on": True, "operator": "ann"}, "$.reason"),
                ("queue.forceOffline", {"on": True, "reason": "x"}, "$.operator"),
                ("queue.forceOffline", {**WHO}, "$.on"), ("queue.forceOffline", {"on": "yes", **WHO}, "$.on"),
                ("queue.forceOffline", {"on": True, "minutes": 241, **WHO}, "$.minutes"),
                ("queue.forceOffline", {"on": True, "minutes": 0, **WHO}, "$.minutes")):
            error = self.client.error(method, **params)
            self.assertIn(message, error.message)
            self.assertIn(error.name, ("Illegal", "InvalidParams"))
        self.assertEqual(self.audited("queue.forceOffline"), [])

    def test_forced(self):
        self.approve()
        self.client.call("events.subscribe", topics=["queue"])
        done = self.client.call("queue.forceOffline", on=True, minutes=30, **WHO)
        self.assertEqual(done["mode"], "forced")
        self.assertEqual(self.client.event("queue.state")["data"]["forced"],
                         {"operator": "ann", "reason": "the line is being dug up", "until": done["until"]})
        status = self.status()
        self.assertEqual([status[n] for n in ("mode", "reason", "forced", "accepting")],
                         ["forced", WHO["reason"], {**WHO, "until": done["until"]}, True])
        self.assertLess(status["offline_since"], done["until"])
        self.assertEqual([(f["severity"], f["problem"]) for f in self.findings()],
                         [("warning", "an operator has said to work without the host")])
        snapshot = self.client.call("events.subscribe", topics=["queue"], snapshot=True)["queue"]
        self.assertEqual(snapshot["forced"], status["forced"])
        self.assertEqual(self.busctl("ForceOffline", "bssa{sv}", "false", "bob", "it is back", "0")[:1], ["online"])
        self.assertEqual(self.audited("queue.forceOffline"),
                         [("on", {**WHO, "minutes": 30}), ("off", {"operator": "bob", "reason": "it is back"})])
        self.assertEqual((self.status()["mode"], self.findings()), ("online", []))

    def test_verify(self):
        good = self.client.call("queue.verify")
        head = self.client.call("audit.verify")
        self.assertEqual(good, {"ok": True, "problems": [], "audit": head, "exposure": {"agrees": True, "totals": []},
                                "sealed": {"records": 0, "unreadable": 0, "keys": good["sealed"]["keys"]},
                                "journal": good["journal"]})
        self.assertIn(good["journal"]["state"], ("ok", "checking"))
        self.assertEqual(self.ctl("verify")[0], 0)
        self.approve() # what this reader says was sealed is no sealed record
        self.assertEqual([p["problem"] for p in self.client.call("queue.verify")["problems"]],
                         ["1 sealed records are of no form that is known"])
        self.till.daemon.stop()
        with sqlite3.connect(self.till.root + "/var/journal.db") as journal:
            for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"):
                journal.execute(f"DROP TRIGGER {name}")
            journal.execute("UPDATE audit SET who = 'nobody' WHERE seq = 2")
        journal.close()
        self.client.close()
        self.till.start_daemon()
        self.client = self.till.client()
        bad = self.client.call("queue.verify")
        # a start looks at the end of the trail, too
        self.assertEqual((bad["ok"], [p["part"] for p in bad["problems"]][:2], bad["audit"]["problem"]),
                         (False, ["audit", "sealed"], "changed"))
        code, out, _ = self.ctl("verify")
        self.assertEqual((code, out.split("\n")[0]), (1, "audit: the audit trail is broken at entry 2: changed"))


class Stopping(Queue):
    def test_while_the_acquirer_is_waited_for(self):
        self.till.daemon.stop()
        self.host.close()
        self.till.start_daemon({"MALLOC_PERTURB_": "165"}) # what was given back is not looked into
        with socket.socket(socket.AF_UNIX) as silent: # it takes connections, and greets nobody
            silent.bind(self.host.path)
            silent.listen()
            self.till.driver()
            client = self.till.client()
            self.till.wait_ready(client, "rude")
            client.send("queue.verify", {})
            with silent.accept()[0]:
                self.till.daemon.popen.send_signal(signal.SIGTERM)
                self.till.drivers[-1].close() # it ends when it is told to
                self.assertEqual(self.till.daemon.wait(), 0)


class Off(Queue):
    CONFIG = "[access]\nuser.root = all\n"

    def test_off(self):
        status = self.status()
        self.assertEqual([status[n] for n in ("enabled", "accepting", "accept_until", "limit")],
                         [False, False, "", "enabled"])
        error = self.client.error("queue.forceOffline", on=True, **WHO)
        self.assertEqual((error.name, error.message),
                         ("Disabled", "offline payments are not enabled: without the host every sale would be declined"))
        self.assertEqual(self.audited("queue.forceOffline"), [])
        self.assertEqual(self.client.call("queue.forceOffline", on=False, **WHO)["mode"], "online")
        code, out, _ = self.ctl()
        self.assertEqual((code, out), (0, """\
host      online; it has not answered yet
offline   off: every sale needs the host (section [offline] of poshal.conf)
waiting   nothing
to do     nothing
"""))


@unittest.skipIf(os.geteuid(), "only root can become somebody else")
class Grants(Queue):
    def as_nobody(self, grants, *calls):
        self.till.write_config(CONFIG.format(root=self.till.root) + "[access]\nuser.nobody = %s\n" % grants)
        self.client.call("config.reload")
        self.till.open_to_all()
        return self.till.as_nobody(*calls)

    def test_grants(self):
        looks = [("queue.status", {}), ("queue.list", {}), ("queue.totals", {}), ("queue.verify", {})]
        acts = [("queue.forceOffline", {"on": False, **WHO})]
        denied = self.as_nobody("monitor", *looks, *acts)
        self.assertEqual([d[0] for d in denied], ["AccessDenied"] * 5)
        self.assertEqual([("`pay`" in d[1]) for d in denied], [True] * 4 + [False])
        self.assertEqual([d and d[0] for d in self.as_nobody("pay", *looks, *acts)], [None] * 4 + ["AccessDenied"])
        self.assertEqual(self.as_nobody("queue", *acts), [None])


if __name__ == "__main__":
    unittest.main()
