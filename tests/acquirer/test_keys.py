"""Keys of poshal-acquirer: made, changed, given up; records wrapped for another key, and records that come from elsewhere."""
import base64
import json
import os
import subprocess
import unittest

import test_acquirer
from poshal_test import memory_holds
from sealing import content_key, number, pieces, prove, wrap
from test_acquirer import PAN, PROGRAM, b64

BOUND = bytes(range(32))


class Keys(test_acquirer.Acquirer):
    def key(self, name):
        """Its three members, with bytes for base64."""
        with open(f"{self.root}/keys/{name}", encoding="ascii") as file:
            key = json.loads(file.readline())
        return {"kid": key["kid"], **{half: base64.b64decode(key[half + "_b64"]) for half in ("public", "secret")}}

    @staticmethod
    def half(key):
        return {"kid": key["kid"], "public_b64": b64(key["public"])}

    def with_new_key(self):
        """Started again with a new key in front of the old one; both."""
        old = self.key("key")
        self.new_key("2027-1", "next", "--keep", self.root + "/keys/key")
        os.rename(self.root + "/keys/next", self.root + "/keys/key")
        self.restart()
        return old, self.key("key")

    def new_key(self, kid, name, *more, **options):
        return subprocess.run([PROGRAM, "--new-key", kid, "--out", f"{self.root}/keys/{name}", *more], check=True, timeout=60,
                              **options)

    def item(self, record, **changes):
        item = {"payment": record["payment"], "amount": record["amount"], "currency": record["currency"]["code"],
                "sealed_b64": record["sealed_b64"], **changes}
        return {name: value for name, value in item.items() if value is not None}

    def stranger(self):
        self.new_key("spare-1", "spare", "--public", self.root + "/keys/spare.public")
        return self.key("spare")

    def trust(self, *lines):
        with open(self.root + "/etc/spare", "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in lines)
        self.configure(self.dialect, f"spare_keys = {self.root}/etc/spare\n")


class Rotation(Keys):
    def test_wrapped_for_the_new_key(self):
        record = self.record()
        old, new = self.with_new_key()
        self.assertEqual([(k["kid"], k["current"]) for k in self.client.hello["keys"]], [("2027-1", True), ("2026-1", False)])
        sealed = base64.b64decode(record["sealed_b64"])
        result = self.client.call("host.rewrap", to=self.half(new), records=[self.item(record, bound_b64=b64(BOUND))])
        [answer] = result["records"]
        wrapped = base64.b64decode(answer["sealed_b64"])
        self.assertEqual(pieces(wrapped)[0], "2027-1")
        self.assertEqual((pieces(wrapped)[1], pieces(wrapped)[3]), (pieces(sealed)[1], pieces(sealed)[3]))
        self.assertEqual(number(wrapped, new["public"], new["secret"]), PAN)
        self.assertEqual(answer["proof_b64"], b64(prove(content_key(sealed, old["public"], old["secret"]), BOUND)))
        # a message is made of it as of the first, also when the old key is gone
        with open(self.root + "/keys/key", encoding="ascii") as file:
            first = file.readline()
        with open(self.root + "/keys/key", "w", encoding="ascii") as file:
            file.write(first)
        self.restart()
        self.assertEqual(self.client.error("host.authorize", **record).name, "Extended.Unsealed")
        id = self.client.send("host.authorize", {**record, "sealed_b64": answer["sealed_b64"]})
        line = self.host.accept()
        request = line.request()
        self.assertEqual(request[1][2], PAN)
        line.answer(request)
        self.assertEqual(self.client.result(id)["decision"], "approved")
        # and wrapped by somebody else as by us
        ours = wrap(sealed, content_key(sealed, old["public"], old["secret"]), "2027-1", new["public"])
        self.assertEqual(self.client.call("host.check", records=[self.item(record, sealed_b64=b64(ours))]),
                         {"records": [{"kid": "2027-1"}]})

    def test_each_record_for_itself(self):
        """What is wrong with one is said of that one, and the others are wrapped."""
        record = self.record()
        _, new = self.with_new_key()
        whole = base64.b64decode(record["sealed_b64"])
        cases = (({}, None), ({"payment": "pay-42"}, "it is of another payment, amount or currency"),
                 ({"amount": 1235}, "it is of another payment, amount or currency"),
                 ({"currency": "USD"}, "it is of another payment, amount or currency"),
                 ({"sealed_b64": b64(self.seal(record, use=2))}, "it is of another payment, amount or currency"),
                 ({"sealed_b64": b64(self.seal(record, kid="1999-9"))}, "it is for a key that this process does not have"),
                 ({"sealed_b64": b64(self.seal(record, public=new["public"]))}, "it is for another key of the same id"),
                 ({"sealed_b64": b64(whole[:-1])}, "it is damaged, or none of a known version"),
                 ({"sealed_b64": b64(whole[:-1] + bytes([whole[-1] ^ 1]))}, "it is damaged, or none of a known version"),
                 ({"sealed_b64": b64(b"PHS\x03" + whole[4:])}, "it is damaged, or none of a known version"),
                 ({"sealed_b64": b64(b"PHS\x02\x01a" + b"PHS\x02\x01b" + whole)}, "it is damaged, or none of a known version"),
                 ({}, None))
        records = [self.item(record, **changes) for changes, _ in cases]
        answers = self.client.call("host.rewrap", to=self.half(new), records=records)["records"]
        self.assertEqual([answer.get("error", {}).get("message") for answer in answers], [said for _, said in cases])
        self.assertEqual({answer["error"]["name"] for answer in answers if "error" in answer}, {"Extended.Unsealed"})
        checked = self.client.call("host.check", records=records)["records"]
        self.assertEqual([answer.get("error", {}).get("message") for answer in checked], [said for _, said in cases])

    def test_what_is_no_request(self):
        record = self.record()
        good, to = self.item(record), self.half(self.key("key"))
        for method, params, message in (
                ("host.rewrap", {"records": [good]}, "$.to: is missing, or no object"),
                ("host.rewrap", {"records": [good], "to": {**to, "kid": "a b"}}, "$.to: is no key id and public key"),
                ("host.rewrap", {"records": [good], "to": {**to, "public_b64": "AAAA"}}, "$.to: is no key id and public key"),
                ("host.rewrap", {"records": [good], "to": {**to, "secret_b64": ""}}, "$.to.secret_b64: unknown member"),
                ("host.rewrap", {"to": to}, "$.records: is missing, or no list"),
                ("host.rewrap", {"to": to, "records": [good] * 33}, "$.records: has more than 32 of them"),
                ("host.rewrap", {"to": to, "records": [good, 1]}, "$.records[1]: is no object"),
                ("host.rewrap", {"to": to, "records": [good, {}]}, "$.records[1].payment: is missing, or longer than 64 bytes"),
                ("host.rewrap", {"to": to, "records": [{**good, "amount": 1.5}]},
                 "$.records[0].amount: is missing, or no number within its bounds"),
                ("host.rewrap", {"to": to, "records": [{**good, "sealed_b64": b64(bytes(500))}]},
                 "$.records[0].sealed_b64: is no base64, or too long"),
                ("host.rewrap", {"to": to, "records": [{**good, "bound_b64": "AAAA"}]}, "$.records[0].bound_b64: has 32 bytes"),
                ("host.rewrap", {"to": to, "records": [{**good, "bound_b64": b64(BOUND), "proof_b64": b64(BOUND)}]},
                 "$.records[0].proof_b64: is of host.check"),
                ("host.check", {"records": [{**good, "proof_b64": b64(BOUND)}]},
                 "$.records[0].bound_b64: is missing, and there is a proof"),
                ("host.check", {"records": [good], "to": to}, "$.to: unknown member")):
            with self.subTest(message):
                error = self.client.error(method, **params)
                self.assertEqual((error.name, error.message, error.data["sent"]), ("Illegal", message, "no"))
        self.assertEqual(self.client.call("host.rewrap", to=to, records=[]), {"records": []})
        full = self.client.call("host.rewrap", to=to, records=[good] * 32)["records"]
        self.assertEqual(len({answer["sealed_b64"] for answer in full}), 32)
        self.assertEqual(self.host.lines, [])


class Spare(Keys):
    def test_only_to_keys_a_file_names(self):
        """poshald cannot choose a key: what it stores would be its own to read."""
        spare = self.stranger()
        record = self.item(self.record(), bound_b64=b64(BOUND))
        error = self.client.error("host.rewrap", to=self.half(spare), records=[record])
        self.assertEqual((error.name, error.message), (
            "AccessDenied", "nothing is sealed to key spare-1: write its public half to the file of `spare_keys` (acquirer.conf)"))
        ours = {**self.half(spare), "kid": "2026-1"}  # a key id of ours is not enough
        self.assertEqual(self.client.error("host.rewrap", to=ours, records=[record]).name, "AccessDenied")
        with open(self.root + "/keys/spare.public", encoding="ascii") as file:
            public = file.read().strip()
        self.trust(public)
        self.restart()
        [answer] = self.client.call("host.rewrap", to=self.half(spare), records=[record])["records"]
        self.assertEqual(number(base64.b64decode(answer["sealed_b64"]), spare["public"], spare["secret"]), PAN)
        self.assertEqual(self.client.error("host.rewrap", to={**self.half(spare), "kid": "spare-2"}, records=[record]).name,
                         "AccessDenied")
        # the file is read when it is needed
        for text, said in ((public.replace("kid", "id"), "has a line that is no public half of a key as --public writes it"),
                           ("\n".join([public] * 5), "has more than 4 keys"),
                           (self.read(self.root + "/keys/spare").strip(),
                            "has a private key, which belongs to the other machine alone")):
            self.trust(text)
            error = self.client.error("host.rewrap", to=self.half(spare), records=[record])
            self.assertEqual((error.name, error.message), ("AccessDenied", f"{self.root}/etc/spare: {said}"))
        os.unlink(self.root + "/etc/spare")
        error = self.client.error("host.rewrap", to=self.half(spare), records=[record])
        self.assertEqual(error.message, f"{self.root}/etc/spare: No such file or directory")

    def test_on_the_spare(self):
        """A record that comes with what stands beside it: neither is another than it was."""
        spare = self.stranger()
        record = self.record()
        self.trust(json.dumps(self.half(spare), separators=(",", ":")))
        self.restart()
        [moved] = self.client.call("host.rewrap", to=self.half(spare),
                                   records=[self.item(record, bound_b64=b64(BOUND))])["records"]
        os.rename(self.root + "/keys/spare", self.root + "/keys/key")
        self.restart()
        item = self.item(record, sealed_b64=moved["sealed_b64"], bound_b64=b64(BOUND), proof_b64=moved["proof_b64"])
        cases = (({}, {"kid": "spare-1"}),
                 ({"bound_b64": b64(BOUND[::-1])}, "Extended.Changed"), ({"proof_b64": b64(BOUND)}, "Extended.Changed"),
                 ({"amount": 1}, "Extended.Unsealed"), ({"sealed_b64": record["sealed_b64"]}, "Extended.Unsealed"))
        answers = self.client.call("host.check", records=[{**item, **changes} for changes, _ in cases])["records"]
        self.assertEqual([answer.get("error", {}).get("name", answer) for answer in answers], [said for _, said in cases])

    def test_nothing_is_left_in_memory(self):
        self.client.call("host.rewrap", to=self.half(self.key("key")), records=[self.item(self.record())])
        for needle in (PAN.encode(), bytes.fromhex(PAN)):
            self.assertFalse(memory_holds(self.process.pid, needle))
            self.assertNotIn(needle, self.client.raw)


class Files(Keys):
    def run_it(self, *args, **options):
        done = subprocess.run([PROGRAM, *args], capture_output=True, text=True, check=False, timeout=60, **options)
        return done.returncode, done.stdout, done.stderr.strip()

    def test_kept_behind_a_new_one(self):
        key, out = self.root + "/keys/key", self.root + "/keys/"
        for i, name in enumerate(("b", "c", "d")):
            self.assertEqual(self.run_it("--new-key", name, "--keep", key, "--out", out + name), (0, "", ""))
            self.assertEqual(os.stat(out + name).st_mode & 0o777, 0o600)
            with open(out + name, encoding="ascii") as file, open(key, encoding="ascii") as before:
                lines = file.readlines()
                self.assertEqual((json.loads(lines[0])["kid"], lines[1:]), (name, before.readlines()))
            self.assertEqual(len(lines), i + 2)
            key = out + name
        self.assertEqual(self.run_it("--new-key", "e", "--keep", key, "--out", out + "e"), (
            1, "", f"poshal-acquirer: {key}: has 4 keys already: take one out that no record needs any more"))
        self.assertEqual(self.run_it("--new-key", "b", "--keep", out + "c", "--out", out + "e", "--public", out + "p"), (
            1, "", f"poshal-acquirer: {out}c: has a key of this id already"))
        self.assertEqual(self.run_it("--new-key", "e", "--keep", out + "none", "--out", out + "e")[2],
                         f"poshal-acquirer: {out}none: No such file or directory")
        self.assertEqual(self.run_it("--keep", key)[0], 2)
        self.assertFalse({"e", "p"} & set(os.listdir(out)))

    def test_through_pipes(self):
        """So that a credential is made without a file in clear."""
        with open(self.root + "/keys/key", encoding="ascii") as file:
            old = file.read()
        status, text, _ = self.run_it("--new-key", "n", "--keep", "-", "--out", "-", input=old)
        self.assertEqual((status, json.loads(text.splitlines()[0])["kid"], text.splitlines(True)[1:]), (0, "n", [old]))
        self.assertEqual(self.run_it("--new-key", "n", "--keep", "-", "--out", "-", input="")[2], "poshal-acquirer: -: has no key")
        control, terminal = os.openpty()
        try:
            done = subprocess.run([PROGRAM, "--new-key", "n", "--out", "-"], stdout=terminal, stderr=subprocess.PIPE, check=False,
                                  timeout=60)
            self.assertEqual(done.stderr, b"poshal-acquirer: standard output: is a terminal, where all can read\n")
        finally:
            os.close(control)
            os.close(terminal)


if __name__ == "__main__":
    unittest.main()
