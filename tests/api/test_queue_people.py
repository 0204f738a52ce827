"""queue.* while something stands: what applications, shopkeepers and the bus are told of it, and what they may do with it."""

import json
import os
import subprocess
import unittest

from dbus_test import Bus
from poshal_test import BUILD, DEADLINE, wait_until
from rude_driver import CONFIG, RudeTill
from test_payments_offline import OFFLINE, Offline, card

WHO = {"operator": "ann", "reason": "looked"}


class Queue(Offline):
    def make_till(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        return RudeTill(classes=self.CLASSES, config=OFFLINE + self.MORE, env=self.bus.env)

    def busctl(self, method, signature="", *args):
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        run = subprocess.run(["busctl", "--json=short", "--address=unix:path=" + self.bus.path, "call", "org.poshal1",
                              "/org/poshal1", "org.poshal1.Queue", method, *([signature] if signature else []), *args],
                             capture_output=True, text=True, timeout=DEADLINE, check=False)
        return json.loads(run.stdout)["data"] if run.returncode == 0 else run.stderr.strip()

    def ctl(self, *words):
        run = subprocess.run([BUILD + "/bin/poshalctl", "--root", self.till.root, *words], capture_output=True, text=True,
                             timeout=DEADLINE, check=False, env={**os.environ, "TZ": "UTC"})
        return run.returncode, run.stdout, run.stderr

    def status(self):
        return self.client.call("queue.status")

    def records(self, **params):
        return self.client.call("queue.list", **params)["records"]

    def told(self, state):
        return self.client.event("queue.state", state=state)["data"]

    def deferred(self, **answer):
        request = self.host.request("host.authorize")
        self.assertEqual(request["params"]["deferred"], True)
        self.host.answer(request, **answer)

    def refused(self, method, *words, **params):
        error = self.client.error(method, **params)
        self.assertTrue(all(word in error.message for word in words), error.message)
        return error.name


class Held(Queue):
    """Two sales that wait for their tips."""

    MORE = "hold_minutes = 30\ntip_percent = 20\nmax_total = 30.00\nmax_sale = 20.00\nmax_sale_no_cvm = 20.00\n" \
           "max_sale_pin = 20.00\nmax_sale_forced = 20.00\n"

    def setUp(self):
        super().setUp()
        self.stand_in(reference="table 7", operator="bob")
        self.approve("between", 100) # a line that is missed twice counts as away
        self.stand_in("k2", 500, change=card(2))

    def test_status_and_list(self):
        status = self.status()
        self.assertEqual([status[n] for n in ("enabled", "pending", "pending_total", "exposure", "held", "work", "accepting")],
                         [True, 2, 1750, [{"family": "stand_in", "currency": "EUR", "count": 2, "total": 1750}], 2, 0, True])
        self.assertEqual((status["limits"]["left_total"], status["limits"]["left_count"]), (1250, 198))
        self.assertEqual([(w["limit"], w["percent"]) for w in status["warnings"]], [("max_total", 50)])
        first, second = self.records()
        self.assertEqual({n: first[n] for n in first if n not in ("accepted", "record", "release", "rrn", "next")},
                         {"payment": "pay-2", "kind": "sale_deferred", "family": "stand_in", "state": "held", "amount": 1250,
                          "currency": "EUR", "masked_pan": "476173******0010", "scheme": "visa", "reference": "table 7",
                          "operator": "bob", "attempts": 0, "hold_reason": "window"})
        self.assertEqual(first["accepted"][:19], status["oldest"][:19])
        self.assertLess(first["accepted"], first["release"])
        self.assertEqual(status["next_attempt"], first["release"])
        self.assertEqual([r["payment"] for r in self.records(limit=1)], ["pay-2"])
        self.assertTrue(self.client.call("queue.list", limit=1)["more"])
        self.assertEqual([r["payment"] for r in self.records(after=first["record"])], ["pay-4"])
        self.assertEqual((self.records(filter="work"), self.records(filter="final")), ([], []))
        self.assertEqual([r["payment"] for r in self.records(filter="all")], ["pay-2", "pay-4"])
        records, more = self.busctl("List", "a{sv}", "1", "limit", "x", "1")
        self.assertEqual((records[0]["payment"]["data"], records[0]["amount"]["data"], more), ("pay-2", 1250, True))
        self.assertEqual(self.busctl("Status")[3:5], [2, 1750])
        code, out, _ = self.ctl("queue")
        self.assertEqual(code, 0)
        self.assertIn("at risk   17.50 of 30.00 EUR  [###########.........]  2 of 200 sales\n", out)
        self.assertIn("waiting   2, the oldest for less than a minute; 2 held back", out)
        self.assertIn("warning   50 % of what may stand without the host is reached: 17.50 EUR of 30.00 EUR\n", out)
        self.assertTrue(out.endswith("to do     nothing\n"))
        table = self.ctl("queue", "list")[1].splitlines()
        self.assertEqual(table[1].split()[:6], ["pay-2", "sale_deferred", "held", "12.50", "EUR", "476173******0010"])

    def test_acts_at_both_doors(self):
        # somebody holds one for longer than its window, and lets it go with a tip; the other goes as it is
        held = self.client.call("queue.hold", payment="k1", **WHO)
        self.assertEqual(held, {"payment": "pay-2", "state": "held", "amount": 1250, "currency": "EUR"})
        self.assertEqual(self.not_back("r0", "pay-2", "waits for the host", "void it instead"), "Busy")
        self.assertEqual(self.records()[0]["hold_reason"], "looked")
        self.assertEqual(self.ctl("queue", "release", "pay-2", "--operator", "ann", "--amount", "1500"),
                         (0, "pay-2 queued 15.00 EUR\n", ""))
        self.deferred(decision="approved", response_code="00", approval_code="123456")
        self.told("approved")
        self.assertEqual(self.busctl("Release", "ssa{sv}", "pay-4", "bob", "0")[:2], ["pay-4", "queued"])
        self.deferred(decision="declined", response_code="05")
        self.told("declined")
        self.assertEqual(self.not_back("r1", "pay-4", "which did not approve it"), "Illegal")
        self.assertEqual((self.status()["pending"], self.status()["work"]), (0, 1))
        (work,) = self.records(filter="work")
        self.assertEqual((work["payment"], work["response_code"], work["work"]["word"], work["work"]["reason"]),
                         ("pay-4", "05", "late_decline", "the issuer has declined it after the customer left (05)"))
        self.assertTrue(work["work"]["action"].endswith("when that is settled `poshalctl queue seen pay-4`"))
        code, out, _ = self.ctl("queue", "list", "--filter", "work")
        self.assertIn("\npay-4: the issuer has declined it after the customer left (05)\n  to do  ", out)
        self.assertIn("to do     one record needs somebody: `poshalctl queue list --filter work`\n", self.ctl("queue")[1])
        findings = self.ctl("doctor")[1]
        self.assertIn("EUR accepted without the host, is declined 05\n", findings)
        self.assertIn("\n  to do  " + work["work"]["action"] + "\n", findings)
        self.assertEqual(self.busctl("Seen", "sss", "pay-4", "bob", "paid in cash")[:2], ["pay-4", "declined"])
        self.assertEqual((self.records(filter="work"), self.status()["work"]), ([], 0))
        self.assertEqual([r["state"] for r in self.records(filter="final")], ["approved", "declined"])
        self.assertEqual([(a["action"], a["detail"]["operator"]) for a in self.client.call("audit.list")["entries"]
                          if a["action"].startswith("queue.")],
                         [("queue.hold", "ann"), ("queue.release", "ann"), ("queue.release", "bob"), ("queue.seen", "bob")])

    def not_back(self, key, payment, *words):
        return self.refused("payment.refund", *words, key=key, payment=payment, amount=1, operator="ann")

    def test_referred_behind_the_customer(self):
        self.client.call("queue.release", payment="k2", **WHO)
        self.deferred(decision="referred", response_code="01")
        self.told("referred")
        (work,) = self.records(filter="work")
        self.assertEqual((work["work"]["word"], work["work"]["reason"]),
                         ("late_referral", "the issuer wants to be called before it approves (01)"))
        self.assertIn("`poshalctl queue again`", work["work"]["action"])
        # it agrees on the telephone
        self.assertEqual(self.busctl("Again", "sss", "pay-4", "ann", "called")[:2], ["pay-4", "stored"])
        self.deferred(decision="approved", response_code="00", approval_code="123456")
        self.told("approved")
        self.assertEqual((self.records(filter="work"), [r["state"] for r in self.records(filter="final")]),
                         ([], ["referred", "approved"]))
        # of one that was seen to there is no card any more
        self.client.call("queue.release", payment="k1", **WHO)
        self.deferred(decision="referred", response_code="01")
        self.told("referred")
        self.client.call("queue.seen", payment="k1", **WHO)
        self.assertEqual(self.refused("queue.again", "what was kept of its card is gone", payment="k1", **WHO), "Illegal")

    def test_again_does_not_pass_the_ceiling(self):
        self.client.call("queue.release", payment="k2", **WHO)
        self.deferred(decision="referred", response_code="01")
        self.told("referred")
        for limit, lowered in (("max_total", self.MORE.replace("max_total = 30.00", "max_total = 17.49")),
                               ("max_count", self.MORE + "max_count = 1\n")):
            self.till.write_config(CONFIG.format(root=self.till.root) + OFFLINE + lowered)
            self.client.call("config.reload")
            self.assertEqual(self.refused("queue.again", "pay-4: with it more would wait for the host than may (" + limit + ")",
                                          payment="k2", **WHO), "LimitExceeded")
            self.assertEqual([r["state"] for r in self.records(filter="work")], ["referred"])
        self.till.write_config(CONFIG.format(root=self.till.root) + OFFLINE + self.MORE)
        self.client.call("config.reload")
        self.assertEqual(self.client.call("queue.again", payment="k2", **WHO)["state"], "stored")
        self.deferred(decision="approved", response_code="00", approval_code="123456")
        self.told("approved")

    def test_totals(self):
        self.client.call("queue.release", payment="k2", **WHO)
        self.deferred(decision="declined", response_code="51")
        self.told("declined")
        totals = self.client.call("queue.totals")
        (sums,) = totals["totals"]
        self.assertEqual((sums["accepted"], sums["declined"], sums["pending"], sums["held"], sums["approved"]),
                         ({"count": 2, "total": 1750}, {"count": 1, "total": 500}, {"count": 1, "total": 1250},
                          {"count": 1, "total": 1250}, {"count": 0, "total": 0}))
        self.assertEqual((totals["pending"], totals["agrees"], totals["work"]), (1, True, 1))
        head = self.client.call("audit.verify")
        self.assertEqual((totals["audit_head"], totals["audit_entries"]), (head["head"], head["entries"]))
        # what is pending counts whenever it was accepted
        (later,) = self.client.call("queue.totals", since="2100-01-01T00:00:00Z")["totals"]
        self.assertEqual((later["accepted"], later["pending"]), ({"count": 1, "total": 1250}, {"count": 1, "total": 1250}))
        code, out, _ = self.ctl("queue", "totals")
        self.assertEqual((code, out.splitlines()[:3]), (0, ["EUR, accepted by the shop",
                         "  accepted                     2             17.50 EUR",
                         "  approved                     0              0.00 EUR"]))
        code, out, err = self.ctl("queue", "totals", "--reconcile", "--operator", "ann")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("poshalctl: Busy: 1 records of TID00001 in EUR are not with the host yet", err)
        self.assertTrue(self.client.call("queue.verify")["exposure"]["agrees"])

    def test_bad_input(self):
        for verb in "hold", "release", "again", "seen", "forward":
            method = "queue." + verb
            self.assertEqual(self.refused(method, "there is no payment `nobody`", payment="nobody", **WHO), "NoExist")
            # one that the host has approved in the first place
            self.assertEqual(self.refused(method, "pay-1", payment="before", **WHO), "Illegal")
            if verb != "forward":
                self.assertEqual(self.refused(method, "$.operator", payment="k1", reason="x"), "Illegal")
        for verb in "hold", "again", "seen":
            self.assertEqual(self.refused("queue." + verb, "$.reason", payment="k1", operator="ann"), "Illegal")
        for verb in "again", "seen", "forward":
            error = self.client.error("queue." + verb, payment="k1", **WHO)
            self.assertEqual((error.name, error.message, error.data["hint"]), (
                "Illegal", "pay-2: the record is held; that cannot be done to it now",
                "release it (`poshalctl queue release`), or void it"))
        self.assertEqual(self.refused("queue.release", "at most 1500", payment="k1", amount=1501, **WHO), "Illegal")
        self.assertEqual(self.refused("queue.release", "$.amount", payment="k1", amount=0, **WHO), "Illegal")
        for params, word in (({"carry_forward": True}, "$.carry_forward"), ({"currency": "EUR"}, "$.currency"),
                             ({"reconcile": True}, "$.operator"),
                             ({"reconcile": True, "operator": "ann", "currency": "XXQ"}, "$.currency"),
                             ({"reconcile": True, "operator": "ann", "since": "2026-11-22T00:00:00Z"}, "$.since")):
            self.assertEqual(self.refused("queue.totals", word, **params), "Illegal")
        self.assertIn("no payment `nobody`", self.busctl("Hold", "sss", "nobody", "ann", "x"))
        self.assertEqual([r["state"] for r in self.records()], ["held", "held"])
        self.assertEqual([a for a in self.client.call("audit.list")["entries"] if a["action"].startswith("queue.")], [])

    def test_switched_off_with_a_queue(self):
        self.till.write_config(CONFIG.format(root=self.till.root) + "[access]\nuser.root = all\n")
        self.client.call("config.reload")
        left = {"count": 2, "total": 1750, "currency": "EUR", "left_count": 0, "left_total": 0}
        self.assertEqual(self.client.call("payment.explain", amount=1, currency="EUR")["exposure"], left)
        self.client.call("queue.release", payment="k1", **WHO)
        self.deferred(decision="approved", response_code="00", approval_code="123456")
        self.assertEqual(self.told("approved")["exposure"], {**left, "count": 1, "total": 500})
        self.client.call("queue.release", payment="k2", **WHO)
        self.deferred(decision="approved", response_code="00", approval_code="123456")
        self.assertNotIn("exposure", self.told("approved"))

    @unittest.skipIf(os.geteuid(), "only root can become somebody else")
    def test_grants(self):
        acts = [("queue." + verb, {"payment": "pay-2", **WHO}) for verb in ("hold", "release", "again", "seen", "forward")]
        acts.append(("queue.forward", {}))
        day = ("queue.totals", {"reconcile": True, "operator": "ann"})
        self.till.write_config(CONFIG.format(root=self.till.root) + "[access]\nuser.nobody = pay monitor\n[offline]\n"
                               "enabled = yes\ni_understand_pci_scope = yes\n" + self.MORE)
        self.client.call("config.reload")
        self.till.open_to_all()
        denied = self.till.as_nobody(*acts, day)
        self.assertEqual([d[0] for d in denied], ["AccessDenied"] * 7)
        self.assertTrue(all("`queue`" in d[1] for d in denied), denied)
        self.assertEqual([r["state"] for r in self.records()], ["held", "held"])


if __name__ == "__main__":
    unittest.main()
