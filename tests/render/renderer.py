"""Drives poshal-render over a socket pair, and looks at what it draws; standard library only."""
import base64
import json
import os
import re
import socket
import struct
import subprocess
import sys
import unicodedata
import unittest
import zlib

PROGRAM = os.path.join(sys.argv[1] if len(sys.argv) > 1 else "build/dev/bin", "poshal-render")
DEADLINE = 60


class Refused(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.message = error["message"]
        self.code = error["code"]
        self.name = error["data"]["name"]
        self.path = error["data"].get("path")


class Renderer:
    def __init__(self, *args, said=b""):
        ours, theirs = socket.socketpair()
        ours.settimeout(DEADLINE)
        ours.sendall(said)
        self.process = subprocess.Popen([PROGRAM, "--fd", str(theirs.fileno()), *args],
                                        pass_fds=[theirs.fileno()])
        theirs.close()
        self.socket = ours
        self.lines = ours.makefile("rb")
        self.last = 0

    def close(self):
        self.lines.close()
        self.socket.close()
        return self.process.wait(DEADLINE)

    def raw(self, data):
        self.socket.sendall(data)
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        self.last += 1
        answer = self.raw(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method,
                                      "params": params}).encode() + b"\n")
        assert answer["id"] == self.last
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def rasters(self, orders, **params):
        rows = self.call("render.rasters", orders=orders, **params)["rasters"]
        assert len(rows) == len(orders)
        return rows

    def draw(self, order, **params):
        row = self.rasters([order], **params)[0]
        if "error" in row:
            raise AssertionError(row["error"])
        return Dots(row)


class Dots:
    """A drawing: dots[y] is a text of '#' and '.'."""

    def __init__(self, row):
        self.row = row
        self.width, self.height = row["width"], row["height"]
        self.missing = row.get("missing", [])
        bits = base64.b64decode(row["bits_b64"], validate=True)
        stride = (self.width + 7) // 8
        assert len(bits) == stride * self.height
        self.dots = []
        for y in range(self.height):
            text = "".join(f"{byte:08b}" for byte in bits[y * stride:(y + 1) * stride])
            assert "1" not in text[self.width:], "padding is not 0"
            self.dots.append(text[:self.width].replace("0", ".").replace("1", "#"))

    def black(self):
        return sum(row.count("#") for row in self.dots)

    def columns(self, left=0, right=None):
        """Numbers of the columns that hold a dot."""
        right = self.width if right is None else right
        return [x for x in range(left, right) if any(row[x] == "#" for row in self.dots)]

    def rows(self):
        return [y for y, row in enumerate(self.dots) if "#" in row]

    def part(self, left, right):
        return [row[left:right] for row in self.dots]

    def trimmed(self, left=0, right=None):
        """The dots without the white around them."""
        columns = self.columns(left, right)
        if not columns:
            return []
        part = self.part(columns[0], columns[-1] + 1)
        rows = [y for y, row in enumerate(part) if "#" in row]
        return part[rows[0]:rows[-1] + 1]


def cells(text):
    """Width of a text in cells, as protocols/receipt has it."""
    count = 0
    for c in text:
        if unicodedata.category(c) not in ("Mn", "Me", "Cf"):
            count += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return count


def run(text, x=0, style=(), size=(1, 1), group=1, cell=12):
    return {"x": x, "width": cells(text) * cell * size[0], "text": text, "style": list(style),
            "size": list(size), "group": group}


def line(*runs, width=None, height=None, cell=12):
    return {"kind": "line", "cell": cell, "runs": list(runs),
            "width": width or max(r["x"] + r["width"] for r in runs),
            "height": height or 2 * cell * max(r["size"][1] for r in runs)}


def png(rows, scale=1, border=0):
    """A grey PNG file of rows of '#' and '.', each dot `scale` pixels, with a white border of as many dots."""
    white = "." * border
    wide = ["." * (len(rows[0]) + 2 * border)] * border
    data = b"".join((b"\0" + b"".join((b"\0" if c == "#" else b"\xff") * scale for c in row)) * scale
                    for row in [*wide, *(white + row + white for row in rows), *wide])
    size = [(len(rows[0]) + 2 * border) * scale, (len(rows) + 2 * border) * scale]

    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(data, 1)) + chunk(b"IEND", b""))


def read_zbar(path):
    """What zbar reads: set of "TYPE:text"."""
    done = subprocess.run(["zbarimg", "-q", path], capture_output=True, check=False)
    return set(done.stdout.decode().split("\n")) - {""}


def read_zxing(path):
    """What ZXing reads: set of "Format:text"."""
    done = subprocess.run(["ZXingReader", path], capture_output=True, check=False)
    texts = re.findall(r'^Text: +"(.*)"$', done.stdout.decode(), re.M)
    formats = re.findall(r"^Format: +(\S+)$", done.stdout.decode(), re.M)
    return {f"{kind}:{text}" for kind, text in zip(formats, texts)}


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.renderer = Renderer()

    @classmethod
    def tearDownClass(cls):
        status = cls.renderer.close()
        assert status == 0, f"poshal-render ended with {status}"

    def text(self, text, **options):
        return self.renderer.draw(line(run(text, **options)))


def main():
    unittest.main(argv=sys.argv[:1])
