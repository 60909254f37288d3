# A container's life: create, start, ps, stop, kill, wait, rm, inspect, by the client and by the API with its status codes.

== create.prints-id: create prints the id alone
$ docker create --name $N $BB true
out~ ^[0-9a-f]{64}$

== create.anonymous-many: many containers of one image
$ for i in 1 2 3; do docker create --label $N=1 --name $N-$i $BB true; done | sort -u | wc -l; docker ps -aq --filter label=$N=1 | wc -l
out= 3\n3

== create.image-by-id: an image is named by its id, full or short
$ id=$(docker images -q --no-trunc $BB); docker create --name $N $id true >/dev/null; s=${id#sha256:}; docker create --name $N-b ${s:0:12} true >/dev/null; docker inspect -f '{{.Image}}' $N $N-b | sort -u | grep -c $id
out= 1

== start.running: starting a running container is no error and no change
$ docker run -d --name $N $BB sleep 60 >/dev/null; a=$(docker inspect -f '{{.State.Pid}} {{.State.StartedAt}}' $N); docker start $N; [ "$a" = "$(docker inspect -f '{{.State.Pid}} {{.State.StartedAt}}' $N)" ] && echo same
out= $N\nsame

== start.attach: start -a shows the output and takes the exit code
$ docker create --name $N $BB sh -c 'echo out; exit 17' >/dev/null; docker start -a $N
= 17
out= out

== start.attach-stdin: start -ai passes standard input
$ docker create -i --name $N $BB wc -c >/dev/null; printf 12345 | docker start -ai $N
out= 5

== start.many: start takes several and goes on behind an error
$ docker create --name $N $BB sleep 60 >/dev/null; docker create --name $N-b $BB sleep 60 >/dev/null; docker start $N $N-nosuch $N-b
= 1
out= $N\n$N-b
err~ (?i)No such container: $N-nosuch

== start.failed-again: a container whose start failed can be started when the cause is gone
$ docker create --name $N -v $T:/x $BB /x/prog >/dev/null; docker start $N 2>&1 | grep -c 'no such file'; printf '#!/bin/sh\necho now\n' > $T/prog; chmod 755 $T/prog; docker start -a $N
out= 1\nnow

== stop.term: stop sends SIGTERM and waits
$ docker run -d --name $N $BB sh -c 'trap "echo stopping; exit 21" TERM; echo up; while :; do sleep 0.1; done' >/dev/null
$10 docker logs $N
out= up
$ docker stop $N; docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}}' $N; docker logs $N
out= $N\nexited 21 false 0\nup\nstopping

== stop.kills: after the time SIGKILL ends it
$ docker run -d --name $N $BB sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done' >/dev/null; a=$(date +%s); docker stop -t 1 $N >/dev/null; b=$(date +%s); docker inspect -f '{{.State.ExitCode}}' $N; [ $((b-a)) -ge 1 ] && [ $((b-a)) -le 6 ] && echo in time
out= 137\nin time

== stop.zero: -t 0 kills at once
$ docker run -d --name $N $BB sh -c 'trap "" TERM; while :; do sleep 0.1; done' >/dev/null; docker stop -t 0 $N >/dev/null; docker inspect -f '{{.State.ExitCode}}' $N
out= 137

== stop.stopped: stopping a stopped container is no error
$ docker run --name $N $BB true; docker stop $N
out= $N

== stop.many: stop takes several
$ for i in 1 2 3; do docker run -d --name $N-$i $BB sleep 60 >/dev/null; done; docker stop -t 0 $N-1 $N-2 $N-3; docker ps -q --filter name=$N | wc -l
out= $N-1\n$N-2\n$N-3\n0

== stop.unknown: stopping an unknown container fails
$ docker stop $N-nosuch
= 1
err~ Error response from daemon: No such container: $N-nosuch

== kill.default: kill sends SIGKILL
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker kill $N; docker wait $N; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' $N
out= $N\n137\nexited 137

== kill.signal: kill takes names with and without SIG, and numbers
$ docker run -d --name $N $BB sh -c 'trap "echo usr1" USR1; trap "echo usr2" USR2; trap "echo hup" HUP; echo up; while :; do sleep 0.05; done' >/dev/null
$10 docker logs $N
out= up
$ docker kill -s USR1 $N >/dev/null; sleep 0.3; docker kill -s SIGUSR2 $N >/dev/null; sleep 0.3; docker kill -s 1 $N >/dev/null; sleep 0.3; docker logs $N
out= up\nusr1\nusr2\nhup

== kill.unknown: killing an unknown container fails
$ docker kill $N-nosuch
= 1
err~ (?i)No such container: $N-nosuch

== wait.running: wait prints the exit code when it comes
$ docker run -d --name $N $BB sh -c 'sleep 0.5; exit 19' >/dev/null; docker wait $N
out= 19

== wait.stopped: wait answers at once for a stopped container
$ docker run --name $N $BB sh -c 'exit 18'; docker wait $N
out= 18

== wait.many: wait takes several, in their order
$ docker run -d --name $N $BB sh -c 'sleep 0.4; exit 3' >/dev/null; docker run -d --name $N-b $BB sh -c 'exit 4' >/dev/null; docker wait $N $N-b
out= 3\n4

== wait.unknown: waiting for an unknown container fails
$ docker wait $N-nosuch
= 1
err~ Error response from daemon: No such container: $N-nosuch

== wait.removed: the API waits for the removal too
$ docker run -d --rm --name $N $BB sh -c 'sleep 0.5; exit 6' >/dev/null; api POST "/v1.44/containers/$N/wait?condition=removed"
out~ "StatusCode":\s?6
out~ ^HTTP 200$

== wait.next-exit: the API waits for the next exit of a container that has not started
$ docker create --name $N $BB sh -c 'exit 7' >/dev/null; (sleep 0.5; docker start $N >/dev/null) & api POST "/v1.44/containers/$N/wait?condition=next-exit"; wait
out~ "StatusCode":\s?7

== wait.bad-condition [since28]: an unknown condition is refused
$ docker create --name $N $BB true >/dev/null; api POST "/v1.44/containers/$N/wait?condition=nosuch"
out~ (?i)invalid condition: \\?"nosuch\\?"
out~ ^HTTP 400$

== rm.prints: rm prints what it removed and takes several
$ docker create --name $N $BB true >/dev/null; docker create --name $N-b $BB true >/dev/null; docker rm $N $N-b
out= $N\n$N-b

== rm.force: rm -f kills and removes
$ docker run -d --name $N $BB sleep 60 >/dev/null; p=$(docker inspect -f '{{.State.Pid}}' $N); docker rm -f $N; [ -d /proc/$p ] || echo gone; docker ps -aq --filter name=$N | wc -l
out= $N\ngone\n0

== rm.by-prefix: a prefix of the id is enough, an ambiguous one is refused
$ id=$(docker create --name $N $BB true); docker rm ${id:0:10} | grep -c ${id:0:10}
out= 1

== rm.name-free: after rm the name is free
$ for i in 1 2 3; do docker create --name $N $BB true >/dev/null && docker rm $N; done
out= $N\n$N\n$N

== ps.running-only: ps lists what runs, -a all
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker create --name $N-b $BB true >/dev/null; docker ps --filter name=$N --format '{{.Names}}'; echo --; docker ps -a --filter name=$N --format '{{.Names}}' | sort
out= $N\n--\n$N\n$N-b

== ps.status: the status is told in words
$ docker run --name $N $BB sh -c 'exit 3'; docker create --name $N-b $BB true >/dev/null; docker run -d --name $N-c $BB sleep 60 >/dev/null; docker ps -a --filter name=$N --format '{{.Names}}|{{.Status}}|{{.State}}' | sort
out~ ^$N\|Exited \(3\) .* ago\|exited$
out~ ^$N-b\|Created\|created$
out~ ^$N-c\|Up .*\|running$

== ps.last: -n and -l
$ docker create --name $N $BB true >/dev/null; docker create --name $N-b $BB true >/dev/null; docker ps -l --format '{{.Names}}'; docker ps -n 2 --format '{{.Names}}'
out= $N-b\n$N-b\n$N

== ps.quiet: -q prints short ids, --no-trunc full ones
$ id=$(docker create --name $N $BB true); docker ps -aq --filter name=$N | grep -x ${id:0:12} | wc -l; docker ps -aq --no-trunc --filter name=$N | grep -x $id | wc -l
out= 1\n1

== ps.filter-id-name: filters by id and name, a name being a pattern
$ id=$(docker create --name $N-one $BB true); docker create --name $N-two $BB true >/dev/null; docker ps -aq --filter id=${id:0:12} | wc -l; docker ps -a --filter "name=^/$N-o" --format '{{.Names}}'; docker ps -aq --filter name=$N | wc -l
out= 1\n$N-one\n2

== ps.filter-before-since: filters before and since
$ docker create --name $N-1 $BB true >/dev/null; docker create --name $N-2 $BB true >/dev/null; docker create --name $N-3 $BB true >/dev/null; docker ps -a --filter name=$N --filter before=$N-2 --format '{{.Names}}'; docker ps -a --filter name=$N --filter since=$N-2 --format '{{.Names}}'
out= $N-1\n$N-3

== ps.filter-or: values of one filter are alternatives, filters together
$ docker create --name $N-a --label x=1 $BB true >/dev/null; docker create --name $N-b --label x=2 $BB true >/dev/null; docker create --name $N-c $BB true >/dev/null; docker ps -a --filter name=$N-a --filter name=$N-b --filter label=x --format '{{.Names}}' | sort; docker ps -aq --filter name=$N --filter status=running | wc -l
out= $N-a\n$N-b\n0

== ps.filter-volume: the filter volume takes a name or a path
$ docker create --name $N -v $N:/vol $BB true >/dev/null; docker ps -aq --filter volume=$N | wc -l; docker ps -aq --filter volume=/vol --filter name=$N | wc -l
out= 1\n1

== ps.filter-unknown: an unknown filter is refused
$ docker ps --filter nosuch=1
= 1
err~ (?i)invalid filter 'nosuch'

== ps.filter-status-bad: an unknown status is refused
$ docker ps --filter status=nosuch
= 1
err~ (?i)invalid filter 'status=nosuch'|Unrecognised filter value for status: nosuch|invalid value for status

== ps.mounts-labels: columns of mounts, labels, networks, local volumes
$ docker create --name $N -v $N:/v --label l=1 --network none $BB true >/dev/null; docker ps -a --no-trunc --filter name=$N --format '{{.Mounts}}|{{.Labels}}|{{.Networks}}|{{.LocalVolumes}}'
out~ ^$N\|l=1\|none\|1$

== inspect.config: inspect gives back what was asked for
$ docker create --name $N -e A=1 -u app -w /tmp -h hh --label l=v --entrypoint sh --read-only --cap-add NET_ADMIN --cap-drop CHOWN --tmpfs /t:size=1m --stop-signal INT --init -i -t $BB -c true >/dev/null; docker inspect $N | jq -r '.[0]|[.Config.Env[0],.Config.User,.Config.WorkingDir,.Config.Hostname,.Config.Labels.l,.Config.Entrypoint[0],.Config.Cmd[0],.HostConfig.ReadonlyRootfs,(.HostConfig.CapAdd[0]|ltrimstr("CAP_")),(.HostConfig.CapDrop[0]|ltrimstr("CAP_")),.HostConfig.Tmpfs["/t"],.Config.StopSignal,.HostConfig.Init,.Config.OpenStdin,.Config.Tty,.Path,.Args[0]]|map(tostring)|join(" ")'
out= A=1 app /tmp hh v sh -c true NET_ADMIN CHOWN size=1m INT true true true sh -c

== inspect.state: the state has all its fields
$ docker run --name $N $BB sh -c 'exit 2'; docker inspect $N | jq -r '.[0].State|[.Status,.Running,.Paused,.Restarting,.OOMKilled,.Dead,.Pid,.ExitCode,.Error,(.StartedAt|test("^20.*Z$")),(.FinishedAt|test("^20.*Z$"))]|map(tostring)|join("|")'
out= exited|false|false|false|false|false|0|2||true|true

== inspect.running: a running container tells the host's pid
$ docker run -d --name $N $BB sleep 4711 >/dev/null; p=$(docker inspect -f '{{.State.Pid}}' $N); tr '\0' ' ' < /proc/$p/cmdline; docker inspect -f '{{.State.FinishedAt}}' $N
out= sleep 4711 0001-01-01T00:00:00Z

== inspect.fields: the fields that tools read are there
$ docker create --name $N $BB true >/dev/null; docker inspect $N | jq -r '.[0]|[(.Id|length),(.Image|startswith("sha256:")),(.ResolvConfPath|type),(.HostnamePath|type),(.HostsPath|type),(.LogPath|type),.RestartCount,.Driver,.Platform,(.MountLabel|type),(.ProcessLabel|type),(.AppArmorProfile|type),(.ExecIDs|type),.HostConfig.NetworkMode,.HostConfig.RestartPolicy.Name,.HostConfig.LogConfig.Type,(.HostConfig.MaskedPaths|type),(.HostConfig.ReadonlyPaths|type),.HostConfig.IpcMode,.HostConfig.ShmSize,.HostConfig.Privileged,.HostConfig.Runtime,(.GraphDriver.Name|type),(.NetworkSettings.Networks|type),(.NetworkSettings.Ports|type),(.Config.AttachStdout|type),(.Config.Image)]|map(tostring)|join(" ")'
out~ ^64 true string string string string 0 \S+ linux string string string null (default|bridge|none) no json-file array array private 67108864 false \S+ string object object boolean pcsuite/busybox:1$

== inspect.unknown: inspect of what is not there prints an empty list and fails
$ docker inspect $N-nosuch
= 1
out= []
err~ (?i)no such object: $N-nosuch

== inspect.type: --type says what is meant
$ docker tag $BB $N:latest; docker create --name $N $BB true >/dev/null; docker inspect --type image -f '{{.Architecture}}' $N; docker inspect --type container -f '{{.State.Status}}' $N
out~ ^(amd64|arm64)\ncreated$

== inspect.ambiguous: an ambiguous prefix of an id is refused
$ for i in $(seq 20); do docker create --label $N=1 --name $N-$i $BB true >/dev/null; done; p=$(docker ps -aq --filter label=$N=1 | cut -c1 | sort | uniq -d | head -1); docker inspect --type container $p
= 1
err~ (?i)(multiple IDs found with provided prefix: [0-9a-f]|no such container: [0-9a-f])

== api.states: status codes of start, stop, kill, remove
$ c() { api "$@" | tail -1 | cut -c6-; }; p=/v1.44/containers; docker create --name $N $BB sleep 60 >/dev/null; c POST $p/$N/start; c POST $p/$N/start; c DELETE $p/$N; c POST "$p/$N/stop?t=0"; c POST "$p/$N/stop?t=0"; c POST $p/$N/kill; c DELETE $p/$N; c DELETE $p/$N; c POST $p/$N/start; c POST $p/$N/stop; c POST $p/$N/kill; c GET $p/$N/json; c POST $p/$N/wait; c GET "$p/$N/logs?stdout=1"; c POST $p/$N/attach; c POST $p/$N/exec '{"Cmd":["true"]}'
out= 204\n304\n409\n204\n304\n409\n204\n404\n404\n404\n404\n404\n404\n404\n404\n404

== api.create-warnings: create answers with the id and warnings
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","Cmd":["true"]}'
out~ ^{"Id":"[0-9a-f]{64}","Warnings":\[.*\]}
out~ ^HTTP 201$

== api.create-cmd-string: Cmd and Entrypoint may be strings
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","Cmd":"true","Entrypoint":"/bin/sh"}' | tail -1; docker inspect -f '{{json .Config.Cmd}} {{json .Config.Entrypoint}}' $N
out= HTTP 201\n["true"] ["/bin/sh"]

== api.create-name-conflict: a name in use is 409, a bad one 400
$ docker create --name $N $BB true >/dev/null; api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'"}' | tail -1; api POST "/v1.44/containers/create?name=a%2Fb" '{"Image":"'$BB'"}'
out~ ^HTTP 409$
out~ "message":\s?"Invalid container name \(a/b\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed"
out~ ^HTTP 400$

== api.create-nothing-left: a refused create leaves no container and no name
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","HostConfig":{"Memory":1}}' | tail -1; docker ps -aq --filter name=$N | wc -l; docker create --name $N $BB true | wc -c
out= HTTP 400\n0\n65

== api.stop-negative: a negative time waits without end, a bad one is refused
$ docker run -d --name $N $BB sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null; sleep 0.3; api POST "/v1.44/containers/$N/stop?t=-1" | tail -1; api POST "/v1.44/containers/$N/stop?t=abc" | tail -1
out~ ^HTTP 204\nHTTP (400|500|304)$

== api.kill-bad-signal: an unknown signal is 400
$ docker run -d --name $N $BB sleep 60 >/dev/null; api POST "/v1.44/containers/$N/kill?signal=NOSUCH"
out~ (?i)invalid signal: NOSUCH
out~ ^HTTP 400$

== api.list-limit: limit, size and all of the list
$ docker create --name $N $BB true >/dev/null; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/json?limit=1&size=1" | jq -r '[length,.[0].Names[0],(.[0].SizeRootFs|type)]|map(tostring)|join(" ")'
out= 1 /$N number

== state.restart-counts: times are kept apart over several starts
$ docker run --name $N $BB true; a=$(docker inspect -f '{{.State.FinishedAt}}' $N); docker start -a $N; b=$(docker inspect -f '{{.State.FinishedAt}}' $N); [ $a != $b ] && echo other; docker inspect -f '{{.RestartCount}}' $N
out= other\n0

== state.files-kept: a stopped container keeps its files, a removed one does not
$ docker run --name $N $BB sh -c 'echo kept > /kept'; docker start $N >/dev/null; docker wait $N >/dev/null; docker rm $N >/dev/null; docker run --name $N $BB cat /kept
= 1

== state.concurrent-start-stop: starts, stops and inspects at once do not confuse it
$ docker create --name $N $BB sleep 60 >/dev/null; for i in $(seq 8); do docker start $N >/dev/null & docker inspect $N >/dev/null & docker stop -t 0 $N >/dev/null & done; wait; docker start $N >/dev/null; docker inspect -f '{{.State.Status}}' $N; docker rm -f $N
out= running\n$N

== state.concurrent-rm: of several removals at once one wins, the others are told
$ docker run -d --name $N $BB sleep 60 >/dev/null; for i in 1 2 3 4; do docker rm -f $N >/dev/null 2>&1 & done; wait; docker ps -aq --filter name=$N | wc -l; docker create --name $N $BB true | wc -c
out= 0\n65

== state.concurrent-name: of several creates with one name one wins
$ for i in $(seq 8); do docker create --name $N $BB true 2>/dev/null & done | wc -l; docker ps -aq --filter name=$N | wc -l
out= 1\n1

== kill.waits: a SIGKILL is over when kill returns
$ docker run -d --name $N $BB sleep 100 >/dev/null; docker kill $N; docker rm $N
out= $N\n$N

== kill.restarting: killing one that waits for its next start ends that
$ docker run -d --name $N --restart always $BB false >/dev/null; until [ "$(docker inspect -f '{{.State.Status}}' $N)" = restarting ]; do :; done; docker kill $N >/dev/null; docker inspect -f '{{.State.Status}}' $N
out~ exited|restarting

== state.health-unknown-test: a health check of a kind that nobody knows is taken, and checks nothing
$ api POST "/v1.44/containers/create?name=$N" "{\"Image\":\"$BB\",\"Cmd\":[\"sleep\",\"60\"],\"Healthcheck\":{\"Test\":[\"true\"]}}" | tail -1; docker start $N; docker inspect -f '{{.State.Running}} {{.State.Health}} {{.Config.Healthcheck.Test}}' $N
out= HTTP 201\n$N\ntrue <nil> [true]

== checkpoint.experimental: checkpoints are for an experimental engine, which this is not
$ docker create --name $N $BB true >/dev/null; api GET /v1.44/containers/$N/checkpoints; api POST /v1.44/containers/$N/checkpoints '{"CheckpointID":"x"}' | tail -1
out~ This experimental feature is disabled by default\.
out~ HTTP 501\nHTTP 501$
