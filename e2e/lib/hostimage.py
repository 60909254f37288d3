#!/usr/bin/env python3
"""A base image's layer, made of Debian packages that this machine has installed, with all that they depend on: what an image of a compiler or of Node would
be, where no registry can be asked. usage: hostimage.py [--add FOLDER]... [--skip GLOB]... [--without PACKAGE]... PACKAGE... >LAYER.tar

The files are this machine's own, by the packages' lists, and so is dpkg's database of just these packages: apt and dpkg work in a container of it. What a
package does not own, and needs, is named by --add (a folder with all in it). Exit status 3, with a sentence, if a package is not installed.
"""
import argparse, fnmatch, io, os, re, subprocess, sys, tarfile

ESSENTIAL = ["base-files", "bash", "coreutils", "dash", "debianutils", "diffutils", "findutils", "grep", "gzip", "hostname", "libc-bin", "mawk", "perl-base", "sed", "tar", "util-linux"]
UNWANTED = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*"]
FOLDERS = {"dev": 0o755, "etc": 0o755, "home": 0o755, "proc": 0o755, "root": 0o700, "run": 0o755, "sys": 0o755, "tmp": 0o1777, "var": 0o755, "var/tmp": 0o1777,
           "var/lib": 0o755, "var/lib/dpkg": 0o755, "var/lib/dpkg/updates": 0o755, "var/lib/dpkg/triggers": 0o755, "var/cache": 0o755, "var/log": 0o755}
NOT_OURS = ("/dev/", "/proc/", "/sys/", "/etc/apt/", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ld.so.conf")
TIME = 1700000000
PASSWD = "root:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000:node:/home/node:/bin/bash\n_apt:x:100:65534::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
GROUP = "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n"


def database():
    """Records of the installed packages, by name and by what they provide."""
    with open("/var/lib/dpkg/status", encoding="utf-8") as f:
        records = [r for r in f.read().split("\n\n") if "\nStatus: install ok installed" in r]
    known, provided = {}, {}
    for record in records:
        name = re.search(r"^Package: (.*)", record, re.M)[1]
        known[name] = record
        for other in names(field(record, "Provides")):
            provided.setdefault(other[0], name)
    return known, provided


def field(record, name):
    m = re.search(rf"^{name}: (.*)", record, re.M)
    return m[1] if m else ""


def names(dependencies):
    """Lists of alternatives."""
    return [[re.split(r"[ :(]", a.strip())[0] for a in d.split("|")] for d in dependencies.split(",") if d.strip()]


def closure(packages, without):
    known, provided = database()
    found, todo = {}, list(packages)
    while todo:
        name = todo.pop()
        name = name if name in known else provided.get(name, name)
        if name in found or name in without:
            continue
        if name not in known:
            print(f"hostimage: the package {name} is not installed here", file=sys.stderr)
            sys.exit(3)
        found[name] = known[name]
        for alternatives in names(field(known[name], "Pre-Depends")) + names(field(known[name], "Depends")):
            here = [a for a in alternatives if a in known or a in provided]
            todo += here[:1]
    return found


def files(packages):
    listed = subprocess.run(["dpkg-query", "-L", *packages], capture_output=True, text=True, check=True).stdout.split("\n")
    # A diversion or a merged /usr names the same file twice.
    return {os.path.normpath(p) for p in listed if p.startswith("/") and p != "/."}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--add", action="append", default=[])
    ap.add_argument("--skip", action="append", default=[])
    ap.add_argument("--without", action="append", default=[])
    ap.add_argument("packages", nargs="+")
    a = ap.parse_args()
    found = closure(ESSENTIAL + a.packages, a.without)
    paths = files(found)
    for folder in a.add:
        paths.update(os.path.join(top, n) for top, dirs, names_ in os.walk(folder) for n in dirs + names_)
        paths.add(folder)
    # What update-alternatives has made.
    for name in os.listdir("/etc/alternatives"):
        link = os.path.join("/etc/alternatives", name)
        if os.path.realpath(link) in paths:
            paths.add(link)
            paths.add("/usr/bin/" + name)
    if "dpkg" in found:
        owners = set(found)
        paths.update("/var/lib/dpkg/info/" + e for e in os.listdir("/var/lib/dpkg/info") if e.rsplit(".", 1)[0].split(":")[0] in owners)
    unwanted = UNWANTED + a.skip
    wanted = {p for p in paths if not any(fnmatch.fnmatchcase(p, u) for u in unwanted) and not p.startswith(NOT_OURS)}
    made = io.BytesIO()
    out = tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT)
    for name, mode in FOLDERS.items():
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.mtime = tarfile.DIRTYPE, mode, TIME
        out.addfile(info)
    texts = {"etc/passwd": PASSWD, "etc/group": GROUP, "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
             "etc/ld.so.conf": "/usr/local/lib\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n"}
    if "dpkg" in found:
        texts |= {"var/lib/dpkg/status": "\n\n".join(found.values()) + "\n", "var/lib/dpkg/available": "", "var/lib/dpkg/diversions": "", "var/lib/dpkg/statoverride": ""}
    for name, data in texts.items():
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(data.encode()), TIME
        out.addfile(info, io.BytesIO(data.encode()))
    # Not its end: tar's members follow.
    sys.stdout.buffer.write(made.getvalue()[:out.offset])
    sys.stdout.flush()
    tar = subprocess.Popen(["tar", "-C", "/", "--no-recursion", "--numeric-owner", "--null", "-T", "-", "-c"], stdin=subprocess.PIPE)
    tar.communicate("\0".join(m for m in real(wanted) if m not in FOLDERS and m not in texts).encode() + b"\0")
    return tar.returncode


def real(paths):
    """In order, each below real folders only, with these folders; what is not there is left out (a list may name what its package has removed)."""
    members = set()
    todo = list(paths) + ["/bin", "/sbin", "/lib", "/lib64"]
    while todo:
        path = todo.pop()
        folder = os.path.dirname(path)
        path = os.path.join(os.path.realpath(folder), os.path.basename(path))
        if path not in members and path != "/" and os.path.lexists(path):
            members.add(path)
            todo.append(os.path.dirname(path))
            if folder != os.path.dirname(path):
                todo.append(folder)
    return sorted(m.lstrip("/") for m in members)


if __name__ == "__main__":
    sys.exit(main())
