#!/usr/bin/env python3
"""upgrade.py COUNT IMAGE.tar IMAGE: the daemon in $E is replaced by one of another version while COUNT containers run, and nobody loses anything.

Half of the containers count, a line every 50 ms; the others end while there is no daemon, each with a code of its own. The new daemon is a copy of the
tree with another version and another build of the shim. Afterwards every container that counts is the same process and has a log without a gap, and
can be used; those that have ended have their codes. Prints what is wrong, and the time without an API; with PROA_E2E_STRICT=1 that may be 2 s at most.
"""
import os, re, shutil, subprocess, sys, tempfile, threading, time, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import api, engine  # noqa: E402

count, archive, image = int(sys.argv[1]), sys.argv[2], sys.argv[3]
e = engine.Engine(os.environ["E"])
os.environ["DOCKER_HOST"] = "unix://" + e.sock
problems = []


def docker(*argv):
    return subprocess.run(["docker", *argv], check=True, capture_output=True, text=True, timeout=120).stdout.strip()


def newer_tree(folder):
    """The tree as a next version would be: the launcher says another one, and it is another build."""
    shutil.copytree(engine.HOME, folder, symlinks=True, ignore=shutil.ignore_patterns("aot"))
    for top, _, files in os.walk(os.path.join(folder, "lib")):
        for name in files:
            if name.startswith("proa-launcher"):
                jar = os.path.join(top, name)
                with zipfile.ZipFile(jar) as old, zipfile.ZipFile(jar + ".new", "w") as new:
                    for entry in old.infolist():
                        data = old.read(entry)
                        if entry.filename.endswith("product.properties"):
                            data = re.sub(rb"(?m)^version=.*$", b"version=99.0.0", data)
                        new.writestr(entry, data)
                os.rename(jar + ".new", jar)
    with open(os.path.join(folder, "lib", "build-id"), "w") as f:
        f.write("9" * 64 + "\n")
    return folder


class Door(threading.Thread):
    """When the API answered, and when it did not."""

    def __init__(self):
        super().__init__(daemon=True)
        self.last, self.longest, self.end = time.monotonic(), 0.0, threading.Event()

    def run(self):
        while not self.end.is_set():
            try:
                if api.ask(e.sock, "GET", "/_ping", timeout=5)[0] == 200:
                    now = time.monotonic()
                    self.longest, self.last = max(self.longest, now - self.last), now
            except OSError:
                pass
            time.sleep(0.01)


def state(name, what):
    return docker("inspect", "-f", "{{.State." + what + "}}", name)


def main():
    e.start()
    docker("load", "-qi", archive)
    flags = os.path.join(os.environ["T"], "flags")
    os.makedirs(flags, exist_ok=True)
    counting = [f"counts{n}" for n in range(count - count // 2)]
    ending = [f"ends{n}" for n in range(count // 2)]
    for name in counting:
        docker("run", "-d", "--name", name, image, "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; usleep 50000; done")
    for n, name in enumerate(ending):
        docker("run", "-d", "--name", name, "-v", flags + ":/flags", image, "sh", "-c", f"until [ -e /flags/go ]; do usleep 20000; done; echo over; exit {n + 3}")
    pids = {name: state(name, "Pid") for name in counting}
    door = Door()
    door.start()
    with tempfile.TemporaryDirectory(dir=os.environ["T"]) as folder:
        engine.HOME = newer_tree(os.path.join(folder, "proa"))
        if e.stop() != 0:
            problems.append(f"the old daemon ended with status {e.status()}")
        open(os.path.join(flags, "go"), "w").close()
        e.start()
        versions = docker("version", "-f", "{{range .Server.Components}}{{.Name}} {{.Version}}, {{end}}")
        if "proa 99.0.0" not in versions:
            problems.append("it is not the new version that answers: " + versions)
        time.sleep(0.5)
        door.end.set()
        door.join()
        for name in counting:
            if state(name, "Pid") != pids[name] or state(name, "Running") != "true":
                problems.append(f"{name} is process {state(name, 'Pid')}, not {pids[name]}")
        for n, name in enumerate(ending):
            if (code := docker("wait", name)) != str(n + 3) or docker("logs", name) != "over":
                problems.append(f"{name} ended with {code}, not {n + 3}, and said {docker('logs', name)!r}")
        for name in counting[:3]:
            if docker("exec", name, "echo", "in") != "in":
                problems.append(f"{name}: exec says nothing")
        docker("stop", "-t", "0", *counting)
        for name in counting:
            lines = docker("logs", name).split()
            wrong = next((n for n, line in enumerate(lines, 1) if line != str(n)), None)
            if wrong or len(lines) < 20:
                problems.append(f"{name}: {len(lines)} lines, the first wrong one is {wrong}")
        docker("rm", "-f", *counting, *ending)
        e.stop()
    print(f"# {door.longest:.2f} s without an API, {count} containers")
    if os.environ.get("PROA_E2E_STRICT") == "1" and door.longest > 2:
        problems.append(f"{door.longest:.2f} s without an API")
    for problem in problems[:20]:
        print(problem)
    print(f"{count} adopted, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
