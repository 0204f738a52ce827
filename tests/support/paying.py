"""The road of a payment through the service, for tests that write the words of its neighbours themselves."""

import contextlib
import json
import os
import queue
import socket
import threading
import unittest

from poshal_test import DEADLINE, b64
from rude_driver import RudeTill

PAN = "476173******0010"
CARD = {"masked_pan": PAN, "scheme": "visa", "application_label": "VISA CREDIT", "aid": "A0000000031010",
        "entry": "chip", "sequence": 1,
        "emv": {"cryptogram": "1122334455667788", "cryptogram_type": "ARQC", "tvr": "0000008000", "tsi": "E800",
                "cvm": "signature", "atc": 7}}
EUR = {"code": "EUR", "number": 978, "exponent": 2}


KEY = {"kid": "2026-1", "public_b64": b64(bytes(32)), "current": True}


class Acquirer:
    """poshal-acquirer as the test plays it: it greets whoever connects, and gets requests in order."""

    def __init__(self, root, tid="TID00001", keys=(KEY,)):
        self.path = root + "/run/acquirer.sock"
        self.hello = {"server": "test", "protocol": {"major": 1, "minor": 0}, "tid": tid, "keys": list(keys)}
        self.line = "up" # what host.status is answered with
        self.socket = None
        self.buffer = b""
        self.connections = queue.Queue()
        self.listen()

    def listen(self):
        self.listener = socket.socket(socket.AF_UNIX)
        user = os.geteuid()
        os.seteuid(os.getuid()) # the folder is ours, whoever is to listen
        self.listener.bind(self.path)
        os.seteuid(user)
        self.listener.listen()
        self.greeter = threading.Thread(target=self.greet, args=(self.listener,), daemon=True)
        self.greeter.start()

    def greet(self, listener):
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            connection.settimeout(DEADLINE)
            with contextlib.suppress(OSError):
                self.send({"jsonrpc": "2.0", "method": "acquirer.hello", "params": self.hello}, connection)
            self.connections.put(connection)

    def accept(self):
        """The connection that comes next: of a poshald that connects again, or of its successor."""
        if self.socket:
            self.socket.close()
        self.socket = self.connections.get(timeout=DEADLINE)
        self.buffer = b""

    def send(self, message, to=None):
        (to or self.socket).sendall(json.dumps(message).encode() + b"\n")

    def request(self, method):
        """The next request of that method; watching and the like is answered on the way."""
        if not self.socket:
            self.accept()
        while True:
            while b"\n" not in self.buffer:
                try:
                    data = self.socket.recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data: # a poshald that was killed: its successor connects anew
                    self.accept()
                    continue
                self.buffer += data
            line, self.buffer = self.buffer.split(b"\n", 1)
            message = json.loads(line)
            if message["method"] == method:
                return message
            assert message["method"] in ("host.watch", "host.status"), message
            self.answer(message, **({"state": self.line} if message["method"] == "host.status" else {}))

    def answer(self, request, **result):
        try:
            self.send({"jsonrpc": "2.0", "id": request["id"], "result": result})
        except BrokenPipeError: # of a poshald that was killed
            assert request["method"] in ("host.watch", "host.status")

    def refuse(self, request, name, sent, message="no"):
        self.send({"jsonrpc": "2.0", "id": request["id"],
                   "error": {"code": -32000, "message": message, "data": {"name": name, "sent": sent}}})

    def hang_up(self):
        """Its process ends, and what was on its way with it; it is there again when it is connected to."""
        if not self.socket:
            self.accept()
        self.socket.close()
        self.socket = None

    def stop(self):
        """Nobody is there any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.greeter.join() # whoever it has just greeted is hung up on, too
        self.listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        if self.socket:
            self.connections.put(self.socket)
            self.socket = None
        while not self.connections.empty():
            self.connections.get().close()

    def close(self):
        if self.listener.fileno() >= 0:
            self.stop()


class Paying(unittest.TestCase):
    """A till whose card reader, and whose acquirer, are the test."""

    CLASSES = "card_reader"

    def setUp(self):
        self.till = self.make_till()
        self.addCleanup(self.till.close)
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "rude")
        self.host = Acquirer(self.till.root)
        self.addCleanup(self.host.close)

    def make_till(self):
        return RudeTill(classes=self.CLASSES)

    # ---- the road of a payment ----

    def ask(self, key="k1", amount=1250, **more):
        return self.client.send("payment.authorize", {"key": key, "amount": amount, "currency": "EUR", **more})

    def started(self, method="payment.start"):
        start = self.driver.request(method)
        self.driver.answer(start)
        self.payment = start["params"]["payment"]
        return start["params"]

    def need(self, need="online", **more):
        self.driver.notify("payment.need", payment=self.payment, need=need, card=CARD, **more)

    def need_online(self):
        self.need(sealed_b64=b64("sealed"), once_b64=b64("once"), icc_b64=b64("icc"))

    def proceed(self):
        request = self.driver.request("payment.proceed")
        self.driver.answer(request)
        return {k: v for k, v in request["params"].items() if k != "payment"}

    def end(self, outcome="approved", **more):
        self.driver.notify("payment.end", payment=self.payment, outcome=outcome, data=CARD, **more)

    def to_host(self, key="k1", amount=1250):
        call = self.ask(key, amount)
        self.started()
        self.need_online()
        return call, self.host.request("host.authorize")

    def approve(self, key="k1", amount=1250):
        call, request = self.to_host(key, amount)
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.end()
        return self.client.result(call)

    def crash(self):
        self.till.daemon.kill()
        self.client.close()
        self.till.start_daemon()
        self.client = self.till.client()

    def reversal(self, **answer):
        request = self.host.request("host.reverse")
        if answer:
            self.host.answer(request, **answer)
        return request["params"]

    def state(self, payment="k1"):
        return self.client.call("payment.get", payment=payment)["payment"]["state"]
