# pull, from real registries on this machine.

== pull.output [registry]: pull tells layers, digest and status
$ docker rmi -f $R/seed/bb:v2 >/dev/null 2>&1; docker pull $R/seed/bb:v2; docker rmi $R/seed/bb:v2 >/dev/null
out~ ^v2: Pulling from seed/bb$
out~ ^[0-9a-f]{12}: (Pulling fs layer|Already exists|Pull complete)$
out~ ^Digest: sha256:[0-9a-f]{64}$
out~ ^Status: Downloaded newer image for $R/seed/bb:v2$
out~ ^$R/seed/bb:v2$

== pull.by-digest [registry]: an image is pulled by its digest
$ docker pull -q $R/seed/bb@$SEED_DIGEST; docker run --rm $R/seed/bb@$SEED_DIGEST cat /etc/image; docker image inspect -f '{{json .RepoDigests}} {{len .RepoTags}}' $R/seed/bb@$SEED_DIGEST; docker rmi $R/seed/bb@$SEED_DIGEST >/dev/null
out~ ^$R/seed/bb@sha256:[0-9a-f]{64}$
out~ ^from-registry$
out~ "$R/seed/bb@sha256:[0-9a-f]{64}"\] 0$

== pull.repo-digest [registry]: what was pulled by a tag knows its digest
$ docker pull -q $R/seed/bb >/dev/null; docker image inspect -f '{{join .RepoDigests " "}}' $R/seed/bb | grep -c "$R/seed/bb@$SEED_DIGEST"; docker rmi $R/seed/bb >/dev/null
out= 1

== pull.multi [registry]: an index gives the image of this platform
$ docker pull -q $R/seed/multi >/dev/null; docker image inspect -f '{{.Architecture}}' $R/seed/multi; docker run --rm $R/seed/multi cat /etc/image; docker rmi $R/seed/multi >/dev/null
out~ ^(amd64|arm64)\nfrom-registry$

== pull.multi-docker [registry]: a manifest list of the older kind as well
$ docker pull -q $R/seed/multi-docker >/dev/null; docker run --rm $R/seed/multi-docker cat /etc/image; docker rmi $R/seed/multi-docker >/dev/null
out= from-registry

== pull.platform [registry]: --platform chooses from the index
$ docker pull -q --platform linux/s390x $R/seed/multi >/dev/null; docker image inspect -f '{{.Architecture}}' $R/seed/multi; docker rmi $R/seed/multi >/dev/null
out= s390x

== pull.platform-bad [registry]: a platform that is none is refused
$ docker pull --platform a/b/c/d $R/seed/multi
= 1
err~ (?i)(invalid|unknown).*(platform|operating system|architecture)|"a/b/c/d"

== pull.unknown-repository [registry]: an unknown repository is reported
$ docker pull $R/no/such
= 1
err~ Error response from daemon: manifest for $R/no/such:latest not found: manifest unknown|(repository|name).*(not found|unknown)

== pull.unauthenticated [registry]: without a login a private registry refuses
$ docker pull $RA/seed/bb
= 1
err~ no basic auth credentials

== pull.unreachable: a registry that does not answer is named
$ timeout 60 docker pull 127.0.0.1:1/x
= 1
err~ (?i)127\.0\.0\.1:1.*connect(ion)?.*refused

== pull.insecure-refused [registry]: plain HTTP is not spoken with a registry that is neither loopback nor named insecure
$ docker pull $RX/seed/bb
= 1
err~ (?i)(server gave HTTP response to HTTPS client|plain HTTP|not.*TLS|insecure)

== pull.bad-name: a name that is no reference is refused
$ docker pull 'Bad//Name'
= 1
err~ invalid reference format
$ api POST '/v1.44/images/create?fromImage=Bad%2F%2FName'
out~ (?i)invalid reference format
out~ ^HTTP 400$

== pull.corrupt-nothing-left [registry]: a pull that failed leaves no image and can be repeated
$ a=$(docker info -f '{{.Images}}'); for i in 1 2; do docker pull -q $R/seed/bad >/dev/null 2>&1 && echo pulled; done; b=$(docker info -f '{{.Images}}'); echo $((b-a))
out= 0

== pull.parallel [registry]: eight pulls of one image at once all succeed
$ docker rmi -f $R/seed/oci >/dev/null 2>&1; for i in $(seq 8); do docker pull -q $R/seed/oci & done | sort | uniq -c | tr -s ' '; docker run --rm $R/seed/oci cat /etc/image; docker rmi $R/seed/oci >/dev/null
out= 8 $R/seed/oci:latest\nfrom-registry

== pull.client-gone [registry]: a client that goes away in the middle harms nobody
$ docker rmi -f $R/seed/oci >/dev/null 2>&1; for i in 1 2 3 4 5; do timeout -s KILL 0.0$i curl -sS --unix-socket $SOCK -X POST "http://d/v1.44/images/create?fromImage=$R/seed/oci&tag=latest" >/dev/null 2>&1; done; docker pull -q $R/seed/oci; docker run --rm $R/seed/oci cat /etc/image; docker rmi $R/seed/oci >/dev/null
out= $R/seed/oci:latest\nfrom-registry

== pull.newer [registry]: a tag that has moved is pulled anew, the older image stays without it
$ python3 - <<'P'
    import os,sys; sys.path.insert(0,os.environ["LIB"]); import mkimage as mk
    r=mk.Registry("http://"+os.environ["R"]); l=mk.rootfs_busybox({"etc/image":b"first\n"}); r.push("moving/x","latest",l,mk.config(l,["sh"],["PATH=/bin"]))
    P
    docker pull -q $R/moving/x >/dev/null; docker run --rm $R/moving/x cat /etc/image; old=$(docker images -q --no-trunc $R/moving/x); python3 - <<'P'
    import os,sys; sys.path.insert(0,os.environ["LIB"]); import mkimage as mk
    r=mk.Registry("http://"+os.environ["R"]); l=mk.rootfs_busybox({"etc/image":b"second\n"}); r.push("moving/x","latest",l,mk.config(l,["sh"],["PATH=/bin"]))
    P
    docker pull $R/moving/x | grep Status; docker run --rm $R/moving/x cat /etc/image; docker rmi $R/moving/x $old >/dev/null
out= first\nStatus: Downloaded newer image for $R/moving/x:latest\nsecond

== pull.run-always [registry]: run --pull always pulls what is there already
$ docker pull -q $R/seed/bb >/dev/null; docker run --rm --pull always $R/seed/bb true; docker rmi $R/seed/bb >/dev/null
err~ Status: Image is up to date for $R/seed/bb:latest

== pull.mirror [engine registry]: a mirror is asked before the hub
$ engine start --registry-mirror http://$R && docker pull library/mirrored && docker run --rm mirrored cat /etc/image
out~ ^Status: Downloaded newer image for mirrored:latest$
out~ ^from-registry$
$ docker info -f '{{.RegistryConfig.Mirrors}}'
out~ http://$R

== pull.mirror-setting [engine registry proa]: mirrors are a setting that counts from the next pull on; one that is none is refused, and the former ones stay
$ engine start --registry-mirror http://127.0.0.1:1; p="$(dirname $PROAD)/proa -H unix://$SOCK"; $p config set dev.proa.engine registry-mirrors=http://$R; docker info -f '{{.RegistryConfig.Mirrors}}'; docker pull -q library/mirrored; for m in ftp://x http://me:secret@x nosuch://; do $p config set dev.proa.engine registry-mirrors=$m; done; docker info -f '{{.RegistryConfig.Mirrors}}'; engine stop; engine start --registry-mirror http://127.0.0.1:1; docker info -f '{{.RegistryConfig.Mirrors}}'; $p config set dev.proa.engine registry-mirrors=; docker info -f '{{.RegistryConfig.Mirrors}}'; docker rmi mirrored >/dev/null
out~ ^dev\.proa\.engine\n\[http://$R/\]\ndocker\.io/library/mirrored:latest\n\[http://$R/\]\n\[http://$R/\]\ndev\.proa\.engine\n\[http://127\.0\.0\.1:1/\]$
err~ dev\.proa\.engine: registry mirror "ftp://x": it needs http:// or https:// and a host
err~ dev\.proa\.engine: registry mirror "http://x": it may have a scheme, a host, a port and a path only

== pull.mirror-lacks [engine registry proa]: what a mirror does not have is not found, though nothing beyond it can be reached
$ engine start --registry-mirror http://$R && docker pull library/mirrored:nosuch
= 1
err~ manifest for mirrored:nosuch not found: manifest unknown
$ api POST '/v1.44/images/create?fromImage=mirrored&tag=nosuch'
out~ ^HTTP 404$

== pull.insecure-by-setting [engine registry]: --insecure-registry allows plain HTTP
$ engine start --insecure-registry $RX && docker pull -q $RX/seed/bb && docker run --rm $RX/seed/bb cat /etc/image
out= $RX/seed/bb:latest\nfrom-registry
$ docker info -f '{{json .RegistryConfig.IndexConfigs}}'
out~ $RX

== pull.insecure-by-network [engine registry]: a network of insecure registries
$ engine start --insecure-registry 192.0.2.0/24 && docker pull -q $RX/seed/bb
out= $RX/seed/bb:latest

== pull.real-trees [engine registry proa slow]: real trees pulled with each storage driver are what tar unpacks, and are pushed under the same digests
$ python3 $LIB/trees.py erofs overlay vfs
out~ ^\d{4,} paths, 0 problems$

== pull.memory [engine registry proa slow]: what a pull, a save and a load take of the heap does not depend on the layer's size
$ python3 $LIB/heap.py 8 300
out~ ^bounded$
