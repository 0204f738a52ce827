#!/usr/bin/env python3
"""Symbols, each read back by an independent reader; sizes, modules, texts, and data that cannot be encoded."""
import os
import tempfile

from renderer import Case, Dots, Refused, main, png, read_zbar, read_zxing

GTIN = "04006381333931"
ELEMENTS = f"(01){GTIN}(10)AB"
SHIPMENT = "[)>\x1e01\x1d96123450000\x1d840\x1d001\x1dHELLO"

# node, what zbar reads, what ZXing reads; None: the reader does not know the code
SYMBOLS = [
    ({"barcode": {"type": "ean13", "data": "4006381333931"}},
     "EAN-13:4006381333931", "EAN-13:4006381333931"),
    ({"barcode": {"type": "ean8", "data": "96385074"}}, "EAN-8:96385074", "EAN-8:96385074"),
    ({"barcode": {"type": "upca", "data": "036000291452"}}, "EAN-13:0036000291452",
     "UPC-A:036000291452"),
    ({"barcode": {"type": "upce", "data": "01234565"}}, "EAN-13:0012345000065", "UPC-E:01234565"),
    ({"barcode": {"type": "code39", "data": "AB-12"}}, "CODE-39:AB-12", "Code39:AB-12"),
    ({"barcode": {"type": "itf", "data": "12345670"}}, "I2/5:12345670", "ITF:12345670"),
    ({"barcode": {"type": "codabar", "data": "A1234B"}}, "Codabar:A1234B", "Codabar:1234"),
    ({"barcode": {"type": "code128", "data": "Code 128 x"}}, "CODE-128:Code 128 x",
     "Code128:Code 128 x"),
    ({"barcode": {"type": "code93", "data": "TEST93"}}, "CODE-93:TEST93", "Code93:TEST93"),
    ({"barcode": {"type": "gs1_128", "data": ELEMENTS}}, f"CODE-128:01{GTIN}10AB",
     f"Code128:01{GTIN}10AB"),
    ({"barcode": {"type": "databar", "data": GTIN}}, f"DataBar:01{GTIN}", f"DataBar:{GTIN}"),
    ({"barcode": {"type": "databar_truncated", "data": GTIN}}, f"DataBar:01{GTIN}",
     f"DataBar:{GTIN}"),
    ({"barcode": {"type": "databar_limited", "data": GTIN}}, None, None),
    ({"barcode": {"type": "databar_expanded", "data": ELEMENTS}}, f"DataBar-Exp:01{GTIN}10AB",
     f"DataBarExpanded:{ELEMENTS}"),
    ({"qr": {"data": "https://example.org/r/1"}}, "QR-Code:https://example.org/r/1",
     "QRCode:https://example.org/r/1"),
    ({"qr": {"data": "Grüße, 日本", "ec": "h"}}, None, "QRCode:Grüße, 日本"),
    ({"code2d": {"type": "pdf417", "data": "Hello PDF417"}}, None, "PDF417:Hello PDF417"),
    ({"code2d": {"type": "pdf417", "data": "cut", "truncated": True, "columns": 3, "ec": 4}}, None,
     "PDF417:cut"),
    ({"code2d": {"type": "aztec", "data": "Hello Aztec", "ec": 40}}, None, "Aztec:Hello Aztec"),
    ({"code2d": {"type": "aztec", "data": "compact", "compact": True}}, None, "Aztec:compact"),
    ({"code2d": {"type": "aztec", "data": "layers", "layers": 5}}, None, "Aztec:layers"),
    ({"code2d": {"type": "datamatrix", "data": "Hello DM"}}, None, "DataMatrix:Hello DM"),
    ({"code2d": {"type": "datamatrix", "data": "Rect", "rectangle": True}}, None,
     "DataMatrix:Rect"),
    ({"code2d": {"type": "maxicode", "data": "Hello Maxi"}}, None, "MaxiCode:Hello Maxi"),
    ({"code2d": {"type": "maxicode", "data": SHIPMENT, "mode": 2}}, None,
     "MaxiCode:[)>0196123450000840001HELLO"),
    ({"code2d": {"type": "databar_stacked", "data": GTIN}}, f"DataBar:01{GTIN}", None),
    ({"code2d": {"type": "databar_stacked_omni", "data": GTIN}}, f"DataBar:01{GTIN}", None),
    ({"code2d": {"type": "databar_expanded_stacked", "data": ELEMENTS}},
     f"DataBar-Exp:01{GTIN}10AB", None),
    ({"code2d": {"type": "composite", "data": "(10)AB12",
                 "linear": {"type": "ean13", "data": "4006381333931"}}},
     "EAN-13:4006381333931", "EAN-13:4006381333931"),
    ({"code2d": {"type": "composite", "data": "(10)AB12",
                 "linear": {"type": "databar", "data": GTIN}}}, f"DataBar:01{GTIN}", None),
    ({"code2d": {"type": "composite", "data": "(10)AB12",
                 "linear": {"type": "gs1_128", "data": f"(01){GTIN}"}}}, f"CODE-128:01{GTIN}",
     f"Code128:01{GTIN}"),
]


class Symbols(Case):
    def symbol(self, node, width=576):
        return self.renderer.rasters([{"kind": "symbol", "node": 0, "width": width}],
                                     document={"v": 1, "body": [node]})[0]

    def dots(self, node, width=576):
        row = self.symbol(node, width)
        self.assertNotIn("error", row, node)
        return Dots(row)

    def test_readers_read_them(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "symbol.png")
            for i, (node, zbar, zxing) in enumerate(SYMBOLS):
                width = (384, 576)[i % 2]
                dots = self.dots(node, width)
                self.assertLessEqual(dots.width, width)
                with open(path, "wb") as out:
                    out.write(png(dots.dots, 2, 20))
                if zbar:
                    self.assertEqual(read_zbar(path), {zbar}, node)
                if zxing:
                    self.assertEqual({text.replace("\x1d", "").replace("\x1e", "")
                                      for text in read_zxing(path)}, {zxing}, node)

    def test_modules_shrink_to_fit(self):
        node = {"barcode": {"type": "ean13", "data": "4006381333931", "module": 4, "hri": "none"}}
        widths = {width: self.dots(node, width).width for width in (576, 467, 300, 234, 200, 190)}
        self.assertEqual(widths, {576: 468, 467: 351, 300: 234, 234: 234, 200: 190, 190: 190})
        with self.assertRaises(Refused) as caught:
            self.symbol(node, 189)
        self.assertEqual(caught.exception.message, "$.document.body[0].barcode: "
                         "190 dots wide with modules of 2 dots, the paper has 189")

    def test_what_is_otherwise_than_asked(self):
        node = {"barcode": {"type": "ean13", "data": "4006381333931", "module": 4, "hri": "none"}}
        notes = {width: self.symbol(node, width).get("notes") for width in (576, 300, 200)}
        shrunk = "modules shrunk to 2 dots to fit the paper"
        self.assertEqual(notes, {576: None, 300: [shrunk], 200: [
            shrunk, "fits only without its quiet zone: the paper margin must do"]})

    def test_quiet_zones_are_white(self):
        for node, quiet in (({"barcode": {"type": "ean13", "data": "4006381333931",
                                          "hri": "none"}}, 33),
                            ({"qr": {"data": "x", "module": 3}}, 12),
                            ({"code2d": {"type": "datamatrix", "data": "x", "module": 5}}, 10)):
            dots = self.dots(node)
            columns = dots.columns()
            self.assertEqual((columns[0], columns[-1]), (quiet, dots.width - quiet - 1))

    def test_height_and_text(self):
        def rows(hri):
            return self.dots({"barcode": {"type": "code128", "data": "Ab1", "height": 50,
                                          "hri": hri}})
        heights = {hri: rows(hri).height for hri in ("none", "above", "below", "both")}
        self.assertEqual(heights, {"none": 50, "above": 78, "below": 78, "both": 106})
        both = rows("both")
        self.assertEqual(both.dots[:24], both.dots[-24:])
        self.assertTrue(any("#" in row for row in both.dots[:24]))
        self.assertEqual(rows("below").dots[:50], rows("none").dots)

    def test_qr_of_any_length(self):
        for size, level in ((2953, "l"), (2331, "m"), (1273, "h")):
            dots = self.dots({"qr": {"data": "x" * size, "ec": level}})
            self.assertEqual((dots.width, dots.height), (555, 555))

    def test_data_that_cannot_be_encoded(self):
        for node, where in (
                ({"code2d": {"type": "datamatrix", "data": "x" * 120, "rectangle": True}},
                 "$.document.body[0].code2d"),
                ({"code2d": {"type": "maxicode", "data": "no postcode", "mode": 2}},
                 "$.document.body[0].code2d"),
                ({"code2d": {"type": "aztec", "data": "x" * 300, "layers": 1}},
                 "$.document.body[0].code2d")):
            with self.assertRaises(Refused) as caught:
                self.symbol(node)
            self.assertEqual(caught.exception.path, where)
            self.assertEqual(caught.exception.name, "Illegal")
            self.assertTrue(caught.exception.message.startswith(where + ": "))

    def test_no_such_node(self):
        for order in ({"kind": "symbol", "node": 1, "width": 576},
                      {"kind": "symbol", "node": 0, "width": 576},
                      {"kind": "image", "node": 0, "width": 576}):
            rows = self.renderer.rasters([order], document={"v": 1, "body": [{"text": "x"}]})
            self.assertEqual(list(rows[0]), ["error"])
        self.assertEqual(list(self.renderer.rasters([order])[0]), ["error"])


if __name__ == "__main__":
    main()
