"""What the service makes of labels: their meaning, labels that wait, AutoDisable and DataCount."""

import unittest

from poshal_test import DEVICES, Till, wait_until

SCANNER = DEVICES.replace("driver = scanner-serial\n", "driver = scanner-serial\naim = auto\n{{more}}\n")


class ScannerService(unittest.TestCase):
    more = ""

    def setUp(self):
        self.till = Till(devices=SCANNER.replace("{{more}}", self.more))
        self.client = self.till.client()
        self.till.wait_ready(self.client, "scanner")

    def tearDown(self):
        self.till.close()

    def claim(self, enable=True):
        self.client.call("device.claim", device="scanner", wait_ms=30000)
        if enable:
            self.client.call("scanner.enable", device="scanner")

    def scan(self, text):
        self.till.emulator.call("scanner.scan", device="lane-scanner", text=text)

    def data(self):
        return self.client.event("scanner.data")["data"]

    def dropped(self):
        return self.client.event("scanner.dropped")["data"]

    def status(self):
        return self.client.call("scanner.status", device="scanner")

    def wait_data_count(self, count):
        wait_until(lambda: self.status()["data_count"] == count, f"{count} labels wait")


class Meaning(ScannerService):
    more = "measure_country = DE"

    def test_gs1_elements(self):
        self.claim()
        self.scan("]C1010950600013435231030012341726010010ABC")
        data = self.data()
        self.assertEqual(data["gs1"], [
            {"ai": "01", "title": "GTIN", "value": "09506000134352"},
            {"ai": "3103", "title": "NET WEIGHT (kg)", "value": "001234", "decimals": 3},
            {"ai": "17", "title": "USE BY OR EXPIRY", "value": "260100"},
            {"ai": "10", "title": "BATCH/LOT", "value": "ABC"}])
        self.assertNotIn("gs1_problem", data)
        self.assertEqual(data["symbology"], "gs1-128")

    def test_wrong_elements_suppress_nothing(self):
        self.claim()
        self.scan("]C1010950600013435310ABC")
        data = self.data()
        self.assertEqual(data["text"], "010950600013435310ABC")
        self.assertNotIn("gs1", data)
        self.assertEqual(data["gs1_problem"], "(01): wrong check digit")

    def test_digital_link(self):
        self.claim()
        self.scan("]Q1https://id.gs1.org/01/09506000134352/10/ABC?17=260101")
        self.assertEqual([(e["ai"], e["value"]) for e in self.data()["gs1"]],
                         [("01", "09506000134352"), ("10", "ABC"), ("17", "260101")])

    def test_numbers(self):
        self.claim()
        self.scan("]E04006381333931")
        data = self.data()
        self.assertIs(data["checksum_ok"], True)
        self.assertNotIn("measure", data)
        self.assertEqual(data["gs1"], [{"ai": "01", "title": "GTIN", "value": "04006381333931"}])
        self.scan("]E04006381333932")
        self.assertIs(self.data()["checksum_ok"], False)
        self.scan("]E02211114002394")
        self.assertEqual(self.data()["measure"], {
            "kind": "price", "verified": True, "value": 239, "decimals": 2, "item": "221111",
            "key": "2211110000004"})
        self.scan("]E02511118000120")
        measure = self.data()["measure"]
        self.assertIs(measure["verified"], False)
        self.assertNotIn("value", measure)
        self.scan("]C0HELLO")
        self.assertEqual(set(self.data()) & {"checksum_ok", "gs1", "gs1_problem", "measure"}, set())


class Waiting(ScannerService):
    def test_auto_disable_gives_one_at_a_time(self):
        self.claim(enable=False)
        self.client.call("scanner.configure", device="scanner", auto_disable=True, age_out_ms=600000)
        self.client.call("scanner.enable", device="scanner")
        for text in ("A1", "B2", "C3"):
            self.scan(text)
        self.assertEqual(self.data()["text"], "A1")
        self.wait_data_count(2)
        self.assertIs(self.status()["enabled"], False)
        self.client.call("scanner.enable", device="scanner")
        second = self.data()
        self.assertEqual(second["text"], "B2")
        self.assertGreaterEqual(second["age_ms"], 0)
        self.assertEqual(self.status()["data_count"], 1)
        self.assertEqual(self.client.call("scanner.clear", device="scanner"), {"cleared": 1})
        self.assertEqual(self.status(), {"enabled": False, "data_count": 0, "auto_disable": True,
                                         "duplicate_window_ms": 0, "age_out_ms": 600000})

    def test_labels_that_are_too_old_are_dropped_and_said(self):
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.claim(enable=False)
        self.client.call("scanner.configure", device="scanner", age_out_ms=1)
        self.scan("OLD")
        self.assertEqual(self.dropped(), {"count": 1, "reason": "aged_out"})
        self.client.call("scanner.enable", device="scanner")
        self.scan("NEW")
        self.assertEqual(self.data()["text"], "NEW")

    def test_the_oldest_stay_when_the_queue_is_full(self):
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.claim(enable=False)
        self.client.call("scanner.configure", device="scanner", age_out_ms=600000)
        for i in range(65):
            self.scan(f"L{i}")
        self.assertEqual(self.dropped(), {"count": 1, "reason": "queue_full"})
        self.client.call("scanner.enable", device="scanner")
        self.assertEqual([self.data()["text"] for _ in range(64)], [f"L{i}" for i in range(64)])

    def test_the_leases_end_forgets_what_waited_and_was_configured(self):
        self.client.call("events.subscribe", topics=["scanner.dropped"])
        self.claim(enable=False)
        self.client.call("scanner.configure", device="scanner", age_out_ms=600000)
        self.scan("A1")
        self.wait_data_count(1)
        self.client.call("device.release", device="scanner")
        self.assertEqual(self.dropped(), {"count": 1, "reason": "released"})
        self.assertEqual(self.status()["age_out_ms"], 0)


class WaitingForAHolder(ScannerService):
    more = "age_out_ms = 600000"

    def test_a_label_read_before_the_application_was_there(self):
        self.scan("EARLY")
        self.wait_data_count(1)
        self.claim()
        self.assertEqual(self.data()["text"], "EARLY")


if __name__ == "__main__":
    unittest.main()
