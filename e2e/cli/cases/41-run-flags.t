# docker run: what each flag of the first issue does, and what it says to bad input.

== run.exit-codes: the client's exit status is the command's
$ for i in 0 1 42 125 126 127 255; do docker run --rm $BB sh -c "exit $i"; echo -n "$? "; done
out= 0 1 42 125 126 127 255

== run.exit-signal: a command ended by a signal gives 128 and the signal
$ docker run --name $N $BB sh -c 'sh -c "kill -KILL \$PPID" & wait'; docker run --rm --init $BB sh -c 'kill -TERM $$'
= 143

== run.detached: -d prints the full id and leaves the container running
$ id=$(docker run -d --name $N $BB sleep 60); docker inspect -f '{{.Id}} {{.State.Status}} {{.State.Running}}' $N | grep -x "$id running true" | wc -c
out= 78

== run.rm: --rm removes the container when it ends
$ docker run --rm --name $N $BB true; docker inspect $N
= 1
err~ (?i)no such object: $N

== run.rm-detached: --rm works in the background too
$ docker run -d --rm --name $N $BB sleep 0.3 >/dev/null
$10 docker inspect $N
= 1

== run.rm-anonymous-volumes: --rm removes anonymous volumes, and only those
$ docker run --rm -v /anon -v $N:/named $BB sh -c 'grep -c -E " /(anon|named) " /proc/mounts; echo kept > /named/f'; docker run --rm -v $N:/named $BB cat /named/f
out= 2\nkept

== run.not-found: an unknown command gives 127, the words and no container that ran
$ docker run --name $N $BB nosuchcommand
= 127
err~ docker: Error response from daemon: .*exec: "nosuchcommand": executable file not found in \$PATH
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' $N; docker inspect -f '{{.State.Error}}' $N
out~ ^created 127 0$
out~ executable file not found in \$PATH

== run.not-found-path: an unknown path gives 127
$ docker run --rm $BB /no/such/command
= 127
err~ exec: "/no/such/command": stat /no/such/command: no such file or directory

== run.not-found-relative: a relative path is looked up in the working directory
$ docker run --rm -w /bin $BB ./busybox echo hi; docker run --rm $BB ./nosuch
= 127
out= hi
err~ exec: "./nosuch": stat ./nosuch: no such file or directory

== run.is-a-folder: a folder as the command gives 126
$ docker run --rm $BB /etc
= 126
err~ exec: "/etc": (is a directory|permission denied)

== run.not-executable-path: PATH is searched for what can be executed
$ docker run --rm -e PATH=/etc:/bin $BB passwd --help
= *
out!~ root:x
$ docker run --rm -e PATH=/etc $BB group
= 127
err~ exec: "group": executable file not found in \$PATH

== run.no-path: an empty PATH finds nothing
$ docker run --rm -e PATH= $BB echo x
= 127
err~ executable file not found in \$PATH

== run.exec-format: a file that is no program fails
$ docker run --rm $BB sh -c 'printf junk > /tmp/j; chmod 755 /tmp/j; exec /tmp/j' ; docker run --name $N -v /etc/hostname:/j:ro --entrypoint /j $BB
= !0
err~ .

== run.no-command: an image without a command wants one
$ image $N >/dev/null; docker run --rm $N
= 125
err~ (?i)no command specified

== run.unknown-image: an unknown image without a registry is an error of the daemon
$ docker run --rm 127.0.0.1:1/nosuch true
= 125
err~ Unable to find image '127\.0\.0\.1:1/nosuch:latest' locally
err~ docker: Error response from daemon: .*127\.0\.0\.1:1.*connection refused

== run.bad-image: an image name that is no reference is refused
$ docker run --rm 'Not//valid' true
= 125
err~ invalid reference format

== run.name-taken: a name in use is a conflict that says who has it
$ id=$(docker create --name $N $BB true); docker run --name $N $BB true 2>&1 | grep -o "Conflict. The container name \"/$N\" is already in use by container \"$id\". You have to remove (or rename) that container to be able to reuse that name." | wc -l; docker run --name $N $BB true
= 125
out= 1
err~ Conflict\.

== run.name-one-letter: a name has at least two characters
$ docker run --rm --name x $BB true
= 125
err~ Invalid container name \(x\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed

== run.name-generated: without a name one is made up of two words
$ id=$(docker create $BB true); docker inspect -f '{{.Name}}' $id; docker rm $id >/dev/null
out~ ^/[a-z]+_[a-z0-9]+$

== run.stdin: -i passes standard input and its end
$ printf 'a\nb\n' | docker run --rm -i $BB wc -l
out= 2

== run.stdin-closed: without -i standard input is empty
$ echo x | docker run --rm $BB wc -c
out= 0

== run.stdin-big: megabytes go through both ways at once
$ head -c 20000000 /dev/zero | docker run --rm -i $BB cat | wc -c
out= 20000000

== run.stdin-early-end: a command that does not read its input ends all the same
$ head -c 5000000 /dev/zero | timeout $API_SECONDS docker run --rm -i $BB sh -c 'head -c 10 | wc -c; exit 4'
= 4
out= 10

== run.attach-one: -a takes one stream
$ docker run --rm -a stderr $BB sh -c 'echo o; echo e >&2'
out= 
err= e

== run.tty: -t gives a terminal of its own
$ tty docker run --rm -t $BB sh -c 'test -t 0 && test -t 1 && test -t 2 && echo terminal; tty; echo $TERM; ls -l /proc/1/fd/0'
out~ ^terminal
out~ ^/dev/pts/0|^/dev/console
out~ ^xterm
out~ /dev/pts/0

== run.tty-console: /dev/console is the container's terminal
$ tty docker run --rm -t $BB sh -c 'echo through-console > /dev/console; stat -c "%t:%T %F" /dev/console'
out~ through-console
out~ character special file

== run.tty-no-input: -it wants a terminal on the client's side
$ docker run --rm -it $BB true < /dev/null
= *
all~ (?i)(the input device is not a TTY|cannot attach stdin to a TTY-enabled container because stdin is not a terminal)

== run.tty-interactive: what is typed reaches the shell, ^D ends it
$ printf 'echo sum $((20+22))\nexit 6\n' > $T/in; python3 - <<'P'
    import os,pty,sys,time,select
    pid,fd=pty.fork()
    if pid==0: os.execvp("docker",["docker","run","--rm","-it",os.environ["BB"],"sh"])
    out=b""; sent=0; end=time.time()+20
    while time.time()<end:
        r,_,_=select.select([fd],[],[],0.2)
        if r:
            try: d=os.read(fd,4096)
            except OSError: break
            if not d: break
            out+=d
        if sent==0 and b"#" in out: os.write(fd,b"echo sum $((20+22))\n"); sent=1
        if sent==1 and b"sum 42" in out: os.write(fd,b"exit 6\n"); sent=2
    _,st=os.waitpid(pid,0); print(out.decode(errors="replace")); print("status",os.waitstatus_to_exitcode(st))
    P
out~ sum 42
out~ ^status 6$

== run.tty-interrupt: ^C reaches the process in the foreground
$ python3 - <<'P'
    import os,pty,time,select
    pid,fd=pty.fork()
    if pid==0: os.execvp("docker",["docker","run","--rm","-it",os.environ["BB"],"sh","-c","trap 'echo got-int; exit 9' INT; echo ready; while :; do sleep 0.1; done"])
    out=b""; sent=False; end=time.time()+20
    while time.time()<end:
        r,_,_=select.select([fd],[],[],0.2)
        if r:
            try: d=os.read(fd,4096)
            except OSError: break
            if not d: break
            out+=d
        if not sent and b"ready" in out: os.write(fd,b"\x03"); sent=True
    _,st=os.waitpid(pid,0); print(out.decode(errors="replace")); print("status",os.waitstatus_to_exitcode(st))
    P
out~ got-int
out~ ^status 9$

== run.env: -e sets, takes over and --env-file reads variables
$ printf 'F1=one two\n# comment\nF2\n' > $T/env; A=outer F2=taken docker run --rm -e A -e B=2=3 -e EMPTY= -e UNSET_HERE --env-file $T/env $BB env | grep -E '^(A|B|EMPTY|F1|F2|UNSET_HERE)=' | sort
out= A=outer\nB=2=3\nEMPTY=\nF1=one two\nF2=taken

== run.env-default: PATH, HOSTNAME and HOME are there, nothing of the daemon's is
$ docker run --rm --hostname hn $BB env | sort
out= HOME=/root\nHOSTNAME=hn\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

== run.env-image: the image's variables hold unless overridden
$ image $N 'ENV A=image B=image PATH=/bin' >/dev/null; docker run --rm -e B=run $N /bin/sh -c 'echo $A $B'
out= image run

== run.env-bad: a variable without a name is refused
$ docker run --rm -e =x $BB true
= 125
err~ invalid environment variable: =x

== run.workdir: -w sets the working directory and makes it
$ docker run --rm -w /new/folder $BB sh -c 'pwd; stat -c "%a %u:%g" .'
out= /new/folder\n755 0:0

== run.workdir-relative: a relative working directory is refused
$ docker run --rm -w rel $BB pwd
= 125
err~ the working directory 'rel' is invalid, it needs to be an absolute path

== run.workdir-file: a working directory that is a file fails
$ docker run --rm -w /etc/passwd $BB pwd
= !0
err~ (?i)not a directory

== run.workdir-link: a working directory through a link of the image stays inside
$ python3 $LIB/evil.py $T/i.tar $N:w "esc->/../../../../../../../../tmp"; docker load -qi $T/i.tar >/dev/null; docker run --rm -w /esc/$N-dir $N:w pwd; ls -d /tmp/$N-dir
= 2
out~ ^/tmp/$N-dir$

== run.user-number: -u with numbers
$ docker run --rm -u 1234:5678 $BB id
out= uid=1234 gid=5678 groups=5678

== run.user-number-only: a number without a group has group 0
$ docker run --rm -u 1234 $BB sh -c 'id -u; id -g; id -G'
out= 1234\n0\n0

== run.user-name: a name brings its group, further groups and home
$ docker run --rm -u app $BB sh -c 'id; echo $HOME'
out= uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)\n/home/app

== run.user-name-group: a name and a group
$ docker run --rm -u app:daemon $BB sh -c 'id -u; id -g'; docker run --rm -u daemon:1000 $BB sh -c 'id -un; id -gn'
out= 1000\n1\ndaemon\napp

== run.user-group-unknown: an unknown group is refused
$ docker run --rm -u app:nosuch $BB true
= 125
err~ unable to find group nosuch: no matching entries in group file

== run.user-number-home: a number without an entry has home /
$ docker run --rm -u 4321 $BB sh -c 'echo $HOME'
out= /

== run.user-range: a number out of range is refused
$ docker run --rm -u 99999999999 $BB true
= 125
err~ (?i)(uids and gids must be in range 0-2147483647|unable to find user 99999999999)

== run.group-add: --group-add adds groups by name and number
$ docker run --rm --group-add wheel --group-add 4444 -u app $BB sh -c 'id -G | tr " " "\n" | sort -n | tr "\n" " "'
out= 10 1000 2000 4444

== run.hostname: --hostname sets name, HOSTNAME and files
$ docker run --rm --hostname my-host $BB sh -c 'hostname; cat /etc/hostname; echo $HOSTNAME'
out= my-host\nmy-host\nmy-host

== run.hostname-default: the name is the id's first twelve digits
$ docker run --name $N $BB hostname > $T/h; docker inspect -f '{{.Id}}' $N | cut -c1-12 | diff - $T/h && docker inspect -f '{{.Config.Hostname}}' $N | diff - $T/h && echo same
out= same

== run.domainname: --domainname is the kernel's domain name
$ docker run --rm --hostname h --domainname example.org $BB sh -c 'cat /proc/sys/kernel/domainname; hostname'
out= example.org\nh

== run.hosts: /etc/hosts has localhost and --add-host's lines, and can be written
$ docker run --rm --add-host other:10.1.2.3 $BB sh -c 'cat /etc/hosts; echo "1.1.1.1 x" >> /etc/hosts && grep -c "1.1.1.1 x" /etc/hosts'
out~ ^127\.0\.0\.1\s+localhost
out~ ^10\.1\.2\.3\s+other
out~ ^1$

== run.resolv-conf: --dns, --dns-search and --dns-option are in resolv.conf
$ docker run --rm --network none --dns 10.9.8.7 --dns-search example.org --dns-option ndots:3 $BB cat /etc/resolv.conf
out~ ^nameserver 10\.9\.8\.7$
out~ ^search example\.org$
out~ ^options ndots:3$

== run.dns-bad: a name server that is no address is refused
$ docker run --rm --dns nosuch $BB true
= 125
err~ (?i)(invalid argument "nosuch" for "--dns" flag|nosuch is not an ip address|bad nameserver address)

== run.entrypoint-args: --entrypoint and the command are put together
$ image $N 'ENTRYPOINT ["echo","from-image"]' 'CMD ["cmd"]' 'ENV PATH=/bin' >/dev/null; docker run --rm $N; docker run --rm $N x y; docker run --rm --entrypoint /bin/echo $N z; docker run --rm --entrypoint /bin/echo $N
out= from-image cmd\nfrom-image x y\nz\n

== run.read-only: --read-only makes the root read-only, not /dev/shm and volumes
$ docker run --rm --read-only -v $N:/v --tmpfs /t $BB sh -c 'touch /x; echo $?; touch /v/x /t/x /dev/shm/x && echo ok; touch /etc/hosts; echo $?'
out= 1\nok\n1
err~ (?i)touch: /x: Read-only file system

== run.tmpfs-default: --tmpfs is empty, not executable, mode 1777 where there was nothing
$ docker run --rm --tmpfs /home --tmpfs /new $BB sh -c 'ls -A /home | wc -l; grep " /home " /proc/mounts; stat -c %a /new'
out~ ^0$
out~ tmpfs /home tmpfs rw,nosuid,nodev,noexec,relatime
out~ ^1777$

== run.tmpfs-bad: a bad option of --tmpfs is refused
$ docker run --rm --tmpfs /t:nosuch=1 $BB true
= 125
err~ (?i)invalid tmpfs option \["nosuch" "1"\]

== run.tmpfs-relative: a relative path of --tmpfs is refused
$ docker run --rm --tmpfs rel $BB true
= 125
err~ (?i)(invalid mount path: 'rel'|mount path must be absolute)

== run.shm-size: /dev/shm has 64 MiB, or what --shm-size says
$ docker run --rm $BB grep ' /dev/shm ' /proc/mounts; docker run --rm --shm-size 1m $BB grep ' /dev/shm ' /proc/mounts
out~ ^shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k
out~ ^shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k

== run.network-none: without a network there is loopback, and it is up
$ docker run --rm --network none $BB sh -c 'ls /sys/class/net; ip addr show lo | grep -c "127.0.0.1/8"; ping -c1 -W1 127.0.0.1 >/dev/null && echo reachable; ip route | wc -l'
out= lo\n1\nreachable\n0

== run.network-host: with the host's network the container sees the daemon's links
$ docker run --rm --network host $BB sh -c 'readlink /proc/self/ns/net' > $T/in; readlink /proc/self/ns/net | diff - $T/in && docker inspect -f x $BB
out= x
$ docker run --rm --network host $BB sh -c 'ip addr show lo' | grep -c 127.0.0.1/8
out= 1

== run.network-host-hostname: with the host's network the host's name is the default
$ docker run --rm --network host $BB hostname | diff - <(hostname) && echo same
out= same

== run.network-unknown: an unknown network is refused and leaves no container that runs
$ docker run --name $N --network nosuch-$N $BB true
= 125
err~ (?i)docker: Error response from daemon: (failed to set up container networking: )?network nosuch-$N not found

== run.network-default [noref]: the default network is a bridge, with a default route
$ docker run --rm $BB sh -c 'ls /sys/class/net; ip route | grep -c "^default via"'
out= eth0\nlo\n1

== run.label: --label and --label-file
$ printf 'f=1\n# c\n' > $T/l; docker create --name $N --label a=b --label empty --label-file $T/l $BB true >/dev/null; docker inspect -f '{{json .Config.Labels}}' $N
out= {"a":"b","empty":"","f":"1"}

== run.ulimit: --ulimit holds
$ docker run --rm --ulimit nofile=512:1024 --ulimit nproc=999 $BB sh -c 'ulimit -n; ulimit -Hn; grep processes /proc/self/limits'
out~ ^512\n1024\nMax processes +999 +999

== run.ulimit-bad: a bad limit is refused
$ docker run --rm --ulimit nosuch=1 $BB true
= 125
err~ (?i)invalid (argument "nosuch=1" for "--ulimit" flag: invalid ulimit type: nosuch|ulimit)

== run.stop-timeout: --stop-timeout is how long stop waits
$ docker run -d --name $N --stop-timeout 1 $BB sh -c 'trap "" TERM; while :; do sleep 0.1; done' >/dev/null; a=$(date +%s); docker stop $N >/dev/null; b=$(date +%s); [ $((b-a)) -le 5 ] && docker inspect -f '{{.State.ExitCode}}' $N
out= 137

== run.stop-signal-image: the image's stop signal is used
$ docker create --name $N --stop-signal QUIT $BB true >/dev/null; docker inspect -f '{{.Config.StopSignal}}' $N
out= QUIT

== run.stop-signal-bad: an unknown stop signal is refused
$ docker run --rm --stop-signal NOSUCH $BB true
= 125
err~ (?i)invalid signal: NOSUCH

== run.init-reaps: with --init orphans are reaped, signals are passed on
$ docker run -d --name $N --init $BB sh -c 'for i in 1 2 3 4 5; do sh -c "sleep 0.1 & exit"; done; trap "exit 33" TERM; while :; do sleep 0.1; done' >/dev/null; sleep 1; docker exec $N sh -c 'ps -o stat | grep -c Z'; docker stop -t 5 $N >/dev/null; docker inspect -f '{{.State.ExitCode}}' $N
= 0
out= 0\n33

== run.init-not-found: --init with an unknown command gives 127
$ docker run --rm --init $BB nosuchcommand
= 127
all~ (?i)nosuchcommand

== run.pid-host: --pid host sees the host's processes
$ docker run --rm --pid host $BB sh -c 'readlink /proc/self/ns/pid' > $T/in; readlink /proc/self/ns/pid | diff - $T/in && echo same
out= same

== run.ipc-host: --ipc host shares the host's
$ docker run --rm --ipc host $BB readlink /proc/self/ns/ipc > $T/in; readlink /proc/self/ns/ipc | diff - $T/in && echo same
out= same

== run.uts-host: --uts host has the host's name
$ docker run --rm --uts host $BB hostname | diff - <(hostname) && echo same
out= same

== run.pid-container: --pid container: joins another container's processes
$ docker run -d --name $N $BB sleep 4242 >/dev/null; docker run --rm --pid container:$N $BB ps
out~ sleep 4242

== run.network-container: --network container: shares another container's network
$ docker run -d --name $N --network none $BB sleep 60 >/dev/null; a=$(docker exec $N readlink /proc/self/ns/net); b=$(docker run --rm --network container:$N $BB readlink /proc/self/ns/net); [ $a = $b ] && echo same
out= same

== run.platform-other: another platform than the image's is refused or warned of
$ docker run --rm --pull never --platform linux/s390x $BB true
= *
all~ (?i)(s390x|platform)

== run.many-args: an argument list of 100 KB arrives whole
$ docker run --rm $BB sh -c 'echo $#' x $(seq -s ' ' 20000) 
out= 20000

== run.binary-args: arguments with spaces, quotes, newlines and UTF-8 arrive as they are
$ docker run --rm $BB printf '[%s]' 'a b' '"q"' "it's" $'new\nline' 'ü€😀' ''
out= [a b]["q"][it's][new\nline][ü€😀][]

== run.parallel: twenty containers at once all run
$ for i in $(seq 20); do docker run --rm --network none $BB echo ran & done | sort | uniq -c | tr -s ' '
out= 20 ran

== run.link: a link on the default network gives variables and a second name, which can be removed
$ docker run -d --name $N-a --expose 80 --expose 53/udp -e K=v $BB sleep 60 >/dev/null; docker run --name $N-b --link $N-a:my-db $BB env
out~ ^MY_DB_PORT=udp://[\d.]+:53$
out~ ^MY_DB_PORT_80_TCP=tcp://[\d.]+:80$
out~ ^MY_DB_PORT_80_TCP_ADDR=[\d.]+$
out~ ^MY_DB_PORT_53_UDP_PROTO=udp$
out~ ^MY_DB_NAME=/$N-b/my-db$
out~ ^MY_DB_ENV_K=v$
out!~ MY_DB_ENV_PATH
$ docker inspect -f '{{json .HostConfig.Links}}' $N-b; docker ps -a --no-trunc --format '{{.Names}}' | tr ',' '\n' | sort
out~ ^\["/$N-a:/$N-b/my-db"\]$
out~ ^$N-b/my-db$
$ docker rm --link /$N-b/my-db; docker inspect -f '{{json .HostConfig.Links}}' $N-b; docker rm --link $N-b/nosuch
= 1
out~ ^(\[\]|null)$
err~ (?i)no such|could not get container

== ps.filter-publish: by published and exposed ports
$ docker run -d --name $N -p 127.0.0.1::8080 --expose 53/udp $BB sleep 60 >/dev/null; h=$(docker port $N 8080 | cut -d: -f2); for f in publish=8080 publish=$h publish=8000-8100/tcp expose=53/udp expose=50-60/udp publish=81 publish=8080/udp expose=54/udp; do docker ps --filter $f --format "$f {{.Names}}" | grep $N; done | cut -d' ' -f1 | sed "s/$h/HOST/"; true
out~ ^publish=8080$
out~ ^publish=HOST$
out~ ^publish=8000-8100/tcp$
out~ ^expose=53/udp$
out~ ^expose=50-60/udp$
out!~ publish=81|8080/udp|54

== run.dockerenv: the file by which programs know that they are in a container
$ docker run --rm $BB stat -c '%s %F' /.dockerenv; docker run --rm --read-only $BB stat -c '%s %F' /.dockerenv
out= 0 regular empty file\n0 regular empty file
$ docker run --name $N $BB true; docker diff $N; docker export $N | tar t | grep -c '^\.dockerenv$'
out= 1
