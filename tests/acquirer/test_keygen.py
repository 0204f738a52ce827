"""`poshalctl queue keygen`: keys in clear and sealed for the machine, made and changed; systemd-creds is a stand-in."""
import base64
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

from poshal_test import BUILD

POSHALCTL = os.path.join(BUILD, "bin", "poshalctl")
# "seals" by base64 behind the name; what it is asked and gets is written down beside it, but for the text
CREDS = """#!/usr/bin/env python3
import base64, os, sys
command, *options = sys.argv[1:]
source, target = [o for o in options if not o.startswith("--")]
assert "--name=acquirer-key" in options
if os.path.exists(os.path.dirname(__file__) + "/refuse-" + command):
    sys.exit("no TPM")
with open(os.path.dirname(__file__) + "/asked", "a") as file:
    file.write(" ".join([command] + [o for o in options if o.startswith("--")]) + "\\n")
data = (sys.stdin.buffer if source == "-" else open(source, "rb")).read()
if command == "encrypt":
    data = b"sealed:" + base64.b64encode(data)
else:
    assert data.startswith(b"sealed:")
    data = base64.b64decode(data[7:])
(sys.stdout.buffer if target == "-" else open(target, "wb")).write(data)
"""


class Keygen(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="poshal-")
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        os.mkdir(self.root + "/bin")
        os.mkdir(self.root + "/etc")
        for name in ("python3", "env"):  # nothing else of this machine is found
            os.symlink(shutil.which(name), f"{self.root}/bin/{name}")

    def with_creds(self):
        with open(self.root + "/bin/systemd-creds", "w", encoding="ascii") as file:
            file.write(CREDS)
        os.chmod(self.root + "/bin/systemd-creds", 0o755)

    def run_it(self, *args):
        return subprocess.run([POSHALCTL, *args], capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, "PATH": self.root + "/bin"})

    def keygen(self, *args):
        done = self.run_it("queue", "keygen", *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def text(self, name):
        with open(f"{self.root}/etc/{name}", "rb") as file:
            data = file.read()
        return (base64.b64decode(data[7:]) if data.startswith(b"sealed:") else data).decode()

    def kids(self, name):
        return [json.loads(line)["kid"] for line in self.text(name).splitlines()]

    def files(self):
        return sorted(os.listdir(self.root + "/etc"))

    def test_in_clear(self):
        path = self.root + "/etc/key"
        before = time.strftime("%Y-%m-%d")
        said = self.keygen("--out", path)
        [kid] = self.kids("key")
        self.assertIn(kid, (before, time.strftime("%Y-%m-%d")))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(json.loads(self.text("key.public")), {k: v for k, v in json.loads(self.text("key")).items()
                                                               if k != "secret_b64"})
        self.assertNotIn(json.loads(self.text("key"))["secret_b64"], said)
        self.assertIn(f"LoadCredential=acquirer-key:{path}\n", said)
        self.assertIn("systemctl restart poshal-acquirer.service\n", said)
        # a second one stands in front, and the first is kept
        old = self.text("key")
        said = self.keygen("--kid", "next", "--out", path)
        self.assertEqual(self.text("key").splitlines(True)[1:], [old])
        self.assertEqual((self.kids("key"), json.loads(self.text("key.public"))["kid"]), (["next", kid], "next"))
        self.assertIn("poshalctl queue rewrap", said)
        self.assertIn(f"sed -i '/\"OLD\"/d' {path}\n", said)
        self.assertEqual(json.loads(self.keygen("--kid", "third", "--out", path, "--json")), {
            "kid": "third", "file": path, "public": path + ".public", "credential": False, "rotation": True})
        # the line to take one out does that
        command = re.search(r"sed -i .*", said).group().replace("OLD", kid)
        subprocess.run(["sh", "-c", command], check=True)
        self.assertEqual(self.kids("key"), ["third", "next"])
        self.assertEqual(self.files(), ["key", "key.public"])

    def test_sealed_for_the_machine(self):
        self.with_creds()
        path = self.root + "/etc/key.cred"
        said = self.keygen("--kid", "a", "--credential", path)
        self.assertIn(f"LoadCredential=\n     LoadCredentialEncrypted=acquirer-key:{path}\n", said)
        self.assertEqual(self.kids("key.cred"), ["a"])
        said = self.keygen("--kid", "b", "--credential", path)
        self.assertEqual(self.kids("key.cred"), ["b", "a"])
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(json.loads(self.text("key.cred.public"))["kid"], "b")
        with open(self.root + "/bin/asked", encoding="ascii") as file:
            self.assertEqual(sorted(file.read().splitlines()), ["decrypt --name=acquirer-key"] + 2 * [
                "encrypt --with-key=auto --name=acquirer-key"])
        # nothing in clear, no file besides
        self.assertEqual(self.files(), ["key.cred", "key.cred.public"])
        lines = said[said.index("     systemd-creds"):said.index("   with its id")].replace("OLD", "a")
        subprocess.run(["sh", "-ec", lines], check=True,
                       env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"})
        self.assertEqual(self.kids("key.cred"), ["b"])

    def test_what_goes_wrong_changes_nothing(self):
        self.with_creds()
        path = self.root + "/etc/key.cred"
        self.keygen("--kid", "a", "--credential", path)
        before = {name: self.text(name) for name in self.files()}

        def refused(said, *args):
            done = self.run_it("queue", "keygen", *args)
            self.assertIn(said, done.stderr)
            self.assertEqual({name: self.text(name) for name in self.files()}, before)
            return done.returncode

        self.assertEqual(refused("has a key of this id already", "--kid", "a", "--credential", path), 1)
        self.assertEqual(refused(f"no key was made; {path} is as it was", "--kid", "a b", "--credential", path), 1)
        for step in ("decrypt", "encrypt"):
            open(f"{self.root}/bin/refuse-{step}", "w", encoding="ascii").close()
            self.assertEqual(refused("no TPM", "--kid", "b", "--credential", path), 1)
            os.unlink(f"{self.root}/bin/refuse-{step}")
        self.assertEqual(refused("--out or --credential, not both", "--out", path + "2", "--credential", path), 2)
        os.unlink(self.root + "/bin/systemd-creds")
        self.assertEqual(refused("there is no systemd-creds here", "--kid", "b", "--credential", path), 2)
        self.assertEqual(refused("No such file or directory", "--kid", "b", "--out", self.root + "/none/key"), 2)
        # of a private service it is not the machine's key that is changed
        self.assertEqual(refused("name it by --out FILE", "--kid", "b", "--root", self.root), 2)


if __name__ == "__main__":
    unittest.main()
