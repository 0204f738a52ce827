"""Chip cards: what a payment over pcscd costs beside its bare commands, and a card reader that nobody uses.

Run as a program it is inside the namespaces of a pcscd of its own:  cards.py WHAT QUICK
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
if __name__ == "__main__":
    sys.path[:0] = [os.path.join(SOURCE, "tests", "support"), HERE]

import pcsc_box  # noqa: E402
from poshal_test import BUILD  # noqa: E402

BIN = os.path.join(BUILD, "bin")
EMV = os.path.join(SOURCE, "data", "emv")
PROFILE = "mc-cda-offline"
SECTION = """[device card-reader]
driver = emv-pcsc
connection = pcsc:
parameters = %s/test.json
parameters_key = %s/signer.json
seal_key = %s/seal.json
"""


def write_keys(folder):
    with open(os.path.join(EMV, "test.pub")) as f:
        signer = f.read().strip()
    for name, key in (("signer", signer), ("seal", signer)):  # any 32 bytes: nobody opens what is sealed here
        with open(os.path.join(folder, name + ".json"), "w") as f:
            json.dump({"kid": "bench", "public_b64": key}, f)


def payment(quick):
    with tempfile.TemporaryDirectory(prefix="poshal-bench-") as folder:
        write_keys(folder)
        options = {"parameters": EMV + "/test.json", "parameters_key": folder + "/signer.json",
                   "seal_key": folder + "/seal.json"}
        args = [BIN + "/bench_card", "5" if quick else "21", PROFILE, BIN + "/poshal-device-emv",
                "--driver", "emv-pcsc", "--connect", "pcsc:"]
        for item in options.items():
            args += ["--option", "%s=%s" % item]
        done = subprocess.run(args, stdout=subprocess.PIPE, text=True, timeout=300)
    if done.returncode:
        sys.exit("bench_card: status %d" % done.returncode)
    return json.loads(done.stdout)


def idle(quick):
    import measurements
    seconds = 10 if quick else 30
    with tempfile.TemporaryDirectory(prefix="poshal-bench-") as folder:
        write_keys(folder)
        with measurements.till(bench=None, devices=SECTION % (EMV, folder, folder)) as t:
            measurements.all_ready(t).close()
            pids = [t.daemon.pid, *t.device_pids().values()]
            measurements.pause(8)  # whatever the start has still to do
            before = measurements.at_rest(pids)
            measurements.pause(seconds)
            after = measurements.at_rest(pids)
    return {"wakeups": after[0] - before[0], "seconds": seconds, "processes": len(pids)}


def inside(what, quick):
    pcsc_box.go_inside()
    os.environ["PCSCLITE_CSOCK_NAME"] = "/run/bench-pcscd"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("/run/bench-pcscd")
        listener.listen(8)
        pcscd = pcsc_box.start_pcscd(listener.fileno())
    try:
        print(json.dumps({"payment": payment, "idle": idle}[what](quick)))
    finally:
        os.kill(pcscd, signal.SIGKILL)
        os.waitpid(pcscd, 0)


def measure(what, quick):
    """What `inside` printed."""
    done = subprocess.run([sys.executable, os.path.abspath(__file__), what, "1" if quick else "0"],
                          capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise OSError(pcsc_box.why_not() or done.stderr.strip())
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    inside(sys.argv[1], sys.argv[2] == "1")
