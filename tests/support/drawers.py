"""Emulated cash drawers: Posiflex as a HID node on a Unix socket, and a serial one on a pseudo terminal."""

import datetime
import functools
import os
import pty
import select
import socket
import threading
import time
import tty

DESCRIPTOR = bytes.fromhex("06a0ff0901a1010902150026ff0075089578810209031500"
                           "26ff00750895789102c0")
REPORT = 120
TICK_S = 0.05
ATTEMPTS = 5
LATE_S = 0.15  # less than any driver waits for an answer


def heard(case):
    """Decorates a class: a test that fails where the emulated drawer was not run is done again with a new one. What such a drawer
    says comes later than a driver listens. Whether it was so `drawer_was_late` of the class finds out; nothing else is excused."""
    for name in [name for name in vars(case) if name.startswith("test_")]:
        setattr(case, name, until_heard(getattr(case, name)))
    return case


def until_heard(test):
    @functools.wraps(test)
    def run(self):
        for left in reversed(range(ATTEMPTS)):
            try:
                return test(self)
            except Exception:
                if not left or not self.drawer_was_late():
                    raise
            self.tearDown()
            self.doCleanups()
            self.setUp()
    return run


def pulse_came_late(audit, record):
    """Whether a pulse reached the drawer of a bench (its `record`) long after the latest opening that had begun before it."""
    ahead = time.time() - time.monotonic()
    begun = [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp()
             for e in audit if e["action"] in ("drawer.open", "drawer.tune") and e["outcome"] == "requested"]
    for pulse in record:
        came = pulse["time_us"] / 1e6 + ahead
        if came - max([b for b in begun if b <= came], default=came) > LATE_S:
            return True
    return False


class Drawer:
    """A drawer with a switch; the subclass speaks to the driver. All but `on_...` is for the test's thread."""

    def __init__(self):
        self.lock = threading.Condition()
        self.is_open = self.stuck = False
        self.pulses = 0
        self.asked = 0
        self.ran_at = time.monotonic()
        self.longest_rest = 0  # seconds in which the drawer's thread was not run

    def wait(self, fds):
        """Which of them can be read."""
        ready = []
        while not ready:
            ready = select.select(fds, [], [], TICK_S)[0]
            now = time.monotonic()
            self.longest_rest = max(self.longest_rest, now - self.ran_at)
            self.ran_at = now
        return ready

    def was_late(self):
        return max(self.longest_rest, time.monotonic() - self.ran_at) > LATE_S

    def set_open(self, is_open):
        """Pushed shut, or opened by its key."""
        with self.lock:
            self.is_open = is_open

    def on_pulse(self):
        with self.lock:
            self.pulses += 1
            self.is_open = self.is_open or not self.stuck

    def on_question(self):
        with self.lock:
            self.asked += 1
            self.lock.notify_all()
            return self.is_open

    def wait_asked(self, more, timeout):
        """Until it has been asked so many times more."""
        with self.lock:
            goal = self.asked + more
            if not self.lock.wait_for(lambda: self.asked >= goal, timeout):
                raise AssertionError("the drawer is not asked")


class Posiflex(Drawer):
    """`number` as set by its switch. Serves one driver at a time on the socket `path`."""

    def __init__(self, path, number=2):
        super().__init__()
        self.path, self.number = path, number
        self.reports = []
        self.plug()

    def plug(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.stop, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def unplug(self):
        os.close(self.stopped)
        self.thread.join()
        os.close(self.stop)
        self.listener.close()
        os.unlink(self.path)

    def serve(self):
        link = None
        while True:
            fds = [self.stop, link or self.listener]
            ready = self.wait(fds)
            if self.stop in ready:
                break
            if not link:
                link = self.listener.accept()[0]
                link.send(b"D" + DESCRIPTOR)
                continue
            packet = link.recv(4097)
            if not packet:
                link.close()
                link = None
            elif packet[:1] == b"O":
                self.take(link, packet[1:])
        if link:
            link.close()

    def take(self, link, report):
        self.reports.append(report)
        n, command = report[1], report[2]
        if len(report) != REPORT + 1 or n != self.number:
            return
        if command == n:
            self.on_pulse()
        elif command == n + 1:
            answer = bytes([0, n << 4 | (0 if self.on_question() else 1)])
            link.send(b"I" + answer.ljust(REPORT + 1, b"\0"))


class Serial(Drawer):
    """What `commands` lists, bytes to "pulse" or the two answers (closed, open)."""

    def __init__(self, commands):
        super().__init__()
        self.commands = commands
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.stop, self.stopped = os.pipe()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        os.close(self.stopped)
        self.thread.join()
        for fd in (self.stop, self.master, self.slave):
            os.close(fd)

    def serve(self):
        buffer = b""
        while True:
            ready = self.wait([self.stop, self.master])
            if self.stop in ready:
                return
            buffer += os.read(self.master, 64)
            for command, meaning in self.commands.items():
                if not buffer.endswith(command):
                    continue
                buffer = b""
                if meaning == "pulse":
                    self.on_pulse()
                else:
                    os.write(self.master, meaning[self.on_question()])
