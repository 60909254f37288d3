== network.defaults [noref]: bridge, host and none are there
$ docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
out~ ^bridge bridge local$
out~ ^host host local$
out~ ^none null local$

== network.create: create prints an id, inspect has a subnet
$ docker network create $N && docker network inspect -f '{{.Name}} {{.Driver}} {{.Internal}} {{(index .IPAM.Config 0).Subnet}}' $N
out~ ^[0-9a-f]{64}\n$N bridge false \d+\.\d+\.\d+\.\d+/\d+$

== network.subnet: --subnet, --gateway and --ip hold
$ docker network create --subnet 10.213.7.0/24 --gateway 10.213.7.254 $N >/dev/null; docker run --rm --network $N --ip 10.213.7.9 $BB sh -c 'ip -4 addr show eth0 | grep -o "10.213.7.9/24"; ip route | grep -o "default via 10.213.7.254"'
out= 10.213.7.9/24\ndefault via 10.213.7.254

== network.subnet-bad: a bad subnet is refused
$ docker network create --subnet 10.213.300.0/24 $N
= 1
err~ (?i)invalid (subnet|CIDR)

== network.name-taken: a name in use is a conflict
$ docker network create $N >/dev/null; docker network create $N
= 1
err~ network with name $N already exists

== network.predefined [noref]: a predefined name cannot be made or removed
$ docker network create host
= 1
err~ (?i)operation is not permitted on predefined host network
$ docker network rm bridge
= 1
err~ (?i)bridge is a pre-defined network and cannot be removed

== network.rm-in-use: a network with running containers cannot be removed
$ docker network create $N >/dev/null; docker run -d --name $N --network $N $BB sleep 60 >/dev/null; docker network rm $N
= 1
err~ (?i)has active endpoints

== network.dns: containers on a network of one's own find each other by name
$ docker network create $N >/dev/null; docker run -d --name $N-srv --network $N --network-alias web $BB sleep 60 >/dev/null; docker run --rm --network $N $BB sh -c 'ping -c1 -W2 '$N'-srv >/dev/null && ping -c1 -W2 web >/dev/null && echo both'
out= both

== network.dns-default: the default bridge does not resolve names
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker run --rm $BB ping -c1 -W1 $N
= 1

== network.hosts-default-bridge [noref]: containers on the default bridge reach each other by address
$ docker run -d --name $N $BB sleep 60 >/dev/null; ip=$(docker inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' $N); docker run --rm $BB ping -c1 -W2 $ip >/dev/null && echo ok
out= ok

== network.none: --network none has only loopback
$ docker run --rm --network none $BB ls /sys/class/net
out~ ^lo$
out!~ eth0

== port.in-use [noref]: a port in use by another container is refused
$ p=$(port); docker run -d --name $N -p 127.0.0.1:$p:80 $BB sleep 60 >/dev/null; docker run -d --name $N-b -p 127.0.0.1:$p:80 $BB sleep 60
= 125
err~ failed to set up container networking: driver failed programming external connectivity on endpoint $N-b \([0-9a-f]+\): Bind for 127\.0\.0\.1:\d+ failed: port is already allocated

== port.freed: a port is free again after rm
$ p=$(port); for i in 1 2; do docker run -d --name $N -p 127.0.0.1:$p:80 $BB sleep 60 >/dev/null && docker rm -f $N; done
out= $N\n$N

== network.mac [since28]: --mac-address
$ docker run --rm --mac-address 02:42:ac:11:65:43 $BB cat /sys/class/net/eth0/address
out= 02:42:ac:11:65:43

== network.mac-bad: a bad MAC address is refused
$ docker run --rm --mac-address nomac $BB true
= 125
err~ (?i)nomac is not a valid mac address|invalid MAC address

== network.prune: prune removes networks nobody uses
$ docker network create --label $N=1 $N >/dev/null; docker network create --label $N=1 $N-used >/dev/null; docker run -d --name $N --network $N-used $BB sleep 60 >/dev/null; docker network prune -f --filter label=$N=1
out~ ^Deleted Networks:$
out~ ^$N$
out!~ $N-used

== network.inspect-container [since28]: a container's settings tell address, gateway and MAC
$ docker network create $N >/dev/null; docker run -d --name $N --network $N $BB sleep 60 >/dev/null; docker inspect $N | jq -r '.[0].NetworkSettings.Networks["'$N'"]|[.IPAddress,.Gateway,.MacAddress,.IPPrefixLen,(.NetworkID|length),(.DNSNames|index("'$N'")!=null)]|map(tostring)|join(" ")'
out~ ^\d+\.\d+\.\d+\.\d+ \d+\.\d+\.\d+\.\d+ ([0-9a-f]{2}:){5}[0-9a-f]{2} \d+ 64 true$

== network.ipv6: a network with IPv6 gives addresses of both kinds
$ docker network create --ipv6 --subnet fd12:3456:789a:1::/64 $N >/dev/null; docker run --rm --network $N $BB ip addr show eth0
out~ inet6 fd12:3456:789a:1:
out~ inet \d

== network.dns-server: the embedded resolver is at 127.0.0.11 on networks of one's own
$ docker network create $N >/dev/null; docker run --rm --network $N $BB cat /etc/resolv.conf
out~ ^nameserver 127\.0\.0\.11$

== network.rename-dns: a renamed container is found by its new name
$ docker network create $N >/dev/null; docker run -d --name $N --network $N $BB sleep 60 >/dev/null; docker rename $N $N-new; docker run --rm --network $N $BB ping -c1 -W2 $N-new >/dev/null && echo found
out= found
$ docker inspect $N-new | jq -c '.[0].NetworkSettings.Networks["'$N'"].DNSNames|[.[0],length]'
out= ["$N-new",2]

== network.inspect-shape [since28]: inspect has Docker's members, and a container's endpoint in it
$ docker network create $N >/dev/null; docker network inspect $N | jq -c '.[0]|keys_unsorted'; docker network inspect $N bridge | jq -c '.[]|[.Scope,.EnableIPv4,.EnableIPv6,.IPAM.Driver,.IPAM.Options,.Ingress,.ConfigFrom,.ConfigOnly,.Containers,.Labels]'
    docker network inspect none host | jq -c '.[]|[.Driver,.IPAM]'
out= ["Name","Id","Created","Scope","Driver","EnableIPv4","EnableIPv6","IPAM","Internal","Attachable","Ingress","ConfigFrom","ConfigOnly","Containers","Options","Labels"]\n["local",true,false,"default",{},false,{"Network":""},false,{},{}]\n["local",true,false,"default",null,false,{"Network":""},false,{},{}]\n["null",{"Driver":"default","Options":null,"Config":null}]\n["host",{"Driver":"default","Options":null,"Config":null}]
$ docker run -d --name $N --network $N $BB sleep 60 >/dev/null; docker network inspect $N | jq -c '.[0].Containers[]|[keys_unsorted,.Name,.IPv6Address]'
out= [["Name","EndpointID","MacAddress","IPv4Address","IPv6Address"],"$N",""]

== network.settings-shape [since28]: a container's NetworkSettings on a bridge, and what is not published
$ docker run -d --name $N --expose 99 $BB sleep 60 >/dev/null; docker inspect $N | jq -c '.[0].NetworkSettings|[.Ports,(.Networks|keys),.Networks.bridge.DNSNames,.Networks.bridge.GwPriority,.Networks.bridge.IPAMConfig,.IPAddress==.Networks.bridge.IPAddress]'; docker run -d --name $N-2 $BB sleep 60 >/dev/null; docker inspect -f '{{json .NetworkSettings.Ports}}' $N-2; docker stop -t0 $N >/dev/null; docker inspect $N | jq -c '.[0].NetworkSettings|[.Ports,.SandboxID,.Networks.bridge.IPAddress]'
out= [{"99/tcp":null},["bridge"],null,0,null,true]\n{}\n[{},"",""]

== network.ls-filters: ls filters by driver, id, label, name, scope, type and dangling
$ docker network create --label l=$N $N >/dev/null; i=$(docker network ls -qf name=$N); for f in name=^$N\$ id=$i label=l=$N; do docker network ls -qf $f; done | sort -u | wc -l; docker network ls -f driver=host -f scope=local --format '{{.Name}}'; docker network ls -f type=builtin --format '{{.Name}}'
out= 1\nhost\nbridge\nhost\nnone
$ docker network ls -f dangling=true -f name=$N --format '{{.Name}}'; docker run -d --name $N --network $N $BB sleep 60 >/dev/null; docker network ls -f dangling=true -f name=$N -q
out= $N
$ docker network ls -f foo=bar
= 1
err~ invalid filter 'foo'

== network.overlap: a subnet of another network is refused
$ docker network create --subnet 10.213.8.0/24 $N >/dev/null; docker network create --subnet 10.213.8.128/25 $N-b
= 1
err~ (?i)pool overlaps with other one on this address space

== network.subnets: one subnet of each family
$ docker network create --subnet 10.213.15.0/24 --subnet 10.213.16.0/24 $N
= 1
err~ (?i)bridge driver doesn.t support multiple subnets

== network.options-bad [since28]: options are checked, in Docker's words
$ for o in com.docker.network.driver.mtu=abc com.docker.network.bridge.enable_icc=maybe com.docker.network.bridge.host_binding_ipv4=x; do docker network create -o $o $N; done
= 1
err~ failed to parse com.docker.network.driver.mtu value: abc \(strconv.Atoi: parsing "abc": invalid syntax\)
err~ failed to parse com.docker.network.bridge.enable_icc value: maybe \(strconv.ParseBool: parsing "maybe": invalid syntax\)
err~ failed to parse com.docker.network.bridge.host_binding_ipv4 value: x \(nil ip\)

== network.config-only [since28]: a configuration for other networks, and networks from it
$ docker network create --config-only --subnet 10.213.12.0/24 -o com.docker.network.driver.mtu=1400 --label a=b $N >/dev/null; docker network create --config-from $N $N-b >/dev/null; docker network inspect $N $N-b | jq -c '.[]|[.Driver,.ConfigOnly,.ConfigFrom.Network,.IPAM.Config[0].Subnet,.Options,.Labels]'; docker run --rm --network $N-b $BB cat /sys/class/net/eth0/mtu
out= ["null",true,"","10.213.12.0/24",{"com.docker.network.driver.mtu":"1400"},{"a":"b"}]\n["bridge",false,"$N","10.213.12.0/24",{"com.docker.network.driver.mtu":"1400"},{"a":"b"}]\n1400
$ docker network rm $N; docker network create --config-from $N --subnet 10.213.13.0/24 $N-c; docker network create --config-from $N -o a=b $N-c; docker network create --config-from $N-no $N-c; docker network create --config-only --internal $N-c; docker network create --config-only --config-from $N $N-c
= 1
err~ configuration network "$N" is in use
err~ user.specified configurations are not supported if the network depends on a configuration network
err~ network driver options are not supported if the network depends on a configuration network
err~ configuration network "$N-no" does not exist
err~ configuration network can only contain network specific fields
err~ a configuration network cannot depend on another configuration network
$ docker network rm $N-b $N
out= $N-b\n$N

== network.config-only-run [noref]: nothing runs on a configuration
$ docker network create --config-only $N >/dev/null; docker run --rm --network $N $BB true
= 125
err~ cannot attach a container to network $N: it is a configuration for other networks

== network.modes-bad [since28]: gateway modes are checked
$ docker network create -o com.docker.network.bridge.gateway_mode_ipv4=no $N; docker network create -o com.docker.network.bridge.gateway_mode_ipv6=isolated $N; docker network create -o com.docker.network.bridge.inhibit_ipv4=perhaps $N; docker network create -o com.docker.network.host_ipv4=x $N
= 1
err~ failed to parse com.docker.network.bridge.gateway_mode_ipv4 value: no \(unknown gateway mode no\)
err~ gateway mode 'isolated' can only be used for an internal network
err~ failed to parse com.docker.network.bridge.inhibit_ipv4 value: perhaps
err~ failed to parse com.docker.network.host_ipv4 value: x \(nil ip\)

== network.family-options [since28]: an option enables a family, a subnet of a family that is not enabled is left out
$ docker network create -o com.docker.network.enable_ipv6=true $N >/dev/null; docker network inspect $N | jq -c '.[0]|[.EnableIPv6,(.IPAM.Config|length)]'; docker network create --subnet 10.213.14.0/24 --subnet fd13:14::/64 $N-b >/dev/null; docker run --rm --network $N-b $BB ip addr show eth0 | grep -c fd13
= 1
out= [true,2]\n0

== network.inspect-scope [since28]: inspect looks in the scope that is asked for
$ for s in local swarm; do curl -sS -o /dev/null -w '%{http_code}\n' --unix-socket $SOCK "http://d/v1.44/networks/bridge?scope=$s"; done
out= 200\n404

== network.ip-bad [since28]: an address needs a network whose subnets were named, and lies in one
$ docker network create --subnet 10.213.9.0/24 $N >/dev/null; docker network create $N-b >/dev/null; docker run --rm --network $N --ip 10.214.0.1 $BB true; docker run --rm --network $N-b --ip 10.214.0.1 $BB true; docker run --rm --ip 10.214.0.1 $BB true; docker run --rm --network $N --ip 10.213.9.1 $BB true
= 125
err~ no configured subnet contains IP address 10\.214\.0\.1
err~ user specified IP address is supported only when connecting to networks with user configured subnets
err~ user specified IP address is supported on user defined networks only
err~ Address already in use

== network.conflicts [since28]: what a container without a namespace of its own cannot have
$ docker run -d --name $N $BB sleep 60 >/dev/null; for o in '-p 80' '--expose 80' '--dns 10.0.0.1' '--add-host a:10.0.0.1' '-h name' '--link '$N; do docker create --network container:$N $o $BB true; done; docker create --network host --link $N $BB true
= 1
err~ conflicting options: port publishing and the container type network mode
err~ conflicting options: port exposing and the container type network mode
err~ conflicting options: dns and the network mode
err~ conflicting options: custom host-to-IP mapping and the network mode
err~ conflicting options: hostname and the network mode
err~ conflicting options: container type network can't be used with links. This would result in undefined behavior
err~ conflicting options: host type networking can't be used with links. This would result in undefined behavior

== network.join-missing [since28]: the namespace of a container that is not there
$ docker run --rm --network container:$N-no $BB true
= 125
err~ joining network namespace of container: No such container: $N-no

== network.missing: a network that is not there is found out at the start
$ docker run --name $N --network $N-no $BB true
= 125
err~ network $N-no not found
$ docker network inspect $N-no
= 1
err~ network $N-no not found
$ docker network rm $N-no
= 1
err~ network $N-no not found

== network.connect: connect with address, alias and priority, disconnect, while it runs
$ docker network create --subnet 10.213.10.0/24 $N >/dev/null; docker run -d --name $N $BB sleep 60 >/dev/null; docker network connect --ip 10.213.10.7 --alias other $N $N; docker exec $N ip -4 -o addr show eth1 | grep -o '10.213.10.7/24'; docker run --rm --network $N $BB ping -c1 -W2 other | grep -o '1 packets received'; docker network connect $N $N; echo $?; docker network disconnect $N $N; docker exec $N ls /sys/class/net; docker network disconnect $N $N
= 1
out= 10.213.10.7/24\n1 packets received\n1\neth0\nlo
err~ endpoint with name $N already exists in network $N
err~ container [0-9a-f]{64} is not connected to network $N

== network.connect-host: the networks host and none are joined by nobody later
$ docker run -d --name $N $BB sleep 60 >/dev/null; docker network connect none $N; docker network connect host $N; docker network disconnect host $N
= 1
err~ container cannot be connected to multiple networks with one of the networks in private \(none\) mode
err~ container cannot be disconnected from host network or connected to host network

== network.gw-priority [noref]: the default route goes where the priority is highest
$ docker network create --subnet 10.213.11.0/24 $N >/dev/null; docker run -d --name $N $BB sleep 60 >/dev/null; docker exec $N ip route | grep -c 'default via 10.213.11.1'; docker network connect --gw-priority 1 $N $N; docker exec $N ip route | grep -c 'default via 10.213.11.1'; docker network disconnect $N $N; docker exec $N ip route | grep -c default
out= 0\n1\n1

== network.several [since28]: run on several networks at once
$ docker network create $N >/dev/null; docker network create $N-b >/dev/null; docker run --rm --network $N --network name=$N-b,alias=x $BB sh -c 'ls /sys/class/net | tr "\n" " "; ip route | grep -c default'
out= eth0 eth1 lo 1

== network.link: links on the default bridge and on networks of one's own
$ docker network create $N >/dev/null; docker run -d --name $N $BB sleep 60 >/dev/null; docker run --rm --link $N:beta $BB ping -c1 -W2 beta | grep -o '1 packets received'; docker run -d --name $N-2 --network $N $BB sleep 60 >/dev/null; docker run --rm --network $N --link $N-2:gamma $BB ping -c1 -W2 gamma | grep -o '1 packets received'; docker run --rm --link $N-no $BB true
= 125
out= 1 packets received\n1 packets received
err~ (?i)could not get container for $N-no: No such container: $N-no

== network.host-gateway: --add-host and host-gateway
$ docker run --rm --add-host a:1.2.3.4 --add-host gw:host-gateway $BB sh -c 'grep -c "1.2.3.4.a$" /etc/hosts; g=$(ip route | sed -n "s/default via \([0-9.]*\).*/\1/p"); grep -c "$g.gw$" /etc/hosts'
out= 1\n1

== network.dns-flags: --dns, --dns-search and --dns-option
$ docker run --rm --dns 10.0.0.53 --dns-search a.b --dns-option ndots:3 $BB cat /etc/resolv.conf
out~ ^nameserver 10\.0\.0\.53$
out~ ^search a\.b$
out~ ^options ndots:3$

== network.events: create, connect, disconnect, destroy
$ s=$(date +%s); docker network create $N >/dev/null; docker run --rm --network $N $BB true; docker network rm $N >/dev/null; sleep 1; docker events --since $s --until $(($(date +%s) + 1)) --filter type=network --filter network=$N --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}'
out= create $N bridge\nconnect $N bridge\ndisconnect $N bridge\ndestroy $N bridge

== port.publish-all [noref]: -P publishes what is exposed, on the same ports after a restart
$ docker run -d --name $N -P --expose 81 --expose 90-91/udp $BB sleep 60 >/dev/null; docker port $N | wc -l; a=$(docker port $N); docker restart -t0 $N >/dev/null; [ "$a" = "$(docker port $N)" ] && echo same; docker port $N 81/tcp; docker port $N 82
= 1
out~ (?s)^6\nsame\n0\.0\.0\.0:(\d+)\n\[::\]:\1$
err~ (?i)no public port '82'? published for $N

== port.sctp [noref]: SCTP is published like the others
$ p=$(port); docker run -d --name $N -p 127.0.0.1:$p:80/sctp $BB sleep 60 >/dev/null; docker port $N; docker ps -f name=$N --format '{{.Ports}}'
out~ ^80/sctp -> 127\.0\.0\.1:\d+$
out~ ^127\.0\.0\.1:\d+->80/sctp$

== port.bad: addresses and ports that are none
$ docker run --rm -p 99999:80 $BB true; docker run --rm -p 1.2.3:8000:80 $BB true
= 125
err~ (?i)invalid hostPort: 99999
err~ (?i)invalid (ip|IP address).*1\.2\.3
$ docker run --rm -p 203.0.113.77:8000:80 $BB true
= 125
err~ 203\.0\.113\.77:8000
