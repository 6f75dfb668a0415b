"""What a visitor is filling in, kept between steps exactly as typed, right or wrong: sealed on the server, found again by this visit alone."""

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from django.http import HttpRequest

from huiyin.accounts import throttle
from huiyin.cases import drafts
from huiyin.cases.errors import NoSuchCase

DRAFTS: Final = "drafts"
VISITOR: Final = "visitor"


def kinds(request: HttpRequest) -> list[str]:
    """Forms that were begun in this visit."""
    return list(request.session.get(DRAFTS, {}))


def load(request: HttpRequest, kind: str) -> dict[str, list[str]]:
    """Name of the input -> what was typed into it."""
    draft = request.session.get(DRAFTS, {}).get(kind)
    if draft is None:
        return {}
    try:
        return drafts.load(_owner(request), draft)
    except NoSuchCase:
        return {}


def save(request: HttpRequest, kind: str, answers: Mapping[str, list[str]]) -> None:
    """Keep what was typed."""
    begun: dict[str, int] = request.session.get(DRAFTS, {})
    if kind not in begun:
        throttle.brought(request)
    try:
        row = drafts.save(_owner(request), answers, draft=begun.get(kind))
    except NoSuchCase:  # swept away meanwhile
        row = drafts.save(_owner(request), answers)
    request.session[DRAFTS] = {**begun, kind: row.pk}


def drop(request: HttpRequest, kind: str) -> None:
    """It was sent, or given up."""
    begun: dict[str, int] = request.session.get(DRAFTS, {})
    if kind in begun:
        with suppress(NoSuchCase):
            drafts.drop(_owner(request), begun[kind])
        request.session[DRAFTS] = {k: v for k, v in begun.items() if k != kind}


def visitor(request: HttpRequest) -> str:
    """Whose files are that this visit sends."""
    return _owner(request)


def _owner(request: HttpRequest) -> str:
    """The visit, by the digest of a random token that only its session holds."""
    token = request.session.setdefault(VISITOR, secrets.token_urlsafe(24))
    return f"web:{hashlib.sha256(token.encode()).hexdigest()[:40]}"
