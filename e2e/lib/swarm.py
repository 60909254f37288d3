#!/usr/bin/env python3
"""swarm.py CLIENTS CONTAINERS IMAGE PREFIX [FOLLOWERS]: so many clients create, start, wait for and remove so many containers by the API at DOCKER_HOST.

Half of the followers follow the events, and must see each removal; the others follow the logs of running containers, and must see all that these
say. Prints each answer that was not what it should be, and at the end "N done, N errors".
"""
import http.client, json, os, queue, socket, sys, threading, urllib.parse

clients, containers, image, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
followers = int(sys.argv[5]) if len(sys.argv) > 5 else 0
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


class Followed:
    """A running container whose log a follower reads to its end."""

    def __init__(self, n, name):
        self.n, self.name, self.over = n, name, threading.Event()


running = queue.Queue()


def follow_logs():
    while (it := running.get()) is not None:
        try:
            c = Connection("d")
            status, text = ask(c, "GET", f"/v1.41/containers/{it.name}/logs?stdout=1&follow=1")
            c.close()
            if status != 200 or f"{it.n}\n" not in text:
                errors.append(f"the followed log of {it.name}: {status} {text.strip()[:200]}")
        except OSError as x:
            errors.append(f"the followed log of {it.name}: {x!r}")
        it.over.set()


def follow_events():
    filters = urllib.parse.quote(json.dumps({"type": ["container"], "event": ["destroy"]}))
    seen = set()
    try:
        c = Connection("d")
        c.request("GET", f"/v1.41/events?filters={filters}")
        answer = c.getresponse()
        ready.release()
        while len(seen) < containers and (line := answer.readline()):
            seen.add(json.loads(line)["Actor"]["Attributes"]["name"])
        c.close()
    except (OSError, ValueError) as x:
        errors.append(f"events: {x!r}")
    missing = {f"{prefix}-{n}" for n in range(containers)} - seen
    if missing:
        errors.append(f"a follower of events missed {len(missing)} removals")


ready = threading.Semaphore(0)


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
                if what[1].endswith("/start") and followers:
                    followed = Followed(n, name)
                    running.put(followed)
                if what[1].endswith("/wait") and followers and not followed.over.wait(60):
                    errors.append(f"{name}: its log does not end")
            else:
                done.append(n)
        except OSError as x:
            errors.append(f"{name}: {x!r}")
            c = Connection("d")


listening = [threading.Thread(target=follow_events) for _ in range(followers // 2)]
reading = [threading.Thread(target=follow_logs) for _ in range(followers - followers // 2)]
for t in listening + reading:
    t.start()
for _ in listening:
    ready.acquire(timeout=60)
threads = [threading.Thread(target=client) for _ in range(clients)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for _ in reading:
    running.put(None)
for t in listening + reading:
    t.join(120)
    if t.is_alive():
        errors.append("a follower does not come to its end")
for e in errors[:20]:
    print(e)
print(f"{len(done)} done, {len(errors)} errors", flush=True)
os._exit(1 if errors else 0)  # not held up by a follower that hangs
