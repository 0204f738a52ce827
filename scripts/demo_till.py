"""The demo: two sales on an emulated till, one through each door, and payments by card, with mishaps; every step is checked at
the devices.

Called by scripts/demo, which builds first. Only Python's standard library and busctl are used.
"""

import argparse
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys

import card_till
from card_till import CardTill
from demo_cards import play_cards
from demo_outage import OFFLINE
from demo_steps import Step, check, money, show_paper
from poshal_test import BUILD, DEVICES, ROLES, SOURCE

ITEMS = [("4006381333931", "Stabilo pen", 150), ("5901234123457", "Note book A5", 425),
         ("9780201379624", "Design Patterns", 5499)]


def receipt(title, items, number):
    total = sum(price for _, _, price in items)
    body = [{"text": title, "align": "center", "size": [2, 2], "bold": True},
            {"text": "12, rue de l'Église · 75012 Paris", "align": "center"}, {"rule": "single"}]
    body += [{"pair": [name, money(price)]} for _, name, price in items]
    body += [{"rule": "double"}, {"pair": ["TOTAL EUR", money(total)], "bold": True, "size": [1, 2]},
             {"text": "Merci, à bientôt !", "align": "center"},
             {"barcode": {"type": "code128", "data": number, "height": 64, "hri": "below", "align": "center"}},
             {"qr": {"data": "https://example.org/r/" + number, "ec": "m", "align": "center"}},
             {"feed": {"lines": 1}}, {"cut": "partial"}]
    return {"v": 1, "body": body}


# ---- first sale: JSON-RPC on the Unix socket ----

def scan_items(till, client):
    total = 0
    for code, name, price in ITEMS:
        with Step("scan %s" % code):
            till.emulator.call("scanner.scan", device="lane-scanner", text=code)
            event = client.event("scanner.data")
            check(event["data"]["text"] == code, "the application got %r" % event["data"])
        total += price
        with Step("the customer sees %s %s" % (name, money(price))):
            row = ("TOTAL" + money(total).rjust(15))
            client.call("display.show", device="display", lines=[name, row])
            till.emulator.call("display.wait", device="pole-display", row=2, text=row, timeout_ms=5000)
    return total


def sale_over_json(till):
    print("\nFirst sale: JSON-RPC on %s/run/poshal.sock" % "DIR")
    client = till.client()
    with Step("connect as uid %d" % client.hello["auth"]["uid"]):
        till.wait_ready(client, "receipt", "drawer", "display", "scanner")
    with Step("claim the scanner and switch it on"):
        client.call("device.claim", device="scanner")
        client.call("scanner.enable", device="scanner")
    scan_items(till, client)
    with Step("print; the paper runs out in the middle of the receipt"):
        client.call("events.subscribe", topics=["job.state", "device.status"])
        till.emulator.call("printer.fault", device="till-printer", paper="empty", after_bytes=260)
        job = client.call("printer.print", device="receipt", key="sale-1",
                          document=receipt("CAFÉ POSHAL", ITEMS, "20261121-0001"))["job"]
        while "rec_empty" not in client.call("printer.status", device="receipt")["reasons"]:
            client.event("device.status")
        check(client.call("job.get", job=job)["job"]["state"] != "printed", "printed without paper")
    with Step("load paper; the printer confirms every segment"):
        till.emulator.call("printer.set", device="till-printer", paper="ok")
        done = client.call("job.wait", job=job, timeout_ms=20000)["job"]
        check(done["state"] == "printed", done)
        check(done["confirmed_through"] == done["segments"] > 0, done)
    paper = till.emulator.call("printer.paper", device="till-printer", png=True)
    with Step("the whole receipt is on the paper once, nothing unknown reached the printer"):
        check(paper["text"].count("TOTAL EUR") == 1, paper["text"])
        check(all(name in paper["text"] for _, name, _ in ITEMS), paper["text"])
        check(not [e for e in paper["events"] if e["type"] == "unknown"], paper["events"])
    with Step("the same key again prints nothing"):
        again = client.call("printer.print", device="receipt", key="sale-1",
                            document=receipt("CAFÉ POSHAL", ITEMS, "20261121-0001"))
        check(again["duplicate"] and again["job"] == job, again)
    with Step("open the drawer; its sensor says so"):
        check(client.call("drawer.open", device="drawer", key="open-1", reason="sale", operator="demo",
                          reference="20261121-0001") == {"outcome": "opened"}, "not opened")
        check(till.emulator.call("drawer.state", device="till-drawer")["pulses"] == 1, "pulses")
    with Step("the same key again sends no second pulse"):
        check(client.call("drawer.open", device="drawer", key="open-1").get("duplicate"), "no duplicate")
        check(till.emulator.call("drawer.state", device="till-drawer")["pulses"] == 1, "pulses")
    with Step("push the drawer shut"):
        till.emulator.call("drawer.set", device="till-drawer", open=False)
        check(client.call("drawer.waitForClose", device="drawer", timeout_ms=5000)["state"] == "closed", "open")
    return paper


# ---- any script ----

def print_eight_scripts(till):
    """A receipt that no code page holds; returns its picture."""
    print("\nA receipt in eight scripts and more (docs/examples/eight-scripts.json)")
    client = till.client()
    with open(os.path.join("docs", "examples", "eight-scripts.json"), encoding="utf-8") as f:
        document = json.load(f)
    till.emulator.call("printer.tear", device="till-printer")
    with Step("nothing becomes a question mark: what the printer has no letters for is drawn"):
        told = client.call("printer.validate", device="receipt", document=document, explain=True)
        check(told["valid"] and all(row["text"].endswith("-> raster") for row in told["degradations"]), told)
    with Step("print; the printer confirms every segment"):
        state = client.call("printer.print", device="receipt", key="scripts", document=document, wait=True)["state"]
        check(state == "printed", state)
    return base64.b64decode(till.emulator.call("printer.paper", device="till-printer", png=True)["png_b64"])


# ---- second sale: D-Bus, with busctl ----

def busctl(till, path, interface, member, *args):
    """Calls a method; returns the values of the answer."""
    done = subprocess.run(["busctl", "--address=" + till.env["DBUS_SYSTEM_BUS_ADDRESS"], "--json=short", "call",
                           "org.poshal1", path, "org.poshal1." + interface, member, *args],
                          capture_output=True, text=True, timeout=30)
    check(done.returncode == 0, done.stderr.strip())
    return json.loads(done.stdout)["data"] if done.stdout.strip() else []


def on_device(role):
    return "/org/poshal1/device/" + role


def kill_driver(till, name):
    pid = till.device_pids()[name]
    os.kill(pid, signal.SIGKILL)
    return pid


def sale_over_dbus(till):
    print("\nSecond sale: D-Bus, every call made with busctl")
    till.emulator.call("printer.tear", device="till-printer")
    with Step("the customer sees the total"):
        busctl(till, on_device("display"), "Display", "Show", "a{sv}", "1", "lines", "as", "2", "TOTAL",
               "               60.74")
        till.emulator.call("display.wait", device="pole-display", row=2, text="               60.74",
                           timeout_ms=5000)
    document = receipt("CAFÉ POSHAL", ITEMS, "20261121-0002")
    till.emulator.call("printer.set", device="till-printer", bytes_per_second=600)
    with Step("print"):
        job = busctl(till, on_device("receipt"), "Printer", "Print", "ssa{sv}", "sale-2",
                     json.dumps(document), "0")[0]
    with Step("the printer's driver is killed in the middle of the receipt"):
        till.emulator.call("printer.wait", device="till-printer", text="Note book", timeout_ms=10000)
        kill_driver(till, "till-printer")
        till.emulator.call("printer.set", device="till-printer", bytes_per_second=0)
    with Step("the service starts it again and prints the receipt whole, marked as a reprint"):
        done = busctl(till, "/org/poshal1", "Job", "Wait", "sa{sv}", job, "1", "timeout_ms", "x", "20000")[0]
        check(done["state"]["data"] == "printed" and done["reprint"]["data"] is True, done)
        text = till.emulator.call("printer.paper", device="till-printer")["text"]
        check("REPRINT" in text, text)
        whole = text[text.index("REPRINT"):]
        check(all(name in whole for _, name, _ in ITEMS) and whole.count("TOTAL EUR") == 1, text)
    with Step("open the drawer once"):
        outcome = busctl(till, on_device("drawer"), "Drawer", "Open", "sa{sv}", "open-2", "1", "reason", "s",
                         "sale")[0]
        check(outcome == "opened", outcome)
        check(till.emulator.call("drawer.state", device="till-drawer")["pulses"] == 2, "pulses")
    with Step("the audit trail has both openings and its chain is unbroken"):
        ok = busctl(till, "/org/poshal1", "Audit", "Verify")[0]
        check(ok is True, ok)


# ---- the till ----

BENCH = """
[terminal card-terminal]
plug = tcp
"""

TERMINAL = """
[device card-terminal]
driver = zvt
connection = {card_terminal}
password = 123456
answer_s = 1
"""

CONFIG = """; written by scripts/demo
[service]
log_level = info
hotplug = no

[payments]
terminal_id = PHTEST01
merchant_id = POSHALTEST00001
merchant_name = CAFÉ POSHAL

""" + ROLES


class KeptTill(CardTill):
    """poshal.conf and acquirer.conf of an earlier run stay as they are, but for the port of the emulated host."""

    def kept(self, name):
        """The text of that file, or None."""
        try:
            with open(os.path.join(self.root, "etc", name), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def write_config(self, config=None, devices=None):
        super().write_config(self.kept("poshal.conf") or config, devices)

    def dialect(self):
        return "iso87-ascii"

    def write_acquirer(self):
        text = self.kept("acquirer.conf")
        if not text:
            super().write_acquirer()
            return
        with open(self.root + "/etc/acquirer.conf", "w", encoding="utf-8") as f:
            f.write(re.sub(r"(?m)^port *=.*", "port = " + self.host_port(), text))


def make_till(root=None):
    """A till with a card reader where pcscd can be had; else the terminal is in the role `payment`."""
    why_not = card_till.why_not()
    with open(os.path.join(SOURCE, "emulators", "benches", "till.ini"), encoding="utf-8") as f:
        bench = f.read() + BENCH
    role = "payment = " + ("card-terminal" if why_not else "card-reader")
    till = KeptTill(readers=0 if why_not else 1, root=root, bus=True, bench=bench, config=CONFIG + role + "\n" + OFFLINE,
                    devices=DEVICES + TERMINAL)
    return till, why_not


def play(root):
    out = os.path.join("build", "demo")
    os.makedirs(out, exist_ok=True)
    till, why_not = make_till(root)
    with till:
        print("A till of emulated devices and its service run in DIR=%s" % till.root)
        for device in till.emulator.call("bench.list")["devices"]:
            print("        %-14s %-8s %s" % (device["id"], device["class"], device.get("connection", "")))
        paper = sale_over_json(till)
        show_paper(paper["text"])
        with open(os.path.join(out, "receipt.png"), "wb") as f:
            f.write(base64.b64decode(paper["png_b64"]))
        with open(os.path.join(out, "receipt.txt"), "w") as f:
            f.write(paper["text"])
        sale_over_dbus(till)
        with open(os.path.join(out, "eight-scripts.png"), "wb") as f:
            f.write(print_eight_scripts(till))
        play_cards(till, why_not)
    print("\n%d steps were verified at the emulated devices." % Step.count)
    print("The first receipt, as dots: build/demo/receipt.png; the last: build/demo/eight-scripts.png")
    if why_not:
        print("Left out: chip cards (%s)." % why_not)
    print("demo: ok")


# ---- a till to develop against ----

class Stop(Exception):
    pass


def on_term(signum, frame):
    raise Stop()


def watch(till, pid, status):
    """A process has ended: what systemd would start again is started again."""
    if pid == till.daemon.pid:
        print("poshald ended with status %d; it is started again" % status)
        till.daemon.popen.returncode = status
        till.start_daemon()
    elif till.acquirer and pid == till.acquirer.pid:
        print("poshal-acquirer ended with status %d; it is started again" % status)
        till.acquirer.popen.returncode = status
        till.start_acquirer()
    elif pid in [process.pid for process in (till.bench, till.bus, till.box) if process]:
        raise SystemExit("demo: the bench, the bus or pcscd ended; see the logs in %s" % till.root)


def woken_by_signals():
    """Something to read for each signal: one that comes just before a wait would not end it."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda signum, frame: None)
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGINT, on_term)
    return ours


def ended():
    """Processes that have ended, and how."""
    while (end := os.waitpid(-1, os.WNOHANG))[0]:
        yield end


def serve(root):
    """Keeps all of it running until SIGTERM."""
    signals = woken_by_signals()
    if not os.isatty(0) and os.getsid(0) != os.getpid():
        try:
            os.setsid()
        except PermissionError:
            pass  # leads a process group already
    os.makedirs(root, exist_ok=True)
    till = None
    try:
        till, why_not = make_till(os.path.realpath(root))
        print("bench     %s/run/emulator.sock" % till.root)
        print("service   %s/run/poshal.sock" % till.root)
        print("bus       %s" % till.env["DBUS_SYSTEM_BUS_ADDRESS"])
        print("try       %s/bin/poshalctl --root %s list" % (BUILD, till.root))
        if why_not:
            print("no card reader and no acquirer: %s" % why_not)
        client = till.client()
        till.wait_ready(client, "receipt", "drawer", "display", "scanner", "payment", "card-terminal")
        client.close()
        print("ready")
        while True:
            for pid, status in ended():
                watch(till, pid, status)
            signals.recv(4096)
    except Stop:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if till:
            till.close()


def main():
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Two sales on an emulated till, and payments by card.")
    parser.add_argument("--serve", action="store_true", help="leave bench and service running")
    parser.add_argument("--root", metavar="DIR", help="folder of the instance (with --serve: required)")
    options = parser.parse_args()
    if options.serve:
        if not options.root:
            parser.error("--serve needs --root DIR")
        serve(options.root)
        return
    try:
        play(options.root)
    except (AssertionError, TimeoutError, EOFError) as e:
        print("demo: FAILED: %s" % e, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
