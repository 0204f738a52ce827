#!/usr/bin/env python3
"""Boots Debian's own kernel under qemu with this machine's files as its root, and runs tests in there.

The guest sees every file of the host, read-only below a memory file system: it runs the build tree in place, and nothing
it does leaks back. The kernel package is downloaded by apt into build/vm, never installed. Emulation (TCG) is enough;
nothing here needs rights or /dev/kvm.

usage: vm.py BUILD_DIR SUITE [TEST...]      TEST as for unittest, "Printing" or "Printing.test_receipt"
SUITE is one of:
    usb      the service as a program of root, printers at the kernel's usbfs; guest script `guest`
    system   the installed service under systemd, udevd with its rules, all kinds of nodes; guest script `guest-system`
Ends with 77 where it cannot run, with the reason; with POSHAL_VM_REQUIRED=1 that is a failure.
"""
import fcntl
import glob
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
CACHE = os.environ.get("POSHAL_VM_CACHE") or os.path.join(SOURCE, "build", "vm")
LIMIT = float(os.environ.get("POSHAL_VM_LIMIT", "1500"))
SUITES = {"usb": "guest", "system": "guest-system"}
TOOLS = ("qemu-system-x86_64", "busybox", "modprobe", "depmod", "dpkg-deb", "tar", "systemd-hwdb")
# what a till's devices need, and the way to the root
PARTS = ("drivers/usb", "drivers/hid", "drivers/input", "drivers/virtio", "drivers/tty", "net/9p", "net/core", "fs/9p",
         "fs/netfs", "fs/fscache", "fs/overlayfs", "fs/configfs", "lib")
EARLY = ("virtio_pci", "9pnet_virtio", "9p", "overlay")


class CannotRun(Exception):
    pass


def find_tool(name):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if not found:
        raise CannotRun("%s is not installed (scripts/deps vm)" % name)
    return found


def run(*argv, **more):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          **more).stdout


def find_package():
    """The kernel package in the cache, downloaded when there is none."""
    have = sorted(glob.glob(CACHE + "/linux-image-*.deb"), key=os.path.getmtime)
    if have:
        return have[-1]
    try:
        depends = run("apt-cache", "depends", "linux-image-amd64").decode()
        name = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
        run("apt-get", "download", "-q", name, cwd=CACHE)
        return glob.glob(CACHE + "/linux-image-*.deb")[0]
    except (OSError, AttributeError, IndexError, subprocess.CalledProcessError) as error:
        raise CannotRun("no kernel in %s, and apt has none to download (%s)" % (CACHE, error)) from error


def unpack_kernel(image, target):
    """The ELF inside a bzImage: qemu enters it directly, and the guest need not decompress it (5 s less)."""
    with open(image, "rb") as file:
        data = file.read()
    start = ((data[0x1f1] or 4) + 1) * 512 + struct.unpack_from("<I", data, 0x248)[0]
    payload = data[start:start + struct.unpack_from("<I", data, 0x24c)[0]]
    if payload[:6] == b"\xfd7zXZ\0":
        out = lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(payload)
    elif payload[:2] == b"\x1f\x8b":
        out = zlib.decompressobj(31).decompress(payload)
    else:
        raise CannotRun("the kernel is compressed in a way not known here: " + payload[:8].hex())
    with open(target, "wb") as file:
        file.write(out)


def cpio_entry(name, mode, data=b""):
    head = "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X" % (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    out = head.encode() + name.encode() + b"\0"
    out += b"\0" * (-len(out) % 4)
    return out + data + b"\0" * (-len(data) % 4)


def write_initramfs(version):
    """busybox, init, and the modules up to the root, in the order in which they need each other."""
    entries = [cpio_entry(name, 0o40755) for name in ("bin", "dev", "proc", "sys", "ro", "rw", "new", "lib",
                                                      "lib/modules")]
    with open(find_tool("busybox"), "rb") as file:
        entries.append(cpio_entry("bin/busybox", 0o100755, file.read()))
    with open(HERE + "/init", "rb") as file:
        entries.append(cpio_entry("init", 0o100755, file.read()))
    order = []
    for name in EARLY:
        shown = run(find_tool("modprobe"), "-d", CACHE + "/k", "-S", version, "--show-depends", name).decode()
        order += [path for path in re.findall(r"^insmod (\S+)", shown, re.M) if path not in order]
    for number, path in enumerate(order):
        with open(path, "rb") as file:
            entries.append(cpio_entry("lib/modules/%02d-%s" % (number, os.path.basename(path)), 0o100644, file.read()))
    with open(CACHE + "/initramfs.cpio", "wb") as file:
        file.write(b"".join(entries) + cpio_entry("TRAILER!!!", 0))


def prepare():
    for tool in TOOLS:
        find_tool(tool)
    os.makedirs(CACHE, exist_ok=True)
    with open(CACHE + "/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two suites at a time one does it
        prepare_cache()


def prepare_cache():
    """Kernel, modules and initramfs in the cache; done again only for another package or init."""
    package = find_package()
    version = re.match(r"linux-image-(.*?)_", os.path.basename(package)).group(1)
    with open(HERE + "/init", encoding="ascii") as file:
        wanted = package + "\n" + file.read()
    stamp = CACHE + "/stamp"
    if os.path.exists(stamp) and open(stamp, encoding="ascii").read() == wanted:
        return
    shutil.rmtree(CACHE + "/k", ignore_errors=True)
    os.makedirs(CACHE + "/k")
    modules = "./lib/modules/" + version
    with subprocess.Popen([find_tool("dpkg-deb"), "--fsys-tarfile", package], stdout=subprocess.PIPE) as archive:
        subprocess.run(["tar", "-C", CACHE + "/k", "-x", "--wildcards", "./boot/vmlinuz-*", modules + "/modules.*"] +
                       ["%s/kernel/%s/*" % (modules, part) for part in PARTS], stdin=archive.stdout, check=True)
    unpack_kernel("%s/k/boot/vmlinuz-%s" % (CACHE, version), CACHE + "/vmlinux")
    run(find_tool("depmod"), "-b", CACHE + "/k", version)
    write_initramfs(version)
    with open(stamp, "w", encoding="ascii") as file:
        file.write(wanted)


def share(tag, path, *options):
    return ["-fsdev", ",".join(["local", "id=" + tag, "path=" + path, "security_model=none", *options]),
            "-device", "virtio-9p-pci,fsdev=%s,mount_tag=%s" % (tag, tag)]


def install(build, root):
    """What a package would put into the guest's root, with udev's lookup table of poshal's rows alone."""
    run("cmake", "--install", build, "--strip", env={**os.environ, "DESTDIR": root})
    with tempfile.TemporaryDirectory() as folder:
        rows = folder + "/etc/udev/hwdb.d"
        os.makedirs(rows)
        shutil.copy(root + "/usr/lib/udev/hwdb.d/70-poshal.hwdb", rows)
        run(find_tool("systemd-hwdb"), "update", "--root", folder)
        os.makedirs(root + "/etc/udev", exist_ok=True)
        shutil.copy(folder + "/etc/udev/hwdb.bin", root + "/etc/udev/hwdb.bin")


def boot(out, guest, words):
    """Runs the guest to its end; its console goes to the file `console`. Returns whether it ended in time."""
    argv = [find_tool("qemu-system-x86_64"), "-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "q35", "-smp", "2",
            "-m", "1536", "-nographic", "-nodefaults", "-serial", "stdio", "-no-reboot", "-nic", "none",
            "-kernel", CACHE + "/vmlinux", "-initrd", CACHE + "/initramfs.cpio",
            "-append", "console=ttyS0 panic=-1 quiet mitigations=off nokaslr pinit=%s/%s %s" % (HERE, guest, words)]
    argv += share("root", "/", "readonly=on", "multidevs=remap")
    argv += share("mods", CACHE + "/k/lib/modules", "readonly=on")
    argv += share("out", out)
    with open(out + "/console", "wb") as console:
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        try:
            qemu.wait(LIMIT)
            return True
        except subprocess.TimeoutExpired:
            return False
        finally:
            qemu.kill()
            qemu.wait()


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().replace("\r", "")


def judge(out, in_time):
    """Prints what the guest said; 0 when all its tests passed and its kernel has nothing to complain of."""
    print(read(out + "/tests.log"))
    for line in re.findall(r"^STAGE .*", read(out + "/console"), re.M):
        print(line)
    rc = read(out + "/rc").strip()
    bad = re.findall(r".*(?:BUG:|Oops|WARNING:|cannot find a urb).*", read(out + "/dmesg.log"))
    if not in_time:
        print("vm: the guest did not end within %.0f s" % LIMIT)
    if not rc:
        print("vm: no result of the tests; the end of the console:\n" + read(out + "/console")[-4000:])
    for line in bad:
        print("vm: kernel: " + line)
    if rc != "0":
        journal = [line for line in read(out + "/journal.log").splitlines() if "poshald" in line or "udevd" in line]
        print("\n".join(journal[-60:]))
    return 0 if rc == "0" and in_time and not bad else 1


def main(args):
    if len(args) < 2 or args[0].startswith("-") or args[1] not in SUITES:
        print(__doc__)
        return 2
    try:
        prepare()
    except CannotRun as error:
        print("vm: skipped: %s" % error)
        return 1 if os.environ.get("POSHAL_VM_REQUIRED") else 77
    out = tempfile.mkdtemp(prefix="poshal-vm-")
    begin = time.monotonic()
    with open(out + "/tests", "w", encoding="ascii") as file:
        file.write(" ".join(args[2:]))
    if args[1] == "system":
        install(args[0], out + "/root")
    in_time = boot(out, SUITES[args[1]], "poshal_build=%s poshal_root=%s/root" % (os.path.abspath(args[0]), out))
    result = judge(out, in_time)
    print("vm: %.0f s" % (time.monotonic() - begin))
    if result == 0 and not os.environ.get("POSHAL_TEST_KEEP"):
        shutil.rmtree(out)
    else:
        print("vm: all of it is in " + out)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
