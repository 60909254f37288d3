# exec and attach.

== exec.exit-code: the exit status is the command's
$ docker run -d --name $N $BB sleep 60 >/dev/null; for i in 0 1 42 126 127 255; do docker exec $N sh -c "exit $i"; echo -n "$? "; done
out= 0 1 42 126 127 255

== exec.signal: a command ended by a signal gives 128 and the signal
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N sh -c 'kill -9 $$'
= 137

== exec.not-found [since28]: an unknown command gives 127 and the words
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N nosuchcommand
= 127
all~ exec: "nosuchcommand": executable file not found in \$PATH

== exec.not-executable: what cannot be executed gives 126
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N /etc/passwd
= 126
all~ (?i)permission denied

== exec.stopped: exec in a container that does not run is a conflict
$ docker create --name $N $BB true >/dev/null; docker exec $N true
= 1
err~ Error response from daemon: [Cc]ontainer [0-9a-f]{64} is not running

== exec.unknown: exec in an unknown container fails
$ docker exec $N-nosuch true
= 1
err~ Error response from daemon: No such container: $N-nosuch

== exec.env: -e, and the container's own variables
$ docker run -d --name $N -e A=1 -e B=1 $BB sleep 60 >/dev/null; docker exec -e B=2 -e C=3 $N sh -c 'echo $A $B $C $HOME'
out= 1 2 3 /root

== exec.workdir: -w, and the container's own folder
$ docker run -d --name $N -w /tmp $BB sleep 60 >/dev/null; docker exec $N pwd; docker exec -w /etc $N pwd
out= /tmp\n/etc

== exec.workdir-missing: a folder that is not there fails
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec -w /nosuch $N pwd
= !0
all~ (?i)(no such file or directory|chdir to cwd)

== exec.user: -u, and the container's own user
$ docker run -d --name $N -u 1000 $BB sleep 60 >/dev/null; docker exec $N id -u; docker exec -u 0 $N id -u; docker exec -u app:extra $N sh -c 'id -un; id -gn'
out= 1000\n0\napp\nextra

== exec.caps: an exec has the container's capabilities
$ docker run -d --name $N --cap-drop ALL --cap-add KILL $BB sleep 60 >/dev/null; docker exec $N grep -E 'CapEff|CapBnd|Seccomp:|NoNewPrivs' /proc/self/status
out~ CapEff:\s+0000000000000020
out~ CapBnd:\s+0000000000000020
out~ Seccomp:\s+2

== exec.privileged [noref]: --privileged gives an exec all capabilities
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec --privileged $N grep CapEff /proc/self/status
out~ CapEff:\s+0000(01ff|03ff)f[ef]ffffff

== exec.namespaces: an exec is in the container's namespaces
$ docker run -d --name $N --network none $BB sh -c 'for n in pid mnt ipc uts net cgroup; do readlink /proc/self/ns/$n; done; sleep 60' >/dev/null; sleep 0.3; docker exec $N sh -c 'for n in pid mnt ipc uts net cgroup; do readlink /proc/self/ns/$n; done' > $T/exec; docker logs $N | diff - $T/exec && echo same
out= same

== exec.cgroup: an exec is in the container's control group
$ docker run -d --name $N --pids-limit 8 $BB sleep 60 >/dev/null; docker exec $N sh -c 'i=0; while [ $i -lt 20 ]; do sleep 3 & i=$((i+1)); done; echo not reached'
= !0
out= 
$ docker exec $N true
= *

== exec.tty: exec -t has a terminal
$ docker run -d --name $N $BB sleep 60 >/dev/null; tty docker exec -t $N sh -c 'test -t 0 && test -t 1 && echo terminal; tty; echo $TERM'
out~ ^terminal
out~ ^/dev/pts/\d
out~ ^xterm

== exec.tty-size: exec -it has the client's size
$ docker run -d --name $N $BB sleep 60 >/dev/null; script -qec "stty rows 31 cols 79; docker exec -it $N sh -c 'sleep 0.5; stty size'" /dev/null
out~ 31 79

== exec.detached: exec -d comes back at once and the command goes on
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec -d $N sh -c 'sleep 0.3; touch /done'
out= 
$10 docker exec $N ls /done
out= /done

== exec.stdin-end: the end of standard input reaches the command
$ docker run -d --name $N $BB sleep 60 >/dev/null; seq 100000 | docker exec -i $N sh -c 'cat | md5sum' > $T/a; seq 100000 | md5sum | diff - $T/a && echo same
out= same

== exec.big-output: megabytes come back whole
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N head -c 20000000 /dev/zero | wc -c
out= 20000000

== exec.parallel: twenty execs at once
$ docker run -d --name $N $BB sleep 60 >/dev/null; for i in $(seq 20); do docker exec $N echo ran & done | sort | uniq -c | tr -s ' '
out= 20 ran

== exec.container-ends: an exec ends with its container
$ docker run -d --name $N $BB sleep 60 >/dev/null; (sleep 1; docker kill $N >/dev/null) & docker exec $N sleep 50
= 137

== exec.api: create, start, inspect by the API
$ docker run -d --name $N $BB sleep 60 >/dev/null; id=$(api POST /v1.44/containers/$N/exec '{"Cmd":["sh","-c","echo out; exit 5"],"AttachStdout":true}' | jq -r .Id 2>/dev/null | head -1); echo ${#id}; api POST /v1.44/exec/$id/start '{"Detach":false,"Tty":false}' | tr -d '\0\001\004' | grep -a -c out; curl -sS --unix-socket $SOCK http://d/v1.44/exec/$id/json | jq -r '[.Running,.ExitCode,.ProcessConfig.entrypoint,.ProcessConfig.arguments[0],.ProcessConfig.tty,.OpenStdout,.OpenStdin,(.ContainerID|length),.CanRemove]|map(tostring)|join(" ")'
out= 64\n1\nfalse 5 sh -c false true false 64 false

== exec.api-start-twice: an exec that has run cannot be started again
$ docker run -d --name $N $BB sleep 60 >/dev/null; id=$(api POST /v1.44/containers/$N/exec '{"Cmd":["true"]}' | head -1 | jq -r .Id); api POST /v1.44/exec/$id/start '{"Detach":true}' | tail -1; sleep 0.5; api POST /v1.44/exec/$id/start '{"Detach":true}'
out~ ^HTTP 200\n
out~ (?i)exec command [0-9a-f]{64} (has already run|is already running)
out~ ^HTTP 409$

== exec.api-stopped: the API refuses an exec in a stopped container
$ docker create --name $N $BB true >/dev/null; api POST /v1.44/containers/$N/exec '{"Cmd":["true"]}'
out~ (?i)container [0-9a-f]{64} is not running
out~ ^HTTP 409$

== exec.api-resize: resize of an exec that is not running fails
$ api POST "/v1.44/exec/0123456789ab/resize?h=10&w=10"
out~ No such exec instance: 0123456789ab
out~ ^HTTP 404$

== exec.ids: a running exec is listed with its container
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec -d $N sleep 30; docker inspect -f '{{len .ExecIDs}}' $N
out= 1

== exec.env-bad [since28]: the command is run with the container's PATH
$ docker run -d --name $N -e PATH=/nowhere $BB /bin/sleep 60 >/dev/null; docker exec $N ls
= 127
all~ exec: "ls": executable file not found in \$PATH

== attach.stdin: attach passes standard input
$ docker run -di --name $N $BB sh -c 'read x; echo got $x; exit 14' >/dev/null; (echo typed; sleep 1) | docker attach $N
= 14
out~ got typed

== attach.stopped: attach to a stopped container is refused
$ docker create --name $N $BB true >/dev/null; docker attach $N
= 1
err~ (?i)You cannot attach to a stopped container, start it first

== attach.unknown: attach to an unknown container fails
$ docker attach $N-nosuch
= 1
err~ (?i)no such container: $N-nosuch

== attach.several: two clients see the same output
$ docker run -d --name $N $BB sh -c 'sleep 1.5; echo both; sleep 0.2' >/dev/null; docker attach $N > $T/a & docker attach $N > $T/b & wait; cat $T/a $T/b
out= both\nboth

== attach.no-stdin: --no-stdin leaves the input alone
$ docker run -di --name $N $BB cat >/dev/null; echo x | timeout -s KILL 2 docker attach --no-stdin $N; docker logs $N
out= 

== attach.detach-keys: ^P^Q detaches and leaves the container running
$ python3 - <<'P'
    import os,pty,time,select
    n=os.environ["N"]
    pid,fd=pty.fork()
    if pid==0: os.execvp("docker",["docker","run","-it","--name",n,os.environ["BB"],"sh"])
    out=b""; step=0; end=time.time()+20
    while time.time()<end:
        r,_,_=select.select([fd],[],[],0.2)
        if r:
            try: d=os.read(fd,4096)
            except OSError: break
            if not d: break
            out+=d
        if step==0 and b"#" in out: os.write(fd,b"echo m$((1+1))m\n"); step=1
        if step==1 and b"m2m" in out: os.write(fd,b"\x10"); time.sleep(0.2); os.write(fd,b"\x11"); step=2
    _,st=os.waitpid(pid,0); print("status",os.waitstatus_to_exitcode(st))
    P
    docker inspect -f '{{.State.Status}}' $N
out~ ^status 0$
out~ ^running$

== attach.detach-keys-own: --detach-keys
$ docker run -dit --name $N $BB sh >/dev/null; python3 - <<'P'
    import os,pty,time,select
    n=os.environ["N"]
    pid,fd=pty.fork()
    if pid==0: os.execvp("docker",["docker","attach","--detach-keys","ctrl-x,x",n])
    time.sleep(1); os.write(fd,b"\x18"); time.sleep(0.2); os.write(fd,b"x")
    end=time.time()+10
    while time.time()<end:
        r,_,_=select.select([fd],[],[],0.2)
        if r:
            try:
                if not os.read(fd,4096): break
            except OSError: break
    _,st=os.waitpid(pid,0); print("status",os.waitstatus_to_exitcode(st))
    P
    docker inspect -f '{{.State.Status}}' $N
out~ ^status [01]$
out~ ^running$

== attach.client-killed: a client that is killed leaves the container running
$ docker run -i --name $N $BB sh -c 'while :; do echo x; sleep 0.1; done' >/dev/null & p=$!; sleep 1.5; kill -KILL $p; sleep 0.5; docker inspect -f '{{.State.Status}}' $N
out= running

== attach.logs-and-stream: attach with logs=1 gives what was written before as well
$ docker run -d --name $N $BB sh -c 'echo before; sleep 1.5; echo after' >/dev/null; sleep 0.7; curl -sS -m 10 --unix-socket $SOCK -X POST "http://d/v1.44/containers/$N/attach?logs=1&stream=1&stdout=1" | tr -d '\0\001\006\007'
out= before\nafter

== attach.slow-client: a client that does not read does not stop the container for ever
$ docker run -d --name $N $BB sh -c 'head -c 8000000 /dev/zero; echo done >/done; sleep 60' >/dev/null; python3 - <<'P' & 
    import socket,os,time
    s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SOCK'])
    s.sendall(("POST /v1.44/containers/%s/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n" % os.environ['N']).encode()); time.sleep(5)
    P
    sleep 0.1
$20 docker exec $N cat /done
out= done
