# Image archives and root trees from files: good ones, broken ones, hostile ones.

== load.quiet: load -q prints the name alone
$ docker load -qi $BBTAR
out= Loaded image: $BB

== load.stdin: load reads standard input
$ docker load < $BBTAR
out= Loaded image: $BB

== load.several-tags: every tag of an archive is set
$ python3 $LIB/mkimage.py x --tag $N:1 --tag $N:2 --out $T/i.tar && docker load -i $T/i.tar
out~ ^Loaded image: $N:1$
out~ ^Loaded image: $N:2$
$ [ $(docker images -q --no-trunc $N:1) = $(docker images -q --no-trunc $N:2) ] && docker run --rm $N:2 echo runs
out= runs

== load.id-is-config: the image's id is the digest of its configuration
$ id=$(docker image inspect -f '{{.Id}}' $BB); tar -xOf $BBTAR blobs/sha256/${id#sha256:} | sha256sum | cut -d' ' -f1 | grep -c ${id#sha256:}
out= 1

== load.retag: loading an archive takes a name over from another image
$ image $N:x 'LABEL v=old' >/dev/null; old=$(docker images -q --no-trunc $N:x); python3 $LIB/mkimage.py x --tag $N:x --out $T/i.tar; docker load -i $T/i.tar; [ $(docker images -q --no-trunc $N:x) != $old ] && echo other; docker rmi $old >/dev/null
out~ ^Loaded image: $N:x$
out~ ^other$

== load.docker-archive: an archive of the old form, without an OCI layout, loads
$ python3 $LIB/evil.py $T/i.tar $N:old 'etc/more=text' && tar -tf $T/i.tar | grep -c oci-layout; docker load -i $T/i.tar; docker run --rm $N:old cat /etc/more
out~ ^0$
out~ ^Loaded image: $N:old$
out~ ^text$

== load.oci-layout [proa]: an OCI layout without manifest.json loads
$ mkdir $T/l; tar -C $T/l -xf $BBTAR; rm $T/l/manifest.json; sed -i "s#docker.io/pcsuite/busybox:1#docker.io/library/$N:oci#; s#\"org.opencontainers.image.ref.name\": \"1\"#\"org.opencontainers.image.ref.name\": \"oci\"#" $T/l/index.json; tar -C $T/l -cf $T/oci.tar .; docker load -i $T/oci.tar
out~ ^Loaded image: $N:oci$
$ docker run --rm $N:oci cat /etc/image
out= bb

== load.oci-layout-gzip-layer [proa]: compressed layers in an OCI layout are unpacked
$ python3 - <<'P'
    import gzip,hashlib,io,json,os,sys,tarfile
    sys.path.insert(0, os.environ['LIB']); import mkimage as mk
    layer=mk.rootfs_busybox({"etc/image": b"gz\n"}); gz=gzip.compress(layer,6,mtime=0); cfg=mk.config(layer,["sh"],["PATH=/bin"])
    man=json.dumps({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":mk.sha(cfg),"size":len(cfg)},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":mk.sha(gz),"size":len(gz)}]}).encode()
    idx=json.dumps({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":mk.sha(man),"size":len(man),"annotations":{"io.containerd.image.name":"docker.io/library/"+os.environ['N']+":gz"}}]}).encode()
    t=tarfile.open(os.environ['T']+"/i.tar","w")
    for n,d in (("oci-layout",b'{"imageLayoutVersion":"1.0.0"}'),("index.json",idx),("blobs/sha256/"+mk.sha(man)[7:],man),("blobs/sha256/"+mk.sha(cfg)[7:],cfg),("blobs/sha256/"+mk.sha(gz)[7:],gz)):
        i=tarfile.TarInfo(n); i.size=len(d); t.addfile(i,io.BytesIO(d))
    t.close()
    P
    docker load -i $T/i.tar && docker run --rm $N:gz cat /etc/image
out~ ^Loaded image: $N:gz$
out~ ^gz$

== load.xz: other compressions are recognised as well
$ python3 $LIB/mkimage.py x --tag $N:z --out $T/i.tar; xz -0 -k $T/i.tar; docker load -i $T/i.tar.xz
out= Loaded image: $N:z

== load.untagged: an archive without a name gives an image without one
$ python3 $LIB/evil.py $T/i.tar $N:gone "etc/own=$N" >/dev/null; mkdir $T/x; tar -C $T/x -xf $T/i.tar; sed -i 's/"RepoTags": \[[^]]*\]/"RepoTags": null/' $T/x/manifest.json; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
out~ ^Loaded image ID: sha256:[0-9a-f]{64}$
$ id=$(docker load -i $T/i.tar | cut -d' ' -f4); docker run --rm $id cat /etc/own; docker rmi $id
out~ ^$N$
out~ ^Deleted: sha256:

== load.truncated: an archive that breaks off is refused and leaves nothing
$ a=$(docker info -f '{{.Images}}'); python3 $LIB/mkimage.py x --tag $N:t --out $T/i.tar; for n in 100 700 2000 100000 1000000; do head -c $n $T/i.tar > $T/cut.tar; docker load -i $T/cut.tar >/dev/null 2>&1 && echo loaded $n; done; docker images -q $N; b=$(docker info -f '{{.Images}}'); echo $((b-a))
out= 0

== load.truncated-gzip: a compressed archive that breaks off is refused
$ python3 $LIB/mkimage.py x --tag $N:t --out $T/i.tar; gzip -1 $T/i.tar; head -c 400000 $T/i.tar.gz > $T/cut.tgz; docker load -i $T/cut.tgz
= 1
err~ .
$ docker images -q $N
out= 

== load.diff-id: a layer that is not what the configuration says is refused
$ mkdir $T/x; python3 $LIB/evil.py $T/i.tar $N:d "a=1"; tar -C $T/x -xf $T/i.tar; tar -C $T/x -rf $T/x/l1/layer.tar config.json; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
= 1
all~ (?i)(invalid diffID for layer 1: expected "sha256:[0-9a-f]{64}", got "sha256:[0-9a-f]{64}"|diff ?id|digest)
$ docker images -q $N
out= 

== load.layer-count: fewer layers than the configuration names are refused
$ mkdir $T/x; python3 $LIB/evil.py $T/i.tar $N:d "a=1"; tar -C $T/x -xf $T/i.tar; sed -i 's#, "l1/layer.tar"##' $T/x/manifest.json; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
= 1
err~ (?i)(invalid manifest, layers length mismatch: expected 1, got 2|layers length mismatch|layer)

== load.missing-layer: a layer that is not in the archive is named
$ mkdir $T/x; python3 $LIB/evil.py $T/i.tar $N:d "a=1"; tar -C $T/x -xf $T/i.tar; rm -r $T/x/l1; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
= 1
err~ l1/layer\.tar

== load.bad-config: a configuration that is no JSON is refused
$ mkdir $T/x; python3 $LIB/evil.py $T/i.tar $N:d "a=1"; tar -C $T/x -xf $T/i.tar; echo '{"rootfs":' > $T/x/config.json; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
= 1
err~ (?i)(unexpected end of JSON input|unexpected EOF|json)

== load.bad-name: a name that is no reference is refused
$ python3 $LIB/evil.py $T/i.tar 'UPPER/../x:1' "a=1"; docker load -i $T/i.tar
= 1
err~ (?i)invalid (tag|reference)

== load.evil-dotdot: a file name cannot leave the layer's root
$ rm -f /tmp/$N; python3 $LIB/evil.py $T/i.tar $N:e "../../../../../../../../../../../../tmp/$N=out"; docker load -i $T/i.tar >/dev/null 2>&1; ls /tmp/$N
= 2

== load.evil-absolute: an absolute file name lands in the root
$ rm -f /tmp/$N; python3 $LIB/evil.py $T/i.tar $N:e "/tmp/$N=in"; docker load -i $T/i.tar >/dev/null; ls /tmp/$N 2>/dev/null; docker run --rm $N:e cat /tmp/$N
out= in

== load.evil-link-then-file: a file cannot be written through a link that leads out
$ rm -f /tmp/$N; python3 $LIB/evil.py $T/i.tar $N:e "l->/tmp" "l/$N=out"; docker load -i $T/i.tar >/dev/null 2>&1; ls /tmp/$N
= 2
$ python3 $LIB/evil.py $T/j.tar $N:f "l->../../../../../../../../../../../../tmp,l/$N=out"; docker load -i $T/j.tar >/dev/null 2>&1; ls /tmp/$N
= 2

== load.evil-link-chain: links that lead to links cannot lead out either
$ rm -f /tmp/$N; python3 $LIB/evil.py $T/i.tar $N:e "a->..,b->a/..,c->b/../../../../../../../../../tmp,c/$N=out"; docker load -i $T/i.tar >/dev/null 2>&1; ls /tmp/$N
= 2

== load.evil-hardlink: a hard link cannot reach a file of the host
$ echo host-$N > $T/secret; chmod 644 $T/secret; python3 $LIB/evil.py $T/i.tar $N:e "h=>$T/secret" "k=>../../../../../../../../../../../..$T/secret"; docker load -i $T/i.tar >/dev/null 2>&1; docker run --rm $N:e cat /h /k
= *
all!~ host-$N

== load.evil-hardlink-through-link: a hard link through a symbolic one cannot either
$ echo host-$N > $T/secret; python3 $LIB/evil.py $T/i.tar $N:e "s->$T" "h=>s/secret"; docker load -i $T/i.tar >/dev/null 2>&1; docker run --rm $N:e cat /h
= *
all!~ host-$N

== load.evil-overwrite-through-hardlink: a later entry cannot write into a host file by a hard link
$ echo keep > $T/target; python3 $LIB/evil.py $T/i.tar $N:e "h=>$T/target,h=changed"; docker load -i $T/i.tar >/dev/null 2>&1; cat $T/target
out= keep

== load.evil-whiteout: a whiteout cannot remove what lies outside
$ touch $T/stays; python3 $LIB/evil.py $T/i.tar $N:e "l->$T" "l/.wh.stays=" ".wh...=,d/.wh...=,.wh.="; docker load -i $T/i.tar >/dev/null 2>&1; ls $T/stays
out= $T/stays

== load.evil-device: a block device of an image cannot be opened in a container
$ python3 $LIB/evil.py $T/i.tar $N:e "disk@254:0"; docker load -i $T/i.tar >/dev/null && docker run --rm $N:e head -c 1 /disk
= 1
err~ (?i)(operation not permitted|permission denied)

== load.evil-layer-path: the manifest cannot name a file of the host as a layer
$ tar -C /etc -cf $T/host.tar hostname; EVIL_LAYER_PATH=../../../../../../../../..$T/host.tar python3 $LIB/evil.py $T/i.tar $N:e "a=1"; docker load -i $T/i.tar
= 1
$ EVIL_LAYER_PATH=$T/host.tar python3 $LIB/evil.py $T/j.tar $N:e "b=$N"; docker load -i $T/j.tar
= 1
$ docker images -q $N
out= 

== load.evil-layer-link: a layer that is a link to a file of the host is refused
$ mkdir $T/x; python3 $LIB/evil.py $T/i.tar $N:e "a=1"; tar -C $T/x -xf $T/i.tar; cp $T/x/l1/layer.tar $T/outside.tar; ln -sf $T/outside.tar $T/x/l1/layer.tar; tar -C $T/x -cf $T/i.tar .; docker load -i $T/i.tar
= 1
$ docker images -q $N
out= 

== load.evil-names: odd names of files come through as they are
$ python3 $LIB/evil.py $T/i.tar $N:e "sp ace=1,new
    line=2,-dash=3,ü=4,$(printf 'n%.0s' $(seq 255))=5"; docker load -i $T/i.tar >/dev/null; docker run --rm $N:e sh -c 'cat "/sp ace" "/new
    line" /-dash /ü /nnnnn*'
out= 1\n2\n3\n4\n5

== load.whiteout: a later layer takes away files and folders of an earlier one
$ python3 $LIB/evil.py $T/i.tar $N:w "d/,d/a=1,d/b=2,o/,o/x=1" "d/.wh.a=,o/.wh..wh..opq=,o/y=2" ; docker load -i $T/i.tar >/dev/null; docker run --rm $N:w sh -c 'ls /d /o; ls -A / | grep -c "^.wh"'
= 1
out~ ^b$
out~ ^y$
out!~ ^[ax]$

== load.replace-kind: a later layer may put a file where a folder was, and the other way round
$ python3 $LIB/evil.py $T/i.tar $N:k "d/,d/a=1,f=1,l->etc" "d=file,f/,f/in=2,l/,l/own=3"; docker load -i $T/i.tar >/dev/null; docker run --rm $N:k sh -c 'cat /d /f/in /etc/own 2>/dev/null; cat /l/own; ls /etc/image'
out~ ^file$
out~ ^2$
out~ ^/etc/image$

== load.parallel: eight loads of one archive at once all succeed
$ python3 $LIB/evil.py $T/i.tar $N:p "etc/p=$N"; for i in $(seq 8); do docker load -qi $T/i.tar & done | sort | uniq -c; docker run --rm $N:p cat /etc/p
out~ ^ *8 Loaded image: $N:p$
out~ ^$N$

== load.api-error-in-stream: by the API a bad archive is an error in the stream
$ head -c 4096 /dev/zero > $T/x; curl -sS --unix-socket $SOCK -X POST -H 'Content-Type: application/x-tar' --data-binary @$T/x -w '\nHTTP %{http_code}\n' 'http://d/v1.44/images/load?quiet=1'
out~ "errorDetail"
out~ ^HTTP 200$

== import.stdin: import makes an image without history but its own
$ docker import --message "from $N" - $N:i < $BBLAYER
out~ ^sha256:[0-9a-f]{64}$
$ docker image inspect -f '{{.Comment}}|{{.Os}}|{{len .RootFS.Layers}}|{{json .RepoTags}}' $N:i
out= from $N|linux|1|["$N:i"]

== import.file: import reads a file
$ docker import $BBLAYER $N:f >/dev/null; docker run --rm $N:f /bin/cat /etc/image
out= bb

== import.changes: --change sets what a Dockerfile would
$ image $N 'CMD ["sh","-c","echo $A; pwd; id -u"]' 'ENV A=1 PATH=/bin' 'WORKDIR /tmp' 'USER app' 'LABEL a=b' 'EXPOSE 80' 'VOLUME /v' 'ENTRYPOINT []' >/dev/null; docker run --rm $N
out= 1\n/tmp\n1000
$ docker image inspect -f '{{json .Config.Labels}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}}' $N
out= {"a":"b"} {"80/tcp":{}} {"/v":{}}

== import.stop-signal [since28]: --change STOPSIGNAL
$ image $N 'STOPSIGNAL SIGUSR1' >/dev/null; docker image inspect -f '{{.Config.StopSignal}}' $N
out= SIGUSR1

== import.shell-form: the shell form of CMD and ENTRYPOINT
$ image $N 'CMD echo shell $0' >/dev/null; docker image inspect -f '{{json .Config.Cmd}}' $N; docker run --rm $N
out= ["/bin/sh","-c","echo shell $0"]\nshell /bin/sh

== import.gzip: a compressed root tree is taken as well
$ gzip -1 < $BBLAYER | docker import - $N:z >/dev/null; docker run --rm $N:z /bin/cat /etc/image
out= bb

== import.garbage: what is no tar is refused and leaves nothing
$ a=$(docker info -f '{{.Images}}'); head -c 20000 /dev/urandom | docker import - $N:g; r=$?; b=$(docker info -f '{{.Images}}'); echo $((b-a)); exit $r
= 1
out~ ^0$
$ docker images -q $N
out= 

== import.bad-reference: a bad name is refused
$ docker import - 'Bad/Name' < /dev/null
= 1
err~ (?i)invalid reference format: repository name \(.*Name\) must be lowercase

== import.evil: a root tree cannot write outside either
$ rm -f /tmp/$N; python3 - <<'P' | docker import - $N:e >/dev/null 2>&1
    import io,os,sys,tarfile
    t=tarfile.open(fileobj=sys.stdout.buffer,mode="w|")
    i=tarfile.TarInfo("l"); i.type=tarfile.SYMTYPE; i.linkname="/tmp"; t.addfile(i)
    i=tarfile.TarInfo("l/"+os.environ["N"]); i.size=1; t.addfile(i,io.BytesIO(b"x")); t.close()
    P
    ls /tmp/$N
= 2

== import.metadata: owners, modes, times and file capabilities come through
$ python3 - <<'P' | docker import - $N:m >/dev/null
    import io,os,sys,tarfile
    sys.path.insert(0, os.environ['LIB']); import mkimage as mk
    base=tarfile.open(fileobj=io.BytesIO(mk.rootfs_busybox()))
    t=tarfile.open(fileobj=sys.stdout.buffer,mode="w|",format=tarfile.PAX_FORMAT)
    for m in base: t.addfile(m, base.extractfile(m) if m.isreg() else None)
    def add(name,mode,data=b"",**more):
        i=tarfile.TarInfo(name); i.mode,i.size=mode,len(data)
        for k,v in more.items(): setattr(i,k,v)
        t.addfile(i,io.BytesIO(data))
    add("odd",0o6751,b"x",uid=70000,gid=70001,mtime=1234567890)
    add("pipe",0o600,type=tarfile.FIFOTYPE)
    add("old",0,mtime=1)
    # cap_net_bind_service, effective (linux/capability.h, VFS_CAP_REVISION_2)
    add("cap/grep",0o755,base.extractfile("bin/busybox").read(),pax_headers={"SCHILY.xattr.security.capability":bytes.fromhex("0100000200040000000000000000000000000000").decode()})
    t.close()
    P
    docker run --rm $N:m /bin/stat -c '%a %u %g %Y %F' /odd /pipe /old; docker run --rm -u 1000 $N:m /cap/grep CapEff /proc/self/status
out~ ^6751 70000 70001 1234567890 regular file$
out~ ^600 0 0 \d+ fifo$
out~ ^0 0 0 1 regular empty file$
out~ ^CapEff:\s+0000000000000400$

== import.url: import fetches by http, and takes no other scheme
$ mkdir $T/w; cp $BBLAYER $T/w/l.tar; p=$(port); (cd $T/w; exec timeout 50 python3 -m http.server -b 127.0.0.1 $p >/dev/null 2>&1) & for i in $(seq 50); do curl -s 127.0.0.1:$p >/dev/null && break; sleep 0.1; done; docker import http://127.0.0.1:$p/l.tar $N:i; docker image inspect -f '{{.Comment}}' $N:i; docker import http://127.0.0.1:$p/nosuch $N:j; kill %1
= *
out~ sha256:[0-9a-f]{64}
out~ ^Imported from http://127\.0\.0\.1:\d+/l\.tar$
err~ status code >= 400
$ api POST "/images/create?fromSrc=file:///etc/passwd&repo=$N"
out~ unsupported protocol scheme
out~ HTTP 400
