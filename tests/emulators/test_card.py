#!/usr/bin/env python3
"""The reader of chip cards on a bench, seen from where pcscd's vpcd driver listens; with the standard library only.

Usage: test_card.py POSHAL_EMULATE
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
DEADLINE = 60
SELECT_MC = bytes.fromhex("00A4040007A000000004101000")
OPTIONS = bytes.fromhex("80A8000002830000")


def luhn(digits):
    odd = sum(int(d) for d in digits[-1::-2])
    return (odd + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])) % 10 == 0


class Reader:
    """vpcd's side of the wire."""

    def __init__(self, port=0):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.sock = None

    def accept(self):
        self.listener.listen(1)
        if self.sock:
            self.sock.close()
        self.sock = self.listener.accept()[0]
        self.sock.settimeout(DEADLINE)

    def send(self, data):
        self.sock.sendall(len(data).to_bytes(2, "big") + data)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.sock.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive(self):
        return self.exactly(int.from_bytes(self.exactly(2), "big"))

    def ask(self, data):
        self.send(data)
        return self.receive()

    def close(self):
        if self.sock:
            self.sock.close()
        self.listener.close()


class Card(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="poshal-card-")
        self.reader = Reader()
        bench = os.path.join(self.dir.name, "bench.ini")
        with open(bench, "w", encoding="ascii") as out:
            out.write(f"[reader slot]\nport = {self.reader.port}\n")
        self.process = subprocess.Popen([PROGRAM, "bench", bench, "--root", self.dir.name],
                                        stdout=subprocess.PIPE, text=True)
        self.assertEqual(self.process.stdout.readline(), "ready\n")
        self.control = socket.socket(socket.AF_UNIX)
        self.control.settimeout(DEADLINE)
        self.control.connect(os.path.join(self.dir.name, "run", "emulator.sock"))
        self.lines = self.control.makefile("rw", encoding="utf-8", newline="\n")
        self.lines.readline()

    def tearDown(self):
        self.lines.close()
        self.control.close()
        self.reader.close()
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(DEADLINE), 0)
        self.process.stdout.close()
        self.dir.cleanup()

    def answer(self, method, **params):
        self.lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                     "params": params}) + "\n")
        self.lines.flush()
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        answer = self.answer(method, **params)
        self.assertIn("result", answer, answer)
        return answer["result"]

    def test_a_card(self):
        pan = self.call("card.insert", profile="mc-cda")["pan"]
        self.assertTrue(luhn(pan) and pan.startswith("54133300"), pan)
        self.reader.accept()  # the card has been in before the reader listened
        self.assertTrue(self.call("card.wait", connected=True)["inserted"])
        self.reader.send(b"\x01")
        self.assertEqual(self.reader.ask(b"\x04"), bytes.fromhex("3BE000008131204535"))
        self.call("card.wait", powered=True)
        fci = self.reader.ask(SELECT_MC)
        self.assertEqual((fci[0], fci[-2:]), (0x6f, b"\x90\x00"))
        self.assertEqual(self.reader.ask(b"\x04")[0], 0x3b)  # no reset
        self.assertEqual(self.reader.ask(OPTIONS)[-2:], b"\x90\x00")
        self.reader.send(b"\x02")
        self.assertEqual(self.reader.ask(OPTIONS), b"\x69\x85")
        self.assertEqual(self.call("card.state")["commands"], 3)
        self.call("card.remove")
        self.assertRaises(EOFError, self.reader.receive)
        self.assertFalse(self.call("card.state")["inserted"])
        devices = self.call("bench.list")["devices"]
        self.assertEqual((devices[0]["plug"], devices[0]["plugged"]), ("vpcd", False))
        events = self.call("events.list")["events"]
        self.assertEqual([e["what"] for e in events], ["insert", "remove"])
        self.assertNotIn(pan, json.dumps(events))

    def test_numbers(self):
        pans = {self.call("card.insert", profile="visa-online", serial=n)["pan"] for n in range(5)}
        self.assertEqual(len(pans), 5)
        self.assertTrue(all(luhn(p) and p.startswith("47617390") for p in pans))
        self.assertEqual(self.answer("card.insert", profile="nobody")["error"]["data"]["name"],
                         "NoExist")
        self.assertEqual(self.answer("card.insert", profile="mc-cda", serial=10000000)
                         ["error"]["data"]["name"], "Illegal")
        for pull_at in -1, 1001:
            self.assertEqual(self.answer("card.insert", profile="mc-cda", pull_at=pull_at)["error"]["data"]["name"], "Illegal")
        profiles = self.call("card.profiles")["profiles"]
        self.assertGreaterEqual(len(profiles), 30)
        self.assertTrue(all(p["about"] for p in profiles))

    def test_another_last_day(self):
        for expiry in "2611", "26112x", "26112300":
            self.assertEqual(self.answer("card.insert", profile="mc-cda", expiry=expiry)["error"]["data"]["name"], "Illegal")
        self.call("card.insert", profile="mc-cda", expiry="261123")
        self.reader.accept()
        self.reader.ask(SELECT_MC)
        self.reader.ask(OPTIONS)
        records = b"".join(self.reader.ask(bytes((0x00, 0xb2, record, sfi << 3 | 4, 0))) for sfi in range(1, 5) for record in range(1, 5))
        self.assertIn(bytes.fromhex("5F2403261123"), records)

    def test_the_way(self):
        self.call("card.insert", profile="pulled")
        self.reader.accept()
        for _ in range(5):
            self.assertEqual(self.reader.ask(OPTIONS), b"\x69\x85")
        self.reader.send(OPTIONS)
        self.assertRaises(EOFError, self.reader.receive)
        self.assertFalse(self.call("card.state")["inserted"])
        self.assertEqual(self.call("events.list")["events"][-1]["what"], "pulled")

        self.call("card.insert", profile="mc-cda", pull_at=2)
        self.reader.accept()
        self.assertEqual(self.reader.ask(SELECT_MC)[-2:], b"\x90\x00")
        self.reader.send(OPTIONS)
        self.assertRaises(EOFError, self.reader.receive)

        self.call("card.insert", profile="slow")
        self.reader.accept()
        self.assertEqual(self.reader.ask(SELECT_MC)[-2:], b"\x90\x00")
        # two at once: answered in their order
        self.reader.send(SELECT_MC)
        self.assertEqual(self.reader.ask(OPTIONS)[-2:], b"\x90\x00")
        self.assertEqual(self.reader.receive()[-2:], b"\x90\x00")

        # a reader that breaks the rules, or is restarted, finds the card again
        self.reader.send(b"\0" * 300)
        self.assertRaises((EOFError, ConnectionResetError), self.reader.receive)
        self.reader.accept()
        self.assertEqual(self.reader.ask(b"\x04")[0], 0x3b)
        self.call("card.remove")

    def test_mute(self):
        self.call("card.insert", profile="mute")
        self.reader.accept()
        for _ in range(5):
            self.assertEqual(self.reader.ask(OPTIONS), b"\x69\x85")
        self.reader.send(OPTIONS)
        self.reader.send(OPTIONS)
        self.call("card.wait", commands=6)
        self.assertEqual(self.reader.ask(b"\x04")[0], 0x3b)
        self.assertEqual(self.call("card.state")["commands"], 6)
        self.reader.send(b"\x01")
        self.assertEqual(self.reader.ask(OPTIONS), b"\x69\x85")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
