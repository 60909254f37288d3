== commit.basic: commit makes an image with the container's files and its command
$ docker run --name $N $BB sh -c 'echo hi > /f; rm /etc/image'; docker commit $N $N:c; docker run --rm $N:c /bin/cat /f
out~ ^sha256:[0-9a-f]{64}
out~ ^hi$
$ docker run --rm $N:c /bin/ls /etc/image
= 1
$ docker image inspect -f '{{json .Config.Cmd}} {{.Parent}} {{len .RootFS.Layers}}' $N:c
out~ ^\["sh","-c","echo hi > /f; rm /etc/image"\] sha256:[0-9a-f]{64} 2$
$ docker history --format '{{.CreatedBy}}' --no-trunc $N:c | head -1
out~ ^sh -c echo hi > /f; rm /etc/image$

== commit.changes: -c, -a and -m
$ docker create --name $N $BB true >/dev/null; docker commit -a 'A B' -m "why $N" -c 'ENV X=1 Y=2' -c 'CMD ["sh","-c","echo $X$Y"]' -c 'LABEL a=b' -c 'EXPOSE 81' $N $N:c >/dev/null; docker run --rm $N:c
out= 12
$ docker image inspect -f '{{.Author}}|{{.Comment}}|{{.Config.Labels.a}}|{{json .Config.ExposedPorts}}' $N:c
out~ ^A B\|why $N\|b\|\{"81/tcp":\{\}\}$
$ docker commit -c 'NOSUCH x' $N
= 1
err~ NOSUCH is not a valid change command

== commit.running: a running container is frozen for the commit and goes on
$ docker run -d --name $N $BB sh -c 'echo 1 > /n; exec sleep 100' >/dev/null; until [ "$(docker exec $N cat /n 2>/dev/null)" = 1 ]; do :; done; docker commit $N $N:c >/dev/null; docker inspect -f '{{.State.Status}}' $N; docker run --rm $N:c /bin/sh -c 'test $(cat /n) -gt 0 && echo ok'; docker rm -f $N >/dev/null
out= running\nok

== commit.unnamed: a commit without a name; the API answers 201
$ docker create --name $N $BB true >/dev/null; api POST "/commit?container=$N&pause=0&comment=x"
out~ ^\{"Id":"sha256:[0-9a-f]{64}"\}
out~ HTTP 201
$ api POST "/commit?container=$N-nosuch"
out~ No such container: $N-nosuch
out~ HTTP 404
$ api POST "/commit?container=$N&repo=Bad"
out~ HTTP 400

== commit.body: the API takes a configuration over the container's
$ docker create --name $N -e A=1 -l x=1 $BB echo hi >/dev/null; api POST "/commit?container=$N&repo=$N&tag=c" '{"Env":["B=2"],"Labels":{"y":"2"},"Cmd":["true"]}' >/dev/null; docker image inspect -f '{{json .Config.Cmd}} {{json .Config.Labels}} {{range .Config.Env}}{{.}} {{end}}' $N:c
out~ ^\["true"\] \{"x":"1","y":"2"\} B=2 A=1

== commit.empty: without changed files the image has the same layers and one line more of history
$ docker create --name $N $BB true >/dev/null; docker commit $N $N:c >/dev/null; a=$(docker image inspect -f '{{len .RootFS.Layers}}' $BB); b=$(docker image inspect -f '{{len .RootFS.Layers}}' $N:c); echo $((b-a)); docker history -q $N:c | head -1 | wc -c
out~ ^0$

== diff.engine: what the engine mounts is no change, what the user mounts is one
$ docker run -d --name $N -v /data $BB sleep 60 >/dev/null; docker diff $N
out= A /data
$ docker exec $N sh -c 'echo > /etc/own'; docker diff $N
out~ ^A /data$
out~ ^C /etc$
out~ ^A /etc/own$

== diff.kinds: diff tells added, changed and deleted
$ docker run --name $N $BB sh -c 'echo > /new; mkdir /d; echo > /d/x; rm /etc/image; chmod 700 /bin'; docker diff $N
out~ ^A /new$
out~ ^A /d$
out~ ^A /d/x$
out~ ^C /etc$
out~ ^D /etc/image$
out~ ^C /bin$
$ api GET "/containers/$N-nosuch/changes"
out~ HTTP 404

== commit.without-engine-files: what a start makes for the engine is not committed
$ docker run --name $N $BB sh -c 'echo mine >/mine; mkdir /own' && docker commit $N $N:1 >/dev/null && docker save $N:1 | tar x -C $T && for b in $T/blobs/sha256/*; do tar tf $b 2>/dev/null | grep -q '^mine$' && tar tf $b | grep -v "/\$"; done; true
out= mine
