"""Through the whole chain: reservations and completions, what a card asks of the customer, and refunds; the host's ledger says what is true."""

import unittest

import card_till
import test_card_chain


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Reservations(test_card_chain.Chain):
    def complete(self, amount, key="out", payment="room"):
        return self.client.send("payment.complete", {"payment": payment, "key": key, "amount": amount})

    def entries(self):
        return [(e["kind"], e["amount"], e["reversed"], e["repeats"], e["duplicates"])
                for e in self.till.ledger()["entries"]]

    def test_reserved_completed_and_void(self):
        self.till.insert("visa-online")
        room = self.pay("room", 5000, type="preauth")
        self.assertEqual((room["outcome"], room["type"], room["amount_approved"]), ("approved", "preauth", 5000))
        self.assertEqual(self.till.ledger()["entries"][0]["mti"], "0100")
        self.till.remove()
        # the line breaks while the host answers: it is told again, and takes it once
        self.till.host(fault="half", on="0220", times=1)
        done = self.client.result(self.complete(4200))
        self.assertEqual((done["outcome"], done["amount_approved"], done["masked_pan"], done["approval_code"],
                          done["emv"]),
                         ("approved", 4200, room["masked_pan"], room["approval_code"], room["emv"]))
        self.assertEqual(self.entries(), [("preauth", 5000, False, 0, 0), ("completion", 4200, False, 1, 0)])
        preauth, completion = self.till.ledger()["entries"]
        self.assertEqual((preauth["completed"], completion["mti"], completion["original_stan"], completion["card"],
                          completion["approval_code"]),
                         (True, "0220", preauth["stan"], preauth["card"], room["approval_code"]))
        counts = self.till.emulator.call("host.state")
        # the cryptograms of both messages are the card's: that of the completion is its last
        self.assertEqual([counts[name] for name in ("completions_refused", "unreadable", "icc_good", "icc_wrong")],
                         [0, 0, 3, 0])
        self.assertEqual(room["emv"]["cryptogram_type"], "TC")
        self.client.call("events.subscribe", topics=["payment.state"])
        self.client.call("payment.void", payment="out", key="v", operator="ann", reason="wrong room")
        self.client.event("payment.state", state="reversed")
        self.assertEqual(self.entries()[1], ("completion", 4200, True, 1, 0))

    def test_killed_while_the_host_has_it(self):
        """poshald, then poshal-acquirer, when the host has booked and not answered: it hears of it again, as a repeat."""
        self.till.insert("visa-online")
        for key in "room-1", "room-2":
            self.pay(key, 5000, type="preauth")
        for n, process in enumerate((self.till.daemon, self.till.acquirer), 1):
            self.till.host(fault="drop_after", on="0220", times=1)
            call = self.complete(4200, "out-%d" % n, "room-%d" % n)
            self.till.emulator.call("host.wait", entries=2 + n)
            process.kill()
            if process is self.till.daemon:
                self.client.close()
                self.till.start_daemon()
                self.client = self.till.client()
                call = self.complete(4200, "out-%d" % n, "room-%d" % n)
            else:
                self.till.start_acquirer()
            self.assertEqual(self.client.result(call)["outcome"], "approved")
            self.assertEqual(self.entries()[1 + n], ("completion", 4200, False, 1, 0))

    def test_void_and_acquirer_away(self):
        self.till.insert("visa-online")
        self.pay("left", 700, type="preauth")
        self.client.call("events.subscribe", topics=["payment.state"])
        self.client.call("payment.void", payment="left", key="v", operator="ann", reason="left")
        self.client.event("payment.state", state="reversed")
        self.assertEqual(self.entries(), [("preauth", 700, True, 0, 0)])
        self.pay("room", 5000, type="preauth")
        self.till.acquirer.stop()
        call = self.complete(5000)
        self.client.call("rpc.ping")
        self.till.start_acquirer()
        self.assertEqual(self.client.result(call)["outcome"], "approved")
        self.assertEqual(self.standing(), [("preauth", 5000), ("completion", 5000)])


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Questions(test_card_chain.Chain):
    def test_choice_of_an_application(self):
        self.till.insert("two-applications")
        for choice in 0, 1:
            call = self.ask("k%d" % choice)
            asked = self.step("choose_application")
            self.assertEqual(len(asked["choices"]), 2)
            self.assertNotIn("confirm", asked)
            self.client.call("payment.choose", payment="k%d" % choice, choice=choice)
            result = self.client.result(call)
            self.assertEqual((result["outcome"], result["aid"]), ("approved", asked["choices"][choice]["aid"]))
        self.assertEqual(len(self.standing()), 2)

    def test_confirmation(self):
        self.till.insert("confirm")
        for choice, outcome in (0, "approved"), (1, "cancelled"):
            call = self.ask("k%d" % choice)
            asked = self.step("choose_application")
            self.assertEqual((asked["confirm"], len(asked["choices"])), (True, 1))
            self.client.call("payment.choose", payment="k%d" % choice, choice=choice)
            self.assertEqual(self.client.result(call)["outcome"], outcome)
        self.assertEqual(len(self.standing()), 1)


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Refunds(test_card_chain.Chain):
    def test_refund(self):
        self.till.insert("visa-online")
        self.pay("sale", 5000)
        done = self.client.call("payment.refund", payment="sale", key="r", amount=2000, operator="ann")
        self.assertEqual((done["outcome"], done["type"], done["amount_approved"]), ("approved", "refund", 2000))
        self.assertEqual(self.standing(), [("sale", 5000), ("refund", 2000)])


if __name__ == "__main__":
    unittest.main()
