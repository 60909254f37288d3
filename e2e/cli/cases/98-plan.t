# proa plan: what a start would do, system call by system call.

== plan.readable [proa]: the plan names its steps in their order, and leaves nothing
$ $(dirname $PROAD)/proa plan --read-only $BB echo hello > $T/plan; head -n 1 $T/plan; grep -nE '"(mount the root|mount /proc|pivot_root|seccomp filter|exec echo)"' $T/plan | sed 's/.*"\(.*\)".*/\1/' | cut -d'"' -f1 | uniq | tr '\n' ','
out~ ^clone3\(CLONE_NEW
$ grep -c 'openat2(\|fsopen(\|move_mount(' $T/plan; tail -n 1 $T/plan
out~ ^\d\d+\n\d+ "exec echo" execve\(\[.*"/bin/echo".*\], \["echo", "hello"\]
$ docker ps -aq --filter status=created | wc -l
out= 0

== plan.json [proa]: as JSON each step has its call, its arguments, what it tolerates and where it leads
$ $(dirname $PROAD)/proa plan --json --user 7 --cap-drop ALL $BB id | jq -c '[.Title, (.Steps|length)>150, (.Steps[0]|[.Index,.Call,.Kind,.Then]), (.Steps|last|.Call), ([.Steps[]|select(.Name=="user id")]|.[0].Text)]'
out= ["proa: init",true,[0,"prctl","call",1],"execve","setresuid(7, 7, 7)"]

== plan.strace [engine proa noref]: a start makes the calls of its plan, no more, no less, in that order
$ command -v strace > /dev/null || exit 0; engine start && docker load -qi $BBTAR > /dev/null; $(dirname $PROAD)/proa -H $DOCKER_HOST plan --json --network none --name planned $BB true > $T/plan.json; shim=$(pgrep -f "dev.proa.shim.*$E"); strace -f -qq -s 64 -o $T/trace -p $shim & until grep -q 'TracerPid:.[1-9]' /proc/$shim/status; do sleep 0.1; done; docker run --rm --network none --name planned $BB true; kill %1; wait; python3 $LIB/plan_strace.py $T/plan.json $T/trace
out~ ^\d{3} calls as planned$

== plan.refused [proa]: what cannot start cannot be planned, and says why
$ $(dirname $PROAD)/proa plan nosuch/image:none true
= !0
$ $(dirname $PROAD)/proa plan
= 1
err~ requires at least 1 argument
