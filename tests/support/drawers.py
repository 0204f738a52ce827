"""Emulated cash drawers: Posiflex as a HID node on a Unix socket, and a serial one on a pseudo terminal."""

import os
import pty
import select
import socket
import threading
import tty

DESCRIPTOR = bytes.fromhex("06a0ff0901a1010902150026ff0075089578810209031500"
                           "26ff00750895789102c0")
REPORT = 120


class Drawer:
    """A drawer with a switch; the subclass speaks to the driver. All but `on_...` is for the test's thread."""

    def __init__(self):
        self.lock = threading.Condition()
        self.is_open = self.stuck = False
        self.pulses = 0
        self.asked = 0

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
            ready = select.select(fds, [], [])[0]
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
            ready = select.select([self.stop, self.master], [], [])[0]
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
