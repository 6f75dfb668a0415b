"""Making and ending screens. Each is an act of administration and stands in its log."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import boards
from huiyin.core.facts import UNWRITABLE
from huiyin.org import log
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.watch.models import Screen

MAY: Final = frozenset({"supervisor", "unit_head", "leader", "director", "administrator"})
LASTS: Final = timedelta(days=365)
BYTES: Final = 10  # of a code: 80 bits


class BadScreen(ValueError):
    """What was asked of a screen cannot be: the text says why."""


def create(by: Officer, name: str, unit: str = "") -> tuple[Screen, str]:
    """A new screen for a unit that this officer looks after, and its code, which is shown this once. Raises BadScreen, PermissionDenied."""
    unit = unit or by.unit_id
    if by.role not in MAY or unit not in boards.units_of(by):
        raise PermissionDenied
    name = UNWRITABLE.sub("", name).strip()[:80]
    if not name:
        raise BadScreen(_("请写明大屏挂在哪里。"))
    code = base64.b32encode(secrets.token_bytes(BYTES)).decode()
    actor, now = org.actor_of(by), timezone.now()
    with transaction.atomic():
        screen = Screen.objects.create(
            name=name, unit=unit, digest=digest_of(code), made=now, made_by=actor.person, until=now + LASTS
        )
        log.write("screen_created", {"screen": screen.pk, "unit": unit}, by=actor)
    return screen, "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def end(by: Officer, screen: Screen) -> None:
    """From now on it shows nothing. Raises PermissionDenied."""
    if by.role not in MAY or screen.unit not in boards.units_of(by):
        raise PermissionDenied
    with transaction.atomic():
        if Screen.objects.filter(pk=screen.pk, ended__isnull=True).update(ended=timezone.now()):
            log.write("screen_ended", {"screen": screen.pk, "unit": screen.unit}, by=org.actor_of(by))


def digest_of(code: str) -> str:
    """What is kept of a code, however it is typed."""
    bare = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()
