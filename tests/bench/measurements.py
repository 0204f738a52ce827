"""The measurements: surroundings for the C programs of this folder, and what is read from /proc.

Each takes (quick, names of the rows that are asked for) and returns {name: {"value", "floor", ...}}.
"""

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile

from poshal_test import BUILD, RpcError, Till  # noqa: F401
from cups import Cups
import burst
import cards
import drain
import many
import sales

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
BIN = os.path.join(BUILD, "bin")
EIGHT = os.path.join(HERE, "eight.ini")

DEVICES = """[device till-printer]
driver = escpos
connection = {till_printer}

[device kitchen-printer]
driver = escpos
connection = {kitchen_printer}
classes = printer

[device bar-printer]
driver = escpos
connection = {bar_printer}
classes = printer

[device label-printer]
driver = escpos
connection = {label_printer}
classes = printer

[device lane-scanner]
driver = scanner-serial
connection = {lane_scanner}

[device hand-scanner]
driver = scanner-serial
connection = {hand_scanner}

[device pole-display]
driver = display-escpos
connection = {pole_display}

[device second-display]
driver = display-cd5220
connection = {second_display}
"""


class Failed(Exception):
    """A measurement cannot be made here; the text says why."""


def run(program, *args, env=None, timeout=600):
    """Runs a measuring program and returns what it printed."""
    done = subprocess.run([os.path.join(BIN, program)] + [str(a) for a in args], capture_output=True,
                          text=True, timeout=timeout, env={**os.environ, **(env or {})})
    if done.returncode:
        raise Failed("%s: %s" % (program, done.stderr.strip() or "status %d" % done.returncode))
    return json.loads(done.stdout)


def ratio(pair, unit):
    """A row of the pair of sides that a measuring program printed."""
    return {"value": pair["ratio"], "floor": pair["floor"], "floor_unit": unit,
            "ours_" + unit.replace("/", "_per_"): pair["ours"],
            "floor_" + unit.replace("/", "_per_"): pair["floor"],
            "quartiles": [pair["low"], pair["high"]]}


@contextlib.contextmanager
def till(bench=EIGHT, devices=DEVICES, config="", env=None, daemon=True):
    """A bench and a service with a bus. The root is known before the configuration is written."""
    with Till(bench=bench, devices="", env=env, daemon=False, bus=True) as t:
        t.write_config("[service]\n" + config.replace("ROOT", t.root), devices.replace("ROOT", t.root))
        if daemon:
            t.start_daemon()
        yield t


def names_of(client):
    return [d["id"] for d in client.call("device.list")["devices"]]


def all_ready(t):
    client = t.client()
    t.wait_ready(client, *names_of(client))
    return client


# ---- calls ----

def json_calls(quick, names):
    with till(bench=None, devices="") as t:
        out = run("bench_ping", t.socket_path, 5 if quick else 21)
    return {"json_ping_p50": ratio(out["p50"], "us"), "json_ping_p99": ratio(out["p99"], "us"),
            "json_ping_paced": ratio(out["paced"], "us"), "json_rate_64": ratio(out["rate"], "/s")}


def bus_path(device):
    """sd_bus_path_encode()"""
    return "/org/poshal1/device/" + "".join(
        c if c.isalnum() and not (i == 0 and c.isdigit()) else "_%02x" % ord(c)
        for i, c in enumerate(device))


def dbus_calls(quick, names):
    """Drawer.Status: no arguments, a string; poshald answers from what it knows, without its driver."""
    with till() as t:
        client = all_ready(t)
        drawer = [d["id"] for d in client.call("device.list")["devices"] if d["class"] == "drawer"][0]
        out = run("bench_dbus", t.env["DBUS_SYSTEM_BUS_ADDRESS"], bus_path(drawer), "org.poshal1.Drawer", "Status",
                  5 if quick else 21)
    return {"dbus_call": ratio(out["hot"], "us"), "dbus_call_paced": ratio(out["paced"], "us")}


# ---- events ----

SCANNER = """[device bench-scanner]
driver = scanner-serial
connection = serial:ROOT/run/bench-scanner

[device bench-hid-scanner]
driver = scanner-hid
connection = hid:ROOT/run/bench-scanner.hid

[device bench-ssi-scanner]
driver = scanner-ssi
connection = serial:ROOT/run/bench-scanner.ssi

[device bench-keyboard]
driver = scanner-wedge
connection = evdev:ROOT/run/bench-scanner.keys
"""


def scans(quick, names):
    with till(bench=None, devices=SCANNER) as t:
        out = run("bench_scan", t.socket_path, t.root + "/run/bench-scanner", "bench-scanner",
                  t.root + "/run/bench-scanner.hid", "bench-hid-scanner",
                  t.root + "/run/bench-scanner.ssi", "bench-ssi-scanner", t.root + "/run/bench-scanner.keys",
                  "bench-keyboard", 5 if quick else 11)
    return {"scan_p50": {**ratio(out["hot"], "us"), "two_bare_hops": out["two_hops_hot"]["ratio"]},
            "scan_p50_paced": {**ratio(out["paced"], "us"), "two_bare_hops": out["two_hops_paced"]["ratio"]},
            "scan_hid": ratio(out["hid_hot"], "us"), "scan_hid_paced": ratio(out["hid_paced"], "us"),
            "scan_ssi": ratio(out["ssi_hot"], "us"), "scan_ssi_paced": ratio(out["ssi_paced"], "us"),
            "scan_wedge": ratio(out["wedge_hot"], "us"), "scan_wedge_paced": ratio(out["wedge_paced"], "us")}


FANOUT = """[device fanout]
driver = fanout
connection = serial:ROOT/run/fanout.sock
"""


def fan_out(quick, names):
    with till(bench=None, devices=FANOUT, config="vendor_drivers_dir = ROOT/drivers.d\n", daemon=False) as t:
        os.mkdir(t.root + "/drivers.d")
        with open(t.root + "/drivers.d/fanout.json", "w") as f:
            json.dump({"name": "fanout", "version": "1", "exec": os.path.join(BIN, "bench_fanout"),
                       "summary": "hands its socket over", "classes": ["scanner"],
                       "connections": ["serial"], "options": []}, f)
        t.start_daemon()
        out = run("bench_fanout", t.socket_path, t.root + "/run/fanout.sock", 5 if quick else 21)
    return {"event_fanout_100": ratio(out["hot"], "us"), "event_fanout_100_paced": ratio(out["paced"], "us")}


# ---- printing ----

PRINTER = """[device bench-printer]
driver = escpos
connection = tcp://127.0.0.1:PORT
classes = printer
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def first_byte(quick, names):
    port, queue_port = free_port(), free_port()
    with till(devices=PRINTER.replace("PORT", str(port))) as t, Cups(queue_port) as cups:
        printer = int(t.connections["kitchen-printer"]["connection"].rsplit(":", 1)[1])
        out = run("bench_print", t.socket_path, "bench-printer", port, printer, t.root + "/var",
                  5 if quick else 15, cups.socket, cups.queue, queue_port)
    # of the medians: a flush varies more from round to round than the rest takes
    ours, cups_us = max(0, out["first_byte"]["ours"] - out["first_byte"]["floor"]), out["less_flush"]["floor"]
    value = {"value": ours / cups_us, "floor": cups_us, "floor_unit": "us", "ours_us": round(ours, 2),
             "floor_us": cups_us, "first_byte_us": out["first_byte"]["ours"],
             "flush_us": out["first_byte"]["floor"]}
    return {"print_first_byte": value}


# ---- the journal ----

def faultio(folder, rules=""):
    """Environment that counts the calls of all processes into folder/calls, and delays them by rules."""
    env = {"LD_PRELOAD": os.path.join(BUILD, "lib", "faultio.so"), "FAULTIO_COUNT": folder + "/calls"}
    if rules:
        env["FAULTIO"] = rules
    return env


def flushes(folder):
    with open(folder + "/calls", "rb") as f:
        return sum(n for name, n in struct.iter_unpack("24sQ", f.read())
                   if name.rstrip(b"\0") in (b"fsync", b"fdatasync"))


def commits(client):
    return client.call("system.info")["counts"]["journal_commits"]


@contextlib.contextmanager
def paperless(rules=""):
    """A till whose kitchen printer is out of paper and known to be; flushes are counted."""
    with till(daemon=False) as t:
        t.start_daemon(faultio(t.root, rules))
        client = all_ready(t)
        t.emulator.call("printer.set", device="kitchen-printer", paper="empty")
        client.call("events.subscribe", topics=["device.status"])
        while client.call("printer.status", device="kitchen-printer")["status"].get("paper") != "empty":
            client.event("device.status")
        yield t, client


def accepted_jobs(quick, names):
    with paperless() as (t, client):
        before = flushes(t.root), commits(client)
        out = run("bench_jobs", t.socket_path, "kitchen-printer", t.root + "/var", 100 if quick else 150,
                  3 if quick else 9)
        after = flushes(t.root), commits(client)
    per_commit = (after[0] - before[0]) / (after[1] - before[1])
    return {"jobs_1": ratio(out["one"], "/s"), "jobs_8": ratio(out["eight"], "/s"),
            "flushes_per_commit": {"value": per_commit, "commits": after[1] - before[1],
                                   "flushes": after[0] - before[0]}}


SLOW = "sync:delay=4000us"


def accepted_jobs_slow(quick, names):
    with paperless(SLOW) as (t, client):
        out = run("bench_jobs", t.socket_path, "kitchen-printer", t.root + "/var", 50 if quick else 100,
                  3 if quick else 7, env={**faultio(t.root, SLOW), "FAULTIO_COUNT": t.root + "/bench-calls"})
    return {"jobs_8_slow": ratio(out["eight"], "/s")}


# ---- at rest ----

def threads(pids):
    for pid in pids:
        for tid in os.listdir("/proc/%d/task" % pid):
            yield "/proc/%d/task/%s/" % (pid, tid)


def at_rest(pids):
    """(context switches, nanoseconds of CPU) of all threads so far."""
    switches = cpu = 0
    for folder in threads(pids):
        with open(folder + "status") as f:
            switches += sum(int(line.split()[1]) for line in f if "ctxt_switches" in line)
        with open(folder + "schedstat") as f:
            cpu += int(f.read().split()[0])
    return switches, cpu


def pause(seconds):
    select.select([], [], [], seconds)


def idle(quick, names):
    seconds = 10 if quick else 30
    with till(daemon=False) as t:
        t.start_daemon(faultio(t.root))
        all_ready(t).close()
        pids = [t.daemon.pid] + list(t.device_pids().values())
        pause(8)  # whatever the start has still to do
        before, flushed = at_rest(pids), flushes(t.root)
        pause(seconds)
        after = at_rest(pids)
        flushed = flushes(t.root) - flushed
    extra = {"seconds": seconds, "processes": len(pids)}
    return {"idle_wakeups": {"value": after[0] - before[0], **extra},
            "idle_cpu": {"value": (after[1] - before[1]) / 1000, **extra},
            "idle_flushes": {"value": flushed, **extra}}


def memory_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return {k.rstrip(":"): int(v) for k, v in (line.split()[:2] for line in f.readlines()[1:])}


def memory(quick, names):
    with till() as t:
        all_ready(t).close()
        pause(1)
        daemon = memory_kib(t.daemon.pid)
        devices = {name: memory_kib(pid) for name, pid in t.device_pids().items()}
    largest = max(devices, key=lambda name: devices[name]["Pss"])

    def figures(kib):
        return {"value": kib["Pss"] / 1024, "private_kib": kib["Private_Clean"] + kib["Private_Dirty"],
                "rss_kib": kib["Rss"]}
    return {"pss_daemon": figures(daemon), "pss_device": {**figures(devices[largest]), "device": largest}}


# ---- start ----

def start_without(quick, names):
    with till(bench=None, devices="", daemon=False) as t:
        out = run("bench_start", os.path.join(BIN, "poshald"), t.root, 0, 5 if quick else 21, env=t.env)
    return {"start_0": {"value": out["ready_us"] / 1000}}


def start_with(quick, names):
    with till() as t:
        count = len(names_of(all_ready(t)))
        t.daemon.stop()
        out = run("bench_start", os.path.join(BIN, "poshald"), t.root, count, 5 if quick else 21, env=t.env)
    return {"start_8": {"value": out["devices_us"] / 1000, "ready_ms": out["ready_us"] / 1000,
                        "devices": count}}


# ---- encoding ----

def encode(quick, names):
    out = run("bench_encode", os.path.join(HERE, "receipt60.json"))
    return {"encode_cpu": {"value": out["cpu_us"]}, "encode_json": {"value": out["json_us"]},
            "encode_auto_page": {"value": out["cpu_us"] / out["fixed_us"], "fixed_us": out["fixed_us"]},
            "encode_bytes": {"value": out["bytes"]}}


def raster(quick, names):
    out = run("bench_raster", 16 if quick else 64)
    bayer = out["bayer"]["ours"] * 1000 / out["pixels"]
    return {"raster_fs": ratio(out["floyd_steinberg"], "us"), "raster_bayer": {"value": bayer}}


def emulator(quick, names):
    out = run("bench_emulator", os.path.join(HERE, "receipt60.json"))
    return {"emulator_render": {"value": out["cpu_us"], "first_us": out["first_us"]}}


# ---- card payments ----

def emv_cda(quick, names):
    """Of two payments, one without and one with the host, the one whose ratio is worse."""
    out = run("bench_emv", 5 if quick else 21, os.path.join(SOURCE, "data", "emv", "test.json"))
    worst = max(out, key=lambda name: out[name]["rsa"]["ratio"])
    return {"emv_cda": {**ratio(out[worst]["rsa"], "us"), "profile": worst,
                        "operations": out[worst]["operations"], "against_cubes": out[worst]["cubes"]["ratio"]}}


def emv_vpcd(quick, names):
    out = cards.measure("payment", quick)
    return {"emv_vpcd": {**ratio(out["payment"], "us"), "commands": out["commands"], "card_us": out["card_us"]}}


def reader_idle(quick, names):
    out = cards.measure("idle", quick)
    return {"reader_idle": {"value": out["wakeups"], "seconds": out["seconds"], "processes": out["processes"]}}


def iso8583(quick, names):
    """The dialect that takes longest."""
    done = subprocess.run([os.path.join(BIN, "bench_iso8583")], capture_output=True, text=True, timeout=600)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or not rows:
        raise Failed("bench_iso8583: status %d" % done.returncode)
    worst = max(rows, key=lambda row: row["pack_unpack_ns"])
    return {"iso8583_pack": {"value": worst["pack_unpack_ns"] / 1000, "dialect": worst["dialect"]}}


# ---- what stands without the host ----

def accepted_offline(quick, names):
    """D4 in the journal alone: one commit."""
    with tempfile.TemporaryDirectory(prefix="poshal-bench-") as folder:
        out = run("bench_offline", folder, 200 if quick else 500, 3 if quick else 9)
    return {"offline_1": ratio(out["one"], "/s"), "offline_64": ratio(out["many"], "/s"),
            "offline_flushes": {"value": out["flushes"] / out["commits"], "commits": out["commits"],
                                "flushes": out["flushes"]}}


def accepted_offline_slow(quick, names):
    with tempfile.TemporaryDirectory(prefix="poshal-bench-") as folder:
        out = run("bench_offline", folder, 60 if quick else 120, 3 if quick else 7, SLOW)
    return {"offline_1_slow": ratio(out["one"], "/s"), "offline_64_slow": ratio(out["many"], "/s")}


def whole_sales(quick, names):
    """All that poshald does for one, through its door: two commits, the row it begins with and D4."""
    out = sales.measure(TOOLS, 100 if quick else 300, 3 if quick else 9)
    flushes_per_commit = {"value": out["flushes"] / out["commits"], "commits": out["commits"], "flushes": out["flushes"],
                          "sales": out["sales"]}
    return {"sale_1": ratio(out["one"], "/s"), "sale_64": ratio(out["many"], "/s"), "sale_flushes": flushes_per_commit}


def whole_sales_slow(quick, names):
    out = sales.measure(TOOLS, 40 if quick else 80, 3 if quick else 7, SLOW)
    return {"sale_1_slow": ratio(out["one"], "/s"), "sale_64_slow": ratio(out["many"], "/s")}


def drained(quick, names):
    out = drain.drain(quick)
    return {"drain_memory": {"value": out["memory"], "ours_KiB": out["after_kib"], "floor": out["before_kib"], "floor_unit": "KiB",
                             "records_per_s": out["rate"], "records": out["left"]},
            "drain_live": {"value": out["more"], "ours_trips": out["beside"], "floor": out["alone"], "floor_unit": "trips",
                           "worst": out["worst"]}}


def queue_start(quick, names):
    """A journal with a history of its own; the service begins with it as with an empty one."""
    poshald, rounds = os.path.join(BIN, "poshald"), 5 if quick else 21
    with till(bench=None, devices="", daemon=False) as t:
        empty = run("bench_start", poshald, t.root, 0, rounds, env=t.env)["ready_us"]
        for name in os.listdir(t.root + "/var"):
            os.unlink(os.path.join(t.root, "var", name))
        out = run("bench_queue_start", t.root + "/var", 100000 if quick else 1000000, 10000, 3 if quick else 7)
        full = run("bench_start", poshald, t.root, 0, rounds, env=t.env)["ready_us"]
    return {"queue_start": {"value": out["accepted_ms"], "checked_ms": out["checked_ms"], "bytes": out["size"]},
            "queue_start_devices": {"value": full / empty, "ours_ms": full / 1000, "floor": empty / 1000, "floor_unit": "ms"}}


# for the measurements that stand in files of their own
TOOLS = sys.modules[__name__]

GROUPS = (
    (("json_ping_p50", "json_ping_p99", "json_ping_paced", "json_rate_64"), json_calls),
    (("dbus_call", "dbus_call_paced"), dbus_calls),
    (("scan_p50", "scan_p50_paced", "scan_hid", "scan_hid_paced", "scan_ssi", "scan_ssi_paced", "scan_wedge",
      "scan_wedge_paced"), scans),
    (("event_fanout_100", "event_fanout_100_paced"), fan_out),
    (("print_first_byte",), first_byte),
    (("jobs_1", "jobs_8", "flushes_per_commit"), accepted_jobs),
    (("jobs_8_slow",), accepted_jobs_slow),
    (("burst_isolation",), lambda quick, names: {"burst_isolation": burst.measure(quick)}),
    (("idle_wakeups", "idle_cpu", "idle_flushes"), idle),
    (("pss_daemon", "pss_device"), memory),
    (("many_wakeups", "many_pss_daemon", "many_pss_device"), lambda quick, names: many.at_rest(TOOLS, quick)),
    (("replug_first_scan",), lambda quick, names: many.replug(TOOLS, quick)),
    (("flood_p99",), lambda quick, names: many.flood(TOOLS, quick)),
    (("start_0",), start_without),
    (("start_8",), start_with),
    (("encode_cpu", "encode_json", "encode_auto_page", "encode_bytes"), encode),
    (("raster_fs", "raster_bayer"), raster),
    (("emulator_render",), emulator),
    (("emv_cda",), emv_cda),
    (("emv_vpcd",), emv_vpcd),
    (("reader_idle",), reader_idle),
    (("iso8583_pack",), iso8583),
    (("offline_1", "offline_64", "offline_flushes"), accepted_offline),
    (("offline_1_slow", "offline_64_slow"), accepted_offline_slow),
    (("sale_1", "sale_64", "sale_flushes"), whole_sales),
    (("sale_1_slow", "sale_64_slow"), whole_sales_slow),
    (("drain_memory", "drain_live"), drained),
    (("queue_start", "queue_start_devices"), queue_start),
)
