#!/usr/bin/env python3
"""Previews and pages: the same each time, exact in size, searchable, read back by other programs."""
import base64
import os
import re
import subprocess
import tempfile
import zlib
from xml.etree import ElementTree

from renderer import Case, Refused, main, png, read_zbar, read_zxing

LOGO = base64.b64encode(png(["#" * 40] * 10 + ["#" + "." * 38 + "#"] * 10)).decode()
RECEIPT = {"v": 1, "body": [
    {"image": {"data_b64": LOGO, "align": "center"}},
    {"text": "CAFÉ DE LA GARE", "align": "center", "size": [2, 2], "bold": True},
    {"table": {"columns": [{"w": "*"}, {"w": 12, "align": "right"}],
               "rows": [["Crème brûlée", "6.05"], ["寿司", "12.00"], ["קפה", "4.10"]]}},
    {"pair": ["TOTAL EUR", "22.15"], "bold": True},
    {"barcode": {"type": "ean13", "data": "4006381333931", "align": "center"}},
    {"cut": "partial"}, {"drawer": {"n": 1}},
    {"qr": {"data": "https://example.org/r/1"}},
    {"cut": "full"}]}


def unpack_png(data):
    """(width, height, rows of '#' and '.') of a one bit PNG without filters."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = (int.from_bytes(data[16:20], "big"),
                                    int.from_bytes(data[20:24], "big"), data[24], data[25])
    assert (depth, colour) == (1, 0)
    packed, at = b"", 8
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        if data[at + 4:at + 8] == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    raw, stride, rows = zlib.decompress(packed), (width + 7) // 8, []
    for y in range(height):
        row = raw[y * (stride + 1):(y + 1) * (stride + 1)]
        assert row[0] == 0
        rows.append("".join(f"{byte:08b}" for byte in row[1:])[:width].translate(
            str.maketrans("01", "#.")))
    return width, height, rows


class Preview(Case):
    def preview(self, form, document=None, **params):
        return self.renderer.call("render.preview", document=document or RECEIPT, format=form,
                                  **params)

    def run_on(self, data, *command):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            with open(path, "wb") as out:
                out.write(data)
            done = subprocess.run([*command, path, *(["-"] if command[0] == "pdftotext" else [])],
                                  capture_output=True, check=True)
        return done.stdout.decode()

    def test_png(self):
        for params, width in (({}, 576 + 48), ({"columns": 32}, 384 + 48),
                              ({"media": {"width": 512, "cell": [16, 12, 8]}}, 512 + 64)):
            answer = self.preview("png", **params)
            found = unpack_png(base64.b64decode(answer["png_b64"]))
            self.assertEqual(found[:2], (answer["width"], answer["height"]))
            self.assertEqual(answer["width"], width)

    def test_html(self):
        answer = self.preview("html")
        page = answer["html"]
        self.assertEqual(answer["width"], 576)
        self.assertTrue(page.startswith("<!DOCTYPE html>\n"))
        for part in (">CAFÉ DE LA GARE<", ">TOTAL EUR<", ">קפה<", '<hr class="k">',
                     'aria-label="[EAN13 4006381333931]"', "[DRAWER 1]"):
            self.assertIn(part, page)
        pictures = re.findall(r'<img alt="" src="data:image/svg\+xml;base64,([^"]+)">', page)
        self.assertEqual(len(pictures), 3)  # logo, barcode, QR code
        for picture in pictures:
            svg = ElementTree.fromstring(base64.b64decode(picture))
            self.assertEqual(svg.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertNotRegex(page, r"<script|https?:(?!//example)")

    def test_html_draws_pages_whole(self):
        page = self.preview("html", {"body": [{"page": {"body": [
            {"area": {"body": [{"text": "in it"}, {"qr": {"data": "x"}}]}}]}}, {"text": "after"}]})["html"]
        self.assertEqual(page.count("<img "), 1)
        self.assertNotIn("in it", page)
        self.assertIn(">after<", page)

    def test_png_height_is_that_of_the_lines(self):
        for count in (1, 2, 7):
            document = {"body": [{"text": "x"}] * count}
            self.assertEqual(self.preview("png", document)["height"], 30 * count + 48)
        big = {"body": [{"text": "x", "size": [1, 3]}]}
        self.assertEqual(self.preview("png", big)["height"], 72 + 48)
        box = {"body": [{"box": {"border": "single", "body": [{"text": "x"}]}}]}
        self.assertEqual(self.preview("png", box)["height"], 48 + 24 + 24 + 30)

    def test_png_shows_dots_of_images_exactly(self):
        _, _, rows = unpack_png(base64.b64decode(
            self.preview("png", {"body": [{"image": {"data_b64": LOGO}}]})["png_b64"]))
        self.assertEqual([row[24:64] for row in rows[24:44]],
                         ["#" * 40] * 10 + ["#" + "." * 38 + "#"] * 10)

    def test_resolution(self):
        small, large = self.preview("png"), self.preview("png", dpi=406)
        self.assertEqual((large["width"], large["height"]),
                         (2 * small["width"], 2 * small["height"]))

    def test_the_same_each_time(self):
        for form in ("png", "svg", "pdf", "text"):
            first = self.preview(form)
            self.preview("svg", {"text": "something between"})
            self.assertEqual(self.preview(form), first, form)

    def test_readers_read_the_png(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "receipt.png")
            with open(path, "wb") as out:
                out.write(base64.b64decode(self.preview("png")["png_b64"]))
            self.assertEqual(read_zbar(path), {"EAN-13:4006381333931",
                                               "QR-Code:https://example.org/r/1"})

    def test_pdf(self):
        answer = self.preview("pdf")
        data = base64.b64decode(answer["pdf_b64"])
        info = self.run_on(data, "pdfinfo")
        self.assertRegex(info, r"Pages: +2\n")
        self.assertNotIn("CreationDate", info)
        width = (576 + 48) * 72 / 203
        found = re.search(r"Page size: +([\d.]+) x ([\d.]+) pts", info)
        self.assertAlmostEqual(float(found[1]), width, delta=0.1)
        self.assertAlmostEqual(float(found[2]), answer["height"], delta=0.6)
        text = self.run_on(data, "pdftotext", "-layout")
        for word in ("CAFÉ DE LA GARE", "Crème brûlée", "寿司", "12.00", "TOTAL EUR"):
            self.assertIn(word, text)
        self.assertIn("קפה", text.replace("\u202b", "").replace("\u202c", ""))

    def test_symbols_of_the_pdf_are_read(self):
        data = base64.b64decode(self.preview("pdf")["pdf_b64"])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "receipt.pdf")
            with open(path, "wb") as out:
                out.write(data)
            subprocess.run(["pdftoppm", "-r", "203", "-png", path, path], check=True)
            found = {name: read_zxing(os.path.join(folder, name))
                     for name in sorted(os.listdir(folder)) if name.endswith(".png")}
        self.assertEqual(list(found.values()), [{"EAN-13:4006381333931"},
                                                {"QRCode:https://example.org/r/1"}])

    def test_svg(self):
        svg = self.preview("svg")["svg"]
        self.assertTrue(svg.startswith("<?xml"))
        self.assertTrue(svg.rstrip().endswith("</svg>"))
        names = re.findall(r'id="([^"]+)"', svg)
        self.assertEqual(len(names), len(set(names)))
        for name in re.findall(r'href="#([^"]+)"', svg):
            self.assertIn(name, names)

    def test_svg_pictures_stand_where_they_are_printed(self):
        data = base64.b64encode(png(["#" * 120] * 40)).decode()
        for align, left in (("left", 0), ("center", 228), ("right", 456)):
            body = [{"text": "x"}, {"image": {"data_b64": data}, "align": align}]
            svg = self.preview("svg", {"body": body})["svg"]
            matrix = re.findall(r'<use xlink:href="#image1" transform="matrix\(([^)]+)\)"/>', svg)
            scale = 72 / 203
            wanted = [scale, 0, 0, scale, (24 + left) * scale, (24 + 30) * scale]
            self.assertEqual(len(matrix), 1)
            for number, exact in zip(map(float, matrix[0].split(",")), wanted):
                self.assertAlmostEqual(number, exact, delta=0.001)
            self.assertNotIn("<mask", svg)  # what cairo writes for one is not scaled with the page

    def test_text(self):
        answer = self.preview("text", {"text": "a\nb"}, columns=20)
        self.assertEqual(answer, {"text": "a\nb\n", "width": 20, "height": 2})

    def test_mark(self):
        answer = self.preview("text", mark="*** COPY ***")
        self.assertIn("*** COPY ***", answer["text"].split("\n")[0])
        self.assertNotIn("DRAWER", answer["text"])

    def test_effects_are_notes(self):
        quiet = {"body": [{"text": "x"}]}
        loud = {"body": [{"text": "x"}, {"drawer": {}}, {"beep": {}}, {"cut": "full"}]}
        self.assertEqual(self.preview("png", loud)["height"],
                         self.preview("png", quiet)["height"] + 3 * 24)

    def test_missing(self):
        self.assertEqual(self.preview("png", {"text": "a\U0010fffd"})["missing"], [0x10fffd])
        self.assertNotIn("missing", self.preview("png"))

    def test_areas(self):
        def area(direction, x):
            return {"area": {"x": x, "width": 8, "height": 8, "direction": direction,
                             "body": [{"text": "L"}]}}
        document = {"body": [{"page": {"body": [area("right", 0), area("down", 10),
                                                area("left", 20), area("up", 30)]}}]}
        width, height, rows = unpack_png(base64.b64decode(
            self.preview("png", document)["png_b64"]))
        self.assertEqual((width, height), (624, 240 + 48))

        def corner(x):
            """Where in the area of 96 x 240 dots something is: left or right, upper or lower."""
            part = [row[24 + x * 12:24 + x * 12 + 96] for row in rows[24:264]]
            found = [(i, j) for j, row in enumerate(part) for i, c in enumerate(row) if c == "#"]
            return (sum(i for i, _ in found) / len(found) < 48,
                    sum(j for _, j in found) / len(found) < 120)
        self.assertEqual([corner(x) for x in (0, 10, 20, 30)],
                         [(True, True), (False, True), (False, False), (True, False)])

    def test_refusals(self):
        long = {"text": "x\n" * 1100}
        for params, path, name in (
                ({"format": "gif"}, "$.format", "Illegal"),
                ({"format": "png", "columns": 3}, "$.columns", "Illegal"),
                ({"format": "png", "dpi": 1e9}, "$.dpi", "Illegal"),
                ({"format": "png", "dots": 1}, "$.dots", "Illegal"),
                ({"format": "png", "media": {"width": 0}}, "$.media", "Illegal"),
                ({"format": "png", "document": {"body": [{"txt": 1}]}}, "$.document.body[0].txt",
                 "Illegal"),
                ({"format": "png", "document": long}, "$.document", "TooLarge"),
                ({"format": "png", "document": {"body": [{"text": ""}, {"image": {
                    "data_b64": base64.b64encode(png(["#"])[:40]).decode()}}]}},
                 "$.document.body[1].image", "Illegal"),
                ({"format": "png", "columns": 8, "document": {"body": [{"barcode": {
                    "type": "code128", "data": "x" * 50}}]}}, "$.document.body[0].barcode",
                 "Illegal")):
            with self.assertRaises(Refused) as caught:
                self.renderer.call("render.preview", **{"document": RECEIPT, **params})
            self.assertEqual((caught.exception.path, caught.exception.name), (path, name), params)


if __name__ == "__main__":
    main()
