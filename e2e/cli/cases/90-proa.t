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

== proa.verbs [proa, noref]: every verb and flag of docker's is there, or its absence is explained
$ python3 $LIB/../cli/verbs.py $(dirname $PROAD)/proa $LIB/../../docs/cli.md
out~ ^all flags of \d\d+ verbs of docker's$

== proa.group [proa]: a group without a verb lists what it has, and a typo in it is answered
$ $(dirname $PROAD)/proa container
out~ Usage:  proa container COMMAND
out~ ^  prune +Remove all stopped containers$
$ $(dirname $PROAD)/proa volume prun
= 1
err~ unknown command: proa volume prun
err~ ^        volume prune$

== proa.contexts [proa]: contexts are those of docker's command
$ P=$(dirname $PROAD)/proa; export HOME=$T; $P context create lab --docker host=unix://$SOCK --description 'the lab' 2>&1 && docker context inspect -f '{{.Endpoints.docker.Host}}' lab; unset DOCKER_HOST PROA_HOST; $P --context lab version --format '{{.Client.Context}}'; $P context use lab 2>/dev/null; docker context show; $P ps -q >/dev/null && $P context ls --format '{{.Name}}|{{.Description}}|{{.Current}}' && DOCKER_CONTEXT=nosuch $P ps
= 1
out~ (?s)^lab\nSuccessfully created context "lab"\nunix://\S+\nlab\nlab\nlab\ndefault\|.*\|false\nlab\|the lab\|true$
err~ context "nosuch": context not found
$ P=$(dirname $PROAD)/proa; export HOME=$T; unset DOCKER_HOST PROA_HOST; $P context export lab - > $T/lab.tar; $P context import lab2 $T/lab.tar 2>/dev/null; docker context inspect lab2 | jq -r '.[0].Metadata.Description'; $P context rm lab; $P context rm -f lab lab2; $P context ls -q
err~ context "lab" is in use, set -f flag to force remove
out= lab2\nthe lab\nlab\nlab2\ndefault

== proa.config [proa]: formats, headers and filters of config.json
$ mkdir $T/c; echo '{"psFormat":"{{.Names}} by config","pruneFilters":["label=nobody"],"HttpHeaders":{"X-Me":"1\r\nX-Evil: 2"}}' > $T/c/config.json; docker run -d --name $N --label $N $BB true >/dev/null; docker wait $N >/dev/null
    $(dirname $PROAD)/proa --config $T/c ps -a --filter name=$N; $(dirname $PROAD)/proa --config $T/c container prune -f --filter label=$N; $(dirname $PROAD)/proa --config $T/c ps -a --filter name=$N --format '{{.State}} {{.Label "'$N'"}}|'
out= $N by config\nTotal reclaimed space: 0B\nexited |

== proa.prune-asks [proa]: nothing is removed without a yes
$ docker create --name $N --label $N $BB true >/dev/null; echo n | $(dirname $PROAD)/proa container prune --filter label=$N; echo $?; echo y | $(dirname $PROAD)/proa container prune --filter label=$N
out~ (?s)^WARNING! This will remove all stopped containers\.\nAre you sure you want to continue\? \[y/N\] \n1\n.*Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B$
err~ container prune has been cancelled

== proa.files [proa]: cp both ways, diff, export and commit as docker has them
$ P=$(dirname $PROAD)/proa; docker create --name $N $BB cat /tmp/d/e/f >/dev/null; mkdir -p $T/d/e; echo 1 > $T/d/e/f; ln -s e/f $T/d/l; $P cp $T/d $N:/tmp && $P cp $N:/tmp/d $T/back && diff -r --no-dereference $T/d $T/back && $P cp $N:/tmp/d/. $T/d && $P cp $T/d/e/f $N:/tmp/g && docker cp $N:/tmp/g - | tar -xO; $P cp -L $N:/tmp/d/l $T/l && cat $T/l; $P cp $T/d $N:/tmp/g
= 1
out= 1\n1
err~ cannot copy directory
$ P=$(dirname $PROAD)/proa; docker start -a $N; diff <($P diff $N | sort) <(docker diff $N | sort) && diff <($P export $N | tar -t) <(docker export $N | tar -t) && $P commit -m hi -c 'CMD ["x"]' $N $N:1 >/dev/null && diff <($P history --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' $N:1) <(docker history --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' $N:1) && $P history --no-trunc --format '{{.Comment}}' $N:1 | head -1; docker rmi $N:1 >/dev/null
out= 1\nhi

== proa.completion [proa]: a shell completes verbs, flags and names of the daemon
$ docker create --name $N-one $BB true >/dev/null; docker run -d --name $N-two $BB sleep 60 >/dev/null; docker volume create $N >/dev/null; P=$(dirname $PROAD)/proa
    cat > $T/complete <<'END'
    source <("$1" completion bash); shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
    _proa 2>/dev/null; echo "${COMPREPLY[*]}"
    END
    c() { bash --norc $T/complete $P "$@" | tr '\n' ' '; echo; }
    c $P sta; c $P start $N; c $P stop $N; c $P container ins; c $P volume rm $N; c $P run --vol; c $P rm -f $N-one $N; c $P context use de; c $P compose dow; c $P run --network hos; c $P update --restart=un
out= start stats \n$N-one \n$N-two \ninspect \n$N \n--volume --volume-driver --volumes-from \n$N-two \ndefault \ndown \nhost \n--restart=unless-stopped 
$ $(dirname $PROAD)/proa completion zsh | head -1; $(dirname $PROAD)/proa completion fish | tail -1 | cut -c1-16; $(dirname $PROAD)/proa -H unix:///nowhere __complete start ''
out= #compdef proa\ncomplete -c proa

== proa.man [proa]: pages for every verb, that the manual's reader takes
$ $(dirname $PROAD)/proa man --directory $T/man && ls $T/man | wc -l; grep -c '^\.TP' $T/man/proa-run.1; cat $T/man/proa-volume-create.1 | tail -n +3 | head -2
out~ (?s)^[89]\d\n\d{2,3}\n\.SH NAME\nproa\\-volume\\-create \\- Create a volume$

== proa.top [proa]: the live table, once and on a terminal
$ docker run -d --name $N $BB sh -c 'while :; do :; done' >/dev/null; $(dirname $PROAD)/proa top --no-stream
out~ ^CONTAINER ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET RX/s
out~ ^[0-9a-f]{12} +$N +[1-9][\d.]*%
$ (until [ -s $T/screen ] && grep -aq $N $T/screen; do sleep 0.1; done; printf n; sleep 0.3; printf q) | TERM=xterm script -qefc "stty rows 20 cols 100; $(dirname $PROAD)/proa top" $T/screen >/dev/null; grep -ac 'by network' $T/screen | grep -qv '^0$' && tail -c 400 $T/screen | grep -ac '1049l'
out~ ^[1-9]
$ $(dirname $PROAD)/proa top $N -o pid,args | tail -1
out~ while :; do :; done
