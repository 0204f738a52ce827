"""What waits for the host is sent: memory while ten thousand records go, and what a customer waits for meanwhile.

The till is that of the matrix (tests/payments/matrix/world.py): real poshald, real poshal-acquirer, an emulated host.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time

from poshal_test import BUILD, SOURCE, Rpc

sys.path[:0] = [os.path.join(SOURCE, "tests", "payments", "matrix"), os.path.join(SOURCE, "tests", "acquirer")]

from world import World  # noqa: E402

RECORDS = 10000
ROUND_TRIP_MS = 20 # the host's, while customers are looked at


def peak_kib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmHWM:")).split()[1])


def forget_peak(pid):
    with open("/proc/%d/clear_refs" % pid, "w", encoding="ascii") as f:
        f.write("5")


def sales(world, prefix, count):
    """How long the host was asked for each, in round trips: from the reader's question to its answer."""
    waits = []
    for n in range(count):
        call = world.client.send("payment.authorize", {"key": "%s-%d" % (prefix, n), "amount": 1000, "currency": "EUR"})
        result = world.client.result(call)
        assert result["outcome"] == "approved", result
        waits.append(world.reader.waited * 1000 / ROUND_TRIP_MS)
    return waits


def pending(world):
    return world.client.call("queue.status")["pending"]


def drain(quick):
    records = 1000 if quick else RECORDS
    world = World(offline=True)
    try:
        sales(world, "first", 3) # the host has answered: it is there
        world.daemon.stop()
        with open(world.root + "/etc/acquirer.public", encoding="ascii") as f:
            key = json.load(f)
        subprocess.run([BUILD + "/bin/bench_fill", world.root + "/var/journal.db", str(records), key["kid"], key["public_b64"],
                        "PHTEST01"], check=True, stdout=subprocess.DEVNULL)
        return measure(world, records)
    finally:
        world.close()


def measure(world, records):
    world.host.call("host.set", fault="refuse")
    world.start_daemon()
    forget_peak(world.daemon.pid)
    before = peak_kib(world.daemon.pid)
    # customers, first alone and then beside what is sent
    world.host.call("host.set", fault="delay", ms=ROUND_TRIP_MS)
    alone = sales(world, "alone", 9)
    world.client.call("queue.forward", operator="bench", reason="measured")
    beside = sales(world, "beside", 30)
    left = pending(world)
    # the rest as fast as it goes
    world.host.call("host.set", fault="none")
    began = time.monotonic()
    world.client.call("queue.forward", operator="bench", reason="measured")
    while world.host.call("host.state")["entries"] < records + 3 + len(alone) + len(beside): # poshald is not asked meanwhile
        world.host.call("host.wait", entries=records + 3 + len(alone) + len(beside), timeout_ms=60000, timeout=90)
    seconds = time.monotonic() - began
    world.client.close() # it has not read its events, and was left alone
    world.client = Rpc(world.root + "/run/poshal.sock")
    world.client.call("events.subscribe", topics=["queue"])
    while pending(world): # the last answers are being stored
        world.hear("queue.state", 0.1)
    state = world.host.call("host.state")
    wrong = {name: state[name] for name in ("duplicates", "stans_reused", "successors_early") if state[name]}
    assert not wrong, wrong
    assert state["entries"] == records + 3 + len(alone) + len(beside), state
    return {"memory": peak_kib(world.daemon.pid) / before, "before_kib": before, "after_kib": peak_kib(world.daemon.pid),
            "more": statistics.median(beside) - statistics.median(alone), "worst": max(beside), "alone": statistics.median(alone),
            "beside": statistics.median(beside), "rate": left / seconds, "left": left}


if __name__ == "__main__":
    print(json.dumps(drain("--quick" in sys.argv)))
