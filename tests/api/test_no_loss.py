"""Each label once and in order, on every cable, for a program that is slow at times; what does not fit is counted.

POSHAL_LABELS sets how many labels are scanned in all (the test of that name is part of a soak then).
"""

import collections
import json
import os
import tempfile
import time
import unittest

from poshal_test import DEADLINE, RpcError, Till, wait_until

LABELS = int(os.environ.get("POSHAL_LABELS", "5000"))
CABLES = {"serial": ("serial\nsuffix = cr", "scanner-serial"), "ssi": ("ssi", "scanner-ssi"),
          "hid": ("hidpos\nplug = hid", "scanner-hid")}
SCANNERS = [cable + str(n) for cable in CABLES for n in range(6)]
# A scanner may send 500 labels in a second: so many rounds are within that, and so are all tests but the soak together.
ROUND = 56   # labels of each scanner, which together a program may leave unread (1024)
ROUNDS = 8
UNREAD = 100 # of each scanner for a program that does not read
KEPT = 64    # for one that does not want them yet


class NoLoss(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as bench:
            for name in SCANNERS:
                bench.write("[scanner %s]\nprotocol = %s\n\n" % (name, CABLES[name[:-1]][0]))
            bench.flush()
            cls.till = Till(bench=bench.name, config="", devices="".join(
                "[device %s]\ndriver = %s\nconnection = {%s}\nage_out_ms = 600000\n\n" % (name, CABLES[name[:-1]][1], name)
                for name in SCANNERS))
        cls.watcher = cls.till.client()
        cls.till.wait_ready(cls.watcher, *SCANNERS)
        cls.watcher.call("events.subscribe", topics=["scanner.dropped"])

    @classmethod
    def tearDownClass(cls):
        cls.till.close()

    def setUp(self):
        self.before = {name: self.statistics(name) for name in SCANNERS}
        self.sent = collections.Counter()
        self.client = self.till.client()

    def tearDown(self):
        self.client.close()

    def statistics(self, name):
        s = self.watcher.call("device.statistics", device=name)["statistics"]
        return s["GoodScanCount"], s["M_DroppedScanCount"]

    def counted(self, name):
        """Good and dropped labels since the test began."""
        return tuple(now - before for now, before in zip(self.statistics(name), self.before[name]))

    def claim(self, enable=True):
        for name in SCANNERS:
            self.client.call("device.claim", device=name)
            self.client.call("scanner.clear", device=name)
            if enable:
                self.client.call("scanner.enable", device=name)
        for name in SCANNERS:  # what it was told is on its way
            self.till.emulator.call("scanner.wait", device=name, enabled=True)

    def scan(self, name):
        """The next label of this scanner, once it has room for one."""
        def done():
            try:
                self.till.emulator.call("scanner.scan", device=name, text=self.text(name, self.sent[name]),
                                        symbology="code128")
            except RpcError as error:
                if error.name != "Busy":
                    raise
                return False
            return True
        if not done():
            wait_until(done, "%s takes no more labels" % name)
        self.sent[name] += 1

    @staticmethod
    def text(name, number):
        return "%s-%06d" % (name, number)

    def scan_all(self, times):
        for _ in range(times):
            for name in SCANNERS:
                self.scan(name)

    def wait_scanned(self):
        """Until the service has them all."""
        for name in SCANNERS:
            wait_until(lambda: self.counted(name)[0] == self.sent[name], "labels of %s: %s" % (name, self.sent[name]))

    def dropped(self):
        """Labels by scanner and reason that were said to be lost until now."""
        self.watcher.call("rpc.ping")
        lost = collections.Counter()
        for message in self.watcher.notifications:
            event = message["params"]
            if event.get("topic") == "scanner.dropped":
                lost[event["device"], event["data"]["reason"]] += event["data"]["count"]
        self.watcher.notifications.clear()
        return lost

    def read_labels(self, labels, count):
        for _ in range(count):
            event = self.client.event("scanner.data")
            labels[event["device"]].append(event["data"]["text"])

    def assert_in_order(self, labels, counts):
        for name in SCANNERS:
            self.assertEqual(labels[name], [self.text(name, i) for i in range(counts[name])])

    def test_every_label_once_and_in_order(self):
        self.claim()
        labels = collections.defaultdict(list)
        ends = collections.deque(maxlen=ROUNDS)
        each, began, number = LABELS // len(SCANNERS), time.monotonic(), 0
        while self.sent[SCANNERS[0]] < each:
            if len(ends) == ROUNDS and time.monotonic() - ends[0] < 1:
                wait_until(lambda: time.monotonic() - ends[0] >= 1, "a second has passed")
            times = min(ROUND, each - self.sent[SCANNERS[0]])
            self.scan_all(times)
            number += 1
            if number % 2:  # the program was busy elsewhere
                self.wait_scanned()
            self.read_labels(labels, times * len(SCANNERS))
            ends.append(time.monotonic())
        self.assert_in_order(labels, self.sent)
        self.assertEqual(self.dropped(), {})
        for name in SCANNERS:
            self.assertEqual(self.counted(name), (each, 0), name)
            self.assertEqual(self.client.call("scanner.status", device=name)["data_count"], 0)
        self.client.call("rpc.ping")
        self.assertEqual(self.client.notifications, [])
        if "POSHAL_LABELS" in os.environ:
            print("%d labels in %.1f s" % (sum(self.sent.values()), time.monotonic() - began))

    def test_labels_that_nobody_wants_yet(self):
        self.claim(enable=False)
        self.scan_all(KEPT + 9)
        self.wait_scanned()
        for name in SCANNERS:
            self.assertEqual(self.counted(name), (KEPT + 9, 9), name)
            self.assertEqual(self.client.call("scanner.status", device=name)["data_count"], KEPT)
            self.client.call("scanner.enable", device=name)
        self.assertEqual(self.dropped(), {(name, "queue_full"): 9 for name in SCANNERS})
        labels = collections.defaultdict(list)
        self.read_labels(labels, KEPT * len(SCANNERS))
        self.assert_in_order(labels, {name: KEPT for name in SCANNERS})

    def test_a_program_that_does_not_read(self):
        """Is cut off when its queue is full. What it has been sent it may still read, and the rest is counted."""
        self.claim()
        self.scan_all(UNREAD)
        self.wait_scanned()
        for name in SCANNERS:
            wait_until(lambda: not self.watcher.call("device.get", device=name)["device"]["holder"], name + " is held")
        waiting = {name: self.watcher.call("scanner.status", device=name)["data_count"] for name in SCANNERS}
        labels = collections.defaultdict(list)
        try:
            while True:
                params = self.client.read_message(time.monotonic() + DEADLINE)["params"]
                if params["topic"] == "scanner.data":
                    labels[params["device"]].append(params["data"]["text"])
        except (EOFError, ConnectionError, json.JSONDecodeError):
            pass
        lost, cut_off = self.dropped(), 0
        self.assert_in_order(labels, {name: len(labels[name]) for name in SCANNERS})
        for name in SCANNERS:
            full, unread = lost.pop((name, "queue_full"), 0), lost.pop((name, "unread"), 0)
            self.assertEqual(len(labels[name]) + unread + waiting[name] + full, UNREAD, name)
            self.assertEqual(self.counted(name), (UNREAD, unread + full), name)
            cut_off += unread
        self.assertGreaterEqual(cut_off, 1024)
        self.assertEqual(lost, {})


if __name__ == "__main__":
    unittest.main()
