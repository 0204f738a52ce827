"""A ZVT terminal through the service: what the terminal's own ledger holds is what was told, also when an answer was lost."""

import os
import tempfile
import unittest

from poshal_test import Till, wait_until

DEVICE = "[device eft]\ndriver = zvt\nconnection = {eft}\npassword = 123456\nanswer_s = %d\n"


class TerminalTest(unittest.TestCase):
    plug = "tcp"
    more = ""
    answer_s = 60 # on both sides: whoever is late here has not been run

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini", delete=False) as bench:
            bench.write(f"[terminal eft]\nplug = {self.plug}\nanswer_ms = 60000\n{self.more}")
        self.addCleanup(os.unlink, bench.name)
        self.till = Till(bench=bench.name, config="[service]\nlog_level = debug\n", devices=DEVICE % self.answer_s)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "eft")

    def set(self, **what):
        return self.till.emulator.call("terminal.set", **what)

    def pay(self, key="k1", amount=1200, **more):
        return self.client.call("payment.authorize", key=key, amount=amount, currency="EUR", **more)

    def void(self, payment, key):
        return self.client.call("payment.void", payment=payment, key=key, operator="ann", reason="wrong")

    def end_of_day(self, key):
        return self.client.call("terminal.endOfDay", device="eft", key=key)

    def entries(self):
        return self.till.emulator.call("terminal.ledger")["entries"]

    def ledger(self):
        """Amounts that stand, by kind."""
        return [(e["kind"], e["amount"]) for e in self.entries() if not e["reversed"]]

    def assertEnd(self, result, outcome, reason=None):
        self.assertEqual((result["outcome"], result.get("reason")), (outcome, reason), result)


class Terminal(TerminalTest):
    def test_sale_void_and_end_of_day(self):
        result = self.pay()
        self.assertEqual((result["outcome"], result["kind"], result["amount_approved"]), ("approved", "terminal", 1200))
        for document in result["receipts"].values():
            self.assertTrue(self.client.call("printer.validate", document=document)["valid"])
        self.assertEqual(self.ledger(), [("sale", 1200)])
        self.assertTrue(self.pay()["duplicate"])
        declined = self.pay("k2", 1201)
        self.assertEqual((declined["outcome"], declined["amount_approved"]), ("declined", 0))
        void = self.void("k1", "v1")
        self.assertEqual((void["outcome"], void["type"]), ("approved", "void"))
        self.assertEqual(self.ledger(), [("reversal", 1200)])

        self.pay("k3", 1500)
        self.set(card="visa")
        self.pay("k4", 2500)
        self.set(fault="aborted", code=0x77)
        refused = self.end_of_day("d1")
        self.assertEnd(refused, "cancelled", "terminal_refused")
        self.assertEqual(refused["message"], "an end of day is not possible")
        day = self.end_of_day("d2")
        self.assertEqual((day["outcome"], day["amount_approved"], day["count"], day["total"], day["totals"]),
                         ("approved", 0, 2, 4000, [{"scheme": "Mastercard", "count": 1, "total": 1500},
                                                   {"scheme": "Visa", "count": 1, "total": 2500}]))
        self.assertTrue(self.client.call("printer.validate", document=day["receipts"]["shop"])["valid"])
        self.assertIn("Summe EUR 40,00", str(day["receipts"]["shop"]))
        self.assertTrue(all(e["closed"] for e in self.entries()))
        self.assertEqual(self.end_of_day("d2")["total"], 4000)
        # what was settled cannot be undone any more
        late = self.void("k3", "v2")
        self.assertEnd(late, "cancelled", "terminal_refused")
        self.assertEqual(late["message"], "it cannot be reversed")
        self.assertEqual(self.ledger(), [("reversal", 1200), ("sale", 1500), ("sale", 2500)])

    def test_needs(self):
        """What it asks for in its registration is done before it is ready; what nobody can do here is told."""
        self.till.emulator.call("device.unplug", device="eft")
        self.set(needs=7)
        wait_until(lambda: self.client.call("terminal.status", device="eft")["state"] == "offline", "it is not offline")
        self.till.emulator.call("device.plug", device="eft")
        self.till.wait_ready(self.client, "eft")
        status = self.client.call("terminal.status", device="eft")["status"]
        self.assertEqual(status, {"terminal": "12345678", "needs": ["action"]})
        self.assertEqual(self.till.emulator.call("terminal.state")["needs"], 4)

    def test_reservations(self):
        self.pay("p1", 5000, type="preauth")
        done = self.client.call("payment.complete", payment="p1", key="c1", amount=4200)
        self.assertEqual((done["outcome"], done["amount_approved"]), ("approved", 4200), done)
        self.pay("p2", 6000, type="preauth")
        self.assertEqual(self.void("p2", "v1")["outcome"], "approved")
        self.assertEqual(self.ledger(), [("preauth", 5000), ("completion", 4200), ("reversal", 6000)])
        more = self.client.call("payment.refund", device="eft", key="r1", amount=700, currency="EUR", operator="ann")
        self.assertEqual((more["outcome"], self.ledger()[-1]), ("approved", ("refund", 700)))


class CutOff(TerminalTest):
    answer_s = 5 # what became of a payment is asked twice, with twice that between

    def test_lost_answers(self):
        # it goes on by itself, and keeps what it has booked
        self.set(policy="keep", fault="close_after")
        self.assertEnd(self.pay("k1"), "approved")
        self.assertEqual(self.ledger(), [("sale", 1200)])
        # the end of day is not told: its totals are
        self.set(fault="close_before")
        self.assertEnd(self.end_of_day("d1"), "approved")
        self.assertTrue(self.entries()[0]["closed"])
        # another till's payment hides what became of ours, and nobody is told that nothing was taken
        self.set(card="none")
        self.client.notifications.clear()
        self.client.send("payment.authorize", {"key": "k2", "amount": 1300, "currency": "EUR"})
        self.client.wait_for(lambda m: m.get("method") == "progress" and m["params"]["step"] == "insert_card")
        self.set(other_till=1700)
        self.till.emulator.call("device.unplug", device="eft")
        self.till.emulator.call("device.plug", device="eft")
        self.assertEnd(self.pay("k2", 1300), "uncertain", "check_terminal")

    def test_killed_while_the_terminal_works(self):
        self.set(pace_ms=50)
        told = []
        for policy in "keep", "reverse":
            self.set(policy=policy)
            self.client.notifications.clear()
            self.client.send("payment.authorize", {"key": policy, "amount": 1200, "currency": "EUR"})
            self.client.wait_for(lambda m: m.get("method") == "progress" and m["params"]["step"] == "authorising")
            self.till.daemon.kill()
            self.till.start_daemon()
            self.client = self.till.client()
            result = self.pay(policy)
            self.assertIn(result["outcome"], ("approved", "cancelled"))
            if result["outcome"] == "approved":
                told.append(("sale", result["amount_approved"]))
            self.assertEqual(self.ledger(), told)


class ClosingTerminal(TerminalTest):
    more = "closes = yes\n"
    answer_s = CutOff.answer_s

    def test_stays_ready(self):
        """It closes the connection behind each command: seen twice, that is its way, and no reason to be offline."""
        self.till.emulator.call("terminal.wait", commands=2, connected=False, timeout_ms=60000)
        self.till.wait_ready(self.client, "eft")
        for n in range(2):
            self.assertEnd(self.pay(f"k{n}", 1000 + 10 * n), "approved")
            self.till.emulator.call("terminal.wait", connected=False, timeout_ms=60000)
            self.assertEqual(self.client.call("terminal.status", device="eft")["state"], "ready")
        self.set(policy="keep", fault="close_before")
        self.assertEnd(self.pay("k2", 1020), "approved")
        self.assertEqual([amount for _, amount in self.ledger()], [1000, 1010, 1020])


class SerialTerminal(TerminalTest):
    plug = "pty"

    def test_a_bad_line(self):
        for n, fault in enumerate(("bad_crc", "nak", "lost_ack", "no_doubling", "split")):
            self.set(fault=fault)
            self.assertEnd(self.pay(fault, 1000 + 10 * n), "approved")
        self.assertEqual([amount for _, amount in self.ledger()], [1000, 1010, 1020, 1030, 1040])
        state = self.till.emulator.call("terminal.state")
        self.assertEqual((state["struck"], state["auto_reversals"]), (5, 0))


if __name__ == "__main__":
    unittest.main()
