#!/usr/bin/env python3
"""A name server for tests: www.example (for a minute) and short.example (for a second) are 203.0.113.9, everything else does not exist. By UDP and
TCP on port 53 of the address that is given. Prints a line for each question."""
import socket, socketserver, struct, sys, threading


def answer(query):
    end = 12
    labels = []
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]])
        end += query[end] + 1
    question, kind = query[12:end + 5], query[end + 1:end + 3]
    name = b".".join(labels).decode().lower()
    print(name, flush=True)
    known = name in ("www.example", "short.example")
    seconds = b"\x3c" if name == "www.example" else b"\x01"
    records = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00" + seconds + b"\x00\x04" + socket.inet_aton("203.0.113.9") if known and kind == b"\x00\x01" else b""
    return query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, 1 if records else 0, 0, 0) + question + records


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(answer(self.request[0]), self.client_address)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        length = struct.unpack(">H", self.request.recv(2))[0]
        reply = answer(self.request.recv(length))
        self.request.sendall(struct.pack(">H", len(reply)) + reply)


socketserver.TCPServer.allow_reuse_address = True
tcp = socketserver.ThreadingTCPServer((sys.argv[1], 53), Tcp)
threading.Thread(target=tcp.serve_forever, daemon=True).start()
socketserver.UDPServer((sys.argv[1], 53), Udp).serve_forever()
