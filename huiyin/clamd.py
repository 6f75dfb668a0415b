"""Asking a ClamAV daemon about a file, over its own protocol (clamd(8), command INSTREAM). Knows nothing of Django.

The file goes over the connection piece by piece and is stored nowhere on the way; the daemon may run on this machine (a socket file) or on
another one of the same network, which is not encrypted.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huiyin.environ import Environ, SettingsError

log = logging.getLogger("huiyin.clamd")
SECONDS: Final = 30  # for connecting, for each piece, for the answer
ANSWER: Final = 4096  # bytes of an answer at most
CLEAN, INFECTED = "clean", "infected"


class Away(Exception):
    """The daemon was not reached, or did not say yes or no."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """Where it listens: a socket file, or host and port."""

    path: str = ""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"


def read(env: Environ, name: str = "HUIYIN_CLAMD") -> Daemon | None:
    """The setting: empty, /run/clamav/clamd.ctl, or host:port. Raises SettingsError."""
    text = env.text(name, "").strip()
    if not text:
        return None
    if text.startswith("/"):
        return Daemon(path=str(Path(text)))
    found = re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise SettingsError(
            name, text, "应为套接字文件（/run/clamav/clamd.ctl）或 主机:端口（127.0.0.1:3310）",
            "should be a socket file (/run/clamav/clamd.ctl) or host:port (127.0.0.1:3310)",
        )  # fmt: skip
    return Daemon(host=found[1].strip("[]"), port=int(found[2]))


def scan(daemon: Daemon, pieces: Iterable[bytes], seconds: int = SECONDS) -> str:
    """CLEAN or INFECTED. Raises Away when that is not known."""
    try:
        with _connected(daemon, seconds) as line:
            answer = _sent(line, pieces)
    except OSError as error:
        log.error("clamd at %s: %s", daemon, type(error).__name__)
        raise Away(str(daemon)) from error
    if answer == b"stream: OK":
        return CLEAN
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        log.warning("clamd at %s: %s", daemon, answer[8:-6].decode("ascii", "replace")[:80])
        return INFECTED
    log.error("clamd at %s: %r", daemon, answer[:80])  # above all: INSTREAM size limit exceeded (StreamMaxLength)
    raise Away(str(daemon))


def _connected(daemon: Daemon, seconds: int) -> socket.socket:
    if daemon.host:
        return socket.create_connection((daemon.host, daemon.port), timeout=seconds)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(seconds)
    try:
        line.connect(daemon.path)
    except OSError:
        line.close()
        raise
    return line


def _sent(line: socket.socket, pieces: Iterable[bytes]) -> bytes:
    """The answer, without its end. Where the daemon stops listening in the middle, it has said why."""
    try:
        line.sendall(b"zINSTREAM\0")
        for piece in pieces:
            if piece:
                line.sendall(len(piece).to_bytes(4, "big") + piece)
        line.sendall(b"\0\0\0\0")
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = b""
    while len(answer) < ANSWER and not answer.endswith(b"\0") and (more := line.recv(ANSWER)):
        answer += more
    return answer.rstrip(b"\0\n")
