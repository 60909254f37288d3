== pull.up-to-date [registry]: a second pull says so
$ docker pull -q $R/seed/bb >/dev/null; docker pull $R/seed/bb; docker rmi $R/seed/bb >/dev/null
out~ ^Using default tag: latest$
out~ ^Status: Image is up to date for $R/seed/bb:latest$

== pull.all-tags [registry]: pull -a takes all tags
$ docker pull -aq $R/seed/bb >/dev/null; docker images $R/seed/bb --format '{{.Tag}}' | sort | tr '\n' ' '; docker rmi $R/seed/bb:latest $R/seed/bb:v2 >/dev/null
out= latest v2

== pull.no-platform [registry]: an index without this platform is refused
$ docker pull $R/seed/other
= 1
err~ no matching manifest for linux/(amd64|arm64)(/v\d)? in the manifest list entries

== pull.corrupt [registry]: a layer that does not match its digest is refused
$ docker pull $R/seed/bad
= 1
all~ (?i)(filesystem layer verification failed for digest sha256:|digest|unexpected|failed to register layer|invalid)
$ docker images -q $R/seed/bad
out= 

== pull.unknown-tag [registry]: an unknown tag is reported
$ docker pull $R/seed/bb:nosuch
= 1
err~ manifest for $R/seed/bb:nosuch not found: manifest unknown

== push.again [registry later:push]: a second push finds the layers there
$ docker tag $BB $R/$N/a:1; docker push -q $R/$N/a:1 >/dev/null; docker push $R/$N/a:1
out~ Layer already exists

== push.manifest [registry later:push]: what was pushed is a valid manifest and configuration
$ docker tag $BB $R/$N/a:1; docker push -q $R/$N/a:1 >/dev/null; curl -sS -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json' http://$R/v2/$N/a/manifests/1 > $T/m; jq -r '[.schemaVersion,(.layers|length),(.config.digest|startswith("sha256:"))]|map(tostring)|join(" ")' $T/m; curl -sS http://$R/v2/$N/a/blobs/$(jq -r .config.digest $T/m) | jq -r '.rootfs.diff_ids|length'
out= 2 1 true\n1

== push.repo-digest [registry later:push]: the pushed image gets a repository digest
$ docker tag $BB $R/$N/a:1; docker push -q $R/$N/a:1 >/dev/null; docker image inspect -f '{{.RepoDigests}}' $BB
out~ $R/$N/a@sha256:[0-9a-f]{64}

== push.all-tags [registry later:push]: push -a
$ docker tag $BB $R/$N/a:1; docker tag $BB2 $R/$N/a:2; docker push -aq $R/$N/a >/dev/null; curl -sS http://$R/v2/$N/a/tags/list | jq -rc '.tags|sort'
out= ["1","2"]

== push.unknown [registry later:push]: pushing what is not there fails
$ docker push $R/$N/nosuch:x
= 1
err~ (An image does not exist locally with the tag: $R/$N/nosuch|tag does not exist: $R/$N/nosuch:x)

== login.ok [registry later:push]: login with the right password, logout
$ echo secret | docker login -u proa --password-stdin $RA
out~ ^Login Succeeded
$ docker pull -q $RA/seed/bb && docker rmi $RA/seed/bb >/dev/null; docker logout $RA
out~ Removing login credentials for $RA

== push.auth [registry later:push]: a push with a login goes through, one without does not
$ docker tag $BB $RA/$N:1; docker push $RA/$N:1
= 1
all~ no basic auth credentials
$ echo secret | docker login -u proa --password-stdin $RA >/dev/null 2>&1; docker push -q $RA/$N:1; r=$?; docker logout $RA >/dev/null; exit $r
out~ ^$RA/$N:1$

== pull.tls [registry]: a TLS registry on loopback is reached (loopback is exempt from checking)
$ docker pull -q $RT/seed/bb; docker rmi $RT/seed/bb >/dev/null
out= $RT/seed/bb:latest

== api.pull-stream [registry]: the pull stream is JSON objects with ids and status
$ curl -sS --unix-socket $SOCK -X POST "http://d/v1.44/images/create?fromImage=$R/seed/bb&tag=v2" | jq -rs 'map(has("status"))|all'; docker rmi $R/seed/bb:v2 >/dev/null
out= true

== run.pulls [registry]: run pulls an image that is not there
$ docker rmi -f $R/seed/oci >/dev/null 2>&1; docker run --rm $R/seed/oci cat /etc/image; docker rmi -f $R/seed/oci >/dev/null
out= from-registry
err~ Unable to find image '$R/seed/oci:latest' locally

== manifest.inspect-distribution [registry later:push]: the distribution endpoint gives descriptor and platforms
$ curl -sS --unix-socket $SOCK "http://d/v1.44/distribution/$R/seed/multi/json" | jq -r '[.Descriptor.digest[0:7],(.Platforms|length)]|map(tostring)|join(" ")'
out= sha256: 2

