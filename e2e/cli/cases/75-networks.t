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
