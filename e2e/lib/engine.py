"""An engine under test: Proa's daemon, or Debian's dockerd as the reference, wholly inside one folder.

As a module: Engine(root).start(), .stop(), .kill(), .leftovers(). As a command, for cases that want an engine of their own
(the folder is $E):

    engine.py start [ARGUMENT...]    starts it with further arguments and waits until it answers
    engine.py stop                   SIGTERM, waits for the end; exit status is the daemon's
    engine.py kill                   SIGKILL to the daemon alone, waits for the end
    engine.py pid                    prints the daemon's process id
    engine.py log                    prints what the daemon has written
"""
import ctypes, fcntl, os, re, shutil, signal, socket, struct, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.environ.get("PROA_HOME") or os.path.join(HERE, "..", "..", "framework", "distribution", "target", "proa")
SLOW = float(os.environ.get("PROA_E2E_SLOW", "1"))  # how much longer everything may take: on an emulated machine 5
START_SECONDS = 60 * SLOW
STOP_SECONDS = 60 * SLOW
SETTLE_SECONDS = 10 * SLOW

CLONE_NEWNET = 0x40000000  # linux/sched.h
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1  # linux/sockios.h, linux/if.h
libc = ctypes.CDLL(None, use_errno=True)


def own_network():
    """Gives this process a network namespace of its own with nothing but loopback, which also has 192.0.2.1 (a host that is not loopback)."""
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    name = b"lo".ljust(16, b"\0")
    flags = struct.unpack("16sh", fcntl.ioctl(s, SIOCGIFFLAGS, name + b"\0" * 24)[:18])[1]
    fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh22x", name, flags | IFF_UP))
    alias = b"lo:1".ljust(16, b"\0")
    fcntl.ioctl(s, SIOCSIFADDR, struct.pack("16sHH4s16x", alias, socket.AF_INET, 0, socket.inet_aton("192.0.2.1")))
    s.close()


class Recorded(subprocess.Popen):
    """A child that somebody waits for."""

    pids = set()

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        Recorded.pids.add(self.pid)


def adopt_orphans():
    """Processes whose parent ends become children of this one, so that none can hide from descendants(). They are reaped as a host's first process
    does: a zombie in a container's pid namespace would keep its first process, and so the container, from ending."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    subprocess.Popen = Recorded
    threading.Thread(target=reap_orphans, daemon=True).start()


def reap_orphans():
    seen = set()
    while True:
        time.sleep(0.25)
        zombies = {p for p in children() if (stat(p) or ("",))[0] == "Z"} - Recorded.pids
        for p in zombies & seen:
            try:
                os.waitpid(p, os.WNOHANG)
            except ChildProcessError:
                pass
        seen = zombies


def children():
    found = []
    for task in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/children") as f:
                found += map(int, f.read().split())
        except OSError:
            pass
    return found


def stat(pid):
    """(state, parent) of a process, or None when there is none."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return fields[0], int(fields[1])
    except (OSError, IndexError):
        return None


def alive(pid):
    s = stat(pid)
    return s is not None and s[0] not in "ZX"


def descendants(root_pid):
    """Living processes below root_pid, zombies left out."""
    parents = {}
    for p in os.listdir("/proc"):
        if p.isdigit() and (s := stat(p)):
            parents[int(p)] = s
    found, todo = [], [root_pid]
    while todo:
        at = todo.pop()
        for pid, (state, parent) in parents.items():
            if parent == at:
                todo.append(pid)
                if state not in "ZX":
                    found.append(pid)
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def cgroups():
    """Every control group of this machine, in all hierarchies."""
    found = set()
    for top, dirs, _ in os.walk("/sys/fs/cgroup"):
        found.update(os.path.join(top, d) for d in dirs)
    return found


def foreign_processes(cgroup, mine):
    """Whether a control group, or one below it, holds processes that are not ours (somebody else works on this machine too)."""
    for top, _, files in os.walk(cgroup):
        if "cgroup.procs" in files:
            try:
                with open(os.path.join(top, "cgroup.procs")) as f:
                    if any(int(p) not in mine for p in f.read().split()):
                        return True
            except OSError:
                pass
    return False


def mounts_with(root):
    """Mounts of this mount namespace that lie in a folder or come from it."""
    with open("/proc/self/mountinfo") as f:
        return [line.strip() for line in f if root in line]


PLACES = ("/run", "/tmp", "/var/tmp", "/var/lib", "/var/run", "/dev/shm", "/dev/mqueue", "/etc", "/root")


def files_by_name():
    """Entries of the machine's common folders that a daemon, or a library in it, might have made."""
    found = set()
    for d in PLACES:
        try:
            found.update(os.path.join(d, n) for n in os.listdir(d) if re.search(r"^proad?(\.|$)|proad|libnetty|sqlite|felix|hsperfdata_root$", n))
        except OSError:
            pass
    return found


class Snapshot:
    """What the machine had before an engine was started; compared with afterwards."""

    def __init__(self):
        self.cgroups, self.links, self.files = cgroups(), set(socket.if_nameindex()), files_by_name()


class Engine:
    def __init__(self, root, reference=False):
        self.root, self.reference = root, reference
        self.sock = os.path.join(root, "proa.sock")
        self.before = Snapshot() if not os.path.exists(root) else None
        os.makedirs(root, exist_ok=True)

    def argv(self, more=()):
        own = ["-H", "unix://" + self.sock, "--data-root", self.root + "/data", "--exec-root", self.root + "/exec", "--pidfile", self.root + "/pid"]
        if self.reference:
            with open(self.root + "/daemon.json", "w") as f:
                f.write("{}")
            return ["dockerd", *own, "--iptables=false", "--ip6tables=false", "--bridge=none", "--config-file", self.root + "/daemon.json", *more]
        isolation = os.environ.get("PROA_E2E_ISOLATION")
        if isolation and "--default-isolation" not in more:
            own += ["--default-isolation", isolation]
        return [os.path.join(HOME, "bin", "proad"), *own, *more]

    def start(self, *more):
        """Starts the daemon and waits until it answers. A small shell is its parent and keeps its exit status."""
        for name in ("exit", "daemon"):
            if os.path.exists(f"{self.root}/{name}"):
                os.remove(f"{self.root}/{name}")
        script = 'cd /; "$@" & echo $! >"$E/daemon.part"; mv "$E/daemon.part" "$E/daemon"; wait $!; s=$?; echo $s >"$E/exit.part"; mv "$E/exit.part" "$E/exit"'
        with open(self.root + "/log", "ab") as log:
            subprocess.Popen(["bash", "-c", script, "engine", *self.argv(more)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                             env={**os.environ, "E": self.root}, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while not self.answers():
            if os.path.exists(self.root + "/exit"):
                raise RuntimeError(f"the engine ended with status {self.status()}:\n{self.log()[-4000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"the engine does not answer after {START_SECONDS} s:\n{self.log()[-4000:]}")
            time.sleep(0.02)
        kernels = os.environ.get("PROA_E2E_KERNELS")
        if kernels and not self.reference:
            # They are looked for when a container is created; a data root with files in it would not have been taken.
            shutil.copytree(kernels, self.root + "/data/isolation/microvm/kernels", dirs_exist_ok=True)

    def answers(self):
        try:
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(5)
            s.connect(self.sock)
            s.sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
            return s.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
        finally:
            s.close()

    def pid(self):
        with open(self.root + "/daemon") as f:
            return int(f.read())

    def status(self):
        with open(self.root + "/exit") as f:
            return int(f.read())

    def log(self):
        with open(self.root + "/log", errors="replace") as f:
            return f.read()

    def running(self):
        return os.path.exists(self.root + "/daemon") and alive(self.pid())

    def end(self, sig, seconds=STOP_SECONDS):
        """Sends a signal to the daemon alone and waits for its end; its exit status, as a shell tells it."""
        os.kill(self.pid(), sig)
        end = time.monotonic() + seconds
        while not os.path.exists(self.root + "/exit"):
            if time.monotonic() > end:
                raise RuntimeError(f"the engine (process {self.pid()}) did not end within {seconds} s of signal {sig}:\n{self.log()[-4000:]}")
            time.sleep(0.01)
        return self.status()

    def kill(self):
        return self.end(signal.SIGKILL)

    def stop(self):
        return self.end(signal.SIGTERM)

    def clear(self):
        """Removes every container by the API, so that nothing has a reason to stay."""
        env = {**os.environ, "DOCKER_HOST": "unix://" + self.sock}
        ids = subprocess.run(["docker", "ps", "-aq", "--no-trunc"], env=env, capture_output=True, text=True, timeout=60).stdout.split()
        if ids:
            subprocess.run(["docker", "rm", "-fv", *ids], env=env, capture_output=True, timeout=120)

    def leftovers(self, allowed=()):
        """What is still there after the end and should not be, each in one line. Waits a little for what the kernel takes down lazily."""
        end = time.monotonic() + SETTLE_SECONDS
        while True:
            left = self.look(set(allowed))
            if not left or time.monotonic() > end:
                return left
            time.sleep(0.1)

    def look(self, allowed):
        left = []
        mine = set(descendants(os.getpid()))
        left += [f"process {p}: {command_line(p)}" for p in sorted(mine - allowed)]
        left += ["mount " + m for m in mounts_with(self.root)]
        if self.before:
            left += ["control group " + c for c in sorted(cgroups() - self.before.cgroups) if not foreign_processes(c, mine)]
            left += [f"link {n}" for n in sorted(set(socket.if_nameindex()) - self.before.links)]
            left += ["file " + f for f in sorted(files_by_name() - self.before.files)]
        for f in ("pid", "proa.sock"):
            if os.path.lexists(os.path.join(self.root, f)):
                left.append(f"file {self.root}/{f}")
        return left

    def remove(self):
        shutil.rmtree(self.root)


def main():
    e = Engine(os.environ["E"], os.environ.get("PROA_E2E_REFERENCE") == "1")
    action = sys.argv[1] if len(sys.argv) > 1 else ""
    if action == "start":
        e.start(*sys.argv[2:])
    elif action == "stop":
        return e.stop()
    elif action == "kill":
        e.kill()
    elif action == "pid":
        print(e.pid())
    elif action == "log":
        print(e.log(), end="")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as x:
        print(f"engine: {x}", file=sys.stderr)
        sys.exit(1)
