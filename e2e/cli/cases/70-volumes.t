== volume.create-twice: creating the same volume again is no error
$ docker volume create $N >/dev/null; docker volume create $N
out= $N

== volume.bad-name: a bad name is refused
$ docker volume create 'x/../y'
= 1
err~ Error response from daemon: create x/\.\./y: "x/\.\./y" includes invalid characters for a local volume name, only "\[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\]" are allowed\. If you intended to pass a host directory, use absolute path

== volume.bad-driver: an unknown driver is refused
$ docker volume create -d nosuch $N
= 1
err~ (?i)(error looking up volume plugin nosuch: )?plugin "nosuch" not found

== volume.ls: ls and its filters
$ docker volume create --label $N=1 $N >/dev/null; docker volume ls --filter label=$N=1 --format '{{.Driver}} {{.Name}}'
out= local $N
$ docker volume ls -q --filter name=$N
out= $N

== volume.dangling: the dangling filter knows which are in use
$ docker volume create $N-free >/dev/null; docker create --name $N -v $N:/v $BB true >/dev/null; docker volume ls -q --filter dangling=true --filter name=$N
out= $N-free

== volume.bad-filter [since28]: an unknown filter is refused
$ docker volume ls --filter nosuch=1
= 1
err~ invalid filter 'nosuch'

== volume.rm-unknown: removing an unknown volume fails, inspecting too
$ docker volume rm $N-nosuch
= 1
err~ Error response from daemon: get $N-nosuch: no such volume
$ docker volume inspect $N-nosuch
= 1
out= []
err~ (?i)get $N-nosuch: no such volume

== volume.rm-in-use: removing a volume in use is a conflict
$ docker create --name $N -v $N:/v $BB true >/dev/null; docker volume rm $N
= 1
err~ Error response from daemon: remove $N: volume is in use - \[[0-9a-f]{64}\]

== volume.prune [since28]: prune removes anonymous ones only, -a named ones too
$ docker volume create --label $N=1 $N >/dev/null; docker volume prune -f --filter label=$N=1 >/dev/null; docker volume ls -q --filter name=$N
out= $N
$ docker volume prune -af --filter label=$N=1
out~ ^Deleted Volumes:$
out~ ^$N$
out~ Total reclaimed space:

== volume.volumes-from: --volumes-from
$ docker create --name $N -v $N:/v $BB true >/dev/null; docker run --rm --volumes-from $N $BB sh -c 'echo z > /v/z'; docker run --rm --volumes-from $N:ro $BB sh -c 'cat /v/z; touch /v/y'
= 1
out= z

== bind.relative: a relative target is refused
$ docker run --rm -v $T:rel $BB true
= 125
err~ invalid volume specification: '.*:rel'|mount path must be absolute

== bind.root: a mount over / is refused
$ docker run --rm -v $T:/ $BB true
= 125
err~ (?i)destination can't be '/'

== bind.duplicate: the same target twice is refused
$ docker run --rm -v $T:/b -v /tmp:/b $BB true
= 125
err~ Duplicate mount point: /b

== mount.tmpfs: --mount type=tmpfs
$ docker run --rm --mount type=tmpfs,dst=/t,tmpfs-size=1048576,tmpfs-mode=1770 $BB sh -c 'df -k /t | tail -1; stat -c %a /t'
out~ 1024
out~ ^1770$

== mount.subpath-escape [since28]: a volume-subpath cannot lead out of the volume
$ docker run --rm -v $N:/v $BB ln -s /etc /v/l; docker run --rm --mount type=volume,src=$N,dst=/x,volume-subpath=l $BB ls /x
= 125
err~ (?i)(escapes|subpath|no such file|not found)
$ docker run --rm --mount type=volume,src=$N,dst=/x,volume-subpath=../../ $BB ls /x
= 125
err~ .

== volume.inspect-usage: containers tell their mounts
$ docker create --name $N -v $N:/v:ro -v $T:/b $BB true >/dev/null; docker inspect $N | jq -r '.[0].Mounts|sort_by(.Destination)|.[]|[.Type,.Destination,.RW,(.Name//"")]|map(tostring)|join(" ")'
out= bind /b true \nvolume /v false $N


== volume.opt-tmpfs: a volume with type=tmpfs is a file system of its own while somebody uses it
$ docker volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,mode=1770 $N >/dev/null; docker run -d --name $N-a -v $N:/v $BB sh -c 'echo x > /v/f; exec sleep 100' >/dev/null; docker run --rm -v $N:/v $BB sh -c 'until cat /v/f 2>/dev/null; do :; done; df -k /v | tail -1; stat -c %a /v'
out~ ^x$
out~ ^tmpfs +1024 
out~ ^1770$
$ docker rm -f $N-a >/dev/null; docker run --rm -v $N:/v $BB ls -A /v; docker volume inspect -f '{{json .Options}}' $N
out= {"device":"tmpfs","o":"size=1m,mode=1770","type":"tmpfs"}

== volume.opt-bind: a volume with o=bind is another folder, which outlives it
$ mkdir $T/d; echo 1 > $T/d/f; docker volume create -o type=none -o o=bind -o device=$T/d $N >/dev/null; docker run --rm -v $N:/v $BB sh -c 'cat /v/f; echo 2 > /v/g'; docker volume rm $N >/dev/null; cat $T/d/g
out= 1\n2
$ docker volume create -o type=none -o o=bind,ro -o device=$T/d $N >/dev/null; docker run --rm -v $N:/v $BB sh -c 'echo > /v/h'
= 1
err~ Read-only file system
$ docker create --name $N -v $N:/v $BB true >/dev/null; docker cp $N:/v/f - | tar -xO
out= 1

== volume.opt-mount: --mount makes a volume with options
$ docker run --rm --mount type=volume,dst=/v,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=2m $BB sh -c 'df -k /v | tail -1'
out~ ^tmpfs +2048 

== volume.opt-bad: options that are none, incomplete or cannot be mounted
$ docker volume create -o nosuch=1 $N
= 1
err~ invalid option: "nosuch"
$ docker volume create -o type=tmpfs $N
= 1
err~ missing required option: "device"
$ docker volume create -o type=none -o o=bind -o device=$T/nosuch $N >/dev/null; docker run --rm -v $N:/v $BB true
= 127
err~ failed to mount local volume: mount $T/nosuch:.*: no such file or directory
