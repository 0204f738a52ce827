"""poshald killed before and after each flush of a sale, and a host that keeps accounts: what stands there is what was told."""

import json
import socket
import threading
import unittest

from poshal_test import BUILD, RpcError, b64, wait_until
from rude_driver import RudeTill

FAULTIO = BUILD + "/lib/faultio.so"
FLUSHES = 24 # more than one sale and a start need; a sweep ends earlier, when nobody was killed


class Host:
    """poshal-acquirer with the host behind it: books each request once, and undoes it by its reversal."""

    def __init__(self, root, silent=False):
        self.booked = {}  # stan: amount
        self.undone = set()
        self.faults = []
        self.silent = silent  # books, and does not answer
        self.lock = threading.Condition()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(root + "/run/acquirer.sock")
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        hello = {"server": "test", "protocol": {"major": 1, "minor": 0}, "tid": "TID00001", "keys": []}
        try:
            connection.sendall(json.dumps({"jsonrpc": "2.0", "method": "acquirer.hello", "params": hello}).encode() + b"\n")
            for line in connection.makefile("rb"):
                message = json.loads(line)
                answer = self.answer(message["method"], message["params"])
                connection.sendall(json.dumps({"jsonrpc": "2.0", "id": message["id"], **answer}).encode() + b"\n")
        except (OSError, ValueError):
            pass
        connection.close()

    def answer(self, method, params):
        with self.lock:
            self.lock.notify_all()
            if method == "host.authorize":
                if params["stan"] in self.booked:
                    self.faults.append("booked twice: %s" % params)
                self.booked[params["stan"]] = params["amount"]
                if self.silent:
                    return {"error": {"code": -32012, "message": "no answer",
                                      "data": {"name": "Timeout", "sent": "maybe"}}}
                return {"result": {"decision": "approved", "response_code": "00", "approval_code": "123456"}}
            if method == "host.reverse":
                stan = params["original"]["stan"]
                if stan in self.undone and not params["repeat"]:
                    self.faults.append("reversed again without saying so: %s" % params)
                if stan not in self.booked:
                    self.undone.add(stan)
                    return {"result": {"decision": "not_found", "response_code": "25"}}
                self.undone.add(stan)
                return {"result": {"decision": "approved", "response_code": "00"}}
            return {"result": {}}

    def standing(self):
        return {stan: amount for stan, amount in self.booked.items() if stan not in self.undone}


class CardReader:
    """A card that says yes when the host does, for as many lives as the driver has."""

    def __init__(self, till):
        self.till = till
        threading.Thread(target=self.live, daemon=True).start()

    def live(self):
        while True:
            try:
                self.work(self.till.driver())
            except (OSError, EOFError):
                if self.till.listener.fileno() < 0:
                    return

    @staticmethod
    def work(driver):
        while True:
            request = driver.line()
            payment = request["params"].get("payment")
            driver.answer(request)
            if request["method"] == "driver.close":
                driver.close()
                return
            if request["method"] == "payment.start":
                driver.notify("payment.need", payment=payment, need="online", sealed_b64=b64("sealed"),
                              icc_b64=b64("icc"), card={"masked_pan": "476173******0010"})
            elif request["method"] == "payment.proceed":
                approved = request["params"].get("approved", False)
                driver.notify("payment.end", payment=payment, outcome="approved" if approved else "declined")


class Crashes(unittest.TestCase):
    def sale(self, till, env):
        """One sale by a client that repeats its call until there is an outcome. True: the fault struck."""
        till.daemon.stop() # the journal is there; what creates it is not meant
        struck = False
        try:
            till.start_daemon(env)
        except AssertionError:
            struck = True
            till.start_daemon()
        while True:
            try:
                client = till.client()
                till.wait_ready(client, "rude")
                outcome = client.call("payment.authorize", key="sale", amount=1250, currency="EUR")
                return struck, client, outcome
            except (EOFError, OSError):
                struck = True
                till.daemon.wait()
                till.start_daemon()
            except RpcError as e: # at a moment when the reader is not back yet
                self.assertIn(e.name, ("Offline", "Busy", "NoHardware"))

    @staticmethod
    def state(till, client):
        """What the journal says; poshald may have been killed behind its answer. True: it was."""
        try:
            return client.call("payment.get", payment="sale")["payment"], False
        except (EOFError, OSError):
            till.daemon.wait()
            till.start_daemon()
            return till.client().call("payment.get", payment="sale")["payment"], True

    def sweep(self, how, silent):
        told = set()
        for n in range(1, FLUSHES):
            till = RudeTill(classes="card_reader")
            host = Host(till.root, silent)
            CardReader(till)
            try:
                struck, client, result = self.sale(till, {"LD_PRELOAD": FAULTIO, "FAULTIO":
                    "fdatasync:%d:%s:comm=poshald:path=/var/:once=%s/fired" % (n, how, till.root)})
                outcome = result["outcome"]
                told.add(outcome)
                wanted = {"approved": 1}.get(outcome, 0)
                wait_until(lambda: till.daemon.popen.poll() is not None or len(host.standing()) <= wanted,
                           "%s %d: %s, but the host has %s" % (how, n, outcome, host.standing()))
                state, died = self.state(till, client)
                wait_until(lambda: len(host.standing()) <= wanted,
                           "%s %d: %s, but the host has %s" % (how, n, outcome, host.standing()))
                self.assertEqual((len(host.standing()), host.faults), (wanted, []), (how, n, result))
                self.assertEqual((state["state"], state["amount_approved"]), (outcome, 1250 * wanted))
            finally:
                till.close()
                host.close()
            if not struck and not died:
                break
        self.assertGreater(n, 4, "the faults did not strike")
        return told

    def test_before_each_flush(self):
        self.assertEqual(self.sweep("kill", False), {"approved", "cancelled"})

    def test_after_each_flush(self):
        self.assertEqual(self.sweep("kill-after", False), {"approved", "cancelled"})

    def test_before_each_flush_without_an_answer(self):
        self.assertEqual(self.sweep("kill", True), {"declined", "cancelled"})


if __name__ == "__main__":
    unittest.main()
