#!/usr/bin/env python3
"""Runner for the case tables in cases/*.t. One case is:

== id [tag tag]: title
$ shell command                 (continued on lines that start with four spaces)
= 7                             exit status: a number, !0 for any failure, * for any (default 0)
out~ RE   out!~ RE   out= TEXT  standard output: matches / does not match / is (stripped)
err~ RE   err!~ RE   all~ RE    standard error; either of both
$15 command                     the same, repeated for up to 15 s until its expectations hold

Expectations belong to the command before them. Commands run in bash with pipefail, in one scratch
folder per case ($T), and see: $BB (a busybox image), $BB2 (a second, different one), $DEB (a Debian
image, tag debian), $N (a name of this case's own: everything whose name starts with it is removed
afterwards), $R / $RA / $RT / $RX (registries: open, with password, TLS, open at an address that is not loopback; tag registry),
and the functions shared KEY [OPTION...] [-- COMMAND...] (the name of a container that stays for other cases), serve FOLDER (by HTTP at 127.0.0.1:$served until the command ends), api METHOD PATH [JSON-or-@FILE] (prints the body, then "HTTP <status>"), port (a free port),
tty CMD... (runs it on a pseudo terminal), layer DIR (a tar of DIR on stdout), image NAME [CHANGE...] (an image of its own: busybox with
these Dockerfile instructions, made by import). In regular expressions $N, $BB, $R, ... stand for their (quoted) values.

Tags:
  registry     needs a docker-registry program
  debian       needs a Debian root tree in PROA_DEBIAN_ROOTFS
  engine       has an engine of its own: `engine start [ARGUMENT...]`, `engine stop`, `engine kill`, `engine pid`, `engine log`; DOCKER_HOST
               is its address, $E its folder, $PROAD the program. It is stopped afterwards, and the case fails when anything is left of it
  proa         behaviour that is Proa's own, not run against the reference
  since28      words or fields of Docker 28, which the reference (Debian's 20.10) has otherwise: not run against that
  noref        what the reference cannot do on the build machines
  v1, v2       for hosts whose control groups are version 1 (hybrid too) or wholly version 2: skipped on others; lab/run runs those for v2
  nokvm        for hosts whose processor offers no virtualisation: skipped on others
  apparmor     needs a kernel with AppArmor on, and its parser: skipped elsewhere
  lab          needs a host of its own (swap, block devices, huge pages): skipped outside lab/run
  has:PROGRAM  needs that program on this machine
  large        takes a minute or more, and much room: run with PROA_E2E_LARGE=1 only
  kvm          needs microVMs: a processor that offers virtualisation, and kernels (PROA_E2E_KERNELS): lab/run microvm
  slow         takes more than ten seconds: left out by --quick
  later:WHAT   a case that was proven against a real engine and waits for an issue to come (LATER below says which). It is listed as
               "not yet"; --later runs such cases too, and tells which already pass
"""
import argparse, atexit, glob, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(HERE, "..", "lib")
sys.path.insert(0, LIB)
import api, engine, mkimage  # noqa: E402

HOST = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
SOCK = HOST.removeprefix("unix://")
TIMEOUT = float(os.environ.get("PROA_CASE_TIMEOUT", "60")) * engine.SLOW
VARIABLES = r"\$(BB2|BB|DEB|N|RA|RT|RX|R|T|E)\b"

LATER = {
    "push": "push, login and registry authentication",
    "network": "bridge networks, published ports, name resolution",
    "plugins": "plugins by the API",
    "restart": "restart policies and health checks",
    "save": "save, export, commit and history",
    "cp": "copying files in and out",
    "volumes": "volumes by the API beyond what run needs",
    "events": "events",
    "prune": "prune, df and search",
    "links": "mount targets that are dangling links of the image",
    "swap": "the isolation backend replaced under load",
    "devices": "devices, sysctls and further limits",
}

PRELUDE = r'''
set -o pipefail
api() {
  local m=$1 p=$2 d=${3-} a=()
  [ -z "$d" ] || a=(--data-binary "$d")
  [ "$m" = HEAD ] && a+=(-I)
  curl -sS -m $API_SECONDS --unix-socket "$SOCK" -X "$m" -H "Content-Type: ${CT:-application/json}" ${XH:+-H "$XH"} "${a[@]}" -w '\nHTTP %{http_code}\n' "http://d$p"
}
port() { python3 -c 'import socket;s=socket.socket();s.bind(("127.0.0.1",0));print(s.getsockname()[1])'; }
tty() { local q; printf -v q '%q ' "$@"; script -qec "$q" /dev/null; }
layer() { tar -C "$1" -c .; }
image() { local n=$1 a=(); shift; for c; do a+=(--change "$c"); done; docker import "${a[@]}" "$BBLAYER" "$n"; }
engine() { python3 "$LIB/engine.py" "$@"; }
# shared KEY [OPTION...] [-- COMMAND...]: the name of a container that stays for other cases too; the first who wants it starts it
shared() {
  local name=pcshared-$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# = 0 ] || shift
  [ $# -gt 0 ] || set -- sleep 1000000
  if [ ! -e "$W/$name" ]; then
    docker run -d --name "$name" "${options[@]}" $BB "$@" >/dev/null && : >"$W/$name"
  fi
  echo "$name"
}
# those of 78-shared.t
limited() {
  mkdir -p "$W/bound"; [ -e "$W/bound/single" ] || : >"$W/bound/single"
  shared limited --memory 96m --pids-limit 60 --cpus 0.5 --ulimit nofile=100:200 --init -e A=b -w /tmp -u app --hostname named --read-only --tmpfs /scratch:size=1m,mode=711 \
    -v pcshared-v:/var/v -v "$W/bound:/bound" -v "$W/bound:/fixed:ro" -v "$W/bound/single:/etc/single" --cap-drop CHOWN --security-opt no-new-privileges \
    --sysctl net.ipv4.ip_unprivileged_port_start=1000
}
web() {
  [ -e "$W/pcshared-net" ] || docker network create --subnet 10.213.7.0/24 pcshared-net >/dev/null && : >"$W/pcshared-net"
  shared web --network pcshared-net --ip 10.213.7.20 --network-alias site --mac-address 02:42:0a:d5:07:77 -p 127.0.0.1::80 -- \
    sh -c 'mkdir -p /w; echo served >/w/f; exec httpd -f -p 80 -h /w'
}
peer() { web >/dev/null; shared peer --network pcshared-net; }
# serve FOLDER: by HTTP at 127.0.0.1:$served until this command has ended
serve() {
  served=$(port)
  python3 -m http.server -b 127.0.0.1 -d "$1" "$served" >/dev/null 2>&1 &
  trap "kill $!" EXIT
  for _ in $(seq 300); do curl -s "http://127.0.0.1:$served/" >/dev/null && return; sleep 0.1; done
}
'''


class Step:
    def __init__(self, cmd, retry):
        self.cmd, self.retry, self.rc, self.checks = cmd, retry, "0", []


class Case:
    def __init__(self, file, cid, tags, title):
        self.file, self.id, self.tags, self.title, self.steps = file, cid, tags, title, []


def parse(path):
    cases, cur = [], None
    for no, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        m = re.match(r"== (\S+?)(?: \[([^\]]*)\])?: (.*)", line)
        if m:
            cur = Case(os.path.basename(path)[:-2], m[1], (m[2] or "").split(), m[3])
            cases.append(cur)
            continue
        m = re.match(r"\$(\d*) (.*)", line)
        if m:
            cur.steps.append(Step(m[2], int(m[1] or 0)))
            continue
        if line.startswith("    "):
            cur.steps[-1].cmd += "\n" + line[4:]
            continue
        m = re.match(r"(=|out~|out!~|out=|err~|err!~|err=|all~|all!~) ?(.*)", line)
        if not m:
            sys.exit(f"{path}:{no}: cannot parse: {line}")
        if m[1] == "=":
            cur.steps[-1].rc = m[2].strip()
        else:
            cur.steps[-1].checks.append((m[1], m[2]))
    return cases


def sh(cmd, env, timeout):
    p = subprocess.Popen(["bash", "-c", PRELUDE + cmd], env=env, cwd=env.get("T", "/"), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        o, e = p.communicate(timeout=timeout)
        return p.returncode, o.decode("utf-8", "replace"), e.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        try:
            o, e = p.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            o = e = b""
        return 124, o.decode("utf-8", "replace"), e.decode("utf-8", "replace") + f"\n[suite: timed out after {timeout:.0f} s]"


def judge(step, env, rc, out, err):
    bad = []
    want = step.rc
    if not (want == "*" or (want == "!0" and rc not in (0, 124)) or str(rc) == want):
        bad.append(f"exit status {rc}, expected {want}")

    def sub(s):
        return re.sub(VARIABLES, lambda m: re.escape(env.get(m[1], "")), s)

    def lit(s):
        return re.sub(VARIABLES, lambda m: env.get(m[1], ""), s)

    for kind, arg in step.checks:
        text = {"o": out, "e": err, "a": out + err}[kind[0]]
        if kind.endswith("!~"):
            if re.search(sub(arg), text, re.M):
                bad.append(f"{kind} {arg}: matched")
        elif kind.endswith("~"):
            if not re.search(sub(arg), text, re.M):
                bad.append(f"{kind} {arg}: no match")
        elif text.strip() != lit(arg).replace("\\n", "\n").strip():
            bad.append(f"{kind} {arg}: differs")
    return bad


OUTSIDE = "192.0.2.1"  # see engine.own_network


def run_case(c, base, verbose):
    """(passed, lines that explain)"""
    env = dict(base)
    env["N"] = "pcs-" + re.sub(r"[^a-z0-9]", "-", c.id.lower())
    env["T"] = tempfile.mkdtemp(prefix="pcs.")
    own = None
    if "engine" in c.tags:
        own = engine.Engine(env["T"] + "/e", env["PROA_E2E_REFERENCE"] == "1")
        own.allowed = set(engine.descendants(os.getpid()))
        env.update(E=own.root, SOCK=own.sock, DOCKER_HOST="unix://" + own.sock)
    diag, ok = [], True
    try:
        for s in c.steps:
            end = time.monotonic() + s.retry * engine.SLOW
            while True:
                rc, o, e = sh(s.cmd, env, TIMEOUT * (5 if "slow" in c.tags else 1))
                bad = judge(s, env, rc, o, e)
                if not bad or time.monotonic() >= end:
                    break
                time.sleep(0.25)
            if verbose or bad:
                diag.append(f"$ {s.cmd}")
                diag += [f"  {b}" for b in bad]
                diag += [f"  rc={rc}"] + ["  out: " + x for x in o.splitlines()[:25]] + ["  err: " + x for x in e.splitlines()[:25]]
            if bad:
                ok = False
                break
    finally:
        if own:
            problems = put_down(own)
            diag += problems
            ok = ok and not problems
            if not ok and not own.reference and os.path.exists(own.root + "/log"):
                diag += ["  engine: " + x for x in own.log().splitlines()[-15:]]
        else:
            clean(env["N"], env)
        subprocess.run(["rm", "-rf", "--one-file-system", env["T"]], check=False)
    return ok, diag


def put_down(own):
    """Stops a case's engine, if it still runs, and tells what is left of it."""
    problems = []
    try:
        if own.running():
            own.clear()
            status = own.stop()
            if status != 0:
                problems.append(f"  the engine's exit status after SIGTERM is {status}, not 0")
    except (RuntimeError, OSError, subprocess.SubprocessError) as x:
        problems.append(f"  {x}")
    return problems + ["  left: " + x for x in own.leftovers(own.allowed)]


def ask(env, method, path):
    """The answer, or None for a failure: who cleans up has no use for the reason, and what stays is found by the check at the end."""
    try:
        status, answer = api.ask(env["SOCK"], method, path, timeout=30 * engine.SLOW)
        return answer if status < 300 else None
    except OSError:
        return None


def clean(prefix, env):
    for c in ask(env, "GET", "/containers/json?all=1") or []:
        if any(n.lstrip("/").startswith(prefix) for n in c["Names"]):
            ask(env, "DELETE", f"/containers/{c['Id']}?force=1&v=1")
    for n in ask(env, "GET", "/networks") or []:
        if n["Name"].startswith(prefix):
            ask(env, "DELETE", f"/networks/{n['Id']}")
    for v in (ask(env, "GET", "/volumes") or {}).get("Volumes") or []:
        if v["Name"].startswith(prefix):
            ask(env, "DELETE", f"/volumes/{v['Name']}?force=1")
    for i in ask(env, "GET", "/images/json") or []:
        for tag in i.get("RepoTags") or []:
            if prefix in tag and "<none>" not in tag:
                ask(env, "DELETE", "/images/" + urllib.parse.quote(tag, safe="/:") + "?force=1")


def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    p = s.getsockname()[1]
    s.close()
    return p


def bindable(host):
    try:
        socket.create_server((host, 0)).close()
        return True
    except OSError:
        return False


class Registries:
    """Registries: open, with basic authentication, TLS with its own authority (all on loopback), and open at an address that is not loopback."""
    HTPASSWD = "proa:$2y$05$vbPsCK5XXYUwpQhxk7BNfegFDuKQs22ODMnSifWGs3JgRRW5QQOfy\n"

    def __init__(self, work):
        self.procs, self.env = [], {}
        atexit.register(self.stop)
        exe = os.environ.get("PROA_REGISTRY_BIN") or shutil.which("docker-registry")
        if not exe:
            return
        certs = os.path.join(work, "certs")
        os.makedirs(certs)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", certs + "/key.pem", "-out", certs + "/cert.pem"],
                       check=True, capture_output=True)
        open(os.path.join(work, "htpasswd"), "w").write(self.HTPASSWD)
        for name in ("R", "RA", "RT", "RX"):
            host = "127.0.0.1"
            if name == "RX":
                if not bindable(OUTSIDE):
                    continue
                host = OUTSIDE
            p = free_port()
            cfg = {"version": "0.1", "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": os.path.join(work, name)}, "delete": {"enabled": True}},
                   "http": {"addr": f"{host}:{p}"}}
            if name == "RA":
                cfg["auth"] = {"htpasswd": {"realm": "proa", "path": os.path.join(work, "htpasswd")}}
            if name == "RT":
                cfg["http"]["tls"] = {"certificate": certs + "/cert.pem", "key": certs + "/key.pem"}
            f = os.path.join(work, name + ".yml")
            json.dump(cfg, open(f, "w"))
            self.procs.append(subprocess.Popen([exe, "serve", f], stdin=subprocess.DEVNULL, stdout=open(os.path.join(work, name + ".log"), "w"),
                                               stderr=subprocess.STDOUT, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"}))
            for _ in range(100):
                try:
                    socket.create_connection((host, p), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            self.env[name] = f"{host}:{p}"
        layer = mkimage.rootfs_busybox({"etc/image": b"from-registry\n"})
        cfg = mkimage.config(layer, ["sh"], ["PATH=/bin"])
        r = mkimage.Registry("http://" + self.env["R"])
        d, size = r.push("seed/bb", "latest", layer, cfg)
        r.push("seed/bb", "v2", layer, cfg)
        r.push("seed/oci", "latest", layer, cfg, oci=True)
        foreign = mkimage.config(layer, ["sh"], ["PATH=/bin"]).replace(b"amd64", b"s390x")
        for repo, oci, kinds in (("seed/multi", True, ("amd64", "s390x")), ("seed/multi-docker", False, ("amd64",)), ("seed/other", True, ("s390x",))):
            r.index(repo, "latest", [(*r.push(repo, k, layer, cfg if k == "amd64" else foreign, oci=oci), "linux", k, "") for k in kinds], oci=oci)
        self.env["SEED_DIGEST"] = d
        # a manifest that names a layer which does not hash to its digest
        gz = mkimage.gzip.compress(layer, 1, mtime=0)
        r.blob("seed/bad", gz)
        good = mkimage.sha(gz)
        r.blob("seed/bad", cfg)
        m = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(cfg), "digest": mkimage.sha(cfg)},
                        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(gz), "digest": good}]}).encode()
        r.req("PUT", "/v2/seed/bad/manifests/latest", m, {"Content-Type": "application/vnd.docker.distribution.manifest.v2+json"})
        blob = os.path.join(work, "R", "docker/registry/v2/blobs/sha256", good[7:9], good[7:], "data")
        b = bytearray(open(blob, "rb").read())
        b[len(b) // 2] ^= 0xFF
        open(blob, "wb").write(bytes(b))
        for name, scheme, auth in (("RA", "http", "proa:secret"), ("RT", "https", None), ("RX", "http", None)):
            if name in self.env:
                mkimage.Registry(f"{scheme}://" + self.env[name], auth).push("seed/bb", "latest", layer, cfg)
        # what a mirror of the hub would have
        r.push("library/mirrored", "latest", layer, cfg)

    def stop(self):
        for p in self.procs:
            p.terminate()
            p.wait(10)


def read_cases(folder, only, file):
    cases = []
    for f in sorted(glob.glob(os.path.join(folder, "*.t"))):
        cases += parse(f)
    ids = [c.id for c in cases]
    if dup := {i for i in ids if ids.count(i) > 1}:
        sys.exit(f"duplicate ids: {dup}")
    for c in cases:
        if unknown := [t for t in c.tags if t.partition(":")[0] == "later" and t[6:] not in LATER]:
            sys.exit(f"{c.file}/{c.id}: unknown issue to come: {unknown}")
    return [c for c in cases if re.search(only, c.id) and (not file or re.search(file, c.file))]


def later(c):
    return next((LATER[t[6:]] for t in c.tags if t.startswith("later:")), None)


def for_api(cases, newest):
    """Cases name API 1.44; an older engine (the reference) is asked with its own newest."""
    if tuple(map(int, newest.split("."))) < (1, 44):
        for c in cases:
            for s in c.steps:
                s.cmd = s.cmd.replace("/v1.44/", f"/v{newest}/")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cases", default=os.path.join(HERE, "cases"))
    ap.add_argument("--only", default="")
    ap.add_argument("--file", default="")
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--later", action="store_true", help="run the cases of issues to come too; they cannot fail the run")
    ap.add_argument("--quick", action="store_true", help="leave out the slow cases")
    ap.add_argument("--json")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    cases = read_cases(a.cases, a.only, a.file)
    if a.list:
        for c in cases:
            print(f"{c.file}/{c.id}: {c.title}" + (f" {c.tags}" if c.tags else ""))
        print(len(cases))
        return 0
    if not HOST.startswith("unix://"):
        sys.exit(f"DOCKER_HOST must be a unix:// address here (is: {HOST})")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    engine.adopt_orphans()
    work = tempfile.mkdtemp(prefix="pcs-work.")
    atexit.register(shutil.rmtree, work, True)
    reference = os.environ.get("PROA_E2E_REFERENCE", "0")
    env = {k: v for k, v in os.environ.items() if k not in ("DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_BUILDKIT", "DOCKER_API_VERSION")}
    env.update(DOCKER_HOST=HOST, SOCK=SOCK, DOCKER_BUILDKIT="0", DOCKER_CONFIG=work + "/config", LC_ALL="C.UTF-8", NO_COLOR="1", LIB=LIB, W=work,
               BB="pcsuite/busybox:1", BB2="pcsuite/other:2", DEB="pcsuite/debian:12", DOCKER_CLI_HINTS="false", BBLAYER=work + "/layer.tar",
               BBTAR=work + "/bb.tar", API_SECONDS=str(int(20 * engine.SLOW)), PROA_E2E_REFERENCE=reference, PROAD=os.path.join(engine.HOME, "bin", "proad"), PROA_HOME=engine.HOME)
    os.makedirs(work + "/config")
    if sh("curl -sS -m 10 --unix-socket $SOCK http://d/_ping", {**env, "T": "/"}, 15)[0] != 0:
        print(f"Bail out! no engine answers on {SOCK}")
        return 2
    with open(env["BBLAYER"], "wb") as f:
        f.write(mkimage.rootfs_busybox({"etc/image": b"bb\n"}))
    setup = []
    path = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    for name, tag, cmd in (("bb", env["BB"], ["sh"]), ("bb2", env["BB2"], ["echo", "other"])):
        layer = mkimage.rootfs_busybox({"etc/image": name.encode() + b"\n"})
        with open(f"{work}/{name}.tar", "wb") as f:
            f.write(mkimage.archive(layer, mkimage.config(layer, cmd, path), [tag]))
        rc, o, e = sh(f"docker load -i {work}/{name}.tar", {**env, "T": "/"}, 120)
        if rc:
            setup.append(f"docker load of {tag} failed: {o}{e}")
    rootfs = os.environ.get("PROA_DEBIAN_ROOTFS")
    deb = False
    if rootfs and any("debian" in c.tags for c in cases):
        layer = mkimage.rootfs_dir(rootfs)
        with open(work + "/debian.tar", "wb") as f:
            f.write(mkimage.archive(layer, mkimage.config(layer, ["bash"], path), [env["DEB"]]))
        deb = sh(f"docker load -i {work}/debian.tar", {**env, "T": "/"}, 300)[0] == 0
    regs = Registries(work) if any("registry" in c.tags for c in cases) else None
    if regs:
        env.update(regs.env)
    for s in setup:
        print("# " + s.replace("\n", "\n# "))
    rc, o, e = sh("docker version --format '{{.Client.Version}} against {{.Server.Version}}, API {{.Server.APIVersion}}'", {**env, "T": "/"}, 20)
    print("# docker", (o or e).strip())
    if m := re.search(r"API (1\.\d+)", o):
        for_api(cases, m[1])
    clean("pcs-", env)
    clean("pcshared-", env)
    print(f"1..{len(cases)}")
    apparmor = os.path.exists("/sys/kernel/security/apparmor/profiles") and os.path.exists("/sbin/apparmor_parser")
    pure_v2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
    with open("/proc/cpuinfo") as f:
        virtualisation = bool(re.search(r"^flags\s*:.*\b(vmx|svm)\b", f.read(), re.M))
    res, unsteady, t0 = [], [], time.monotonic()
    for n, c in enumerate(cases, 1):
        to_come = later(c)
        why = None
        if to_come and not a.later and reference != "1":
            why = f"not yet: {to_come}"
        elif "registry" in c.tags and not env.get("R"):
            why = "no docker-registry program"
        elif "$RX" in "".join(s.cmd for s in c.steps) and not env.get("RX"):
            why = f"no address {OUTSIDE} here (run by e2e/engine)"
        elif "v2" in c.tags and not pure_v2:
            why = "control groups are not version 2 here (lab/run runs it there)"
        elif "v1" in c.tags and pure_v2:
            why = "control groups are not version 1 here"
        elif "kvm" in c.tags and not (virtualisation and os.environ.get("PROA_E2E_KERNELS")):
            why = "no microVMs here (lab/run microvm runs it)"
        elif missing := [t[4:] for t in c.tags if t.startswith("has:") and not shutil.which(t[4:])]:
            why = f"no {missing[0]} here"
        elif "large" in c.tags and not os.environ.get("PROA_E2E_LARGE"):
            why = "large (PROA_E2E_LARGE=1 runs it)"
        elif "nokvm" in c.tags and virtualisation:
            why = "the processor offers virtualisation here"
        elif "apparmor" in c.tags and not apparmor:
            why = "no AppArmor with its parser here (lab/run runs it there)"
        elif "lab" in c.tags and not os.environ.get("LAB"):
            why = "for a test host of its own (lab/run)"
        elif "debian" in c.tags and not deb:
            why = "no PROA_DEBIAN_ROOTFS"
        elif reference == "1" and {"proa", "since28", "noref"} & set(c.tags):
            why = "not for the reference"
        elif a.quick and "slow" in c.tags:
            why = "slow"
        if why:
            print(f"ok {n} - {c.file}/{c.id}: {c.title} # SKIP {why}")
            res.append((c, "later" if to_come and why.startswith("not yet") else "skip", 0))
            continue
        t = time.monotonic()
        ok, diag = run_case(c, env, a.v)
        if not ok and not to_come:
            # Once more: on a busy machine a deadline of the case's own may pass. It is never silent, and counted below.
            print(f"# unsteady: {c.file}/{c.id} failed at first:")
            for d in diag:
                for x in d.splitlines():
                    print("#   " + x)
            ok, diag = run_case(c, env, a.v)
            if ok:
                unsteady.append(c.id)
        dt = time.monotonic() - t
        todo = to_come and reference != "1"
        print(f"{'ok' if ok else 'not ok'} {n} - {c.file}/{c.id}: {c.title} ({dt:.1f} s)" + (f" # TODO not yet: {to_come}" if todo else ""), flush=True)
        for d in diag:
            for x in d.splitlines():
                print("#   " + x)
        res.append((c, ("early" if ok else "later") if todo else "pass" if ok else "fail", dt))
    clean("pcshared-", env)
    count = {k: sum(1 for r in res if r[1] == k) for k in ("pass", "fail", "skip", "later", "early")}
    print(f"# {time.monotonic() - t0:.0f} s")
    if unsteady:
        print(f"# unsteady, passed the second time: {' '.join(unsteady)}")
    if count["later"] or count["early"]:
        subjects = {}
        for c, r, _ in res:
            if r == "later":
                subjects[later(c)] = subjects.get(later(c), 0) + 1
        print(f"# not yet: {count['later']} (" + "; ".join(f"{v} {k}" for k, v in sorted(subjects.items())) + ")")
        if count["early"]:
            print(f"# tagged later, but pass: {' '.join(c.id for c, r, _ in res if r == 'early')}")
    print(f"{count['pass']} passed, {count['fail']} failed, {count['skip'] + count['later'] + count['early']} skipped", flush=True)
    if a.json:
        with open(a.json, "w") as f:
            json.dump([{"id": c.id, "file": c.file, "result": r, "seconds": round(d, 2)} for c, r, d in res], f, indent=0)
    return 1 if count["fail"] else 0


if __name__ == "__main__":
    sys.exit(main())
