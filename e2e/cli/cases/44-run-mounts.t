# Binds, named volumes, tmpfs.

== mount.bind: a folder of the host is seen and written
$ mkdir $T/d; echo a > $T/d/f; docker run --rm -v $T/d:/d $BB sh -c 'cat /d/f; echo b > /d/g; stat -c %a /d'; cat $T/d/g
out~ ^a$
out~ ^b$

== mount.bind-file: a single file
$ echo one > $T/f; docker run --rm -v $T/f:/etc/one $BB sh -c 'cat /etc/one; echo two > /etc/one'; cat $T/f
out= one\ntwo

== mount.bind-read-only: ro cannot be written
$ mkdir $T/d; docker run --rm -v $T/d:/d:ro $BB touch /d/x
= 1
err~ (?i)read-only file system

== mount.bind-read-only-recursive [since28]: ro holds for mounts below as well
$ mkdir -p $T/d/sub; mount -t tmpfs none $T/d/sub; docker run --rm -v $T/d:/d:ro $BB touch /d/sub/x; r=$?; umount $T/d/sub; exit $r
= 1
err~ (?i)read-only file system

== mount.bind-recursive: mounts below a bind come along
$ mkdir -p $T/d/sub; mount -t tmpfs none $T/d/sub; touch $T/d/sub/below; docker run --rm -v $T/d:/d $BB ls /d/sub; umount $T/d/sub
out= below

== mount.bind-made: a missing folder of -v is made, one of --mount is an error
$ docker run --rm -v $T/new/deep:/d $BB true; stat -c '%F %u:%g %a' $T/new/deep
out= directory 0:0 755
$ docker run --rm --mount type=bind,src=$T/missing,dst=/d $BB true
= 125
err~ invalid mount config for type "bind": bind source path does not exist: $T/missing

== mount.bind-target-made: missing targets are made in the container
$ echo x > $T/f; docker run --rm -v $T/f:/a/b/c/file -v $T:/p/q/r $BB sh -c 'cat /a/b/c/file; ls /p/q/r'
out= x\nf

== mount.bind-target-link: a target that is a link of the image leads to a place inside
$ mkdir $T/src; echo mine > $T/src/f; python3 $LIB/evil.py $T/i.tar $N:l "esc->/../../../../../../../../../../../home"; docker load -qi $T/i.tar >/dev/null; docker run --rm -v $T/src:/esc $N:l cat /home/f
out= mine

== mount.bind-target-link-outside: a target that is a link to a folder of the host alone does not reach that
$ mkdir $T/src $T/victim; echo mine > $T/src/f; python3 $LIB/evil.py $T/i.tar $N:l "esc->/../../../../../../../../../../../$T/victim"; docker load -qi $T/i.tar >/dev/null; docker run --rm -v $T/src:/esc $N:l true; ls -A $T/victim | wc -l; grep -c $T/victim /proc/self/mountinfo
= 1
out= 0\n0

== mount.bind-target-link-made: a target that is a link to nothing is made where the link leads
$ mkdir $T/src; echo mine > $T/src/f; python3 $LIB/evil.py $T/i.tar $N:l "esc->/not/there"; docker load -qi $T/i.tar >/dev/null; docker run --rm -v $T/src:/esc $N:l cat /not/there/f
out= mine

== mount.bind-over-proc: a mount over /proc is refused
$ docker run --rm -v $T:/proc $BB true
= !0
err~ (?i)(/proc|proc.*cannot be mounted)

== mount.bind-mode-bad: an unknown mode is refused
$ docker run --rm -v $T:/d:nosuch $BB true
= 125
err~ invalid mode: nosuch

== mount.bind-too-many: too many fields are refused
$ docker run --rm -v $T:/a:ro:x $BB true
= 125
err~ invalid (volume specification|spec): '?:?.*:/a:ro:x

== mount.bind-relative-source: a relative source is a volume's name, and checked as one
$ docker run --rm -v ./no/such:/d $BB true; docker run --rm -v no/such:/d $BB true
= 125
err~ includes invalid characters for a local volume name|create .*no/such

== mount.propagation: rshared is passed on where the source is shared
$ docker create --name $N --mount type=bind,src=$T,dst=/d,bind-propagation=rslave $BB true >/dev/null; docker inspect -f '{{range .Mounts}}{{.Propagation}}{{end}}' $N
out= rslave

== volume.named: a named volume keeps what is written
$ docker run --rm -v $N:/v $BB sh -c 'echo kept > /v/f'; docker run --rm -v $N:/w $BB cat /w/f
out= kept

== volume.copy-up: a new volume takes over what the image has there, with owners
$ docker run --rm -v $N:/home $BB sh -c 'stat -c "%n %u" /home/app; touch /home/new'; docker run --rm -v $N:/x $BB ls /x
out= /home/app 1000\napp\nnew

== volume.copy-up-not-again: a volume that has something is left as it is
$ docker run --rm -v $N:/v $BB touch /v/own; docker run --rm -v $N:/home $BB ls /home
out= own

== volume.nocopy: nocopy leaves it empty
$ docker run --rm -v $N:/home:nocopy $BB ls -A /home
out= 

== volume.read-only: a named volume read-only
$ docker run --rm -v $N:/v $BB touch /v/f; docker run --rm -v $N:/v:ro $BB sh -c 'ls /v; touch /v/g'
= 1
out= f
err~ (?i)read-only file system

== volume.anonymous: -v with a path alone makes an anonymous volume
$ docker run --name $N -v /a $BB sh -c 'echo x > /a/f; grep -c " /a " /proc/mounts'; docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{len .Name}} {{.RW}}{{end}}' $N; docker rm -v $N >/dev/null
out= 1\nvolume /a 64 true

== volume.image: the image's VOLUME becomes an anonymous volume with its content
$ image $N 'VOLUME /home' 'ENV PATH=/bin' >/dev/null; docker run --name $N $N /bin/sh -c 'ls /home; grep -c " /home " /proc/mounts'; docker rm -v $N >/dev/null
out= app\n1

== volume.shared: two containers share a volume while both run
$ docker run -d --name $N -v $N:/v $BB sh -c 'while [ ! -f /v/go ]; do sleep 0.05; done; echo seen > /v/answer; sleep 60' >/dev/null; docker run --rm -v $N:/v $BB sh -c 'touch /v/go; while [ ! -f /v/answer ]; do sleep 0.05; done; cat /v/answer'
out= seen

== volume.mount-syntax: --mount type=volume with and without a name
$ docker run --rm --mount type=volume,src=$N,dst=/v $BB touch /v/f; docker run --rm --mount type=volume,src=$N,dst=/v,readonly $BB sh -c 'ls /v; touch /v/x 2>/dev/null || echo ro'
out= f\nro

== volume.driver-unknown [noref]: an unknown volume driver is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"volume","Source":"'$N'","Target":"/v","VolumeOptions":{"DriverConfig":{"Name":"nosuch"}}}]}}'
out~ (?i)plugin \\"nosuch\\" not found
out~ ^HTTP (400|404)$

== mount.type-bad: an unknown mount type is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"nosuch","Target":"/x"}]}}'
out~ invalid mount config for type \\"nosuch\\": mount type unknown
out~ ^HTTP 400$

== mount.target-missing: a mount without a target is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp"}]}}'
out~ invalid mount config for type \\"bind\\": field Target must not be empty
out~ ^HTTP 400$

== mount.source-missing: a bind without a source is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"bind","Target":"/x"}]}}'
out~ invalid mount config for type \\"bind\\": field Source must not be empty
out~ ^HTTP 400$

== mount.tmpfs-source: a tmpfs with a source is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"tmpfs","Source":"/tmp","Target":"/x"}]}}'
out~ invalid mount config for type \\"tmpfs\\": field Source must not be specified
out~ ^HTTP 400$

== mount.order: deeper targets are mounted after those above them
$ mkdir $T/a $T/b; touch $T/a/in-a $T/b/in-b; mkdir $T/a/deep; docker run --rm -v $T/b:/m/deep -v $T/a:/m $BB ls /m /m/deep
out~ in-a
out~ in-b

== mount.busy-source-removed: a bind whose folder was removed meanwhile is an error, then fine again
$ mkdir $T/d; docker create --name $N --mount type=bind,src=$T/d,dst=/d $BB ls /d >/dev/null; rmdir $T/d; docker start -a $N
= 1
err~ (?i)(bind source path does not exist|no such file or directory)
$ mkdir $T/d; touch $T/d/back; docker start -a $N
out= back

== mount.image [since28]: an image is mounted read-only, and is in use as long as the container is there
$ mkdir -p $T/l/sub && echo bar >$T/l/foo && echo world >$T/l/sub/hello && ln -s sub $T/l/good && ln -s ../../etc $T/l/bad && layer $T/l | docker import - $N:1 >/dev/null; docker run -d --name $N --mount type=image,source=$N:1,target=/image $BB sleep 100 >/dev/null; docker exec $N sh -c 'cat /image/foo; touch /image/x 2>&1 | grep -c "Read-only file system"'
out= bar\n1
$ docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}}{{end}}' $N
out= image $N:1 /image false
$ docker rmi $N:1
= 1
err~ container [0-9a-f]{12} is using its referenced image [0-9a-f]{12}
$ docker rm -f $N >/dev/null; docker rmi $N:1 | tail -1
out~ ^Deleted: sha256:

== mount.image-removed [since28]: a container keeps the image that it mounts when its name is gone
$ mkdir $T/l && echo bar >$T/l/foo && layer $T/l | docker import - $N:1 >/dev/null; docker create --name $N --mount type=image,source=$N:1,target=/a --mount type=image,source=$N:1,target=/b $BB sh -c 'cat /a/foo /b/foo' >/dev/null; docker start -a $N; docker rmi -f $N:1 >/dev/null; docker images -q $N | wc -l; docker start -a $N; docker cp $N:/a/foo - | tar xO
out= bar\nbar\n0\nbar\nbar\nbar

== mount.image-subpath [since28]: a sub-path of an image, and nothing outside of it
$ mkdir -p $T/l/sub && echo world >$T/l/sub/hello && ln -s sub $T/l/good && ln -s ../../etc $T/l/bad && layer $T/l | docker import - $N:1 >/dev/null
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=sub $BB ls /image
out= hello
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=good $BB ls /image
out= hello
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=sub/hello $BB cat /image
out= world
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=bad $BB ls /image
= 125
err~ path concatenation escapes the base directory
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=nosuch $BB ls /image
= 125
err~ cannot access path
$ docker run --rm --mount type=image,source=$N:1,target=/image,image-subpath=../../etc $BB ls /image
= 125
err~ subpath must be a relative path within the volume

== mount.image-unknown [since28]: an image that is not there, and options of another type
$ api POST /v1.48/containers/create "{\"Image\":\"$BB\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"$N-nosuch\",\"Target\":\"/x\"}]}}"
out~ (?i)No such image: $N-nosuch
out~ HTTP 404$
$ api POST /v1.48/containers/create "{\"Image\":\"$BB\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/tmp\",\"Target\":\"/x\",\"ImageOptions\":{\"Subpath\":\"a\"}}]}}"
out~ field ImageOptions must not be specified
out~ HTTP 400$

== mount.read-only-non-recursive [since28]: a read-only bind leaves what is mounted below it as it is if that is asked for
$ mkdir -p $T/a/b && mount -t tmpfs none $T/a/b && docker run --rm --mount type=bind,src=$T/a,dst=/x,ro $BB sh -c 'touch /x/1 /x/b/1 2>&1 | grep -c Read-only'; docker run --rm --mount type=bind,src=$T/a,dst=/x,ro,bind-recursive=writable $BB sh -c 'touch /x/1 /x/b/1 2>&1 | grep -c Read-only'; ls $T/a/b; umount $T/a/b
out= 2\n1\n1
