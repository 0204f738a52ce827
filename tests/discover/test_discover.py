"""poshal-discover against servers on this machine: responders that tell, lie and babble; printers, and others that listen."""
import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from ipp_printer import GET_QUEUES, IppPrinter  # noqa: E402
from poshal_test import DEADLINE, Process, Rpc, wait_until  # noqa: E402

BUILD = os.environ["POSHAL_BUILD"]
PROGRAM = os.path.join(BUILD, "bin", "poshal-discover")
A, PTR, TXT, SRV = 1, 12, 16, 33


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, data):
    return name(owner) + struct.pack(">HHIH", kind, 1, 120, len(data)) + data


def message(*records):
    return struct.pack(">6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def printer(instance, service, host, port, address, *texts):
    full = instance + "." + service
    text = b"".join(bytes([len(t.encode())]) + t.encode() for t in texts)
    return message(record(service, PTR, name(full)), record(full, SRV, struct.pack(">3H", 0, 0, port) + name(host)),
                   record(full, TXT, text), record(host, A, socket.inet_aton(address)))


class Responder:
    """Answers each question with these messages; `around` is what is done with the function that sends them."""

    def __init__(self, messages, around=lambda send: send()):
        self.around = around
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.where = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.messages, self.questions = messages, []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            data, sender = self.socket.recvfrom(9000)
            if data == b"end":
                return
            self.questions.append(data)
            self.around(lambda: [self.socket.sendto(answer, sender) for answer in self.messages])

    def close(self):
        self.socket.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


class Held:
    """Messages are sent while the program does not run, for which these seconds go by: a pause between them is none to it."""

    def __init__(self, seconds):
        self.processes, self.seconds, self.clock = queue.Queue(), seconds, tempfile.NamedTemporaryFile()
        self.go_on(0)
        self.env = {**os.environ, "LD_PRELOAD": BUILD + "/lib/clockshift.so", "POSHAL_MONO_SHIFT": self.clock.name}

    def go_on(self, seconds):
        self.clock.seek(0)
        self.clock.write(struct.pack("q", seconds))
        self.clock.flush()

    def __call__(self, send):
        process = self.processes.get(timeout=DEADLINE)
        process.send_signal(signal.SIGSTOP)
        send()
        self.go_on(self.seconds)
        process.send_signal(signal.SIGCONT)
        self.processes.put(process)  # it may ask again


class Listener:
    """Takes connections and keeps what comes; sends `greeting` to each."""

    def __init__(self, greeting=b""):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.received, self.connections, self.greeting = b"", 0, greeting
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            with client:
                if self.greeting:
                    client.sendall(self.greeting)
                data = b"".join(iter(lambda: self.read(client), b""))
            if data == b"end":
                return
            self.received += data
            self.connections += 1

    @staticmethod
    def read(client):
        try:
            return client.recv(4096)
        except ConnectionResetError:
            return b""

    def close(self):
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"end")
        self.thread.join()
        self.socket.close()


class Discover(unittest.TestCase):
    stderr = ""

    def discover(self, *args, env=None, started=lambda process: None):
        with subprocess.Popen([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
            started(process)
            out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, err), (0, self.stderr))
        return [json.loads(line) for line in out.splitlines()]

    def announced(self, *messages, options=(), seconds=0):
        held = Held(seconds)
        self.addCleanup(held.clock.close)
        # as many as there is room for while nobody reads
        self.responder = Responder(messages, held if len(messages) < 20 else lambda send: send())
        self.addCleanup(self.responder.close)
        return self.discover("--no-port", "--host", "127.0.0.1", "--mdns", self.responder.where, *options,
                             env=held.env, started=held.processes.put)

    def listener(self, *args):
        listener = Listener(*args)
        self.addCleanup(listener.close)
        return listener

    def test_announced(self):
        found = self.announced(
            printer("Bar", "_pdl-datastream._tcp.local", "bar.local", 9100, "10.0.0.7", "usb_MFG=EPSON", "usb_MDL=TM-m30",
                    "ty=EPSON TM-m30"),
            printer("Office", "_ipp._tcp.local", "office.local", 631, "192.168.1.9", "ty=Acme Laser 9", "rp=printers/x"))
        self.assertEqual(found, [
            {"connection": "ipp://192.168.1.9:631/printers/x", "model": "Acme Laser 9", "how": "mdns"},
            {"connection": "tcp://10.0.0.7:9100", "maker": "EPSON", "model": "TM-m30", "how": "mdns"}])
        question = self.responder.questions[0]
        self.assertEqual(question[:12], bytes.fromhex("000000000003000000000000"))
        for service in ("_pdl-datastream._tcp.local", "_printer._tcp.local", "_ipp._tcp.local"):
            self.assertIn(name(service) + b"\0\x0c\0\x01", question)

    def test_records_in_pieces(self):
        """Records may come in any order and in messages of their own, several times."""
        full = "Bar._pdl-datastream._tcp.local"
        pieces = [message(record("bar.local", A, socket.inet_aton("172.16.0.1"))),
                  message(record(full, SRV, struct.pack(">3H", 0, 0, 9101) + name("BAR.local")))]
        self.assertEqual(self.announced(*pieces, *pieces),
                         [{"connection": "tcp://172.16.0.1:9101", "how": "mdns"}])

    def test_what_waited_to_be_read_counts(self):
        """A process that is not run until its time is over still reads what came before."""
        found = self.announced(
            *(printer("P%d" % i, "_pdl-datastream._tcp.local", "h%d.local" % i, 9100, "10.0.0.%d" % i) for i in (1, 2, 3)),
            options=["--seconds", "4"], seconds=60)
        self.assertEqual([f["connection"] for f in found], ["tcp://10.0.0.%d:9100" % i for i in (1, 2, 3)])

    def test_lies(self):
        service = "_pdl-datastream._tcp.local"
        found = self.announced(
            printer("Out", service, "out.local", 9100, "8.8.8.8"),         # not of this network
            printer("None", service, "none.local", 0, "10.0.0.1"),         # no port
            printer("Web", "_http._tcp.local", "web.local", 80, "10.0.0.2"),  # not asked for
            printer("Path", "_ipp._tcp.local", "path.local", 631, "10.0.0.3", "rp=../\" x"),
            printer("Text", service, "text.local", 9100, "10.0.0.4", "usb_MFG=\x1b[2J\x07", "usb_MDL=" + "\u00e9" * 60),
            message(record(service, PTR, name("No host." + service))),
            b"", b"\0" * 12, b"\xff" * 9000, os.urandom(600), message(b"\xc0\x0c" + bytes(10)),
            struct.pack(">6H", 0, 0x8400, 0xffff, 0xffff, 0xffff, 0xffff))
        self.assertEqual(found, [
            {"connection": "ipp://10.0.0.3:631/ipp/print", "how": "mdns"},
            {"connection": "tcp://10.0.0.4:9100", "maker": "[2J", "model": "\u00e9" * 31, "how": "mdns"}])

    def test_too_many(self):
        service = "_pdl-datastream._tcp.local"
        found = self.announced(*(printer("P%d" % i, service, "h%d.local" % i, 9100, "10.1.%d.%d" % (i // 250, i % 250 + 1))
                                 for i in range(400)))
        self.assertLessEqual(len(found), 256)
        self.assertGreaterEqual(len(found), 100)

    def test_open_port(self):
        """Nothing is sent to whoever is not to be asked."""
        listener = self.listener(b"hello, what is it?")
        found = self.discover("--no-mdns", "--host", "127.0.0.1", "--port", str(listener.port))
        self.assertEqual(found, [{"connection": "tcp://127.0.0.1:%d" % listener.port, "how": "port"}])
        wait_until(lambda: listener.connections, "the end of the connection is not seen")
        self.assertEqual(listener.received, b"")

    def test_closed_port(self):
        with socket.socket() as closed:  # nobody else listens there, as it is taken
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            self.assertEqual(self.discover("--no-mdns", "--host", "127.0.0.1", "--port", str(port)), [])

    def test_asked(self):
        with tempfile.TemporaryDirectory() as root:
            with open(root + "/bench.ini", "w", encoding="ascii") as file:
                file.write("[printer p]\nplug = tcp\nmaker = EPSON\nmodel = TM-m30\n")
            bench = Process([BUILD + "/bin/poshal-emulate", "bench", root + "/bench.ini", "--root", root], root + "/log",
                            serves=root + "/run/emulator.sock")
            self.addCleanup(bench.stop)
            emulator = Rpc(root + "/run/emulator.sock", hello=False)
            self.addCleanup(emulator.close)
            connection = emulator.call("bench.list")["devices"][0]["connection"]
            port = connection.rsplit(":", 1)[1]
            found = []

            def told():  # a printer that is not run while it is asked tells nothing
                found[:] = self.discover("--no-mdns", "--ask", "--host", "127.0.0.1", "--port", port)
                return "model" in found[0]
            wait_until(told, "the printer does not tell its model")
            self.assertEqual(found, [{"connection": connection, "maker": "EPSON", "model": "TM-m30", "how": "asked"}])
            self.assertEqual(emulator.call("printer.paper", device="p")["text"].strip(), "")

    def test_asked_others(self):
        """Whoever does not answer as a receipt printer gets three bytes, and no more."""
        for greeting in (b"", b"@PJL READY\r\n", b"\x00" * 300):
            listener = self.listener(greeting)
            found = self.discover("--no-mdns", "--ask", "--host", "127.0.0.1", "--port", str(listener.port))
            self.assertEqual(found, [{"connection": "tcp://127.0.0.1:%d" % listener.port, "how": "port"}])
            wait_until(lambda: listener.connections, "the end of the connection is not seen")
            self.assertEqual(listener.received, b"\x10\x04\x01")

    def queues(self, server):
        return self.discover("--queues", "--no-mdns", "--no-port", env={**os.environ, "CUPS_SERVER": server})

    def test_queues(self):
        """Of the print server, which is asked once and for nothing else."""
        server = IppPrinter()
        self.addCleanup(server.close)
        here = "127.0.0.1:%d" % server.port
        self.assertEqual(self.queues(here), [])
        usb = "usb://EPSON/TM-T20II?serial=4D51"
        server.queues = [("receipts", usb, "Epson TM-T20II"), ("b\u00e4r", "socket://10.0.0.7", "\x1b[2J"),
                         ("no name", usb, ""), ("n" * 128, usb, ""), ("x", "ipp://" + "x" * 300, "Acme")]
        self.assertEqual(self.queues(here), [
            {"connection": "cups:b\u00e4r", "model": "[2J", "how": "cups", "device_uri": "socket://10.0.0.7"},
            {"connection": "cups:receipts", "model": "Epson TM-T20II", "how": "cups", "device_uri": usb},
            {"connection": "cups:x", "model": "Acme", "how": "cups"}])
        self.assertEqual(server.asked, ["get-queues"] * 2)
        server.refuse[GET_QUEUES] = 0x0500
        self.stderr = "poshal-discover: the print server does not name its queues\n"
        self.assertEqual(self.queues(here), [])
        self.stderr = ""
        server.close()
        self.assertEqual(self.queues(here), [])

    def test_queues_of_another_machine(self):
        self.assertEqual(self.queues("192.0.2.1:631"), [])

    def test_time_is_bounded(self):
        """Whole subnets that do not answer: it ends when it is told to."""
        begin = time.monotonic()
        hosts = [word for i in range(1, 200) for word in ("--host", "10.255.255.%d" % i)]
        self.discover("--no-mdns", "--seconds", "1", *hosts)
        self.assertLess(time.monotonic() - begin, 30)

    def test_bad_options(self):
        for args in (["--host", "8.8.8.8"], ["--host", "name"], ["--port", "0"], ["--port", "65536"], ["--seconds", "61"],
                     ["--mdns", "10.0.0.1"], ["--mdns", "8.8.8.8:5353"], ["--unknown"], ["word"]):
            with self.subTest(args):
                done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("try --help", done.stderr)


def write_seeds(folder):
    """Seeds of the fuzz target: messages behind their lengths."""
    bar = printer("Bar", "_pdl-datastream._tcp.local", "bar.local", 9100, "10.0.0.7", "usb_MFG=EPSON", "ty=TM")
    ipp = printer("Office", "_ipp._tcp.local", "office.local", 631, "192.168.1.9", "rp=printers/x")
    lpd = printer("Old", "_printer._tcp.local", "old.local", 515, "10.0.0.8")
    for file, messages in (("bar", [bar]), ("ipp", [ipp]), ("all", [bar, ipp, lpd]), ("twice", [bar, bar])):
        with open(os.path.join(folder, file), "wb") as out:
            out.write(b"".join(struct.pack(">H", len(m)) + m for m in messages))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--seeds"]:
        write_seeds(sys.argv[2])
    else:
        unittest.main()
