"""Keys of account data change under a queue, and the queue goes on at another machine: two services with real acquirers, whose readers
and hosts are the test. The hosts are the judges."""

import base64
import json
import os
import subprocess
import sys
import unittest

from paying import CARD
from poshal_test import BUILD, DEADLINE, SOURCE, Process, b64, patient_dialect
from rude_driver import RudeTill

sys.path.insert(0, SOURCE + "/tests/acquirer")

from host import Host # noqa: E402
from sealing import seal # noqa: E402
from test_acquirer import CONFIG, ICC_SENT, PAN # noqa: E402

OFFLINE = """
[access]
user.root = all

[offline]
enabled = yes
i_understand_pci_scope = yes
random_online = 0
"""
FACTS = {"entry": "chip", "cvm": "offline_pin", "oda": "dynamic", "first_digits": "541333", "expires_soon": False, "denied": False}
PROGRAM = BUILD + "/bin/poshal-acquirer"


class Machine(RudeTill):
    """A till with a card reader that the test plays, a real poshal-acquirer, and a host of its own."""

    def __init__(self, kid, more=""):
        self.host = Host()
        self.kid = kid
        super().__init__(classes="card_reader", config=OFFLINE + more)
        self.reader = self.driver() # poshald waits for it, and not for long
        self.key = self.root + "/key"
        self.run("--new-key", kid, "--out", self.key, "--public", self.key + ".public")
        with open(self.root + "/etc/acquirer.conf", "w", encoding="ascii") as file:
            file.write(CONFIG.format(port=self.host.port, dialect=patient_dialect(self.root), more=f"spare_keys = {self.root}/etc/spares\n"))
        self.acquirer = None
        self.start_acquirer()
        self.client_ = self.client()
        self.wait_ready(self.client_, "rude")

    @staticmethod
    def run(*args):
        subprocess.run([PROGRAM, *args], check=True, timeout=DEADLINE)

    def start_acquirer(self):
        if self.acquirer:
            self.acquirer.stop()
        self.acquirer = Process([PROGRAM, "--root", self.root, "--key", self.key], self.root + "/acquirer.log",
                                serves=self.root + "/run/acquirer.sock")

    def public(self):
        with open(self.key, encoding="ascii") as file:
            key = json.loads(file.readline())
        return {"kid": key["kid"], "public_b64": key["public_b64"]}

    def trust(self, *lines):
        with open(self.root + "/etc/spares", "w", encoding="ascii") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)

    def call(self, method, **params):
        return self.client_.call(method, **params)

    # ---- sales ----

    def begin(self, key, amount):
        call = self.client_.send("payment.authorize", {"key": key, "amount": amount, "currency": "EUR", "offline": "allow",
                                                       "reference": "R-" + key, "operator": "ann"})
        start = self.reader.request("payment.start")
        self.reader.answer(start)
        params = start["params"]
        to = params["seal"]
        sealed = seal(to["kid"], base64.b64decode(to["public_b64"]), params["payment"], amount, "EUR", PAN)
        fingerprint = b64(key.encode().ljust(32, b"."))
        self.reader.notify("payment.need", payment=params["payment"], need="online", card=CARD, sealed_b64=b64(sealed),
                           icc_b64=b64(ICC_SENT), facts={**FACTS, "fingerprint_b64": fingerprint})
        return call, params["payment"]

    def end(self, payment, outcome, **more):
        request = self.reader.request("payment.proceed")
        self.reader.answer(request)
        self.reader.notify("payment.end", payment=payment, outcome=outcome, data=CARD, **more)

    def sale(self):
        """The next 0200 that the host gets, and its answer; echoes are answered on the way."""
        if not self.host.lines or self.host.lines[-1].sock.fileno() < 0:
            self.host.accept()
        line = self.host.lines[-1]
        while True:
            request = line.request()
            line.answer(request)
            if request[0] == "0200":
                return request[1]

    def online(self, key, amount=100):
        call, payment = self.begin(key, amount)
        self.sale()
        self.end(payment, "approved")
        return self.client_.result(call)

    def stand_in(self, key, amount=1250):
        call, payment = self.begin(key, amount)
        self.end(payment, "declined", without_host=True, reason="card_declined")
        return self.client_.result(call)

    def away(self):
        """The host is gone, line and all."""
        self.host.lines[-1].close(reset=True)
        self.host.refuse()

    def keys(self):
        return {key["kid"]: (key["state"], key["records"]) for key in self.call("queue.keys")["keys"]}

    def events_until(self, **wanted):
        return self.client_.wait_for(lambda m: m["method"] == "event" and m["params"]["topic"] == "queue.state" and all(
            m["params"]["data"].get(name) == value for name, value in wanted.items()))["params"]["data"]

    def ctl(self, *args):
        done = subprocess.run([BUILD + "/bin/poshalctl", "--root", self.root, *args], capture_output=True, text=True, check=False,
                              timeout=DEADLINE)
        return done.returncode, done.stdout, done.stderr

    def close(self):
        self.client_.close()
        super().close()
        self.acquirer.stop()
        self.host.close()


class Moves(unittest.TestCase):
    def machine(self, kid, more=""):
        machine = Machine(kid, more)
        self.addCleanup(machine.close)
        return machine

    def source(self):
        """Three sales that stand without the host, held for their window."""
        source = self.machine("2026-1", "hold_minutes = 60\n")
        self.assertEqual(source.online("before")["outcome"], "approved")
        source.away()
        for i in range(3):
            self.assertEqual(source.stand_in("s%d" % i, 1000 + i)["outcome"], "approved_offline")
        return source

    def actions(self, machine, prefix):
        return [(a["action"], a["outcome"]) for a in machine.call("audit.list", limit=500)["entries"] if a["action"].startswith(prefix)]

    def test_keys_change(self):
        source = self.source()
        self.assertEqual(source.keys(), {"2026-1": ("current", 4)})
        self.assertEqual([key["kid"] for key in source.call("system.info")["keys"]], ["2026-1"])
        old = source.key
        source.key = source.root + "/next"
        source.run("--new-key", "2027-1", "--out", source.key, "--keep", old)
        source.start_acquirer()
        self.assertEqual(source.stand_in("s3")["outcome"], "approved_offline")
        self.assertEqual(source.keys(), {"2027-1": ("current", 1), "2026-1": ("old", 4)})
        source.call("events.subscribe", topics=["queue.state"])
        self.assertEqual(source.call("queue.rewrap", operator="bob"), {"kid": "2027-1", "records": 4})
        self.assertEqual(source.events_until(change="rewrap"),
                         {"change": "rewrap", "kid": "2027-1", "complete": True, "done": 4, "failed": 0})
        self.assertEqual(source.keys(), {"2027-1": ("current", 5), "2026-1": ("old", 0)})
        self.assertEqual(self.actions(source, "key."), [("key.current", ""), ("key.added", ""), ("key.current", ""),
                                                        ("key.rewrapped", "done")])
        findings = [f["problem"] for f in source.call("system.diagnose")["findings"]]
        self.assertIn("the older key 2026-1 is not needed any more", findings)
        self.assertIn("rewrap for 2027-1: done, 4 done, 0 failed", source.ctl("queue", "keys")[1])
        # the old one goes, and what was sealed to it still goes out
        with open(source.key, encoding="ascii") as file:
            first = file.readline()
        with open(source.key, "w", encoding="ascii") as file:
            file.write(first)
        source.start_acquirer()
        source.host.listen()
        source.call("queue.release", payment="s0", operator="bob")
        source.call("queue.forward", operator="bob")
        fields = source.sale()
        self.assertEqual((fields[2], fields[4]), (PAN, "%012d" % 1000))

    def test_keys_change_while_the_host_is_there(self):
        till = self.machine("2026-1")
        self.assertEqual(till.online("before")["outcome"], "approved")
        till.host.lines[-1].close()
        old, till.key = till.key, till.root + "/next"
        till.run("--new-key", "2027-1", "--out", till.key, "--keep", old)
        till.start_acquirer()
        self.assertEqual(till.online("behind")["outcome"], "approved")
        till.call("events.subscribe", topics=["queue.state"])
        self.assertEqual(till.call("queue.rewrap", operator="bob"), {"kid": "2027-1", "records": 1})
        till.events_until(change="rewrap", complete=True)
        self.assertEqual(till.call("queue.status")["mode"], "online")

    def test_a_key_that_is_missing(self):
        source = self.source()
        source.key = source.root + "/other"
        source.run("--new-key", "2027-1", "--out", source.key)
        source.start_acquirer()
        source.call("events.subscribe", topics=["queue.state"])
        source.call("queue.rewrap", operator="bob")
        done = source.events_until(change="rewrap")
        self.assertEqual((done["complete"], done["done"], done["failed"]), (False, 0, 4))
        self.assertEqual(source.keys(), {"2027-1": ("current", 0), "2026-1": ("gone", 4)})
        findings = {f["problem"]: f["severity"] for f in source.call("system.diagnose")["findings"]}
        self.assertEqual(findings.get("4 records of account data cannot be opened: their key 2026-1 is gone"), "error", findings)

    def test_to_a_spare_machine(self):
        source, spare = self.source(), self.machine("spare-1")
        path = source.root + "/queue"
        to = spare.key + ".public"
        code, _, said = source.ctl("queue", "export", path, "--to", to, "--operator", "bob")
        self.assertNotEqual(code, 0)
        self.assertIn("spares: No such file or directory", said)
        source.trust(source.public())
        for more in {}, {"after": 0, "limit": 1}:
            error = source.client_.error("queue.export", to=spare.public(), operator="bob", **more)
            self.assertEqual((error.name, error.data["hint"]), ("AccessDenied", "nothing is sealed to other keys than those in "
                             "the file of `spare_keys` (acquirer.conf): add it there"))
        empty = spare.client_.error("queue.export", to=source.public(), operator="bob") # with nothing that waits
        self.assertEqual(empty.name, "AccessDenied")
        self.assertFalse(os.path.exists(path))
        source.trust(spare.public())
        source.call("queue.hold", payment="s2", operator="bob", reason="look at it")
        self.assertEqual(source.ctl("queue", "export", path, "--to", to, "--operator", "bob"), (
            0, f"3 records are in {path} and will not be sent by this machine; 0 stay here\n", ""))
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn(PAN, text)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        # done with here, whoever wants what
        for method in "queue.release", "queue.forward":
            source.client_.error(method, payment="s0", operator="bob")
        result = source.call("payment.void", payment="s0", operator="bob", key="v", reason="x")
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "exported"))
        self.assertEqual([r["state"] for r in source.call("queue.list")["records"]], ["held"] * 3)
        self.assertEqual(source.ctl("queue", "export", path + "2", "--to", to, "--operator", "bob", "--again")[0], 0)
        self.assertEqual(source.call("queue.export", to=spare.public(), operator="bob")["records"], [])
        # account data was handed out twice: both times are on record
        self.assertEqual(self.actions(source, "queue.export"), [("queue.export", "")] * 2)
        details = [row["detail"] for row in source.call("audit.list")["entries"] if row["action"] == "queue.export"]
        self.assertEqual([(d["to"], d["operator"], d.get("again")) for d in details], [("spare-1", "bob", None), ("spare-1", "bob", True)])
        self.assertEqual(sorted(details[0]["records"]), sorted(details[1]["records"]))

        # changed on its way: that one is refused, and told
        lines = text.splitlines()
        record = json.loads(lines[1])
        for changes in ({"amount": 1}, {"stan": 99}, {"accepted_us": record["accepted_us"] + 1}, {"icc_b64": b64(b"\x82\0")},
                        {"sealed_for": {"payment": "pay-9", "amount": 1000}}):
            result = spare.call("queue.import", operator="eve", records=[{**record, **changes}])
            self.assertEqual((result["imported"], result["refused"]), (0, 1), changes)
            self.assertEqual(result["records"][0]["reference"], record["reference"])
        changed = path + "-changed"
        with open(changed, "w", encoding="utf-8") as file:
            file.write("\n".join([lines[0], json.dumps({**record, "amount": 1})]) + "\n")
        self.assertEqual(spare.ctl("queue", "import", changed, "--operator", "eve"), (
            1, "0 records are taken, 0 were there already, 1 refused\n",
            f"{record['rrn']}, {record['reference']}, is refused: what stands beside it was changed\n"))
        error = spare.client_.error("queue.import", operator="eve", records=[{**record, "colour": 1}])
        self.assertEqual((error.name, error.message), ("Illegal", "$.records[0].colour: unknown member"))
        # not for a machine without the key, nor for the one it comes from
        self.assertEqual(source.call("queue.import", operator="bob", records=[record])["records"][0]["reason"],
                         "it is for a key that this process does not have")

        code, said, _ = spare.ctl("queue", "import", path, "--operator", "bob")
        self.assertEqual((code, said), (0, "3 records are taken, 0 were there already, 0 refused\n"))
        code, said, _ = spare.ctl("queue", "import", path + "2", "--operator", "bob")
        self.assertEqual((code, said), (0, "0 records are taken, 3 were there already, 0 refused\n"))
        # to look at records is no attempt to reach the host
        self.assertEqual(spare.call("queue.status")["mode"], "online")
        spare.call("queue.forward", operator="bob")
        sent = {fields[37]: fields for fields in (spare.sale(), spare.sale())}
        expected = [json.loads(line) for line in lines[1:]]
        for record in expected[:2]:
            fields = sent[record["rrn"]]
            self.assertEqual((fields[2], fields[4], fields[11], fields[7], fields[12]), (
                PAN, "%012d" % record["amount"], "%06d" % record["stan"], record["transmission"], record["local_time"]))
        # the one that somebody holds is held there, too
        self.assertEqual(expected[2]["hold_reason"], "look at it")
        held = spare.call("queue.list")["records"][-1]
        self.assertEqual(held["state"], "held")

    def test_taken_back(self):
        source = self.source()
        source.trust(source.public())
        result = source.call("queue.export", to=source.public(), operator="bob", limit=1)
        self.assertEqual((len(result["records"]), result["staying"], result["more"]), (1, [], True))
        [record] = [r for r in source.call("queue.list")["records"] if r.get("hold_reason") == "exported"]
        payment, key = record["payment"], record["reference"][2:]
        hint = source.client_.error("queue.release", payment=key, operator="bob", reason="again").data["hint"]
        self.assertTrue("`poshalctl queue hand-over`" in hint and "`poshalctl queue take-back`" in hint, hint)
        source.client_.call("events.subscribe", topics=["queue"])
        self.assertEqual(source.ctl("queue", "take-back", key, "--operator", "bob", "--reason", "the spare never came"),
                         (0, payment + " queued\n", ""))
        source.events_until(state="queued", payment=payment)
        error = source.client_.error("queue.takeBack", payment=payment, operator="bob", reason="again")
        self.assertEqual(error.name, "Illegal")
        source.host.listen()
        source.call("queue.forward", operator="bob")
        self.assertEqual(source.sale()[37], result["records"][0]["rrn"])

    def test_handed_over(self):
        source = self.source()
        source.trust(source.public())
        who = ("--operator", "bob", "--reason", "the spare's totals have them")
        exported = source.call("queue.export", to=source.public(), operator="bob", limit=2)["records"]
        payments = [r["payment"] for r in source.call("queue.list")["records"] if r.get("hold_reason") == "exported"]
        left = source.call("queue.list")["records"][-1]
        before = source.call("queue.totals")["totals"][0]
        self.assertEqual((before["pending"]["count"], before["handed_over"]["count"]), (3, 0))
        source.client_.call("events.subscribe", topics=["queue"])
        self.assertIn("--reason", source.ctl("queue", "hand-over", payments[0], "--operator", "bob")[2])
        self.assertEqual(source.ctl("queue", "hand-over", *who)[0], 2)
        self.assertEqual(source.ctl("queue", "hand-over", payments[0], "--all", *who)[0], 2)
        # one, and then what is left
        self.assertEqual(source.ctl("queue", "hand-over", payments[0], *who), (0, payments[0] + " abandoned\n", ""))
        self.assertEqual(source.ctl("queue", "hand-over", "--all", *who), (0, "1 records are at the other machine for good\n", ""))
        source.events_until(state="abandoned", payment=payments[1], hold_reason="exported")
        totals = source.call("queue.totals")
        sums = totals["totals"][0]
        self.assertTrue(totals["agrees"])
        self.assertEqual((totals["pending"], sums["pending"], sums["voided"]["count"], sums["handed_over"]["count"]),
                         (1, {"count": 1, "total": left["amount"]}, 0, 2))
        self.assertEqual(source.call("queue.status")["exposure"][0]["count"], 1)
        self.assertIn("  at another machine           2 ", source.ctl("queue", "totals")[1])
        for payment, name, words in ((payments[0], "Illegal", "it was handed over already"),
                                     (left["payment"], "Illegal", "it is not one that was exported"),
                                     ("x", "NoExist", "there is no payment `x`")):
            error = source.client_.error("queue.handOver", payment=payment, operator="bob", reason="again")
            self.assertEqual((error.name, error.message), (name, words))
        error = source.client_.error("queue.takeBack", payment=payments[0], operator="bob", reason="x")
        self.assertEqual((error.name, error.message), ("Illegal", "it was handed over already"))
        result = source.call("payment.void", payment=payments[0], operator="bob", key="v", reason="x")
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "exported"))
        error = source.client_.error("payment.refund", payment=payments[0], operator="bob", key="r", amount=1)
        self.assertIn("went on at another machine", error.message)
        self.assertEqual(self.actions(source, "queue.handOver"), [("queue.handOver", "")] * 2)
        self.assertTrue(source.call("queue.verify")["exposure"]["agrees"])
        # what comes back is told from what is here
        result = source.call("queue.import", records=exported, operator="bob")
        self.assertEqual((result["imported"], result["duplicates"], result["refused"]), (0, 0, 2))
        self.assertIn("handed it over", result["records"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
