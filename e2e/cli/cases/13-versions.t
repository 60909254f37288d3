# What clients of older versions of the API send and expect.

== versions.create-drops [proa]: members that a version does not know yet are dropped
$ api POST "/v1.42/containers/create?name=$N" '{"Image":"'$BB'","Healthcheck":{"Test":["CMD","true"],"StartInterval":5000000000},"HostConfig":{"Annotations":{"a":"b"},"ConsoleSize":[40,100]}}' | tail -1; docker inspect -f '{{json .HostConfig.Annotations}} {{.Config.Healthcheck.StartInterval}} {{.HostConfig.ConsoleSize}}' $N
out~ ^HTTP 201$
out~ ^null 0s \[40 100\]$
$ api POST "/v1.41/containers/create?name=$N-2" '{"Image":"'$BB'","HostConfig":{"ConsoleSize":[40,100]}}' | tail -1; docker inspect -f '{{.HostConfig.ConsoleSize}}' $N-2
out~ ^\[0 0\]$
$ api POST "/v1.39/containers/create?name=$N-3" '{"Image":"'$BB'"}' | tail -1; docker inspect -f '{{.HostConfig.IpcMode}}' $N-3
out~ ^shareable$

== versions.create-refuses [proa]: what must not be dropped in silence is refused with the version it needs
$ api POST "/v1.43/containers/create" '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/m","ReadOnly":true,"BindOptions":{"ReadOnlyForceRecursive":true}}]}}'
out~ BindOptions\.ReadOnlyForceRecursive needs API v1\.44 or newer
out~ ^HTTP 400$
$ api POST "/v1.44/containers/create" '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"volume","Source":"v","Target":"/m","VolumeOptions":{"Subpath":"s"}}]}}'
out~ VolumeOptions\.Subpath needs API v1\.45 or newer
$ api POST "/v1.47/containers/create" '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"image","Source":"'$BB'","Target":"/m"}]}}'
out~ Mount type \\"Image\\" needs API v1\.48 or newer
$ api POST "/v1.43/containers/create" '{"Image":"'$BB'","NetworkingConfig":{"EndpointsConfig":{"bridge":{},"none":{}}}}'
out~ Container cannot be created with multiple network endpoints: bridge, none
$ api POST "/v1.51/containers/create" '{"Image":"'$BB'","HostConfig":{"Mounts":[{"Type":"bind","Source":"/tmp","Target":"/m","VolumeOptions":{"NoCopy":true}}]}}'
out~ VolumeOptions must not be specified on mount type \\"bind\\"

== versions.mac-address [proa]: a container's own MAC address counts for old clients, and warns new ones
$ api POST "/v1.43/containers/create?name=$N" '{"Image":"'$BB'","MacAddress":"02:11:22:33:44:55","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:99:99:99:99:99"}}}}'; docker inspect -f '{{.NetworkSettings.Networks.bridge.MacAddress}}' $N
out~ "Warnings":\[\]
out~ ^02:11:22:33:44:55$
$ api POST "/v1.44/containers/create?name=$N-2" '{"Image":"'$BB'","MacAddress":"02:11:22:33:44:55"}'
out~ The container-wide MacAddress field is now deprecated\. It should be specified in EndpointsConfig instead\.
$ api POST "/v1.44/containers/create" '{"Image":"'$BB'","MacAddress":"02:11:22:33:44:55","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":"02:99:99:99:99:99"}}}}'
out~ the container-wide MAC address must match the endpoint-specific MAC address
out~ ^HTTP 400$

== versions.read-only-binds [proa]: read-only binds of clients before 1.44 leave what is mounted below them writable
$ mkdir -p $T/d/sub && mount -t tmpfs none $T/d/sub; for v in 1.43 1.44; do for b in '"Binds":["'$T/d':/d:ro"]' '"Mounts":[{"Type":"bind","Source":"'$T/d'","Target":"/d","ReadOnly":true}]'; do id=$(api POST "/v$v/containers/create" '{"Image":"'$BB'","Cmd":["sh","-c","touch /d/top 2>/dev/null && echo top; touch /d/sub/f 2>/dev/null && echo sub; echo '$v'"],"HostConfig":{'$b'}}' | jq -r '.Id? // empty' 2>/dev/null | head -1); docker start -a $id; docker rm $id >/dev/null; done; done | paste -sd' '; umount $T/d/sub
out= sub 1.43 sub 1.43 1.44 1.44

== versions.inspect [proa]: an inspection by an old client has the short id among the aliases and nothing of later versions
$ docker network create $N >/dev/null; docker create --name $N-c --network $N --hostname hoo --network-alias other $BB true >/dev/null; for v in 1.44 1.45; do curl -sS --unix-socket $SOCK http://d/v$v/containers/$N-c/json | jq -c '[(.NetworkSettings.Networks[].Aliases|map(select(test("^[0-9a-f]{12}$")|not))), has("ImageManifestDescriptor")]'; done | paste -sd' '
out= [["other","hoo"],false] [["other"],false]
$ docker rm $N-c >/dev/null; docker create --name $N-d --annotation k=v $BB true >/dev/null; for v in 1.45 1.46; do curl -sS --unix-socket $SOCK "http://d/v$v/containers/json?all=1" | jq -c 'map(select(.Names[0]=="/'$N'-d"))[0].HostConfig.Annotations'; done | paste -sd' '
out= null {"k":"v"}

== versions.info [proa]: the information about the engine has what its version describes
$ for v in 1.46 1.48 1.49 1.51; do curl -sS --unix-socket $SOCK http://d/v$v/info | jq -c '[has("BridgeNfIptables"), .FirewallBackend.Driver, (.RuncCommit|has("Expected")), (.RegistryConfig|has("AllowNondistributableArtifactsCIDRs"))]'; done | paste -sd' '
out= [true,null,true,true] [true,null,true,false] [true,"nftables",false,false] [false,"nftables",false,false]
$ curl -sS --unix-socket $SOCK http://d/version | jq -r '"\(.Version | split(".") | length) \(.GoVersion | length > 0)"'
out= 3 true

== versions.images [proa]: lists of images count containers since 1.51, and shared sizes since 1.42
$ docker create --name $N $BB true >/dev/null; for v in 1.41 1.50 1.51; do curl -sS --unix-socket $SOCK "http://d/v$v/images/json?shared-size=1" | jq -c 'map(select(.RepoTags|index("'$BB'")))[0]|[.Containers, .SharedSize >= 0]'; done
out~ ^\[-1,false\]$
out~ ^\[-1,true\]$
out~ ^\[[1-9][0-9]*,true\]$
$ curl -sS --unix-socket $SOCK "http://d/v1.51/system/df?type=image" | jq -c '(.Images|map(select(.RepoTags|index("'$BB'")))[0].Containers > 0), .Containers'
out~ ^true$
out~ ^null$

== versions.events [proa]: the event of an image that was made is told since 1.46
$ since=$(date +%s); image $N-i >/dev/null; docker commit $(docker create --name $N $BB true) $N-j >/dev/null; until=$(($(date +%s)+1)); for v in 1.45 1.46; do curl -sS --unix-socket $SOCK "http://d/v$v/events?since=$since&until=$until&filters=%7B%22type%22:%5B%22image%22%5D%7D" | jq -r .Action | sort -u | paste -sd' '; done

== versions.wait [proa]: conditions of a wait count since 1.30
$ docker create --name $N $BB true >/dev/null; api POST "/v1.29/containers/$N/wait?condition=nosuch" | tail -1; api POST "/v1.30/containers/$N/wait?condition=nosuch" | tail -1
out~ ^HTTP 200$
out~ ^HTTP 400$

== create.as-go-reads [proa]: names are read without regard to case, the last counts, and a null among texts is an empty one
$ api POST "/v1.51/containers/create?name=$N" '{"image":"'$BB'","labels":{"a":null,"b":"c"},"hostconfig":{"NanoCpus":1000000000,"nanocpus":500000000,"memory":67108864,"annotations":{"k":null}}}' | tail -1; docker inspect -f '{{json .Config.Labels}} {{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{json .HostConfig.Annotations}}' $N
out~ ^HTTP 201$
out~ ^\{"a":"","b":"c"\} 500000000 67108864 \{"k":""\}$

== save.of-nothing [proa]: an archive of no image is one without images
$ curl -sS --unix-socket $SOCK http://d/v1.51/images/get | tar -xO manifest.json
out~ ^(null|\[\])$

== logs.right-after-start [proa]: a log that is read right after the start holds what the command said at once
$ for i in 1 2 3 4 5; do id=$(docker create $BB sh -c 'echo one; echo two; sleep 100'); curl -sS -X POST --unix-socket $SOCK http://d/v1.51/containers/$id/start; docker logs $id; curl -sS -X POST --unix-socket $SOCK "http://d/v1.51/containers/$id/attach?logs=1&stdout=1" | tr -cd a-z; docker rm -f $id >/dev/null; done | paste -sd' '
out= one two onetwoone two onetwoone two onetwoone two onetwoone two onetwo

== cp.of-what-ends [proa]: copying from and to a container that is just ending waits for its end
$ echo x > f; for i in $(seq 6); do id=$(docker run -d $BB sh -c "usleep $((i*5000)); echo $i > /f"); for j in 1 2 3; do docker cp -q f $id:/x 2>&1; docker cp $id:/etc/passwd - 2>&1 >/dev/null; done; docker rm -f $id >/dev/null; done; echo over
out= over
