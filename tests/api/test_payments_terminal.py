"""A ZVT terminal through the service: what the terminal's own ledger holds is what was told, also when an answer was lost."""

import os
import tempfile
import unittest

from poshal_test import Till

BENCH = "[terminal eft]\nplug = tcp\n"
DEVICE = "[device eft]\ndriver = zvt\nconnection = {eft}\npassword = 123456\n"


class Terminal(unittest.TestCase):
    def setUp(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini", delete=False) as bench:
            bench.write(BENCH)
        self.addCleanup(os.unlink, bench.name)
        self.till = Till(bench=bench.name, config="[service]\nlog_level = debug\n", devices=DEVICE)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "eft")

    def pay(self, key="k1", amount=1200):
        return self.client.call("payment.authorize", key=key, amount=amount, currency="EUR")

    def ledger(self):
        """Amounts that stand, by kind."""
        entries = self.till.emulator.call("terminal.ledger")["entries"]
        return [(e["kind"], e["amount"]) for e in entries if not e["reversed"]]

    def test_sale_void_and_end_of_day(self):
        result = self.pay()
        self.assertEqual((result["outcome"], result["kind"], result["amount_approved"]), ("approved", "terminal", 1200))
        for document in result["receipts"].values():
            self.assertTrue(self.client.call("printer.validate", document=document)["valid"])
        self.assertEqual(self.ledger(), [("sale", 1200)])
        self.assertTrue(self.pay()["duplicate"])
        declined = self.pay("k2", 1201)
        self.assertEqual((declined["outcome"], declined["amount_approved"]), ("declined", 0))
        void = self.client.call("payment.void", payment="k1", key="v1", operator="ann", reason="wrong")
        self.assertEqual((void["outcome"], void["type"]), ("approved", "void"))
        self.assertEqual(self.ledger(), [("reversal", 1200)])
        day = self.client.call("terminal.endOfDay", device="eft", key="d1")
        self.assertEqual((day["outcome"], sorted(day["receipts"])), ("approved", ["shop"]))

    def test_killed_while_the_terminal_works(self):
        self.till.emulator.call("terminal.set", pace_ms=50)
        told = []
        for policy in "keep", "reverse":
            self.till.emulator.call("terminal.set", policy=policy)
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


if __name__ == "__main__":
    unittest.main()
