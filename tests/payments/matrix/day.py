"""What is done at the till in a case of the matrix: the calls of an application, repeated until each is answered, and what it was told."""

import time

from cases import CLOCK
from poshal_test import RpcError
from world import PATIENCE, STORAGE

TRIES = 20 # of what a disk or the host refuses
AWAY_S = 1.0 # a host that is sick is well again behind this

STAND = ("approved", "partial", "approved_offline")


class Forgotten(Exception):
    """The application names a payment that poshald does not know any more."""


class Told:
    """A call that moves money, and its answer; `lives` is how often a journal had been put back until then."""

    def __init__(self, method, params, answer, lives):
        self.method, self.params, self.answer, self.lives = method, params, answer, lives

    def __repr__(self):
        return "%s %s: %s" % (self.method, self.params["key"], {k: v for k, v in self.answer.items() if k != "receipts"})

    @property
    def outcome(self):
        return self.answer["outcome"]

    @property
    def amount(self):
        return self.answer.get("amount_approved", 0) if self.outcome in STAND else 0


class Day:
    """One case in a world. `number` makes its keys and amounts its own."""

    def __init__(self, world, case, number):
        self.world, self.case = world, case
        self.prefix = "c%d" % number
        self.amount = 10000 + number % 400000 * 2
        self.told = []
        self.errors = []
        self.start = 0
        self.crash = ""
        self.parted = False # the day's sums are not those of the host
        self.answer = None # of the day's end
        self.others = len(world.losses) # of earlier cases
        self.known = 0 # so many answers are in the copy
        self.unknown = 0 # messages of the time before
        self.torn = [] # calls over which a journal was put back

    # ---- calls ----

    def move(self, method, name, **params):
        """A call until it is answered, with the same key; what a disk refuses is called again when it is well."""
        params["key"] = "%s-%s" % (self.prefix, name)
        for _ in range(TRIES):
            lives = self.lives
            try:
                told = Told(method, params, self.world.call(method, **params), self.lives)
                self.told.append(told)
                return told
            except RpcError as e:
                self.errors.append((method, e.name, e.message))
                if e.name == "NoExist" and self.losses:
                    raise Forgotten() from e
                self.mend(e)
            finally:
                if lives != self.lives:
                    self.torn.append((method, params))
        raise AssertionError("%s is never answered: %s" % (params["key"], self.errors))

    @property
    def losses(self):
        """The journals that were put back in this case."""
        return self.world.losses[self.others:]

    @property
    def lives(self):
        return len(self.losses)

    @property
    def lost(self):
        """What was told and is not known any more."""
        return [told for told in self.told[self.known:] if told.lives < self.lives]

    @property
    def kept(self):
        lost = self.lost
        return [told for told in self.told if told not in lost]

    def mend(self, error):
        """After an error: a disk that failed is a disk again, and what it has left in doubt is taken up by a new start."""
        if error.name == "Busy": # with the host just now
            self.world.hear("queue.state", 0.1)
        self.world.calm_disk()
        if self.case.storage != "ok":
            self.world.kill_daemon()
            self.world.start_daemon(self.crash)

    # ---- the case ----

    def run(self):
        self.world.reader.card = {"sale_reversed": "declines", "offline_tc": "approves", "offline_tc_y1": "by_itself"}.get(
            self.case.kind, "good")
        _, self.start = self.world.messages(self.world.seen)
        self.world.revivals = 0
        before = getattr(self, "before_" + self.case.kind, None)
        if before:
            before()
        if self.case.storage == "restored":
            self.drain()
        self.arm()
        try:
            getattr(self, "do_" + self.case.kind)()
        except Forgotten:
            pass
        if self.case.storage == "restored" and self.case.seed % 2: # what was accepted is lost before it has left; else behind it
            self.end()
        if self.case.offline:
            self.come_back()
        self.end()
        self.world.calm()
        self.drain()
        if self.world.killer:
            self.world.end_moments()
            self.world.calm()
            self.drain()
        self.world.shift_clock(0)

    def end(self):
        """Where something is to happen behind the end of poshald, and nobody was killed so far."""
        if self.world.cut:
            self.world.acquirer.popen.kill()
            self.world.daemon.popen.kill()
            self.world.daemon.wait()

    def arm(self):
        case, world = self.case, self.world
        point = case.point if case.point != "none" else ""
        in_daemon = point if point[:1] == "D" else ""
        in_acquirer = "" if in_daemon else point
        # who has nowhere to end, nor anything else that begins with it, goes on from the case before
        new_daemon = in_daemon or world.armed_daemon or case.clock != "ok" or case.storage in ("power_cut", "restored")
        world.both = case.process == "both"
        world.shift_clock(CLOCK[case.clock])
        if new_daemon:
            world.kill_daemon()
        if case.storage == "power_cut":
            world.record(case.seed)
        elif case.storage == "restored":
            world.back_up(case.seed // 2 % 2)
            self.known = len(self.told)
        if in_acquirer or world.armed_acquirer:
            world.stop_acquirer()
            world.start_acquirer(in_acquirer)
        self.crash = in_daemon
        if new_daemon:
            world.start_daemon(in_daemon)
        for fault in self.outage() if case.offline else case.host():
            world.host.call("host.set", **fault)
        if case.storage in STORAGE:
            world.break_disk(case.storage)
        world.kill_at(case.when())

    def outage(self):
        """Why a sale stands without the host: there is none, or it has not answered."""
        if self.case.kind == "day_end":
            return self.case.host()
        if self.case.kind != "sale_timed_out":
            return [{"fault": "refuse"}]
        return [{"fault": ("drop_before", "drop_after")[self.case.seed % 2], "on": "0200", "times": 1}]

    def come_back(self):
        """The line is there again, with what the case has for it; it is well again when that does not get better."""
        self.world.calm_host()
        for fault in self.case.host() if self.case.kind != "day_end" else ():
            self.world.host.call("host.set", **fault)
        if self.case.kind == "late_decline":
            self.world.host.call("host.set", response="05")
        self.wait_empty(AWAY_S)

    def wait_empty(self, seconds):
        """Until nothing waits for the host any more; False when that takes longer."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status()
            if status["pending"] == 0 and not self.open_chains():
                return True
            if time.monotonic() > deadline:
                return False
            self.try_call("queue.forward")
            self.world.hear("queue.state", 0.1)

    def status(self):
        for _ in range(TRIES):
            try:
                return self.world.call("queue.status")
            except RpcError as e:
                self.errors.append(("queue.status", e.name, e.message))
                self.mend(e)
        raise AssertionError("queue.status is never answered: %s" % self.errors)

    def try_call(self, method, **params):
        """What may be refused: its answer or None."""
        try:
            return self.world.call(method, **params)
        except RpcError as e:
            self.errors.append((method, e.name, e.message))
            return None

    OPEN = {"queued", "sending", "retry_wait", "unsure", "waiting", "pending", "stored", "held", "intent"}

    def open_chains(self):
        """Payments of this case whose reversal or completion is not acknowledged."""
        found = []
        for told in self.kept:
            answer = self.try_call("payment.get", payment=told.params["key"])
            if not answer and told in self.lost: # just now
                continue
            assert answer, "%s: %s" % (told, self.errors[-1])
            payment = answer["payment"]
            waits = [payment.get(name, {}).get("state") for name in ("reversal", "advice")]
            assert "refused" not in waits, payment
            if self.OPEN & set(waits):
                found.append(payment)
        return found

    def drain(self):
        """Until nothing waits for the host any more."""
        assert self.wait_empty(PATIENCE), "still waiting: %s %s" % (self.status(), self.open_chains())

    # ---- the kinds: before_ happens while all is well ----

    def sell(self, name="sale", **more):
        return self.move("payment.authorize", name, amount=self.amount, currency="EUR", **more)

    def do_sale(self):
        self.sell()

    do_sale_reversed = do_sale

    def set_up(self, name, **more):
        """A sale that is approved; one that is not, because somebody is not back yet, is tried again. Its key."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told = self.sell("%s%d" % (name, len(self.told)), **more)
            if told.outcome == "approved":
                self.first = told.params["key"]
                return
            self.world.hear("queue.state", 0.1) # a millisecond is what a refusal takes
            self.world.calm()
        raise AssertionError("never approved: %s" % self.told)

    def before_void(self):
        self.set_up("sale")

    def do_void(self):
        self.move("payment.void", "void", payment=self.first, operator="ann", reason="wrong")

    before_refund = before_void

    def do_refund(self):
        self.move("payment.refund", "refund", payment=self.first, amount=self.amount // 2, operator="ann")

    def before_completion(self):
        self.set_up("room", type="preauth")

    def do_completion(self):
        self.move("payment.complete", "out", payment=self.first, amount=self.amount - 100)

    # ---- without the host ----

    def stand(self, name="sale"):
        return self.sell(name, offline="allow")

    def do_sale_deferred(self):
        self.stand()

    do_sale_timed_out = do_offline_tc = do_offline_tc_y1 = do_late_decline = do_sale_deferred

    before_refund_deferred = before_void

    def do_refund_deferred(self):
        self.move("payment.refund", "refund", payment=self.first, amount=self.amount // 2, operator="ann", offline="allow")

    def before_voice(self):
        self.world.host.call("host.set", response="01")
        self.first = self.sell("call").params["key"]
        self.world.host.call("host.set", response="")

    def do_voice(self):
        if self.told[0].outcome == "referred":
            self.move("payment.voice", "voice", payment=self.first, amount=self.amount, currency="EUR", approval_code="V12345",
                      operator="ann")

    def do_void_stored(self):
        sale = self.stand()
        if sale.outcome == "approved_offline":
            self.move("payment.void", "void", payment=sale.params["key"], operator="ann", reason="wrong")

    def do_held(self):
        sale = self.stand()
        for act in "hold", "release":
            if sale.outcome == "approved_offline":
                self.try_call("queue." + act, payment=sale.params["key"], operator="ann", reason="looks odd")
        # a release that was cut off is said again
        if sale.outcome == "approved_offline" and self.status()["held"]:
            self.world.calm_disk()
            self.try_call("queue.release", payment=sale.params["key"], operator="ann", reason="is right")

    def before_day_end(self):
        self.set_up("sale")

    def do_day_end(self):
        for _ in range(10):
            answer = self.try_call("queue.totals", reconcile=True, carry_forward=False, operator="ann")
            if answer and answer["balance"] != "error": # the host could not say
                break
            self.world.calm_disk()
            self.world.calm_host()
        assert answer and answer["balance"] in ("in_balance", "out_of_balance"), (answer, self.errors)
        self.answer = answer
