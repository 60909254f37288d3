# Isolation backends and how one is chosen. What containers do in microVMs is shown in the lab, by the other cases with --isolation microvm (e2e/README.md).

== isolation.create [proa]: a container's backend is chosen by --isolation or --runtime, and told as its runtime
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; $p create --isolation microvm --name $N-a $BB true >/dev/null; docker create --runtime microvm --name $N-b $BB true >/dev/null; docker create --runtime namespace --name $N-c $BB true >/dev/null; docker create --name $N-d $BB true >/dev/null; docker inspect -f '{{.HostConfig.Runtime}} {{.HostConfig.Isolation}}' $N-a $N-b $N-c $N-d
out= microvm \nmicrovm \nnamespace \nrunc

== isolation.conflict [proa]: two names of different backends, and a name that is none
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Isolation":"microvm","Runtime":"namespace"}}'
out~ conflicting options: runtime namespace and isolation microvm
out~ ^HTTP 400$
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Isolation":"nosuch"}}'
out~ invalid isolation 'nosuch' on linux: known isolation backends are microvm, namespace
out~ ^HTTP 400$

== isolation.update [proa]: the backend of a stopped container can be changed, and of one that runs it cannot
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker create --runtime namespace --name $N $BB sleep 600 >/dev/null; $p update --isolation microvm $N; docker inspect -f '{{.HostConfig.Runtime}}' $N; $p update --isolation nosuch $N; $p update --isolation namespace $N; docker start $N; $p update --isolation microvm $N; docker inspect -f '{{.HostConfig.Runtime}} {{.State.Status}}' $N
out= $N\nmicrovm\n$N\n$N\nnamespace running
err~ invalid isolation 'nosuch' on linux: known isolation backends are microvm, namespace
err~ cannot change the isolation of $N from namespace to microvm while it runs: stop it first

== isolation.label [proa]: an image asks for a backend by its label, and whoever creates the container decides
$ image $N-i 'LABEL dev.proa.isolation=microvm' >/dev/null; docker create --name $N-a $N-i true >/dev/null; docker create --name $N-b --runtime namespace $N-i true >/dev/null; docker inspect -f '{{.HostConfig.Runtime}}' $N-a $N-b
out= microvm\nnamespace
$ image $N-j 'LABEL dev.proa.isolation=nosuch' >/dev/null; docker create --name $N-c $N-j true
= 1
err~ image $N-j, label dev.proa.isolation: invalid isolation 'nosuch' on linux: known isolation backends are microvm, namespace; choose one with --runtime

== isolation.label-default [engine proa]: where the operator has chosen microVMs an image cannot choose namespaces
$ engine start --default-isolation microvm; docker load -qi $BBTAR >/dev/null; image $N-i 'LABEL dev.proa.isolation=namespace' >/dev/null; docker create --name $N-a $N-i true >/dev/null; docker inspect -f '{{.HostConfig.Runtime}}' $N-a; docker info -f '{{json .Runtimes}}' | jq -r .runc.path
out= runc\nmicrovm

== isolation.refused [proa nokvm]: where no stock kernel boots a microVM fails at once, with the reason that info and checkenv give
$ docker run --rm --runtime microvm $BB echo no
= 125
err~ microVMs cannot be started: .*(/proc/cpuinfo|/dev/kvm)
$ $(dirname $PROAD)/proa -H unix://$SOCK info | grep -c '^ microvm: microVMs cannot be started: '; $(dirname $PROAD)/proa checkenv | grep '^note *kvm'; docker run --rm $BB echo but namespaces
out~ ^1$
out~ /dev/kvm
out~ ^but namespaces$

== isolation.kernel [proa]: kernels of microVMs are listed from the plugin's jar
$ mkdir $T/d && : > $T/d/proa.layout; $(dirname $PROAD)/proa kernel ls --data-root $T/d
out~ ^VERSION +DIGEST +INSTALLED +MODULES$
