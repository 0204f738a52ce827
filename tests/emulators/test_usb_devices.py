#!/usr/bin/env python3
"""HID and serial devices behind the USB/IP server of a whole bench, and the sockets that stand for hidraw and event nodes.

This test plays the kernel's vhci-hcd, and a transport of the service. Usage: test_usb_devices.py POSHAL_EMULATE
"""
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

import test_usbip
from test_usbip import DEADLINE, Kernel, PROGRAM

BENCH = """
[scanner pos]
protocol = hidpos
serial = POS1
{extra}

[scanner newer]
protocol = hidpos-a61

[scanner acm]
serial = ACM1

[scanner prolific]
usb = pl2303

[scanner future]
usb = ftdi

[scanner keys]
protocol = wedge

[drawer box]
protocol = posiflex
number = 2

[drawer star]
protocol = star
serial = STAR1

[scale counter]
protocol = hid

[scanner combined]
protocol = single-cable

[scale inside]
behind = combined

[msr stripe]
protocol = magtek
"""
DESCRIPTOR_START = bytes.fromhex("058c0902a1018502")


class Bench(unittest.TestCase):
    OPTIONS = []

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="poshal-usb-")
        self.addCleanup(self.dir.cleanup)
        path = os.path.join(self.dir.name, "bench.ini")
        with open(path, "w", encoding="ascii") as file:
            file.write(BENCH.format(extra=""))
        self.process = subprocess.Popen([PROGRAM, "bench", path, "--root", self.dir.name, *self.OPTIONS],
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        for line in self.process.stdout:
            if line == "ready\n":
                break
        control = socket.socket(socket.AF_UNIX)
        self.addCleanup(control.close)
        control.settimeout(DEADLINE)
        control.connect(os.path.join(self.dir.name, "run", "emulator.sock"))
        self.lines = control.makefile("rw", encoding="utf-8", newline="\n")
        self.addCleanup(self.lines.close)
        self.lines.readline()
        self.devices = {d["id"]: d for d in self.call("bench.list")["devices"]}

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(DEADLINE), 0)
        self.process.stdout.close()

    def answer(self, method, **params):
        self.lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        self.lines.flush()
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        answer = self.answer(method, **params)
        self.assertIn("result", answer, answer)
        return answer["result"]

    def refused(self, method, **params):
        answer = self.answer(method, **params)
        self.assertIn("error", answer, answer)
        return answer["error"]["data"]["name"]


class Usb(Bench):
    OPTIONS = ["--usbip", "0"]

    def attach(self, name):
        kernel = Kernel(self.devices[name]["usbip_port"])
        self.addCleanup(kernel.close)
        status, record = kernel.attach(self.devices[name]["busid"].encode())
        self.assertEqual(status, 0)
        self.assertEqual(kernel.control(bytes.fromhex("0009010000000000"), b"")[0], 0)
        return kernel, record

    def test_the_list_has_them_all(self):
        kernel = Kernel(self.devices["pos"]["usbip_port"])
        self.addCleanup(kernel.close)
        kernel.socket.sendall(bytes.fromhex("0111 8005 00000000"))
        head = kernel.read(12)
        self.assertEqual(head, bytes.fromhex("0111 0005 00000000 0000000b"))
        names = []
        for _ in range(11):
            record = kernel.read(312)
            names.append(record[256:288].rstrip(b"\0").decode())
            kernel.read(4 * record[311])
        self.assertTrue(kernel.at_end())
        self.assertEqual(names, ["1-%d" % i for i in range(1, 12)])

    def test_how_the_service_is_told_of_them(self):
        told = {name: d["connection"] for name, d in self.devices.items()}
        self.assertEqual(told["pos"], "hid:0c2e:0b87?serial=POS1")
        self.assertEqual(told["acm"], "serial:usb=1d6b:0104?serial=ACM1")
        self.assertEqual(told["future"], "serial:usb=0403:6001")
        self.assertEqual(told["keys"], "evdev:05e0:1200")
        self.assertEqual(told["star"], "usb:0519:1011?serial=STAR1")

    def test_hid(self):
        kernel, record = self.attach("pos")
        self.assertEqual(struct.unpack(">HH", record[300:304]), (0x0c2e, 0x0b87))
        status, config = kernel.control(bytes.fromhex("8006000200000001"))
        self.assertEqual((status, len(config)), (0, 41))
        self.assertEqual(config[:18], bytes.fromhex("0902290001010080320904000002030000 00"))
        status, descriptor = kernel.control(bytes.fromhex("8106002200000010"))
        self.assertEqual((status, descriptor[:8]), (0, DESCRIPTOR_START))
        self.assertEqual(struct.unpack("<H", config[25:27])[0], len(descriptor))
        status, text = kernel.control(bytes.fromhex("800603030904ff00"))
        self.assertEqual(text, b"\x0a\x03P\0O\0S\0" + b"1\0")
        self.assertEqual(kernel.control(bytes.fromhex("210a000000000000"), b"")[0], 0)
        asked = kernel.submit(1, 64, is_in=True)
        self.call("scanner.scan", device="pos", text="4006381333931")
        seq, status, _, report = kernel.answer()
        self.assertEqual((seq, status, report[:5], report[5:18]), (asked, 0, b"\x02\x0d]E0", b"4006381333931"))
        kernel.submit(2, data=bytes.fromhex("0440"))
        self.assertEqual(kernel.answer(False)[1], 0)
        self.assertEqual(self.call("scanner.wait", device="pos", good=1)["good"], 1)
        # the same by SET_REPORT
        self.assertEqual(kernel.control(bytes.fromhex("2109040200000200"), bytes.fromhex("0404"))[0], 0)
        self.assertTrue(self.call("scanner.wait", device="pos", triggered=True)["triggered"])

    def test_hid_without_out_endpoint(self):
        kernel, _ = self.attach("newer")
        _, config = kernel.control(bytes.fromhex("8006000200000001"))
        self.assertEqual((len(config), config[13]), (34, 1))
        self.assertEqual(kernel.control(bytes.fromhex("2109040200000200"), bytes.fromhex("0440"))[0], 0)
        self.call("scanner.wait", device="newer", good=1)

    def test_unplug_and_again(self):
        kernel, _ = self.attach("pos")
        kernel.submit(1, 64, is_in=True)
        self.call("device.unplug", device="pos")
        self.assertTrue(kernel.at_end())
        self.assertEqual(self.refused("scanner.scan", device="pos", text="1"), "NoHardware")
        other = Kernel(self.devices["pos"]["usbip_port"])
        self.addCleanup(other.close)
        self.assertEqual(other.attach(b"1-1")[0], 1)
        self.call("device.plug", device="pos")
        self.attach("pos")
        self.call("scanner.scan", device="pos", text="1")

    def serial(self, name, pipe_in, pipe_out):
        kernel, _ = self.attach(name)
        return kernel, pipe_in, pipe_out

    def test_cdc(self):
        kernel, _ = self.attach("acm")
        _, config = kernel.control(bytes.fromhex("8006000200000001"))
        self.assertEqual(len(config), 67)
        coding = bytes.fromhex("80250000000008")
        self.assertEqual(kernel.control(bytes.fromhex("2120000000000700"), coding)[0], 0)
        self.assertEqual(kernel.control(bytes.fromhex("a121000000000700")), (0, coding))
        notice = kernel.submit(3, 16, is_in=True)
        kernel.submit(0, setup=bytes.fromhex("2122030000000000"))
        answers = dict((a[0], a) for a in (kernel.answer_any(notice), kernel.answer_any(notice)))
        self.assertEqual(answers[notice][3], bytes.fromhex("a1200000000002000300"))
        state = self.call("scanner.state", device="acm")
        self.assertEqual((state["baud"], state["dtr"]), (9600, True))
        asked = kernel.submit(2, 512, is_in=True)
        self.call("scanner.scan", device="acm", text="123")
        self.assertEqual(kernel.answer(), (asked, 0, 4, b"123\r"))
        kernel.submit(1, data=b"hello")
        kernel.answer(False)
        self.call("scanner.wait", device="acm", command="68656c6c6f")

    def test_pl2303(self):
        kernel, record = self.attach("prolific")
        self.assertEqual(record[300:306], b"\x06\x7b\x23\x03\x03\x00")
        self.assertEqual(kernel.control(bytes.fromhex("c001848400000100")), (0, b"\0"))
        self.assertEqual(kernel.control(bytes.fromhex("4001040400000000"), b"")[0], 0)
        asked = kernel.submit(3, 64, is_in=True)
        self.call("scanner.scan", device="prolific", text="123")
        self.assertEqual(kernel.answer(), (asked, 0, 4, b"123\r"))

    def test_ftdi(self):
        kernel, record = self.attach("future")
        self.assertEqual(record[300:306], b"\x04\x03\x60\x01\x06\x00")
        self.assertEqual(kernel.control(bytes.fromhex("c005000000000200")), (0, b"\x31\x60"))
        self.assertEqual(kernel.control(bytes.fromhex("4003384100000000"), b"")[0], 0)
        self.assertEqual(self.call("scanner.state", device="future")["baud"], 9600)
        asked = [kernel.submit(1, 64, is_in=True) for _ in range(2)]
        self.call("scanner.scan", device="future", text="1" * 70)
        self.assertEqual(kernel.answer(), (asked[0], 0, 64, b"\x31\x60" + b"1" * 62))
        self.assertEqual(kernel.answer(), (asked[1], 0, 11, b"\x31\x60" + b"1" * 8 + b"\r"))

    def test_keyboard(self):
        kernel, _ = self.attach("keys")
        _, config = kernel.control(bytes.fromhex("8006000200000001"))
        self.assertEqual(config, bytes.fromhex("0902220001010080320904000001030101000921110100"
                                               "01222d0007058103080001"))
        asked = [kernel.submit(1, 8, is_in=True) for _ in range(4)]
        self.call("scanner.scan", device="keys", text="1")
        reports = [kernel.answer() for _ in range(4)]
        self.assertEqual([r[0] for r in reports], asked)
        self.assertEqual([r[3].hex() for r in reports], ["00001e0000000000", "0" * 16, "0000280000000000", "0" * 16])


    def test_star_drawer(self):
        kernel, record = self.attach("star")
        self.assertEqual(struct.unpack(">HH", record[300:304]), (0x0519, 0x1011))
        kernel.submit(1, 64, is_in=True)
        self.assertEqual(kernel.answer()[3], b"\0" * 8)
        kernel.submit(2, data=b"\x2b\0")
        kernel.answer(False)
        self.assertTrue(self.call("drawer.wait", device="star", open=True)["open"])
        kernel.submit(1, 64, is_in=True)
        self.assertEqual(kernel.answer()[3][0], 0x80)

    def test_posiflex_drawer(self):
        kernel, record = self.attach("box")
        self.assertEqual(struct.unpack(">HH", record[300:304]), (0x0d3a, 0x0202))
        asked = kernel.submit(1, 120, is_in=True)
        kernel.submit(2, data=b"\2\3" + b"\0" * 118)
        answers = dict((a[0], a) for a in (kernel.answer_any(asked), kernel.answer_any(asked)))
        self.assertEqual(answers[asked][3], b"\x21" + b"\0" * 119)

    def test_scale_and_stripe_reader(self):
        kernel, _ = self.attach("counter")
        kernel.submit(1, 64, is_in=True)
        self.assertEqual(kernel.answer()[3], bytes.fromhex("030203fd0000"))
        self.assertEqual(self.call("scale.put", device="counter", weight="1.5")["net"], "1.500")
        report = b""
        while report != bytes.fromhex("030403fddc05"):  # an older one may be on its way
            kernel.submit(1, 64, is_in=True)
            report = kernel.answer()[3]
        self.assertEqual(self.refused("scale.put", device="counter", weight="1.5001"), "Illegal")
        kernel, _ = self.attach("stripe")
        self.call("msr.swipe", kind="good")
        kernel.submit(1, 512, is_in=True)
        self.assertEqual(kernel.answer()[3][:7], bytes.fromhex("0000002f240000"))
        self.assertEqual(self.refused("msr.swipe", number="4111111111111112"), "Illegal")

    def test_the_scale_in_a_scanner(self):
        kernel, _ = self.attach("combined")
        self.call("scale.put", device="inside", weight="0.260")
        kernel.submit(1, data=b"S14\r")
        kernel.submit(2, 64, is_in=True)
        kernel.answer(False)
        self.assertEqual(kernel.answer()[3], b"S14400260\r")


class Nodes(Bench):
    def node(self, name):
        scheme, path = self.devices[name]["connection"].split(":", 1)
        node = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(node.close)
        node.settimeout(DEADLINE)
        node.connect(path)
        return scheme, node

    def test_hid(self):
        scheme, node = self.node("pos")
        self.assertEqual(scheme, "hid")
        self.assertEqual(node.recv(8192)[:9], b"D" + DESCRIPTOR_START)
        self.call("scanner.scan", device="pos", text="4006381333931")
        report = node.recv(8192)
        self.assertEqual((len(report), report[:6]), (65, b"I\x02\x0d]E0"))
        node.send(b"O\x04\x40")
        self.call("scanner.wait", device="pos", good=1)
        node.send(b"F\xfe\x01")
        self.call("scanner.wait", device="pos", command="fe01")
        self.call("device.fault", device="pos", kind="refuse_report")
        node.send(b"O\x04\x40")
        self.assertEqual(node.recv(8192), b"E")
        self.call("device.unplug", device="pos")
        self.assertEqual(node.recv(8192), b"")
        self.assertFalse(os.path.exists(self.devices["pos"]["connection"][4:]))
        self.call("device.plug", device="pos")
        _, node = self.node("pos")
        self.assertEqual(node.recv(8192)[:1], b"D")

    @staticmethod
    def events(packet):
        return [struct.unpack("HHi", packet[at + 16:at + 24]) for at in range(0, len(packet), 24)]

    def test_keys(self):
        scheme, node = self.node("keys")
        self.assertEqual(scheme, "evdev")
        self.call("scanner.scan", device="keys", text="A")
        self.assertEqual(self.events(node.recv(8192)), [(4, 4, 0x700e1), (1, 42, 1), (4, 4, 0x70004), (1, 30, 1), (0, 0, 0)])
        self.assertEqual(self.events(node.recv(8192)), [(4, 4, 0x700e1), (1, 42, 0), (4, 4, 0x70004), (1, 30, 0), (0, 0, 0)])
        self.assertEqual(self.events(node.recv(8192)), [(4, 4, 0x70028), (1, 28, 1), (0, 0, 0)])
        self.assertEqual(self.events(node.recv(8192)), [(4, 4, 0x70028), (1, 28, 0), (0, 0, 0)])
        # the kernel loses the second digit
        self.call("device.fault", device="keys", kind="lose_keys", value=2, count=2)
        self.call("scanner.scan", device="keys", text="123")
        got = [self.events(node.recv(8192)) for _ in range(6)]
        self.assertEqual(got[2], [(0, 3, 0), (0, 0, 0), (4, 4, 0x70020), (1, 4, 1), (0, 0, 0)])

    def test_a_flood_is_held_back(self):
        _, node = self.node("keys")
        self.call("scanner.scan", device="keys", text="0" * 1000, times=5)
        keys = 0
        while keys < 2 * 5 * 1001:
            keys += sum(1 for e in self.events(node.recv(8192)) if e[0] == 1)
        self.assertEqual(keys, 2 * 5 * 1001)


def answer_any(kernel, asked):
    """An answer whose direction follows from which transfer it is of."""
    head = kernel.read(48)
    _, seq, _, _, _, status, actual = struct.unpack(">5IiI", head[:28])
    return seq, status, actual, kernel.read(actual) if seq == asked else b""


test_usbip.Kernel.answer_any = answer_any

if __name__ == "__main__":
    unittest.main()
