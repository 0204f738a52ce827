"""Kills, power cuts and pulled cables during a sale; the emulated paper and the pulses are the judge.

Swept: a kill -9 of poshald at each write and each flush of its journal, before and after it, and a kill -9 of the
device process before and after each piece it sends to the printer (each segment ends with one). Then random points in
time; POSHAL_CRASH_POINTS or --points says how many (200), POSHAL_CRASH_SEED or --seed which ones.
"""

import itertools
import os
import random
import signal
import sys
import threading
import time
import traceback
import unittest

from crash import Sale, Till, Violation
from poshal_test import BUILD, RpcError

POINTS = int(os.environ.get("POSHAL_CRASH_POINTS", "200"))
SEED = int(os.environ.get("POSHAL_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 31)
WORKERS = int(os.environ.get("POSHAL_CRASH_WORKERS", "6"))
FAULTIO = BUILD + "/lib/faultio.so"
UNFIRED = 2 * WORKERS # a sweep is over when this many points in a row were not reached
SWEEP_MAX = 2000
STRIDE = 1 if os.environ.get("POSHAL_CRASH_FULL") else 3 # where a sweep repeats the places of another


class Runner:
    """Points spread over workers, each with a till of its own; what went wrong is kept."""

    def __init__(self, name, plug="tcp"):
        self.plug = plug
        self.name, self.failures, self.lock = name, [], threading.Lock()
        self.done = self.restarts = self.copies = 0
        self.slowest = 0.0

    def run(self, points, work):
        """work(till, point) for each point; a true answer ends the run."""
        points = iter(points)
        over = threading.Event()

        def worker():
            till = Till(self.plug)
            try:
                while not over.is_set() and len(self.failures) < 5:
                    with self.lock:
                        point = next(points, None)
                    if point is None or self.attempt(till, point, work):
                        over.set()
            finally:
                till.close()

        threads = [threading.Thread(target=worker) for _ in range(WORKERS)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sys.stderr.write("%s: %d points, %d restarts, %d copies on paper, slowest %.1f s, %.0f s in all\n" % (
            self.name, self.done, self.restarts, self.copies, self.slowest, time.monotonic() - began))
        if self.failures:
            raise AssertionError("%s: %d of %d points failed\n%s" % (
                self.name, len(self.failures), self.done, "\n\n".join(self.failures[:3])))

    def attempt(self, till, point, work):
        sale, began, result = None, time.monotonic(), False
        try:
            sale, result = work(till, point)
        except Exception as e: # pylint: disable=broad-except
            report = getattr(e, "sale", None)
            self.failures.append("point %r: %s\n%s\n---- poshald.log ----\n%s" % (
                point, "".join(traceback.format_exception(e)[-3:]), report.report() if report else "", till.log()[-3000:]))
        with self.lock:
            self.done += 1
            self.restarts += till.restarts
            self.copies += getattr(sale, "copies", 0)
            self.slowest = max(self.slowest, time.monotonic() - began)
        till.restarts = 0
        return result


def sell(till, prefix, env=None, during=None):
    """One sale from the start of poshald to its orderly end."""
    till.run_daemon(env)
    sale = Sale(till, prefix)
    actions = threading.Thread(target=during, args=(sale,)) if during else None
    try:
        if actions:
            actions.start()
        sale.run()
        if actions:
            actions.join()
        sale.judge()
        till.stop_daemon()
    except BaseException as e:
        e.sale = sale
        if actions:
            actions.join()
        if till.daemon.popen.poll() is None:
            till.daemon.kill()
        raise
    finally:
        sale.close()
    return sale


def printer_fd(till):
    """The device process's descriptor of the printer's socket."""
    pid = till.device_pids()["till-printer"]
    port = int(till.connections["till-printer"]["connection"].rsplit(":", 1)[1])
    with open("/proc/%d/net/tcp" % pid) as f:
        inodes = {row.split()[9] for row in f if row.split()[2].endswith(":%04X" % port)}
    for fd in os.listdir("/proc/%d/fd" % pid):
        target = os.readlink("/proc/%d/fd/%s" % (pid, fd))
        if target.startswith("socket:[") and target[8:-1] in inodes:
            return int(fd)
    raise AssertionError("the printer is not connected")


class Sweep(unittest.TestCase):
    def sweep(self, name, rule, fresh, stride=1):
        """Kills at the first, second ... call that `rule` means, until there are no more calls."""
        unfired = itertools.count()

        def work(till, n):
            once = "%s/fired" % till.root
            if os.path.exists(once):
                os.unlink(once)
            if fresh:
                till.forget()
            env = {"LD_PRELOAD": FAULTIO, "FAULTIO": rule % {"n": n, "once": once, "part": 1 + n * 37 % 150}}
            sale = sell(till, "%s%d-" % (name[0], n), env)
            return sale, not os.path.exists(once) and next(unfired) >= UNFIRED

        runner = Runner(name)
        runner.run(range(1, SWEEP_MAX, stride), work)
        self.assertGreater(runner.done - UNFIRED, 10, "the faults did not strike")


class ServiceSweeps(Sweep):
    def test_poshald_killed_before_each_journal_write(self):
        self.sweep("write", "pwrite:%(n)d:kill:comm=poshald:path=/var/:once=%(once)s", True)

    def test_poshald_killed_in_the_middle_of_each_journal_write(self):
        self.sweep("torn write", "pwrite:%(n)d:short=100:kill-after:comm=poshald:path=/var/:once=%(once)s", False,
                   STRIDE)

    def test_poshald_killed_before_each_flush(self):
        self.sweep("flush", "fdatasync:%(n)d:kill:comm=poshald:path=/var/:once=%(once)s", False)

    def test_poshald_killed_after_each_flush(self):
        self.sweep("after flush", "fdatasync:%(n)d:kill-after:comm=poshald:path=/var/:once=%(once)s", True)


class DeviceSweeps(Sweep):
    def device_sweep(self, name, rule):
        till = Till()
        try:
            till.run_daemon()
            till.wait_ready(till.client(), "receipt")
            fd = printer_fd(till)
        finally:
            till.close()
        self.sweep(name, rule.replace("FD", str(fd)), False)

    def test_device_process_killed_before_each_piece(self):
        self.device_sweep("segment", "send:%(n)d:fd=FD:kill:comm=poshal-device:once=%(once)s")

    def test_device_process_killed_in_the_middle_of_each_piece(self):
        self.device_sweep("half segment",
                          "send:%(n)d:fd=FD:short=%(part)d:kill-after:comm=poshal-device:once=%(once)s")

    def test_device_process_killed_after_each_piece(self):
        self.device_sweep("after segment", "send:%(n)d:fd=FD:kill-after:comm=poshal-device:once=%(once)s")

    def test_device_process_killed_before_each_message_to_poshald(self):
        self.sweep("message", "send:%(n)d:fd=3:kill:comm=poshal-device:once=%(once)s", False)


class DiskFaults(unittest.TestCase):
    """One write or flush of the journal that fails; the sale goes on."""

    def sweep(self, name, rule, fresh, stride=1):
        refusals = []

        def work(till, n):
            once = "%s/fired" % till.root
            if os.path.exists(once):
                os.unlink(once)
            if fresh:
                till.forget()
            till.bad_disk = True
            sale = sell(till, "%s%d-" % (name[0], n), {"LD_PRELOAD": FAULTIO, "FAULTIO": rule % {"n": n, "once": once}})
            refusals.extend(sale.refusals)
            return sale, not os.path.exists(once)

        runner = Runner(name)
        runner.run(range(1, SWEEP_MAX, stride), work)
        names = sorted(set(refusals))
        sys.stderr.write("%s: %d calls refused: %s\n" % (name, len(refusals), names))
        self.assertTrue(refusals)
        return names

    def test_no_space_at_each_write(self):
        names = self.sweep("no space", "pwrite:%(n)d:errno=ENOSPC:comm=poshald:path=/var/:once=%(once)s", True, STRIDE)
        self.assertTrue(all("No space left" in message for _, message in names), names)

    def test_error_at_each_write(self):
        names = self.sweep("write error", "pwrite:%(n)d:errno=EIO:comm=poshald:path=/var/:once=%(once)s", False, STRIDE)
        self.assertEqual({name for name, _ in names}, {"Failure"}, names)

    def test_error_at_each_flush(self):
        self.sweep("flush error", "fdatasync:%(n)d:errno=EIO:comm=poshald:path=/var/:once=%(once)s", False)


class FullDisk(unittest.TestCase):
    """A disk that is full, or fails, for a while."""

    def setUp(self):
        self.till = Till()
        self.full = self.till.root + "/full"

    def tearDown(self):
        self.till.close()

    def print(self, key, **params):
        body = [{"text": "%s line %d" % (key, i)} for i in range(30)] + [{"cut": "partial"}]
        return self.client.call("printer.print", device="receipt", key=key, document={"v": 1, "body": body}, **params)

    def refused(self, call, text):
        with self.assertRaises(RpcError) as caught:
            call()
        self.assertIn(text, caught.exception.message)

    def for_a_while(self, error, text):
        self.till.run_daemon({"LD_PRELOAD": FAULTIO,
                              "FAULTIO": "pwrite:errno=%s:comm=poshald:path=/var/:while=%s" % (error, self.full)})
        self.client = self.till.client()
        self.till.wait_ready(self.client, "receipt")
        self.client.call("events.subscribe", topics=["job.state"])
        self.till.bench_call("printer.fault", device="till-printer", paper="empty", after_bytes=300) # in the middle of the first
        self.print("one")
        self.print("two")
        self.client.event("job.state", key="one", reason="rec_empty")
        open(self.full, "w").close()
        self.refused(lambda: self.print("three"), text)
        self.refused(lambda: self.client.call("drawer.open", device="drawer", key="d-1"), text)
        self.till.bench_call("printer.set", device="till-printer", paper="ok")
        self.assertEqual(self.client.call("job.wait", job="one")["job"]["state"], "printed")
        self.client.event("job.state", key="two", state="waiting", reason="the journal cannot be written")
        self.assertEqual(self.client.call("job.wait", job="one")["job"]["state"], "printed")
        self.assertEqual(self.client.call("job.get", job="one")["job"]["state"], "printed")
        self.assertIn("journal", [f["subject"] for f in self.client.call("system.diagnose")["findings"]])
        self.refused(lambda: self.print("three"), text)
        os.unlink(self.full)
        self.assertEqual(self.client.call("job.wait", job="two")["job"]["state"], "printed")
        self.assertEqual(self.print("three", wait=True)["state"], "printed")
        self.assertIn("outcome", self.client.call("drawer.open", device="drawer", key="d-1"))
        self.till.stop_daemon()
        self.till.run_daemon()
        self.client = self.till.client()
        for key in ("one", "two", "three"):
            answer = self.print(key)
            self.assertEqual((answer["state"], answer["duplicate"]), ("printed", True))
        paper = self.till.emulator.call("printer.paper", device="till-printer")["text"]
        for key in ("one", "two", "three"):
            self.assertEqual(paper.count(key + " line 29"), 1)
        self.assertEqual(self.till.emulator.call("drawer.state", device="till-drawer")["pulses"], 1)

    def test_no_space(self):
        self.for_a_while("ENOSPC", "No space left on device")

    def test_errors(self):
        self.for_a_while("EIO", "Input/output error")


class Random(unittest.TestCase):
    def act(self, sale, choose):
        """Until the sale is over: pauses and blows. Nothing here is a wait for the service: it is the weather."""
        till = sale.till
        weather = threading.Event()
        for _ in range(choose.choice((1, 1, 2, 3))):
            weather.wait(choose.uniform(0.0, 0.6))
            kind = choose.choice(("poshald", "poshald", "device", "device", "both", "power", "unplug", "unplug power",
                                  "disconnect", "paper", "cover"))
            sale.note("blow: %s", kind)
            getattr(self, "blow_" + kind.replace(" ", "_"))(till, weather, choose)

    def kill(self, pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def blow_poshald(self, till, weather, choose):
        self.kill(till.daemon.pid)

    def blow_device(self, till, weather, choose):
        for pid in till.device_pids().values():
            self.kill(pid)

    def blow_both(self, till, weather, choose):
        pids = [till.daemon.pid, *till.device_pids().values()]
        choose.shuffle(pids)
        for pid in pids:
            self.kill(pid)

    def blow_power(self, till, weather, choose):
        till.bench_call("printer.set", device="till-printer", power="cycle")

    def blow_unplug(self, till, weather, choose, **params):
        till.bench_call("device.unplug", device="till-printer", **params)
        weather.wait(choose.uniform(0.0, 0.2))
        till.bench_call("device.plug", device="till-printer")

    def blow_unplug_power(self, till, weather, choose):
        self.blow_unplug(till, weather, choose, power=True)

    def blow_disconnect(self, till, weather, choose):
        till.bench_call("device.fault", device="till-printer", disconnect=True)

    def blow_paper(self, till, weather, choose):
        till.bench_call("printer.set", device="till-printer", paper="empty")
        weather.wait(choose.uniform(0.0, 0.3))
        till.bench_call("printer.set", device="till-printer", paper="ok")

    def blow_cover(self, till, weather, choose):
        till.bench_call("printer.set", device="till-printer", cover="open")
        weather.wait(choose.uniform(0.0, 0.3))
        till.bench_call("printer.set", device="till-printer", cover="closed")

    def points(self, count, plug):
        sys.stderr.write("seed %d, %d points, printer on %s\n" % (SEED, count, plug))

        def work(till, n):
            choose = random.Random("%d/%d" % (SEED, n))
            return sell(till, "r%d-" % n, None, lambda sale: self.act(sale, choose)), False

        Runner("random", plug).run(range(count), work)

    def test_on_tcp(self):
        self.points(POINTS, "tcp")

    def test_on_a_serial_line(self):
        """A line that outlives the printer: nobody says that it was switched off."""
        self.points((POINTS + 3) // 4, "pty")


if __name__ == "__main__":
    for option, name in (("--points", "POINTS"), ("--seed", "SEED"), ("--workers", "WORKERS")):
        if option in sys.argv:
            i = sys.argv.index(option)
            globals()[name] = int(sys.argv[i + 1])
            del sys.argv[i:i + 2]
    unittest.main()
