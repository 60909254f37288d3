#!/usr/bin/env python3
"""Makes image archives (docker-archive with an OCI layout beside it) without an engine.

mkimage.py NAME --rootfs busybox|DIR --tag REF [--tag REF...] [--cmd JSON] [--env K=V] [--user U] [--program FILE] [--out FILE]
writes NAME.tar, or FILE. "busybox" takes the static busybox of this machine; FILE becomes an executable in the image's root.
Also used as a module: rootfs_busybox(), build(), push().
"""
import argparse, hashlib, io, json, os, shutil, subprocess, sys, tarfile, time, urllib.request, base64, ssl, gzip

EPOCH = 1700000000


def rootfs_busybox(extra=None):
    """An uncompressed layer: static busybox with all applets, users root/nobody/app."""
    bb = next((p for p in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(p)), None)
    if not bb:
        sys.exit("mkimage: no static busybox on this machine (package busybox-static)")
    applets = subprocess.run([bb, "--list"], capture_output=True, text=True).stdout.split()
    buf = io.BytesIO()
    t = tarfile.open(fileobj=buf, mode="w", format=tarfile.GNU_FORMAT)

    def add(name, mode=0o755, typ=tarfile.DIRTYPE, data=b"", link="", uid=0, gid=0):
        i = tarfile.TarInfo(name)
        i.mode, i.type, i.size, i.linkname, i.mtime, i.uid, i.gid = mode, typ, len(data), link, EPOCH, uid, gid
        t.addfile(i, io.BytesIO(data) if data else None)

    extra = dict(extra or {})
    for d in ("bin", "etc", "home", "root", "usr", "usr/bin", "usr/sbin", "sbin", "var", "var/lib", "var/log", "var/opt", "var/www", "dev", "proc", "sys", "opt", "mnt", "srv"):
        add(d + "/", 0o700 if d == "root" else 0o755)
    add("tmp/", 0o1777)
    add("home/app/", 0o755, uid=1000, gid=1000)
    with open(bb, "rb") as f:
        add("bin/busybox", 0o755, tarfile.REGTYPE, f.read())
    for a in applets:
        if a != "busybox":
            add("bin/" + a, 0o755, tarfile.LNKTYPE, link="bin/busybox")
    add("etc/passwd", 0o644, tarfile.REGTYPE, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1000:app:/home/app:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\n" + extra.pop("passwd+", b""))
    add("etc/group", 0o644, tarfile.REGTYPE, b"root:x:0:\nnobody:x:65534:\napp:x:1000:\ndaemon:x:1:\nextra:x:2000:app\nwheel:x:10:root\n")
    add("etc/nsswitch.conf", 0o644, tarfile.REGTYPE, b"hosts: files dns\n")
    for name, data in extra.items():
        add(name, 0o644 if "/" in name else 0o755, tarfile.REGTYPE, data)
    t.close()
    return buf.getvalue()


def rootfs_dir(path):
    return subprocess.run(["tar", "--numeric-owner", "--sort=name", "-C", path, "--exclude=./var/cache/apt/*",
                           "--exclude=./var/lib/apt/lists/*", "--exclude=./usr/share/doc/*", "--exclude=./usr/share/man/*",
                           "--exclude=./usr/share/locale/*", "--exclude=./dev/*", "-c", "."], check=True, stdout=subprocess.PIPE).stdout


def sha(b):
    return "sha256:" + hashlib.sha256(b).hexdigest()


def config(layer, cmd, env, user="", extra=None):
    c = {"Cmd": cmd, "Env": env}
    if user:
        c["User"] = user
    c.update(extra or {})
    ts = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
    return json.dumps({"architecture": "amd64", "os": "linux", "created": ts, "config": c,
                       "rootfs": {"type": "layers", "diff_ids": [sha(layer)]},
                       "history": [{"created": ts, "created_by": "mkimage"}]}).encode()


def archive(layer, cfg, tags):
    """docker-archive (manifest.json) and OCI layout in one tar, as `docker save` writes since 25."""
    lb, cb = sha(layer)[7:], sha(cfg)[7:]
    man = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + cb, "size": len(cfg)},
                      "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": "sha256:" + lb, "size": len(layer)}]}).encode()
    idx = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                      "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": sha(man), "size": len(man),
                                     "annotations": {"io.containerd.image.name": norm(x), "org.opencontainers.image.ref.name": x.rsplit(":", 1)[1]}} for x in tags]}).encode()
    buf = io.BytesIO()
    t = tarfile.open(fileobj=buf, mode="w", format=tarfile.GNU_FORMAT)

    def put(name, data):
        i = tarfile.TarInfo(name)
        i.size, i.mode, i.mtime = len(data), 0o644, EPOCH
        t.addfile(i, io.BytesIO(data))

    put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    put("index.json", idx)
    put("manifest.json", json.dumps([{"Config": "blobs/sha256/" + cb, "RepoTags": tags, "Layers": ["blobs/sha256/" + lb]}]).encode())
    put("blobs/sha256/" + sha(man)[7:], man)
    put("blobs/sha256/" + cb, cfg)
    put("blobs/sha256/" + lb, layer)
    t.close()
    return buf.getvalue()


def norm(ref):
    first = ref.split("/")[0]
    if "/" in ref and ("." in first or ":" in first or first == "localhost"):
        return ref
    return "docker.io/" + (ref if "/" in ref else "library/" + ref)


class Registry:
    """Just enough of the distribution API to seed a registry on loopback without an engine."""

    def __init__(self, base, auth=None):
        self.base, self.auth = base, auth
        ctx = ssl.create_default_context()
        ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
        self.op = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=ctx))

    def req(self, method, path, data=None, headers=None):
        h = dict(headers or {})
        if self.auth:
            h["Authorization"] = "Basic " + base64.b64encode(self.auth.encode()).decode()
        url = path if path.startswith("http") else self.base + path
        return self.op.open(urllib.request.Request(url, data=data, method=method, headers=h), timeout=30)

    def blob(self, repo, data):
        loc = self.req("POST", f"/v2/{repo}/blobs/uploads/", b"").headers["Location"]
        self.req("PUT", loc + ("&" if "?" in loc else "?") + "digest=" + sha(data), data, {"Content-Type": "application/octet-stream"})

    def push(self, repo, tag, layer, cfg, oci=False):
        gz = gzip.compress(layer, 6, mtime=0)
        self.blob(repo, gz)
        self.blob(repo, cfg)
        mt = "application/vnd.oci.image.manifest.v1+json" if oci else "application/vnd.docker.distribution.manifest.v2+json"
        ct = "application/vnd.oci.image.config.v1+json" if oci else "application/vnd.docker.container.image.v1+json"
        lt = "application/vnd.oci.image.layer.v1.tar+gzip" if oci else "application/vnd.docker.image.rootfs.diff.tar.gzip"
        m = json.dumps({"schemaVersion": 2, "mediaType": mt, "config": {"mediaType": ct, "size": len(cfg), "digest": sha(cfg)},
                        "layers": [{"mediaType": lt, "size": len(gz), "digest": sha(gz)}]}).encode()
        self.req("PUT", f"/v2/{repo}/manifests/{tag}", m, {"Content-Type": mt})
        return sha(m), len(m)

    def index(self, repo, tag, entries, oci=True):
        """entries: (digest, size, os, arch, variant)"""
        mt = "application/vnd.oci.image.index.v1+json" if oci else "application/vnd.docker.distribution.manifest.list.v2+json"
        em = "application/vnd.oci.image.manifest.v1+json" if oci else "application/vnd.docker.distribution.manifest.v2+json"
        ms = []
        for d, s, o, a, v in entries:
            p = {"os": o, "architecture": a}
            if v:
                p["variant"] = v
            ms.append({"mediaType": em, "digest": d, "size": s, "platform": p})
        b = json.dumps({"schemaVersion": 2, "mediaType": mt, "manifests": ms}).encode()
        self.req("PUT", f"/v2/{repo}/manifests/{tag}", b, {"Content-Type": mt})
        return sha(b)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("name")
    ap.add_argument("--rootfs", default="busybox")
    ap.add_argument("--tag", action="append", required=True)
    ap.add_argument("--cmd", default='["sh"]')
    ap.add_argument("--env", action="append", default=["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    ap.add_argument("--user", default="")
    ap.add_argument("--program")
    ap.add_argument("--out")
    a = ap.parse_args()
    extra = {"etc/image": a.name.removeprefix("cli-").encode() + b"\n"}
    if a.program:
        with open(a.program, "rb") as f:
            extra[os.path.basename(a.program)] = f.read()
    layer = rootfs_busybox(extra) if a.rootfs == "busybox" else rootfs_dir(a.rootfs)
    out = a.out or a.name + ".tar"
    with open(out + ".part", "wb") as f:
        f.write(archive(layer, config(layer, json.loads(a.cmd), a.env, a.user), a.tag))
    os.rename(out + ".part", out)


if __name__ == "__main__":
    main()
