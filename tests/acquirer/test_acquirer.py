"""poshal-acquirer against a host of this test: each line of docs/acquirer-protocol.md, and where account numbers are not."""
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from host import Host, pack
from poshal_test import BUILD, DEADLINE, SOURCE, Process, Rpc, RpcError, memory_holds, wait_until
from sealing import seal

PROGRAM = os.path.join(BUILD, "bin", "poshal-acquirer")
PAN = "5413330089020011"
TRACK2 = PAN + "D30122010000000000"
CONFIG = """[acquirer]
host = 127.0.0.1
port = {port}
dialect = {dialect}
tid = TID12345
mid = 098765432100000
acquirer_id = 123456
{more}"""
ICC = ("82023900 8407A0000000041010 950500000000009A03260901 9C0100 5F2A020978 5F340101 9F0206000000001234 9F0306000000000000"
       "9F1A020528 9F10120110A00003220000000000000000000000FF 9F2608AABBCCDDEEFF0011 9F270180 9F3303E0F0C8 9F3403410302"
       "9F350122 9F3602002A 9F370401020304")
ICC_SENT = bytes.fromhex(ICC)
# with what must stay here
ICC_GIVEN = ICC_SENT + bytes.fromhex("5A08" + PAN + "5711" + TRACK2 + "5F20024142")


def b64(data):
    return base64.b64encode(data).decode()


class Client(Rpc):
    def __init__(self, path):
        self.raw = b""
        super().__init__(path, hello=False)
        self.hello = self.wait_for(lambda m: m["method"] == "acquirer.hello")["params"]

    def read_message(self, deadline):
        message = super().read_message(deadline)
        self.raw += json.dumps(message).encode()
        return message

    def told(self, method):
        return self.wait_for(lambda m: m["method"] == method)["params"]


class Acquirer(unittest.TestCase):
    dialect = "iso87-ascii"
    more = ""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.root = tempfile.mkdtemp(prefix="poshal-")
        self.stack.callback(shutil.rmtree, self.root, ignore_errors=True)
        for name in ("etc", "run", "keys"):
            os.mkdir(f"{self.root}/{name}")
        self.host = self.make_host()
        self.stack.callback(self.host.close)
        self.make_key("2026-1", "key")
        self.configure(self.dialect, self.more)
        self.start()

    @staticmethod
    def make_host():
        return Host()

    def make_key(self, kid, name):
        subprocess.run([PROGRAM, "--new-key", kid, "--out", f"{self.root}/keys/{name}", "--public",
                        f"{self.root}/keys/{name}.public"], check=True)
        with open(f"{self.root}/keys/{name}.public", encoding="ascii") as file:
            public = json.load(file)
        self.kid, self.public = kid, base64.b64decode(public["public_b64"])

    def configure(self, dialect, more=""):
        with open(self.root + "/etc/acquirer.conf", "w", encoding="ascii") as file:
            file.write(CONFIG.format(port=self.host.port, dialect=dialect, more=more))

    def change_dialect(self, **link):
        with open(f"{SOURCE}/data/dialects/{self.dialect}.json", encoding="ascii") as file:
            dialect = json.load(file)
        for name, value in link.items():
            target = dialect
            *path, last = name.split("__")
            for step in path:
                target = target[step]
            target[last] = value
        with open(self.root + "/etc/own.json", "w", encoding="ascii") as file:
            json.dump(dialect, file)
        self.configure(self.root + "/etc/own.json", self.more)
        self.restart()

    def start(self):
        self.path = self.root + "/run/acquirer.sock"
        self.process = Process([PROGRAM, "--root", self.root, "--key", self.root + "/keys/key"], self.root + "/log",
                               serves=self.path)
        self.stack.callback(self.process.stop)
        self.client = self.connect()

    def restart(self):
        self.client.close()
        self.process.stop()
        self.start()

    def connect(self):
        client = Client(self.path)
        self.stack.callback(client.close)
        return client

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def record(self, stan=41, **changes):
        record = {"payment": "pay-%d" % stan, "type": "sale", "amount": 1234,
                  "currency": {"code": "EUR", "number": 978, "exponent": 2}, "stan": "%06d" % stan,
                  "rrn": "624412%06d" % stan, "transmission": "0901122950", "local_time": "122950", "local_date": "0901",
                  "entry": "chip", "pin_capable": True, "sequence": 1, "icc_b64": b64(ICC_GIVEN)}
        record.update(changes)
        record.setdefault("sealed_b64", b64(self.seal(record)))
        return {name: value for name, value in record.items() if value is not None}

    def seal(self, record, **changes):
        options = {"kid": self.kid, "public": self.public, "payment": record["payment"], "amount": record["amount"],
                   "currency": record["currency"]["code"], "pan": PAN, **changes}
        return seal(**options)

    def reversal(self, stan=43, original=41, **changes):
        return self.record(stan, payment="pay-%d" % original, original={"mti": "0200", "stan": "%06d" % original,
                           "transmission": "0901122950"}, reason="timeout", transmission="0901123000", **changes)

    def failed(self, id):
        with self.assertRaises(RpcError) as caught:
            self.client.result(id)
        return caught.exception

    def sold(self, code="00", **changes):
        """A sale with this answer: the result, and what the host got."""
        id = self.client.send("host.authorize", self.record())
        line = self.host.lines[-1] if self.host.lines else self.host.accept()
        request = line.request()
        line.answer(request, code, **changes)
        return self.client.result(id), request


class Requests(Acquirer):
    def test_hello(self):
        hello = self.client.hello
        self.assertRegex(hello["server"], r"^poshal-acquirer/\d")
        self.assertEqual(hello["keys"], [{"kid": "2026-1", "public_b64": b64(self.public), "current": True}])
        self.assertEqual(hello["tid"], "TID12345")
        self.assertEqual((hello["link"], hello["dialect"], hello["protocol"]),
                         ("iso8583", "iso87-ascii", {"major": 1, "minor": 0}))
        self.assertEqual(hello["capabilities"], {"reversal": "0420", "request_repeat": False, "partial_approval": True, "advice": True,
                                                 "reconcile": True})

    def test_sale(self):
        result, (mti, fields) = self.sold(d55=bytes.fromhex("910A00112233445566778899" "5A08" + PAN + "8A023030"),
                                          d63=b"CALL " + PAN.encode(), d15="0902")
        self.assertGreaterEqual(result.pop("ms"), 0)
        self.assertEqual(result, {
            "decision": "approved", "response_code": "00", "amount_approved": 1234, "approval_code": "A1B2C3",
            "rrn": "624412000041", "settlement_date": "0902", "host_text": "CALL " + 16 * "*",
            "issuer_b64": b64(bytes.fromhex("910A001122334455667788998A023030"))})
        self.assertEqual(mti, "0200")
        self.assertEqual(fields, {
            2: PAN, 3: "000000", 4: "000000001234", 7: "0901122950", 11: "000041", 12: "122950", 13: "0901", 14: "3012",
            22: "051", 23: "001", 25: "00", 32: "123456", 37: "624412000041", 41: "TID12345", 42: "098765432100000", 49: "978",
            55: ICC_SENT})

    def test_decisions(self):
        for code, decision in (("05", "declined"), ("51", "declined"), ("01", "referred"), ("91", "soft"), ("30", "format"),
                               ("94", "duplicate"), ("25", "not_found"), ("7Q", "declined")):
            result, _ = self.sold(code)
            self.assertEqual((result["decision"], result["response_code"]), (decision, code))
            self.assertNotIn("amount_approved", result)

    def test_partial(self):
        result, _ = self.sold("10", d4="000000001000")
        self.assertEqual((result["decision"], result["amount_approved"]), ("partial", 1000))
        result, _ = self.sold("00", d4="000000001000")  # whichever code says so
        self.assertEqual((result["decision"], result["amount_approved"]), ("partial", 1000))

    def test_partial_without_an_amount(self):
        for changes in {"drop": (4,)}, {"d4": "000000001235"}, {"d4": "000000001234"}, {"d4": "000000000000"}:
            result, _ = self.sold("10", **changes)
            self.assertEqual((result["decision"], result["response_code"]), ("partial", "10"))
            self.assertNotIn("amount_approved", result)

    def test_account_number_in_groups(self):
        for text, said in (("CARD 5413 3300 8902 0011 OVER LIMIT", "CARD 5413 33** **** 0011 OVER LIMIT"),
                           ("5413-3300-8902-0011", "5413-33**-****-0011"), ("CALL 0800 123 456", "CALL 0800 123 456")):
            result, _ = self.sold("05", d63=text)
            self.assertEqual(result["host_text"], said)

    def test_answers_that_say_nothing(self):
        """More than was asked for, a host that does not know: it has to be reversed."""
        for code, changes in (("00", {"d4": "000000001235"}), ("68", {}), ("09", {})):
            with self.subTest(code):
                with self.assertRaises(RpcError) as caught:
                    self.sold(code, **changes)
                self.assertEqual((caught.exception.name, caught.exception.data["sent"]), ("Timeout", "maybe"))

    def test_other_messages(self):
        def ask(method, record):
            id = self.client.send(method, record)
            line = self.host.lines[-1] if self.host.lines else self.host.accept()
            request = line.request()
            line.answer(request)
            return self.client.result(id)["decision"], request

        decision, (mti, fields) = ask("host.refund", self.record(50, type="refund", icc_b64=None, entry="manual",
                                                                 pin_capable=False))
        self.assertEqual((decision, mti, fields[3], fields[22]), ("approved", "0200", "200000", "012"))
        self.assertNotIn(23, fields)
        decision, (mti, fields) = ask("host.authorize", self.record(51, type="preauth"))
        self.assertEqual((mti, fields[25]), ("0100", "06"))
        decision, (mti, fields) = ask("host.authorize", self.record(52, cashback=200))
        self.assertEqual((fields[3], fields[54]), ("090000", "0040978D000000000200"))
        first = self.record(51, type="preauth")
        done = self.record(53, type="complete", amount=1000, sealed_b64=first["sealed_b64"],
                           sealed_for={"payment": "pay-51", "amount": 1234},
                           original={"mti": "0100", "stan": "000051", "transmission": "0901122950", "approval_code": "A1B2C3"})
        decision, (mti, fields) = ask("host.complete", done)
        self.assertEqual((mti, fields[4], fields[38], fields[90]),
                         ("0220", "000000001000", "A1B2C3", "0100" "000051" "0901122950" "00000123456" "00000000000"))
        decision, (mti, again) = ask("host.complete", {**done, "repeat": True})
        self.assertEqual((mti, again), ("0221", fields))

    def advice(self, **changes):
        return self.record(42, **{"approved_by": "chip", "arc": "Y1", "payment": "pay-42", **changes})

    def test_request_repeat(self):
        """The same fields as 0201, where the dialect says that the host takes it."""
        self.change_dialect(link__request_repeat=True)
        self.assertTrue(self.client.hello["capabilities"]["request_repeat"])
        got = []
        for repeat in ({}, {"repeat": True}):
            id = self.client.send("host.authorize", self.record(tid="TID12345", deferred=True, **repeat))
            line = self.host.lines[-1] if self.host.lines else self.host.accept()
            got.append(line.request())
            line.answer(got[-1])
            self.assertEqual(self.client.result(id)["decision"], "approved")
        self.assertEqual([mti for mti, _ in got], ["0200", "0201"])
        self.assertEqual(got[0][1], got[1][1])

    def test_reversal_of_another_terminal(self):
        """Under another id the host would not find what it undoes, say 25, and the sale would go out again."""
        error = self.failed(self.client.send("host.reverse", self.reversal(tid="TID00002", repeat=True)))
        self.assertEqual((error.name, error.data["sent"]), ("Illegal", "no"))
        self.assertEqual(self.host.lines, [])

    def test_advice_of_the_chip_and_its_repeat(self):
        icc = ICC_SENT + bytes.fromhex("8A025931")
        id = self.client.send("host.advise", self.advice(icc_b64=b64(icc)))
        line = self.host.accept()
        mti, fields = first = line.request()
        self.assertEqual((mti, fields[3], fields[25], fields[39], fields[55]), ("0220", "000000", "00", "Y1", icc))
        self.assertFalse({38, 90} & set(fields))
        line.close(reset=True)
        self.assertEqual(self.failed(id).data["sent"], "maybe")
        id = self.client.send("host.advise", self.advice(icc_b64=b64(icc), repeat=True))
        line = self.host.accept()
        again = line.request()
        self.assertEqual(again, ("0221", first[1]))
        line.answer(again, "94")
        self.assertEqual(self.client.result(id)["decision"], "duplicate")

    def test_advice_by_telephone_and_late_requests(self):
        """What marks them is of the dialect, and stands in the message whatever its rule says."""
        self.change_dialect(marks={"voice": {"25": "99", "60": "VOICE"}, "deferred": {"60": "DEF1"}})
        id = self.client.send("host.advise", self.advice(approved_by="voice", arc=None, approval_code="OFF001", entry="manual",
                                                         icc_b64=None, type="refund"))
        line = self.host.accept()
        mti, fields = request = line.request()
        self.assertEqual((mti, fields[3], fields[25], fields[38], fields[60]), ("0220", "200000", "99", "OFF001", "VOICE"))
        self.assertNotIn(39, fields)
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        id = self.client.send("host.authorize", self.record(43, deferred=True))
        request = line.request()
        self.assertEqual((request[0], request[1][25], request[1][60]), ("0200", "00", "DEF1"))
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def totals(self, **changes):
        return {"tid": "TID12345", "stan": "000050", "transmission": "0901235900", "currency": {"code": "EUR", "number": 978},
                "totals": {"credits": {"count": 0, "amount": 0}, "credit_reversals": {"count": 0, "amount": 0},
                           "debits": {"count": 12, "amount": 45678}, "debit_reversals": {"count": 1, "amount": 1234}}, **changes}

    def test_totals(self):
        id = self.client.send("host.reconcile", self.totals())
        line = self.host.accept()
        self.assertEqual(line.raw, b"")
        request = line.request()
        # with field 32, because this till has one
        self.assertEqual(line.raw[2:].decode(), "0500" "8220000100C04000" "0078078080000000" "0901235900" "000050" "06123456"
                         "TID12345" "098765432100000" "978" + "%010d" * 4 % (0, 0, 12, 1) + "%016d" * 4 % (0, 0, 45678, 1234) +
                         "C%016d" % 44444)
        line.answer(request, "00", d66="1", d15="0902")
        result = self.client.result(id)
        result.pop("ms")
        self.assertEqual(result, {"balance": "in_balance", "response_code": "00", "settlement_date": "0902"})
        own = {n: "%010d" % n for n in range(74, 78)} | {n: "%016d" % n for n in range(86, 90)}
        for code, settled, balance in (("95", "2", "out_of_balance"), ("00", "2", "out_of_balance"), ("95", "1", "error"),
                                       ("00", "3", "error"), ("95", None, "out_of_balance"), ("00", None, "in_balance"),
                                       ("96", None, "error")):
            id = self.client.send("host.reconcile", self.totals())
            request = line.request()
            line.answer(request, code, **{f"d{n}": value for n, value in own.items()}, **({"d66": settled} if settled else {}))
            result = self.client.result(id)
            self.assertEqual((result["balance"], result["response_code"]), (balance, code))
            self.assertEqual(result["host_totals"], {
                name: {"count": 74 + i, "amount": 86 + i}
                for i, name in enumerate(("credits", "credit_reversals", "debits", "debit_reversals"))})

    def test_totals_that_get_no_answer(self):
        id = self.client.send("host.reconcile", self.totals())
        line = self.host.accept()
        request = line.request()
        line.answer(request, mti="0210")  # of another class
        self.assertNotIn("payment", self.client.told("host.late"))
        line.answer(request, d11="000051")
        self.assertNotIn("payment", self.client.told("host.late"))
        line.answer(request, drop=(39,))
        error = self.failed(id)
        self.assertEqual((error.name, error.data["sent"]), ("Timeout", "maybe"))
        # the sign of more credits than debits, and the repeat
        sums = self.totals()["totals"]
        sums["credits"] = {"count": 1, "amount": 50000}
        id = self.client.send("host.reconcile", self.totals(totals=sums, repeat=True))
        again = line.request()
        self.assertEqual((again[0], again[1][97]), ("0501", "D%016d" % 5556))
        line.answer(again, "00", d66="1")
        self.assertEqual(self.client.result(id)["balance"], "in_balance")
        for changes, message in (({"totals": None}, "$.totals: is missing, or no object"),
                                 ({"totals": {**sums, "debits": {"count": 1}}},
                                  "$.totals.debits.amount: is missing, or no number within its bounds"),
                                 ({"batch": 1}, "$.batch: unknown member"), ({"stan": "000000"}, "$.stan: begins at 000001"),
                                 ({"tid": 5}, "$.tid: has one to eight characters"),
                                 ({"tid": "OTHER001"}, "$.tid: it is of terminal OTHER001, and tid of acquirer.conf is TID12345: "
                                                       "it goes out only while that is OTHER001")):
            error = self.client.error("host.reconcile", **self.totals(**changes))
            self.assertEqual((error.name, error.message, error.data["sent"]), ("Illegal", message, "no"))

    def test_dialects_without_advices_and_totals(self):
        with open(f"{SOURCE}/data/dialects/{self.dialect}.json", encoding="ascii") as file:
            dialect = json.load(file)
        for name in ("advice", "reconcile", "marks"):
            dialect.pop(name)
        with open(self.root + "/etc/own.json", "w", encoding="ascii") as file:
            json.dump(dialect, file)
        self.configure(self.root + "/etc/own.json")
        self.restart()
        for method, params in (("host.advise", self.advice()), ("host.reconcile", self.totals())):
            error = self.client.error(method, **params)
            self.assertEqual((error.name, error.message, error.data["sent"]),
                             ("Illegal", "this dialect has no such message", "no"))
        self.assertFalse(self.client.hello["capabilities"]["advice"] or self.client.hello["capabilities"]["reconcile"])

    def test_reversal_and_its_repeat(self):
        id = self.client.send("host.reverse", self.reversal())
        line = self.host.accept()
        mti, fields = first = line.request()
        self.assertEqual((mti, fields[11], fields[39], fields[90]),
                         ("0420", "000043", "68", "0200" "000041" "0901122950" "00000123456" "00000000000"))
        self.assertEqual(fields[55].hex().upper()[:4], "8202")
        line.close(reset=True)
        self.assertEqual(self.failed(id).data["sent"], "maybe")
        id = self.client.send("host.reverse", self.reversal(repeat=True))
        line = self.host.accept()
        again = line.request()
        self.assertEqual(again, ("0421", first[1]))
        line.answer(again)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        for reason, code in (("cancelled", "17"), ("malfunction", "22")):
            id = self.client.send("host.reverse", {**self.reversal(), "reason": reason})
            request = line.request()
            self.assertEqual(request[1][39], code)
            line.answer(request, "25")
            self.assertEqual(self.client.result(id)["decision"], "not_found")

    def test_track_two_only_where_the_dialect_says(self):
        record = self.record(entry="stripe", icc_b64=None)
        record["once_b64"] = b64(self.seal(record, use=2, track2=TRACK2))
        id = self.client.send("host.authorize", record)
        line = self.host.accept()
        request = line.request()
        self.assertNotIn(35, request[1])
        line.answer(request)
        self.client.result(id)
        self.change_dialect(messages__0200__may=[18, 19, 24, 32, 33, 35, 43, 54])
        id = self.client.send("host.authorize", record)
        line = self.host.accept()
        request = line.request()
        self.assertEqual(request[1][35], TRACK2)
        line.answer(request)
        self.client.result(id)

    def test_records_that_are_no_message(self):
        cases = (
            ({"stan": "41"}, "$.stan: is missing, or of another length"),
            ({"stan": "000000"}, "$.stan: begins at 000001"),
            ({"amount": -1}, "$.amount: is missing, or no number within its bounds"),
            ({"amount": 10 ** 12, "sealed_b64": "AAAA"}, "$.amount: is missing, or no number within its bounds"),
            ({"amount": 12.5, "sealed_b64": "AAAA"}, "$.amount: is missing, or no number within its bounds"),
            ({"type": "refund"}, "$.type: is not of this method"),
            ({"entry": "air"}, "$.entry: is missing, or none of the words it can be"),
            ({"icc_b64": None}, "$.icc_b64: is missing, and the card was read by its chip"),
            ({"icc_b64": b64(ICC_SENT[:-1])}, "$.icc_b64: is no TLV, or too long"),
            ({"icc_b64": b64(ICC_SENT[:-7])}, "$.icc_b64: tag 9F37 is missing"),
            ({"icc_b64": "!"}, "$.icc_b64: is no base64, or too long"),
            ({"sealed_b64": b64(bytes(900))}, "$.sealed_b64: is no base64, or too long"),
            ({"timeout_ms": 0}, "$.timeout_ms: is from 1 to 120000"),
            ({"colour": 1}, "$.colour: unknown member"),
            ({"original": {}}, "$.original: is of reversals and completions"),
            ({"repeat": True}, "$.repeat: is of reversals and advices"),
            ({"tid": "OTHER001"}, "$.tid: it is of terminal OTHER001, and tid of acquirer.conf is TID12345: it goes out only while that is OTHER001"),
            ({"tid": ""}, "$.tid: has one to eight characters"), ({"tid": 5}, "$.tid: has one to eight characters"),
            ({"arc": "Y1"}, "$.arc: is of advices"),
            ({"rrn": "62441200004\n"}, "$.rrn: is not printable"),
            ({"currency": {"code": "EUR"}}, "$.currency.number: is missing, or no number within its bounds"),
        )
        for changes, message in cases:
            with self.subTest(message):
                record = {**self.record(), **changes}
                error = self.client.error("host.authorize", **{k: v for k, v in record.items() if v is not None})
                self.assertEqual((error.name, error.message, error.data["sent"]), ("Illegal", message, "no"))
        for changes, message in (({"approved_by": None}, "$.approved_by: is missing, or none of the words it can be"),
                                 ({"approved_by": "voice"}, "$.approval_code: has one to six characters"),
                                 ({"entry": "manual", "icc_b64": None}, "$.icc_b64: is missing, and the chip has approved"),
                                 ({"arc": "Y"}, "$.arc: is missing, or of another length"),
                                 ({"deferred": True}, "$.deferred: is of requests"),
                                 ({"type": "preauth"}, "$.type: is not of this method")):
            error = self.client.error("host.advise", **self.advice(**changes))
            self.assertEqual((error.name, error.message, error.data["sent"]), ("Illegal", message, "no"))
        error = self.client.error("host.reverse", **self.record())
        self.assertEqual(error.message, "$.original: is missing, or no object")
        self.assertEqual(self.host.lines, [])

    def test_sealed_for_something_else(self):
        other = self.root + "/keys/other"
        subprocess.run([PROGRAM, "--new-key", "2026-1", "--out", other, "--public", other + ".public"], check=True)
        with open(other + ".public", encoding="ascii") as file:
            stranger = base64.b64decode(json.load(file)["public_b64"])
        record = self.record()
        whole = self.seal(record)
        for name, sealed in (("kid", self.seal(record, kid="1999-9")), ("key", self.seal(record, public=stranger)),
                             ("payment", self.seal(record, payment="pay-42")), ("amount", self.seal(record, amount=1235)),
                             ("currency", self.seal(record, currency="USD")), ("use", self.seal(record, use=2)),
                             ("cut", whole[:-1]), ("changed", whole[:-1] + bytes([whole[-1] ^ 1])), ("none", b"abc")):
            with self.subTest(name):
                error = self.client.error("host.authorize", **{**record, "sealed_b64": b64(sealed)})
                self.assertEqual((error.name, error.data["sent"]), ("Extended.Unsealed", "no"))

    def test_not_a_request(self):
        for line, name in ((b"nonsense", "ParseError"), (b'{"id":1}', "InvalidRequest"),
                           (b'{"id":1,"method":"host.status","params":[]}', "InvalidRequest"),
                           (b'{"id":1,"method":"host.eat","params":{}}', "MethodNotFound"),
                           (b'{"id":1,"method":"host.watch","params":{}}', "Illegal")):
            self.client.send_raw(line + b"\n")
            self.client.answers.clear()
            message = None
            while not message:
                message = self.client.read_message(time.monotonic() + DEADLINE)
            self.assertEqual(message["error"]["data"]["name"], name)


class Line(Acquirer):
    """What the host and the network do."""

    def test_refused(self):
        self.host.refuse()
        error = self.failed(self.client.send("host.authorize", self.record()))
        self.assertEqual((error.name, error.data["sent"]), ("Offline", "no"))
        self.assertEqual(error.message, "cannot connect: Connection refused")
        self.assertEqual(self.client.told("host.state")["state"], "down")
        status = self.client.call("host.status")
        self.assertEqual((status["state"], status["last_error"]), ("down", "cannot connect: Connection refused"))
        self.host.listen()
        result, _ = self.sold()
        self.assertEqual(result["decision"], "approved")
        self.assertEqual(self.client.call("host.status")["state"], "up")

    def test_silence_and_a_late_answer(self):
        self.sold()  # so that there is a line, and the time is for the answer only
        line = self.host.lines[0]
        id = self.client.send("host.authorize", self.record(timeout_ms=1000))
        request = line.request()
        error = self.failed(id)
        self.assertEqual((error.name, error.data["sent"]), ("Timeout", "maybe"))
        line.answer(request)
        self.assertEqual(self.client.told("host.late"), {"payment": "pay-41", "stan": "000041", "response_code": "00"})
        # the reversal goes over the same line, and the late answer is not its
        id = self.client.send("host.reverse", self.reversal())
        reversal = line.request()
        line.answer(request)
        self.assertEqual(self.client.told("host.late")["payment"], "pay-41")
        line.answer(reversal)
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_answers_of_others(self):
        """Another trace number, terminal, class, time, a response to nothing: dropped and told; the right one counts."""
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        for wrong in ({"d11": "000042"}, {"d41": "TID99999"}, {"mti": "0230"}, {"mti": "0110"}, {"d7": "0901122951"},
                      {"drop": (41,)}, {"drop": (11,)}):
            line.answer(request, "05", **wrong)
            self.assertNotIn("payment", self.client.told("host.late"))
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        line.answer(request)  # twice
        self.assertNotIn("payment", self.client.told("host.late"))

    def test_broken_in_the_middle_of_an_answer(self):
        for reset in (False, True):
            id = self.client.send("host.authorize", self.record())
            line = self.host.accept()
            request = line.request()
            line.send(line.answer_bytes(request)[:40])
            line.close(reset)
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), ("Offline", "maybe"))

    def test_split_and_merged(self):
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        line.answer(request, pieces=1)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        ids = [self.client.send("host.authorize", self.record(stan)) for stan in (61, 62, 63)]
        requests = [line.request() for _ in ids]
        data = b"".join(line.answer_bytes(request, code) for request, code in zip(requests, ("00", "05", "01")))
        line.send(data[:150])
        line.send(data[150:])
        self.assertEqual([self.client.result(id)["decision"] for id in ids], ["approved", "declined", "referred"])

    def test_answers_in_another_order(self):
        ids = {stan: self.client.send("host.authorize", self.record(stan)) for stan in (71, 72)}
        line = self.host.accept()
        requests = {request[1][11]: request for request in (line.request(), line.request())}
        line.answer(requests["000072"], "05")
        self.assertEqual(self.client.result(ids[72])["decision"], "declined")
        line.answer(requests["000071"])
        self.assertEqual(self.client.result(ids[71])["decision"], "approved")

    def test_the_same_message_twice(self):
        id = self.client.send("host.authorize", self.record())
        error = self.failed(self.client.send("host.authorize", self.record()))
        self.assertEqual((error.name, error.data["sent"]), ("Exists", "no"))
        line = self.host.accept()
        line.answer(line.request())
        self.assertEqual(self.client.result(id)["decision"], "approved")
        self.assertTrue(line.silent())

    def test_too_many(self):
        ids = [self.client.send("host.authorize", self.record(stan)) for stan in range(100, 133)]
        error = self.failed(ids[-1])
        self.assertEqual((error.name, error.data["sent"]), ("LimitExceeded", "no"))
        line = self.host.accept()
        requests = [line.request() for _ in ids[:-1]]
        for request in reversed(requests):
            line.answer(request)
        self.assertEqual({self.client.result(id)["decision"] for id in ids[:-1]}, {"approved"})

    def test_garbage(self):
        """A message that cannot be read is dropped; a length that cannot be ends the line."""
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        for garbage in (b"\0\4abcd", b"\0\x14" + b"0210" + b"F" * 16, line.answer_bytes(request)[:-1] + b"\0"):
            line.send(garbage if len(garbage) < 30 else garbage)
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        for header in (b"\0\0", b"\x20\x01", b"\xff\xff"):
            id = self.client.send("host.authorize", self.record())
            line.request()
            line.send(header)
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), ("Offline", "maybe"))
            self.assertTrue(line.closed())
            id = self.client.send("host.authorize", self.record())
            line = self.host.accept()
            line.answer(line.request())
            self.client.result(id)

    def test_replayed_answers(self):
        """What was an answer once is none to anything later: not to the next sale, not on another line, not to a reversal or its repeat."""
        result, first = self.sold()
        self.assertEqual(result["decision"], "approved")
        old = self.host.lines[0].answer_bytes(first)
        id = self.client.send("host.authorize", self.record(42))
        line = self.host.lines[0]
        second = line.request()
        for _ in range(50):
            line.send(old)
        line.answer(second, "05")
        self.assertEqual(self.client.result(id)["decision"], "declined")
        line.close(reset=True)
        while self.client.told("host.state")["state"] == "up":
            pass
        id = self.client.send("host.reverse", self.reversal(43, 42))
        line = self.host.accept()
        reversal = line.request()
        line.send(old)
        line.answer(second)
        line.answer(reversal)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        # the same trace number again after a million: another time
        id = self.client.send("host.authorize", self.record(41, transmission="0902122950"))
        request = line.request()
        line.send(old)
        line.answer(request, "51")
        self.assertEqual(self.client.result(id)["decision"], "declined")

    def test_the_longest_message(self):
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        for body in (b"0210" + bytes(8188), b"9" * 8192, b"\xff" * 8192, line.answer_bytes(request)[2:] + bytes(4096)):
            line.send(len(body).to_bytes(2, "big") + body)
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_a_host_that_never_answers(self):
        self.sold()
        line = self.host.lines[0]
        ids = [self.client.send("host.authorize", self.record(stan, timeout_ms=1000)) for stan in range(200, 232)]
        for id in ids:
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), ("Timeout", "maybe"))
        for _ in ids:
            line.request()
        # there is room for others again
        id = self.client.send("host.reverse", self.reversal(250, 200))
        line.answer(line.request())
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_nothing_left_before_the_host_took_anything(self):
        """A sign-on that is not answered: the sale has not left."""
        self.change_dialect(link__sign_on=True, link__echo_timeout_ms=1000)
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        self.assertEqual(line.request()[1][70], "001")
        error = self.failed(id)
        self.assertEqual((error.name, error.data["sent"], error.message), ("Offline", "no", "no answer to the sign-on"))
        self.assertTrue(line.closed())
        self.assertEqual(line.buffer, b"")

    def test_sign_on(self):
        self.change_dialect(link__sign_on=True, link__echo_timeout_ms=30000)
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        signing = line.request()
        self.assertEqual((signing[0], signing[1][70], signing[1][41]), ("0800", "001", "TID12345"))
        line.answer(signing)
        line.answer(line.request())
        self.assertEqual(self.client.result(id)["decision"], "approved")
        line.close()
        self.client.told("host.state")
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.answer(line.request(), "05")
        error = self.failed(id)
        self.assertEqual((error.name, error.data["sent"]), ("Offline", "no"))

    def ends(self, reset):
        """An answer that has come counts, though the next message cannot be sent; and that one has not left."""
        answered = self.client.send("host.authorize", self.record(50))
        line = self.host.accept()
        request = line.request()
        self.host.listener.close()
        os.kill(self.process.pid, signal.SIGSTOP)  # so that it finds all of it at once
        os.waitpid(self.process.pid, os.WUNTRACED)
        late = self.client.send("host.authorize", self.record(60))
        line.answer(request)
        line.close(reset)
        os.kill(self.process.pid, signal.SIGCONT)
        self.assertEqual(self.client.result(answered)["decision"], "approved")
        error = self.failed(late)
        self.assertEqual((error.name, error.data["sent"]), ("Offline", "no"))

    def test_line_that_ends_is_read_first(self):
        self.ends(False)

    def test_line_that_is_reset_is_read_first(self):
        self.ends(True)

    def test_echo_while_watched(self):
        self.change_dialect(link__echo_s=1, link__echo_timeout_ms=30000)
        self.client.call("host.watch", on=True)
        line = self.host.accept()
        for _ in range(2):
            echo = line.request()
            self.assertEqual((echo[0], echo[1][70]), ("0800", "301"))
            line.answer(echo)
        self.assertEqual(self.client.told("host.state"), {"state": "up"})
        line.sock.shutdown(socket.SHUT_WR)  # with the next echo unread, a close would be a reset
        self.assertEqual(self.client.told("host.state"), {"state": "down", "reason": "the host has closed the connection"})
        line = self.host.accept()  # it comes back by itself
        line.answer(line.request())
        self.assertEqual(self.client.told("host.state")["state"], "up")
        self.client.call("host.watch", on=False)
        line.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(self.client.told("host.state")["state"], "unknown")

    def test_no_echo(self):
        self.change_dialect(link__echo_timeout_ms=1000)
        self.client.call("host.watch", on=True)
        line = self.host.accept()
        line.request()
        # that it takes connections does not make it up
        self.assertEqual(self.client.told("host.state"), {"state": "down", "reason": "no answer to the echo message"})
        self.assertTrue(line.closed())

    def test_the_host_asks(self):
        self.sold()
        line = self.host.lines[0]
        for code, answer in (("301", "00"), ("201", "00"), ("666", "12")):
            line.send(pack("0800", {7: "0901123000", 11: "000044", 70: code}))
            self.assertEqual(line.request(), ("0810", {7: "0901123000", 11: "000044", 39: answer, 70: code}))
        self.assertEqual(self.client.told("host.cutover"), {})

    def test_unread_bytes_are_not_sent(self):
        """Poshald goes while nothing has left: the message never leaves."""
        self.change_dialect(link__sign_on=True, link__echo_timeout_ms=30000)
        self.client.send("host.authorize", self.record())
        line = self.host.accept()
        signing = line.request()
        self.client.close()
        self.client = self.connect()
        line.answer(signing)
        id = self.client.send("host.authorize", self.record(42))
        self.assertEqual(line.request()[1][11], "000042")
        line.answer(("0200", {7: "0901122950", 11: "000042", 41: "TID12345", 4: "000000001234"}))
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_a_new_connection_takes_the_place(self):
        self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        second = self.connect()
        with self.assertRaises(EOFError):
            self.client.wait_for(lambda m: False)
        line.answer(request)
        self.assertEqual(second.told("host.late")["payment"], "pay-41")
        # the same message again is taken
        id = second.send("host.reverse", self.reversal())
        request = line.request()
        third = self.connect()
        again = third.send("host.reverse", self.reversal(repeat=True))
        repeat = line.request()
        self.assertEqual((repeat[0], repeat[1]), ("0421", request[1]))
        line.answer(request)  # of the first, and as good
        self.assertEqual(third.result(again)["decision"], "approved")
        self.assertNotIn(id, second.answers)


class Bcd(Acquirer):
    dialect = "iso87-bcd"

    def test_sale(self):
        id = self.client.send("host.authorize", self.record(pin_capable=None))
        line = self.host.accept()
        body = line.frame()
        self.assertEqual(body[:10].hex().upper(), "0200723C068108C08200")
        self.assertEqual(body[10:19].hex(), "16" + PAN)
        self.assertIn(bytes.fromhex("30120050"), body)  # expiry, and 050 with a nibble in front
        answer = bytes.fromhex("0210 2220000006800000 000000 0901122950 000041") + b"A1B2C3" + b"00" + b"TID12345"
        line.send(len(answer).to_bytes(2, "big") + answer)
        self.assertEqual(self.client.result(id)["approval_code"], "A1B2C3")


class Secrets(Acquirer):
    def test_account_numbers_are_nowhere(self):
        """Not in the log, in what poshald gets, on the disk, nor in memory once the message has left."""
        result, request = self.sold("00", d44=PAN.encode()[:16], d2=PAN)
        self.assertEqual(request[1][2], PAN)
        line = self.host.lines[0]
        id = self.client.send("host.authorize", self.record(timeout_ms=1000))
        request = line.request()
        self.failed(id)
        line.answer(request, d2=PAN)
        self.client.told("host.late")
        line.send(b"\0\x10" + PAN.encode())
        self.sold()
        pid = self.process.pid
        for needle in (PAN.encode(), bytes.fromhex(PAN)):
            self.assertFalse(memory_holds(pid, needle), "memory")
            self.assertNotIn(needle, self.client.raw)
        status = self.read("/proc/%d/status" % pid)
        if "asan" not in self.read("/proc/%d/maps" % pid):  # which locks nothing
            self.assertGreater(int(re.search(r"^VmLck:\s+(\d+)", status, re.M).group(1)), 100)
        limits = self.read("/proc/%d/limits" % pid)
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        self.process.kill()
        self.nothing_on_disk(["etc/acquirer.conf", "keys/key", "keys/key.public", "log", "run/acquirer.sock"])

    def test_answer_that_cannot_be_read(self):
        """The number in it is not a number, and was read until then."""
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.answer(line.request(), d2=PAN + "X")
        wait_until(lambda: "field 2" in self.read(self.root + "/log"), "it was read")
        self.client.call("host.status")  # that is done with now
        self.assertFalse(memory_holds(self.process.pid, PAN.encode()), "memory")
        line.close()
        self.failed(id)

    def test_killed_while_something_is_in_flight(self):
        self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.request()
        self.process.kill()
        self.nothing_on_disk(["etc/acquirer.conf", "keys/key", "keys/key.public", "log", "run/acquirer.sock"])
        self.assertTrue(line.closed())
        self.start()  # what the dead one left is no obstacle
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.answer(line.request())
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def nothing_on_disk(self, expected):
        found = sorted(os.path.relpath(os.path.join(folder, name), self.root)
                       for folder, _, names in os.walk(self.root) for name in names)
        self.assertEqual(found, sorted(expected))
        for name in found:
            if not name.endswith(".sock"):
                with open(f"{self.root}/{name}", "rb") as file:
                    self.assertNotIn(PAN.encode(), file.read(), name)

    def test_not_for_debuggers(self):
        # of a process that is not dumpable these belong to root
        self.assertEqual(os.stat("/proc/%d/environ" % self.process.pid).st_uid, 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)

    @unittest.skipUnless(os.geteuid() == 0, "not root")
    def test_other_users(self):
        os.chmod(self.root, 0o755)
        os.chmod(self.root + "/run", 0o755)
        os.chmod(self.path, 0o666)
        script = ("import os,socket,sys; os.setgid(65534); os.setuid(65534); s=socket.socket(socket.AF_UNIX);"
                  "s.connect(sys.argv[1]); s.settimeout(30); sys.exit(len(s.recv(99)))")
        done = subprocess.run(["python3", "-c", script, self.path], check=False, timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertIn("refused a connection of uid 65534", self.read(self.root + "/log"))
        self.assertEqual(self.client.call("host.status")["state"], "unknown")


class EmulatedHost(Acquirer):
    """The host of poshal-emulate, written by somebody else, keeps the books."""
    packing = "ascii"

    def setUp(self):
        super().setUp()
        with open(self.root + "/bench.ini", "w", encoding="ascii") as file:
            file.write(f"[host acquirer]\nplug = tcp\npacking = {self.packing}\n")
        control = self.root + "/run/emulator.sock"
        self.emulator = Process([os.path.join(BUILD, "bin", "poshal-emulate"), "bench", self.root + "/bench.ini", "--root",
                                 self.root], self.root + "/emulator.log", serves=control)
        self.stack.callback(self.emulator.stop)
        self.bench = Rpc(control, hello=False)
        self.stack.callback(self.bench.close)
        self.host.close()
        self.host.port = int(self.bench.call("bench.list")["devices"][0]["connection"].rpartition(":")[2])
        self.configure(self.dialect)
        self.restart()

    def booked(self):
        return [(entry["kind"], entry["amount"], entry["stan"], entry["reversed"])
                for entry in self.bench.call("host.ledger")["entries"]]

    def test_books(self):
        def decision(method, record):
            return self.client.call(method, **record)["decision"]

        self.assertEqual(decision("host.authorize", self.record()), "approved")
        self.assertEqual(decision("host.authorize", self.record(42, amount=1205)), "declined")
        self.assertEqual(self.client.call("host.authorize", **self.record(43, amount=1210))["amount_approved"], 605)
        self.assertEqual(decision("host.refund", self.record(44, type="refund", icc_b64=None, amount=555)), "approved")
        first = self.record(45, type="preauth", amount=5000)
        self.assertEqual(decision("host.authorize", first), "approved")
        done = self.record(46, type="complete", amount=4000, sealed_b64=first["sealed_b64"],
                           sealed_for={"payment": "pay-45", "amount": 5000},
                           original={"mti": "0100", "stan": "000045", "transmission": "0901122950", "approval_code": "A1"})
        self.assertEqual(decision("host.complete", done), "approved")
        self.assertEqual(decision("host.complete", {**done, "repeat": True}), "approved")
        # once more, of nothing, and of what is reserved no more; what the original was is said by the dialect
        original = {"stan": "000045", "transmission": "0901122950"}
        other = {**done, "stan": "000048", "original": original}
        self.assertEqual(decision("host.complete", other), "duplicate")
        self.assertEqual(decision("host.complete", {**other, "stan": "000049", "original": {**original, "stan": "000044"}}),
                         "not_found")
        self.assertEqual(decision("host.reverse", self.reversal(47, 41)), "approved")
        self.assertEqual(decision("host.reverse", self.reversal(47, 41, repeat=True)), "approved")
        self.assertEqual(self.booked(), [("sale", 1234, "000041", True), ("sale", 605, "000043", False),
                                         ("refund", 555, "000044", False), ("preauth", 5000, "000045", False),
                                         ("completion", 4000, "000046", False)])
        advice = self.record(60, approved_by="chip", arc="Y1", amount=700)
        self.assertEqual(decision("host.advise", advice), "approved")
        self.assertEqual(decision("host.advise", {**advice, "repeat": True}), "approved")
        self.assertEqual(self.booked()[-1], ("sale", 700, "000060", False))
        counts = self.bench.call("host.state")
        self.assertEqual([counts[name] for name in ("repeats", "duplicates", "unmarked", "repeats_changed", "reversals_unknown",
                                                    "unreadable")], [3, 0, 0, 0, 0, 0])
        sums = {"credits": {"count": 1, "amount": 555}, "credit_reversals": {"count": 0, "amount": 0},
                "debits": {"count": 4, "amount": 6539}, "debit_reversals": {"count": 1, "amount": 1234}}
        day = {"stan": "000061", "transmission": "0901235900", "currency": {"code": "EUR", "number": 978}, "totals": sums}
        self.bench.call("host.set", keeps_day=True)
        result = self.client.call("host.reconcile", **day)
        self.assertEqual((result["balance"], result["host_totals"]), ("in_balance", sums))
        wrong = {**sums, "debits": {"count": 4, "amount": 6540}}
        result = self.client.call("host.reconcile", **{**day, "stan": "000062", "totals": wrong})
        self.assertEqual((result["balance"], result["response_code"], result["host_totals"]), ("out_of_balance", "95", sums))
        # what this till never does, the host would see
        self.client.call("host.advise", **advice)
        self.client.call("host.advise", **{**advice, "repeat": True, "rrn": "624412000099"})
        counts = self.bench.call("host.state")
        self.assertEqual([counts[name] for name in ("repeats", "duplicates", "unmarked", "repeats_changed")], [4, 1, 1, 1])

    def test_killed_and_reversed(self):
        """What a dead acquirer has sent is reversed by its successor: nothing stays booked."""
        self.bench.call("host.set", fault="drop_after", times=1)
        self.client.send("host.authorize", self.record())
        self.bench.call("host.wait", entries=1)
        self.process.kill()
        self.start()
        self.assertEqual(self.client.call("host.reverse", **self.reversal())["decision"], "approved")
        self.assertEqual(self.booked(), [("sale", 1234, "000041", True)])


class EmulatedHostMixed(EmulatedHost):
    dialect, packing = "iso87-ascii-binary-bitmap", "mixed"


class EmulatedHostBcd(EmulatedHost):
    dialect, packing = "iso87-bcd", "bcd"


class Start(Acquirer):
    def run_it(self, *args):
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, check=False, timeout=60,
                              env={name: value for name, value in os.environ.items() if name != "CREDENTIALS_DIRECTORY"})
        return done.returncode, done.stderr.strip()

    def test_configuration(self):
        other = tempfile.mkdtemp(dir=self.root)
        os.mkdir(other + "/etc")
        path = other + "/etc/acquirer.conf"
        good = CONFIG.format(port=1, dialect="iso87-ascii", more="")
        for text, said in (
                ("", ":0: `host` is missing"), ("host = 1\n", ":1: a key before the section [acquirer]"),
                ("[shop]\n", ":1: the only section is [acquirer]"), (good + "colour = red\n", ":8: unknown key `colour`"),
                (good + "tid = X\n", ":8: `tid` is there twice"),
                (good.replace("port = 1", "port = 0"), ":3: `port` is a number from 1 to 65535"),
                (good + "country = NL\n", ":8: `country` has 3 to 3 characters"),
                (good + "mcc = 54x1\n", ":8: `mcc` has digits only"),
                (good + "nonsense\n", ":8: neither `key = value` nor a section nor a comment")):
            with self.subTest(said):
                with open(path, "w", encoding="ascii") as file:
                    file.write(text)
                self.assertEqual(self.run_it("--root", other, "--key", self.root + "/keys/key"),
                                 (1, "poshal-acquirer: " + path + said))
        os.unlink(path)
        self.assertEqual(self.run_it("--root", other), (1, f"poshal-acquirer: {path}: No such file or directory"))
        with open(path, "w", encoding="ascii") as file:
            file.write(good)
        self.assertEqual(self.run_it("--root", other)[1], "poshal-acquirer: no key: --key FILE, or the credential acquirer-key")
        with open(path, "w", encoding="ascii") as file:
            file.write(good.replace("iso87-ascii", other + "/none.json"))
        self.assertEqual(self.run_it("--root", other)[1], f"poshal-acquirer: {other}/none.json: No such file or directory")

    def test_keys(self):
        key = self.root + "/keys/key"
        self.assertEqual(stat.S_IMODE(os.stat(key).st_mode), 0o600)
        with open(key, encoding="ascii") as file:
            text = file.read()
        self.assertEqual(sorted(json.loads(text)), ["kid", "public_b64", "secret_b64"])
        self.assertEqual(self.run_it("--new-key", "2026-2", "--out", key)[1], f"poshal-acquirer: {key}: File exists")
        self.assertEqual(self.run_it("--new-key", "a b", "--out", key + "2")[0], 1)
        self.assertEqual(self.run_it("--new-key", "2026-2")[0], 2)
        self.make_key("2025-9", "old")
        with open(self.root + "/keys/old", encoding="ascii") as file:
            old = file.read()
        for wrong in ("", "{}\n", text.replace("secret_b64", "secret"), text + text, text * 5,
                      text.replace(text[-12:-4], "AAAAAAAA")):
            with open(self.root + "/keys/wrong", "w", encoding="ascii") as file:
                file.write(wrong)
            status, said = self.run_it("--root", self.root, "--key", self.root + "/keys/wrong")
            self.assertEqual(status, 1)
            self.assertNotIn(json.loads(text)["secret_b64"][:8], said)
        # an older key behind the current one opens what was sealed before
        with open(key, "w", encoding="ascii") as file:
            file.write(text + old)
        self.restart()
        self.assertEqual([(k["kid"], k["current"]) for k in self.client.hello["keys"]], [("2026-1", True), ("2025-9", False)])
        result, _ = self.sold()  # sealed for the older
        self.assertEqual(result["decision"], "approved")

    def test_credential(self):
        self.client.close()
        self.process.stop()
        os.rename(self.root + "/keys/key", self.root + "/keys/acquirer-key")
        self.process = Process([PROGRAM, "--root", self.root], self.root + "/log",
                               env={"CREDENTIALS_DIRECTORY": self.root + "/keys"}, serves=self.path)
        self.stack.callback(self.process.stop)
        self.assertEqual(self.connect().hello["keys"][0]["kid"], "2026-1")

    def test_one_of_a_kind(self):
        status, said = self.run_it("--root", self.root, "--key", self.root + "/keys/key")
        self.assertEqual((status, said), (1, "poshal-acquirer: cannot listen on its socket: Address already in use"))


if __name__ == "__main__":
    unittest.main()
