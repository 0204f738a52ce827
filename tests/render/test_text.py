#!/usr/bin/env python3
"""Lines of text: exact size, the grid of cells, order and joining of scripts, looks, what no font has."""
import base64
import json
import unicodedata

from renderer import PROGRAM, Case, Refused, Renderer, cells, line, main, png, run

with open(PROGRAM, "rb") as program:
    CODE = program.read()
SANITIZED = b"__asan_init" in CODE or b"__tsan_init" in CODE
NO_SUCH = "\U000e0fff"  # not assigned, and not meant to be shown


class Text(Case):
    def test_size_is_exact(self):
        for width, height in ((1, 1), (7, 24), (12, 24), (576, 24), (575, 48), (4096, 192)):
            dots = self.renderer.draw(line(run("AВ中ا"), width=width, height=height))
            self.assertEqual((dots.width, dots.height), (width, height))

    def test_each_character_keeps_its_cell(self):
        text = "Aé中Яß한€ñ日b"
        whole = self.text(text)
        x = 0
        for c in text:
            width = cells(c) * 12
            self.assertEqual(whole.part(x, x + width), self.text(c).dots, c)
            self.assertTrue(whole.columns(x, x + width), c)
            x += width

    def test_a_mark_stands_on_its_letter(self):
        for text in ("é", "ñ", "Å", "Ž"):
            self.assertEqual(self.text(unicodedata.normalize("NFD", text)).dots,
                             self.text(text).dots)

    def test_baseline(self):
        """Letters stand on row 19 of 24, as those of the printers do; descenders go below."""
        for text in ("H", "Я", "Ω"):
            self.assertEqual(self.text(text).rows()[-1], 18, text)
        self.assertGreater(self.text("g").rows()[-1], 19)
        rows = self.text("中").rows()
        self.assertTrue(rows[0] <= 3 and 20 <= rows[-1] <= 23, rows)

    def test_sizes(self):
        small = self.text("E").trimmed()
        for w, h in ((2, 1), (1, 2), (4, 3), (8, 8)):
            dots = self.text("E", size=(w, h))
            self.assertEqual((dots.width, dots.height), (12 * w, 24 * h))
            found = dots.trimmed()
            self.assertAlmostEqual(len(found[0]) / len(small[0]), w, delta=0.25 * w)
            self.assertAlmostEqual(len(found) / len(small), h, delta=0.15 * h)

    def test_sizes_share_the_baseline(self):
        dots = self.renderer.draw(line(run("E", size=(2, 2)), run("E", x=24)))
        self.assertEqual(dots.height, 48)
        low = [max(y for y in range(48) if "#" in dots.dots[y][a:b]) for a, b in ((0, 24), (24, 36))]
        self.assertEqual(low[0], low[1])

    def test_fonts(self):
        self.assertLess(len(self.text("H", style=["font_b"], cell=9).trimmed()),
                        len(self.text("H").trimmed()))

    def test_hebrew_runs_to_the_left(self):
        """The first letter is at the right edge, and the letters are those drawn alone."""
        word, alef, yod = (self.renderer.draw(line({**run(text), "width": 36, "align": "right"}))
                           for text in ("אי", "א", "י"))
        columns = word.columns()
        self.assertGreaterEqual(columns[-1], word.width - 3)
        gap = next(x for x in columns if x + 1 not in columns)
        self.assertEqual(word.trimmed(0, gap + 1), yod.trimmed())
        self.assertEqual(word.trimmed(gap + 1), alef.trimmed())

    def test_joined_letters_stand_where_their_text_is_aligned(self):
        left, center, right = (self.renderer.draw(line({**run("שלום"), "width": 120, "align": align})).columns()
                               for align in ("left", "center", "right"))
        self.assertLessEqual(left[0], 2)
        self.assertGreaterEqual(right[-1], 117)
        self.assertAlmostEqual(center[0], 119 - center[-1], delta=3)

    def test_numbers_in_hebrew_run_to_the_right(self):
        dots = self.text("אבג 12")
        self.assertEqual(dots.trimmed(0, 30), self.text("12").trimmed())

    def test_latin_paragraph_begins_left(self):
        dots = self.text("ab אבג")
        self.assertEqual(dots.part(0, 24), self.text("ab").dots)

    def test_runs_of_a_group_are_one_text(self):
        """Of two Hebrew runs the first one is at the right."""
        two = self.renderer.draw(line(run("אב", group=3), run("שת", x=24, group=3)))
        one = self.text("אבשת")
        self.assertEqual(two.dots, one.dots)
        apart = self.renderer.draw(line(run("אב", group=3), run("שת", x=24, group=4)))
        self.assertNotEqual(apart.dots, one.dots)

    def test_arabic_joins(self):
        """Beh has another form before beh than alone, and joins it: no white column between."""
        alone, pair = self.text("ب"), self.text("بب")
        columns = pair.columns()
        self.assertEqual(columns, list(range(columns[0], columns[-1] + 1)))
        self.assertNotEqual(pair.trimmed(12), alone.trimmed())
        columns = self.text("ب\u200cب").columns()  # a zero width non-joiner
        self.assertNotEqual(columns, list(range(columns[0], columns[-1] + 1)))

    def test_arabic_joins_across_looks(self):
        plain = self.text("بب")
        runs = self.renderer.draw(line(run("ب", group=1), run("ب", x=12, style=["underline"],
                                                               group=1)))
        self.assertEqual(runs.dots[:22], plain.dots[:22])

    def test_shaped_text_stays_in_its_room(self):
        for text in ("السلام عليكم", "ขอบคุณที่ใช้บริการ", "नमस्ते", "வணக்கம்"):
            full = self.text(text)
            half = self.renderer.draw(line({**run(text), "width": full.width // 2},
                                           width=full.width))
            self.assertTrue(full.columns() and half.columns())
            self.assertLess(half.columns()[-1], full.width // 2 + 1)

    def test_thai_marks_take_no_room(self):
        base, marked = self.text("กก"), self.text("ก็ก้")
        self.assertEqual(base.width, marked.width)
        self.assertLess(marked.rows()[0], base.rows()[0])

    def test_emoji_are_drawn_in_outline(self):
        for text in "😀🍕🎉☕":
            dots = self.text(text)
            self.assertEqual(dots.missing, [])
            self.assertTrue(20 < dots.black() < 24 * 24 * 0.6, (text, dots.black()))

    def test_emoji_sequences_take_one_place(self):
        """What the font has no picture for is shown as its first part."""
        for text in ("👨\u200d👩\u200d👧", "👍\U0001f3fd", "❤\ufe0f", "🇩🇪"):
            order = {**run(text + "x"), "width": 36}
            self.assertEqual(self.renderer.draw(line(order)).part(24, 36), self.text("x").dots)
        for text in ("👨\u200d👩\u200d👧", "👍\U0001f3fd"):
            self.assertEqual(self.renderer.draw(line({**run(text), "width": 24})).dots,
                             self.text(text[0]).dots)

    def test_missing(self):
        dots = self.text("a" + NO_SUCH + "b\U0010fffd\U0010fffd")
        self.assertIn(0x10fffd, dots.missing)
        self.assertEqual(len(dots.missing), len(set(dots.missing)))
        last = self.text("ab\U0010fffd")
        self.assertEqual(last.missing, [0x10fffd])
        self.assertEqual([row[24:36] for row in last.dots], self.text("?").dots)

    def test_looks(self):
        plain = self.text("Hx")
        self.assertGreater(self.text("Hx", style=["bold"]).black(), plain.black())
        inverted = self.text("Hx", style=["invert"])
        self.assertEqual(inverted.dots, [row.translate(str.maketrans("#.", ".#"))
                                         for row in plain.dots])
        thin = self.text("Hx", style=["underline"]).dots
        thick = self.text("Hx", style=["underline", "thick"]).dots
        self.assertEqual([row == "#" * 24 for row in thin].count(True), 1)
        self.assertEqual([row == "#" * 24 for row in thick].count(True), 2)
        self.assertIn("#" * 24, self.text("Hx", style=["strike"]).dots)
        self.assertNotEqual(self.text("Hx", style=["italic"]).dots, plain.dots)
        turned = self.text("I", style=["rotate"]).trimmed()
        straight = self.text("I").trimmed()
        self.assertTrue(len(turned) < len(turned[0]) and len(straight) > len(straight[0]))

    def test_lines_touch(self):
        """What is drawn with box characters has no gaps, neither beside nor below."""
        dots = self.text("┌──┐")
        self.assertEqual(dots.columns(), list(range(5, 43)))
        self.assertTrue(all("#" in dots.dots[y] for y in range(11, 24)))
        for text in "─━═":
            self.assertEqual(self.text(text * 3).columns(), list(range(36)))
        for text in "│┃║":
            self.assertEqual(self.text(text).rows(), list(range(24)))
        self.assertEqual(self.text("█").black(), 12 * 24)

    def test_a_bad_order_harms_no_other(self):
        good = line(run("ok"))
        bad = [{"kind": "line"}, {"kind": "moon", "width": 3}, 7, {**good, "height": 5000},
               {**good, "runs": [{"x": 0, "width": 12, "text": "x" * 20000, "group": 0}]},
               {**good, "width": 60000}, {"kind": "document"}]
        rows = self.renderer.rasters([good, *bad, good])
        self.assertEqual(rows[0], rows[-1])
        self.assertIn("bits_b64", rows[0])
        for row in rows[1:-1]:
            self.assertEqual(list(row), ["error"], row)

    def test_the_sum_is_bounded(self):
        big = line(run("x"), width=4096, height=1024)
        rows = self.renderer.rasters([big] * 6)
        self.assertEqual([list(row)[0] for row in rows], ["width"] * 4 + ["error"] * 2)


class Process(Case):
    def test_ping(self):
        self.assertEqual(self.renderer.call("ping"), {})

    def test_bad_requests(self):
        for data, code in ((b"{", -32700), (b'{"id":1}', -32600), (b"[]", -32600),
                           (b'{"id":1,"method":"ping"}', -32600),
                           (b'{"id":1,"method":"pong","params":{}}', -32601),
                           (b'{"id":1,"method":"render.rasters","params":{}}', -32006),
                           (b'{"id":1,"method":"render.rasters","params":{"orders":[],"x":1}}',
                            -32006), (b"[" * 40, -32700), (b"\xff", -32700)):
            answer = self.renderer.raw(data + b"\n")
            self.assertEqual(answer["error"]["code"], code, data)

    def test_leaves_when_idle(self):
        # asked before it begins to be idle
        renderer = Renderer("--idle-s", "1", said=b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}\n')
        self.addCleanup(renderer.close)
        self.assertEqual(json.loads(renderer.lines.readline())["result"], {})
        self.assertEqual(renderer.lines.read(), b"")
        self.assertEqual(renderer.process.wait(20), 0)

    def test_is_confined(self):
        with open(f"/proc/{self.renderer.process.pid}/status", encoding="ascii") as file:
            status = dict(row.split(":\t", 1) for row in file.read().splitlines())
        if status["Seccomp"] == "0" and SANITIZED:
            self.skipTest("a sanitizer needs more")
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        with open(f"/proc/{self.renderer.process.pid}/limits", encoding="ascii") as file:
            limits = {row[:26].strip(): row[26:].split()[0] for row in file}
        self.assertEqual((limits["Max core file size"], limits["Max open files"],
                          limits["Max address space"]), ("0", "64", str(768 << 20)))

    def test_what_takes_too_long(self):
        """An image of 16 million pixels, many times: answered with an error, and the process ends in order."""
        picture = base64.b64encode(png(["." * 4096] * 4096)).decode()
        renderer = Renderer("--cpu-s", "1")
        self.addCleanup(renderer.close)
        with self.assertRaises(Refused) as caught:
            renderer.rasters([{"kind": "image", "node": 0, "width": 576}] * 2048,
                             document={"body": [{"image": {"data_b64": picture}}]})
        self.assertEqual(caught.exception.name, "Timeout")
        self.assertEqual(renderer.process.wait(20), 0)

    def test_leaves_with_its_parent(self):
        renderer = Renderer()
        self.assertEqual(renderer.close(), 0)


if __name__ == "__main__":
    main()
