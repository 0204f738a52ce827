"""What another user of the machine may do: raw bytes in any wrapping, and copies of others' receipts."""

import os
import unittest

from rude_driver import CONFIG, DEVICE, RudeTill

RAW = [{"raw_b64": "QQ=="},
       {"v": 1, "body": [{"text": "x"}, {"raw": {"escpos_b64": "QQ=="}}]},
       {"receiptline": "{x:\\x1bp0}"},
       {"receiptline": "a | b\n{command:\\x1b@}"}]


@unittest.skipIf(os.geteuid(), "only root can become somebody else")
class Grants(unittest.TestCase):
    def start(self, grants):
        self.till = RudeTill(classes="printer")
        self.addCleanup(self.till.close)
        self.driver = self.till.driver()
        self.client = self.till.client()
        self.till.write_config(CONFIG.format(root=self.till.root) + "[access]\nuser.nobody = %s\n" % grants)
        self.client.call("config.reload")
        self.till.open_to_all()

    def as_nobody(self, *calls):
        return self.till.as_nobody(*calls)

    def test_raw_bytes_need_directio_in_whatever_they_are_wrapped(self):
        self.start("print")
        calls = [("printer.print", {"device": "rude", "key": "k%d" % i, "document": d}) for i, d in enumerate(RAW)]
        for name, message in self.as_nobody(*calls):
            self.assertEqual(name, "AccessDenied")
            self.assertIn("directio", message)
        self.assertEqual(self.client.call("job.list")["jobs"], [])

    def test_a_copy_is_for_its_owner_or_for_those_who_may_see_all(self):
        self.start("print")
        self.client.call("printer.print", device="rude", key="k", document={"text": "x"})
        request = self.driver.request("printer.print")
        self.driver.answer(request, segments=1)
        self.driver.notify("job.end", job=request["params"]["job"], outcome="printed", segments=1, confirmed=1)
        self.client.call("job.wait", job="k")
        by_id, by_key = ("job.copy", {"job": "job-1"}), ("job.copy", {"job": "k"})
        denied, unknown = self.as_nobody(by_id, by_key)
        self.assertEqual((denied[0], unknown[0]), ("AccessDenied", "NoExist"))
        self.till.write_config(CONFIG.format(root=self.till.root) + "[access]\nuser.nobody = print monitor\n",
                               DEVICE.format(name="rude", classes="printer"))
        self.client.call("config.reload")
        self.assertEqual(self.as_nobody(by_id), [None])


if __name__ == "__main__":
    unittest.main()
