# User namespaces: --userns-remap of the daemon, --userns=host, what Docker refuses with them. Each case has an engine of its own, in a mount namespace
# where /etc/subuid and /etc/subgid are the case's.

== userns.remap [engine proa]: root of a container is nobody on the host, and its files look like root's
$ echo maria:300000:65536 > $T/sub; printf 'maria:x:4711:4711::/:/bin/sh\n' | cat /etc/passwd - > $T/passwd; cat > $T/start <<X
    mount --bind $T/sub /etc/subuid; mount --bind $T/sub /etc/subgid; mount --bind $T/passwd /etc/passwd; exec "\$@"
    X
    export LIB; export -f engine; unshare -m --propagation private bash $T/start bash -c 'engine start --userns-remap=maria' && image $BB
$ docker info -f '{{json .SecurityOptions}}'
out~ "name=userns"
$ docker run -d --name $N $BB sh -c 'touch /made; mkdir /folder; chown 7:8 /made; sleep 600' && docker exec $N sh -c 'id -u; stat -c "%u:%g %n" / /etc /made; cat /proc/self/uid_map; grep CapEff /proc/self/status'
out~ ^0\n0:0 /\n0:0 /etc\n7:8 /made\n +0 +300000 +65536\nCapEff:\s+00000000a80425fb$
$ ps -o uid= -p $(docker inspect -f '{{.State.Pid}}' $N)
out~ ^ *300000$
$ docker exec $N sh -c 'echo 1.2.3.4 extra >> /etc/hosts; tail -n 1 /etc/hosts; stat -c %u /etc/hosts /etc/resolv.conf /etc/hostname'
out= 1.2.3.4 extra\n0\n0\n0
$ docker diff $N | grep -x 'A /made'
out= A /made

== userns.volumes [engine proa]: a volume belongs to the container's ids and to those of another mapping alike, a bind to the host's
$ printf '300000:300000:65536\n' > $T/sub; cat > $T/start <<X
    mount --bind $T/sub /etc/subuid; mount --bind $T/sub /etc/subgid; exec "\$@"
    X
    export LIB; export -f engine; unshare -m --propagation private bash $T/start bash -c 'engine start --userns-remap=300000:300000'; image $BB; mkdir $T/bind
$ docker run --rm -v $N-v:/v -v $T/bind:/b $BB sh -c 'touch /v/x; chown 5 /v/x; stat -c %u /v /v/x /b; touch /b/x'
= 1
out= 0\n5\n65534
err~ Permission denied
$ docker run --rm --userns=host -v $N-v:/v $BB sh -c 'stat -c %u /v /v/x; cat /proc/self/uid_map'
out~ ^0\n5\n +0 +0 +4294967295$
$ docker run --rm --shm-size 1m --ipc shareable $BB sh -c 'touch /dev/shm/x; stat -c %u /dev/shm/x'
out= 0

== userns.refused [engine proa]: what needs the host's own ids is refused in Docker's words, unless --userns=host asks for them
$ printf '300000:300000:65536\n' > $T/sub; cat > $T/start <<X
    mount --bind $T/sub /etc/subuid; mount --bind $T/sub /etc/subgid; exec "\$@"
    X
    export LIB; export -f engine; unshare -m --propagation private bash $T/start bash -c 'engine start --userns-remap=300000' && image $BB
$ docker run --privileged $BB true
= 125
err~ privileged mode is incompatible with user namespaces\.  You must run the container in the host namespace when running privileged mode
$ docker run --network host $BB true
= 125
err~ cannot share the host's network namespace when user namespaces are enabled
$ docker run --pid host $BB true
= 125
err~ cannot share the host PID namespace when user namespaces are enabled
$ docker run --rm --privileged --network host --userns=host $BB id -u
out= 0

== userns.shared [engine proa]: a container that joins another's namespaces joins its users
$ printf '300000:300000:65536\n' > $T/sub; cat > $T/start <<X
    mount --bind $T/sub /etc/subuid; mount --bind $T/sub /etc/subgid; exec "\$@"
    X
    export LIB; export -f engine; unshare -m --propagation private bash $T/start bash -c 'engine start --userns-remap=300000' && image $BB
$ docker run -d --name $N --ipc shareable $BB sleep 600 > /dev/null; docker run --rm --network container:$N --pid container:$N --ipc container:$N $BB sh -c 'ps | grep -c "sleep 60[0]"; readlink /proc/self/ns/user; readlink /proc/1/ns/user' > $T/out; cat $T/out | head -1; tail -n 2 $T/out | uniq | wc -l
out= 1\n1

== userns.no-ranges [proa]: a user without subordinate ids is named
$ $PROAD --data-root $T/d --exec-root $T/x --userns-remap=nobody; echo $?; pgrep -f "dev.proa.shim.*$T/x"
= *
out= 1
err~ failed to start daemon: can't create ID mappings: no subuid ranges found for user "nobody"
