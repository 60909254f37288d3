#!/usr/bin/env python3
"""swarm.py CLIENTS CONTAINERS IMAGE PREFIX: so many clients create, start, wait for and remove so many containers by the API at DOCKER_HOST.

Prints each answer that was not what it should be, and at the end "N done, N errors".
"""
import http.client, json, os, queue, socket, sys, threading

clients, containers, image, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
path = os.environ["DOCKER_HOST"].removeprefix("unix://")


class Connection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(path)


work, errors, done = queue.SimpleQueue(), [], []
for n in range(containers):
    work.put(n)


def ask(c, method, url, body=None):
    c.request(method, url, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} if body is not None else {})
    r = c.getresponse()
    return r.status, r.read().decode("utf-8", "replace")


def client():
    c = Connection("d")
    while True:
        try:
            n = work.get_nowait()
        except queue.Empty:
            return
        name = f"{prefix}-{n}"
        try:
            body = {"Image": image, "Cmd": ["sh", "-c", f"echo {n}; exit {n % 100}"], "HostConfig": {"NetworkMode": "none"}}
            for what, want, part in (
                (("POST", f"/v1.41/containers/create?name={name}", body), 201, ""),
                (("POST", f"/v1.41/containers/{name}/start"), 204, ""),
                (("POST", f"/v1.41/containers/{name}/wait"), 200, f'"StatusCode":{n % 100}'),
                (("GET", f"/v1.41/containers/{name}/logs?stdout=1"), 200, f"{n}\n"),
                (("DELETE", f"/v1.41/containers/{name}?v=1"), 204, ""),
            ):
                status, text = ask(c, *what)
                if status != want or part not in text.replace('": ', '":'):
                    errors.append(f"{what[0]} {what[1]}: {status} {text.strip()[:200]}")
                    break
            else:
                done.append(n)
        except OSError as x:
            errors.append(f"{name}: {x!r}")
            c = Connection("d")


threads = [threading.Thread(target=client) for _ in range(clients)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for e in errors[:20]:
    print(e)
print(f"{len(done)} done, {len(errors)} errors")
sys.exit(1 if errors else 0)
