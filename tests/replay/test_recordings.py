#!/usr/bin/env python3
"""What the recordings of card readers hold, and what not: nothing of an account, in no way it could be written.

Usage: test_recordings.py FOLDER CARDS     tests/replay, emulators/cards
"""
import base64
import glob
import os
import re
import sys
import unittest

FOLDER, CARDS = sys.argv[1:3]
SERIAL = 7654321  # of every card that was recorded: these digits must not be there
NUMBERS = re.compile(r"[1-9][0-9]{12,18}")


def luhn(digits):
    odd = sum(int(d) for d in digits[-1::-2])
    return (odd + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])) % 10 == 0


def number(start):
    """The emulated card's number, as its maker's profile says."""
    body = "%s%07d" % (start, SERIAL)
    return next(body + check for check in "0123456789" if luhn(body + check))


def ranges():
    found = set()
    for path in glob.glob(CARDS + "/*.json"):
        with open(path, encoding="utf-8") as file:
            found.update(re.findall(r'"range": "(\d+)"', file.read()))
    return found


def ways(text):
    """A text of digits or letters as it could stand in a file of hexadecimal and JSON."""
    raw = text.encode()
    yield text
    yield text[::-1]
    yield raw.hex()
    for shift in range(3):  # base64, whatever stands in front
        yield base64.b64encode(b"\0" * shift + raw).decode()[shift + 1 if shift else 0:].rstrip("=")[:-1]
    if text.isdigit():
        for digits in (text, "0" + text):
            digits += "F" * (len(digits) % 2)
            packed = bytes.fromhex(digits)
            for shift in range(3):
                whole = base64.b64encode(b"\0" * shift + packed).decode()
                yield whole[4:-4]


def answers(lines, edges):
    """The data of all answers as one text, cut where a card or the terminal could have cut it."""
    found = re.findall(r"^\d+ < ([0-9A-F]*)[0-9A-F]{4}$", "\n".join(lines), re.M)
    return "".join(data[edges:] for data in found)


class Recordings(unittest.TestCase):
    def setUp(self):
        self.texts = {}
        for path in glob.glob(FOLDER + "/*.rec"):
            with open(path, encoding="ascii") as file:
                text = file.read()
            if "\ndriver emv-pcsc\n" in text:
                with open(path[:-4] + ".events", encoding="ascii") as file:
                    self.texts[os.path.basename(path)] = (text, file.read())

    def test_there_are_some(self):
        self.assertGreaterEqual(len(self.texts), 3)
        self.assertTrue(any(" check combined ok" in text for text, _ in self.texts.values()))
        self.assertTrue(any(" card 0 " in text and " < 61" in text and " < 6C" in text for text, _ in self.texts.values()))

    def test_no_account(self):
        """Of no range of the emulated cards the number, nor the digits of it that may not be shown."""
        for name, texts in self.texts.items():
            lines = texts[0].splitlines()
            everything = [*texts, answers(lines, 0), answers(lines, 2), answers(lines, 4)]
            for start in sorted(ranges()):
                whole = number(start)
                hidden = whole[6:-4]
                for secret in (whole, hidden):
                    for way in ways(secret):
                        if len(way) < 5:
                            continue
                        for text in everything:
                            self.assertNotIn(way.lower(), text.lower(), (name, start))

    def test_no_name_no_track(self):
        for name, (text, _) in self.texts.items():
            for line in re.findall(r" < ([0-9A-F]+)[0-9A-F]{4}$", text, re.M):
                with self.subTest(name):
                    # cardholder name, discretionary data, certificates: zeros where they are
                    for tag, length in re.findall(r"(5F20|9F1F|9F20|9F0B|9F46(?=81)|9046(?=81)|9F4B(?=81)|93(?=81))(?:81)?(..)",
                                                  line):
                        at = line.index(tag) + len(tag)
                        at += 4 if line[at:at + 2] == "81" else 2
                        self.assertEqual(line[at:at + 2 * int(length, 16)].strip("0"), "", (tag, line))
                    for track in re.findall(r"57(?:0F|10|11|12|13)\d{12,19}D([0-9A-F]+)", line):
                        self.assertRegex(track, "^0{10}")

    def test_no_number_at_all(self):
        """Whatever card it was: no digits that are an account number by their check digit."""
        for name, (text, events) in self.texts.items():
            for line in text.splitlines():
                data = re.sub(r"^\d+ ", "", line)
                if not data.startswith(("<", "card")):
                    continue
                for tag in re.findall(r"5A08(\d{16})", data):
                    self.assertEqual(tag[6:12], "000000", name)
            for found in NUMBERS.findall(re.sub(r'"[a-z_]+_b64":"[^"]*"', "", events)):
                self.assertFalse(luhn(found), (name, found))

    def test_for_its_owner(self):
        for name, (text, _) in self.texts.items():
            self.assertNotRegex(text, r"option \w+=.*/", name)  # no folders of whoever made it


class Search(unittest.TestCase):
    """The search itself: it finds what was put there."""

    def test_it_finds(self):
        whole = number("54133300")
        self.assertEqual(whole, "5413330076543215")
        packed = bytes.fromhex(whole)
        for text in (whole, packed.hex(), whole.encode().hex(), base64.b64encode(whole.encode()).decode(),
                     base64.b64encode(b"ab" + whole.encode() + b"c").decode(), base64.b64encode(b"x" + packed + b"y").decode(),
                     base64.b64encode(packed).decode(), "0" + whole + "0"):
            self.assertTrue(any(way.lower() in text.lower() for way in ways(whole)), text)
        lines = ["1 < 70065A0454133300" + "9000", "2 < 76543215" + "9000"]
        self.assertIn(whole, answers(lines, 0))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
