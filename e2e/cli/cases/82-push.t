# push, to real registries on this machine.

== push.output [registry]: push tells layers and digest
$ docker tag $BB $R/$N/a:1; docker push $R/$N/a:1
out~ ^The push refers to repository \[$R/$N/a\]$
out~ ^[0-9a-f]{12}: Preparing$
out~ ^[0-9a-f]{12}: (Pushed|Mounted from \S+)$
out~ ^1: digest: sha256:[0-9a-f]{64} size: \d+$

== push.quiet [registry]: push -q prints the name alone
$ docker tag $BB $R/$N/a; docker push -q $R/$N/a
out= $R/$N/a:latest

== push.mounted [registry]: a layer of another repository is mounted
$ image $R/$N/a:1 "LABEL $N=1" >/dev/null; docker push -q $R/$N/a:1 >/dev/null; docker tag $R/$N/a:1 $R/$N/b:1; docker push $R/$N/b:1; docker rmi -f $R/$N/a:1 $R/$N/b:1 >/dev/null
out~ : (Mounted from $N/a|Layer already exists)$

== push.same-digests [registry]: what was pulled goes to another repository under the same digest
$ docker pull -q $R/seed/bb:v2 >/dev/null; docker tag $R/seed/bb:v2 $R/$N/copy:1; docker push $R/$N/copy:1 | tail -1 | cut -d' ' -f3 > $T/pushed; docker image inspect -f '{{join .RepoDigests " "}}' $R/seed/bb:v2 | tr ' ' '\n' | sed 's/.*@//' | sort -u | diff - $T/pushed && echo same; docker rmi $R/seed/bb:v2 $R/$N/copy:1 >/dev/null
out= same

== push.pull-back [registry]: a committed container is pushed, removed and pulled back
$ docker run --name $N $BB sh -c 'echo kept > /kept'; docker commit $N $R/$N/c:1 >/dev/null; docker push -q $R/$N/c:1; docker rm $N >/dev/null; docker rmi -f $R/$N/c:1 >/dev/null; docker run --rm $R/$N/c:1 cat /kept 2>/dev/null; docker rmi -f $R/$N/c:1 >/dev/null
out= $R/$N/c:1\nkept

== push.no-tag [registry]: a tag that is not there is named
$ docker tag $BB $R/$N/a:1; docker push $R/$N/a:2
= 1
err~ tag does not exist: $R/$N/a:2

== push.unreachable: a registry that does not listen is named
$ docker tag $BB 127.0.0.1:1/$N:1; timeout 60 docker push 127.0.0.1:1/$N:1; r=$?; docker rmi 127.0.0.1:1/$N:1 >/dev/null; exit $r
= 1
err~ (?i)127\.0\.0\.1:1.*connect(ion)?.*refused

== push.api-no-auth [registry since28]: without the header and without a body nobody in particular pushes
$ docker tag $BB $R/$N/a:1; api POST "/v1.44/images/$R/$N/a/push?tag=1" | grep -E '^HTTP|"aux"' | cut -c1-24
out~ ^\{.*"aux"|^\{"progressDetail":\{\},"a
out~ ^HTTP 200$

== push.api-stream [registry]: the stream ends with tag, digest and size for programs
$ docker tag $BB $R/$N/a:1; api POST "/v1.44/images/$R/$N/a/push?tag=1" '{}' | jq -r 'select(.aux) | [.aux.Tag,.aux.Digest[0:7],(.aux.Size|type)] | join(" ")' 2>/dev/null
= *
out= 1 sha256: number

== push.event [registry]: a push is an event
$ docker tag $BB $R/$N/a:1; docker push -q $R/$N/a:1 >/dev/null
$5 docker events --since 60s --until $(($(date +%s) + 1)) --filter type=image --filter event=push --format '{{.Actor.ID}}' 2>/dev/null | grep -c "^$R/$N/a:1$"
out= 1

== push.proa [registry proa]: proa push
$ docker tag $BB $R/$N/p:1; $(dirname $PROAD)/proa -H unix://$SOCK push $R/$N/p:1 | tail -1; $(dirname $PROAD)/proa -H unix://$SOCK push -q $R/$N/p:1
out~ ^1: digest: sha256:[0-9a-f]{64} size: \d+$
out~ ^$R/$N/p:1$
