#!/usr/bin/env python3
"""token_registry.py FOLDER KIND: a docker-registry on loopback that wants a token (KIND token) or a certificate of the client's (KIND mtls).

Prints its address when it listens, and runs until it is ended. The token server takes proa with the password "secret" and gives a token for what is asked;
it writes each request into FOLDER/requests. For mtls FOLDER/ca.crt, client.cert and client.key are made.
"""
import base64, http.server, json, os, signal, socket, subprocess, sys, threading, time, urllib.parse

folder, kind = sys.argv[1], sys.argv[2]
os.makedirs(folder, exist_ok=True)


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def openssl(*argv, data=None):
    return subprocess.run(["openssl", *argv], input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def certificate(name, key, subject, authority=None):
    """A self-signed one, or one of the authority's."""
    at = lambda file: f"{folder}/{file}"
    request = ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + subject, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", at(key)]
    if authority is None:
        openssl(*request, "-x509", "-days", "2", "-out", at(name))
    else:
        openssl(*request, "-out", at("request"))
        openssl("x509", "-req", "-in", at("request"), "-CA", at(authority + ".crt"), "-CAkey", at(authority + ".pem"), "-CAcreateserial", "-days", "2",
                "-copy_extensions", "copy", "-out", at(name))


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        with open(folder + "/requests", "a") as f:
            f.write(self.path + "\n")
        given = self.headers.get("Authorization", "")
        if given and given != "Basic " + base64.b64encode(b"proa:secret").decode():
            return self.answer(401, {"details": "incorrect username or password"})
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.split(":", 2) if given else ("", "", "")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {"iss": "issuer", "sub": "proa", "aud": "proa-test", "exp": now + 300, "nbf": now - 60, "iat": now, "jti": str(time.time_ns()), "access": access}
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        token = signed + "." + encoded(openssl("dgst", "-sha256", "-sign", folder + "/token.pem", data=signed.encode()))
        self.answer(200, {"token": token, "expires_in": 300})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


address = f"127.0.0.1:{port()}"
config = {"version": "0.1", "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": folder + "/data"}}, "http": {"addr": address}}
if kind == "token":
    certificate("token.crt", "token.pem", "issuer")
    der = openssl("x509", "-in", folder + "/token.crt", "-outform", "DER")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config["auth"] = {"token": {"realm": f"http://127.0.0.1:{server.server_port}/token", "service": "proa-test", "issuer": "issuer", "rootcertbundle": folder + "/token.crt"}}
else:
    certificate("ca.crt", "ca.pem", "root")
    certificate("server.crt", "server.pem", "127.0.0.1", "ca")
    certificate("client.cert", "client.key", "proa", "ca")
    config["http"]["tls"] = {"certificate": folder + "/server.crt", "key": folder + "/server.pem", "clientcas": [folder + "/ca.crt"]}
with open(folder + "/config.json", "w") as f:
    json.dump(config, f)
process = subprocess.Popen([os.environ.get("PROA_REGISTRY_BIN") or "docker-registry", "serve", folder + "/config.json"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"})
signal.signal(signal.SIGTERM, lambda *_: process.terminate())
for _ in range(200):
    try:
        socket.create_connection(address.split(":"), 1).close()
        break
    except OSError:
        time.sleep(0.05)
print(address, flush=True)
process.wait()
