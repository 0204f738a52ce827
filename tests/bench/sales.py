"""Whole sales without the host, through the door of the real service: bench_sales is 64 cashiers and their readers.

The till is that of the matrix (tests/payments/matrix/world.py), on a disk, with a host that has answered once and is away now.
"""

import os
import pwd
import sys
import tempfile

from poshal_test import BUILD, SOURCE, Process, Rpc

sys.path[:0] = [os.path.join(SOURCE, "tests", "payments", "matrix"), os.path.join(SOURCE, "tests", "acquirer")]

from world import CONFIG, DEVICE, OFFLINE, World  # noqa: E402

TILLS = 64


def configure(world):
    user = pwd.getpwuid(os.getuid()).pw_name
    world.write("etc/poshal.conf", CONFIG.format(root=world.root).replace("log_level = debug\n", "") + OFFLINE)
    for n in range(TILLS):
        device = DEVICE.format(user=user).replace("reader]", "reader-%d]" % n).replace(":1\n", ":%d\n" % (n + 2))
        world.write("etc/devices.d/reader-%d.conf" % n, device)


def start(world, tools, rules):
    world.daemon.stop()
    configure(world)
    path = world.root + "/run/poshal.sock"
    world.daemon = Process([BUILD + "/bin/poshald", "--root", world.root, "--libexec-dir", world.root + "/drivers.d"],
                           world.root + "/poshald.log", env=tools.faultio(world.root, rules), serves=path)
    world.connect(path)
    world.host.call("host.set", fault="refuse")
    client = Rpc(path)
    n = 0
    while client.call("queue.status")["host"]["state"] != "offline":  # its line is dead, and that is known
        n += 1
        world.client.call("payment.authorize", key="away-%d" % n, amount=1000, currency="EUR", offline="allow", device="reader")
    world.client.close()
    client.call("queue.forceOffline", on=True, operator="bench", reason="measured")
    return client


def counts(client, tools, root):
    return tools.flushes(root), tools.commits(client)


def measure(tools, sales, rounds, rules=""):
    world = World(offline=True, root=tempfile.mkdtemp(prefix="poshal-bench-"))
    try:
        first = world.client.call("payment.authorize", key="first", amount=1000, currency="EUR", device="reader")
        assert first["outcome"] == "approved", first  # the host has answered: within max_accept_hours of that
        world.client.close()
        client = start(world, tools, rules)
        before = counts(client, tools, world.root)
        out = tools.run("bench_sales", world.root + "/run/poshal.sock", world.root + "/run/drivers.sock", world.root + "/var",
                        sales, rounds, env={**tools.faultio(world.root, rules), "FAULTIO_COUNT": world.root + "/bench-calls"})
        after = counts(client, tools, world.root)
        client.close()
    finally:
        world.close()
    return {**out, "flushes": after[0] - before[0], "commits": after[1] - before[1]}
