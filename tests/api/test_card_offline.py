"""Through the whole chain while the host is away: what a real kernel and card make of it, and what the host has of it afterwards."""

import os
import shutil
import sqlite3
import unittest

import card_till
import test_card_chain
from card_till import CardTill

OFFLINE = """
[offline]
enabled = yes
i_understand_pci_scope = yes
random_online = 0
forward_rate = 0
"""


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Outage(test_card_chain.Chain):
    def setUp(self):
        self.till = CardTill(config=card_till.CONFIG + OFFLINE)
        self.addCleanup(self.till.close)
        self.connect()

    def offline(self, key, amount=1250, kind="sale_deferred"):
        result = self.pay(key, amount, offline="allow")
        self.assertEqual([result.get(name) for name in ("outcome", "mode", "kind")], ["approved_offline", "offline", kind],
                         result)
        return result

    def forwarded(self, payment, state):
        while self.client.event("queue.state", payment=payment)["data"].get("state") != state:
            pass

    def test_outage(self):
        self.till.insert("unable-declines")
        self.assertEqual(self.pay("before", 100, offline="allow")["mode"], "online")
        self.client.call("events.subscribe", topics=["queue.state"])
        self.till.host(fault="refuse")
        # without the caller's word nothing stands
        self.ends(self.pay("refuse", 200), "declined", "host_away")
        first = self.offline("one", 1250)
        self.assertEqual((first["reason"], first["exposure"]["count"]), ("host_away", 1))
        self.assertIn("SUBJECT TO AUTHORIZATION", str(first["receipts"]["customer"]))
        # a chip that approves by itself
        self.till.swap("visa-offline-tc")
        chip = self.offline("chip", 400, "emv_offline_tc")
        self.assertEqual((chip["emv"]["cryptogram_type"], chip["exposure"]["advices"]), ("TC", {"count": 1, "total": 400}))
        self.assertEqual(self.till.standing(), [("sale", 100)])
        # the line is back: each of them stands at the host once, and nothing is left at stake
        self.till.host(fault="none")
        self.client.call("queue.forward", operator="ann", reason="the line is back")
        self.forwarded(first["payment"], "approved")
        self.forwarded(chip["payment"], "approved")
        self.assertEqual(sorted(amount for _, amount in self.till.standing()), [100, 400, 1250])
        self.assertEqual([(e["repeats"], e["duplicates"]) for e in self.till.ledger()["entries"]], [(0, 0)] * 3)
        exposure = self.pay("one", 1250, offline="allow")["exposure"]
        self.assertEqual((exposure["count"], exposure["left_total"], "advices" in exposure), (0, 200000, False))

    def anew(self, put_back):
        """Ends poshald, makes a backup of its journal or puts that back, and starts it again."""
        journal, backup = self.till.root + "/var/journal.db", self.till.root + "/backup.db"
        self.till.daemon.stop()
        if put_back:
            if os.path.exists(journal + "-wal"):
                os.remove(journal + "-wal")
            shutil.copy(backup, journal)
        else:
            with sqlite3.connect(journal) as db:
                db.execute("VACUUM INTO ?", (backup,))
            db.close()
        self.till.start_daemon()
        self.connect()
        self.client.call("events.subscribe", topics=["queue.state"])

    def test_a_backup_in_which_sales_wait(self):
        """The host has had them since: one is told so by its own number, of the other nothing is left."""
        self.till.insert("unable-declines")
        self.pay("before", 100, offline="allow")
        self.till.host(fault="refuse")
        sales = [self.offline("one", 1250)["payment"]]
        self.till.swap("unable-declines", serial=2)
        sales.append(self.offline("two", 700)["payment"])
        self.anew(put_back=False)
        self.till.host(fault="none")
        self.client.call("queue.forward", operator="ann", reason="the line is back")
        for payment in sales:
            self.forwarded(payment, "approved")
        self.anew(put_back=True)
        status = self.client.call("queue.status")
        self.assertEqual((status["pending"], status["held"], status["work"]), (2, 2, 2))
        work = self.client.call("queue.list", filter="work")["records"]
        self.assertEqual([(r["state"], r["hold_reason"], r["work"]["word"]) for r in work], [("held", "restored", "restored")] * 2)
        # let go, it goes with the number it has, and is not booked again
        who = {"operator": "ann", "reason": "not in the acquirer's list"}
        self.client.call("queue.release", payment=sales[0], **who)
        self.forwarded(sales[0], "approved")
        self.assertEqual(sorted(amount for _, amount in self.till.standing()), [100, 700, 1250])
        # void, it is undone at the host
        self.client.call("payment.void", payment=sales[1], key="v", **who)
        self.till.undone(sales[1])
        self.assertEqual(sorted(amount for _, amount in self.till.standing()), [100, 1250])
        self.assertEqual(self.client.call("queue.status")["pending"], 0)

    def test_booked_and_not_answered(self):
        """What the host has booked is undone before the sale comes again, with other numbers."""
        self.till.insert("unable-declines")
        self.pay("before", 100, offline="allow")
        self.client.call("events.subscribe", topics=["queue.state"])
        self.till.host(fault="half", on="0200", times=1)
        result = self.offline("one")
        self.assertEqual(result["reason"], "host_no_answer")
        self.client.call("queue.forward", operator="ann", reason="the line is back")
        self.forwarded(result["payment"], "approved")
        self.assertEqual(self.till.standing(), [("sale", 100), ("sale", 1250)])
        ledger = self.till.ledger(all=True)
        self.assertEqual([(e["amount"], e["reversed"]) for e in ledger["entries"]], [(100, False), (1250, True), (1250, False)])
        self.assertEqual([r["found"] for r in ledger["reversals"]], [True])


if __name__ == "__main__":
    unittest.main()
