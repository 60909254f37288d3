#!/usr/bin/env python3
"""scan_fixture.py FOLDER: makes what the cases about scanning need, without a network.

osv.zip   advisories: facts of public ones (ids, packages, ranges, vectors)
cut.zip   a part of it
old.tar   a root file system with packages that some of them are about, and some that none is
bad.tar   one whose package metadata is damaged, with hostile archives
"""
import io, json, os, sys, tarfile, zipfile


def osv(id, ecosystem, name, events, **more):
    kind = "SEMVER" if ecosystem == "npm" else "ECOSYSTEM"
    return {"schema_version": "1.6.0", "id": id, "modified": "2026-01-01T00:00:00Z",
            "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": kind, "events": events}]}], **more}


def v3(vector):
    return [{"type": "CVSS_V3", "score": "CVSS:3.1/" + vector}]


ADVISORIES = [
    osv("DEBIAN-CVE-2022-0778", "Debian:11", "openssl", [{"introduced": "0"}, {"fixed": "1.1.1k-1+deb11u2"}], upstream=["CVE-2022-0778"], severity=v3("AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H")),
    osv("DEBIAN-CVE-2023-0286", "Debian:12", "openssl", [{"introduced": "0"}, {"fixed": "3.0.8-1"}], upstream=["CVE-2023-0286"]),
    osv("GHSA-35jh-r3h4-6jhm", "npm", "lodash", [{"introduced": "0"}, {"fixed": "4.17.21"}], aliases=["CVE-2021-23337"], severity=v3("AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H")),
    osv("GHSA-vh95-rmgr-6w4m", "npm", "minimist", [{"introduced": "0"}, {"fixed": "0.2.1"}, {"introduced": "1.0.0"}, {"fixed": "1.2.3"}], aliases=["CVE-2020-7598"]),
    osv("GHSA-jfh8-c2jp-5v3q", "Maven", "org.apache.logging.log4j:log4j-core", [{"introduced": "2.13.0"}, {"fixed": "2.15.0"}], aliases=["CVE-2021-44228"], severity=v3("AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H")),
    osv("GHSA-9hjg-9r4m-mvj7", "PyPI", "requests", [{"introduced": "0"}, {"fixed": "2.32.4"}], aliases=["CVE-2024-47081"]),
    osv("CVE-2024-0000-WITHDRAWN", "npm", "lodash", [{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z"),
]


def dpkg(name, version, source=""):
    return f"Package: {name}\nStatus: install ok installed\n" + (f"Source: {source}\n" if source else "") + f"Architecture: amd64\nVersion: {version}\n\n"


def jar(group, artifact, version, **inside):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(f"META-INF/maven/{group}/{artifact}/pom.properties", f"groupId={group}\nartifactId={artifact}\nversion={version}\n")
        for name, content in inside.items():
            z.writestr(f"BOOT-INF/lib/{name}.jar", content)
    return out.getvalue()


def tree(path, files):
    with tarfile.open(path, "w") as t:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def main():
    os.chdir(sys.argv[1])
    with zipfile.ZipFile("osv.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for advisory in ADVISORIES:
            z.writestr(advisory["id"] + ".json", json.dumps(advisory))
    with open("osv.zip", "rb") as whole, open("cut.zip", "wb") as cut:
        cut.write(whole.read()[:-40])
    log4j = jar("org.apache.logging.log4j", "log4j-core", "2.14.1")
    tree("old.tar", {
        "etc/os-release": 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n',
        "var/lib/dpkg/status": dpkg("libssl1.1", "1.1.1k-1+deb11u1", "openssl") + dpkg("bash", "5.1-2+deb11u1") + dpkg("openssl", "1.1.1k-1+deb11u2"),
        "app/node_modules/lodash/package.json": '{"name":"lodash","version":"4.17.20"}',
        "app/node_modules/minimist/package.json": '{"name":"minimist","version":"1.2.8"}',
        "app/app.jar": jar("org.example", "app", "1.0", log4j=log4j),
        "app/log4j-core-2.17.0.jar": jar("org.apache.logging.log4j", "log4j-core", "2.17.0"),
        "opt/venv/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n\n",
    })
    tree("bad.tar", {
        "etc/os-release": 'ID=debian\nVERSION_ID="11"\n',
        "var/lib/dpkg/status": "Package: noversion\nStatus: install ok installed\n\n" + dpkg("bash", "5.1-2+deb11u1"),
        "var/lib/rpm/rpmdb.sqlite": b"SQLite format 3\0" + b"\xff" * 600,
        "cut.jar": log4j[: len(log4j) // 2],
        "bomb.jar": jar("g", "a", "1\n" + "x" * (3 << 20)),
        "node_modules/x/package.json": '{"name":',
    })


main()
