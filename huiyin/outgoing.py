"""Requests to other systems over HTTP: signed, with a limit on everything, to the address that was checked, never following a redirect."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import random
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

ANSWER: Final = 65_536  # bytes of an answer that are looked at


class NotSent(Exception):
    """Nothing reached the other side: trying again is safe."""


class NobodyKnows(Exception):
    """The request left, and no answer came: it may or may not have been taken."""


class Forbidden(ValueError):
    """The address is one that may not be called."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. `retry_after`: seconds, where it said so."""

    status: int
    body: bytes
    retry_after: int | None = None


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over the moment, a point and the body, in hexadecimal."""
    return hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def back_off(attempts: int, most: int, first: float = 5.0) -> float:
    """Seconds to wait after so many attempts: doubled each time, up to `most`, somewhere in the upper half so that not all come at once."""
    full = min(most, first * 2 ** min(max(attempts - 1, 0), 30))
    return float(full * random.uniform(0.5, 1.0))


def checked(url: str, *, private: bool) -> tuple[SplitResult, str, int, str]:
    """Parts of the address, host, port and the one IP address to be called. Raises Forbidden, NotSent.

    Without `private` only https to addresses of the public Internet is allowed; what the name means is looked up here, and the connection
    goes to what was found, so a name that answers differently a moment later changes nothing.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Forbidden("not an address")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.password is not None:
        raise Forbidden("not an address of http or https without a user name")
    if parts.scheme == "http" and not private:
        raise Forbidden("only https is allowed")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"the name is not known: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(is_public(address) for address in addresses):
        raise Forbidden("the address is not on the public Internet")
    return parts, host, port, addresses[0]


def is_public(address: str) -> bool:
    """Is it an address of the public Internet, also when it is one written inside another?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked; the name stands in the Host header and, with TLS, in the certificate."""

    def __init__(self, address: str, host: str, port: int, seconds: float, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=seconds)
        self.address, self.context = address, context
        self.default_port = 80 if context is None else 443

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)
        if self.context is not None:
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, private: bool) -> Answer:
    """Send a body. Raises Forbidden, NotSent (nothing left), NobodyKnows (it left, no answer came). A redirect is an answer like any other."""
    parts, host, port, address = checked(url, private=private)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    connection = _Pinned(address, host, port, seconds, context)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        try:
            connection.connect()
        except (OSError, UnicodeError) as error:
            raise NotSent(f"no connection: {_short(error)}") from error
        try:
            return _exchange(connection, target, body, headers, seconds)
        except (OSError, http.client.HTTPException) as error:
            raise NobodyKnows(f"no answer: {_short(error)}") from error
    finally:
        connection.close()


def _exchange(connection: _Pinned, target: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    until = time.monotonic() + 2 * seconds  # an answer that drips in byte by byte does not keep us for ever
    connection.request("POST", target, body, {"Content-Length": str(len(body)), "User-Agent": "huiyin", **headers})
    answer = connection.getresponse()
    found = b""
    while len(found) < ANSWER and time.monotonic() < until:
        piece = answer.read1(4096)
        if not piece:
            break
        found += piece
    after = answer.getheader("Retry-After", "")
    return Answer(answer.status, found, int(after) if after.isdecimal() and len(after) < 7 else None)


def _short(error: BaseException) -> str:
    return f"{type(error).__name__} {getattr(error, 'strerror', None) or ''}".strip()[:120]
