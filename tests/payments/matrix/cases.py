"""The axes of the matrix, and which of their combinations are run: each pair of values of two axes, and some at random."""

import itertools
import math
import random

# what is sold, by what road; what each does is in day.py
KINDS = ("sale", "sale_reversed", "void", "refund", "completion")
OFFLINE_KINDS = ("sale_deferred", "sale_timed_out", "refund_deferred", "offline_tc", "offline_tc_y1", "voice", "void_stored",
                 "held", "late_decline", "day_end")

# points of poshald, and of messages in poshal-acquirer, and the kinds that get there
ONLINE_POINTS = {
    "D1": KINDS, "D2": ("sale", "sale_reversed", "refund"), "D3": ("sale_reversed", "void"), "D7": ("void", "completion"),
    "D8": ("void", "sale_reversed", "completion"),
    "M0200": ("sale", "refund", "sale_reversed"), "M0420": ("void", "sale_reversed"), "M0220": ("completion",)}
FORWARDED = ("sale_deferred", "sale_timed_out", "refund_deferred", "offline_tc", "offline_tc_y1", "voice", "held", "late_decline")
OFFLINE_POINTS = {
    "D1": ("sale_timed_out",), "D2": ("sale_deferred",), "D3": ("sale_timed_out",), "D4": FORWARDED + ("void_stored",),
    "D5": ("held",), "D6": ("void_stored",), "D7": FORWARDED, "D8": FORWARDED, "D9": ("day_end",),
    "M0200": ("sale_deferred", "sale_timed_out", "refund_deferred", "late_decline"),
    "M0220": ("offline_tc", "offline_tc_y1", "voice"), "M0420": ("sale_timed_out",), "M0500": ("day_end",)}

# the same at a gateway: a message by its name
GATEWAY_POINTS = {
    "D1": ("sale",), "D3": ("sale_reversed", "sale_timed_out"), "D4": ("sale_deferred", "offline_tc"), "D7": ("void", "voice"),
    "D8": ("completion", "sale_deferred"), "D9": ("day_end",),
    "authorize": ("sale", "sale_reversed", "sale_deferred", "sale_timed_out", "late_decline"),
    "refund": ("refund", "refund_deferred"), "reverse": ("void", "sale_reversed", "sale_timed_out"), "complete": ("completion",),
    "advise": ("offline_tc", "offline_tc_y1", "voice"), "reconcile": ("day_end",)}
GATEWAY_FAULTS = ("none", "drop_before", "drop_after", "drop_twice", "garbage", "half", "refuse", "silent", "storm_91", "declined")

# how the host behaves: parameters of host.set, more than one where one fault needs another
FAULTS = {
    "none": (),
    "drop_before": ({"fault": "drop_before", "times": 1},),
    "drop_after": ({"fault": "drop_after", "times": 1},),
    "drop_twice": ({"fault": "drop_after", "times": 2},),
    "delay": ({"fault": "delay", "times": 2, "ms": 40},),
    "late": ({"fault": "late", "times": 1, "ms": 400},),
    "twice": ({"fault": "twice", "times": 3},),
    "swapped": ({"fault": "swapped", "times": 1},),
    "wrong_stan": ({"fault": "wrong_stan", "times": 1},),
    "wrong_mti": ({"fault": "wrong_mti", "times": 1},),
    "garbage": ({"fault": "garbage", "times": 1},),
    "half": ({"fault": "half", "times": 1},),
    "bytes": ({"fault": "bytes", "times": 2},),
    "refuse": ({"fault": "refuse"},),
    "silent": ({"fault": "silent"},),
    "storm_91": ({"fault": "storm_91", "times": 2},),
    "storm_96": ({"fault": "storm_96", "times": 2},),
    "cutover": ({"cutover": True},),
    "skew": ({"fault": "skew", "times": 2},),
    "declined": ({"response": "05"},),
    "half_amount": ({"response": "10"},),
}
TLS_FAULTS = {"tls_wrong_name": ({"tls": "wrong_name"},), "tls_expired": ({"tls": "expired"},)}

PROCESSES = ("itself", "both")
STORAGE = ("ok", "full", "no_flush", "read_only", "power_cut", "restored")
CLOCK = {"ok": 0, "back": -86400, "forward": 86400}
FIRST_MS, LAST_MS = 0.5, 400 # moments of random kills, from the first call of a case on
ON = ("", "02", "04", "0200", "022")

AXES = ("point", "process", "fault", "storage", "clock")


class Case:
    """One combination; its text makes the same one again."""

    def __init__(self, kind, point="none", process="itself", fault="none", storage="ok", clock="ok", on="", seed=0, moments="",
                 link="iso8583"):
        self.link = link
        self.kind, self.point, self.process, self.fault = kind, point, process, fault
        self.storage, self.clock, self.on, self.seed, self.moments = storage, clock, on, seed, moments

    FIELDS = ("kind", "point", "process", "fault", "on", "storage", "clock", "moments", "link", "seed")

    def __str__(self):
        return " ".join("%s=%s" % (name, getattr(self, name)) for name in self.FIELDS)

    @classmethod
    def parse(cls, text):
        fields = dict(word.split("=", 1) for word in text.split())
        fields["seed"] = int(fields.get("seed", 0))
        return cls(**fields)

    @property
    def tls(self):
        return self.fault in TLS_FAULTS

    @property
    def world(self):
        """Cases that have the same can share a world."""
        return self.tls, self.offline, self.link == "https"

    @property
    def offline(self):
        return self.kind in OFFLINE_KINDS

    def when(self):
        """Who is killed at what millisecond: "d12.5,b80" is poshald, and both later."""
        return [(text[0], float(text[1:])) for text in self.moments.split(",") if text]

    def host(self):
        """What host.set is told."""
        return [{**fault, **({"on": self.on} if self.on and "fault" in fault and fault["fault"] != "refuse" else {})}
                for fault in {**FAULTS, **TLS_FAULTS}[self.fault]]


def moments(point):
    if point[0] == "D":
        return (".before", ".after")
    return (".mid", ".sent", ".answer") if point[0] == "M" else (".answer",)


def points(table):
    """Each point by name with the kinds that get there."""
    return [(point + moment, kinds) for point, kinds in table.items() for moment in moments(point)]


def pairs(table, seed):
    """So few cases that each value of an axis meets each value of each other axis; of the kinds, those that get to the point."""
    dice = random.Random(seed)
    axes = {"point": [name for name, _ in points(table)], "process": list(PROCESSES), "fault": list(FAULTS) + list(TLS_FAULTS),
            "storage": list(STORAGE), "clock": list(CLOCK)}
    kinds_of = dict(points(table))
    # dictionaries for sets in an order that is the same each time
    open_pairs = {(a, x, b, y): True for a, b in itertools.combinations(AXES, 2) for x in axes[a] for y in axes[b]}
    open_kinds = {(name, kind): True for name, kinds in points(table) for kind in kinds}
    while open_pairs or open_kinds:
        best, most = None, -1
        for _ in range(12): # the best of some guesses
            guess = guess_of(dice, axes, open_pairs)
            covered = sum((a, guess[a], b, guess[b]) in open_pairs for a, b in itertools.combinations(AXES, 2))
            if covered > most:
                best, most = guess, covered
        kinds = kinds_of[best["point"]]
        kind = next((k for k in kinds if (best["point"], k) in open_kinds), None) or dice.choice(kinds)
        open_kinds.pop((best["point"], kind), None)
        for a, b in itertools.combinations(AXES, 2):
            open_pairs.pop((a, best[a], b, best[b]), None)
        if not open_pairs and open_kinds: # what is left are kinds
            point, kind = next(iter(open_kinds))
            del open_kinds[point, kind]
            best["point"] = point
        yield Case(kind, seed=dice.randrange(1000), **best)


def guess_of(dice, axes, open_pairs):
    guess = {axis: dice.choice(values) for axis, values in axes.items()}
    if open_pairs:
        a, x, b, y = dice.choice(tuple(itertools.islice(open_pairs, 40)))
        guess[a], guess[b] = x, y
    return guess


def moments_of(dice):
    """When somebody is killed, wherever that finds him: as often in the first few milliseconds as in the last hundreds."""
    times = sorted(math.exp(dice.uniform(math.log(FIRST_MS), math.log(LAST_MS))) for _ in range(dice.choice((1, 1, 1, 2, 3))))
    return ",".join("%s%.2f" % (dice.choice("ddab"), ms) for ms in times)


def randoms(table, count, seed):
    """Anything with anything, mostly with more than one thing that goes wrong; each has kills at random moments, some at points beside."""
    dice = random.Random(seed)
    names = points(table)
    for n in range(count):
        point, kinds = dice.choice(names)
        if dice.random() < 0.5:
            point += ":%d" % dice.choice((2, 2, 3))
        fault = dice.choice(list(FAULTS) + list(TLS_FAULTS))
        yield Case(dice.choice(kinds), point if dice.random() < 0.4 else "none", dice.choice(PROCESSES), fault,
                   dice.choice(STORAGE) if dice.random() < 0.3 else "ok", dice.choice(list(CLOCK)) if dice.random() < 0.3 else "ok",
                   dice.choice(ON), seed + n, moments_of(dice))


def gateways(seed):
    """Each kind at each point, with some faults."""
    dice = random.Random(seed)
    for point, kinds in points(GATEWAY_POINTS):
        for kind, _ in itertools.product(kinds, range(2)):
            yield Case(kind, point, dice.choice(PROCESSES), dice.choice(GATEWAY_FAULTS), seed=dice.randrange(1000), link="https")
