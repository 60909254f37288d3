# proa oci: an OCI runtime's command line, driven as runtime.md of the specification describes its states and operations. Bundles are made by the
# case: bundle FOLDER [JQ-EXPRESSION] makes one of busybox whose command is SH, and o is the runtime with a root of the case's own.

== oci.life [proa]: create, start, state, kill and delete do what they say and refuse the rest
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; bundle $T/b; o create --bundle $T/b --pid-file $T/pid one </dev/null >$T/o 2>&1; o state one | jq -c '[.id,.status,.bundle,.pid==('$(cat $T/pid)')]'
out= ["one","created","$T/b",true]
$ . $T/lib.sh; o create --bundle $T/b one
= 1
err~ container with given ID already exists
$ . $T/lib.sh; xargs -0 echo < /proc/$(cat $T/pid)/cmdline; o start one; o state one | jq -r .status; xargs -0 echo < /proc/$(cat $T/pid)/cmdline; o start one
= 1
out~ proa\nrunning\nsleep 600
err~ cannot start an already running container
$ . $T/lib.sh; o delete one
= 1
err~ cannot delete container one that is not stopped: running
$ . $T/lib.sh; o pause one; o state one | jq -r .status; o exec one true; o resume one; o kill one KILL; for i in $(seq 100); do [ "$(o state one | jq -r .status)" = stopped ] && break; done; o state one | jq -c '[.status,.pid]'; o kill one TERM; o start one
= 1
out= paused\n["stopped",0]
err~ cannot exec in a paused container \(use --ignore-paused to override\)
err~ container not running
err~ cannot start a container that has stopped
$ . $T/lib.sh; o delete one; o list -q; ls $T/r; o state one
= 1
out=
err~ container does not exist
$ . $T/lib.sh; o delete one; o delete --force one; o create --bundle $T/b ../evil
= 1
err~ container does not exist
err~ invalid container ID format

== oci.run [proa]: run ends with the status of its process and leaves nothing
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='cat; echo err >&2; hostname; id -u; exit 42' bundle $T/b; echo in | o run --bundle $T/b one; echo $?; o list -q; ls $T/r
out= in\nbox\n0\n42
err= err
$ . $T/lib.sh; SH='true' bundle $T/c '.process.args=["nosuch"]'; o run --bundle $T/c two; echo $?; ls $T/r
out= 1
err~ nosuch.*: executable file not found in \$PATH
$ . $T/lib.sh; mkdir $T/empty; o run --bundle $T/empty three
= 1
err~ JSON specification file config\.json not found
$ . $T/lib.sh; SH=true bundle $T/d '.linux.resources.memory.limit=16777216 | .linux.cgroupsPath="/proa-oci-'$N'"'; o run --bundle $T/d four; find /sys/fs/cgroup -name "proa-oci-$N"
out=

== oci.exec [proa]: exec gives streams, status, environment, user and folder
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; bundle $T/b; o run -d --bundle $T/b one </dev/null >/dev/null 2>&1; echo in | o exec -e A=b -u 7:8 --cwd /tmp one sh -c 'cat; echo $A; id -u; id -g; pwd; exit 9'; echo $?; o ps --format json one | jq length
out= in\nb\n7\n8\n/tmp\n9\n1
$ . $T/lib.sh; o exec one nosuch; o exec --pid-file $T/p one sh -c 'echo $$'; grep -c . $T/p
out~ ^\d+\n1$
err~ nosuch.*: executable file not found in \$PATH
$ . $T/lib.sh; o exec -t one true
= 1
err~ console socket
$ . $T/lib.sh; o update --memory 32m --pids-limit 20 one; o events --stats one | jq -c '[.data.memory.usage.limit,.data.pids.limit]'; o delete -f one; ls $T/r
out= [33554432,20]

== oci.config [proa]: namespaces, ids, mounts, limits, devices, settings and hooks are as the configuration says
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; mkdir $T/src; SH='id -u; id -g; cat /proc/self/oom_score_adj; ulimit -n; cat /proc/sys/net/ipv4/ip_forward; stat -c "%t:%T %a" /dev/mine; touch /src/x; umask; grep NoNew /proc/self/status; hostname' bundle $T/b '.process.user={uid:5,gid:6,umask:63} | .process.oomScoreAdj=300 | .process.rlimits=[{type:"RLIMIT_NOFILE",soft:77,hard:88}] | .linux.sysctl={"net.ipv4.ip_forward":"1"} | .linux.devices=[{path:"/dev/mine",type:"c",major:1,minor:5,fileMode:438}] | .mounts+=[{destination:"/src",type:"none",source:"../src",options:["rbind","rro"]}]'; o run --bundle $T/b one
out= 5\n6\n300\n77\n1\n1:5 666\n0077\nNoNewPrivs:	1\nbox
err~ /src/x: Read-only file system
$ . $T/lib.sh; chmod 755 $T; SH='id -u; cat /proc/self/uid_map; stat -c %u / /dev/null; touch /tmp/x; stat -c %u /tmp/x' bundle $T/u '.linux.namespaces+=[{type:"user"}] | .linux.uidMappings=[{containerID:0,hostID:300000,size:65536}] | .linux.gidMappings=.linux.uidMappings'; chown -R 300000:300000 $T/u/rootfs; o run --bundle $T/u two
out~ ^0\n +0 +300000 +65536\n0\n0\n0$
$ . $T/lib.sh; SH=true bundle $T/h ".hooks={createRuntime:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"cat > $T/created\"]}],poststop:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"cat > $T/stopped\"]}]}"; o run --bundle $T/h three; jq -c '[.id,.status,.bundle]' $T/created $T/stopped
out= ["three","creating","$T/h"]\n["three","stopped","$T/h"]
$ . $T/lib.sh; SH=true bundle $T/e ".hooks={createRuntime:[{path:\"/bin/false\"}]}"; o run --bundle $T/e four; ls $T/r
out=
err~ error running createRuntime hook #0: exit status 1
$ . $T/lib.sh; bundle $T/n; o run -d --bundle $T/n five </dev/null >/dev/null 2>&1; p=$(o state five | jq .pid); SH='readlink /proc/self/ns/net; readlink /proc/self/ns/ipc' bundle $T/j ".linux.namespaces=[{type:\"mount\"},{type:\"pid\"},{type:\"network\",path:\"/proc/$p/ns/net\"},{type:\"ipc\",path:\"/proc/$p/ns/ipc\"},{type:\"uts\"}]"; o run --bundle $T/j six > $T/out; (readlink /proc/$p/ns/net; readlink /proc/$p/ns/ipc) | cmp - $T/out; o delete -f five

== oci.states [proa]: what the state of a container does not allow is refused, and the state is the specification's document
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; o start nosuch; o kill nosuch KILL; o state nosuch
= 1
err~ container does not exist
$ . $T/lib.sh; bundle $T/b '.annotations={"org.example.key":"a value"}'; o create --bundle $T/b one </dev/null >/dev/null 2>&1; o state one | jq -c '[.ociVersion,.id,.status,(.pid>0),.bundle,.annotations]'; o exec one true
= *
out~ ^\["1\.\d\.\d","one","created",true,"$T/b",\{"org\.example\.key":"a value"\}\]$
$ . $T/lib.sh; o kill one KILL; until [ "$(o state one | jq -r .status)" = stopped ]; do :; done; o start one; o kill one TERM; o exec one true; o delete one
= 0
out=
err~ cannot start a container that has stopped
err~ container not running
err~ cannot exec in a stopped container
$ . $T/lib.sh; o create --bundle $T/b two </dev/null >/dev/null 2>&1; o delete two && o list -q; o run -d --bundle $T/b three </dev/null >/dev/null 2>&1; o delete three; o delete --force three; o list -q; ls $T/r
= 0
out=
err~ cannot delete container three that is not stopped: running

== oci.hooks [proa]: hooks of each kind run at their time, in their order, with the state on standard input; those that fail do what their kind says
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; h() { echo "{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"(echo $1; cat; echo) >> $T/hooks\"]}"; }; SH='echo ran >> /tmp/x; sleep 600' bundle $T/b ".hooks={prestart:[$(h prestart)],createRuntime:[$(h first),$(h second)],createContainer:[$(h createContainer)],startContainer:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"echo inside > /tmp/inside; cat >> /tmp/inside\"]}],poststart:[$(h poststart)],poststop:[$(h poststop)]}"; o create --bundle $T/b one </dev/null >/dev/null 2>&1; grep -v '^{' $T/hooks | tr '\n' ' '; grep '^{' $T/hooks | jq -r .status | sort -u
out= prestart first second createContainer creating
$ . $T/lib.sh; o start one; sed -n 1p $T/b/rootfs/tmp/inside; sed -n 2p $T/b/rootfs/tmp/inside | jq -r .status; tail -n 1 $T/hooks | jq -r .status; o delete --force one; tail -n 2 $T/hooks | head -n 1; tail -n 1 $T/hooks | jq -c '[.status,.id]'
out= inside\ncreated\nrunning\npoststop\n["stopped","one"]
$ . $T/lib.sh; SH=true bundle $T/s ".hooks={poststart:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"sleep 0.2; cat > $T/short\"]}]}"; o run -d --bundle $T/s --pid-file $T/p short </dev/null >/dev/null; jq -c '[.status,.pid=='$(cat $T/p)']' $T/short; until [ "$(o state short | jq -r .status)" = stopped ]; do :; done; o delete short
out= ["running",true]
$ . $T/lib.sh; for k in prestart createRuntime createContainer startContainer; do SH=true bundle $T/$k ".hooks={$k:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"exit 9\"]}]}"; o run --bundle $T/$k f$k </dev/null; echo $?; done; ls $T/r
out= 1\n1\n1\n1
err~ error running prestart hook #0: exit status 9
err~ error running createRuntime hook #0: exit status 9
err~ error running createContainer hook #0: exit status 9
err~ error running startContainer hook #0: exit status 9
$ . $T/lib.sh; SH=true bundle $T/poststop '.hooks={poststop:[{path:"/bin/false"}]}'; o run --bundle $T/poststop fpoststop </dev/null; echo $?; bundle $T/poststart ".hooks={poststart:[{path:\"/bin/false\"}],poststop:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"echo gone > $T/gone\"]}]}"; o create --bundle $T/poststart fpoststart </dev/null; o start fpoststart; echo $?; cat $T/gone; SH=true bundle $T/t '.hooks={createRuntime:[{path:"/bin/sleep",args:["sleep","60"],timeout:1}]}'; o run --bundle $T/t slow </dev/null; ls $T/r
out= 0\n1\ngone
err~ level=warning msg="fpoststop: error running poststop hook #0: exit status 1
err~ error running poststart hook #0: exit status 1
err~ createRuntime hook #0
$ . $T/lib.sh; SH=true bundle $T/env ".hooks={createRuntime:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"echo \$PROA_E2E_HOOK >> $T/env.out\"]},{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"echo \$PROA_E2E_HOOK\$OWN >> $T/env.out\"],env:[\"OWN=own\"]}],createContainer:[{path:\"/bin/sh\",args:[\"sh\",\"-c\",\"test -e rootfs/proc/self && pwd >> $T/env.out\"]}]}"; PROA_E2E_HOOK=inherited o run --bundle $T/env env </dev/null; cat $T/env.out
out= inherited\nown\n$T/env

== oci.terminal [proa]: the terminal's master goes over the console socket, and only there
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='tty; stty size; exit 0' bundle $T/b '.process.terminal=true | .process.consoleSize={height:31,width:71}'; ln -sf busybox $T/b/rootfs/bin/tty; ln -sf busybox $T/b/rootfs/bin/stty; o create --bundle $T/b none
= 1
err~ cannot allocate tty
$ . $T/lib.sh; cat > $T/console.py <<'P'
    import array, os, socket, sys
    s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); print("listening", flush=True)
    c = s.accept()[0]
    data, control, flags, _ = c.recvmsg(4096, socket.CMSG_SPACE(4))
    fd = array.array("i", control[0][2])[0]
    out = b""
    while True:
        try: more = os.read(fd, 4096)
        except OSError: break
        if not more: break
        out += more
    print(out.decode(), end="", flush=True)
    P
    mkfifo $T/up; python3 $T/console.py $T/sock > $T/said & until [ -S $T/sock ]; do :; done; o create --bundle $T/b --console-socket $T/sock one && o start one; wait; tr -d '\r' < $T/said; o delete --force one
out= listening\n/dev/pts/0\n31 71

== oci.refused [proa]: what is wrong or not there is named
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; i=0; for c in '.ociVersion="2.0.0"' 'del(.process)' '.process.cwd="tmp"' '.root.path="nosuch"' '.process.selinuxLabel="x"' '.linux.seccomp={defaultAction:"SCMP_ACT_NOTIFY"}' '.process.rlimits=[{type:"RLIMIT_X",soft:1,hard:1}]' '.linux.namespaces+=[{type:"pid"}]' '.linux.sysctl={"kernel.panic":"1"}' '.linux.intelRdt={}'; do i=$((i+1)); bundle $T/b$i "$c"; o --log $T/log --log-format json create --bundle $T/b$i x; done; ls $T/r; jq -r .msg < $T/log | wc -l
out= 10
err~ unsupported ociVersion 2\.0\.0
err~ process property must not be empty
err~ Cwd must be an absolute path
err~ nosuch does not exist
err~ process\.selinuxLabel: SELinux
err~ SCMP_ACT_NOTIFY
err~ RLIMIT_X
err~ pid is there twice
err~ sysctl "kernel\.panic" is not in a separate kernel namespace
err~ linux\.intelRdt

$ . $T/lib.sh; bundle $T/late '.process.capabilities={bounding:["CAP_CHOWN"],effective:["CAP_CHOWN"],permitted:[],inheritable:[],ambient:[]}'; o run --bundle $T/late late </dev/null; ls $T/r
= 0
out=
err~ cannot start late: step \d+ ..?capabilities..?: capset\(.*\) EPERM: operation not permitted

== oci.fields [proa]: what a configuration of the specification 1.3 asks for and is not there is refused by its name
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; i=0; for c in '.linux.intelRdt={closID:"x"}' '.linux.netDevices={eth0:{name:"e"}}' '.linux.memoryPolicy={mode:"MPOL_X"}' '.linux.seccomp={defaultAction:"SCMP_ACT_ALLOW",listenerPath:"/s"}' '.linux.memoryPolicy={mode:"MPOL_BIND",nodes:"3-1"}' '.linux.resources.network={classID:1}' '.linux.resources.rdma={mlx:{hcaHandles:1}}' '.linux.resources.memory={kernelTCP:1}' '.linux.resources.memory={useHierarchy:false}' '.linux.resources.blockIO={leafWeight:10}' '.linux.mountLabel="x"' '.windows={layerFolders:[]} | .windows.x=1'; do i=$((i+1)); bundle $T/b$i "$c"; o create --bundle $T/b$i x; done; ls $T/r
out=
err~ linux\.intelRdt:
err~ linux\.netDevices:
err~ linux\.memoryPolicy: ..?MPOL_X..? is no mode
err~ linux\.memoryPolicy: ..?3-1..? is no list
err~ linux\.seccomp\.listenerPath:
err~ linux\.resources\.network:
err~ linux\.resources\.rdma:
err~ linux\.resources\.memory\.kernelTCP:
err~ linux\.resources\.memory\.useHierarchy:
err~ linux\.resources\.blockIO\.leafWeight:
err~ linux\.mountLabel:
err~ windows:

== oci.mount-options [proa]: every option of the specification's table is taken, remount changes what is mounted, tmpcopyup fills a tmpfs with what lies there
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='grep " /m[0-9]" /proc/self/mountinfo | cut -d" " -f5,6' bundle $T/b '.mounts+=([["async","sync","dirsync","iversion","noiversion","mand","nomand","lazytime","nolazytime","silent","loud","defaults","rw","suid","dev","exec","diratime","symfollow","atime","relatime","private","rprivate"],["ro","nosuid","nodev","noexec","nodiratime","nosymfollow","strictatime"],["rro","rnosuid","rnodev","rnoexec","rnodiratime","rnosymfollow","rnoatime","rslave"],["norelatime","shared"],["nostrictatime","rshared"],["rrw","rsuid","rdev","rexec","rdiratime","rsymfollow","rrelatime","slave"],["unbindable"],["runbindable","rstrictatime"]]|to_entries|map({destination:("/m"+(.key|tostring)),type:"tmpfs",source:"tmpfs",options:.value}))'; o run --bundle $T/b one </dev/null
out= /m0 rw,relatime\n/m1 ro,nosuid,nodev,noexec,nodiratime,nosymfollow\n/m2 ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow\n/m3 rw\n/m4 rw,relatime\n/m5 rw,relatime\n/m6 rw,relatime\n/m7 rw
$ . $T/lib.sh; mkdir -p $T/src/sub; SH='grep -E " (/dev/shm|/src|/) " /proc/self/mountinfo | cut -d" " -f5,6; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2' bundle $T/r '.mounts+=[{destination:"/src",type:"bind",source:"../src",options:["rbind"]},{destination:"/src",options:["remount","bind","ro","noexec"]},{destination:"/dev/shm",options:["remount","ro","size=2m"]},{destination:"/",options:["remount","nosuid"]}]'; for a in grep cut df tail tr; do ln -sf busybox $T/r/rootfs/bin/$a; done; o run --bundle $T/r two </dev/null
out~ (?s)^/ rw,nosuid,.*\n/dev/shm ro,.*\n/src ro,noexec,.*\n2048$
$ . $T/lib.sh; SH=true bundle $T/f '.mounts+=[{destination:"/src",type:"bind",source:"../src",options:["bind"]},{destination:"/src",options:["remount","size=1m"]}]'; o run --bundle $T/f three </dev/null; SH=true bundle $T/g '.mounts+=[{destination:"/tmp",options:["remount","bind","ro"]}]'; o run --bundle $T/g four </dev/null; SH=true bundle $T/h '.mounts+=[{destination:"/tmp",type:"bind",source:"../src",options:["bind","tmpcopyup"]}]'; o run --bundle $T/h five </dev/null; ls $T/r
= 0
out~ bundle|config|rootfs
err~ size=1m would change a file system that is not the container's alone
err~ step \d+ ..?remount /tmp..?: mount_setattr
err~ the option tmpcopyup is for tmpfs
$ . $T/lib.sh; SH='cat /data/f /data/sub/hard /data/link; stat -c %u:%g:%a /data /data/f; echo new > /data/new; grep " /data " /proc/self/mountinfo | cut -d" " -f6; mkdir /data/x; ls /data' bundle $T/c '.mounts+=[{destination:"/data",type:"tmpfs",source:"tmpfs",options:["tmpcopyup","nosuid"]}]'; for a in grep cut mkdir; do ln -sf busybox $T/c/rootfs/bin/$a; done; mkdir -p $T/c/rootfs/data/sub; echo in > $T/c/rootfs/data/f; ln $T/c/rootfs/data/f $T/c/rootfs/data/sub/hard; ln -s /data/f $T/c/rootfs/data/link; chown 3:4 $T/c/rootfs/data/f; chmod 751 $T/c/rootfs/data; o run --bundle $T/c six </dev/null; ls $T/c/rootfs/data
out= in\nin\nin\n0:0:751\n3:4:644\nrw,nosuid,relatime\nf\nlink\nnew\nsub\nx\nf\nlink\nsub
$ . $T/lib.sh; chmod 755 $T; SH='cat /data/f; stat -c %u /data/f; touch /data/x' bundle $T/u '.linux.namespaces+=[{type:"user"}] | .linux.uidMappings=[{containerID:0,hostID:300000,size:65536}] | .linux.gidMappings=.linux.uidMappings | .mounts+=[{destination:"/data",type:"tmpfs",source:"tmpfs",options:["tmpcopyup","ro"]},{destination:"/dangling",type:"tmpfs",source:"tmpfs"}]'; mkdir $T/u/rootfs/data; ln -s /far/away $T/u/rootfs/dangling; echo in > $T/u/rootfs/data/f; chown -R 300000:300000 $T/u/rootfs; o run --bundle $T/u seven </dev/null
= 1
out= in\n0
err~ /data/x: Read-only file system

== oci.mount-namespace [proa]: a mount namespace that is joined, or the runtime's own, keeps its mounts to itself: the container's tree is attached nowhere and gone with it
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; bundle $T/n; o run -d --bundle $T/n other </dev/null >/dev/null 2>&1; p=$(o state other | jq .pid); cat /proc/$p/mountinfo > $T/before; SH='readlink /proc/self/ns/mnt; ls /; ls /..; echo x > /tmp/f; cat /tmp/f; cat /proc/1/comm; test -c /dev/null && echo null' bundle $T/j ".linux.namespaces=[{type:\"pid\"},{type:\"ipc\"},{type:\"uts\"},{type:\"mount\",path:\"/proc/$p/ns/mnt\"}]"; mkdir $T/j/rootfs/mine; o run --bundle $T/j one </dev/null > $T/out; head -n 1 $T/out | cmp - <(readlink /proc/$p/ns/mnt) && sed 1d $T/out; cmp $T/before /proc/$p/mountinfo
out= bin\ndev\netc\nmine\nproc\nsys\ntmp\nbin\ndev\netc\nmine\nproc\nsys\ntmp\nx\nsh\nnull
$ . $T/lib.sh; p=$(o state other | jq .pid); SH='sleep 600' bundle $T/k ".linux.namespaces=[{type:\"pid\"},{type:\"ipc\"},{type:\"uts\"},{type:\"mount\",path:\"/proc/$p/ns/mnt\"}] | .root.readonly=true"; mkdir $T/k/rootfs/mine; o run -d --bundle $T/k two </dev/null >/dev/null 2>&1; o exec two sh -c 'readlink /proc/self/ns/mnt; ls /mine; pwd; touch /x' > $T/out; head -n 1 $T/out | cmp - <(readlink /proc/$p/ns/mnt) && sed 1d $T/out; o delete -f two; cmp $T/before /proc/$p/mountinfo; o delete -f other; ls $T/r
out= /
err~ /x: Read-only file system
$ . $T/lib.sh; SH='readlink /proc/self/ns/mnt; ls / | grep mine; echo x > /tmp/f' bundle $T/h '.linux.namespaces|=map(select(.type!="mount"))'; ln -s busybox $T/h/rootfs/bin/grep; mkdir $T/h/rootfs/mine; o run --bundle $T/h three </dev/null > $T/out; head -n 1 $T/out | cmp - <(readlink /proc/self/ns/mnt) && sed 1d $T/out; grep -c "$T" /proc/self/mountinfo; ls $T/h/rootfs/tmp
out= mine\n0\nf
$ . $T/lib.sh; gcc -static -O2 -o $T/attacker $LIB/attacker.c; SH='/attacker chroot' bundle $T/x '.linux.namespaces|=map(select(.type!="mount")) | .process.capabilities={bounding:["CAP_SYS_CHROOT"],effective:["CAP_SYS_CHROOT"],permitted:["CAP_SYS_CHROOT"]}'; cp $T/attacker $T/x/rootfs/; o run --bundle $T/x climber </dev/null
out= attacker\nbin\ndev\netc\nproc\nsys\ntmp
$ . $T/lib.sh; SH=true bundle $T/u '.linux.namespaces=[{type:"user"},{type:"uts"}] | .linux.uidMappings=[{containerID:0,hostID:300000,size:65536}] | .linux.gidMappings=.linux.uidMappings'; o run --bundle $T/u four </dev/null
= 1
err~ a container with a new user namespace needs a new mount namespace as well

== oci.placement [proa]: where an exec runs and where memory lies: execCPUAffinity and memoryPolicy
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='sleep 600' bundle $T/b; ln -s busybox $T/b/rootfs/bin/grep; o run -d --bundle $T/b one </dev/null >/dev/null 2>&1; last=$(grep Cpus_allowed_list /proc/self/status | sed 's/.*[^0-9]//'); for a in "{initial:\"0\",final:\"$last\"}" '{initial:"0"}' "{}"; do jq ".process | .args=[\"grep\",\"Cpus_allowed_list\",\"/proc/self/status\"] | .execCPUAffinity=$a" $T/b/config.json > $T/p.json; o exec --process $T/p.json one | tr -cd '0-9,\n-'; done > $T/out; (echo $last; echo 0; grep Cpus_allowed_list /proc/self/status | tr -cd '0-9,\n-') | cmp - $T/out; jq '.process | .execCPUAffinity={initial:"0-x"}' $T/b/config.json > $T/p.json; o exec --process $T/p.json one; o delete -f one
= 0
err~ process\.execCPUAffinity: ..?0-x..? is no list
$ . $T/lib.sh; [ -e /proc/self/numa_maps ] || { echo bind:0; exit; }; SH='grep -o -m 1 bind:0 /proc/self/numa_maps' bundle $T/m '.linux.memoryPolicy={mode:"MPOL_BIND",nodes:"0"}'; ln -s busybox $T/m/rootfs/bin/grep; o run --bundle $T/m two </dev/null
out= bind:0

== oci.descriptors [proa]: descriptors that the caller leaves open are the program's from 3 on, sockets of an activation first, and nothing else is
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='cat <&3; cat <&4; ls /proc/self/fd | tr "\n" " "; echo ${LISTEN_FDS:-none}' bundle $T/b; ln -s busybox $T/b/rootfs/bin/tr; echo three > $T/3; echo four > $T/4; (exec 3<$T/3 4<$T/4 5<$T/4; o run --preserve-fds 2 --bundle $T/b one </dev/null); (exec 3<$T/3; o run --preserve-fds 2 --bundle $T/b two </dev/null); ls $T/r
out= three\nfour\n0 1 2 3 4 5 none
err~ preserved-fd 4 is present
$ . $T/lib.sh; SH='read a <&3; read b <&4; echo $a $b $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES' bundle $T/l; (exec 3<$T/3 4<$T/4; sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$@"' sh "$(dirname $PROAD)/proa" oci --root $T/r run --preserve-fds 1 --bundle $T/l three </dev/null); (exec 3<$T/3; LISTEN_PID=1 LISTEN_FDS=1 o run --bundle $T/b four </dev/null 2>&1 | tail -n 1)
out= three four 1 1 web\n0 1 2 3 none
$ . $T/lib.sh; bundle $T/e; o run -d --bundle $T/e five </dev/null >/dev/null 2>&1; (exec 3<$T/3 4<$T/4; o exec --preserve-fds 2 five sh -c 'cat <&3; cat <&4'; o exec --preserve-fds 2 five nosuch); o delete -f five
= 0
out= three\nfour
err~ nosuch.*: executable file not found in \$PATH

== oci.process [proa]: HOME is the container's own, capabilities that cannot be given are warned of, and a log that cannot be written is refused before anything is done
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH='echo $HOME' bundle $T/b; printf 'root:x:0:0::/root:/bin/sh\nuser:x:7:7::/home/user:/bin/sh\n' > $T/b/rootfs/etc/passwd; o run --bundle $T/b one </dev/null; SH='echo $HOME' bundle $T/c '.process.user.uid=7 | .process.cwd="/"'; ln -s ../../../../../../etc/shadow $T/c/rootfs/etc/passwd; o run --bundle $T/c two </dev/null; SH='echo $HOME' bundle $T/d '.process.env+=["HOME=/mine"]'; o run --bundle $T/d three </dev/null
out= /root\n/\n/mine
$ . $T/lib.sh; bundle $T/e; cp $T/b/rootfs/etc/passwd $T/e/rootfs/etc/; o run -d --bundle $T/e four </dev/null >/dev/null 2>&1; o exec -u 7 four sh -c 'echo $HOME'; o exec -e HOME=/x four sh -c 'echo $HOME'; o delete -f four
out= /home/user\n/x
$ . $T/lib.sh; SH='grep CapBnd /proc/self/status | cut -f2' bundle $T/f '.process.capabilities.bounding+=["CAP_NOSUCH"]'; for a in grep cut; do ln -s busybox $T/f/rootfs/bin/$a; done; o --log $T/log --log-format json run --bundle $T/f five </dev/null; jq -r '.level+" "+.msg' $T/log
out= 0000000020000420\nwarning process.capabilities: ignoring unknown or unavailable capabilities: CAP_NOSUCH
$ . $T/lib.sh; o --log $T/no/log create --bundle $T/b six; o --log-format xml create --bundle $T/b six; ls $T/r; o exec --help | head -n 1
= 0
out= Usage:  proa oci [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]
err~ NoSuchFile
err~ invalid log-format

== oci.peers [proa]: what runc's and crun's own suites ask of edges: names without a namespace, limits twice, paths that are not there, folders that are made, links at destinations, process.json
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; SH=true bundle $T/d '.linux.namespaces|=map(select(.type!="uts")) | .hostname="x"'; o run --bundle $T/d d </dev/null; SH=true bundle $T/f '.process.rlimits=[{type:"RLIMIT_NOFILE",soft:5,hard:9},{type:"RLIMIT_NOFILE",soft:50,hard:90}]'; o run --bundle $T/f f </dev/null
= 1
out=
err~ hostname: ..x.. needs a uts namespace
err~ process\.rlimits: RLIMIT_NOFILE is there twice
$ . $T/lib.sh; SH='echo ok; pwd' bundle $T/e '.linux.maskedPaths=["/nosuch","/proc/nosuch/x"] | .linux.readonlyPaths=["/nosuch2"] | .process.cwd="/made/deep"'; o run --bundle $T/e e </dev/null
out= ok\n/made/deep
$ . $T/lib.sh; mkdir $T/src; echo in > $T/src/f; SH='cat /l/f; uname -m; cut -d. -f1 /proc/uptime' bundle $T/i '.mounts+=[{destination:"/l",type:"bind",source:"../src",options:["bind"]}] | .linux.personality={domain:"LINUX32"} | .linux.namespaces+=[{type:"time"}] | .linux.timeOffsets={boottime:{secs:1000000}}'; ln -s /../../../../tmp/target $T/i/rootfs/l; for a in uname cut; do ln -s busybox $T/i/rootfs/bin/$a; done; o run --bundle $T/i i </dev/null; ls $T/i/rootfs/tmp; ls /tmp/target
= *
out~ ^in\ni686\n1\d{6}\ntarget$
$ . $T/lib.sh; bundle $T/b; o run -d --bundle $T/b c </dev/null >/dev/null 2>&1; jq '.process | .args=["sh","-c","id -u; echo $X; pwd"] | .user.uid=9 | .env=["X=y","PATH=/bin"] | .cwd="/tmp"' $T/b/config.json > $T/p.json; o exec --process $T/p.json c; o exec --process $T/p.json c </dev/null >/dev/null 2>&1; stat -c %u /dev/null; o kill --all c KILL; until [ "$(o state c | jq -r .status)" = stopped ]; do :; done; o delete c; ls $T/r
out= 9\ny\n/tmp\n0

== oci.update [proa]: limits of every kind change while a container runs: memory, cpu, burst, idle, pids, throttles of devices
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    cat >> $T/lib.sh <<'X'
    dev() { for d in /sys/block/*; do [ -e $d/dev ] && { cat $d/dev; break; }; done; }
    val() { for f in "$@"; do for g in $(cut -d: -f3 /proc/$p/cgroup | grep -vx / | sort -u); do for h in /sys/fs/cgroup /sys/fs/cgroup/*; do [ -f $h$g/$f ] && { cat $h$g/$f; return; }; done; done; done; }
    X
    . $T/lib.sh; bundle $T/b '.linux.resources={memory:{limit:67108864},cpu:{quota:50000,period:100000,burst:10000},pids:{limit:50}}'; o run -d --bundle $T/b one </dev/null >/dev/null 2>&1; p=$(o state one | jq .pid); val cpu.max.burst cpu.cfs_burst_us; val pids.max
out= 10000\n50
$ . $T/lib.sh; p=$(o state one | jq .pid); d=$(dev); echo "{\"memory\":{\"limit\":33554432},\"cpu\":{\"quota\":40000,\"burst\":5000},\"pids\":{\"limit\":20},\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":${d%:*},\"minor\":${d#*:},\"rate\":1048576}],\"throttleWriteIOPSDevice\":[{\"major\":${d%:*},\"minor\":${d#*:},\"rate\":77}]}}" | o update -r - one; val cpu.max.burst cpu.cfs_burst_us; val pids.max; val memory.max memory.limit_in_bytes; val io.max blkio.throttle.read_bps_device | grep -c 1048576; val io.max blkio.throttle.write_iops_device | grep -c 77
out= 5000\n20\n33554432\n1\n1
$ . $T/lib.sh; p=$(o state one | jq .pid); d=$(dev); echo "{\"cpu\":{\"idle\":1},\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":${d%:*},\"minor\":${d#*:},\"rate\":0}]}}" | o update -r - one; val cpu.idle; val io.max blkio.throttle.read_bps_device | grep -c 1048576 || true
out= 1\n0
$ . $T/lib.sh; echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | o update -r - one
= 1
err~ memory\.limit: 4096 bytes are less than the \d+ that are in use
$ . $T/lib.sh; echo '{"rdma":{"mlx":{"hcaHandles":1}}}' | o update -r - one
= 1
err~ linux\.resources\.rdma
$ . $T/lib.sh; o delete -f one; ls $T/r
out=

== oci.update-huge [proa lab]: limits on huge pages are set at the start and change while a container runs
$ cat > $T/lib.sh <<'X'
    o() { "$(dirname $PROAD)/proa" oci --root $T/r "$@"; }
    bundle() { mkdir -p $1/rootfs/{bin,proc,sys,dev,tmp,etc}; cp /bin/busybox $1/rootfs/bin/; for a in sh ls cat echo sleep id true ps hostname kill mount stat readlink test touch; do ln -sf busybox $1/rootfs/bin/$a; done; (cd $1; o spec; jq --arg sh "${SH:-sleep 600}" "(.process.args=[\"sh\",\"-c\",\$sh]) | .root.readonly=false | .linux.cgroupsPath=\"/oci-$N-${1##*/}\" | ${2:-.}" config.json > c && mv c config.json); }
    X
    . $T/lib.sh; bundle $T/b '.linux.resources={hugepageLimits:[{pageSize:"2MB",limit:4194304}]}'; o run -d --bundle $T/b one </dev/null >/dev/null 2>&1; p=$(o state one | jq .pid); g=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/$p/cgroup); cat $g/hugetlb.2MB.max; echo '{"hugepageLimits":[{"pageSize":"2MB","limit":2097152}]}' | o update -r - one; cat $g/hugetlb.2MB.max $g/hugetlb.2MB.rsvd.max; o delete -f one
out= 4194304\n2097152\n2097152

== oci.features [proa]: features is the specification's document
$ $(dirname $PROAD)/proa oci features | jq -c '[.ociVersionMin,.ociVersionMax,(.hooks|length),.linux.cgroup.v2,.linux.mountExtensions.idmap.enabled,(.mountOptions|index("rro")!=null)]'
out= ["1.0.0","1.3.0",6,true,true,true]
$ $(dirname $PROAD)/proa oci --version
out~ ^proa oci version \d.*\nspec: 1\.
$ $(dirname $PROAD)/proa oci --nosuch; $(dirname $PROAD)/proa oci nosuch
= 1
err~ flag provided but not defined: -nosuch
err~ No help topic for 'nosuch'
