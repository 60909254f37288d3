== build.squash [engine]: --squash makes one layer of what the build added, and nothing that was removed is in it
$ engine start --experimental; docker import -q $BBLAYER $BB >/dev/null 2>&1 || docker import $BBLAYER $BB >/dev/null; mkdir $T/c; echo x > $T/c/x; printf 'FROM %s\nRUN echo big > /secret && ln -s x /l && echo h > /h1 && ln /h1 /h2 && mkdir -p /d/e && chmod 1777 /d\nCOPY --chown=5:6 --chmod=600 x /d/x\nRUN rm /secret && rm -r /etc/image && mkfifo /p && echo changed >> /etc/passwd\nENV A=1\n' $BB > $T/c/Dockerfile; docker build -q -t one $T/c >/dev/null; docker build -q --squash -t two $T/c >/dev/null; for i in one two; do docker run --rm $i sh -c 'cd /; stat -c "%n %F %a %u %g" l h1 h2 d d/e d/x p; stat -c "%h %s" h1 h2; cat d/x h2; readlink l; tail -1 /etc/passwd; ls -d /secret /etc/image 2>/dev/null; echo $A' > $T/$i; done; cmp $T/one $T/two && docker image inspect -f '{{len .RootFS.Layers}}' $BB one two; docker history --no-trunc --format '{{.Comment}}' two | head -1; docker save two | grep -c -a '^big$'
= 1
out~ ^1\n4\n2\nmerge sha256:[0-9a-f]{64} to sha256:[0-9a-f]{64}\n0$
$ docker build --cache-from two $T/c | grep -c 'Using cache'; docker run --rm $(docker build -q --cache-from two $T/c) cat /d/x
= *
out= 0\nx
$ printf 'FROM scratch\nCOPY x /x\nCOPY x /y\n' > $T/c/Dockerfile; docker build -q --squash -t three $T/c >/dev/null; docker image inspect -f '{{len .RootFS.Layers}}' three; docker save three -o $T/s.tar; mkdir $T/s; tar -C $T/s -xf $T/s.tar; tar -tf $T/s/$(jq -r '.[0].Layers[0]' $T/s/manifest.json)
out= 1\nx\ny

== build.squash-refused: without experimental features there is no --squash
$ printf 'FROM scratch\nENV A=1\n' | docker build --squash -q -t $N -
= 1
err~ (?i)experimental
$ tar -C $T -c . | CT=application/x-tar api POST '/build?squash=1' @-
all~ squash is only supported with experimental mode

== build.cache-limit [engine proa]: the cache keeps itself within the limit of the configuration file, what was used last stays
$ printf '{"builder":{"gc":{"defaultKeepStorage":"3mb"}}}' > $T/daemon.json; engine start --config-file $T/daemon.json; docker import $BBLAYER $BB >/dev/null; for i in 1 2 3 4 5; do printf 'FROM %s\nRUN head -c 1000000 /dev/urandom > /f%s\n' $BB $i > $T/D$i; docker build -q - < $T/D$i > $T/id; docker rmi $(cat $T/id) >/dev/null; done; printf 'FROM scratch\nENV A=1\n' | docker build -q - >/dev/null
$15 curl -s --unix-socket ${DOCKER_HOST#unix://} http://d/system/df | jq -c '[.BuildCache[] | select(.Size > 0) | .Size] | [length <= 3, (add <= 3145728)]'
out= [true,true]
$ docker build - < $T/D5 | grep -c 'Using cache'; docker build - < $T/D1 | grep -c 'Using cache'
= *
out= 1\n0
$ engine stop; printf '{"builder":{"gc":{"defaultKeepStorage":"lots"}}}' > $T/daemon.json; engine start --config-file $T/daemon.json
= !0
all~ defaultKeepStorage must be a size such as "20GB"

== build.check [proa]: --check lists what is doubtful by Docker's names, and the directive takes of it or makes errors of it
$ PATH=$PATH:$(dirname $PROAD); mkdir $T/c; echo '*.log' > $T/c/.dockerignore; printf 'FROM %s as Base\nENV TOKEN x\nCMD echo\nCMD ["x"]\nCOPY a.log $NOPE /\nWORKDIR w\n' $BB > $T/c/Dockerfile; proa build --check $T/c
= 1
out~ FromAsCasing: 'as' and 'FROM' keywords' casing do not match \(Dockerfile:1\)
out~ StageNameCasing: .*:1\)
out~ LegacyKeyValueFormat: .*:2\)
out~ SecretsUsedInArgOrEnv: .*\(ENV "TOKEN"\) \(Dockerfile:2\)
out~ JSONArgsRecommended: .*:3\)
out~ MultipleInstructionsDisallowed: Multiple CMD .*:3\)
out~ CopyIgnoredFile: .*"a.log".*:5\)
out~ UndefinedVar: Usage of undefined variable '\$NOPE' \(Dockerfile:5\)
out~ WorkdirRelativePath: .*:6\)
out~ Check complete, 9 warnings have been found!
$ PATH=$PATH:$(dirname $PROAD); printf '# check=skip=JSONArgsRecommended\nFROM %s\nCMD echo\n' $BB | proa build --check -
out= Check complete, no warnings found.
$ printf '# check=error=true\nFROM %s\nCMD echo\n' $BB | docker build -q -
= 1
err~ lint violation found for rules: JSONArgsRecommended

== build.twenty-steps [proa]: a build of twenty steps without a change does nothing, and a late change runs only what comes after it
$ mkdir $T/c; { echo FROM $BB; for i in $(seq 18); do case $((i % 3)) in 0) echo "RUN echo $N $i > /r$i";; 1) echo "COPY f$i /f$i"; echo $N > $T/c/f$i;; 2) echo "ENV V$i=$i";; esac; done; echo COPY late /late; echo 'RUN cat /late > /last'; } > $T/c/Dockerfile; echo 1 > $T/c/late; a=$(docker build -q -t $N $T/c); docker build -t $N $T/c | grep -c 'Using cache'; [ $a = $(docker build -q $T/c) ] && echo same; echo 2 > $T/c/late; docker build -t $N $T/c > $T/o; grep -c 'Using cache' $T/o; grep -c 'Running in' $T/o; docker run --rm $N cat /last
out= 20\nsame\n18\n1\n2

== build.stderr-is-red: what a command writes to standard error is red in the stream, and nothing else is
$ printf 'FROM %s\nRUN echo out; echo err >&2\n' $BB > $T/Dockerfile; tar -C $T -c Dockerfile | CT=application/x-tar api POST '/build?nocache=1' @- | grep -a '^{' | jq -j 'select(.stream).stream | select(test("out|err")) | select(test("Step") | not)' | cat -v
out~ ^out$
out~ \^\[\[91merr$
out~ ^\^\[\[0m

== build.maintainer: MAINTAINER is the author, letter by letter
$ printf 'FROM %s\nARG X=1\nMAINTAINER "me $X"  a\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{.Author}}' $N
out= "me $X"  a

== build.hostile-archives [proa]: contexts that are no archive, cut off, or larger than they say, are refused in words
$ head -c 3000 /dev/urandom > $T/r; CT=application/x-tar api POST /build @$T/r
all~ the build context is no tar archive
$ mkdir $T/c; printf 'FROM %s\nCOPY . /\n' $BB > $T/c/Dockerfile; head -c 100000 /dev/zero > $T/c/z; tar -C $T/c -c . | gzip > $T/t.gz; head -c 150 $T/t.gz > $T/cut.gz; CT=application/x-tar api POST /build @$T/cut.gz
all~ cannot read the build context|the build context is no tar archive
$ python3 -c "
    import tarfile, io, sys
    t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
    i = tarfile.TarInfo('x/' * 2500 + 'f'); t.addfile(i, io.BytesIO(b''))
    t.close()" > $T/deep.tar; CT=application/x-tar api POST /build @$T/deep.tar
all~ a name longer than 4096 characters
$ python3 -c "
    import tarfile, io, sys
    t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
    i = tarfile.TarInfo('Dockerfile'); i.size = 5 << 20; t.addfile(i, io.BytesIO(b'#' * (5 << 20)))
    t.close()" > $T/large.tar; CT=application/x-tar api POST /build @$T/large.tar
all~ Dockerfile is larger than

== build.bombs [proa]: a small archive that says it is terabytes is refused, and one that unpacks to much can be given up at any time
$ truncate -s 4T $T/big; printf 'FROM %s\nCOPY big /big\n' $BB > $T/Dockerfile; tar -C $T -S --format=gnu -cf $T/t.tar Dockerfile big; docker build - < $T/t.tar
= 1
err~ cannot unpack the build context: with big, of 4398046511104 bytes, its files are larger than what is free on the disk
$ mkdir $T/c; truncate -s 20G $T/c/big; cp $T/Dockerfile $T/c; tar -C $T/c -S --format=gnu -cf $T/t.tar .; timeout -k 30 -s INT 3 env --default-signal=INT docker build - < $T/t.tar >/dev/null 2>&1
= 124
$30 ls $(dirname $SOCK)/data/builder/scratch | wc -l
out= 0

== build.cycles: stages that need each other, later ones or none
$ printf 'FROM b AS a\nFROM a AS b\n' | docker build -q - 2>&1 | head -3
= *
out!~ Successfully
$ printf 'FROM %s AS a\nCOPY --from=b /x /x\nFROM a AS b\n' $BB | docker build -q -
= 1
err~ (invalid from flag value b|pull access denied|not found)

== build.failing-command: of a failing command its output, code and line are shown
$ printf 'FROM %s\nRUN for i in 1 2 3; do echo line $i; done; echo bad >&2; exit 42\nRUN echo never\n' $BB | docker build --no-cache -
= 42
all~ (?s)line 1\n.*line 3
all~ bad
all~ returned a non-zero code: 42
all!~ Running in [0-9a-f]+\nnever

== build.cancel-many [proa]: a build that is given up leaves no process, container, layer or file
$ printf 'FROM %s AS a\nRUN echo $$ && sleep 1001\nFROM %s AS b\nRUN sleep 1002\nFROM %s\nCOPY --from=a / /a\nCOPY --from=b / /b\n' $BB $BB $BB > $T/Dockerfile; for i in 1 2 3; do timeout -k 30 -s INT 1 env --default-signal=INT docker build -t $N $T >/dev/null 2>&1; done; docker images -q $N
$15 docker ps -aq | wc -l; pgrep -f 'sleep 100[12]$'
= 1
out= 0

== build.isolation [proa]: commands run in the isolation that is named, or the build says why not
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN echo in namespaces\n' $BB | proa build --isolation namespace --no-cache -
out~ in namespaces
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN true\n' $BB | proa build --isolation nosuch --no-cache -
= 1
err~ nosuch

== build.microvm [proa kvm]: with --isolation microvm a command runs on a kernel of its own, its files are the layer's, and a failing one says so
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nARG A=1\nENV B=2\nWORKDIR /w\nRUN --mount=type=cache,target=/k echo $A$B $(uname -r) > f && touch /k/x && chown 5:6 f && ln -s f l && rm /etc/image\nUSER app\nRUN id -u > /tmp/id\n' $BB > $T/Dockerfile; proa build -q --isolation microvm --no-cache -t $N $T; docker run --rm --runtime namespace $N sh -c 'stat -c "%u %g" f; readlink l; ls -d /etc/image /k 2>/dev/null; cat /tmp/id'; docker run --rm --runtime namespace $N cat f | grep -vF "$(uname -r)"
out~ ^5 6\nf\n1000\n12 [0-9]
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN echo last words; exit 7\n' $BB | proa build --isolation microvm --no-cache -
= 7
all~ (?s)last words.*returned a non-zero code: 7
$ docker ps -aq | wc -l
out= 0

== build.microvm-refused [proa nokvm]: where no microVM can be started a build with --isolation microvm says so, and leaves nothing
$ PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN true\n' $BB | proa build --isolation microvm --no-cache -
= 1
err~ microVMs cannot be started: .*(/proc/cpuinfo|/dev/kvm)
$ docker ps -aq | wc -l
out= 0

== build.tutorial [proa]: what a tutorial shows: ordered layers, a plain user, labels, arguments, a health check, ignored files, one layer for a package
$ mkdir -p $T/c/node_modules $T/c/src; echo '{"name":"app"}' > $T/c/package.json; echo 'console.log(1)' > $T/c/src/index.js; echo junk > $T/c/node_modules/j; printf 'node_modules\nDockerfile\n.dockerignore\n*.md\n' > $T/c/.dockerignore; echo doc > $T/c/README.md; cat > $T/c/Dockerfile <<'END'
    ARG BASE=pcsuite/busybox:1
    FROM ${BASE} AS build
    WORKDIR /app
    COPY package*.json ./
    RUN sha256sum package.json > installed && date +%N > when
    COPY . .
    RUN tr a-z A-Z < src/index.js > out.js

    FROM ${BASE}
    ARG VERSION=0.0.1
    LABEL org.opencontainers.image.version=$VERSION \
          org.opencontainers.image.authors="somebody@example.test"
    ENV APP_VERSION=${VERSION} NODE_ENV=production
    RUN set -eux; \
        mkdir -p /var/cache/pkg; \
        head -c 200000 /dev/urandom > /var/cache/pkg/archive; \
        cp /var/cache/pkg/archive /usr/lib.part; \
        rm -rf /var/cache/pkg
    WORKDIR /home/app
    COPY --from=build --chown=app:app /app/out.js /app/installed /app/when ./
    USER app
    EXPOSE 3000
    HEALTHCHECK --interval=1s --retries=1 CMD test -f out.js
    ENTRYPOINT ["sh", "-c"]
    CMD ["cat out.js; id -un; echo $APP_VERSION"]
    END
    sed -i 's/^    //' $T/c/Dockerfile; docker build -q -t $N:1 --build-arg VERSION=1.2 $T/c >/dev/null; docker run --rm $N:1; docker run --rm $N:1 'cat when' > $T/when; echo 'console.log(2)' > $T/c/src/index.js; docker build -q -t $N:2 --build-arg VERSION=1.2 $T/c >/dev/null; docker run --rm $N:2; docker run --rm $N:2 'cat when' | cmp - $T/when && echo installed once; docker image inspect -f '{{json .Config.Labels}} {{.Config.User}}' $N:1
out= CONSOLE.LOG(1)\napp\n1.2\nCONSOLE.LOG(2)\napp\n1.2\ninstalled once\n{"org.opencontainers.image.authors":"somebody@example.test","org.opencontainers.image.version":"1.2"} app
$ docker run -d --name $N $N:1 'sleep 100' >/dev/null; docker history --format '{{.Size}} {{.CreatedBy}}' $N:1 | grep 'RUN .*set -eux' | cut -d' ' -f1
out= 200kB
$15 docker inspect -f '{{.State.Health.Status}}' $N
out= healthy

== build.git [proa has:git]: repositories as a source of ADD and as a context: branch, tag, commit, folder; also from a server that only hands out files
$ mkdir -p $T/w $T/src; cd $T/src; git init -q -b main; git config user.email a@example.test; git config user.name a; mkdir sub; echo one > f; echo s > sub/s; printf 'FROM %s\nCOPY . /all/\n' $BB > Dockerfile; cp Dockerfile sub/; git add -A; git commit -qm one; git tag v1; first=$(git rev-parse HEAD); echo two > f; git commit -qam two; cd $T; git clone -q --bare src w/r.git; git -C w/r.git update-server-info; serve $T/w; r=http://127.0.0.1:$served/r.git
    printf 'FROM %s\nADD %s /g/\nADD --keep-git-dir=true %s#v1 /k/\nADD %s#main:sub /s/\nADD %s#%s /c/\n' $BB $r $r $r $r $first | docker build -q -t $N:1 - >/dev/null; docker run --rm $N:1 sh -c 'cat /g/f /k/f /s/s /c/f; ls -d /g/.git /k/.git /c/.git 2>/dev/null'; curl -sS --unix-socket $SOCK -X POST "http://d/build?t=$N:2&remote=$(printf %s "$r#v1:sub" | jq -sRr @uri)" >/dev/null; docker run --rm $N:2 ls /all; curl -sS --unix-socket $SOCK -X POST "http://d/build?t=$N:3&remote=$(printf %s $r | jq -sRr @uri)" >/dev/null; docker run --rm $N:3 cat /all/f
    printf 'FROM %s\nADD %s#nosuch /g/\n' $BB $r | docker build -q -
= 1
out= two\none\ns\none\n/k/.git\nDockerfile\ns\ntwo
err~ cannot fetch http://127.0.0.1:[0-9]+/r.git at nosuch: fatal: couldn't find remote ref nosuch

== build.arg-scopes [proa]: an ARG holds from its line to the end of its stage and in stages that begin with it; globals where they are declared again
$ printf 'ARG G=global\nFROM %s AS one\nRUN echo "1[$G]"\nARG G\nRUN echo "2[$G]"\nARG L=${G}x\nENV E=$L\nFROM one\nRUN echo "3[$L][$E][$G]"\nARG L=again TARGETPLATFORM\nRUN echo "4[$L][$TARGETPLATFORM]"\nFROM %s AS other\nFROM other\nCOPY --from=1 /etc/image /x\nRUN echo "5[$L]"\n' $BB $BB | docker build --no-cache --build-arg HTTP_PROXY=http://user:password@127.0.0.1:1 -t $N - | grep '^[1-5]\['; docker history --no-trunc $N | grep -c password
= 1
out~ ^1\[\]\n2\[global\]\n3\[globalx\]\[globalx\]\[global\]\n4\[again\]\[linux/[a-z0-9]+\]\n5\[\]\n0$

== build.ssh [proa has:ssh-agent]: a command that wants it reaches the client's agent of ssh, and no other command does
$ ssh-keygen -q -t ed25519 -N '' -f $T/key; eval "$(ssh-agent -a $T/agent)" >/dev/null; trap "kill $SSH_AGENT_PID" EXIT; ssh-add -q $T/key; PATH=$PATH:$(dirname $PROAD); printf 'FROM %s\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && echo has agent\nRUN test -z "$SSH_AUTH_SOCK" && echo none\n' $BB | proa build --no-cache --ssh default=$T/agent - | grep -a '^has\|^none'; printf 'FROM %s\nRUN --mount=type=ssh,required=true true\n' $BB | proa build --no-cache -
= 1
out~ ^has agent\nnone\n
err~ no SSH key "default" forwarded from the client

== build.ignore-of-its-own [proa]: NAME.dockerignore counts for the Dockerfile NAME, and not the common one
$ PATH=$PATH:$(dirname $PROAD); mkdir $T/c; touch $T/c/a $T/c/b; echo a > $T/c/.dockerignore; echo b > $T/c/other.Dockerfile.dockerignore; printf 'FROM %s\nCOPY . /x/\n' $BB | tee $T/c/Dockerfile > $T/c/other.Dockerfile; proa build -q -t $N:1 $T/c >/dev/null; proa build -q -t $N:2 -f $T/c/other.Dockerfile $T/c >/dev/null; for i in 1 2; do docker run --rm $N:$i sh -c 'cd /x; ls [ab]'; done
out= b\na

== build.add-unpack [proa]: --unpack decides whether an archive is unpacked, from a context and from an address
$ mkdir -p $T/c $T/d; echo in > $T/d/f; tar -C $T/d -czf $T/c/x.tgz f; serve $T/c; printf 'FROM %s\nADD http://127.0.0.1:%s/x.tgz /a/\nADD --unpack=true http://127.0.0.1:%s/x.tgz /b/\nADD --unpack=false x.tgz /c/\nADD x.tgz /d/\n' $BB $served $served > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'ls -d /[abcd]/*'
out= /a/x.tgz\n/b/f\n/c/x.tgz\n/d/f
