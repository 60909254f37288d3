# Statistics: the figures of the API, once and as a stream, and what the commands make of them.

== stats.readings: one-shot answers at once and has nothing to compare with, without it there are two readings
$ docker run -d --name $N --memory 64m $BB sh -c 'while :; do :; done' >/dev/null; api GET "/v1.44/containers/$N/stats?stream=false&one-shot=true" | head -n 1 | jq -c '[.preread, .precpu_stats.cpu_usage.total_usage, (.cpu_stats.cpu_usage.total_usage > 0), .memory_stats.limit, .name]'
out~ ^\["0001-01-01T00:00:00Z",0,true,67108864,"/$N"\]$
$ api GET "/v1.44/containers/$N/stats?stream=false" | head -n 1 | jq -c '[(.preread < .read), (.precpu_stats.cpu_usage.total_usage < .cpu_stats.cpu_usage.total_usage), (.precpu_stats.system_cpu_usage < .cpu_stats.system_cpu_usage), .pids_stats.current]'
out= [true,true,true,1]

== stats.stream: the API sends a reading a second, each compared with the one before, until the client goes
$ docker run -d --name $N $BB sh -c 'while :; do :; done' >/dev/null; curl -sS -m 4 --unix-socket $SOCK http://d/v1.44/containers/$N/stats | jq -sc '[(length >= 3), .[0].preread, (.[1].preread == .[0].read), (.[2].preread == .[1].read), (.[2].precpu_stats.cpu_usage.total_usage == .[1].cpu_stats.cpu_usage.total_usage)]'
= *
out= [true,"0001-01-01T00:00:00Z",true,true,true]

== stats.stream-ends: the stream of a container that is removed ends
$ docker run -d --name $N $BB sleep 600 >/dev/null; (sleep 1; docker rm -f $N >/dev/null) & curl -sS -m 15 --unix-socket $SOCK http://d/v1.44/containers/$N/stats >/dev/null; echo $?
out= 0

== stats.stream-stopped: the stream of a container that has ended goes on with nothing in it
$ docker run --name $N $BB true; curl -sS -m 3 --unix-socket $SOCK http://d/v1.44/containers/$N/stats | jq -sc '[(length >= 2), .[1].cpu_stats.cpu_usage.total_usage, .[1].pids_stats, .[1].memory_stats]'
= *
out= [true,0,{},{}]

== stats.both: stream and one-shot exclude each other
$ docker create --name $N $BB true >/dev/null; api GET "/v1.44/containers/$N/stats?stream=true&one-shot=true"
out~ cannot have stream=true and one-shot=true
out~ ^HTTP 400$

== stats.unknown: an unknown container is said
$ docker stats --no-stream $N-none
= 1
err~ No such container: $N-none

== stats.command: docker stats shows what a busy container takes
$ docker run -d --name $N --memory 64m --cpus 0.5 $BB sh -c 'while :; do :; done' >/dev/null; docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.NetIO}} {{.BlockIO}} {{.PIDs}}' $N
out~ ^$N [1-9]\d?\.\d\d% [\d.]+[KM]iB / 64MiB \d\.\d\d% .* 1$

== stats.proa [proa]: proa stats computes the same and shows a live picture
$ docker run -d --name $N --memory 64m --cpus 0.5 $BB sh -c 'while :; do :; done' >/dev/null; $PROA_HOME/bin/proa stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' $N
out~ ^$N [1-9]\d?\.\d\d% [\d.]+[KM]iB / 64MiB 1$
$ timeout 5 $PROA_HOME/bin/proa stats $N | grep -a -c "$N"
= *
out~ ^([3-9]|1\d)$
$ (sleep 3; docker rm -f $N >/dev/null) & timeout 20 $PROA_HOME/bin/proa stats $N > $T/out; echo $?; tr -d '\033' < $T/out | grep -a -c 'CPU %'
out~ ^0\n([3-9]|\d\d)$
$ timeout 10 $PROA_HOME/bin/proa stats $N-none
= 1
err~ Error response from daemon: No such container: $N-none

== stats.proa-all [proa]: without names what starts is added and what ends goes
$ docker run -d --name $N-a $BB sleep 600 >/dev/null; (sleep 2; docker run -d --name $N-b $BB sleep 600; sleep 2; docker rm -f $N-a) >/dev/null & timeout 7 $PROA_HOME/bin/proa stats > $T/out; tail -n 3 $T/out | grep -a -c $N-a; grep -a -q $N-a $T/out && tail -n 3 $T/out | grep -a -q $N-b && echo followed
= *
out~ ^0\nfollowed$
