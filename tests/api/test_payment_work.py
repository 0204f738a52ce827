"""What a payment leaves to a person: an uncertain end, a reversal that is refused; and who may talk to whom about keys and ids."""

import os
import signal
import sqlite3
import subprocess
import unittest

from paying import KEY, Acquirer, Paying
from poshal_test import BUILD, DEADLINE, b64, wait_until
from rude_driver import CONFIG, RudeTill

WHO = {"operator": "ann", "reason": "looked"}


class Work(Paying):
    def findings(self):
        return [(f["severity"], f["problem"]) for f in self.client.call("system.diagnose")["findings"]
                if f["subject"] in ("rude", "poshal-acquirer")]

    def described(self, payment="k1"):
        return self.client.call("payment.get", payment=payment)["payment"]

    def pay(self, *words):
        done = subprocess.run([BUILD + "/bin/poshalctl", "--root", self.till.root, "pay", *words],
                              capture_output=True, text=True, timeout=DEADLINE, check=False)
        return done.returncode, done.stdout, done.stderr

    def audited(self, action):
        return [(a["action"], a["outcome"]) for a in self.client.call("audit.list")["entries"]
                if a["action"] == action]


class RefusedReversal(Work):
    REFUSED = ("error", "the reversal of pay-1 is refused: the customer's money may be held")

    def refused(self, refuse):
        self.client.call("events.subscribe", topics=["payment.state"])
        call, request = self.to_host()
        self.host.refuse(request, "Timeout", "maybe")
        self.proceed()
        self.end("declined")
        self.client.result(call)
        refuse(self.host.request("host.reverse"))
        event = self.client.event("payment.state", state="reversal_refused")["data"]
        self.assertEqual(self.findings(), [self.REFUSED])
        return event

    def test_by_the_acquirer(self):
        event = self.refused(lambda request: self.host.refuse(request, "Illegal", "no", "mcc: is missing"))
        self.assertEqual(event, {"payment": "pay-1", "state": "reversal_refused", "attempts": 1,
                                 "message": "mcc: is missing"})
        self.assertEqual(self.described()["reversal"],
                         {"state": "refused", "attempts": 1, "message": "mcc: is missing"})
        # it is not sent again by itself, not after a start either: the next message is the next sale
        self.crash()
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        self.assertEqual(self.findings(), [self.REFUSED])
        self.assertEqual(self.approve("k2")["outcome"], "approved")
        # what was wrong is mended, and it goes, for the first time
        self.client.call("events.subscribe", topics=["payment.state"])
        self.assertEqual(self.pay("retry", "pay-1", "--operator", "ann", "--reason", "mcc is there"), (0, "", ""))
        reversal = self.reversal(decision="approved", response_code="00")
        self.assertEqual((reversal["payment"], reversal["repeat"], reversal["sealed_b64"]),
                         ("pay-1", False, b64("sealed")))
        self.client.event("payment.state", state="reversed")
        self.assertEqual((self.described()["reversal"]["state"], self.findings()), ("done", []))
        self.assertEqual(self.audited("payment.retry"), [("payment.retry", "queued")])
        error = self.client.error("payment.retry", payment="k1", **WHO)
        self.assertEqual((error.name, error.message),
                         ("Illegal", "pay-1: no reversal or completion of it is refused"))

    def test_by_the_host(self):
        event = self.refused(lambda request: self.host.answer(request, decision="format", response_code="30"))
        self.assertEqual((event["response_code"], event["attempts"]), ("30", 1))
        for outcome in "approved", "cancelled":
            self.assertEqual(self.client.error("payment.resolve", payment="k1", outcome=outcome, **WHO).name,
                             "Illegal")
        done = self.client.call("payment.resolve", payment="k1", outcome="reversed", **WHO)["payment"]
        self.assertEqual((done["state"], done["reversal"]["state"], done["resolution"]["outcome"],
                          done["resolution"]["operator"]), ("declined", "refused", "reversed", "ann"))
        self.assertEqual(self.client.event("payment.state", state="resolved")["data"]["outcome"], "reversed")
        self.assertEqual(self.client.error("payment.retry", payment="k1", **WHO).name, "Illegal")
        error = self.client.error("payment.resolve", payment="k1", outcome="reversed", **WHO)
        self.assertEqual((error.name, error.message), ("Illegal", "pay-1: has been resolved"))
        self.crash()
        self.driver = self.till.driver()
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.audited("payment.resolve"), [("payment.resolve", "reversed")])

    def unknown(self, state):
        self.reversal(decision="not_found", response_code="25")
        return self.client.event("payment.state", state=state)["data"]

    def test_the_host_does_not_know_what_it_has_approved(self):
        self.client.call("events.subscribe", topics=["payment.state"])
        self.approve()
        self.client.call("payment.void", payment="k1", key="v", **WHO)
        self.assertEqual(self.unknown("reversal_refused")["response_code"], "25")
        self.assertEqual((self.findings(), self.described()["reversal"]["state"]), ([self.REFUSED], "refused"))
        done = self.client.call("payment.resolve", payment="k1", outcome="reversed", **WHO)["payment"]
        self.assertEqual((done["state"], done["voided"], self.findings()), ("approved", True, []))
        # one that the card refused
        call, request = self.to_host("k2")
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.end("declined", reason="card")
        self.client.result(call)
        self.unknown("reversal_refused")
        # nobody knows whether this one has arrived: it has not
        call, request = self.to_host("k3")
        self.host.refuse(request, "Timeout", "maybe")
        self.proceed()
        self.end("declined")
        self.client.result(call)
        self.unknown("reversed")

    def test_a_request_the_acquirer_makes_no_message_of(self):
        call, request = self.to_host()
        self.host.refuse(request, "Extended.Unsealed", "no", "not for a key of this process")
        self.assertEqual(self.proceed(), {"ok": False})
        self.end("declined")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"], result["message"]),
                         ("declined", "acquirer_refused", "not for a key of this process"))
        self.assertEqual(self.approve("k2")["outcome"], "approved") # and nothing is reversed


class RefusedEnd(Work):
    def test_a_journal_that_says_no_is_not_asked_for_ever(self):
        """The day was closed over a sale that is cut off: its reversal comes too late, and the reader is free again."""
        _, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.till.daemon.kill()
        with sqlite3.connect(self.till.root + "/var/journal.db") as journal:
            self.assertEqual(journal.execute("UPDATE record SET state = 16 WHERE state = 7").rowcount, 1)
        journal.close()
        self.client.close()
        self.till.start_daemon()
        self.client = self.till.client()
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        wait_until(lambda: self.described()["state"] != "intent", "it is asked for ever")
        self.assertEqual((self.described()["state"], self.described().get("reason")), ("uncertain", "not_stored"))
        self.assertEqual(self.findings(), [("error", "what became of pay-1 was not found out")])
        self.assertEqual(self.approve("k2")["outcome"], "approved")


class Doubt(Work):
    CLASSES = "terminal"

    def doubt(self):
        call = self.ask()
        self.started()
        self.end("uncertain", reason="totals_differ")
        self.assertEqual(self.client.result(call)["outcome"], "uncertain")

    def refused(self, method="payment.authorize", **more):
        error = self.client.error(method, **{"key": "k2", "amount": 1, "currency": "EUR", **more})
        self.assertEqual((error.name, error.message),
                         ("Extended.Unresolved", "what became of pay-1 is not known; nothing is begun at rude "
                                                 "until somebody has looked"))
        self.assertIn("poshalctl pay resolve pay-1", error.data["hint"])

    def not_void(self, message):
        error = self.client.error("payment.void", payment="k1", key="v", **WHO)
        self.assertEqual((error.name, error.message), ("Illegal", message))

    def test_nothing_is_begun_until_somebody_has_looked(self):
        self.doubt()
        self.refused()
        self.refused("payment.refund", operator="ann", device="rude")
        self.not_void("pay-1: what became of it is not known; look at the terminal or ask the acquirer, and say with "
                      "payment.resolve what was found")
        self.assertEqual(self.client.result(self.ask())["outcome"], "uncertain") # the same key
        self.crash()
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        self.refused()
        self.assertEqual(self.findings(),
                         [("error", "what became of pay-1 was not found out")])
        day = self.client.send("terminal.endOfDay", {"device": "rude", "key": "day"}) # which may help to know
        self.started()
        self.end("declined")
        self.client.result(day)
        self.assertEqual(self.client.error("payment.resolve", payment="k1", outcome="reversed", **WHO).name,
                         "Illegal")
        code, out, _ = self.pay("resolve", "k1", "approved", "--operator", "ann", "--reason", "on its list")
        self.assertEqual((code, out), (0, "pay-1 uncertain, resolved as approved by ann\n"))
        self.assertEqual((self.described()["state"], self.described()["resolution"]["reason"]),
                         ("uncertain", "on its list"))
        self.assertEqual(self.findings(), [])
        self.not_void("pay-1: somebody has said what became of it; what was taken is undone at the terminal or by the "
                      "acquirer")
        self.ask("k3")
        self.started()

    def test_a_terminal_that_does_not_come_back(self):
        call = self.ask()
        self.started()
        self.assertEqual(self.client.error("payment.resolve", payment="k1", outcome="cancelled", **WHO).name, "Busy")
        self.driver.close()
        self.client.wait_for(lambda m: m["method"] == "progress" and m["params"]["step"] == "recovering")
        resolved = self.client.call("payment.resolve", payment="k1", outcome="cancelled", **WHO)["payment"]
        self.assertEqual((resolved["state"], resolved["reason"], resolved["resolution"]["outcome"]),
                         ("uncertain", "not_recovered", "cancelled"))
        self.assertEqual(self.client.result(call)["outcome"], "uncertain")
        self.driver = self.till.driver()
        self.till.wait_ready(self.client, "rude")
        self.ask("k2")
        self.assertEqual(self.started()["payment"], "pay-2") # and it is not asked any more

    def test_a_service_that_ends_in_the_middle_of_it(self):
        """Nothing is left behind, as the sanitizers see; who waits asks again."""
        self.ask()
        self.started()
        self.assertEqual(self.till.daemon.kill(signal.SIGTERM), 0)
        self.client.close()
        self.till.start_daemon()
        self.client = self.till.client()
        self.assertEqual(self.described()["state"], "intent") # until the terminal is asked


class Keys(Work):
    """The acquirer's key is handed to the reader with each payment, and its terminal id is the till's."""

    def make_till(self):
        till = RudeTill(classes=self.CLASSES)
        self.host = None
        return till

    def setUp(self):
        super().setUp()
        self.host.close()

    def configure(self, payments):
        self.till.write_config(CONFIG.format(root=self.till.root) + "[payments]\n" + payments)
        self.client.call("config.reload")

    def again(self, **hello):
        self.host = Acquirer(self.till.root, **hello)
        self.addCleanup(self.host.close)

    def seal(self, key):
        call = self.ask(key)
        params = self.started()
        self.end("cancelled", reason="cancelled")
        self.client.result(call)
        return params.get("seal")

    def test_the_key_of_today(self):
        self.assertIsNone(self.seal("k1")) # nobody is there: the driver has one, or says so
        self.assertEqual(self.findings(), [("warning", "no card reader can ask the host")])
        self.again()
        seal = {"kid": KEY["kid"], "public_b64": KEY["public_b64"]}
        self.assertEqual(self.seal("k2"), seal)
        self.host.stop()
        self.assertEqual(self.seal("k3"), seal) # the last one known
        new = {"kid": "2026-2", "public_b64": b64(bytes(31) + b"1")}
        self.again(keys=({**KEY, "current": False}, {**new, "current": True}))
        self.assertEqual(self.seal("k4"), new)
        explained = self.client.call("payment.explain", amount=1, currency="EUR")["acquirer"]
        self.assertEqual((explained["tid"], explained["connected"]), ("TID00001", True))

    def test_one_terminal_id(self):
        self.again()
        self.configure("terminal_id = OTHER\n")
        self.assertEqual(len(self.findings()), 1) # nobody has paid yet
        result = self.client.result(self.ask())
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "terminal_id"))
        self.assertIn("terminal_id of poshal.conf is OTHER, tid of acquirer.conf is TID00001", result["message"])
        self.assertEqual(self.findings(),
                         [("error", "no card reader takes payments: the host knows this till by another id")])
        self.configure("terminal_id = TID00001\n")
        result = self.approve("k2")
        self.assertIn("TID00001", str(result["receipts"]["customer"]))
        self.configure("")
        self.assertIn("TID00001", str(self.approve("k3")["receipts"]["customer"]))

    def test_whether_it_can_take_a_pin(self):
        self.again()
        for n, (info, capable) in enumerate((({}, None), ({"pin_pad": False}, False), ({"pin_pad": True}, True))):
            self.client.call("events.subscribe", topics=["device"])
            self.driver.notify("device.info", capabilities={"card_reader": info})
            self.driver.notify("device.status", **{"class": "card_reader", "status": {"n": n}, "reasons": []})
            self.client.event("device.status")
            call, request = self.to_host("k%d" % n)
            self.assertEqual(request["params"].get("pin_capable"), capable)
            self.host.refuse(request, "Timeout", "maybe")
            self.proceed()
            self.end("declined")
            self.client.result(call)
            self.assertEqual(self.reversal(decision="approved", response_code="00").get("pin_capable"), capable)

    def test_another_protocol(self):
        self.again()
        self.host.hello["protocol"]["major"] = 9
        self.assertIsNone(self.seal("k1"))
        self.assertEqual(self.findings(),
                         [("error", "no card reader can ask the host: its process is refused")])



    def test_a_socket_of_somebody_else(self):
        if os.geteuid() != 0:
            self.skipTest("needs root: a socket is of whoever listens")
        os.seteuid(65534)
        try:
            self.again()
        finally:
            os.seteuid(0)
        self.assertIsNone(self.seal("k1"))
        self.assertEqual(self.findings(),
                         [("error", "no card reader can ask the host: its process is refused")])


if __name__ == "__main__":
    unittest.main()
