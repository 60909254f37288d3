# images, image inspect, tag, rmi.

== images.json: the list has the fields clients read
$ curl -sS --unix-socket $SOCK http://d/v1.44/images/json | jq -r '.[]|select(.RepoTags|index("pcsuite/busybox:1"))|[(.Id|startswith("sha256:")),(.Created|type),.Created,(.Size>1000000),(.RepoDigests|type),(.ParentId|type),(.Labels|type),.Containers,.SharedSize]|map(tostring)|join(" ")'
out~ ^true number 1700000000 true (array|null) string (object|null) -1 -1$

== images.columns: images prints the usual columns
$ docker images $BB
out~ ^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE
out~ ^pcsuite/busybox +1 +[0-9a-f]{12} +.* ago +[\d.]+MB$

== images.by-name: images takes a repository, with and without a tag
$ docker tag $BB $N:1; docker tag $BB2 $N:2; docker images -q $N | wc -l; docker images $N:2 --format '{{.Tag}}'; docker images $N:nosuch -q
out= 2\n2

== images.filter-label: the filter label takes keys and values
$ image $N:a "LABEL $N=1" >/dev/null; image $N:b "LABEL $N=2" >/dev/null; docker images --filter label=$N --format '{{.Tag}}' | sort; docker images --filter label=$N=2 --format '{{.Tag}}'
out= a\nb\nb

== images.dangling: an image whose name was taken over is dangling
$ image $N "LABEL $N=1" 'LABEL v=1' >/dev/null; a=$(docker images -q --no-trunc $N); image $N "LABEL $N=1" 'LABEL v=2' >/dev/null; docker images --filter dangling=true --filter label=$N -q --no-trunc | grep -c $a; docker images --filter dangling=true --filter label=$N --format '{{.Repository}} {{.Tag}}'; docker rmi $a >/dev/null
out= 1\n<none> <none>

== images.containers-use: an image's size is that of its layers
$ a=$(docker image inspect -f '{{.Size}}' $BB); b=$(stat -c %s $BBLAYER); [ $a -gt 500000 ] && [ $a -le $b ] && echo plausible
out= plausible

== image.inspect: inspect has the fields clients read
$ docker image inspect $BB | jq -r '.[0]|[(.Id|startswith("sha256:")),.Os,(.Architecture|test("amd64|arm64")),.Created,.Config.Cmd[0],(.Config.Env|length),(.RootFS.Type),(.RootFS.Layers|length),(.RootFS.Layers[0]|startswith("sha256:")),(.RepoTags|type),(.RepoDigests|type),(.Size|type),(.GraphDriver.Name|type),(.Metadata.LastTagTime|type)]|map(tostring)|join(" ")'
out~ ^true linux true 2023-11-14T22:13:20Z sh 1 layers 1 true array array number string string$

== image.inspect-unknown: an unknown image prints an empty list and fails
$ docker image inspect $N-nosuch
= 1
out= []
err~ (?i)No such image: $N-nosuch

== image.inspect-bad: a name that is no reference is a client error
$ api GET /v1.44/images/UPPER/json
out~ "message":\s?"(invalid reference format: repository name \((library/)?UPPER\) must be lowercase|[Nn]o such image: UPPER)
out~ ^HTTP (400|404)$

== tag.target-bad: a bad target is refused
$ docker tag $BB 'Bad/Name'
= 1
err~ (?i)(error parsing reference: "Bad/Name" is not a valid repository/tag: )?invalid reference format

== tag.target-bad-status [since28]: a bad target is a client error
$ api POST "/v1.44/images/$BB/tag?repo=x%20y&tag=z" | tail -1
out= HTTP 400

== tag.moves: a tag moves from one image to another
$ docker tag $BB $N; docker tag $BB2 $N; docker image inspect -f '{{.Id}}' $N | diff - <(docker image inspect -f '{{.Id}}' $BB2) && echo moved
out= moved

== tag.digest: an id and a digest are taken as the source
$ id=$(docker images -q --no-trunc $BB); docker tag $id $N:full; docker tag ${id:7:10} $N:short; docker images -q --no-trunc $N | sort -u | wc -l
out= 1

== rmi.last-tag: removing the last name removes the image
$ image $N "LABEL $N=1" >/dev/null; docker rmi $N
out~ ^Untagged: $N:latest$
out~ ^Deleted: sha256:[0-9a-f]{64}$
$ docker images -q --filter label=$N | wc -l
out= 0

== rmi.layers-shared: what another image needs stays
$ image $N:1 "LABEL v=1" >/dev/null; image $N:2 "LABEL v=2" >/dev/null; docker rmi $N:1 >/dev/null; docker run --rm $N:2 /bin/cat /etc/image
out= bb

== rmi.in-use-stopped: an image of a stopped container is a conflict without -f
$ image $N "LABEL $N=1" >/dev/null; docker create --name $N $N /bin/true >/dev/null; docker rmi $N
= 1
err~ Error response from daemon: conflict: unable to remove repository reference "$N" \(must force\) - container [0-9a-f]{12} is using its referenced image [0-9a-f]{12}

== rmi.in-use-running: an image of a running container cannot be removed by its id, even with -f
$ image $N "LABEL $N=1" >/dev/null; id=$(docker images -q $N); docker run -d --name $N $N /bin/sleep 60 >/dev/null; docker rmi -f $id
= 1
err~ Error response from daemon: conflict: unable to delete [0-9a-f]{12} \(cannot be forced\) - image is being used by running container [0-9a-f]{12}

== rmi.several-repositories: an image with names in several repositories wants -f by id
$ image $N "LABEL $N=1" >/dev/null; docker tag $N $N-other; docker rmi $(docker images -q $N)
= 1
err~ conflict: unable to delete [0-9a-f]{12} \(must be forced\) - image is referenced in multiple repositories
$ docker rmi -f $(docker images -q $N) | grep -c Untagged
out= 2

== rmi.many: rmi takes several and goes on behind an error
$ docker tag $BB $N:a; docker tag $BB $N:b; docker rmi $N:a $N:nosuch $N:b
= 1
out= Untagged: $N:a\nUntagged: $N:b
err~ (?i)No such image: $N:nosuch

== rmi.api-status: status codes of removal
$ docker tag $BB $N:a; api DELETE /v1.44/images/$N:a; api DELETE /v1.44/images/$N:a | tail -1
out~ ^\[{"Untagged":"$N:a"}\]
out~ ^HTTP 200$
out~ ^HTTP 404$

== rmi.while-used: a container goes on when its image loses its name
$ image $N "LABEL $N=1" >/dev/null; docker run -d --name $N $N /bin/sleep 60 >/dev/null; docker tag $N $N:second; docker rmi $N:second; docker exec $N /bin/cat /etc/image
out~ ^bb$

== rmi.image-of-container-gone: a container keeps its image's id when the name is gone
$ image $N "LABEL $N=1" >/dev/null; id=$(docker images -q --no-trunc $N); docker create --name $N $N /bin/true >/dev/null; docker rmi -f $N >/dev/null; docker inspect -f '{{.Image}}' $N | grep -c $id; docker ps -a --filter name=$N --format '{{.Image}}' | grep -c -e "${id:7:12}" -e $N
out= 1\n1

== images.container-config: before API 1.45, and for Compose 1, an image names its container's configuration too
$ q() { curl -sS --unix-socket $SOCK "$@"; }; q http://d/v1.44/images/$BB/json | jq -c '.ContainerConfig.Cmd, .Container'; q http://d/v1.45/images/$BB/json | jq 'has("ContainerConfig"), has("Container")'; q -A docker-compose/1.29.2 http://d/images/$BB/json | jq -c .ContainerConfig.Cmd
out= ["sh"]\n""\nfalse\nfalse\n["sh"]
