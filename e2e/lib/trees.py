#!/usr/bin/env python3
"""trees.py [DRIVER...]: real trees as an image, pulled with each storage driver (erofs, overlay, vfs), are what tar makes of them.

The image has a layer of real files (programs, libraries, zone information of this machine), one of what is odd (devices, pipes, capabilities, set-id bits,
attributes, holes, hard links, times with nanoseconds, names that are no text), and one that replaces and removes some of it. It lies in a docker-registry
of its own. With each driver an engine in $E pulls it and runs a container of it; what is seen through the container's root is compared with what
`tar -x` of the layers makes, path by path: type, mode, owner, time, size, bytes, link, device, attributes, which names are one file. The image is then
pushed to an empty registry, which has to hold the same manifest and the same blobs.

PROA_TEST_TREES=FOLDER puts whole systems below it: each FOLDER/*.tar is a layer of its own (Debian's minbase by debootstrap, a JDK); the first must have a
`sleep`. It is slow, and benchmarks/layers --keep FOLDER makes such tars.
"""
import glob, hashlib, json, os, shutil, socket, stat, subprocess, sys, tempfile, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import engine, mkimage  # noqa: E402

BIG = os.environ.get("PROA_TEST_TREES")
TAR = ["tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls"]
NAME = "trees/all:1"
# what an engine puts into every container
OURS = {b"dev", b"proc", b"sys", b".dockerenv", b"etc/hosts", b"etc/hostname", b"etc/resolv.conf", b"etc/mtab"}
TIMED_OURS = {b"", b"etc"}  # directories in which the engine makes the names above
CAPABILITY = bytes.fromhex("0100000200ff8000000000000004000000000000")  # revision 2, with bytes above 0x7f
problems = []


def run(*argv, **kw):
    return subprocess.run(argv, check=True, **kw)


def real_layer(folder):
    """Programs and libraries of this machine, with the static busybox that keeps the container running."""
    tree = folder + "/real"
    os.makedirs(tree + "/bin")
    for name in ("dev", "proc", "sys", "etc", "tmp"):
        os.mkdir(f"{tree}/{name}")
    shutil.copy2(shutil.which("busybox"), tree + "/bin/busybox")
    os.symlink("busybox", tree + "/bin/sleep")
    members = [m for m in ("usr/share/zoneinfo", "etc/ssl", "etc/alternatives") if os.path.isdir("/" + m)]
    members += sorted("usr/bin/" + n for n in os.listdir("/usr/bin"))[::12]
    run(*TAR, "--format=pax", "-cf", folder + "/1.tar", "-C", tree, ".", "-C", "/", "--no-recursion", "usr", "usr/bin", "usr/share", "--recursion", *members)
    return folder + "/1.tar"


def odd_layer(folder):
    tree = folder + "/odd"
    os.makedirs(tree + "/odd/sub")
    at = lambda name: f"{tree}/odd/{name}"
    for name, mode in (("setuid", 0o4755), ("setgid", 0o2755), ("sticky", 0o1777), ("none", 0), ("capable", 0o755), ("attributed", 0o644)):
        with open(at(name), "w") as f:
            f.write(name * 100)
        os.chown(at(name), 1000, 70_000)
        os.chmod(at(name), mode)
    os.setxattr(at("capable"), "security.capability", CAPABILITY)
    os.setxattr(at("attributed"), "user.text", b"\0\xff value")
    os.setxattr(at("attributed"), "trusted.secret", b"t" * 300)
    for name, mode, device in (("null", stat.S_IFCHR | 0o666, (1, 3)), ("disk", stat.S_IFBLK | 0o640, (259, 1 << 18)), ("pipe", stat.S_IFIFO | 0o600, (0, 0))):
        os.mknod(at(name), mode, os.makedev(*device))
        os.chown(at(name), 0, 6)
    for n in range(3):
        os.link(at("setuid"), at(f"sub/again-{n}"))
    with open(at("sub/gone"), "w") as f:
        f.write("gone")
    os.symlink("../../" + "far/" * 100, at("away"))
    os.symlink("setuid", at("near"))
    with open(at("holes"), "wb") as f:
        f.write(b"start")
        f.seek(300 << 20)
        f.write(b"end")
    with open(at("empty"), "w"):
        pass
    with open(os.fsencode(at("latin-")) + b"\xe9\xff", "wb") as f:
        f.write(b"x")
    with open(at("n" * 255), "w") as f:
        f.write("n")
    deep = at("sub/" + "/".join(["d" * 100] * 20))
    os.makedirs(deep)
    for n, name in enumerate(os.listdir(tree + "/odd")):
        os.utime(at(name), ns=(0, 1_600_000_000_123_456_789 + n), follow_symlinks=False)
    run(*TAR, "--format=pax", "--sparse", "-cf", folder + "/2.tar", "-C", tree, "odd")
    return folder + "/2.tar"


def replacing_layer(folder):
    tree = folder + "/replacing"
    os.makedirs(tree + "/odd/sub")
    for name, text in (("odd/empty", "not empty any more"), ("odd/.wh.none", ""), ("odd/sub/.wh.gone", ""), ("odd/sub/new", "new")):
        with open(f"{tree}/{name}", "w") as f:
            f.write(text)
    shutil.copystat(folder + "/odd/odd", tree + "/odd")
    run(*TAR, "--format=pax", "-cf", folder + "/3.tar", "-C", tree, "odd")
    return folder + "/3.tar"


def unpacked(folder, layers):
    """What tar makes of the layers, one over the other, with what they remove removed."""
    tree = folder + "/expected"
    os.mkdir(tree)
    for layer in layers:
        run(*TAR, "--same-owner", "--same-permissions", "--delay-directory-restore", "-xf", layer, "-C", tree)
        for top, dirs, files in os.walk(tree):
            for name in [n for n in files if n.startswith(".wh.")]:
                before = os.stat(top)
                os.remove(f"{top}/{name}")
                os.remove(f"{top}/{name[4:]}")
                os.utime(top, ns=(before.st_atime_ns, before.st_mtime_ns))
    return tree


def listing(top):
    """A line for each path below a directory, without what an engine puts there."""
    lines, first = {}, {}

    def visit(path, relative):
        s = os.lstat(path)
        if relative in OURS:
            return
        kind = stat.S_IFMT(s.st_mode)
        line = [f"{s.st_mode:06o} {s.st_uid}:{s.st_gid}" + ("" if relative in TIMED_OURS else f" {s.st_mtime_ns}")]
        if kind == stat.S_IFREG:
            line.append(f"{s.st_size} {digest(path)}")
        elif kind == stat.S_IFLNK:
            line.append(f"-> {os.readlink(path)!r}")
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            line.append(f"device {os.major(s.st_rdev)}:{os.minor(s.st_rdev)}")
        if kind != stat.S_IFDIR and s.st_nlink > 1:
            line.append(f"one of {s.st_nlink}, first {first.setdefault((s.st_dev, s.st_ino), relative)!r}")
        for name in sorted(os.listxattr(path, follow_symlinks=False)):
            line.append(f"{name}={os.getxattr(path, name, follow_symlinks=False)!r}")
        lines[relative] = " ".join(line)
        if kind == stat.S_IFDIR:
            for name in sorted(os.listdir(path)):
                visit(path + b"/" + name, relative + b"/" + name if relative else name)

    visit(os.fsencode(top), b"")
    return lines


def digest(path):
    """Of a file's bytes; holes are not read."""
    h = hashlib.sha256()
    with open(path, "rb") as f:
        size, at = os.fstat(f.fileno()).st_size, 0
        while at < size:
            try:
                start = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            at = os.lseek(f.fileno(), start, os.SEEK_HOLE)
            f.seek(start)
            while start < at and (b := f.read(min(1 << 20, at - start))):
                if b.strip(b"\0"):  # a block of zeros may be a hole or not
                    for block in range(0, len(b), 4096):
                        if (piece := b[block:block + 4096]).strip(b"\0"):
                            h.update(f"{start + block}:".encode() + piece)
                start += len(b)
    return h.hexdigest()[:24]


class Registry:
    """An empty docker-registry on loopback."""

    def __init__(self, folder):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{s.getsockname()[1]}"
        os.mkdir(folder)
        with open(folder + "/config.json", "w") as f:
            json.dump({"version": "0.1", "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": folder + "/data"}}, "http": {"addr": self.host}}, f)
        self.process = subprocess.Popen([os.environ.get("PROA_REGISTRY_BIN") or "docker-registry", "serve", folder + "/config.json"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"})
        for _ in range(200):
            try:
                socket.create_connection(self.host.split(":"), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the registry does not listen")

    def manifest(self, name):
        repository, tag = name.rsplit(":", 1)
        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"}
        with mkimage.Registry("http://" + self.host).req("GET", f"/v2/{repository}/manifests/{tag}", headers=accept) as r:
            return r.read()

    def has(self, name, digest):
        try:
            return mkimage.Registry("http://" + self.host).req("HEAD", f"/v2/{name.rsplit(':', 1)[0]}/blobs/{digest}").status == 200
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait(20)


def seed(registry, layers):
    """Pushes the layers, gzipped, as one image."""
    client = mkimage.Registry("http://" + registry.host)
    repository, tag = NAME.rsplit(":", 1)
    blobs, diffs = [], []
    for layer in layers:
        with open(layer, "rb") as f:
            tar = f.read()
        diffs.append(mkimage.sha(tar))
        gz = subprocess.run(["gzip", "-1nc", layer], check=True, stdout=subprocess.PIPE).stdout
        client.blob(repository, gz)
        blobs.append({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": mkimage.sha(gz), "size": len(gz)})
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sleep", "1000"], "Env": ["PATH=/bin:/usr/bin"]},
                         "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
    client.blob(repository, config)
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": blobs, "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json", "digest": mkimage.sha(config), "size": len(config)}}).encode()
    client.req("PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": kind})


def compare(driver, expected, seen):
    different = [p for p in sorted(expected.keys() | seen.keys()) if expected.get(p) != seen.get(p)]
    for path in different[:10]:
        problems.append(f"{driver}: {path!r}: tar has {expected.get(path)}, the container {seen.get(path)}")
    if len(different) > 10:
        problems.append(f"{driver}: and {len(different) - 10} more")


def check(driver, source, folder, expected):
    e = engine.Engine(os.environ["E"])
    e.start("--storage-driver", driver)
    env = {**os.environ, "DOCKER_HOST": "unix://" + e.sock}

    def docker(*argv):
        r = subprocess.run(["docker", *argv], env=env, capture_output=True, text=True)
        if r.returncode != 0:
            raise RuntimeError(f"{driver}: docker {' '.join(argv)}: {r.stderr.strip()}")
        return r.stdout.strip()

    empty = Registry(f"{folder}/empty-{driver}")
    try:
        name, copy = f"{source.host}/{NAME}", f"{empty.host}/{NAME}"
        docker("pull", "-q", name)
        docker("run", "-d", "--name", "tree", "--network", "none", "--stop-signal", "KILL", name)
        compare(driver, expected, listing(f"/proc/{docker('inspect', '-f', '{{.State.Pid}}', 'tree')}/root/."))
        docker("rm", "-f", "tree")
        docker("tag", name, copy)
        docker("push", "-q", copy)
        manifest = source.manifest(NAME)
        if empty.manifest(NAME) != manifest:
            problems.append(f"{driver}: another manifest was pushed than was pulled")
        for blob in [json.loads(manifest)["config"], *json.loads(manifest)["layers"]]:
            if not empty.has(NAME, blob["digest"]):
                problems.append(f"{driver}: {blob['digest']} was not pushed")
        docker("rmi", name, copy)
    except RuntimeError as x:
        problems.append(str(x))
    finally:
        empty.close()
        if e.running():
            e.stop()


def main():
    folder = tempfile.mkdtemp(prefix="proa-trees.")
    source = None
    try:
        below = sorted(glob.glob(BIG + "/*.tar")) if BIG else [real_layer(folder)]
        layers = [*below, odd_layer(folder), replacing_layer(folder)]
        expected = listing(unpacked(folder, layers))
        source = Registry(folder + "/source")
        seed(source, layers)
        for driver in sys.argv[1:] or ["erofs", "overlay", "vfs"]:
            check(driver, source, folder, expected)
        for p in problems:
            print(p)
        print(f"{len(expected)} paths, {len(problems)} problems")
    finally:
        if source:
            source.close()
        subprocess.run(["rm", "-rf", "--one-file-system", folder])


main()
