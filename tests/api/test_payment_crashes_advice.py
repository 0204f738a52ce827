"""poshald and the acquirer killed at each durable point of a completion: the host takes it once, whatever was repeated."""

import unittest

import test_payment_crashes
from rude_driver import RudeTill
from test_payment_crashes import FAULTIO, FLUSHES, CardReader


class Host(test_payment_crashes.Host):
    """It also takes completions: one for each reservation, and each message once."""

    def __init__(self, root):
        self.taken = {}  # stan of the completion: stan of the reservation
        self.messages = {}  # stan of the completion: the message
        super().__init__(root)

    def answer(self, method, params):
        if method != "host.complete":
            return super().answer(method, params)
        with self.lock:
            original = params["original"]["stan"]
            said = {k: v for k, v in params.items() if k != "repeat"}
            first = self.messages.setdefault(params["stan"], said)
            if first != said:
                self.faults.append("not the same as before: %s" % params)
            if params["stan"] in self.taken:
                if not params["repeat"]:
                    self.faults.append("sent again without saying so: %s" % params)
                return {"result": {"decision": "duplicate", "response_code": "94"}}
            if original not in self.standing():
                self.faults.append("completes what is not reserved: %s" % params)
            if original in self.taken.values():
                self.faults.append("completed twice: %s" % params)
            self.taken[params["stan"]] = original
            return {"result": {"decision": "approved", "response_code": "00"}}


class Crashes(unittest.TestCase):
    def complete(self, till, client):
        """The completion, by a client that repeats its call until there is an outcome, with a new key where it came to nothing."""
        died, key = False, 0
        while True:
            try:
                result = client.call("payment.complete", payment="room", key="out-%d" % key, amount=900)
                if result["outcome"] != "cancelled":
                    return died, client, result
                key += 1
            except (EOFError, OSError):
                died = True
                till.daemon.wait()
                till.start_daemon()
                client = till.client()

    def sweep(self, how):
        struck = 0
        for n in range(1, FLUSHES):
            till = RudeTill(classes="card_reader")
            host = Host(till.root)
            CardReader(till)
            try:
                client = till.client()
                till.wait_ready(client, "rude")
                client.call("payment.authorize", key="room", amount=1250, currency="EUR", type="preauth")
                till.daemon.stop()
                fault = "fdatasync:%d:%s:comm=poshald:path=/var/:once=%s/fired" % (n, how, till.root)
                try:
                    till.start_daemon({"LD_PRELOAD": FAULTIO, "FAULTIO": fault})
                except AssertionError:
                    till.start_daemon()
                died, client, result = self.complete(till, till.client())
                self.assertEqual((result["outcome"], result["amount_approved"]), ("approved", 900), (how, n))
                self.assertEqual(([*host.taken.values()], host.faults), (["000001"], []), (how, n))
                try:
                    state = client.call("payment.get", payment=result["payment"])["payment"]
                except (EOFError, OSError): # killed behind its answer
                    till.daemon.wait()
                    till.start_daemon()
                    died = True
                    state = till.client().call("payment.get", payment=result["payment"])["payment"]
                self.assertEqual((state["state"], state["amount_approved"]), ("approved", 900), (how, n))
            finally:
                till.close()
                host.close()
            if not died:
                break
            struck += 1
        self.assertGreater(struck, 3, "the faults did not strike")

    def test_before_each_flush(self):
        self.sweep("kill")

    def test_after_each_flush(self):
        self.sweep("kill-after")


if __name__ == "__main__":
    unittest.main()
