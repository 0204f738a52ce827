#!/usr/bin/env python3
"""What can be checked about the tree without building it. Prints file:line and what to do.

usage: lint.py [--root DIR] [CHECK...]      all checks without a name; --list shows the names
"""
import os
import sys

import ccode
import repository
from source import Tree

CHECKS = {
    "layers": ccode.layers,
    "purity": ccode.purity,
    "calls": ccode.calls,
    "sizes": ccode.sizes,
    "openings": ccode.openings,
    "format": ccode.clang_format,
    "words": repository.words,
    "files": repository.files,
    "drivers": repository.drivers,
    "tested": repository.tested,
    "fuzzed": repository.fuzzed,
    "registry": repository.registry,
    "registered": repository.registered,
    "api": repository.api,
    "links": repository.links,
    "manuals": repository.manuals,
    "scripts": repository.scripts,
    "presets": repository.presets,
    "packages": repository.packages,
    "changelog": repository.changelog,
}


def main(args):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if args[:1] == ["--list"]:
        print("\n".join(CHECKS))
        return 0
    if args[:1] == ["--root"] and len(args) > 1:
        root, args = args[1], args[2:]
    unknown = [name for name in args if name not in CHECKS]
    if unknown:
        print(f"lint: no check named {unknown[0]}; there are {', '.join(CHECKS)}")
        return 2
    tree = Tree(root)
    count = 0
    for name in args or CHECKS:
        for problem in CHECKS[name](tree):
            print(f"{problem} [{name}]")
            count += 1
    print(f"lint: {len(tree.paths)} files, {count} to put right")
    return count > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
