"""A small server that speaks the protocol of clamd, as much of it as INSTREAM is: it finds the test file of the anti-virus makers."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.ThreadingTCPServer):
    """`most`: StreamMaxLength; `says`: what it answers whatever comes; `got`: the content of every stream."""

    allow_reuse_address, daemon_threads = True, True
    most, says = 25_000_000, b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.got: list[bytes] = []


class Session(socketserver.BaseRequestHandler):
    server: Clamd

    def handle(self) -> None:
        if self._exactly(10) != b"zINSTREAM\0":
            self.request.sendall(b"UNKNOWN COMMAND\0")
            return
        content = b""
        while size := int.from_bytes(self._exactly(4), "big"):
            content += self._exactly(size)
            if len(content) > self.server.most:
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.got.append(content)
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        self.request.sendall(self.server.says or found)

    def _exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count and (more := self.request.recv(count - len(got))):
            got += more
        return got


@contextmanager
def clamd() -> Iterator[Clamd]:
    """One that runs, on a port of its own."""
    with Clamd() as server:
        threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.02}).start()
        yield server
        server.shutdown()
