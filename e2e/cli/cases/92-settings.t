# Settings that are changed while the daemon works, and volume drivers of plugins.

== config.live [engine proa slow]: settings count at once and after a restart; what is refused changes nothing and is told
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker load -qi $BBTAR >/dev/null; $p config ls --format '{{.Name}} {{.Key}} {{.Value}} {{.Set}}'; $p config get dev.proa.engine log-driver; $p config set dev.proa.engine log-driver=local log-opts=max-size=1m; docker info -f '{{.LoggingDriver}}'; docker run --name aa $BB echo hello; docker inspect -f '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}' aa; docker run --rm --name bb --log-driver json-file $BB true; docker logs aa
out~ ^dev\.proa\.engine log-driver json-file false$
out~ ^dev\.proa\.plugins drain-seconds 30 false$
out~ ^proa-network-bridge mtu 0 false$
out~ (?s)^json-file\ndev\.proa\.engine\nlocal\nhello\nlocal map\[max-size:1m\]\nhello$
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; for s in log-driver=nosuch log-opts=max-size=many log-opts=none nosuch=1 log-driver; do $p config set dev.proa.engine $s; done; $p config set nosuch a=b; $p config set proa-network-bridge mtu=70000; $p config set proa-network-bridge mtu=x; docker info -f '{{.LoggingDriver}}'; $p config get proa-network-bridge mtu
err~ dev\.proa\.engine: logger: no log driver named 'nosuch' is registered: known are json-file, local, none
err~ dev\.proa\.engine: invalid size: 'many'
err~ dev\.proa\.engine: log-opts: "none" is not KEY=VALUE
err~ dev\.proa\.engine has no setting "nosuch": known are log-driver, log-opts, registry-mirrors
err~ "log-driver" is not KEY=VALUE
err~ no settings "nosuch": known are dev\.proa\.engine, dev\.proa\.plugins, proa-network-bridge
err~ proa-network-bridge: mtu=70000 is refused: .*0 to 65535
err~ proa-network-bridge: mtu=x is no integer value
out= local\n0
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker plugin set proa-network-bridge mtu=1400; docker network create nn >/dev/null; engine stop; engine start; docker info -f '{{.LoggingDriver}}'; docker plugin inspect -f '{{.Settings.Env}}' proa-network-bridge; docker run --rm --network nn $BB cat /sys/class/net/eth0/mtu; $p config set proa-network-bridge mtu= ; docker network create mm >/dev/null; for x in nn mm; do docker run --rm --network $x $BB cat /sys/class/net/eth0/mtu; done; docker plugin set proa-network-bridge nosuch=1
= 1
out= local\n[mtu=1400]\n1400\nproa-network-bridge\n1400\n1500
err~ setting "nosuch" not found in the plugin configuration: known are mtu
$ docker network rm nn mm; docker rm aa
out= nn\nmm\naa

== config.file [engine proa slow]: a file of settings may be edited by hand; one that is broken, even while no daemon is there, takes nothing away
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker info >/dev/null 2>&1; f=$E/data/conf/dev.proa.engine.json; is() { for i in $(seq 100); do [ "$(docker info -f '{{.LoggingDriver}}' 2>/dev/null)" = $1 ] && break; sleep 0.1; done; docker info -f '{{.LoggingDriver}}' 2>/dev/null; }; told() { for i in $(seq 100); do docker info 2>&1 | grep "settings: $f does not count" && break; sleep 0.1; done; }; echo '{"log-driver": "none"}' > $f; is none; echo '{"log-driver": "no' > $f; told; is none; echo '{"log-driver": "nosuch"}' > $f; for i in $(seq 100); do $p config get dev.proa.engine | grep -q nosuch && break; sleep 0.1; done; docker info -f '{{.LoggingDriver}}' 2>/dev/null; engine log | grep -c 'former ones stay'; engine stop; echo '[7]' > $f; engine start; is none; told; rm $f; is json-file; docker events --since 1h --until $(($(date +%s) + 1)) --filter type=config --format '{{.Action}} {{.Actor.ID}}' | sort -u; $p config ls --format '{{.Problem}}' | sort -u
out~ ^none\nWARNING: settings: .*dev\.proa\.engine\.json does not count: it is no JSON object: .*; the former ones stay\nnone\nnone\n2\nnone\nWARNING: settings: .*does not count: it is no JSON object: .*; the former ones stay\njson-file\nupdate dev\.proa\.engine\n$

== volume.driver [engine proa slow]: a volume driver in a plugin: volumes are made, used by containers, found again, and removed; what is in use is named
$ python3 $LIB/authors.py volume $T/shelf $T/shelf.jar && engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker load -qi $BBTAR >/dev/null; docker volume create -d shelf vv; docker run --rm -v vv:/v --volume-driver shelf $BB true; $p plugin install $T/shelf.jar | tail -1; docker info -f '{{.Plugins.Volume}}'; docker volume create -d shelf -o mode=1777 -o nosuch=1 vv; docker volume create -d shelf -o mode=1777 vv; docker volume create vv; docker volume create -d local vv; docker run --rm -v vv:/v $BB sh -c 'echo x > /v/f; stat -c %a /v'; docker volume inspect -f '{{.Driver}} {{.Mountpoint}} {{.Options}} {{.Status}}' vv; docker volume ls --format '{{.Driver}} {{.Name}}'; docker volume ls -q -f driver=local; docker events --since 1h --until $(($(date +%s) + 1)) --filter type=volume --filter volume=vv --format '{{.Action}} {{.Actor.Attributes.driver}}' | sort -u
out~ ^\[local shelf\]$
out~ (?s)^org\.example\.shelf:1\.0\.0 is active\n\[local shelf\]\nvv\n1777\nshelf /.*/data/volume/shelf/vv map\[mode:1777\] map\[entries:1\]\nshelf vv\ncreate shelf\nmount shelf\nunmount shelf$
err~ error looking up volume plugin shelf: plugin "shelf" not found: known are local
err~ create vv: unknown option "nosuch": known are mode and uid
err~ create vv: conflict: volume name must be unique: there is one of driver shelf
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker run -d --name cc -v vv:/v --mount type=volume,dst=/a,volume-driver=shelf $BB sleep 500 >/dev/null; docker inspect -f '{{range .Mounts}}{{.Driver}} {{.Destination}};{{end}}' cc; docker volume rm vv; $p plugin rm org.example.shelf; engine stop; engine start; docker exec cc cat /v/f; ls $E/data/volume/shelf | wc -l; docker rm -fv cc; ls $E/data/volume/shelf; docker system df -v --format '{{range .Volumes}}{{.Name}} {{.Size}}{{end}}'; echo; docker volume prune -af | grep vv; docker volume rm vv; docker events --since 1h --until $(($(date +%s) + 1)) --filter type=volume --filter volume=vv --format '{{.Action}} {{.Actor.Attributes.driver}}' | sort -u; $p plugin rm org.example.shelf; docker volume ls -q | wc -l
out~ ^shelf /[av];shelf /[av];\nx\n2\ncc\nvv\n
err~ remove vv: volume is in use - \[[0-9a-f]{64}\]
err~ plugin org\.example\.shelf:1\.0\.0 is in use by running container cc \(volume driver shelf\), volume [0-9a-f]+ \(volume driver shelf\), volume vv \(volume driver shelf\): stop them first, or force it
out~ (?s)\nvv\ndestroy shelf\norg\.example\.shelf\n0$
