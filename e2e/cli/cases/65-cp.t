== cp.to-file [later:cp]: cp of a file into a container
$ docker create --name $N $BB cat /etc/x >/dev/null; echo c > $T/a; docker cp $T/a $N:/etc/x; docker start -a $N
out~ ^c$

== cp.dir [later:cp]: cp of a folder, with and without /.
$ mkdir -p $T/d/e; echo 1 > $T/d/e/f; docker create --name $N $BB true >/dev/null; docker cp $T/d $N:/one >/dev/null 2>&1; docker cp $T/d/. $N:/tmp/ >/dev/null 2>&1; docker cp $N:/one/e/f - | tar -xO; docker cp $N:/tmp/e/f - | tar -xO
out= 1\n1

== cp.stdin-tar [later:cp]: cp - takes a tar
$ mkdir $T/d; echo t > $T/d/t; docker create --name $N $BB true >/dev/null; tar -C $T/d -c t | docker cp - $N:/tmp; docker cp $N:/tmp/t - | tar -xO
out= t

== cp.volume [later:cp]: cp into a volume of a stopped container
$ docker create --name $N -v $N:/v $BB true >/dev/null; echo v > $T/v; docker cp $T/v $N:/v/f >/dev/null 2>&1; docker run --rm -v $N:/v $BB cat /v/f
out= v

== cp.missing-container [later:cp]: cp with an unknown container fails
$ docker cp $N-nosuch:/x $T/x
= 1
err~ No such container: $N-nosuch

== cp.read-only [later:cp]: cp into a read-only container is refused
$ docker create --name $N --read-only $BB true >/dev/null; echo > $T/a; docker cp $T/a $N:/a
= 1
err~ container rootfs is marked read-only

== cp.symlink-escape [later:cp]: a link in the container cannot lead cp to the host
$ docker run --name $N $BB sh -c 'ln -s /../../../../../../../../../../tmp /esc; mkdir -p /tmp/in'; echo x > $T/$N-file; docker cp $T/$N-file $N:/esc/ >/dev/null 2>&1; ls /tmp/$N-file
= 2
$ docker cp $N:/tmp/$N-file - | tar -xO
out= x

== cp.symlink-read [later:cp]: reading through a link stays in the container
$ docker run --name $N $BB sh -c 'rm -f /l; ln -s ../../../../../../../../etc/hostname /l; ln -s /etc/image /m'; docker cp -L $N:/m - | tar -xO
out= bb

== cp.ownership [later:cp]: -a keeps the owner
$ docker run --name $N $BB sh -c 'echo x > /o; chown 12:34 /o'; docker cp $N:/o - | tar -tv --numeric-owner
out~ 12/34
