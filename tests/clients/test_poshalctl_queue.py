#!/usr/bin/env python3
"""poshalctl queue against a scripted service: what a person sees and what is asked. Usage: test_poshalctl_queue.py PROGRAM"""
import datetime
import json
import os
import tempfile
import unittest

from fake_service import Error
from test_poshalctl import Case


def moment(**delta):
    """A time from now on, with half a minute to spare so that a slow test does not count the next minute."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**delta)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def local(text):
    return text[:19].replace("T", " ")


LIMITS = {"currency": "EUR", "max_sale": 5000, "max_total": 200000, "max_count": 200, "left_total": 168760,
          "left_count": 193}
QUIET = {"enabled": True, "mode": "online", "host": {"state": "online", "last_answer": "2026-11-22T09:30:00.000Z"},
         "pending": 0, "pending_total": 0, "exposure": [], "limits": LIMITS, "accepting": True, "work": 0, "held": 0,
         "warnings": []}
RECORD = {"payment": "pay-3", "record": 7, "kind": "sale_deferred", "family": "stand_in", "state": "declined",
          "amount": 123456, "currency": "EUR", "masked_pan": "476173******0010", "reference": "sale-4711",
          "accepted": "2026-11-22T09:12:08.000Z", "attempts": 2, "response_code": "51",
          "work": {"reason": "the issuer declines: not enough money on the account",
                   "action": "ask the customer for another payment"}}
WHO = ["--operator", "ann", "--reason", "tip"]
ASKED = {"operator": "ann", "reason": "tip"}


class Glance(Case):
    def glance(self, out, **status):
        self.serve(queue_status={**QUIET, **status})
        self.check(["queue"], out)
        self.assertEqual(self.service.asked, [("queue.status", {})])

    def test_quiet(self):
        until = moment(hours=23, minutes=59, seconds=30)
        self.glance(f"""\
host      online; last answer 2026-11-22 09:30:00
offline   sales are accepted until {local(until)}, for 23 h 59 min
at risk   0.00 of 2,000.00 EUR  [....................]  0 of 200 sales
waiting   nothing
to do     nothing
""", accept_until=until)

    def test_outage(self):
        until, since = moment(hours=5, minutes=12, seconds=30), "2026-11-22T09:12:08.000Z"
        self.glance(f"""\
host      does not answer since 2026-11-22 09:12:08: a payment got no answer; last answer 2026-11-22 09:30:00
offline   sales are accepted until {local(until)}, for 5 h 12 min
approved  12.00 EUR by card or telephone, 1 to be told the host
at risk   312.40 of 2,000.00 EUR  [###.................]  7 of 200 sales
waiting   8, the oldest for 18 min; 1 held back; they go when the host is back
warning   80 % of max_total is reached
to do     2 records need somebody: `poshalctl queue list --filter work`
""", mode="offline", offline_since=since, reason="a payment got no answer", pending=8, pending_total=32440,
                    exposure=[{"family": "stand_in", "currency": "EUR", "count": 7, "total": 31240},
                              {"family": "advice", "currency": "EUR", "count": 1, "total": 1200}],
                    accept_until=until, oldest=moment(minutes=-18, seconds=-30), held=1,
                    next_attempt=moment(minutes=3, seconds=30), work=2,
                    warnings=[{"limit": "max_total", "percent": 80, "text": "80 % of max_total is reached"}])

    def test_forced(self):
        until = moment(days=3, seconds=30)
        self.glance(f"""\
host      not asked since 2026-11-22 09:12:08: the line is being dug up; it has not answered yet
offline   sales are accepted until {local(until)}, for 3 days
          without the host until 2026-11-22 13:12:08, says ann
at risk   0.00 of 2,000.00 EUR  [....................]  0 of 200 sales
waiting   1, the oldest for 2 h 5 min; next attempt in 3 min
to do     one record needs somebody: `poshalctl queue list --filter work`
""", mode="forced", pending=1, oldest=moment(hours=-2, minutes=-5, seconds=-30), next_attempt=moment(minutes=3, seconds=30), offline_since="2026-11-22T09:12:08.000Z", reason="the line is being dug up", host={"state": "online"},
                    forced={"operator": "ann", "reason": "the line is being dug up",
                            "until": "2026-11-22T13:12:08.000Z"}, accept_until=until, work=1)

    def test_full(self):
        self.glance("""\
host      online, with trouble; last answer 2026-11-22 09:30:00
offline   nothing is accepted: 2,000 JPY stand without the host already
at risk   1,999 of 2,000 JPY  [###################.]  3 of 3 sales
waiting   3; next attempt now
to do     nothing
""", mode="degraded", accepting=False, why_not="2,000 JPY stand without the host already", limit="max_total", pending=3,
                    exposure=[{"family": "stand_in", "currency": "JPY", "count": 3, "total": 1999}],
                    limits={**LIMITS, "currency": "JPY", "max_total": 2000, "max_count": 3},
                    accept_until=moment(hours=1), next_attempt=moment(seconds=-5))

    def test_damaged(self):
        for work, more in (0, ""), (1, "to do     one record needs somebody: `poshalctl queue list --filter work`\n"):
            self.glance("""\
host      online; last answer 2026-11-22 09:30:00
offline   nothing is accepted: the journal cannot be relied on
at risk   0.00 of 2,000.00 EUR  [....................]  0 of 200 sales
waiting   nothing
to do     38 records cannot be read: `poshalctl doctor`
""" + more, accepting=False, why_not="the journal cannot be relied on", unreadable=38, work=work)
            self.tearDown()
            self.setUp()

    def test_off(self):
        self.glance("""\
host      online; last answer 2026-11-22 09:30:00
offline   off: every sale needs the host (section [offline] of poshal.conf)
waiting   nothing
to do     nothing
""", enabled=False, accepting=False, accept_until="", why_not="offline payments are not enabled")

    def test_json(self):
        self.serve(queue_status={**QUIET, "accept_until": ""})
        code, out, _ = self.run_it("--json", "queue")
        self.assertEqual((code, json.loads(out)), (0, {**QUIET, "accept_until": ""}))

    def test_denied(self):
        self.serve(queue_status=Error(-32020, "AccessDenied", "queue.status needs the grant `pay`"))
        self.check(["queue"], "", "poshalctl: AccessDenied: queue.status needs the grant `pay`. "
                   "Ask the administrator for the grant: section [access] of poshal.conf.\n", 4)
        self.check(["queue", "nonsense"], "",
                   "poshalctl: unknown command queue nonsense. See `poshalctl help queue`.\n", 2)


class Records(Case):
    def test_list(self):
        waiting = {**RECORD, "payment": "pay-4", "record": 8, "state": "retry_wait", "amount": 500,
                   "next": "2026-11-22T10:00:00.000Z", "work": None}
        held = {**RECORD, "payment": "pay-5", "record": 9, "kind": "voice", "state": "held", "amount": 1500,
                "currency": "JPY", "hold_reason": "the till asks", "attempts": 0, "reference": "", "work": None}
        del waiting["work"], held["work"]
        self.serve(queue_list={"records": [RECORD, waiting, held], "more": True})
        self.check(["queue", "list", "--filter", "all", "--after", "2", "--limit", "3"], """\
PAYMENT  KIND           STATE       AMOUNT        CARD              REFERENCE  ACCEPTED             TRIES  NEXT
pay-3    sale_deferred  declined    1,234.56 EUR  476173******0010  sale-4711  2026-11-22 09:12:08  2
pay-4    sale_deferred  retry_wait  5.00 EUR      476173******0010  sale-4711  2026-11-22 09:12:08  2      2026-11-22 10:00:00
pay-5    voice          held        1,500 JPY     476173******0010             2026-11-22 09:12:08  0      the till asks

pay-3: the issuer declines: not enough money on the account
  to do  ask the customer for another payment

more: --after 9
""")
        self.assertEqual(self.service.asked, [("queue.list", {"filter": "all", "after": 2, "limit": 3})])

    def test_nothing(self):
        self.serve(queue_list={"records": [], "more": False})
        self.check(["queue", "list"], "nothing\n")
        self.assertEqual(self.service.asked, [("queue.list", {"limit": 100})])
        self.check(["queue", "list", "--limit", "0"], "",
                   "poshalctl: --limit takes a whole number from 1 to 500, not \"0\".\n", 2)


class Acts(Case):
    def test_of_a_payment(self):
        done = {"payment": "pay-3", "state": "queued", "amount": 1250, "currency": "EUR"}
        for verb in "hold", "again", "seen", "forward":
            self.serve(**{f"queue_{verb}": done})
            self.check(["queue", verb, "k1", *WHO], "pay-3 queued 12.50 EUR\n")
            self.assertEqual(self.service.asked, [(f"queue.{verb}", {"payment": "k1", **ASKED})])
            self.tearDown()
            self.setUp()
        self.serve(queue_release=done)
        self.check(["queue", "release", "k1", "--operator", "ann", "--amount", "1250"], "pay-3 queued 12.50 EUR\n")
        self.assertEqual(self.service.asked, [("queue.release", {"payment": "k1", "operator": "ann", "amount": 1250})])

    def test_forward_all(self):
        self.serve(queue_forward={"waiting": 12})
        self.check(["queue", "forward"], "12 not answered by the host yet; what is not held goes as soon as the host takes it\n")
        self.tearDown()
        self.setUp()
        self.serve(queue_forward={"waiting": 0})
        self.check(["queue", "forward"], "nothing waits for the host\n")
        self.assertEqual(self.service.asked, [("queue.forward", {})])
        self.check(["queue", "release", "k1", "--operator", "ann", "--amount", "14.00"], "",
                   'poshalctl: --amount takes a whole number from 1 to 999999999999, not "14.00".\n'
                   "poshalctl: It is in minor units: 1400 for 14.00 EUR.\n", 2)

    def test_without_the_host(self):
        self.serve(queue_forceOffline={"mode": "forced", "until": "2026-11-22T13:12:08.000Z"})
        self.check(["queue", "offline", *WHO, "--minutes", "30"],
                   "the host is not asked until 2026-11-22 13:12:08, or `poshalctl queue online`\n")
        self.assertEqual(self.service.asked, [("queue.forceOffline", {**ASKED, "on": True, "minutes": 30})])
        self.tearDown()
        self.setUp()
        self.serve(queue_forceOffline={"mode": "online"})
        self.check(["queue", "online", *WHO], "the host is asked again; it is online\n")
        self.assertEqual(self.service.asked, [("queue.forceOffline", {**ASKED, "on": False})])


class Totals(Case):
    def test_sums(self):
        def of(count, total):
            return {"count": count, "total": total}
        totals = {"family": "stand_in", "currency": "EUR", "accepted": of(12, 123456), "approved": of(9, 100000),
                  "partial_delta": of(0, 456), "declined": of(1, 3000), "voided": of(0, 0), "expired": of(0, 0),
                  "pending": of(2, 20000)}
        self.serve(queue_totals={"totals": [totals], "agrees": True, "pending": 2, "work": 1, "audit_head": "5d0e",
                                 "audit_entries": 40})
        self.check(["queue", "totals", "--since", "2026-11-22T00:00:00Z"], """\
EUR, accepted by the shop
  accepted                    12          1,234.56 EUR
  approved                     9          1,000.00 EUR
  not approved of partial      0              4.56 EUR
  declined                     1             30.00 EUR
  waiting                      2            200.00 EUR
2 not answered by the host yet
1 to be seen to: `poshalctl queue list --filter work`
audit trail  5d0e
""")
        self.assertEqual(self.service.asked, [("queue.totals", {"since": "2026-11-22T00:00:00Z"})])
        self.tearDown()
        self.setUp()
        self.serve(queue_totals={"totals": [], "agrees": False, "pending": 0, "work": 0, "audit_head": "5d0e"})
        self.check(["queue", "totals"], """\
nothing was accepted without the host
the sums do not agree: `poshalctl queue verify`
audit trail  5d0e
""", code=1)

    def test_day(self):
        sums = {"debits": {"count": 3, "total": 4500}, "debit_reversals": {"count": 1, "total": 1000},
                "credits": {"count": 0, "total": 0}, "credit_reversals": {"count": 0, "total": 0}}
        answer = {"balance": "in_balance", "sums": sums, "pending": 0, "settled": 3, "currency": "EUR",
                  "audit_head": "5d0e"}
        ours = """\
  sales                        3             45.00 EUR
  sales undone                 1             10.00 EUR
  refunds                      0              0.00 EUR
  refunds undone               0              0.00 EUR
"""
        self.serve(queue_totals=answer)
        self.check(["queue", "totals", "--reconcile", "--operator", "ann"],
                   "the host has the same sums: the day is closed\n" + ours + "3 payments settled\naudit trail  5d0e\n")
        self.assertEqual(self.service.asked, [("queue.totals", {"reconcile": True, "operator": "ann"})])
        self.tearDown()
        self.setUp()
        self.serve(queue_totals={**answer, "balance": "out_of_balance", "host_sums": sums, "settled": 0, "pending": 1})
        self.check(["queue", "totals", "--reconcile", "--carry-forward", "--operator", "ann"],
                   "the host has other sums: the day stays open; call the acquirer\n" + ours + "the host says\n" + ours +
                   "0 payments settled\n1 not answered by the host yet\naudit trail  5d0e\n", code=1)
        self.assertEqual(self.service.asked,
                         [("queue.totals", {"reconcile": True, "carry_forward": True, "operator": "ann"})])

    def test_verify(self):
        good = {"ok": True, "problems": [], "audit": {"ok": True, "entries": 40, "head": "5d0e"},
                "exposure": {"agrees": True}, "sealed": {"records": 2, "unreadable": 0, "keys": [
                    {"kid": "2026-1", "state": "current", "records": 2}, {"kid": "2025-1", "state": "old", "records": 0}]},
                "journal": {"state": "ok"}}
        self.serve(queue_verify=good)
        self.check(["queue", "verify"],
                   "all is well: 40 entries of the audit trail, 2 sealed records\n"
                   "  key    2026-1, current: 2 records\n  key    2025-1, old: 0 records\n  head   5d0e\n")
        self.tearDown()
        self.setUp()
        self.serve(queue_verify={**good, "ok": False, "problems": [
            {"part": "sealed", "problem": "no key `2025-1` for 2 records", "advice": "put the key back"}]})
        self.check(["queue", "verify"], """\
sealed: no key `2025-1` for 2 records
  to do  put the key back
see above: 40 entries of the audit trail, 2 sealed records
  key    2026-1, current: 2 records
  key    2025-1, old: 0 records
  head   5d0e
""", code=1)


class Keys(Case):
    def test_keys(self):
        self.serve(queue_keys={"keys": [{"kid": "2027-1", "state": "current", "records": 12, "sealed": 40,
                                         "since": "2026-11-22T09:12:08.000Z"}]})
        self.check(["queue", "keys"], """\
KEY     STATE    RECORDS  SEALED  SINCE
2027-1  current  12       40      2026-11-22 09:12:08
""")

    def test_nothing_to_wrap(self):
        self.serve(queue_rewrap={"kid": "2027-1", "records": 0})
        self.check(["queue", "rewrap", "--operator", "ann"], "no record is of another key than 2027-1\n")

    def test_export(self):
        with tempfile.TemporaryDirectory() as folder:
            public, queue = {"kid": "spare-1", "public_b64": "AAAA"}, folder + "/queue"
            with open(folder + "/key", "w", encoding="ascii") as file:
                json.dump({**public, "secret_b64": "BBBB"}, file)
            with open(folder + "/key.public", "w", encoding="ascii") as file:
                json.dump(public, file)
            self.serve(queue_export={"records": [], "staying": [], "more": False, "after": 0})
            # the secret half is nothing for the service
            self.check(["queue", "export", queue, "--operator", "ann", "--to", folder + "/key"], "",
                       f"poshalctl: {folder}/key: has the secret half of a key: that stays at its machine, give its FILE.public\n", 2)
            self.assertEqual(self.service.asked, [])
            self.check(["queue", "export", queue, "--operator", "ann", "--to", folder + "/key.public"],
                       "there is nothing to be given away, and no file was written; 0 stay here\n")
            self.assertEqual(self.service.asked[0][1]["to"], public)
            self.assertFalse(os.path.exists(queue))


if __name__ == "__main__":
    unittest.main(verbosity=1)
