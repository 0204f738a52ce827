"""poshal-device as a process: carrier, errors, link supervision, locks, and a clean end."""
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.dont_write_bytecode = True
from carrier import DEADLINE_S, Driver, Pty

BIN = sys.argv.pop(1)
DEVICE = os.path.join(BIN, "poshal-device")


def scanner():
    return Driver(DEVICE, "--driver", "scanner-serial", "--fd", "3")


def listen(port=0):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    server.settimeout(DEADLINE_S)
    return server


class Carrier(unittest.TestCase):
    def test_hello_comes_first(self):
        with scanner() as d:
            self.assertEqual(d.line(), {"jsonrpc": "2.0", "method": "driver.hello", "params": {
                "driver": "scanner-serial", "version": "0.1.0", "protocol": {"major": 1, "minor": 0}}})
            self.assertEqual(d.call("driver.ping")["result"], {})

    def test_end_of_file_ends_the_process(self):
        with scanner() as d:
            d.line()
            d.socket.close()
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 0)

    def test_rubbish_is_answered_and_survived(self):
        with scanner() as d:
            d.line()
            for text, name in ((b"rubbish", "ParseError"), (b"\xff\xfe", "ParseError"), (b"[]", "InvalidRequest"),
                               (b"{}", "InvalidRequest"), (b'{"jsonrpc":"1.0","id":1,"method":"x"}', "InvalidRequest"),
                               (b'{"jsonrpc":"2.0","id":1.5,"method":"driver.ping"}', "InvalidRequest"),
                               (b'{"jsonrpc":"2.0","id":1,"method":"driver.ping","params":[]}', "InvalidRequest"),
                               (b'{"jsonrpc":"2.0","id":1,"method":"driver.pong"}', "MethodNotFound"),
                               (b'{"jsonrpc":"2.0","id":1,"method":"driver.ping"} x', "ParseError"),
                               (b"[" * 5000, "ParseError"), (b'{"a":"\\u0000"}', "ParseError")):
                d.send_raw(text + b"\n")
                self.assertEqual(d.line()["error"]["data"]["name"], name, text)
            d.send_raw(b'{"jsonrpc":"2.0","method":"driver.note"}\n\r\n')  # a notification gets no answer
            self.assertEqual(d.call("driver.ping")["result"], {})

    def test_an_oversized_line_ends_the_process(self):
        with scanner() as d:
            d.line()
            try:
                d.send_raw(b"x" * (8 * 1024 * 1024 + 2))
            except (BrokenPipeError, ConnectionResetError):
                pass
            self.assertIsNone(d.line())
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 1)

    def test_requests_before_open(self):
        with scanner() as d:
            d.line()
            self.assertEqual(d.call("scanner.enable")["error"]["data"]["name"], "Closed")

    def test_bad_open(self):
        good = {"device": "s", "connection": "serial:/dev/null-such"}
        for change, path in (({"device": 1}, "$.device"), ({"color": 1}, "$.color"), ({"connection": "x"}, "$.connection"),
                             ({"connection": "usb:1:2"}, "$.connection"), ({"classes": ["printer"]}, "$.classes[0]"),
                             ({"connection": "tcp://printer.local:1"}, "$.connection"),
                             ({"classes": [1]}, "$.classes[0]"), ({"options": {"x": "1"}}, "$.options.x"),
                             ({"options": {"aim": 1}}, "$.options.aim"), ({"options": {"aim": "maybe"}}, "$.options.aim"),
                             ({"options": {"prefix": "\\x0"}}, "$.options.prefix")):
            with scanner() as d:
                d.line()
                error = d.call("driver.open", **{**good, **change})["error"]
                self.assertEqual((error["code"], error["data"]["name"], error["data"]["path"]), (-32006, "Illegal", path))
                self.assertTrue(error["message"].startswith(path))

    def test_it_ends_with_its_parent(self):
        ours, theirs = socket.socketpair()
        code = ("import subprocess,sys,os;p=subprocess.Popen([sys.argv[1],'--driver','scanner-serial','--fd',sys.argv[2]],"
                "pass_fds=[int(sys.argv[2])]);print(p.pid,flush=True);sys.stdin.read()")
        parent = subprocess.Popen([sys.executable, "-c", code, DEVICE, str(theirs.fileno())],
                                  pass_fds=[theirs.fileno()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child = int(parent.stdout.readline())
        ours.settimeout(DEADLINE_S)
        self.assertIn(b"driver.hello", ours.recv(4096))
        pidfd = os.pidfd_open(child)
        parent.kill()
        parent.communicate()
        # our ends of the carrier are still open: only the kernel can have ended it
        ready, _, _ = select.select([pidfd], [], [], DEADLINE_S)
        self.assertTrue(ready)
        os.close(pidfd)
        ours.close()
        theirs.close()


class Serial(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.port = os.path.join(self.dir.name, "later", "port")

    def tearDown(self):
        self.dir.cleanup()

    def test_unplug_and_replug(self):
        with scanner() as d:
            d.line()
            self.assertEqual(d.call("driver.open", device="s", connection="serial:" + self.port)["result"], {})
            self.assertEqual(d.until("device.state")["reasons"], ["unplugged"])
            os.mkdir(os.path.dirname(self.port))
            for _ in range(3):
                line = Pty()
                os.symlink(line.path, self.port)
                d.until("device.state", state="ready")
                os.write(line.master, b"4006381333931\r")
                self.assertEqual(d.until("scanner.data")["text"], "4006381333931")
                os.unlink(self.port)
                line.close()
                self.assertEqual(d.until("device.state")["reasons"], ["unplugged"])

    def test_others_do_not_pay_for_usb(self):
        line = Pty()
        with scanner() as d:
            d.line()
            d.call("driver.open", device="s", connection="serial:" + line.path)
            d.until("device.state", state="ready")
            with open("/proc/%d/maps" % d.process.pid, encoding="ascii") as f:
                self.assertNotIn("libusb", f.read())
        line.close()

    def test_one_owner(self):
        line = Pty()
        with scanner() as first, scanner() as second:
            for d in (first, second):
                d.line()
                d.call("driver.open", device="s", connection="serial:" + line.path)
                if d is first:
                    d.until("device.state", state="ready")
            self.assertEqual(second.until("device.state")["reasons"], ["busy_elsewhere"])
            first.call("driver.close")
            self.assertEqual(first.process.wait(timeout=DEADLINE_S), 0)
            second.until("device.state", state="ready")
        line.close()

    def test_a_flood_is_bounded_and_pings_are_answered(self):
        line = Pty()
        with scanner() as d:
            d.line()
            d.call("driver.open", device="s", connection="serial:" + line.path)
            d.until("device.state", state="ready")
            os.set_blocking(line.master, False)
            sent, logged = 0, False
            while sent < 400000:
                ready = select.select([d.socket], [line.master], [], DEADLINE_S)
                self.assertTrue(ready[0] or ready[1])
                if ready[1]:
                    sent += os.write(line.master, b"x" * 4096)
                if ready[0]:
                    logged = d.line()["method"] == "driver.log" or logged
            self.assertTrue(logged)
            self.assertEqual(d.call("driver.ping")["result"], {})
        line.close()


class Tcp(unittest.TestCase):
    def test_reconnects(self):
        server = listen()
        port = server.getsockname()[1]
        with scanner() as d:
            d.line()
            d.call("driver.open", device="s", connection="tcp://127.0.0.1:%d" % port)
            for _ in range(2):
                peer, _ = server.accept()
                d.until("device.state", state="ready")
                peer.close()
                self.assertEqual(d.until("device.state")["reasons"], ["not_responding"])
            server.close()
            d.call("driver.close")
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 0)

    def test_lock_file(self):
        server = listen()
        url = "tcp://127.0.0.1:%d" % server.getsockname()[1]
        with tempfile.TemporaryDirectory() as lock_dir, scanner() as first, scanner() as second:
            for d in (first, second):
                d.line()
                d.call("driver.open", device="till" if d is first else "kitchen", connection=url, lock_dir=lock_dir)
                if d is first:
                    d.until("device.state", state="ready")
            state = second.until("device.state")
            self.assertEqual(state["reasons"], ["busy_elsewhere"])
            self.assertEqual(state["message"], "cannot open: device 'till' already uses 127.0.0.1 port %d: one port "
                             "serves one device, give each its own" % server.getsockname()[1])
            first.process.kill()
            second.until("device.state", state="ready")
        server.close()

    def test_what_the_kernel_holds_is_not_sent(self):
        server = listen()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        document = {"body": [{"text": "x" * 30}] * 3000}
        with Driver(DEVICE, "--driver", "escpos", "--fd", "3") as d:
            d.line()
            d.call("driver.open", device="p", connection="tcp://127.0.0.1:%d" % server.getsockname()[1],
                   options={"profile": "generic-58"})
            peer, _ = server.accept()
            peer.settimeout(DEADLINE_S)
            d.until("device.state", state="ready")
            self.assertIn("result", d.call("printer.print", job="j", document=document))
            # the window is closed: a printer that confirms nothing has not got it all
            self.assertIn("link up, state ready", d.call("device.checkHealth")["result"]["text"])
            d.send_raw(b'{"jsonrpc":"2.0","id":"last","method":"driver.ping"}\n')
            while (message := d.line()).get("id") != "last":
                self.assertEqual(message["method"], "job.progress")
            self.assertEqual(message["result"], {})
            data = b""
            while data.count(b"x\n") < 3000:
                piece = peer.recv(65536)  # it may end inside a line
                self.assertTrue(piece)
                data += piece
            self.assertEqual(d.until("job.end")["outcome"], "sent_unconfirmed")
            peer.close()
        server.close()

    def test_a_released_printer(self):
        server = listen()
        url = "tcp://127.0.0.1:%d" % server.getsockname()[1]
        document = {"body": [{"text": "after all"}]}
        with Driver(DEVICE, "--driver", "escpos", "--fd", "3") as d, \
                Driver(DEVICE, "--driver", "escpos", "--fd", "3") as other:
            for driver in (d, other):
                driver.line()
                driver.call("driver.open", device="p", connection=url,
                            options={"profile": "generic-58", "idle_release_s": "1"})
                if driver is d:
                    peer, _ = server.accept()
                    d.until("device.state", state="ready")
            # the till next door gets its turn when the first has been quiet for a second
            peer.settimeout(DEADLINE_S)
            while peer.recv(4096):
                pass
            peer.close()
            peer, _ = server.accept()
            peer.settimeout(DEADLINE_S)
            other.until("device.state", state="ready")
            while peer.recv(4096):
                pass
            peer.close()
            # and the first has it again for a job, without a word of having been away
            self.assertIn("link down, state ready", d.call("device.checkHealth")["result"]["text"])
            d.last_id += 1
            d.send_raw(json.dumps({"jsonrpc": "2.0", "id": d.last_id, "method": "printer.print",
                                   "params": {"job": "j", "document": document}}).encode() + b"\n")
            peer, _ = server.accept()
            peer.settimeout(DEADLINE_S)
            said = []
            while not said or said[-1].get("method") != "job.end":
                said.append(d.line())
            self.assertNotIn("device.state", [message.get("method") for message in said])
            self.assertEqual(said[-1]["params"]["outcome"], "sent_unconfirmed")
            data = b""
            while b"after all\n" not in data:
                data += peer.recv(4096)
            peer.close()
        server.close()

    def test_a_clean_end_loses_nothing(self):
        server = listen()
        with Driver(DEVICE, "--driver", "display-escpos", "--fd", "3") as d:
            d.line()
            d.call("driver.open", device="s", connection="tcp://127.0.0.1:%d" % server.getsockname()[1])
            peer, _ = server.accept()
            peer.settimeout(DEADLINE_S)
            d.until("device.state", state="ready")
            peer.sendall(b"an answer that nobody asked for")
            d.call("display.show", rows=[{"text": "GOODBYE"}])
            self.assertEqual(d.call("driver.close")["result"], {})
            data = b""
            while True:
                piece = peer.recv(4096)  # a reset would raise
                if not piece:
                    break
                data += piece
            self.assertTrue(data.endswith(b"GOODBYE"))
            peer.close()
            self.assertEqual(d.process.wait(timeout=DEADLINE_S), 0)
        server.close()


class Program(unittest.TestCase):
    def run_it(self, *args, **kw):
        return subprocess.run([DEVICE, *args], capture_output=True, text=True, timeout=DEADLINE_S, **kw)

    def test_manifests(self):
        names = [line.split()[0] for line in self.run_it("--list").stdout.splitlines()]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({"display", "escpos", "scanner-serial", "star"}, set(names))
        for name in names:
            manifest = json.loads(self.run_it("--manifest", name).stdout)
            self.assertEqual((manifest["name"], manifest["exec"]), (name, "poshal-device"))
            with open(os.path.join(BIN, "..", "share", "drivers.d", name + ".json")) as f:
                self.assertEqual(json.load(f), manifest)

    def test_arguments(self):
        self.assertEqual(self.run_it("--version").stdout, "poshal-device 0.1.0\n")
        self.assertEqual(self.run_it("--help").returncode, 0)
        for args in ((), ("--driver", "none-such", "--fd", "3"), ("--driver", "escpos"), ("--fd", "x"),
                     ("--driver", "escpos", "--fd", "3", "--connect", "serial:/dev/x"), ("--manifest", "none-such")):
            self.assertEqual(self.run_it(*args).returncode, 2, args)
        bad = self.run_it("--driver", "escpos", "--connect", "tcp://1.2.3.4", "--option", "columns=5", stdin=subprocess.PIPE)
        self.assertEqual((bad.returncode, bad.stderr), (1, "$.options.columns: is a number from 16 to 80\n"))

    def test_by_hand(self):
        line = Pty()
        process = subprocess.Popen([DEVICE, "--driver", "scanner-serial", "--connect", "serial:" + line.path,
                                    "--option", "terminator=tab"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertIn(b"driver.hello", process.stdout.readline())
        self.assertIn(b"device.info", process.stdout.readline())
        self.assertIn(b'"ready"', process.stdout.readline())
        os.write(line.master, b"1\r2\t")
        self.assertIn(b'"text":"1\\r2"', process.stdout.readline())
        process.stdin.close()
        self.assertEqual(process.wait(timeout=DEADLINE_S), 0)
        process.stdout.close()
        line.close()


    def test_recording(self):
        line, folder = Pty(), tempfile.TemporaryDirectory()
        path = os.path.join(folder.name, "a.rec")
        command = [DEVICE, "--driver", "scanner-serial", "--connect", "serial:" + line.path, "--option", "aim=auto",
                   "--record", path]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3):
            process.stdout.readline()
        os.write(line.master, b"]C0AB\r")
        self.assertIn(b'"text":"AB"', process.stdout.readline())
        process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"driver.ping"}\n')
        process.stdin.flush()
        self.assertIn(b'"id":1', process.stdout.readline())
        process.stdin.close()
        self.assertEqual(process.wait(timeout=DEADLINE_S), 0)
        process.stdout.close()
        with open(path) as f:
            self.assertRegex(f.read(), "^# poshal recording 1\ndriver scanner-serial\nconnection serial:" + line.path +
                             r"\noption aim=auto\n\d+ up\n\d+ < 5d 43 30 41 42 0d\n"
                             r'\d+ \? {"jsonrpc":"2.0","id":1,"method":"driver.ping"}\n$')
        again = self.run_it(*command[1:], stdin=subprocess.PIPE)
        self.assertEqual((again.returncode, again.stderr), (1, path + ": File exists\n"))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        # of cards nothing, but by a driver that masks
        refused = self.run_it("--driver", "zvt", "--connect", "tcp://127.0.0.1:9", "--record", path + "2",
                              stdin=subprocess.PIPE)
        self.assertEqual((refused.returncode, refused.stderr), (1, path + "2: nothing is recorded of such devices\n"))
        self.assertFalse(os.path.exists(path + "2"))
        line.close()
        folder.cleanup()


class Fingerprint(unittest.TestCase):
    """poshal-device-emv --fingerprint: what it prints is keyed BLAKE2b, by another implementation."""

    PROGRAM = os.path.join(BIN, "poshal-device-emv")
    PAN = "4761739001010119"
    KEY = bytes(range(32))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name + "/fingerprint.key"
        self.write(self.KEY)

    def write(self, key, mode=0o600):
        with open(self.path, "wb") as file:
            file.write(key)
        os.chmod(self.path, mode)

    def run_tool(self, text, *args):
        return subprocess.run([self.PROGRAM, "--fingerprint", *(args or [self.path])], input=text.encode(), timeout=DEADLINE_S,
                              capture_output=True, check=False)

    def expected(self, pan):
        return hashlib.blake2b(b"poshal fingerprint 1:" + pan.encode(), key=self.KEY, digest_size=32).hexdigest().upper()

    def test_a_number(self):
        for text in (self.PAN, self.PAN + "\n", "4761 7390 0101 0119\r\n", "4761-7390-0101-0119\nmore"):
            done = self.run_tool(text)
            self.assertEqual((done.returncode, done.stdout.decode(), done.stderr), (0, self.expected(self.PAN) + "\n", b""), text)
        # a digit that is wrong may be right
        done = self.run_tool("4761739001010118\n")
        self.assertEqual((done.returncode, done.stdout.decode()), (0, self.expected("4761739001010118") + "\n"))
        self.assertIn(b"check digit", done.stderr)

    def test_the_mark_of_the_key(self):
        done = subprocess.run([self.PROGRAM, "--fingerprint-key", self.path], timeout=DEADLINE_S, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout.decode()), (0, "key " + self.expected("") + "\n"))
        self.assertEqual(subprocess.run([self.PROGRAM, "--fingerprints"], stderr=subprocess.DEVNULL, check=False).returncode, 2)

    def test_what_is_none(self):
        for text in ("", "\n", "47617390010", "4761739001010119000000", "476173900101011x", "1" * 5000):
            done = self.run_tool(text)
            self.assertEqual((done.returncode, done.stdout), (1, b""), text)
            self.assertIn(b"no account number", done.stderr)

    def test_what_is_no_key(self):
        for key, mode in ((self.KEY[:31], 0o600), (self.KEY + b"x", 0o600), (self.KEY, 0o640), (self.KEY, 0o604)):
            self.write(key, mode)
            done = self.run_tool(self.PAN)
            self.assertEqual((done.returncode, done.stdout), (1, b""))
        os.unlink(self.path)
        self.assertEqual(self.run_tool(self.PAN).returncode, 1)
        self.assertFalse(os.path.exists(self.path)) # it is the reader's to make
        self.assertEqual(self.run_tool(self.PAN, "--no").returncode, 2)
        self.assertEqual(self.run_tool(self.PAN, self.path, "more").returncode, 2)

    def test_a_terminal(self):
        """What is typed is not shown, and the terminal is as it was."""
        master, slave = os.openpty()
        before = termios.tcgetattr(slave)
        with subprocess.Popen([self.PROGRAM, "--fingerprint", self.path], stdin=slave, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as tool:
            self.addCleanup(os.close, master)
            self.addCleanup(os.close, slave)
            prompt = b"Account number (is not shown): "
            self.assertEqual(os.read(tool.stderr.fileno(), len(prompt)), prompt)
            os.write(master, self.PAN.encode() + b"\n")
            out, rest = tool.communicate(timeout=DEADLINE_S)
        self.assertEqual((tool.returncode, out.decode(), rest), (0, self.expected(self.PAN) + "\n", b"\n"))
        self.assertEqual(termios.tcgetattr(slave), before)
        shown = os.read(master, 1000) if select.select([master], [], [], 0)[0] else b""
        self.assertEqual(shown.strip(), b"")


if __name__ == "__main__":
    unittest.main()
