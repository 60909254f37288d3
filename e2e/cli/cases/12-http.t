# How the daemon speaks HTTP, whoever asks.

== http.headers: every answer names the API version, the server and the system
$ curl -sS -i --unix-socket $SOCK http://d/v1.44/containers/json
out~ ^HTTP/1\.1 200
out~ (?i)^api-version: 1\.\d+
out~ (?i)^docker-experimental: false
out~ (?i)^ostype: linux
out~ (?i)^server: \S+/\S+ \(linux\)
out~ (?i)^content-type: application/json

== http.header-names: header fields are spelt as Go's server spells them, for scripts that look for that
$ curl -sS -i --unix-socket $SOCK http://d/v1.44/containers/json
out~ (?m)^Content-Type: application/json
out~ (?m)^Content-Length: \d+
$ curl -sS -i -m 1 --unix-socket $SOCK http://d/v1.44/events
= 28
out~ (?m)^Transfer-Encoding: chunked

== http.error-is-json: an error has the JSON content type and a message alone
$ curl -sS -i --unix-socket $SOCK http://d/v1.44/containers/$N-nosuch/json
out~ ^HTTP/1\.1 404
out~ (?i)^content-type: application/json
out~ ^{"message":"No such container: $N-nosuch"}

== http.version-json: /version names components and the oldest API
$ curl -sS --unix-socket $SOCK http://d/version | jq -r '[(.Components|length>0),(.Components[0].Name|type),(.MinAPIVersion|test("^1\\.[0-9]+$")),.Os,(.KernelVersion|length>0),(.GitCommit|type),(.BuildTime|type),(.Platform.Name|type)]|map(tostring)|join(" ")'
out= true string true linux true string string string

== http.oldest-version: paths of API 1.24 are served
$ api GET /v1.24/version | tail -1; api GET /v1.24/containers/json | tail -1; api GET /v1.24/images/json | tail -1
out= HTTP 200\nHTTP 200\nHTTP 200

== http.newest-version [since28]: paths of the newest version are served
$ v=$(curl -sS --unix-socket $SOCK http://d/version | jq -r .ApiVersion); api GET /v$v/version | tail -1; api GET /v$v/info | tail -1
out= HTTP 200\nHTTP 200

== http.keep-alive: several requests go over one connection
$ curl -sS -v --unix-socket $SOCK http://d/_ping http://d/version http://d/v1.44/nosuch 2>&1 >/dev/null | grep -c 'Re-using existing connection'
out= 2

== http.chunked-request: a chunked request body is read
$ printf '{"Image":"%s","Cmd":["true"]}' $BB | curl -sS --unix-socket $SOCK -X POST -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @- -w '\nHTTP %{http_code}\n' "http://d/v1.44/containers/create?name=$N"
out~ "Id":\s?"[0-9a-f]{64}"
out~ ^HTTP 201$

== http.expect-continue: a client that waits for 100 Continue gets it
$ head -c 200000 /dev/zero | tr '\0' ' ' > $T/pad; printf '{"Image":"%s","Cmd":["true"]}' $BB >> $T/pad; curl -sS -v --expect100-timeout 20 --unix-socket $SOCK -H 'Content-Type: application/json' -H 'Expect: 100-continue' --data-binary @$T/pad "http://d/v1.44/containers/create?name=$N" 2>&1
out~ ^< HTTP/1\.1 100 Continue
out~ ^< HTTP/1\.1 201 Created

== http.json-broken: JSON that is none is refused, and the message says so
$ api POST /v1.44/containers/create '{bad'
out~ "message":\s?"(invalid JSON: .+|invalid character 'b' looking for beginning of object key string)"
$ api POST /v1.44/containers/create '{"Image":'
out~ "message":\s?"(invalid JSON: .+|unexpected EOF)"

== http.json-broken-status [since28]: JSON that is none is a client error
$ api POST /v1.44/containers/create '{bad' | tail -1; api POST /v1.44/containers/create '{"Image":' | tail -1; api POST /v1.44/containers/create '[]' | tail -1; api POST /v1.44/containers/create '7' | tail -1
out= HTTP 400\nHTTP 400\nHTTP 400\nHTTP 400

== http.json-two [since28]: something behind the JSON value is refused
$ api POST /v1.44/containers/create '{"Image":"'$BB'"}{"Image":"x"}'
out~ "message":\s?"unexpected content after JSON"
out~ ^HTTP 400$

== http.json-deep: JSON nested without end is refused and harms nobody
$ python3 -c 'print("{\"Labels\":"+"["*200000)' > $T/deep; api POST /v1.44/containers/create @$T/deep | tail -1
out~ ^HTTP (400|500)$
$ api GET /_ping | tail -1
out= HTTP 200

== http.content-type: a body that does not say it is JSON is refused
$ CT=text/plain api POST /v1.44/containers/create '{"Image":"x"}'
out~ must be 'application/json'
out~ ^HTTP 400$

== http.escaped-path: an escaped name is decoded once
$ api GET "/v1.44/containers/$N%2Dx/json"
out~ No such container: $N-x"
out~ ^HTTP 404$

== http.bad-boolean: a switch that is neither true nor false counts as true
$ docker create --name $N $BB true >/dev/null; curl -sS --unix-socket $SOCK "http://d/v1.44/containers/json?all=yes&filters=%7B%22name%22%3A%5B%22$N%22%5D%7D" | jq length
out= 1

== http.huge-header: a header without end is refused and harms nobody
$ python3 - <<'P'
    import os,socket
    s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SOCK']); s.settimeout(10)
    try: s.sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\nX: "+b"a"*(4<<20)+b"\r\n\r\n")
    except OSError: pass
    try: print(s.recv(64).split(b"\r\n")[0].decode() or "closed")
    except OSError: print("closed")
    P
out~ ^(HTTP/1\.1 4\d\d .*|closed)$
$ api GET /_ping | tail -1
out= HTTP 200

== http.garbage: what is no HTTP is refused and harms nobody
$ head -c 100000 /dev/urandom | timeout 10 socat -t2 - UNIX-CONNECT:$SOCK >/dev/null 2>&1; printf '\0\0\0' | timeout 10 socat -t2 - UNIX-CONNECT:$SOCK >/dev/null 2>&1; api GET /_ping | tail -1
= 0
out= HTTP 200

== http.idle-connections: three hundred idle connections do not keep others out
$ python3 - <<'P'
    import os,socket
    many=[]
    for _ in range(300):
        s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SOCK']); many.append(s)
    s=socket.socket(socket.AF_UNIX); s.connect(os.environ['SOCK']); s.settimeout(10)
    s.sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"); print(s.recv(12).decode())
    P
out= HTTP/1.1 200

== http.half-sent: a client that goes away in the middle of a request harms nobody
$ for i in $(seq 20); do printf 'POST /v1.44/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"Ima' | timeout 5 socat -t0 - UNIX-CONNECT:$SOCK >/dev/null 2>&1; done; api GET /_ping | tail -1
out= HTTP 200

== http.socket-mode [proa]: the socket is for root and its group alone
$ stat -c %a $SOCK
out= 660

== http.not-yet [proa]: what is not there yet answers 501 with one sentence
$ api POST /v1.44/swarm/init '{}'
out~ ^{"message":\s?"[^"]+"}$
out~ ^HTTP 501$
