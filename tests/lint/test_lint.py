#!/usr/bin/env python3
"""Shows that each check of lint.py finds what it is there for, on small trees made for it."""
import os
import subprocess
import sys
import tempfile
import unittest

import ccode
import lint
import repository
from source import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
GOOD = "// Does this; leaves that to others.\n"


class Checks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def find(self, check, files):
        for path, text in files.items():
            full = os.path.join(self.folder.name, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        return list(check(Tree(self.folder.name)))

    def places(self, check, files):
        return [problem.split(": ")[0] for problem in self.find(check, files)]

    def test_layers(self):
        files = {
            "include/poshal/types.h": "", "base/buf.h": "", "drivers/host/device.h": "",
            "daemon/core/config.h": '#include "poshal/types.h"\n#include "base/buf.h"\n',
            "protocols/escpos/escpos_const.h": "", "protocols/escpos/profile.h": "",
            "protocols/codepage/tables.py": "",
            "protocols/codepage/codepage.c": '#include "tables.h"\n#include "../escpos/profile.h"\n',
            "drivers/escpos/a.c": '#include "protocols/escpos/profile.h"\n'
                                  '#include "daemon/core/config.h"\n#include "nowhere.h"\n',
            "daemon/core/b.c": '#include <stdio.h>\n#include "drivers/host/device.h"\n',
            "base/c.c": '#include "protocols/escpos/profile.h"\n',
            "clients/poshalctl/d.c": '#include "protocols/escpos/profile.h"\n',
            "emulators/models/e.c": '#include "protocols/escpos/escpos_const.h"\n'
                                    '#include "protocols/escpos/profile.h"\n',
            "tests/daemon/f.c": '#include "daemon/core/config.h"\n'
                                '#include "drivers/host/device.h"\n',
        }
        self.assertEqual(self.places(ccode.layers, files), [
            "base/c.c:1", "clients/poshalctl/d.c:1", "daemon/core/b.c:2", "drivers/escpos/a.c:2",
            "drivers/escpos/a.c:3", "emulators/models/e.c:2"])

    def test_purity(self):
        files = {"protocols/a/a.c": "#include <string.h>\n#include <sys/types.h>\n"
                                    "#include <unistd.h>\n",
                 "drivers/a/a.c": "#include <unistd.h>\n"}
        self.assertEqual(self.places(ccode.purity, files), ["protocols/a/a.c:3"])

    def test_calls(self):
        files = {"base/clock.c": "clock_gettime(0, &t);\n",
                 "daemon/a.c": "\tusleep(3);\n// sleep(1)\n\tx->time(1);\n\tputs(\"sleep(1)\");\n"
                               "/* sleep(1)\n * sleep(2) */\n\ttime(NULL);\n"
                               "\tsleep(1); // lint: call, the library needs it\n",
                 "tests/a.c": "sleep(1);\n"}
        self.assertEqual(self.places(ccode.calls, files), ["daemon/a.c:1", "daemon/a.c:7"])

    def test_sizes(self):
        body = "\tx();\n"
        files = {
            "base/fits.c": f"static int f(int a)\n{{\n{body * 60}}}\n",
            "base/long.c": f"\nstatic int f(int a)\n{{\n{body * 61}}}\n",
            "base/excused.c": f"/*\n * lint: long, one table.\n */\nint f(void)\n{{\n{body * 61}}}\n",
            "base/deep.c": "int f(void)\n{\n\tif (a)\n\t\tif (b)\n\t\t\tif (c)\n\t\t\t\tif (d)\n"
                           "\t\t\t\t\tx();\n}\n",
            "base/many.c": "int f(int a, int (*b)(int, int), int c,\n\tint d, int e, int f)\n{\n}\n"
                           "int g(int a, int b, int c, int d, int e, int f,\n\tint g)\n{\n}\n",
            "base/file.c": "\n" * 801,
        }
        self.assertEqual(self.places(ccode.sizes, files), [
            "base/deep.c:6", "base/file.c:1", "base/long.c:2", "base/many.c:5"])

    def test_openings(self):
        files = {"base/a.c": GOOD, "base/b.c": "#include <stdio.h>\n",
                 "base/a.h": "/* This. */\n#ifndef A_H\n#define A_H\n#endif\n",
                 "base/b.h": "/* This. */\n"}
        self.assertEqual(self.places(ccode.openings, files), ["base/b.c:1", "base/b.h:1"])

    def test_format(self):
        files = {".clang-format": "BasedOnStyle: LLVM\n", "a.c": "int a;\n", "b.c": "int   b;\n"}
        problems = self.find(ccode.clang_format, files)
        self.assertEqual(len(problems), 1)
        self.assertTrue(problems[0].startswith("b.c:1: not formatted; run clang-format -i b.c"))

    def test_words(self):
        marker = "TO" + "DO"
        files = {"a.c": f"// {marker}: later\n", "b.md": "method TODOS\n",
                 "c.sh": "cd /ho" + "me/me/x\n", "d.c": "x = DIR/home/y;\n"}
        self.assertEqual(self.places(repository.words, files), ["a.c:1", "c.sh:1"])

    def test_files(self):
        files = dict.fromkeys(repository.REQUIRED, "x\n")
        files["bin"] = "a\0b"
        files["end.md"] = "no end"
        files["tests/fuzz/x/seed"] = "\0"
        del files["LICENSE"]
        self.assertEqual(self.places(repository.files, files), ["bin", "end.md", "LICENSE"])

    def test_drivers(self):
        readme = "".join(f"## {heading}\n\nexperimental\n" for heading in repository.DRIVER_HEADINGS)
        driver = "const struct ph_driver x = {\n};\n"
        files = {"drivers/good/a.c": driver, "drivers/good/README.md": readme,
                 "drivers/bare/a.c": driver, "drivers/host/a.c": driver, "drivers/shared/a.c": "",
                 "drivers/part/a.c": driver,
                 "drivers/part/README.md": readme.replace("## Quirks", "## Warts")}
        self.assertEqual(self.places(repository.drivers, files),
                         ["drivers/bare/README.md", "drivers/part/README.md"])

    def test_tested(self):
        page = "## How it was tested\n`tests/drivers/test_{}.c` and `test_{}.c`; the fuzz targets `{}` and\n`{}`.\n\n## Maturity\n`none.c`\n"
        files = {"tests/drivers/test_a.c": "ph_driver_scale_a", "tests/drivers/test_b.c": "scale-b", "tests/fuzz/x/seed": "s",
                 "drivers/scale-a/README.md": page.format("a", "a", "x", "x"),
                 "drivers/scale-b/README.md": page.format("a", "c", "x", "y")}
        self.assertEqual(self.find(repository.tested, files), [
            "drivers/scale-b/README.md: tests/drivers/test_a.c has nothing of scale-b",
            "drivers/scale-b/README.md: there is no tests/drivers/test_c.c",
            "drivers/scale-b/README.md: there are no seeds for a fuzz target y"])

    def test_fuzzed(self):
        files = {"tests/drivers/fuzz_a.c": '#include "protocols/p/p.h"\n&ph_driver_a\n', "tests/fuzz/a/seed": "s",
                 "tests/CMakeLists.txt": "ph_fuzz(NAME fuzz_a SOURCES fuzz_a.c\n\tCORPUS ${seeds}/a)\n"
                                         "ph_fuzz(NAME fuzz_b SOURCES fuzz_b.c CORPUS ${X}/tests/fuzz/b)\n",
                 "drivers/a/a.c": "const struct ph_driver ph_driver_a = {\n};\n", "protocols/p/p.c": "",
                 "drivers/b/b.c": "const struct ph_driver ph_driver_b = {\n};\n", "protocols/q/q.c": ""}
        self.assertEqual(self.places(repository.fuzzed, files), ["drivers/b/b.c", "protocols/q", "tests/CMakeLists.txt"])

    def test_registry(self):
        files = {"drivers/a/a.c": "const struct ph_driver ph_driver_a = {\n",
                 "drivers/b/b.c": "const struct ph_driver ph_driver_b = {\n",
                 "drivers/template/t.c": "const struct ph_driver ph_driver_t = {\n",
                 "drivers/registry.c": "\t&ph_driver_b,\n\t&ph_driver_a,\n\tNULL,\n",
                 "drivers/registry.h": "extern const struct ph_driver ph_driver_a;\n"
                                       "extern const struct ph_driver ph_driver_c;\n"}
        self.assertEqual(self.find(repository.registry, files), [
            "drivers/registry.c: is not in the order of the alphabet", "drivers/registry.h: ph_driver_b is not listed",
            "drivers/registry.h: ph_driver_c is no driver"])

    def test_registered(self):
        body = "(unittest.TestCase):\n    x = 1\n\n    def test_x(self):\n        pass\n\n\n"
        files = {"tests/api/test_a.py": f"class A{body}class B{body}", "tests/api/test_b.py": f"class C{body}",
                 "tests/api/test_c.py": f"class Base(unittest.TestCase):\n    pass\n\n\nclass D{body}class E{body}",
                 "tests/api/test_d.py": f"class F{body}", "tests/api/test_e.py": f"class G{body}",
                 "tests/daemon/CMakeLists.txt": "add_test(NAME x COMMAND tests/api/test_e.py)\n",
                 "tests/api/CMakeLists.txt": "foreach(name a z)\nph_api_test(b SECONDS 3)\n"
                                             "ph_api_test(c_d FILE c CLASSES D E.test_x\n\tSECONDS 3)\n"}
        self.assertEqual(self.places(repository.registered, files), ["tests/api/test_c.py:12", "tests/api/test_d.py:1"])

    def test_api(self):
        table = '\t{"rpc.ping", "Manager.Ping",\n\t\t"x"},\n\t{"job.get", "Job.Get", "x"},\n'
        files = {"daemon/doors/methods.c": table,
                 "docs/api.md": "### `rpc.ping`\n### `job.gone`\n### `scanner.data` event\n"}
        problems = self.find(repository.api, files)
        self.assertEqual(problems, [
            "daemon/doors/methods.c:3: docs/api.md has no heading with `job.get`",
            "docs/api.md: has a heading for `job.gone`, which is not in the method table"])

    def test_links(self):
        files = {"docs/a.md": "[x](b.md#y) [z](../README.md)\n[web](https://example.org/a)\n"
                              "[lost](c.md)\n", "docs/b.md": "", "README.md": "[d](docs)\n"}
        self.assertEqual(self.places(repository.links, files), ["docs/a.md:3"])

    def test_scripts(self):
        files = {"scripts/a": "#!/bin/bash\nif\n", "b.py": "x = (\n", "c.py": "x = 1\n"}
        problems = self.find(repository.scripts, files)
        self.assertEqual([p.split(": ")[0] for p in problems],
                         ["b.py:1", "scripts/a:3", "scripts/a:1"])

    def test_manuals(self):
        page = ".Dd November 21, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd it\n"
        files = {"docs/man/x.1": page, "docs/man/y.1": page + ".Zz\n"}
        problems = self.find(repository.manuals, files)
        self.assertTrue(problems and all("y.1" in p for p in problems), problems)

    def test_packages(self):
        files = {"scripts/deps.list": "# c\ncmake\n\ncheck  # why\ncups bench\ncmake\na b c\n"}
        self.assertEqual(self.places(repository.packages, files),
                         ["scripts/deps.list:6", "scripts/deps.list:7"])

    def test_changelog(self):
        files = {"CMakeLists.txt": "project(poshal VERSION 0.2.0 LANGUAGES C)\n",
                 "CHANGELOG.md": "## 0.1.0\n"}
        self.assertEqual(self.places(repository.changelog, files), ["CHANGELOG.md"])

    def test_presets(self):
        one = '[{"name":"dev"},{"name":"asan"},{"name":"tsan"},{"name":"fuzz"}]'
        files = {"CMakePresets.json": f'{{"configurePresets":{one},"buildPresets":{one}}}'}
        self.assertEqual(len(self.find(repository.presets, files)), 2)

    def test_every_check_is_run_by_ctest(self):
        with open(os.path.join(HERE, "CMakeLists.txt"), encoding="utf-8") as f:
            line = next(line for line in f if "foreach(check" in line)
        self.assertEqual(line.strip()[len("foreach(check "):-1].split(), list(lint.CHECKS))

    def test_the_command_line(self):
        run = subprocess.run([sys.executable, "-B", os.path.join(HERE, "lint.py"), "nonsense"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("no check named nonsense", run.stdout)


if __name__ == "__main__":
    unittest.main()
