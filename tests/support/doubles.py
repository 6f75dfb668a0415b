"""Real servers for tests, on this machine: one that takes mail, one that takes HTTP. Each does what it was told to and keeps what it got."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class MailServer:
    """Answers RCPT and the text as `rcpt` and `data` say; `hang`: it takes the text and never answers."""

    rcpt: str = "250 OK"
    data: str = "250 taken"
    hang: bool = False
    slow: float = 0
    got: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        if self.slow:
            await asyncio.sleep(self.slow)
        if self.data.startswith("250"):
            found = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.got.append(found)
        if self.hang:
            server.transport.abort()
        return self.data


@contextmanager
def mail_server(port: int | None = None, **more: Any) -> Iterator[MailServer]:
    """A mail server that runs inside the block."""
    handler = MailServer(**more)
    handler.port = port or free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


@dataclass
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class HttpServer:
    """Answers with what `answers` says for the n-th request, else `status`. `drop`: takes the request and closes without an answer."""

    status: int = 200
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    slow: float = 0
    port: int = 0
    got: list[Request] = field(default_factory=list)
    seen: Callable[[Request], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/take"


@contextmanager
def http_server(**more: Any) -> Iterator[HttpServer]:
    """An HTTP server that runs inside the block."""
    state = HttpServer(**more)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body, time.time())
            state.got.append(request)
            if state.seen is not None:
                state.seen(request)
            if state.slow:
                time.sleep(state.slow)
            if state.drop:
                self.connection.close()
                return
            self.send_response(state.answers.pop(0) if state.answers else state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
