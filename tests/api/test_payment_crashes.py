"""Service, acquirer and driver killed at each durable point of sales, voids and refunds, and a host that keeps accounts.

What stands in its accounts at the end is what the client was told, and nothing was booked twice.
"""

import contextlib
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
        self.booked = {}  # stan: amount, below 0 for what is given back
        self.undone = set()
        self.faults = []
        self.silent = silent  # books, and does not answer
        self.dying = None  # the acquirer ends once: method, and "asked", "booked" or "answered"
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
        with contextlib.suppress(OSError, ValueError), connection.makefile("rwb", buffering=0) as line:
            self.say(line, method="acquirer.hello", params=hello)
            while self.serve_one(line, json.loads(line.readline())):
                pass
        connection.close()

    @staticmethod
    def say(line, **message):
        line.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def dies(self, method, moment):
        if self.dying != (method, moment):
            return False
        self.dying = None
        return True

    def serve_one(self, line, message):
        """False: the process ends."""
        method = message["method"]
        if self.dies(method, "asked"):
            return False
        answer = self.answer(method, message["params"])
        if self.dies(method, "booked"):
            return False
        self.say(line, id=message["id"], **answer)
        return not self.dies(method, "answered")

    def answer(self, method, params):
        with self.lock:
            self.lock.notify_all()
            if method in ("host.authorize", "host.refund"):
                if params["stan"] in self.booked:
                    self.faults.append("booked twice: %s" % params)
                self.booked[params["stan"]] = params["amount"] * (1 if method == "host.authorize" else -1)
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
        self.dying = None  # the driver ends once: behind this message to or from it
        threading.Thread(target=self.live, daemon=True).start()

    def live(self):
        while True:
            try:
                self.work(self.till.driver())
            except (OSError, EOFError):
                if self.till.listener.fileno() < 0:
                    return

    def behind(self, driver, point):
        if self.dying == point:
            self.dying = None
            driver.close()
            raise EOFError

    def work(self, driver):
        while True:
            request = driver.line()
            payment = request["params"].get("payment")
            driver.answer(request)
            if request["method"] == "driver.close":
                driver.close()
                return
            self.behind(driver, request["method"])
            if request["method"] == "payment.start":
                driver.notify("payment.need", payment=payment, need="online", sealed_b64=b64("sealed"),
                              icc_b64=b64("icc"), card={"masked_pan": "476173******0010"})
                self.behind(driver, "payment.need")
            elif request["method"] == "payment.proceed":
                approved = request["params"].get("approved", False)
                driver.notify("payment.end", payment=payment, outcome="approved" if approved else "declined")
                self.behind(driver, "payment.end")


class Shop:
    """A till and a client that repeats each call until it is answered, whoever has died meanwhile."""

    def __init__(self, silent=False):
        self.till = RudeTill(classes="card_reader")
        self.host = Host(self.till.root, silent)
        self.reader = CardReader(self.till)
        self.died = False
        self.prefix = "day"
        self.told = {}  # key: outcome
        self.client = self.till.client()
        self.till.wait_ready(self.client, "rude")

    def close(self):
        if self.till.daemon.popen.poll() is None:
            self.till.daemon.stop() # the reader gives its device back, which it cannot once it is closed from here
        self.till.close()
        self.host.close()

    def start(self, env):
        """Anew, with a journal that is there already: what creates it is not meant."""
        self.till.daemon.stop()
        try:
            self.till.start_daemon(env)
            self.client = self.till.client()
        except (AssertionError, OSError, EOFError):
            self.again()

    def again(self):
        self.died = True
        self.till.daemon.wait()
        self.till.start_daemon()
        self.client = self.till.client()

    def call(self, method, **params):
        while True:
            try:
                return self.client.call(method, **params)
            except (EOFError, OSError):
                self.again()
            except RpcError as e:
                if e.name not in ("Offline", "Busy", "NoHardware"): # the reader is not back yet
                    raise
                with contextlib.suppress(EOFError, OSError):
                    self.till.wait_ready(self.client, "rude")

    def pay(self, method, key, outcome="approved", **params):
        """Money moves: with a new key where it came to nothing, as a person would do it. The last key."""
        for n in range(5):
            name = "%s-%s-%d" % (self.prefix, key, n)
            self.told[name] = self.call(method, key=name, **params)["outcome"]
            if self.told[name] == outcome:
                return name
        raise AssertionError("%s was never %s: %s" % (key, outcome, self.told))

    def wait(self, condition, message):
        """Also while poshald dies behind its answers."""
        def come():
            if self.till.daemon.popen.poll() is not None:
                self.again()
            return condition()
        wait_until(come, message)

    # each from the first payment on; `before` the one it is about something may be set up

    def sale(self, before=lambda: None, amount=1250):
        before()
        return self.pay("payment.authorize", "sale", amount=amount, currency="EUR")

    def void(self, before=lambda: None):
        sale = self.sale()
        before()
        self.pay("payment.void", "void", payment=sale, operator="ann", reason="wrong")
        self.wait(lambda: self.call("payment.get", payment=sale)["payment"]["reversal"]["state"] == "done",
                  "the void is not acknowledged")

    def refund(self, before=lambda: None):
        sale = self.sale(amount=700)
        before()
        self.pay("payment.refund", "refund", payment=sale, amount=300, operator="ann")

    STAND = {"sale": [1250], "void": [], "refund": [-300, 700]}

    def day(self):
        self.void()
        self.prefix = "later"
        self.refund()

    def judge(self, test, expected, what):
        self.wait(lambda: sorted(self.host.standing().values()) == expected,
                  "%s: told %s, but the host has %s" % (what, self.told, self.host.standing()))
        test.assertEqual(self.host.faults, [], what)
        for key, outcome in self.told.items():
            test.assertEqual(self.call("payment.get", payment=key)["payment"]["state"], outcome, (what, key))


class Crashes(unittest.TestCase):
    """poshald before and behind each flush."""

    def sweep(self, how, work, expected, silent=False):
        outcomes = set()
        for n in range(1, FLUSHES):
            shop = Shop(silent)
            try:
                shop.start({"LD_PRELOAD": FAULTIO, "FAULTIO": "fdatasync:%d:%s:comm=poshald:path=/var/:once=%s/fired"
                            % (n, how, shop.till.root)})
                work(shop)
                shop.judge(self, expected, (how, n))
                outcomes.update(shop.told.values())
            finally:
                shop.close()
            if not shop.died:
                break
        self.assertGreater(n, 4, "the faults did not strike")
        return n, outcomes

    def test_before_each_flush(self):
        n, outcomes = self.sweep("kill", Shop.day, [-300, 700])
        self.assertEqual((n > 15, outcomes), (True, {"approved", "cancelled"}))

    def test_after_each_flush(self):
        n, outcomes = self.sweep("kill-after", Shop.day, [-300, 700])
        self.assertEqual((n > 15, outcomes), (True, {"approved", "cancelled"}))

    def test_before_each_flush_without_an_answer(self):
        def sale(shop):
            shop.told["sale"] = shop.call("payment.authorize", key="sale", amount=1250, currency="EUR")["outcome"]
        _, outcomes = self.sweep("kill", sale, [], silent=True)
        self.assertEqual(outcomes, {"declined", "cancelled"})


class Neighbours(unittest.TestCase):
    """The others at each point at which poshald has something on disk; poshald lives."""

    def round(self, shop, kind, before, what):
        shop.told, shop.prefix = {}, "-".join(what)
        getattr(shop, kind)(before)
        return shop.STAND[kind]

    def test_the_acquirer(self):
        """One after the other at the same till."""
        shop, stand = Shop(), []
        self.addCleanup(shop.close)
        for kind, method in ("sale", "host.authorize"), ("void", "host.reverse"), ("refund", "host.refund"):
            for moment in "asked", "booked", "answered":
                def before(method=method, moment=moment):
                    shop.host.dying = (method, moment)
                stand = sorted(stand + self.round(shop, kind, before, (kind, moment)))
                shop.judge(self, stand, (kind, moment))
                shop.wait(lambda: not shop.host.dying, "%s: it did not end %s" % (kind, moment))

    def test_the_driver(self):
        """Each at a till of its own, as a driver that ends again and again is started ever later."""
        for kind in "sale", "refund":
            for point in "payment.start", "payment.need", "payment.proceed", "payment.end":
                shop = Shop()
                try:
                    def before(shop=shop, point=point):
                        shop.reader.dying = point
                    shop.judge(self, self.round(shop, kind, before, (kind, point)), (kind, point))
                    shop.wait(lambda shop=shop: not shop.reader.dying, "%s: it did not end behind %s" % (kind, point))
                finally:
                    shop.close()


if __name__ == "__main__":
    unittest.main()
