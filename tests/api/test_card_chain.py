"""The whole chain: a chip card in a reader of pcscd, its driver, poshald, poshal-acquirer, and a host whose ledger says what is true."""

import json
import unittest

import card_till
from card_till import CardTill

AMOUNT = 1250
EMV_ON_RECEIPT = ("cryptogram", "tvr", "tsi", "cvm")


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Chain(unittest.TestCase):
    READERS = 1
    TIMEOUT_MS = 30000

    def setUp(self):
        self.till = CardTill(readers=self.READERS, timeout_ms=self.TIMEOUT_MS)
        self.addCleanup(self.till.close)
        self.client = self.till.client()
        self.till.wait_ready(self.client, "card-reader")

    def ask(self, key="k1", amount=AMOUNT, **more):
        return self.client.send("payment.authorize", {"key": key, "amount": amount, "currency": "EUR", **more})

    def pay(self, key="k1", amount=AMOUNT, **more):
        return self.client.result(self.ask(key, amount, **more))

    def step(self, step):
        """Until the payment is there."""
        return self.client.wait_for(lambda m: m["method"] == "progress" and m["params"]["step"] == step)["params"]

    def standing(self):
        """What stands at the host: kind and amount."""
        return [(e["kind"], e["amount"]) for e in self.till.ledger()["entries"] if not e["reversed"]]


class Sales(Chain):
    def test_approved(self):
        call = self.ask()
        self.step("insert_card")
        pan = self.till.insert("visa-online", serial=4711)
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["kind"], result["mode"], result["amount_approved"], result["entry"],
                          result["scheme"]), ("approved", "online", "online", AMOUNT, "chip", "Visa"))
        self.assertEqual(result["masked_pan"], pan[:6] + "*" * (len(pan) - 10) + pan[-4:])
        (entry,) = self.till.ledger(all=True)["entries"]
        self.assertEqual((entry["kind"], entry["amount"], entry["currency"], entry["reversed"], entry["repeats"],
                          entry["duplicates"], entry["approval_code"]),
                         ("sale", AMOUNT, "978", False, 0, 0, result["approval_code"]))
        self.assertEqual(self.till.ledger()["reversals"], [])
        self.assertEqual(self.till.emulator.call("host.state")["icc_good"], 1)
        for receipt in result["receipts"].values():
            self.assertTrue(self.client.call("printer.validate", document=receipt)["valid"])
            text = json.dumps(receipt)
            for value in ("A0000000031010", result["masked_pan"], "12.50 EUR", result["approval_code"],
                          *(result["emv"][name] for name in EMV_ON_RECEIPT)):
                self.assertIn(value, text)
            self.assertNotIn(pan, text)
        # the same key again asks nobody
        self.assertEqual(self.pay(), {**result, "duplicate": True})
        self.assertEqual(self.standing(), [("sale", AMOUNT)])


if __name__ == "__main__":
    unittest.main()
