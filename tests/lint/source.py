"""The files of the tree as the checks see them: tracked ones and new ones, without what git ignores."""
import os
import subprocess

BINARY_OK = ("tests/fuzz/", "tests/replay/")


class Tree:
    def __init__(self, root):
        self.root = os.path.abspath(root)
        names = self._list()
        self.paths = sorted(names)
        self._names = set(names)
        self._texts = {}

    def _list(self):
        command = ["git", "-C", self.root, "ls-files", "-co", "--exclude-standard", "-z"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            names = done.stdout.decode().split("\0")
            return {n for n in names if n and os.path.isfile(os.path.join(self.root, n))}
        return set(self._walk())

    def _walk(self):
        """For a tarball, or a repository git does not want to read."""
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in (".git", "build", "__pycache__")]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def has(self, path):
        return path in self._names

    def bytes(self, path):
        with open(os.path.join(self.root, path), "rb") as f:
            return f.read()

    def text(self, path):
        """The text of a file; empty when it is missing, which the check `files` reports."""
        if not self.has(path):
            return ""
        if path not in self._texts:
            self._texts[path] = self.bytes(path).decode("utf-8", "replace")
        return self._texts[path]

    def lines(self, path):
        """Pairs of line number and text."""
        return enumerate(self.text(path).split("\n"), 1)

    def c_files(self):
        return [p for p in self.paths if p.endswith((".c", ".h"))]

    def text_files(self):
        return [p for p in self.paths if not p.startswith(BINARY_OK) and not p.endswith(".png")]
