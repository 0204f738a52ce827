"""Puts USB devices of the emulator into this kernel, without tools: OP_REQ_IMPORT, then the socket to vhci-hcd."""
import socket
import struct

VHCI = "/sys/devices/platform/vhci_hcd.0"


def ports():
    """(global number, state) of the high-speed ports of the first controller; 4 is free."""
    with open(VHCI + "/status", encoding="ascii") as file:
        lines = [line.split() for line in file.read().splitlines()[1:]]
    return [(int(line[1]), int(line[2])) for line in lines if line[0] == "hs"]


def attach(tcp_port, port=None):
    """Plugs the device served at `tcp_port` into a free port, or into this one, and returns the port."""
    with socket.create_connection(("127.0.0.1", tcp_port), 30) as s:
        s.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, b"1-1"))
        answer = b""
        while len(answer) < 8 or (answer[7] == 0 and len(answer) < 320):
            piece = s.recv(320 - len(answer))
            if not piece:
                raise OSError("no import: " + answer.hex())
            answer += piece
        bus, device, speed = struct.unpack_from(">III", answer, 8 + 288)
        if port is None:
            port = next(number for number, state in ports() if state == 4)
        s.setblocking(True)
        with open(VHCI + "/attach", "w", encoding="ascii") as file:
            file.write("%d %d %d %d" % (port, s.fileno(), bus << 16 | device, speed))
    return port


def is_free(port):
    return (port, 4) in ports()
