# Confinement: what a container may not. The probe (e2e/probe) compares everything; these are the ways a user would notice.

== confine.caps: the five sets are Docker's
$ docker run --rm $BB grep Cap /proc/self/status
out~ CapInh:\s+0000000000000000
out~ CapPrm:\s+00000000a80425fb
out~ CapEff:\s+00000000a80425fb
out~ CapBnd:\s+00000000a80425fb
out~ CapAmb:\s+0000000000000000

== confine.caps-user: a user other than root has none in force
$ docker run --rm -u 1000 $BB grep Cap /proc/self/status
out~ CapPrm:\s+0000000000000000
out~ CapEff:\s+0000000000000000
out~ CapBnd:\s+00000000a80425fb

== confine.cap-add: --cap-add with and without the prefix, whatever the case
$ for c in NET_ADMIN CAP_NET_ADMIN net_admin; do docker run --rm --cap-add $c $BB grep CapEff /proc/self/status; done | sort | uniq -c
out~ ^ +3 CapEff:\s+00000000a80435fb

== confine.cap-drop: --cap-drop takes away
$ docker run --rm --cap-drop CHOWN $BB chown 1 /etc/passwd
= 1
err~ (?i)operation not permitted

== confine.cap-drop-all: --cap-drop ALL leaves none, and what is added back
$ docker run --rm --cap-drop ALL $BB grep -E 'CapEff|CapBnd' /proc/self/status; docker run --rm --cap-drop ALL --cap-add KILL $BB grep CapEff /proc/self/status
out~ CapEff:\s+0000000000000000
out~ CapBnd:\s+0000000000000000
out~ CapEff:\s+0000000000000020

== confine.cap-add-all [noref]: --cap-add ALL gives all that the daemon has
$ docker run --rm --cap-add ALL $BB grep CapEff /proc/self/status
out~ CapEff:\s+0000(01ff|03ff)f[ef]ffffff

== confine.cap-bad: an unknown capability is refused
$ docker run --rm --cap-add NOSUCH $BB true
= 125
err~ docker: Error response from daemon: invalid CapAdd: unknown capability: "CAP_NOSUCH"
$ docker run --rm --cap-drop NOSUCH $BB true
= 125
err~ docker: Error response from daemon: invalid CapDrop: unknown capability: "CAP_NOSUCH"

== confine.seccomp: the filter is on
$ docker run --rm $BB grep -E '^Seccomp' /proc/self/status
out~ ^Seccomp:\s+2$

== confine.seccomp-unshare: a new user namespace is refused
$ docker run --rm $BB unshare -U true
= 1
err~ (?i)operation not permitted

== confine.seccomp-unconfined: seccomp=unconfined switches the filter off
$ docker run --rm --security-opt seccomp=unconfined $BB grep -E '^Seccomp:' /proc/self/status
out~ ^Seccomp:\s+0$

== confine.seccomp-profile: a profile of one's own is taken
$ echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_AARCH64"],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' > $T/p.json; docker run --rm --security-opt seccomp=$T/p.json $BB sh -c 'mkdir /x; touch /y && echo touched'
out= touched
err~ (?i)mkdir: can't create directory '/x': Operation not permitted

== confine.seccomp-profile-bad: a profile that is no JSON is refused
$ echo '{bad' > $T/p.json; docker run --rm --security-opt seccomp=$T/p.json $BB true
= !0
err~ (?i)(seccomp|invalid character)

== confine.no-new-privs: off by default, on with the option
$ docker run --rm $BB grep NoNewPrivs /proc/self/status; docker run --rm --security-opt no-new-privileges $BB grep NoNewPrivs /proc/self/status
out= NoNewPrivs:	0\nNoNewPrivs:	1

== confine.masked: masked paths give nothing
$ docker run --rm $BB sh -c 'for f in /proc/kcore /proc/keys /proc/timer_list /proc/latency_stats /proc/sched_debug; do [ ! -e $f ] || head -c1 $f | wc -c; done; for d in /proc/scsi /proc/acpi /sys/firmware /sys/devices/virtual/powercap; do [ ! -d $d ] || ls -A $d | wc -l; done' | sort -u
out= 0

== confine.read-only-proc: what would change the host cannot be written
$ docker run --rm $BB sh -c 'for f in /proc/sys/kernel/panic /proc/sysrq-trigger /proc/irq/default_smp_affinity; do [ ! -e $f ] || (echo 1 > $f) 2>&1; done'
= *
out~ (?i)panic: read-only file system

== confine.sys-read-only: /sys is read-only
$ docker run --rm $BB sh -c 'echo 1 > /sys/kernel/mm/ksm/run || mkdir /sys/x' 2>&1
= 1
out~ (?i)(read-only file system|operation not permitted)

== confine.mount: mounting is refused
$ docker run --rm $BB mount -t tmpfs none /mnt
= !0
err~ (?i)(permission denied|are you root)

== confine.mknod: devices can be made, but not opened
$ docker run --rm $BB sh -c 'mknod /d b 254 0 && head -c1 /d'
= 1
err~ (?i)operation not permitted
$ docker run --rm $BB sh -c 'mknod /k c 1 2 && head -c1 /k'
= 1
err~ (?i)operation not permitted

== confine.dev: /dev has the usual devices alone
$ docker run --rm $BB sh -c 'ls /dev | tr "\n" " "; echo; stat -c "%n %t:%T %a" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; readlink /dev/fd; readlink /dev/ptmx'
out~ ^(core )?fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero $
out~ ^/dev/null 1:3 666$
out~ ^/dev/zero 1:5 666$
out~ ^/dev/full 1:7 666$
out~ ^/dev/random 1:8 666$
out~ ^/dev/urandom 1:9 666$
out~ ^/dev/tty 5:0 666$
out~ ^/proc/self/fd\npts/ptmx$

== confine.namespaces: pid, mount, ipc, uts, network and cgroup are its own
$ docker run --rm --network none $BB sh -c 'for n in pid mnt ipc uts net; do readlink /proc/self/ns/$n; done' > $T/in; for n in pid mnt ipc uts net; do readlink /proc/self/ns/$n; done > $T/out; sort $T/in $T/out | uniq -d | wc -l; wc -l < $T/in
out= 0\n5

== confine.descriptors: no descriptor but the three is open
$ docker run --rm $BB ls /proc/self/fd
out= 0\n1\n2\n3

== confine.proc-1: the first process belongs to nobody outside
$ docker run --rm $BB sh -c 'ls /proc | grep -c "^[0-9]"; grep PPid /proc/1/status; cat /proc/1/cmdline | tr "\0" " "'
out~ ^PPid:\s+0$

== confine.umask: the umask is 022, signals are at their default
$ docker run --rm $BB sh -c 'umask; grep -E "Sig(Blk|Ign)" /proc/self/status; ulimit -c'
out~ ^0022$
out~ ^SigBlk:\s+0000000000000000$
out~ ^SigIgn:\s+0000000000000000$

== confine.private-mounts: mounts of the container do not reach the host, nor the other way round
$ mkdir $T/b; docker run -d --name $N -v $T/b:/b --privileged=false $BB sleep 60 >/dev/null; grep -c $(docker inspect -f '{{.Id}}' $N) /proc/self/mountinfo; docker exec $N grep -c ' shared:' /proc/self/mountinfo
= 1
out~ ^0$

== confine.privileged-devices [noref]: --privileged sees the host's devices and may write /sys
$ docker run --rm --privileged $BB sh -c 'ls /dev | wc -l; grep " /sys " /proc/mounts; grep Seccomp: /proc/self/status; mount -t tmpfs none /mnt && echo mounted'
out~ ^([2-9]\d|\d{3,})$
out~ sysfs /sys sysfs rw
out~ Seccomp:\s+0
out~ ^mounted$

== confine.host-memory: the daemon's environment and files are not seen
$ docker run --rm $BB sh -c 'ls -d /proc/[0-9]* | wc -l; ls / | tr "\n" " "'
out~ ^[23]\n
out~ ^bin dev etc home mnt opt proc root sbin srv sys tmp usr var $

== confine.ptrace-other: a container's process cannot see another container's
$ docker run -d --name $N $BB sleep 4343 >/dev/null; docker run --rm $BB ps
out!~ 4343

== confine.systempaths: systempaths=unconfined shows the masked paths
$ docker run --rm --security-opt systempaths=unconfined $BB sh -c 'grep -c -E " /proc/(kcore|keys|sys) " /proc/mounts'
= 1
out= 0
