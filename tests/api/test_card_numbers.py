"""Where account numbers are after a payment, and where they never are: the whole chain (driver emv-pcsc) is searched, its memory,
its files, and all that is said between its processes."""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import threading
import unittest

import card_till
from card_till import CardTill
from poshal_test import BUILD, memory_holds, wait_until

AMOUNT = 1250
TEE = '''#!{python}
"""Stands between poshald and the card reader's driver, and writes down what they say."""
import os, socket, subprocess, sys, threading
up = socket.socket(fileno=os.dup(3))
down, end = socket.socketpair()
os.dup2(end.fileno(), 3)
child = subprocess.Popen(["{driver}", *sys.argv[1:]], pass_fds=(3,))
os.close(3)
end.close()
record = open("{record}", "ab", 0)
def carry(source, target):
    while data := source.recv(65536):
        record.write(data)
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
threading.Thread(target=carry, args=(up, down), daemon=True).start()
carry(down, up)
sys.exit(child.wait())
'''


def forms(pan):
    """An account number, or what holds one, as it would lie in memory or on a line."""
    packed = bytes.fromhex(pan + "f" * (len(pan) % 2))
    shifted = bytes.fromhex(pan[1:len(pan) - 1 - len(pan) % 2]) # between two nibbles of something else, as in track 2 of odd length
    return pan.encode(), packed, shifted, bytes(int(c) for c in pan), pan.encode("utf-16-le")


def unwrapped(text):
    """A text, and what its members in base64 hold."""
    parts = [text]
    for word in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", text):
        with contextlib.suppress(ValueError):
            parts.append(base64.b64decode(word))
    return b"\n".join(parts)


class Till(CardTill):
    """What driver and acquirer say is kept in `lines`, a folder of the till."""

    def _start(self, *args):
        os.makedirs(self.root + "/lines")
        os.makedirs(self.root + "/libexec")
        for name in os.listdir(BUILD + "/bin"):
            if name.startswith("poshal-") and name != "poshal-device-emv":
                os.symlink(f"{BUILD}/bin/{name}", f"{self.root}/libexec/{name}")
        with open(self.root + "/libexec/poshal-device-emv", "w", encoding="utf-8") as f:
            f.write(TEE.format(python=shutil.which("python3"), driver=BUILD + "/bin/poshal-device-emv",
                               record=self.root + "/lines/driver"))
        os.chmod(self.root + "/libexec/poshal-device-emv", 0o755)
        self.daemon_options = ["--libexec-dir", self.root + "/libexec"]
        super()._start(*args)

    def start_acquirer(self):
        super().start_acquirer()
        path = self.root + "/run/acquirer.sock"
        os.rename(path, path + ".real")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threading.Thread(target=self.tee, args=(listener, path + ".real"), daemon=True).start()

    def tee(self, listener, path):
        def carry(source, target):
            with contextlib.suppress(OSError), open(self.root + "/lines/acquirer", "ab", 0) as record:
                while data := source.recv(65536):
                    record.write(data)
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

        while True:
            up = listener.accept()[0]
            down = socket.socket(socket.AF_UNIX)
            down.connect(path)
            for pair in (up, down), (down, up):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    def driver_pid(self):
        pid = self.device_pids()["card-reader"]
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return int(f.read())


@unittest.skipIf(card_till.why_not(), card_till.why_not())
class Numbers(unittest.TestCase):
    def setUp(self):
        self.till = Till(config=card_till.CONFIG + "\n[offline]\nenabled = yes\ni_understand_pci_scope = yes\nrandom_online = 0\n")
        self.addCleanup(self.till.close)
        self.client = self.till.connect()
        self.said = []
        self.pans = []
        self.hear(self.client)

    def hear(self, client):
        """Keeps all that the service tells the application."""
        read = client.read_message

        def read_and_keep(deadline):
            message = read(deadline)
            self.said.append(json.dumps(message))
            return message

        client.read_message = read_and_keep

    def insert(self, profile, **more):
        self.pans.append(self.till.insert(profile, **more))

    def needles(self):
        return [form for pan in self.pans for form in forms(pan)]

    def assert_nothing(self, place, text):
        self.assertFalse([place for needle in self.needles() if needle in text])

    def look_at_service(self, when):
        self.assertFalse(memory_holds(self.till.daemon.pid, *self.needles()), "poshald, " + when)

    def look_at_all(self, when):
        self.look_at_service(when)
        # the answer is told before the last of it is done
        for name, pid in ("poshal-device-emv", self.till.driver_pid()), ("poshal-acquirer", self.till.acquirer.pid):
            wait_until(lambda: not memory_holds(pid, *self.needles()), f"{name}, {when}")
        for folder, _, names in os.walk(self.till.root):
            for path in (os.path.join(folder, name) for name in names):
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        text = f.read()
                    self.assert_nothing(path, unwrapped(text) if path.startswith(self.till.root + "/lines/") else text)
        self.assert_nothing("what the application was told", unwrapped("\n".join(self.said).encode()))

    def test_the_search_finds(self):
        """What is looked for is found where it is: in the emulated card."""
        self.insert("visa-online")
        found = [memory_holds(self.till.bench.pid, form) for form in forms(self.pans[0])[:2]]
        self.assertEqual(found, [True, True])

    def test_nowhere(self):
        for number, profile in enumerate(("visa-online", "mc-cda")):
            self.till.remove()
            self.till.wait_card("absent")
            self.insert(profile, serial=1000 + number)
            self.till.host(fault="hold", on="0200", times=1)
            call = self.till.ask(profile, AMOUNT)
            self.till.emulator.call("host.wait", entries=number + 1)
            self.look_at_service("while the host is asked")
            self.till.host(fault="none")
            self.assertEqual(self.client.result(call)["outcome"], "approved")
            self.look_at_all("after a sale with " + profile)
        # what is reversed opens the record again
        self.till.host(fault="half", on="0200", times=1)
        result = self.till.pay("lost", AMOUNT)
        self.till.undone(result["payment"])
        self.look_at_all("after a reversal")
        self.till.remove()
        self.till.wait_card("absent")
        self.insert("visa-online", serial=1002, pull_at=20)
        self.assertEqual(self.till.pay("pulled", AMOUNT)["reason"], "card_removed")
        self.look_at_all("after a card was pulled")
        # what is stored for the host, and told of the card
        self.till.remove()
        self.till.wait_card("absent")
        self.insert("unable-declines", serial=1003)
        self.till.host(fault="refuse")
        self.assertEqual(self.till.pay("without", AMOUNT, offline="allow")["outcome"], "approved_offline")
        self.look_at_all("after a sale without the host")
        with open(self.till.root + "/lines/driver", "rb") as f:
            self.assertIn(b"fingerprint_b64", f.read())
        for name in "driver", "acquirer": # what was searched is not empty
            with open(f"{self.till.root}/lines/{name}", "rb") as f:
                self.assertIn(b"sealed_b64", f.read())


if __name__ == "__main__":
    unittest.main()
