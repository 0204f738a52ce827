"""What tests of print jobs say to a till with one emulated printer, `till-printer`, in the role `receipt`."""

from poshal_test import RECEIPT


class Receipts:
    """For a TestCase with a `till` and a `client`."""

    document = RECEIPT # what is printed unless it is said

    def print(self, key, document=None, **params):
        return self.client.call("printer.print", device="receipt", key=key, document=document or self.document, **params)

    def final(self, key, client=None):
        """The job when nothing more happens to it."""
        return (client or self.client).call("job.wait", job=key, timeout_ms=60000)["job"]

    def paper(self, **params):
        return self.till.emulator.call("printer.paper", device="till-printer", **params)

    def printer(self, **params):
        return self.till.emulator.call("printer.set", device="till-printer", **params)

    def fault(self, **params):
        return self.till.emulator.call("printer.fault", device="till-printer", **params)

    def wait_status(self, reason):
        """Until the service has seen the printer's state; None: that nothing is wrong."""
        self.client.call("events.subscribe", topics=["device.status"])
        while True:
            reasons = self.client.call("printer.status", device="receipt")["reasons"]
            if (reason in reasons) if reason else not reasons:
                return
            self.client.event("device.status")
