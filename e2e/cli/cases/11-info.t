== info.api-fields: info has the fields that clients read
$ curl -sS --unix-socket $SOCK http://d/v1.44/info | jq -r '[(.ID|length>0),(.Containers|type),(.ContainersRunning|type),(.ContainersPaused|type),(.ContainersStopped|type),(.Images|type),.OSType,(.Architecture|type),(.KernelVersion|length>0),(.OperatingSystem|length>0),(.DockerRootDir|startswith("/")),(.Name|length>0),(.ServerVersion|length>0),(.CgroupDriver|type),(.CgroupVersion|test("^[12]$")),(.SecurityOptions|type),(.Runtimes|type),(.Plugins.Network|type),(.Plugins.Volume|type),(.Plugins.Log|type),(.RegistryConfig.IndexConfigs["docker.io"].Name),(.Warnings|type),(.Swarm.LocalNodeState),(.MemTotal>0),(.NCPU>0),(.LiveRestoreEnabled|type),(.SystemTime|length>0)]|map(tostring)|join(" ")'
out~ ^true number number number number number linux string true true true true true string true array object array array array docker\.io (array|null) inactive true true boolean true$

== info.counts: info counts containers by state
$ a=$(docker info -f '{{.Containers}} {{.ContainersRunning}}'); docker run -d --name $N $BB sleep 60 >/dev/null; docker create --name $N-b $BB true >/dev/null; b=$(docker info -f '{{.Containers}} {{.ContainersRunning}}'); set -- $a $b; echo $(($3-$1)) $(($4-$2))
out= 2 1

== info.seccomp: info says that the default seccomp profile is in force
$ docker info -f '{{json .SecurityOptions}}'
out~ name=seccomp,profile=(default|builtin)

== version.text: the client prints both halves
$ docker version
out~ ^Client:
out~ ^Server:
out~ API version: +1\.\d+ \(minimum version 1\.\d+\)
