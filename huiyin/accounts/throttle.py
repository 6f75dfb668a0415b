"""How often something may be tried: counted in the database, so that all processes and machines count together.

What is counted against (an address of the network, an account, a case number) stands only as a keyed digest, and its row goes with the stretch
of time it counts for: nobody can read later who was here.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Final, TypeVar

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from huiyin.accounts.models import Attempts
from huiyin.vault import db

T = TypeVar("T")
QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
FOR_EACH: Final = 10  # files and forms begun, for each matter that may be sent in
_TABLE: Final = Attempts._meta.db_table
_HIT: Final = f"""
INSERT INTO {_TABLE} (key, count, until) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN {_TABLE}.until <= %s THEN 1 ELSE {_TABLE}.count + 1 END,
  until = CASE WHEN {_TABLE}.until <= %s THEN excluded.until ELSE {_TABLE}.until END
RETURNING count
"""


class TooMany(Exception):
    """Tried too often from one place; `within`: the stretch of time that counts together, after which it may be tried again. Who is told so
    learns nothing else."""

    def __init__(self, scope: str, within: timedelta = QUARTER) -> None:
        super().__init__(scope)
        self.within = within


def hit(scope: str, whom: str, within: timedelta) -> int:
    """Count one try. Returns how many there were in this stretch of time, this one included. One statement: two at once both count."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_HIT, [key_of(scope, whom), *db.adapted([(now + within, now, now)])])
        return int(cursor.fetchone()[0])


def check(scope: str, whom: str, most: int, within: timedelta) -> None:
    """Count one try. Raises TooMany past `most`."""
    if hit(scope, whom, within) > most:
        raise TooMany(scope, within)


def forgive(scope: str, whom: str) -> None:
    """It was right: what went before on this account does not count any more."""
    Attempts.objects.filter(key=key_of(scope, whom)).delete()


def one_less(scope: str, whom: str) -> None:
    """This one does not count: it was right."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {_TABLE} SET count = count - 1 WHERE key = %s AND count > 0", [key_of(scope, whom)])


def forget() -> int:
    """Drop rows whose time is over. Returns how many."""
    return Attempts.objects.filter(until__lt=timezone.now()).delete()[0]


def key_of(scope: str, whom: str) -> str:
    """What a row is found by: says nothing without the secret of this installation."""
    return hmac.digest(_key(settings.SECRET_KEY), f"{scope}\0{whom}".encode("utf-8", "surrogatepass"), "sha256").hex()[
        :40
    ]


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"huiyin.accounts.throttle\0{secret}".encode()).digest()


def address(request: HttpRequest) -> str:
    """The network address of the visitor, as far as our own proxies vouch for it: what stands further left in X-Forwarded-For anybody can write.
    Of an IPv6 address the first half, which is one household."""
    found = str(request.META.get("REMOTE_ADDR", ""))
    if proxies := settings.ENTRANCE.proxies:
        line = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(line) >= proxies:
            found = line[-proxies]
    try:
        ip = ipaddress.ip_address(found.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def sent(request: HttpRequest) -> None:
    """One more matter or file from this address. Raises TooMany past what an hour allows."""
    check("sent", address(request), settings.ENTRANCE.sent_address, HOUR)


def brought(request: HttpRequest) -> None:
    """One more file, or one more form begun, by somebody who has no account and may never send it: a visit costs nothing, so the address counts.
    Raises TooMany past FOR_EACH of each matter that an hour allows."""
    check("brought", address(request), FOR_EACH * settings.ENTRANCE.sent_address, HOUR)


def said(case: int, party: str) -> None:
    """One more act of a party on its own page or by its code; it keeps nobody else from acting. Raises TooMany past what an hour allows."""
    check("said", f"{case}/{party}", settings.ENTRANCE.sent_address, HOUR)


def found(request: HttpRequest, look: Callable[[], T | None]) -> T | None:
    """What somebody finds who knows a code: a wrong one counts against his address. Counted before looking, so that many at once gain nothing.
    Raises TooMany without looking, when there were many."""
    place = address(request)
    check("code", place, settings.ENTRANCE.tries_address, QUARTER)
    one = look()
    if one is not None:
        one_less("code", place)
    return one


def client(request: HttpRequest) -> str:
    """A name for an anonymous client that another cannot take: keyed, of its address."""
    return key_of("client", address(request))[:16]
