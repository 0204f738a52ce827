"""The whole chain: a chip card in a reader of pcscd, its driver emv-pcsc, poshald, poshal-acquirer, and a host whose ledger says what is true."""

import base64
import ctypes
import json
import os
import signal
import stat
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import card_till
from card_till import CardTill
from poshal_test import BUILD, DEADLINE, SOURCE

AMOUNT = 1250
ON_RECEIPTS = ("cryptogram", "cryptogram_type", "tvr", "tsi", "cvm") # of "emv", beside number, application and AID


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Chain(unittest.TestCase):
    READERS = 1
    TIMEOUT_MS = 30000 # how long the host may take
    TILL = CardTill
    CONFIG = card_till.CONFIG

    def setUp(self):
        self.till = self.TILL(readers=self.READERS, timeout_ms=self.TIMEOUT_MS, config=self.CONFIG)
        self.addCleanup(self.till.close)
        self.connect()

    def connect(self):
        self.client = self.till.connect()

    def ask(self, key="k1", amount=AMOUNT, **more):
        return self.client.send("payment.authorize", {"key": key, "amount": amount, "currency": "EUR", **more})

    def pay(self, key="k1", amount=AMOUNT, **more):
        return self.client.result(self.ask(key, amount, **more))

    def step(self, step):
        """Until the payment is there; what was told of it."""
        return self.client.wait_for(lambda m: m["method"] == "progress" and m["params"]["step"] == step)["params"]

    def standing(self):
        return self.till.standing()

    def ends(self, result, outcome, reason=None):
        self.assertEqual((result["outcome"], result.get("reason")), (outcome, reason), result)


class Sales(Chain):
    def test_approved(self):
        call = self.ask()
        self.till.step(call, "insert_card")
        pan = self.till.insert("visa-online", serial=4711)
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["kind"], result["mode"], result["amount_approved"], result["entry"],
                          result["scheme"]), ("approved", "online", "online", AMOUNT, "chip", "Visa"))
        self.assertEqual(result["masked_pan"], pan[:6] + "*" * (len(pan) - 10) + pan[-4:])
        (entry,) = self.till.ledger(all=True)["entries"]
        self.assertEqual([entry[k] for k in ("kind", "amount", "currency", "reversed", "repeats", "duplicates",
                                             "approval_code", "rrn", "card")],
                         ["sale", AMOUNT, "978", False, 0, 0, result["approval_code"], result["rrn"], pan[-4:]])
        self.assertEqual(self.till.ledger()["reversals"], [])
        self.assertEqual(self.till.emulator.call("host.state")["icc_good"], 1)
        for receipt in result["receipts"].values():
            self.assertTrue(self.client.call("printer.validate", document=receipt)["valid"])
            text = json.dumps(receipt)
            for value in ("A0000000031010", result["masked_pan"], "12.50 EUR", result["approval_code"], result["rrn"],
                          *(result["emv"][name] for name in ON_RECEIPTS)):
                self.assertIn(value, text)
            self.assertNotIn(pan, text)
        # the same key again asks nobody
        self.assertEqual(self.pay(), {**result, "duplicate": True})
        self.assertEqual(self.till.standing(), [("sale", AMOUNT)])

    def test_declined(self):
        self.till.insert("visa-online")
        self.till.host(response="51")
        result = self.pay()
        self.ends(result, "declined", "host_declined")
        self.assertEqual((result["response_code"], result["amount_approved"]), ("51", 0))
        self.till.host(response="")
        self.till.swap("declines")
        self.ends(self.pay("k2"), "declined", "card_declined")
        self.assertEqual(len(self.till.ledger(all=True)["entries"]), 1) # nobody was asked
        self.till.swap("declines-after-approval")
        result = self.pay("k3")
        self.ends(result, "declined", "card_declined")
        self.till.undone(result["payment"])
        self.assertEqual(self.till.standing(), [])
        # a card that would have approved by itself: the host is asked all the same
        self.till.swap("visa-offline-tc")
        self.ends(self.pay("k4"), "approved")
        self.assertEqual(self.till.standing(), [("sale", AMOUNT)])

    def test_cancelled(self):
        call = self.ask()
        self.till.step(call, "insert_card")
        self.client.call("payment.cancel", payment="k1")
        self.ends(self.client.result(call), "cancelled", "cancelled")
        self.till.insert("very-slow")
        call = self.ask("k2")
        self.till.step(call, "reading")
        self.client.call("payment.cancel", payment="k2")
        self.ends(self.client.result(call), "cancelled", "cancelled")
        self.assertEqual(self.till.ledger(all=True)["entries"], [])
        # too late: it counts
        self.till.swap("visa-online")
        self.till.host(fault="hold")
        call = self.ask("k3")
        self.till.emulator.call("host.wait", entries=1)
        self.assertEqual(self.client.error("payment.cancel", payment="k3").name, "Busy")
        self.till.host(fault="none")
        self.ends(self.client.result(call), "approved")
        self.assertEqual(self.till.standing(), [("sale", AMOUNT)])

    def test_pulled_while_others_think(self):
        """No command is under way then; the next customer's card is read all the same."""
        self.till.insert("visa-online")
        self.till.host(fault="hold", times=1)
        call = self.ask()
        self.till.emulator.call("host.wait", entries=1)
        self.till.remove()
        self.till.wait_card("absent")
        self.till.host(fault="none")
        result = self.client.result(call)
        self.ends(result, "cancelled", "card_removed")
        self.till.undone(result["payment"])
        self.till.swap("two-applications")
        call = self.ask("k2")
        self.till.step(call, "choose_application")
        self.till.remove()
        self.ends(self.client.result(call), "cancelled", "card_removed")
        self.till.swap("visa-online")
        self.ends(self.pay("k3"), "approved")
        self.assertEqual(self.till.standing(), [("sale", AMOUNT)])

    def test_void_and_refund(self):
        self.till.insert("mc-cda")
        sale = self.pay()
        self.ends(sale, "approved")
        back = self.client.call("payment.refund", payment="k1", key="r1", amount=500, operator="ann")
        self.assertEqual((back["outcome"], back["amount_approved"]), ("approved", 500))
        self.assertEqual(self.till.standing(), [("sale", AMOUNT), ("refund", 500)])
        # what was given back stands in the way of undoing all of it
        for key, amount, left in (("r1", 500, [("sale", AMOUNT)]), ("k1", AMOUNT, [])):
            void = self.client.call("payment.void", payment=key, key="v-" + key, operator="ann", reason="wrong")
            self.assertEqual((void["outcome"], void["amount_approved"]), ("approved", amount))
            self.till.undone({"r1": back, "k1": sale}[key]["payment"])
            self.assertEqual(self.till.standing(), left)
        self.assertTrue(self.client.call("payment.get", payment="k1")["payment"]["voided"])


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Pulled(unittest.TestCase):
    """The card leaves at its first command, at its second, ... until the sale goes through. Each takes two looks of pcscd, so
    several tills with two readers share the work."""

    TILLS = 3

    cents = 0 # 30: the host sends a script with its approval

    def amount(self, at):
        """What is paid tells afterwards where the card was pulled."""
        return 1000 + 100 * at + self.cents

    def sale(self, till, reader, profile, at):
        """Returns the call."""
        till.insert(profile, reader, pull_at=at)
        return till.ask("at-%d" % at, self.amount(at), device=till.reader_name(reader))

    def commands(self, profile):
        """How many a sale has."""
        with CardTill() as till:
            till.connect()
            result = till.pay_client.result(self.sale(till, 0, profile, 0))
            self.assertEqual((result["outcome"], till.standing()), ("approved", [("sale", self.amount(0))]))
            return till.emulator.call("card.state")["commands"]

    def sales(self, profile, places):
        """Sales of which the card is pulled at these; returns how each ended, once the host has heard all."""
        told = {}
        with CardTill(readers=2) as till:
            till.connect()
            for i in range(0, len(places), 2):
                calls = [(at, self.sale(till, reader, profile, at)) for reader, at in enumerate(places[i:i + 2])]
                for at, call in calls:
                    told[at] = till.pay_client.result(call)
                for reader in range(len(calls)):
                    till.wait_card("absent", reader)
            booked = {e["amount"] for e in till.ledger()["entries"]}
            for at, result in told.items():
                self.judge(till, at, result, self.amount(at) in booked)
            self.assertEqual(sorted(till.standing()), sorted(("sale", self.amount(at)) for at, result in told.items()
                                                             if result["outcome"] == "approved"))
        return told

    def judge(self, till, at, result, booked):
        if result["outcome"] == "approved":
            self.assertTrue(booked, at)
            return
        self.assertEqual((result["outcome"], result["reason"], result["amount_approved"]), ("cancelled", "card_removed", 0), at)
        if booked:
            till.undone(result["payment"])

    def sweep(self, profile, last=0):
        """How it ended, by the place: all of them, or the last ones."""
        commands = self.commands(profile)
        places = range(max(1, commands - last + 1) if last else 1, commands + 1)
        with ThreadPoolExecutor(self.TILLS) as pool:
            parts = pool.map(self.sales, [profile] * self.TILLS, [places[i::self.TILLS] for i in range(self.TILLS)])
            told = {at: result for part in parts for at, result in part.items()}
        self.assertEqual(sorted(told), list(places))
        return [told[at] for at in places]

    def every_place(self, profile):
        asked = [result["outcome"] == "approved" or result["message"].endswith("the host has approved is being undone")
                 for result in self.sweep(profile)]
        # up to some command the host was not asked, and from then on it was
        self.assertEqual(asked, sorted(asked))
        self.assertTrue(not asked[0] and asked[-1])

    def test_t0(self):
        self.every_place("visa-online")

    def test_t1(self):
        self.every_place("mc-cda")

    def test_behind_the_last_cryptogram(self):
        """There it counts already: a script of the issuer is not carried out, and the sale stands."""
        self.cents = 30
        outcomes = [result["outcome"] for result in self.sweep("visa-scripts", last=3)]
        self.assertEqual(outcomes, ["cancelled", "cancelled", "approved"])


def sign(content):
    """As the parameters of these tests are: Ed25519, whose secret is the end of the file."""
    with open(SOURCE + "/tests/protocols/emv/parameters_test_key.pem", encoding="ascii") as file:
        seed = base64.b64decode("".join(file.read().splitlines()[1:-1]))[-32:]
    sodium = ctypes.CDLL("libsodium.so.23")
    public, secret, signature = (ctypes.create_string_buffer(n) for n in (32, 64, 64))
    sodium.crypto_sign_seed_keypair(public, secret, seed)
    sodium.crypto_sign_detached(signature, None, content, ctypes.c_ulonglong(len(content)), secret)
    return signature.raw


class ListingTill(CardTill):
    """Its reader knows the merchant's list of denied cards, once there is one."""

    def device(self, number):
        return super().device(number) + f"deny_list = {self.root}/etc/denied\n"

    def tool(self, *args, pan=""):
        """A line for the list, from the program of the reader."""
        done = subprocess.run([BUILD + "/bin/poshal-device-emv", *args, self.root + "/var/fingerprint.key"], input=pan, text=True,
                              capture_output=True, timeout=DEADLINE, check=True)
        return done.stdout

    def deny(self, *pans):
        path = self.root + "/etc/denied"
        with open(path, "w", encoding="ascii") as file:
            file.write("poshal deny list 1\n" + self.tool("--fingerprint-key"))
            file.writelines(self.tool("--fingerprint", pan=pan) for pan in pans)
        with open(path, "rb") as file:
            signature = sign(file.read())
        with open(path + ".sig", "w", encoding="ascii") as file:
            file.write(base64.b64encode(signature).decode())


class Listed(Chain):
    TILL = ListingTill

    def wait_reasons(self, *reasons):
        while self.client.call("device.get", device="card-reader")["device"]["reasons"] != list(reasons):
            self.client.event("device.status", device="card-reader")

    def test_a_list_that_comes(self):
        """It is read without a restart; until then payments with the host go on."""
        self.wait_reasons("no_deny_list")
        key = self.till.root + "/var/fingerprint.key" # where poshald says that state belongs
        self.assertEqual((os.stat(key).st_size, stat.S_IMODE(os.stat(key).st_mode)), (32, 0o600))
        pan = self.till.insert("visa-online", serial=4711)
        result = self.pay()
        self.ends(result, "approved")
        self.assertEqual(result["emv"]["tvr"][0], "0")
        self.till.deny("4761739001010119", pan)
        result = self.pay("k2")
        self.ends(result, "approved") # the host has seen it, and decides
        self.assertEqual(result["emv"]["tvr"][:2], "10")
        self.wait_reasons()


class WithoutHost(Chain):
    """What becomes of a sale hangs on the card: who approves it, and what is known of it."""

    READERS = 2
    CONFIG = card_till.CONFIG + """
[offline]
enabled = yes
i_understand_pci_scope = yes
random_online = 0
"""

    def at_once(self, *sales):
        """Two sales at two readers: cards as for card.insert with the key; the results."""
        for reader in range(2):
            self.till.remove(reader)
        for reader in range(2):
            self.till.wait_card("absent", reader)
        for reader, (key, card) in enumerate(sales):
            self.till.insert(**card, reader=reader)
        calls = [self.ask(key, device=self.till.reader_name(reader), offline="allow") for reader, (key, _) in enumerate(sales)]
        return [self.client.result(call) for call in calls]

    def stands(self, result, kind, reason):
        self.ends(result, "approved_offline", reason)
        self.assertEqual((result["kind"], result["amount_approved"]), (kind, AMOUNT))

    def refused(self, result, limit):
        self.ends(result, "declined", "offline_limit")
        self.assertEqual(result["limit"], limit)

    def test_by_the_card(self):
        self.till.insert("visa-online", serial=9)
        self.ends(self.pay("k0"), "approved") # a host that has never answered is not waited for
        self.till.host(fault="refuse")
        deferred = {"profile": "unable-declines", "serial": 1}
        one, two = self.at_once(("k1", deferred), ("k2", {"profile": "visa-offline-tc", "serial": 2}))
        commands = self.till.emulator.call("card.state", device="card-reader")["commands"]
        self.stands(one, "sale_deferred", "host_away")
        self.stands(two, "emv_offline_tc", "card_approved")
        # the same card again, known by its fingerprint at another reader
        one, two = self.at_once(("k3", {"profile": "mc-cda-away", "serial": 3}), ("k4", deferred))
        self.stands(one, "emv_offline_tc", "host_away")
        self.refused(two, "card_count")
        # pulled at its second cryptogram: it has not declined for want of the host
        pulled, tomorrow = self.at_once(
            ("k5", {"profile": "unable-declines", "serial": 5, "pull_at": commands - 1}),
            ("k6", {"profile": "unable-declines", "serial": 6, "expiry": (date.today() + timedelta(1)).strftime("%y%m%d")}))
        self.ends(pulled, "cancelled", "card_removed")
        self.refused(tomorrow, "expiry")
        exposure = tomorrow["exposure"]
        self.assertEqual((exposure["count"], exposure["total"], exposure["advices"]),
                         (1, AMOUNT, {"count": 2, "total": 2 * AMOUNT}))
        # the issuer believes what he gets: the ARQC of what is deferred, the TC of what the card has approved
        self.till.host(fault="none")
        self.client.call("queue.forward", operator="ann")
        self.till.emulator.call("host.wait", entries=4)
        self.assertEqual(sorted(e["mti"] for e in self.till.ledger(all=True)["entries"]), ["0200", "0200", "0220", "0220"])
        state = self.till.emulator.call("host.state")
        self.assertEqual((state["icc_good"], state["icc_wrong"]), (4, 0))


class Unanswered(Chain):
    TIMEOUT_MS = 1500

    def test_no_answer(self):
        self.till.insert("visa-online")
        for fault, sent in (("silent", False), ("drop_after", True), ("hold", True)):
            with self.subTest(fault):
                self.till.emulator.call("host.reset")
                self.till.host(fault=fault, on="0200", times=1)
                result = self.pay(fault)
                self.ends(result, "declined", "host_no_answer")
                self.till.host(fault="none") # what was held comes late
                self.till.undone(result["payment"])
                ledger = self.till.ledger()
                self.assertEqual([(e["amount"], e["reversed"]) for e in ledger["entries"]], [(AMOUNT, True)] if sent else [])
                self.assertEqual([r["found"] for r in ledger["reversals"]], [sent])


class HostFaults(Chain):
    """Each ends at once."""

    def test_reversal_is_repeated(self):
        self.till.insert("visa-online")
        self.till.host(fault="half", on="0200", times=1)
        self.till.host(fault="half", on="0420", times=1)
        result = self.pay()
        self.ends(result, "declined", "host_no_answer")
        self.till.undone(result["payment"])
        (reversal,) = self.till.ledger()["reversals"]
        self.assertEqual((reversal["repeats"], reversal["duplicates"], self.till.standing()), (1, 0, []))

    def test_not_there(self):
        self.till.insert("visa-online")
        self.till.host(fault="refuse")
        self.ends(self.pay(), "declined", "host_away")
        self.till.host(fault="none")
        self.ends(self.pay("k2"), "approved")
        ledger = self.till.ledger(all=True)
        self.assertEqual((len(ledger["entries"]), ledger["reversals"]), (1, []))


class Killed(Chain):
    """kill -9 in the middle of a sale, while the host has booked it and thinks about its answer."""

    def stalled(self, key):
        """A sale the host has booked, and whose answer it holds."""
        self.till.emulator.call("host.reset")
        self.till.host(fault="hold", on="0200", times=1)
        call = self.ask(key)
        self.till.emulator.call("host.wait", entries=1)
        return call

    def judge(self, key, outcome, reason=None):
        """What the journal says, and then what the host has."""
        payment = self.client.call("payment.get", payment=key)["payment"]
        self.assertEqual((payment["state"], payment.get("reason")), (outcome, reason), payment)
        self.till.emulator.call("host.wait", reversals=1)
        self.assertEqual([(e["amount"], e["reversed"]) for e in self.till.ledger()["entries"]], [(AMOUNT, True)])

    def test_poshald(self):
        self.till.insert("visa-online")
        self.stalled("k1")
        self.till.daemon.kill()
        self.till.start_daemon()
        self.connect()
        self.ends(self.pay(), "cancelled", "service_restarted")
        self.judge("k1", "cancelled", "service_restarted")
        self.ends(self.pay("k2"), "approved")
        self.assertEqual(self.till.standing(), [("sale", AMOUNT)])

    def test_driver(self):
        self.till.insert("visa-online")
        call = self.stalled("k1")
        self.client.call("events.subscribe", topics=["device.state"])
        os.kill(self.till.device_pids()["card-reader"], signal.SIGKILL)
        self.client.event("device.state", device="card-reader")
        self.till.host(fault="none")
        self.ends(self.client.result(call), "cancelled", "device_lost")
        self.judge("k1", "cancelled", "device_lost")

    def test_driver_while_it_reads(self):
        self.till.insert("very-slow")
        call = self.ask()
        self.step("reading")
        os.kill(self.till.device_pids()["card-reader"], signal.SIGKILL)
        self.ends(self.client.result(call), "cancelled", "device_lost")
        self.assertEqual(self.till.ledger(all=True)["entries"], [])
        self.till.wait_ready(self.client, "card-reader")
        self.till.swap("visa-online")
        self.ends(self.pay("k2"), "approved")

    def test_acquirer(self):
        self.till.insert("visa-online")
        call = self.stalled("k1")
        self.till.acquirer.kill()
        self.till.start_acquirer()
        self.ends(self.client.result(call), "declined", "host_no_answer")
        self.judge("k1", "declined", "host_no_answer")
        self.ends(self.pay("k2"), "approved")


if __name__ == "__main__":
    unittest.main()
