"""An IPP printer for tests: a thread that answers like RFC 8011 says, with jobs the test ends as it likes.

Written from RFC 8010 (encoding) and RFC 8011 (model); standard library only.
"""

import contextlib
import socket
import struct
import threading

OPERATION, JOB, END, PRINTER = 1, 2, 3, 4
INTEGER, BOOLEAN, ENUM, RESOLUTION, RANGE, BEGIN, END_COLLECTION = 0x21, 0x22, 0x23, 0x32, 0x33, 0x34, 0x37
TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME, MEMBER = 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4a
PRINT_JOB, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER, GET_QUEUES = 0x02, 0x08, 0x09, 0x0a, 0x0b, 0x4002
NAMES = {PRINT_JOB: "print", CANCEL_JOB: "cancel", GET_JOB: "get-job", GET_JOBS: "get-jobs", GET_PRINTER: "get-printer",
         GET_QUEUES: "get-queues"}
PENDING, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = 3, 5, 6, 7, 8, 9


def attribute(tag, name, *values):
    out = b""
    for value in values:
        if tag in (INTEGER, ENUM):
            data = struct.pack(">i", value)
        elif tag == BOOLEAN:
            data = bytes([value])
        elif tag == RANGE:
            data = struct.pack(">ii", *value)
        elif tag == RESOLUTION:
            data = struct.pack(">iib", value, value, 3)
        elif tag == BEGIN:
            out += struct.pack(">BH", tag, len(name)) + name.encode() + b"\0\0" + collection(value)
            name = ""
            continue
        else:
            data = value.encode()
        out += struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(data)) + data
        name = ""
    return out


def collection(members):
    """`members` is a list of (name, tag, value); the end tag closes it."""
    out = b""
    for name, tag, value in members:
        out += struct.pack(">BHH", MEMBER, 0, len(name)) + name.encode() + attribute(tag, "", value)
    return out + struct.pack(">BHH", END_COLLECTION, 0, 0)


def parse(body):
    """The operation, the plain attributes by name, and the document behind them."""
    operation, at, found = struct.unpack(">H", body[2:4])[0], 8, {}
    depth, name = 0, ""
    while body[at] != END:
        tag = body[at]
        at += 1
        if tag < 0x10:
            continue
        size = struct.unpack(">H", body[at:at + 2])[0]
        name = body[at + 2:at + 2 + size].decode() or name
        at += 2 + size
        size = struct.unpack(">H", body[at:at + 2])[0]
        value = body[at + 2:at + 2 + size]
        at += 2 + size
        depth += (tag == BEGIN) - (tag == END_COLLECTION)
        if tag == BEGIN or (depth and tag in (MEMBER, INTEGER)):
            found.setdefault("collection", []).append(
                value.decode() if tag != INTEGER else struct.unpack(">i", value)[0])
        elif tag in (INTEGER, ENUM):
            found[name] = struct.unpack(">i", value)[0]
        else:
            found.setdefault(name, value.decode(errors="replace"))
    return operation, found, body[at + 1:]


class IppPrinter:
    def __init__(self, formats=("application/pdf",), width=8000, roll=True):
        self.formats, self.width, self.roll = formats, width, roll
        self.state, self.reasons, self.accepting = 3, ["none"], True
        self.queues = []  # of a print server: (name, device-uri, model)
        self.jobs = {}  # id: {"name", "state", "impressions", "data", "asked"}
        self.drop_next = set()  # operations whose answer is never sent, after they took effect
        self.refuse = {}  # operation: status
        self.news = threading.Condition()
        self.asked = []  # operations, in order
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.url = "ipp://127.0.0.1:%d/ipp/print" % self.port
        self.open = set()
        self._restart()

    def _restart(self):
        threading.Thread(target=self._accept, args=(self.server,), daemon=True).start()

    def go_away(self):
        """Nobody listens any more, and all connections end."""
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.hang_up()

    def come_back(self):
        self.server = socket.create_server(("127.0.0.1", self.port))
        self._restart()

    def close(self):
        if self.server.fileno() >= 0:
            self.go_away()

    def hang_up(self):
        for connection in list(self.open):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                connection.shutdown(socket.SHUT_RDWR)

    def wait(self, condition, message, timeout=60):
        with self.news:
            if not self.news.wait_for(condition, timeout):
                raise AssertionError(message)

    def end_job(self, number, state, impressions=None, message=""):
        with self.news:
            self.jobs[number].update(state=state, impressions=impressions, message=message)

    def _accept(self, server):
        while True:
            try:
                connection = server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        self.open.add(connection)
        try:
            with connection, connection.makefile("rb") as file:
                while self._one(connection, file):
                    pass
        except OSError:
            pass
        self.open.discard(connection)

    def _one(self, connection, file):
        headers = {}
        if not file.readline():
            return False
        for line in iter(file.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect"):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(file.readline(), 16):
                body += file.read(size)
                file.readline()
            file.readline()
        else:
            body = file.read(int(headers.get("content-length", 0)))
        operation, found, document = parse(body)
        with self.news:
            answer = self._answer(operation, found, document, body[4:8])
            self.asked.append(NAMES.get(operation, operation))
            self.news.notify_all()
        if operation in self.drop_next:
            self.drop_next.discard(operation)
            return False
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n"
                           % len(answer) + answer)
        return True

    def _answer(self, operation, found, document, request_id):
        status, groups = self.refuse.get(operation, 0), b""
        if status == 0:
            handler = {PRINT_JOB: self._print, GET_PRINTER: self._printer, GET_JOB: self._job, GET_JOBS: self._list,
                       CANCEL_JOB: self._cancel, GET_QUEUES: self._queues}.get(operation)
            status, groups = handler(found, document) if handler else (0x0501, b"")
        return (b"\x02\x00" + struct.pack(">H", status) + request_id + bytes([OPERATION]) +
                attribute(CHARSET, "attributes-charset", "utf-8") +
                attribute(LANGUAGE, "attributes-natural-language", "en") + groups + bytes([END]))

    def _queues(self, found, document):
        rows = b"".join(bytes([PRINTER]) + attribute(NAME, "printer-name", name) + attribute(URI, "device-uri", uri) +
                        attribute(TEXT, "printer-make-and-model", model) for name, uri, model in self.queues)
        return (0, rows) if rows else (0x0406, b"")

    def _printer(self, found, document):
        length = (RANGE, (2000, 200000)) if self.roll else (INTEGER, 29700)
        return 0, (bytes([PRINTER]) + attribute(TEXT, "printer-make-and-model", "Acme Receipt 80") +
                   attribute(TEXT, "printer-device-id", "MFG:Acme;MDL:Receipt 80;SN:A1234;") +
                   attribute(ENUM, "printer-state", self.state) +
                   attribute(KEYWORD, "printer-state-reasons", *self.reasons) +
                   attribute(BOOLEAN, "printer-is-accepting-jobs", self.accepting) +
                   attribute(MIME, "document-format-supported", "application/octet-stream", *self.formats) +
                   attribute(ENUM, "finishings-supported", 3, 60) +
                   attribute(RESOLUTION, "pwg-raster-document-resolution-supported", 203) +
                   attribute(KEYWORD, "pwg-raster-document-type-supported", "sgray_8") +
                   attribute(BEGIN, "media-col-default", [
                       ("media-size", BEGIN, [("x-dimension", INTEGER, self.width), ("y-dimension", INTEGER, 29700)]),
                       ("media-left-margin", INTEGER, 400), ("media-right-margin", INTEGER, 400)]) +
                   attribute(BEGIN, "media-size-supported", [
                       ("x-dimension", INTEGER, self.width), ("y-dimension", *length)]))

    def _print(self, found, document):
        number = len(self.jobs) + 1
        self.jobs[number] = {"name": found.get("job-name"), "state": PENDING, "impressions": None, "message": "",
                             "data": document, "asked": found}
        return 0, self._describe(number)

    def _describe(self, number):
        job = self.jobs[number]
        out = bytes([JOB]) + attribute(INTEGER, "job-id", number) + attribute(NAME, "job-name", job["name"] or "")
        out += attribute(ENUM, "job-state", job["state"]) + attribute(KEYWORD, "job-state-reasons", "none")
        if job["message"]:
            out += attribute(TEXT, "job-printer-state-message", job["message"])
        if job["impressions"] is not None:
            out += attribute(INTEGER, "job-impressions-completed", job["impressions"])
        return out

    def _job(self, found, document):
        number = found.get("job-id")
        return (0, self._describe(number)) if number in self.jobs else (0x0406, b"")

    def _list(self, found, document):
        done = found.get("which-jobs") == "completed"
        return 0, b"".join(self._describe(n) for n, job in self.jobs.items() if (job["state"] >= CANCELED) == done)

    def _cancel(self, found, document):
        number = found.get("job-id")
        if number not in self.jobs or self.jobs[number]["state"] >= CANCELED:
            return 0x0404, b""
        self.jobs[number]["state"] = CANCELED
        return 0, b""
