== build.from-scratch: FROM scratch with COPY gives a runnable image
$ mkdir $T/c; cp $(command -v busybox) $T/c/busybox; printf 'FROM scratch\nCOPY busybox /\nENTRYPOINT ["/busybox","echo"]\nCMD ["default"]\n' > $T/c/Dockerfile; docker build -t $N $T/c
out~ ^Successfully built [0-9a-f]{12}$
out~ ^Successfully tagged $N:latest$
$ docker run --rm $N; docker run --rm $N x y
out= default\nx y

== build.steps: the legacy builder prints numbered steps and running containers
$ printf 'FROM %s\nRUN echo hello-%s\n' $BB $N | docker build -t $N -
out~ ^Step 1/2 : FROM pcsuite/busybox:1$
out~ ^ ---> [0-9a-f]{12}$
out~ ^Step 2/2 : RUN echo hello-$N$
out~ ^ ---> Running in [0-9a-f]{12}$
out~ ^hello-$N$

== build.cache-copy: a changed file breaks the cache from its COPY on
$ printf 'FROM %s\nRUN echo %s > /f\nCOPY a /a\nRUN cat /a > /b\n' $BB $N > $T/Dockerfile; echo 1 > $T/a; docker build -t $N $T >/dev/null; echo 2 > $T/a; docker build -t $N $T
out~ Using cache
$ docker run --rm $N cat /b
out= 2

== build.run-fails: a failing RUN fails the build with the command and status
$ printf 'FROM %s\nRUN exit 5\n' $BB | docker build -t $N -
= 5
all~ The command '/bin/sh -c exit 5' returned a non-zero code: 5

== build.no-dockerfile: a context without a Dockerfile fails
$ mkdir $T/c; docker build -t $N $T/c
= 1
err~ unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat .*/Dockerfile: no such file or directory

== build.copy-missing: COPY of a missing file fails
$ printf 'FROM %s\nCOPY nosuch /x\n' $BB > $T/Dockerfile; docker build -t $N $T
= 1
err~ COPY failed: file not found in build context or excluded by \.dockerignore: stat nosuch: file does not exist

== build.copy-outside: COPY from outside the context fails
$ mkdir $T/c; echo secret > $T/s; printf 'FROM %s\nCOPY ../s /x\n' $BB > $T/c/Dockerfile; docker build -t $N $T/c
= 1
err~ (COPY failed: forbidden path outside the build context: \.\./s|not found in build context|file does not exist)

== build.dockerignore: .dockerignore keeps files out of the context
$ mkdir -p $T/c/d; echo a > $T/c/keep; echo b > $T/c/drop.log; echo c > $T/c/d/x; printf '*.log\nd\n' > $T/c/.dockerignore; printf 'FROM %s\nCOPY . /ctx/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N find /ctx -type f -name '[a-z]*'
out~ ^/ctx/keep$
out!~ drop|/d/x

== build.dockerignore-negate: exceptions in .dockerignore
$ mkdir $T/c; touch $T/c/a.log $T/c/b.log; printf '*.log\n!b.log\n' > $T/c/.dockerignore; printf 'FROM %s\nCOPY . /ctx/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N ls /ctx
out~ b\.log
out!~ a\.log

== build.arg: ARG with default and --build-arg
$ printf 'FROM %s\nARG A=def\nRUN echo "val=$A" > /f\n' $BB > $T/Dockerfile; docker build -q -t $N:1 $T >/dev/null; docker build -q --build-arg A=set -t $N:2 $T >/dev/null; docker run --rm $N:1 cat /f; docker run --rm $N:2 cat /f
out= val=def\nval=set

== build.arg-unused: an undeclared build argument is warned of
$ printf 'FROM %s\n' $BB | docker build --build-arg NOPE=1 -t $N -
all~ \[Warning\] One or more build-args \[NOPE\] were not consumed

== build.arg-from: ARG before FROM chooses the base
$ printf 'ARG BASE\nFROM ${BASE}\nRUN cat /etc/image > /f\n' > $T/Dockerfile; docker build -q --build-arg BASE=$BB2 -t $N $T >/dev/null; docker run --rm $N cat /f
out= bb2

== build.user: USER holds for RUN and the container
$ printf 'FROM %s\nUSER app\nRUN id -u > /tmp/f\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N sh -c 'cat /tmp/f; id -un'
out= 1000\napp

== build.copy-wildcard: COPY with a pattern
$ mkdir $T/c; touch $T/c/a1 $T/c/a2 $T/c/b1; printf 'FROM %s\nCOPY a? /x/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N ls /x
out= a1\na2

== build.copy-json: COPY in JSON form takes names with spaces
$ mkdir $T/c; echo s > "$T/c/a b"; printf 'FROM %s\nCOPY ["a b", "/c d"]\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N cat '/c d'
out= s

== build.copy-many-needs-dir: several sources need a folder as the target
$ mkdir $T/c; touch $T/c/a $T/c/b; printf 'FROM %s\nCOPY a b /x\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c
= 1
err~ When using COPY with more than one source file, the destination must be a directory and end with a /

== build.add-tar: ADD unpacks a local archive, COPY does not
$ mkdir -p $T/c/d; echo in > $T/c/d/f; tar -C $T/c/d -czf $T/c/x.tgz f; rm -r $T/c/d; printf 'FROM %s\nADD x.tgz /u/\nCOPY x.tgz /v/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'cat /u/f; ls /v'
out= in\nx.tgz

== build.multistage: COPY --from a named stage and a number
$ printf 'FROM %s AS one\nRUN echo a > /a\nFROM %s\nRUN echo b > /b\nFROM %s\nCOPY --from=one /a /\nCOPY --from=1 /b /\n' $BB $BB $BB2 | docker build -q -t $N - >/dev/null; docker run --rm $N cat /a /b /etc/image
out= a\nb\nbb2

== build.target: --target stops at a stage
$ printf 'FROM %s AS one\nENV S=1\nFROM one AS two\nENV S=2\n' $BB > $T/Dockerfile; docker build -q --target one -t $N $T >/dev/null; docker image inspect -f '{{json .Config.Env}}' $N
out~ "S=1"

== build.target-unknown [ since28]: an unknown --target fails
$ printf 'FROM %s\n' $BB | docker build -q --target nosuch -t $N -
= 1
err~ (?i)target stage "?nosuch"? could not be found

== build.stage-unknown: COPY --from an unknown stage number fails
$ printf 'FROM %s\nCOPY --from=3 /a /\n' $BB | docker build -q -t $N -
= 1
err~ invalid from flag value 3

== build.label: labels of Dockerfile and command line
$ printf 'FROM %s\nLABEL a=1 "b c"="2 3"\n' $BB | docker build -q --label d=4 -t $N - >/dev/null; docker image inspect -f '{{json .Config.Labels}}' $N
out= {"a":"1","b c":"2 3","d":"4"}

== build.expose-volume: EXPOSE, VOLUME, STOPSIGNAL are in the configuration
$ printf 'FROM %s\nEXPOSE 80 53/udp\nVOLUME /v ["x"]\nVOLUME ["/data"]\nSTOPSIGNAL SIGUSR1\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{json .Config.ExposedPorts}} {{json .Config.StopSignal}}' $N
out= {"53/udp":{},"80/tcp":{}} "SIGUSR1"

== build.healthcheck: HEALTHCHECK is in the configuration
$ printf 'FROM %s\nHEALTHCHECK --interval=5s --timeout=2s --retries=3 CMD true\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{json .Config.Healthcheck}}' $N
out= {"Test":["CMD-SHELL","true"],"Interval":5000000000,"Timeout":2000000000,"Retries":3}

== build.onbuild: ONBUILD runs in the child build
$ printf 'FROM %s\nONBUILD RUN echo ob > /ob\n' $BB | docker build -q -t $N:1 - >/dev/null; printf 'FROM %s\n' $N:1 | docker build -t $N:2 -
out~ # Executing 1 build trigger
$ docker run --rm $N:2 cat /ob
out= ob

== build.heredoc-continuation: continuation lines, comments between them, escape directive
$ printf '# escape=`\nFROM %s\nRUN echo a; `\n# comment\n echo b > /f\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N cat /f
out= b

== build.stdin-context: a tar on standard input is the context
$ mkdir $T/c; printf 'FROM %s\nCOPY x /x\n' $BB > $T/c/Dockerfile; echo t > $T/c/x; tar -C $T/c -c . | docker build -q -t $N - >/dev/null; docker run --rm $N cat /x
out= t

== build.memory: build limits hold for RUN
$ printf 'FROM %s\nRUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; true\n' $BB | docker build --no-cache --memory 64m -t $N -
out~ ^67108864$

== build.iidfile: --iidfile holds the id
$ printf 'FROM %s\nLABEL x=%s\n' $BB $N | docker build --iidfile $T/id -t $N - >/dev/null; [ $(cat $T/id) = $(docker images -q --no-trunc $N) ] && echo same
out= same

== build.rm-intermediate: no intermediate containers stay
$ a=$(docker ps -aq | wc -l); printf 'FROM %s\nRUN echo %s\nRUN true\n' $BB $N | docker build -t $N - >/dev/null; b=$(docker ps -aq | wc -l); echo $((b-a))
out= 0

== build.whiteout: a file removed in a later layer is gone
$ printf 'FROM %s\nRUN mkdir /d && touch /d/a /d/b\nRUN rm /d/a\nRUN rm -r /d && mkdir /d && touch /d/c\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N ls /d; docker save $N -o $T/s.tar; docker rmi $N >/dev/null; docker load -q -i $T/s.tar >/dev/null; docker run --rm $N ls /d
out= c\nc

== builder.prune: builder prune answers
$ docker builder prune -f
out~ Total(:| reclaimed space:)

== build.debian [debian]: RUN in a Debian image, with bash and dpkg
$ printf 'FROM %s\nSHELL ["/bin/bash","-o","pipefail","-c"]\nRUN useradd -m u1 && dpkg -l | wc -l > /n\nUSER u1\nWORKDIR /home/u1\n' $DEB | docker build -q -t $N - >/dev/null; docker run --rm $N bash -c 'test $(cat /n) -gt 50 && whoami && pwd'
out= u1\n/home/u1

== build.heredoc [proa]: here-documents as scripts, as files, and as a shell's
$ mkdir $T/c; cat > $T/c/Dockerfile <<'END'
    FROM pcsuite/busybox:1
    ARG WHO=world
    RUN <<EOF
    echo one > /f
    echo two >> /f
    EOF
    RUN cat <<EOF > /g && echo done >> /g
    here $WHO
    EOF
    RUN <<'EOF'
    #!/bin/cat
    script
    EOF
    COPY <<EOF <<'RAW' /d/
    hello "$WHO"
    EOF
    $WHO
    RAW
    END
    sed -i 's/^    //' $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'cat /f /g; cd /d; cat EOF RAW; ls -d /run/heredoc 2>/dev/null || echo gone'
out= one\ntwo\nhere world\ndone\nhello "world"\n$WHO\ngone

== build.workdir [proa]: WORKDIR makes its folder, relative ones add up, and a link on the way is followed
$ printf 'FROM %s\nRUN mkdir /real && chmod 711 /real && ln -s real /link\nWORKDIR /link/a\nWORKDIR b\nRUN pwd > /p\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N sh -c 'cat /p; pwd; ls -d /real/a/b; stat -c %a /real'
out= /real/a/b\n/real/a/b\n/real/a/b\n711

== build.copy-keeps-folders: a folder that a COPY goes through keeps its mode, owner and link
$ mkdir $T/c; echo x > $T/c/x; printf 'FROM %s\nRUN mkdir -p /d/e && chmod 711 /d && chown 7:8 /d && ln -s d /l\nCOPY x /l/e/\nCOPY x /l/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'stat -c "%a %u %g" /d; ls -l / | grep -c " l -> d"; cat /d/x /d/e/x'
out= 711 7 8\n1\nx\nx

== build.copy-flags [proa]: --chown by name, --chmod by number and symbol, --exclude, --parents, --link
$ mkdir -p $T/c/a/b/c; touch $T/c/a/b/c/f $T/c/a/b/skip.log $T/c/a/k; chmod 640 $T/c/a/k; printf 'FROM %s\nCOPY --chown=app --chmod=751 a/k /k1\nCOPY --chmod=u+x,o=r a/k /k2\nCOPY --exclude=**/*.log a /ex/\nCOPY --parents a/b/./c/f /pa/\nCOPY --link --chown=5:6 a/k /new/dir/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'stat -c "%n %a %u %g" /k1 /k2 /new/dir /new/dir/k; find /ex -type f | sort; find /pa -type f'
out= /k1 751 1000 1000\n/k2 744 0 0\n/new/dir 755 5 6\n/new/dir/k 640 5 6\n/ex/b/c/f\n/ex/k\n/pa/c/f

== build.variables: modifiers of variables
$ printf 'FROM %s\nARG E\nARG V=1.2.3\nENV A=${E:-def} B=${V:+yes} C=${V%%%%.*} D=${V##*.} F=${V/./-} G=${V//./-}\nLABEL l="$A $B ${C}x"\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{json .Config.Env}} {{json .Config.Labels}}' $N
out~ "A=def","B=yes","C=1","D=3","F=1-2.3","G=1-2-3"\] \{"l":"def yes 1x"\}

== build.mounts [proa]: --mount of a cache, of the context, of another stage, of a tmpfs; none of it is in the image
$ mkdir $T/c; echo src > $T/c/s; printf 'FROM %s AS o\nRUN echo other > /o\nFROM %s\nRUN --mount=type=cache,id=%s,target=/ca/che --mount=target=/src --mount=type=bind,from=o,source=/o,target=/o --mount=type=tmpfs,target=/tm echo $(cat /src/s /o) $(ls /ca/che | wc -l) > /f; touch /ca/che/$(date +%%N); echo > /tm/x\n' $BB $BB $N > $T/c/Dockerfile; docker build -q --no-cache -t $N:1 $T/c >/dev/null; docker build -q --no-cache -t $N:2 $T/c >/dev/null; docker run --rm $N:1 sh -c 'cat /f; ls -d /ca /src /tm /o 2>/dev/null'; docker run --rm $N:2 cat /f
out= src other 0\nsrc other 1

== build.secret [proa]: a secret is seen by the command that wants it, and is nowhere else
$ mkdir $T/c; printf 'FROM %s\nRUN --mount=type=secret,id=s1 --mount=type=secret,id=s2,env=S2 cat /run/secrets/s1 | sha256sum > /f; echo "$S2" | sha256sum >> /f\n' $BB > $T/c/Dockerfile; h=$(printf '{"s1":"%s","s2":"%s"}' $(printf topsecret-$N | base64 -w0) $(printf other-$N | base64 -w0) | base64 -w0); tar -C $T/c -c . | curl -sS --unix-socket ${DOCKER_HOST#unix://} -H "X-Proa-Build-Secrets: $h" -H 'Content-Type: application/x-tar' --data-binary @- "http://d/build?t=$N" | tail -1; docker run --rm $N sh -c 'cat /f; ls /run'; printf topsecret-$N | sha256sum; docker history --no-trunc $N | grep -c topsecret; docker save $N | grep -c topsecret
= 1
out~ Successfully tagged
out~ ^([0-9a-f]{64})  -\n[0-9a-f]{64}  -\n\1  -\n0\n0$
$ printf 'FROM %s\nRUN --mount=type=secret,id=nosuch,required=true true\n' $BB | docker build -q -
= 1
err~ secret nosuch: not found

== build.parallel [proa]: stages that do not need each other run side by side, and one that nobody needs does not run
$ printf 'FROM %s AS a\nRUN mkfifo /x; sleep 1; echo a > /a\nFROM %s AS b\nRUN sleep 1; echo b > /b\nFROM %s AS c\nRUN exit 9\nFROM %s\nCOPY --from=a /a /\nCOPY --from=b /b /\n' $BB $BB $BB $BB > $T/Dockerfile; docker build --no-cache -t $N $T
out!~ exit 9
out~ (?s)Step 1/7 .*Step 2/7 .*Step 3/7 .*Step 4/7 .*Step 5/7 .*Step 7/7
$ docker run --rm $N cat /a /b
out= a\nb

== build.reproducible [proa]: with SOURCE_DATE_EPOCH the same build gives the same image, byte for byte
$ mkdir $T/c; echo x > $T/c/x; printf 'FROM %s\nCOPY x /d/x\nWORKDIR /w\nENV A=1\n' $BB > $T/c/Dockerfile; a=$(docker build -q --no-cache --build-arg SOURCE_DATE_EPOCH=1700000000 $T/c); touch $T/c/x; b=$(docker build -q --no-cache --build-arg SOURCE_DATE_EPOCH=1700000000 $T/c); [ $a = $b ] && echo same; docker image inspect -f '{{.Created}}' $a
out= same\n2023-11-14T22:13:20Z

== build.cached-same-image: a build without a change gives the same image
$ printf 'FROM %s\nRUN echo %s > /x\nENV A=1\n' $BB $N > $T/Dockerfile; a=$(docker build -q $T); b=$(docker build -q $T); [ $a = $b ] && echo same
out= same

== build.cache-by-content [proa]: times of files do not count for the cache, and labels do not break what does not read them
$ mkdir $T/c; echo $N > $T/c/x; printf 'FROM %s\nLABEL v=1\nCOPY x /x\nRUN echo %s\n' $BB $N > $T/c/Dockerfile; docker build -q $T/c >/dev/null; touch -d '2001-01-01' $T/c/x; sed -i s/v=1/v=2/ $T/c/Dockerfile; docker build $T/c | grep -c 'Using cache'
out= 2

== build.cache-from: only the named images serve as cache
$ printf 'FROM %s\nENV F=%s\nRUN touch /baz\nRUN touch /bax\n' $BB $N > $T/Dockerfile; docker build -q -t $N:1 $T >/dev/null; docker build --cache-from $N:1 $T | grep -c 'Using cache'; docker build --cache-from $N:nosuch $T | grep -c 'Using cache'
= *
out= 3\n0

== build.cache-kept [proa]: the cache outlives the image, shows in df, and goes by prune
$ docker builder prune -f >/dev/null; printf 'FROM %s\nRUN head -c 100000 /dev/urandom > /%s\n' $BB $N > $T/Dockerfile; docker build -q -t $N $T >/dev/null; docker rmi $N >/dev/null; docker build $T | grep -c 'Using cache'
out= 1
$ api GET /system/df?type=build-cache | head -1 | jq -c "[.BuildCache[] | select(.Description | contains(\"$N\"))] | map([.Type, .Size >= 100000, .InUse, .UsageCount >= 1])"
out= [["regular",true,false,true]]
$ docker images -aq | wc -l > $T/n; docker builder prune -af --filter until=1h | tail -1; docker builder prune -af >/dev/null; docker build $T | grep -c 'Using cache'
= 1
out~ Total.*0B\n0

== build.errors [proa]: what is wrong is said with file, line and the line itself
$ printf 'FROM %s\n\nFRUN echo\n' $BB | docker build -q -
= 1
err~ dockerfile parse error on line 3: unknown instruction: FRUN \(did you mean RUN\?\)
err~ >>> +3 \| FRUN echo
$ printf 'FROM %s\nCOPY --chwon=1 a /\n' $BB | docker build -q -
= 1
err~ line 2: unknown flag: --chwon \(did you mean --chown\?\)
$ printf 'FROM %s\nRUN echo last words; exit 3\n' $BB | docker build -
= 3
all~ last words
all~ >>> +2 \| RUN echo last words; exit 3
$ printf 'RUN true\n' | docker build -q -
= 1
err~ no build stage in current context
$ printf 'FROM %s AS a\nCOPY --from=a /x /y\n' $BB | docker build -q -
= 1
err~ invalid from flag value a: refers to the stage that it stands in
$ printf 'FROM %s\nRUN <<EOF\necho\n' $BB | docker build -q -
= 1
err~ unterminated heredoc: the line EOF is missing

== build.canceled [proa]: a build whose client goes away leaves nothing that runs
$ printf 'FROM %s\nRUN sleep 1000\n' $BB > $T/Dockerfile; timeout 1 docker build -t $N $T >/dev/null 2>&1; echo $?
out= 124
$15 docker ps -aq | wc -l
out= 0

== build.hostile-context [proa]: names and links of a context lead nowhere else
$ mkdir $T/c; printf 'FROM %s\nCOPY l /x/\nCOPY e/f /y/\n' $BB > $T/c/Dockerfile; ln -s /etc/shadow $T/c/l; ln -s / $T/c/e; tar -C $T/c -c . | docker build -q -
= 1
err~ stat l: file does not exist
$ python3 -c "
    import tarfile, io, sys
    t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
    def add(n, d=b'', **k):
        i = tarfile.TarInfo(n); i.size = len(d); [setattr(i, a, b) for a, b in k.items()]; t.addfile(i, io.BytesIO(d))
    add('Dockerfile', b'FROM pcsuite/busybox:1\nCOPY . /x/\n'); add('../../../../../../tmp/proa2-$N', b'x'); add('/abs', b'x'); add('up', type=tarfile.SYMTYPE, linkname='../../../../../../../../tmp/'); add('up/proa-$N', b'x')
    t.close()" > $T/t.tar; docker build -q -t $N - < $T/t.tar >/dev/null; ls -d /tmp/proa-$N /tmp/proa2-$N 2>/dev/null; docker run --rm $N sh -c 'ls /x/tmp /x/abs'
= 0
out= /x/abs\n\n/x/tmp:\nproa-$N\nproa2-$N
$ mkdir $T/d; ln -s nowhere $T/d/up; tar -C $T/d -cf $T/t.tar up; rm $T/d/up; mkdir $T/d/up; touch $T/d/up/f; tar -C $T/d -rf $T/t.tar up/f; docker build -q - < $T/t.tar
= 1
err~ the build context has an entry below up, which is a link to nowhere

== build.add-address [proa]: ADD fetches from an address, checks its digest, and a context may come from one
$ mkdir $T/w $T/c; echo payload > $T/w/file.txt; printf 'FROM %s\nCOPY x /x\n' $BB > $T/c/Dockerfile; echo remote > $T/c/x; tar -C $T/c -czf $T/w/ctx.tgz .; p=$(port); python3 -m http.server -b 127.0.0.1 -d $T/w $p >/dev/null 2>&1 & s=$!; for i in $(seq 50); do curl -s http://127.0.0.1:$p/ >/dev/null && break; sleep 0.1; done; d=$(sha256sum $T/w/file.txt | cut -d' ' -f1); printf 'FROM %s\nADD --checksum=sha256:%s http://127.0.0.1:%s/file.txt /a/\nADD --chmod=644 http://127.0.0.1:%s/file.txt /b\n' $BB $d $p $p | docker build -q -t $N:1 - >/dev/null; docker build -q -t $N:2 http://127.0.0.1:$p/ctx.tgz >/dev/null; printf 'FROM %s\nADD --checksum=sha256:%064d http://127.0.0.1:%s/file.txt /a/\n' $BB 0 $p | docker build -q - ; printf 'FROM %s\nADD http://127.0.0.1:%s/nosuch /a/\n' $BB $p | docker build -q -; kill $s; docker run --rm $N:1 sh -c 'cat /a/file.txt /b; stat -c %a /a/file.txt /b'; docker run --rm $N:2 cat /x
out= payload\npayload\n600\n644\nremote
err~ digest mismatch sha256:
err~ the server answered 404

== build.volume-is-kept: what a build puts into a volume's folder stays
$ printf 'FROM %s\nVOLUME /v\nRUN mkdir -p /v && echo kept > /v/f\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N cat /v/f; docker volume ls -q | wc -l
out~ ^kept\n

== build.nothing-of-the-engine [proa]: what a start makes in a root is in no layer of a build
$ printf 'FROM %s\nRUN echo x > /x\n' $BB > $T/Dockerfile; docker build -q --no-cache -t $N $T >/dev/null; docker save $N -o $T/s.tar; mkdir $T/l; tar -C $T/l -xf $T/s.tar; tar -tf $T/l/$(jq -r '.[0].Layers[-1]' $T/l/manifest.json) | sort
out!~ dockerenv|hosts|resolv|hostname|proc|sys
out~ ^(\./)?x$

== build.no-whiteout-names [proa]: a file whose name means a deletion is refused
$ mkdir $T/c; touch $T/c/.wh.etc; printf 'FROM %s\nCOPY . /\n' $BB > $T/c/Dockerfile; docker build -q $T/c
= 1
err~ names that begin with \.wh\. stand for deleted files

== build.buildkit-doors [proa]: whoever does not speak BuildKit's protocol is told so, and a build wants a session
$ api POST /grpc; api POST /session
out~ HTTP 400
out~ no upgrade to h2c is asked for
$ XH='X-Docker-Expose-Session-Sharedkey: x' api HEAD /_ping
out~ (?i)builder-version: 2
$20 api POST '/build?version=2&remote=client-session&session=nosuch'
all~ no active session for nosuch

== build.proa [proa]: proa build: context, ignored files, a Dockerfile from outside and from standard input, secrets, outputs
$ PATH=$PATH:$(dirname $PROAD); mkdir -p $T/c/d; echo a > $T/c/keep; echo b > $T/c/drop.log; echo c > $T/c/d/x; printf '*.log\nd\n!d/y\n' > $T/c/.dockerignore; echo y > $T/c/d/y; ln -s keep $T/c/l; chmod 751 $T/c/keep; printf 'FROM %s\nCOPY . /ctx/\n' $BB > $T/c/Dockerfile; proa build -t $N --iidfile $T/id $T/c; proa run --rm $N sh -c 'cd /ctx; find . | sort; stat -c %a keep; readlink l'; [ $(cat $T/id) = $(docker images -q --no-trunc $N) ] && echo same
out~ ^Step 2/2 : COPY
out~ \n\.\n\./.dockerignore\n\./Dockerfile\n\./d\n\./d/y\n\./keep\n\./l\n751\nkeep\nsame$
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN --mount=type=secret,id=s cat /run/secrets/s > /f\nCOPY keep /\n' $BB > $T/other; S=one proa build -q --no-cache --secret id=s,env=S -f $T/other -t $N:2 $T/c >/dev/null; printf two > $T/s; proa build -q --no-cache --secret id=s,src=$T/s -t $N:3 -f - $T/c < $T/other >/dev/null; proa run --rm $N:2 cat /f /keep; proa run --rm $N:3 cat /f; printf 'FROM %s\nENV X=1\n' $BB | proa build -q - | cut -c1-7
out= onea\ntwosha256:
$ PATH=$PATH:$(dirname $PROAD); proa build -q -o $T/out $T/c >/dev/null; cat $T/out/ctx/keep; proa build -q -o type=tar,dest=$T/o.tar $T/c >/dev/null; tar -xOf $T/o.tar ctx/d/y; proa build -q -o type=oci,dest=$T/oci.tar $T/c >/dev/null; tar -tf $T/oci.tar | grep -c index.json
out= a\ny\n1
$ PATH=$PATH:$(dirname $PROAD); proa build $T/nosuch
= 1
err~ unable to prepare context: path ".*nosuch" not found
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN echo out; exit 7\n' $BB | proa build -
= 7
all~ (?s)out.*returned a non-zero code: 7
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nmaintainer me\nRun true\n' $BB | proa build --check -
= 1
out~ MaintainerDeprecated.*:2\)
out~ ConsistentInstructionCasing.*:3\)
$ PATH=$PATH:$(dirname $PROAD); tty proa build $T/c
out~ =>   \[2/2\] COPY \. /ctx/  (CACHED|[0-9.]+s)
$ PATH=$PATH:$(dirname $PROAD); proa builder prune -af | tail -1
out~ Total reclaimed space:

== build.network-host: a Dockerfile does not open the host's network by itself
$ printf 'FROM %s\nRUN --network=host true\n' $BB | docker build -t $N -
= 1
all~ RUN --network=host is not allowed
$ printf 'FROM %s\nRUN --network=host true\n' $BB | docker build -q --network host -t $N - >/dev/null
= 0

== build.from-variable: the place that COPY takes from holds no variable
$ printf 'FROM %s AS base\nFROM %s\nARG X=base\nCOPY --from=$X /bin/busybox /b\n' $BB $BB | docker build -t $N -
= 1
all~ variable expansion is not supported for --from

== build.add-ssh: repositories are not added with the host's ssh keys
$ printf 'FROM %s\nADD git@127.0.0.1:a/b.git /x\n' $BB | docker build -t $N -
= 1
all~ not by ssh with this host's keys

== build.hostile-patterns: patterns that explode a backtracking matcher are matched at once
$ mkdir $T/c; printf '%s\n' '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b' > $T/c/.dockerignore; touch $T/c/$(printf 'a%.0s' $(seq 200)); printf 'FROM %s\nARG V=%s\nENV W=${V%%%%*a*a*a*a*a*a*a*a*a*a*a*a*b}\nCOPY . /c/\n' $BB $(printf 'a%.0s' $(seq 200)) > $T/c/Dockerfile; timeout 60 docker build -q -t $N $T/c >/dev/null; docker run --rm $N ls /c
out~ aaaa
