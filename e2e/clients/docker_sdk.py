"""What users of Python's docker SDK do, against the engine at DOCKER_HOST. Prints TAP, ends with "N passed, N failed, N skipped".

docker_sdk.py ARCHIVE    an archive that holds the image pcsuite/busybox:1
"""
import io, sys, tarfile, threading, time, traceback

import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound
from docker.types import Healthcheck, LogConfig, Mount, Ulimit
from docker.utils.socket import frames_iter

IMAGE = "pcsuite/busybox:1"
client = docker.from_env(version="auto", timeout=30)
TESTS = []


def test(f):
    TESTS.append(f)
    return f


def status(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except APIError as e:
        return e.response.status_code
    return 200


def sleeper(**kwargs):
    return client.containers.run(IMAGE, "sleep 600", detach=True, **kwargs)


@test
def load_names_its_images():
    with open(sys.argv[1], "rb") as f:
        images = client.images.load(f)
    assert [i.tags for i in images] == [[IMAGE]], images


@test
def load_of_a_bad_archive_is_an_image_load_error():
    try:
        client.images.load(b"abc")
    except docker.errors.ImageLoadError:
        return
    raise AssertionError("no error")


@test
def daemon():
    assert client.ping()
    assert client.info()["OSType"] == "linux"
    assert client.version()["ApiVersion"] >= "1.41"
    assert client.df()["Images"]


@test
def run_returns_output_or_raises():
    assert client.containers.run(IMAGE, "echo hello", remove=True) == b"hello\n"
    assert client.containers.run(IMAGE, ["sh", "-c", "echo err >&2"], remove=True, stderr=True, stdout=False) == b"err\n"
    try:
        client.containers.run(IMAGE, ["sh", "-c", "echo no >&2; exit 3"], remove=True)
    except ContainerError as e:
        assert e.exit_status == 3 and b"no" in e.stderr, e
    else:
        raise AssertionError("no error")
    assert status(client.containers.create, "pcsuite/nosuch:1") == 404


@test
def every_option_of_create():
    c = client.containers.create(
        IMAGE, ["sleep", "600"], name="sdk-options", hostname="given", user="app", working_dir="/tmp", environment={"A": "b"}, labels=["x"],
        entrypoint=["env"], stop_signal="SIGINT", cap_add=["NET_ADMIN"], cap_drop=["MKNOD"], dns=["192.0.2.53"], dns_search=["example"], extra_hosts={"h": "192.0.2.1"},
        mem_limit="64m", memswap_limit="128m", mem_reservation="32m", cpu_shares=512, cpu_period=100000, cpu_quota=50000, cpuset_cpus="0", pids_limit=100,
        oom_score_adj=10, read_only=True, shm_size="1m", tmpfs={"/scratch": "size=1m"}, ulimits=[Ulimit(name="nofile", soft=100, hard=200)], sysctls={"net.ipv4.ip_forward": "1"},
        mounts=[Mount("/v", "sdk-options"), Mount("/t", None, type="tmpfs", tmpfs_size=4096)], restart_policy={"Name": "on-failure", "MaximumRetryCount": 5},
        healthcheck=Healthcheck(test=["CMD", "true"], interval=1000000000), log_config=LogConfig(type="json-file", config={"max-size": "1m", "max-file": "2"}),
        security_opt=["no-new-privileges"], group_add=["2000"], init=True, ports={"80/tcp": ("127.0.0.1", None), "53/udp": None}, volumes={"/etc": {"bind": "/host", "mode": "ro"}})
    try:
        a = c.attrs
        h, g = a["HostConfig"], a["Config"]
        assert g["Hostname"] == "given" and g["User"] == "app" and g["WorkingDir"] == "/tmp" and "A=b" in g["Env"] and g["Labels"] == {"x": ""}, g
        assert h["Memory"] == 64 << 20 and h["MemorySwap"] == 128 << 20 and h["PidsLimit"] == 100 and h["ShmSize"] == 1 << 20, h
        assert h["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 5} and h["LogConfig"]["Config"]["max-file"] == "2", h
        assert sorted(m["Destination"] for m in a["Mounts"]) == ["/host", "/t", "/v"], a["Mounts"]
        assert h["ReadonlyRootfs"] and h["Init"] and h["CapAdd"] and h["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}], h
    finally:
        c.remove(v=True, force=True)
        client.volumes.get("sdk-options").remove()


@test
def logs_and_their_streams():
    c = client.containers.run(IMAGE, ["sh", "-c", "for i in 1 2 3; do echo out $i; echo err $i >&2; done"], detach=True)
    assert c.wait()["StatusCode"] == 0
    assert c.logs(stderr=False) == b"out 1\nout 2\nout 3\n"
    assert c.logs(stdout=False, tail=1) == b"err 3\n"
    assert list(c.logs(stream=True, follow=True, stderr=False)) == [b"out 1\n", b"out 2\n", b"out 3\n"]
    assert c.logs(since=int(time.time()) + 3600) == b""
    assert c.logs(until=int(time.time()) - 3600) == b""
    c.remove()


@test
def exec_in_all_its_forms():
    c = sleeper()
    assert c.exec_run("echo hi") == (0, b"hi\n")
    assert c.exec_run(["sh", "-c", "echo o; echo e >&2; exit 4"], demux=True) == (4, (b"o\n", b"e\n"))
    assert c.exec_run("id -un", user="app").output == b"app\n"
    assert c.exec_run("pwd", workdir="/tmp").output == b"/tmp\n"
    assert c.exec_run(["sh", "-c", "echo $A"], environment={"A": "b"}).output == b"b\n"
    assert b"".join(c.exec_run("seq 3", stream=True).output) == b"1\n2\n3\n"
    c.exec_run("true", detach=True)
    exec_id = client.api.exec_create(c.id, "cat", stdin=True)["Id"]
    sock = client.api.exec_start(exec_id, socket=True)
    raw = getattr(sock, "_sock", sock)
    raw.sendall(b"fed\n")
    raw.shutdown(1)
    assert b"".join(data for _, data in frames_iter(sock, tty=False)) == b"fed\n"
    sock.close()
    assert client.api.exec_inspect(exec_id)["ExitCode"] == 0
    tty = client.api.exec_create(c.id, ["sh", "-c", "sleep 0.3; stty size"], tty=True)["Id"]
    stream = client.api.exec_start(tty, tty=True, stream=True)
    client.api.exec_resize(tty, height=20, width=70)
    assert b"".join(stream) == b"20 70\r\n"
    c.remove(force=True)


@test
def attach_before_the_start():
    c = client.api.create_container(IMAGE, "cat", stdin_open=True)
    sock = client.api.attach_socket(c, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    client.api.start(c)
    raw = getattr(sock, "_sock", sock)
    raw.sendall(b"typed\n")
    frames = frames_iter(sock, tty=False)
    assert next(frames) == (1, b"typed\n")
    client.api.kill(c)
    assert list(frames) == []
    sock.close()
    client.api.remove_container(c)


@test
def archives():
    c = client.containers.create(IMAGE, "true")
    buf = io.BytesIO()
    with tarfile.open(fileobj=buf, mode="w") as t:
        i = tarfile.TarInfo("file")
        i.size = 4
        t.addfile(i, io.BytesIO(b"data"))
    assert c.put_archive("/tmp", buf.getvalue())
    stream, stat = c.get_archive("/tmp/file")
    assert stat["name"] == "file" and stat["size"] == 4, stat
    assert tarfile.open(fileobj=io.BytesIO(b"".join(stream))).extractfile("file").read() == b"data"
    assert status(c.get_archive, "/nosuch") == 404
    assert c.diff() == [{"Path": "/tmp", "Kind": 0}, {"Path": "/tmp/file", "Kind": 1}], c.diff()
    assert len(b"".join(c.export())) > 1 << 19
    c.remove()


@test
def states():
    c = sleeper(name="sdk-states", restart_policy={"Name": "always"})
    c.pause()
    c.reload()
    assert c.status == "paused"
    c.unpause()
    c.rename("sdk-renamed")
    assert client.containers.get("sdk-renamed").id == c.id
    c.update(mem_limit="64m", memswap_limit="-1", restart_policy={"Name": "no"})
    c.restart(timeout=0)
    assert c.top()["Processes"]
    assert next(c.stats(stream=True, decode=True))["memory_stats"]["usage"] > 0
    assert status(c.remove) == 409
    c.stop(timeout=0)
    assert c.wait()["StatusCode"] == 137
    assert status(c.kill) == 409
    waited = []
    waiter = threading.Thread(target=lambda: waited.append(c.wait(condition="removed")))
    waiter.start()
    time.sleep(0.2)
    c.remove()
    waiter.join(20)
    assert waited and waited[0]["StatusCode"] == 137, waited
    assert status(c.reload) == 404


@test
def lists_and_filters():
    a = sleeper(labels={"sdk": "a"}, name="sdk-a")
    b = client.containers.run(IMAGE, ["sh", "-c", "exit 4"], detach=True, labels={"sdk": "b"})
    b.wait()
    names = lambda **k: sorted(c.id for c in client.containers.list(**k))
    assert names() == [a.id]
    assert names(all=True) == sorted([a.id, b.id])
    assert names(filters={"label": "sdk=a"}) == [a.id]
    assert names(all=True, filters={"exited": 4}) == [b.id]
    assert names(all=True, filters={"status": "exited"}) == [b.id]
    assert names(all=True, filters={"ancestor": IMAGE}) == sorted([a.id, b.id])
    assert names(limit=-1) == [a.id]
    assert names(limit=1) == [b.id]
    assert names(all=True, filters={"since": "sdk-a"}) == [b.id]
    assert client.containers.prune(filters={"label": "sdk=b"})["ContainersDeleted"] == [b.id]
    a.remove(force=True)


@test
def events():
    since = time.time() - 1
    c = client.containers.run(IMAGE, "true", detach=True, labels={"sdk": "events"})
    c.wait()
    c.remove()
    seen = [e["Action"] for e in client.events(since=since, until=time.time() + 1, filters={"container": c.id}, decode=True)]
    assert seen == ["create", "start", "die", "destroy"], seen


@test
def images():
    c = client.containers.run(IMAGE, ["sh", "-c", "echo > /new"], detach=True)
    c.wait()
    image = c.commit(repository="pcsuite/sdk", tag="1", message="made", author="me", changes=["ENV A=b"])
    assert image.tag("pcsuite/sdk", "2")
    image.reload()
    assert sorted(image.tags) == ["pcsuite/sdk:1", "pcsuite/sdk:2"]
    assert image.history()[0]["Comment"] == "made" and "A=b" in image.attrs["Config"]["Env"]
    saved = b"".join(image.save(named=True))
    c.remove()
    client.images.remove(image.id, force=True)
    try:
        client.images.get(image.id)
    except ImageNotFound:
        pass
    else:
        raise AssertionError("still there")
    assert client.images.load(saved)[0].id == image.id
    assert [i.id for i in client.images.list(filters={"reference": "pcsuite/sdk"})] == [image.id]
    client.images.remove(image.id, force=True)


@test
def volumes_and_networks():
    v = client.volumes.create("sdk", labels={"a": "b"})
    assert [x.name for x in client.volumes.list(filters={"label": "a=b"})] == ["sdk"]
    n = client.networks.create("sdk", driver="bridge", labels={"a": "b"}, check_duplicate=True)
    c = sleeper(volumes={"sdk": {"bind": "/v", "mode": "rw"}}, network="sdk")
    assert status(v.remove) == 409
    n.reload()
    assert [x.id for x in n.containers] == [c.id]
    n.disconnect(c)
    n.connect(c, aliases=["again"])
    c.reload()
    assert "again" in c.attrs["NetworkSettings"]["Networks"]["sdk"]["Aliases"]
    c.remove(force=True)
    n.remove()
    v.remove()
    for call, name in ((client.networks.get, "sdk"), (client.volumes.get, "sdk")):
        try:
            call(name)
        except NotFound:
            continue
        raise AssertionError(f"{call} finds what was removed")


@test
def health():
    c = sleeper(healthcheck={"test": ["CMD", "true"], "interval": 100000000, "retries": 1})
    for _ in range(100):
        c.reload()
        if c.attrs["State"]["Health"]["Status"] == "healthy":
            break
        time.sleep(0.1)
    assert c.attrs["State"]["Health"]["Status"] == "healthy", c.attrs["State"]
    assert c.attrs["State"]["Health"]["Log"][-1]["ExitCode"] == 0
    c.remove(force=True)


def main():
    passed = failed = 0
    for f in TESTS:
        name = f"docker SDK {docker.__version__}: " + f.__name__.replace("_", " ")
        try:
            f()
        except BaseException:
            failed += 1
            print(f"not ok {passed + failed} - {name}\n" + "".join("#   " + x + "\n" for x in traceback.format_exc().splitlines()), end="", flush=True)
        else:
            passed += 1
            print(f"ok {passed + failed} - {name}", flush=True)
        for c in client.containers.list(all=True):
            c.remove(force=True, v=True)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


sys.exit(main())
