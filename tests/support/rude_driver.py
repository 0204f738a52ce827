"""A vendor driver whose words a test writes: its process only carries lines between poshald and the test (carry.c)."""

import json
import os
import socket

from poshal_test import BUILD, DEADLINE, Till

CONFIG = """[service]
log_level = debug
vendor_drivers_dir = {root}/drivers.d

"""

DEVICE = """[device {name}]
driver = rude
connection = tcp://127.0.0.1:1
classes = {classes}
"""


class Driver:
    """One life of the driver's process."""

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""

    def send_raw(self, data):
        self.socket.sendall(data)

    def notify(self, method, **params):
        self.send_raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")

    def answer(self, request, **result):
        self.send_raw(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode() + b"\n")

    def refuse(self, request, name, message="no"):
        error = {"code": -32000, "message": message, "data": {"name": name}}
        self.send_raw(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode() + b"\n")

    def line(self):
        self.socket.settimeout(DEADLINE)
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("poshald ended the driver")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def request(self, method):
        """The next request of that method; pings and the opening are answered on the way."""
        while True:
            request = self.line()
            if request["method"] == method:
                return request
            self.answer(request)

    def ready(self):
        self.answer(self.request("driver.open"))
        self.notify("device.state", state="ready", reasons=[])
        return self

    def close(self):
        self.socket.close()


class Renderer(Driver):
    """One life of poshal-render."""

    def request(self, method):
        request = self.line()
        if request["method"] != method:
            raise AssertionError(request)
        return request


class RudeTill(Till):
    """A service with one device, whose driver is the test."""

    def __init__(self, classes="printer drawer scanner display", name="rude", renderer=False, env=None, config=""):
        self.device = name
        self.classes = classes
        self.drivers = []
        self.config = config # more sections
        super().__init__(bench=None, daemon=False, env=env)
        os.makedirs(self.root + "/drivers.d")
        self.listener = self.carrier("carry", "driver.sock")
        self.render_listener = None
        self.daemon_options = ["--libexec-dir", self.root + "/drivers.d"]
        if renderer:
            self.install_renderer()
        with open(self.root + "/drivers.d/rude.json", "w") as f:
            json.dump({"name": "rude", "version": "1", "exec": self.root + "/drivers.d/carry",
                       "summary": "Says what a test says", "classes": self.classes.split(),
                       "connections": ["tcp"], "options": []}, f)
        self.write_config()
        self.start_daemon()

    def carrier(self, name, sock):
        """An executable that connects its descriptor 3 to the returned listener."""
        path = self.root + "/drivers.d/"
        listener = socket.socket(socket.AF_UNIX)
        listener.settimeout(DEADLINE)
        listener.bind(path + sock)
        listener.listen()
        with open(path + name, "w") as f:
            f.write("#!/bin/sh\nexec %s/bin/carry %s \"$@\"\n" % (BUILD, path + sock))
        os.chmod(path + name, 0o755)
        return listener

    def install_renderer(self):
        self.render_listener = self.carrier("poshal-render", "render.sock")

    def renderer(self):
        """The next process that was started to draw."""
        self.drivers.append(Renderer(self.render_listener.accept()[0]))
        return self.drivers[-1]

    def write_config(self, config=None, devices=None):
        super().write_config(config or CONFIG.format(root=self.root) + self.config,
                             devices if devices is not None else DEVICE.format(
                                 name=self.device, classes=self.classes))

    def driver(self):
        """The driver's present life, opened and ready."""
        return self.next_driver().ready()

    def next_driver(self):
        """The same, before it was told what to serve."""
        self.drivers.append(Driver(self.listener.accept()[0]))
        return self.drivers[-1]

    def close(self):
        if self.daemon and self.daemon.popen.poll() is None:
            self.daemon.popen.terminate()
        for driver in self.drivers:
            driver.close()
        super().close()
        for listener in getattr(self, "listener", None), getattr(self, "render_listener", None):
            if listener:
                listener.close()
