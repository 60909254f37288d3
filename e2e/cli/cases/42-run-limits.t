# Limits: what the kernel holds a container to.

== limit.memory: --memory is the control group's limit
$ docker run --rm --memory 64m $BB sh -c 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'
out= 67108864

== limit.memory-inspect: inspect says which limits hold
$ docker create --name $N --memory 64m --cpus 1.5 --pids-limit 77 $BB true >/dev/null; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' $N
out~ ^67108864 (-1|134217728|0) 1500000000 77$

== limit.memory-oom-stays: a child killed for memory does not end the container's first process
$ docker run --rm --memory 24m --memory-swap 24m $BB sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; echo child $?'
out= child 137

== limit.pids: --pids-limit stops a fork bomb
$ docker run --rm --pids-limit 10 $BB sh -c 'i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done; echo not reached'
= !0
err~ (?i)(can't fork|resource temporarily unavailable)
$ docker run --rm --pids-limit 10 $BB sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max'
out= 10

== limit.pids-zero: no limit and -1 are unlimited
$ for l in 0 -1; do docker run --rm --pids-limit $l $BB sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max'; done; docker run --rm $BB sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max'
out= max\nmax\nmax

== limit.cpus-hold: a busy loop gets no more than --cpus
$ docker run --rm --cpus 0.05 $BB sh -c 'timeout 3 sh -c "while :; do :; done"; cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.stat' | grep nr_throttled
out~ nr_throttled [1-9]

== limit.cpus-bad: a value that is no number is refused
$ docker run --rm --cpus abc $BB true
= 125
err~ invalid argument "abc" for "--cpus" flag: failed to parse abc as a rational number

== limit.cpu-shares: --cpu-shares is passed on
$ docker run --rm --cpu-shares 512 $BB sh -c 'cat /sys/fs/cgroup/cpu.weight 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.shares'
out~ ^(512|20|59)$

== limit.cpuset: --cpuset-cpus
$ docker run --rm --cpuset-cpus 0 $BB grep Cpus_allowed_list /proc/self/status
out~ ^Cpus_allowed_list:\s+0$

== limit.cpuset-absent: CPUs that are not there are refused
$ docker run --rm --cpuset-cpus 4000 $BB true
= 125
err~ Requested CPUs are not available - requested 4000, available: \d

== limit.cpu-conflict: --cpus and --cpu-quota exclude each other
$ docker run --rm --cpus 1 --cpu-quota 1000 $BB true
= 125
err~ (?i)Conflicting options: Nano CPUs and CPU Quota cannot both be set

== limit.cgroup-read-only: the control groups are seen read-only
$ docker run --rm $BB sh -c 'mkdir /sys/fs/cgroup/x /sys/fs/cgroup/memory/x 2>&1; echo $?'
out~ (?i)read-only file system|permission denied
out~ ^1$

== limit.cgroup-own: a container sees its own group alone
$ docker run --name $N --rm $BB sh -c 'ls -d /sys/fs/cgroup/*/docker /sys/fs/cgroup/docker /sys/fs/cgroup/*/proa /sys/fs/cgroup/proa 2>/dev/null | wc -l'
out= 0

== limit.cgroup-parent: --cgroup-parent is where the group goes
$ docker run -d --name $N --cgroup-parent /$N-parent $BB sleep 60 >/dev/null; p=$(docker inspect -f '{{.State.Pid}}' $N); grep -c "/$N-parent/" /proc/$p/cgroup; docker rm -f $N >/dev/null; for d in /sys/fs/cgroup/*/$N-parent /sys/fs/cgroup/$N-parent; do [ ! -d $d ] || rmdir $d; done
out~ ^[1-9]\d*$

== limit.oom-score-bad: a score out of range is refused
$ docker run --rm --oom-score-adj 5000 $BB true
= 125
err~ Invalid value 5000, range for oom score adj is \[-1000, 1000\]

== limit.shm-negative: a negative size of /dev/shm is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"ShmSize":-1}}'
out~ (?i)SHM size can not be less than 0
out~ ^HTTP 400$

== limit.memory-reservation: a reservation above the limit is refused
$ docker run --rm --memory 64m --memory-reservation 128m $BB true
= 125
err~ Minimum memory limit can not be less than memory reservation limit, see usage

== limit.swappiness: swappiness out of range is refused
$ docker run --rm --memory-swappiness 200 $BB true
= 125
err~ (?i)invalid value: 200[.,] valid memory swappiness range is 0-100

== limit.v1-files [v1]: every limit is in its file of version 1
$ docker run --rm --memory 64m --memory-swap 96m --memory-reservation 32m --memory-swappiness 10 --oom-kill-disable --cpu-shares 512 --cpu-period 50000 --cpu-quota 25000 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 99 $BB sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.swappiness cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max; grep disable memory/memory.oom_control'
out= 67108864\n100663296\n33554432\n10\n512\n50000\n25000\n0\n0\n99\noom_kill_disable 1

== limit.v1-update [v1]: every limit of a running container changes, up and down, and none of the others does
$ docker run -d --name $N --memory 64m --memory-swap 128m --cpu-shares 512 --pids-limit 50 $BB sleep 600 >/dev/null
$ docker update --memory 256m --memory-swap 512m $N; docker update --memory 96m --memory-swap 96m $N; docker update --cpus 0.5 $N; docker update --cpu-shares 2048 $N; docker update --cpuset-cpus 1 $N; docker update --pids-limit 77 $N; docker update --memory-reservation 48m $N
$ docker exec $N sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us pids/pids.max; grep Cpus_allowed_list /proc/1/status; grep Cpus_allowed_list /proc/self/status'
out~ ^100663296\n100663296\n50331648\n2048\n100000\n50000\n77\nCpus_allowed_list:\s+1\nCpus_allowed_list:\s+1$
$ docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.CpusetCpus}} {{.HostConfig.PidsLimit}}' $N
out= 100663296 100663296 50331648 500000000 2048 1 77
$ docker restart -t 0 $N >/dev/null; docker exec $N sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us; nproc'
out= 100663296\n77\n50000\n1

== limit.v1-io [v1]: throttles of a block device
$ d=$(for b in /sys/block/*; do [ -b /dev/${b##*/} ] && echo /dev/${b##*/}; done | head -n 1); [ -n "$d" ] || { echo none here; exit; }; docker run --rm --device-read-bps $d:1mb --device-write-bps $d:2mb --device-read-iops $d:100 --device-write-iops $d:200 $BB sh -c 'cd /sys/fs/cgroup/blkio; cat blkio.throttle.read_bps_device blkio.throttle.write_bps_device blkio.throttle.read_iops_device blkio.throttle.write_iops_device' | tr '\n' ' '
out~ ^(none here|(\d+:\d+) 1048576 \2 2097152 \2 100 \2 200)\s*$

== limit.v1-freezer [v1]: what is paused does not run, and can be removed
$ docker run -d --name $N $BB sh -c 'i=0; while :; do i=$((i+1)); echo $i > /n; sleep 0.1; done' >/dev/null; docker pause $N >/dev/null; n=/proc/$(docker inspect -f '{{.State.Pid}}' $N)/root/n; a=$(cat $n); sleep 1; [ "$a" = "$(cat $n)" ] && docker exec $N true
= 1
err~ Container $N is paused, unpause the container before exec
$ docker unpause $N >/dev/null; docker exec $N true && docker pause $N && docker rm -f $N
out= $N\n$N

== limit.devices: the list of devices holds, with --device and rules beside it
$ docker run --rm $BB sh -c 'mknod /z c 1 5 && head -c 3 /z | od -An -tx1; mknod /k c 1 2 && cat /k'
= 1
out~ 00 00 00
err~ (?i)operation not permitted
$ docker run --rm --device-cgroup-rule 'c 10:237 rm' $BB sh -c 'mknod /lc c 10 237 && (: < /lc) 2>&1; : > /lc'
= !0
out!~ (?i)not permitted
err~ (?i)operation not permitted
