"""poshal-acquirer over TLS: certificates good and bad, pins, certificates of the till, and what it says when one fails."""
import os
import ssl
import subprocess
import tempfile
import unittest

import test_acquirer
from host import Host
from poshal_test import BUILD, Process, Rpc

EMULATE = os.path.join(BUILD, "bin", "poshal-emulate")


def setUpModule():
    global FOLDER
    FOLDER = tempfile.mkdtemp(prefix="poshal-")
    unittest.addModuleCleanup(subprocess.run, ["rm", "-r", FOLDER], check=True)
    subprocess.run([EMULATE, "certificates", FOLDER], check=True)


def server(which="good", **settings):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/{which}.pem", f"{FOLDER}/{which}.key")
    for name, value in settings.items():
        setattr(context, name, value)
    return context


class Encrypted(test_acquirer.Acquirer):
    @staticmethod
    def make_host():
        return Host(server())

    @property
    def more(self):
        return f"connect_timeout_ms = 60000\ntls = yes\ntls_ca = {FOLDER}/ca.pem\n" # a handshake is this test's work


class Sales(Encrypted):
    def test_by_address(self):
        result, request = self.sold()
        self.assertEqual((result["decision"], request[1][11]), ("approved", "000041"))
        self.assertEqual(self.host.lines[0].sock.version(), "TLSv1.3")

    def test_by_name_with_1_2(self):
        self.host.tls = server(maximum_version=ssl.TLSVersion.TLSv1_2)
        self.configure(self.dialect, self.more + "tls_name = host.acquirer.test\n")
        self.restart()
        self.assertEqual(self.sold()[0]["decision"], "approved")
        self.assertEqual(self.host.lines[0].sock.version(), "TLSv1.2")
        self.assertIn("GCM", self.host.lines[0].sock.cipher()[0])

    def test_a_record_that_is_the_authority(self):
        """The host's own certificate in tls_ca is as good as the authority that signed it."""
        self.configure(self.dialect, f"tls = yes\ntls_ca = {FOLDER}/good.pem\n")
        self.restart()
        self.assertEqual(self.sold()[0]["decision"], "approved")

    def test_pieces_and_many(self):
        ids = [self.client.send("host.authorize", self.record(stan)) for stan in range(61, 81)]
        line = self.host.accept()
        requests = [line.request() for _ in ids]
        data = b"".join(line.answer_bytes(request, "05") for request in requests)
        line.send(data[:150], pieces=1)
        line.send(data[150:])  # one record of TLS with more answers than one read takes
        self.assertEqual({self.client.result(id)["decision"] for id in ids}, {"declined"})

    def test_a_long_record(self):
        """An answer of the host in front of which are 15,000 bytes of messages that are no answers."""
        id = self.client.send("host.authorize", self.record())
        line = self.host.accept()
        request = line.request()
        line.send(b"\0\4abcd" * 2500 + line.answer_bytes(request))
        self.assertEqual(self.client.result(id)["decision"], "approved")

    def test_broken_after_the_request(self):
        for reset in (False, True):
            id = self.client.send("host.authorize", self.record())
            line = self.host.accept()
            request = line.request()
            line.send(line.answer_bytes(request)[:40])
            line.close(reset)
            error = self.failed(id)
            self.assertEqual((error.name, error.data["sent"]), ("Offline", "maybe"))

    def test_echo_and_end(self):
        self.change_dialect(link__echo_timeout_ms=30000)
        self.client.call("host.watch", on=True)
        line = self.host.accept()
        line.answer(line.request())
        self.assertEqual(self.client.told("host.state"), {"state": "up"})
        self.client.call("host.watch", on=False)
        line.sock.unwrap().close()
        self.assertEqual(self.client.told("host.state")["state"], "unknown")


class Secrets(Encrypted, test_acquirer.Secrets):
    test_not_for_debuggers = test_other_users = test_killed_while_something_is_in_flight = None


class Certificates(Encrypted):
    """Certificates of the host and the till against each other."""

    def refused(self, **settings):
        """The sale certainly did not happen, and why."""
        self.bench.call("host.set", **settings)
        before = self.bench.call("host.state")["messages"]
        error = self.failed(self.client.send("host.authorize", self.record()))
        self.assertEqual((error.name, error.data["sent"]), ("Offline", "no"))
        self.assertEqual(self.bench.call("host.state")["messages"], before)
        return error.message

    def setUp(self):
        super().setUp()
        self.host.close()
        with open(self.root + "/bench.ini", "w", encoding="ascii") as file:
            file.write("[host acquirer]\ntls = yes\n")
        control = self.root + "/run/emulator.sock"
        emulator = Process([EMULATE, "bench", self.root + "/bench.ini", "--root", self.root], self.root + "/emulator.log",
                           serves=control)
        self.stack.callback(emulator.stop)
        self.bench = Rpc(control, hello=False)
        self.stack.callback(self.bench.close)
        self.host.port = int(self.bench.call("bench.list")["devices"][0]["connection"].rpartition(":")[2])
        self.folder = self.root + "/run/certificates"
        self.use()

    def use(self, more="", name="host.acquirer.test"):
        self.configure(self.dialect, f"tls = yes\ntls_ca = {self.folder}/ca.pem\ntls_name = {name}\n{more}")
        self.restart()

    def sale(self):
        return self.client.call("host.authorize", **self.record())["decision"]

    def test_bad_ones(self):
        cannot = "cannot connect: "
        for mode, message in (
                ("expired", "the host's certificate has expired: the acquirer has to renew it, or the clock of this machine is "
                            "wrong"),
                ("early", "the host's certificate is not valid yet: check the clock of this machine"),
                ("wrong_name", "the host's certificate is for another name: check the host, and `tls_name` or `url`"),
                ("other_ca", "nobody whom this till trusts has signed the host's certificate: `tls_ca` has to be the file of the "
                             "acquirer's authority"),
                ("plain", "what answers there does not speak TLS: check the port, or whether the line has TLS at all"),
                ("close", "the host has closed the connection in the TLS handshake: check the port, or whether it wants a "
                          "certificate of this till"),
                ("old", "the host offers no TLS 1.2 or later: ask the acquirer for one that does")):
            with self.subTest(mode):
                self.assertEqual(self.refused(tls=mode), cannot + message)
                self.bench.call("host.set", tls="good")
                self.assertEqual(self.sale(), "approved")

    def test_other_name(self):
        self.use(name="other.acquirer.test")
        self.assertIn("for another name", self.refused())

    def test_a_handshake_that_stalls(self):
        self.use("connect_timeout_ms = 400\n")
        self.assertEqual(self.refused(tls="stall"), "the host takes the connection and does not finish the TLS handshake: "
                         "check the port: Connection timed out")

    def test_system_authorities(self):
        self.configure(self.dialect, "tls = yes\ntls_name = host.acquirer.test\n")
        self.restart()
        self.assertIn("nobody whom this till trusts", self.refused())

    def test_pins_and_their_change(self):
        state = self.bench.call("host.state")
        self.use(f"tls_pin = {state['pin']}\n")
        self.assertEqual(self.sale(), "approved")
        self.assertEqual(self.refused(tls="next"),
                         f"cannot connect: the host has the public key {state['next_pin']}, which is none of `tls_pin`: add it "
                         "if the acquirer has announced it")
        self.use(f"tls_pin = {state['pin']}   {state['next_pin']}\n")
        for mode in ("good", "next", "good"):
            self.bench.call("host.set", tls=mode)
            self.assertEqual(self.sale(), "approved")
        # a pin is no leave for a bad certificate
        self.assertIn("expired", self.refused(tls="expired"))

    def test_certificate_of_the_till(self):
        own = f"tls_certificate = {self.folder}/client.pem\ntls_key = {self.folder}/client.key\n"
        self.use(own)
        self.bench.call("host.set", client_certificate=True)
        self.assertEqual(self.sale(), "approved")
        # the key as a credential of the unit
        self.configure(self.dialect, f"tls = yes\ntls_ca = {self.folder}/ca.pem\ntls_name = host.acquirer.test\n"
                       f"tls_certificate = {self.folder}/client.pem\n")
        self.client.close()
        self.process.stop()
        credentials = tempfile.mkdtemp(dir=self.root)
        os.link(self.root + "/keys/key", credentials + "/acquirer-key")
        os.link(self.folder + "/client.key", credentials + "/acquirer-tls-key")
        self.process = Process([test_acquirer.PROGRAM, "--root", self.root], self.root + "/log",
                               env={"CREDENTIALS_DIRECTORY": credentials}, serves=self.path)
        self.stack.callback(self.process.stop)
        self.client = self.connect()
        self.assertEqual(self.sale(), "approved")

    def test_none_where_one_is_wanted(self):
        """TLS 1.3 tells after the handshake, when the sale may have left."""
        self.bench.call("host.set", client_certificate=True)
        error = self.failed(self.client.send("host.authorize", self.record()))
        self.assertEqual((error.name, error.message), ("Offline", "the connection broke: the host wants a certificate of this "
                                                       "till: set `tls_certificate` and `tls_key`"))
        self.assertEqual(self.bench.call("host.state")["messages"], 0)


class Configuration(Encrypted):
    def start_fails(self, more, host="127.0.0.1"):
        path = self.root + "/etc/acquirer.conf"
        self.configure(self.dialect, more)
        with open(path, encoding="ascii") as file:
            text = file.read().replace("host = 127.0.0.1", "host = " + host)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        done = subprocess.run([test_acquirer.PROGRAM, "--root", self.root, "--key", self.root + "/keys/key"], capture_output=True,
                              text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        return done.stderr.strip().replace(path, "").replace(FOLDER, "").replace("<3>", "")

    def test_mistakes(self):
        self.client.close()
        self.process.stop()
        pin = "sha256//" + 43 * "A" + "="
        tls = "tls = yes\n"
        for more, said in (
                ("tls = maybe\n", ":8: `tls` is yes or no"),
                ("tls_pin = " + pin + "\n", ":8: `tls_pin` needs tls = yes"),
                (tls + "tls_pin = sha1//AAAA\n", ":9: `tls_pin` has sha256// and 44 characters of base64, several with a space "
                                                 "between"),
                (tls + "tls_pin = " + " ".join([pin] * 5) + "\n", ":9: `tls_pin` has more than 4 pins"),
                (tls + "tls_key = x\n", ":9: `tls_key` needs `tls_certificate`")):
            self.assertEqual(self.start_fails(more), "poshal-acquirer: " + said)
        self.assertEqual(self.start_fails("", host="192.0.2.1"), "poshal-acquirer: :7: `tls` is missing: yes, or no where the line "
                         "is a private one and the acquirer wants it so")
        for more, said in (
                (f"tls_ca = {FOLDER}/none.pem\n", "`tls_ca`: /none.pem: cannot be read, or has no certificate"),
                (f"tls_ca = {FOLDER}/good.key\n", "`tls_ca`: /good.key: cannot be read, or has no certificate"),
                (f"tls_certificate = {FOLDER}/client.key\n", "`tls_certificate`: /client.key: has no certificate (PEM)"),
                (f"tls_certificate = {FOLDER}/client.pem\ntls_key = {FOLDER}/client.pem\n",
                 "`tls_key`: /client.pem: has no key (PEM, not encrypted)"),
                (f"tls_certificate = {FOLDER}/client.pem\ntls_key = {FOLDER}/good.key\n",
                 "`tls_key`: /good.key: is not the key of the certificate in `tls_certificate`")):
            self.assertEqual(self.start_fails(tls + more), "poshal-acquirer: cannot start: " + said)


if __name__ == "__main__":
    unittest.main()
