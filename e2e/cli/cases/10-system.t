== version.server: version reports a server with an API version the client accepts
$ docker version --format '{{.Server.Version}}|{{.Server.APIVersion}}|{{.Server.Os}}|{{.Server.Arch}}'
out~ ^\d{2}\.\d+\S+\|1\.\d+\|linux\|(amd64|arm64)$

== ping.get: _ping answers OK and names the API version
$ curl -sS -i --unix-socket $SOCK http://d/_ping
out~ ^HTTP/1\.1 200
out~ (?i)^api-version: 1\.\d+
out~ (?i)^ostype: linux
out~ ^OK

== ping.head: _ping answers HEAD without a body
$ curl -sS -I --unix-socket $SOCK http://d/_ping
out~ ^HTTP/1\.1 200
out~ (?i)^content-length: 0

== info.fields: info names driver, cgroup driver, runtimes and counts
$ docker info --format '{{.Driver}}|{{.OSType}}|{{.NCPU}}|{{.MemTotal}}|{{.DefaultRuntime}}|{{.ServerVersion}}'
out~ ^[a-z0-9.-]+\|linux\|[1-9]\d*\|[1-9]\d+\|\S+\|\S+$

== api.old-version: an API version below the minimum is refused
$ api GET /v1.10/version
out~ client version 1\.10 is too old\. Minimum supported API version is
out~ ^HTTP 400$

== api.new-version: an API version above the newest is refused
$ api GET /v9.99/version
out~ client version 9\.99 is too new\. Maximum supported API version is
out~ ^HTTP 400$

== api.no-version: paths without a version are served
$ api GET /version
out~ "ApiVersion":\s?"1\.
out~ ^HTTP 200$

== api.unknown-path: an unknown path is 404 with a JSON message
$ api GET /v1.44/nosuchthing
out~ "message":\s?"page not found"
out~ ^HTTP 404$

== api.wrong-method: a known path with a wrong method is refused
$ api PATCH /v1.44/containers/json
out~ "message":\s?"page not found"
out~ ^HTTP 404$
$ api POST /v1.44/containers/x/copy '{"Resource":"/x"}'
out~ "message":\s?"page not found"
out~ ^HTTP 404$

== events.lifecycle: events of one container come in order
$ since=$(date +%s); docker run --name $N --rm $BB true; until=$(($(date +%s)+1)); sleep 1.2
    docker events --since $since --until $until --filter container=$N --format '{{.Action}}' | tr '\n' ' '
out~ create .*attach .*start .*die .*destroy

== events.die-exitcode: the die event carries the exit code
$ since=$(date +%s); docker run --name $N $BB sh -c 'exit 9'; sleep 1.2; docker events --since $since --until $(($(date +%s) + 1)) --filter container=$N --filter event=die --format '{{.Actor.Attributes.exitCode}}'
out= 9

== events.json [since28]: the event stream is one JSON object a line
$ since=$(date +%s); docker volume create $N >/dev/null; sleep 1.2; curl -sS --unix-socket $SOCK "http://d/v1.44/events?since=$since&until=$(date +%s)" | jq -r 'select(.Type=="volume")|.Action+" "+.Actor.ID+" "+(.timeNano|type)'
out~ ^create $N number$

== df.summary: system df lists the four kinds
$ docker system df
out~ ^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE
out~ ^Images
out~ ^Containers
out~ ^Local Volumes
out~ ^Build Cache

== df.verbose: system df -v names images and volumes
$ docker volume create $N >/dev/null; docker system df -v
out~ ^$N +0 +
out~ pcsuite/busybox

== prune.system: system prune removes stopped containers only of the label asked for
$ docker create --name $N --label $N=1 $BB true >/dev/null; docker create --name $N-b $BB true >/dev/null
    docker system prune -f --filter label=$N=1
out~ Deleted Containers:
out~ Total reclaimed space:
$ docker inspect $N
= 1
$ docker inspect -f '{{.Name}}' $N-b
out= /$N-b

== inspect.size: inspect --size gives sizes
$ docker run --name $N $BB sh -c 'dd if=/dev/zero of=/f bs=1k count=100 2>/dev/null'; docker inspect --size -f '{{.SizeRw}} {{.SizeRootFs}}' $N
out~ ^1\d{5} [1-9]\d{6,}$

== events.use: looking at processes, saving an image and using a volume are told
$ since=$(date +%s); docker volume create $N >/dev/null; docker run -d --name $N -v $N:/v:ro $BB sleep 60 >/dev/null; docker top $N >/dev/null; docker rm -f $N >/dev/null; docker save $BB >/dev/null; until=$(($(date +%s) + 1)); sleep 1.2
    docker events --since $since --until $until --filter type=volume --filter volume=$N --format '{{.Action}}={{index .Actor.Attributes "destination"}}={{index .Actor.Attributes "read/write"}}' | grep mount
out= mount=/v=false\nunmount==
$ docker events --since $(($(date +%s)-5)) --until $(($(date +%s) + 1)) --filter event=top --format '{{.Actor.Attributes.name}}' | grep -c "^$N$"; docker events --since $(($(date +%s)-5)) --until $(($(date +%s) + 1)) --filter event=save --format '{{.Type}}' | sort -u
out= 1\nimage
