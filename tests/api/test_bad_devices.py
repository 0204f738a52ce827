"""Devices and drivers that flood, send rubbish or die: they harm nobody else, and what is lost is reported."""

import base64
import json
import os
import pty
import random
import re
import select
import signal
import socket
import stat
import sys
import threading
import time
import unittest

from poshal_test import DEADLINE, DEVICES, RECEIPT, ROLES, SOURCE, RpcError, Till, b64, wait_until

SCANS = 3000

BAD_DRIVER = r'''#!%(python)s -IS
import json, os, random, socket, sys, time

MODE = sys.argv[sys.argv.index("--device") + 1].split("-", 1)[1]
poshald = socket.socket(fileno=3)


def send(**message):
    poshald.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def note(method, **params):
    send(method=method, params=params)


def ready(capabilities={}):
    note("device.info", vendor="Bad", model=MODE, capabilities=capabilities)
    note("device.state", state="ready", reasons=[])


def label(text):
    import base64
    data = base64.b64encode(text.encode()).decode()
    note("scanner.data", data_b64=data, label_b64=data, text=text, symbology="ean13", upos_type=104)


def rubbish():
    ready()
    poshald.sendall(random.Random(1).randbytes(100000))


def half():
    ready()
    poshald.sendall(b'{"jsonrpc":"2.0","method":"device.st')
    os._exit(3)


def huge():
    ready()
    poshald.sendall(b'{"jsonrpc":"2.0","method":"driver.log","params":{"level":"info","message":"')
    while True:
        poshald.sendall(b"x" * 65536)


def deep():
    ready()
    poshald.sendall(b'{"jsonrpc":"2.0","method":"device.status","params":' + b"[" * 100000 + b"]" * 100000 + b"}\n")


def types(part=0):
    wrong = [None, True, -1, 1e300, "text", [], [[]], {}, {"a": {"b": []}}, "x" * 1000, ["x"] * 100]
    names = ["driver.hello", "device.state", "device.info", "device.status", "scanner.data", "scanner.dropped",
             "job.progress", "job.end", "driver.busy", "driver.log", "nobody.knows", ""]
    keys = ["state", "reasons", "message", "vendor", "model", "serial", "capabilities", "class", "status", "data_b64",
            "label_b64", "text", "symbology", "upos_type", "count", "reason", "job", "segments", "sent", "confirmed",
            "outcome", "max_ms", "level", "driver", "version", "protocol"]
    choose = random.Random(2)
    for name in names[part::3]:
        for value in wrong:
            send(method=name, params=value)
            send(method=name, params={key: value for key in keys if key != "protocol"})
            send(method=name, params={key: choose.choice(wrong) for key in keys if key != "protocol"})
    for value in wrong:
        send(id=value, result=value)
        send(id=value, error=value)
        send(method=value, id=value)
    note("device.state", state="ready", reasons=[])
    note("device.state", state="sideways", reasons=["r" * 300])
    ready()


def kinds():
    types(1)


def sorts():
    types(2)


def words():
    ready()
    note("device.status", **{"class": "scanner", "status": {"enabled": "x" * 500000, "y": ["z"] * 10000}, "reasons": ["r%%d" %% i for i in range(5000)]})
    note("device.info", vendor="v" * 200000, model="\u202e\u0007", capabilities={"scanner": {"symbologies": ["s"] * 10000}})


def flood():
    ready()
    for i in range(60000):
        label("4006381333931")


def statuses():
    ready()
    for i in range(40000):
        note("device.status", **{"class": "scanner", "status": {"enabled": bool(i & 1)}, "reasons": ["flap%%d" %% (i %% 3)]})


def chatter():
    for i in range(30000):
        note("driver.log", level="warning", message="nothing of interest, number %%d" %% i)
    ready()


def flapping():
    for i in range(20000):
        note("device.state", state="ready" if i & 1 else "offline", reasons=[] if i & 1 else ["unplugged"])
    ready()


def protocol():
    note("driver.hello", driver="bad", version="1", protocol={"major": 7, "minor": 0})
    time.sleep(60)


def dies():
    sys.exit(1)


def deaf():
    ready()
    time.sleep(600)


if MODE != "protocol":
    note("driver.hello", driver="bad", version="1", protocol={"major": 1, "minor": 0})
globals()[MODE]()
for line in poshald.makefile(encoding="utf-8"):
    request = json.loads(line)
    send(id=request["id"], result={})
    if request["method"] == "driver.close":
        sys.exit()
'''
MODES = ["rubbish", "half", "huge", "deep", "types", "kinds", "sorts", "words", "flood", "statuses", "chatter", "flapping",
         "protocol", "dies", "deaf"]
FLOODS = "the driver floods (1000 labels or log lines or 100 changes of state in a second are allowed); it is ended"


def install(folder, name, code, classes, connections=("tcp",), options=()):
    """A vendor's driver and its manifest."""
    path = os.path.join(folder, name + ".py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(code)
    os.chmod(path, 0o755)
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
        json.dump({"name": name, "version": "1.2", "exec": path, "summary": "a vendor's", "classes": list(classes),
                   "connections": list(connections), "options": list(options)}, f)


class VendorTill(Till):
    def __init__(self, prepare, devices):
        super().__init__(daemon=False)
        folder = self.root + "/drivers.d"
        os.makedirs(folder)
        prepare(folder)
        self.config = "[service]\nlog_level = debug\nvendor_drivers_dir = %s\n\n%s" % (folder, ROLES)
        self.write_config(self.config, DEVICES + devices)
        self.start_daemon()


def opens(client, key):
    """Two sales within the pause between pulses: Busy, and the key stays unused."""
    try:
        return client.call("drawer.open", device="drawer", key=key)
    except RpcError as e:
        if e.name != "Busy":
            raise
        return None


def ping_time(client):
    """Of the quickest of some pings, in seconds: what keeps poshald busy delays each, a busy machine not all of them."""
    def timed():
        began = time.monotonic()
        client.call("rpc.ping")
        return time.monotonic() - began

    return min(timed() for _ in range(5))


def sale(test, till, client, key):
    """All that a till does, on its ordinary devices."""
    answer = client.call("printer.print", device="receipt", key=key, document=RECEIPT, wait=True)
    test.assertEqual(answer["state"], "printed")
    client.call("display.show", device="display", lines=["TOTAL", key[:20]])
    till.emulator.call("display.wait", row=2, text=key[:20])
    client.call("device.claim", device="scanner")
    client.call("scanner.enable", device="scanner")
    till.emulator.call("scanner.scan", text=key)
    test.assertEqual(client.event("scanner.data")["data"]["text"], key)
    client.call("device.release", device="scanner")
    till.emulator.call("drawer.set", open=False)
    wait_until(lambda: opens(client, key), "the drawer stays busy")


class Vendor(unittest.TestCase):
    """The driver of the guide, in the service."""

    def setUp(self):
        with open(SOURCE + "/docs/driver-guide.md", encoding="utf-8") as f:
            page = f.read()
        code = re.search(r"```python\n(.*?)```", page, re.S)[1].replace("/usr/bin/env python3", sys.executable)
        self.master, slave = pty.openpty()
        self.slave = slave
        self.till = VendorTill(
            lambda folder: install(folder, "acme-pole", code, ["display"], ["serial"],
                                   [{"name": "columns", "type": "int", "min": 8, "max": 40, "default": "20"}]),
            "\n[device acme]\ndriver = acme-pole\nconnection = serial:%s\ncolumns = 16\n" % os.ttyname(slave))
        self.client = self.till.client()

    def tearDown(self):
        self.till.close()
        os.close(self.master)
        os.close(self.slave)

    def read(self, count):
        data, deadline = b"", time.monotonic() + DEADLINE
        while len(data) < count:
            self.assertTrue(select.select([self.master], [], [], deadline - time.monotonic())[0], data)
            data += os.read(self.master, count - len(data))
        return data

    def test_a_sale_on_a_vendors_display(self):
        self.till.wait_ready(self.client, "acme")
        device = self.client.call("device.get", device="acme")["device"]
        self.assertEqual((device["driver"], device["vendor"], device["class"]), ("acme-pole", "Acme", "display"))
        self.assertEqual(device["capabilities"]["columns"], 16)
        self.client.call("display.show", device="acme", lines=["TOTAL", "12.50"])
        self.assertEqual(self.read(16), b"\x021TOTAL\x03\x02212.50\x03")
        self.assertIn("acme-pole", [d["name"] for d in self.client.call("driver.list")["drivers"]])

    def test_it_is_started_again(self):
        self.till.wait_ready(self.client, "acme")
        os.kill(self.till.device_pids()["acme"], signal.SIGKILL)
        self.client.event("device.state", device="acme", state="failed")
        self.till.wait_ready(self.client, "acme")
        self.client.call("display.show", device="acme", lines=["AGAIN"])
        self.assertEqual(self.read(8), b"\x021AGAIN\x03")

    def test_a_wrong_option_is_told_with_its_line(self):
        self.till.write_config("[service]\nvendor_drivers_dir = %s/drivers.d\n" % self.till.root,
                               DEVICES + "\n[device acme]\ndriver = acme-pole\nconnection = serial:/dev/null\ncolumns = 99\n")
        answer = self.client.call("config.reload")
        self.assertRegex(json.dumps(answer), r"till.conf.*8 to 40")


class BadDrivers(unittest.TestCase):
    def setUp(self):
        self.till = VendorTill(
            lambda folder: install(folder, "bad", BAD_DRIVER % {"python": sys.executable}, ["scanner"]), "")
        self.log_at, self.log_text = 0, ""
        self.client = self.till.client()

    def tearDown(self):
        self.till.close()

    def state(self, mode):
        return self.client.call("device.get", device="bad-" + mode)["device"]

    def add_them(self):
        self.till.write_config(self.till.config, DEVICES + "".join(
            "\n[device bad-%s]\ndriver = bad\nconnection = tcp://127.0.0.1:9\n" % mode for mode in MODES))
        self.assertEqual(self.client.call("config.reload")["errors"], [])

    def wait_log(self, text):
        """Reads on in the log; reading all of it again and again would keep the follower from its work."""
        def said():
            with open(self.till.root + "/poshald.log", "rb") as f:
                f.seek(self.log_at)
                data = f.read()
            self.log_at += len(data)
            self.log_text += data.decode(errors="replace")
            return text in self.log_text

        wait_until(said, "the log does not say `%s`" % text)

    def watch(self):
        """A program that follows everything and reads steadily, in a process of its own: a thread would wait for us."""
        follower = self.till.client()
        follower.call("events.subscribe", topics=["*"])
        stop, self.stop_watching = os.pipe()
        self.follower = os.fork()
        if self.follower:
            os.close(stop)
            return
        os.close(self.stop_watching)
        data, new, asked = bytearray(follower.buffer), 0, False
        while b'"id":"last"' not in data[-new:]: # all that was told before the question is read
            ready = select.select([follower.sock] if asked else [follower.sock, stop], [], [])[0]
            if stop in ready:
                follower.sock.sendall(b'{"jsonrpc":"2.0","id":"last","method":"rpc.ping"}\n')
                asked = True
                continue
            piece = follower.sock.recv(1 << 20)
            if not piece:
                os._exit(1)
            data += piece
            new = len(piece) + 20
        with open(self.till.root + "/watched", "wb") as f:
            f.write(data)
        os._exit(0)

    def watched(self):
        """What the follower has read; it must not have been cut off."""
        os.close(self.stop_watching)
        status = os.waitpid(self.follower, 0)[1]
        self.assertEqual(status, 0, "the follower was cut off")
        with open(self.till.root + "/watched", "rb") as f:
            lines = f.read().split(b"\n")[:-1]
        return [message["params"] for message in map(json.loads, lines) if "params" in message]

    def test_they_harm_nobody(self):
        self.watch()
        self.add_them() # now that somebody sees each of their ends
        for device in ("receipt", "drawer", "display", "scanner"):
            wait_until(lambda: self.client.call("device.get", device=device)["device"]["state"] == "ready", device)
        for i in range(5):
            sale(self, self.till, self.client, "sale-%d" % i)
        for mode in ("rubbish", "deep"):
            self.wait_log("bad-%s: the driver sent what is not JSON; it is ended" % mode)
        for mode in ("rubbish", "half", "huge", "deep", "protocol", "dies"):
            self.wait_log("bad-%s: the driver ended" % mode)
        self.wait_log("bad-protocol: the driver speaks protocol 7")
        for mode in ("flood", "statuses", "chatter", "flapping"):
            self.wait_log("bad-%s: %s" % (mode, FLOODS))
        self.wait_log("bad-words: the driver sends a device.status of 5")
        for mode in ("types", "kinds", "sorts"):
            wait_until(lambda: self.state(mode)["state"] == "ready", mode)
            # for what it said; it may be too busy with that to answer in time
            log = self.till.log()
            ended, silent = (log.count("bad-%s: the driver %s" % (mode, end)) for end in ("ended", "does not answer"))
            self.assertLessEqual(ended, silent, mode)
        sale(self, self.till, self.client, "sale-last")
        failed = {e["device"] for e in self.watched() if e.get("topic") == "device.state" and e["data"]["state"] == "failed"}
        self.assertLessEqual({"bad-flood", "bad-flapping", "bad-rubbish", "bad-dies"}, failed)
        self.client.call("device.list")
        self.client.call("system.diagnose")
        self.assertLess(ping_time(self.client), 1)
        self.assertLess(os.path.getsize(self.till.root + "/poshald.log"), 4 << 20)
        self.till.daemon.stop()
        self.assertEqual(self.till.daemon.popen.returncode, 0)


MOODY_PRINTER = r'''#!%(python)s
import json, os, socket, sys

poshald = socket.socket(fileno=3)
refusals = 2


def send(**message):
    poshald.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


send(method="driver.hello", params={"driver": "moody", "version": "1", "protocol": {"major": 1, "minor": 0}})
for line in poshald.makefile(encoding="utf-8"):
    request = json.loads(line)
    if request["method"] == "printer.print" and refusals:
        refusals -= 1
        send(id=request["id"], error={"code": -32013, "message": "not just now", "data": {"name": "Busy", "retryable": True}})
        continue
    send(id=request["id"], result={"segments": 1} if request["method"] == "printer.print" else {})
    if request["method"] == "driver.open":
        send(method="device.state", params={"state": "ready", "reasons": []})
    elif request["method"] == "printer.print":
        job = request["params"]["job"]
        for _ in range(2): # the second end is none
            send(method="job.end", params={"job": job, "outcome": "printed", "segments": 1, "sent": 1, "confirmed": 1})
    elif request["method"] == "driver.close":
        sys.exit()
'''


class Moody(unittest.TestCase):
    def test_a_driver_that_is_busy_is_asked_again(self):
        till = VendorTill(lambda folder: install(folder, "moody", MOODY_PRINTER % {"python": sys.executable}, ["printer"]),
                          "\n[device moody]\ndriver = moody\nconnection = tcp://127.0.0.1:9\n")
        try:
            client = till.client()
            till.wait_ready(client, "moody")
            for key in ("m-1", "m-2"):
                client.call("printer.print", device="moody", key=key, document=RECEIPT)
            for key in ("m-1", "m-2"):
                job = client.call("job.wait", job=key)["job"]
                self.assertEqual((job["state"], job["reprint"], job["attempts"]), ("printed", False, 1))
        finally:
            till.close()


FORGETFUL_PRINTER = r'''#!%(python)s
import json, os, socket, sys

poshald = socket.socket(fileno=3)


def send(**message):
    poshald.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


send(method="driver.hello", params={"driver": "forgetful", "version": "1", "protocol": {"major": 1, "minor": 0}})
for line in poshald.makefile(encoding="utf-8"):
    request = json.loads(line)
    first = request["method"] == "printer.print" and request["params"]["mode"] == "first"
    if first: # half of it is on paper
        send(id=request["id"], result={"segments": 2})
        send(method="job.progress", params={"job": request["params"]["job"], "segments": 2, "sent": 2, "confirmed": 1})
        sys.exit(1)
    if request["method"] == "printer.print":
        send(id=request["id"], error={"code": -32006, "message": "never seen such a thing", "data": {"name": "Illegal"}})
        continue
    send(id=request["id"], result={})
    if request["method"] == "driver.open":
        send(method="device.state", params={"state": "ready", "reasons": []})
    elif request["method"] == "driver.close":
        sys.exit()
'''


class Forgetful(unittest.TestCase):
    def test_what_is_half_on_paper_is_never_called_failed(self):
        till = VendorTill(lambda folder: install(folder, "forgetful", FORGETFUL_PRINTER % {"python": sys.executable},
                                                 ["printer"]),
                          "\n[device forgetful]\ndriver = forgetful\nconnection = tcp://127.0.0.1:9\n")
        try:
            client = till.client()
            till.wait_ready(client, "forgetful")
            answer = client.call("printer.print", device="forgetful", key="f-1", document=RECEIPT, wait=True)
            self.assertEqual((answer["state"], answer["reason"]), ("uncertain", "never seen such a thing"))
        finally:
            till.close()


class Floods(unittest.TestCase):
    def setUp(self):
        self.till = Till()
        self.client = self.till.client()
        self.till.wait_ready(self.client, "scanner", "receipt", "display")
        self.client.call("device.claim", device="scanner")
        self.client.call("scanner.enable", device="scanner")
        self.client.call("events.subscribe", topics=["scanner.dropped"])

    def tearDown(self):
        self.till.close()

    def count_until(self, text):
        """Labels and reported losses until the label `text`."""
        labels, dropped = 0, 0
        while True:
            params = self.client.wait_for(lambda m: m.get("method") == "event" and
                                          m["params"]["topic"] in ("scanner.data", "scanner.dropped"))["params"]
            if params["topic"] == "scanner.dropped":
                dropped += params["data"]["count"]
            elif params["data"].get("text") == text:
                return labels, dropped
            else:
                labels += 1

    def scan(self, text, **params):
        self.till.emulator.call("scanner.scan", text=text, **params)

    def test_a_scanner_that_floods_is_limited_and_the_loss_is_reported(self):
        other = self.till.client()
        self.scan("4006381333931", times=SCANS)
        # we read meanwhile: a client that does not is cut off
        printing = other.send("printer.print", {"device": "receipt", "key": "f-1", "document": RECEIPT, "wait": True})
        seen = {"labels": 0, "dropped": 0}

        def all_accounted():
            while True:
                try:
                    params = self.client.wait_for(lambda m: m.get("method") == "event", 0.2)["params"]
                except TimeoutError:
                    return False
                if params["topic"] == "scanner.data":
                    seen["labels"] += 1
                elif params["topic"] == "scanner.dropped":
                    seen["dropped"] += params["data"]["count"]
                if seen["labels"] + seen["dropped"] >= SCANS:
                    return True

        wait_until(all_accounted, "of %d labels: %s" % (SCANS, seen))
        self.assertEqual(seen["labels"] + seen["dropped"], SCANS)
        self.assertGreater(seen["labels"], 0)
        self.assertEqual(other.result(printing)["state"], "printed")

    def test_rubbish_from_a_scanner(self):
        rubbish = random.Random(3).randbytes(20000)
        self.till.emulator.call("device.fault", device="lane-scanner", rubbish_b64=b64(rubbish))
        self.scan("") # ends the last line of the rubbish
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline: # above the rate labels are dropped, so that a person scans again
            self.scan("GOOD")
            try:
                if self.client.wait_for(lambda m: m["params"].get("topic") == "scanner.data" and
                                        m["params"]["data"].get("text") == "GOOD", 0.5):
                    break
            except TimeoutError:
                pass
        else:
            self.fail("the scanner is lost after rubbish")
        self.client.call("rpc.ping")

    def test_rubbish_from_a_display(self):
        self.till.emulator.call("device.fault", device="pole-display", rubbish_b64=b64(random.Random(4).randbytes(20000)))
        self.client.call("display.show", device="display", lines=["STILL HERE"])
        self.till.emulator.call("display.wait", row=1, text="STILL HERE")

    def test_garbled_answers_of_a_printer(self):
        for i in range(4):
            self.till.emulator.call("printer.fault", device="till-printer", garble=3 + 4 * i)
            answer = self.client.call("printer.print", device="receipt", key="g-%d" % i, timeout=60,
                                      document={"v": 1, "body": [{"text": "GARBLE %d" % i}, {"cut": "partial"}]}, wait=True)
            text = self.till.emulator.call("printer.paper", device="till-printer")["text"]
            copies, marks = text.count("GARBLE %d" % i), text.count("REPRINT")
            self.assertIn(answer["state"], ("printed", "uncertain"))
            self.assertLessEqual(copies, 1 + marks)
            self.assertGreaterEqual(copies, 1 if answer["state"] == "printed" else 0)
            self.till.emulator.call("printer.tear", device="till-printer")
        self.assertEqual(self.client.call("printer.print", device="receipt", key="g-last", timeout=60,
                                          document=RECEIPT, wait=True)["state"], "printed")


class LoudPrinter(threading.Thread):
    """A TCP peer that is no printer: `talk(connection)` for each client."""

    def __init__(self, talk):
        super().__init__(daemon=True)
        self.talk = talk
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.received = b""
        self.open = True
        self.start()

    def run(self):
        while self.open:
            try:
                connection = self.listener.accept()[0]
                with connection:
                    self.talk(self, connection)
            except OSError:
                pass

    def close(self):
        self.open = False
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.listener.close()


def talk_rubbish(printer, connection):
    """Answers everything with noise."""
    choose = random.Random(5)
    while printer.open:
        connection.sendall(choose.randbytes(choose.randrange(1, 400)))
        data = connection.recv(4096)
        if not data:
            return
        printer.received += data


def talk_flood(printer, connection):
    """Sends automatic status as fast as the other side takes it, and reads nothing."""
    status = bytes([0x10, 0, 0, 0x0f]) + bytes([0x18, 0, 0, 0x0f])
    while printer.open:
        connection.sendall(status * 4000)


class LoudPrinters(unittest.TestCase):
    def serve(self, talk):
        printer = LoudPrinter(talk)
        till = Till(daemon=False)
        till.write_config(devices=DEVICES + "\n[device loud]\ndriver = escpos\nprofile = epson-tm-t20ii\n"
                          "connection = tcp://127.0.0.1:%d\n" % printer.port)
        till.start_daemon()
        try:
            client = till.client()
            till.wait_ready(client, "receipt", "drawer", "display", "scanner")
            job = client.call("printer.print", device="loud", key="loud-1", document=RECEIPT)["job"]
            for i in range(5):
                sale(self, till, client, "beside-%d" % i)
            self.assertNotEqual(client.call("job.get", job=job)["job"]["state"], "printed")
            self.assertLess(ping_time(client), 1)
            client.call("system.diagnose")
        finally:
            printer.open = False
            till.close()
            printer.close()

    def test_noise(self):
        self.serve(talk_rubbish)

    def test_a_flood_of_status(self):
        self.serve(talk_flood)


if __name__ == "__main__":
    unittest.main()
