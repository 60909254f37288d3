# AppArmor, where the kernel has it on. Run in the lab (lab/run).

== apparmor.info [apparmor]: info and inspect name it
$ docker info --format '{{json .SecurityOptions}}'
out~ "name=apparmor"
$ docker run -d --name $N $BB sleep 600 >/dev/null; docker inspect -f '{{.AppArmorProfile}}' $N
out= docker-default

== apparmor.default [apparmor]: a container, and every exec in it, has the default profile
$ docker run -d --name $N $BB sleep 600 >/dev/null; docker exec $N cat /proc/1/attr/current /proc/self/attr/current; docker exec -t $N cat /proc/self/attr/current; docker exec --privileged $N cat /proc/self/attr/current
out~ ^docker-default \(enforce\)\ndocker-default \(enforce\)\ndocker-default \(enforce\)\r?\ndocker-default \(enforce\)$
$ docker stop -t 1 $N
out= $N

== apparmor.unconfined [apparmor]: the option and --privileged switch it off
$ docker run --rm --security-opt apparmor=unconfined $BB cat /proc/self/attr/current; docker run --rm --privileged $BB cat /proc/self/attr/current
out= unconfined\nunconfined

== apparmor.holds [apparmor]: what capabilities would allow, the profile refuses
$ docker run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined $BB mount -t tmpfs none /mnt
= !0
err~ (?i)permission denied
$ docker run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined $BB mount -t tmpfs none /mnt
$ docker run --rm --cap-add ALL --security-opt systempaths=unconfined $BB sh -c 'echo x > /proc/sys/kernel/core_pattern || echo x > /proc/sysrq-trigger'
= !0
err~ (?i)core_pattern: permission denied
err~ (?i)sysrq-trigger: permission denied
$ docker run --rm --cap-add SYS_ADMIN --security-opt seccomp=unconfined $BB sh -c 'umount /proc/kcore /proc/sys; head -c 1 /proc/kcore'
= !0
err~ (?i)kcore: permission denied

== apparmor.custom [apparmor]: a profile of one's own is in force, in exec too
$ echo "profile $N-p flags=(attach_disconnected) { file, network, capability, signal, ptrace, deny /etc/image r, }" | apparmor_parser -r; docker run -d --name $N --security-opt apparmor=$N-p $BB sleep 600 >/dev/null; docker inspect -f '{{.AppArmorProfile}}' $N; docker exec $N cat /proc/1/attr/current
out= $N-p\n$N-p (enforce)
$ docker exec $N cat /etc/image
= 1
err~ (?i)permission denied

== apparmor.missing [apparmor]: a profile that is not loaded is an error that names it
$ docker run --rm --security-opt apparmor=$N-none $BB true
= !0
err~ (?i)apparmor.*$N-none
