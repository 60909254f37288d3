== build.from-scratch [later:build]: FROM scratch with COPY gives a runnable image
$ mkdir $T/c; cp $(command -v busybox) $T/c/busybox; printf 'FROM scratch\nCOPY busybox /\nENTRYPOINT ["/busybox","echo"]\nCMD ["default"]\n' > $T/c/Dockerfile; docker build -t $N $T/c
out~ ^Successfully built [0-9a-f]{12}$
out~ ^Successfully tagged $N:latest$
$ docker run --rm $N; docker run --rm $N x y
out= default\nx y

== build.steps [later:build]: the legacy builder prints numbered steps and running containers
$ printf 'FROM %s\nRUN echo hello-%s\n' $BB $N | docker build -t $N -
out~ ^Step 1/2 : FROM pcsuite/busybox:1$
out~ ^ ---> [0-9a-f]{12}$
out~ ^Step 2/2 : RUN echo hello-$N$
out~ ^ ---> Running in [0-9a-f]{12}$
out~ ^hello-$N$

== build.cache-copy [later:build]: a changed file breaks the cache from its COPY on
$ printf 'FROM %s\nRUN echo %s > /f\nCOPY a /a\nRUN cat /a > /b\n' $BB $N > $T/Dockerfile; echo 1 > $T/a; docker build -t $N $T >/dev/null; echo 2 > $T/a; docker build -t $N $T
out~ Using cache
$ docker run --rm $N cat /b
out= 2

== build.run-fails [later:build]: a failing RUN fails the build with the command and status
$ printf 'FROM %s\nRUN exit 5\n' $BB | docker build -t $N -
= 5
all~ The command '/bin/sh -c exit 5' returned a non-zero code: 5

== build.no-dockerfile [later:build]: a context without a Dockerfile fails
$ mkdir $T/c; docker build -t $N $T/c
= 1
err~ unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat .*/Dockerfile: no such file or directory

== build.copy-missing [later:build]: COPY of a missing file fails
$ printf 'FROM %s\nCOPY nosuch /x\n' $BB > $T/Dockerfile; docker build -t $N $T
= 1
err~ COPY failed: file not found in build context or excluded by \.dockerignore: stat nosuch: file does not exist

== build.copy-outside [later:build]: COPY from outside the context fails
$ mkdir $T/c; echo secret > $T/s; printf 'FROM %s\nCOPY ../s /x\n' $BB > $T/c/Dockerfile; docker build -t $N $T/c
= 1
err~ (COPY failed: forbidden path outside the build context: \.\./s|not found in build context|file does not exist)

== build.dockerignore [later:build]: .dockerignore keeps files out of the context
$ mkdir -p $T/c/d; echo a > $T/c/keep; echo b > $T/c/drop.log; echo c > $T/c/d/x; printf '*.log\nd\n' > $T/c/.dockerignore; printf 'FROM %s\nCOPY . /ctx/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N find /ctx -type f -name '[a-z]*'
out~ ^/ctx/keep$
out!~ drop|/d/x

== build.dockerignore-negate [later:build]: exceptions in .dockerignore
$ mkdir $T/c; touch $T/c/a.log $T/c/b.log; printf '*.log\n!b.log\n' > $T/c/.dockerignore; printf 'FROM %s\nCOPY . /ctx/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N ls /ctx
out~ b\.log
out!~ a\.log

== build.arg [later:build]: ARG with default and --build-arg
$ printf 'FROM %s\nARG A=def\nRUN echo "val=$A" > /f\n' $BB > $T/Dockerfile; docker build -q -t $N:1 $T >/dev/null; docker build -q --build-arg A=set -t $N:2 $T >/dev/null; docker run --rm $N:1 cat /f; docker run --rm $N:2 cat /f
out= val=def\nval=set

== build.arg-unused [later:build]: an undeclared build argument is warned of
$ printf 'FROM %s\n' $BB | docker build --build-arg NOPE=1 -t $N -
all~ \[Warning\] One or more build-args \[NOPE\] were not consumed

== build.arg-from [later:build]: ARG before FROM chooses the base
$ printf 'ARG BASE\nFROM ${BASE}\nRUN cat /etc/image > /f\n' > $T/Dockerfile; docker build -q --build-arg BASE=$BB2 -t $N $T >/dev/null; docker run --rm $N cat /f
out= bb2

== build.user [later:build]: USER holds for RUN and the container
$ printf 'FROM %s\nUSER app\nRUN id -u > /tmp/f\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N sh -c 'cat /tmp/f; id -un'
out= 1000\napp

== build.copy-wildcard [later:build]: COPY with a pattern
$ mkdir $T/c; touch $T/c/a1 $T/c/a2 $T/c/b1; printf 'FROM %s\nCOPY a? /x/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N ls /x
out= a1\na2

== build.copy-json [later:build]: COPY in JSON form takes names with spaces
$ mkdir $T/c; echo s > "$T/c/a b"; printf 'FROM %s\nCOPY ["a b", "/c d"]\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N cat '/c d'
out= s

== build.copy-many-needs-dir [later:build]: several sources need a folder as the target
$ mkdir $T/c; touch $T/c/a $T/c/b; printf 'FROM %s\nCOPY a b /x\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c
= 1
err~ When using COPY with more than one source file, the destination must be a directory and end with a /

== build.add-tar [later:build]: ADD unpacks a local archive, COPY does not
$ mkdir -p $T/c/d; echo in > $T/c/d/f; tar -C $T/c/d -czf $T/c/x.tgz f; rm -r $T/c/d; printf 'FROM %s\nADD x.tgz /u/\nCOPY x.tgz /v/\n' $BB > $T/c/Dockerfile; docker build -q -t $N $T/c >/dev/null; docker run --rm $N sh -c 'cat /u/f; ls /v'
out= in\nx.tgz

== build.multistage [later:build]: COPY --from a named stage and a number
$ printf 'FROM %s AS one\nRUN echo a > /a\nFROM %s\nRUN echo b > /b\nFROM %s\nCOPY --from=one /a /\nCOPY --from=1 /b /\n' $BB $BB $BB2 | docker build -q -t $N - >/dev/null; docker run --rm $N cat /a /b /etc/image
out= a\nb\nbb2

== build.target [later:build]: --target stops at a stage
$ printf 'FROM %s AS one\nENV S=1\nFROM one AS two\nENV S=2\n' $BB > $T/Dockerfile; docker build -q --target one -t $N $T >/dev/null; docker image inspect -f '{{json .Config.Env}}' $N
out~ "S=1"

== build.target-unknown [later:build since28]: an unknown --target fails
$ printf 'FROM %s\n' $BB | docker build -q --target nosuch -t $N -
= 1
err~ (?i)target stage "?nosuch"? could not be found

== build.stage-unknown [later:build]: COPY --from an unknown stage number fails
$ printf 'FROM %s\nCOPY --from=3 /a /\n' $BB | docker build -q -t $N -
= 1
err~ invalid from flag value 3

== build.label [later:build]: labels of Dockerfile and command line
$ printf 'FROM %s\nLABEL a=1 "b c"="2 3"\n' $BB | docker build -q --label d=4 -t $N - >/dev/null; docker image inspect -f '{{json .Config.Labels}}' $N
out= {"a":"1","b c":"2 3","d":"4"}

== build.expose-volume [later:build]: EXPOSE, VOLUME, STOPSIGNAL are in the configuration
$ printf 'FROM %s\nEXPOSE 80 53/udp\nVOLUME /v ["x"]\nVOLUME ["/data"]\nSTOPSIGNAL SIGUSR1\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{json .Config.ExposedPorts}} {{json .Config.StopSignal}}' $N
out= {"53/udp":{},"80/tcp":{}} "SIGUSR1"

== build.healthcheck [later:build]: HEALTHCHECK is in the configuration
$ printf 'FROM %s\nHEALTHCHECK --interval=5s --timeout=2s --retries=3 CMD true\n' $BB | docker build -q -t $N - >/dev/null; docker image inspect -f '{{json .Config.Healthcheck}}' $N
out= {"Test":["CMD-SHELL","true"],"Interval":5000000000,"Timeout":2000000000,"Retries":3}

== build.onbuild [later:build]: ONBUILD runs in the child build
$ printf 'FROM %s\nONBUILD RUN echo ob > /ob\n' $BB | docker build -q -t $N:1 - >/dev/null; printf 'FROM %s\n' $N:1 | docker build -t $N:2 -
out~ # Executing 1 build trigger
$ docker run --rm $N:2 cat /ob
out= ob

== build.heredoc-continuation [later:build]: continuation lines, comments between them, escape directive
$ printf '# escape=`\nFROM %s\nRUN echo a; `\n# comment\n echo b > /f\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N cat /f
out= b

== build.stdin-context [later:build]: a tar on standard input is the context
$ mkdir $T/c; printf 'FROM %s\nCOPY x /x\n' $BB > $T/c/Dockerfile; echo t > $T/c/x; tar -C $T/c -c . | docker build -q -t $N - >/dev/null; docker run --rm $N cat /x
out= t

== build.memory [later:build]: build limits hold for RUN
$ printf 'FROM %s\nRUN cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; true\n' $BB | docker build --no-cache --memory 64m -t $N -
out~ ^67108864$

== build.iidfile [later:build]: --iidfile holds the id
$ printf 'FROM %s\nLABEL x=%s\n' $BB $N | docker build --iidfile $T/id -t $N - >/dev/null; [ $(cat $T/id) = $(docker images -q --no-trunc $N) ] && echo same
out= same

== build.rm-intermediate [later:build]: no intermediate containers stay
$ a=$(docker ps -aq | wc -l); printf 'FROM %s\nRUN echo %s\nRUN true\n' $BB $N | docker build -t $N - >/dev/null; b=$(docker ps -aq | wc -l); echo $((b-a))
out= 0

== build.whiteout [later:build]: a file removed in a later layer is gone
$ printf 'FROM %s\nRUN mkdir /d && touch /d/a /d/b\nRUN rm /d/a\nRUN rm -r /d && mkdir /d && touch /d/c\n' $BB | docker build -q -t $N - >/dev/null; docker run --rm $N ls /d; docker save $N -o $T/s.tar; docker rmi $N >/dev/null; docker load -q -i $T/s.tar >/dev/null; docker run --rm $N ls /d
out= c\nc

== builder.prune [later:build]: builder prune answers
$ docker builder prune -f
out~ Total(:| reclaimed space:)

== build.debian [debian later:build]: RUN in a Debian image, with bash and dpkg
$ printf 'FROM %s\nSHELL ["/bin/bash","-o","pipefail","-c"]\nRUN useradd -m u1 && dpkg -l | wc -l > /n\nUSER u1\nWORKDIR /home/u1\n' $DEB | docker build -q -t $N - >/dev/null; docker run --rm $N bash -c 'test $(cat /n) -gt 50 && whoami && pwd'
out= u1\n/home/u1
