# Attacks: what hostile images, containers and volumes try. The names of known ones are those of their CVEs in other engines.

== attack.self-exe [noref]: CVE-2019-5736: /proc/self/exe, as a program or opened by a container, is nothing of the host's
$ docker run -d --name $N $BB sleep 600 >/dev/null; exe=$(readlink /proc/$(awk '/^PPid/ {print $2}' /proc/$(docker inspect -f '{{.State.Pid}}' $N)/status)/exe); sha256sum $exe > $T/sum; echo ${exe##*/}
out= java
$ python3 $LIB/evil.py $T/e.tar $N-evil:1 'bin/run->/proc/self/exe'; docker load -qi $T/e.tar >/dev/null; timeout 20 docker run --rm $N-evil:1 /bin/run; timeout 20 docker run --rm $N-evil:1 /proc/self/exe
= !0
err!~ timeout
$ docker exec -d $N sh -c 'while :; do for p in /proc/[0-9]*; do (exec 3>$p/exe && echo taken > /taken && echo "#!" >&3) 2>/dev/null; done; done'; for i in 1 2 3 4 5 6 7 8 9 10; do docker exec $N true || echo failed; done; docker exec $N cat /taken
= !0
out!~ failed
$ sha256sum -c --quiet $T/sum && echo untouched
out= untouched

== attack.mount-race [noref]: CVE-2021-30465: a target that is swapped for a link while it is mounted on never leads to the host
$ mkdir $T/h $T/v; echo canary > $T/h/canary; docker run -d --name $N -v $T/v:/v $BB sh -c 'cd /v; while :; do mkdir -p dst; mv dst gone 2>/dev/null; ln -s / dst; ln -sfn ../../../../../../../../.. dst; rm -f dst; mv gone dst 2>/dev/null; done' >/dev/null
$ for i in 1 2 3 4 5 6 7 8 9 10 11 12; do docker run --rm -v $T/v:/v -v $T/h:/v/dst $BB sh -c '[ -d /bin ] && [ -e /etc/image ] && echo in' 2>/dev/null; grep -c "$T/h" /proc/self/mountinfo; done | sort -u
= *
out!~ [1-9]
$ docker rm -f $N >/dev/null; ls $T/h; ls / | grep -c canary
= 1
out= canary\n0

== attack.cwd: CVE-2024-21626: a working directory that is a descriptor never lies outside
$ echo canary > $T/canary; for i in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do docker run --rm -w /proc/self/fd/$i $BB sh -c "cat ./../../../../../../..$T/canary" 2>/dev/null; done | grep -c canary
= 1
out= 0
$ docker run -d --name $N $BB sh -c 'ln -s /proc/self/fd/7 /seven; ln -s /proc/1/fd/8 /eight; exec sleep 600' >/dev/null; for w in /seven /eight /proc/self/fd/3 /proc/self/fd/4 /proc/self/fd/5 /proc/self/fd/6 /proc/self/fd/9 /proc/self/cwd; do docker exec -w $w $N sh -c "cat ./../../../../../../..$T/canary" 2>/dev/null; done | grep -c canary
= 1
out= 0

== attack.dev-null: CVE-2025-31133: a /dev/null that is a link masks nothing else and gives nothing free
$ mkdir $T/dev; ln -s /proc/sys/kernel/core_pattern $T/dev/null; python3 $LIB/evil.py $T/e.tar $N-evil:1 'dev/,dev/null->/proc/sys/kernel/core_pattern'; docker load -qi $T/e.tar >/dev/null
$ docker run --rm $N-evil:1 sh -c 'head -c 1 /proc/keys | wc -c; test -c /dev/null && echo a device; (echo x > /proc/sys/kernel/core_pattern) 2>&1'
= *
out~ ^0$
out~ ^a device$
out~ (?i)read-only file system
$ cat /proc/sys/kernel/core_pattern > $T/before; docker run --rm -v $T/dev:/dev $BB sh -c 'head -c 1 /proc/keys | wc -c; (echo evil > /proc/sys/kernel/core_pattern) 2>/dev/null && echo written' > $T/out 2>&1; cmp $T/before /proc/sys/kernel/core_pattern && ! grep -qE '^(1|written)$' $T/out && echo safe
out= safe

== attack.console: CVE-2025-52565: a /dev/console that is a link leads the terminal nowhere else
$ mkdir $T/dev; ln -s /proc/sys/kernel/core_pattern $T/dev/console; cat /proc/sys/kernel/core_pattern > $T/before; tty docker run --rm -t -v $T/dev:/dev $BB sh -c 'test -c /proc/sys/kernel/core_pattern && echo mounted; (echo evil > /proc/sys/kernel/core_pattern) 2>/dev/null && echo written' > $T/out 2>&1; cmp $T/before /proc/sys/kernel/core_pattern && ! grep -qE '^(mounted|written)' $T/out && echo safe
out= safe
$ ls -A $T/dev | tr '\n' ' '; test -L $T/dev/console && echo link
out~ link$

== attack.false-proc: CVE-2025-52881: a /proc that is a link or holds files is not written to in place of the kernel's
$ python3 $LIB/evil.py $T/e.tar $N-evil:1 'p/,p/sys/,p/sys/net/,p/sys/net/ipv4/,p/sys/net/ipv4/ip_unprivileged_port_start=0,proc->/p'; docker load -qi $T/e.tar >/dev/null; docker run --rm --network none --sysctl net.ipv4.ip_unprivileged_port_start=99 $N-evil:1 sh -c 'cat /p/sys/net/ipv4/ip_unprivileged_port_start; grep " /p " /proc/mounts' > $T/out 2>&1; s=$?; [ $s != 0 ] || { grep -q '^99$' $T/out && grep -q '^proc /p proc' $T/out; } && echo safe
out= safe
$ python3 $LIB/evil.py $T/f.tar $N-files:1 'proc/,proc/self/,proc/self/attr/,proc/self/attr/exec=x,proc/sys/,proc/sys/kernel/,proc/sys/kernel/core_pattern=x'; docker load -qi $T/f.tar >/dev/null; docker run --rm $N-files:1 sh -c 'cat /proc/sys/kernel/core_pattern' | cmp - /proc/sys/kernel/core_pattern && echo the kernels
out= the kernels

== attack.release-agent: CVE-2022-0492: no hierarchy of control groups can be mounted or written
$ docker run --rm $BB sh -c 'mkdir /tmp/c; mount -t cgroup -o memory none /tmp/c || mount -t cgroup -o rdma none /tmp/c || mount -t cgroup2 none /tmp/c'
= !0
err~ (?i)(permission denied|are you root)
$ docker run --rm $BB sh -c 'unshare -Urm mount -t cgroup -o rdma none /tmp'
= !0
err~ (?i)unshare.*operation not permitted
$ docker run --rm $BB sh -c 'for f in /sys/fs/cgroup/release_agent /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/notify_on_release /sys/fs/cgroup/*/notify_on_release; do [ ! -e $f ] || (echo /x > $f) 2>/dev/null && [ -e $f ] && echo "written $f"; done; echo end'
out= end

== attack.kernel-files: what reaches the host's kernel cannot be written, whatever it is called
$ docker run --rm $BB sh -c 'for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/panic_on_oom /proc/sys/fs/binfmt_misc/register /proc/sysrq-trigger /proc/kcore /proc/kmem /proc/mem /proc/kmsg /proc/acpi/wakeup /proc/bus/pci/devices /sys/kernel/uevent_helper /sys/class/vtconsole/vtcon0/bind /sys/kernel/mm/ksm/run /sys/kernel/vmcoreinfo /sys/firmware/efi/x /sys/kernel/security/x /sys/fs/bpf/x /sys/power/state; do (echo 1 > $f) 2>/dev/null && echo "written $f"; done; echo end'
out= end
$ docker run --rm $BB sh -c 'cat /proc/1/root/../../../../../../../etc/image /proc/self/root/../../../../etc/image; ls /proc/1/cwd/../../../../ | tr "\n" " "'
out~ ^bb\nbb\nbin dev etc home mnt opt proc root sbin srv sys tmp usr var
$ docker run --rm $BB sh -c 'dmesg > /dev/null; echo $?; mount -o remount,rw /proc/sys; umount /proc/kcore; umount /proc/sys; insmod /x 2>&1; reboot -f; hwclock -w; sysctl -w kernel.panic=1' > $T/out 2>&1; grep -ciE 'not permitted|denied|are you root|read-only|invalid|no such file' $T/out
out~ ^([5-9]|\d\d)$

== attack.remount: what is masked or read-only cannot be undone
$ docker run --rm --cap-add SYS_ADMIN --security-opt apparmor=unconfined $BB sh -c 'umount /proc/kcore && head -c 1 /proc/kcore | wc -c' 2>/dev/null; docker run --rm $BB sh -c 'umount /proc/kcore; umount -l /proc/kcore; mount --move /proc/kcore /tmp; mount -t proc p /tmp' 2>/dev/null; echo end
out~ end$

== attack.copy-up-link: a volume over a link of the image takes over nothing of the host's
$ mkdir $T/secret; echo host > $T/secret/canary; python3 $LIB/evil.py $T/e.tar $N-evil:1 "v->$T/secret,w->../../../../../../../..$T/secret"; docker load -qi $T/e.tar >/dev/null; docker run --rm -v $N-a:/v -v $N-b:/w $N-evil:1 sh -c 'ls -A /v /w' ; ls -A $T/secret
= *
out!~ host
$ for v in $N-a $N-b; do ls -A $(docker volume inspect -f '{{.Mountpoint}}' $v) 2>/dev/null; done | wc -l
out= 0

== attack.workdir-user-files: links of the image in /etc/passwd, the working directory and /dev/shm are the image's
$ echo "evil:x:0:0::/:/bin/sh" > $T/passwd; python3 $LIB/evil.py $T/e.tar $N-evil:1 "etc/passwd->$T/passwd,etc/group->/proc/1/environ"; docker load -qi $T/e.tar >/dev/null; docker run --rm --user evil $N-evil:1 id
= 125
err~ (?i)unable to find user evil: no matching entries in passwd file
$ python3 $LIB/evil.py $T/f.tar $N-hosts:1 "etc/hosts->$T/made,etc/hostname->$T/made2,etc/resolv.conf->$T/made3"; docker load -qi $T/f.tar >/dev/null; docker run --rm $N-hosts:1 true; ls $T | grep -c made
= 1
out= 0

== attack.mknod-device: a device of an image or made in a container opens nothing
$ python3 $LIB/evil.py $T/e.tar $N-evil:1 'disk@8:0,disk2@254:0'; docker load -qi $T/e.tar >/dev/null; docker run --rm $N-evil:1 sh -c 'for d in /disk /disk2; do head -c 1 $d 2>&1; done; ls -l /disk*'
= *
out~ (?i)operation not permitted|no such file
out!~ \x00

== attack.fork-bomb: a fork bomb stays in its container, and its container can be removed
$ docker run -d --name $N --pids-limit 64 $BB sh -c 'b() { b | b & }; b; exec sleep 600' >/dev/null; docker run --rm $BB echo others go on
out= others go on
$ docker rm -f $N
out= $N

== attack.memory-hog: memory hogs are killed in their container, and nowhere else
$ docker run -d --name $N --memory 32m --memory-swap 32m --tmpfs /t $BB sh -c 'for i in 1 2 3 4; do (while :; do head -c 60000000 /dev/zero > /t/x$i; rm -f /t/x$i; dd if=/dev/zero of=/dev/null bs=100M count=1; done) 2>/dev/null & done; exec sleep 600' >/dev/null
$ docker run --rm --memory 32m $BB echo others go on
out= others go on
$30 docker inspect -f '{{.State.OOMKilled}} {{.State.Status}}' $N
out~ ^true
$ docker rm -f $N
out= $N

== attack.disk-hog: a container's /dev/shm, tmpfs and /dev have an end
$ docker run --rm --shm-size 1m --tmpfs /t:size=1m $BB sh -c 'for f in /dev/shm/x /t/x /dev/x; do head -c 80000000 /dev/zero > $f 2>/dev/null && echo "$f has no end"; rm -f $f; done; echo end'
out= end

== attack.exec-descriptors: an exec has no descriptor of the host's, and opens none by /proc
$ docker run -d --name $N $BB sleep 600 >/dev/null; docker exec $N ls /proc/self/fd; docker exec $N sh -c 'ls -l /proc/1/fd | grep -vE "pipe:|/dev/null|total|socket:"; ls /proc/self/task/*/fd | grep -cE "^[3-9]$"'
= *
out~ ^0\n1\n2\n3\n[01]$

== attack.new-privileges: set-user-id programs give nothing that the bounding set has not
$ docker run --rm --user 1000 $BB sh -c 'cp /bin/busybox /tmp/b; chmod 4755 /tmp/b; grep -E "CapEff|CapBnd" /proc/self/status'
out~ ^CapEff:\s+0000000000000000$
out~ ^CapBnd:\s+00000000a80425fb$

== attack.mount-swap [noref]: CVE-2021-30465, CVE-2024-45310: names that are exchanged without a pause while mounts are made below them lead nowhere outside, and make nothing there
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; mkdir -p $T/h $T/v/dst/deep $T/out; echo canary > $T/h/canary; ln -s $T/out $T/v/out; ln -s / $T/v/link; docker run -d --name $N -v $T/v:/v -v $T/attacker:/attacker:ro $BB /attacker swap /v/dst /v/link >/dev/null; docker run -d --name $N-2 -v $T/v:/v -v $T/attacker:/attacker:ro $BB /attacker swap /v/dst /v/out >/dev/null
$ for i in $(seq 25); do docker run --rm -v $T/v:/v -v $T/h:/v/dst/deep/new$i $BB sh -c '[ -e /etc/image ] && echo in' 2>/dev/null; grep -c "$T/h" /proc/self/mountinfo; done | grep -vcx -e 0 -e in
= 1
out= 0
$ docker rm -f $N $N-2 >/dev/null; ls $T/h $T/out; ls -d /deep /new* 2>/dev/null
= 2
out= $T/h:\ncanary\n\n$T/out:

== attack.copy-swap [noref]: CVE-2018-15664: docker cp through names that are exchanged meanwhile reads and writes nothing of the host's
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; mkdir $T/secret; echo host > $T/secret/canary; docker create --name $N-t $BB true >/dev/null; docker run -d --name $N -v $T/attacker:/attacker:ro $BB sh -c "mkdir -p /w/dir$T/secret; mkdir -p /w/dir; echo inside > /w/dir/canary; ln -s $T/secret /w/link; exec /attacker swap /w/dir /w/link" >/dev/null
$ echo new > $T/new; for i in $(seq 15); do docker cp $N:/w/dir/canary $T/got 2>/dev/null && cat $T/got; docker cp $T/new $N:/w/dir/made 2>/dev/null; docker cp $N:/w/dir - 2>/dev/null | tar -xO 2>/dev/null; done | sort -u | grep -c host
= 1
out= 0
$ ls $T/secret
out= canary

== attack.abstract-sockets [proa]: CVE-2020-15257: a container with the host's network finds no socket of the engine's by name
$ docker run --rm --network host $BB sh -c 'grep -ciE "@.*(proa|shim|containerd)" /proc/net/unix'
= 1
out= 0

== attack.data-root [proa]: CVE-2021-41091: other users of the host get into none of the engine's folders
$ docker run -d --name $N $BB sh -c 'cp /bin/busybox /suid; chmod 4755 /suid; exec sleep 600' >/dev/null; r=$(docker info -f '{{.DockerRootDir}}'); python3 - "$r" <<'X'
    import os, sys
    os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
    seen = 0
    for top in (sys.argv[1], os.path.dirname(sys.argv[1]) + "/exec"):
        for folder in ("", "storage", "content", "containers", "volumes", "isolation", "shim"):
            try: seen += len(os.listdir(os.path.join(top, folder)))
            except OSError: pass
    print(seen)
    X
out= 0

== attack.volume-path [noref]: CVE-2022-23648: a volume of the image's whose path leads up is inside the root
$ echo canary > $T/canary; image $N-evil:1 "VOLUME /../../../../../../../../..$T" 'CMD ["sh"]' >/dev/null; docker run --rm $N-evil:1 sh -c "cat $T/canary 2>/dev/null; ls $T 2>/dev/null" | grep -c canary
= 1
out= 0

== attack.handles [noref]: open_by_handle_at ("shocker") opens nothing, whatever file system the root lies on
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; docker run --rm -v $T/attacker:/attacker:ro $BB /attacker handle; docker run --rm --security-opt seccomp=unconfined -v $T/attacker:/attacker:ro $BB /attacker handle
out= EPERM\nEPERM
