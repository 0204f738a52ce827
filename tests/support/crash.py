"""One sale at a till that is being killed, and the judge who knows only the paper, the pulses and the answers.

A sale is a fixed list of print jobs and drawer openings. A client works through it and behaves as applications should:
whatever had no answer is called again with the same key. Faults come from outside (faultio, signals, the bench). When
all jobs are final, `Sale.judge` compares what the client was told with what the emulated printer did.
"""

import json
import os
import signal
import subprocess
import threading
import time

from poshal_test import DEADLINE, Process, Rpc, RpcError, answers, wait_until
import poshal_test

STAR = os.environ.get("POSHAL_CRASH_DRIVER") == "star" # else ESC/POS

BENCH = """[printer till-printer]
plug = %(plug)s
maker = EPSON
model = TM-T20II
serial = TILL0001
""" + ("dialect = starprnt\n" if STAR else "") + """
bytes_per_second = %(speed)d

[drawer till-drawer]
behind = till-printer
open_level = low
pin = 2
"""

DEVICES = """[device till-printer]
driver = """ + ("star" if STAR else "escpos") + """
connection = {till_printer}
profile = """ + os.environ.get("POSHAL_CRASH_PROFILE", "star-mc-print3" if STAR else "epson-tm-t20ii") + """
drawer_sensor = open_low
"""

CONFIG = "[service]\nlog_level = debug\n\n[roles]\nreceipt = till-printer\ndrawer = till-printer-drawer\n"

FINAL = ("printed", "sent_unconfirmed", "uncertain", "failed", "cancelled", "expired")
NODE_PIN, KEY_PIN = 5, 2


class Violation(AssertionError):
    """A promise was broken."""


def check(condition, message, *details):
    if not condition:
        raise Violation(message % details if details else message)


class Job:
    """A print job: `lines` lines with their number, an optional pulse behind line `drawer`, a cut."""

    def __init__(self, name, recovery, lines, drawer=None, code=False):
        self.name, self.recovery, self.lines, self.drawer = name, recovery, lines, drawer
        body = []
        for i in range(lines):
            body.append({"text": self.line(i)})
            if drawer == i:
                body.append({"drawer": {"n": 2}})
        if code:
            body.insert(lines // 2, {"qr": {"data": "https://example.org/" + name}})
            body.insert(lines // 3, {"barcode": {"type": "code128", "data": name}})
            body.insert(1, {"text": "\u05e9\u05dc\u05d5\u05dd"})  # drawn first by poshal-render
        self.document = {"v": 1, "body": body + [{"cut": "partial"}]}

    def line(self, i):
        return "%s line %03d of %03d" % (self.name, i, self.lines)


JOBS = [("alpha", "reprint", 24, 11, False), ("bravo", "continue", 40, None, False),
        ("charlie", "ask", 14, 13, False), ("delta", "reprint", 6, None, True),
        ("echo", "continue", 34, 3, False), ("foxtrot", "reprint", 3, None, False)]

# print a job, open with a key, wait until a job is final
STEPS = [("print", 0), ("print", 1), ("open", "one"), ("wait", 1), ("print", 2), ("print", 3), ("open", "two"),
         ("print", 4), ("wait", 4), ("open", "three"), ("print", 5)]


class Till(poshal_test.Till):
    """A bench that stays, and a poshald that is started again whenever it is gone, as systemd does."""

    def __init__(self, plug="tcp", speed=int(os.environ.get("POSHAL_CRASH_SPEED", "9000"))): # bytes per second
        self.restarts = 0
        self.bad_disk = False # then a start may fail, with exit code 1
        self.start_lock = threading.Lock()
        super().__init__(bench=None, config=CONFIG, devices="", daemon=False)
        with open(self.root + "/bench.ini", "w") as f:
            f.write(BENCH % {"speed": speed, "plug": plug})
        self.start_bench(self.root + "/bench.ini")
        self.write_config(CONFIG, DEVICES)

    def run_daemon(self, env=None):
        """Starts poshald and waits for its socket; one that is killed on the way is started again."""
        for _ in range(4):
            self.await_end()
            self.daemon = Process([poshal_test.BUILD + "/bin/poshald", "--root", self.root],
                                  self.root + "/poshald.log", env={**self.env, **(env or {})})
            wait_until(lambda: self.daemon.popen.poll() is not None or answers(self.socket_path, self.daemon.pid),
                       "poshald is not ready after %d s" % DEADLINE)
            code = self.daemon.popen.poll()
            if code is None:
                return
            check(code == -signal.SIGKILL or (code == 1 and self.bad_disk),
                  "poshald ended with %s at its start: %s", code, self.log()[-2000:])
        raise Violation("poshald does not come back")

    def restart_daemon(self):
        code = self.daemon.wait(DEADLINE)
        check(code == -signal.SIGKILL, "poshald ended by itself with %s: %s", code, self.log()[-3000:])
        self.restarts += 1
        self.run_daemon()

    def is_gone(self):
        """Whether poshald ends within a second."""
        try:
            self.daemon.wait(1)
            return True
        except subprocess.TimeoutExpired:
            return False

    def stop_daemon(self):
        """An orderly stop; a fault that strikes here only makes it shorter."""
        self.daemon.popen.terminate()
        code = self.daemon.wait(DEADLINE)
        check(code in (0, -signal.SIGKILL), "poshald ended with %s", code)

    def forget(self):
        """Removes what is stored, as if poshald were new on this machine."""
        for name in os.listdir(self.root + "/var") if os.path.isdir(self.root + "/var") else []:
            os.unlink(os.path.join(self.root, "var", name))

    def bench_call(self, method, **params):
        """From any thread: a connection of its own."""
        rpc = Rpc(self.emulator_path, hello=False)
        try:
            return rpc.call(method, **params)
        finally:
            rpc.close()


class Sale:
    """The client. `prefix` makes keys and lines unique."""

    def __init__(self, till, prefix, patience=120.0):
        self.till, self.prefix = till, prefix
        self.jobs = [Job(prefix + n, r, lines, d, code) for n, r, lines, d, code in JOBS]
        self.told = {}       # key: what the client was told when the job was accepted
        self.ends = {}       # key: description of the final job
        self.openings = {}   # key: (outcome, pulses)
        self.in_doubt = 0    # pulses that may still come for these
        self.deadline = time.monotonic() + patience
        self.rpc = None
        self.strays = 0      # connections that ended while poshald lived
        self.refusals = []   # errors of a disk that failed
        self.events = []     # what happened, for the report
        till.emulator.call("printer.tear", device="till-printer")
        self.pulses_before = self.key_pulses()

    def note(self, text, *details):
        self.events.append("%.3f %s" % (time.monotonic(), text % details if details else text))

    def key_pulses(self):
        return self.till.emulator.call("drawer.state", device="till-drawer")["pulses"]

    def left(self):
        left = self.deadline - time.monotonic()
        check(left > 0, "it takes too long; still open: %s",
              [j.name for j in self.jobs if j.name not in self.ends])
        return left

    def call(self, method, **params):
        """Repeats the call until it is answered."""
        while True:
            try:
                if not self.rpc:
                    self.rpc = Rpc(self.till.socket_path)
                return self.rpc.call(method, timeout=self.left(), **params)
            except (EOFError, ConnectionError, FileNotFoundError):
                self.note("no answer to %s %s", method, params.get("key") or params.get("job"))
                if self.rpc:
                    self.rpc.close()
                self.rpc = None
                # a child between fork and exec may hold the socket of the poshald that was killed for a moment longer
                if self.till.is_gone():
                    self.till.restart_daemon()
                else:
                    self.strays += 1
                    check(self.strays < 3, "poshald closes connections and lives")
            except TimeoutError:
                raise Violation("no answer to %s %s" % (method, params)) from None

    # ---- steps ----

    def run(self):
        for step, what in STEPS:
            getattr(self, "do_" + step)(what)
        for i in range(len(self.jobs)):
            self.do_wait(i)
        return self

    def do_print(self, i):
        job = self.jobs[i]
        while job.name not in self.told:
            try:
                self.told[job.name] = self.call("printer.print", device="receipt", key=job.name,
                                                document=job.document, on_recovery=job.recovery)
            except RpcError as e: # only a disk that fails is an excuse
                check(self.till.bad_disk and e.message.startswith("the job cannot be stored: "), "%s", e.message)
                self.refusals.append((e.name, e.message))
        self.note("%s: %s", job.name, self.told[job.name])

    def do_wait(self, i):
        job = self.jobs[i]
        if job.name not in self.ends:
            self.ends[job.name] = self.call("job.wait", job=job.name)["job"]
            self.note("%s", self.ends[job.name])

    def push_shut(self):
        """Pushes the drawer shut and lets the service notice; a service that is not there notices later."""
        self.till.emulator.call("drawer.set", device="till-drawer", open=False)
        until = time.monotonic() + 3
        self.call("events.subscribe", topics=["drawer.state", "device.state"])
        while self.call("drawer.status", device="drawer")["state"] != "closed" and time.monotonic() < until:
            try:
                self.rpc.wait_for(lambda m: m.get("method") == "event", 0.2)
            except (TimeoutError, EOFError, ConnectionError):
                pass

    def settle(self):
        """Until the printer has nothing left in it."""
        self.till.emulator.call("printer.wait", device="till-printer", idle=True,
                                timeout_ms=int(self.left() * 1000), timeout=self.left() + 1)

    def pause(self, seconds):
        """What a person waits before trying again."""
        threading.Event().wait(seconds)

    def wait_ready(self):
        until = time.monotonic() + 60
        self.call("events.subscribe", topics=["device.state"])
        while self.call("device.get", device="drawer")["device"]["state"] != "ready":
            check(time.monotonic() < until, "the drawer does not become ready")
            try:
                self.rpc.wait_for(lambda m: m.get("method") == "event", 0.5)
            except (TimeoutError, EOFError, ConnectionError):
                pass

    def do_open(self, word):
        key = self.prefix + word
        self.push_shut()
        before = self.key_pulses()
        refused = 0
        while True:
            try:
                answer = self.call("drawer.open", device="drawer", key=key)
                outcome = answer["outcome"] + (" already" if answer.get("already") else "")
            except RpcError as e:
                outcome = e.name
                if self.till.bad_disk and e.message.startswith("the opening cannot be stored: "):
                    self.refusals.append((e.name, e.message))
                    continue
                if e.data.get("retryable"): # certainly not sent: the same key again, a little later
                    check(refused < 200, "drawer.open %s: still %s", key, e.name)
                    refused += 1
                    self.wait_ready()
                    self.pause(0.05)
                    continue
            break
        least, most = {"opened": (1, 1), "opened already": (0, 0), "not_confirmed": (0, 1), "no_sensor": (0, 1),
                       "Uncertain": (0, 1), "Failure": (0, 0)}.get(outcome, (None, None))
        check(least is not None, "drawer.open %s: unexpected %s", key, outcome)
        if least != most:
            self.settle()
        after = self.key_pulses() - before
        # what a driver wrote just before it was killed takes the kernel its time to bring to the printer
        late = max(0, after - most)
        check(late <= self.in_doubt, "%s was answered %s with %d pulses", key, outcome, after)
        check(least <= after, "%s was answered %s without a pulse", key, outcome)
        self.in_doubt += most - after
        self.openings[key] = (outcome, after)
        self.note("opening %s: %s, %d pulses", key, outcome, after)

    # ---- the judge ----

    def judge(self):
        self.settle()
        paper = self.till.emulator.call("printer.paper", device="till-printer")
        self.paper = paper["text"]
        # the second half of a command that was cut after its first byte is the clear command's first: nothing can help it
        unknown = [e for e in paper["events"] if e["type"] == "unknown" and e["text"] not in ("1b10", "1c10", "1d10")]
        check(not unknown, "the printer got what is no command: %s", unknown)
        copies = self.read_paper(paper["events"])
        for job in self.jobs:
            self.judge_job(job, copies[job.name], self.ends[job.name])
        self.judge_pulses(paper["events"])
        self.judge_journal()
        return self

    def policy(self, name):
        return next(job.recovery for job in self.jobs if job.name == name)

    def read_paper(self, events):
        """Each job's copies in order: {mark, first, last, cut}."""
        lines = {job.line(i): (job.name, i) for job in self.jobs for i in range(job.lines)}
        copies = {job.name: [] for job in self.jobs}
        mark = current = owner = None
        self.node_pulses = {}
        for event in events:
            if event["type"] == "pulse" and event["pin"] == NODE_PIN:
                self.node_pulses[owner] = self.node_pulses.get(owner, 0) + 1
            elif event["type"] == "cut":
                if mark == "CONTINUED" and owner: # nothing but the cut was missing
                    copies[owner][-1]["cut"] = True
                elif current:
                    current["cut"] = True
                mark = current = None
            elif event["type"] != "line" or not event["text"].strip():
                continue
            elif event["text"].strip() in ("*** REPRINT ***", "*** CONTINUED ***"):
                mark, current = event["text"].strip(" *"), None
            else:
                text = event["text"].strip()
                check(text in lines, "the paper shows `%s`", text)
                name, number = lines[text]
                if mark == "CONTINUED" and not number and self.policy(name) != "continue":
                    mark = None # all that was printed of somebody else's copy
                if not current or name != owner or number <= current["last"]:
                    current = {"mark": mark, "first": number, "last": number, "cut": False}
                    copies[name].append(current)
                check(number <= current["last"] + 1, "%s: line %d is followed by %d in one copy", name,
                      current["last"], number)
                current["last"], owner, mark = number, name, None
        return copies

    def judge_job(self, job, copies, end):
        state = end["state"]
        told = "%s is %s; on paper: %s; %s" % (job.name, state, copies, end)
        unmarked = [c for c in copies if not c["mark"]]
        check(state in ("printed", "uncertain"), "%s", told)
        check(state == "printed" or job.recovery == "ask" or end["attempts"] >= 3, "gave up early: %s", told)
        check(len(unmarked) <= 1, "begun twice without a mark: %s", told)
        check(all(c["mark"] for c in copies[1:]), "a later copy has no mark: %s", told)
        reached = -1
        for copy in copies:
            continued = copy["mark"] == "CONTINUED"
            check(not continued or job.recovery == "continue", "continued against the policy: %s", told)
            check(copy["first"] == 0 if not continued else copy["first"] <= reached + 1, "a gap: %s", told)
            reached = max(reached if continued else -1, copy["last"])
        if job.recovery == "ask":
            check(len(copies) <= 1, "printed again without being asked: %s", told)
        if state == "printed":
            check(copies and reached == job.lines - 1 and copies[-1]["last"] == reached, "not complete: %s", told)
            check(copies[-1]["cut"], "not cut: %s", told)
        self.copies = getattr(self, "copies", 0) + len(copies)

    def judge_pulses(self, events):
        for job in self.jobs:
            count = self.node_pulses.get(job.name, 0)
            end = self.ends[job.name]
            check(count <= (1 if job.drawer is not None else 0), "%s: %d pulses", job.name, count)
            if job.drawer is not None and end["state"] == "printed" and not end["reprint"]:
                check(count == 1, "%s is printed at once and sent no pulse", job.name)
        check(None not in self.node_pulses, "a pulse before anything was printed")
        total = self.key_pulses() - self.pulses_before
        counted = sum(pulses for _, pulses in self.openings.values())
        self.pulses_judged = total
        check(counted <= total <= counted + self.in_doubt, "%d pulses, %d of them while a key was used, %d in doubt", total,
              counted, self.in_doubt)

    def judge_journal(self):
        for job in self.jobs: # the same key again, after everything: known, and nothing is printed
            answer = self.call("printer.print", device="receipt", key=job.name, document=job.document,
                               on_recovery=job.recovery)
            check(answer["duplicate"], "%s was forgotten: %s", job.name, answer)
            check(answer["state"] == self.ends[job.name]["state"], "%s was %s: %s", job.name,
                  self.ends[job.name]["state"], answer)
        for key, (outcome, _) in self.openings.items():
            if outcome == "Failure": # certainly not sent: the key is as good as new
                continue
            try:
                answer = self.call("drawer.open", device="drawer", key=key)
                check(answer.get("duplicate"), "the key %s was forgotten: %s", key, answer)
            except RpcError as e:
                check(e.name == outcome or e.name in ("Uncertain", "Failure"), "%s was %s: %s", key, outcome, e.name)
        check(self.call("audit.verify")["ok"], "the audit chain is broken")
        check(self.key_pulses() - self.pulses_before == self.pulses_judged,
              "a pulse for a repeated key")

    def report(self):
        return "\n".join(self.events) + "\n---- paper ----\n" + getattr(self, "paper", "(not read)") + \
            "\n---- answers ----\n" + json.dumps({"openings": self.openings})

    def close(self):
        if self.rpc:
            self.rpc.close()
