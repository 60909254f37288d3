#!/usr/bin/env python3
"""BuildKit's protocol, spoken to the engine at DOCKER_HOST by gRPC's own library: POST /grpc and POST /session as buildx opens them, the client's services in a
session, and what a client must not be able to do. usage: buildkit.py IMAGE.tar"""
import fnmatch, hashlib, os, shutil, socket, stat, subprocess, sys, tempfile, threading, time, uuid
from concurrent import futures
import grpc

SOCK = os.environ["DOCKER_HOST"].removeprefix("unix://")
WORK = tempfile.mkdtemp(prefix="buildkit-")
CONTROL, GATEWAY = "/moby.buildkit.v1.Control/", "/moby.buildkit.v1.frontend.LLBBridge/"
RAW = lambda message: message
passed = failed = 0


# ---- protobuf, as far as it is needed: a message is a list of (number, value), read as a dictionary of lists

def varint(n):
    out = bytearray()
    n &= (1 << 64) - 1
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def encode(*fields):
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def pairs(number, mapping):
    return [(number, encode((1, k), (2, v))) for k, v in mapping.items()]


def decode(data):
    fields, at = {}, 0

    def number():
        nonlocal at
        n = shift = 0
        while True:
            byte = data[at]
            at += 1
            n |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return n

    while at < len(data):
        key = number()
        if key & 7 == 0:
            value = number()
        else:
            size = number()
            value = data[at:at + size]
            at += size
        fields.setdefault(key >> 3, []).append(value)
    return fields


# ---- connections that leave HTTP/1.1

def upgraded(path, headers=()):
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCK)
    head = f"POST {path} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n"
    s.sendall(head.encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        byte = s.recv(1)
        if not byte:
            raise OSError(f"no answer to {path}: {answer!r}")
        answer += byte
    if b" 101 " not in answer.split(b"\r\n")[0]:
        raise OSError(answer.decode(errors="replace"))
    return s


def pump(a, b):
    def one(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for s in (source, target):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    for pair in ((a, b), (b, a)):
        threading.Thread(target=one, args=pair, daemon=True).start()


def control():
    """A channel to /grpc: the library dials a socket of its own, behind which the connection is upgraded."""
    path = os.path.join(WORK, uuid.uuid4().hex[:8])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            pump(client, upgraded("/grpc"))

    threading.Thread(target=accept, daemon=True).start()
    limits = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    return grpc.insecure_channel("unix:" + path, options=limits)


class Session:
    """What a client offers: folders by name, secrets, a place for results."""

    def __init__(self, folders, secrets=(), key="key", lie=None):
        self.id, self.folders, self.secrets, self.lie = uuid.uuid4().hex, folders, dict(secrets), lie
        self.sent, self.got, self.data = [], {}, b""
        path = os.path.join(WORK, uuid.uuid4().hex[:8])
        self.server = grpc.server(futures.ThreadPoolExecutor(16))
        services = {
            "/moby.filesync.v1.FileSync/DiffCopy": grpc.stream_stream_rpc_method_handler(self.files),
            "/moby.filesync.v1.FileSend/DiffCopy": grpc.stream_stream_rpc_method_handler(self.take),
            "/moby.buildkit.secrets.v1.Secrets/GetSecret": grpc.unary_unary_rpc_method_handler(self.secret),
        }

        class Handler(grpc.GenericRpcHandler):
            def service(self, call):
                return services.get(call.method)

        self.server.add_generic_rpc_handlers((Handler(),))
        self.server.add_insecure_port("unix:" + path)
        self.server.start()
        headers = [("X-Docker-Expose-Session-Uuid", self.id), ("X-Docker-Expose-Session-Sharedkey", key)]
        self.engine = upgraded("/session", headers + [("X-Docker-Expose-Session-Grpc-Method", m) for m in services])
        mine = socket.socket(socket.AF_UNIX)
        mine.connect(path)
        pump(self.engine, mine)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop(0)
        try:
            self.engine.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def entries(self, root, include, exclude):
        for folder, names, files in os.walk(root):
            names.sort()
            rel = os.path.relpath(folder, root)
            for name in sorted(names + files):
                path = name if rel == "." else rel + "/" + name
                if include and path not in include or any(fnmatch.fnmatch(path, p) or path.startswith(p + "/") for p in exclude):
                    continue
                yield path, os.lstat(os.path.join(folder, name))

    @staticmethod
    def stat(path, st, link=""):
        mode = st.st_mode & 0o777 | (1 << 31 if stat.S_ISDIR(st.st_mode) else 1 << 27 if stat.S_ISLNK(st.st_mode) else 0)
        return encode((1, path), (2, mode), (5, st.st_size), (6, st.st_mtime_ns), (7, link))

    def files(self, requests, context):
        meta = {}
        for key, value in context.invocation_metadata():
            meta.setdefault(key, []).append(value)
        root = self.folders.get(meta["dir-name"][0])
        if root is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "no access allowed to dir " + meta["dir-name"][0])
        if self.lie and meta["dir-name"][0] == "context" and "include-patterns" not in meta:
            yield from (encode((1, 0), (2, entry)) for entry in self.lie)
            yield encode((1, 0))
            for _ in requests:
                pass
            return
        # os.walk goes breadth first within a folder; fsutil names what is in a folder right behind it
        known = sorted(self.entries(root, meta.get("include-patterns", []), meta.get("exclude-patterns", [])), key=lambda e: e[0].split("/"))
        for path, st in known:
            link = os.readlink(os.path.join(root, path)) if stat.S_ISLNK(st.st_mode) else ""
            yield encode((1, 0), (2, self.stat(path, st, link)))
        yield encode((1, 0))
        for request in requests:
            packet = decode(request)
            kind, number = packet.get(1, [0])[0], packet.get(3, [0])[0]
            if kind == 3:
                yield encode((1, 3))
                return
            if kind == 4:
                return
            path = known[number][0]
            self.sent.append(path)
            with open(os.path.join(root, path), "rb") as f:
                while block := f.read(30000):
                    yield encode((1, 2), (3, number), (4, block))
            yield encode((1, 2), (3, number))

    def take(self, requests, context):
        """A result: the bytes of a file, or packets of a folder. Which it is shows in the first message."""
        meta = dict(context.invocation_metadata())
        if meta.get("buildkit-attachable-exporter-id") != "0":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "unknown exporter")
        if not self.folders.get("out"):
            for request in requests:
                self.data += decode(request).get(1, [b""])[0]
            return
        names, waiting, number = {}, 0, 0
        for request in requests:
            packet = decode(request)
            kind = packet.get(1, [0])[0]
            if kind == 0 and 2 in packet:
                entry = decode(packet[2][0])
                path, mode = entry[1][0].decode(), entry.get(2, [0])[0]
                self.got[path] = entry.get(7, [b""])[0] if mode & 1 << 27 else None if mode & 1 << 31 else b""
                if not mode & (1 << 31 | 1 << 27):
                    names[number] = path
                    waiting += 1
                    yield encode((1, 1), (3, number))
                number += 1
            elif kind == 0:
                self.last = True
            elif kind == 2:
                path = names[packet.get(3, [0])[0]]
                if 4 in packet:
                    self.got[path] += packet[4][0]
                else:
                    waiting -= 1
            elif kind == 3:
                return
            if getattr(self, "last", False) and waiting == 0:
                self.last = False
                yield encode((1, 3))

    def secret(self, request, context):
        name = decode(request)[1][0].decode()
        if name not in self.secrets:
            context.abort(grpc.StatusCode.NOT_FOUND, "secret " + name + " not found")
        return encode((1, self.secrets[name]))


# ---- what a client does

def unary(channel, method, message=b"", **options):
    return channel.unary_unary(method, RAW, RAW)(message, timeout=60, **options)


def request(ref, session, attrs=(), exporter="moby", exporter_attrs=(), frontend="dockerfile.v0"):
    exporters = [(13, encode((1, exporter), *pairs(2, dict(exporter_attrs))))] if exporter else []
    return encode((1, ref), (5, session.id), (6, frontend), *pairs(7, dict(attrs)), *exporters)


class Status:
    def __init__(self, channel, ref):
        self.vertexes, self.logs, self.done = [], b"", threading.Event()
        self.call = channel.unary_stream(CONTROL + "Status", RAW, RAW)(encode((1, ref)))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for message in self.call:
                fields = decode(message)
                self.vertexes += [decode(v) for v in fields.get(1, [])]
                self.logs += b"".join(decode(log).get(4, [b""])[0] for log in fields.get(3, []))
        except grpc.RpcError:
            pass
        self.done.set()

    def names(self):
        assert self.done.wait(30), "the status does not end"
        return [v[3][0].decode() for v in self.vertexes if 6 in v]

    def cached(self):
        return {v[3][0].decode() for v in self.vertexes if v.get(4) == [1]}


def solve(channel, session, attrs=(), **options):
    ref = uuid.uuid4().hex
    status = Status(channel, ref)
    answer = unary(channel, CONTROL + "Solve", request(ref, session, attrs, **options))
    response = {decode(p)[1][0].decode(): decode(p)[2][0].decode() for p in decode(answer).get(1, [])}
    return response, status


def context(dockerfile, **files):
    folder = tempfile.mkdtemp(dir=WORK)
    for name, content in {"Dockerfile": dockerfile, **files}.items():
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "w") as f:
            f.write(content)
    return folder


def session(folder, **options):
    return Session({"context": folder, "dockerfile": folder, **options.pop("folders", {})}, **options)


def refused(code, words, call):
    try:
        call()
    except grpc.RpcError as e:
        assert e.code() == code, f"{e.code()}: {e.details()}"
        assert words in e.details(), e.details()
        return
    raise AssertionError("it was not refused")


def api(method, path):
    out = subprocess.run(["curl", "-sS", "--unix-socket", SOCK, "-X", method, "http://d" + path], capture_output=True, text=True, check=True)
    return out.stdout


BB = "pcsuite/busybox:1"


def a_build_with_its_steps(channel):
    folder = context(f"FROM {BB} AS one\nRUN echo said && echo made > /f\nFROM {BB}\nCOPY --from=one /f /g\nCOPY d /d\n", **{"d/x": "1", "skip.log": "2", ".dockerignore": "*.log\n"})
    with session(folder) as s:
        response, status = solve(channel, s, exporter_attrs={"name": "bk/one:1"})
        assert response["containerimage.digest"].startswith("sha256:"), response
        names = status.names()
        assert "[one 2/2] RUN echo said && echo made > /f" in names and "[internal] load build context" in names, names
        assert b"said\n" in status.logs, status.logs
        assert "skip.log" not in s.sent and "d/x" in s.sent, s.sent
    assert response["containerimage.digest"] in api("GET", "/images/bk/one:1/json")


def only_changed_files_are_sent_again(channel):
    folder = context(f"FROM {BB}\nCOPY . /c\n", **{f"n/{i}": str(i) for i in range(10000)})
    with session(folder, key="many") as s:
        solve(channel, s, exporter_attrs={"name": "bk/many:1"})
        assert len([p for p in s.sent if p.startswith("n/")]) == 10000, len(s.sent)
    with open(folder + "/n/77", "w") as f:
        f.write("changed")
    os.unlink(folder + "/n/78")
    with session(folder, key="many") as s:
        solve(channel, s, exporter_attrs={"name": "bk/many:1"})
        assert [p for p in s.sent if p.startswith("n/")] == ["n/77"], s.sent[:10]
    with session(folder, key="many") as s:
        _, status = solve(channel, s, exporter_attrs={"name": "bk/many:1"})
        status.names()
        assert "[2/2] COPY . /c" in status.cached(), status.cached()


def a_front_end_of_the_client(channel):
    folder = context(f"FROM {BB}\nRUN echo gateway\n")
    with session(folder) as s:
        ref = uuid.uuid4().hex
        status = Status(channel, ref)
        whole = channel.unary_unary(CONTROL + "Solve", RAW, RAW).future(request(ref, s, exporter_attrs={"name": "bk/gateway"}, frontend=""), timeout=60)
        meta = [("buildkit-controlapi-buildid", ref)]
        capabilities = {decode(c)[1][0] for c in decode(unary(channel, GATEWAY + "Ping", metadata=meta)).get(1, [])}
        assert b"return" in capabilities and b"solve.base" in capabilities, capabilities
        answer = decode(unary(channel, GATEWAY + "Solve", encode((2, "dockerfile.v0"), (5, 1), (6, 1)), metadata=meta))
        result = answer[3][0]
        assert 3 in decode(result), "no reference"
        unary(channel, GATEWAY + "Return", encode((1, result)), metadata=meta)
        response = {decode(p)[1][0] for p in decode(whole.result())[1]}
        assert b"containerimage.digest" in response, response
        assert b"gateway\n" in status.logs or status.names()
    with session(context(f"FROM {BB}\nRUN exit 3\n")) as s:
        ref = uuid.uuid4().hex
        whole = channel.unary_unary(CONTROL + "Solve", RAW, RAW).future(request(ref, s, frontend=""), timeout=60)
        meta = [("buildkit-controlapi-buildid", ref)]
        refused(grpc.StatusCode.UNKNOWN, "non-zero code: 3", lambda: unary(channel, GATEWAY + "Solve", encode((2, "dockerfile.v0")), metadata=meta))
        unary(channel, GATEWAY + "Return", encode((2, encode((1, 2), (2, "the client says why")))), metadata=meta)
        refused(grpc.StatusCode.UNKNOWN, "the client says why", whole.result)


def results_go_to_the_client(channel):
    folder = context("FROM scratch\nCOPY d /d\n", **{"d/x": "content"})
    os.symlink("x", folder + "/d/l")
    with session(folder, folders={"out": "yes"}) as s:
        solve(channel, s, exporter="local")
        assert s.got["d/x"] == b"content" and s.got["d/l"] == b"x" and s.got["d"] is None, s.got
    with session(folder) as s:
        solve(channel, s, exporter="tar")
        names = subprocess.run(["tar", "-t"], input=s.data, capture_output=True, check=True).stdout.decode().split()
        assert sorted(names) == ["d/", "d/l", "d/x"], names
    with session(folder) as s:
        solve(channel, s, exporter="oci", exporter_attrs={"name": "bk/oci:1"})
        assert b"oci-layout" in s.data


def a_secret_is_asked_of_the_client(channel):
    folder = context(f"FROM {BB}\nRUN --mount=type=secret,id=s sha256sum /run/secrets/s && ! test -e /run/secrets/t\n")
    with session(folder, secrets={"s": "told"}) as s:
        _, status = solve(channel, s, {"no-cache": ""})
        status.names()
        assert hashlib.sha256(b"told").hexdigest().encode() in status.logs, status.logs
    with session(context(f"FROM {BB}\nRUN --mount=type=secret,id=nosuch,required=true true\n")) as s:
        refused(grpc.StatusCode.INVALID_ARGUMENT, "secret nosuch: not found", lambda: solve(channel, s))


def what_fails_says_where(channel):
    with session(context(f"FROM {BB}\nRUN echo last words; exit 9\n")) as s:
        refused(grpc.StatusCode.UNKNOWN, ">>>   2 | RUN echo last words; exit 9", lambda: solve(channel, s))
    with session(context("FROM scratch\nFRUN\n")) as s:
        refused(grpc.StatusCode.INVALID_ARGUMENT, "unknown instruction: FRUN", lambda: solve(channel, s))
    with session(context("FROM scratch\n")) as s:
        refused(grpc.StatusCode.INVALID_ARGUMENT, "failed to read dockerfile: open nosuch", lambda: solve(channel, s, {"filename": "nosuch"}))


def the_cache_is_shown_and_pruned(channel):
    workers = decode(unary(channel, CONTROL + "ListWorkers"))[1]
    assert len(workers) == 1 and 3 in decode(workers[0]), workers
    assert 1 in decode(unary(channel, CONTROL + "Info"))
    records = [decode(r) for r in decode(unary(channel, CONTROL + "DiskUsage")).get(1, [])]
    assert any(r[10] == [b"source.local"] for r in records) and any(r[10] == [b"regular"] for r in records), records[:3]
    pruned = list(channel.unary_stream(CONTROL + "Prune", RAW, RAW)(encode((2, 1)), timeout=60))
    assert len(pruned) == len(records), (len(pruned), len(records))
    assert 1 not in decode(unary(channel, CONTROL + "DiskUsage"))


def what_is_not_there_is_refused_in_a_sentence(channel):
    refused(grpc.StatusCode.UNIMPLEMENTED, "unknown method /a.b/C", lambda: unary(channel, "/a.b/C"))
    with session(context("FROM scratch\n")) as s:
        refused(grpc.StatusCode.UNIMPLEMENTED, "LLB", lambda: unary(channel, CONTROL + "Solve", encode((1, "x"), (2, encode((1, b"op"))), (5, s.id))))
        refused(grpc.StatusCode.UNIMPLEMENTED, "the front end other/frontend", lambda: solve(channel, s, {"source": "other/frontend:1"}, frontend="gateway.v0"))
        refused(grpc.StatusCode.UNIMPLEMENTED, "several platforms", lambda: solve(channel, s, {"platform": "linux/amd64,linux/arm64"}))
        refused(grpc.StatusCode.UNIMPLEMENTED, "does not push", lambda: solve(channel, s, exporter="image", exporter_attrs={"push": "true"}))
        refused(grpc.StatusCode.UNIMPLEMENTED, "not known", lambda: solve(channel, s, {"nosuch": "1"}))
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "is larger than", lambda: unary(channel, CONTROL + "Solve", b"\x0a" + varint(20 << 20) + b"x" * (20 << 20)))
    assert 1 in decode(unary(channel, CONTROL + "ListWorkers"))


def a_client_cannot_name_files_elsewhere(channel):
    folder, own = context("FROM scratch\nCOPY . /\n"), os.lstat(WORK)
    plain = os.lstat(folder + "/Dockerfile")
    lies = {
        "up": [Session.stat("../evil", plain)],
        "absolute": [Session.stat("/tmp/evil", plain)],
        "no folder": [Session.stat("a/b", plain)],
        "below a link": [encode((1, "l"), (2, 1 << 27 | 0o777), (7, "/tmp")), Session.stat("l/evil", plain)],
        "twice": [Session.stat("a", own), Session.stat("a", own)],
        "a link to nothing of its own": [Session.stat("a", plain, "/etc/passwd")],
        "dots": [Session.stat("a", own), Session.stat("a/./b", plain)],
    }
    for name, lie in lies.items():
        with session(folder, lie=lie, key=name) as s:
            refused(grpc.StatusCode.INVALID_ARGUMENT, "the client names", lambda: solve(channel, s))
    assert not os.path.exists("/tmp/evil")


def a_client_that_is_gone_leaves_nothing_that_runs(channel):
    def containers():
        return api("GET", "/containers/json?all=1").strip()

    for end in ("call", "session"):
        with session(context(f"FROM {BB}\nRUN echo {uuid.uuid4().hex} && sleep 1000\n")) as s:
            call = channel.unary_unary(CONTROL + "Solve", RAW, RAW).future(request(uuid.uuid4().hex, s))
            for _ in range(300):
                if containers() != "[]":
                    break
                time.sleep(0.1)
            assert containers() != "[]", "the command does not run"
            if end == "call":
                call.cancel()
        for _ in range(300):
            if containers() == "[]":
                break
            time.sleep(0.1)
        assert containers() == "[]", f"after the end of the {end} it still runs"


def thousands_of_calls(channel):
    call = channel.unary_unary(CONTROL + "ListWorkers", RAW, RAW)
    answers = [call.future(b"", timeout=120) for _ in range(3000)]
    assert all(1 in decode(a.result()) for a in answers)
    # streams that wait for a build that never comes are ended with words, and block nobody
    waiting = [channel.unary_stream(CONTROL + "Status", RAW, RAW)(encode((1, "nosuch")), timeout=120) for _ in range(500)]
    for one in waiting:
        refused(grpc.StatusCode.NOT_FOUND, "no such job nosuch", lambda: list(one))


def main():
    global passed, failed
    with open(sys.argv[1], "rb") as image:
        subprocess.run(["curl", "-sSf", "--unix-socket", SOCK, "-H", "Content-Type: application/x-tar", "--data-binary", "@-", "http://d/images/load"], stdin=image, check=True, stdout=subprocess.DEVNULL)
    channel = control()
    tests = [
        a_build_with_its_steps, only_changed_files_are_sent_again, a_front_end_of_the_client, results_go_to_the_client, a_secret_is_asked_of_the_client,
        what_fails_says_where, what_is_not_there_is_refused_in_a_sentence, a_client_cannot_name_files_elsewhere, a_client_that_is_gone_leaves_nothing_that_runs,
        thousands_of_calls, the_cache_is_shown_and_pruned,
    ]
    only = sys.argv[2:]
    for test in tests:
        if only and test.__name__ not in only:
            continue
        try:
            test(channel)
            passed += 1
            print(f"ok - buildkit: {test.__name__.replace('_', ' ')}", flush=True)
        except Exception as e:  # the next one still says something
            failed += 1
            print(f"not ok - buildkit: {test.__name__.replace('_', ' ')}\n#   {type(e).__name__}: {e}", flush=True)
    channel.close()
    shutil.rmtree(WORK, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    os._exit(1 if failed else 0)


main()
