"""Each fault of the emulated hosts: what the acquirer says of a sale, and that nothing stays booked which nobody paid."""
import os
import unittest

import test_acquirer
from poshal_test import BUILD, Process, Rpc, RpcError

EMULATE = os.path.join(BUILD, "bin", "poshal-emulate")
SHORT = 1000  # ms, where no answer is to come
HANDSHAKE = 6000  # the same where a line has to be made first


class Faults(test_acquirer.Acquirer):
    bench_file = "[host acquirer]\npacking = ascii\n"
    short = SHORT

    def setUp(self):
        super().setUp()
        self.host.close()
        with open(self.root + "/bench.ini", "w", encoding="ascii") as file:
            file.write(self.bench_file)
        control = self.root + "/run/emulator.sock"
        emulator = Process([EMULATE, "bench", self.root + "/bench.ini", "--root", self.root], self.root + "/emulator.log",
                           serves=control)
        self.stack.callback(emulator.stop)
        self.bench = Rpc(control, hello=False)
        self.stack.callback(self.bench.close)
        self.host.port = int(self.bench.call("bench.list")["devices"][0]["connection"].rpartition(":")[2])
        self.configure(self.dialect)
        self.restart()
        self.stan = 100

    def ask(self, method="host.authorize", **changes):
        """(decision or name of the error, sent)"""
        self.stan += 2
        try:
            return self.client.call(method, **self.record(self.stan, **changes))["decision"], None
        except RpcError as error:
            return error.name, error.data["sent"]

    def undo(self):
        """As poshald does after a `maybe`: a reversal, repeated until it is answered."""
        first = self.reversal(self.stan + 500, self.stan)
        for repeat in (False, True, True, True):
            try:
                return self.client.call("host.reverse", **first, repeat=repeat)["decision"]
            except RpcError as error:
                self.assertEqual(error.data["sent"], "maybe")
        self.fail("not acknowledged")

    def owed(self):
        return sum(entry["amount"] for entry in self.bench.call("host.ledger")["entries"] if not entry["reversed"])

    def strikes(self, fault, expected, undone=None, **more):
        """One sale under one fault, which is answered or ends at once."""
        with self.subTest(fault):
            self.bench.call("host.reset")
            self.bench.call("host.set", fault=fault, times=1, **more)
            self.assertEqual(self.ask(), expected)
            if undone:
                self.assertEqual(self.undo(), undone)
            self.assertEqual(self.owed(), 1234 if expected[0] == "approved" else 0)
            self.clean(1)

    def clean(self, struck):
        counts = self.bench.call("host.set", fault="none")
        self.assertEqual([counts[name] for name in ("struck", "duplicates", "unmarked", "repeats_changed")], [struck, 0, 0, 0])

    def unanswered(self, cases):
        """Sales of these amounts under these faults ("": none) that get no answer in time, all at once; and their reversals."""
        self.bench.call("host.reset")
        ids = {}
        for fault, amount, undone in cases:
            if fault:
                self.bench.call("host.set", fault=fault, times=1, ms=60 * self.short)
            self.stan += 2  # a wrong trace number is the next one, and nobody's here
            record = self.record(self.stan, amount=amount, timeout_ms=self.short)
            ids[self.stan] = self.client.send("host.authorize", record), record, undone
        for stan, (id, record, undone) in ids.items():
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), self.late)
            first = self.reversal(stan + 500, stan, amount=record["amount"])
            self.assertEqual(self.client.call("host.reverse", **first)["decision"], undone)
        self.assertEqual(self.owed(), 0)
        self.clean(sum(1 for case in cases if case[0]))

    approved, soft = ("approved", None), ("soft", None)
    late, broken, nothing = ("Timeout", "maybe"), ("Offline", "maybe"), ("Offline", "no")
    instant = (("delay", approved, None), ("bytes", approved, None), ("skew", approved, None), ("twice", approved, None),
               ("storm_91", soft, None), ("storm_96", soft, None), ("half", broken, "approved"))

    def test_faults_that_end_at_once(self):
        for fault, expected, undone in self.instant:
            self.strikes(fault, expected, undone, ms=30)

    def test_refused(self):
        self.bench.call("host.set", fault="refuse")
        self.assertEqual(self.ask(), self.nothing)
        self.bench.call("host.set", fault="none")
        self.assertEqual(self.ask(), self.approved)

    def test_amounts(self):
        expected = {1: "declined", 2: "referred", 3: "declined", 4: "declined", 5: "declined", 6: "declined", 7: "soft", 8: "soft",
                    9: "duplicate", 10: "partial", 30: "approved", 0: "approved"}
        self.assertEqual({cents: self.ask(amount=1200 + cents)[0] for cents in expected}, expected)
        self.assertEqual(self.owed(), 605 + 1230 + 1200)

    def test_a_storm_over_an_advice(self):
        """Not taken, and taken when it is repeated; booked once."""
        self.bench.call("host.set", fault="storm_96", on="022", times=2)
        advice = self.record(60, approved_by="chip", arc="Y1")
        told = [self.client.call("host.advise", **advice, repeat=repeat)["decision"] for repeat in (False, True, True)]
        self.assertEqual(told, ["soft", "soft", "approved"])
        self.assertEqual(self.owed(), 1234)
        self.bench.call("host.set", fault="drop_after", on="022", times=1)
        advice = self.record(61, approved_by="chip", arc="Y1")
        with self.assertRaises(RpcError):
            self.client.call("host.advise", **advice, timeout_ms=self.short)
        self.assertEqual(self.client.call("host.advise", **advice, repeat=True)["decision"], "approved")
        self.assertEqual(self.owed(), 2468)
        self.assertEqual(self.bench.call("host.state")["repeats"], 1)

    def test_totals(self):
        self.ask()
        self.ask("host.refund", type="refund", icc_b64=None, amount=500)
        sums = {"credits": {"count": 1, "amount": 500}, "credit_reversals": {"count": 0, "amount": 0},
                "debits": {"count": 1, "amount": 1234}, "debit_reversals": {"count": 0, "amount": 0}}
        day = {"stan": "000900", "transmission": "0901235900", "currency": {"code": "EUR", "number": 978}, "totals": sums}
        result = self.client.call("host.reconcile", **day)
        self.assertEqual((result["balance"], result["host_totals"]), ("in_balance", sums))
        self.ask() # of the next day
        result = self.client.call("host.reconcile", **{**day, "stan": "000901"})
        self.assertEqual((result["balance"], result["host_totals"]["debits"]), ("out_of_balance", {"count": 1, "amount": 1234}))


class Iso(Faults):
    def test_no_answer_in_time(self):
        self.ask()  # so that there is a line, and the time is for the answers only
        self.unanswered([("drop_before", 1234, "not_found"), ("drop_after", 1234, "approved"), ("silent", 1234, "not_found"),
                         ("wrong_stan", 1234, "approved"), ("wrong_mti", 1234, "approved"), ("garbage", 1234, "approved"),
                         ("late", 1234, "approved"), ("", 1220, "approved"), ("", 1221, "not_found")])

    def test_late_answers_and_doubles_are_told(self):
        self.ask()
        self.bench.call("host.set", fault="hold", times=1)
        self.assertEqual(self.ask(timeout_ms=SHORT), self.late)
        self.bench.call("host.set", fault="none")
        self.assertEqual(self.client.told("host.late"), {"payment": "pay-%d" % self.stan, "stan": "%06d" % self.stan,
                                                         "response_code": "00"})
        self.bench.call("host.set", fault="twice", times=1)
        self.assertEqual(self.ask(), self.approved)
        self.assertEqual(self.client.told("host.late"), {"stan": "%06d" % self.stan, "response_code": "00"})

    def test_swapped(self):
        self.bench.call("host.set", fault="swapped", times=1)
        ids = {stan: self.client.send("host.authorize", self.record(stan, amount=amount)) for stan, amount in ((71, 1205), (72, 1200))}
        self.assertEqual(self.client.result(ids[72])["decision"], "approved")
        self.assertEqual(self.client.result(ids[71])["decision"], "declined")

    def test_cutover(self):
        self.ask()
        self.bench.call("host.set", cutover=True)
        self.assertEqual(self.client.told("host.cutover"), {})


class IsoFramed(Faults):
    """The same over TLS with a length in BCD, and addresses in front."""
    bench_file = "[host acquirer]\ntls = yes\nheader = 2bcd\ntpdu = yes\npacking = bcd\n"
    dialect = "iso87-bcd"
    test_amounts = test_refused = test_a_storm_over_an_advice = None  # no other than above

    def configure(self, dialect, more=""):
        if os.path.exists(self.root + "/run/certificates/ca.pem"):
            more = f"tls = yes\ntls_ca = {self.root}/run/certificates/ca.pem\n"
            with open(f"{test_acquirer.SOURCE}/data/dialects/{dialect}.json", encoding="ascii") as file:
                text = file.read().replace('"header": "bin2"', '"header": "bcd2", "tpdu": "6000030000"')
            dialect = self.root + "/etc/own.json"
            with open(dialect, "w", encoding="ascii") as file:
                file.write(text)
        super().configure(dialect, more)


class Gateway(Faults):
    bench_file = "[host acquirer]\nprotocol = https\ntoken = word-of-the-till\n"
    short = HANDSHAKE

    def configure(self, dialect, more=""):
        folder = self.root + "/run/certificates"
        with open(self.root + "/keys/token", "w", encoding="ascii") as file:
            file.write("word-of-the-till\n")
        with open(self.root + "/etc/acquirer.conf", "w", encoding="ascii") as file:
            file.write(f"[acquirer]\nlink = https\nurl = https://127.0.0.1:{self.host.port}/v1\ntid = TID12345\n"
                       f"connect_timeout_ms = 30000\nmid = 098765432100000\ntoken = {self.root}/keys/token\n" +
                       (f"tls_ca = {folder}/ca.pem\n" if os.path.exists(folder) else "") + more)

    instant = Faults.instant + (("garbage", Faults.broken, "approved"), ("wrong_stan", Faults.late, "approved"),
                                ("wrong_mti", Faults.late, "approved"))

    def test_no_answer_in_time(self):
        self.unanswered([("drop_before", 1234, "not_found")])
        self.unanswered([("drop_after", 1234, "approved")])

    def test_statuses(self):
        for status, expected, undone in ((400, ("Illegal", "no"), None), (401, self.nothing, None), (429, self.nothing, None),
                                         (500, self.late, "not_found"), (503, self.late, "not_found")):
            self.strikes("status", expected, undone, ms=status)

    def test_another_word(self):
        with open(self.root + "/keys/token", "w", encoding="ascii") as file:
            file.write("another-word\n")
        self.restart()
        self.assertEqual(self.ask(), self.nothing)
        self.assertEqual(self.client.call("host.status")["last_error"],
                         "the gateway does not know this till: check `token` (HTTP 401): the emulated gateway refuses this")

    def test_certificates(self):
        for mode, message in (("expired", "has expired"), ("wrong_name", "another name"), ("other_ca", "nobody whom this till trusts"),
                              ("plain", ""), ("close", "")):
            with self.subTest(mode):
                self.bench.call("host.set", tls=mode)
                self.assertEqual(self.ask(), self.nothing)
                self.assertIn(message, self.client.call("host.status")["last_error"])
        self.bench.call("host.set", tls="good")
        self.assertEqual(self.ask(), self.approved)

    def test_repeats(self):
        first = self.record(41)
        self.assertEqual(self.client.call("host.authorize", **first)["decision"], "approved")
        for repeat in (False, True, True):
            self.assertEqual(self.client.call("host.reverse", **self.reversal(43, 41), repeat=repeat)["decision"], "approved")
        counts = self.bench.call("host.state")
        self.assertEqual([counts[name] for name in ("repeats", "duplicates", "unmarked", "repeats_changed", "refused", "unreadable")],
                         [2, 0, 0, 0, 0, 0])
        self.assertEqual(self.owed(), 0)


del Faults

if __name__ == "__main__":
    unittest.main()
