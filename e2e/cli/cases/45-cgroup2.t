# Control groups v2: what the kernel holds a container to where all controllers are in the one hierarchy. Run in the lab (lab/run).

== v2.info [v2]: info says version 2, and no limit is missing
$ docker info --format '{{.CgroupVersion}} {{.CgroupDriver}} {{.MemoryLimit}} {{.SwapLimit}} {{.CPUShares}} {{.CPUSet}} {{.PidsLimit}} {{.OomKillDisable}}'
out= 2 cgroupfs true true true true true false
$ docker info --format '{{json .SecurityOptions}} {{json .Warnings}}'
out~ "name=cgroupns"
out!~ WARNING: No

== v2.files [v2]: every limit is in its file, as runc writes it
$ docker run --rm --memory 64m --memory-swap 96m --memory-reservation 32m --cpu-shares 512 --cpu-period 50000 --cpu-quota 25000 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 99 $BB sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max memory.low cpu.weight cpu.max cpuset.cpus cpuset.mems pids.max'
out= 67108864\n33554432\n33554432\n20\n25000 50000\n0\n0\n99

== v2.no-swap [v2]: --memory-swap as large as --memory is no swap at all, -1 is all there is, none given is as much again
$ for s in 64m -1; do docker run --rm --memory 64m --memory-swap $s $BB cat /sys/fs/cgroup/memory.swap.max; done; docker run --rm --memory 64m $BB cat /sys/fs/cgroup/memory.swap.max
out= 0\nmax\n67108864

== v2.nothing-asked [v2]: no limit asked for is no limit
$ docker run --rm $BB sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max cpu.max cpu.weight pids.max'
out= max\nmax\nmax 100000\n100\nmax

== v2.own-view [v2]: the container sees its own group as the root, read-only
$ docker run --rm $BB sh -c 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2>&1; echo $?; echo 0 > /sys/fs/cgroup/cgroup.freeze'
= !0
out~ ^0::/$
out~ Read-only file system
out~ ^1$
err~ Read-only file system

== v2.oom [v2]: a container that takes more than its memory is killed, and inspect says why
$ docker run --name $N --memory 24m --memory-swap 24m $BB sh -c 'exec dd if=/dev/zero of=/dev/null bs=200M count=1'
= 137
$ docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}' $N
out= true 137 exited

== v2.oom-event [v2]: the event oom comes before the container's end
$ s=$(date +%s); docker run --name $N --memory 24m --memory-swap 24m $BB sh -c 'exec dd if=/dev/zero of=/dev/null bs=200M count=1'; docker events --since $s --until $(($(date +%s) + 1)) --filter container=$N --format '{{.Action}}' | grep -E 'oom|die' | tr '\n' ' '
out= oom die

== v2.oom-child [v2]: a child that is killed for memory is told of, the container goes on
$ docker run -d --name $N --memory 24m --memory-swap 24m $BB sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; echo child $?; exec sleep 300' >/dev/null
$20 docker logs $N
out~ child 137
$20 docker inspect -f '{{.State.OOMKilled}} {{.State.Status}}' $N
out= true running

== v2.oom-group [v2 proa]: with memory.oom.group the whole container dies, and nothing of the daemon or the shim
$ docker run -d --name $N --memory 32m --memory-swap 32m $BB sleep 300 >/dev/null; g=/sys/fs/cgroup$(cut -d: -f3 /proc/$(docker inspect -f '{{.State.Pid}}' $N)/cgroup); echo 1 > $g/memory.oom.group
$ docker exec $N dd if=/dev/zero of=/dev/null bs=200M count=1
= 137
$20 docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}' $N
out= true 137 exited
$ docker run --rm $BB echo the shim lives
out= the shim lives

== v2.swap [v2]: what is above the memory limit goes to swap up to its own limit
$ [ $(awk 'NR > 1 {s += $3} END {print s + 0}' /proc/swaps) -gt 65536 ] || { echo "no swap here"; exit 1; }
$ docker run --rm --memory 16m --memory-swap 64m --tmpfs /t:size=64m $BB sh -c 'head -c 33554432 /dev/zero > /t/x && cat /sys/fs/cgroup/memory.swap.current'
out~ ^[1-9]\d{6,7}$
$ docker run --rm --memory 16m --memory-swap 16m --tmpfs /t:size=64m $BB sh -c 'head -c 33554432 /dev/zero > /t/x'
= !0

== v2.update [v2]: every limit of a running container changes, and none of the others does
$ docker run -d --name $N --memory 64m --memory-swap 128m --cpu-shares 512 --pids-limit 50 $BB sleep 600 >/dev/null
$ docker update --memory 96m --memory-swap 96m $N; docker update --cpus 0.5 $N; docker update --cpu-shares 2048 $N; docker update --cpuset-cpus 1 $N; docker update --pids-limit 77 $N; docker update --memory-reservation 48m $N
$ docker exec $N sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max memory.low cpu.weight cpu.max cpuset.cpus pids.max'
out= 100663296\n0\n50331648\n79\n50000 100000\n1\n77
$ docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.CpusetCpus}} {{.HostConfig.PidsLimit}}' $N
out= 100663296 100663296 50331648 500000000 2048 1 77
$ docker update --memory 32m --memory-swap -1 --pids-limit -1 $N; docker exec $N sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max'
out~ ^33554432\nmax\nmax$

== v2.update-holds [v2]: an updated limit is held
$ docker run -d --name $N $BB sleep 600 >/dev/null; docker update --pids-limit 5 $N >/dev/null; docker exec $N sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait'
= !0
err~ (?i)can't fork|resource temporarily unavailable

== v2.swappiness [v2]: swappiness does not exist in v2: told and left out
$ docker create --name $N --memory-swappiness 10 $BB true 2>&1 >/dev/null
out~ (?i)WARNING: Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.
$ docker start $N; docker wait $N
out= $N\n0

== v2.oom-kill-disable [v2]: the killer cannot be switched off in v2: told and left out
$ docker create --name $N --memory 32m --oom-kill-disable $BB true 2>&1 >/dev/null
out~ WARNING: Your kernel does not support OomKillDisable. OomKillDisable discarded.

== v2.kernel-memory-stats [v2 proa]: the API's statistics are of version 2
$ docker run -d --name $N --memory 64m --pids-limit 20 $BB sh -c 'while :; do :; done' >/dev/null
$ api GET "/v1.44/containers/$N/stats?stream=false" | head -n 1 | jq -c '[.memory_stats.limit, .pids_stats.limit, (.pids_stats.current >= 1), (.memory_stats.usage > 0), (.memory_stats | has("max_usage")), (.memory_stats | has("failcnt")), (.memory_stats.stats | has("inactive_file")), (.cpu_stats.cpu_usage | has("percpu_usage")), (.cpu_stats.cpu_usage.total_usage > .precpu_stats.cpu_usage.total_usage), (.cpu_stats.system_cpu_usage > .precpu_stats.system_cpu_usage), .cpu_stats.online_cpus, .num_procs]'
out= [67108864,20,true,true,false,false,true,false,true,true,2,0]
$ docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' $N
out~ ^$N [1-9]\d*\.\d\d% [\d.]+[KM]iB / 64MiB 1$

== v2.pressure [v2 proa]: the pressure of the container's own group is told
$ docker run -d --name $N --cpus 0.1 $BB sh -c 'while :; do :; done' >/dev/null
$20 docker exec $N sh -c 'cat /sys/fs/cgroup/cpu.pressure' | grep -E '^some .*total=[1-9]'
out~ ^some

== v2.freeze [v2]: pause freezes, unpause thaws, and what is frozen can be removed
$ docker run -d --name $N $BB sh -c 'i=0; while :; do i=$((i+1)); echo $i > /n; sleep 0.1; done' >/dev/null; docker pause $N; p=$(docker inspect -f '{{.State.Pid}}' $N); cat /sys/fs/cgroup$(cut -d: -f3 /proc/$p/cgroup)/cgroup.events | grep frozen
out~ ^frozen 1$
$ a=$(cat /proc/$(docker inspect -f '{{.State.Pid}}' $N)/root/n); sleep 2; b=$(cat /proc/$(docker inspect -f '{{.State.Pid}}' $N)/root/n); [ "$a" = "$b" ] && docker unpause $N
out= $N
$20 [ $(cat /proc/$(docker inspect -f '{{.State.Pid}}' $N)/root/n) -gt 10 ]
$ docker pause $N; docker rm -f $N
out= $N\n$N

== v2.devices [v2]: the eBPF program lets nothing through that is not on the list
$ docker run --rm --cap-add MKNOD $BB sh -c 'mknod /d b 7 0 && cat /d'
= 1
err~ (?i)operation not permitted
$ docker run --rm $BB sh -c 'mknod /z c 1 5 && head -c 3 /z | od -An -tx1; mknod /k c 1 2 && cat /k'
= 1
out~ 00 00 00
err~ (?i)operation not permitted
$ docker run --rm --device /dev/loop-control:/dev/lc:r $BB sh -c ': < /dev/lc && echo readable; : > /dev/lc'
= !0
out~ ^readable$
err~ (?i)operation not permitted
$ docker run --rm --device-cgroup-rule 'c 10:237 rm' $BB sh -c 'mknod /lc c 10 237 && : < /lc && echo by rule; : > /lc'
= !0
out~ ^by rule$
err~ (?i)operation not permitted

== v2.io [v2]: weights and throttles of a block device
$ d=$(ls -d /sys/block/vd? /sys/block/nullb? 2>/dev/null | head -n 1); d=/dev/${d##*/}; n=$(printf '%d:%d' 0x$(stat -c %t $d) 0x$(stat -c %T $d)); docker run --rm --device-read-bps $d:1mb --device-write-bps $d:2mb --device-read-iops $d:100 --device-write-iops $d:200 $BB grep "^$n " /sys/fs/cgroup/io.max
out~ ^\d+:\d+ rbps=1048576 wbps=2097152 riops=100 wiops=200$
$ docker run --rm --blkio-weight 500 $BB sh -c 'cat /sys/fs/cgroup/io.bfq.weight 2>/dev/null || cat /sys/fs/cgroup/io.weight'
out~ ^default (500|4950)$
$ d=$(ls -d /sys/block/vd? /sys/block/nullb? 2>/dev/null | head -n 1); d=/dev/${d##*/}; docker run --rm --device-read-bps $d:1mb --device $d:/dev/d $BB sh -c 'time dd if=/dev/d of=/dev/null bs=65536 count=48 iflag=direct' 2>&1 | awk '/^real/ {print ($3 + 60 * $2 > 1.5) ? "held" : "not held: " $0}'
out= held

== v2.cpus-hold [v2]: --cpus holds a busy loop
$ docker run --rm --cpus 0.2 $BB sh -c 'timeout 4 sh -c "while :; do :; done"; grep -E "nr_throttled|usage_usec" /sys/fs/cgroup/cpu.stat' | awk '{v[$1] = $2} END {print (v["nr_throttled"] > 5 && v["usage_usec"] < 2500000) ? "held" : "not held"}'
out= held

== v2.fork-bomb [v2]: a fork bomb stays in its container
$ docker run -d --name $N --pids-limit 64 $BB sh -c 'b() { b | b & }; b; exec sleep 600' >/dev/null; docker run --rm $BB echo others go on
out= others go on
$20 docker top $N | wc -l
out~ ^([2-9]|\d\d)$
$ docker rm -f $N
out= $N

== v2.memory-hog [v2]: memory hogs in a container are killed there and nowhere else
$ docker run -d --name $N --memory 32m --memory-swap 32m --tmpfs /t $BB sh -c 'for i in 1 2 3 4; do (while :; do head -c 60000000 /dev/zero > /t/x$i; rm -f /t/x$i; dd if=/dev/zero of=/dev/null bs=100M count=1; done) 2>/dev/null & done; exec sleep 600' >/dev/null
$ docker run --rm --memory 32m $BB echo others go on
out= others go on
$30 docker inspect -f '{{.State.OOMKilled}}' $N
out= true
$ docker rm -f $N
out= $N

== v2.exec-in-group [v2]: an exec is in the container's group and bound by its limits
$ docker run -d --name $N --memory 24m --memory-swap 24m $BB sleep 600 >/dev/null; docker exec $N cat /proc/self/cgroup
out= 0::/
$ docker exec $N dd if=/dev/zero of=/dev/null bs=200M count=1
= 137

== v2.sub-groups [v2 noref]: a privileged container may make groups of its own, and they go with it
$ docker run --rm --privileged $BB sh -c 'mkdir /sys/fs/cgroup/own && echo $$ > /sys/fs/cgroup/own/cgroup.procs && cat /proc/self/cgroup'
out= 0::/own
$ docker run -d --name $N --privileged $BB sh -c 'mkdir -p /sys/fs/cgroup/a/b && echo $$ > /sys/fs/cgroup/a/b/cgroup.procs && exec sleep 600' >/dev/null; docker exec $N cat /proc/self/cgroup
out~ ^0::/
$ docker rm -f $N
out= $N

== v2.unified-parent [v2]: --cgroup-parent makes the group below, with every controller
$ docker run -d --name $N --cgroup-parent /$N-parent --memory 64m --cpuset-cpus 0 $BB sleep 60 >/dev/null; cat /sys/fs/cgroup/$N-parent/$(docker inspect -f '{{.Id}}' $N)/memory.max; docker rm -f $N >/dev/null; rmdir /sys/fs/cgroup/$N-parent
out= 67108864

== v2.hugetlb [v2 proa]: huge pages are counted
$ docker run --rm $BB sh -c 'ls /sys/fs/cgroup/ | grep -c hugetlb.2MB.max'
out= 1
