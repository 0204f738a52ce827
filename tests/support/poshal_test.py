"""Support for the API tests: a private till (emulated bench and poshald) and JSON-RPC clients, standard library only.

Nothing here sleeps: every wait ends with an event or with a deadline that fails the test.
"""

import base64
import contextlib
import fcntl
import functools
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("POSHAL_BUILD") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "dev")
BUILD = os.path.abspath(BUILD)
SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
NOBODY = 65534
DEADLINE = float(os.environ.get("POSHAL_TEST_DEADLINE", "60"))


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(error.get("message"))
        self.code = error.get("code")
        self.message = error.get("message")
        self.data = error.get("data") or {}
        self.name = self.data.get("name")


class Rpc:
    """One connection; notifications are kept in order of arrival."""

    def __init__(self, path, hello=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)
        self.buffer = b""
        self.next_id = 0
        self.notifications = []
        self.answers = {}
        self.closed = False
        self.hello = self.wait_for(lambda m: m.get("method") == "poshal.hello")["params"] if hello else None

    def close(self):
        self.sock.close()
        self.closed = True

    def send_raw(self, data):
        self.sock.sendall(data)

    def send(self, method, params=None, id=None):
        if id is None:
            self.next_id += 1
            id = self.next_id
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}
        self.send_raw(json.dumps(message).encode() + b"\n")
        return id

    def read_message(self, deadline):
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError("no message in time; so far: %r" % (self.notifications[-5:],))
            data = self.sock.recv(65536)
            if not data:
                self.closed = True
                raise EOFError("the server closed the connection")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def _dispatch(self, message):
        if "method" in message:
            self.notifications.append(message)
        else:
            self.answers[message.get("id")] = message

    def wait_for(self, accept, timeout=None):
        """The first kept or coming notification that `accept` likes; it is taken out."""
        deadline = time.monotonic() + (timeout or DEADLINE)
        while True:
            for i, message in enumerate(self.notifications):
                if accept(message):
                    return self.notifications.pop(i)
            self._dispatch(self.read_message(deadline))

    def event(self, topic, timeout=None, device=None, **data):
        def accept(message):
            params = message.get("params", {})
            return (message.get("method") == "event" and params.get("topic") == topic and
                    (not device or params["device"] == device) and
                    all(params["data"].get(k) == v for k, v in data.items()))
        return self.wait_for(accept, timeout)["params"]

    def result(self, id, timeout=None):
        deadline = time.monotonic() + (timeout or DEADLINE)
        while id not in self.answers:
            self._dispatch(self.read_message(deadline))
        message = self.answers.pop(id)
        if "error" in message:
            raise RpcError(message["error"])
        return message["result"]

    def call(self, method, timeout=None, **params):
        return self.result(self.send(method, params), timeout)

    def error(self, method, **params):
        """The error this call must end with."""
        try:
            result = self.call(method, **params)
        except RpcError as e:
            return e
        raise AssertionError("%s succeeded: %r" % (method, result))


class Process:
    """A child that ends with the test, and whose output is kept in a file. It is there when `ready()` is true, or when it listens at the
    path `serves`."""

    def __init__(self, argv, log, env=None, ready=None, serves="", close_fds=True, pass_fds=()):
        self.log = log
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env={**os.environ, **(env or {})}, close_fds=close_fds, pass_fds=pass_fds)
        if serves:
            ready = functools.partial(answers, serves, self.popen.pid)
        if ready:
            wait_until(lambda: self._ready(ready), "%s is not ready: %s" % (argv[0], log))

    def _ready(self, ready):
        if self.popen.poll() is not None:
            raise AssertionError("ended early (%s):\n%s" % (self.popen.returncode, open(self.log).read()))
        return ready()

    @property
    def pid(self):
        return self.popen.pid

    def kill(self, sig=signal.SIGKILL):
        self.popen.send_signal(sig)
        return self.wait()

    def wait(self, timeout=None):
        """Its exit status, at once when it ends; Popen.wait with a timeout looks only now and then."""
        timeout = timeout or DEADLINE
        with contextlib.suppress(ProcessLookupError): # another thread has waited for it
            end = os.pidfd_open(self.popen.pid)
            try:
                poller = select.poll()
                poller.register(end, select.POLLIN)
                if not poller.poll(timeout * 1000):
                    raise subprocess.TimeoutExpired(self.popen.args, timeout)
            finally:
                os.close(end)
        return self.popen.wait()

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


def wait_until(condition, message, timeout=None):
    """Polls what has no event of its own (a socket file appearing); 2 ms apart, with a deadline."""
    deadline = time.monotonic() + (timeout or DEADLINE)
    poller = select.poll()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(message)
        poller.poll(2)


def answers(path, pid=None):
    """Whether somebody listens there; with a number, that process: the listener of one that was killed may outlive it for a moment."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(path)
            peer = struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return pid in (None, peer[0])
    except OSError:
        return False


def patient_dialect(root):
    """iso87-ascii for an acquirer in this folder that waits for an echo as long as for any answer; its path."""
    with open(SOURCE + "/data/dialects/iso87-ascii.json", encoding="ascii") as f:
        dialect = json.load(f)
    dialect["link"]["echo_timeout_ms"] = 30000
    path = root + "/etc/patient.json"
    with open(path, "w", encoding="ascii") as f:
        json.dump(dialect, f)
    return path


def without_empty_pages(data, page=4096):
    """Most of a stack has never been used."""
    empty = bytes(page)
    return b"".join(data[i:i + page] for i in range(0, len(data), page) if data[i:i + page] != empty)


def memory_holds(pid, *needles):
    """Whether a process has any of these anywhere in memory it can write to."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            start, end, mode = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
            if not mode.startswith("rw") or int(end, 16) - int(start, 16) > 1 << 26:
                continue  # what is larger is a sanitizer's
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(int(start, 16))
                data = without_empty_pages(memory.read(int(end, 16) - int(start, 16)))
                if any(needle in data for needle in needles):
                    return True
    return False


class Till:
    """A bench and a service in a private directory."""

    def __init__(self, bench="till.ini", config=None, devices=None, env=None, daemon=True, bus=False,
                 root=None):
        self.own_root = root is None
        self.root = root or tempfile.mkdtemp(prefix="poshal-")
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=%s/no-bus" % self.root, **(env or {})}
        self.clients = []
        self.daemon_options = []
        self.daemon = self.bench = self.bus = self.emulator = None
        os.makedirs(self.root + "/etc/devices.d", exist_ok=True)
        os.makedirs(self.root + "/run", exist_ok=True)
        try:
            self._start(bench, config, devices, daemon, bus)
        except BaseException:
            self.close()
            raise

    def _start(self, bench, config, devices, daemon, bus):
        if bus:
            self.start_bus()
        if bench:
            self.start_bench(bench)
        self.write_config(config, devices)
        if daemon:
            self.start_daemon()

    @property
    def socket_path(self):
        return self.root + "/run/poshal.sock"

    @property
    def emulator_path(self):
        return self.root + "/run/emulator.sock"

    def start_bus(self):
        """A private message bus that lets everybody do everything."""
        address = "unix:path=%s/run/bus" % self.root
        with open(self.root + "/etc/bus.conf", "w") as f:
            f.write(BUS_CONFIG.format(address=address))
        self.bus = Process(["dbus-daemon", "--config-file=%s/etc/bus.conf" % self.root, "--nofork",
                            "--nopidfile", "--nosyslog"], self.root + "/bus.log",
                           serves=self.root + "/run/bus")
        with open(self.root + "/run/bus.address", "w") as f:
            f.write(address + "\n")
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = address

    def start_bench(self, bench):
        path = bench if os.path.isabs(bench) else os.path.join(SOURCE, "emulators", "benches", bench)
        self.bench = Process([BUILD + "/bin/poshal-emulate", "bench", path, "--root", self.root],
                             self.root + "/bench.log", serves=self.emulator_path)
        self.emulator = Rpc(self.emulator_path, hello=False)
        self.connections = {d["id"]: d for d in self.emulator.call("bench.list")["devices"]}

    def write_config(self, config=None, devices=None):
        if devices is None:
            devices = DEVICES
        text = config if config is not None else "[service]\nlog_level = debug\n\n" + ROLES
        with open(self.root + "/etc/poshal.conf", "w") as f:
            f.write(text)
        with open(self.root + "/etc/devices.d/till.conf", "w") as f:
            f.write(devices.format(**{name.replace("-", "_"): d.get("connection", "")
                                      for name, d in getattr(self, "connections", {}).items()}))

    def lock_is_free(self):
        """Whether nobody holds poshald's lock: that of one that was killed can be held a moment longer than it is there, by whoever
        looks at its descriptors just then."""
        try:
            with open(self.root + "/run/poshald.lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            pass
        except BlockingIOError:
            return False
        return True

    def await_end(self):
        """Until nothing is left of a poshald that has ended."""
        if self.daemon and self.daemon.popen.poll() is not None:
            wait_until(self.lock_is_free, "somebody holds the lock of the poshald that has ended")

    def start_daemon(self, extra_env=None):
        self.await_end()
        self.daemon = Process([BUILD + "/bin/poshald", "--root", self.root] + self.daemon_options,
                              self.root + "/poshald.log",
                              env={**self.env, **(extra_env or {})}, serves=self.socket_path)

    def client(self):
        client = Rpc(self.socket_path)
        self.clients.append(client)
        return client

    def wait_ready(self, client, *devices):
        """Waits until each device is ready; what was told about states until then is forgotten."""
        client.call("events.subscribe", topics=["device.state"])
        for device in devices:
            while client.call("device.get", device=device)["device"]["state"] != "ready":
                client.event("device.state")
        client.notifications = [m for m in client.notifications if m.get("params", {}).get("topic") != "device.state"]

    def log(self):
        with open(self.root + "/poshald.log", errors="replace") as f:
            return f.read()

    def open_to_all(self):
        """Lets other users of the machine in, who may do what the configuration says."""
        for path in self.root, self.root + "/run":
            os.chmod(path, 0o755)
        os.chmod(self.socket_path, 0o666)

    def as_nobody(self, *calls):
        """Calls by the user nobody: [name, message] of each error, or None for those that succeed. Only root can ask for it."""
        read_end, write_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                client, outcomes = Rpc(self.socket_path), []
                for method, params in calls:
                    try:
                        client.call(method, **params)
                        outcomes.append(None)
                    except RpcError as e:
                        outcomes.append([e.name, e.message])
                os.write(write_end, json.dumps(outcomes).encode())
            finally:
                os._exit(0)
        os.close(write_end)
        with os.fdopen(read_end) as f:
            outcomes = f.read()
        os.waitpid(pid, 0)
        return json.loads(outcomes)

    def device_pids(self):
        """pids of the device processes by device name."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    args = f.read().decode(errors="replace").split("\0")
                with open("/proc/%s/stat" % pid) as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                if self.daemon and parent == self.daemon.pid and "--device" in args:
                    found[args[args.index("--device") + 1]] = int(pid)
        return found

    def close(self):
        for client in self.clients:
            with contextlib.suppress(OSError):
                client.close()
        if self.daemon:
            self.daemon.stop()
        if self.bench:
            if self.emulator:
                self.emulator.close()
            self.bench.stop()
        if self.bus:
            self.bus.stop()
        if self.own_root and not os.environ.get("POSHAL_TEST_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind and self.daemon:
            sys.stderr.write("---- poshald.log ----\n%s\n" % self.log()[-9000:])
        self.close()


BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""

ROLES = """[roles]
receipt = till-printer
drawer = till-printer-drawer
display = pole-display
scanner = lane-scanner
"""

DEVICES = """[device till-printer]
driver = escpos
connection = {till_printer}
profile = epson-tm-t20ii
drawer_sensor = open_low

[device lane-scanner]
driver = scanner-serial
connection = {lane_scanner}

[device pole-display]
driver = display-escpos
connection = {pole_display}
"""

RECEIPT = {"v": 1, "body": [
    {"text": "CAFÉ POSHAL", "align": "center", "size": [2, 2], "bold": True},
    {"rule": "single"},
    {"pair": ["Espresso", "2.50"]},
    {"pair": ["Croissant", "1.80"]},
    {"pair": ["TOTAL EUR", "4.30"], "bold": True},
    {"barcode": {"type": "ean13", "data": "4006381333931", "height": 64, "hri": "below"}},
    {"cut": "partial"}]}


def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()
