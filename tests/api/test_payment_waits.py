"""How long is waited for a card, for a terminal that is asked, for a disk and for a stop; and what a cancel does meanwhile."""

import contextlib
import os
import signal
import unittest

from paying import Paying
from poshal_test import BUILD, RpcError, wait_until
from rude_driver import RudeTill

FAULTIO = BUILD + "/lib/faultio.so"
BAD_DISK = "/tmp/poshal-waits-bad-disk-%d" % os.getpid()
SLOW_DISK = "/tmp/poshal-waits-slow-disk-%d" % os.getpid()


class Waits(Paying):
    def make_till(self):
        return RudeTill(classes=self.CLASSES, config="[payments]\nanswer_s = 1\ncard_s = 1\n\n",
                        env={"LD_PRELOAD": FAULTIO, "FAULTIO":
                             "pwrite:errno=EIO:comm=poshald:path=/var/:while=%s;"
                             "sync:delay=300ms:comm=poshald:while=%s" % (BAD_DISK, SLOW_DISK)})

    def spoil(self, how):
        self.addCleanup(self.mend)
        open(how, "w").close()

    @staticmethod
    def mend():
        for how in BAD_DISK, SLOW_DISK:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(how)

    def uncertain(self, call):
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")

    def is_stopping(self):
        try:
            self.client.call("config.reload")
        except RpcError as error:
            return error.name == "Busy"
        return False

    def assertStopWaits(self, call):
        self.till.daemon.popen.send_signal(signal.SIGTERM)
        wait_until(self.is_stopping, "it does not stop")
        cancel = self.client.send("payment.cancel", {"payment": "k1"})
        request = self.driver.line()
        while request["method"] == "driver.ping": # it was late with an answer
            self.driver.answer(request)
            request = self.driver.line()
        self.assertEqual(request["method"], "payment.cancel") # and not that it has to end
        self.driver.refuse(request, "Busy")
        with self.assertRaises(RpcError):
            self.client.result(cancel)
        self.end("approved", amount_approved=1250)
        self.assertEqual(self.client.result(call)["outcome"], "approved")
        self.driver.request("driver.close")
        self.driver.close()
        self.assertEqual(self.till.daemon.wait(), 0)

    def step(self, step):
        self.driver.notify("payment.progress", payment=self.payment, step=step)


class Reader(Waits):
    def cancelled(self):
        self.driver.answer(self.driver.request("payment.cancel"))

    def test_no_card(self):
        call = self.ask()
        self.started()
        self.step("insert_card")
        self.cancelled()
        # the card that came in that moment is pulled again
        self.step("reading")
        self.end("cancelled", reason="card_removed")
        self.assertEqual(self.client.result(call)["reason"], "card_removed")
        call = self.ask("k2")
        self.started()
        self.step("reading")
        self.step("insert_card")
        self.cancelled()
        self.end("cancelled", reason="cancelled")
        result = self.client.result(call)
        self.assertEqual((result["outcome"], result["reason"]), ("cancelled", "no_card"))

    def test_asked_again_while_the_end_cannot_be_stored(self):
        call, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.spoil(BAD_DISK)
        self.end()
        self.uncertain(call)
        self.uncertain(self.ask())
        self.mend()
        self.assertEqual(self.client.result(self.ask())["outcome"], "approved")

    def test_a_stop_waits_for_the_card(self):
        call, request = self.to_host()
        self.host.answer(request, decision="approved", response_code="00", approval_code="123456")
        self.proceed()
        self.assertStopWaits(call)


class Terminal(Waits):
    CLASSES = "terminal"

    def before(self):
        self.need("store", kind="before", data="receipt=0041")
        self.assertEqual(self.proceed(), {"ok": True})

    def test_a_terminal_that_is_asked(self):
        call = self.ask()
        self.started()
        self.before()
        self.driver.close()
        self.driver = self.till.driver()
        self.started("payment.recover")
        self.uncertain(call)
        error = self.client.error("payment.cancel", payment="k1")
        self.assertEqual(error.name, "Busy")
        self.assertIn("payment.resolve", error.message)
        self.uncertain(self.ask())
        self.need("store", kind="result", data="receipt=0042")
        self.assertEqual(self.proceed(), {"ok": True})
        self.uncertain(self.ask())
        self.end("approved", amount_approved=1250)
        wait_until(lambda: self.state() == "approved", "it did not end")
        self.assertEqual(self.client.result(self.ask())["outcome"], "approved")

    def test_a_stop_waits_for_the_terminal(self):
        call = self.ask()
        self.started()
        self.before()
        self.assertStopWaits(call)

    def test_cancelled_while_what_it_held_is_stored(self):
        for how in "method", "rpc":
            call = self.ask(how)
            self.started()
            self.spoil(SLOW_DISK)
            self.need("store", kind="before", data="receipt=0041")
            self.step("processing")
            self.client.wait_for(lambda m: m["method"] == "progress")
            cancel = (self.client.send("payment.cancel", {"payment": how}) if how == "method" else
                      self.client.send("rpc.cancel", {"id": call}))
            self.driver.answer(self.driver.request("payment.cancel"))
            self.client.result(cancel)
            self.mend()
            self.end("cancelled", reason="cancelled")
            self.assertEqual(self.client.result(call)["outcome"], "cancelled")

    def test_resolved_while_the_terminal_comes_back(self):
        for key, says in ("k1", ""), ("k2", "need end"), ("k3", "end"):
            self.ask(key)
            self.started()
            self.before()
            self.client.notifications.clear()
            self.driver.close()
            self.client.wait_for(lambda m: m["method"] == "progress" and m["params"]["step"] == "recovering")
            self.driver = self.till.next_driver()
            self.spoil(SLOW_DISK)
            who = {"operator": "ann", "reason": "looked"}
            resolve = self.client.send("payment.resolve", {"payment": key, "outcome": "cancelled", **who})
            self.client.call("rpc.ping")
            self.driver.ready()
            if "need" in says:
                self.need("store", kind="result", data="receipt=0042")
            if "end" in says:
                self.end("approved", amount_approved=1250)
            # whatever of its own end is still being written
            told = self.client.result(resolve)["payment"]
            self.assertEqual((told["state"], told["resolution"]["outcome"]), ("uncertain", "cancelled"))
            self.mend()
            self.till.wait_ready(self.client, "rude")
            described = self.client.call("payment.get", payment=key)["payment"]
            self.assertEqual((described["state"], described["resolution"]["outcome"]), ("uncertain", "cancelled"))
            wait_until(lambda: "payment" not in self.client.call("terminal.status", device="rude"), "it goes on")


if __name__ == "__main__":
    unittest.main()
