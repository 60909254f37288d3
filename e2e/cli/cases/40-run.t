== run.stderr: standard error stays apart
$ docker run --rm $BB sh -c 'echo o; echo e >&2'
out= o
err= e

== run.not-executable: a command that cannot be executed gives 126
$ docker run --rm --name $N $BB /etc/passwd
= 126
err~ permission denied

== run.pull-never: --pull never does not try the registry
$ docker run --rm --pull never nosuch/$N true
= 125
err~ No such image: nosuch/$N:latest

== run.stdin-binary: standard input and output are binary clean
$ head -c 3000000 /dev/urandom > $T/a; docker run --rm -i $BB cat < $T/a > $T/b; cmp $T/a $T/b && echo same
out= same

== run.tty-size: the terminal has the client's size
$ script -qec "stty rows 33 cols 77; docker run --rm -t $BB sh -c 'sleep 0.5; stty size'" /dev/null
out~ 33 77

== run.user-unknown: an unknown user is refused
$ docker run --rm -u nosuch $BB true
= 125
err~ unable to find user nosuch: no matching entries in passwd file

== run.entrypoint: --entrypoint replaces it
$ docker run --rm --entrypoint echo $BB a b
out= a b

== run.entrypoint-empty: an empty --entrypoint resets it
$ image $N 'ENTRYPOINT ["false"]' >/dev/null; docker run --rm --entrypoint '' $N echo x
out= x

== run.tmpfs-options: --tmpfs takes size and mode
$ docker run --rm --tmpfs /t:size=1m,mode=700 $BB sh -c 'grep " /t " /proc/mounts; stat -c %a /t'
out~ tmpfs /t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=700
out~ ^700$

== run.init: --init makes a reaper process 1
$ docker run --rm --init $BB sh -c 'cat /proc/1/comm; echo $$'
out~ (docker-init|tini|init|catatonit|proa)
out!~ ^1$

== run.pid1: without --init the command is process 1
$ docker run --rm $BB sh -c 'echo $$'
out= 1

== run.privileged [noref]: --privileged has all capabilities
$ docker run --rm --privileged $BB grep CapEff /proc/self/status
out~ CapEff:\s+0000(01ff|03ff)f[ef]ffffff

== run.caps-default: default capabilities are Docker's fourteen
$ docker run --rm $BB grep CapEff /proc/self/status
out~ CapEff:\s+00000000a80425fb

== run.security-opt-bad: an unknown security option is refused
$ docker run --rm --security-opt nosuch=1 $BB true
= 125
err~ invalid --security-opt

== run.device: --device passes a device
$ docker run --rm --device /dev/zero:/dev/myzero:r $BB sh -c 'head -c 4 /dev/myzero | wc -c'
out= 4

== run.device-unknown: an unknown device is refused
$ docker run --rm --name $N --device /dev/nosuch $BB true
= 127
err~ error gathering device information while adding custom device "/dev/nosuch": no such file or directory

== run.memory-oom: beyond the limit the process is killed
$ docker run --name $N --memory 32m --memory-swap 32m $BB sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1'
= 137
$5 docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' $N
out= true 137
$ docker events --since $(date -d "$(docker inspect -f '{{.Created}}' $N)" +%s) --until $(($(date +%s) + 1)) --filter container=$N --format '{{.Action}}' | grep -E 'oom|die' | tr '\n' ' '
out= oom die

== run.memory-too-small: less than 6 MB is refused
$ docker run --rm --memory 1m $BB true
= 125
err~ (?i)Minimum memory limit allowed is 6MB

== run.memory-bad: a bad size is refused
$ docker run --rm --memory abc $BB true
= 125
err~ invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'

== run.memory-swap-less: swap below memory is refused
$ docker run --rm --memory 64m --memory-swap 32m $BB true
= 125
err~ Minimum memoryswap limit should be larger than memory limit, see usage

== run.memory-swap-alone: swap without memory is refused
$ docker run --rm --memory-swap 64m $BB true
= 125
err~ You should always set the Memory limit when using Memoryswap limit, see usage

== run.cpus: --cpus sets the quota
$ docker run --rm --cpus 0.5 $BB sh -c 'cat /sys/fs/cgroup/cpu.max 2>/dev/null || echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)'
out= 50000 100000

== run.cpus-too-many [since28]: more CPUs than there are is refused
$ docker run --rm --cpus 4096 $BB true
= 125
err~ range of CPUs is from 0\.01 to \d+\.00, as there are only \d+ CPUs available

== run.cpuset-bad: a bad CPU list is refused
$ docker run --rm --cpuset-cpus 0-x $BB true
= 125
err~ Invalid value 0-x for cpuset cpus

== run.sysctl: --sysctl
$ docker run --rm --sysctl net.ipv4.ip_forward=0 --sysctl kernel.msgmax=8000 $BB cat /proc/sys/kernel/msgmax
out= 8000

== run.sysctl-bad: a sysctl that is not the container's own is refused
$ docker run --rm --sysctl kernel.nosuch=1 $BB true
= 125
err~ sysctl 'kernel\.nosuch=1' is not allowed|is not in a separate kernel namespace

== run.name-bad: a bad name is refused
$ docker run --name 'a/b' $BB true
= 125
err~ Invalid container name \(a/b\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed

== run.cidfile: --cidfile holds the id and is not overwritten
$ docker run --name $N --cidfile $T/cid $BB true; docker inspect -f '{{.Id}}' $N | diff - <(cat $T/cid; echo) && docker run --rm --cidfile $T/cid $BB true
= 125
err~ container ID file found, make sure the other container isn't running or delete

== run.stop-signal: --stop-signal and --stop-timeout
$ docker run -d --name $N --stop-signal USR1 $BB sh -c 'trap "exit 3" USR1; while :; do sleep 0.1; done' >/dev/null; sleep 0.5; docker stop $N >/dev/null; docker inspect -f '{{.State.ExitCode}}' $N
out= 3

== run.restart-bad [since28]: a bad restart policy is refused
$ docker run --rm --restart nosuch $BB true
= 125
err~ (invalid restart policy: unknown policy 'nosuch'|Conflicting options|conflicting options)
$ docker create --name $N --restart nosuch $BB true
= 1
err~ invalid restart policy: unknown policy 'nosuch'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'

== run.restart-rm: --restart with --rm is refused
$ docker run --rm --restart always $BB true
= 125
err~ (?i)conflicting options: cannot specify both --restart and --rm

== run.health-ok: a health check turns healthy
$ docker run -d --name $N --health-cmd 'test -f /ok' --health-interval 0.5s --health-retries 2 $BB sh -c 'sleep 1; touch /ok; sleep 60' >/dev/null; docker inspect -f '{{.State.Health.Status}}' $N
out= starting
$15 docker inspect -f '{{.State.Health.Status}}' $N
out= healthy
$ docker ps --filter name=$N --format '{{.Status}}'
out~ \(healthy\)

== run.log-opts-bad: a bad log option is refused
$ docker run --rm --log-opt nosuch=1 $BB true
= 125
err~ unknown log opt 'nosuch' for json-file log driver

== run.oom-score: --oom-score-adj
$ docker run --rm --oom-score-adj 500 $BB cat /proc/self/oom_score_adj
out= 500

== run.sig-proxy: signals to the client reach the container
$ docker run --name $N $BB sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done' >$T/o & p=$!; until grep -q ready $T/o; do sleep 0.1; done; kill -TERM $p; wait $p
= 5

