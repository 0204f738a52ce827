"""Support for API tests on D-Bus: a private bus, and a client of the wire protocol with the standard library only.

Source: the D-Bus specification 0.41, sections Type System, Marshaling, Message Protocol and Authentication.
"""

import os
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from poshal_test import DEADLINE, SOURCE

ALIGN = {"y": 1, "g": 1, "v": 1, "n": 2, "q": 2, "b": 4, "i": 4, "u": 4, "s": 4, "o": 4, "a": 4,
         "x": 8, "t": 8, "d": 8, "(": 8, "{": 8}
PACK = {"y": "B", "n": "h", "q": "H", "b": "I", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}


class DbusError(Exception):
    def __init__(self, name, text):
        super().__init__("%s: %s" % (name, text))
        self.name = name
        self.text = text


class Variant:
    def __init__(self, signature, value):
        self.signature = signature
        self.value = value


def types(signature):
    """The complete types of a signature."""
    found, start = [], 0
    while start < len(signature):
        end = start
        while signature[end] == "a":
            end += 1
        depth = 0
        while True:
            depth += (signature[end] in "({") - (signature[end] in ")}")
            end += 1
            if not depth:
                break
        found.append(signature[start:end])
        start = end
    return found


def marshal(out, kind, value):
    out.extend(b"\0" * (-len(out) % ALIGN[kind[0]]))
    if kind in PACK:
        out.extend(struct.pack("<" + PACK[kind], value))
    elif kind in "so":
        data = value.encode()
        out.extend(struct.pack("<I", len(data)) + data + b"\0")
    elif kind == "g":
        out.extend(bytes([len(value)]) + value.encode() + b"\0")
    elif kind == "v":
        marshal(out, "g", value.signature)
        marshal(out, value.signature, value.value)
    elif kind[0] == "a":
        at = len(out)
        out.extend(b"\0\0\0\0")
        out.extend(b"\0" * (-len(out) % ALIGN[kind[1]]))
        start = len(out)
        for item in value.items() if kind[1] == "{" else value:
            marshal(out, kind[1:], item)
        struct.pack_into("<I", out, at, len(out) - start)
    else:
        for part, item in zip(types(kind[1:-1]), value):
            marshal(out, part, item)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def read(self, kind):
        self.at += -self.at % ALIGN[kind[0]]
        if kind in PACK:
            value = struct.unpack("<" + PACK[kind], self.take(struct.calcsize(PACK[kind])))[0]
            return bool(value) if kind == "b" else value
        if kind in "so":
            return self.take(self.read("u") + 1)[:-1].decode()
        if kind == "g":
            return self.take(self.read("y") + 1)[:-1].decode()
        if kind == "v":
            return self.read(self.read("g"))
        if kind[0] == "a":
            return self.read_array(kind[1:])
        return tuple(self.read(part) for part in types(kind[1:-1]))

    def read_array(self, kind):
        size = self.read("u")
        self.at += -self.at % ALIGN[kind[0]]
        if kind == "y":
            return self.take(size)
        end, items = self.at + size, []
        while self.at < end:
            items.append(self.read(kind))
        return dict(items) if kind[0] == "{" else items


class Message:
    def __init__(self, kind, fields, body):
        self.kind = kind
        self.path, self.interface, self.member = fields.get(1), fields.get(2), fields.get(3)
        self.error, self.reply_to = fields.get(4), fields.get(5)
        reader = Reader(body)
        self.args = [reader.read(part) for part in types(fields.get(8, ""))]


class Dbus:
    """One program on the bus; signals are kept in order of arrival."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)
        self.buffer = b""
        self.serial = 0
        self.signals = []
        uid = str(os.geteuid()).encode().hex().encode()
        self.sock.sendall(b"\0AUTH EXTERNAL " + uid + b"\r\n")
        deadline = time.monotonic() + DEADLINE
        while b"\r\n" not in self.buffer:
            self.fill(deadline)
        assert self.buffer.startswith(b"OK "), self.buffer
        self.buffer = b""
        self.sock.sendall(b"BEGIN\r\n")
        self.name = self.ask_bus("Hello")[0]

    def close(self):
        self.sock.close()

    def fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            raise TimeoutError("nothing on the bus; so far: %r" % [s.member for s in self.signals])
        data = self.sock.recv(65536)
        if not data:
            raise EOFError("the bus closed the connection")
        self.buffer += data

    def read_message(self, deadline):
        while len(self.buffer) < 16:
            self.fill(deadline)
        body, _, fields = struct.unpack_from("<III", self.buffer, 4)
        start = 16 + fields + -fields % 8
        while len(self.buffer) < start + body:
            self.fill(deadline)
        data, self.buffer = self.buffer[:start + body], self.buffer[start + body:]
        reader = Reader(data)
        reader.at = 12
        return Message(data[1], dict(reader.read("a(yv)")), data[start:])

    def send(self, destination, path, interface, member, signature="", args=()):
        self.serial += 1
        body = bytearray()
        for kind, value in zip(types(signature), args):
            marshal(body, kind, value)
        fields = [(1, Variant("o", path)), (2, Variant("s", interface)), (3, Variant("s", member)),
                  (6, Variant("s", destination))]
        if signature:
            fields.append((8, Variant("g", signature)))
        out = bytearray(b"l\1\0\1" + struct.pack("<II", len(body), self.serial))
        marshal(out, "a(yv)", fields)
        out.extend(b"\0" * (-len(out) % 8))
        self.sock.sendall(out + body)
        return self.serial

    def result(self, serial):
        deadline = time.monotonic() + DEADLINE
        while True:
            message = self.read_message(deadline)
            if message.kind == 4:
                self.signals.append(message)
            elif message.reply_to == serial and message.kind == 3:
                raise DbusError(message.error, message.args[0] if message.args else "")
            elif message.reply_to == serial:
                return message.args

    def ask_bus(self, member, signature="", *args):
        bus = "org.freedesktop.DBus"
        return self.result(self.send(bus, "/org/freedesktop/DBus", bus, member, signature, args))

    def call(self, device, member, signature="", *args):
        """A method of poshal, "Printer.Print"; `device` is an id, a role or None."""
        interface, name = ("org.poshal1." + member).rsplit(".", 1)
        path = "/org/poshal1" if device is None else "/org/poshal1/device/" + device
        return self.result(self.send("org.poshal1", path, interface, name, signature, args))

    def error(self, device, member, signature="", *args):
        """The error this call must end with."""
        try:
            result = self.call(device, member, signature, *args)
        except DbusError as e:
            return e
        raise AssertionError("%s succeeded: %r" % (member, result))

    def get(self, device, interface, name):
        return self.result(self.send("org.poshal1", "/org/poshal1/device/" + device,
                                     "org.freedesktop.DBus.Properties", "Get", "ss",
                                     ("org.poshal1." + interface, name)))[0]

    def signal(self, member, accept=lambda message: True):
        """The first kept or coming signal of this name that `accept` likes; it is taken out."""
        deadline = time.monotonic() + DEADLINE
        while True:
            for i, message in enumerate(self.signals):
                if message.member == member and accept(message):
                    return self.signals.pop(i)
            message = self.read_message(deadline)
            if message.kind == 4:
                self.signals.append(message)


class Bus:
    """A private message bus as strict as a system bus, with poshal's policy."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="poshal-bus-")
        self.path = self.folder + "/socket"
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + self.path}
        config = self.folder + "/bus.conf"
        policy = SOURCE + "/packaging/dbus/org.poshal1.conf"
        if os.geteuid():  # the policy is for root and a group that need not be here
            own = '<policy context="default"><allow own="*"/><allow send_type="method_call"/></policy>'
        else:
            own = "<include>%s</include>" % policy
        with open(config, "w") as f:
            f.write('<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"\n'
                    ' "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">\n<busconfig>'
                    "<type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>"
                    '<policy context="default"><allow user="*"/><deny own="*"/>'
                    '<deny send_type="method_call"/><allow send_type="signal"/>'
                    '<allow send_requested_reply="true" send_type="method_return"/>'
                    '<allow send_requested_reply="true" send_type="error"/>'
                    '<allow receive_type="method_call"/><allow receive_type="signal"/>'
                    '<allow receive_type="method_return"/><allow receive_type="error"/>'
                    '<allow send_destination="org.freedesktop.DBus"/></policy>%s</busconfig>\n'
                    % (self.path, own))
        self.process = subprocess.Popen(
            ["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile", "--nosyslog",
             "--print-address=1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.process.stdout.readline()  # it listens

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.kill()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
