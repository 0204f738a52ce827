"""The socket for applications handed over by a service manager, as poshald.socket does it."""
import fcntl
import os
import shutil
import socket
import tempfile
import unittest

from poshal_test import BUILD, DEADLINE, Process, Rpc, answers, wait_until


class Activation(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="poshal-")
        self.addCleanup(shutil.rmtree, self.root)
        for folder in ("run", "etc/devices.d"):
            os.makedirs(f"{self.root}/{folder}")
        self.path = self.root + "/run/poshal.sock"

    def listening(self):
        """A socket on a high number, so that handing over does not run into itself."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(self.path)
        listener.listen(16)
        high = socket.socket(fileno=fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
        listener.close()
        self.addCleanup(high.close)
        return high

    def run_daemon(self, *sockets):
        """Starts poshald with these as descriptors 3 and up; dash knows numbers up to 9 only."""
        moves = " ".join(f"{3 + i}<&{s.fileno()}" for i, s in enumerate(sockets))
        script = f"exec {moves or '3<&-'}; LISTEN_PID=$$ LISTEN_FDS={len(sockets)} exec \"$@\""
        for s in sockets:
            s.set_inheritable(True)
        process = Process(["bash", "-c", script, "sh", BUILD + "/bin/poshald", "--root", self.root], self.root + "/log",
                          env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/no-bus"}, close_fds=False)
        self.addCleanup(process.stop)
        return process

    def log(self):
        with open(self.root + "/log", encoding="utf-8") as file:
            return file.read()

    def test_a_caller_starts_it_and_the_socket_stays(self):
        listener = self.listening()
        inode = os.stat(self.path).st_ino
        for _ in range(2):
            # connected before anybody is there
            early = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            early.connect(self.path)
            daemon = self.run_daemon(listener)
            early.settimeout(DEADLINE)
            self.assertIn(b"poshal.hello", early.recv(4096))
            early.close()
            client = Rpc(self.path)
            self.assertEqual(client.call("device.list")["devices"], [])
            client.close()
            daemon.stop()
            self.assertEqual(daemon.popen.returncode, 0)
            self.assertEqual(os.stat(self.path).st_ino, inode)

    def test_no_second_one(self):
        """A poshald started by hand does not take the socket away."""
        listener = self.listening()
        self.run_daemon(listener)
        Rpc(self.path).close()
        inode = os.stat(self.path).st_ino
        second = Process([BUILD + "/bin/poshald", "--root", self.root, "--state-dir", self.root + "/other"],
                         self.root + "/second")
        self.assertEqual(second.wait(DEADLINE), 1)
        self.assertEqual(os.stat(self.path).st_ino, inode)
        with open(self.root + "/second", encoding="utf-8") as file:
            self.assertIn("another poshald runs there", file.read())

    def test_others_are_passed_over(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        high = socket.socket(fileno=fcntl.fcntl(udp.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
        self.addCleanup(high.close)
        self.run_daemon(high, self.listening())
        Rpc(self.path).close()
        self.assertNotIn("handed over", self.log())

    def test_nothing_that_fits(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        high = socket.socket(fileno=fcntl.fcntl(udp.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
        self.addCleanup(high.close)
        self.run_daemon(high)
        wait_until(lambda: answers(self.path), "no socket of its own")
        self.assertIn("of 1 descriptors handed over none is a listening Unix socket", self.log())


if __name__ == "__main__":
    unittest.main()
