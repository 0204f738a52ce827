"""A till that takes cards: emulated chip cards in readers of a private pcscd, poshal-acquirer with a key of its own, and an emulated
host whose ledger judges. Standard library only."""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys

import pcsc_box
from poshal_test import BUILD, SOURCE, Process, Till, answers, patient_dialect

# the host checks cryptograms; a terminal waits for it as long as acquirer.conf says
BENCH = """[host acquirer-host]
packing = ascii
check_icc = yes
timeout_ms = {timeout_ms}
"""
READER = """
[reader {name}]
port = {port}
spare = {spare}
"""

CONFIG = """[service]
log_level = debug

[payments]
terminal_id = PHTEST01
merchant_id = POSHALTEST00001
merchant_name = poshal test shop

[roles]
payment = card-reader
"""

DEVICE = """
[device {name}]
driver = emv-pcsc
connection = pcsc:{reader}
parameters = {source}/data/emv/test.json
parameters_key = {root}/etc/emv-signer.json
seal_key = {root}/etc/acquirer.public
"""

ACQUIRER = """[acquirer]
host = 127.0.0.1
port = {port}
dialect = {dialect}
tid = PHTEST01
mid = POSHALTEST00001
acquirer_id = 123456
answer_timeout_ms = {timeout_ms}
"""

KEY = "keys/acquirer"


def why_not():
    """A sentence that says why there can be no card reader here, or None."""
    return pcsc_box.why_not()


class CardTill(Till):
    """`readers` slots (0 to 2), `card-reader` and `card-reader-2`; `bench` and `devices` are added to what that needs."""

    def __init__(self, readers=1, bench="", config=CONFIG, devices="", timeout_ms=30000, **more):
        self.readers = readers
        self.timeout_ms = timeout_ms
        self.more_bench = bench
        self.more_devices = devices
        self.box = self.acquirer = None
        super().__init__(bench=None, config=config, **more)

    @staticmethod
    def reader_name(number):
        return "card-reader-%d" % (number + 1) if number else "card-reader"

    def _start(self, bench, config, devices, daemon, bus):
        if bus:
            self.start_bus()
        ports = self.start_box() if self.readers else []
        self.start_bench(self.write_bench(ports))
        self.write_config(config, self.more_devices + "".join(map(self.device, range(self.readers))))
        if self.readers:
            self.make_keys()
            self.write_acquirer()
            self.start_acquirer()
        if daemon:
            self.start_daemon()

    # ---- the reader ----

    def start_box(self):
        """pcscd and its readers; returns the ports their cards connect to. Whoever comes early waits in the backlog."""
        with contextlib.ExitStack() as stack:
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            assert not answers(self.root + "/run/pcscd.comm"), "another till runs in this folder"
            with contextlib.suppress(FileNotFoundError): # of an earlier run
                os.unlink(self.root + "/run/pcscd.comm")
            sock.bind(self.root + "/run/pcscd.comm")
            os.chmod(self.root + "/run/pcscd.comm", 0o666)
            sock.listen()
            listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(self.readers)]
            ends = [s.fileno() for s in (sock, *listeners)]
            self.box = Process([sys.executable, pcsc_box.__file__, *map(str, ends)], self.root + "/pcscd.log", pass_fds=ends)
            self.env["PCSCLITE_CSOCK_NAME"] = self.root + "/run/pcscd.comm"
            return [listener.getsockname()[1] for listener in listeners]

    def device(self, number):
        return DEVICE.format(name=self.reader_name(number), reader=pcsc_box.reader_name(number).replace(" ", "%20"),
                             source=SOURCE, root=self.root)

    def write_bench(self, ports):
        text = self.more_bench + BENCH.format(timeout_ms=self.timeout_ms)
        for i, port in enumerate(ports):
            text += READER.format(name=self.reader_name(i), port=port, spare="yes" if i else "no")
        path = self.root + "/etc/bench.ini"
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    # ---- the acquirer ----

    def make_keys(self):
        """The acquirer's pair, and the key that has signed the parameters, as the driver reads it."""
        if not os.path.exists(f"{self.root}/{KEY}"): # what an earlier run has sealed is still in its journal
            os.makedirs(self.root + "/keys", 0o700, exist_ok=True)
            subprocess.run([BUILD + "/bin/poshal-acquirer", "--new-key", "2026-1", "--out", f"{self.root}/{KEY}",
                            "--public", self.root + "/etc/acquirer.public"], check=True)
        with open(SOURCE + "/data/emv/test.pub", encoding="ascii") as f:
            signer = f.read().strip()
        assert len(base64.b64decode(signer)) == 32
        with open(self.root + "/etc/emv-signer.json", "w", encoding="ascii") as f:
            json.dump({"public_b64": signer}, f)

    def host_port(self):
        return self.connections["acquirer-host"]["connection"].rpartition(":")[2]

    def dialect(self):
        return patient_dialect(self.root)

    def write_acquirer(self):
        with open(self.root + "/etc/acquirer.conf", "w", encoding="ascii") as f:
            f.write(ACQUIRER.format(port=self.host_port(), dialect=self.dialect(), timeout_ms=self.timeout_ms))

    def start_acquirer(self):
        self.acquirer = Process([BUILD + "/bin/poshal-acquirer", "--root", self.root, "--key", f"{self.root}/{KEY}"],
                                self.root + "/acquirer.log", serves=self.root + "/run/acquirer.sock")

    # ---- a program at this till ----

    def connect(self):
        """One connection, `pay_client`, that sees what becomes of payments and cards; when the readers are ready."""
        self.pay_client = self.client()
        self.wait_ready(self.pay_client, *map(self.reader_name, range(self.readers)))
        self.pay_client.call("events.subscribe", topics=["payment.state", "device.status"])
        return self.pay_client

    def ask(self, key, amount, **more):
        """Begins a payment; returns the call."""
        return self.pay_client.send("payment.authorize", {"key": key, "amount": amount, "currency": "EUR", **more})

    def pay(self, key, amount, **more):
        return self.pay_client.result(self.ask(key, amount, **more))

    def step(self, call, step):
        """Until that payment is there."""
        self.pay_client.wait_for(lambda m: m["method"] == "progress" and m["params"]["id"] == call and
                                 m["params"]["step"] == step)

    def undone(self, payment):
        """Until the host has acknowledged the reversal of that payment."""
        self.pay_client.event("payment.state", payment=payment, state="reversed")

    # ---- what people and the world do ----

    def swap(self, profile, reader=0, **more):
        """Takes the card out, lets the service see that, and puts another one in."""
        self.remove(reader)
        self.wait_card("absent", reader)
        return self.insert(profile, reader, **more)

    def wait_card(self, state, reader=0):
        device = self.reader_name(reader)
        while self.pay_client.call("card.status", device=device)["status"].get("card") != state:
            self.pay_client.event("device.status", device=device)

    def insert(self, profile, reader=0, **more):
        """Puts a card in; returns its account number."""
        return self.emulator.call("card.insert", device=self.reader_name(reader), profile=profile, **more)["pan"]

    def remove(self, reader=0):
        self.emulator.call("card.remove", device=self.reader_name(reader))

    def ledger(self, **params):
        return self.emulator.call("host.ledger", **params)

    def standing(self):
        """What stands at the host: kind and amount."""
        return [(e["kind"], e["amount"]) for e in self.ledger()["entries"] if not e["reversed"]]

    def host(self, **params):
        return self.emulator.call("host.set", **params)

    def close(self):
        # in the order in which nobody misses anybody
        if self.daemon:
            self.daemon.stop()
        for process in self.acquirer, self.box:
            if process:
                process.stop()
        super().close()
