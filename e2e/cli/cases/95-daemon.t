# The daemon itself: its start and end, crashes, full disks, foreign folders, many of them, many clients. Each case has an engine of its own.

== daemon.flags [proa]: a wrong flag, an argument, a missing value
$ $PROAD --nosuch
= 125
err~ ^unknown flag: --nosuch$
err~ ^See 'proad --help'
$ $PROAD nosuch
= 125
err~ accepts no arguments
$ $PROAD --data-root
= 125
err~ flag needs an argument: --data-root

== daemon.help-version [proa]: --help and --version
$ $PROAD --version
out~ ^Proa version \d|^proad? version \d
$ $PROAD --help
out~ --data-root
out~ --registry-mirror

== daemon.bad-values [proa]: values that cannot be are refused before anything is written
$ $PROAD --data-root $T/d --exec-root $T/x -H tcp://127.0.0.1:1; $PROAD --data-root $T/d --exec-root $T/x --log-level nosuch; $PROAD --data-root $T/d --exec-root $T/x --registry-mirror nosuch; $PROAD --data-root $T/d --exec-root $T/x --storage-driver nosuch; echo $?; $PROAD --data-root $T/d --exec-root $T/x --default-isolation nosuch; echo $?; ls $T | grep -v -x -e d -e x; pgrep -f "dev.proa.shim.*$T/x"
= *
out= 1\n1
err~ no storage driver "nosuch" \(--storage-driver\): known are erofs, overlay, vfs
err~ no isolation backend "nosuch" \(--default-isolation\): known are microvm, namespace
err~ only unix:///path is served
err~ invalid logging level: nosuch
err~ invalid mirror
err~ nosuch
out!~ docker.sock

== daemon.config-file [engine proa]: settings come from a file too, and a setting given twice is refused
$ printf '{"labels":["from=file"],"log-level":"warn"}' > $T/c.json; engine start --config-file $T/c.json && docker info -f '{{json .Labels}}'
out= ["from=file"]
$ engine stop; printf '{bad' > $T/bad.json; engine start --config-file $T/bad.json
= 1
err~ unable to configure the Proa daemon with file $T/bad.json

== daemon.stop [engine]: SIGTERM ends it in order with status 0, socket and pid file go
$ engine start && ls $E/proa.sock $E/pid >/dev/null && engine stop; echo status $?; ls $E/proa.sock $E/pid 2>&1 | grep -c 'No such file'; true
out= status 0\n2

== daemon.two [engine]: two daemons side by side do not see each other
$ engine start && docker load -qi $BBTAR && docker create --name one $BB true >/dev/null; (export E=$T/two; mkdir $E; engine start) && DOCKER_HOST=unix://$T/two/proa.sock docker ps -aq | wc -l; DOCKER_HOST=unix://$T/two/proa.sock docker load -qi $BBTAR; DOCKER_HOST=unix://$T/two/proa.sock docker run --rm --name one $BB echo second; docker start -a one; docker ps -aq | wc -l; E=$T/two engine stop; docker ps -aq | wc -l
out~ ^0\nLoaded image: $BB\nsecond\n1\n1$

== daemon.data-root-in-use [engine proa]: a second daemon on the same folder is refused and the first is not disturbed
$ engine start && $PROAD --data-root $E/data --exec-root $T/other -H unix://$T/o.sock
= 1
err~ data root $E/data is in use by another proad( with pid \d+)?
$ docker version -f ok
out= ok

== daemon.foreign-root [proa]: a folder that is not ours is left as it is
$ mkdir $T/d; echo mine > $T/d/file; $PROAD --data-root $T/d --exec-root $T/x -H unix://$T/s.sock
= 1
err~ data root $T/d is not Proa's
$ ls -A $T/d; cat $T/d/file
out= file\nmine

== daemon.newer-root [engine proa]: a folder of a newer version is left as it is
$ engine start && engine stop && echo 999 > $E/data/proa.layout && (cd $E/data && find . -type f -exec sha256sum {} + | sort) > $T/before; $PROAD --data-root $E/data --exec-root $E/exec -H unix://$E/proa.sock
= 1
err~ data root $E/data was written by a newer version
$ (cd $E/data && find . -type f -exec sha256sum {} + | sort) | diff - $T/before && echo unchanged
out= unchanged

== daemon.root-not-writable [proa]: a folder that cannot be made is one clear sentence
$ touch $T/file; $PROAD --data-root $T/file/d --exec-root $T/x -H unix://$T/s.sock
= 1
err~ (cannot make data root|data root) $T/file/d

== daemon.restart-keeps [engine]: images, containers and volumes are there after a restart
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -v vol:/v --name ca $BB sh -c 'echo x > /v/f; echo y > /own; exit 3'; docker create --name cb $BB true >/dev/null; engine stop && engine start && docker images -q | wc -l; docker ps -a --format '{{.Names}} {{.State}}' | sort; docker inspect -f '{{.State.ExitCode}}' ca; docker run --rm -v vol:/v $BB cat /v/f; docker logs ca; docker start -a cb; docker start ca >/dev/null; docker wait ca
out= 1\nca exited\ncb created\n3\nx\n3

== daemon.stop-containers-go-on [engine proa]: containers go on while the daemon is away
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sleep 300 >/dev/null; p=$(docker inspect -f '{{.State.Pid}}' ca); engine stop; xargs -0 echo < /proc/$p/cmdline; engine start && docker inspect -f '{{.State.Status}} {{.State.Pid}}' ca | sed "s/$p/same/"; docker exec ca echo exec; docker rm -f ca
out= sleep 300\nrunning same\nexec\nca

== crash.goes-on [engine proa]: after SIGKILL to the daemon containers go on; ps, exec, logs, wait and stop work on them
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sh -c 'echo first; trap "echo last; exit 31" TERM; while :; do sleep 0.1; done' >/dev/null; docker run -d --name cb $BB sh -c 'until [ -e /go ]; do usleep 50000; done; exit 32' >/dev/null
$10 docker logs ca
out= first
$ p=$(docker inspect -f '{{.State.Pid}}' ca); engine kill; kill -0 $p && echo alive; engine start; docker ps --format '{{.Names}} {{.State}}' | sort; docker inspect -f '{{.State.Pid}}' ca | grep -c -x $p; docker exec ca echo in; docker exec cb touch /go; docker wait cb; docker stop ca; docker inspect -f '{{.State.ExitCode}}' ca; docker logs ca
out= alive\nca running\ncb running\n1\nin\n32\nca\n31\nfirst\nlast

== crash.logs [engine proa]: no line is lost over a crash
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; [ $((i%10)) != 0 ] || usleep 10000; done; echo end' >/dev/null; for k in 1 2 3; do sleep 0.6; engine kill; sleep 0.2; engine start; done; docker logs -f ca > $T/log; grep -c -x end $T/log; sed -n 's/^line //p' $T/log | sort -n | uniq | wc -l; sed -n 's/^line //p' $T/log | sort -n | uniq | sed -n 1p
out= 1\n3000\n1

== crash.log-order [engine proa]: what is repeated after a crash is the last chunk at most, in order
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sh -c 'i=0; while [ $i -lt 1500 ]; do i=$((i+1)); echo $i; [ $((i%5)) != 0 ] || usleep 5000; done' >/dev/null; sleep 0.5; engine kill; engine start; docker wait ca; docker logs ca > $T/log; awk 'NR>1 && $1 != last+1 {jumps++} {last=$1} END {print (jumps+0 <= 1) ? "in order" : "jumps " jumps}' $T/log
out= 0\nin order

== crash.exit-while-away [engine proa]: an exit while no daemon runs is known afterwards
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sh -c 'sleep 1; echo bye; exit 41' >/dev/null; docker run -d --rm --name cr -v gone:/v $BB sleep 1 >/dev/null; engine kill; sleep 1.5; engine start; docker wait ca; docker logs ca; docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' ca; docker start ca >/dev/null && docker wait ca
out= 41\nbye\nexited 41 0\n41
$10 docker ps -a --format '{{.Names}}'
out= ca

== crash.tty [engine proa]: a terminal survives the daemon
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -dit --name ca $BB sh >/dev/null; engine kill; engine start; python3 - <<'P'
    import os,pty,time,select
    pid,fd=pty.fork()
    if pid==0: os.execvp("docker",["docker","attach","ca"])
    time.sleep(1); os.write(fd,b"echo sum $((40+2)); exit 7\n")
    out=b""; end=time.time()+15
    while time.time()<end:
        r,_,_=select.select([fd],[],[],0.2)
        if r:
            try: d=os.read(fd,4096)
            except OSError: break
            if not d: break
            out+=d
    print(out.decode(errors="replace"))
    P
    docker wait ca
out~ sum 42
out~ ^7$

== crash.stdin [engine proa]: standard input survives the daemon
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -di --name ca $BB sh -c 'while read x; do echo got $x; done' >/dev/null; engine kill; engine start; (echo one; sleep 1) | timeout -s KILL 3 docker attach ca; docker logs ca
= 0
out~ ^got one$

== crash.clients-told [engine proa]: clients that wait are told, not left hanging
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sleep 100 >/dev/null; (sleep 1; engine kill) & timeout 20 docker wait ca; echo status $?; wait; engine start; docker rm -f ca
out~ ^status [1-9]\d?$
out~ ^ca$

== crash.new-after [engine proa]: after a crash new containers start, names are still taken
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sleep 100 >/dev/null; engine kill; engine start; docker run --rm $BB echo new; docker run --name ca $BB true
= 125
out= new
err~ Conflict

== crash.exec [engine proa]: an exec that runs is known after a crash, its output does not stop it, and it ends with its code
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sleep 300 >/dev/null; (docker exec -i ca sh -c 'cat; head -c 3000000 /dev/zero; while [ ! -e /go ]; do usleep 20000; done; exit 33' < <(sleep 20) >/dev/null 2>&1 &)
$10 docker inspect -f '{{len .ExecIDs}}' ca
out= 1
$ id=$(docker inspect -f '{{index .ExecIDs 0}}' ca); made=$(api POST /containers/ca/exec '{"Cmd":["echo","made before"],"AttachStdout":true}' | head -1 | jq -r .Id); engine kill; engine start; api GET /exec/$id/json | head -1 | jq -c '[.Running,.ExitCode,.ContainerID != "",.ProcessConfig.entrypoint]'; docker inspect -f '{{len .ExecIDs}}' ca; api POST /exec/$made/start '{"Detach":false,"Tty":true}' | tr -d '\r' | head -1; docker exec ca touch /go; for i in $(seq 100); do api GET /exec/$id/json | head -1 | jq -e .Running >/dev/null || break; sleep 0.1; done; api GET /exec/$id/json | head -1 | jq -c '[.Running,.ExitCode]'; engine kill; engine start; api GET /exec/$id/json | head -1 | jq -c '[.Running,.ExitCode]'
out~ ^\[true,null,true,"sh"\]\n2\n
out~ made before
out~ \[false,33\]\n\[false,33\]$

== crash.repeated [engine proa slow]: killed ten times among starts and removals it loses nothing that was acknowledged
$ engine start && docker load -qi $BBTAR >/dev/null; touch $T/acked $T/gone; (i=0; while [ ! -e $T/stop ]; do i=$((i+1)); id=$(docker create --name c$i --network none $BB sleep 500 2>/dev/null) || continue; echo c$i >> $T/acked; docker start c$i >/dev/null 2>&1; if [ $((i%2)) = 0 ]; then docker rm -f c$i >/dev/null 2>&1 && echo c$i >> $T/gone; fi; done) & w=$!; for k in $(seq 10); do sleep 0.$((RANDOM%9+1)); engine kill; engine start || exit 9; done; touch $T/stop; wait $w; docker ps -a --format '{{.Names}}' | sort > $T/there; sort $T/acked > $T/a; sort $T/gone > $T/g; echo lost: $(comm -23 $T/a $T/g | comm -23 - $T/there | wc -l); echo back: $(comm -12 $T/g $T/there | wc -l); wc -l < $T/a | grep -c -v '^0'; docker rm -f $(docker ps -aq) >/dev/null 2>&1; docker ps -aq | wc -l; docker run --rm $BB echo works
out= lost: 0\nback: 0\n1\n0\nworks

== crash.shim [engine proa]: the shim killed: the daemon says so, survives and starts containers again
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ca $BB sleep 300 >/dev/null; s=$(pgrep -f "dev.proa.shim.*$E/exec" | head -1); [ -n "$s" ] && kill -KILL $s; sleep 1; docker version -f alive
out= alive
$20 docker run --rm $BB echo new
out= new
$20 docker rm -f ca
out= ca

== swap.storage [engine proa]: the storage driver is replaced while a container runs and others start, and none fails
$ mkdir -p $E/data/plugins; engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name long -v vol:/v $BB sh -c 'i=0; while :; do i=$((i+1)); echo $i > /c; mv /c /count; usleep 20000; done' >/dev/null; for w in 1 2 3; do (for i in $(seq 12); do docker run --rm $BB echo ok || echo FAILED; done) >> $T/out.$w 2>&1 & done; sleep 1; d=$(docker info -f '{{.Driver}}'); for v in 9.0.1 9.0.2 9.0.3; do python3 $LIB/newer-bundle $PROA_HOME/plugins/*storage-$d-*.jar $E/data/plugins/storage.jar $v; sleep 0.7; done; wait; cat $T/out.* | sort | uniq -c | tr -s ' '; a=$(docker exec long cat /count); sleep 0.3; b=$(docker exec long cat /count); [ $a -lt $b ] && echo goes on; docker start long >/dev/null; docker rm -f long
out~ ^ ?36 ok\ngoes on\nlong$
$15 engine log
out~ proa-storage-(erofs|overlay).*9\.0\.3

== driver.other [engine proa]: with another storage driver images stay and are unpacked again when they are used; containers keep the driver they were made with
$ engine start --storage-driver overlay && docker load -qi $BBTAR >/dev/null && docker run --name old $BB sh -c 'echo of overlay > /f' && engine stop && engine start --storage-driver vfs && docker info -f '{{.Driver}}' && docker run --name new $BB sh -c 'echo of vfs > /f' && docker inspect -f '{{.Name}} {{.GraphDriver.Name}}' old new; docker start old >/dev/null; docker wait old; docker cp old:/f - | tar -xO; docker commit old kept:1 >/dev/null; docker run --rm kept:1 cat /f
out= vfs\n/old overlay\n/new vfs\n0\nof overlay\nof overlay
$ engine stop; engine start && docker run --rm kept:1 cat /f; docker cp new:/f - | tar -xO; docker diff new; docker rm old new; docker rmi kept:1 $BB >/dev/null; docker images -q | wc -l; docker info -f '{{.Driver}}'
out~ ^of overlay\nof vfs\n[AC] /f\nold\nnew\n0\n(erofs|overlay)$

== driver.mounts [engine proa]: the images of layers are mounted once; mounts are found again after a kill, made again when they are gone, and taken away with the last container
$ engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name ma $BB sleep 100 >/dev/null && docker run -d --name mb $BB sleep 100 >/dev/null; [ $(docker info -f '{{.Driver}}') = erofs ] || echo skip; before=$(grep -c " $E/data/storage/erofs/l/" /proc/self/mountinfo); engine kill; engine start; docker run --rm $BB echo adopted; after=$(grep -c " $E/data/storage/erofs/l/" /proc/self/mountinfo); [ $before = $after ] && echo same; for m in $(awk -v d=$E/data/storage/erofs/ 'index($5, d) == 1 {print $5}' /proc/self/mountinfo); do umount -l $m; done; docker exec ma echo goes on; docker restart -t 0 mb; docker run --rm $BB echo made again; docker rm -f ma mb; engine stop; grep -c " $E/data/storage/" /proc/self/mountinfo; true
out~ ^(skip\n)?adopted\nsame\ngoes on\nmb\nmade again\nma\nmb\n0$

== swap.isolation [engine proa]: the isolation backend is replaced while containers run; they can be used and stopped afterwards
$ mkdir -p $E/data/plugins; engine start && docker load -qi $BBTAR >/dev/null && docker run -d --name long $BB sh -c 'trap "exit 23" TERM; while :; do usleep 20000; done' >/dev/null; (for i in $(seq 15); do docker run --rm $BB echo ok || echo FAILED; done) > $T/out 2>&1 & sleep 0.5; python3 $LIB/newer-bundle $PROA_HOME/plugins/*namespace-backend*.jar $E/data/plugins/ns.jar 9.0.1; wait; sort $T/out | uniq -c | tr -s ' '; docker exec long echo in; docker stop long; docker inspect -f '{{.State.ExitCode}}' long
out~ ^ ?15 ok\nin\nlong\n23$

== swap.broken [engine proa]: a new version that is broken changes nothing
$ mkdir -p $E/data/plugins; engine start && docker load -qi $BBTAR >/dev/null; head -c 5000 /dev/urandom > $E/data/plugins/storage.jar; sleep 1; docker run --rm $BB echo one; python3 $LIB/newer-bundle $PROA_HOME/plugins/*storage-$(docker info -f '{{.Driver}}')-*.jar $T/x.jar 9.0.0; head -c 20000 $T/x.jar > $E/data/plugins/storage.jar; sleep 1; docker run --rm $BB echo two
out= one\ntwo

== disk.full-load [engine]: a full disk is one clear sentence, nothing half-made stays, and what fits still works
$ mkdir -p $E/data; mount -t tmpfs -o size=24m none $E/data && engine start && docker load -qi $BBTAR; python3 - <<'P'
    import os,sys; sys.path.insert(0,os.environ["LIB"]); import mkimage as mk
    l=mk.rootfs_busybox({"big": os.urandom(40<<20)}); open(os.environ["T"]+"/big.tar","wb").write(mk.archive(l,mk.config(l,["sh"],["PATH=/bin"]),["big:1"]))
    P
    docker load -i $T/big.tar; echo status $?
out~ ^Loaded image: $BB$
err~ (?i)no space left on device
out~ ^status 1$
$ docker images --format '{{.Repository}}'; df -k --output=avail $E/data | tail -1 | awk '{print ($1 > 4000) ? "space is back" : "only " $1 " KB left"}'; docker run --rm $BB echo works; engine stop; umount $E/data
out= pcsuite/busybox\nspace is back\nworks

== disk.full-container [engine]: a container that fills the disk gets the error itself; the daemon and others go on
$ mkdir -p $E/data; mount -t tmpfs -o size=24m none $E/data && engine start && docker load -qi $BBTAR >/dev/null; docker run --name full $BB dd if=/dev/zero of=/big bs=1M count=100
= 1
err~ (?i)no space left on device
$ docker rm full; docker run --rm $BB echo works; engine stop; umount $E/data
out= full\nworks

== disk.full-log [engine proa]: a log that cannot be written does not stop the container or the daemon
$ mkdir -p $E/data; mount -t tmpfs -o size=16m none $E/data && engine start && docker load -qi $BBTAR >/dev/null; docker run -d --name noisy $BB sh -c 'yes 0123456789012345678901234567890123456789 | head -c 60000000; exit 5' >/dev/null; timeout 50 docker wait noisy; docker version -f alive; docker rm -f noisy; docker run --rm $BB echo works; engine stop; umount $E/data
out= 5\nalive\nnoisy\nworks

== many.clients [engine slow]: sixteen clients make, start and remove two hundred containers while twenty followers read logs and events: no error, nothing is left
$ engine start && docker load -qi $BBTAR >/dev/null; python3 $LIB/swarm.py 8 40 $BB warm 20; fds() { for p in $(pgrep -f "$E/(exec|data)"); do ls /proc/$p/fd 2>/dev/null | wc -l; done | awk '{s+=$1} END {print s}'; }; threads() { awk '/^Threads/ {print $2}' /proc/$(engine pid)/status; }; heap() { $(sh -c '. "$PROA_HOME/lib/find-java.sh"; find_java; echo $java_home')/bin/jcmd $(engine pid) GC.class_histogram 2>/dev/null | awk '/^Total/ {print $3}'; }; sleep 1; a=$(fds); t=$(threads); h=$(heap); m=$(grep -c "$E" /proc/self/mountinfo); f=$(find $E/data $E/exec -mindepth 1 -maxdepth 3 | wc -l); python3 $LIB/swarm.py 16 200 $BB many 20; docker ps -aq | wc -l; sleep 1; b=$(fds); u=$(threads); i=$(heap); n=$(grep -c "$E" /proc/self/mountinfo); g=$(find $E/data $E/exec -mindepth 1 -maxdepth 3 | wc -l); echo descriptors $(( b-a > 12 )) threads $((u-t > 24)) heap $((${i:-0}-${h:-0} > 4000000)) mounts $((n-m > 0)) files $((g-f > 5)); echo "# descriptors $a $b, threads $t $u, heap $h $i, mounts $m $n, files $f $g" >&2
out~ ^40 done, 0 errors$
out~ ^200 done, 0 errors$
out~ ^descriptors 0 threads 0 heap 0 mounts 0 files 0$

== many.running [engine slow]: fifty containers run at once and are stopped at once
$ engine start && docker load -qi $BBTAR >/dev/null; seq 50 | xargs -P8 -I{} docker run -d --name r{} --network none $BB sleep 300 >/dev/null; docker ps -q | wc -l; docker stop -t 0 $(docker ps -q) | wc -l; docker rm $(docker ps -aq) | wc -l
out= 50\n50\n50

== upgrade.in-place [engine proa slow]: the daemon is replaced by one of another version while containers run: all are taken over, logs and exit codes are whole
$120 python3 $LIB/upgrade.py ${PROA_E2E_UPGRADE:-12} $BBTAR $BB
out~ ^\d+ adopted, 0 problems$
