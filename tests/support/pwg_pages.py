"""Pages of a PWG raster stream, written from PWG 5102.4-2012; standard library only."""


def number(header, at):
    return int.from_bytes(header[at:at + 4], "big")


def unpack_pwg(data):
    """Pages as (header, rows of grey bytes)."""
    assert data[:4] == b"RaS2"
    at, pages = 4, []
    while at < len(data):
        header = data[at:at + 1796]
        at += 1796
        assert header[:10] == b"PwgRaster\0"
        width, height = number(header, 372), number(header, 376)
        rows = []
        while len(rows) < height:
            repeat = data[at] + 1
            at += 1
            row = bytearray()
            while len(row) < width:
                code = data[at]
                assert code != 128
                count = code + 1 if code < 128 else 257 - code
                if code < 128:
                    row += data[at + 1:at + 2] * count
                    at += 2
                else:
                    row += data[at + 1:at + 1 + count]
                    at += 1 + count
            assert len(row) == width
            rows += [bytes(row)] * repeat
        assert len(rows) == height
        pages.append((header, rows))
    return pages
