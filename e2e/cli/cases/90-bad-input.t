# Bad input by the API: the status code and message that Docker gives, and nothing half-made left.

== bad.bind-syntax [since28]: a bind with too many parts, without a target, with a relative one
$ for b in a:b:c:d :/x /x: ; do api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Binds":["'$b'"]}}' | tr '\n' ' '; echo; done
out~ invalid (volume specification|spec).*a:b:c:d.* HTTP 400
out~ invalid (volume specification|spec).* HTTP 400

== bad.bind-mode [since28]: an unknown mode
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Binds":["/tmp:/x:nosuch"]}}'
out~ invalid mode: nosuch
out~ ^HTTP 400$

== bad.port-number: a port out of range
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"99999999"}]}}}'
out~ (?i)invalid port specification: \\"99999999\\"
out~ ^HTTP 400$

== bad.memory: too small, below swap, reservation above
$ for h in '{"Memory":1}' '{"Memory":67108864,"MemorySwap":33554432}' '{"MemorySwap":33554432}'; do api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":'"$h"'}' | tr '\n' ' '; echo; done
out~ Minimum memory limit allowed is 6MB.* HTTP 400
out~ Minimum memoryswap limit should be larger than memory limit, see usage.* HTTP 400
out~ You should always set the Memory limit when using Memoryswap limit, see usage.* HTTP 400

== bad.cpu: a negative value, both kinds at once
$ for h in '{"NanoCpus":-5}' '{"NanoCpus":1000000,"CpuPeriod":1000}' '{"CpuPeriod":1}' '{"CpuQuota":1}'; do api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":'"$h"'}' | tr '\n' ' '; echo; done
out~ (?i)range of CPUs is from 0\.01 to .* HTTP 400
out~ (?i)Conflicting options: Nano CPUs and CPU Period cannot both be set.* HTTP 400
out~ (?i)CPU cfs period can not be less than 1ms \(i\.e\. 1000\) or larger than 1s \(i\.e\. 1000000\).* HTTP 400
out~ (?i)CPU cfs quota can not be less than 1ms \(i\.e\. 1000\).* HTTP 400

== bad.hostname: a name that is too long is refused at create or start
$ n=$(printf 'a%.0s' $(seq 300)); docker create --name $N --hostname $n $BB true 2>&1 && docker start $N 2>&1
= 1
out~ (?i)(invalid hostname|invalid argument|file name too long|sethostname)

== bad.stop-signal: an unknown stop signal
$ api POST /v1.44/containers/create '{"Image":"'$BB'","StopSignal":"NOSUCH"}'
out~ (?i)invalid signal: NOSUCH
out~ ^HTTP 400$

== bad.env: variables without a name, and with a NUL
$ api POST /v1.44/containers/create '{"Image":"'$BB'","Env":["=x"]}'
out~ invalid environment variable: =x
out~ ^HTTP 400$

== bad.workdir: a relative working directory
$ api POST /v1.44/containers/create '{"Image":"'$BB'","WorkingDir":"rel"}'
out~ the working directory 'rel' is invalid, it needs to be an absolute path
out~ ^HTTP 400$

== bad.restart [since28]: an unknown restart policy, retries where none may be
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"RestartPolicy":{"Name":"always","MaximumRetryCount":3}}}'
out~ (?i)invalid restart policy: maximum retry count (can only be used|cannot be used) with
out~ ^HTTP 400$

== bad.isolation [proa]: an unknown isolation is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Isolation":"nosuch"}}'
out~ (?i)isolation
out~ ^HTTP 400$

== bad.runtime: an unknown runtime is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'","HostConfig":{"Runtime":"nosuch"}}'
out~ (?i)unknown or invalid runtime name: nosuch|unknown runtime specified nosuch
out~ ^HTTP 400$

== bad.namespace-modes [proa]: unknown modes of namespaces
$ for h in '{"PidMode":"nosuch"}' '{"IpcMode":"nosuch"}' '{"UTSMode":"nosuch"}'; do api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","HostConfig":'"$h"'}' | tail -1; docker rm -f $N >/dev/null 2>&1; done
out= HTTP 400\nHTTP 400\nHTTP 400

== bad.pid-container-unknown: joining an unknown container
$ docker run --rm --pid container:$N-nosuch $BB true
= 125
err~ (?i)No such container: $N-nosuch

== bad.pid-container-stopped: joining a container that does not run
$ docker create --name $N $BB true >/dev/null; docker run --rm --pid container:$N $BB true
= 125
err~ (?i)cannot join PID( namespace)? of a non running container: [0-9a-f]+|container [0-9a-f]+ is not running

== bad.network-container-stopped: sharing the network of a container that does not run
$ docker create --name $N $BB true >/dev/null; docker run --rm --network container:$N $BB true
= 125
err~ (?i)cannot join network (namespace )?of a non running container: [0-9a-f]+

== bad.hostname-with-host-network: what contradicts each other is refused
$ docker run --rm --network host --uts host --hostname x $BB true
= 125
err~ (?i)conflicting options: hostname and the UTS mode

== bad.links: a link to an unknown container
$ docker run --rm --link $N-nosuch:x $BB true
= 125
err~ (?i)could not get container for $N-nosuch: No such container: $N-nosuch|links are only supported

== bad.null-fields: null for every field is taken as its default
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","Cmd":null,"Env":null,"Labels":null,"Volumes":null,"ExposedPorts":null,"HostConfig":null,"NetworkingConfig":null}' | tail -1; docker start -a $N
out= HTTP 201

== bad.name-too-odd: names that try to leave their place
$ for n in .. . / a%2F..%2Fb %00 -x _; do api POST "/v1.44/containers/create?name=$n" '{"Image":"'$BB'"}' | tail -1; done | sort | uniq -c | tr -s ' '
out~ ^ ?7 HTTP 400$

== bad.id-odd: ids that try to leave their place
$ for n in ..%2f..%2fetc%2fpasswd %2e%2e '%20' '*' $(printf 'a%.0s' $(seq 5000)); do api GET "/v1.44/containers/$n/json" | tail -1; done | grep -v -c -E 'HTTP (400|404|301|414)'
= 1
out= 0

== bad.filters-kind: filters of the wrong kind
$ for f in '[]' '7' '{"name":7}' '{"name":{"x":7}}'; do curl -sS -G --data-urlencode "filters=$f" --unix-socket $SOCK -o /dev/null -w '%{http_code}\n' http://d/v1.44/containers/json; done | sort -u
out~ ^(400|500)$

== bad.cmd-empty-string: an empty command is looked up and not found
$ docker run --rm $BB ''
= 127
err~ exec: "": executable file not found in \$PATH

== bad.cmd-nul [since28]: a NUL in an argument is refused, nothing is left
$ api POST "/v1.44/containers/create?name=$N" '{"Image":"'$BB'","Cmd":["echo","a\u0000b"]}' | tail -1; docker start $N >/dev/null 2>&1 && echo started; docker rm -f $N >/dev/null 2>&1
out!~ started
