#!/usr/bin/env python3
"""Whole documents for print queues, as PDF and as PWG raster, and pages for printers."""
import base64
import os
import re
import subprocess
import tempfile
import zlib

from pwg_pages import number, unpack_pwg
from renderer import Case, Refused, main, png, read_zbar

A4 = (595.28, 841.89)
SALE = [{"text": "SALE"}, {"pair": ["TOTAL", "1.00"]},
        {"barcode": {"type": "ean13", "data": "4006381333931", "height": 60}}]


def order(form="pdf", size=(226.77, 0), **more):
    return {"kind": "document", "format": form, "width_pt": size[0], "height_pt": size[1],
            "margins_pt": [11, 5, 11, 7], "columns": 48, "dpi": 203, **more}


class Document(Case):
    def document(self, body, **options):
        row = self.renderer.rasters([order(**options)], document={"v": 1, "body": body})[0]
        self.assertNotIn("error", row)
        return row, base64.b64decode(row["data_b64"])

    def pdf(self, body, **options):
        """(row, [(width, height) of each page], [text of each page])"""
        row, data = self.document(body, **options)
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            info = subprocess.run(["pdfinfo", "-f", "1", "-l", "99", file.name], check=True,
                                  capture_output=True).stdout.decode()
            text = subprocess.run(["pdftotext", "-layout", file.name, "-"], check=True,
                                  capture_output=True).stdout.decode()
        sizes = [(float(w), float(h))
                 for w, h in re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+)", info)]
        self.assertEqual(len(sizes), row["pages"])
        return row, sizes, text.split("\f")[:-1]

    def test_a_page_for_each_cut(self):
        row, sizes, texts = self.pdf([*SALE, {"cut": "partial"}, {"text": "COPY"},
                                      {"cut": "full"}])
        self.assertEqual(row["pages"], 2)
        self.assertIn("SALE", texts[0])
        self.assertIn("COPY", texts[1])
        self.assertNotIn("COPY", texts[0])
        scale = (226.77 - 22) / 576
        for (width, height), units in zip(sizes, (30 + 30 + 60 + 28, 30)):
            self.assertAlmostEqual(width, 226.77, delta=0.01)
            self.assertAlmostEqual(height, units * scale + 12, delta=0.01)
        self.assertAlmostEqual(row["height_pt"], sizes[0][1], delta=0.01)

    def test_nothing_is_a_page_of_its_own(self):
        for body in ([{"cut": "full"}], [{"beep": {}}], [{"feed": {"lines": 3}}]):
            self.assertEqual(self.pdf(body)[0]["pages"], 1)
        self.assertEqual(self.pdf([{"cut": "full"}, *SALE, {"cut": "full"}, {"cut": "full"},
                                   {"feed": {}}])[0]["pages"], 1)

    def test_long_receipts_fill_sheets(self):
        body = [{"text": f"line {i}"} for i in range(200)]
        row, sizes, texts = self.pdf(body, size=A4)
        self.assertEqual(sizes, [A4] * row["pages"])
        found = [re.findall(r"line (\d+)", text) for text in texts]
        self.assertEqual(sum(found, []), [str(i) for i in range(200)])
        scale = 1.6 * 72 / 203
        fit = int((A4[1] - 12) / (30 * scale))
        self.assertEqual([len(part) for part in found], [fit] * (200 // fit) + [200 % fit])

    def test_what_no_sheet_holds_is_made_smaller(self):
        high = base64.b64encode(png(["####"] * 100)).decode()
        row, sizes, _ = self.pdf([{"text": "a"}, {"image": {"data_b64": high, "width": 20}},
                                  {"text": "b"}], size=(200, 100))
        self.assertEqual(row["pages"], 3)
        self.assertEqual(sizes, [(200, 100)] * 3)

    def test_mark(self):
        _, _, texts = self.pdf(SALE, mark="*** REPRINT ***")
        self.assertIn("*** REPRINT ***", texts[0].split("\n")[0])

    def test_the_same_each_time(self):
        for form in ("pdf", "pwg"):
            self.assertEqual(self.document(SALE, form=form), self.document(SALE, form=form))

    def test_pwg(self):
        row, data = self.document(SALE + [{"cut": "full"}, {"text": "COPY"}], form="pwg", size=A4,
                                  dpi=150)
        pages = unpack_pwg(data)
        self.assertEqual((len(pages), row["pages"], row["height_pt"]), (2, 2, 841.89))
        for header, rows in pages:
            fields = {name: number(header, at) for name, at in (
                ("x", 276), ("y", 280), ("copies", 340), ("page width", 352),
                ("page height", 356), ("width", 372), ("height", 376), ("bits", 384),
                ("pixel", 388), ("line", 392), ("order", 396), ("space", 400), ("colours", 420),
                ("pages", 452), ("cross", 456), ("feed", 460), ("right", 472), ("bottom", 476))}
            self.assertEqual(fields, {
                "x": 150, "y": 150, "copies": 1, "page width": 595, "page height": 842,
                "width": 1240, "height": 1754, "bits": 8, "pixel": 8, "line": 1240, "order": 0,
                "space": 18, "colours": 1, "pages": 2, "cross": 1, "feed": 1, "right": 1240,
                "bottom": 1754})
            self.assertEqual(max(max(line) for line in rows), 255)
            self.assertEqual(min(min(line) for line in rows), 0)
        dark = ["".join("#" if c < 128 else "." for c in line) for line in pages[0][1][:450]]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.png")
            with open(path, "wb") as out:
                out.write(png(dark, 2))
            self.assertEqual(read_zbar(path), {"EAN-13:4006381333931"})

    def test_pwg_as_long_as_its_content(self):
        row, data = self.document([{"text": "x"}], form="pwg")
        (header, rows), = unpack_pwg(data)
        self.assertEqual(number(header, 372), round(226.77 * 203 / 72))
        self.assertEqual(len(rows), round(row["height_pt"] * 203 / 72))
        self.assertLess(len(rows), 80)

    def test_greys_stay(self):
        steps = bytes(range(256))
        rows = unpack_pwg(self.document([{"image": {"data_b64": self.grey(steps)}}],
                                        form="pwg")[1])[0][1]
        self.assertGreater(len(set(b"".join(rows))), 100)

    @staticmethod
    def grey(row):
        """A PNG file of one row, base64."""
        data = png(["#" * len(row)])
        start, end = data.index(b"IDAT") - 4, data.index(b"IEND") - 4
        packed = b"IDAT" + zlib.compress(b"\0" + row)
        chunk = (len(packed) - 4).to_bytes(4, "big") + packed + zlib.crc32(packed).to_bytes(4, "big")
        return base64.b64encode(data[:start] + chunk + data[end:]).decode()

    def test_bad_orders(self):
        document = {"v": 1, "body": SALE}
        bad = [order(form="ps"), order(size=(0, 0)), order(size=(200, 1e9)),
               order(margins_pt=[1]), order(margins_pt=[200, 0, 200, 0]), order(columns=1),
               order(dpi=9999), {"kind": "document"}]
        rows = self.renderer.rasters([*bad, order()], document=document)
        for row in rows[:-1]:
            self.assertEqual(list(row), ["error"])
        self.assertIn("data_b64", rows[-1])
        self.assertEqual(list(self.renderer.rasters([order()])[0]), ["error"])

    def test_a_document_that_cannot_be_drawn(self):
        with self.assertRaises(Refused) as caught:
            self.renderer.rasters([order(columns=8)], document={"v": 1, "body": [
                {"text": ""}, {"barcode": {"type": "code128", "data": "x" * 60}}]})
        self.assertEqual(caught.exception.path, "$.document.body[1].barcode")


class Page(Case):
    def test_page(self):
        document = {"v": 1, "body": [{"text": "before"}, {"page": {"height": 4, "body": [
            {"area": {"x": 2, "y": 1, "width": 10, "body": [{"text": "AB"}]}}]}}]}
        dots = self.renderer.draw({"kind": "page", "node": 1, "width": 576, "cell": 12},
                                  document=document)
        self.assertEqual((dots.width, dots.height), (576, 120))
        self.assertEqual(dots.part(24, 48)[30:54], self.text("AB").dots)
        self.assertEqual(dots.black(), self.text("AB").black())

    def page(self, areas, **members):
        document = {"v": 1, "body": [{"page": {"body": [{"area": a} for a in areas], **members}}]}
        return self.renderer.draw({"kind": "page", "node": 0, "width": 576, "cell": 12},
                                  document=document)

    def test_symbols_are_whole(self):
        """Their heights are known here only: areas and pages without a height grow."""
        qr = {"qr": {"data": "https://example.org/r/1", "module": 4}}
        alone = self.renderer.draw({"kind": "symbol", "node": 0, "width": 576},
                                   document={"body": [qr]})
        areas = [{"body": [{"text": "A"}, qr, {"text": "B"}]}, {"x": 40, "body": [{"text": "C"}]}]
        for members, height in (({}, 210), ({"height": 8}, 240)):
            dots = self.page(areas, **members)
            self.assertEqual(dots.height, height)
            self.assertEqual(dots.part(0, alone.width)[30:30 + alone.height], alone.dots)
            self.assertIn("#", "".join(dots.part(0, 12)[30 + alone.height:]))

    def test_symbols_that_are_higher_than_their_place(self):
        qr = {"qr": {"data": "https://example.org/r/1", "module": 4}}
        for area, members, message in (
                ({"height": 3}, {}, "the content is higher than its area"),
                ({}, {"height": 3}, "the area ends below its page"),
                ({"y": 1}, {"height": 5}, "the area ends below its page"),
                ({"width": 6, "height": 40, "direction": "up"}, {},
                 "the content is higher than its area")):
            with self.assertRaises(Refused) as caught:
                self.page([{"body": [qr], **area}], **members)
            self.assertEqual(caught.exception.message,
                             "$.document.body[0].page.body[0].area: " + message)

    def test_too_much_to_draw(self):
        """Pictures that would be missing are not printed without a word."""
        tall = base64.b64encode(png(["#" * 8] * 1024)).decode()
        document = {"body": [{"image": {"data_b64": tall, "width": 48}}] * 5}
        with self.assertRaises(Refused) as caught:
            self.renderer.rasters([{"kind": "image", "node": i, "width": 64} for i in range(5)] +
                                  [{"kind": "image", "node": i, "width": 576 * 14} for i in range(5)],
                                  document=document)
        self.assertEqual((caught.exception.path, caught.exception.name),
                         ("$.document.body[0].image", "TooLarge"))

    def test_no_page(self):
        for node in (0, 7):
            rows = self.renderer.rasters([{"kind": "page", "node": node, "width": 576,
                                           "cell": 12}], document={"v": 1, "body": SALE})
            self.assertEqual(list(rows[0]), ["error"])


class Image(Case):
    def test_image(self):
        picture = ["#" * 16, "#" + "." * 14 + "#"] * 8
        document = {"v": 1, "body": [{"image": {
            "data_b64": base64.b64encode(png(picture)).decode()}}]}
        dots = self.renderer.draw({"kind": "image", "node": 0, "width": 16}, document=document)
        self.assertEqual(dots.dots, picture)
        dots = self.renderer.draw({"kind": "image", "node": 0, "width": 48}, document=document)
        self.assertEqual(dots.dots, ["".join(c * 3 for c in row) for row in picture
                                     for _ in range(3)])

    def test_bombs(self):
        """A PNG file that says it has 2.5 thousand million pixels, and one that has 16 million in 16 kB."""
        data = bytearray(png(["#"]))
        data[16:24] = (50000).to_bytes(4, "big") * 2
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
        with self.assertRaises(Refused) as caught:
            self.renderer.rasters([{"kind": "image", "node": 0, "width": 64}],
                                  document={"v": 1, "body": [{"image": {
                                      "data_b64": base64.b64encode(data).decode()}}]})
        self.assertEqual(caught.exception.name, "TooLarge")
        self.assertTrue(caught.exception.path.startswith("$.document.body[0].image"))
        large = base64.b64encode(png(["." * 4096] * 4096)).decode()
        row = self.renderer.rasters([{"kind": "image", "node": 0, "width": 64}], document={
            "v": 1, "body": [{"image": {"data_b64": large}}]})[0]
        self.assertEqual((row["width"], row["height"]), (64, 64))

    def test_broken(self):
        data = bytearray(png(["#" * 64] * 64))
        data[data.index(b"IDAT") + 6] ^= 0x55
        with self.assertRaises(Refused) as caught:
            self.renderer.rasters([{"kind": "image", "node": 1, "width": 64}],
                                  document={"v": 1, "body": [{"text": "x"}, {"image": {
                                      "data_b64": base64.b64encode(data).decode()}}]})
        self.assertEqual(caught.exception.path, "$.document.body[1].image")
        self.assertIn("this PNG file is broken", caught.exception.message)


if __name__ == "__main__":
    main()
