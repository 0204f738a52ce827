"""What stands without the host is sent to it: in which order, what its answers mean, what persons do with it, and what a crash leaves of it. The
driver's, the acquirer's and the host's words are the test's."""

import struct
import tempfile
import time
import unittest

from poshal_test import BUILD, DEADLINE, RpcError, b64, wait_until
from rude_driver import RudeTill
from test_payments_offline import OFFLINE, Offline, card

WHO = {"operator": "ann", "reason": "looked"}


class Forward(Offline):
    HOLD = ""

    def described(self, payment="k1"):
        return self.client.call("payment.get", payment=payment)["payment"]

    def forwarded(self, payment="k1"):
        return self.described(payment)["forwarded"]

    def told(self, state):
        return self.client.event("queue.state", state=state)["data"]

    def problems(self):
        return [f["problem"] for f in self.client.call("system.diagnose")["findings"] if f["subject"] == "rude"]

    def chip(self, key="k1", number=1):
        """What the card has approved by itself."""
        call = self.begin(key)
        self.need_card("Y1", **card(number))
        self.assertEqual(self.proceed(), {"ok": True})
        self.end("approved_offline")
        self.is_offline(self.client.result(call), "emv_offline_tc", "card_approved")

    def deferred(self, **answer):
        """The request that has stood in for the host; it is answered where there is something to say."""
        request = self.host.request("host.authorize")
        self.assertEqual(request["params"]["deferred"], True)
        if answer:
            self.host.answer(request, **answer)
        return request

    def again(self):
        self.crash()
        self.driver = self.till.driver()
        self.client.call("events.subscribe", topics=["queue", "payment"])


class Answers(Forward):
    def test_approved(self):
        self.stand_in()
        params = self.deferred(decision="approved", response_code="00", approval_code="123456")["params"]
        self.assertEqual((params["payment"], params["amount"], params["sealed_b64"], params["icc_b64"]),
                         ("pay-2", 1250, b64("sealed"), b64("arqc")))
        event = self.told("approved")
        self.assertEqual((event["payment"], event["family"], event["work"], event["amount_approved"], event["approval_code"],
                          event["exposure"]["count"]), ("pay-2", "stand_in", False, 1250, "123456", 0))
        payment = self.described()
        self.assertEqual((payment["state"], payment["forwarded"]["state"], payment["forwarded"]["attempts"]),
                         ("approved_offline", "approved", 1))

    def test_declined_behind_the_customer(self):
        self.stand_in()
        self.deferred(decision="declined", response_code="05", host_text="DO NOT HONOUR")
        event = self.told("declined")
        self.assertEqual((event["work"], event["reason"], event["response_code"], event["note"], event["amount_approved"]),
                         (True, "late_decline", "05", "DO NOT HONOUR", 0))
        payment = self.described()
        self.assertEqual((payment["state"], payment["forwarded"]["reason"]), ("approved_offline", "late_decline"))
        self.assertIn("contact the customer", payment["forwarded"]["advice"])
        self.assertEqual(self.problems(), ["pay-2, 12.50 EUR accepted without the host, is declined 05"])
        # the issuer has said no for good; a person has seen to it
        self.assertEqual(self.client.error("queue.again", payment="k1", **WHO).name, "Illegal")
        self.client.call("queue.seen", payment="k1", **WHO)
        forwarded = self.forwarded()
        self.assertEqual((self.problems(), forwarded["work"], forwarded["reason"], forwarded.get("advice")),
                         ([], False, "late_decline", None))

    def test_two_who_ask_the_doctor_at_once(self):
        self.stand_in()
        self.deferred(decision="declined", response_code="05")
        self.told("declined")
        calls = [self.client.send("system.diagnose", {}), self.client.send("queue.verify", {}), self.client.send("system.diagnose", {})]
        for call in calls[::2]:
            problems = [f["problem"] for f in self.client.result(call)["findings"] if f["subject"] == "rude"]
            self.assertEqual(problems, ["pay-2, 12.50 EUR accepted without the host, is declined 05"])

    def test_declined_for_now(self):
        self.stand_in()
        self.host.refuse(self.deferred(), "Offline", "no", "cannot connect: Connection refused")
        self.assertEqual(self.told("retry_wait")["note"], "cannot connect: Connection refused")
        self.client.call("queue.forward", payment="k1", **WHO)
        self.deferred(decision="declined", response_code="51")
        # what was in its way is not told of the decision
        self.assertNotIn("note", self.told("declined"))
        self.assertNotIn("note", self.forwarded())
        (finding,) = [f for f in self.client.call("system.diagnose")["findings"] if f["subject"] == "rude"]
        self.assertNotIn("cannot connect", str(finding))
        error = self.client.error("queue.again", payment="k1", **WHO)
        self.assertEqual((error.name, error.data["hint"]), ("Busy", "present it again then, or contact the customer"))
        self.client.call("queue.seen", payment="k1", **WHO)
        error = self.client.error("queue.again", payment="k1", **WHO)
        self.assertEqual((error.name, error.message),
                         ("Illegal", "pay-2: what was kept of its card is gone, so it cannot be presented again"))

    def test_approved_in_part(self):
        self.stand_in()
        self.deferred(decision="partial", response_code="10", amount_approved=700)
        event = self.told("partial")
        self.assertEqual((event["amount_approved"], event["amount"], event["work"], event["reason"]),
                         (700, 1250, True, "late_partial"))

    def test_not_understood_and_presented_again(self):
        self.stand_in()
        first = self.deferred(decision="format", response_code="30")["params"]
        self.told("rejected")
        self.client.call("queue.again", payment="k1", **WHO)
        second = self.deferred(decision="approved", response_code="00")["params"]
        self.assertNotEqual(first["stan"], second["stan"])
        self.told("approved")
        self.assertEqual([a["outcome"] for a in self.client.call("audit.list")["entries"] if a["action"] == "queue.again"],
                         ["stored"])

    def test_not_now_and_a_person_who_does_not_wait(self):
        self.stand_in()
        stans = {self.deferred(decision="soft", response_code="91")["params"]["stan"]}
        self.told("stored")
        for _ in range(5): # the pauses grow; a person ends them; nothing is reversed, and no number comes twice
            self.client.call("queue.forward") # by chance it has just gone by itself
            stans.add(self.deferred(decision="soft", response_code="91")["params"]["stan"])
            self.told("stored")
        self.assertEqual(len(stans), 6)
        # it may be its issuer's trouble: said again of the same sale it keeps the host from nobody else
        self.assertNotEqual(self.client.call("queue.status")["mode"], "offline")
        self.client.call("queue.forward", **WHO)
        self.deferred(decision="approved", response_code="00")
        self.told("approved")

    def test_acquirer_refuses_and_is_mended(self):
        self.stand_in()
        self.host.refuse(self.deferred(), "Extended.Unsealed", "no", "not for a key of this process")
        event = self.told("held")
        self.assertEqual((event["reason"], event["note"]), ("acquirer_refused", "not for a key of this process"))
        self.client.call("queue.release", payment="k1", **WHO)
        self.deferred(decision="approved", response_code="00")
        self.told("approved")


class Chains(Forward):
    def test_stand_in_waits_for_the_reversal(self):
        call = self.begin()
        self.need_online()
        request = self.host.request("host.authorize")
        self.host.refuse(request, "Timeout", "maybe")
        self.declines()
        self.is_offline(self.client.result(call), "sale_deferred", "host_no_answer")
        self.host.refuse(self.host.request("host.reverse"), "Timeout", "maybe")
        repeat = self.host.request("host.reverse") # and nothing else before it
        self.assertTrue(repeat["params"]["repeat"])
        self.host.answer(repeat, decision="approved", response_code="00")
        self.client.call("queue.forward") # the host counts as away: this is the message that is tried
        deferred = self.deferred(decision="approved", response_code="00")["params"]
        self.assertNotEqual(deferred["stan"], request["params"]["stan"])
        self.told("approved")

    def test_no_answer_to_a_request(self):
        self.stand_in()
        first = self.deferred()
        self.host.refuse(first, "Timeout", "maybe")
        reversal = self.host.request("host.reverse")["params"]
        self.assertEqual((reversal["original"]["stan"], reversal["reason"], reversal["repeat"]),
                         (first["params"]["stan"], "timeout", False))

    def test_killed_while_it_is_sent(self):
        self.stand_in()
        first = self.deferred()["params"]
        self.again()
        reversal = self.host.request("host.reverse")
        self.assertEqual(reversal["params"]["original"]["stan"], first["stan"])
        self.host.answer(reversal, decision="not_found", response_code="25")
        second = self.deferred(decision="approved", response_code="00")["params"]
        self.assertNotEqual(second["stan"], first["stan"])
        self.told("approved")

    def test_advice_is_repeated_as_it_was(self):
        self.chip()
        request = self.host.request("host.advise")
        first = request["params"]
        self.assertEqual((first["approved_by"], first["arc"], first["repeat"]), ("chip", "Y1", False))
        self.again()
        request = self.host.request("host.advise")
        self.assertEqual(request["params"], {**first, "repeat": True})
        self.host.answer(request, decision="duplicate", response_code="94")
        self.assertEqual(self.told("approved")["family"], "advice")

    def test_no_word_of_a_person_makes_an_advice_new(self):
        self.chip()
        request = self.host.request("host.advise")
        self.host.refuse(request, "Timeout", "maybe")
        self.told("unsure")
        self.client.call("queue.forward")
        self.host.refuse(self.host.request("host.advise"), "Offline", "no")
        wait_until(lambda: self.forwarded()["state"] == "retry_wait", "it is not back")
        # a release from these is for what the host never had, or another machine has
        for word in "restored", "exported":
            error = self.client.error("queue.hold", payment="k1", operator="ann", reason=word)
            self.assertEqual((error.name, error.message), ("Illegal", "$.reason: `%s` is poshald's own word; say it in others" % word))
        self.client.call("queue.hold", payment="k1", operator="ann", reason="restored, I think")
        self.client.call("queue.release", payment="k1", **WHO)
        self.client.call("queue.forward")
        self.assertEqual(self.host.request("host.advise")["params"], {**request["params"], "repeat": True})


class Persons(Forward):
    HOLD = "hold_minutes = 30\ntip_percent = 20\nmax_total = 32.00\nmax_sale = 20.00\nmax_sale_no_cvm = 20.00\n" \
           "max_sale_pin = 20.00\nmax_sale_forced = 20.00\n"

    def voids(self, key, payment="k1"):
        return self.client.call("payment.void", payment=payment, key=key, **WHO)

    def test_a_tip(self):
        self.stand_in()
        self.assertEqual(self.forwarded()["state"], "held")
        error = self.client.error("queue.release", payment="k1", amount=1501, **WHO)
        self.assertEqual((error.name, error.message),
                         ("Illegal", "$.amount: at most 1500, which is what was accepted and 20 % (tip_percent)"))
        released = self.client.call("queue.release", payment="k1", amount=1500, **WHO)
        self.assertEqual((released["state"], released["amount"]), ("queued", 1500))
        params = self.deferred(decision="approved", response_code="00")["params"]
        self.assertEqual((params["amount"], params["sealed_for"]), (1500, {"payment": "pay-2", "amount": 1250}))
        self.assertEqual(self.told("approved")["amount_approved"], 1500)

    def test_a_tip_does_not_pass_the_ceiling(self):
        self.stand_in()
        self.approve("between", 100) # a line that is missed twice counts as away
        self.stand_in("k2", 1800, change=card(2))
        # of 32.00 there are 30.50: what tip_percent allows is more than is left
        error = self.client.error("queue.release", payment="k1", amount=1401, **WHO)
        self.assertEqual((error.name, error.message),
                         ("LimitExceeded", "pay-2: with the tip more would wait for the host than may (max_total)"))
        self.assertEqual(self.client.call("queue.status")["pending_total"], 3050)
        released = self.client.call("queue.release", payment="k1", amount=1400, **WHO)
        self.assertEqual((released["state"], released["amount"]), ("queued", 1400))
        self.assertEqual(self.client.call("queue.status")["pending_total"], 3200)

    def test_void_before_it_is_sent(self):
        self.stand_in()
        self.assertEqual(self.voids("v")["outcome"], "approved")
        self.assertEqual(self.told("voided")["exposure"]["count"], 0)
        payment = self.described()
        self.assertEqual((payment["voided"], payment["forwarded"]["state"]), (True, "voided"))
        self.assertEqual(self.client.error("payment.void", payment="k1", key="w", **WHO).name, "Illegal")
        # nothing of it leaves: the next message is the next sale's
        self.assertEqual(self.approve("k2")["outcome"], "approved")

    def test_void_of_what_was_taken_in_part(self):
        self.stand_in()
        self.client.call("queue.release", payment="k1", **WHO)
        request = self.deferred()
        self.assertEqual(self.voids("v")["reason"], "with_host")
        self.host.answer(request, decision="partial", response_code="10", amount_approved=700)
        self.told("partial")
        # the same request is the same one, whatever the host has taken meanwhile
        self.assertEqual([self.voids("v")[n] for n in ("duplicate", "reason")], [True, "with_host"])
        result = self.voids("w")
        self.assertEqual([result[n] for n in ("outcome", "amount", "amount_approved")], ["approved", 700, 700])
        for receipt in result["receipts"].values():
            self.assertIn({"pair": ["Amount", "7.00 EUR"]}, receipt["body"])
        self.assertEqual(self.described("w")["amount_approved"], 700)
        # the message is about the one that was sent
        self.assertEqual(self.reversal(decision="approved", response_code="00")["amount"], 1250)
        self.assertTrue(self.voids("w")["duplicate"])

    def test_void_while_and_after_it_is_sent(self):
        self.stand_in()
        self.client.call("queue.release", payment="k1", **WHO)
        request = self.deferred()
        result = self.voids("v")
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "with_host"))
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.told("approved")
        self.assertEqual(self.voids("w")["outcome"], "approved")
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["reason"], reversal["original"]["stan"], reversal["original"]["approval_code"]),
                         ("cancelled", request["params"]["stan"], "123456"))
        self.client.event("payment.state", state="reversed")
        self.assertEqual(self.forwarded()["state"], "reversed")

    def test_the_day_at_the_host(self):
        self.stand_in()
        error = self.client.error("queue.totals", reconcile=True, operator="ann")
        self.assertEqual(error.name, "Busy")
        self.assertIn("1 records", error.message)
        # what never left is not what is asked next time: it is refused, or summed up, anew
        call = self.client.send("queue.totals", {"reconcile": True, "operator": "ann", "carry_forward": True})
        self.host.refuse(self.host.request("host.reconcile"), "Offline", "no")
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Offline")
        self.assertEqual(self.client.error("queue.totals", reconcile=True, operator="ann").name, "Busy")
        call = self.client.send("queue.totals", {"reconcile": True, "operator": "ann", "carry_forward": True})
        request = self.host.request("host.reconcile")
        self.assertEqual((request["params"]["tid"], request["params"]["totals"]["debits"], "repeat" in request["params"]),
                         ("TID00001", {"count": 1, "amount": 100}, False)) # of the sale before
        self.host.refuse(request, "Timeout", "maybe")
        request = self.host.request("host.reconcile")
        self.assertTrue(request["params"]["repeat"])
        self.host.answer(request, balance="in_balance", response_code="00")
        day = self.client.result(call)
        self.assertEqual((day["balance"], day["pending"], day["settled"], day["sums"]["debits"]),
                         ("in_balance", 1, 1, {"count": 1, "total": 100}))
        self.assertEqual(len(day["audit_head"]), 64)
        # and the next day, which does not agree
        self.client.call("queue.release", payment="k1", **WHO)
        self.deferred(decision="approved", response_code="00")
        self.told("approved")
        call = self.client.send("queue.totals", {"reconcile": True, "operator": "ann"})
        request = self.host.request("host.reconcile")
        self.assertEqual(request["params"]["totals"]["debits"], {"count": 1, "amount": 1250})
        self.host.answer(request, balance="out_of_balance", response_code="95")
        day = self.client.result(call)
        self.assertEqual((day["balance"], day["settled"]), ("out_of_balance", 0))

    def test_a_day_the_acquirer_makes_no_message_of(self):
        day = {"reconcile": True, "operator": "ann"}
        call = self.client.send("queue.totals", day)
        self.host.refuse(self.host.request("host.reconcile"), "Illegal", "no", "this dialect has no such message")
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual((caught.exception.name, caught.exception.message), ("Illegal", "this dialect has no such message"))
        # it was never asked: what is sold since is in its sums when that is mended
        self.approve("between", 100)
        call = self.client.send("queue.totals", day)
        request = self.host.request("host.reconcile")
        self.assertEqual((request["params"]["totals"]["debits"], "repeat" in request["params"]), ({"count": 2, "amount": 200}, False))
        self.host.answer(request, balance="in_balance", response_code="00")
        self.assertEqual(self.client.result(call)["settled"], 2)

    def test_a_day_is_closed_by_somebody(self):
        error = self.client.error("queue.totals", reconcile=True, operator="")
        self.assertEqual((error.name, error.message), ("Illegal", "$.operator: is missing; the day is closed by somebody"))

    def test_an_export_says_what_is_in_its_way(self):
        self.stand_in()
        to = {"kid": "spare", "public_b64": b64(bytes(32))}
        spare = "nothing is sealed to other keys than those in the file of `spare_keys` (acquirer.conf): add it there"
        for told, name in ("AccessDenied", "AccessDenied"), ("Illegal", "Illegal"), ("LimitExceeded", "Failure"):
            call = self.client.send("queue.export", {"to": to, "operator": "ann"})
            self.host.refuse(self.host.request("host.rewrap"), told, "no", "for a reason")
            with self.assertRaises(RpcError) as caught:
                self.client.result(call)
            error = caught.exception
            self.assertEqual((error.name, error.message, error.data.get("hint") == spare),
                             (name, "for a reason", name == "AccessDenied"))
        call = self.client.send("queue.export", {"to": to, "operator": "ann"})
        self.host.request("host.rewrap")
        self.host.hang_up()
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual((caught.exception.name, caught.exception.message), ("Offline", "poshal-acquirer has ended"))


class ClockAhead(Forward):
    """Declined while the clock was ten days ahead."""

    def make_till(self):
        self.clock = tempfile.NamedTemporaryFile()
        self.addCleanup(self.clock.close)
        self.ahead(10)
        return RudeTill(classes=self.CLASSES, config=OFFLINE + self.RANDOM + self.HOLD,
                        env={"LD_PRELOAD": BUILD + "/lib/clockshift.so", "POSHAL_CLOCK_SHIFT": self.clock.name})

    def ahead(self, days):
        self.clock.seek(0)
        self.clock.write(struct.pack("q", days * 86400))
        self.clock.flush()

    def test_again_a_day_later(self):
        self.stand_in()
        self.deferred(decision="declined", response_code="51")
        self.told("declined")
        self.assertEqual(self.client.error("queue.again", payment="k1", **WHO).name, "Busy")
        self.ahead(0)
        # when that was is not known; that it is in ten days is no answer
        self.assertEqual(self.client.call("queue.again", payment="k1", **WHO)["state"], "stored")


if __name__ == "__main__":
    unittest.main()
