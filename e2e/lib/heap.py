#!/usr/bin/env python3
"""How much memory a daemon takes while it works, by the JVM's log of collections and the kernel's count.

As a module: Heap, resident, most_resident. As a command, heap.py MIB...: pulls images with a layer of so many MiB each from the registry $R with an engine in
$E, and prints by how much the heap was fuller than before at most; it has to be less than 64 MiB whatever the size of the layer.
"""
import io, json, os, re, subprocess, sys, tarfile, zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine, mkimage  # noqa: E402

LIMIT_MIB = 64


def options(log):
    """Java options for a daemon that is to be looked at."""
    return f"-Xlog:gc:file={log}"


class Heap:
    """MiB more than at the start, after a collection and at any moment."""

    def __init__(self, pid, log):
        self.pid, self.log = pid, log
        self.before = self.collect()
        self.position = os.path.getsize(log)

    def collect(self):
        subprocess.run(["jcmd", str(self.pid), "GC.run"], check=True, stdout=subprocess.DEVNULL)
        with open(self.log) as f:
            return int(re.findall(r"Pause Full .*?(\d+)M->(\d+)M", f.read())[-1][1])

    def growth(self):
        end = self.collect()
        with open(self.log) as f:
            f.seek(self.position)
            pauses = [(int(a), int(b)) for a, b in re.findall(r"Pause .*?(\d+)M->(\d+)M", f.read())]
        return [most - self.before for most in (max(end, *(b for _, b in pauses)), max(a for a, _ in pauses))]


def resident(pid):
    """MiB now; what is most is counted from now on."""
    with open(f"/proc/{pid}/clear_refs", "w") as f:
        f.write("5")
    return most_resident(pid)


def most_resident(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line for line in f if line.startswith("VmHWM")).split()[1]) / 1024


def seed(registry, name, mib):
    """An image with a layer of one file that does not compress: so much comes from the registry, too."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        member = tarfile.TarInfo("data")
        member.size = mib << 20
        block = os.urandom(1 << 20)
        t.addfile(member, io.BytesIO(block * mib))
    layer = tar.getvalue()
    compress = zlib.compressobj(0, wbits=31)
    blob = compress.compress(layer) + compress.flush()
    config = mkimage.config(layer, ["sh"], [])
    registry.blob(name, blob)
    registry.blob(name, config)
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(config), "digest": mkimage.sha(config)},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": len(blob), "digest": mkimage.sha(blob)}]}
    registry.req("PUT", f"/v2/{name}/manifests/1", json.dumps(manifest).encode(), {"Content-Type": kind})


def main():
    registry = mkimage.Registry("http://" + os.environ["R"])
    e = engine.Engine(os.environ["E"])
    os.environ["PROA_JAVA_OPTIONS"] = options(e.root + "/gc")
    e.start()
    env = {**os.environ, "DOCKER_HOST": "unix://" + e.sock}
    bounded = True
    for mib in map(int, sys.argv[1:]):
        name = f"heap/{mib}-mib"
        seed(registry, name, mib)
        heap, memory = Heap(e.pid(), e.root + "/gc"), resident(e.pid())
        for argv in (["pull", "-q", f"{os.environ['R']}/{name}:1"], ["save", "-o", e.root + "/saved", f"{os.environ['R']}/{name}:1"],
                     ["rmi", f"{os.environ['R']}/{name}:1"], ["load", "-qi", e.root + "/saved"]):
            subprocess.run(["docker", *argv], check=True, env=env, stdout=subprocess.DEVNULL)
        kept, most = heap.growth()
        print(f"{mib} MiB: heap {kept:+d} MiB after a collection, {most:+d} at most, resident {most_resident(e.pid()) - memory:+.0f}")
        bounded = bounded and most < LIMIT_MIB
    print("bounded" if bounded else f"more than {LIMIT_MIB} MiB")


if __name__ == "__main__":
    main()
