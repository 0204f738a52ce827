"""A burst of 200 receipts to four printers: does the fault of one delay the others?

The floor is the same burst while all four can print. Timed is in both how long the first three take for their 150.
"""

import json
import statistics
import time

from poshal_test import Rpc, Till

PRINTERS = 4
EACH = 50
PENDING = 40  # calls in flight on one connection; the service takes 64
BENCH = "".join("[printer p%d]\nplug = tcp\nserial = BURST%d\n\n" % (n, n) for n in range(PRINTERS))
DEVICES = "".join("[device p%d]\ndriver = escpos\nconnection = {p%d}\nclasses = printer\n\n" % (n, n) for n in range(PRINTERS))
RECEIPT = {"v": 1, "body": [{"text": "CAFÉ DE LA GARE", "align": "center", "bold": True}, {"rule": "single"}] +
           [{"pair": ["Thé à la menthe %d" % n, "4,10"]} for n in range(12)] +
           [{"pair": ["TOTAL EUR", "49,20"], "bold": True}, {"cut": "partial"}]}

# name: what is done to p3 before the burst, and after it
FAULTS = {
    "paper_end": (("printer.set", {"paper": "empty"}), ("printer.set", {"paper": "ok"})),
    "takes_nothing": (("printer.set", {"hang": True}), ("printer.set", {"hang": False})),
    "unplugged": (("device.unplug", {}), ("device.plug", {})),
    "paper_end_in_mid_job": (("printer.fault", {"paper": "empty", "after_lines": 5}), ("printer.set", {"paper": "ok"})),
}


class Burst:
    def __init__(self, till):
        self.till = till
        self.client, self.events = till.client(), till.client()
        self.events.call("events.subscribe", topics=["job.state", "device.state"], snapshot=False)
        self.serial = 0
        self.final = {}  # job: its last state
        self.lines = [Rpc(till.socket_path) for _ in range(PRINTERS)]

    def close(self):
        for line in self.lines:
            line.close()

    def submit(self, printers):
        """Hands over EACH receipts for each printer, many calls in flight; the ids of the jobs by printer."""
        jobs = {n: set() for n in printers}
        flying = {n: [] for n in printers}
        for _ in range(EACH):
            for n in printers:
                self.serial += 1
                if len(flying[n]) == PENDING:
                    jobs[n].add(self.lines[n].result(flying[n].pop(0))["job"])
                flying[n].append(self.lines[n].send("printer.print", {
                    "device": "p%d" % n, "key": "burst-%d" % self.serial, "document": RECEIPT}))
        for n in printers:
            jobs[n].update(self.lines[n].result(id)["job"] for id in flying[n])
        return jobs

    def finish(self, jobs):
        """Waits until all of these are final."""
        final = ("printed", "sent_unconfirmed", "uncertain", "failed", "cancelled", "expired")
        seen = self.final
        left = set(jobs) - seen.keys()
        while left:
            data = self.events.wait_for(lambda m: m.get("params", {}).get("topic") == "job.state")["params"]["data"]
            if data["state"] in final:
                seen[data["job"]] = data["state"]
            left -= seen.keys()
        return {job: seen[job] for job in jobs}

    def run(self):
        """Seconds until the first three printers are done, and the jobs of the fourth."""
        start = time.monotonic()
        jobs = self.submit(range(PRINTERS))
        done = self.finish(set().union(*(jobs[n] for n in range(3))))
        took = time.monotonic() - start
        assert all(state == "printed" for state in done.values()), done
        return took, jobs[3]

    def healthy(self):
        took, rest = self.run()
        self.finish(rest)
        return took

    def with_fault(self, fault):
        before, after = FAULTS[fault]
        self.till.emulator.call(before[0], device="p3", **before[1])
        took, left = self.run()
        for job in left:
            self.client.send("job.cancel", {"job": job})
        self.till.emulator.call(after[0], device="p3", **after[1])
        self.till.wait_ready(self.client, "p3")
        for job in left:
            self.client.call("job.wait", job=job)
        return took


def measure(quick):
    with Till(bench=None, devices="", daemon=False) as till:
        path = till.root + "/etc/burst.ini"
        with open(path, "w") as f:
            f.write(BENCH)
        till.start_bench(path)
        till.write_config("[service]\nlog_level = warning\n", DEVICES)
        till.start_daemon()
        burst = Burst(till)
        till.wait_ready(burst.client, *("p%d" % n for n in range(PRINTERS)))
        burst.healthy()
        rounds = {fault: [] for fault in FAULTS}
        floors = []
        for _ in range(2 if quick else 5):
            for fault in FAULTS:
                floor = burst.healthy()
                floors.append(floor)
                rounds[fault].append(burst.with_fault(fault) / floor)
        burst.close()
    medians = {fault: statistics.median(values) for fault, values in rounds.items()}
    worst = max(medians, key=medians.get)
    return {"value": medians[worst], "floor": statistics.median(floors) * 1000, "floor_unit": "ms", "fault": worst,
            "faults": medians}


if __name__ == "__main__":
    print(json.dumps(measure(True), indent=1))
