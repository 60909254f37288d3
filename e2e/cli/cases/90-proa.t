== proa.version [proa]: proa version names command and daemon
$ $(dirname $PROAD)/proa version --format '{{.Client.ApiVersion}} {{.Server.ApiVersion}}'
out= 1.51 1.51

== proa.version-plain [proa]: --version needs no daemon
$ $(dirname $PROAD)/proa -H unix:///nowhere --version
out~ ^Proa version \d

== proa.no-daemon [proa]: without a daemon the sentence names the socket
$ $(dirname $PROAD)/proa -H unix:///nowhere ps
= 1
err~ Cannot connect to the Proa daemon at unix:///nowhere\. Is the daemon running\?

== proa.suggestion [proa]: a mistyped verb is answered with the one it may have meant
$ $(dirname $PROAD)/proa imagse
= 1
err~ unknown command: proa imagse
err~ images

== proa.unknown-flag [proa]: an unknown flag is a usage error
$ $(dirname $PROAD)/proa ps --quite
= 125
err~ ^unknown flag: --quite$
err~ Did you mean --quiet\?
err~ Usage:  proa ps \[OPTIONS\]

== proa.help [proa]: help has examples
$ $(dirname $PROAD)/proa run --help
out~ Usage:  proa run \[OPTIONS\] IMAGE
out~ Examples:
out~ --memory-swap bytes

== proa.checkenv [proa]: checkenv says in words what there is
$ $(dirname $PROAD)/proa checkenv
out~ ^ok +kernel +Linux
out~ ^ok +cgroups
out~ containers can be run here

== proa.ps [proa]: ps, images and inspect show what docker shows
$ docker run -d --name $N $BB sleep 60 >/dev/null; P=$(dirname $PROAD)/proa
    diff <($P ps -q --no-trunc) <(docker ps -q --no-trunc) && diff <($P ps --format '{{.ID}} {{.Image}} {{.Command}} {{.Names}}') <(docker ps --format '{{.ID}} {{.Image}} {{.Command}} {{.Names}}')
    diff <($P images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | sort) <(docker images --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | sort) && diff <($P inspect $N | jq -S .) <(docker inspect $N | jq -S .) && echo same
out= same

== proa.run-streams [proa]: streams stay apart, the exit status comes through
$ $(dirname $PROAD)/proa run --rm $BB sh -c 'echo o; echo e >&2; exit 7'
= 7
out= o
err= e

== proa.run-stdin [proa]: input is binary clean
$ head -c 3000000 /dev/urandom > $T/a; $(dirname $PROAD)/proa run --rm -i $BB cat < $T/a | cmp - $T/a && echo same
out= same

== proa.run-errors [proa]: 127, 126 and 125 as docker gives them
$ $(dirname $PROAD)/proa run --rm $BB nosuch
= 127
err~ executable file not found
$ $(dirname $PROAD)/proa run --rm $BB /etc/passwd
= 126
$ $(dirname $PROAD)/proa run --rm --memory abc $BB true
= 125
err~ invalid argument "abc" for "-m, --memory" flag: invalid size: 'abc'
$ $(dirname $PROAD)/proa run --rm --pull never nosuch/$N true
= 125
err~ No such image: nosuch/$N:latest

== proa.run-detached [proa]: detached, logs, exec, stop, wait, rm
$ P=$(dirname $PROAD)/proa; $P run -d --name $N -e A=b $BB sh -c 'echo $A; exec sleep 60' >/dev/null; $P exec $N sh -c 'echo in; exit 3'; echo $?; $P logs $N; $P stop -t 0 $N; $P wait $N; $P rm $N
out~ (?s)^in\n3\nb\n$N\n137\n$N$

== proa.tty [proa]: a terminal in the container has the size of ours
$ tty sh -c "stty rows 33 cols 77; $(dirname $PROAD)/proa run --rm -it $BB sh -c 'tty; sleep 0.5; stty size'"
out~ /dev/pts/0
out~ 33 77

== proa.not-a-tty [proa]: -it without a terminal is refused
$ $(dirname $PROAD)/proa run --rm -it $BB true
= 1
err~ the input device is not a TTY

== proa.signal [proa]: a signal to the command reaches the process
$ $(dirname $PROAD)/proa run --rm --name $N $BB sh -c 'trap "echo got; exit 4" TERM; echo up; while :; do sleep 0.1; done' > $T/out & p=$!
    until grep -qs up $T/out; do sleep 0.1; done; kill -TERM $p; wait $p; echo $?; cat $T/out
out~ (?s)^4\nup\ngot$

== proa.import-load [proa]: import and load make images
$ mkdir $T/r; echo x > $T/r/f; tar -C $T/r -c . | $(dirname $PROAD)/proa import -c 'CMD ["/f"]' - $N:1 && $(dirname $PROAD)/proa inspect --type image -f '{{json .Config.Cmd}}' $N:1; $(dirname $PROAD)/proa rmi $N:1
out~ ^sha256:[0-9a-f]{64}$
out~ ^\["/f"\]$
out~ ^Untagged: $N:1$

== proa.volumes [proa]: volume create, ls, inspect, rm
$ P=$(dirname $PROAD)/proa; $P volume create $N; $P volume ls -q --filter name=$N; $P volume inspect -f '{{.Driver}}' $N; $P volume rm $N
out~ (?s)^$N\n$N\nlocal\n$N$

== proa.inspect-missing [proa]: inspect of what is not there
$ $(dirname $PROAD)/proa inspect $N
= 1
out= []
err~ No such object: $N

== proa.events [proa]: events of a container, as docker prints them
$ s=$(date +%s); $(dirname $PROAD)/proa run --rm --name $N $BB true; sleep 1.2; u=$(date +%s); diff <($(dirname $PROAD)/proa events --since $s --until $u --filter container=$N) <(docker events --since $s --until $u --filter container=$N) && echo same
out= same

== proa.df [proa]: system df, and whose each blob is
$ P="$(dirname $PROAD)/proa -H unix://$SOCK"; docker run --name $N-c $BB sh -c 'echo made > /made'; $P system df; $P system df -v; docker rm $N-c >/dev/null
out~ ^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$
out~ ^Images +\d+ +\d+ +[\d.]+[kM]?B +[\d.]+[kM]?B \(\d+%\)$
out~ ^Build Cache +\d+ +\d+ +[\d.]+[kM]?B +[\d.]+[kM]?B
out~ ^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE +CONTAINERS$
out~ ^Content space usage: [\d.]+[kM]?B, of which nobody needs
out~ ^[0-9a-f]{12} +layer +[\d.]+[kM]?B +\S
out~ ^[0-9a-f]{12} +config +[\d.]+[kM]?B +\S
out!~ nobody$
