"""Checks of the C code: who includes whom, sizes, opening sentences, calls that do not belong."""
import os
import re
import subprocess

# A folder at the top and what its files may include, besides themselves. Data flows one way.
LAYERS = {
    "include": (),
    "base": ("include",),
    "protocols": ("include", "base"),
    "drivers": ("include", "base", "protocols"),
    "daemon": ("include", "base", "protocols"),
    "acquirer": ("include", "base", "protocols"),
    "render": ("include", "base", "protocols"),
    "clients": ("include", "base"),
    "emulators": ("include", "base"),
    "udev": ("include", "base", "protocols"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')

FUNCTION_LINES = 60
FILE_LINES = 800
NESTING = 3
PARAMETERS = 6
ALLOWED = re.compile(r"lint: (long|deep|file|parameters|call), \S")

# Codecs are pure: what a header of these would be needed for does not belong there.
NOT_IN_PROTOCOLS = re.compile(
    r"^\s*#\s*include\s+<(unistd|fcntl|time|pthread|signal|poll|termios|"
    r"sys/(?:socket|stat|ioctl|mman|time|epoll|wait)|systemd/.*)\.h>")

CALLS = (
    (re.compile(r"\b(clock_gettime|gettimeofday|time)\s*\((?!\s*void)"), "base/clock.c",
     "only base/clock.c reads the clock; use ph_clock_mono_us() or ph_clock_wall_us()"),
    (re.compile(r"\b(sleep|usleep|nanosleep|clock_nanosleep)\s*\("), None,
     "nothing sleeps; wait for an event with a deadline"),
    (re.compile(r"\b(sprintf|vsprintf|gets|strcat|alloca)\s*\("), None,
     "use the bounded form (snprintf, struct ph_buf)"),
    (re.compile(r"\b(system|popen)\s*\("), None, "no shell; use posix_spawn or fork and exec"),
)


def resolve(tree, path, name):
    """Path of an included file inside the tree, or None when it is not there."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    for candidate in (name, os.path.join("include", name), beside):
        if tree.has(candidate):
            return candidate
    # a table written at build time by a script of the same name
    if "/" not in name and tree.has(os.path.splitext(beside)[0] + ".py"):
        return beside
    # a text of profiles as an array
    if name.endswith("_profiles.h") and tree.has("profiles/%s.ini" % name[:-len("_profiles.h")]):
        return beside
    return None


def constants_only(path):
    return path.startswith("protocols/") and path.endswith("_const.h")


def layers(tree):
    for path in tree.c_files():
        top = path.split("/")[0]
        for number, line in tree.lines(path):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = resolve(tree, path, match.group(1))
            if not target:
                yield (f'{path}:{number}: "{match.group(1)}" is not in the tree; write the path '
                       "from the root, and system headers with <>")
                continue
            other = target.split("/")[0]
            if top not in LAYERS or other == top or other in LAYERS[top]:
                continue
            if top == "emulators" and constants_only(target):
                continue
            extra = (" (of protocols only *_const.h: a misunderstanding must not hide on both sides)"
                     if top == "emulators" else "")
            may = ", ".join((top,) + LAYERS[top])
            yield (f"{path}:{number}: {top} must not include {target}; it may include: "
                   f"{may}{extra}")


def purity(tree):
    for path in tree.c_files():
        if not path.startswith("protocols/"):
            continue
        for number, line in tree.lines(path):
            if NOT_IN_PROTOCOLS.match(line):
                yield (f"{path}:{number}: codecs are pure (no I/O, clock, threads); move what "
                       f"needs `{line.strip()}` to the caller")


def strip_text(line):
    """A line without strings and comments that end on it."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
    line = re.sub(r"/\*.*?\*/", "", line)
    return line.split("//")[0]


def calls(tree):
    for path in tree.c_files():
        if path.split("/")[0] not in LAYERS:
            continue
        comment = False
        for number, line in tree.lines(path):
            code = "" if comment else strip_text(line)
            comment = (comment or "/*" in code) and "*/" not in line
            code = code.split("/*")[0]
            for pattern, home, text in CALLS:
                match = pattern.search(code)
                # `struct x time` and `->time(` are members, not calls of the function
                if not match or path == home or re.search(r"[.>]\s*$", code[:match.start()]):
                    continue
                if not ALLOWED.search(line):
                    yield f"{path}:{number}: {match.group(1)}(): {text}"


def functions(lines):
    """(name, first line, line of the brace, last line) of each function; relies on clang-format."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start:
            head = start - 1
            while head > 1 and re.match(r"[\s]", lines[head - 1]):
                head -= 1
            yield " ".join(s.strip() for s in lines[head - 1:start - 1]), head, start, number
            start = None


def parameters(signature):
    """Number of parameters of a function definition."""
    inner = signature[signature.find("(") + 1:signature.rfind(")")]
    depth, count = 0, 1
    for c in inner:
        depth += (c == "(") - (c == ")")
        count += c == "," and depth == 0
    return 0 if inner.strip() in ("", "void") else count


def check_function(path, lines, function):
    signature, head, start, end = function
    name = re.search(r"(\w+)\s*\(", signature)
    name = name.group(1) if name else "?"
    before = head - 2
    while before > 0 and lines[before].startswith((" *", "/*", "//")):
        before -= 1
    excuse = "\n".join(lines[before:end])
    if end - start - 1 > FUNCTION_LINES and "lint: long," not in excuse:
        yield (f"{path}:{head}: {name}() has {end - start - 1} lines, at most {FUNCTION_LINES}; "
               "split it, or say why in a comment `lint: long, REASON`")
    if parameters(signature) > PARAMETERS and "lint: parameters," not in excuse:
        yield (f"{path}:{head}: {name}() has {parameters(signature)} parameters, at most "
               f"{PARAMETERS}; use a struct, or `lint: parameters, REASON`")
    for number in range(start + 1, end):
        match = re.match(r"(\t+)(?:\} )?(?:if|for|while|switch|do)\b", lines[number - 1])
        if match and len(match.group(1)) > NESTING and "lint: deep," not in excuse:
            yield (f"{path}:{number}: nested {len(match.group(1))} deep in {name}(), at most "
                   f"{NESTING}; make it a function, or `lint: deep, REASON`")
            return


def sizes(tree):
    for path in tree.c_files():
        lines = tree.text(path).split("\n")
        if len(lines) - 1 > FILE_LINES and "lint: file," not in "\n".join(lines[:20]):
            yield (f"{path}:1: {len(lines) - 1} lines, at most about {FILE_LINES}; split it, or "
                   "say why at its top `lint: file, REASON`")
        for function in functions(lines):
            yield from check_function(path, lines, function)


def openings(tree):
    for path in tree.c_files():
        text = tree.text(path)
        if not text.startswith(("//", "/*")):
            yield f"{path}:1: begin with one sentence: what it does and what it leaves to others"
        if path.endswith(".h") and not re.search(r"^#ifndef \w+_H\n#define \w+_H$", text, re.M):
            yield f"{path}:1: no include guard; write #ifndef PH_..._H and #define PH_..._H"


def clang_format(tree):
    files = tree.c_files()
    # two halves at once: the check must stay quick
    runs = [subprocess.Popen(["clang-format", "--dry-run", *half], cwd=tree.root,
                             stderr=subprocess.PIPE, text=True)
            for half in (files[::2], files[1::2]) if half]
    seen = set()
    for run in runs:
        for line in run.communicate()[1].split("\n"):
            match = re.match(r"(.*?):(\d+):\d+: \w+: code should be clang-formatted", line)
            if match and match.group(1) not in seen:
                seen.add(match.group(1))
                yield (f"{match.group(1)}:{match.group(2)}: not formatted; run clang-format -i "
                       f"{match.group(1)}")
        if run.returncode != 0:
            yield f"clang-format ended with status {run.returncode}"
