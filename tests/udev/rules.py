"""Rules of udev: a reader that is stricter than udevd, and an evaluator for what poshal's rules use, so that they can be
judged without a kernel. What udevd itself makes of them is tested in the virtual machine.

Semantics: udev(7) of systemd 252.
"""
import fnmatch
import os
import re
import subprocess

MATCH = {"ACTION", "DEVPATH", "KERNEL", "KERNELS", "NAME", "SYMLINK", "SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "DRIVERS", "ATTR",
         "ATTRS", "ENV", "TAG", "TAGS", "TEST", "PROGRAM", "RESULT"}
ASSIGN = {"OWNER", "GROUP", "MODE", "ATTR", "ENV", "TAG", "SYMLINK", "GOTO", "LABEL", "IMPORT", "RUN", "OPTIONS", "NAME"}
WITH_ATTRIBUTE = {"ATTR", "ATTRS", "ENV", "IMPORT"}
BUILTINS = {"usb_id", "path_id", "hwdb"}
TOKEN = re.compile(r'([A-Z]+)(?:\{([^}"]*)\})?(==|!=|\+=|-=|:=|=)"((?:[^"\\]|\\.)*)"')


class Bad(Exception):
    pass


def read(path):
    """Lines of a file as (number, [(key, attribute, operator, value)])."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    if not text.endswith("\n"):
        raise Bad(f"{path}: no line end at its end")
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        lines.append((number, tokens(line, f"{path}:{number}")))
    check_jumps(lines, path)
    return lines


def tokens(line, where):
    found, rest = [], line
    while rest:
        match = TOKEN.match(rest)
        if not match:
            raise Bad(f"{where}: cannot be read from `{rest[:30]}` on")
        key, attribute, operator, value = match.groups()
        check_token(key, attribute, operator, value, where)
        found.append((key, attribute, operator, value))
        rest = rest[match.end():]
        if rest and not re.match(r", *[A-Z]", rest):
            raise Bad(f"{where}: a comma is missing before `{rest[:30]}`")
        rest = rest.lstrip(", ")
    return found


def check_token(key, attribute, operator, value, where):
    comparing = operator in ("==", "!=")
    if key not in (MATCH if comparing else ASSIGN) and not (key == "IMPORT" and operator == "="):
        raise Bad(f"{where}: {key}{operator} is not a thing udev knows")
    if (attribute is not None) != (key in WITH_ATTRIBUTE):
        raise Bad(f"{where}: {key} {'needs' if attribute is None else 'takes no'} braces")
    if key == "MODE" and value != "0660":
        raise Bad(f"{where}: MODE {value}; devices of a till are 0660")
    if key == "GROUP" and value != "poshal":
        raise Bad(f"{where}: GROUP {value}; devices of a till belong to the group poshal")
    if key in ("TAG", "SYMLINK") and operator == "=":
        raise Bad(f"{where}: {key}= throws away what others set; use +=")
    if key == "TAG" and operator == "+=" and value == "uaccess":
        raise Bad(f"{where}: uaccess gives the drawer to whoever is logged in")
    if key == "RUN":
        raise Bad(f"{where}: RUN waits for nothing and may be killed; use SYSTEMD_WANTS")
    if key == "IMPORT" and attribute == "builtin" and value.split()[0] not in BUILTINS:
        raise Bad(f"{where}: no builtin {value}")


def check_jumps(lines, path):
    """A jump goes forward, to a label of this file; each label is used."""
    labels = {token[3]: number for number, line in lines for token in line if token[0] == "LABEL"}
    used = set()
    for number, line in lines:
        for key, _, _, value in line:
            if key != "GOTO":
                continue
            used.add(value)
            if labels.get(value, 0) <= number:
                raise Bad(f"{path}:{number}: no label {value} behind it")
    for label in labels:
        if label not in used:
            raise Bad(f"{path}: nobody goes to label {label}")
    if not lines or lines[0][1][0] != ("ACTION", None, "==", "remove"):
        raise Bad(f"{path}: the first rule must leave removals alone")


class Device:
    """`env`, `attributes` and `tags` are as udev's own rules leave them; `parents` are the subsystems above."""

    def __init__(self, subsystem, kernel, folder, **more):
        self.subsystem, self.kernel, self.folder = subsystem, kernel, folder
        self.env = dict(more.get("env", {}))
        self.parents = (subsystem, *more.get("parents", ()))
        self.tags = set(more.get("tags", ()))
        self.action = more.get("action", "add")
        self.group, self.mode = more.get("group", "root"), more.get("mode", "0600")
        self.files = dict(more.get("files", {}))  # sysfs attributes that can be written
        self.builtins = []


def matches(device, key, attribute, value):
    if key == "TEST":
        return value in device.files
    if key == "TAG":
        return any(fnmatch.fnmatchcase(tag, value) for tag in device.tags)
    if key == "SUBSYSTEMS":
        return any(any(fnmatch.fnmatchcase(parent, p) for p in value.split("|")) for parent in device.parents)
    actual = {"ACTION": device.action, "SUBSYSTEM": device.subsystem, "KERNEL": device.kernel,
              "ENV": device.env.get(attribute, ""), "ATTR": device.files.get(attribute, "")}[key]
    return any(fnmatch.fnmatchcase(actual, pattern) for pattern in value.split("|"))


def import_(device, kind, value):
    if kind == "builtin":
        device.builtins.append(value)
        if value == "path_id":
            device.env["ID_PATH"] = "pci-0000:00:14.0-usb-0:1:1.0"
        return
    program, path = value.split(" ")
    if path != "/sys%p":
        raise Bad("a program that is not told the device")
    done = subprocess.run([program, device.folder], env=device.env, capture_output=True, text=True, check=True)
    device.env.update(line.split("=", 1) for line in done.stdout.splitlines())


def assign(device, key, attribute, operator, value):
    if key == "GROUP":
        device.group = value
    elif key == "MODE":
        device.mode = value
    elif key == "TAG":
        (device.tags.add if operator == "+=" else device.tags.discard)(value)
    elif key == "ENV":
        old = device.env.get(attribute, "")
        device.env[attribute] = f"{old} {value}".strip() if operator == "+=" else value
    elif key == "ATTR":
        device.files[attribute] = value
    elif key == "IMPORT":
        import_(device, attribute, value)


def apply(lines, device):
    """What a file does to a device."""
    jump = None
    for _, line in lines:
        if jump:
            if ("LABEL", None, "=", jump) not in line:
                continue
            jump = None
        if all(matches(device, k, a, v) == (o == "==") for k, a, o, v in line if o in ("==", "!=")):
            for key, attribute, operator, value in line:
                if operator not in ("==", "!="):
                    assign(device, key, attribute, operator, value)
                if key == "GOTO":
                    jump = value


def by_name(folder):
    return sorted((name for name in os.listdir(folder) if name.endswith(".rules")))
