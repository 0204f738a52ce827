"""The matrix of payments: what is killed, and where, crossed with what host, disk and clock do; the host's ledger is the judge.

usage: matrix.py [--seeds N] [--seed N] [--worlds N] [--kind KINDS] [--list] [--case TEXT]... [--times N]
  --seeds N      so many random cases (MATRIX_SEEDS, 1000), beside those in which each value of an axis meets each of the others
  --seed N       where chance begins: the same number makes the same cases (MATRIX_SEED, 1)
  --worlds N     so many tills at a time (MATRIX_WORLDS, 8)
  --kind KINDS   only cases of these kinds, with commas between
  --list         prints the cases and runs none
  --case TEXT    only this case, as --list or a failure prints it; several are run in one world, one after the other
  --times N      the cases of --case so often; a kill at a moment (moments=d12.5,a80: poshald 12.5 ms from the first call on, poshal-acquirer at
                 80 ms; b: both) does not strike at the same place each time
A case that fails prints the line that runs it again, and the run goes on with a new world, until ten have failed. Where a world is broken
(a process does not start, does not answer, ends by itself; files are gone) the run ends. So it does after MATRIX_LIMIT seconds (1700).
Needs POSHAL_BUILD and, in PYTHONPATH, tests/support and tests/acquirer. POSHAL_TEST_KEEP=1 keeps the folders, MATRIX_TRACE=1 prints each case.
"""

import argparse
import collections
import os
import signal
import sys
import time

import cases
from workers import Run

FAILURES = 10 # cases that fail until the rest is not run any more


def shares(todo, worlds):
    """Cases that can share a world, in about equal parts."""
    groups = collections.defaultdict(list)
    for case in todo:
        groups[case.world].append(case)
    size = max(1, -(-len(todo) // worlds))
    return [group[i:i + size] for group in groups.values() for i in range(0, len(group), size)]


def name_of(case, axis):
    if axis == "moments": # who is killed
        return "".join(sorted({who for who, _ in case.when()})) or "none"
    return getattr(case, axis).split(":")[0]


def table(results):
    """Cases, kills and outcomes by the values of each axis."""
    for axis in ("kind", "point", "process", "fault", "storage", "clock", "moments", "link"):
        rows = collections.defaultdict(lambda: [0, 0, collections.Counter()])
        for result in results:
            row = rows[name_of(result.case, axis)]
            row[0] += 1
            row[1] += sum(result.kills.values())
            row[2].update(result.outcomes)
        print("\n%-16s %6s %6s  %s" % (axis, "cases", "kills", "answers"))
        for name in sorted(rows):
            count, kills, outcomes = rows[name]
            print("%-16s %6d %6d  %s" % (name, count, kills, ", ".join("%s %d" % o for o in outcomes.most_common())))


def plan(seeds, seed):
    tables = [cases.ONLINE_POINTS, cases.OFFLINE_POINTS]
    paired = [case for t in tables for case in cases.pairs(t, seed)] + list(cases.gateways(seed))
    return paired, [case for t in tables for case in cases.randoms(t, seeds // len(tables), seed)]


def tell_failure(result):
    this = "PYTHONPATH=tests/support:tests/acquirer python3 tests/payments/matrix/matrix.py"
    before = "".join(" --case '%s'" % case for case in result.before)
    print("FAILED %s\n%s\nagain alone: %s --case '%s'" % (result.case, result.error, this, result.case))
    if before:
        print("and behind the cases before it: %s%s --case '%s'" % (this, before, result.case))
    if result.cause: # once more: the logs are long
        print(result.cause)
    sys.stdout.flush()


def arguments():
    parser = argparse.ArgumentParser(prog="matrix.py", usage=__doc__.partition("usage: ")[2])
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("MATRIX_SEEDS", "1000")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("MATRIX_SEED", "1")))
    parser.add_argument("--worlds", type=int, default=int(os.environ.get("MATRIX_WORLDS", "8")))
    parser.add_argument("--case", action="append")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--kind")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1)) # with all that it has started
    options = arguments()
    began = time.monotonic()
    if options.case:
        paired, chance = [], [cases.Case.parse(text) for text in options.case] * options.times
        parts = [chance]
    else:
        kinds = options.kind.split(",") if options.kind else cases.KINDS + cases.OFFLINE_KINDS
        paired, chance = ([case for case in part if case.kind in kinds] for part in plan(options.seeds, options.seed))
        parts = shares(paired + chance, options.worlds)
    todo = paired + chance
    if options.list:
        print("\n".join(map(str, todo)))
        return 0
    results, bad = [], 0
    run = Run(parts, options.worlds, float(os.environ.get("MATRIX_LIMIT", "1700")), FAILURES)
    for result in run:
        if os.environ.get("MATRIX_TRACE"):
            print("%.2f %s %s %s" % (result.seconds, result.case, result.outcomes, result.kills), flush=True)
        results.append(result)
        if result.error:
            bad += 1
            tell_failure(result)
    table(results)
    slow = sorted(results, key=lambda r: -r.seconds)[:3]
    print("\nmatrix: %d cases (%d of each with each, %d with kills at random moments from seed %d), %d kills, %d failed; %d journals put back, "
          "which do not know %d messages; %d days out of balance, as they should be (%d behind a journal put back); %.0f s, CPU %.0f s; slowest %s" % (
        len(results), len(paired), len(chance), options.seed, sum(sum(r.kills.values()) for r in results), bad,
        sum(r.losses for r in results), sum(r.unknown for r in results), sum(r.parted for r in results),
        sum(r.parted_by_loss for r in results),
        time.monotonic() - began, run.cpu, ", ".join("%.1f s %s" % (r.seconds, r.case) for r in slow)))
    if run.stopped:
        print("matrix: stopped with %d of %d cases: %s" % (len(results), len(todo), run.stopped))
    return 1 if bad or run.stopped or len(results) < len(todo) else 0


if __name__ == "__main__":
    sys.exit(main())
