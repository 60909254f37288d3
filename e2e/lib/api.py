"""HTTP to the engine over its socket, without a process of its own for each request: that matters where processes are slow to start."""
import http.client, json, socket


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout=120):
        super().__init__("d", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, method, url, body=None, timeout=120):
    """(status, decoded answer): the answer is what the JSON says, or text; body is JSON, or bytes (a tar)."""
    c = Connection(path, timeout)
    try:
        head = {} if body is None else {"Content-Type": "application/x-tar" if isinstance(body, bytes) else "application/json"}
        c.request(method, url, body if body is None or isinstance(body, bytes) else json.dumps(body), head)
        r = c.getresponse()
        text = r.read()
        try:
            return r.status, json.loads(text)
        except ValueError:
            return r.status, text.decode("utf-8", "replace")
    finally:
        c.close()
