"""Payments through the door, with a card reader and an acquirer whose words the test writes.

The test is the driver's process, the acquirer's process, and the judge: what had been said when, and what the reversals undo.
"""

import contextlib
import json
import os
import subprocess
import unittest

from dbus_test import Bus, Dbus, Variant
from paying import CARD, EUR, KEY, PAN, Acquirer, Paying
from poshal_test import BUILD, DEADLINE, RpcError, b64, wait_until
from rude_driver import RudeTill

FAULTIO = BUILD + "/lib/faultio.so"


class Payments(Paying):
    # ---- by the book ----

    def test_approved(self):
        self.client.call("events.subscribe", topics=["payment"])
        call = self.ask(reference="R-7", operator="ann")
        params = self.started()
        self.assertEqual((params["type"], params["amount"], params["currency"], params["counter"]),
                         ("sale", 1250, EUR, 1))
        self.driver.notify("payment.progress", payment=self.payment, step="insert_card", text="please")
        progress = self.client.wait_for(lambda m: m["method"] == "progress")["params"]
        self.assertEqual(progress, {"id": call, "payment": "pay-1", "step": "insert_card", "text": "please"})
        self.assertEqual(self.client.event("payment.progress")["data"]["step"], "insert_card")
        self.need_online()
        request = self.host.request("host.authorize")
        record = request["params"]
        self.assertEqual((record["payment"], record["type"], record["amount"], record["currency"], record["stan"],
                          record["entry"], record["sequence"], record["sealed_b64"], record["once_b64"],
                          record["icc_b64"]),
                         ("pay-1", "sale", 1250, EUR, "000001", "chip", 1, b64("sealed"), b64("once"), b64("icc")))
        self.assertEqual(self.state(), "intent")
        self.assertEqual(self.client.error("payment.cancel", payment="pay-1").name, "Busy")
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456",
                         issuer_b64=b64("91"))
        self.assertEqual(self.proceed(), {"ok": True, "approved": True, "arc": "00", "issuer_b64": b64("91")})
        self.end(amount_approved=1250)
        result = self.client.result(call)
        self.assertEqual([result[k] for k in ("payment", "outcome", "kind", "mode", "amount_approved", "masked_pan",
                                              "approval_code")],
                         ["pay-1", "approved", "online", "online", 1250, PAN, "123456"])
        merchant = json.dumps(result["receipts"]["merchant"])
        for text in "APPROVED", "12.50 EUR", PAN, "A0000000031010", "1122334455667788", "123456", "0000008000":
            self.assertIn(text, merchant)
        for document in result["receipts"].values():
            self.assertTrue(self.client.call("printer.validate", document=document)["valid"])
        self.assertEqual(self.client.event("payment.state", state="approved")["data"]["masked_pan"], PAN)
        # the same key: the same answer, and nobody is asked; another body is another payment
        again = self.client.result(self.ask(reference="R-7", operator="ann"))
        self.assertEqual(again, {**result, "duplicate": True})
        for member, value in (("amount", 1251), ("reference", "R-8"), ("type", "preauth"), ("device", "rude")):
            params = {"key": "k1", "amount": 1250, "currency": "EUR", "reference": "R-7", member: value}
            error = self.client.error("payment.authorize", **params)
            self.assertEqual((error.name, error.message), (
                "Exists", "key `k1` is pay-1, a sale of 12.50 EUR, approved; this request differs in `%s`" % member))
        self.assertIn("use a new key only if another payment is meant", error.data["hint"])
        got = self.client.call("payment.get", payment="k1")["payment"]
        self.assertEqual((got["state"], got["reference"], got["operator"], got["masked_pan"], got["voided"]),
                         ("approved", "R-7", "ann", PAN, False))
        audit = self.client.call("audit.list")["entries"]
        self.assertEqual([(a["action"], a["outcome"]) for a in audit if a["action"] != "key.current"],
                         [("payment.authorize", "requested"), ("payment.authorize", "approved")])

    def test_declined(self):
        call, request = self.to_host()
        self.host.answer(request, decision="declined", response_code="51", host_text="funds")
        self.assertEqual(self.proceed(), {"ok": True, "approved": False, "arc": "51"})
        self.end("declined", reason="card_declined", message="the card declined")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["amount_approved"], result["reason"], result["response_code"],
                          result["host_text"]), ("declined", 0, "host_declined", "51", "funds"))
        self.assertEqual(result["message"],
                         "there is not enough money on the account: take another means of payment")
        self.assertIn("DECLINED", json.dumps(result["receipts"]["customer"]))

    def test_partial_and_referred(self):
        call, request = self.to_host()
        self.host.answer(request, decision="partial", response_code="10", amount_approved=600, approval_code="1")
        self.assertTrue(self.proceed()["approved"])
        self.end()
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["amount_approved"]), ("partial", 600))
        call, request = self.to_host("k2")
        self.host.answer(request, decision="referred", response_code="01")
        self.assertEqual(self.proceed(), {"ok": True, "approved": False, "referred": True, "arc": "01"})
        self.end("referred", reason="referred")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["message"]),
                         ("referred", "the issuer wants to be called before this card is taken"))

    def test_nothing_of_a_lost_approval_looks_approved(self):
        for outcome in "declined", "cancelled":
            with self.subTest(outcome):
                call, request = self.to_host(outcome)
                self.host.answer(request, decision="approved", response_code="00", approval_code="777888")
                self.assertTrue(self.proceed()["approved"])
                self.driver.notify("payment.end", payment=self.payment, outcome=outcome, reason="card_declined",
                                   message="the card declined", reverse=True,
                                   data={**CARD, "signature": True, "approval_code": "777888"})
                result = self.client.result(call)
                self.assertEqual((result["outcome"], result["message"]),
                                 (outcome, "the card declined; what the host has approved is being undone"))
                self.assertFalse({"signature", "approval_code", "response_code"} & set(result))
                receipts = json.dumps(result["receipts"])
                self.assertIn(outcome.upper(), receipts)
                for text in "777888", "Response", "Approval", "Signature":
                    self.assertNotIn(text, receipts)
                self.reversal(decision="approved", response_code="00")

    # ---- what is in doubt is undone ----

    def test_no_answer_is_reversed_until_acknowledged(self):
        call, request = self.to_host()
        original = request["params"]
        self.host.refuse(request, "Timeout", "maybe")
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("declined")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"], result["message"]),
                         ("declined", "host_no_answer",
                          "no answer from the host; if it has booked anything it is being undone"))
        request = self.host.request("host.reverse")
        first = request["params"]
        self.assertEqual((first["repeat"], first["reason"], first["original"]["stan"], first["amount"],
                          first["original"]["transmission"], "sealed_for" in first, first["sealed_b64"],
                          first["rrn"]),
                         (False, "timeout", original["stan"], 1250, original["transmission"], False,
                          b64("sealed"), original["rrn"]))
        self.host.refuse(request, "Timeout", "maybe")
        self.client.call("events.subscribe", topics=["payment.state"])
        problem = "the reversal of pay-1 is not acknowledged yet"
        while problem not in [f["problem"] for f in self.client.call("system.diagnose")["findings"]]:
            pass
        repeat = self.reversal(decision="approved", response_code="00")
        self.assertEqual(repeat, {**first, "repeat": True})
        self.assertEqual(self.client.event("payment.state", state="reversed")["data"],
                         {"payment": "pay-1", "state": "reversed", "attempts": 2, "reason": "timeout"})

    def test_card_says_no_after_approval(self):
        call, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="654321")
        self.proceed()
        self.driver.notify("payment.end", payment=self.payment, outcome="declined", reverse=True,
                           reason="card_declined", data={**CARD, "icc_b64": b64("aac")})
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"], result["amount_approved"]),
                         ("declined", "card_declined", 0))
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["reason"], reversal["original"]["approval_code"], reversal["icc_b64"]),
                         ("malfunction", "654321", b64("aac")))

    def test_card_pulled_while_the_host_is_asked(self):
        call, request = self.to_host()
        self.end("cancelled", reverse=True, reason="card_removed")
        self.client.call("rpc.ping")
        self.host.answer(request, decision="approved", response_code="00", approval_code="1")
        self.assertEqual(self.client.result(call)["outcome"], "cancelled")
        self.reversal(decision="approved", response_code="00")
        # declined by then: nothing stands anywhere
        call, request = self.to_host("k2")
        self.end("cancelled", reverse=True, reason="card_removed")
        self.host.answer(request, decision="declined", response_code="05")
        self.assertEqual(self.client.result(call)["outcome"], "cancelled")
        self.assertEqual(self.approve("k3")["outcome"], "approved") # and no reversal comes before it

    def test_nothing_sent_needs_no_reversal(self):
        call, request = self.to_host()
        self.host.refuse(request, "Offline", "no")
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("declined")
        self.assertEqual(self.client.result(call)["reason"], "host_away")
        self.assertEqual(self.approve("k2")["outcome"], "approved")

    def test_no_acquirer(self):
        self.host.stop()
        call = self.ask()
        self.started()
        self.need_online()
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("declined")
        self.assertEqual(self.client.result(call)["reason"], "host_away")

    def test_a_reader_approves_nothing_alone(self):
        call = self.ask()
        self.started()
        self.need("store", kind="offline", data="TC")
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("approved")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("declined", "not_authorised"))

    # ---- crashes ----

    def test_killed_before_the_host_is_asked(self):
        self.ask()
        self.started()
        self.crash()
        self.assertEqual(self.state(), "cancelled")
        self.assertEqual(self.client.result(self.ask())["outcome"], "cancelled")

    def test_killed_behind_d1(self):
        _, request = self.to_host()
        self.crash()
        self.assertEqual(self.state(), "cancelled")
        reversal = self.reversal()
        self.assertEqual((reversal["original"]["stan"], reversal["repeat"]), (request["params"]["stan"], False))
        # killed again, while the reversal is on its way: it is repeated as one
        self.crash()
        again = self.reversal(decision="duplicate", response_code="94")
        self.assertEqual(again, {**reversal, "repeat": True})

    def test_killed_behind_d2(self):
        _, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.driver.request("payment.proceed")
        self.crash()
        answer = self.client.result(self.ask())
        self.assertEqual((answer["outcome"], answer["duplicate"]), ("cancelled", True))
        reversal = self.reversal(decision="not_found", response_code="25")
        self.assertEqual(reversal["original"]["approval_code"], "123456")

    def test_killed_behind_the_end(self):
        result = self.approve()
        self.crash()
        self.assertEqual(self.client.result(self.ask()), {**result, "duplicate": True})
        # and nothing is reversed: the next message is the next sale
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        self.assertEqual(self.approve("k2")["payment"], "pay-2")

    def test_killed_behind_d3(self):
        call, request = self.to_host()
        self.host.refuse(request, "Timeout", "maybe")
        self.proceed()
        self.crash()
        self.assertEqual(self.state(), "cancelled")
        self.assertEqual(self.reversal(decision="approved", response_code="00")["original"]["stan"], "000001")

    def test_declined_and_killed(self):
        _, request = self.to_host()
        self.host.answer(request, decision="declined", response_code="05")
        self.proceed()
        self.crash()
        self.assertEqual(self.state(), "cancelled")
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        self.approve("k2") # without a reversal before it

    def test_acquirer_killed_with_the_request(self):
        call, _ = self.to_host()
        self.host.hang_up()
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("declined")
        self.assertEqual(self.client.result(call)["reason"], "host_no_answer")
        self.assertFalse(self.reversal(decision="approved", response_code="00")["repeat"])

    def test_driver_ends_before_and_behind_d1(self):
        call = self.ask()
        self.started()
        self.driver.close()
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "device_lost"))
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        call, request = self.to_host("k2")
        self.driver.close()
        self.client.call("rpc.ping")
        self.host.answer(request, decision="approved", response_code="00", approval_code="1")
        self.assertEqual(self.client.result(call)["outcome"], "cancelled")
        self.reversal(decision="approved", response_code="00")

    # ---- callers ----

    def test_repeat_joins(self):
        first = self.ask()
        params = self.started()
        other = self.till.client()
        second = other.send("payment.authorize", {"key": "k1", "amount": 1250, "currency": "EUR"})
        self.assertEqual(other.error("payment.authorize", key="k1", amount=1, currency="EUR").name, "Exists")
        busy = other.error("payment.authorize", key="k2", amount=1, currency="EUR")
        self.assertEqual((busy.name, busy.message), ("Busy", "rude is busy with " + params["payment"]))
        self.end("cancelled", reason="no_card")
        result = self.client.result(first)
        self.assertEqual(result["reason"], "no_card")
        self.assertEqual(other.result(second), {**result, "duplicate": True})

    def test_choice(self):
        call = self.ask()
        self.started()
        self.assertEqual(self.client.error("payment.choose", payment="k1", choice=0).name, "Illegal")
        choices = [{"text": "VISA", "aid": "A0000000031010"}, {"text": "GIRO", "aid": "A0000003591010"}]
        self.need("choice", choices=choices)
        progress = self.client.wait_for(lambda m: m["method"] == "progress")["params"]
        self.assertEqual((progress["step"], progress["choices"]), ("choose_application", choices))
        self.assertEqual(self.client.error("payment.choose", payment="k1", choice=2).name, "Illegal")
        self.client.call("payment.choose", payment="k1", choice=1)
        self.assertEqual(self.proceed(), {"ok": True, "choice": 1})
        self.need("choice", choices=choices)
        self.client.wait_for(lambda m: m["method"] == "progress")
        self.end("cancelled", reason="card_removed")
        self.assertEqual(self.client.result(call)["outcome"], "cancelled")

    def test_cancel(self):
        for cancel in "method", "rpc":
            call = self.ask(cancel)
            self.started()
            asked = (self.client.send("payment.cancel", {"payment": cancel}) if cancel == "method" else
                     self.client.send("rpc.cancel", {"id": call}))
            self.driver.answer(self.driver.request("payment.cancel"))
            self.client.result(asked)
            self.end("cancelled", reason="cancelled")
            self.assertEqual(self.client.result(call)["outcome"], "cancelled")
        error = self.client.error("payment.cancel", payment="rpc")
        self.assertEqual((error.name, error.message), ("Illegal", "the payment is cancelled already"))
        self.assertEqual(self.client.error("payment.cancel", payment="none").name, "NoExist")

    def test_a_caller_that_leaves_cancels_nothing(self):
        other = self.till.client()
        other.send("payment.authorize", {"key": "k1", "amount": 1250, "currency": "EUR"})
        self.started()
        other.close()
        self.need_online()
        request = self.host.request("host.authorize")
        call = self.ask()
        self.host.answer(request, decision="approved", response_code="00", approval_code="1")
        self.proceed()
        self.end()
        self.assertEqual(self.client.result(call)["outcome"], "approved")

    def test_refused_by_the_driver(self):
        call = self.ask()
        self.driver.refuse(self.driver.request("payment.start"), "Busy", "somebody else has the card")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"], result["message"]),
                         ("cancelled", "device_refused", "somebody else has the card"))
        call = self.ask("k2")
        self.driver.refuse(self.driver.request("payment.start"), "Illegal",
                           "$.currency: the terminal is set to another currency")
        self.assertEqual(self.client.result(call)["message"], "the terminal is set to another currency")

    def test_bad_calls(self):
        error = self.client.error
        self.assertEqual(error("payment.authorize", key="k", amount=0, currency="EUR").name, "Illegal")
        for code in "eur", "XXQ":
            for method, more in ("payment.authorize", {"key": "k"}), ("payment.explain", {}):
                unknown = error(method, amount=1, currency=code, **more)
                self.assertEqual((unknown.name, unknown.message, unknown.data["hint"]),
                                 ("Illegal", "$.currency: `%s` is no currency known here" % code,
                                  "write the code of ISO 4217, three capital letters: EUR"))
        self.assertEqual(error("payment.authorize", key="k", amount=1, currency="EUR", cashback=2).name, "Illegal")
        self.assertEqual(error("payment.authorize", key="k", amount=1, currency="EUR", device="no").name, "NoExist")
        forced = error("payment.authorize", key="k", amount=1, currency="EUR", offline="force", operator="o",
                       reason="r")
        self.assertEqual((forced.name, forced.message),
                         ("LimitExceeded", "enabled: offline payments are not enabled: section [offline]"))
        self.assertEqual((forced.data["retryable"], forced.data["hint"]),
                         (False, "leave `offline` out, so that the host decides"))
        nothing = error("payment.get", payment="k")
        self.assertEqual((nothing.name, nothing.data["hint"]), ("NoExist", "`poshalctl pay list` shows the payments"))
        explained = self.client.call("payment.explain", amount=100, currency="EUR", offline="allow")
        self.assertEqual((explained["online"]["yes"], explained["offline"]["limit"]), (True, "enabled"))

    def test_account_numbers_of_a_careless_driver(self):
        call = self.ask()
        self.started()
        self.driver.notify("payment.progress", payment=self.payment, step="reading", text="4761739001010010")
        self.driver.notify("payment.end", payment=self.payment, outcome="declined",
                           data={"masked_pan": "4761739001010010", "scheme": "4761739001010010"})
        result = json.dumps(self.client.result(call))
        self.assertNotIn("4761739001010010", result)
        self.assertNotIn("4761739001010010", json.dumps(self.client.notifications))

    def test_account_numbers_in_each_member(self):
        """What a driver says in a text is dropped, what it prints or lets choose from is masked."""
        self.client.call("events.subscribe", topics=["payment"])
        pans = "2223003122003222", "4222222222222", "5555-5555-5555-4444", "5413  3300  8901  0012"
        for number, pan in enumerate(pans):
            call = self.ask(f"pan-{number}")
            self.started()
            self.driver.notify("payment.progress", payment=self.payment, step="reading", text="card " + pan)
            self.need("choice", choices=[{"text": "VISA " + pan, "aid": "A0000000031010"}, {"text": pan}])
            progress = self.client.wait_for(lambda m: m["method"] == "progress" and "choices" in m["params"])["params"]
            self.assertEqual(progress["choices"][0]["aid"], "A0000000031010")
            self.assertIn("*", progress["choices"][1]["text"])
            self.client.call("payment.choose", payment=self.payment, choice=0)
            self.proceed()
            body = [{"text": "Karte " + pan}, {"text": "Terminal-ID 56112345"}, {"text": pan[:9], "align": "center"},
                    {"text": pan[9:]}, {"text": "22.09.2026 12:34"}, {pan: 1}, {"text": [pan, {"text": pan}]}]
            for copy in "customer", "merchant":
                self.driver.notify("payment.receipt", payment=self.payment, copy=copy, document={"v": 1, "body": body})
            members = dict.fromkeys(["scheme", "application_label", "entry", "reference", "approval_code", "signature",
                                     "aid"], "x " + pan)
            members.update(masked_pan=pan, sequence=4111111111111111, count=4111111111111111, total=4111111111111111,
                           totals=[{"scheme": pan, "count": 4111111111111111, "total": 1}],
                           emv=dict.fromkeys(["cryptogram", "cryptogram_type", "tvr", "tsi", "cvm", "atc"], pan))
            self.driver.notify("payment.end", payment=self.payment, outcome="declined", message="declined: " + pan,
                               reason=pan, data=members)
            result = self.client.result(call)
            self.assertNotIn("message", result)
            self.assertNotIn("reason", result)
            for document in result["receipts"].values():
                for line in body[1], body[4]:
                    self.assertIn(line, document.get("body", [line]))
            told = [result, self.client.notifications, progress,
                    self.client.call("payment.get", payment=self.payment)]
            for text in pan, "4111111111111111", pan[5:]:
                self.assertNotIn(text, json.dumps(told))
        call = self.ask("refused")
        self.driver.refuse(self.driver.request("payment.start"), "Failure", "no card but " + pans[0])
        self.assertEqual(self.client.result(call)["reason"], "device_refused")
        self.client.call("rpc.ping")
        for root, _, files in os.walk(self.till.root):
            for name in files:
                if not os.path.isfile(os.path.join(root, name)): # a socket
                    continue
                with open(os.path.join(root, name), "rb") as f:
                    data = f.read()
                for pan in pans:
                    self.assertNotIn(pan.encode(), data, name)

    # ---- afterwards ----

    def test_void(self):
        self.approve()
        void = {"payment": "k1", "key": "v1", "operator": "ann", "reason": "wrong till"}
        result = self.client.call("payment.void", **void)
        self.assertEqual((result["outcome"], result["type"], result["amount_approved"], result["masked_pan"]),
                         ("approved", "void", 1250, PAN))
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["reason"], reversal["original"]["approval_code"], reversal["payment"]),
                         ("cancelled", "123456", "pay-1"))
        self.assertTrue(self.client.call("payment.get", payment="k1")["payment"]["voided"])
        self.assertEqual(self.client.call("payment.void", **void), {**result, "duplicate": True})
        error = self.client.error("payment.void", **{**void, "key": "v2"})
        self.assertEqual((error.name, error.message), ("Illegal", "pay-1: is void already"))
        self.assertEqual(self.client.error("payment.refund", payment="k1", key="r1", amount=1,
                                           operator="ann").message,
                         "pay-1: does not stand; there is nothing to give back")

    def test_void_of_one_under_way(self):
        call, request = self.to_host()
        void = {"payment": "k1", "key": "v1", "operator": "ann", "reason": "wrong till"}
        error = self.client.error("payment.void", **void)
        self.assertEqual((error.name, error.message, error.data["retryable"]),
                         ("Busy", "pay-1 is still under way; void it when it has ended", True))
        late = self.client.error("payment.cancel", payment="k1")
        self.assertEqual((late.name, late.data["retryable"]), ("Busy", False))
        self.assertIn("payment.void", late.data["hint"])
        other = self.client.error("payment.authorize", key="k1", amount=1, currency="EUR")
        self.assertEqual(other.message,
                         "key `k1` is pay-1, a sale of 12.50 EUR, under way; this request differs in `amount`")
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.end()
        self.client.result(call)
        self.assertEqual(self.client.call("payment.void", **void)["outcome"], "approved")

    def test_refund(self):
        self.approve()
        self.assertEqual(self.client.error("payment.refund", payment="k1", key="r0", amount=1251,
                                           operator="ann").message, "pay-1: was approved for less")
        call = self.client.send("payment.refund", {"payment": "k1", "key": "r1", "amount": 500, "operator": "ann"})
        self.assertEqual(self.started()["type"], "refund")
        self.need_online()
        request = self.host.request("host.refund")
        self.assertEqual((request["params"]["amount"], request["params"]["stan"]), (500, "000002"))
        self.host.answer(request, decision="approved", response_code="00", approval_code="9")
        self.proceed()
        self.end()
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["type"], result["currency"]), ("approved", "refund", "EUR"))
        listed = self.client.call("payment.list", state="approved", limit=1)["payments"]
        self.assertEqual([(p["payment"], p["original"]) for p in listed], [("pay-2", "pay-1")])
        self.assertEqual([p["payment"] for p in self.client.call("payment.list", before="pay-2")["payments"]],
                         ["pay-1"])

    def test_command_line(self):
        def run(*words):
            return subprocess.Popen([BUILD + "/bin/poshalctl", "--root", self.till.root, "pay", *words],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def ended(process):
            out, err = process.communicate(timeout=DEADLINE)
            return process.returncode, out, err
        sale = run("authorize", "12.50", "EUR", "--key", "k1", "--reference", "R-1")
        self.started()
        self.driver.notify("payment.progress", payment=self.payment, step="insert_card")
        self.need("choice", choices=[{"text": "VISA"}, {"text": "GIRO"}])
        self.client.call("events.subscribe", topics=["payment"])
        while "choices" not in self.client.call("payment.get", payment="k1")["payment"]:
            self.client.event("payment.progress")
        self.assertEqual(ended(run("choose", "k1", "1")), (0, "", ""))
        self.assertEqual(self.proceed()["choice"], 1)
        self.need_online()
        self.host.answer(self.host.request("host.authorize"), decision="approved", response_code="00",
                         approval_code="123456")
        self.proceed()
        self.end()
        self.assertEqual(ended(sale), (0, "pay-1 approved 12.50 EUR %s, approval code 123456\n" % PAN,
                                       "insert the card\nthe card has several applications:\n  0  VISA\n  1  GIRO\n"
                                       "  answer with: poshalctl pay choose pay-1 NUMBER\n"))
        code, out, _ = ended(run("void", "pay-1", "--operator", "ann", "--reason", "wrong", "--json"))
        self.assertEqual((code, json.loads(out)["outcome"]), (0, "approved"))
        self.assertEqual(ended(run("get", "k1", "--json"))[0], 0)
        lines = ended(run("list", "--state", "approved"))[1].splitlines()
        self.assertEqual([line.split()[:5] for line in lines[1:]],
                         [["pay-2", "approved", "void", "12.50", "EUR"], ["pay-1", "approved", "sale", "12.50", "EUR"]])
        self.assertEqual(ended(run("authorize", "12.505", "EUR"))[0], 2)
        code, _, err = ended(run("cancel", "k1"))
        self.assertEqual((code, err), (
            1, "poshalctl: Illegal: the payment is approved already. Correct the argument.\n"))

    def test_card_at_a_low_level(self):
        self.driver.notify("device.status", **{"class": "card_reader", "status": {"card": "present"}, "reasons": []})
        self.client.call("events.subscribe", topics=["device.status"])
        while self.client.call("card.status", device="rude")["status"].get("card") != "present":
            self.client.event("device.status")
        call = self.client.send("card.transmit", {"device": "rude", "data_b64": b64(b"\0\xb0\0\0\0")})
        request = self.driver.request("card.transmit")
        self.assertEqual(request["params"], {"data_b64": b64(b"\0\xb0\0\0\0")})
        self.driver.answer(request, reply_b64=b64(b"\x90\0"))
        self.assertEqual(self.client.result(call), {"reply_b64": b64(b"\x90\0")})


class OnTheBus(Payments):
    """A bus call ends before a payment does: its caller gets the id at once, and the end as a signal."""

    def make_till(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        return RudeTill(classes=self.CLASSES, env=self.bus.env)

    def test_authorize(self):
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        peer = Dbus(self.bus.path)
        self.addCleanup(peer.close)
        args = ("Payment.Authorize", "sxsa{sv}", "k1", 1250, "EUR", {"reference": Variant("s", "R-1")})
        state, reasons, status, rest = peer.call("rude", "CardReader.Status")
        self.assertEqual((state, reasons, rest), ("ready", [], {}))
        self.assertEqual(peer.call(None, *args), ["pay-1", "started", {}])
        self.started()
        self.assertEqual(peer.call(None, *args), ["pay-1", "started", {"duplicate": True}])
        self.driver.notify("payment.progress", payment=self.payment, step="insert_card")
        progress = peer.signal("Event").args
        self.assertEqual((progress[0], progress[1], progress[4]["step"]), ("payment.progress", "rude", "insert_card"))
        self.need_online()
        self.host.answer(self.host.request("host.authorize"), decision="approved", response_code="00",
                         approval_code="123456")
        self.proceed()
        self.end()
        end = peer.signal("Event", lambda s: s.args[0] == "payment.end").args[4]
        self.assertEqual((end["payment"], end["outcome"], end["amount_approved"], end["masked_pan"]),
                         ("pay-1", "approved", 1250, PAN))
        payment, outcome, rest = peer.call(None, *args)
        self.assertEqual((payment, outcome, rest["duplicate"], rest["amount_approved"]),
                         ("pay-1", "approved", True, 1250))
        self.assertEqual(peer.call(None, "Payment.Get", "s", "k1")[0]["state"], "approved")
        self.assertEqual(peer.error(None, "Payment.Cancel", "s", "k1").name, "org.poshal1.Error.Illegal")


class BadDisk(Payments):
    """A journal that cannot be written: nothing is begun, not asked, or not told."""

    def make_till(self):
        till = RudeTill(classes=self.CLASSES, env={"LD_PRELOAD": FAULTIO, "FAULTIO":
                        "pwrite:errno=EIO:comm=poshald:path=/var/:while=/tmp/poshal-bad-disk-%d" % os.getpid()})
        self.flag = "/tmp/poshal-bad-disk-%d" % os.getpid()
        self.addCleanup(self.mend)
        return till

    def spoil(self):
        open(self.flag, "w").close()

    def mend(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.flag)

    def test_nothing_is_begun(self):
        self.spoil()
        self.assertEqual(self.client.error("payment.authorize", key="k1", amount=1250, currency="EUR").name,
                         "Failure")
        self.mend()
        self.assertEqual(self.approve()["outcome"], "approved")

    def test_the_host_is_not_asked(self):
        call = self.ask()
        self.started()
        self.spoil()
        self.need_online()
        self.assertEqual(self.proceed(), {"ok": False})
        self.mend()
        self.end("declined")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("declined", "journal"))
        self.assertEqual(self.approve("k2")["outcome"], "approved") # and it was not: no reversal comes before

    def test_an_approval_that_cannot_be_stored_is_none(self):
        call, request = self.to_host()
        self.spoil()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.assertEqual(self.proceed(), {"ok": False})
        self.mend()
        self.end("declined")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("declined", "journal"))
        self.assertEqual(self.reversal(decision="approved", response_code="00")["original"]["stan"], "000001")

    def test_an_end_that_cannot_be_stored_is_not_told(self):
        call, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.spoil()
        self.end()
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")
        self.mend()
        answer = self.client.result(self.ask()) # it is tried again until it is on disk
        self.assertEqual(answer["outcome"], "approved")


class Terminal(Payments):
    """A semi-integrated terminal decides by itself, and is asked when something was cut off."""

    CLASSES = "terminal"

    def before(self, text="receipt=0041"):
        self.need("store", kind="before", data=text)
        self.assertEqual(self.proceed(), {"ok": True})

    def sale(self, key="k1", **end):
        call = self.ask(key)
        self.started()
        self.before()
        self.driver.notify("payment.receipt", payment=self.payment, copy="customer",
                           document={"v": 1, "text": "KUNDENBELEG"})
        self.driver.notify("payment.end", payment=self.payment, outcome="approved", amount_approved=1250,
                           data={"reference": "receipt=0042", "masked_pan": PAN}, **end)
        return self.client.result(call)

    def test_approved(self):
        result = self.sale()
        self.assertEqual((result["outcome"], result["kind"], result["amount_approved"], result["reference"]),
                         ("approved", "terminal", 1250, "receipt=0042"))
        self.assertEqual(result["receipts"], {"customer": {"v": 1, "text": "KUNDENBELEG"}})

    def test_killed_and_asked(self):
        self.ask()
        self.started()
        self.before()
        self.crash()
        self.driver = self.till.driver()
        params = self.started("payment.recover")
        self.assertEqual((params["type"], params["amount"], params["before"], params["payment"]),
                         ("sale", 1250, "receipt=0041", "pay-1"))
        call = self.ask()
        busy = self.client.error("payment.authorize", key="k2", amount=1, currency="EUR")
        self.assertEqual(busy.name, "Busy")
        self.end("approved", amount_approved=1250)
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["duplicate"]) if "duplicate" in result else
                         (result["outcome"], True), ("approved", True))

    def test_driver_ends_and_asks(self):
        call = self.ask()
        self.started()
        self.before()
        self.driver.close()
        self.driver = self.till.driver()
        self.started("payment.recover")
        self.end("uncertain", reason="totals_differ")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("uncertain", "totals_differ"))
        self.assertEqual(self.state(), "uncertain")

    def test_void(self):
        self.sale()
        call = self.client.send("payment.void", {"payment": "k1", "key": "v1", "operator": "a", "reason": "r"})
        params = self.started()
        self.assertEqual((params["type"], params["original"]),
                         ("void", {"reference": "receipt=0042", "amount": 1250}))
        self.end("approved", amount_approved=1250)
        self.assertEqual(self.client.result(call)["outcome"], "approved")
        self.assertTrue(self.client.call("payment.get", payment="k1")["payment"]["voided"])

    def test_preauth_and_complete(self):
        call = self.ask(type="preauth")
        self.assertEqual(self.started()["type"], "preauth")
        self.driver.notify("payment.end", payment=self.payment, outcome="approved", amount_approved=1250,
                           data={"reference": "receipt=7"})
        self.client.result(call)
        call = self.client.send("payment.complete", {"payment": "k1", "key": "c1", "amount": 900})
        params = self.started()
        self.assertEqual((params["type"], params["amount"], params["original"]["reference"]),
                         ("complete", 900, "receipt=7"))
        self.end("approved", amount_approved=900)
        self.assertEqual(self.client.result(call)["amount_approved"], 900)

    def test_end_of_day(self):
        call = self.client.send("terminal.endOfDay", {"device": "rude", "key": "day-1"})
        self.assertEqual(self.started()["type"], "end_of_day")
        self.assertEqual(self.client.call("terminal.status", device="rude")["payment"], "pay-1")
        self.driver.notify("payment.end", payment=self.payment, outcome="approved", amount_approved=0,
                           data={"count": 3, "total": 4711})
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["count"], result["total"]), ("approved", 3, 4711))


# each class has its own tests; these two are for readers and terminals alike
for kind in OnTheBus, BadDisk, Terminal:
    for name in list(vars(Payments)):
        if name.startswith("test_") and name not in vars(kind) and not (
                kind is Terminal and name in ("test_repeat_joins", "test_refused_by_the_driver")):
            setattr(kind, name, None)

if __name__ == "__main__":
    unittest.main()
