"""A pcscd of one's own, in namespaces nobody else sees, with virtual readers that cards reach over loopback; standard library only.

vpcd, the reader driver of vsmartcard, listens on every address, and pcscd has one place for its files: so both get a network and
a /run of their own, and this process carries bytes between a listener outside and vpcd inside. Needs root, or user namespaces.

Usage: pcsc_box.py SOCKET_FD LISTENER_FD...    the socket pcscd answers on, and a listener for each reader's card
"""

import contextlib
import ctypes
import fcntl
import functools
import os
import select
import shutil
import signal
import socket
import struct
import sys

LIBRARY = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
READERS_MAX = 2    # vpcd has two slots, however often it is configured
CARD_PORT = 35963  # of the first
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LIBC = ctypes.CDLL(None, use_errno=True)


def reader_name(number):
    """As PC/SC calls it."""
    return "Virtual PCD 00 %02d" % number


def pcscd():
    """Its path, or None."""
    return shutil.which("pcscd", path="/usr/sbin:/usr/bin:" + os.environ.get("PATH", ""))


@functools.cache
def why_not():
    """A sentence that says why there can be none on this machine, or None."""
    if not pcscd() or not os.path.exists(LIBRARY):
        return "pcscd or vsmartcard-vpcd is not installed"
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            go_inside()
            os._exit(0)
        os._exit(1)
    if os.waitpid(child, 0)[1]:
        return "a pcscd of its own needs root, or user namespaces"
    return None


def check(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def go_inside():
    """Moves this process into a network with nothing but loopback, and a /run with nothing at all."""
    uid, gid = os.getuid(), os.getgid()
    check(LIBC.unshare(CLONE_NEWNET | CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)))
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid), ("gid_map", "0 %d 1" % gid)):
            with open("/proc/self/" + name, "w") as f:
                f.write(text)
    check(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    check(LIBC.mount(b"tmpfs", b"/run", b"tmpfs", 0, None))
    with socket.socket() as s:
        flags = struct.unpack("16sh", fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


def start_pcscd(sock):
    # pcscd reads every file of this folder
    os.makedirs("/run/pcscd")
    os.makedirs("/run/readers")
    with open("/run/readers/vpcd", "w") as f:
        f.write('FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x%04X\nLIBPATH %s\nCHANNELID 0x%04X\n'
                % (CARD_PORT, LIBRARY, CARD_PORT))
    child = os.fork()
    if child == 0:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.dup2(sock, 3)
        os.set_inheritable(3, True) # it may have been that number already
        os.execve(pcscd(), ["pcscd", "--foreground", "--config", "/run/readers"],
                  {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
    return child


class Wire:
    """The card of one reader: at most one connection, carried both ways."""

    def __init__(self, listener, port):
        self.listener = listener
        self.port = port
        self.card = self.reader = None

    def open(self):
        self.close()
        self.card = self.listener.accept()[0]
        self.card.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = socket.socket()
        self.reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.reader.connect_ex(("127.0.0.1", self.port)): # pcscd is only starting; the card tries again
            self.close()

    def close(self):
        for s in self.card, self.reader:
            if s:
                s.close()
        self.card = self.reader = None

    def carry(self, source):
        target = self.reader if source is self.card else self.card
        try:
            data = source.recv(4096)
            # vpcd writes length and data apart, and waits until the length is acknowledged
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            target.sendall(data)
        except OSError:
            data = b""
        if not data:
            self.close()


def serve(wires, pcscd_pid):
    ended = os.pidfd_open(pcscd_pid)
    while True:
        sources = {s: wire for wire in wires for s in (wire.listener, wire.card, wire.reader) if s}
        for source in select.select([ended, *sources], [], [])[0]:
            if source == ended:
                return
            wire = sources[source]
            if source is wire.listener:
                wire.open()
            elif source in (wire.card, wire.reader): # not closed meanwhile
                wire.carry(source)


def main():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    sock, *listeners = map(int, sys.argv[1:])
    for fd in sock, *listeners:
        os.set_inheritable(fd, False)
    wires = [Wire(socket.socket(fileno=fd), CARD_PORT + i) for i, fd in enumerate(listeners)]
    go_inside()
    child = start_pcscd(sock)
    try:
        serve(wires, child)
        print("pcscd has ended")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
