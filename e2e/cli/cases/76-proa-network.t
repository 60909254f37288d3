# proa network, beside the docker command

== proa-network.ls [proa]: ls shows what docker shows
$ P=$(dirname $PROAD)/proa; docker network create --label a=b $N >/dev/null; for o in '' -q --no-trunc '--format {{.ID}}|{{.Name}}|{{.Driver}}|{{.Scope}}|{{.IPv6}}|{{.Internal}}|{{.Labels}}' '--filter type=custom' "--filter name=$N" '--filter driver=host'; do diff <($P network ls $o) <(docker network ls $o) || exit 1; done; echo same
out= same

== proa-network.inspect [proa]: inspect shows what docker shows
$ P=$(dirname $PROAD)/proa; $P network create $N >/dev/null; $P run -d --name $N --network $N $BB sleep 60 >/dev/null; diff <($P network inspect $N bridge | jq -S .) <(docker network inspect $N bridge | jq -S .) && $P network inspect -f '{{.Name}} {{len .Containers}}' $N
out= $N 1

== proa-network.create [proa]: create takes every option
$ P=$(dirname $PROAD)/proa; $P network create --subnet 10.214.7.0/24 --gateway 10.214.7.254 --ip-range 10.214.7.128/25 --aux-address a=10.214.7.9 --ipv6 --subnet fd14:7::/64 --internal --attachable --label x=y -o com.docker.network.driver.mtu=1400 $N
    $P network inspect $N | jq -c '.[0]|[.Internal,.Attachable,.EnableIPv6,.Labels,.Options,.IPAM.Config]'
out~ ^[0-9a-f]{64}$
out~ ^\[true,true,true,{"x":"y"},{"com.docker.network.driver.mtu":"1400"},\[{"Subnet":"10.214.7.0/24","IPRange":"10.214.7.128/25","Gateway":"10.214.7.254","AuxiliaryAddresses":{"a":"10.214.7.9"}},{"Subnet":"fd14:7::/64","Gateway":"fd14:7::1"}\]\]$

== proa-network.create-bad [proa]: what belongs to no subnet is refused before the daemon is asked
$ $(dirname $PROAD)/proa network create --subnet 10.214.7.0/24 --gateway 10.215.7.1 $N
= 1
err~ no matching subnet for gateway 10\.215\.7\.1
$ $(dirname $PROAD)/proa network create --ip-range 10.214.7.0/25 $N
= 1
err~ every ip-range or gateway must have a corresponding subnet

== proa-network.config [proa]: create makes configurations, and networks from them
$ P=$(dirname $PROAD)/proa; $P network create --config-only --subnet 10.214.10.0/24 $N >/dev/null && $P network create --config-from $N $N-b >/dev/null && $P network inspect $N $N-b | jq -c '.[]|[.ConfigOnly,.ConfigFrom.Network,.IPAM.Config[0].Subnet]'
out= [true,"","10.214.10.0/24"]\n[false,"$N","10.214.10.0/24"]

== proa-network.connect [proa]: connect, disconnect and rm
$ P=$(dirname $PROAD)/proa; $P network create --subnet 10.214.8.0/24 $N >/dev/null; $P run -d --name $N $BB sleep 60 >/dev/null
    $P network connect --alias other --ip 10.214.8.77 --gw-priority 5 $N $N && docker exec $N sh -c 'ip -4 addr show eth1 | grep -o "10.214.8.77/24"; ip route | grep -o "default via 10.214.8.1"'
    docker run --rm --network $N $BB ping -c1 -W2 other | grep -o '1 packets received'; $P network rm $N; echo $?; $P network disconnect $N $N && docker exec $N ls /sys/class/net; $P network rm $N
out~ (?s)^10\.214\.8\.77/24\ndefault via 10\.214\.8\.1\n1 packets received\n1\neth0\nlo\n$N$
err~ Error response from daemon: error while removing network: network $N .*has active endpoints

== proa-network.run [proa]: run with addresses, aliases and several networks
$ P=$(dirname $PROAD)/proa; $P network create --subnet 10.214.9.0/24 $N >/dev/null; $P network create $N-b >/dev/null
    $P run --rm --network name=$N,ip=10.214.9.9,mac-address=02:42:00:00:00:09,alias=me --network $N-b $BB sh -c 'ip -4 addr show eth0 | grep -o "10.214.9.9/24"; cat /sys/class/net/eth0/address; ls /sys/class/net | grep -c eth; ping -c1 -W2 me | grep -o "1 packets received"'
out= 10.214.9.9/24\n02:42:00:00:00:09\n2\n1 packets received

== proa-network.prune [proa]: prune asks, unless it is forced
$ P=$(dirname $PROAD)/proa; $P network create --label $N=1 $N >/dev/null; echo n | $P network prune --filter label=$N=1; echo $?; $P network prune -f --filter label=$N=1; docker network ls -q --filter name=$N | wc -l
out~ (?s)Are you sure you want to continue\? \[y/N\] \n1\nDeleted Networks:\n$N\n\n0$
err~ network prune has been cancelled

== proa-network.rm-missing [proa]: rm of what is not there fails, unless forced
$ $(dirname $PROAD)/proa network rm $N
= 1
err~ Error response from daemon: network $N not found
$ $(dirname $PROAD)/proa network rm -f $N
out=

== proa-network.publish [proa]: -p with ranges
$ p=$(port); $(dirname $PROAD)/proa run -d --name $N -p 127.0.0.1:$p:80/udp -p 8080 --expose 90-91 $BB sleep 60 >/dev/null; docker inspect -f '{{json .HostConfig.PortBindings}}' $N; docker inspect $N | jq -c '.[0].Config.ExposedPorts|keys'; docker port $N 80/udp
out~ "80/udp":\[{"HostIp":"127.0.0.1","HostPort":"\d+"}\]
out~ "8080/tcp":\[{"HostIp":"","HostPort":""}\]
out~ ^\["80/udp","8080/tcp","90/tcp","91/tcp"\]$
out~ ^127\.0\.0\.1:\d+$
