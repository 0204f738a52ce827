"""Writes the hwdb: USB ids that are certain, from the match rows of the drivers' manifests and from printer profiles.

usage: hwdb.py OUT FILE...      *.json: manifests, *.ini: profiles (the name is that of their driver)

Left out, because the id alone proves nothing: rows with a word of poshal_id (the report descriptor decides; of some it
cannot without the id, these get ID_POSHAL_MAYBE and nothing else), rows without ids, and keyboards, which stay with whoever types on them until a person adopts one.
"""
import configparser
import json
import os
import re
import sys

RANGE_MAX = 64
# chips that are in everything, and one network adapter between scanners: a row with one of these is a mistake
NEVER = {(0x0403, 0x6001), (0x0403, 0x6010), (0x0403, 0x6011), (0x0403, 0x6014), (0x0403, 0x6015), (0x067b, 0x2303),
         (0x10c4, 0xea60), (0x1a86, 0x7523), (0x1a86, 0x5523), (0x04e2, 0x1410), (0x04b3, 0x4482), (0x05e0, 0x0800),
         (0x0416, 0x5011), (0x0fe6, 0x811e), (0x0d3a, 0x0c23)}
# words that poshal_id says only of devices with the ids of a row
BY_IDS = ("wincor-display",)
NODES = ("hidraw", "tty", "usb", "input")


class Bad(Exception):
    pass


def ids(row, where):
    """(vendor, products) of a row's `usb`, "05e0:1701" or "05e0:1700-17ff"; None without."""
    if not row.get("usb"):
        return None
    found = re.fullmatch(r"([0-9a-f]{4}):([0-9a-f]{4})(?:-([0-9a-f]{4}))?", row["usb"])
    if not found:
        raise Bad(f"{where}: ids {row['usb']}")
    vendor, first = int(found[1], 16), int(found[2], 16)
    last = int(found[3], 16) if found[3] else first
    if not vendor or not first <= last or last - first >= RANGE_MAX:
        raise Bad(f"{where}: ids {row['usb']}")
    return vendor, range(first, last + 1)


def manifest_rows(path):
    """(vendor, product, (word of poshal_id, node, class, driver, model)) of each id a driver is certain of."""
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    for row in manifest.get("match", []):
        where = f"{os.path.basename(path)}: row {row}"
        if row["node"] not in NODES:
            raise Bad(f"{where}: node is none of {', '.join(NODES)}")
        known = ids(row, where)
        if not known or row["node"] == "input" or row.get("proto") not in (None, *BY_IDS):
            continue
        model = " ".join(row[key] for key in ("maker", "model") if row.get(key))
        for product in known[1]:
            yield known[0], product, (row.get("proto"), row["node"], manifest["classes"][0], manifest["name"], model)


def profile_rows(path):
    profiles = configparser.ConfigParser(interpolation=None, strict=True)
    with open(path, encoding="utf-8") as file:
        profiles.read_file(file)
    driver = os.path.splitext(os.path.basename(path))[0]
    for name in profiles.sections():
        for word in profiles[name].get("usb", "none").split():
            if word == "none":
                continue
            vendor, product = (int(part, 16) for part in word.split(":"))
            yield vendor, product, (None, "usb", "printer", driver, "")  # its device id says which


def gather(paths):
    """{(vendor, product): {property: [values]}}; two drivers may know one id."""
    found = {}
    for path in paths:
        read = manifest_rows if path.endswith(".json") else profile_rows
        for vendor, product, (maybe, node, class_, driver, model) in read(path):
            if (vendor, product) in NEVER:
                raise Bad(f"{os.path.basename(path)}: {vendor:04x}:{product:04x} is no till's device by its id alone")
            entry = found.setdefault((vendor, product), {"MAYBE": [], "CLASS": [], "DRIVER": [], "NODE": [], "MODEL": []})
            if maybe:
                entry["MAYBE"] = [maybe]
                continue
            for key, value in (("CLASS", class_), ("DRIVER", driver), ("NODE", node), ("MODEL", model)):
                value = value.encode("ascii", "replace").decode()
                if value and value not in entry[key] and not (key == "MODEL" and entry[key]):
                    entry[key].append(value)
    return found


def text(found):
    lines = ["# Devices that their USB ids identify. Generated from the drivers and the printer profiles of poshal."]
    for (vendor, product), entry in sorted(found.items()):
        lines += ["", f"usb:v{vendor:04X}p{product:04X}*"] + [" ID_POSHAL=1"] * bool(entry["CLASS"])
        lines += [f" ID_POSHAL_{key}={' '.join(values)}" for key, values in entry.items() if values]
    return "\n".join(lines) + "\n"


def main(args):
    if len(args) < 2:
        sys.exit(__doc__)
    try:
        out = text(gather(args[1:]))
    except (Bad, KeyError, ValueError, configparser.Error) as error:
        sys.exit(f"hwdb: {error}")
    with open(args[0], "w", encoding="ascii") as file:
        file.write(out)


if __name__ == "__main__":
    main(sys.argv[1:])
