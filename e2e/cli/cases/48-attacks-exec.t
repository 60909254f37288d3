# Attacks on what joins a container or talks to it: execs, terminals, signals.

== attack.stopper [proa slow]: a container that stops whatever it sees holds up no exec for ever, and itself is removed
$ docker run -d --name $N --cap-add SYS_PTRACE $BB sh -c 'while :; do for p in /proc/[0-9]*; do n=${p#/proc/}; [ $n = 1 ] || [ $n = $$ ] || kill -STOP $n 2>/dev/null; done; done' >/dev/null; s=$(date +%s); for i in 1 2 3; do timeout 80 docker exec -d $N true >/dev/null 2>&1 & done; wait; e=$(date +%s); [ $((e-s)) -lt 75 ] && echo bounded; docker run --rm $BB echo others go on; docker rm -f $N
= 0
out= bounded\nothers go on\n$N

== attack.tty [proa]: a terminal that floods, ends and plays tricks with its modes stops nobody
$ docker run -dit --name $N $BB sh -c 'stty raw -echo; yes "$(printf "\033[?1049h\033]0;x\007\033c\0")" | head -c 20000000; stty 0 2>/dev/null; stty -F /dev/tty rows 65535 cols 65535; exec </dev/null >/dev/null 2>&1; exec sleep 300' >/dev/null; timeout 20 docker version -f alive; docker exec $N echo in; timeout 20 docker rm -f $N
out= alive\nin\n$N

== attack.tty-reader [proa]: a terminal that nobody reads and that nobody writes to blocks its own container only
$ docker run -dit --name $N $BB sh -c 'trap "" INT TERM HUP; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done' >/dev/null; docker run --rm $BB echo others; timeout 20 docker stop -t 1 $N; docker inspect -f '{{.State.ExitCode}}' $N
out= others\n$N\n137

== attack.tty-tricks [proa]: a terminal's own calls (TIOCSTI, TIOCLINUX, a closed slave, a flood of new sizes) give a container nothing of others
$ docker run -dit --name $N $BB sh -c 'exec 3<>/dev/tty; (while :; do stty rows 7 cols 7 <&3; stty rows 65535 cols 65535 <&3; done) >/dev/null 2>&1 & while :; do read -r x || exit 3; [ "$x" = end ] && exit 5; echo "got $x"; done' >/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do curl -s --unix-socket ${DOCKER_HOST#unix://} -X POST "http://d/containers/$N/resize?h=$((i * 6000))&w=1" -o /dev/null -w '%{http_code}\n'; done | sort | uniq -c | tr -s ' '
out=  10 200
$ (echo hi; sleep 1; echo end) | timeout 20 script -qec "docker attach $N" /dev/null > $T/out; tr -d '\r' < $T/out | grep -c '^got hi$'; docker wait $N
out= 1\n5
$ docker run --rm -t $BB sh -c 'exec 0<&- 1>&- 2>&-; sleep 1; exit 6' </dev/null >/dev/null 2>&1; echo $?
out= 6

== attack.orphans [proa]: what a container leaves running ends with it, execs included
$ docker run -d --name $N $BB sh -c 'for i in 1 2 3; do (trap "" HUP TERM; setsid sleep 987 &) ; done; exec sleep 986' >/dev/null; docker exec -d $N sh -c 'trap "" HUP TERM; setsid sleep 985 & exec sleep 984'; docker kill $N >/dev/null; docker wait $N
$10 pgrep -fxc 'sleep 98[4-7]' || true
out= 0

== attack.tracer [proa slow]: a container with CAP_SYS_PTRACE that takes hold of 1,000 execs finds nothing that it has not, and confuses nobody but itself
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; docker run -d --name $N --cap-add SYS_PTRACE -v $T/attacker:/attacker:ro $BB /attacker trace >/dev/null; docker run -d --name $N-o $BB sleep 600 >/dev/null; python3 $LIB/execs.py $SOCK $N 1000 2>$T/longest | awk '{n += $1} /of code 0$/ {whole = $1} END {print n; if (whole > 700) print "most go well"}'
out= 1000\nmost go well
$ docker logs $N 2>/dev/null | sort -u; docker logs $N 2>&1 >/dev/null | grep -oE '^(seized|rubbish written|memory written)' | sort -u
out= ready\nmemory written\nrubbish written\nseized
$ python3 $LIB/execs.py $SOCK $N-o 20 2>/dev/null; timeout 20 docker rm -f $N $N-o
out= 20 of code 0\n$N\n$N-o

== attack.traced-end [proa]: an exec and a first process that end while the container traces them are reaped, and their container can be removed
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; docker run -d --name $N --init --cap-add SYS_PTRACE -v $T/attacker:/attacker:ro $BB /attacker hold >/dev/null; timeout 20 docker exec -d $N sleep 0.5; timeout 20 docker exec -d $N sleep 0.5
$15 docker logs $N 2>&1 | grep -c 'held after its end'
out~ ^[1-9]
$ timeout 20 docker rm -f $N
out= $N

== attack.stopper-fast [proa slow]: a program that stops all it sees holds an exec up until its deadline, and nobody else
$ gcc -static -O2 -o $T/attacker $LIB/attacker.c; docker run -d --name $N --cap-add SYS_PTRACE -v $T/attacker:/attacker:ro $BB /attacker stop >/dev/null; docker run -d --name $N-o $BB sleep 600 >/dev/null; (timeout 60 python3 $LIB/execs.py $SOCK $N 1 sleep 0.1 >/dev/null 2>&1 &); python3 $LIB/execs.py $SOCK $N-o 10 2>/dev/null; timeout 20 docker rm -f $N
out= 10 of code 0\n$N
