== images.list: images lists the base image
$ docker images --format '{{.Repository}}:{{.Tag}}' 
out~ ^pcsuite/busybox:1$

== images.reference-filter: images can be filtered by reference
$ docker images --filter reference='pcsuite/bus*' --format '{{.Repository}}'
out= pcsuite/busybox

== images.quiet: images -q --no-trunc prints full ids
$ docker images -q --no-trunc pcsuite/busybox
out~ ^sha256:[0-9a-f]{64}$

== images.bad-filter [since28]: an unknown image filter is refused
$ docker images --filter nosuch=1
= 1
err~ invalid filter 'nosuch'

== images.before-since: before and since filters take an image
$ docker images --filter since=$BB-nosuch
= 1
err~ (?i)no such image: pcsuite/busybox:1-nosuch

== inspect.by-short-id: an image is found by a short id
$ id=$(docker image inspect -f '{{.Id}}' $BB); s=${id#sha256:}; docker image inspect -f '{{.Id}}' ${s:0:12} | grep -c $id
out= 1

== tag.add: tag adds a name
$ docker tag $BB $N:x && docker image inspect -f '{{.RepoTags}}' $BB
out~ $N:x

== tag.unknown: tagging an unknown image fails
$ docker tag $N-nosuch $N:y
= 1
err= Error response from daemon: No such image: $N-nosuch:latest

== rmi.untag: rmi of one of two names only untags
$ docker tag $BB $N:z && docker rmi $N:z
out= Untagged: $N:z
$ docker image inspect -f ok $BB
out= ok

== rmi.unknown: rmi of an unknown image fails
$ docker rmi $N-nosuch
= 1
err= Error response from daemon: No such image: $N-nosuch:latest

== rmi.force: rmi -f takes the name off even if a stopped container uses it
$ image $N "LABEL a=$N" >/dev/null; docker create --name $N $N true >/dev/null; docker rmi -f $N >/dev/null; docker start -a $N; echo $?
out= 0

== prune.image: image prune removes dangling images of a label
$ image $N "LABEL $N=1" "LABEL v=1" >/dev/null; image $N "LABEL $N=1" "LABEL v=2" >/dev/null; docker image prune -f --filter label=$N=1
out~ ^(Deleted Images:|deleted: sha256)
out~ Total reclaimed space:
$ docker images --filter label=$N=1 -q | wc -l
out= 1

== history.basic: history lists the layers' commands
$ docker history --no-trunc --format '{{.CreatedBy}}' $BB; docker import --message $N-said $BBLAYER $N >/dev/null; docker history --format '{{.Comment}}' $N
out= mkimage\n$N-said

== save-load.roundtrip: an image saved, removed and loaded runs
$ image $N:s "CMD [\"echo\",\"$N\"]" >/dev/null; id=$(docker images -q --no-trunc $N:s); docker save -o $T/i.tar $N:s && docker rmi $N:s >/dev/null && docker load -i $T/i.tar && [ $(docker images -q --no-trunc $N:s) = $id ] && docker run --rm $N:s
out~ ^Loaded image: $N:s$
out~ ^$N$

== save.many: several images go into one archive
$ docker save $BB $BB2 | tar -xO manifest.json | jq -r '.[].RepoTags[]' | sort | tr '\n' ' '
out= pcsuite/busybox:1 pcsuite/other:2

== save.unknown: saving an unknown image fails
$ docker save -o $T/x.tar $N-nosuch
= 1
err~ (?i)Error response from daemon: (reference does not exist|No such image: $N-nosuch)

== save.tty: save refuses to write to a terminal
$ tty docker save $BB
= 1
all~ cowardly refusing to save to a terminal

== load.garbage: loading what is no archive fails
$ head -c 20000 /dev/urandom > $T/x.tar; docker load -i $T/x.tar
= 1
err~ .

== load.empty-tar: loading a tar without a manifest fails
$ mkdir $T/e; tar -C $T/e -cf $T/x.tar .; docker load -i $T/x.tar
= 1
err~ (manifest\.json|invalid archive|no such file)

== load.symlink-config: an archive whose config is a link to the outside is refused
$ mkdir -p $T/e; ln -s /etc/passwd $T/e/c.json; echo '[{"Config":"c.json","RepoTags":["'$N':evil"],"Layers":[]}]' > $T/e/manifest.json; tar -C $T/e -cf $T/x.tar .; docker load -i $T/x.tar
= 1
all!~ root:x:0

== load.gzip: a compressed archive loads
$ docker tag $BB $N:g; docker save $N:g | gzip > $T/i.tgz; docker load -i $T/i.tgz
out~ Loaded image: $N:g

== import.bad-change: import with a bad --change is refused
$ mkdir -p $T/r; layer $T/r | docker import --change 'NOSUCH x' - $N:i
= 1
err~ (?i)(unknown instruction: NOSUCH|NOSUCH is not a valid change command)

== import.export: export then import gives the same files
$ docker run --name $N $BB sh -c 'echo hi > /f'; docker export $N | docker import - $N:e >/dev/null; docker run --rm $N:e /bin/cat /f
out= hi

== export.file: export -o writes a tar of the root tree
$ docker create --name $N $BB true >/dev/null; docker export -o $T/x.tar $N; tar -tf $T/x.tar | grep -c '^bin/busybox$'
out= 1

== export.unknown: exporting an unknown container fails
$ docker export -o $T/x.tar $N-nosuch
= 1
err= Error response from daemon: No such container: $N-nosuch

== api.create-image-empty: POST /images/create without an image is refused
$ api POST '/v1.44/images/create'
out~ ^HTTP (400|404|500)$
out~ "message":

== api.bad-filter-json [since28]: malformed filters JSON is a client error
$ api GET '/v1.44/images/json?filters=%7Bbad'
out~ "message":
out~ ^HTTP 400$

== search.bad: search with a bad limit is refused
$ api GET '/v1.44/images/search?term=a&limit=999'
out~ ^HTTP 400$
