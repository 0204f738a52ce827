#!/usr/bin/env python3
"""docs/api.md says what the method table says. Usage: test_api_page.py PRINT_METHODS"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

TABLE = json.loads(subprocess.run([sys.argv.pop(1)], check=True, capture_output=True).stdout)
PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")

TYPES = {"string": str, "boolean": bool, "integer": int, "strings": list, "object": dict, "objects": list,
         "bytes": str, "document": dict, "id": (str, int)}
WORDS = {"strings": "list of strings", "objects": "list of objects", "bytes": "base64", "id": "string or integer"}


def type_text(field):
    """A type as the page words it."""
    kind, low, high = field["type"], int(field["min"]), int(field["max"])
    if field.get("choices"):
        words = [f"`{word}`" for word in field["choices"].split()]
        return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
    if kind == "integer" and 0 < high < 2 ** 53:
        return f"integer, {low} to {high}"
    return WORDS.get(kind, kind)


def rows(section, title):
    """The table under `| title | type | ... |` as lists of cells."""
    match = re.search(rf"^\| {title} \|.*\n\|[-|]+\|\n((?:\|.*\n)*)", section, re.M)
    return [[cell.strip() for cell in line.strip("|").split(" | ")]
            for line in (match.group(1).splitlines() if match else [])]


def sections():
    parts = re.split(r"^### (?=`[a-z]+\.)", PAGE, flags=re.M)[1:]
    found = {}
    for part in parts:
        name, text = re.match(r"`([\w.]+)`\n(.*)", part, re.S).groups()
        found[name] = re.split(r"^##? ", text, flags=re.M)[0]
    return found


class Page(unittest.TestCase):
    maxDiff = None

    def test_every_method_has_its_heading(self):
        self.assertEqual(sorted(sections()), sorted(method["name"] for method in TABLE["methods"]))

    def test_sentence_grant_and_member(self):
        for method in TABLE["methods"]:
            section = sections()[method["name"]]
            with self.subTest(method["name"]):
                lines = section.strip().split("\n")
                self.assertTrue(lines[0].startswith(method["doc"]), lines[0])
                grant = f"`{method['grant']}`" if "grant" in method else "none"
                bus = f"`org.poshal1.{method['dbus']}`" if "dbus" in method else "none"
                self.assertIn(f"\nGrant: {grant}. D-Bus: {bus}.", section)
                self.assertEqual("May take long." in section, method["long"])
                self.assertEqual("Administrative." in section, method["admin"])

    def test_parameters_and_results(self):
        for method in TABLE["methods"]:
            section = sections()[method["name"]]
            for title, fields in (("parameter", method["params"]), ("result", method["result"])):
                with self.subTest(f"{method['name']} {title}"):
                    expected = [[f"`{f['name']}`" + ("" if f["required"] else "?"), type_text(f)] for f in fields]
                    self.assertEqual([row[:2] for row in rows(section, title)], expected)

    def check_value(self, field, value):
        self.assertIsInstance(value, TYPES[field["type"]])
        if field.get("choices"):
            self.assertIn(value, field["choices"].split())
        if field["type"] == "integer" and field["max"]:
            self.assertTrue(field["min"] <= value <= field["max"], field["name"])

    def check_object(self, fields, value):
        known = {field["name"]: field for field in fields}
        self.assertLessEqual(set(value), set(known))
        self.assertLessEqual({name for name, field in known.items() if field["required"]}, set(value))
        for name, member in value.items():
            self.check_value(known[name], member)

    def test_examples(self):
        for method in TABLE["methods"]:
            with self.subTest(method["name"]):
                block = re.search(r"```json\n(.*?)```", sections()[method["name"]], re.S).group(1)
                request, answer = [json.loads(line) for line in block.strip().split("\n")]
                self.assertEqual((request["jsonrpc"], request["method"]), ("2.0", method["name"]))
                self.assertEqual((answer["jsonrpc"], answer["id"]), ("2.0", request["id"]))
                self.check_object(method["params"], request["params"])
                self.check_object(method["result"], answer["result"])

    def test_errors(self):
        expected = [[f"`{error['name']}`" if error["name"] != "Extended" else "`Extended.*`",
                     str(error["code"]), "yes" if error["retryable"] else "no"] for error in TABLE["errors"]]
        self.assertEqual([row[:3] for row in rows(PAGE, "name")], expected)

    def test_methods_name_known_errors(self):
        names = {error["name"] for error in TABLE["errors"]}
        for name, section in sections().items():
            line = re.search(r"^Errors: (.*)$", section, re.M)
            with self.subTest(name):
                self.assertIsNotNone(line, "no line that begins with Errors:")
                for error in re.findall(r"`([A-Z]\w+)`", line.group(1)):
                    self.assertIn(error, names)


if __name__ == "__main__":
    unittest.main(verbosity=1)
