"""Plays poshald for one driver process: a socket pair at descriptor 3, lines with deadlines."""
import json
import os
import pty
import select
import socket
import subprocess
import sys
import time
import tty

DEADLINE_S = 60
MOVE = "import os,sys;os.dup2(int(sys.argv[1]),3);os.execv(sys.argv[2],sys.argv[2:])"


class Driver:
    def __init__(self, *command):
        self.socket, other = socket.socketpair()
        # descriptor 3 of the child, whatever it is here
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", MOVE, str(other.fileno()), *command], pass_fds=[other.fileno()])
        other.close()
        self.buffer = b""
        self.last_id = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()
        try:
            self.process.wait(timeout=DEADLINE_S)
        finally:
            self.process.kill()
            self.process.wait()

    def line(self):
        """The next message, or None at end-of-file."""
        end = time.monotonic() + DEADLINE_S
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.socket], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("no line; have %r" % self.buffer)
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line.decode("utf-8"))

    def until(self, method, **members):
        """Skips to the notification `method` whose params hold `members`."""
        while True:
            message = self.line()
            assert message is not None, "end of file before " + method
            params = message.get("params", {})
            if message.get("method") == method and all(params.get(k) == v for k, v in members.items()):
                return params

    def send_raw(self, data):
        self.socket.sendall(data)

    def call(self, method, **params):
        self.last_id += 1
        self.send_raw(json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method,
                                  "params": params}).encode() + b"\n")
        while True:
            message = self.line()
            assert message is not None, "end of file before the answer to " + method
            if message.get("id") == self.last_id:
                return message


class Pty:
    """A serial line whose far end is ours."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def close(self):
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
        self.master = self.slave = -1

    def read(self, count):
        data = b""
        end = time.monotonic() + DEADLINE_S
        while len(data) < count:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("have %r" % data)
            data += os.read(self.master, count - len(data))
        return data
