"""64 scanners on one service: what they cost at rest, what one that floods costs another; and one that is plugged in again."""

import os
import time
import tty

SCANNERS = 64
SECTION = "[device scanner-%d]\ndriver = scanner-serial\nconnection = serial:ROOT/run/scanner-%d\n"
FLOOD = """[device bench-scanner]
driver = scanner-serial
connection = serial:ROOT/run/bench-scanner

[device flooder]
driver = scanner-hid
connection = hid:ROOT/run/flooder
"""


class Lines:
    """Ptys that the sections point to."""

    def __init__(self, root):
        self.fds = []
        for i in range(SCANNERS):
            master, slave = os.openpty()
            tty.setraw(slave)
            os.symlink(os.ttyname(slave), "%s/run/scanner-%d" % (root, i))
            self.fds += [master, slave]

    def close(self):
        for fd in self.fds:
            os.close(fd)


def at_rest(tools, quick):
    """Rows of 64 devices that nobody uses."""
    seconds = 10 if quick else 30
    devices = "".join(SECTION % (i, i) for i in range(SCANNERS))
    with tools.till(bench=None, devices=devices, daemon=False) as t:
        lines = Lines(t.root)
        t.start_daemon()
        tools.all_ready(t).close()
        pids = t.device_pids()
        tools.pause(8)  # whatever the start has still to do
        before = tools.at_rest([t.daemon.pid, *pids.values()])
        tools.pause(seconds)
        after = tools.at_rest([t.daemon.pid, *pids.values()])
        daemon, memory = tools.memory_kib(t.daemon.pid), [tools.memory_kib(pid) for pid in pids.values()]
    lines.close()
    return {"many_wakeups": {"value": after[0] - before[0], "seconds": seconds, "processes": len(pids) + 1},
            "many_pss_daemon": {"value": daemon["Pss"] / 1024},
            "many_pss_device": {"value": sum(m["Pss"] for m in memory) / len(memory) / 1024,
                                "private_kib": sum(m["Private_Clean"] + m["Private_Dirty"] for m in memory) / len(memory)}}


def flood(tools, quick):
    with tools.till(bench=None, devices=FLOOD) as t:
        out = tools.run("bench_flood", t.socket_path, t.root + "/run/bench-scanner", "bench-scanner",
                        t.root + "/run/flooder", "flooder", 3 if quick else 11)
    return {"flood_p99": {**tools.ratio(out["flood_p99"], "us"), "reports": out["reports"],
                          "p50": out["flood_p50"]["ratio"]}}


def first_scan(client, master):
    """Holds a label in front of the scanner until the application has it."""
    while True:
        os.write(master, b"4006381333931\r")
        try:
            return client.event("scanner.data", timeout=0.002)
        except TimeoutError:
            pass


def replug(tools, quick):
    """From the moment the node is there again until the first label is with the application."""
    with tools.till(bench=None, devices=tools.SCANNER) as t:
        link, times = t.root + "/run/bench-scanner", []
        client = t.client()
        client.call("events.subscribe", topics=["device.state"])
        client.call("device.claim", device="bench-scanner")
        client.call("scanner.enable", device="bench-scanner")
        for _ in range(5 if quick else 21):
            master, slave = os.openpty()
            tty.setraw(slave)
            start = time.monotonic()
            os.symlink(os.ttyname(slave), link)
            first_scan(client, master)
            times.append((time.monotonic() - start) * 1000)
            os.unlink(link)
            os.close(slave)
            os.close(master)
            client.event("device.state", state="offline")
            client.notifications.clear()
    times.sort()
    return {"replug_first_scan": {"value": times[len(times) // 2], "worst_ms": times[-1]}}
