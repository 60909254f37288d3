# login, logout and search, with the docker command and with proa.

== login.wrong [registry]: a wrong password is refused
$ echo wrong | docker login -u proa --password-stdin $RA
= 1
err~ (?i)unauthorized|401

== login.proa [registry proa]: proa logs in, pushes, pulls and logs out
$ export DOCKER_CONFIG=$T/c; P=$(dirname $PROAD)/proa; docker tag $BB $RA/$N/a:1; echo secret | $P -H unix://$SOCK login -u proa --password-stdin $RA 2>/dev/null && $P -H unix://$SOCK push -q $RA/$N/a:1 && docker rmi $RA/$N/a:1 >/dev/null && $P -H unix://$SOCK pull -q $RA/$N/a:1 && stat -c %a $T/c/config.json && $P -H unix://$SOCK logout $RA && $P -H unix://$SOCK logout $RA; $P -H unix://$SOCK push -q $RA/$N/a:1
= 1
out~ ^Login Succeeded$
out~ ^$RA/$N/a:1$
out~ ^600$
out~ ^Removing login credentials for $RA$
out~ ^Not logged in to $RA$
err~ no basic auth credentials

== login.shared [registry proa]: docker and proa find each other's logins
$ export DOCKER_CONFIG=$T/c; P=$(dirname $PROAD)/proa; docker tag $BB $RA/$N/b:1; echo secret | docker login -u proa --password-stdin $RA >/dev/null 2>&1; $P -H unix://$SOCK push -q $RA/$N/b:1; docker logout $RA >/dev/null; echo secret | $P -H unix://$SOCK login -u proa --password-stdin $RA >/dev/null 2>&1; docker push -q $RA/$N/b:1
out= $RA/$N/b:1\n$RA/$N/b:1

== login.api-status [registry]: the status of a refused login, and of a good one
$ api POST /v1.44/auth '{"username":"proa","password":"wrong","serveraddress":"'$RA'"}' | tail -1; api POST /v1.44/auth '{"username":"proa","password":"secret","serveraddress":"'$RA'"}'
out~ ^HTTP (401|500)$
out~ "Status":\s?"Login Succeeded"
out~ ^HTTP 200$

== search.registry [proa]: a registry with a search is asked
$ p=$(port); cat > $T/s.py <<'P'
    import http.server,sys
    class H(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body=b'{"num_results":2,"results":[{"name":"team/app","description":"an app","star_count":7,"is_official":false},{"name":"tool","description":"","star_count":1,"is_official":true}]}' if self.path.startswith("/v1/search?q=app&n=") else b'{}'
            self.send_response(200); self.send_header("Content-Length",str(len(body))); self.end_headers(); self.wfile.write(body)
        def log_message(self,*a): pass
    http.server.HTTPServer(("127.0.0.1",int(sys.argv[1])),H).serve_forever()
    P
    python3 $T/s.py $p & s=$!; trap "kill $s" EXIT; for i in $(seq 50); do curl -s http://127.0.0.1:$p/ >/dev/null && break; sleep 0.1; done; docker search --format '{{.Name}} {{.StarCount}} {{.IsOfficial}}' 127.0.0.1:$p/app; docker search --filter stars=3 --format '{{.Name}}' 127.0.0.1:$p/app; $(dirname $PROAD)/proa -H unix://$SOCK search 127.0.0.1:$p/app | head -2
out~ ^team/app 7 
out~ ^tool 1 \[OK\]
out~ ^team/app$
out~ ^NAME +DESCRIPTION +STARS +OFFICIAL$
out~ ^team/app +an app +7

== search.bad-filter [since28]: an unknown filter is refused
$ api GET '/v1.44/images/search?term=a&filters=%7B%22nosuch%22%3A%5B%221%22%5D%7D'
out~ invalid filter 'nosuch'
out~ ^HTTP 400$

== login.swap [engine registry proa slow]: a registry plugin is replaced while it is asked, and no pull fails
$ export DOCKER_CONFIG=$T/c; mkdir -p $E/data/plugins; engine start && echo secret | docker login -u proa --password-stdin $RA >/dev/null 2>&1; (for i in $(seq 10); do docker pull -q $RA/seed/bb >/dev/null && docker rmi $RA/seed/bb >/dev/null && echo ok || echo FAILED; done) > $T/out 2>&1 & sleep 0.5; for v in 9.0.1 9.0.2 9.0.3; do python3 $LIB/newer-bundle $PROA_HOME/plugins/proa-registry-basic-*.jar $E/data/plugins/basic.jar $v; sleep 0.7; done; wait; sort $T/out | uniq -c | tr -s ' '; engine log | grep -c 'secret'
= 1
out= 10 ok\n0

== login.secrets [engine registry proa slow]: no secret of a login is in anything that the daemon writes, or shows
$ export DOCKER_CONFIG=$T/c; HTTPS_PROXY=http://me:marker-proxy@127.0.0.1:9 engine start -D; echo secret | docker login -u proa --password-stdin $RA >/dev/null 2>&1; docker pull -q $RA/seed/bb; docker tag $RA/seed/bb $RA/$N/s:1; docker push -q $RA/$N/s:1
    for m in '{"username":"proa","password":"marker-password"}' '{"identitytoken":"marker-identity"}' '{"registrytoken":"marker-registry"}'; do api POST /v1.44/auth "${m%\}},\"serveraddress\":\"$RA\"}" >/dev/null; curl -sS --unix-socket $SOCK -X POST -H "X-Registry-Auth: $(printf %s "$m" | base64 -w0 | tr '+/' '-_')" "http://d/v1.44/images/create?fromImage=$RA/seed/bb&tag=v2" >>$T/answers; done; docker pull nosuch.invalid/x >>$T/answers 2>&1
    docker run --name $N-c $RA/seed/bb true; docker inspect $N-c $RA/seed/bb >>$T/answers; docker info >>$T/answers; docker rm $N-c >/dev/null; kill -QUIT $(engine pid); for i in $(seq 100); do engine log >$T/log; grep -q 'Full thread dump' $T/log && break; sleep 0.1; done
    marks='marker-|cHJvYTpzZWNyZXQ|'$(printf 'proa:marker-password' | base64 | cut -c1-20); grep -c 'Full thread dump' $T/log; (grep -rlaE "$marks" $E $T/answers $T/log || true) | wc -l
out~ ^1$
out~ ^0$
out!~ marker

== login.token [registry proa]: a registry with a token server, by the stock command
$ export DOCKER_CONFIG=$T/c; python3 $LIB/token_registry.py $T/r token >$T/address & s=$!; trap "kill $s; wait $s" EXIT; for i in $(seq 100); do [ -s $T/address ] && break; sleep 0.1; done; r=$(cat $T/address); docker tag $BB $r/$N/a:1; docker push -q $r/$N/a:1 2>&1 | head -1; echo wrong | docker login -u proa --password-stdin $r 2>&1 | tail -1; echo secret | docker login -u proa --password-stdin $r 2>/dev/null; docker push -q $r/$N/a:1 | sed "s/$r/R/"; docker rmi $r/$N/a:1 >/dev/null; docker pull -q $r/$N/a:1 | sed "s/$r/R/"; docker rmi $r/$N/a:1 >/dev/null; docker logout $r >/dev/null; docker pull -q $r/$N/a:1 2>&1 | sed "s/$r/R/g"; grep -c "scope=repository%3A$N%2Fa%3Apull" $T/r/requests
out~ ^denied: requested access to the resource is denied$
out~ incorrect username or password
out~ ^Login Succeeded$
out~ ^R/$N/a:1\nR/$N/a:1$
out~ pull access denied for R/$N/a, repository does not exist or may require 'docker login'

== pull.client-certificate [engine registry proa]: a registry that wants a certificate of the client's gets that of certs.d
$ python3 $LIB/token_registry.py $T/r mtls >$T/address & s=$!; trap "kill $s; wait $s" EXIT; for i in $(seq 100); do [ -s $T/address ] && break; sleep 0.1; done; r=$(cat $T/address); engine start; docker load -qi $BBTAR >/dev/null; docker tag $BB $r/$N/a:1; docker push -q $r/$N/a:1 2>&1 | grep -ciE 'certificate|tls'; d=$E/data/registry/client-certificate/certs.d/$r; mkdir -p $d; cp $T/r/ca.crt $T/r/client.cert $T/r/client.key $d; docker push -q $r/$N/a:1 | sed "s/$r/R/"; docker rmi $r/$N/a:1 >/dev/null; docker pull -q $r/$N/a:1 | sed "s/$r/R/"; docker run --rm --network none $r/$N/a:1 echo runs; rm $d/client.*; docker pull $r/$N/a:1 2>&1 | grep -ciE 'certificate|tls'
= 1
out~ ^1\nR/$N/a:1\nR/$N/a:1\nruns\n1$

== login.helper [engine registry proa]: a credential helper of the daemon's, for a client that sends nothing
$ mkdir $T/bin; cat >$T/bin/docker-credential-cases <<'H'
    #!/bin/sh
    read -r host
    printf '{"ServerURL":"%s","Username":"proa","Secret":"secret"}\n' "$host"
    H
    chmod 755 $T/bin/docker-credential-cases; export DOCKER_CONFIG=$T/none; PATH=$T/bin:$PATH engine start; docker pull $RA/seed/bb 2>&1 | tail -1; mkdir -p $E/data/registry/credential-helper; printf '{"credHelpers":{"%s":"cases"}}' $RA >$E/data/registry/credential-helper/config.json; docker pull -q $RA/seed/bb; engine log | grep -c '"Secret"\|:secret'
= 1
out~ no basic auth credentials
out~ ^$RA/seed/bb:latest\n0$
