"""Writes the text of a file of profiles as an array, to be built in: profile_text.py TEXT HEADER."""
import sys

with open(sys.argv[1], encoding="utf-8") as text, open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write(f"// Generated from {sys.argv[1].rsplit('/', 1)[-1]}.\nstatic const char builtin[] =\n")
    for line in text:
        quoted = line.rstrip("\n").replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
        out.write(f'\t"{quoted}\\n"\n')
    out.write("\t;\n")
