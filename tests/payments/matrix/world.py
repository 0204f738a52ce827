"""A till for the matrix: the real poshald and poshal-acquirer, an emulated host that judges, and a card reader that is this process.

Whoever is killed is started again, as systemd would. Nothing here knows what is right; that is judge.py.
"""

import base64
import contextlib
import ctypes
import json
import os
import pwd
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time

from poshal_test import BUILD, DEADLINE, Process, Rpc, RpcError, answers, memory_holds
from sealing import seal

PAN = "4761739001010010"
PATIENCE = float(os.environ.get("MATRIX_PATIENCE", "90")) # seconds until something that does not come is a failure
HOST_AWAY_S = 1.0
STARTS = 6 # of poshald in a row, until it counts as one that cannot start
LIVES = 24 # of poshald in one call, and of poshal-acquirer in a case; more were not asked for
ANSWER_MS = 250 # the acquirer's patience with the host; late answers come behind it
CURRENCY = {"code": "EUR", "number": 978, "exponent": 2}

BENCH = """[host acquirer-host]
by_cents = no
timeout_ms = {timeout}
"""
OVER_TCP = "packing = ascii\ntls = {tls}\n"
OVER_HTTPS = "protocol = https\n"
ACQUIRER = """[acquirer]
tid = PHTEST01
mid = POSHALTEST00001
answer_timeout_ms = {timeout}
"""
TCP = """host = 127.0.0.1
port = {port}
dialect = iso87-ascii
acquirer_id = 123456
"""
HTTPS = """link = https
url = https://127.0.0.1:{port}/v1
tls_ca = {root}/run/certificates/ca.pem
"""
TLS = """tls = yes
tls_ca = {root}/run/certificates/ca.pem
tls_name = host.acquirer.test
"""
CONFIG = """[service]
log_level = debug
vendor_drivers_dir = {root}/drivers.d

[payments]
terminal_id = PHTEST01
merchant_id = POSHALTEST00001
merchant_name = matrix

[roles]
payment = reader
"""
# limits that say no only where a case wants it
OFFLINE = """
[offline]
enabled = yes
i_understand_pci_scope = yes
max_sale = 90000.00
max_sale_pin = 90000.00
max_sale_no_cvm = 90000.00
max_sale_forced = 90000.00
max_total = 90000000.00
max_count = 100000
card_total = 90000000.00
need_oda = no
refunds = yes
random_online = 0
forward_rate = 0
"""
DEVICE = """[device reader]
driver = matrix
connection = tcp://127.0.0.1:1
classes = card_reader
dial_in_user = {user}
"""

# a disk that does not do what it is asked, for as long as a file of that name is in `ctl`
STORAGE = {
    "full": "out:errno=ENOSPC:path=/var/:while={ctl}/full",
    "no_flush": "sync:errno=EIO:path=/var/:while={ctl}/no_flush",
    "read_only": "out:errno=EROFS:path=/var/:while={ctl}/read_only",
}


class Broken(Exception):
    """There is no world any more in which a case could be judged."""


def until(condition, message, seconds=DEADLINE):
    """Looks every 2 ms at what has no event of its own."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Broken(message)
        select.poll().poll(2)


def tail_of(path, size):
    try:
        with open(path, "rb") as f:
            return f.read()[-size:].decode(errors="replace")
    except OSError as e:
        return str(e)


def logs_of(root):
    """What the processes of a world have said last, also when there is nothing left of it."""
    return "".join("\n---- %s/%s ----\n%s" % (root, name, tail_of(f"{root}/{name}", size))
                   for name, size in (("poshald.log", 12000), ("acquirer.log", 2000), ("bench.log", 2000)))


class PowerCut:
    """Records what poshald writes, and makes of it what a disk may hold after a power cut: powercut.h."""

    library = ctypes.CDLL(BUILD + "/lib/faultio.so")
    library.powercut_load.restype = ctypes.c_void_p
    library.powercut_count.restype = ctypes.c_size_t
    library.powercut_count.argtypes = library.powercut_free.argtypes = [ctypes.c_void_p]
    library.powercut_apply.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_char_p]

    def __init__(self, root, seed):
        self.var, self.before, self.log, self.seed = root + "/var", root + "/var-before", root + "/ctl-record", seed
        shutil.rmtree(self.before, ignore_errors=True)
        shutil.copytree(self.var, self.before)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.log)

    @property
    def env(self):
        return {"FAULTIO_RECORD": self.log, "FAULTIO_RECORD_PATH": "/var/"}

    def strike(self):
        """Behind the end of poshald: the folder holds what was flushed, and of the rest what chance has let through."""
        if not os.path.exists(self.log) or not os.path.getsize(self.log): # killed before it wrote anything
            return
        for name in os.listdir(self.before):
            if name.endswith("-shm"): # in memory only
                os.unlink(f"{self.before}/{name}")
        cut = self.library.powercut_load(self.log.encode())
        assert cut, "no record of what was written"
        count = self.library.powercut_count(cut)
        assert self.library.powercut_apply(cut, count, self.seed, self.before.encode()) == 0, "the record cannot be applied"
        self.library.powercut_free(cut)
        shutil.rmtree(self.var)
        os.rename(self.before, self.var)


class Backup:
    """A copy of the journal, put back when poshald ends next: what happened in between is known to the anchor beside it alone."""

    env = {}

    def __init__(self, world, vacuumed):
        self.world, self.path, self.kept = world, world.root + "/var/journal.db", world.root + "/backup.db"
        look = world.root + "/backup-look.db"
        for name in self.path, self.path + "-wal":
            shutil.copy(name, name.replace(self.path, self.kept))
            shutil.copy(name, name.replace(self.path, look))
        with contextlib.closing(sqlite3.connect(look)) as db:
            self.newest = db.execute("SELECT (SELECT ifnull(max(id), 0) FROM payment), (SELECT ifnull(max(id), 0) FROM record), "
                                     "(SELECT count FROM audit_head)").fetchone()
            self.stan = self.counter(db.execute("SELECT value FROM counter WHERE name LIKE 'stan:%'").fetchall())
            if vacuumed:
                for name in self.kept, self.kept + "-wal":
                    os.unlink(name)
                db.execute("VACUUM INTO ?", (self.kept,))
        os.unlink(look)

    @staticmethod
    def counter(rows):
        assert len(rows) <= 1, "a till of more than one terminal: %s" % (rows,)
        return int(rows[0][0]) if rows else 0

    def strike(self):
        """Behind the end of poshald."""
        known = self.anchor()
        os.unlink(self.path + "-wal")
        for name in self.path, self.path + "-wal":
            with contextlib.suppress(FileNotFoundError): # VACUUM INTO makes no log
                shutil.copy(name.replace(self.path, self.kept), name)
        self.world.losses.append(Loss(self, known, self.world.ends))

    def anchor(self):
        """What the anchor knows: the newest payment, record and audit row, and the last trace number."""
        with open(self.path + "-anchor", encoding="ascii") as f:
            lines = [line.split() for line in f if line.strip()]
        words = {line[0]: line[1:] for line in lines if line[0] in ("newest", "audit")}
        return (int(words["newest"][0]), int(words["newest"][1]), int(words["audit"][0]),
                self.counter([line[1:] for line in lines if line[0] == "counter"]))


class Loss:
    """What a journal that was put back does not know."""

    def __init__(self, backup, known, ends):
        self.noticed = any(now > then for now, then in zip(known, (*backup.newest, backup.stan)))
        self.behind, self.until = backup.stan, max(known[3], backup.stan) # trace numbers
        self.audit = backup.newest[2]
        self.ends = ends # of poshald so far

    def has(self, message):
        return self.behind < int(message["stan"]) <= self.until


def b64(data):
    return base64.b64encode(data).decode()


def tlv(tag, value):
    return bytes.fromhex(tag) + bytes([len(value) // 2]) + bytes.fromhex(value)


def field_55(amount, counter, cryptogram_type="80"):
    """What a chip says of this sale: the cryptogram is made up, its use of the card (9F36, 9F37) is not."""
    text = "%012d" % amount
    return b"".join(tlv(t, v) for t, v in (
        ("82", "3900"), ("84", "A0000000031010"), ("95", "0000008000"), ("9A", "261122"), ("9C", "00"), ("5F2A", "0978"),
        ("5F34", "01"), ("9F02", text), ("9F03", "000000000000"), ("9F1A", "0276"), ("9F10", "06010A03A00000"),
        ("9F26", "%016X" % (counter * 2654435761 & 0xffffffffffffffff)), ("9F27", cryptogram_type), ("9F33", "E0F0C8"),
        ("9F34", "410302"), ("9F35", "22"), ("9F36", "%04X" % (counter & 0xffff)), ("9F37", "%08X" % counter)))


class Reader:
    """A card reader's driver: one card, which does what `card` says, for as many lives as poshald has.

    good        yes when the host says yes; without it the card declines because the host is wanted
    declines    no, whatever the host said
    approves    yes also without the host (Y3)
    by_itself   yes without asking for the host (Y1)
    """

    def __init__(self, world):
        self.world = world
        self.card = "good"
        self.counter = 0
        self.heard = bytearray()
        self.payments = {} # what is under way
        self.asked, self.waited = 0.0, 0.0 # when poshald was asked last, and how long it took

    def dial(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.world.root + "/run/drivers.sock")
        self.sock = sock
        self.payments = {}
        self.say(sock, method="driver.hello", params={"driver": "matrix", "version": "1", "device": "reader",
                                                      "protocol": {"major": 1, "minor": 0}})
        threading.Thread(target=self.live, args=(sock,), daemon=True).start()

    @staticmethod
    def say(sock, **message):
        sock.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def live(self, sock):
        with contextlib.suppress(OSError, ValueError), sock.makefile("rb") as lines:
            for line in lines:
                self.heard += line
                self.serve(sock, json.loads(line))
        sock.close()

    def serve(self, sock, message):
        if "id" not in message:
            return
        self.say(sock, id=message["id"], result={})
        method, params = message["method"], message["params"]
        if method == "driver.open":
            self.say(sock, method="device.state", params={"state": "ready", "reasons": []})
        elif method == "payment.start":
            self.start(sock, params)
        elif method == "payment.proceed":
            self.proceed(sock, params)
        elif method == "payment.cancel":
            self.end(sock, params["payment"], "cancelled", reason="cancelled")

    def start(self, sock, params):
        payment, amount = params["payment"], params["amount"]
        if "seal" not in params: # poshal-acquirer is away
            self.end(sock, payment, "cancelled", reason="no_key")
            return
        self.counter += 1
        sealed = seal(params["seal"]["kid"], base64.b64decode(params["seal"]["public_b64"]), payment, amount,
                      params["currency"]["code"], PAN)
        self.payments[payment] = {
            "amount": amount, "need": "online", "sealed": b64(sealed), "counter": self.counter,
            "card": {"masked_pan": PAN[:6] + "******" + PAN[-4:], "scheme": "visa", "aid": "A0000000031010", "entry": "chip",
                     "sequence": 1, "application_label": "VISA CREDIT"},
            "facts": {"entry": "chip", "cvm": "none", "oda": "none", "first_digits": PAN[:6],
                      "fingerprint_b64": b64(struct.pack(">Q", self.counter) * 4),
                      "expires_soon": False, "denied": False}}
        if self.card == "by_itself":
            self.store(sock, payment, "Y1")
        else:
            self.need(sock, payment, "online", icc_b64=b64(field_55(amount, self.counter)))

    def need(self, sock, payment, need, **more):
        p = self.payments[payment]
        p["need"] = need
        self.asked = time.monotonic()
        facts = {"facts": p["facts"]} if self.world.offline else {}
        self.say(sock, method="payment.need", params={"payment": payment, "need": need, "sealed_b64": p["sealed"],
                                                      "card": p["card"], **facts, **more})

    def store(self, sock, payment, arc):
        p = self.payments[payment]
        self.need(sock, payment, "store", kind="offline", arc=arc, data=p["card"],
                  icc_b64=b64(field_55(p["amount"], p["counter"], "40")))

    def proceed(self, sock, params):
        payment = params["payment"]
        p = self.payments[payment]
        self.waited = time.monotonic() - self.asked
        if p["need"] == "store":
            self.end(sock, payment, "approved_offline" if params["ok"] else "declined")
        elif not params["ok"] and self.card == "approves":
            self.store(sock, payment, "Y3")
        elif not params["ok"]:
            self.end(sock, payment, "declined", **({"without_host": True} if self.world.offline else {}))
        elif not params.get("approved"):
            self.end(sock, payment, "referred" if params.get("referred") else "declined")
        elif self.card == "declines":
            self.end(sock, payment, "declined", reverse=True, reason="card_declined")
        else:
            self.end(sock, payment, "approved")

    def end(self, sock, payment, outcome, **more):
        data = self.payments.pop(payment, {}).get("card", {})
        self.say(sock, method="payment.end", params={"payment": payment, "outcome": outcome, "data": data, **more})


class Tee:
    """Stands between poshald and poshal-acquirer, and keeps what they say."""

    def __init__(self, path, real):
        self.path, self.real = path, real
        self.heard = bytearray()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                up = self.listener.accept()[0]
            except OSError:
                return
            down = socket.socket(socket.AF_UNIX)
            try:
                down.connect(self.real)
            except OSError: # it was killed and is not back yet
                up.close()
                continue
            for pair in (up, down), (down, up):
                threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def carry(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.heard += data
                target.sendall(data)
        for end in source, target:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def folder():
    """In memory where there is room for it, because a flush there costs nothing; what a disk may lose is a case of its own."""
    with contextlib.suppress(OSError):
        room = os.statvfs("/dev/shm")
        if room.f_bavail * room.f_frsize > 1 << 30:
            return tempfile.mkdtemp(prefix="poshal-", dir="/dev/shm")
    return tempfile.mkdtemp(prefix="poshal-")


class World:
    def __init__(self, tls=False, offline=False, tell=lambda root: None, root=None, gateway=False):
        self.tls, self.offline, self.gateway = tls, offline, gateway
        self.root = root or folder()
        tell(self.root)
        self.seen, self.counts = 0, {} # what was judged already
        self.daemon = self.acquirer = self.bench = self.client = self.host = self.tee = None
        self.both = False # who dies takes the other along
        self.armed_daemon = self.armed_acquirer = "" # where they are to end by themselves
        self.stopping = False
        self.broken = "" # by a thread: why there is no world any more
        self.revivals = 0 # of poshal-acquirer in this case
        self.cut = None # while what is written is recorded, or may be lost
        self.losses = [] # each time a journal was put back
        self.ends = 0 # of poshald
        self.over = threading.Event() # ends kills at moments
        self.killer = None
        self.day = 0 # the first message of the open day in the host's ledger
        self.days = 0 # that the host has closed
        self.kills = {"poshald": 0, "poshal-acquirer": 0}
        self.lock = threading.RLock()
        self.reader = Reader(self)
        try:
            self.build()
        except Exception as e:
            logs = self.logs()
            self.close()
            raise Broken("no world: %s%s" % (e, logs)) from e
        except BaseException:
            self.close()
            raise

    # ---- processes ----

    def build(self):
        for name in "etc/devices.d", "run", "drivers.d", "ctl", "acq/etc", "acq/run", "keys":
            os.makedirs(f"{self.root}/{name}")
        self.write("bench.ini", BENCH.format(timeout=ANSWER_MS) + (
            OVER_HTTPS if self.gateway else OVER_TCP.format(tls="yes" if self.tls else "no")))
        self.bench = Process([BUILD + "/bin/poshal-emulate", "bench", self.root + "/bench.ini", "--root", self.root],
                             self.root + "/bench.log", serves=self.root + "/run/emulator.sock")
        self.host = Rpc(self.root + "/run/emulator.sock", hello=False)
        url = self.host.call("bench.list")["devices"][0]["connection"]
        link = (HTTPS if self.gateway else TCP) + (TLS if self.tls else "")
        self.write("acq/etc/acquirer.conf", ACQUIRER.format(timeout=ANSWER_MS) +
                   link.format(port=url.rpartition(":")[2], root=self.root))
        self.write("etc/poshal.conf", CONFIG.format(root=self.root) + (OFFLINE if self.offline else ""))
        self.write("etc/devices.d/reader.conf", DEVICE.format(user=pwd.getpwuid(os.getuid()).pw_name))
        self.write("drivers.d/matrix.json", json.dumps({
            "name": "matrix", "version": "1", "exec": "/bin/false", "summary": "The matrix", "classes": ["card_reader"],
            "connections": ["tcp"], "options": []}))
        self.write("clock", struct.pack("q", 0))
        subprocess.run([BUILD + "/bin/poshal-acquirer", "--new-key", "2026-1", "--out", self.root + "/keys/acquirer", "--public",
                        self.root + "/etc/acquirer.public"], check=True)
        self.tee = Tee(self.root + "/run/acquirer.sock", self.root + "/acq/run/acquirer.sock")
        self.start_acquirer()
        self.start_daemon()

    def write(self, name, content):
        with open(f"{self.root}/{name}", "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())

    def start_acquirer(self, crash=""):
        with self.lock:
            if self.stopping:
                return
            self.armed_acquirer = crash
            path = self.root + "/acq/run/acquirer.sock"
            self.acquirer = process = Process(
                [BUILD + "/bin/poshal-acquirer", "--root", self.root + "/acq", "--key", self.root + "/keys/acquirer"],
                self.root + "/acquirer.log", env={"POSHAL_CRASH_AT": crash})
            until(lambda: answers(path, process.pid) or process.popen.poll() is not None, "poshal-acquirer does not serve")
            threading.Thread(target=self.keep_acquirer, args=(process,), daemon=True).start()

    def keep_acquirer(self, process):
        """Starts it again when it was killed; by its own point or by somebody else."""
        process.wait(1e6)
        with self.lock:
            if self.stopping or self.acquirer is not process:
                return
            self.kills["poshal-acquirer"] += 1
            self.revivals += 1
            if process.popen.returncode != -signal.SIGKILL or self.revivals > LIVES:
                self.broken = "poshal-acquirer has ended with %s, and was started %d times" % (
                    process.popen.returncode, self.revivals)
                return
            if self.both:
                self.both = False
                self.daemon.popen.kill()
            try:
                self.start_acquirer()
            except Exception as e:
                self.broken = "poshal-acquirer cannot be started: %s" % e

    def stop_acquirer(self):
        with self.lock:
            process, self.acquirer = self.acquirer, None
        process.kill()

    def start_daemon(self, crash="", faults=""):
        """Behind this poshald is there and serves, also when it was killed on the way by what was asked for."""
        rules = [rule.format(ctl=self.root + "/ctl") for rule in STORAGE.values()]
        env = {"POSHAL_CRASH_AT": crash, "LD_PRELOAD": BUILD + "/lib/faultio.so:" + BUILD + "/lib/clockshift.so",
               "FAULTIO": ";".join(rules + ([faults] if faults else [])), "POSHAL_CLOCK_SHIFT": self.root + "/clock",
               "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/no-bus"}
        if self.cut:
            env.update(self.cut.env)
        self.armed_daemon = crash
        for _ in range(STARTS):
            self.daemon = Process([BUILD + "/bin/poshald", "--root", self.root, "--libexec-dir", self.root + "/drivers.d"],
                                  self.root + "/poshald.log", env=env)
            if self.connect(self.root + "/run/poshal.sock"):
                return
            code = self.daemon.wait(PATIENCE)
            if code not in (-signal.SIGKILL, 1): # 1: a disk that fails, as it was told to
                raise Broken("poshald ended at its start with %s" % code)
            self.kills["poshald"] += 1
            self.calm_disk()
            self.ended()
            env["POSHAL_CRASH_AT"] = self.armed_daemon = ""
            env.pop("FAULTIO_RECORD", None)
        raise Broken("poshald has ended at each of %d starts" % STARTS)

    def connect(self, path):
        """False when poshald has ended. The listener of one that was killed may be there for a moment longer than its process."""
        deadline = time.monotonic() + DEADLINE
        while True:
            with contextlib.suppress(OSError, EOFError):
                self.client = Rpc(path)
                self.reader.dial()
                self.wait_reader(deadline)
                return True
            if self.daemon.popen.poll() is not None:
                return False
            self.check()
            if time.monotonic() > deadline:
                raise Broken("poshald runs, and does not serve")
            select.poll().poll(2)

    def wait_reader(self, deadline):
        self.client.call("events.subscribe", topics=["device.state", "payment.state", "queue"])
        while self.client.call("device.get", device="reader")["device"]["state"] != "ready":
            self.client.event("device.state", max(deadline - time.monotonic(), 0.1))

    def kill_daemon(self):
        self.daemon.kill()
        self.client.close()
        self.ended()

    def record(self, seed):
        """From the next start to the next end of poshald, which is that of the whole machine."""
        self.cut = PowerCut(self.root, seed)

    def back_up(self, vacuumed):
        """The journal as it is now comes back with the next end of poshald; that has just ended."""
        self.cut = Backup(self, vacuumed)

    def ended(self):
        """What becomes of the files behind the end of poshald."""
        self.ends += 1
        if self.cut:
            cut, self.cut = self.cut, None
            cut.strike()

    # ---- moments ----

    def kill_at(self, moments):
        """Each a pair: who ends (d: poshald, a: poshal-acquirer, b: both), and how many milliseconds from now."""
        self.over = threading.Event()
        self.killer = threading.Thread(target=self.kill_in_time, args=(moments, self.over), daemon=True)
        self.killer.start()

    def kill_in_time(self, moments, over):
        began = time.monotonic()
        for who, ms in moments:
            if over.wait(max(began + ms / 1000 - time.monotonic(), 0)):
                return
            for process in [self.daemon] * (who in "db") + [self.acquirer] * (who in "ab"):
                if process: # one that has ended already is left alone
                    process.popen.kill()

    def end_moments(self):
        self.over.set()
        if self.killer:
            self.killer.join()
            self.killer = None

    def revive(self):
        """Behind the end of poshald."""
        self.client.close()
        code = self.daemon.wait(PATIENCE)
        if code != -signal.SIGKILL:
            raise Broken("poshald ended by itself with %s" % code)
        self.kills["poshald"] += 1
        self.ended()
        with self.lock:
            if self.both: # and nobody was quicker, whose successor this would be
                self.both = False
                self.acquirer.popen.kill()
        self.start_daemon()

    def logs(self):
        return logs_of(self.root)

    def check(self):
        if self.broken:
            raise Broken(self.broken)
        if not os.path.isdir(self.root + "/run"):
            raise Broken("its folder is gone")

    # ---- what happens ----

    def call(self, method, **params):
        """Repeats the call for as long as poshald dies over it. What waits for the host gets it back after a while."""
        for _ in range(LIVES):
            self.check()
            try:
                call = self.client.send(method, params)
                try:
                    return self.client.result(call, HOST_AWAY_S)
                except TimeoutError:
                    self.calm_host()
                    self.client.send("queue.forward", {"operator": "ann", "reason": "the host is back"})
                return self.client.result(call, PATIENCE)
            except (EOFError, ConnectionError):
                self.revive()
        raise Broken("poshald has died %d times over %s" % (LIVES, method))

    def hear(self, topic, seconds):
        """Until there is such an event, for so long at most."""
        try:
            self.client.event(topic, seconds)
        except TimeoutError:
            pass
        except (EOFError, ConnectionError):
            self.revive()

    def break_disk(self, how):
        self.write("ctl/" + how, "")

    def calm_disk(self):
        for name in os.listdir(self.root + "/ctl"):
            os.unlink(f"{self.root}/ctl/{name}")

    def shift_clock(self, seconds):
        with open(self.root + "/clock", "r+b") as f: # it is mapped: not a new file
            f.write(struct.pack("q", seconds))

    def calm(self):
        """Everybody and everything is well again, but for what has happened."""
        self.both = False
        self.calm_disk()
        self.calm_host()
        if self.daemon.popen.poll() is not None:
            self.revive()
        until(self.has_acquirer, "poshal-acquirer does not come back")

    def calm_host(self):
        self.host.call("host.set", fault="none", response="", **({"tls": "good"} if self.tls else {}))

    def has_acquirer(self):
        self.check()
        with self.lock:
            return self.acquirer.popen.poll() is None

    def messages(self, start):
        """What the host has got since, in the order in which it came; and where the next begins."""
        found = []
        while True:
            page = self.host.call("host.ledger", all=True, **{"from": start})
            found += page["entries"] + page["reversals"]
            if "next" not in page:
                return found, start + len(page["entries"]) + len(page["reversals"])
            if page["next"] <= start:
                raise Broken("the ledger has no end")
            start = page["next"]

    def holds_number(self):
        """Where the account number is, of all places where it must not be: a list of names."""
        forms = (PAN.encode(), bytes.fromhex(PAN), base64.b64encode(PAN.encode())[:20])
        found = []
        for name, heard in ("reader's line", self.reader.heard), ("acquirer's line", self.tee.heard):
            if any(form in heard for form in forms):
                found.append(name)
            heard.clear()
        for path, _, names in os.walk(self.root):
            for name in names:
                with contextlib.suppress(OSError), open(os.path.join(path, name), "rb") as f:
                    if os.path.isfile(f.name) and any(form in f.read() for form in forms):
                        found.append(os.path.relpath(f.name, self.root))
        if memory_holds(self.daemon.pid, *forms[:2]):
            found.append("poshald")
        deadline = time.monotonic() + PATIENCE
        while memory_holds(self.acquirer.pid, *forms[:2]): # the answer is told before the last of it is done
            if time.monotonic() > deadline:
                found.append("poshal-acquirer")
                break
        return found

    def close(self):
        self.stopping = True
        self.over.set()
        for thing in self.client, self.host:
            if thing:
                thing.close()
        self.end_processes()
        with self.lock: # somebody may just have started one
            self.end_processes()
        if self.tee:
            self.tee.close()
        if not os.environ.get("POSHAL_TEST_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

    def end_processes(self):
        for process in self.daemon, self.acquirer, self.bench:
            if process:
                process.popen.kill()
                process.popen.wait()


__all__ = ["ANSWER_MS", "DEADLINE", "PAN", "PATIENCE", "Broken", "RpcError", "STORAGE", "World", "logs_of"]
