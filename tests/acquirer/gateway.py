"""A gateway that says what a test tells it to: HTTP and JSON over TLS, written from docs/acquirer-https.md."""
import json

from host import Host, Line


class Connection(Line):
    def until(self, end):
        while end not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("the acquirer closed the connection")
            self.buffer += data
            self.raw += data
        part, _, self.buffer = self.buffer.partition(end)
        return part

    def request(self):
        """(last part of the address, headers in lower case, the message)"""
        first, *lines = self.until(b"\r\n\r\n").decode("ascii").split("\r\n")
        method, path, version = first.split(" ")
        assert (method, version) == ("POST", "HTTP/1.1"), first
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers["content-length"])
        while len(self.buffer) < length:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("the acquirer closed the connection")
            self.buffer += data
            self.raw += data
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return path, headers, json.loads(body)

    @staticmethod
    def body(request, code="00", drop=(), **changes):
        message = request[2]
        words = {"00": "approved", "10": "partial", "01": "referred", "91": "soft", "30": "format", "94": "duplicate",
                 "25": "not_found"}
        out = {name: message[name] for name in ("terminal", "stan", "transmission", "rrn") if name in message}
        out.update({"version": 1, "decision": words.get(code, "declined"), "response_code": code})
        if code == "00":
            out["approval_code"] = "A1B2C3"
        out.update(changes)
        for name in drop:
            out.pop(name, None)
        return out

    @staticmethod
    def http(status, body, more=""):
        data = body if isinstance(body, bytes) else json.dumps(body, indent=1).encode()
        return (f"HTTP/1.1 {status} Word\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{more}\r\n"
                .encode() + data)

    def answer(self, request, code="00", status=200, pieces=None, **changes):
        self.send(self.http(status, self.body(request, code, **changes)), pieces)


class Gateway(Host):
    kind = Connection
