== create.state: create leaves a container in state created
$ docker create --name $N $BB true >/dev/null; docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Pid}} {{.State.StartedAt}}' $N
out= created false 0 0001-01-01T00:00:00Z

== start.unknown: starting an unknown container fails
$ docker start $N-nosuch
= 1
err~ Error response from daemon: No such container: $N-nosuch

== start.again: an exited container starts again with its files
$ docker run --name $N $BB sh -c 'echo x >> /f; wc -l < /f'; docker start -a $N
out= 1\n2

== stop.signal [since28]: stop --signal
$ docker run -d --name $N $BB sh -c 'trap "exit 8" INT; while :; do sleep 0.1; done' >/dev/null; sleep 0.4; docker stop -s INT $N >/dev/null; docker inspect -f '{{.State.ExitCode}}' $N
out= 8

== kill.not-running [since28]: killing a stopped container is a conflict
$ docker create --name $N $BB true >/dev/null; docker kill $N
= 1
err~ Error response from daemon: [Cc]annot kill container: $N: container [0-9a-f]{64} is not running

== kill.bad-signal: an unknown signal is refused
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker kill -s NOSUCH $N
= 1
err~ (?i)Error response from daemon: (cannot kill container: $N: )?invalid signal: NOSUCH

== restart.stopped: restart starts a stopped container
$ docker create --name $N $BB sleep 60 >/dev/null; docker restart -t 0 $N >/dev/null; docker inspect -f '{{.State.Status}}' $N
out= running

== pause.freeze: pause stops the processes, unpause lets them go on
$ docker run -d --name $N $BB sh -c 'while :; do echo x; sleep 0.1; done' >/dev/null; sleep 0.5; docker pause $N; a=$(docker logs $N | wc -l); sleep 0.6; b=$(docker logs $N | wc -l); docker inspect -f '{{.State.Status}} {{.State.Paused}}' $N; [ $a = $b ] && echo frozen; docker unpause $N; sleep 0.5; c=$(docker logs $N | wc -l); [ $c -gt $b ] && echo thawed
out= $N\npaused true\nfrozen\n$N\nthawed

== pause.twice: pausing a paused container is a conflict
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker pause $N >/dev/null; docker pause $N
= 1
err~ (?i)Container [0-9a-f]{64} is already paused
$ docker unpause $N
out= $N

== rm.running [since28]: removing a running container is a conflict
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker rm $N
= 1
err~ cannot remove container "/?$N": container is running: stop the container before removing or force remove

== rm.unknown: removing an unknown container fails, with -f too
$ docker rm $N-nosuch
= 1
err~ No such container: $N-nosuch
$ docker rm -f $N-nosuch
= 0
err~ No such container: $N-nosuch

== rm.volumes: rm -v removes anonymous volumes only
$ docker create --name $N -v /anon -v $N:/named $BB true >/dev/null; a=$(docker inspect -f '{{range .Mounts}}{{if ne .Name "'$N'"}}{{.Name}}{{end}}{{end}}' $N); docker rm -v $N >/dev/null; docker volume ls -q | grep -c -e "$a" ; docker volume ls -q | grep -c -x $N
out= 0\n1

== rename.taken: rename to a name in use is a conflict
$ docker create --name $N $BB true >/dev/null; docker create --name $N-b $BB true >/dev/null; docker rename $N $N-b
= 1
err~ Conflict\. The container name "/$N-b" is already in use by container

== rename.bad: rename to a bad name is refused
$ docker create --name $N $BB true >/dev/null; docker rename $N 'x/y'
= 1
err~ (?i)Invalid container name \(/?x/y\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_.-\] are allowed

== update.pids-cpus: update changes cpus and pids
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker update --cpus 0.25 --pids-limit 20 $N >/dev/null; docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' $N
out= 250000000 20

== ps.filters: ps filters by status, label, ancestor, exited
$ docker run --name $N --label $N=x $BB sh -c 'exit 3'; docker ps -aq --filter status=exited --filter label=$N=x --filter ancestor=$BB --filter exited=3 | wc -l
out= 1

== ps.format: ps prints the columns clients expect
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker ps --filter name=$N --no-trunc --format '{{.Image}}|{{.Command}}|{{.RunningFor}}|{{.Names}}'
out~ ^pcsuite/busybox:1\|"sleep 60"\|.* ago\|$N$

== ps.size: ps -s shows sizes
$ docker create --name $N $BB true >/dev/null; docker ps -as --filter name=$N --format '{{.Size}}'
out~ ^(0B|\d.*B) \(virtual [\d.]+MB\)$

== top.basic: top lists processes with the host's pids
$ docker run -d --name $N $BB sleep 61 >/dev/null; docker top $N
out~ ^UID +PID +PPID +C +STIME +TTY +TIME +CMD
out~ sleep 61

== stats.no-stream: stats gives one reading
$ docker run -d --name $N --memory 64m $BB sleep 60 >/dev/null; docker stats --no-stream --format '{{.Name}}|{{.MemUsage}}|{{.PIDs}}|{{.CPUPerc}}' $N
out~ ^$N\|[\d.]+[KM]iB / 64MiB\|1\|[\d.]+%$

== stats.api [since28]: the API's reading has cpu, memory, pids and network parts
$ docker run -d --name $N $BB sleep 60 >/dev/null; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/$N/stats?stream=false" | jq -r '[(.cpu_stats.cpu_usage.total_usage|type),(.precpu_stats.system_cpu_usage|type),(.memory_stats.usage|type),.pids_stats.current,(.networks.eth0.rx_bytes|type),.name]|map(tostring)|join(" ")'
out= number number number 1 number /$N

== stats.one-shot: one-shot gives a reading without waiting
$ docker run -d --name $N $BB sleep 60 >/dev/null; curl -sS -m 3 --unix-socket $SOCK "http://d/v1.44/containers/$N/stats?stream=false&one-shot=true" | jq -r '[(.cpu_stats.cpu_usage.total_usage|type),.pids_stats.current]|map(tostring)|join(" ")'
out= number 1

== inspect.by-prefix: a container is found by a prefix of its id
$ id=$(docker create --name $N $BB true); docker inspect -f '{{.Name}}' ${id:0:6}
out= /$N

== inspect.paths: created time and image id are well-formed
$ docker create --name $N $BB true >/dev/null; docker inspect -f '{{.Created}} {{.Image}} {{.Platform}}' $N
out~ ^20\d\d-\d\d-\d\dT[\d:.]+Z sha256:[0-9a-f]{64} linux$

== api.create-no-body [since28]: create without a body is 400
$ api POST /v1.44/containers/create ''
out~ "message":\s?"(config cannot be empty|invalid JSON: got EOF while reading request body|request body).*"
out~ ^HTTP 400$

== api.create-wrong-type [since28]: a field of the wrong type is 400
$ api POST /v1.44/containers/create '{"Image":["a"]}'
out~ cannot unmarshal
out~ ^HTTP 400$

== api.create-no-image: an unknown image is 404
$ api POST /v1.44/containers/create '{"Image":"nosuch-image","Cmd":["true"]}'
out~ No such image: nosuch-image:latest
out~ ^HTTP 404$

== api.create-unknown-field: unknown fields are ignored
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","NoSuchField":1}'
out~ "Id":\s?"[0-9a-f]{64}"
out~ "Warnings":\s?\[
out~ ^HTTP 201$

== api.resize-stopped: resize of a stopped container is a conflict
$ docker create -t --name $N $BB true >/dev/null; api POST "/v1.44/containers/$N/resize?h=10&w=10" | tail -1
out= HTTP 409

== api.list-fields [noref]: the container list has the fields clients read
$ docker run -d --name $N -p 127.0.0.1::80 -v $N:/v --label a=b $BB sleep 60 >/dev/null; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/json?filters=%7B%22name%22%3A%5B%22$N%22%5D%7D" | jq -r '.[0]|[.Names[0],.Image,(.ImageID|startswith("sha256:")),.Command,(.Created|type),.State,.Ports[0].PrivatePort,.Ports[0].Type,.Labels.a,.Mounts[0].Destination,(.NetworkSettings.Networks|keys[0]),.HostConfig.NetworkMode]|map(tostring)|join(" ")'
out~ ^/$N pcsuite/busybox:1 true sleep 60 number running 80 tcp b /v bridge (default|bridge)$
