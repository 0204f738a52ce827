"""An emulated HID device: a SOCK_SEQPACKET socket, each packet one kind byte and a report with its id (0 for none)."""

import contextlib
import select
import socket
import threading

from poshal_test import DEADLINE


class Node:
    """Accepts the service, sends the descriptor, keeps output reports; `answer` may be overridden."""

    def __init__(self, path, descriptor):
        self.descriptor = descriptor
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(1)
        self.peer = None
        self.reports = []
        self.seen = threading.Condition()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.stopping.set()
        self.thread.join(DEADLINE)
        if self.peer:
            self.peer.close()
        self.listener.close()

    def serve(self):
        while not self.stopping.is_set():
            waiting = [self.peer or self.listener]
            if not select.select(waiting, [], [], 0.05)[0]:
                continue
            if not self.peer:
                peer = self.listener.accept()[0]
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who has waited too long comes again
                    peer.send(b"D" + self.descriptor)
                    self.peer = peer
                continue
            packet = self.peer.recv(4097)
            if not packet:
                self.peer.close()
                self.peer = None
                continue
            with self.seen:
                self.reports.append(packet[1:])
                self.seen.notify_all()
            self.answer(packet[1:])

    def answer(self, report):
        pass

    def input(self, report):
        self.peer.send(b"I" + bytes(report))
