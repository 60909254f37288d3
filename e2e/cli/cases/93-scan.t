== scan.findings [proa]: every known flaw of an image's packages is found, and no other, by advisories that were imported
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $LIB/scan_fixture.py .; docker import old.tar $N:1 >/dev/null; $p scan --db import osv.zip
out~ ^Imported 6 advisories \(1 withdrawn\), generation
$ p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $p scan --format json $N:1 | jq -r '.Findings[] | "\(.Id) \(.Package.Name) \(.Package.Version) -> \(.Fixed) \(.Severity)"' | sort
out= CVE-2021-23337 lodash 4.17.20 -> 4.17.21 high\nCVE-2021-44228 org.apache.logging.log4j:log4j-core 2.14.1 -> 2.15.0 critical\nCVE-2022-0778 libssl1.1 1.1.1k-1+deb11u1 -> 1.1.1k-1+deb11u2 high\nCVE-2024-47081 requests 2.31.0 -> 2.32.4 unknown
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $p scan --exit-code 3 $N:1
= 3
out~ ^SEVERITY +ID +PACKAGE +INSTALLED +FIXED +LAYER
out~ ^4 findings: 1 critical, 2 high, 1 unknown$
out!~ \x1b
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; echo 'CVE-2021-44228 until=2999-12-31 the jar is not on the class path' > ignore; $p scan --severity critical --ignore-file ignore --exit-code 3 $N:1; $p scan --list $N:1; (unset NO_COLOR; tty $p scan $N:1)
out~ ^Nothing found; 1 ignored$
out~ ^deb +libssl1\.1 +1\.1\.1k-1\+deb11u1 +openssl +0:[0-9a-f]{12}$
out~ \x1b\[1;31mcritical\x1b\[0m

== scan.formats [proa]: the result comes as CycloneDX, SPDX and SARIF, and layers are known the second time
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $LIB/scan_fixture.py .; docker import old.tar $N:1 >/dev/null; $p scan --db import osv.zip >/dev/null; for f in cyclonedx spdx sarif; do $p scan --format $f -o $f.json $N:1; done; jq -r '.bomFormat, .specVersion, (.vulnerabilities|length)' cyclonedx.json; jq -r '.spdxVersion, (.packages|length)' spdx.json; jq -r '.version, (.runs[0].results|length)' sarif.json; $p scan --db info
out~ ^CycloneDX\n1\.6\n4\nSPDX-2\.3\n10\n2\.1\.0\n4$
out~ ^Mirror: +none: no network is used$
out~ ^Layers known: +[1-9]
out~ ^Debian:11 +1 +a minute ago

== scan.bad [proa]: what cannot be read is said, left out and counted
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $LIB/scan_fixture.py .; docker import bad.tar $N:bad >/dev/null; $p scan --list $N:bad
out~ ^deb +bash
err~ Warning: layer sha256:[0-9a-f]{64}, var/lib/dpkg/status: 1 entries without a name or a version
err~ Warning: layer sha256:[0-9a-f]{64}, var/lib/rpm/rpmdb\.sqlite: no SQLite database
err~ Warning: layer sha256:[0-9a-f]{64}, cut\.jar: no zip archive, or a truncated one
err~ Warning: layer sha256:[0-9a-f]{64}, bomb\.jar!/META-INF/maven/g/a/pom\.properties: longer than
err~ Warning: layer sha256:[0-9a-f]{64}, node_modules/x/package\.json: no JSON
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $p scan --db import cut.zip
= 1
err~ nothing was imported from .*/cut\.zip, the database is as it was: .*broken or truncated
$ cd $T; p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; mkdir osv; cp osv.zip cut.zip osv/; echo '{' > osv/x.json; $p scan --db import osv
= 1
out~ ^Imported 6 advisories
out~ ^Skipped 1 advisories and 1 archives that could not be read$
err~ ^Warning: cut\.zip: broken or truncated
err~ ^Warning: .*/osv!/x\.json: no JSON
$ p="$(dirname $PROAD)/proa -H $DOCKER_HOST"; $p scan $N:none; $p scan --severity bad $N:bad; $p scan --format xml $N:bad; echo CVE-1 > $T/i; $p scan --ignore-file $T/i $N:bad; $p scan --db drop; $p scan --db import http://127.0.0.1:1/x.zip
= 1
err~ No such image: $N:none
err~ "bad" is no severity
err~ there is no format "xml"
err~ line 1 of the ignore file gives no reason
err~ invalid argument "drop"
err~ cannot fetch http://127\.0\.0\.1:1/x\.zip

== scan.mirror [engine proa]: a mirror is asked for what a scan needs, unless it is told not to
$ cd $T; engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; $LIB/scan_fixture.py .; docker import old.tar x:1 >/dev/null; mkdir -p m/npm; cp osv.zip m/npm/all.zip; for e in Debian Maven PyPI; do mkdir m/$e; cp osv.zip m/$e/all.zip; done; $p scan --exit-code 3 x:1; serve m; $p config set proa-scan mirror=http://127.0.0.1:$served >/dev/null; $p scan --offline x:1; $p scan x:1
err~ there are no advisories to look anything up in
out~ ^Nothing was looked up$
out~ ^4 findings: 1 critical, 2 high, 1 unknown$
