"""Stands between a reader and the server, and remembers what the reader asks for."""

import socket
import socketserver
import threading
from dataclasses import dataclass

# The statuses that a reader expects. Others are shown.
EXPECTED = (200, 204, 206)


@dataclass
class Request:
    method: str
    headers: dict
    status: int = 0

    def __str__(self):
        """GET 0-99, perhaps with the tag of the answer that it goes on with, and an unexpected status."""
        words = [self.method, self.headers.get("range", "").removeprefix("bytes=")]
        words.append("if-range" if "if-range" in self.headers else "")
        words.append("" if self.status in EXPECTED else f"({self.status})")
        return " ".join(filter(None, words))


class Proxy(socketserver.ThreadingTCPServer):
    """Passes requests on. Says nothing of itself, so that the server sees the reader's own words."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, server_port):
        super().__init__(("127.0.0.1", 0), Connection)
        self.server_port = server_port
        self.port = self.server_address[1]
        self.requests = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Readers hang up when they have what they need."""


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.server_port)) as upstream:
            client, server = self.request.makefile("rb"), upstream.makefile("rb")
            while head := read_head(client):
                request = Request(head[0].split()[0], headers(head))
                self.server.requests.append(request)
                pass_on(upstream, head, client, body_length(head, 0))
                response = read_head(server)
                request.status = int(response[0].split()[1])
                has_body = request.method != "HEAD" and request.status not in (204, 304)
                pass_on(self.request, response, server, body_length(response, None) if has_body else 0)


def read_head(file):
    """The first line and the headers, as text; empty at the end of the connection."""
    lines = []
    while (line := file.readline()) not in (b"\r\n", b""):
        lines.append(line.decode("latin-1").rstrip("\r\n"))
    return lines


def pass_on(to, head, file, length):
    to.sendall("".join(f"{line}\r\n" for line in [*head, ""]).encode("latin-1"))
    while length is None or length > 0:
        piece = file.read1(65536 if length is None else min(length, 65536))
        if not piece:
            return
        to.sendall(piece)
        length = length and length - len(piece)


def headers(head):
    return {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head[1:])}


def body_length(head, otherwise):
    length = headers(head).get("content-length")
    return otherwise if length is None else int(length)
