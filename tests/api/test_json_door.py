"""The JSON door: framing, strictness, limits and rights, with a service that has no devices."""

import json
import os
import socket
import time
import unittest

from poshal_test import DEADLINE, Rpc, RpcError, Till, wait_until


class JsonDoor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.till = Till(bench=None, config="", devices="")

    @classmethod
    def tearDownClass(cls):
        cls.till.close()

    def raw(self, data, answers=1):
        """The answers to raw bytes on a connection of its own."""
        client = self.till.client()
        client.send_raw(data)
        got = [client.read_message(self.deadline()) for _ in range(answers)]
        client.close()
        return got

    def deadline(self):
        return time.monotonic() + DEADLINE

    def test_greeting_says_who_and_what(self):
        hello = self.till.client().hello
        self.assertRegex(hello["server"], r"^poshald/\d+\.\d+\.\d+$")
        self.assertEqual(hello["protocol"], {"major": 1, "minor": 0})
        self.assertEqual(hello["auth"]["uid"], os.getuid())
        self.assertIn("configure", hello["auth"]["grants"])
        self.assertEqual(hello["limits"]["line"], 1048576)

    def test_what_is_not_a_request_is_refused_and_the_connection_lives(self):
        client = self.till.client()
        cases = [
            (b"{\n", -32700), (b"nonsense\n", -32700), (b"{} {}\n", -32700), (b"\"text\"\n", -32700),
            (b"[]\n", -32600), (b"{\"jsonrpc\":\"2.0\",\"id\":1}\n", -32600),
            (b"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"rpc.ping\"}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"method\":\"rpc.ping\"}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"rpc.ping\"}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"id\":\"" + b"x" * 65 + b"\",\"method\":\"rpc.ping\"}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\",\"params\":[]}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\",\"extra\":1}\n", -32600),
            (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.nothing\"}\n", -32601),
            (b"\xff\xfe{\"a\":1}\n", -32700), (b"{\"a\":\"\\u0000\"}\n", -32700),
            (b"[" * 100 + b"]" * 100 + b"\n", -32700),
        ]
        for line, code in cases:
            client.send_raw(line)
            answer = client.read_message(self.deadline())
            self.assertEqual(answer["error"]["code"], code, line)
            self.assertTrue(answer["error"]["data"]["name"], line)
        self.assertEqual(client.call("rpc.ping"), {})

    def test_the_first_wrong_parameter_is_named_by_path(self):
        client = self.till.client()
        cases = [
            ("device.list", {"colour": "red"}, "$.colour: unknown parameter"),
            ("device.list", {"class": 7}, "$.class: must be a string"),
            ("device.list", {"class": "toaster"}, "$.class: must be one of: scanner printer"),
            ("device.get", {}, "$.device: is missing"),
            ("device.get", {"device": "x" * 200}, "$.device: is longer than"),
            ("device.claim", {"device": "a", "wait_ms": -1}, "$.wait_ms: must be between 0 and"),
            ("device.claim", {"device": "a", "wait_ms": 0.5}, "$.wait_ms: must be a whole number"),
            ("events.subscribe", {"topics": "*"}, "$.topics: must be a list"),
            ("events.subscribe", {"topics": [1]}, "$.topics: must hold strings only"),
            ("printer.validate", {"document": []}, "$.document: must be an object"),
        ]
        for method, params, text in cases:
            error = client.error(method, **params)
            self.assertEqual((error.code, error.name), (-32006, "Illegal"), method)
            self.assertTrue(error.message.startswith(text), "%s: %s" % (method, error.message))

    def test_a_doubled_parameter_is_refused(self):
        answer = self.raw(b'{"jsonrpc":"2.0","id":1,"method":"device.get",'
                          b'"params":{"device":"a","device":"b"}}\n')[0]
        self.assertEqual(answer["error"]["message"], "$.device: stands there twice")

    def test_string_ids_and_order(self):
        client = self.till.client()
        lines = b"".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": "rpc.ping"}).encode() + b"\n"
                         for i in ["a", "\"quoted\" é", 7, -3])
        client.send_raw(lines)
        got = [client.read_message(self.deadline())["id"] for _ in range(4)]
        self.assertEqual(got, ["a", "\"quoted\" é", 7, -3])

    def test_one_byte_at_a_time(self):
        client = self.till.client()
        for byte in b'{"jsonrpc":"2.0","id":5,"method":"rpc.ping"}\r\n':
            client.send_raw(bytes([byte]))
        self.assertEqual(client.read_message(self.deadline()), {"jsonrpc": "2.0", "id": 5, "result": {}})

    def test_oversized_line_gets_a_last_word(self):
        client = self.till.client()
        try:
            client.send_raw(b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (1 << 20) + b'"}\n')
        except OSError:
            pass  # it may be closed before all was written
        answer = client.read_message(self.deadline())
        self.assertEqual(answer["error"]["data"]["name"], "TooLarge")
        with self.assertRaises((EOFError, ConnectionResetError)):
            client.read_message(self.deadline())
        self.assertEqual(self.till.client().call("rpc.ping"), {})

    def test_half_closed_connection_gets_its_answers(self):
        client = self.till.client()
        client.send("rpc.ping")
        client.send("job.list")
        client.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(client.result(1), {})
        self.assertEqual(client.result(2), {"jobs": []})
        with self.assertRaises(EOFError):
            client.read_message(self.deadline())

    def test_a_client_that_does_not_read_is_cut_off_and_others_go_on(self):
        lazy, other = self.till.client(), self.till.client()
        request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'
        with self.assertRaises(OSError):
            for _ in range(2000):
                lazy.sock.settimeout(DEADLINE)
                lazy.sock.sendall(request)
        self.assertEqual(other.call("rpc.ping"), {})
        wait_until(lambda: "does not read" in self.till.log(), "the log does not say why")

    def test_more_connections_than_allowed_are_told_so(self):
        refused, kept = None, []
        try:
            for _ in range(600):
                sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                sock.settimeout(DEADLINE)
                sock.connect(self.till.socket_path)
                kept.append(sock)
                first = json.loads(sock.makefile("rb").readline())
                if "error" in first:
                    refused = first
                    break
            self.assertEqual(refused["error"]["data"]["name"], "LimitExceeded")
            self.assertGreaterEqual(len(kept), 400)
        finally:
            for sock in kept:
                sock.close()
        wait_until(self.admitted, "there is no room although the others are gone")

    def admitted(self):
        try:
            return self.till.client().call("rpc.ping") == {}
        except EOFError:  # the service has not noticed yet that the others are gone
            return False

    def test_ten_thousand_connections_one_after_another(self):
        for _ in range(10000):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.connect(self.till.socket_path)
            sock.close()
        self.assertEqual(self.till.client().call("rpc.ping"), {})

    def test_discover_describes_every_method(self):
        document = self.till.client().call("rpc.discover")
        names = [m["name"] for m in document["methods"]]
        self.assertEqual(names, sorted(names))
        for method in document["methods"]:
            self.assertTrue(method["summary"], method["name"])
            for param in method["params"]:
                self.assertTrue(param["description"], method["name"])
        print_params = {p["name"]: p for p in
                        next(m for m in document["methods"] if m["name"] == "printer.print")["params"]}
        self.assertTrue(print_params["key"]["required"])
        self.assertFalse(print_params["ttl_s"]["required"])

    def test_every_discovered_method_is_dispatched(self):
        client = self.till.client()
        for method in client.call("rpc.discover")["methods"]:
            with self.subTest(method=method["name"]):
                try:
                    client.call(method["name"], nonsense=1)
                    self.fail("accepted an unknown parameter")
                except RpcError as e:
                    self.assertEqual(e.message, "$.nonsense: unknown parameter")

    def test_cancel_of_nothing(self):
        self.assertEqual(self.till.client().error("rpc.cancel", id="zzz").name, "NoExist")

    def test_second_service_on_the_same_root_refuses(self):
        import subprocess
        from poshal_test import BUILD
        done = subprocess.run([BUILD + "/bin/poshald", "--root", self.till.root], capture_output=True,
                              text=True, timeout=DEADLINE, env={**os.environ, **self.till.env})
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "another|in use")
        self.assertEqual(self.till.client().call("rpc.ping"), {})


class Access(unittest.TestCase):
    def test_refusal_names_the_missing_grant(self):
        if os.getuid() != 0:
            self.skipTest("needs root to be somebody else")
        with Till(bench=None, config="[access]\nuser.nobody = monitor\n", devices="") as till:
            os.chmod(till.root, 0o755)
            os.chmod(till.root + "/run", 0o755)
            os.chmod(till.socket_path, 0o666)
            read, write = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                    client = Rpc(till.socket_path)
                    error = client.error("config.reload")
                    out = [client.hello["auth"]["grants"], error.name, error.message]
                except BaseException as e:  # told to the parent
                    out = [repr(e)]
                os.write(write, json.dumps(out).encode())
                os._exit(0)
            os.close(write)
            out = json.loads(os.read(read, 65536))
            os.waitpid(pid, 0)
            os.close(read)
            self.assertEqual(out[:2], [["monitor"], "AccessDenied"])
            self.assertIn("needs the grant `configure`", out[2])


    def test_a_reload_changes_the_rights_of_connected_clients(self):
        if os.getuid() != 0:
            self.skipTest("needs root to be somebody else")
        with Till(bench=None, config="[access]\nuser.nobody = monitor\n", devices="") as till:
            for path, mode in [(till.root, 0o755), (till.root + "/run", 0o755), (till.socket_path, 0o666)]:
                os.chmod(path, mode)
            to_child, to_parent = os.pipe(), os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                    client = Rpc(till.socket_path)
                    out = [sorted(client.call("device.list"))]
                    os.write(to_parent[1], b"x")
                    os.read(to_child[0], 1)
                    out.append(client.error("device.list").name)
                except BaseException as e:  # told to the parent
                    out = [repr(e)]
                os.write(to_parent[1], json.dumps(out).encode())
                os._exit(0)
            os.read(to_parent[0], 1)
            till.write_config("[access]\nuser.nobody = none\n", "")
            self.assertEqual(till.client().call("config.reload")["errors"], [])
            os.write(to_child[1], b"x")
            self.assertEqual(json.loads(os.read(to_parent[0], 65536)), [["devices"], "AccessDenied"])
            os.waitpid(pid, 0)


if __name__ == "__main__":
    unittest.main()
