#!/usr/bin/env python3
"""faults.py GROUP IMAGE.tar IMAGE [ARGUMENT...]: kills the engine in $E at every fault point of a group, one after the other, and looks what is lost or left.

ARGUMENTs are the daemon's. A fault point is a FaultPoints.reach("NAME") in the sources. GROUP is a list of parts (create,start,...). The daemon kills itself there; points of
the part "shim" kill the shim instead, under the daemon, while a container starts; those of UNDER while something else is done. After each one:

* a container that ran before ("keep") still runs, is the same process, and no line of its log is missing
* what was acknowledged is there; what was not is wholly there or not at all, and can be used, or made again under its name
* folders, roots, volumes, control groups, mounts and processes belong to containers that exist (and run)
* exit codes are those of the processes
* links (bridges, ends of veth pairs) are those of before, and a published port leads to the container that has it now
"""
import os, re, socket, subprocess, sys, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import engine, mkimage  # noqa: E402

SOURCES = [os.path.join(HERE, "..", "..", d) for d in ("bundles", "framework", "namespace-backend", "storage-plugins", "network-plugins")]
ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
# What of the shim's points other operations than a start come to.
UNDER = ["shim.spawn-asked@exec", "shim.cloned@exec", "shim.reaped@exec", "shim.reaped@stop", "shim.reaped@remove"]
COUNT = "i=0; while :; do i=$((i+1)); echo line $i; usleep 20000; done"
SETTLE = 20

e = engine.Engine(os.environ["E"])
os.environ["DOCKER_HOST"] = "unix://" + e.sock
groups, archive, image, arguments = sys.argv[1].split(","), sys.argv[2], sys.argv[3], sys.argv[4:]
problems = []
FAULT = os.environ["PROA_FAULT"] = e.root + "/fault"


def points():
    found = set()
    for top in SOURCES:
        for folder, dirs, files in os.walk(top):
            dirs[:] = [d for d in dirs if d != "target" and d != "test"]
            for f in files:
                if f.endswith(".java"):
                    with open(os.path.join(folder, f)) as text:
                        found.update(re.findall(r'FaultPoints\.reach\("([^"]+)"\)', text.read()))
    return sorted(p for p in found if p.split(".")[0] in groups) + (UNDER if "shim" in groups else [])


def part_of(point):
    """What is done when the daemon or the shim is to die there."""
    name, _, other = point.partition("@")
    return other or name.split(".")[0]


def docker(*args, timeout=60):
    return subprocess.run(["docker", *args], capture_output=True, text=True, timeout=timeout)


def out(*args):
    r = docker(*args)
    return r.stdout.strip() if r.returncode == 0 else f"failed: {r.stderr.strip()}"


def arm(point):
    with open(FAULT + ".new", "w") as f:
        f.write(point)
    os.rename(FAULT + ".new", FAULT)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


PORT = free_port()
SERVER = ["--name", "xx", "--network", "nx", "-p", f"127.0.0.1:{PORT}:80", image, "sh", "-c", "mkdir /w; cp /etc/hostname /w/h; exec httpd -f -p 80 -h /w"]


# What commit, load and pull make, and push sends: an image with the file /made.
MADE = "pcsuite/faults:1"
TAGGED = "pcsuite/faults:tagged"
SENT = os.environ.get("R", "") + f"/faults/{os.getpid()}:1"
ARCHIVE = e.root + "/made.tar"


def stored():
    """All that images and roots have on the disk: blobs, layers, what is half there; without the lock of the driver that runs ("t")."""
    found = set()
    for top in ("content", "storage/erofs", "storage/overlay"):
        r = subprocess.run(["find", e.root + "/data/" + top, "-xdev", "-mindepth", "1", "-maxdepth", "4", "-printf", "%P\n"], capture_output=True, text=True)
        found |= {top + "/" + line for line in r.stdout.splitlines() if not re.match(r"t/\d", line)}
    return found


def check_image(part, acknowledged, say):
    """The image is there as a whole or not at all, and can be removed; one that was to be pushed is there, and can be."""
    name = SENT if part in ("pull", "push", "store", "drop") else MADE
    there = docker("image", "inspect", name).returncode == 0
    if part == "drop":
        if acknowledged and there:
            say("the image's removal was acknowledged and it is back")
    elif (acknowledged or part == "push") and not there:
        say("the image was acknowledged and is gone")
    if there and out("run", "--rm", "--network", "none", name, "cat", "/made") != "made":
        say("the image cannot be used: " + out("run", "--rm", "--network", "none", name, "cat", "/made"))
    if part == "push" and docker("push", "-q", name).returncode != 0:
        say("it cannot be pushed: " + docker("push", "-q", name).stderr.strip())
    if there and docker("rmi", name).returncode != 0:
        say("the image cannot be removed")
    if part in ("pull", "push", "store", "drop"):
        for command in (["pull", "-q", name], ["run", "--rm", "--network", "none", name, "true"], ["rmi", name]):
            r = docker(*command)
            if r.returncode != 0:
                say(f"{' '.join(command)}: {r.stderr.strip()}")


def served():
    """What the published port answers; empty without an answer."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{PORT}/h", timeout=2) as r:
            return r.read().decode().strip()
    except OSError:
        return ""


def links():
    return {name for _, name in socket.if_nameindex()}


# What is done when the daemon is to die: (before, the operation itself). "xx" is the container it is about.
def prepare(part):
    run = {
        "create": [],
        "start": [["create", "--name", "xx", "--network", "none", "-v", "vx:/v", image, "sh", "-c", "echo out; exec sleep 500"]],
        "exec": [["run", "-d", "--name", "xx", "--network", "none", image, "sleep", "500"]],
        "stop": [["run", "-d", "--name", "xx", "--network", "none", image, "sh", "-c", "trap 'exit 7' TERM; echo out; while :; do usleep 10000; done"]],
        "exit": [],
        "remove": [["run", "-d", "--name", "xx", "--network", "none", "-v", "/anonymous", image, "sleep", "500"]],
        "shim": [["create", "--name", "xx", "--network", "none", image, "sh", "-c", "echo out; exit 9"]],
        "attach": [["network", "create", "nx"], ["create", *SERVER]],
        "detach": [["network", "create", "nx"], ["run", "-d", *SERVER]],
        "release": [["network", "create", "nx"], ["run", "-d", *SERVER]],
        "network": [],
        "unmake": [["network", "create", "nx"]],
        "commit": [["run", "--name", "xx", "--network", "none", image, "sh", "-c", "echo made > /made"]],
        "load": [],
        "rename": [["run", "-d", "--name", "xx", "--network", "none", image, "sleep", "500"]],
        "unpause": [["run", "-d", "--name", "xx", "--network", "none", image, "sleep", "500"], ["pause", "xx"]],
        "volume": [],
        "discard": [["volume", "create", "vz"], ["run", "--rm", "--network", "none", "-v", "vz:/v", image, "touch", "/v/f"]],
        "tag": [],
        "mount": [],
        "pull": [["load", "-qi", ARCHIVE], ["tag", MADE, SENT], ["rmi", MADE], ["push", "-q", SENT], ["rmi", SENT]],
        "push": [["load", "-qi", ARCHIVE], ["tag", MADE, SENT], ["rmi", MADE]],
    }
    run["task"], run["delete"], run["store"] = run["start"], run["remove"], run["pull"]
    run["drop"] = [*run["pull"], ["pull", "-q", SENT]]
    run["update"] = run["restart"] = run["pause"] = run["rename"]
    for command in run[part]:
        r = docker(*command)
        if r.returncode != 0:
            problems.append(f"{command}: {r.stderr.strip()}")
    if part == "stop":
        until(lambda: out("logs", "xx") == "out", "x is up")


def operate(part):
    run = {
        "commit": ["commit", "xx", MADE],
        "load": ["load", "-qi", ARCHIVE],
        "pull": ["pull", "-q", SENT],
        "push": ["push", "-q", SENT],
        "store": ["pull", "-q", SENT],
        "drop": ["rmi", SENT],
        "create": ["create", "--name", "xx", "--network", "none", "-v", "vx:/v", image, "sleep", "500"],
        "start": ["start", "xx"],
        "exec": ["exec", "xx", "true"],
        "stop": ["stop", "xx"],
        "exit": ["run", "-d", "--name", "xx", "--network", "none", image, "sh", "-c", "echo out; exit 9"],
        "remove": ["rm", "-fv", "xx"],
        "shim": ["start", "xx"],
        "attach": ["start", "xx"],
        "detach": ["network", "disconnect", "nx", "xx"],
        "release": ["kill", "xx"],
        "network": ["network", "create", "nx"],
        "unmake": ["network", "rm", "nx"],
        "rename": ["rename", "xx", "yy"],
        "update": ["update", "--memory", "64m", "--memory-swap", "64m", "xx"],
        "restart": ["restart", "-t", "0", "xx"],
        "pause": ["pause", "xx"],
        "unpause": ["unpause", "xx"],
        "volume": ["volume", "create", "vz"],
        "discard": ["volume", "rm", "vz"],
        "tag": ["tag", image, TAGGED],
        "mount": ["create", "--name", "xx", "--network", "none", "--mount", f"type=image,source={image},target=/m", image, "sleep", "500"],
    }
    run["task"], run["delete"] = run["start"], run["remove"]
    return docker(*run[part]).returncode == 0


def until(condition, what):
    end = time.monotonic() + SETTLE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def ids(*args):
    return set(docker("ps", "-q", "--no-trunc", *args).stdout.split())


def named(folder, depth):
    """Container ids in the names of what lies in a folder."""
    r = subprocess.run(["find", folder, "-mindepth", "1", "-maxdepth", str(depth), "-printf", "%f\n"], capture_output=True, text=True)
    return {m.group() for line in r.stdout.splitlines() for m in [ID.fullmatch(line)] if m}


def left(seen):
    """What is there and belongs to no container; seen are the ids of all containers that there ever were, as far as they are known."""
    there, running = ids("-a"), ids()
    found = [f"task {i}" for i in named(e.root + "/exec/isolation", 3) - running]
    found += [f"container's folder {i}" for i in named(e.root + "/data/containers", 1) - there]
    found += [f"container's folder of a run {i}" for i in named(e.root + "/exec/containers", 1) - there]
    found += [f"root {i} of {driver}" for driver in ("erofs", "overlay") for i in named(f"{e.root}/data/storage/{driver}/i", 1) - there]
    groups = subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-printf", "%f\n"], capture_output=True, text=True).stdout.split()
    found += [f"control group {i}" for i in (set(groups) & seen) - running]
    found += [f"process {p}: {engine.command_line(p)}" for p in strays()]
    volumes = set(out("volume", "ls", "-q").split())
    mounted = set(out("inspect", "-f", "{{range .Mounts}}{{.Name}} {{end}}", *sorted(there)).split()) if there else set()
    found += [f"volume {v}" for v in volumes - mounted - {"vx"}]
    data = e.root + "/data/volumes"
    found += [f"volume's folder {v}" for v in (set(os.listdir(data)) if os.path.isdir(data) else set()) - volumes if not v.endswith(".db")]
    return found


def shim():
    for p in [int(p) for p in os.listdir("/proc") if p.isdigit()]:
        line = engine.command_line(p)
        if "dev.proa.shim.Main " + e.root in line and engine.alive(p):
            return p
    return None


def strays():
    """Processes of the shim that are no container's first one."""
    s = shim()
    if s is None:
        return []
    known = set(out("inspect", "-f", "{{.State.Pid}}", *sorted(ids())).split())
    return [p for p in engine.descendants(s) if (engine.stat(p) or ("", 0))[1] == s and str(p) not in known]


def check(point, acknowledged, kept):
    part = part_of(point)
    there = "xx" in out("ps", "-a", "--format", "{{.Names}}").split()
    say = lambda text: problems.append(f"{point}: {text}")
    if out("inspect", "-f", "{{.State.Status}} {{.State.Pid}}", "keep") != kept:
        say("the container that ran is now " + out("inspect", "-f", "{{.State.Status}} {{.State.Pid}}", "keep") + ", was " + kept)
    if part in ("network", "unmake"):
        check_network(part, acknowledged, say)
        return
    if part in ("volume", "discard"):
        check_volume(part, acknowledged, say)
        return
    if part == "tag":
        check_tag(acknowledged, say)
        return
    if part == "rename":
        there = check_renamed(acknowledged, say)
    if part not in ("create", "mount", "load", "pull", "push", "store", "drop", "exit", "remove", "delete") and not there:
        say("the container that was acknowledged is gone")
    if part in ("create", "mount", "exit") and acknowledged and not there:
        say("it was acknowledged and is gone")
    if part in ("remove", "delete") and acknowledged and there:
        say("its removal was acknowledged and it is back")
    if part == "stop" and docker("wait", "xx").stdout.strip() != "7":
        say("its exit code is " + out("inspect", "-f", "{{.State.ExitCode}} {{.State.Error}}", "xx") + ", not 7")
    if part == "exit" and there:
        state = out("inspect", "-f", "{{.State.StartedAt}}", "xx")
        if not state.startswith("0001"):
            code = docker("wait", "xx").stdout.strip()
            if code != "9" or not out("logs", "xx").startswith("out"):
                say(f"its exit code is {code}, not 9, or its output is {out('logs', 'x')!r}, not 'out'")
    if part == "shim":
        code = docker("wait", "xx").stdout.strip()
        ran = not out("inspect", "-f", "{{.State.StartedAt}}", "xx").startswith("0001")
        if ran and (code != "9" or out("logs", "xx") != "out"):
            say(f"its exit code is {code}, not 9, or its output is {out('logs', 'x')!r}: " + out("inspect", "-f", "{{json .State}}", "xx"))
    seen = {x for x in [known_id()] if x}
    if part in ("commit", "load", "pull", "push", "store", "drop"):
        check_image(part, acknowledged, say)
    if there:
        status = out("inspect", "-f", "{{.State.Status}}", "xx")
        if part in ("pause", "unpause", "update", "rename", "restart"):
            check_changed(part, acknowledged, status, say)
        if part in ("create", "mount", "start", "task", "attach", "release") and status != "running" and docker("start", "xx").returncode != 0:
            say("it cannot be started: " + docker("start", "xx").stderr.strip())
        if part == "exec" and out("exec", "xx", "echo", "in") != "in":
            say("nothing can be executed in it: " + out("exec", "xx", "echo", "in"))
        if part == "detach":
            check_detached(acknowledged, status, say)
        if part in ("attach", "detach", "release") and not until(lambda: known_id() and served() == known_id()[:12], point):
            say(f"its port answers {served()!r}, not {known_id()}")
        r = docker("rm", "-fv", "xx")
        if r.returncode != 0:
            say("it cannot be removed: " + r.stderr.strip())
    if part in ("attach", "detach", "release"):
        r = docker("network", "rm", "nx")
        if r.returncode != 0:
            say("its network cannot be removed: " + r.stderr.strip())
        if not until(lambda: links() == before, point):
            say(f"left: links {sorted(links() ^ before)}")
        if served():
            say("its port still answers: " + served())
    if part in ("commit", "load", "pull", "push", "store", "drop") and not until(lambda: stored() == images, "the image's files go"):
        say(f"left of the image: {sorted(stored() - images)}, missing: {sorted(images - stored())}")
    if not until(lambda: not left(seen), point):
        for what in left(seen):
            say("left: " + what)
    r = docker("run", "--rm", "--name", "xx", "--network", "none", image, "echo", "again")
    if r.stdout != "again\n":
        say("the name cannot be used again: " + r.stderr.strip())


def check_volume(part, acknowledged, say):
    """It is there or not, as was acknowledged; a new one of that name can be had, holds nothing, and goes as a whole."""
    there = "vz" in out("volume", "ls", "-q").split()
    if acknowledged and there != (part == "volume"):
        say("it was acknowledged and is not so")
    if part == "discard" and there and out("run", "--rm", "--network", "none", "-v", "vz:/v", image, "ls", "/v") != "f":
        say("it is there without what is in it")
    if there and docker("volume", "rm", "vz").returncode != 0:
        say("it cannot be removed")
    if out("run", "--rm", "--network", "none", "-v", "vz:/v", image, "ls", "-A", "/v") != "":
        say("a new one of that name holds " + out("run", "--rm", "--network", "none", "-v", "vz:/v", image, "ls", "-A", "/v"))
    if docker("volume", "rm", "vz").returncode != 0 or os.path.exists(e.root + "/data/volumes/vz"):
        say("the new one, or its folder, cannot be removed")


def check_tag(acknowledged, say):
    there = docker("image", "inspect", TAGGED).returncode == 0
    if acknowledged and not there:
        say("the name was acknowledged and is gone")
    for command in ([["rmi", TAGGED]] if there else []) + [["tag", image, TAGGED], ["rmi", TAGGED]]:
        r = docker(*command)
        if r.returncode != 0:
            say(f"{' '.join(command)}: {r.stderr.strip()}")


def check_renamed(acknowledged, say):
    """It has one name, the new one if that was acknowledged, and can be given the old one again."""
    names = set(out("ps", "-a", "--format", "{{.Names}}").split()) - {"keep"}
    if len(names) != 1 or (acknowledged and names != {"yy"}):
        say(f"its names are {sorted(names)}, acknowledged: {acknowledged}")
    if "yy" in names:
        r = docker("rename", "yy", "xx")
        if r.returncode != 0:
            say("its old name cannot be used again: " + r.stderr.strip())
    return bool(names)


def check_changed(part, acknowledged, status, say):
    """What was acknowledged is so; what was not can be done again, and the container lives on."""
    if acknowledged and part in ("pause", "unpause", "restart") and status != ("paused" if part == "pause" else "running"):
        say(f"it was acknowledged and it is {status}")
    if part == "update":
        memory = out("inspect", "-f", "{{.HostConfig.Memory}}", "xx")
        if memory not in ("0", "67108864") or (acknowledged and memory == "0"):
            say(f"its limit is {memory}, acknowledged: {acknowledged}")
        if docker("update", "--memory", "32m", "--memory-swap", "32m", "xx").returncode != 0:
            say("it cannot be updated any more")
    if status == "paused" and docker("unpause", "xx").returncode != 0:
        say("it is paused and cannot go on")
    if part == "restart" and status == "exited" and docker("start", "xx").returncode != 0:
        say("it cannot be started")
    if out("exec", "xx", "echo", "in") != "in":
        say("nothing can be executed in it: " + out("exec", "xx", "echo", "in"))


def check_detached(acknowledged, status, say):
    """It still runs, on the network or off it, and can be taken off and put on it again."""
    if status != "running":
        say("it is " + status)
    connected = "nx" in out("inspect", "-f", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}", "xx").split()
    if acknowledged and connected:
        say("its disconnection was acknowledged and is undone")
    for command in ([["disconnect", "nx", "xx"]] if connected else []) + [["connect", "nx", "xx"]]:
        r = docker("network", *command)
        if r.returncode != 0:
            say(f"{' '.join(command)}: {r.stderr.strip()}")


def check_network(part, acknowledged, say):
    there = "nx" in out("network", "ls", "--format", "{{.Name}}").split()
    if acknowledged and there != (part == "network"):
        say("it was acknowledged and is not so")
    if there and out("run", "--rm", "--network", "nx", image, "echo", "in") != "in":
        say("nothing can run on it: " + out("run", "--rm", "--network", "nx", image, "echo", "in"))
    for command in ([["network", "rm", "nx"]] if there else []) + [["network", "create", "nx"], ["network", "rm", "nx"]]:
        r = docker(*command)
        if r.returncode != 0:
            say(f"{' '.join(command)}: {r.stderr.strip()}")
    if not until(lambda: links() == before, part):
        say(f"left: links {sorted(links() ^ before)}")


def known_id():
    i = docker("inspect", "-f", "{{.Id}}", "xx").stdout.strip()
    return i if ID.fullmatch(i) else None


def kept_state():
    return out("inspect", "-f", "{{.State.Status}} {{.State.Pid}}", "keep")


def made():
    layer = mkimage.rootfs_busybox({"made": b"made\n"})
    with open(ARCHIVE, "wb") as f:
        f.write(mkimage.archive(layer, mkimage.config(layer, ["sh"], ["PATH=/bin"]), [MADE]))


def main():
    e.start(*arguments)
    docker("load", "-qi", archive)
    docker("run", "-d", "--name", "keep", "--network", "none", image, "sh", "-c", COUNT)
    kept = kept_state()
    docker("run", "--rm", image, "true")  # makes the default network's bridge
    global before, images
    before, images = links(), stored()
    made()
    walk = points()
    if not walk:
        problems.append("no points in " + sys.argv[1])
    for point in walk:
        began = time.monotonic()
        walk_to(point, kept)
        print(f"# {point} {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
    docker("kill", "keep")
    if docker("wait", "keep").stdout.strip() != "137":
        problems.append("keep's exit code is " + out("inspect", "-f", "{{.State.ExitCode}}", "keep"))
    lines = [int(n) for n in re.findall(r"^line (\d+)$", docker("logs", "keep").stdout, re.M)]
    if sorted(set(lines)) != list(range(1, max(lines, default=0) + 1)):
        problems.append(f"of {max(lines, default=0)} lines {max(lines, default=0) - len(set(lines))} are lost")
    docker("rm", "-f", "keep")
    docker("volume", "rm", "-f", "vx")
    for p in problems:
        print(p)
    print(f"{len(walk)} points, {len(problems)} problems")


def walk_to(point, kept):
    part, of_shim = part_of(point), point.startswith("shim.")
    if point in UNDER:
        # A daemon whose shim is lost five times in a row gives up.
        e.stop()
        e.start()
    prepare(part)
    victim = shim() if of_shim else e.pid()
    arm(point.partition("@")[0])
    acknowledged = operate(part)
    if not until(lambda: not engine.alive(victim), "the end at " + point):
        problems.append(f"{point}: nobody came there")
        os.remove(FAULT)
    elif not of_shim:
        until(lambda: os.path.exists(e.root + "/exit"), "the daemon's status")
        e.start(*arguments)
    check(point, acknowledged, kept)


main()
