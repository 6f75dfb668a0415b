"""What every act of administration has: one transaction, the administrator whose act it is, an entry in the log of administration, and a
new stamp by which other processes notice.

`by` is the administrator's posting; none stands for the installation itself (the command line). Dates are local days, both included.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from huiyin.core.model import SYSTEM, Actor
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import log, powers, queries, snapshot
from huiyin.org.models import Officer, Stamp

ADMINISTRATORS: Final = frozenset({"administrator", "security_administrator"})

P = ParamSpec("P")
R = TypeVar("R")


class BadAct(ValueError):
    """What was asked cannot be: `field` names what is wrong, the text says why, for the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def act(function: Callable[P, R]) -> Callable[P, R]:
    """One transaction; only the administrator whose act it is (huiyin.org.powers), or the installation."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        by = kwargs.get("by")
        may(function.__name__, by)
        with transaction.atomic():
            return function(*args, **kwargs)

    return inner


def may(act: str, by: object) -> None:
    """Raises PermissionDenied when the posting `by` is not of the administrator whose act it is."""
    if isinstance(by, Officer) and by.role not in powers.allowed(act):
        names = "、".join(sorted(load_vocabulary().roles[role]["label_zh"] for role in powers.allowed(act)))
        raise PermissionDenied(_("这件事由%(names)s办理。") % {"names": names})


def done(name: str, facts: Mapping[str, Any], by: Officer | None) -> None:
    """The entry in the log, and a new stamp (random: one that was rolled back never comes again)."""
    log.write(name, facts, by=actor_for(by))
    stamp()


def stamp() -> None:
    """Let every process read the organisation anew."""
    Stamp.objects.update_or_create(id=snapshot.STAMP, defaults={"value": secrets.token_hex(16)})


def actor_for(by: Officer | None) -> Actor:
    return queries.actor_of(by) if by is not None else SYSTEM


def iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def check_span(since: date, until: date | None) -> None:
    if until is not None and until < since:
        raise BadAct("until", _("结束日期早于开始日期。"))
