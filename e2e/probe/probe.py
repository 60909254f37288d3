#!/usr/bin/env python3
"""Compares what a process in a container sees, field by field, with what it sees in Docker's.

probe.py [-v] [--record]      against the engine at DOCKER_HOST; prints TAP, ends with "N passed, N failed, N skipped"

probe.c runs in containers that are started in different ways (VARIANTS). What it reports is made independent of the host and the run
(ids, inode numbers, paths of the engine's own folders) and compared with docker.json, which --record wrote with Debian's Docker Engine as the
engine. DIFFERENCES says where Proa is meant to differ from that engine, and why: mostly because it is 20.10 and Proa follows 28.
"""
import argparse, io, json, os, re, resource, subprocess, sys, tarfile, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import mkimage  # noqa: E402

FACTS = os.path.join(HERE, "docker.json")
IMAGE = "pcsuite/probe:1"

# name: (arguments of docker run, arguments of the probe)
VARIANTS = {
    "default": ([], []),
    "user": (["-u", "app"], []),
    "user-number": (["-u", "1234:1235", "--group-add", "77"], []),
    "user-capability": (["-u", "app", "--cap-add", "NET_ADMIN"], []),
    "no-capabilities": (["--cap-drop", "ALL"], []),
    "no-new-privileges": (["--security-opt", "no-new-privileges"], []),
    "read-only": (["--read-only", "--tmpfs", "/tmp"], []),
    "init": (["--init"], []),
    "terminal": (["-t"], []),
    "stdin": (["-i"], []),
    "settings": (["-w", "/tmp", "-e", "A=b", "--hostname", "given", "--oom-score-adj", "100", "--ulimit", "nofile=100:200"], []),
    "host-network": (["--network", "host"], []),
    "no-seccomp": (["--security-opt", "seccomp=unconfined"], []),
    "exec": (None, []),
    "exec-user": (["-u", "app"], []),
    "exec-terminal": (["-t"], []),
    "calls": ([], ["syscalls"]),
    "calls-sys-admin": (["--cap-add", "SYS_ADMIN"], ["syscalls"]),
    "calls-sys-ptrace": (["--cap-add", "SYS_PTRACE"], ["syscalls"]),
    "calls-exec": (None, ["syscalls"]),
}

# (section, key, what Proa shows, why): patterns of what is meant to differ from the recorded engine. Each has to match whole.
DIFFERENCES = [
    ("access", "/proc/interrupts (read|write)", "empty|opened", "masked by Docker 28"),
    ("mounts", "/proc/interrupts", "masked", "masked by Docker 28"),
    ("access", "/sys/.* write", "Permission denied", "sysfs is read-only by its mount; its superblock is shared by all mounts of a network namespace"),
    ("mounts", "/sys", "sysfs sysfs / ro,nosuid,nodev,noexec,relatime rw", "as above"),
    ("mounts", "/", "root - - r[ow],relatime", "mounts of the host do not propagate into the container at all"),
    ("device_rules", "net/tun", "refused", "no longer in the default rules since runc 1.2"),
    ("devices", "core", "-> /proc/kcore", "made whether or not the host has it"),
    ("limits", "NOFILE", r"1024 \d+", "the usual soft limit (Docker's since 29): a JVM raises its own, so what the daemon was started with is not known"),
    ("native|i386|special", "425|426|427|io_uring_setup.*", "EPERM", "io_uring is refused since Docker 25"),
    ("native", "303|310|311|329|330|331", "None", "name_to_handle_at, process_vm_* and pkey_* are allowed since Docker 23 to 25"),
    ("i386", "341|347|348|380|381|382", "None", "the same"),
    ("special", "name_to_handle_at|process_vm_readv", "None", "the same"),
    ("native|i386", r"4[56]\d", "None|EPERM", "known by Docker 28, not by 20.10"),
    ("native|i386", "41|359", "EPERM", "socket: families are named, and AF_VSOCK and AF_ALG are not among them"),
    ("special", r"socket\(AF_(VSOCK|ALG)\)", "EPERM", "AF_VSOCK is refused since Docker 23, AF_ALG by newer profiles"),
    ("x32", ".*", "ENOSYS", "no x32 calls at all"),
]


def sh(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=120, **more)


def load_image(work):
    probe = os.path.join(work, "probe")
    r = sh(["gcc", "-static", "-O2", "-Wall", "-Wextra", "-Werror", "-o", probe, os.path.join(HERE, "probe.c")])
    if r.returncode:
        return r.stderr or "gcc failed"
    base = tarfile.open(fileobj=io.BytesIO(mkimage.rootfs_busybox()))
    buf = io.BytesIO()
    t = tarfile.open(fileobj=buf, mode="w", format=tarfile.GNU_FORMAT)
    for m in base:
        t.addfile(m, base.extractfile(m) if m.isreg() else None)
    i = tarfile.TarInfo("probe")
    i.mode, i.size, i.mtime = 0o755, os.path.getsize(probe), mkimage.EPOCH
    with open(probe, "rb") as f:
        t.addfile(i, f)
    t.close()
    layer = buf.getvalue()
    archive = os.path.join(work, "probe.tar")
    with open(archive, "wb") as f:
        f.write(mkimage.archive(layer, mkimage.config(layer, ["/probe"], ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]), [IMAGE]))
    r = sh(["docker", "load", "-i", archive])
    return r.stderr if r.returncode else None


def report(variant, flags, arguments):
    """The probe's report in one variant."""
    name = "pcs-probe-" + variant
    if flags is None or variant.startswith("exec"):
        r = sh(["docker", "run", "-d", "--name", name, "--network", "none", IMAGE, "sleep", "60"])
        argv = ["docker", "exec", *(flags or []), name, "/probe", *arguments]
    else:
        net = [] if "--network" in flags else ["--network", "none"]
        argv = ["docker", "run", "--name", name, *net, *flags, IMAGE, "/probe", *arguments]
    try:
        if "-t" in argv:
            argv = ["script", "-qec", " ".join(argv), "/dev/null"]
        r = sh(argv, stdin=subprocess.DEVNULL)
        full = sh(["docker", "inspect", "-f", "{{.Id}}", name]).stdout.strip()
        try:
            return json.loads(r.stdout), full
        except ValueError:
            raise RuntimeError(f"{' '.join(argv)}: status {r.returncode}: {r.stdout[-300:]}{r.stderr[-300:]}")
    finally:
        sh(["docker", "rm", "-f", name])


def mounts(lines):
    """mountinfo without ids, device numbers and the engine's own paths; the hierarchies of cgroup v1 as one."""
    out = {}
    for line in lines:
        left, _, right = line.partition(" - ")
        f, g = left.split(), right.split()
        root, point, options, optional = f[3], f[4], f[5], f[6:]
        kind, source, supers = g[0], g[1], g[2].split(",")
        keep = [o for o in supers if o in ("ro", "rw") or re.match(r"(size|mode|ptmxmode|gid|newinstance|nr_inodes)\b", o)] if kind in ("tmpfs", "devpts", "mqueue", "proc", "sysfs") else []
        if kind in ("cgroup", "cgroup2") or (kind == "tmpfs" and point == "/sys/fs/cgroup"):
            point, source, root, keep = "/sys/fs/cgroup", "-", "-", []
            if kind == "tmpfs":
                continue
            kind = "cgroup"
        if point in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
            root, source, kind = "-", "-", "-"
        if point == "/":
            source, kind, root = "-", "root", "-"
        if point.startswith(("/proc/", "/sys/firmware", "/sys/devices")) and (kind == "tmpfs" or root == "/null"):
            out[point] = "masked"  # by an empty folder or by the null device: "access" says whether it works
            continue
        if kind == "tmpfs" and point == "/dev":
            keep = [o for o in keep if not o.startswith("nr_inodes")]
        out.setdefault(point, f"{kind} {source} {root if kind not in ('tmpfs',) else '/'} {options} {','.join(o.partition(':')[0] for o in optional)} {','.join(sorted(keep))}".replace("  ", " ").strip())
    return out


def neutral(r, full, arguments):
    """A report without what differs from host to host and from run to run, as {section: {key: value}}."""
    text = json.dumps(r).replace(full, "<id>").replace(full[:12], "<id12>")
    text = re.sub(r"(pipe|socket):\[\d+\]", r"\1", text)
    r = json.loads(text)
    if arguments == ["syscalls"]:
        refusals = {1: "EPERM", 38: "ENOSYS"}
        return {k: {call: refusals[e] for call, e in v.items() if e in refusals} for k, v in r.items()}
    r["mounts"] = mounts(r["mounts"])
    pid = r["pid"]
    for n in ("sid", "pgid", "pid"):
        r[n] = 1 if r[n] == 1 else "own" if r[n] == pid else "another's"
    for n, v in r["namespaces"].items():
        r["namespaces"][n] = "host" if os.path.exists(f"/proc/self/ns/{n}") and os.readlink(f"/proc/self/ns/{n}") == v else "own"
    r["cgroup"] = {"of the container": all("<id>" in c or c.endswith(":/") for c in r["cgroup"])}
    for n, v in r["limits"].items():
        number = getattr(resource, "RLIMIT_" + n, None)
        own = resource.getrlimit(number) if number is not None else None
        if own and " ".join(map(str, own)) == v:
            r["limits"][n] = "as the engine was started with"
        elif own is None:
            r["limits"][n] = "not compared"
    for path in list(r["access"]):
        if not os.path.exists(path) and not path.startswith(("/etc/", "/sys/fs/cgroup")):
            r["access"][path] = {"read": "not on this host"}
        elif path.startswith("/sys/fs/cgroup"):
            r["access"][path].pop("read", None)
    r["access"] = {f"{p} {k}": v for p, d in r["access"].items() for k, v in d.items()}
    r["environment"] = dict(e.split("=", 1) for e in r["environment"])
    sections = {k: v for k, v in r.items() if isinstance(v, dict)}
    sections["process"] = {k: json.dumps(v) if isinstance(v, list) else v for k, v in r.items() if not isinstance(v, dict)}
    return sections


def expected_difference(section, k, here):
    return next((why for s, rx, shown, why in DIFFERENCES if re.fullmatch(s, section) and re.fullmatch(rx, k) and re.fullmatch(shown, str(here))), None)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--record", action="store_true")
    ap.add_argument("--only", default="")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    work = tempfile.TemporaryDirectory(prefix="pcs-probe.")
    if problem := load_image(work.name):
        print(f"1..0 # SKIP the probe cannot be built or loaded: {problem}")
        print("0 passed, 0 failed, 1 skipped")
        return 0 if "gcc" in problem or "No such file" in problem else 1
    facts = {} if a.record else json.load(open(FACTS))
    n = passed = failed = 0
    for variant, (flags, arguments) in VARIANTS.items():
        if not re.search(a.only, variant):
            continue
        try:
            seen = neutral(*report(variant, flags, arguments), arguments)
        except (RuntimeError, subprocess.TimeoutExpired) as x:
            n, failed = n + 1, failed + 1
            print(f"not ok {n} - probe/{variant}: {x}", flush=True)
            continue
        if a.record:
            facts[variant] = seen
            continue
        for section in sorted(facts[variant]):
            want, got, bad, notes = facts[variant][section], seen.get(section, {}), [], []
            for k in sorted(set(want) | set(got)):
                if want.get(k) != got.get(k) and "not on this host" not in (want.get(k), got.get(k)):
                    why = expected_difference(section, k, got.get(k))
                    (notes if why else bad).append(f"{k}: docker {want.get(k)!r}, here {got.get(k)!r}" + (f" ({why})" if why else ""))
            n += 1
            passed, failed = passed + (not bad), failed + bool(bad)
            print(f"{'not ok' if bad else 'ok'} {n} - probe/{variant}: {section} ({len(want)} fields)", flush=True)
            for b in bad:
                print("#   " + b)
            for x in notes if a.v else ():
                print("#   meant: " + x)
    sh(["docker", "rmi", "-f", IMAGE])
    if a.record:
        with open(FACTS, "w") as f:
            json.dump(facts, f, indent=1, sort_keys=True)
            f.write("\n")
        return 0
    print(f"1..{n}")
    print(f"{passed} passed, {failed} failed, 0 skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
