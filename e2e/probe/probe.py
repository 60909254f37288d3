#!/usr/bin/env python3
"""Compares what a process in a container sees, field by field, with what it sees in Docker's.

probe.py [-v] [--record]      [--only REGEX] against the engine at DOCKER_HOST; prints TAP, ends with "N passed, N failed, N skipped"

probe.c runs in containers that are started in different ways (VARIANTS). What it reports is made independent of the host and the run
(ids, inode numbers, paths of the engine's own folders) and compared with docker.json, which --record wrote with a Docker Engine 28.5 as the engine;
it says which. DIFFERENCES says where Proa is meant to differ from that engine, and why.
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
    "privileged": (["--privileged"], []),
    "privileged-user": (["--privileged", "-u", "app"], []),
    "privileged-read-only": (["--privileged", "--read-only"], []),
    "all-capabilities": (["--cap-add", "ALL"], []),
    "all-but-one": (["--cap-add", "ALL", "--cap-drop", "SYS_ADMIN"], []),
    "one-more": (["--cap-add", "SYS_PTRACE", "--cap-drop", "CHOWN"], []),
    "only-one": (["--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE", "-u", "app"], []),
    "paths-unconfined": (["--security-opt", "systempaths=unconfined"], []),
    "host-pid": (["--pid", "host"], []),
    "host-ipc": (["--ipc", "host"], []),
    "host-uts": (["--uts", "host"], []),
    "host-cgroups": (["--cgroupns", "host"], []),
    "private-cgroups": (["--cgroupns", "private"], []),
    "private-ipc": (["--ipc", "private", "--shm-size", "1m"], []),
    "no-ipc": (["--ipc", "none"], []),
    "device": (["--device", "/dev/null:/dev/mine:r", "--device-cgroup-rule", "c 10:229 rw"], []),
    "mounts": (["-v", "/etc:/bound:ro", "-v", "/usr:/private:private,ro", "-v", "/volume", "--tmpfs", "/t:size=64k,mode=700,exec", "--mount", "type=bind,src=/usr,dst=/m,readonly,bind-propagation=rprivate"], []),
    "sysctls": (["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.msgmax=8000", "--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"], []),
    "limits": (["--ulimit", "nproc=500:600", "--ulimit", "core=0", "--ulimit", "nofile=77", "--ulimit", "stack=1048576"], []),
    "exec": (None, []),
    "exec-privileged": (["--privileged"], []),
    "exec-settings": (["-w", "/tmp", "-e", "A=b", "-u", "1234:1235"], []),
    "exec-user": (["-u", "app"], []),
    "exec-terminal": (["-t"], []),
    "calls": ([], ["syscalls"]),
    "calls-sys-admin": (["--cap-add", "SYS_ADMIN"], ["syscalls"]),
    "calls-sys-ptrace": (["--cap-add", "SYS_PTRACE"], ["syscalls"]),
    "calls-privileged": (["--privileged"], ["syscalls"]),
    "calls-no-seccomp": (["--security-opt", "seccomp=unconfined"], ["syscalls"]),
    "calls-all-capabilities": (["--cap-add", "ALL"], ["syscalls"]),
    "calls-no-capabilities": (["--cap-drop", "ALL"], ["syscalls"]),
    "calls-net-admin": (["--cap-add", "NET_ADMIN"], ["syscalls"]),
    "calls-sys-time": (["--cap-add", "SYS_TIME"], ["syscalls"]),
    "calls-sys-boot": (["--cap-add", "SYS_MODULE", "--cap-add", "SYS_PACCT", "--cap-add", "SYSLOG"], ["syscalls"]),
    "calls-bpf": (["--cap-add", "BPF", "--cap-add", "PERFMON"], ["syscalls"]),
    "calls-user": (["-u", "app"], ["syscalls"]),
    "calls-exec": (None, ["syscalls"]),
}

# (section, key, what Proa shows, why): patterns of what is meant to differ from the recorded engine. Each has to match whole.
DIFFERENCES = [
    ("access", "/sys/.* write", "Permission denied", "sysfs is read-only by its mount; its superblock is shared by all mounts of a network namespace"),
    ("mounts", "/sys", "sysfs sysfs / ro,nosuid,nodev,noexec,relatime rw", "as above"),
    ("mounts", "/volume", "bind - - rw,relatime", "volumes are private, as Docker's documentation has it"),
    ("devices", "core", "-> /proc/kcore", "made whether or not the host has it"),
    ("limits", "NOFILE", r"1024 \d+", "the usual soft limit (Docker's since 29): a JVM raises its own, so what the daemon was started with is not known"),
    ("native|i386", "41|359", "EPERM", "socket: families are named, and AF_ALG is not among them, nor among newer profiles'"),
    ("special", r"socket\(AF_ALG\)", "EPERM", "as above"),
    ("x32", ".*", "ENOSYS", "no x32 calls at all"),
]


def folded(calls):
    """{"1": "EPERM", "2": "EPERM", "x": "ENOSYS"} as {"EPERM": "1-2", "ENOSYS": "x"}: what --record keeps of verdicts."""
    out = {}
    for verdict in sorted(set(calls.values())):
        names = [c for c in calls if calls[c] == verdict]
        numbers, spans = sorted(int(c) for c in names if c.isdigit()), []
        for n in numbers:
            if spans and spans[-1][1] == n - 1:
                spans[-1][1] = n
            else:
                spans.append([n, n])
        out[verdict] = " ".join([f"{a}-{b}" if a != b else str(a) for a, b in spans] + sorted(c.replace(" ", "") for c in names if not c.isdigit()))
    return out


def unfolded(verdicts):
    out = {}
    for verdict, names in verdicts.items():
        for name in names.split():
            a, _, b = name.partition("-") if name[0].isdigit() else (name, "", "")
            out.update({str(n): verdict for n in range(int(a), int(b or a) + 1)} if a.isdigit() else {name: verdict})
    return out


def delta(base, seen):
    """What of a variant's report is not as in the default's; None for what is not there."""
    out = {s: {k: seen.get(s, {}).get(k) for k in {*base.get(s, {}), *seen.get(s, {})} if base.get(s, {}).get(k) != seen.get(s, {}).get(k)} for s in {*base, *seen}}
    return {s: fields for s, fields in out.items() if fields}


def applied(base, changes):
    out = {s: {**base.get(s, {}), **changes.get(s, {})} for s in {*base, *changes}}
    return {s: {k: v for k, v in fields.items() if v is not None} for s, fields in out.items()}


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
        if point in ("/bound", "/private", "/m", "/volume"):  # wherever the host has it
            root, source, kind = "-", "-", "bind"
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
        return {k: {call.replace(" ", ""): refusals[e] for call, e in v.items() if e in refusals} for k, v in r.items()}
    r["mounts"] = mounts(r["mounts"])
    pid = r["pid"]
    for n in ("sid", "pgid", "ppid", "pid"):
        r[n] = r[n] if r[n] in (0, 1) else "own" if r[n] == pid else "another's"
    for n, v in r["namespaces"].items():
        r["namespaces"][n] = "host" if os.path.exists(f"/proc/self/ns/{n}") and os.readlink(f"/proc/self/ns/{n}") == v else "own"
    r["processors"] = "all" if r["processors"] == len(os.sched_getaffinity(0)) else r["processors"]
    r["texts"] = {"hosts": " / ".join(r["texts"]["hosts"]), "hostname": " / ".join(r["texts"]["hostname"]), "links": " ".join(sorted(x.split(":")[0].strip() for x in r["texts"]["links"][2:]))}
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
    engine = sh(["docker", "version", "-f", "{{range .Server.Components}}{{.Name}} {{.Version}} {{end}}"]).stdout.strip()
    facts = {"recorded with": f"{engine}, Linux {os.uname().release.split('-')[0]}"} if a.record and not a.only else json.load(open(FACTS))
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
            facts[variant] = {k: folded(v) for k, v in seen.items()} if arguments == ["syscalls"] else seen if variant == "default" else delta(facts["default"], seen)
            continue
        recorded = {k: unfolded(v) for k, v in facts[variant].items()} if arguments == ["syscalls"] else applied(facts["default"], {} if variant == "default" else facts[variant])
        for section in sorted(recorded):
            want, got, bad, notes = recorded[section], seen.get(section, {}), [], []
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
