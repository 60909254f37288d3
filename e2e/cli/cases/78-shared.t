# What a container sees and does, by exec in a few that stay (`shared` starts one when it is wanted first). The same cases for every backend: in the lab
# they are cheap with microVMs too, where each start boots a machine. Expectations are those of one container; nothing here ends it.

== in.output: an exec's output and nothing else
$ docker exec $(shared a) sh -c 'echo one; echo two >&2'
out= one
err= two

== in.exit-code: an exec's exit code is the client's
$ docker exec $(shared a) sh -c 'exit 7'
= 7

== in.killed: an exec that a signal ended is 128 and its number
$ docker exec $(shared a) sh -c 'kill -9 $$'
= 137

== in.not-found: a program that is not there
$ docker exec $(shared a) nosuch
= !0
all~ "?nosuch"?.*(executable file not found|no such file)

== in.stdin: standard input and its end
$ printf 'a\nb\n' | docker exec -i $(shared a) sh -c 'cat; echo end'
out= a\nb\nend

== in.no-stdin: without -i it is empty
$ echo x | docker exec $(shared a) wc -c
out= 0

== in.stdin-big: megabytes arrive unchanged
$ head -c 3000000 /dev/urandom >$T/f; docker exec -i $(shared a) md5sum <$T/f | cut -c1-32 >$T/there; md5sum <$T/f | cut -c1-32 | cmp - $T/there && echo same
out= same

== in.output-big: megabytes come back
$ docker exec $(shared a) head -c 5000000 /dev/zero | wc -c
out= 5000000

== in.output-slow: what a slow reader has not taken yet is not lost when the process has ended
$ docker exec $(shared a) sh -c 'head -c 1200000 /dev/zero | tr "\0" "\n"' | (sleep 3; wc -c)
out= 1200000

== in.both-ways: input and output at the same time
$ head -c 2000000 /dev/zero | docker exec -i $(shared a) cat | wc -c
out= 2000000

== in.detached: exec -d returns, and the process runs
$ docker exec -d $(shared a) sh -c 'echo done >/tmp/detached'
$15 docker exec $(shared a) cat /tmp/detached
out= done

== in.together: execs run at the same time
$ c=$(shared a); for i in 1 2 3 4; do docker exec $c sh -c "echo $i" & done | sort; wait
out= 1\n2\n3\n4

== in.env: -e, and what is always there
$ docker exec -e A='b c' $(shared a) sh -c 'echo $A; echo $HOME; echo $PATH; echo $HOSTNAME | wc -c'
out~ ^b c$
out~ ^/root$
out~ ^/usr/local/sbin:/usr/local/bin
out~ ^13$

== in.workdir: -w
$ docker exec -w /var/log $(shared a) pwd
out= /var/log

== in.user: -u with numbers
$ docker exec -u 1234:5678 $(shared a) id
out= uid=1234 gid=5678 groups=5678

== in.user-name: -u with a name takes its groups
$ docker exec -u app $(shared a) id
out~ ^uid=1000\(app\) gid=1000\(app\) groups=(1000\(app\),)?2000\(extra\)

== in.user-caps: another user than root has no capabilities in force
$ docker exec -u 1000 $(shared a) grep CapEff /proc/self/status
out~ 0000000000000000

== in.privileged: --privileged has all of them
$ docker exec --privileged $(shared a) sh -c 'test $(grep CapEff /proc/self/status | cut -f2) != 00000000a80425fb && echo more'
out= more

== in.tty: -t gives a terminal
$ tty docker exec -t $(shared a) sh -c 'test -t 0 && test -t 1 && tty'
out~ ^/dev/pts/\d

== in.caps: Docker's fourteen capabilities
$ docker exec $(shared a) grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status
out~ CapPrm:\s+00000000a80425fb
out~ CapEff:\s+00000000a80425fb
out~ CapBnd:\s+00000000a80425fb

== in.seccomp: the default profile is in force
$ docker exec $(shared a) grep '^Seccomp:' /proc/self/status
out~ Seccomp:\s+2

== in.unshare: a new user namespace is refused
$ docker exec $(shared a) unshare -U true
= 1
err~ (?i)operation not permitted

== in.mount: mounting is refused
$ docker exec $(shared a) mount -t tmpfs none /mnt
= !0
err~ (?i)permission denied|not permitted

== in.sethostname: the host name cannot be changed
$ docker exec $(shared a) hostname other
= !0
err~ (?i)not permitted

== in.clock-set: nor the clock
$ docker exec $(shared a) date -s 2001-01-01; test $(docker exec $(shared a) date +%Y) -gt 2001 && echo kept
out~ ^kept$
err~ (?i)not permitted

== in.masked: masked paths give nothing
$ docker exec $(shared a) sh -c 'for f in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $f ] || head -c1 $f | wc -c; done; for d in /proc/scsi /proc/acpi /sys/firmware; do [ ! -d $d ] || ls -A $d | wc -l; done' | sort -u
out= 0

== in.read-only-proc: what would change the kernel cannot be written
$ docker exec $(shared a) sh -c 'for f in /proc/sys/kernel/panic /proc/sys/vm/drop_caches; do (echo 1 >$f) 2>&1; done'
= !0
out~ (?i)panic: read-only file system
out~ (?i)drop_caches: read-only file system

== in.read-only-sys: nor what is in /sys
$ docker exec $(shared a) sh -c '(mkdir /sys/fs/cgroup/x) 2>&1'
= !0
out~ (?i)read-only file system

== in.pid1: the command is process 1
$ docker exec $(shared a) sh -c 'tr "\0" " " </proc/1/cmdline'
out~ ^sleep 

== in.processes: of the container alone
$ docker exec $(shared a) sh -c 'ls /proc | grep -c "^[0-9]*$"'
out~ ^[2-9]$

== in.umask: 0022
$ docker exec $(shared a) sh -c umask
out= 0022

== in.descriptors: nothing but the three streams is open
$ docker exec $(shared a) ls /proc/self/fd
out= 0\n1\n2\n3

== in.devices: those that every container has
$ docker exec $(shared a) sh -c 'for d in null zero full random urandom tty ptmx; do test -c /dev/$d && echo $d; done | wc -l; ls -d /dev/pts /dev/shm /dev/mqueue | wc -l; readlink /dev/stdin; readlink /dev/fd'
out= 7\n3\n/proc/self/fd/0\n/proc/self/fd

== in.devices-work: they do what they are for
$ docker exec $(shared a) sh -c 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; head -c 8 /dev/urandom | wc -c; echo x 2>&1 >/dev/full'
= !0
out~ ^4\n8\n

== in.no-disks: no block device can be read
$ docker exec $(shared a) sh -c 'for d in /dev/vda /dev/sda /dev/mem /dev/kmsg; do [ ! -e $d ] || head -c1 $d; done; echo none'
out= none

== in.shm: /dev/shm has 64 MiB
$ docker exec $(shared a) sh -c 'df -k /dev/shm | tail -1 | tr -s " " | cut -d " " -f 2'
out= 65536

== in.hosts: the host name is in /etc/hosts
$ docker exec $(shared a) sh -c 'grep -c "$(hostname)" /etc/hosts; grep -c localhost /etc/hosts'
out~ ^1\n[1-9]

== in.hostname: it is the short id
$ c=$(shared a); test "$(docker exec $c hostname)" = "$(docker inspect -f '{{.Config.Hostname}}' $c)" && echo same
out= same

== in.resolv: there is a resolv.conf
$ docker exec $(shared a) sh -c 'test -e /etc/resolv.conf && echo there'
out= there

== in.loopback: lo is up, and something can be served on it
$ docker exec $(shared a) sh -c 'ip addr show lo | grep -c "inet 127.0.0.1"; (echo hello | nc -l -p 7777 &) >/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do nc 127.0.0.1 7777 </dev/null && break; sleep 1; done'
out= 1\nhello

== in.clock: the clock is the host's
$ c=$(docker exec $(shared a) date +%s); h=$(date +%s); test $((h - c)) -lt 120 && test $((c - h)) -lt 120 && echo near
out= near

== in.random: random numbers differ
$ c=$(shared a); test "$(docker exec $c head -c 16 /dev/urandom | md5sum)" != "$(docker exec $c head -c 16 /dev/urandom | md5sum)" && echo differ
out= differ

== in.memory-info: there is memory, and less than a terabyte
$ docker exec $(shared a) sh -c 'm=$(grep MemTotal /proc/meminfo | tr -dc 0-9); test $m -gt 60000 && test $m -lt 1000000000 && echo plausible'
out= plausible

== files.owner: any owner and mode can be given
$ docker exec $(shared a) sh -c 'cd /root; touch o; chown 5:6 o; chmod 4751 o; stat -c "%u %g %a" o; chown 0:0 o; stat -c %a o; rm o'
out= 5 6 4751\n751

== files.links: hard and symbolic links
$ docker exec $(shared a) sh -c 'mkdir /root/l; cd /root/l; echo x >a; ln a b; ln -s a c; stat -c %h a; readlink c; cat c; rm a; cat b; cat c 2>/dev/null; cd; rm -r l'
out= 2\na\nx\nx

== files.fifo: a named pipe
$ docker exec $(shared a) sh -c 'cd /root; mkfifo p; echo through >p & cat p; rm p'
out= through

== files.device: a device node can be made
$ docker exec $(shared a) sh -c 'cd /root; mknod d c 1 3 && test -c d && echo made; rm d'
out= made

== files.rename: over a file, of a folder, and not over a full folder
$ docker exec $(shared a) sh -c 'mkdir /root/r; cd /root/r; echo 1 >a; echo 2 >b; mv a b; cat b; mkdir d e; touch e/f; mv d g; ls; mv -T g e 2>/dev/null || echo full; cd; rm -r r'
out= 1\nb\ne\ng\nfull

== files.many: hundreds of files
$ docker exec $(shared a) sh -c 'mkdir /root/m; cd /root/m; for i in $(seq 300); do echo $i >f$i; done; ls | wc -l; cat f* | wc -l; cd; rm -r m; ls -d m 2>/dev/null; true'
out= 300\n300

== files.big: megabytes are what they were
$ docker exec $(shared a) sh -c 'cd /root; head -c 6000000 /dev/urandom >a; cp a b; cmp a b && echo same; truncate -s 10 b; wc -c <b; rm a b'
out= same\n10

== files.sparse: a hole takes no room
$ docker exec $(shared a) sh -c 'cd /root; truncate -s 100M s; echo x >>s; test $(du -k s | cut -f1) -lt 1000 && stat -c %s s; rm s'
out= 104857602

== files.unlinked: a file that is open lives on
$ docker exec $(shared a) sh -c 'cd /root; echo kept >u; exec 3<u; rm u; cat <&3; ls u 2>/dev/null || echo gone'
out= kept\ngone

== files.times: modification times can be set
$ docker exec $(shared a) sh -c 'cd /root; touch -d "2020-02-03 04:05:06" t; date -u -r t "+%F %T"; rm t'
out= 2020-02-03 04:05:06

== files.denied: a user without the right is refused
$ docker exec -u 1000 $(shared a) sh -c '(echo x >/etc/passwd) 2>&1; ls /root 2>&1; touch /tmp/mine && stat -c %u /tmp/mine && rm /tmp/mine'
out~ (?i)passwd: permission denied
out~ (?i)/root.*permission denied
out~ ^1000$

== files.sticky: nor may it remove what is others' in /tmp
$ c=$(shared a); docker exec $c touch /tmp/roots; docker exec -u 1000 $c rm -f /tmp/roots; docker exec $c rm /tmp/roots && echo was there
out= was there
err~ (?i)not permitted

== files.run: a program that was just written runs
$ docker exec $(shared a) sh -c 'cd /root; printf "#!/bin/sh\necho ran \$1\n" >x; chmod +x x; ./x it; cp /bin/busybox echo; ./echo and a binary; rm x echo'
out= ran it\nand a binary

== out.diff: docker diff sees what it wrote
$ c=$(shared a); docker exec $c touch /var/seen; docker diff $c
out~ ^A /var/seen$

== out.inspect: it runs, with a pid
$ docker inspect -f '{{.State.Status}} {{.State.Running}} {{gt .State.Pid 0}} {{.State.ExitCode}}' $(shared a)
out= running true true 0

== out.top: top shows its processes
$ docker top $(shared a)
out~ (?m)^\S+ +\d+ +\d+ .*sleep 1000000

== out.stats: stats has a line about it
$ docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' $(shared a)
out~ ^[1-9]\d* [1-9]

== out.pause: paused it does nothing and takes no exec, and goes on afterwards
$ c=$(shared a); docker pause $c >/dev/null; docker inspect -f '{{.State.Status}}' $c; docker exec $c true; docker unpause $c >/dev/null; docker exec $c echo goes on
out= paused\ngoes on
err~ is paused

== out.update: limits of one that runs can be changed
$ c=$(shared a); docker update --pids-limit 77 $c >/dev/null; docker exec $c sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max'
out= 77

== out.signal: a signal that its process ignores does not end it
$ c=$(shared a); docker kill -s CONT $c >/dev/null; docker exec $c echo there
out= there

== out.rename: it can be renamed while it runs
$ c=$(shared a); docker rename $c pcshared-other; docker exec pcshared-other echo renamed; docker rename pcshared-other $c
out= renamed

== set.user: user, groups, folder and environment of its own
$ docker exec $(limited) sh -c 'id; pwd; echo $A'
out~ ^uid=1000\(app\) gid=1000\(app\) groups=.*2000\(extra\)
out~ ^/tmp$
out~ ^b$

== set.name: host and domain name
$ docker exec $(limited) hostname
out= named

== set.memory: the limit is the one in its control group
$ docker exec $(limited) sh -c 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes'
out= 100663296

== set.pids: as is that of processes
$ docker exec $(limited) sh -c 'cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max'
out= 60

== set.pids-hold: and it holds
$ docker exec $(limited) sh -c 'for i in $(seq 100); do sleep 20 & done 2>&1; kill $(jobs -p)' 2>&1
= *
all~ (?i)can't fork|resource temporarily unavailable

== set.cpus: and of processors
$ docker exec $(limited) sh -c 'cat /sys/fs/cgroup/cpu.max 2>/dev/null || echo $(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us)'
out= 50000 100000

== set.ulimit: soft and hard
$ docker exec $(limited) sh -c 'ulimit -n; ulimit -Hn'
out= 100\n200

== set.read-only: the root cannot be written, even by root
$ docker exec -u 0 $(limited) sh -c '(echo x >/etc/x) 2>&1'
= !0
out~ (?i)read-only file system

== set.tmpfs: a tmpfs has its size and mode
$ docker exec -u 0 $(limited) sh -c 'df -k /scratch | tail -1 | tr -s " " | cut -d " " -f 2; stat -c %a /scratch; echo x >/scratch/f && cat /scratch/f; (cat /bin/busybox /bin/busybox >/scratch/g) 2>&1; rm -f /scratch/*'
out~ ^1024\n711\nx$
out~ (?i)no space left

== set.volume: a volume can be written
$ docker exec -u 0 $(limited) sh -c 'ls /var/v; echo kept >/var/v/f; cat /var/v/f'
out~ ^kept$

== set.bind: a bind shows the host's files, and what the host changes at once
$ c=$(limited); echo one >$W/bound/f; docker exec $c cat /bound/f; echo two >$W/bound/f; echo new >$W/bound/n; docker exec $c cat /bound/f /bound/n; docker exec -u 0 $c sh -c 'echo three >/bound/f; chmod 640 /bound/f'; cat $W/bound/f; stat -c '%a' $W/bound/f; chmod 644 $W/bound/f
out= one\ntwo\nnew\nthree\n640

== set.bind-read-only: one that is read-only stays so
$ echo one >$W/bound/f; docker exec -u 0 $(limited) sh -c 'cat /fixed/f; (echo x >/fixed/f) 2>&1; (rm /fixed/f) 2>&1; mount -o remount,rw /fixed 2>&1'
= !0
out~ ^one$
out~ (?i)read-only file system

== set.bind-file: a single file
$ echo single >$W/bound/single; docker exec $(limited) cat /etc/single
out= single

== set.init: --init makes a reaper process 1
$ docker exec $(limited) cat /proc/1/comm
out~ init

== set.orphans: it reaps
$15 docker exec $(limited) sh -c '(sleep 0.2 &); sleep 1.5; ls /proc | grep -c "^[0-9]*$"; cat /proc/[0-9]*/stat 2>/dev/null | grep -c ") Z " || true'
out~ ^\d+\n0$

== set.cap-drop: dropped capabilities are gone
$ docker exec -u 0 $(limited) sh -c 'touch /scratch/c; chown 5 /scratch/c'
= !0
err~ (?i)not permitted

== set.no-new-privileges: no way to more of them
$ docker exec $(limited) grep NoNewPrivs /proc/self/status
out~ NoNewPrivs:\s+1

== set.sysctl: a sysctl of its own
$ docker exec $(limited) cat /proc/sys/net/ipv4/ip_unprivileged_port_start
out= 1000

== net.address: it has the address that it was given
$ docker exec $(web) ip -4 addr show eth0
out~ inet 10\.213\.7\.20/24

== net.mac: and the MAC address
$ docker exec $(web) cat /sys/class/net/eth0/address
out= 02:42:0a:d5:07:77

== net.published: what it serves is published on the host
$15 w=$(web); curl -s -m $API_SECONDS http://$(docker port $w 80)/f
out= served

== net.ping: another container reaches it by address
$15 w=$(web); docker exec $(peer) ping -c1 -W5 10.213.7.20 >/dev/null && echo ok
out= ok

== net.names: and by its name, its alias, with TCP
$15 w=$(web); docker exec $(peer) wget -qO- http://pcshared-web/f; docker exec $(peer) wget -qO- http://site/f
out= served\nserved

== net.names-unknown: a name that nobody has is answered so, soon
$ docker exec $(peer) nslookup nosuch.pcshared 127.0.0.11
= !0
all~ (?i)NXDOMAIN|can't (find|resolve)|SERVFAIL

== net.outside: and nobody outside of its network reaches it
$ w=$(web); docker exec $(shared a) ping -c1 -W2 10.213.7.20
= !0

== net.restarted: started again it is found as before
$ w=$(web); docker restart -t 0 $w >/dev/null
$30 docker exec $(peer) wget -qO- http://site/f
out= served
