"""A journal that cannot be used, or not all of it: devices are served, what would be stored is refused, and it is said why."""

import os
import sqlite3
import subprocess
import unittest

from poshal_test import BUILD, RECEIPT, Till, wait_until

CONFIG = "[service]\nlog_level = debug\n"


def journal(till):
    return till.root + "/var/journal.db"


def spoil_page(path, table):
    with sqlite3.connect(path) as db:
        page, size = db.execute("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?",
                                (table,)).fetchone()
    with open(path, "r+b") as f:
        f.seek((page - 1) * size)
        f.write(b"\xa5" * size)


class Unusable(unittest.TestCase):
    def check_closed(self, till, words):
        client = till.client()
        info = client.call("system.info")["journal"]
        self.assertEqual(info["health"], "closed")
        self.assertIn(words, info["text"])
        finding = next(f for f in client.call("system.diagnose")["findings"] if f["subject"] == "journal")
        self.assertEqual((finding["severity"], finding["problem"]), ("error", info["text"]))
        self.assertIn("running without the journal", till.log())
        self.assertFalse(info["full"])
        self.assertNotIn("is full", till.log())
        return client

    def test_a_newer_schema(self):
        with Till(daemon=False) as till:
            os.makedirs(till.root + "/var")
            with sqlite3.connect(journal(till)) as db:
                db.execute("PRAGMA application_id = %d" % 0x50484a31)
                db.execute("PRAGMA user_version = 99")
                db.execute("CREATE TABLE later (x)")
            till.start_daemon()
            client = self.check_closed(till, "has schema version 99")
            till.wait_ready(client, "lane-scanner", "till-printer")
            client.call("device.claim", device="lane-scanner")
            client.call("scanner.enable", device="lane-scanner")
            till.emulator.call("scanner.scan", text="4006381333931", symbology="ean13", device="lane-scanner")
            self.assertEqual(client.event("scanner.data")["data"]["text"], "4006381333931")
            error = client.error("printer.print", device="receipt", key="k", document=RECEIPT)
            self.assertIn("the job cannot be stored", error.message)
            error = client.error("drawer.open", device="drawer", key="k")
            self.assertIn("the opening cannot be stored", error.message)
            till.daemon.stop()
            with sqlite3.connect(journal(till)) as db:
                self.assertEqual(db.execute("PRAGMA user_version").fetchone(), (99,))

    def test_no_database_at_all(self):
        with Till(bench=None, daemon=False, config=CONFIG, devices="") as till:
            os.makedirs(till.root + "/var")
            with open(journal(till), "wb") as f:
                f.write(b"\xa5" * 8192)
            till.start_daemon()
            self.check_closed(till, "damaged")
            till.daemon.stop()
            with open(journal(till), "rb") as f:
                self.assertEqual(f.read(), b"\xa5" * 8192)


class Damaged(unittest.TestCase):
    def test_what_can_be_read_is_used(self):
        with Till(bench=None, config=CONFIG, devices="") as till:
            till.client().call("system.info")
            till.daemon.stop()
            spoil_page(journal(till), "document")
            till.start_daemon()
            client = till.client()
            wait_until(lambda: client.call("system.info")["journal"]["health"] != "checking", "the check does not end")
            info = client.call("system.info")["journal"]
            self.assertEqual(info["health"], "damaged")
            finding = next(f for f in client.call("system.diagnose")["findings"] if f["subject"] == "journal")
            self.assertEqual(finding["problem"], info["text"])
            self.assertIn("nothing is accepted without the host any more", till.log())
            self.assertTrue(client.call("audit.verify")["ok"])


    def test_a_file_that_is_cut_off(self):
        with Till(bench=None, config=CONFIG, devices="") as till:
            till.client().call("system.info")
            till.daemon.stop()
            with sqlite3.connect(journal(till)) as db:
                db.execute("CREATE TABLE filler AS SELECT zeroblob(40000) AS bytes")
            db.close()
            size = os.path.getsize(journal(till)) - 4196
            os.truncate(journal(till), size)
            till.start_daemon()
            client = till.client()
            info = client.call("system.info")["journal"]
            self.assertEqual((info["health"], info["full"]), ("damaged", False))
            self.assertIn("its end is missing", info["text"])
            self.assertEqual(os.path.getsize(journal(till) + "-cut-off"), size)
            finding = next(f for f in client.call("system.diagnose")["findings"] if f["subject"] == "journal")
            self.assertEqual(finding["problem"], info["text"])


class Older(unittest.TestCase):
    def test_a_journal_that_was_moved_away(self):
        with Till(bench=None, config=CONFIG, devices="") as till:
            client = till.client()
            client.call("config.reload")
            wait_until(lambda: client.call("audit.list", since=0, limit=1)["entries"], "nothing is in the trail")
            till.daemon.stop()
            os.rename(journal(till), journal(till) + ".away")
            till.start_daemon()
            client = till.client()
            finding = next(f for f in client.call("system.diagnose")["findings"] if f["subject"] == "journal")
            self.assertIn("older than what this machine has worked with", finding["problem"])
            wait_until(lambda: client.call("audit.list", since=0, limit=1)["entries"], "it is not in the trail")
            self.assertEqual(client.call("audit.list", since=0, limit=1)["entries"][0]["action"], "journal.restored")


class Pending(unittest.TestCase):
    def ask(self, till):
        done = subprocess.run([BUILD + "/bin/poshald", "--root", till.root, "--pending"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.split(" ")[0], done.stderr

    def test_what_waits_is_told_before_it_is_removed(self):
        with Till(bench=None, config=CONFIG, devices="", daemon=False) as till:
            os.makedirs(till.root + "/var")
            self.assertEqual(self.ask(till), (0, "0", ""))
            till.start_daemon()
            code, _, words = self.ask(till)
            self.assertEqual(code, 2)
            self.assertIn("poshald is running", words)
            till.daemon.stop()
            self.assertEqual(self.ask(till), (0, "0", ""))
            with sqlite3.connect(journal(till)) as db:
                db.execute("INSERT INTO payment (uid, method, key, body, device, type, currency, amount, cashback, operator, reference, "
                           "reason, original, counter, created_us, changed_us) VALUES (0, 'payment.authorize', 'k', zeroblob(32), "
                           "'reader', 'sale', 'EUR', 100, 0, '', '', '', 0, 1, 1, 1)")
                db.execute("INSERT INTO record (payment, parent, kind, state, terminal, stan, rrn, transmission, local_time, local_date, "
                           "entry, sequence, reason, created_us, changed_us) VALUES (1, 0, 3, 1, 'TID', 1, '000000000001', "
                           "'1122120000', '120000', '1122', 'chip', 1, '', 1, 1)")
            db.close()
            self.assertEqual(self.ask(till), (1, "1", ""))
            with open(journal(till), "r+b") as f:
                f.write(b"no database" * 10)
            self.assertEqual(self.ask(till)[0], 2)


if __name__ == "__main__":
    unittest.main()
