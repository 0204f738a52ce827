"""A private CUPS server with one raw queue on the socket backend, for comparison."""

import os
import pwd
import shutil
import subprocess
import tempfile

from poshal_test import Process, answers

FILES = """ServerRoot ROOT
RequestRoot ROOT/spool
TempDir ROOT/spool/tmp
CacheDir ROOT/cache
StateDir ROOT/state
AccessLog ROOT/access_log
ErrorLog ROOT/error_log
PageLog ROOT/page_log
ServerBin /usr/lib/cups
DataDir /usr/share/cups
ServerKeychain ROOT/ssl
User lp
Group lp
SystemGroup root
FileDevice Yes
Sandboxing relaxed
"""

SERVER = """LogLevel warn
Listen ROOT/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
MaxJobs 0
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""


class Cups:
    """Context manager; .socket is where it listens, .queue prints to 127.0.0.1:port."""

    queue = "bench"

    def __init__(self, port):
        self.port = port

    def __enter__(self):
        program = shutil.which("cupsd", path="/usr/sbin:/usr/bin")
        if not program or os.getuid() != 0:
            raise OSError("comparing with CUPS needs cupsd and root")
        self.root = tempfile.mkdtemp(prefix="bench-cups-")
        os.chmod(self.root, 0o755)
        lp = pwd.getpwnam("lp")
        for name, mode in (("spool", 0o710), ("spool/tmp", 0o1770), ("cache", 0o770), ("state", 0o755),
                           ("ssl", 0o700)):
            os.mkdir(os.path.join(self.root, name))
            os.chmod(os.path.join(self.root, name), mode)
            os.chown(os.path.join(self.root, name), 0, lp.pw_gid)
        for name, text in (("cups-files.conf", FILES), ("cupsd.conf", SERVER)):
            with open(os.path.join(self.root, name), "w") as f:
                f.write(text.replace("ROOT", self.root))
        self.socket = os.path.join(self.root, "cups.sock")
        self.server = Process([program, "-f", "-c", self.root + "/cupsd.conf", "-s",
                               self.root + "/cups-files.conf"], self.root + "/log",
                              ready=lambda: answers(self.socket))
        try:
            self.add_queue()
        except BaseException:
            self.__exit__()
            raise
        return self

    def add_queue(self):
        """The fastest it can do: raw data, no look at the printer by SNMP, no wait for its end."""
        uri = "socket://127.0.0.1:%d/?snmp=false&waiteof=false" % self.port
        done = subprocess.run(["lpadmin", "-h", self.socket, "-p", self.queue, "-E", "-v", uri, "-m", "raw",
                               "-o", "printer-is-shared=false"], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise OSError("lpadmin: " + done.stderr.strip())

    def __exit__(self, *unused):
        self.server.stop()
        if not os.environ.get("POSHAL_TEST_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)
