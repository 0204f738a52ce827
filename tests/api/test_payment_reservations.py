"""Reservations at a card reader and their completions, yes-or-no questions, and refunds, with neighbours whose words the test writes."""

import contextlib
import json
import os
import subprocess
import unittest

from dbus_test import Bus, Dbus
from paying import CARD, PAN, Paying
from poshal_test import BUILD, DEADLINE, RpcError, b64, wait_until
from rude_driver import RudeTill

FAULTIO = BUILD + "/lib/faultio.so"


class Road(Paying):
    OPTIONS = "answer_s = 600"

    def make_till(self, **more):
        return RudeTill(classes=self.CLASSES, config="[payments]\n" + self.OPTIONS + "\n\n", **more)

    def reserve(self, key="room", amount=1250, approved=None):
        call = self.ask(key, amount, type="preauth")
        self.assertEqual(self.started()["type"], "preauth")
        self.need_online()
        self.reserved = self.host.request("host.authorize")
        answer = {"decision": "approved", "response_code": "00", "approval_code": "123456"}
        if approved:
            answer.update(decision="partial", response_code="10", amount_approved=approved)
        self.host.answer(self.reserved, **answer)
        self.proceed()
        self.driver.notify("payment.end", payment=self.payment, outcome="approved",
                           data={**CARD, "icc_b64": b64("tc")})
        self.reserved = self.reserved["params"]
        return self.client.result(call)

    def complete(self, amount=900, key="out", payment="room"):
        return self.client.send("payment.complete", {"payment": payment, "key": key, "amount": amount})

    def taken(self, call, **answer):
        request = self.host.request("host.complete")
        self.host.answer(request, **(answer or {"decision": "approved", "response_code": "00"}))
        return request["params"], self.client.result(call)

    def restart(self, end=None):
        (end or self.till.daemon.kill)()
        self.client.close()
        self.till.start_daemon()
        self.driver = self.till.driver() # so that it is closed in the end
        self.client = self.till.client()


class Reservations(Road):
    def test_reserved_and_completed(self):
        result = self.reserve()
        self.assertEqual((result["outcome"], result["type"], result["amount_approved"], self.reserved["type"]),
                         ("approved", "preauth", 1250, "preauth"))
        self.assertIn("RESERVATION ON CARD", json.dumps(result["receipts"]["customer"]))
        call = self.complete()
        record, done = self.taken(call)
        self.assertEqual({k: record[k] for k in ("payment", "type", "amount", "stan", "entry", "sequence", "sealed_b64",
                                                 "sealed_for", "original", "repeat", "icc_b64")},
                         {"payment": "pay-2", "type": "complete", "amount": 900, "stan": "000002", "entry": "chip",
                          "sequence": 1, "sealed_b64": b64("sealed"),
                          "sealed_for": {"payment": "pay-1", "amount": 1250},
                          "original": {"stan": "000001", "transmission": self.reserved["transmission"],
                                       "approval_code": "123456"}, "repeat": False, "icc_b64": b64("tc")})
        self.assertEqual([record[k] == self.reserved[k] for k in ("local_time", "local_date", "rrn")],
                         [True, True, False])
        self.assertNotIn("once_b64", record)
        self.assertNotIn("reason", record)
        self.assertEqual({k: done[k] for k in ("payment", "outcome", "type", "kind", "amount", "amount_approved",
                                               "approval_code", "masked_pan", "response_code")},
                         {"payment": "pay-2", "outcome": "approved", "type": "complete", "kind": "online",
                          "amount": 900, "amount_approved": 900, "approval_code": "123456", "masked_pan": PAN,
                          "response_code": "00"})
        self.assertIn("9.00 EUR", json.dumps(done["receipts"]["merchant"]))
        self.assertNotIn("Signature", json.dumps(done["receipts"]["merchant"]))
        # the same key: the same answer; another one: there is nothing left
        self.assertEqual(self.client.result(self.complete()), {**done, "duplicate": True})
        self.assertEqual(self.client.error("payment.complete", payment="room", key="out", amount=901).name, "Exists")
        again = self.client.error("payment.complete", payment="room", key="out-2", amount=1)
        self.assertEqual((again.name, again.message), ("Illegal", "pay-1: was completed already"))
        void = self.client.error("payment.void", payment="room", key="v", operator="a", reason="r")
        self.assertEqual((void.name, void.message), ("Illegal", "pay-1: was completed; void the payment that did"))
        self.assertEqual(self.client.call("payment.get", payment="room")["payment"]["completion"], "pay-2")
        self.assertEqual(self.client.call("payment.get", payment="out")["payment"]["original"], "pay-1")

    def test_void_of_a_completion(self):
        self.reserve()
        self.taken(self.complete())
        void = {"payment": "out", "key": "v", "operator": "ann", "reason": "wrong room"}
        self.assertEqual(self.client.call("payment.void", **void)["amount_approved"], 900)
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["type"], reversal["amount"], reversal["original"]["stan"], reversal["sealed_for"],
                          reversal["sealed_b64"]),
                         ("complete", 900, "000002", {"payment": "pay-1", "amount": 1250}, b64("sealed")))
        error = self.client.error("payment.complete", payment="room", key="out-2", amount=900)
        self.assertEqual(error.message, "pay-1: was completed already")

    def test_void_of_a_reservation(self):
        self.reserve()
        void = {"payment": "room", "key": "v", "operator": "ann", "reason": "left"}
        self.assertEqual(self.client.call("payment.void", **void)["outcome"], "approved")
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["type"], reversal["reason"]), ("preauth", "cancelled"))
        error = self.client.error("payment.complete", payment="room", key="out", amount=900)
        self.assertEqual((error.name, error.message), ("Illegal", "pay-1: does not stand"))

    def test_limits(self):
        self.reserve(approved=1000)
        self.approve("sale")
        error = self.client.error
        self.assertEqual(error("payment.complete", payment="room", key="c", amount=1001).message, "pay-1: reserved less")
        self.assertEqual(error("payment.complete", payment="sale", key="c", amount=1).message,
                         "pay-2: reserved no amount")
        self.assertEqual(error("payment.complete", payment="none", key="c", amount=1).name, "NoExist")
        self.assertEqual(error("payment.refund", payment="room", key="r", amount=1, operator="a").message,
                         "pay-1: is a reservation, which took nothing; void it")
        self.assertEqual(error("payment.authorize", key="k", amount=10, cashback=1, currency="EUR", type="preauth").name,
                         "Illegal")
        record, done = self.taken(self.complete(1000))
        self.assertEqual((record["sealed_for"]["amount"], done["amount_approved"]), (1250, 1000))

    def test_declined_and_taken_in_part(self):
        self.reserve()
        _, done = self.taken(self.complete(), decision="declined", response_code="05", host_text="no")
        self.assertEqual((done["outcome"], done["reason"], done["amount_approved"], done["host_text"]),
                         ("declined", "host_declined", 0, "no"))
        _, done = self.taken(self.complete(key="out-2"), decision="not_found", response_code="25")
        self.assertEqual((done["outcome"], done["reason"]), ("declined", "nothing_reserved"))
        _, done = self.taken(self.complete(key="out-3"), decision="format", response_code="30")
        self.assertEqual((done["outcome"], done["reason"]), ("declined", "host_rejected"))
        # the reservation stands all the while
        record, done = self.taken(self.complete(key="out-4"), decision="partial", response_code="10",
                                  amount_approved=500)
        self.assertEqual((record["stan"], done["outcome"], done["amount_approved"]), ("000005", "partial", 500))
        self.assertIn("5.00 EUR", json.dumps(done["receipts"]["customer"]))

    def test_a_first_message_that_the_host_has_had(self):
        self.reserve()
        _, done = self.taken(self.complete(), decision="duplicate", response_code="94")
        self.assertEqual((done["outcome"], done["reason"]), ("uncertain", "host_duplicate"))
        self.assertEqual(self.client.error("payment.complete", payment="room", key="out-2", amount=1).message,
                         "pay-1: was completed already")
        # somebody has called the acquirer: it was not
        self.client.call("payment.resolve", payment="out", outcome="cancelled", operator="ann", reason="not booked")
        _, done = self.taken(self.complete(key="out-3"))
        self.assertEqual((done["outcome"], done["payment"]), ("approved", "pay-3"))

    def test_refused_by_the_acquirer(self):
        self.reserve()
        call = self.complete()
        self.host.refuse(self.host.request("host.complete"), "Illegal", "no", "$.sealed_b64: is for another key")
        done = self.client.result(call)
        self.assertEqual((done["outcome"], done["reason"]), ("declined", "acquirer_refused"))
        self.assertEqual(self.taken(self.complete(key="out-2"))[1]["outcome"], "approved")

    # ---- repeated until it is answered ----

    def test_repeated_until_the_host_has_it(self):
        self.reserve()
        call = self.complete()
        request = self.host.request("host.complete")
        self.assertEqual(self.state("out"), "intent")
        self.assertEqual(self.client.error("payment.cancel", payment="out").name, "Busy")
        # somebody else is told that it goes on, and cannot have it, too
        busy = self.client.error("payment.complete", payment="room", key="out-2", amount=1)
        self.assertEqual(busy.message, "pay-1: was completed already")
        self.host.refuse(request, "Offline", "no")
        first = self.host.request("host.complete")
        self.assertEqual(first["params"], request["params"])
        self.host.refuse(first, "Timeout", "maybe")
        problem = "the completion of pay-2 is not acknowledged yet"
        self.assertIn(problem, [f["problem"] for f in self.client.call("system.diagnose")["findings"]])
        record, done = self.taken(call, decision="duplicate", response_code="94")
        self.assertEqual(record, {**request["params"], "repeat": True})
        self.assertEqual((done["outcome"], done["amount_approved"]), ("approved", 900))
        self.assertNotIn(problem, [f["problem"] for f in self.client.call("system.diagnose")["findings"]])

    def test_acquirer_ends_with_it(self):
        self.reserve()
        call = self.complete()
        request = self.host.request("host.complete")
        self.host.hang_up()
        record, done = self.taken(call)
        self.assertEqual((record, done["outcome"]), ({**request["params"], "repeat": True}, "approved"))

    def test_killed_with_it(self):
        self.reserve()
        self.complete()
        request = self.host.request("host.complete")
        self.restart()
        self.assertEqual(self.state("out"), "intent")
        call = self.complete()
        record, done = self.taken(call)
        self.assertEqual(record, {**request["params"], "repeat": True})
        # what is printed of the card is that of the reservation
        self.assertEqual((done["outcome"], done["masked_pan"], done["approval_code"]), ("approved", PAN, "123456"))
        self.assertIn(PAN, json.dumps(done["receipts"]["customer"]))
        self.restart()
        self.assertEqual(self.client.result(self.complete()), {**done, "duplicate": True})

    def test_calls_of_one_key_join(self):
        self.reserve()
        first = self.complete()
        other = self.till.client()
        request = self.host.request("host.complete")
        second = other.send("payment.complete", {"payment": "room", "key": "out", "amount": 900})
        other.call("rpc.ping")
        self.assertEqual(other.error("payment.complete", payment="room", key="out", amount=901).name, "Exists")
        self.host.answer(request, decision="approved", response_code="00")
        result = self.client.result(first)
        self.assertEqual(other.result(second), {**result, "duplicate": True})

    def test_a_stop_does_not_wait_for_the_host(self):
        self.reserve()
        self.complete()
        request = self.host.request("host.complete")
        self.restart(self.till.daemon.stop)
        record, done = self.taken(self.complete())
        self.assertEqual((record["stan"], record["repeat"], done["outcome"]),
                         (request["params"]["stan"], True, "approved"))

    # ---- refunds ----

    def test_only_what_took_money_is_given_back(self):
        self.approve("sale")
        void = {"payment": "sale", "key": "v", "operator": "ann", "reason": "r"}
        self.assertEqual(self.client.call("payment.void", **void)["outcome"], "approved")
        self.reversal(decision="approved", response_code="00")
        self.approve("other")
        back = {"key": "r", "amount": 10, "operator": "ann"}
        for payment, more, message in (
                ("v", {}, "pay-2: took nothing; there is nothing to give back"),
                ("sale", {}, "pay-1: does not stand; there is nothing to give back"),
                ("other", {"currency": "USD"}, "$.currency: pay-3 was in EUR")):
            error = self.client.error("payment.refund", payment=payment, **more, **back)
            self.assertEqual((error.name, error.message), ("Illegal", message))

    def refund(self, key, amount):
        call = self.client.send("payment.refund", {"payment": "sale", "key": key, "amount": amount, "operator": "ann"})
        self.started()
        self.need_online()
        return call

    def test_refunds_are_at_most_what_was_taken(self):
        self.approve("sale")
        call = self.refund("r1", 800)
        self.host.answer(self.host.request("host.refund"), decision="approved", response_code="00", approval_code="1")
        self.proceed()
        self.end()
        self.assertEqual(self.client.result(call)["outcome"], "approved")
        error = self.client.error
        self.assertEqual(error("payment.refund", payment="sale", key="r2", amount=451, operator="a").message,
                         "pay-1: has less left that was not given back yet")
        self.assertEqual(error("payment.void", payment="sale", key="v", operator="a", reason="r").message,
                         "pay-1: was given back, at least in part; void the refund first")
        self.assertEqual(self.client.call("payment.get", payment="sale")["payment"]["refunded"], 800)
        # one that is declined leaves as much as there was
        call = self.refund("r3", 450)
        self.host.answer(self.host.request("host.refund"), decision="declined", response_code="05")
        self.proceed()
        self.end("declined")
        self.assertEqual(self.client.result(call)["outcome"], "declined")
        call = self.refund("r4", 450)
        self.host.answer(self.host.request("host.refund"), decision="approved", response_code="00", approval_code="1")
        self.proceed()
        self.end()
        self.assertEqual(self.client.result(call)["outcome"], "approved")


class Held(Road):
    """A completion that may have arrived, and that the acquirer refuses afterwards: somebody has to look."""

    PROBLEM = "the completion of pay-2 is refused: whether money was taken is not known"

    def problems(self):
        return [f["problem"] for f in self.client.call("system.diagnose")["findings"] if f["subject"] == "rude"]

    def hold(self):
        self.reserve()
        self.client.call("events.subscribe", topics=["payment.state"])
        call = self.complete()
        self.host.refuse(self.host.request("host.complete"), "Timeout", "maybe")
        request = self.host.request("host.complete")
        self.assertTrue(request["params"]["repeat"])
        self.host.refuse(request, "Extended.Unsealed", "no", "not for a key of this process")
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")
        self.assertEqual(self.client.event("payment.state", state="completion_refused")["data"],
                         {"payment": "pay-2", "state": "completion_refused", "attempts": 2,
                          "message": "not for a key of this process"})
        self.look()
        return request["params"]

    def look(self):
        self.assertEqual(self.problems(), [self.PROBLEM])
        payment = self.client.call("payment.get", payment="out")["payment"]
        self.assertEqual((payment["state"], payment["advice"]),
                         ("intent", {"state": "refused", "attempts": 2, "message": "not for a key of this process"}))

    def test_sent_again(self):
        first = self.hold()
        self.restart() # not by itself: the next message to the host is that of the next sale
        self.till.wait_ready(self.client, "rude")
        self.look()
        self.approve("sale")
        self.client.call("payment.retry", payment="out", operator="ann", reason="the key is back")
        record, done = self.taken(self.complete())
        self.assertEqual(record, first)
        self.assertEqual((done["outcome"], done["amount_approved"], self.problems()), ("approved", 900, []))
        self.assertEqual(self.client.error("payment.retry", payment="out", operator="a", reason="r").message,
                         "pay-2: no reversal or completion of it is refused")

    def test_a_part_without_an_amount(self):
        self.client.call("events.subscribe", topics=["payment"])
        self.reserve()
        call = self.complete()
        answer = {"decision": "partial", "response_code": "10"}
        self.host.answer(self.host.request("host.complete"), **answer)
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual((caught.exception.name, caught.exception.message.split(":")[0]),
                         ("Uncertain", "pay-2"))
        self.assertIn("the host has answered, and not so that it can be relied on", caught.exception.message)
        self.assertEqual(self.client.event("payment.state", state="completion_refused")["data"]["response_code"], "10")
        self.client.call("payment.retry", payment="out", operator="ann", reason="the host is mended")
        record, done = self.taken(self.complete(), **answer, amount_approved=500)
        self.assertTrue(record["repeat"])
        self.assertEqual((done["outcome"], done["amount_approved"]), ("partial", 500))

    def test_given_up(self):
        self.hold()
        who = {"payment": "out", "operator": "ann", "reason": "called"}
        self.assertEqual(self.client.error("payment.resolve", outcome="reversed", **who).name, "Illegal")
        done = self.client.call("payment.resolve", outcome="cancelled", **who)["payment"]
        self.assertEqual((done["state"], done["resolution"]["outcome"], self.problems()),
                         ("uncertain", "cancelled", []))
        self.restart()
        self.till.wait_ready(self.client, "rude")
        self.assertEqual((self.problems(), self.state("out")), ([], "uncertain"))
        record, done = self.taken(self.complete(key="out-2")) # it was not taken: another one may
        self.assertEqual((record["payment"], done["outcome"]), ("pay-3", "approved"))


class Waiting(Road):
    """A call does not wait for ever; what it was about goes on."""

    OPTIONS = "answer_s = 1\nchoice_s = 1"

    def test_the_call_ends_and_the_completion_goes_on(self):
        self.reserve()
        call = self.complete()
        request = self.host.request("host.complete")
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")
        self.assertEqual(self.state("out"), "intent")
        self.assertEqual(self.client.error("payment.complete", payment="room", key="out", amount=900).name,
                         "Uncertain")
        self.client.call("events.subscribe", topics=["payment.state"])
        self.host.answer(request, decision="approved", response_code="00")
        event = self.client.event("payment.state", state="approved")["data"]
        self.assertEqual((event["payment"], event["amount_approved"]), ("pay-2", 900))
        done = self.client.result(self.complete())
        self.assertEqual((done["outcome"], done["duplicate"]), ("approved", True))

    def test_nobody_answers_a_question(self):
        call = self.ask()
        self.started()
        self.need("choice", choices=[{"text": "VISA", "aid": "A0000000031010"}], confirm=True)
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("cancelled", reason="cancelled")
        self.assertEqual(self.client.result(call)["reason"], "not_chosen")


class Questions(Road):
    def question(self, key):
        call = self.ask(key)
        self.started()
        self.need("choice", choices=[{"text": "VISA", "aid": "A0000000031010"}], confirm=True)
        progress = self.client.wait_for(lambda m: m["method"] == "progress")["params"]
        self.assertEqual((progress["step"], progress["choices"], progress["confirm"]),
                         ("choose_application", [{"text": "VISA", "aid": "A0000000031010"}], True))
        return call

    def test_yes_and_no(self):
        for choice, outcome in (0, "declined"), (1, "cancelled"):
            key = "k%d" % choice
            call = self.question(key)
            self.assertTrue(self.client.call("payment.get", payment=key)["payment"]["confirm"])
            error = self.client.error("payment.choose", payment=key, choice=2)
            self.assertEqual((error.name, error.message), ("Illegal", "$.choice: 0 is yes, 1 is no"))
            self.client.call("payment.choose", payment=key, choice=choice)
            self.assertEqual(self.proceed(), {"ok": True, "choice": choice})
            self.end(outcome, reason="x")
            self.assertEqual(self.client.result(call)["reason"], "x")

    def test_cancelled_instead_of_answered(self):
        call = self.question("k")
        asked = self.client.send("payment.cancel", {"payment": "k"})
        self.driver.answer(self.driver.request("payment.cancel"))
        self.client.result(asked)
        self.end("cancelled", reason="cancelled")
        self.assertEqual(self.client.result(call)["reason"], "cancelled")


class BadDisk(Road):
    """A completion that cannot be written down never leaves; one whose end cannot be is not told."""

    def make_till(self):
        self.flag = "/tmp/poshal-bad-disk-advice-%d" % os.getpid()
        self.addCleanup(self.mend)
        return super().make_till(env={"LD_PRELOAD": FAULTIO, "FAULTIO":
                                      "pwrite:errno=EIO:comm=poshald:path=/var/:while=" + self.flag})

    def spoil(self):
        open(self.flag, "w").close()

    def mend(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.flag)

    def test_not_begun_and_not_told(self):
        self.reserve()
        self.spoil()
        self.assertEqual(self.client.error("payment.complete", payment="room", key="out", amount=900).name, "Failure")
        self.mend()
        call = self.complete()
        request = self.host.request("host.complete")
        self.spoil()
        self.host.answer(request, decision="approved", response_code="00")
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")
        self.mend()
        self.assertEqual(self.client.result(self.complete())["outcome"], "approved")


class Terminal(Road):
    """What was reserved at a terminal is taken there; it is the same once."""

    CLASSES = "terminal"

    def at_terminal(self, call, type, outcome="approved", **data):
        self.assertEqual(self.started()["type"], type)
        self.driver.notify("payment.end", payment=self.payment, outcome=outcome, data=data,
                           amount_approved=1250 if outcome == "approved" else 0)
        return self.client.result(call)

    def test_completed_once(self):
        self.at_terminal(self.ask("room", type="preauth"), "preauth", reference="receipt=7")
        self.at_terminal(self.complete(1250, "no"), "complete", "declined")
        self.at_terminal(self.complete(1250, "out"), "complete")
        error = self.client.error
        self.assertEqual(error("payment.complete", payment="room", key="again", amount=1).message,
                         "pay-1: was completed already")
        self.assertEqual(error("payment.void", payment="room", key="v", operator="a", reason="r").message,
                         "pay-1: was completed; void the payment that did")
        back = {"payment": "out", "key": "r1", "amount": 1000, "operator": "ann"}
        self.at_terminal(self.client.send("payment.refund", back), "refund")
        self.assertEqual(error("payment.refund", **{**back, "key": "r2"}).message,
                         "pay-3: has less left that was not given back yet")


    def test_held_by_another(self):
        self.at_terminal(self.ask("sale"), "sale", reference="receipt=7")
        self.at_terminal(self.ask("room", type="preauth"), "preauth", reference="receipt=8")
        self.client.call("device.claim", device="rude")
        other = self.till.client()
        self.addCleanup(other.close)
        who = {"key": "x", "operator": "ann"}
        for method, more in (("void", {"payment": "sale", "reason": "r"}), ("refund", {"payment": "sale", "amount": 10}),
                             ("complete", {"payment": "room", "amount": 10})):
            self.assertEqual(other.error("payment." + method, **who, **more).name, "Claimed", method)
        void = {"payment": "sale", "reason": "r", **who}
        self.at_terminal(self.client.send("payment.void", void), "void")


class OnTheBus(Road):
    def make_till(self):
        self.bus = Bus()
        self.addCleanup(self.bus.close)
        return super().make_till(env=self.bus.env)

    def test_complete(self):
        self.reserve()
        wait_until(lambda: self.client.call("system.info")["bus"] == "connected", "not on the bus")
        peer = Dbus(self.bus.path)
        self.addCleanup(peer.close)
        args = ("Payment.Complete", "ssxa{sv}", "room", "out", 900, {})
        self.assertEqual(peer.call(None, *args), ["pay-2", "started", {}])
        self.host.answer(self.host.request("host.complete"), decision="approved", response_code="00")
        end = peer.signal("Event", lambda s: s.args[0] == "payment.end").args[4]
        self.assertEqual((end["payment"], end["outcome"], end["amount_approved"], end["masked_pan"]),
                         ("pay-2", "approved", 900, PAN))


class CommandLine(Road):
    def pay(self, *words):
        return subprocess.Popen([BUILD + "/bin/poshalctl", "--root", self.till.root, "pay", *words],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ended(self, process):
        out, err = process.communicate(timeout=DEADLINE)
        return process.returncode, out, err

    def test_reserve_confirm_and_complete(self):
        room = self.pay("authorize", "12.50", "EUR", "--type", "preauth", "--key", "room")
        self.started()
        self.need("choice", choices=[{"text": "VISA"}], confirm=True)
        self.client.call("events.subscribe", topics=["payment"])
        while "confirm" not in self.client.call("payment.get", payment="room")["payment"]:
            self.client.event("payment.progress")
        self.assertEqual(self.ended(self.pay("choose", "room", "perhaps"))[0], 2)
        self.assertEqual(self.ended(self.pay("choose", "room", "yes")), (0, "", ""))
        self.assertEqual(self.proceed()["choice"], 0)
        self.need_online()
        self.host.answer(self.host.request("host.authorize"), decision="approved", response_code="00",
                         approval_code="123456")
        self.proceed()
        self.end()
        self.assertEqual(self.ended(room), (0, "pay-1 preauth approved 12.50 EUR %s, approval code 123456\n" % PAN,
                                            "the card wants its application to be confirmed:\n  VISA\n"
                                            "  answer with: poshalctl pay choose pay-1 yes|no\n"))
        out = self.pay("complete", "room", "900", "--key", "out")
        self.host.answer(self.host.request("host.complete"), decision="approved", response_code="00")
        self.assertEqual(self.ended(out), (0, "pay-2 complete approved 9.00 EUR %s, approval code 123456\n" % PAN,
                                           "asking for approval\n"))


if __name__ == "__main__":
    unittest.main()
