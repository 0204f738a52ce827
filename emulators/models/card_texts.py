#!/usr/bin/env python3
"""Writes the profiles of emulators/cards as a C table: card_texts.py FOLDER HEADER."""
import os
import sys


def main(folder, header):
    names = sorted(n[:-5] for n in os.listdir(folder) if n.endswith(".json") and n != "ca-keys.json")
    with open(header, "w", encoding="ascii") as out:
        out.write("static const struct {\n\tconst char *name, *text;\n} card_texts[] = {\n")
        for name in names:
            with open(os.path.join(folder, name + ".json"), encoding="ascii") as profile:
                lines = [line.replace("\\", "\\\\").replace('"', '\\"').rstrip("\n")
                         for line in profile]
            out.write('\t{"%s",\n%s},\n' % (name, "\n".join('\t\t"%s\\n"' % line for line in lines)))
        out.write("};\n")


main(*sys.argv[1:])
