"""Runs cases in processes of their own, some at a time. What takes too long is ended, and the whole run where a world is broken.

A case that fails is told with the logs of its world, and the next one gets a new world.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback

from day import Day
from judge import judge
from world import PATIENCE, Broken, World, logs_of

ROOM = 60 # cases until a world is thrown away; then it is searched for account numbers
CASE_S = float(os.environ.get("MATRIX_CASE_S", str(2 * PATIENCE + 30))) # what a case may take; they take a tenth of a second to some
LEAVE_S = 20 # for a process to clear away what it has

# what says that a world is no world any more, rather than that a promise was broken
BREAKS = (Broken, OSError, EOFError, subprocess.SubprocessError, MemoryError)


class Result:
    def __init__(self, case, error=None, broken=False):
        self.case, self.error, self.broken = case, error, broken
        self.cause = "" # of the error, in a line
        self.kills, self.outcomes, self.seconds = {}, [], 0.0
        self.before = [] # cases of the same world
        self.parted = self.parted_by_loss = False # the sums of a day from those of the host
        self.losses = self.unknown = 0 # journals that were put back, and messages they do not know of


# ---- in a process of its own ----

@contextlib.contextmanager
def bounded(seconds, what):
    """Whatever waits in here does so no longer than that."""
    def too_long(*_):
        raise Broken("%s takes longer than %.0f s" % (what, seconds))
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds, 5) # again, should somebody have swallowed it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Share:
    """Cases of one kind of world, run in as few worlds as it can."""

    def __init__(self, cases, pipe):
        self.cases, self.pipe = cases, pipe
        self.world, self.before = None, []

    def run(self):
        try:
            for number, case in enumerate(self.cases):
                if self.world and (number % ROOM == 0 or self.spoilt()):
                    self.finish()
                self.one(case, number)
            if self.world:
                self.finish()
        finally:
            self.leave()

    def spoilt(self):
        """Behind a clock that was ahead nothing is accepted for a day; a day that was closed in a time nobody knows of is never in balance."""
        last = self.before[-1]
        return last.offline and last.clock == "forward" or last.kind == "day_end" and last.storage == "restored"

    def one(self, case, number):
        try:
            with bounded(CASE_S, "the case"):
                self.world = self.world or self.begin(case)
                result = self.run_case(case, number)
        except Exception as e:
            result = self.failed(case, e)
        self.before.append(case)
        self.tell("result", result)
        if result.error:
            self.leave()

    def begin(self, case):
        self.world = world = World(case.tls, case.offline, lambda root: self.tell("root", root), gateway=case.link == "https")
        if case.offline: # nothing stands without a host that has never answered
            first = Day(world, case, -1)
            first.set_up("first")
            first.drain() # what it was given up for before it answered
        return world

    def run_case(self, case, number):
        result = Result(case)
        began = time.monotonic()
        before = dict(self.world.kills)
        day = Day(self.world, case, number)
        day.run()
        judge(day)
        result.parted = day.parted
        result.parted_by_loss = day.parted and bool(self.world.losses)
        result.losses = sum(loss.noticed for loss in day.losses)
        result.unknown = day.unknown
        result.outcomes = [told.outcome for told in day.told]
        result.kills = {name: n - before[name] for name, n in self.world.kills.items()}
        result.seconds = time.monotonic() - began
        return result

    def finish(self):
        """The last look at a world, which is that of the case before."""
        try:
            with bounded(CASE_S, "the end of a world"):
                assert self.world.call("audit.verify")["ok"], "the audit chain is broken"
                found = self.world.holds_number()
                assert not found, "an account number is in: %s" % found
        except Exception as e:
            self.tell("result", self.failed(self.before[-1], e, "at the end of a world of %d cases\n" % len(self.before)))
        self.leave()

    def failed(self, case, error, text=""):
        text += "".join(traceback.format_exception(error))
        if self.world:
            text += self.world.logs()
        result = Result(case, text, isinstance(error, BREAKS))
        result.cause = traceback.format_exception_only(error)[-1].strip()[:1000]
        result.before = self.before[-2:]
        return result

    def leave(self):
        world, self.world, self.before = self.world, None, []
        if world:
            world.close()
            self.tell("gone", world.root)

    def tell(self, what, content):
        self.pipe.send((what, content))


def work(cases, pipe):
    os.setpgrp() # so that nothing of it is left behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    Share(cases, pipe).run()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    pipe.send(("cpu", sum(u.ru_utime + u.ru_stime for u in used)))


# ---- over them ----

class Worker:
    def __init__(self, cases):
        self.cases, self.roots, self.done, self.cpu = list(cases), set(), 0, None
        self.heard = time.monotonic()
        self.pipe, theirs = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=work, args=(cases, theirs), daemon=True)
        self.process.start()
        theirs.close() # so that its end is heard

    def hear(self):
        """What it has to say: a result or None. EOFError when it has ended."""
        what, content = self.pipe.recv()
        self.heard = time.monotonic()
        if what == "result":
            self.done += 1
            return content
        if what == "root":
            self.roots.add(content)
        elif what == "gone":
            self.roots.discard(content)
        else:
            self.cpu = content
        return None

    def lost(self, why):
        """It can say nothing itself any more."""
        case = self.cases[min(self.done, len(self.cases) - 1)]
        return Result(case, "the process that runs it %s\n%s" % (why, "".join(map(logs_of, self.roots))), True)

    def stop(self):
        self.process.terminate()
        multiprocessing.connection.wait([self.process.sentinel], LEAVE_S)
        with contextlib.suppress(ProcessLookupError): # before it is waited for: until then nobody else has its number
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.pipe.close()
        if not os.environ.get("POSHAL_TEST_KEEP"):
            for root in self.roots:
                shutil.rmtree(root, ignore_errors=True)


class Run:
    """All cases; iterating over it gives the results. `stopped` says why it has ended before its time."""

    def __init__(self, shares, worlds, seconds, failures):
        self.waiting = sorted(shares, key=len)
        self.worlds, self.seconds, self.failures = worlds, seconds, failures
        self.workers, self.cpu, self.stopped = [], 0.0, ""

    def __iter__(self):
        began = time.monotonic()
        try:
            while (self.waiting or self.workers) and not self.stopped:
                while self.waiting and len(self.workers) < self.worlds:
                    self.workers.append(Worker(self.waiting.pop()))
                for result in self.step():
                    yield result
                    self.weigh(result)
                if time.monotonic() - began > self.seconds:
                    self.stopped = "it takes longer than %.0f s" % self.seconds
        finally:
            for worker in self.workers:
                worker.process.terminate() # all at once, before each is waited for
            for worker in self.workers:
                worker.stop()

    def weigh(self, result):
        self.failures -= bool(result.error)
        if result.broken:
            self.stopped = self.stopped or "a world is broken"
        elif self.failures <= 0:
            self.stopped = self.stopped or "enough cases have failed"

    def step(self):
        """What all workers have to say now; waits for it a second at most."""
        ready = multiprocessing.connection.wait([w.pipe for w in self.workers], 1)
        for worker in list(self.workers):
            if worker.pipe in ready:
                yield from self.hear(worker)
            elif time.monotonic() - worker.heard > CASE_S + 60:
                yield worker.lost("says nothing any more")

    def hear(self, worker):
        try:
            result = worker.hear()
            if result:
                yield result
        except EOFError:
            self.workers.remove(worker)
            lost = worker.lost("has ended before its time") if worker.cpu is None else None
            worker.stop()
            self.cpu += worker.cpu or 0.0
            if lost:
                yield lost
