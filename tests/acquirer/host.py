"""A host that says what a test tells it to; ISO 8583 in ASCII, written apart from the product's codec."""
import contextlib
import select
import socket
import ssl
import struct
import time

DEADLINE = 60
# (length prefix digits or 0, length) of the fields these tests meet
FIELDS = {2: (2, 19), 3: (0, 6), 4: (0, 12), 7: (0, 10), 11: (0, 6), 12: (0, 6), 13: (0, 4), 14: (0, 4), 15: (0, 4), 18: (0, 4),
          19: (0, 3), 22: (0, 3), 23: (0, 3), 24: (0, 3), 25: (0, 2), 32: (2, 11), 35: (2, 37), 37: (0, 12), 38: (0, 6),
          39: (0, 2), 41: (0, 8), 42: (0, 15), 43: (0, 40), 44: (2, 25), 49: (0, 3), 54: (3, 120), 55: (3, 255), 63: (3, 999),
          50: (0, 3), 60: (3, 999), 66: (0, 1), 70: (0, 3), 90: (0, 42), 97: (0, 17), **{n: (0, 10) for n in range(74, 78)},
          **{n: (0, 16) for n in range(86, 90)}}


def pack(mti, fields):
    second = any(n > 64 for n in fields)
    bits = sum(1 << (128 - n) for n in fields) | (1 << 127 if second else 0)
    body = mti.encode() + (b"%032X" % bits)[:32 if second else 16]
    for n in sorted(fields):
        value = fields[n] if isinstance(fields[n], bytes) else fields[n].encode()
        prefix = FIELDS[n][0]
        body += (b"%0*d" % (prefix, len(value)) if prefix else b"") + value
    return struct.pack(">H", len(body)) + body


def unpack(body):
    mti, at = body[:4].decode(), 20
    bits = int(body[4:20], 16) << 64
    if bits >> 127:
        bits |= int(body[20:36], 16)
        at = 36
    fields = {}
    for n in range(2, 129):
        if not bits >> (128 - n) & 1:
            continue
        prefix, length = FIELDS[n]
        if prefix:
            length = int(body[at:at + prefix])
            at += prefix
        value = body[at:at + length]
        fields[n] = value if n == 55 else value.decode()
        at += length
    assert at == len(body)
    return mti, fields


class Line:
    """One connection of the acquirer."""

    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(DEADLINE)
        self.buffer = b""
        self.raw = b""

    def frame(self):
        while len(self.buffer) < 2 or len(self.buffer) < 2 + struct.unpack(">H", self.buffer[:2])[0]:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("the acquirer closed the line")
            self.buffer += data
            self.raw += data
        length = struct.unpack(">H", self.buffer[:2])[0]
        body, self.buffer = self.buffer[2:2 + length], self.buffer[2 + length:]
        return body

    def request(self):
        return unpack(self.frame())

    def answer(self, request, code="00", mti=None, pieces=None, **changes):
        data = self.answer_bytes(request, code, mti, **changes)
        self.send(data, pieces)

    @staticmethod
    def answer_bytes(request, code="00", mti=None, drop=(), **changes):
        asked, fields = request
        out = {n: fields[n] for n in (3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 50, 70, 90) if n in fields}
        out[39] = code
        if asked[1] != "5":
            out.pop(42, None)
        if code in ("00", "10") and asked[1] in "12":
            out[38] = "A1B2C3"
        out.update({int(name[1:]): value for name, value in changes.items()})
        for n in drop:
            out.pop(n, None)
        return pack(mti or asked[:2] + str(int(asked[2]) + 1) + "0", out)

    def send(self, data, pieces=None):
        for at in range(0, len(data), pieces or len(data)):
            self.sock.sendall(data[at:at + (pieces or len(data))])

    def closed(self):
        """Whether the acquirer closes the line, within the deadline."""
        while True:
            try:
                if not self.sock.recv(65536):
                    return True
            except ConnectionResetError:
                return True

    def silent(self):
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return False
        return not self.buffer and not select.select([self.sock], [], [], 0)[0]

    def close(self, reset=False):
        if reset:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Host:
    """With `tls` (an ssl.SSLContext) the lines are encrypted."""
    kind = Line

    def __init__(self, tls=None):
        self.tls = tls
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.lines = []

    def accept(self):
        sock = self.listener.accept()[0]
        if self.tls:
            sock.settimeout(DEADLINE)
            sock = self.tls.wrap_socket(sock, server_side=True)
        line = self.kind(sock)
        self.lines.append(line)
        return line

    def refuse(self):
        """The port stays this test's, and nobody listens on it."""
        self.listener.close()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))

    def listen(self):
        self.listener.listen(8)
        self.listener.settimeout(DEADLINE)

    def close(self):
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.close()
        self.listener.close()


def now_ms():
    return time.monotonic() * 1000
