== plugin.life [engine proa slow]: a plugin is installed, updated, rolled back, disabled and removed while the daemon works, and a restart keeps all of it
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; for v in 9.0.1 9.0.2; do $LIB/newer-bundle $PROA_HOME/plugins/proa-network-none-*.jar $T/none-$v.jar $v; done; $p plugin install $T/none-9.0.1.jar; $p plugin update proa-network-none $T/none-9.0.2.jar
out~ ^Bundles that change: proa-network-none 0\.1\.0\.SNAPSHOT$
out~ ^Trying proa-network-none 9\.0\.1 in a JVM of its own$
out~ ^Replaced proa-network-none 0\.1\.0\.SNAPSHOT, which goes when its last lease is back$
out~ ^proa-network-none:9\.0\.2 is active$
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; engine stop; engine start; $p plugin inspect -f '{{.Version}} {{.State}} {{.Origin}} {{.Kept}}' proa-network-none; $p plugin rollback proa-network-none; $p plugin rollback proa-network-none; $p plugin rm proa-network-none; $p plugin ls --format '{{.Name}} {{.State}} {{.Origin}}' | grep none
out~ ^9\.0\.2 active installed \[9\.0\.1\]$
out~ ^proa-network-none:9\.0\.1$
out~ ^proa-network-none:0\.1\.0\.SNAPSHOT$
err~ proa-network-none:0\.1\.0\.SNAPSHOT came with the installation: disable it instead
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker load -qi $BBTAR >/dev/null; docker run -d --name web --network none $BB sleep 500 >/dev/null; $p plugin disable proa-network-none; docker network ls -q | wc -l; $p plugin disable --force proa-network-none 2>&1; docker inspect -f '{{.State.Running}}' web
= *
err~ plugin proa-network-none:0\.1\.0\.SNAPSHOT is in use by running container web \(network driver null\), network none \(network driver null\): stop them first, or force it
out~ false
$ docker run --rm --network none $BB true
= !0
err~ no network driver "null": known are bridge, host
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; engine stop; engine start; $p plugin ls --format '{{.Name}} {{.State}}' | grep none; docker plugin ls --filter enabled=false --format '{{.Name}}'; $p plugin enable proa-network-none; docker run --rm --network none $BB echo works; docker events --since 1h --until $(($(date +%s) + 1)) --filter type=plugin --format '{{.Action}} {{.Actor.ID}}' | sort -u
out~ ^proa-network-none:0\.1\.0\.SNAPSHOT disabled$
out~ ^works$
out~ ^enable proa-network-none$

== plugin.docker [engine registry proa slow]: the stock docker command creates, pushes, installs, upgrades and removes plugins, and shows what they ask for
$ engine start; docker plugin ls -q | wc -l > $T/n; for v in 1.0.0 2.0.0; do echo 'System.getProperty("x");' | $LIB/make-plugin $T/p-$v.jar org.acme.thing $v 'Proa-Needs: CAP_NET_RAW'; mkdir -p $T/d$v/rootfs; cp $T/p-$v.jar $T/d$v/rootfs/; echo '{"description":"","documentation":"","interface":{"types":[],"socket":""},"entrypoint":[],"network":{"type":""},"linux":{},"env":[],"args":{}}' > $T/d$v/config.json; docker plugin create $R/acme/thing:$v $T/d$v && docker plugin push $R/acme/thing:$v | tail -1 && docker plugin rm $R/acme/thing:$v; done
out~ ^$R/acme/thing:1\.0\.0$
out~ ^2\.0\.0: digest: sha256:
$ echo n | docker plugin install $R/acme/thing:1.0.0; echo; docker plugin ls -q | wc -l | cmp - $T/n && echo none; echo y | docker plugin install $R/acme/thing:1.0.0 | tail -2; docker plugin ls | grep acme; docker plugin install --grant-all-permissions $R/acme/thing:1.0.0
= 1
out~ rights: \[daemon\]
out~ needs: \[CAP_NET_RAW\]
out~ ^none$
out~ Installed plugin $R/acme/thing:1\.0\.0
out~ $R/acme/thing:1\.0\.0 .*true
err~ plugin $R/acme/thing:1\.0\.0 already exists
$ docker plugin disable $R/acme/thing:1.0.0; docker plugin upgrade --grant-all-permissions --skip-remote-check $R/acme/thing:1.0.0 $R/acme/thing:2.0.0 | tail -1; docker plugin enable $R/acme/thing:1.0.0; $(dirname $PROAD)/proa -H unix://$SOCK plugin inspect -f '{{.Version}} {{.State}} {{.Kept}}' org.acme.thing; docker plugin rm $R/acme/thing:1.0.0
= 1
out~ ^2\.0\.0 active \[1\.0\.0\]$
err~ is enabled: disable it first
$ docker plugin rm -f $R/acme/thing:1.0.0; docker plugin inspect org.acme.thing; docker plugin ls -q | wc -l | cmp - $T/n && echo none
err~ plugin "org.acme.thing" not found
out~ ^none$
$ docker plugin install --grant-all-permissions $R/seed/bb
= 1
err~ seed/bb:latest is application/vnd\.(docker|oci)\.[a-z.0-9+]*json, which holds no application/

== plugin.broken [engine proa slow]: one that throws, blocks, exits, eats memory or does not resolve is refused with the reason, and the daemon goes on
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; echo 'throw new IllegalStateException("no luck");' | $LIB/make-plugin $T/throws.jar t 1.0; echo 'Runtime.getRuntime().exit(7);' | $LIB/make-plugin $T/exits.jar e 1.0; echo 'java.util.List<byte[]> l = new java.util.ArrayList<>(); while (true) l.add(new byte[1 << 20]);' | $LIB/make-plugin $T/eats.jar m 1.0; echo '' | $LIB/make-plugin $T/lost.jar l 1.0 'Import-Package: org.osgi.framework,org.osgi.service.nothere'; echo 'new Thread(() -> { while (true) try { Thread.sleep(100000); } catch (InterruptedException x) { } }, "left-behind").start();' | $LIB/make-plugin $T/leaks.jar k 1.0; echo '' | $LIB/make-plugin $T/old.jar o 1.0 'Import-Package: org.osgi.framework,dev.proa.spi.storage;version="[7,8)"'; for x in throws exits eats lost leaks old; do $p plugin install $T/$x.jar 2>&1 | tail -2; done; docker version -f alive
out~ in probation: IllegalStateException: no luck$
out~ in probation it ended the JVM with status 7$
out~ in probation it took more than \d+ MiB of heap$
out~ in probation: cannot resolve: missing requirement .*org\.osgi\.service\.nothere
out~ ^Warning: it leaves threads behind when it is stopped: left-behind$
out~ o 1\.0\.0 was built for dev\.proa\.spi\.storage \[7\.0\.0,8\.0\.0\), and this engine has 1\.0\.0: update the engine
out~ ^alive$
$ echo 'Thread.sleep(100000);' | $LIB/make-plugin $T/blocks.jar b 1.0; p="$(dirname $PROAD)/proa -H unix://$SOCK"; $p plugin install --urgent $T/blocks.jar; $p plugin ls | grep ^k; docker version -f alive
err~ stuck until the daemon is restarted: its start did not return within 20 s, it is at made\.pb10\.Start\.start
out~ ^k:1\.0\.0 +active
out~ ^alive$

== plugin.broken-told [engine proa slow]: what is broken in every way is named with its reason by plugin ls, info and events, and the daemon goes on
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; $p config set dev.proa.plugins probation-seconds=25 >/dev/null; m() { $LIB/make-plugin $T/$1.jar "$@"; }; echo 'throw new IllegalStateException("no luck");' | m throws 1.0; echo 'Runtime.getRuntime().exit(7);' | m exits 1.0; echo 'java.util.List<byte[]> l = new java.util.ArrayList<>(); while (true) l.add(new byte[1 << 20]);' | m eats 1.0; echo '' | m lost 1.0 'Import-Package: org.osgi.framework,org.osgi.service.nothere'; echo 'Thread.sleep(100000);' | m blocks 1.0; echo '' | PLUGIN_STOP='Thread.sleep(100000);' m lingers 1.0; echo 'new Thread(() -> { while (true) try { Thread.sleep(100000); } catch (InterruptedException x) { } }, "left-behind").start();' | m leaks 1.0; echo '' | m old 1.0 'Import-Package: org.osgi.framework,dev.proa.spi.volume;version="[7,8)"'; echo '' | m engines 1.0 'Import-Package: org.osgi.framework,dev.proa.lifecycle.volumes'; head -c 3000 /dev/urandom > $T/noise.jar; cp $T/*.jar $E/data/plugins/; for i in $(seq 1200); do [ $($p plugin ls -q 2>/dev/null | grep -c -E '^(throws|exits|eats|lost|blocks|lingers|leaks|old|engines):') = 9 ] && [ $($p plugin ls | grep -c -E '^(throws|exits|eats|lost|blocks|lingers|old|engines):.*failed') = 8 ] && break; sleep 0.1; done; $p plugin ls --no-trunc; $p plugin inspect -f '{{.State}} {{.Warnings}}' leaks
out~ ^throws:1\.0\.0 +failed .*in probation: IllegalStateException: no luck
out~ ^exits:1\.0\.0 +failed .*in probation it ended the JVM with status 7
out~ ^eats:1\.0\.0 +failed .*in probation (it took more than \d+ MiB of heap|its start did not return)
out~ ^lost:1\.0\.0 +failed .*cannot resolve: missing requirement .*org\.osgi\.service\.nothere
out~ ^blocks:1\.0\.0 +failed .*in probation its start did not return
out~ ^lingers:1\.0\.0 +failed .*in probation its stop did not return
out~ ^old:1\.0\.0 +failed .*was built for dev\.proa\.spi\.volume \[7\.0\.0,8\.0\.0\), and this engine has 1\.\d+\.\d+
out~ ^engines:1\.0\.0 +failed .*it imports dev\.proa\.lifecycle\.volumes, which belongs to the engine alone
out~ ^active \[.*left-behind.*\]$
$ docker info 2>&1 | grep -o 'plugin [a-z]*:1.0.0 is failed' | sort; docker events --since 1h --until $(($(date +%s) + 1)) --filter type=plugin --format '{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.reason}}' | grep ^fail | cut -c1-40 | sort -u; docker load -qi $BBTAR >/dev/null; docker run --rm $BB echo goes on
out~ (?s)plugin blocks:1\.0\.0 is failed\n.*plugin eats:1\.0\.0 is failed\nplugin engines:1\.0\.0 is failed\nplugin exits:1\.0\.0 is failed\nplugin lingers:1\.0\.0 is failed\nplugin lost:1\.0\.0 is failed\nplugin old:1\.0\.0 is failed\nplugin throws:1\.0\.0 is failed\n
out~ ^fail blocks in probation its start
out~ ^fail exits in probation
out~ ^fail throws in probation
out~ ^goes on$
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; rm $E/data/plugins/*.jar; PLUGIN_STOP='Thread.sleep(100000);' $LIB/make-plugin $T/stays.jar stays 1.0 < /dev/null; $p plugin install --urgent $T/stays.jar | tail -1; $p plugin rm stays; docker run --rm $BB echo goes on; engine stop; engine log | grep -q 'stopping without the plugins whose start or stop does not return' && echo around it
out= stays:1.0.0 is active\nstays\ngoes on\naround it

== plugin.quarantine [engine proa slow]: a plugin that ends the daemon is in quarantine at the next start
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; echo 'if (!System.getProperty("java.io.tmpdir").contains("probation")) new Thread(() -> { try { Thread.sleep(1500); } catch (InterruptedException x) { } System.exit(3); }).start();' | $LIB/make-plugin $T/bomb.jar bomb 1.0; d=$(engine pid); $p plugin install $T/bomb.jar | tail -1; for i in $(seq 300); do [ -d /proc/$d ] || break; sleep 0.1; done; engine kill 2>/dev/null; engine start; $p plugin ls | grep bomb; docker info 2>&1 | grep bomb; $p plugin rm bomb
out~ ^bomb:1\.0\.0 is active$
out~ ^bomb:1\.0\.0 +failed .*quarantined: it ended the daemon by System\.exit; enable it to try again
out~ plugin bomb:1\.0\.0 is failed: quarantined
out~ ^bomb$

== plugin.trust [engine proa slow]: with the policy require only what a trusted key signed is started; the signature may be detached or in the jar
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; cd $T; openssl ecparam -name prime256v1 -genkey -noout -out k.pem; openssl ec -in k.pem -pubout -out pub.pem 2>/dev/null; openssl genpkey -algorithm ed25519 -out e.pem; openssl pkey -in e.pem -pubout -out epub.pem; echo '' | $LIB/make-plugin a.jar a 1.0; $p plugin install a.jar | tail -2; $p plugin rm a; $p plugin trust add acme pub.pem; $p plugin trust policy require; $p plugin install a.jar; echo status $?
err~ plugin a 1\.0\.0 is not installed: it is not signed, and the policy is require: see proa plugin trust
out~ ^Warning: it is not signed$
out~ ^SHA256:
out~ ^status 1$
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; cd $T; openssl dgst -sha256 -sign k.pem -out a.jar.sig a.jar; $p plugin install a.jar | tail -1; $p plugin inspect -f '{{.Signer}}' a; engine stop; engine start; $p plugin ls --format '{{.Name}} {{.State}} {{.Signer}}' | grep ^a; openssl pkeyutl -sign -rawin -inkey e.pem -in a.jar | base64 > a.jar.sig; $p plugin rm a; $p plugin install a.jar; $p plugin trust add ed epub.pem; $p plugin install a.jar | tail -1; $p plugin trust ls
out~ ^a:1\.0\.0 is active$
out~ ^acme$
out~ ^a:1\.0\.0 active acme$
err~ its detached signature is by none of the trusted keys
out~ ^ed +Ed25519 +SHA256:
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; cd $T; j=$(sh -c '. "$PROA_HOME/lib/find-java.sh"; find_java; echo $java_home')/bin; $j/keytool -genkeypair -keyalg EC -dname CN=acme -storepass secret -keystore ks -alias me 2>/dev/null; $j/keytool -exportcert -rfc -storepass secret -keystore ks -alias me > cert.pem 2>/dev/null; echo '' | $LIB/make-plugin s.jar s 1.0; $j/jarsigner -keystore ks -storepass secret s.jar me >/dev/null 2>&1; $p plugin install s.jar; $p plugin trust add jar cert.pem >/dev/null; $p plugin install s.jar | tail -1; cp s.jar t.jar; echo evil > evil.class; python3 -c 'import zipfile; zipfile.ZipFile("t.jar","a").write("evil.class")'; $p plugin rm s; $p plugin install t.jar
= 1
err~ it is signed by CN=acme, which is none of the trusted keys
out~ ^s:1\.0\.0 is active$
err~ plugin s 1\.0\.0 is not installed: it is not signed, and the policy is require

== plugin.sources [engine proa slow]: plugins come from files, addresses and Maven repositories, with the signature beside them
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; mkdir -p $T/www/org/acme/thing/1.0; cd $T/www; echo '' | $LIB/make-plugin a.jar a 1.0; port=$(port); python3 -m http.server --bind 127.0.0.1 $port >/dev/null 2>&1 & s=$!; trap "kill $s" EXIT; for i in $(seq 50); do curl -s http://127.0.0.1:$port/ >/dev/null && break; sleep 0.1; done; $p plugin install http://127.0.0.1:$port/a.jar | tail -1; $p plugin inspect -f '{{.Source}}' a; $p plugin install http://127.0.0.1:$port/b.jar; $p plugin install http://192.0.2.1/b.jar; $p plugin install mvn:nothing; echo '' | $LIB/make-plugin org/acme/thing/1.0/thing-1.0.jar thing 1.0; $p plugin install mvn:http://127.0.0.1:$port/!org.acme:thing:1.0 | tail -1
out~ ^a:1\.0\.0 is active$
out~ ^http://127\.0\.0\.1:\d+/a\.jar$
err~ b\.jar: status 404
err~ plugins come by https
err~ is no Maven coordinate with its repository
out~ ^thing:1\.0\.0 is active$

== plugin.author [engine proa slow]: a driver written against what is published alone is built outside of this tree, installed, used, updated under load and removed
$ $LIB/published-spi $T/repo && cp -r $LIB/../../docs/plugin-template $T/lines && cd $T/lines && export JAVA_HOME=$(sh -c '. "$PROA_HOME/lib/find-java.sh"; find_java; echo $java_home') && mvn -o -B -ntp -q -Dmaven.repo.local=$T/repo package >/dev/null && ls target/*.jar && grep -h -o 'tests="[0-9]*" errors="0" skipped="0" failures="0"' target/surefire-reports/*.xml
out~ ^target/org\.example\.lines-1\.0\.0\.jar$
out~ ^tests="8" errors="0" skipped="0" failures="0"$
$ cd $T/lines && cp target/*-1.0.0.jar $T/ && export JAVA_HOME=$(sh -c '. "$PROA_HOME/lib/find-java.sh"; find_java; echo $java_home') && mvn -o -B -ntp -q -Dmaven.repo.local=$T/repo -Dmaven.test.skip=true -Drevision=1.1.0 package >/dev/null && cp target/*-1.1.0.jar $T/ && ls $T/*.jar | wc -l
out= 2
$ engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker load -qi $BBTAR >/dev/null; docker run --log-driver lines $BB true; $p plugin install $T/org.example.lines-1.0.0.jar | tail -1; docker info -f '{{.Plugins.Log}}'; docker run --rm --log-driver lines --log-opt max-size=1m $BB true; docker run -d --name hello --log-driver lines $BB sh -c 'i=0; while :; do i=$((i+1)); echo $i; usleep 20000; done' >/dev/null; docker logs -f hello > $T/follow & f=$!; sleep 0.5; $p plugin update org.example.lines $T/org.example.lines-1.1.0.jar | tail -1; $p plugin rollback org.example.lines; $p plugin update org.example.lines $T/org.example.lines-1.1.0.jar | tail -1; $p plugin rm org.example.lines; docker stop -t 0 hello; wait $f; docker logs hello > $T/all; echo followed $(cmp $T/follow $T/all && echo all); n=$(wc -l < $T/all); seq $n | cmp - $T/all && [ $n -gt 30 ] && echo whole; docker logs --tail 2 hello | wc -l; docker logs -t --tail 1 hello
err~ error looking up logging plugin lines: plugin "lines" not found$
out~ ^org\.example\.lines:1\.0\.0 is active$
out~ ^\[json-file local none lines\]$
err~ unknown log opt 'max-size' for lines log driver
out~ ^org\.example\.lines:1\.1\.0 is active$
err~ plugin org\.example\.lines:1\.1\.0 is in use by running container hello \(log driver lines\): stop them first, or force it
out~ ^followed all$
out~ ^whole$
out~ ^2$
out~ ^20\d\d-.*Z \d+$
$ p="$(dirname $PROAD)/proa -H unix://$SOCK"; ls $E/data/log/lines | wc -l; docker rm hello; ls $E/data/log/lines | wc -l; $p plugin rm org.example.lines; $p plugin ls -q | grep -c lines
= 1
out= 1\nhello\n0\norg.example.lines\n0

== plugin.author-storage [engine proa slow]: a storage driver written outside of this tree passes its suite, is installed live, used, updated under load and removed
$300 python3 $LIB/authors.py storage $T/a $T/one.jar 1.0.0 tests && grep -h -o 'errors="0" skipped="[0-9]*" failures="0"' $T/a/target/surefire-reports/*.xml; python3 $LIB/authors.py storage $T/b $T/two.jar 1.1.0; ls $T/*.jar | wc -l
out~ ^errors="0" skipped="\d+" failures="0"\n2$
$ mkdir -p $E/exec; mount -t tmpfs none $E/exec; engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; docker load -qi $BBTAR >/dev/null; $p plugin install $T/one.jar | tail -1; engine stop; engine start --storage-driver tmpfs; docker info -f '{{.Driver}}'; docker run -d --name long $BB sh -c 'echo kept > /f; sleep 500' >/dev/null; for w in 1 2 3; do (for i in $(seq 8); do docker run --rm $BB echo ok || echo FAILED; done) >> $T/out.$w 2>&1 & done; $p plugin update org.example.tmpfs $T/two.jar | tail -1; wait; cat $T/out.* | sort | uniq -c | tr -s ' '; docker exec long cat /f; $p plugin rm org.example.tmpfs
= 1
out~ ^org\.example\.tmpfs:1\.0\.0 is active\ntmpfs\norg\.example\.tmpfs:1\.1\.0 is active\n ?24 ok\nkept$
err~ plugin org\.example\.tmpfs:1\.1\.0 is in use by running container long \(storage driver tmpfs\), 1 image
$ docker rm -f long; engine stop; engine start; p="$(dirname $PROAD)/proa -H unix://$SOCK"; $p plugin rm org.example.tmpfs; docker run --rm $BB echo still; engine stop; umount $E/exec
out= long\norg.example.tmpfs\nstill
