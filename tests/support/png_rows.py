"""PNG pictures with the standard library only: the rows of those that the emulator and the renderer write, and one to print."""

import base64
import struct
import zlib


def grey_png(width, height):
    """A picture in many greys, in base64."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(x * y % 256 for x in range(width)) for y in range(height))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
                            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")).decode()


def png_rows(data):
    """The rows of a PNG as bytes; of the forms that the emulator writes."""
    at, packed, width, depth, channels = 8, b"", 0, 0, 1
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, _, depth, colour = struct.unpack(">IIBB", body[:10])
            channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    raw, stride, step = zlib.decompress(packed), (width * depth * channels + 7) // 8, max(1, depth * channels // 8)
    rows, above = [], bytes(stride)
    for start in range(0, len(raw), stride + 1):
        row, form = bytearray(raw[start + 1:start + 1 + stride]), raw[start]
        for i in range(stride if form else 0):
            left, up, corner = (row[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            if form == 4:
                guess = left + up - corner
                best = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            else:
                best = (0, left, up, (left + up) // 2)[form]
            row[i] = (row[i] + best) & 255
        above = bytes(row)
        rows.append(above)
    return rows
