"""Report descriptors for the tests of what udev runs, from the headers of the C tests."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def read(path, pattern):
    """{name: bytes} of the hexadecimal texts in a C file."""
    with open(os.path.join(HERE, path), encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    found = {}
    for match in re.finditer(pattern + r"((?:\s*\"[0-9A-F ]*\")+)", text):
        found[match.group(1).lower()] = bytes.fromhex("".join(re.findall(r"\"([0-9A-F ]*)\"", match.group(2))))
    return found


ALL = {**read("../protocols/hid_descriptors.h", r"#define (\w+)"),
       **read("test_identify.c", r"static const char (\w+)\[\] =")}
ALL["nested"] = b"\x05\x8c" + b"\x09\x02\xa1\x01" * 64 + b"\xc0" * 64
ALL["long_item"] = b"\xfe\xff\xf0\xaa" + ALL["scanner_a"]
ALL["push"] = b"\xa4" * 40 + ALL["scanner_a"]
ALL["usages"] = b"\x05\x8c" + b"\x09\x01" * 300 + b"\x81\x02"

# what each is, or nothing
PROTO = {"scanner_a": "hidpos", "scanner_a62": "hidpos", "scanner_a61": "hidpos", "scanner_b": "hidpos",
         "oem_scanner": "ibmoem-hand", "table_top": "ibmoem-table", "oem_scale": "ibmoem-scale", "scale": "hidscale",
         "scale_01": "hidscale", "stripe_8e": "hidmsr", "stripe_reader": "magtek", "idtech": "idtech",
         "posiflex": "posiflex-drawer", "snapi": "snapi"}


def write_seeds(folder):
    for name, data in ALL.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    write_seeds(os.path.join(HERE, "..", "fuzz", "poshal_id"))
