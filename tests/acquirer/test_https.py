"""poshal-acquirer and a gateway that takes JSON over HTTPS: the same decisions, the same certainty about what has been sent."""
import contextlib
import os
import subprocess
import unittest

import test_acquirer
import test_tls
from gateway import Gateway
from test_acquirer import ICC_SENT, PAN, TRACK2, b64

setUpModule = test_tls.setUpModule
CONFIG = """[acquirer]
link = https
url = {url}
tid = TID12345
mid = 098765432100000
connect_timeout_ms = 60000
tls_ca = {ca}
{more}"""


class Https(test_acquirer.Acquirer):
    name = "127.0.0.1"

    @staticmethod
    def make_host():
        return Gateway(test_tls.server())

    def configure(self, dialect, more=""):
        with open(self.root + "/etc/acquirer.conf", "w", encoding="ascii") as file:
            file.write(CONFIG.format(url=f"https://{self.name}:{self.host.port}/pos/v1/", ca=test_tls.FOLDER + "/ca.pem",
                                     more=more))

    def again(self, more=""):
        self.configure(None, more)
        self.restart()

    def offline(self, id, sent="no"):
        error = self.failed(id)
        self.assertEqual((error.name, error.data["sent"]), ("Offline", sent))
        return error.message


class Requests(Https):
    def test_hello(self):
        hello = self.client.hello
        self.assertEqual((hello["link"], hello["tid"]), ("https", "TID12345"))
        self.assertNotIn("dialect", hello)
        self.assertEqual(hello["capabilities"], {"reversal": "reverse", "request_repeat": False, "partial_approval": True,
                                                 "advice": True, "reconcile": True})

    def test_sale(self):
        result, (path, headers, message) = self.sold(
            amount_approved=1234, settlement_date="0902", host_text="CALL " + PAN,
            issuer_b64=b64(bytes.fromhex("910A00112233445566778899" "5A08" + PAN + "8A023030")))
        self.assertGreaterEqual(result.pop("ms"), 0)
        self.assertEqual(result, {
            "decision": "approved", "response_code": "00", "amount_approved": 1234, "approval_code": "A1B2C3",
            "rrn": "624412000041", "settlement_date": "0902", "host_text": "CALL " + 16 * "*",
            "issuer_b64": b64(bytes.fromhex("910A001122334455667788998A023030"))})
        self.assertEqual(path, "/pos/v1/authorize")
        self.assertEqual((headers["idempotency-key"], headers["content-type"]), ("pay-41.000041", "application/json"))
        self.assertFalse({"authorization", "expect", "cookie", "user-agent"} & set(headers))
        self.assertEqual(message, {
            "version": 1, "message": "authorize", "terminal": "TID12345", "merchant": "098765432100000", "repeat": False,
            "payment": "pay-41", "type": "sale", "amount": 1234, "currency": {"code": "EUR", "number": 978}, "stan": "000041",
            "rrn": "624412000041", "transmission": "0901122950", "local_time": "122950", "local_date": "0901", "entry": "chip",
            "pin_capable": True, "card": {"number": PAN, "expiry": "3012", "sequence": 1}, "icc_b64": b64(ICC_SENT)})

    def test_decisions(self):
        for code, decision in (("05", "declined"), ("01", "referred"), ("91", "soft"), ("30", "format"), ("94", "duplicate"),
                               ("25", "not_found")):
            result, _ = self.sold(code)
            self.assertEqual((result["decision"], result["response_code"]), (decision, code))
            self.assertNotIn("amount_approved", result)
        result, _ = self.sold("10", amount_approved=1000)
        self.assertEqual((result["decision"], result["amount_approved"]), ("partial", 1000))
        result, _ = self.sold(amount_approved=1000)
        self.assertEqual(result["decision"], "partial")
        for changes in {"amount_approved": 0}, {"amount_approved": 1234}, {"amount_approved": 1235}, {"drop": ("amount_approved",)}:
            result, _ = self.sold("10", **changes)
            self.assertEqual((result["decision"], result.get("amount_approved")), ("partial", None))
        self.assertEqual(len(self.host.lines), 1)  # one connection for all of them

    def test_answers_that_say_nothing(self):
        for changes in ({"amount_approved": 1235}, {"amount_approved": 0}, {"amount_approved": "1234"}, {"decision": "unknown"},
                        {"decision": "approve"}, {"drop": ("decision",)}, {"drop": ("response_code",)}, {"response_code": "000"},
                        {"terminal": "TID99999"}, {"stan": "000042"}, {"drop": ("terminal",)}, {"transmission": "0901122951"},
                        {"transmission": 5}, {"message": "reverse"}):
            with self.subTest(changes):
                id = self.client.send("host.authorize", self.record())
                line = self.host.lines[-1] if self.host.lines else self.host.accept()
                request = line.request()
                line.answer(request, **changes)
                error = self.failed(id)
                self.assertEqual((error.name, error.data["sent"]), ("Timeout", "maybe"))
        for body in (b"", b"{", b"[]", b"approved", b'{"a":' * 99, b"\xff" * 30):
            id = self.client.send("host.authorize", self.record())
            request = line.request()
            line.send(line.http(200, body))
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), ("Timeout", "maybe"))

    def test_statuses(self):
        line = None
        for status, name, sent, state in (
                (400, "Illegal", "no", "up"), (413, "Illegal", "no", "up"), (415, "Illegal", "no", "up"),
                (422, "Illegal", "no", "up"), (401, "Offline", "no", "down"), (403, "Offline", "no", "down"),
                (404, "Offline", "no", "down"), (405, "Offline", "no", "down"), (429, "Offline", "no", "up"),
                (409, "Timeout", "maybe", "down"), (500, "Timeout", "maybe", "down"), (502, "Timeout", "maybe", "down"),
                (503, "Timeout", "maybe", "down"), (201, "Timeout", "maybe", "down"), (302, "Timeout", "maybe", "down")):
            with self.subTest(status):
                id = self.client.send("host.authorize", self.record())
                line = line or self.host.accept()
                request = line.request()
                line.send(line.http(status, {"error": "card " + PAN + " is \u20ac"}, "Location: https://127.0.0.1:1/\r\n"))
                error = self.failed(id)
                self.assertEqual((error.name, error.data["sent"]), (name, sent))
                self.assertTrue(error.message.endswith(f"(HTTP {status}): card {16 * '*'} is ???"), error.message)
                self.assertEqual(self.client.call("host.status")["state"], state)
        self.assertEqual(request[2]["stan"], "000041")

    def test_advice_reversal_and_their_repeats(self):
        line = None
        for method, record, path in (
                ("host.reverse", self.reversal(), "/pos/v1/reverse"),
                ("host.advise", self.record(42, approved_by="chip", arc="Y1", approval_code=None), "/pos/v1/advise"),
                ("host.complete", self.record(46, type="complete", amount=4000, original={
                    "mti": "0100", "stan": "000045", "transmission": "0901122950", "approval_code": 'A"1'}), "/pos/v1/complete")):
            id = self.client.send(method, record)
            line = line or self.host.accept()
            first = line.request()
            line.close(reset=True)
            self.offline(id, "maybe")
            id = self.client.send(method, {**record, "repeat": True})
            line = self.host.accept()
            again = line.request()
            self.assertEqual((first[0], again[0]), (path, path))
            self.assertEqual(first[1]["idempotency-key"], again[1]["idempotency-key"])
            self.assertEqual(again[2], {**first[2], "repeat": True})
            line.answer(again)
            self.assertEqual(self.client.result(id)["decision"], "approved")
        self.assertEqual(again[2]["original"], {"stan": "000045", "transmission": "0901122950", "approval_code": 'A"1'})

    def test_totals(self):
        sums = {"credits": {"count": 1, "amount": 555}, "credit_reversals": {"count": 0, "amount": 0},
                "debits": {"count": 4, "amount": 6539}, "debit_reversals": {"count": 1, "amount": 1234}}
        line = None
        for changes, expected in (
                ({"balance": "in_balance"}, {"balance": "in_balance"}),
                ({"balance": "out_of_balance", "host_totals": sums, "response_code": "95"},
                 {"balance": "out_of_balance", "host_totals": sums, "response_code": "95"}),
                ({"balance": "error", "host_totals": {}}, {"balance": "error"})):
            id = self.client.send("host.reconcile", {"stan": "000050", "transmission": "0901235900", "totals": sums,
                                                     "currency": {"code": "EUR", "number": 978}})
            line = line or self.host.accept()
            path, headers, message = line.request()
            line.send(line.http(200, {"terminal": "TID12345", "stan": "000050", **changes}))
            result = self.client.result(id)
            result.pop("ms")
            self.assertEqual(result, expected)
        self.assertEqual((path, headers["idempotency-key"]), ("/pos/v1/reconcile", "totals.0901235900.000050"))
        self.assertEqual(message, {"version": 1, "message": "reconcile", "terminal": "TID12345", "merchant": "098765432100000",
                                   "repeat": False, "stan": "000050", "transmission": "0901235900",
                                   "currency": {"code": "EUR", "number": 978}, "totals": sums})

    def test_track_two_and_token(self):
        record = self.record(entry="stripe", icc_b64=None)
        record["once_b64"] = b64(self.seal(record, use=2, track2=TRACK2))
        id = self.client.send("host.authorize", record)
        line = self.host.accept()
        request = line.request()
        self.assertNotIn("track2", request[2]["card"])
        line.answer(request)
        self.client.result(id)
        with open(self.root + "/keys/token", "w", encoding="ascii") as file:
            file.write("word-of-a-gateway\n")
        self.again(f"track2 = yes\ntoken = {self.root}/keys/token\n")
        id = self.client.send("host.authorize", record)
        line = self.host.accept()
        request = line.request()
        self.assertEqual((request[2]["card"]["track2"], request[1]["authorization"]), (TRACK2, "Bearer word-of-a-gateway"))
        line.answer(request)
        self.client.result(id)

    def test_what_is_no_message(self):
        original = {"mti": "0100", "stan": "000045", "transmission": "0901122950"}
        sealed = b64(self.seal({"payment": "pay-45", "amount": 1234, "currency": {"code": "EUR"}}))
        for method, record, message in (
                ("host.complete", self.record(type="complete", payment="a b", original=original, sealed_b64=sealed,
                                              sealed_for={"payment": "pay-45", "amount": 1234}),
                 "$.payment: has characters that cannot be in an idempotency key"),
                ("host.authorize", self.record(icc_b64=b64(ICC_SENT[:-1])), "$.icc_b64: is no TLV, or too long")):
            error = self.client.error(method, **record)
            self.assertEqual((error.name, error.message, error.data["sent"]), ("Illegal", message, "no"))
        self.assertEqual(self.host.lines, [])


class Network(Https):
    def test_refused_and_back(self):
        self.host.refuse()
        message = self.offline(self.client.send("host.authorize", self.record()))
        self.assertIn("connect", message)
        self.assertEqual(self.client.told("host.state")["state"], "down")
        self.host.listen()
        self.assertEqual(self.sold()[0]["decision"], "approved")
        self.assertEqual(self.client.call("host.status")["state"], "up")

    def test_names(self):
        self.name = "localhost"
        self.again()
        self.assertEqual(self.sold()[0]["decision"], "approved")
        self.name = "nobody.invalid"
        self.again()
        self.assertEqual(self.offline(self.client.send("host.authorize", self.record())),
                         "the name in `url` is not known: check it, and this machine's name servers")

    def test_silence(self):
        self.sold()
        line = self.host.lines[0]
        id = self.client.send("host.authorize", self.record(timeout_ms=1000))
        line.request()
        error = self.failed(id)
        self.assertEqual((error.name, error.message, error.data["sent"]),
                         ("Timeout", "the gateway has not answered in time", "maybe"))
        self.assertTrue(line.closed())  # nothing late can come of it
        id = self.client.send("host.reverse", self.reversal())
        line = self.host.accept()
        line.answer(line.request())
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_broken_at_each_place(self):
        for cut in (0, 5, 60, -1):
            for reset in (False, True):
                id = self.client.send("host.authorize", self.record())
                line = self.host.accept()
                request = line.request()
                if cut:
                    line.send(line.http(200, line.body(request))[:cut])
                line.close(reset)
                self.assertEqual(self.failed(id).data["sent"], "maybe")

    def test_never_sent_twice(self):
        """A connection that was good and dies under a message: libcurl would send it again on another one."""
        self.sold()
        line = self.host.lines[0]
        id = self.client.send("host.authorize", self.record())
        line.request()
        line.sock.unwrap().close()
        self.offline(id, "maybe")
        # one that has died before is found out first
        self.assertEqual(len(self.host.lines), 1)
        id = self.client.send("host.authorize", self.record(43))
        line = self.host.accept()
        request = line.request()
        self.assertEqual(request[2]["stan"], "000043")
        line.answer(request, pieces=1)
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_several_at_once(self):
        ids = {stan: self.client.send("host.authorize", self.record(stan)) for stan in (71, 72, 73)}
        lines = [self.host.accept() for _ in ids]
        requests = [(line, line.request()) for line in lines]
        for line, request in reversed(requests):
            line.answer(request, "00" if request[2]["stan"] == "000072" else "05")
        self.assertEqual([self.client.result(ids[stan])["decision"] for stan in (71, 72, 73)],
                         ["declined", "approved", "declined"])

    def test_same_and_too_many(self):
        id = self.client.send("host.authorize", self.record(41))
        error = self.failed(self.client.send("host.authorize", self.record(41)))
        self.assertEqual((error.name, error.data["sent"]), ("Exists", "no"))
        self.host.accept().request()
        others = [self.client.send("host.authorize", self.record(stan)) for stan in range(100, 132)]
        error = self.failed(others[-1])
        self.assertEqual((error.name, error.data["sent"]), ("LimitExceeded", "no"))
        # who asked is gone: what has not left never does
        self.client.close()
        self.assertTrue(self.host.lines[0].closed())
        self.client = self.connect()
        self.assertNotIn(id, self.client.answers)

    def test_too_long_an_answer(self):
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        line.answer(request, host_text="x" * 5000)
        self.assertEqual(self.offline(id, "maybe"), "the gateway's answer is too long")

    def test_echo_while_watched(self):
        self.client.call("host.watch", on=True)
        line = self.host.accept()
        path, headers, message = line.request()
        self.assertEqual((path, message["message"]), ("/pos/v1/echo", "echo"))
        self.assertNotIn("idempotency-key", headers)
        line.send(line.http(503, b""))
        self.assertEqual(self.client.told("host.state")["state"], "down")
        request = line.request()  # it looks again by itself
        line.send(line.http(200, b""))
        self.assertEqual(self.client.told("host.state")["state"], "up")
        self.client.call("host.watch", on=False)


class Secrets(Https):
    def test_account_numbers_are_nowhere(self):
        token = "word-that-nobody-else-says"
        with open(self.root + "/keys/token", "w", encoding="ascii") as file:
            file.write(token)
        self.again(f"token = {self.root}/keys/token\n")
        result, request = self.sold(host_text=PAN, card={"number": PAN})
        self.assertEqual((result["host_text"], request[2]["card"]["number"]), (16 * "*", PAN))
        id = self.client.send("host.authorize", self.record(timeout_ms=1000))
        self.host.lines[0].request()
        self.failed(id)
        for needle in (PAN.encode(), bytes.fromhex(PAN)):
            self.assertFalse(test_acquirer.memory_holds(self.process.pid, needle), "memory")
            self.assertNotIn(needle, self.client.raw)
        with open(self.root + "/log", encoding="utf-8") as file:
            log = file.read()
        self.assertNotIn(PAN, log)
        self.assertNotIn(token, log)


    def test_keys_of_the_line_are_not_logged(self):
        """libcurl writes them where SSLKEYLOGFILE says; who has them reads what was sent."""
        os.environ["SSLKEYLOGFILE"] = path = self.root + "/tls-keys"
        self.addCleanup(os.environ.pop, "SSLKEYLOGFILE")
        self.restart()
        self.sold()
        self.assertFalse(os.path.exists(path))


class Certificates(Https):
    def test_bad_ones(self):
        for which, message in (("expired", "the host's certificate has expired"), ("wrong_name", "for another name"),
                               ("other_ca", "nobody whom this till trusts"), ("early", "not valid yet")):
            with self.subTest(which):
                self.host.tls = None
                before = len(self.host.lines)
                id = self.client.send("host.authorize", self.record())
                line = self.host.accept()
                with contextlib.suppress(OSError):  # a name is looked at after the handshake
                    line.sock = test_tls.server(which).wrap_socket(line.sock, server_side=True)
                    self.assertEqual(line.sock.recv(1), b"")
                self.assertIn(message, self.offline(id))
                self.assertEqual(len(self.host.lines), before + 1)

    def test_plain_text(self):
        self.host.tls = None
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.sock.recv(4096)
        line.send(line.http(200, b"{}"))
        self.offline(id)

    def test_pins(self):
        self.again("tls_pin = sha256//" + 43 * "A" + "=\n")
        self.host.tls = None
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        line.sock = test_tls.server().wrap_socket(line.sock, server_side=True)
        self.assertIn("none of `tls_pin`", self.offline(id))


class Configuration(Https):
    def test_mistakes(self):
        self.client.close()
        self.process.stop()
        path = self.root + "/etc/acquirer.conf"
        with open(path, encoding="ascii") as file:
            good = file.read()
        for text, said in (
                (good + "port = 1\n", ":8: `port` is not of this link"), (good + "dialect = x\n", ":8: `dialect` is not of this link"),
                (good.replace("link = https", "link = ftp"), ":7: `link` is iso8583 or https"),
                (good.replace("url = https", "url = http"), ":7: `url` begins with https://, and has no name of a user and nothing "
                                                            "behind a question mark"),
                (good.replace("https://", "https://a:b@"), ":7: `url` begins with https://, and has no name of a user and nothing "
                                                           "behind a question mark"),
                (good + "token = /none\n", None)):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            done = subprocess.run([test_acquirer.PROGRAM, "--root", self.root, "--key", self.root + "/keys/key"], check=False,
                                  capture_output=True, text=True, timeout=60,
                                  env={k: v for k, v in os.environ.items() if k != "CREDENTIALS_DIRECTORY"})
            expected = "poshal-acquirer: " + path + said if said else \
                "<3>poshal-acquirer: cannot start: `token`: /none: No such file or directory"
            self.assertEqual((done.returncode, done.stderr.strip()), (1, expected))


if __name__ == "__main__":
    unittest.main()
