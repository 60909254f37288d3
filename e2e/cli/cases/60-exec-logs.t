== exec.basic: exec runs a command in the container
$ docker run -d --name $N -e A=1 $BB sleep 60 >/dev/null; docker exec $N sh -c 'echo $A; hostname' | sed -n 1p
out= 1

== exec.stdin: exec -i passes standard input
$ docker run -d --name $N $BB sleep 60 >/dev/null; echo in | docker exec -i $N cat
out= in

== exec.streams: exec keeps the two streams apart
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N sh -c 'echo o; echo e >&2'
out= o
err= e

== exec.user-unknown: exec with an unknown user fails
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker exec -u nosuch $N true
= !0
all~ unable to find user nosuch: no matching entries in passwd file

== exec.api-no-cmd: an exec without a command is 400
$ docker run -d --name $N $BB sleep 60 >/dev/null; api POST /v1.44/containers/$N/exec '{}'
out~ (?i)No exec command specified
out~ ^HTTP 400$

== exec.api-unknown-id: an unknown exec id is 404
$ api GET /v1.44/exec/0123456789ab/json
out~ No such exec instance: 0123456789ab
out~ ^HTTP 404$

== attach.output: attach shows later output and takes the exit code
$ docker run -d --name $N $BB sh -c 'sleep 1; echo late; exit 12' >/dev/null; docker attach $N
= 12
out= late

== logs.basic: logs keep the two streams apart
$ docker run --name $N $BB sh -c 'echo o; echo e >&2' >/dev/null 2>&1; docker logs $N
out= o
err= e

== logs.follow: -f ends with the container and shows all
$ docker run -d --name $N $BB sh -c 'for i in 1 2 3; do echo $i; sleep 0.3; done' >/dev/null; docker logs -f $N
out= 1\n2\n3

== logs.partial: a line without its end is kept
$ docker run --name $N $BB printf 'no newline' >/dev/null; docker logs $N
out= no newline

== logs.long-line: a very long line comes back whole
$ docker run --name $N $BB sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo' >/dev/null; docker logs $N | tr -d '\n' | wc -c
out= 100000

== logs.api-no-stream: the API wants one of stdout and stderr
$ docker create --name $N $BB true >/dev/null; api GET /v1.44/containers/$N/logs
out~ Bad parameters: you must choose at least one stream
out~ ^HTTP 400$

== attach.api-upgrade [since28]: attach upgrades the connection
$ docker run -di --name $N $BB cat >/dev/null; python3 - <<'P'
    import socket,os,time
    s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SOCK'])
    s.sendall(("POST /v1.44/containers/%s/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n" % os.environ['N']).encode())
    s.settimeout(5); b=b''
    while b'\r\n\r\n' not in b: b+=s.recv(4096)
    h,rest=b.split(b'\r\n\r\n',1); print(h.split(b'\r\n')[0].decode())
    print([l for l in h.decode().lower().split('\r\n') if l.startswith('content-type')][0])
    s.sendall(b'ping\n')
    while len(rest)<13: rest+=s.recv(4096)
    print(rest.hex())
    P
out~ ^HTTP/1\.1 101
out~ ^content-type: application/vnd\.docker\.(multiplexed|raw)-stream
out~ ^010000000000000570696e670a$
