"""What the pages for newcomers show works as it is printed there."""

import ast
import os
import re
import subprocess
import sys
import unittest

from poshal_test import DEADLINE, SOURCE, Till


def page(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8") as f:
        return f.read()


class Readme(unittest.TestCase):
    def test_a_sale_without_any_library(self):
        code = re.search(r"```python\n(.*?)```", page("README.md"), re.S).group(1)
        path = "/tmp/till/run/poshal.sock"
        self.assertIn(path, code)
        with Till() as till:
            till.wait_ready(till.client(), "receipt")
            code = code.replace(path, till.socket_path)
            answers = [self.run_example(code) for _ in range(2)]
            paper = till.emulator.call("printer.paper", device="till-printer")["text"]
        self.assertEqual([a.get("error") for a in answers], [None, None])
        self.assertEqual([a["result"]["state"] for a in answers], ["printed", "printed"])
        self.assertEqual([a["result"]["duplicate"] for a in answers], [False, True])
        self.assertEqual(paper.count("CORNER CAFE"), 1)
        self.assertRegex(paper, r"TOTAL EUR +11\.25")

    def run_example(self, code):
        run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True,
                             timeout=DEADLINE, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        server, answer = run.stdout.splitlines()
        self.assertTrue(server.startswith("poshald/"))
        return ast.literal_eval(answer)


class Configuration(unittest.TestCase):
    def test_the_example_of_the_reference_is_accepted(self):
        lines = page("docs/configuration.md").split("## [roles]")[1].split("\n")
        example = "\n".join(line[4:] for line in lines if line.startswith("    "))
        self.assertIn("[device till-printer]", example)
        # nothing is to be reached from a test
        example = re.sub(r"tcp://[\d.]+:\d+", "tcp://127.0.0.1:1", example)
        with Till(bench=None, config=example, devices="") as till:
            client = till.client()
            self.assertEqual(client.call("config.reload")["errors"], [])
            names = {d["id"] for d in client.call("device.list")["devices"]}
        self.assertEqual(names, {"till-printer", "till-printer-drawer", "lane-scanner"})


if __name__ == "__main__":
    unittest.main()
