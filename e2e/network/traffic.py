#!/usr/bin/env python3
"""Real packets through an engine's networks: published ports from everywhere they must and must not be reached from, name service, separation
of networks, and what happens when somebody breaks something by hand.

Runs beside an engine (e2e/engine -- e2e/network/traffic.py [--only REGEX]) in the engine's network namespace, which is "the host"; "clients" is a
second namespace, joined by a veth pair. No packet leaves the two. Prints TAP and a closing line of totals.
"""
import argparse, hashlib, json, os, re, shutil, socket, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import engine

HOST, CLIENT, LOOPBACK_HOST = "198.51.100.1", "198.51.100.2", "192.0.2.1"
IMAGE = "traffic/busybox:1"
CASES = []


def case(f):
    CASES.append(f)
    return f


def run(*argv, check=True, seconds=60, **more):
    r = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, **more)
    if check and r.returncode != 0:
        raise AssertionError(f"{' '.join(argv)}: exit status {r.returncode}\n{r.stdout}{r.stderr}")
    return r


def docker(*argv, **more):
    return run("docker", *argv, **more).stdout.strip()


class Clients:
    """A network namespace with one link to the host's."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.path = f"/proc/{self.holder.pid}/ns/net"
        run("ip", "link", "add", "tocl0", "type", "veth", "peer", "name", "tohost", "netns", str(self.holder.pid))
        run("ip", "address", "add", HOST + "/24", "dev", "tocl0")
        run("ip", "link", "set", "tocl0", "up")
        self.run("ip", "address", "add", CLIENT + "/24", "dev", "tohost")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "set", "tohost", "up")

    def run(self, *argv, **more):
        return run("nsenter", "--net=" + self.path, *argv, **more)

    def close(self):
        run("ip", "link", "delete", "tocl0", check=False)
        self.holder.stdin.close()
        self.holder.wait()


clients = None


def fetch(url, inside=None, seconds=2):
    """What a web server answers; None if there is none to be reached."""
    argv = ["curl", "-sS", "--noproxy", "*", "--max-time", str(seconds), url]
    if inside:
        argv = ["nsenter", "--net=" + inside] + argv
    r = run(*argv, check=False)
    return r.stdout.strip() if r.returncode == 0 else None


def web(name, *options, text=None):
    """A container with a web server on port 80; returns once it serves."""
    docker("run", "-d", "--name", name, *options, IMAGE, "sh", "-c", f"mkdir /w; echo {text or name} >/w/index.html; exec httpd -f -p 80 -h /w")
    wait(lambda: run("docker", "exec", name, "wget", "-qO-", "http://127.0.0.1/", check=False).returncode == 0)
    return name


class Skipped(Exception):
    pass


def need(command):
    if not shutil.which(command, path=os.environ["PATH"] + ":/usr/sbin"):
        raise Skipped(f"{command} is not installed")


def wait(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("did not come true within %d s" % seconds)
        time.sleep(0.05)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("", 0))
        return s.getsockname()[1]


def address(name, network="bridge"):
    return docker("inspect", "-f", "{{(index .NetworkSettings.Networks \"%s\").IPAddress}}" % network, name)


def equal(actual, expected, what):
    assert actual == expected, f"{what}: {actual!r}, expected {expected!r}"


@case
def published_port_is_reached_from_all_sides():
    p = free_port()
    web("ww", "-p", f"{p}:80")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "from a client")
    equal(fetch(f"http://127.0.0.1:{p}/"), "ww", "from the host's loopback")
    equal(fetch(f"http://{HOST}:{p}/"), "ww", "from the host by its own address")
    equal(docker("run", "--rm", IMAGE, "timeout", "3", "wget", "-qO-", f"http://{HOST}:{p}/"), "ww", "from another container by the host's address")
    equal(docker("exec", "ww", "timeout", "3", "wget", "-qO-", f"http://{HOST}:{p}/"), "ww", "from the container itself by the host's address")
    docker("rm", "-f", "ww")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), None, "after its end")


@case
def port_on_loopback_is_for_the_host_alone():
    p = free_port()
    web("ww", "-p", f"127.0.0.1:{p}:80")
    equal(fetch(f"http://127.0.0.1:{p}/"), "ww", "from the host's loopback")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), None, "from a client")
    equal(fetch(f"http://{HOST}:{p}/"), None, "by the host's other address")
    # A neighbour that sends packets for 127.0.0.1, or for the container, to the host's link address.
    clients.run("sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
    clients.run("ip", "address", "delete", "127.0.0.1/8", "dev", "lo")
    clients.run("ip", "route", "add", "127.0.0.1/32", "via", HOST, "src", CLIENT)
    try:
        equal(fetch(f"http://127.0.0.1:{p}/", clients.path), None, "from a client that routes 127.0.0.1 to the host")
    finally:
        clients.run("ip", "route", "delete", "127.0.0.1/32")
        clients.run("ip", "address", "add", "127.0.0.1/8", "dev", "lo")
    clients.run("ip", "route", "add", address("ww") + "/32", "via", HOST)
    equal(fetch(f"http://{address('ww')}:80/", clients.path), None, "past the host, to the container's address")
    clients.run("ip", "route", "delete", address("ww") + "/32")


@case
def port_on_one_address_is_not_on_the_others():
    p = free_port()
    web("ww", "-p", f"{HOST}:{p}:80")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "from a client")
    equal(fetch(f"http://{LOOPBACK_HOST}:{p}/"), None, "by another address")
    equal(fetch(f"http://127.0.0.1:{p}/"), None, "from loopback")


@case
def port_that_is_not_published_is_closed():
    p = free_port()
    docker("run", "-d", "--name", "ww", "-p", f"{p}:81", IMAGE, "sh", "-c", "mkdir /w; echo x >/w/index.html; httpd -p 80 -h /w; httpd -f -p 81 -h /w")
    wait(lambda: fetch(f"http://{HOST}:{p}/", clients.path) == "x")
    clients.run("ip", "route", "add", address("ww") + "/32", "via", HOST)
    equal(fetch(f"http://{address('ww')}:80/", clients.path), None, "port 80 past the host")
    equal(fetch(f"http://{address('ww')}:81/", clients.path), None, "port 81 past the host: published on the host's addresses only")
    clients.run("ip", "route", "delete", address("ww") + "/32")


@case
def containers_do_not_reach_the_hosts_loopback():
    p = free_port()
    web("ww", "-p", f"127.0.0.1:{p}:80")
    server = subprocess.Popen([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        at = int(server.args[-1])
        wait(lambda: fetch(f"http://127.0.0.1:{at}/") is not None)
        gateway = docker("inspect", "-f", "{{.NetworkSettings.Networks.bridge.Gateway}}", "ww")
        r = run("docker", "run", "--rm", "--privileged", IMAGE, "sh", "-c",
                f"ip addr del 127.0.0.1/8 dev lo; echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet; ip route add 127.0.0.1/32 via {gateway} dev eth0; "
                f"timeout 3 wget -qO- http://127.0.0.1:{at}/; exit $?", check=False)
        assert r.returncode != 0, "a container got an answer from the host's loopback: " + r.stdout
    finally:
        server.terminate()
        server.wait()


@case
def udp_port_answers_from_where_it_was_asked():
    p = free_port(socket.SOCK_DGRAM)
    docker("run", "-d", "--name", "uu", "-p", f"{p}:5000/udp", IMAGE, "sleep", "60")
    echo = "import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 5000)); print('ready', flush=True); s.sendto(*s.recvfrom(9))"
    namespace = "--net=/proc/%s/ns/net" % docker("inspect", "-f", "{{.State.Pid}}", "uu")
    server = subprocess.Popen(["nsenter", namespace, sys.executable, "-c", echo], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    code = f"import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.connect(('{HOST}',{p})); s.send(b'hello'); print(s.recv(9).decode())"
    equal(clients.run(sys.executable, "-c", code).stdout.strip(), "hello", "an echo by UDP")
    server.wait()


@case
def ranges_and_chosen_ports():
    p = free_port()
    web("ww", "-p", "80", "-p", f"127.0.0.1:{p}-{p + 5}:81")
    ports = docker("port", "ww").splitlines()
    at = next(x.rsplit(":", 1)[1] for x in ports if x.startswith("80/tcp") and "0.0.0.0" in x)
    equal(fetch(f"http://{HOST}:{at}/", clients.path), "ww", "a port chosen by the engine")
    held = int(next(x.rsplit(":", 1)[1] for x in ports if x.startswith("81/tcp")))
    assert p <= held <= p + 5, f"{held} is not of {p}-{p + 5}"


@case
def port_of_another_process_is_refused_with_its_name():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        p = s.getsockname()[1]
        r = run("docker", "run", "--rm", "-p", f"127.0.0.1:{p}:80", IMAGE, "true", check=False)
        equal(r.returncode, 125, "exit status")
        assert re.search(r"address already in use by pid \d+ \(python3", r.stderr), r.stderr
    docker("run", "--rm", "-p", f"127.0.0.1:{p}:80", IMAGE, "true")


@case
def process_cannot_take_a_published_port():
    p = free_port()
    web("ww", "-p", f"{p}:80")
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("0.0.0.0", p))
            s.listen()
            raise AssertionError("another process could listen on it")
        except OSError:
            pass


@case
def networks_are_apart():
    docker("network", "create", "n1")
    docker("network", "create", "n2")
    web("aa", "--network", "n1")
    web("bb", "--network", "n2")
    equal(docker("exec", "aa", "timeout", "3", "wget", "-qO-", "http://aa/"), "aa", "itself by name")
    r = run("docker", "exec", "aa", "timeout", "3", "wget", "-qO-", f"http://{address('bb', 'n2')}/", check=False)
    assert r.returncode != 0, "one network reached another by address"
    assert run("docker", "exec", "aa", "nslookup", "bb", check=False).returncode != 0, "one network knows names of another"
    docker("network", "connect", "--alias", "bee", "n2", "aa")
    equal(docker("exec", "aa", "timeout", "3", "wget", "-qO-", "http://bb/"), "bb", "after connect")
    equal(docker("exec", "bb", "timeout", "3", "wget", "-qO-", "http://bee/"), "aa", "by its alias there")
    docker("network", "disconnect", "n2", "aa")
    assert run("docker", "exec", "aa", "timeout", "3", "wget", "-qO-", f"http://{address('bb', 'n2')}/", check=False).returncode != 0, "after disconnect"


@case
def internal_network_has_no_way_out():
    docker("network", "create", "--internal", "n1")
    web("aa", "--network", "n1")
    docker("run", "--rm", "--network", "n1", IMAGE, "timeout", "3", "wget", "-qO-", "http://aa/")
    assert "default" not in docker("exec", "aa", "ip", "route"), "it has a default route"
    r = run("docker", "run", "--rm", "--network", "n1", "--cap-add", "NET_ADMIN", IMAGE, "sh", "-c",
            f"ip route add default via $(ip route | sed -n 's/^\\([0-9.]*\\)\\.0\\.0\\/16.*/\\1.0.1/p'); ping -c1 -W1 {CLIENT}", check=False)
    assert r.returncode != 0, "it reached a client with a route of its own"


@case
def container_reaches_clients_by_the_hosts_address():
    server = subprocess.Popen(["nsenter", "--net=" + clients.path, sys.executable, "-c",
                               "import socket\ns=socket.socket(); s.setsockopt(1,2,1); s.bind(('',7007)); s.listen()\nwhile 1:\n c,a=s.accept(); c.sendall(a[0].encode()+b'\\n'); c.close()"])
    try:
        wait(lambda: clients.run("sh", "-c", "ss -ltn | grep -q 7007", check=False).returncode == 0)
        equal(docker("run", "--rm", IMAGE, "nc", CLIENT, "7007"), HOST, "the address that the client saw")
    finally:
        server.terminate()
        server.wait()


@case
def containers_are_kept_apart_without_icc():
    docker("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "n1")
    web("aa", "--network", "n1")
    r = run("docker", "run", "--rm", "--network", "n1", IMAGE, "timeout", "3", "wget", "-qO-", "http://aa/", check=False)
    assert r.returncode != 0, "containers reached each other"


@case
def names_are_answered():
    docker("network", "create", "n1")
    web("aa", "--network", "n1", "--network-alias", "shared")
    web("bb", "--network", "n1", "--network-alias", "shared")
    both = {address("aa", "n1"), address("bb", "n1")}
    answers = docker("run", "--rm", "--network", "n1", IMAGE, "nslookup", "-type=a", "shared")
    equal(set(re.findall(r"Address(?: \d+)?: (\d+\.\d+\.\d+\.\d+)$", answers, re.M)), both, "both containers of one alias")
    reverse = docker("run", "--rm", "--network", "n1", IMAGE, "nslookup", address("aa", "n1"))
    assert "aa.n1" in reverse, reverse
    docker("run", "--rm", "--network", "n1", IMAGE, "ping", "-c1", "-W2", docker("ps", "-qf", "name=^aa$"))
    docker("run", "--rm", "--network", "n1", IMAGE, "ping", "-c1", "-W2", "aa.n1")


@case
def names_are_forwarded_by_udp_and_tcp():
    docker("network", "create", "n1")
    server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "nameserver.py"), HOST], stdout=subprocess.DEVNULL)
    try:
        docker("run", "-d", "--name", "aa", "--network", "n1", "--dns", HOST, IMAGE, "sleep", "60")
        wait(lambda: "203.0.113.9" in run("docker", "exec", "aa", "nslookup", "-type=a", "www.example", check=False).stdout)
        pid = docker("inspect", "-f", "{{.State.Pid}}", "aa")
        query = bytes.fromhex("1234010000010000000000000377777707657861 6d706c650000010001".replace(" ", ""))
        code = ("import socket,struct\nq=bytes.fromhex('%s')\ns=socket.create_connection(('127.0.0.11',53),3); s.sendall(struct.pack('>H',len(q))+q)\n"
                "d=s.recv(999); print(d[2:4].hex(), socket.inet_ntoa(d[-4:]))") % query.hex()
        equal(run("nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", code).stdout.strip(), "1234 203.0.113.9", "by TCP")
        r = run("docker", "exec", "aa", "nslookup", "-type=a", "nobody.example", check=False)
        assert "NXDOMAIN" in r.stdout + r.stderr, r.stdout + r.stderr
    finally:
        server.terminate()
        server.wait()


@case
def container_may_have_a_name_server_of_its_own():
    docker("network", "create", "n1")
    docker("run", "-d", "--name", "aa", "--network", "n1", IMAGE, "nc", "-l", "-p", "53", "-e", "echo", "mine")
    web("bb", "--network", "n1")
    wait(lambda: run("docker", "exec", "bb", "nc", "aa", "53", check=False).stdout.strip() == "mine")
    docker("exec", "aa", "true", check=False)


def restart(how):
    e = engine.Engine(os.path.dirname(os.environ["DOCKER_HOST"][len("unix://"):]))
    e.stop() if how == "stop" else e.kill()
    return e


@case
def ports_and_names_outlive_the_daemon():
    for how in ("stop", "kill"):
        p = free_port()
        docker("network", "create", "n-" + how)
        web("ww", "--network", "n-" + how, "-p", f"{p}:80")
        docker("run", "-d", "--name", "cc", "--network", "n-" + how, IMAGE, "sleep", "600")
        before = address("ww", "n-" + how)
        pid = docker("inspect", "-f", "{{.State.Pid}}", "cc")
        e = restart(how)
        equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "without a daemon")
        query = "import socket\ns=socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(60); s.connect(('127.0.0.11',53))\n" \
            "s.send(bytes.fromhex('12340100000100000000000002777700' '00010001')); print('asked', flush=True); print(socket.inet_ntoa(s.recv(512)[-4:]))"
        asking = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, "-c", query], stdout=subprocess.PIPE, text=True)
        equal(asking.stdout.readline(), "asked\n", "the query")
        e.start()
        equal(asking.communicate(timeout=60)[0].strip(), before, "the answer to a query of the time without a daemon")
        equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "with the next daemon")
        equal(address("ww", "n-" + how), before, "its address")
        docker("exec", "cc", "ping", "-c1", "-W2", "ww")
        r = run("docker", "run", "--rm", "-p", f"{p}:80", IMAGE, "true", check=False)
        assert "port is already allocated" in r.stderr, r.stderr
        docker("restart", "-t0", "ww")
        equal(address("ww", "n-" + how), before, "its address after a restart")
        docker("rm", "-f", "ww", "cc")
        docker("network", "rm", "n-" + how)


@case
def deleted_bridge_and_rules_are_made_again():
    p = free_port()
    web("ww", "-p", f"{p}:80")
    bridge = docker("network", "inspect", "-f", '{{index .Options "com.docker.network.bridge.name"}}', "bridge")
    run("ip", "link", "delete", bridge)
    equal(fetch(f"http://{HOST}:{p}/", clients.path, seconds=1), None, "without its bridge")
    docker("run", "--rm", IMAGE, "true")
    wait(lambda: fetch(f"http://{HOST}:{p}/", clients.path) == "ww")
    docker("rm", "-f", "ww")


@case
def flushed_rules_are_made_again():
    need("nft")
    p = free_port()
    web("ww", "-p", f"{p}:80")
    run("nft", "flush", "ruleset")
    equal(fetch(f"http://{HOST}:{p}/", clients.path, seconds=1), None, "without rules")
    docker("run", "--rm", IMAGE, "true")
    wait(lambda: fetch(f"http://{HOST}:{p}/", clients.path) == "ww")


def remove(group):
    try:
        os.rmdir(group)
        return True
    except OSError:  # its last process is on its way out
        return False


@case
def networks_come_back_after_a_reboot():
    need("nft")
    p = free_port()
    docker("network", "create", "--subnet", "10.98.0.0/24", "n1")
    web("ww", "--network", "n1", "--ip", "10.98.0.7", "--restart", "always", "-p", f"{p}:80")
    docker("run", "-d", "--name", "gone", "--network", "n1", IMAGE, "sleep", "600")
    ids = docker("ps", "-q", "--no-trunc").split()
    held = [int(docker("inspect", "-f", "{{.State.Pid}}", name)) for name in ("ww", "gone")]
    e = restart("kill")
    # What a boot takes: processes, control groups, what is below the exec root, links, rules, switches.
    shims = [x for x in engine.descendants(os.getppid()) if "dev.proa.shim.Main " + e.root in engine.command_line(x)]
    for process in shims + held:
        try:
            os.kill(process, 9)
        except ProcessLookupError:
            pass
        wait(lambda: not engine.alive(process))
    names = {*ids, *(f"proa-shim-{x}" for x in shims)}
    for group in sorted((g for g in engine.cgroups() if os.path.basename(g) in names), key=len, reverse=True):
        wait(lambda: not os.path.exists(group) or remove(group))
    for point in sorted((line.split()[4] for line in engine.mounts_with(e.root)), reverse=True):
        run("umount", "-l", point, check=False)
    shutil.rmtree(e.root + "/exec")
    run("nft", "flush", "ruleset")
    for _, name in socket.if_nameindex():
        if name not in ("lo", "tocl0"):
            run("ip", "link", "delete", name, check=False)
    run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    e.start()
    wait(lambda: fetch(f"http://{HOST}:{p}/", clients.path) == "ww", 30)
    equal(address("ww", "n1"), "10.98.0.7", "its address")
    equal(docker("inspect", "-f", "{{.State.Status}}", "gone"), "exited", "the one that is not to be started again")
    equal(docker("run", "--rm", "--network", "n1", IMAGE, "wget", "-qO-", "http://ww/"), "ww", "by name")


@case
def bridge_driver_is_replaced_under_traffic():
    e = restart("stop")
    os.makedirs(e.root + "/data/plugins", exist_ok=True)
    e.start()
    p = free_port()
    docker("network", "create", "n1")
    web("ww", "--network", "n1", "-p", f"{p}:80")
    home = os.path.realpath(engine.HOME)
    jar = next(os.path.join(home, "plugins", n) for n in os.listdir(home + "/plugins") if "network-bridge" in n)
    newer = os.path.join(os.path.dirname(engine.__file__), "newer-bundle")
    over, answers, starts = threading.Event(), [], []

    def ask():
        while not over.is_set():
            answers.append(fetch(f"http://{HOST}:{p}/", clients.path, seconds=10))

    def begin():
        while not over.is_set():
            r = run("docker", "run", "--rm", "--network", "n1", "-p", "80", IMAGE, "wget", "-qO-", "http://ww/", check=False)
            starts.append(r.stdout.strip() or r.stderr)
    threads = [threading.Thread(target=f) for f in (ask, begin)]
    for t in threads:
        t.start()
    try:
        for version in ("9.0.1", "9.0.2"):
            done = len(starts) + 3
            run(sys.executable, newer, jar, e.root + "/data/plugins/bridge.jar", version)
            wait(lambda: "9.0" in docker("version", "-f", "{{json .Server}}") or len(starts) >= done, 60)
    finally:
        over.set()
        for t in threads:
            t.join()
    equal(set(answers), {"ww"}, f"{len(answers)} answers through the published port")
    equal(set(starts), {"ww"}, f"{len(starts)} starts meanwhile")
    docker("network", "connect", "bridge", "ww")
    docker("network", "disconnect", "n1", "ww")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "after its ports moved to another network")
    docker("rm", "-f", "ww")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), None, "after its end")
    e = restart("stop")
    os.remove(e.root + "/data/plugins/bridge.jar")
    e.start()


@case
def options_of_a_bridge_hold():
    p = free_port()
    docker("network", "create", "-o", "com.docker.network.bridge.name=mybr0", "-o", "com.docker.network.driver.mtu=1400",
           "-o", "com.docker.network.bridge.host_binding_ipv4=127.0.0.1", "-o", "com.docker.network.container_iface_prefix=net", "n1")
    web("ww", "--network", "n1", "-p", f"{p}:80")
    equal(docker("exec", "ww", "cat", "/sys/class/net/net0/mtu"), "1400", "the MTU in the container")
    assert "mtu 1400" in run("ip", "-o", "link", "show", "mybr0").stdout, "the bridge's MTU"
    equal(docker("port", "ww"), f"80/tcp -> 127.0.0.1:{p}", "where it is published")
    equal(fetch(f"http://127.0.0.1:{p}/"), "ww", "from loopback")
    equal(fetch(f"http://{HOST}:{p}/", clients.path), None, "from a client")


@case
def without_masquerading_clients_see_the_container():
    docker("network", "create", "--subnet", "10.97.0.0/24", "-o", "com.docker.network.bridge.enable_ip_masquerade=false", "n1")
    clients.run("ip", "route", "add", "10.97.0.0/24", "via", HOST)
    server = subprocess.Popen(["nsenter", "--net=" + clients.path, sys.executable, "-c",
                               "import socket\ns=socket.socket(); s.setsockopt(1,2,1); s.bind(('',7008)); s.listen()\nwhile 1:\n c,a=s.accept(); c.sendall(a[0].encode()+b'\\n'); c.close()"])
    try:
        wait(lambda: clients.run("sh", "-c", "ss -ltn | grep -q 7008", check=False).returncode == 0)
        equal(docker("run", "--rm", "--network", "n1", "--ip", "10.97.0.9", IMAGE, "nc", CLIENT, "7008"), "10.97.0.9", "the address that the client saw")
    finally:
        server.terminate()
        server.wait()
        clients.run("ip", "route", "delete", "10.97.0.0/24")


@case
def network_of_ipv6_alone():
    docker("network", "create", "--ipv4=false", "--ipv6", "--subnet", "fd98::/64", "n1")
    web("ww", "--network", "n1")
    shown = docker("exec", "ww", "ip", "address", "show", "eth0")
    assert "fd98::2/64" in shown and "inet " not in shown, shown
    equal(docker("run", "--rm", "--network", "n1", IMAGE, "wget", "-qO-", "http://[fd98::2]/"), "ww", "by address")
    docker("run", "--rm", "--network", "n1", IMAGE, "ping", "-6", "-c1", "-W2", "ww")


def dig(container, *argv):
    pid = docker("inspect", "-f", "{{.State.Pid}}", container)
    return run("nsenter", f"--net=/proc/{pid}/ns/net", "dig", "@127.0.0.11", "+tries=1", "+time=8", *argv, check=False).stdout


@case
def resolver_speaks_with_dig():
    need("dig")
    docker("network", "create", "n1")
    docker("run", "-d", "--name", "aa", "--network", "n1", "--network-alias", "MixedCase", IMAGE, "sleep", "60")
    ip = address("aa", "n1")
    for how in ([], ["+tcp"], ["+noedns"], ["+bufsize=4096"]):
        equal(dig("aa", "+short", *how, "aA").strip(), ip, f"dig {how}")
    equal(dig("aa", "+short", "mixedcase").strip(), ip, "an alias in another spelling")
    equal(dig("aa", "+short", "-x", ip).strip(), "aa.n1.", "the way back")
    answer = dig("aa", "aa", "AAAA")
    assert "status: NOERROR" in answer and "ANSWER: 0" in answer, answer
    assert "; EDNS: version: 0" in answer, answer
    docker("network", "create", "--internal", "n2")
    docker("run", "-d", "--name", "bb", "--network", "n2", "--dns", HOST, IMAGE, "sleep", "60")
    assert "status: NXDOMAIN" in dig("bb", "www.example"), "an internal network forwarded a question"


@case
def answers_are_kept_for_their_time():
    need("dig")
    docker("network", "create", "n1")
    docker("run", "-d", "--name", "aa", "--network", "n1", "--dns", HOST, IMAGE, "sleep", "60")
    server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "nameserver.py"), HOST], stdout=subprocess.PIPE, text=True)
    try:
        wait(lambda: dig("aa", "+short", "www.example").strip() == "203.0.113.9")
        equal(dig("aa", "+short", "short.example").strip(), "203.0.113.9", "a name that holds for a second")
        equal(dig("aa", "+short", "WWW.example").strip(), "203.0.113.9", "again, in another spelling")
        time.sleep(1.2)  # the record's time, which is the thing that is looked at
        equal(dig("aa", "+short", "short.example").strip(), "203.0.113.9", "after its time")
    finally:
        server.terminate()
        asked = server.communicate()[0].split()
    equal(asked.count("www.example"), 1, "questions for www.example that came to the server")
    assert asked.count("short.example") >= 2, asked
    equal(dig("aa", "+short", "www.example").strip(), "203.0.113.9", "with the server gone")
    assert "status: SERVFAIL" in dig("aa", "other.example"), "a name that nobody can be asked about any more"
    equal(dig("aa", "+short", "aa").strip(), address("aa", "n1"), "a name of its own, with the server gone")


@case
def engine_without_a_default_bridge():
    e = restart("stop")
    e.start("--bridge", "none")
    try:
        equal(docker("run", "--rm", IMAGE, "ls", "/sys/class/net"), "lo", "links of a container on the default network")
        equal(docker("run", "--rm", "--network", "none", IMAGE, "ping", "-c1", "127.0.0.1").count("1 packets received"), 1, "loopback is up")
        docker("network", "create", "n1")
        assert "eth0" in docker("run", "--rm", "--network", "n1", IMAGE, "ls", "/sys/class/net"), "a network of one's own"
        docker("network", "rm", "n1")
    finally:
        e.stop()
        e.start()
    assert "eth0" in docker("run", "--rm", IMAGE, "ls", "/sys/class/net"), "with its bridge again"


@case
def pool_that_is_exhausted_is_said():
    docker("network", "create", "--subnet", "10.99.0.0/30", "n1")
    docker("run", "-d", "--name", "aa", "--network", "n1", IMAGE, "sleep", "60")
    r = run("docker", "run", "--rm", "--network", "n1", IMAGE, "true", check=False)
    equal(r.returncode, 125, "exit status")
    assert "no available IPv4 addresses on this network's address pools" in r.stderr and ": n1 (" in r.stderr, r.stderr
    docker("rm", "-f", "aa")
    docker("run", "--rm", "--network", "n1", IMAGE, "true")


@case
def hosts_file_follows():
    docker("network", "create", "n1")
    docker("run", "-d", "--name", "aa", "--hostname", "ay", "--add-host", "gate:host-gateway", "--add-host", "x:203.0.113.5", IMAGE, "sleep", "60")
    hosts = docker("exec", "aa", "cat", "/etc/hosts")
    gateway = docker("inspect", "-f", "{{.NetworkSettings.Networks.bridge.Gateway}}", "aa")
    for line in (f"{address('aa')}\tay", f"{gateway}\tgate", "203.0.113.5\tx"):
        assert line in hosts, f"{line!r} is not in\n{hosts}"
    docker("network", "connect", "n1", "aa")
    assert f"{address('aa', 'n1')}\tay" in docker("exec", "aa", "cat", "/etc/hosts"), "after connect"
    ip = address("aa", "n1")
    docker("network", "disconnect", "n1", "aa")
    assert ip not in docker("exec", "aa", "cat", "/etc/hosts"), "after disconnect"


@case
def shared_namespace_is_one():
    web("ww")
    equal(docker("run", "--rm", "--network", "container:ww", IMAGE, "wget", "-qO-", "http://127.0.0.1/"), "ww", "its neighbour's server on loopback")
    equal(docker("run", "--rm", "--network", "container:ww", IMAGE, "cat", "/etc/hosts"), docker("exec", "ww", "cat", "/etc/hosts"), "/etc/hosts")


@case
def ipv6_network_carries_and_publishes():
    docker("network", "create", "--ipv6", "--subnet", "fd99:1::/64", "n1")
    p = free_port()
    web("ww", "--network", "n1", "-p", f"{p}:80")
    ip6 = docker("inspect", "-f", "{{.NetworkSettings.Networks.n1.GlobalIPv6Address}}", "ww")
    docker("run", "--rm", "--network", "n1", IMAGE, "ping", "-6", "-c1", "-W2", ip6)
    with Ipv6():
        # The client's link-local address has to pass duplicate address detection first.
        wait(lambda: fetch(f"http://[2001:db8::1]:{p}/", clients.path) == "ww")
        equal(fetch(f"http://[2001:db8::1]:{p}/"), "ww", "from the host by IPv6")


@case
def published_port_is_reached_by_ipv6_of_the_host():
    p = free_port()
    web("ww", "-p", f"{p}:80", "-p", f"127.0.0.1:{p + 1}:80", "-p", f"[::1]:{p + 2}:80")
    equal(set(docker("port", "ww", "80").splitlines()), {f"0.0.0.0:{p}", f"[::]:{p}", f"127.0.0.1:{p + 1}", f"[::1]:{p + 2}"}, "what the engine says")
    with Ipv6():
        equal(fetch(f"http://[::1]:{p}/"), "ww", "a container of IPv4 alone by [::1]")
        equal(fetch(f"http://localhost:{p}/"), "ww", "by localhost")
        wait(lambda: fetch(f"http://[2001:db8::1]:{p}/", clients.path) == "ww")
        equal(fetch(f"http://[::1]:{p + 1}/"), None, "by [::1], published on 127.0.0.1 alone")
        equal(fetch(f"http://[::1]:{p + 2}/"), "ww", "by [::1], published there alone")
        equal(fetch(f"http://127.0.0.1:{p + 2}/"), None, "by 127.0.0.1, published on [::1] alone")
        equal(fetch(f"http://[2001:db8::1]:{p + 2}/", clients.path), None, "from a client, published on [::1] alone")
    docker("network", "create", "--ipv6", "n1")
    web("w6", "--network", "n1", "-p", f"{p + 3}:80")
    equal(fetch(f"http://[::1]:{p + 3}/"), "w6", "a container of both families by [::1]")
    e = restart("kill")
    equal(fetch(f"http://localhost:{p}/"), "ww", "by localhost, which has 127.0.0.1 as well, without a daemon")
    e.start()
    wait(lambda: fetch(f"http://[::1]:{p}/") == "ww")
    docker("network", "create", "n2")
    docker("network", "connect", "--gw-priority", "1", "n2", "ww")
    equal(fetch(f"http://[::1]:{p}/"), "ww", "after its ports moved to another network")
    docker("rm", "-f", "ww")
    equal(fetch(f"http://[::1]:{p}/"), None, "after its end")


class Ipv6:
    """The link between host and clients with addresses of IPv6."""

    def __enter__(self):
        run("ip", "address", "replace", "2001:db8::1/64", "dev", "tocl0", "nodad")
        clients.run("ip", "address", "replace", "2001:db8::2/64", "dev", "tohost", "nodad")

    def __exit__(self, *_):
        run("ip", "address", "delete", "2001:db8::1/64", "dev", "tocl0")
        clients.run("ip", "address", "delete", "2001:db8::2/64", "dev", "tohost")


def inside(name, code, *argv):
    """A Python program in a container's network namespace, once it has said that it is ready."""
    namespace = "--net=/proc/%s/ns/net" % docker("inspect", "-f", "{{.State.Pid}}", name)
    server = subprocess.Popen(["nsenter", namespace, sys.executable, "-c", code, *argv], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    return server


@case
def forwarded_stream_keeps_every_byte_and_its_half_closed_end():
    p = free_port()
    docker("run", "-d", "--name", "ww", "-p", f"{p}:5000", "-p", f"{p}:5000/udp", IMAGE, "sleep", "60")
    server = inside("ww", "import socket,hashlib\ns=socket.create_server(('',5000)); print('ready',flush=True)\nfor _ in range(2):\n c,_=s.accept(); h=hashlib.sha256(); n=0\n"
                    " while d:=c.recv(65536): h.update(d); n+=len(d)\n c.sendall(h.hexdigest().encode()+b'.'*n); c.close()")
    data = os.urandom(1 << 20) * 16
    try:
        for _ in range(2):
            with socket.create_connection(("::1", p), 20) as s:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                answer = b""
                while d := s.recv(1 << 20):
                    answer += d
            equal((answer[:64].decode(), len(answer)), (hashlib.sha256(data).hexdigest(), 64 + len(data)), "what came there and back")
    finally:
        server.kill()
        server.wait()
    server = inside("ww", "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',5000)); print('ready',flush=True)\nfor _ in range(4): s.sendto(*s.recvfrom(9))")
    try:
        for name in ("one", "two"):
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.connect(("::1", p))
                for k in range(2):
                    s.send(f"{name}{k}".encode())
                    equal(s.recv(9).decode(), f"{name}{k}", "an echo by UDP of IPv6")
    finally:
        server.kill()
        server.wait()
    try:  # nobody listens any more: a reset, not a silence
        with socket.create_connection(("::1", p), 5) as s:
            s.settimeout(5)
            equal(s.recv(1), None, "from a port that nobody has in the container")
    except ConnectionResetError:
        pass


def routes(action, *subnets):
    for subnet in subnets:
        clients.run("ip", "route", action, subnet, "via", HOST)


@case
def routed_network_is_reached_at_its_own_addresses():
    docker("network", "create", "--subnet", "10.96.0.0/24", "-o", "com.docker.network.bridge.gateway_mode_ipv4=routed", "n1")
    p = free_port()
    web("ww", "--network", "n1", "--ip", "10.96.0.7", "-p", f"{p}:80", "-p", "127.0.0.1:0:81")
    docker("exec", "-d", "ww", "httpd", "-p", "81", "-h", "/w")
    equal(docker("inspect", "-f", "{{json .NetworkSettings.Ports}}", "ww"), '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":""}],"81/tcp":null}', "its ports")
    web("other")
    routes("add", "10.96.0.0/24")
    server = subprocess.Popen(["nsenter", "--net=" + clients.path, sys.executable, "-c",
                               "import socket\ns=socket.create_server(('',7009))\nwhile 1:\n c,a=s.accept(); c.sendall(a[0].encode()+b'\\n'); c.close()"])
    try:
        equal(fetch("http://10.96.0.7/", clients.path), "ww", "a published port, from a client")
        equal(fetch("http://10.96.0.7:81/", clients.path), None, "a port that was published on 127.0.0.1")
        equal(fetch(f"http://{HOST}:{p}/", clients.path), None, "by the host's address")
        clients.run("/bin/busybox", "ping", "-c1", "-W2", "10.96.0.7")
        equal(docker("exec", "other", "timeout", "3", "wget", "-qO-", "http://10.96.0.7/"), "ww", "from a container of another network")
        wait(lambda: clients.run("sh", "-c", "ss -ltn | grep -q 7009", check=False).returncode == 0)
        equal(docker("exec", "ww", "nc", CLIENT, "7009"), "10.96.0.7", "the address that the client saw")
        docker("rm", "-f", "ww")
        web("ww", "--network", "n1", "--ip", "10.96.0.7")
        equal(fetch("http://10.96.0.7/", clients.path), None, "the next container of that address, which publishes nothing")
    finally:
        server.terminate()
        server.wait()
        routes("delete", "10.96.0.0/24")


@case
def modes_of_ipv6_are_its_own():
    docker("network", "create", "--ipv6", "--subnet", "fd96::/64", "-o", "com.docker.network.bridge.gateway_mode_ipv6=routed", "n1")
    p = free_port()
    web("ww", "--network", "n1", "--ip6", "fd96::7", "-p", f"{p}:80")
    equal(json.loads(docker("inspect", "-f", "{{json .NetworkSettings.Ports}}", "ww")),
          {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(p)}, {"HostIp": "::", "HostPort": ""}]}, "its ports")
    with Ipv6():
        clients.run("ip", "route", "add", "fd96::/64", "via", "2001:db8::1")
        wait(lambda: fetch("http://[fd96::7]/", clients.path) == "ww")
        clients.run("/bin/busybox", "ping", "-6", "-c1", "-W2", "fd96::7")
        equal(fetch(f"http://[2001:db8::1]:{p}/", clients.path), None, "by the host's IPv6 address")
        equal(fetch(f"http://{HOST}:{p}/", clients.path), "ww", "by the host's IPv4 address")
        clients.run("ip", "route", "delete", "fd96::/64")


@case
def unprotected_network_is_open_and_a_trusted_link_gets_published_ports():
    docker("network", "create", "--subnet", "10.95.0.0/24", "-o", "com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected", "n1")
    docker("network", "create", "--subnet", "10.94.0.0/24", "-o", "com.docker.network.bridge.trusted_host_interfaces=nolink:tocl0", "n2")
    docker("network", "create", "--subnet", "10.93.0.0/24", "-o", "com.docker.network.bridge.trusted_host_interfaces=nolink", "n3")
    for n in (1, 2, 3):
        web(f"w{n}", "--network", f"n{n}", "--ip", f"10.9{6 - n}.0.7", "-p", "80", "-p", "82")
        docker("exec", "-d", f"w{n}", "httpd", "-p", "81", "-h", "/w")
        wait(lambda: run("docker", "exec", f"w{n}", "wget", "-qO-", "http://127.0.0.1:81/", check=False).returncode == 0)
    subnets = ("10.95.0.0/24", "10.94.0.0/24", "10.93.0.0/24")
    routes("add", *subnets)
    try:
        for port in (80, 81):
            equal(fetch(f"http://10.95.0.7:{port}/", clients.path), "w1", f"port {port} of nat-unprotected")
        equal(fetch("http://10.94.0.7/", clients.path), "w2", "a published port, by a trusted link")
        equal(fetch("http://10.94.0.7:81/", clients.path, 1), None, "another port, by a trusted link")
        equal(fetch("http://10.93.0.7/", clients.path, 1), None, "a published port, by a link that is not trusted")
    finally:
        routes("delete", *subnets)


@case
def isolated_network_has_nothing_of_the_host():
    docker("network", "create", "--internal", "--ipv6", "-o", "com.docker.network.bridge.name=isol0", "-o", "com.docker.network.bridge.gateway_mode_ipv4=isolated",
           "-o", "com.docker.network.bridge.gateway_mode_ipv6=isolated", "n1")
    equal(run("ip", "-o", "address", "show", "dev", "isol0").stdout, "", "addresses of the bridge")
    web("aa", "--network", "n1")
    equal(docker("run", "--rm", "--network", "n1", IMAGE, "wget", "-qO-", "http://aa/"), "aa", "by name")
    assert "Gateway" not in docker("network", "inspect", "-f", "{{json .IPAM}}", "n1"), "it shows a gateway"
    docker("network", "create", "--internal", "--subnet", "10.92.0.0/31", "-o", "com.docker.network.bridge.inhibit_ipv4=true", "-o", "com.docker.network.bridge.name=isol1", "n2")
    assert "inet " not in run("ip", "-o", "address", "show", "dev", "isol1").stdout, "the bridge has an address"
    web("bb", "--network", "n2")
    equal(docker("run", "--rm", "--network", "n2", IMAGE, "wget", "-qO-", "http://bb/"), "bb", "the other of two addresses")
    r = run("docker", "network", "create", "-o", "com.docker.network.bridge.gateway_mode_ipv4=isolated", "n3", check=False)
    assert "gateway mode 'isolated' can only be used for an internal network" in r.stderr, r.stderr


@case
def packets_leave_from_the_address_that_was_named():
    docker("network", "create", "-o", f"com.docker.network.host_ipv4={LOOPBACK_HOST}", "n1")
    run("ip", "address", "add", LOOPBACK_HOST + "/32", "dev", "tocl0")
    routes("add", LOOPBACK_HOST + "/32")
    server = subprocess.Popen(["nsenter", "--net=" + clients.path, sys.executable, "-c",
                               "import socket\ns=socket.create_server(('',7010))\nwhile 1:\n c,a=s.accept(); c.sendall(a[0].encode()+b'\\n'); c.close()"])
    try:
        wait(lambda: clients.run("sh", "-c", "ss -ltn | grep -q 7010", check=False).returncode == 0)
        equal(docker("run", "--rm", "--network", "n1", IMAGE, "nc", CLIENT, "7010"), LOOPBACK_HOST, "the address that the client saw")
    finally:
        server.terminate()
        server.wait()
        routes("delete", LOOPBACK_HOST + "/32")
        run("ip", "address", "delete", LOOPBACK_HOST + "/32", "dev", "tocl0")


@case
def endpoint_has_its_own_name_switches_and_addresses():
    docker("network", "create", "n1")
    docker("network", "create", "n2")
    option = "driver-opt=com.docker.network.endpoint."
    switches = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0"
    docker("run", "-d", "--name", "aa", "--network", f"name=n1,{option}ifname=dmz0,link-local-ip=169.254.7.7,\"{option}sysctls={switches}\"", "--network", "n2", IMAGE, "sleep", "60")
    for _ in range(2):
        equal(docker("exec", "aa", "ls", "/sys/class/net").split(), ["dmz0", "eth0", "lo"], "its links")
        equal(docker("exec", "aa", "sh", "-c", "cat /proc/sys/net/ipv4/conf/dmz0/log_martians /proc/sys/net/ipv4/conf/dmz0/forwarding").split(), ["1", "0"], "its switches")
        assert "169.254.7.7/16" in docker("exec", "aa", "ip", "address", "show", "dmz0"), "its link-local address"
        assert docker("inspect", "-f", "{{.NetworkSettings.Networks.n1.IPAddress}}", "aa") != "169.254.7.7", "taken for its address"
        docker("restart", "-t0", "aa")
    docker("network", "disconnect", "n1", "aa")
    taken = run("docker", "network", "connect", "--driver-opt", "com.docker.network.endpoint.ifname=eth0", "n1", "aa", check=False)
    assert taken.returncode == 1 and "exists" in taken.stderr, taken.stderr
    docker("network", "connect", "--driver-opt", "com.docker.network.endpoint.ifname=eth7", "n1", "aa")
    equal(docker("exec", "aa", "ls", "/sys/class/net").split(), ["eth0", "eth7", "lo"], "after connect")
    for bad in ("sysctls=net.ipv4.conf.eth0.forwarding=1", "sysctls=net.core.somaxconn=1", "ifname=a/b"):
        r = run("docker", "run", "--rm", "--network", f"name=n1,{option}{bad}", IMAGE, "true", check=False)
        assert r.returncode == 125 and ("unrecognised network interface sysctl" in r.stderr or "invalid interface name" in r.stderr), r.stderr
    r = run("docker", "run", "--rm", "--network", f"name=n1,{option}sysctls=net.ipv4.conf.IFNAME.a/../b=1", IMAGE, "true", check=False)
    assert r.returncode == 125 and "sysctl" in r.stderr, r.stderr


@case
def statistics_are_told_for_each_endpoint():
    docker("network", "create", "n0")
    docker("network", "create", "n1")
    web("aa", "--network", "n0", "--network", "n1")
    docker("exec", "aa", "sh", "-c", "head -c 1000000 /dev/zero >/w/blob")
    stats = lambda: json.loads(run("curl", "-sS", "--unix-socket", os.environ["DOCKER_HOST"][7:], "http://d/v1.51/containers/aa/stats?stream=false&one-shot=true").stdout)["networks"]
    before = stats()
    equal(sorted(before), ["eth0", "eth1"], "interfaces")
    equal(docker("run", "--rm", "--network", "n1", IMAGE, "sh", "-c", "wget -qO- http://aa/blob | wc -c"), "1000000", "what another container of n1 got")
    after = stats()
    assert after["eth1"]["tx_bytes"] - before["eth1"]["tx_bytes"] >= 1000000, (before, after)
    assert after["eth0"]["tx_bytes"] - before["eth0"]["tx_bytes"] < 100000, (before, after)
    docker("network", "disconnect", "n1", "aa")
    equal(sorted(stats()), ["eth0"], "interfaces after disconnect")


@case
def kernel_settings_of_interfaces_wait_for_them():
    setting = "net.ipv4.conf.eth0.forwarding"
    equal(docker("run", "--rm", "--sysctl", setting + "=0", IMAGE, "cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"), "0", setting)
    equal(docker("run", "--rm", "--sysctl", setting + "=1", IMAGE, "cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"), "1", setting)
    for network in ("bridge", "none"):
        r = run("docker", "run", "--rm", "--network", network, "--sysctl", "net.ipv4.conf.eth5.forwarding=0", IMAGE, "true", check=False)
        assert r.returncode in (125, 126, 127) and "names an interface that the container does not have" in r.stderr, r.stderr
    docker("network", "create", "--ipv6", "--subnet", "10.90.0.0/24", "--subnet", "fd90::/64", "n1")
    for off in (["--network", "n1", "--sysctl", "net.ipv6.conf.all.disable_ipv6=1"],
                ["--network", "name=n1,driver-opt=com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1"]):
        docker("run", "-d", "--name", "aa", *off, IMAGE, "sleep", "60")
        shown = docker("exec", "aa", "ip", "address", "show", "eth0")
        assert "10.90.0." in shown and "inet6" not in shown, shown
        equal(docker("inspect", "-f", "{{.NetworkSettings.Networks.n1.GlobalIPv6Address}}", "aa"), "", "what the engine says")
        docker("run", "--rm", "--network", "n1", "--ip6", "fd90::2", IMAGE, "true")  # nobody has it
        docker("rm", "-f", "aa")


@case
def network_that_cannot_become_the_way_out_does_not_hold_up_a_disconnection():
    docker("network", "create", "n1")
    docker("network", "create", "n2")
    docker("run", "-d", "--name", "aa", "--cap-add", "NET_ADMIN", "--network", "name=n1,gw-priority=1", "--network", "n2", IMAGE, "sleep", "60")
    docker("exec", "aa", "ip", "link", "set", "eth1", "down")
    docker("network", "disconnect", "n1", "aa")
    equal(docker("exec", "aa", "ls", "/sys/class/net").split(), ["eth1", "lo"], "its links")
    docker("network", "connect", "--gw-priority", "1", "n1", "aa")
    docker("restart", "-t0", "aa")
    equal(sorted(json.loads(docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", "aa"))), ["n1", "n2"], "its networks")
    assert address("aa", "n1") and address("aa", "n2"), "it has no address"


def pairs():
    return {n for _, n in socket.if_nameindex() if n.startswith("veth")}


@case
def links_of_ended_containers_go_by_themselves():
    before = pairs()
    docker("network", "create", "--subnet", "10.91.0.0/24", "n1")
    for n in range(6):
        web(f"w{n}", "--network", "n1", "--ip", f"10.91.0.{n + 7}")
    docker("run", "-d", "--name", "guest", "--network", "container:w0", IMAGE, "sleep", "60")
    for _ in range(3):  # the same address again, while the last owner's link may still be there
        docker("restart", "-t0", "w1")
        wait(lambda: run("docker", "exec", "w2", "timeout", "1", "wget", "-qO-", "http://10.91.0.8/", check=False).stdout.strip() == "w1")
    docker("kill", *(f"w{n}" for n in range(6)))
    wait(lambda: pairs() == before, 5)  # also that of w0, whose namespace its guest keeps
    docker("start", "w3")
    docker("rm", "-f", "w3", "guest")
    docker("network", "rm", "n1")
    wait(lambda: pairs() == before, 5)


@case
def nginx_serves_through_a_published_port():
    need("nginx")
    p = free_port()
    docker("run", "-d", "--name", "ww", "-p", f"{p}:80", IMAGE, "sleep", "60")
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        with open(d + "/blob", "wb") as f:
            f.write(os.urandom(1 << 20) * 8)
        paths = "".join(f"{x}_temp_path {d}/{x};" for x in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(d + "/conf", "w") as f:
            f.write(f"daemon off; master_process off; pid {d}/pid; events {{}} http {{ access_log off; {paths} server {{ listen 80; root {d}; }} }}")
        namespace = "--net=/proc/%s/ns/net" % docker("inspect", "-f", "{{.State.Pid}}", "ww")
        server = subprocess.Popen(["nsenter", namespace, "nginx", "-e", "stderr", "-c", d + "/conf", "-p", d], stderr=subprocess.PIPE)
        try:
            for where, path in ((HOST, clients.path), ("127.0.0.1", None), ("[::1]", None)):
                wait(lambda: run(*(["nsenter", "--net=" + path] if path else []), "curl", "-sS", "--noproxy", "*", "--max-time", "9", "-o", d + "/copy",
                                 f"http://{where}:{p}/blob", check=False).returncode == 0)
                equal(run("cmp", d + "/blob", d + "/copy", check=False).stdout, "", f"8 MiB by {where}")
        finally:
            server.terminate()
            server.wait()


@case
def attached_and_detached_often_leaves_nothing():
    before = set(socket.if_nameindex())
    docker("network", "create", "n1")
    docker("run", "-d", "--name", "aa", IMAGE, "sleep", "600")
    for _ in range(25):
        docker("network", "connect", "n1", "aa")
        docker("network", "disconnect", "n1", "aa")
    docker("rm", "-f", "aa")
    docker("network", "rm", "n1")
    wait(lambda: not [n for _, n in set(socket.if_nameindex()) - before if n.startswith("veth")], 5)


def clear():
    ids = docker("ps", "-aq").split()
    if ids:
        docker("rm", "-fv", *ids)
    docker("network", "prune", "-f")


def image():
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(d + "/bin")
        run("cp", "/bin/busybox", d + "/bin/busybox")
        for name in run("/bin/busybox", "--list").stdout.split():
            if name != "busybox":
                os.symlink("busybox", f"{d}/bin/{name}")
        for folder in ("tmp", "etc", "proc", "sys", "dev"):
            os.makedirs(f"{d}/{folder}", exist_ok=True)
        run("tar", "-cf", d + ".tar", "-C", d, ".")
        try:
            run("docker", "import", "--change", 'ENV PATH=/bin', d + ".tar", IMAGE)
        finally:
            os.remove(d + ".tar")


def main():
    global clients
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--only", default="")
    ap.add_argument("--quick", action="store_true")
    a = ap.parse_args()
    image()
    clients = Clients()
    wanted = [f for f in CASES if re.search(a.only, f.__name__)]
    print(f"1..{len(wanted)}", flush=True)
    failed = skipped = 0
    try:
        for i, f in enumerate(wanted, 1):
            start = time.monotonic()
            try:
                f()
                print(f"ok {i} - {f.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
            except Skipped as x:
                skipped += 1
                print(f"ok {i} - {f.__name__} # SKIP {x}", flush=True)
            except (AssertionError, OSError, subprocess.SubprocessError, StopIteration) as x:
                failed += 1
                print(f"not ok {i} - {f.__name__}\n#   " + str(x).replace("\n", "\n#   "), flush=True)
            finally:
                clear()
    finally:
        clients.close()
    print(f"{len(wanted) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
