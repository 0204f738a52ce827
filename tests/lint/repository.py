"""Checks of everything else: words, paths, documents in step, presets, the package list."""
import ast
import fnmatch
import json
import os
import re
import subprocess

# in pieces, so that this file does not find itself
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
HOMES = ("/home/", "/root/", "/Users/")
DRIVER_HEADINGS = ("Products", "How to connect", "Protocol and its source", "Quirks",
                   "What is not supported", "How it was tested", "Maturity")
NOT_DRIVERS = {"host", "transport", "template"}
# codecs whose callers are fuzzed: characters of documents, profiles of printers, answers about printers
FUZZED_THROUGH = {"codepage": "protocols/escpos/", "profile": "protocols/escpos/profile", "mdns": "drivers/discover/"}
MATURITIES = ("experimental", "tested", "supported")
METHOD_ROW = re.compile(r'^\t\{"([a-z]+\.[A-Za-z.]+)",\s*"([A-Z]\w*\.[A-Z]\w*)?"?', re.M)
PRESETS = ("dev", "asan", "tsan", "fuzz", "release")
REQUIRED = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE",
            ".clang-format", ".clang-tidy", ".editorconfig", ".ci/run", "scripts/deps",
            "scripts/test", "docs/architecture.md", "docs/configuration.md")


def machine_path(tree):
    """Paths of one person's machine: home directories, and where this copy of the tree is."""
    found = "(?:" + "|".join(HOMES) + r")\w"
    if tree.root.count("/") > 1:  # "/build" would be found everywhere
        found += "|" + re.escape(tree.root) + r"\b"
    return re.compile(r"(?<![\w.$}])(?:" + found + ")")


def words(tree):
    machine = machine_path(tree)
    for path in tree.text_files():
        for number, line in tree.lines(path):
            match = UNFINISHED.search(line)
            if match:
                yield (f"{path}:{number}: `{match.group(1)}`; finish it, or write what is not "
                       "done where users read it")
            match = machine.search(line)
            if match:
                yield (f"{path}:{number}: `{match.group(0)}` is a path of one machine; make "
                       "it relative or an option")


def files(tree):
    for path in tree.paths:
        if not tree.has(path) or path not in tree.text_files():
            continue
        data = tree.bytes(path)
        if b"\0" in data:
            yield f"{path}: a binary file; generate it at build time, or keep it out of git"
        elif data and not data.endswith(b"\n"):
            yield f"{path}: does not end in a line end"
        if b"\r\n" in data:
            yield f"{path}: has CR LF line ends; use LF"
    for path in REQUIRED:
        if not tree.has(path):
            yield f"{path}: is missing"


def drivers(tree):
    folders = sorted({p.split("/")[1] for p in tree.paths
                      if re.match(r"drivers/[^/]+/[^/]+\.c$", p)} - NOT_DRIVERS)
    for folder in folders:
        path = f"drivers/{folder}/README.md"
        if not any(re.search(r"struct ph_driver \w+ = \{", tree.text(p)) for p in tree.paths
                   if re.match(rf"drivers/{folder}/[^/]+\.c$", p)):
            continue  # code that drivers share
        if not tree.has(path):
            yield (f"{path}: is missing; write it with the headings "
                   f"{', '.join('## ' + h for h in DRIVER_HEADINGS)}")
            continue
        headings = re.findall(r"^## (.+?)\s*$", tree.text(path), re.M)
        for heading in DRIVER_HEADINGS:
            if heading not in headings:
                yield f"{path}: no heading `## {heading}`"
        rest = tree.text(path).partition("## Maturity")[2]
        if rest and not any(word in rest.lower() for word in MATURITIES):
            yield f"{path}: `## Maturity` must say one of {', '.join(MATURITIES)}"


def tested(tree):
    """What a driver's page says of its tests: they are there, and they are of this driver."""
    for path in tree.paths:
        match = re.fullmatch(r"drivers/([^/]+)/README\.md", path)
        section = tree.text(path).partition("## How it was tested")[2].partition("\n## ")[0] if match else ""
        folder = ""
        for name in re.findall(r"`([\w./*-]+\.(?:c|py))`", section):
            folder = name.rpartition("/")[0] or folder
            pattern = f"{folder}/{name.rpartition('/')[2]}"
            found = fnmatch.filter(tree.paths, pattern)
            if not found:
                yield f"{path}: there is no {pattern}"
            words = re.compile(match.group(1).replace("-", "[-_]"))
            if found and folder in ("tests/drivers", "tests/api") and not any(words.search(tree.text(p)) for p in found):
                yield f"{path}: {pattern} has nothing of {match.group(1)}"
        for names in re.findall(r"uzz targets?((?:[\s,]|and|`\w+`)+)", section):
            for name in re.findall(r"`(\w+)`", names):
                if not any(p.startswith(f"tests/fuzz/{name}/") for p in tree.paths):
                    yield f"{path}: there are no seeds for a fuzz target {name}"


def fuzzed(tree):
    """Whatever takes foreign bytes has a fuzz target, and each of these has seeds."""
    targets = [tree.text(p) for p in tree.paths if re.fullmatch(r"tests/.*/fuzz_\w+\.c", p)]
    for path in tree.paths:
        for driver in re.findall(r"^const struct ph_driver (ph_driver_\w+) = \{", tree.text(path), re.M):
            if path.startswith("drivers/") and not any(re.search(rf"\b{driver}\b", text) for text in targets):
                yield f"{path}: no fuzz target runs {driver}"
    for folder in sorted({p.split("/")[1] for p in tree.paths if re.fullmatch(r"protocols/[^/]+/[^/]+\.c", p)}):
        through = FUZZED_THROUGH.get(folder, f"protocols/{folder}/")
        if not any(f'"{through}' in text for text in targets):
            yield f"protocols/{folder}: no fuzz target includes {through}"
    for path in tree.paths:
        for call in re.findall(r"ph_fuzz\(NAME ([^)]*)\)", tree.text(path)) if path.endswith("CMakeLists.txt") else ():
            seeds = re.search(r"CORPUS\s+\S*?/(?:tests/fuzz/)?(\w+)$", call)
            if not seeds or not any(p.startswith(f"tests/fuzz/{seeds.group(1)}/") for p in tree.paths):
                yield f"{path}: {call.split()[0]} has no seeds"


def registry(tree):
    """Each driver of poshal-device is in the list and in its header, and both are in order."""
    defined = {name for path in tree.paths if re.match(r"drivers/[^/]+/\w+\.c$", path)
               and path.split("/")[1] not in NOT_DRIVERS
               and not tree.has(f"drivers/{path.split('/')[1]}/main.c")  # a program of its own
               for name in re.findall(r"^const struct ph_driver (\w+) = \{", tree.text(path), re.M)}
    for path, row in (("drivers/registry.c", r"^\t&(\w+),$"),
                      ("drivers/registry.h", r"^extern const struct ph_driver (\w+);$")):
        if not tree.has(path):
            continue
        names = re.findall(row, tree.text(path), re.M)
        if names != sorted(names):
            yield f"{path}: is not in the order of the alphabet"
        for name in sorted(defined ^ set(names)):
            yield f"{path}: {name} is {'not listed' if name in defined else 'no driver'}"


def registered(tree):
    """Each test of tests/api is run by ctest: as a file, or all its classes by name."""
    listing = re.sub(r"#.*", "", tree.text("tests/api/CMakeLists.txt")) if tree.has("tests/api/CMakeLists.txt") else ""
    elsewhere = "".join(tree.text(p) for p in tree.paths if re.fullmatch(r"tests/(?!api/).*CMakeLists\.txt", p))
    whole = set(" ".join(re.findall(r"foreach\(name ([^)]*)\)", listing)).split())
    parts = {}
    for call in re.findall(r"^ph_api_test\(([^)]*)\)", listing, re.M):
        name = re.search(r"FILE (\w+)", call) or re.match(r"(\w+)", call)
        classes = re.search(r"CLASSES((?:\s+(?!ENV|LABEL|SECONDS|TIMEOUT|PROCESSORS)[\w.]+)+)", call)
        if classes:
            parts.setdefault(name.group(1), set()).update(classes.group(1).split())
        else:
            whole.add(name.group(1))
    for path in tree.paths:
        name = re.fullmatch(r"tests/api/test_(\w+)\.py", path)
        if not name or name.group(1) in whole or path in elsewhere:
            continue
        for part in ast.parse(tree.text(path)).body:
            if (isinstance(part, ast.ClassDef) and part.name not in parts.get(name.group(1), ())
                    and any(getattr(member, "name", "").startswith("test_") for member in part.body)):
                yield f"{path}:{part.lineno}: {part.name} is not run; name it in tests/api/CMakeLists.txt"


def methods(tree):
    """(method, path, line) of each row of the method table."""
    for path in tree.paths:
        if re.match(r"daemon/doors/methods\w*\.c$", path):
            text = tree.text(path)
            for match in METHOD_ROW.finditer(text):
                yield match.group(1), path, text.count("\n", 0, match.start()) + 1


def api(tree):
    rows = list(methods(tree))
    if not rows:
        print("lint: api: passed over, there is no method table yet")
        return
    if not tree.has("docs/api.md"):
        print("lint: api: passed over, there is no docs/api.md yet")
        return
    headings = "\n".join(re.findall(r"^#+ .*$", tree.text("docs/api.md"), re.M))
    for method, path, line in rows:
        if not re.search(rf"(?<![\w.]){re.escape(method)}(?![\w.])", headings):
            yield f"{path}:{line}: docs/api.md has no heading with `{method}`"
    known = {row[0] for row in rows}
    nouns = {name.split(".")[0] for name in known}
    for method in re.findall(r"(?<![\w.])([a-z]+\.[a-z][A-Za-z.]*\w)(?![\w.])", headings):
        if method.split(".")[0] in nouns and method not in known:
            yield f"docs/api.md: has a heading for `{method}`, which is not in the method table"


def links(tree):
    """Links between pages lead to files."""
    for path in tree.paths:
        if not path.endswith(".md"):
            continue
        for number, line in tree.lines(path):
            for target in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", line):
                full = os.path.normpath(os.path.join(os.path.dirname(path), target))
                if not os.path.exists(os.path.join(tree.root, full)):
                    yield f"{path}:{number}: the link to {target} leads nowhere"


def manuals(tree):
    """Manual pages are clean for mandoc."""
    pages = [path for path in tree.paths if re.match(r"docs/man/[\w-]+\.\d$", path)]
    if not pages:
        return
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], cwd=tree.root,
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        yield re.sub(r"^mandoc: ", "", line)


def scripts(tree):
    """Scripts parse: shell by bash -n, Python by its compiler."""
    for path in tree.paths:
        first = tree.text(path).split("\n", 1)[0]
        if first.startswith("#!") and first.endswith(("bash", "/sh")):
            done = subprocess.run(["bash", "-n", path], cwd=tree.root, capture_output=True,
                                  text=True, check=False)
            if done.returncode:
                yield done.stderr.strip().replace(": line ", ":", 1)
        if path.endswith(".py") or first.endswith("python3"):
            try:
                compile(tree.text(path), path, "exec")
            except SyntaxError as error:
                yield f"{path}:{error.lineno}: {error.msg}"
        run_by_hand = path.startswith(("scripts/", ".ci/"))
        if run_by_hand and first.startswith("#!") and not os.access(os.path.join(tree.root, path), os.X_OK):
            yield f"{path}:1: begins with #! but is not executable; chmod +x {path}"


def presets(tree):
    found = json.loads(tree.text("CMakePresets.json"))
    for kind in ("configurePresets", "buildPresets"):
        names = {preset["name"] for preset in found[kind]}
        for name in PRESETS:
            if name not in names:
                yield f"CMakePresets.json: no {name} in {kind}"


def packages(tree):
    """scripts/deps.list: one package a line, each once."""
    seen = {}
    for number, line in tree.lines("scripts/deps.list"):
        words_ = line.split("#")[0].split()
        if not words_:
            continue
        name = words_[0]
        if len(words_) > 2 or not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
            yield f"scripts/deps.list:{number}: write one package, and its group where it has one"
        if name in seen:
            yield f"scripts/deps.list:{number}: `{name}` is already in line {seen[name]}"
        seen.setdefault(name, number)


def changelog(tree):
    text = tree.text("CHANGELOG.md")
    version = re.search(r"project\(poshal VERSION ([\d.]+)", tree.text("CMakeLists.txt")).group(1)
    if not re.search(rf"^## .*{re.escape(version)}", text, re.M):
        yield f"CHANGELOG.md: no section for version {version}"
