"""How long is waited for a card, for a terminal that is asked, for a disk and for a stop; and what a cancel does meanwhile."""

import contextlib
import os
import unittest

from paying import Paying
from poshal_test import BUILD, RpcError
from rude_driver import RudeTill

FAULTIO = BUILD + "/lib/faultio.so"
BAD_DISK = "/tmp/poshal-waits-bad-disk-%d" % os.getpid()


class Waits(Paying):
    def make_till(self):
        return RudeTill(classes=self.CLASSES, config="[payments]\nanswer_s = 1\ncard_s = 1\n\n",
                        env={"LD_PRELOAD": FAULTIO,
                             "FAULTIO": "pwrite:errno=EIO:comm=poshald:path=/var/:while=" + BAD_DISK})

    def uncertain(self, call):
        with self.assertRaises(RpcError) as caught:
            self.client.result(call)
        self.assertEqual(caught.exception.name, "Uncertain")

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
        self.addCleanup(self.mend)
        open(BAD_DISK, "w").close()
        self.end()
        self.uncertain(call)
        self.uncertain(self.ask())
        self.mend()
        self.assertEqual(self.client.result(self.ask())["outcome"], "approved")

    @staticmethod
    def mend():
        with contextlib.suppress(FileNotFoundError):
            os.unlink(BAD_DISK)


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
        self.uncertain(self.ask())
        self.need("store", kind="result", data="receipt=0042")
        self.assertEqual(self.proceed(), {"ok": True})
        self.uncertain(self.ask())
        call = self.ask()
        self.end("approved", amount_approved=1250)
        self.assertEqual(self.client.result(call)["outcome"], "approved")


if __name__ == "__main__":
    unittest.main()
