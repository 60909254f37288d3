# logs.

== logs.tail: --tail counts lines from the end
$ docker run --name $N $BB seq 10 >/dev/null; docker logs --tail 3 $N; echo --; docker logs --tail 0 $N; echo --; docker logs -n 100 $N | wc -l; docker logs --tail all $N | wc -l
out= 8\n9\n10\n--\n--\n10\n10

== logs.tail-bad: a count that is no number shows all
$ docker run --name $N $BB seq 4 >/dev/null; docker logs --tail nosuch $N | wc -l
out= 4

== logs.timestamps: -t puts the time before each line
$ docker run --name $N $BB echo line >/dev/null; docker logs -t $N
out~ ^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line$

== logs.since-until: --since and --until cut by time
$ docker run --name $N $BB sh -c 'echo one; sleep 1.2; echo two; sleep 1.2; echo three' >/dev/null; t=$(docker logs -t $N | sed -n '2s/ .*//p'); docker logs --since $t $N; echo --; docker logs --until $t $N; echo --; docker logs --since 1h $N | wc -l; docker logs --until 1h $N | wc -l
out= two\nthree\n--\none\ntwo\n--\n3\n0

== logs.since-bad: a time that is none is refused
$ docker create --name $N $BB true >/dev/null; docker logs --since nosuch $N
= 1
err~ (?i)invalid value for "since": failed to parse value as time or duration: "nosuch"|failed to parse|invalid

== logs.follow-tail: -f with --tail begins near the end
$ docker run -d --name $N $BB sh -c 'seq 5; sleep 1; echo new' >/dev/null; sleep 0.5; docker logs -f --tail 1 $N
out= 5\nnew

== logs.follow-before-start: -f on a container that was only created shows what comes
$ docker create --name $N $BB sh -c 'echo a; sleep 0.3; echo b' >/dev/null; docker start $N >/dev/null; docker logs -f $N
out= a\nb

== logs.follow-killed: -f ends when the container is killed
$ docker run -d --name $N $BB sh -c 'echo up; sleep 60' >/dev/null; (sleep 1; docker kill $N >/dev/null) & timeout 15 docker logs -f $N
= 0
out= up

== logs.follow-removed: -f ends when the container is removed
$ docker run -d --name $N $BB sh -c 'echo up; sleep 60' >/dev/null; (sleep 1; docker rm -f $N >/dev/null) & timeout 15 docker logs -f $N
= *
out= up

== logs.order: standard output and error keep their order
$ docker run --name $N $BB sh -c 'for i in 1 2 3 4 5 6; do echo o$i; sleep 0.05; echo e$i >&2; sleep 0.05; done' >/dev/null 2>&1; docker logs $N 2>&1 | tr '\n' ' '
out= o1 e1 o2 e2 o3 e3 o4 e4 o5 e5 o6 e6

== logs.tty: the log of a terminal is one stream with its line ends
$ docker run -t --name $N $BB sh -c 'echo o; echo e >&2' >/dev/null; docker logs $N | od -c | head -2
out~ o +\\r +\\n +e +\\r +\\n

== logs.binary: bytes that are no text come back, bad UTF-8 as Docker writes it
$ docker run --name $N $BB printf 'a\0b\033[1mc\n' >/dev/null; docker logs $N | od -An -c | tr -s ' '
out~ a \\0 b 033 \[ 1 m c \\n

== logs.utf8: text in UTF-8 comes back as it is
$ docker run --name $N $BB echo 'ü€😀 "quoted" \back' >/dev/null; docker logs $N
out= ü€😀 "quoted" \back

== logs.empty-lines: empty lines are kept
$ docker run --name $N $BB printf '\n\na\n\n' >/dev/null; docker logs $N | wc -l
out= 4

== logs.many: two hundred thousand lines, none lost, none twice
$ docker run --name $N $BB seq 200000 >/dev/null; docker logs $N | md5sum; seq 200000 | md5sum
out~ ^(\w{32}) +-\n\1 +-$

== logs.partial-flush: what has no end of line yet is shown when the container ends
$ docker run --name $N $BB sh -c 'printf a; sleep 0.3; printf b' >/dev/null; docker logs $N
out= ab

== logs.across-starts: the log goes on over several starts
$ docker run --name $N $BB echo again >/dev/null; docker start -a $N >/dev/null; docker logs $N
out= again\nagain

== logs.unknown: the log of an unknown container
$ docker logs $N-nosuch
= 1
err~ Error response from daemon: No such container: $N-nosuch

== logs.created: a container that has not run has an empty log
$ docker create --name $N $BB true >/dev/null; docker logs $N
out= 

== logs.driver-none: with --log-driver none there is no log to read
$ docker run --name $N --log-driver none $BB echo x; docker logs $N
= 1
out= x
err~ (?i)configured logging driver does not support reading

== logs.driver-unknown [noref]: an unknown log driver is refused
$ docker run --rm --log-driver nosuch $BB true
= 125
err~ (?i)error looking up logging plugin nosuch: plugin "nosuch" not found|no log driver named 'nosuch' is registered

== logs.max-size: max-size and max-file bound the log
$ docker run --name $N --log-opt max-size=20k --log-opt max-file=2 $BB seq 20000 >/dev/null; docker logs $N | tail -1; n=$(docker logs $N | wc -l); [ $n -lt 5000 ] && echo bounded
out= 20000\nbounded

== logs.api-stream-kinds: the API frames each stream with its number
$ docker run --name $N $BB sh -c 'echo o; sleep 0.1; echo e >&2' >/dev/null 2>&1; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/$N/logs?stdout=1&stderr=1" | od -An -tx1 | tr -d ' \n'
out= 01000000000000026f0a0200000000000002650a

== logs.api-one-stream: the API gives one stream alone
$ docker run --name $N $BB sh -c 'echo o; echo e >&2' >/dev/null 2>&1; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/$N/logs?stderr=1" | od -An -c | tr -s ' '
out~ 002 \\0 \\0 \\0 \\0 \\0 \\0 002 e \\n

== logs.api-content-type [since28]: the API says which kind of stream it is
$ docker run --name $N $BB echo x >/dev/null; docker run -t --name $N-t $BB echo x >/dev/null; for n in $N $N-t; do curl -sS -o /dev/null -D - --unix-socket $SOCK "http://d/v1.44/containers/$n/logs?stdout=1" | grep -i '^content-type'; done
out~ (?i)application/vnd\.docker\.multiplexed-stream
out~ (?i)application/vnd\.docker\.raw-stream

== logs.rm-follow-many: ten followers at once all see all
$ docker run -d --name $N $BB sh -c 'sleep 1; seq 500; sleep 0.2' >/dev/null; for i in $(seq 10); do docker logs -f $N | md5sum & done | sort -u | wc -l; seq 500 | md5sum | cut -c1-8 > $T/want; docker logs $N | md5sum | cut -c1-8 | diff - $T/want && echo whole
out= 1\nwhole

== logs.local: the local driver keeps what json-file keeps, and rotates by itself
$ docker run --name $N --log-driver local $BB sh -c 'echo a; echo b >&2'; docker logs $N 2>&1 | sort; docker inspect -f '{{.HostConfig.LogConfig.Type}}|{{.LogPath}}|' $N
out~ ^a\nb\nlocal\|\|$
$ docker run --rm --log-driver local --log-opt nosuch=1 $BB true
= 125
err~ unknown log opt 'nosuch' for log driver local

== logs.no-byte-lost [slow]: of 16 MiB that a container prints no byte is lost, neither in the log nor at a client that is attached
$ docker run --name $N $BB sh -c 'seq 1 9000000 | head -c 16777216' | sha256sum | cut -c1-16; docker logs $N | sha256sum | cut -c1-16; { seq 1 9000000 2>/dev/null || :; } | head -c 16777216 | sha256sum | cut -c1-16
out~ (?s)^([0-9a-f]{16})\n\1\n\1\n
