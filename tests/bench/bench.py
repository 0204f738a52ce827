"""Runs the measuring programs, compares with the goals, prints a table and writes build/bench.json.

What is critical in time happens in the C programs of this folder; here they only get their surroundings.
usage: bench.py [--quick] [--markdown] [NAME...]     see scripts/bench
"""

import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
os.environ.setdefault("POSHAL_BUILD", os.path.join(SOURCE, "build", "release"))
os.environ.setdefault("POSHAL_TEST_DEADLINE", "60")
sys.path[:0] = [os.path.join(SOURCE, "tests", "support"), HERE]

import measurements  # noqa: E402

# name, unit, "most" or "least", goal; the order of the table
GOALS = (
    ("json_ping_p50", "x", "most", 1.3),
    ("json_ping_p99", "x", "most", 3),
    ("json_ping_paced", "x", "most", 1.3),
    ("json_rate_64", "x", "least", 0.7),
    ("dbus_call", "x", "most", 1.2),
    ("dbus_call_paced", "x", "most", 1.2),
    ("scan_p50", "x", "most", 1.6),
    ("scan_p50_paced", "x", "most", 1.6),
    ("scan_hid", "x", "most", 1.3),
    ("scan_hid_paced", "x", "most", 1.3),
    ("scan_ssi", "x", "most", 1.3),
    ("scan_ssi_paced", "x", "most", 1.3),
    ("scan_wedge", "x", "most", 1.3),
    ("scan_wedge_paced", "x", "most", 1.3),
    ("event_fanout_100", "x", "most", 1.5),
    ("event_fanout_100_paced", "x", "most", 1.5),
    ("print_first_byte", "x", "most", 0.1),
    ("jobs_1", "x", "least", 0.45),
    ("jobs_8", "x", "least", 1.5),
    ("jobs_8_slow", "x", "least", 3),
    ("flushes_per_commit", "", "most", 1.05),
    ("burst_isolation", "x", "most", 1.05),
    ("idle_wakeups", "", "most", 0),
    ("idle_cpu", "us", "most", 0),
    ("idle_flushes", "", "most", 0),
    ("pss_daemon", "MiB", "most", 5),
    ("pss_device", "MiB", "most", 2),
    ("many_wakeups", "", "most", 0),
    ("many_pss_daemon", "MiB", "most", 7),
    ("many_pss_device", "MiB", "most", 2),
    ("replug_first_scan", "ms", "most", 300),
    ("flood_p99", "x", "most", 1.1),
    ("start_0", "ms", "most", 10),
    ("start_8", "ms", "most", 100),
    ("encode_cpu", "us", "most", 20),
    ("encode_json", "us", "most", 80),
    ("encode_auto_page", "x", "most", 1.1),
    ("encode_bytes", "bytes", "most", 2800),
    ("raster_fs", "x", "most", 0.5),
    ("raster_bayer", "ns", "most", 0.25),
    ("emulator_render", "us", "most", 2000),
    ("emv_cda", "x", "most", 1.3),
    ("emv_vpcd", "x", "most", 1.15),
    ("reader_idle", "", "most", 0),
    ("iso8583_pack", "us", "most", 1),
    ("offline_1", "x", "least", 0.3),
    ("offline_64", "x", "least", 2.5),
    ("offline_1_slow", "x", "least", 0.9),
    ("offline_64_slow", "x", "least", 20),
    ("offline_flushes", "", "most", 1.05),
    ("sale_1", "x", "least", 0.3),
    ("sale_64", "x", "least", 2.5),
    ("sale_1_slow", "x", "least", 0.9),
    ("sale_64_slow", "x", "least", 20),
    ("sale_flushes", "", "most", 1.05),
    ("drain_memory", "x", "most", 1.5),
    ("drain_live", "", "most", 1),
    ("queue_start", "ms", "most", 1000),
    ("queue_start_devices", "x", "most", 2),
)
NAMES = [goal[0] for goal in GOALS]

# for the table of docs/performance.md
WHAT = {
    "json_ping_p50": "`rpc.ping`, 1 client without pauses, median",
    "json_ping_p99": "the same, 99th percentile",
    "json_ping_paced": "the same, 1000 a second, median",
    "json_rate_64": "`rpc.ping`, calls per second of 64 clients",
    "dbus_call": "`org.poshal1.Drawer.Status`, without pauses",
    "dbus_call_paced": "the same, 1000 a second",
    "scan_p50": "pty to client, next label after the last event",
    "scan_p50_paced": "the same, 200 a second",
    "scan_hid": "report of a HID POS scanner to client, against `scan_p50`",
    "scan_hid_paced": "the same, 200 a second",
    "scan_ssi": "packet of an SSI scanner to client, against `scan_p50`",
    "scan_ssi_paced": "the same, 200 a second",
    "scan_wedge": "13 digits and Enter of a keyboard to client, against `scan_p50`",
    "scan_wedge_paced": "the same, 200 a second",
    "event_fanout_100": "one event to 100 subscribers",
    "event_fanout_100_paced": "the same, 200 a second",
    "print_first_byte": "`printer.print` to the printer's first byte, less a flush, against CUPS",
    "jobs_1": "accepted jobs per second, 1 client, against appends with fdatasync",
    "jobs_8": "the same, 8 clients",
    "jobs_8_slow": "the same, 8 clients, flushes of 4 ms more",
    "flushes_per_commit": "flushes per commit of the journal",
    "burst_isolation": "200 receipts to 4 printers, one at fault: time of the others, worst of four faults",
    "idle_wakeups": "context switches of all threads of 9 processes in 30 s",
    "idle_cpu": "CPU time of the same",
    "idle_flushes": "disk flushes of the same",
    "pss_daemon": "proportional memory of poshald with 8 devices",
    "pss_device": "the same of the largest device process",
    "many_wakeups": "context switches of all threads of 65 processes, 64 scanners that nobody uses, in 30 s",
    "many_pss_daemon": "proportional memory of poshald with them",
    "many_pss_device": "the same of a device process, mean of 64",
    "replug_first_scan": "from a scanner's node being there again to its first label with the application",
    "flood_p99": "pty to client, 99th percentile, while a HID scanner sends 10,000 reports a second, against the same without",
    "start_0": "exec to READY=1 without devices",
    "start_8": "exec until all of 8 devices are ready",
    "encode_cpu": "layout and encoding of a receipt of 60 lines, CPU time",
    "encode_json": "the same from its JSON text",
    "encode_auto_page": "the same with automatic code pages, against one fixed page",
    "encode_bytes": "its size with confirmations",
    "raster_fs": "576x1000 grey to guarded dots by Floyd-Steinberg, CPU time",
    "raster_bayer": "the same by Bayer, per pixel",
    "emulator_render": "the receipt of 60 lines on the emulated printer's paper, CPU time",
    "emv_cda": "the kernel in a chip payment with CDA, without the card, against its RSA operations alone, CPU time",
    "emv_vpcd": "a chip payment over pcscd and vpcd, first command to last answer, against the bare commands",
    "reader_idle": "context switches of poshald and of a card reader's process beside pcscd, in 30 s",
    "iso8583_pack": "packing and unpacking a 0200 with field 55, the slowest dialect",
    "offline_1": "sales accepted without the host per second, the acceptance alone (D4, one commit), one after the other, against appends with fdatasync",
    "offline_64": "the same, 64 at once",
    "offline_1_slow": "the same, one after the other, flushes of 4 ms more",
    "offline_64_slow": "the same, 64 at once, flushes of 4 ms more",
    "offline_flushes": "flushes per commit of these",
    "sale_1": "whole sales without the host per second, from the call to its answer (the row it begins with and D4, two commits), a reader that answers at once, one till, against appends with fdatasync",
    "sale_64": "the same, 64 tills",
    "sale_1_slow": "the same, one till, flushes of 4 ms more: two flushes a sale, so that 0.5x is about the most there can be",
    "sale_64_slow": "the same, 64 tills, flushes of 4 ms more",
    "sale_flushes": "flushes per commit of these",
    "drain_memory": "peak memory of poshald while 10,000 waiting sales are sent as fast as it goes, against that before",
    "queue_start": "a journal with 1,000,000 finished and 10,000 waiting payments, from its opening to the first sale accepted without the host",
    "queue_start_devices": "exec to READY=1 with that journal, against an empty one",
    "drain_live": "round trips to the host (20 ms) that a customer waits longer meanwhile, median",
}


def chosen(names):
    wrong = [n for n in names if not any(row.startswith(n) for row in NAMES)]
    if wrong:
        sys.exit("bench: nothing is called %s; there are %s" % (wrong[0], ", ".join(NAMES)))
    return {row for row in NAMES if not names or any(row.startswith(n) for n in names)}


def machine():
    model = ""
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    commit = subprocess.run(["git", "-C", SOURCE, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip()
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "kernel": platform.release(), "cpu": model, "cpus": os.cpu_count(), "commit": commit,
            "load_before": list(os.getloadavg())}


def row(goal, measured):
    """One entry of the results; without a value when it could not be measured."""
    name, unit, direction, limit = goal
    result = {"name": name, "value": None, "unit": unit, "floor": None, "goal": limit, "at": direction,
              "met": None}
    result.update(measured)
    if result["value"] is not None:
        value = round(result["value"], 4)
        result["value"] = value
        result["met"] = value <= limit if direction == "most" else value >= limit
    return result


def number(value):
    return "" if value is None else "%.0f" % value if abs(value) >= 1000 else "%.4g" % value


def text_row(result):
    sign = "<=" if result["at"] == "most" else ">="
    ours = next((v for k, v in result.items() if k.startswith("ours_")), None)
    floor_unit = result.get("floor_unit", "")
    return ("%-24s %9s %-5s %9s %9s %-6s %2s %-6s %s" % (
        result["name"], number(result["value"]), result["unit"], number(ours), number(result["floor"]),
        floor_unit, sign, number(result["goal"]),
        {True: "yes", False: "NO", None: result.get("error", "not measured")}[result["met"]]))


def markdown_row(result):
    sign = "at most" if result["at"] == "most" else "at least"
    ours = next((v for k, v in result.items() if k.startswith("ours_")), None)
    both = "" if ours is None else "%s / %s %s" % (
        number(ours), number(result["floor"]), result.get("floor_unit", ""))
    unit = " " + result["unit"] if result["unit"] not in ("", "x") else result["unit"]
    met = {True: "yes", False: "**no**", None: "not measured"}[result["met"]]
    return "| `%s` | %s | %s | %s%s | %s %s | %s |" % (
        result["name"], WHAT[result["name"]], both, number(result["value"]), unit, sign,
        number(result["goal"]), met)


HEAD = "%-24s %9s %-5s %9s %9s %-6s %2s %-6s %s" % (
    "name", "value", "", "ours", "floor", "", "", "goal", "met")


def measure(wanted, quick):
    """Yields (name, measured) of every group that holds a wanted row."""
    for names, group in measurements.GROUPS:
        asked = [n for n in names if n in wanted]
        if not asked:
            continue
        print("bench: measuring %s" % ", ".join(asked), flush=True)
        try:
            found = group(quick, asked)
        except (AssertionError, OSError, EOFError, subprocess.SubprocessError, measurements.Failed,
                measurements.RpcError) as e:
            found = {n: {"error": ("%s" % e).strip()[-300:] or type(e).__name__} for n in asked}
        for name in asked:
            yield name, found.get(name, {"error": "not measured"})


def main(args):
    options = ("--quick", "--markdown")
    quick = "--quick" in args
    wanted = chosen([a for a in args if a not in options])
    tempfile.tempdir = os.environ.get("BENCH_DIR", "/var/tmp")  # on a disk: the journal's flushes count
    about = machine()
    measured = dict(measure(wanted, quick))
    results = [row(goal, measured[goal[0]]) for goal in GOALS if goal[0] in measured]
    about["load_after"] = list(os.getloadavg())
    about["quick"] = quick
    os.makedirs(os.path.join(SOURCE, "build"), exist_ok=True)
    path = os.path.join(SOURCE, "build", "bench.json")
    with open(path, "w") as f:
        json.dump({"results": results, "machine": about}, f, indent=1)
    print("\n%s, %d x %s, kernel %s, load %.1f to %.1f, commit %s\n" % (
        about["date"], about["cpus"], about["cpu"], about["kernel"], about["load_before"][0],
        about["load_after"][0], about["commit"]))
    print(HEAD)
    for result in results:
        print(text_row(result))
    if "--markdown" in args:
        print("\n| name | what | ours / floor | value | goal | met |\n|---|---|---|---|---|---|")
        print("\n".join(markdown_row(r) for r in results))
    print("\nbench: %d of %d goals met; %s" % (
        sum(r["met"] is True for r in results), len(results), os.path.relpath(path)))
    return 0 if all(r["value"] is not None for r in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
