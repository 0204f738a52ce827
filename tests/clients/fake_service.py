"""A scripted service on a Unix socket: answers each method from a table and records what was asked."""
import json
import socket
import threading

HELLO = {
    "server": "poshald/0.1.0", "protocol": {"major": 1, "minor": 0}, "instance": "7d0e",
    "features": [], "limits": {"line": 1048576, "pending": 64, "queue": 1024},
    "auth": {"method": "peercred", "uid": 1000, "grants": ["monitor", "print"]},
}


class Error(Exception):
    """Raised by a handler: the error object of the answer."""

    def __init__(self, code, name, message, **data):
        super().__init__(message)
        self.object = {"code": code, "message": message, "data": {"name": name, **data}}


class FakeService:
    """answers: method -> result, an Error, or a function (service, params) -> result."""

    def __init__(self, path, answers, hello=None):
        self.answers = answers
        self.asked = []
        self.hello = hello or HELLO
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(4)
        self.connection = None
        self.id = None  # of the request being answered
        self.later = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def wait_for(self, method, timeout=60):
        """Waits until the method was called; returns its parameters."""
        def asked():
            return [params for name, params in self.asked if name == method]
        with self.changed:
            assert self.changed.wait_for(asked, timeout), f"{method} was not called"
            return asked()[-1]

    def send(self, message):
        self.connection.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def event(self, topic, device, data, seq=1):
        self.send({"jsonrpc": "2.0", "method": "event", "params": {
            "seq": seq, "time": "2026-11-21T19:45:08.123Z", "topic": topic, "device": device,
            "data": data}})

    def hang_up(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._converse(connection)

    def _converse(self, connection):
        self.connection = connection
        try:
            if isinstance(self.hello, bytes):
                connection.sendall(self.hello)
                return
            self.send({"jsonrpc": "2.0", "method": "poshal.hello", "params": self.hello})
            for line in connection.makefile("r", encoding="utf-8"):
                self._answer(json.loads(line))
        except OSError:
            pass

    def _answer(self, request):
        method, params = request["method"], request["params"]
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        self.id = request["id"]
        with self.changed:
            self.asked.append((method, params))
            self.changed.notify_all()
        try:
            result = self.answers.get(method, Error(-32601, "MethodNotFound", "no such method"))
            if callable(result):
                result = result(self, params)
            if isinstance(result, Error):
                raise result
            answer["result"] = result
        except Error as error:
            answer["error"] = error.object
        if answer.get("result", {}) is not None:
            self.send(answer)
        for action in self.later:
            action()
        self.later.clear()

    def after_answer(self, action):
        """For a handler: what to do behind its answer."""
        self.later.append(action)
