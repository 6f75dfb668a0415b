"""The respondent's way in: codes that go out with notices to it, and what they open.

A code has 100 random bits and is stored as a digest. It opens one case for one party, as long as the round in which it was handed out goes on;
what the page then shows is the timeline of that party: what was addressed to it, what it said, and nothing of the other side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from huiyin.cases import clock, numbers
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.models import Case, Party, PartyCode
from huiyin.cases.people import Outside
from huiyin.cases.sides import RESPONDENT
from huiyin.moments import stored


class CodeOver(NoSuchCase):
    """The code was good once: its round is over, or it was replaced."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a code opens: a case, and as whom. `pk`: of the code, by which a visit is looked up again."""

    pk: int
    case: Case
    by: Outside


def issue(case: Case, party: str, *, seq: int = 0, by: str = "", replace: bool = False) -> str:
    """A new code for this respondent and the present round; it is stored nowhere else. `replace`: those handed out before open nothing any more.
    Raises NoSuchCase where the case has no such respondent."""
    if not _answers(case.pk, party):
        raise NoSuchCase(f"{case.pk}/{party}")
    code = numbers.new_code()
    with transaction.atomic():
        if replace:
            PartyCode.objects.filter(case_id=case.pk, party=party, revoked=False).update(revoked=True)
        PartyCode.objects.create(
            code_hash=digest(code), case_id=case.pk, party=party, round=case.round, seq=seq, by=by, made=stored(clock.now())
        )  # fmt: skip
    return code


def opening(code: str, via: str = "web") -> Opening:
    """What the code opens now. Raises CodeOver for one whose time is past, NoSuchCase for any other."""
    return _opening(PartyCode.objects.filter(code_hash=digest(code)).first(), via)


def still(pk: int, via: str = "web") -> Opening:
    """The same for a visit that gave its code before. Raises as `opening` does."""
    return _opening(PartyCode.objects.filter(pk=pk).first(), via)


def _opening(row: PartyCode | None, via: str) -> Opening:
    case = Case.objects.filter(pk=row.case_id).first() if row is not None else None
    if row is None or case is None:
        raise NoSuchCase("respondent code")
    if row.revoked or row.round != case.round or case.ended or case.archived or not _answers(case.pk, row.party):
        raise CodeOver("respondent code")
    return Opening(row.pk, case, Outside(RESPONDENT, row.party, via))


def forget(cases: Sequence[int]) -> None:
    """What these cases held was destroyed: no code opens them any more, and none is kept."""
    PartyCode.objects.filter(case_id__in=list(cases)).delete()


def handed_out(case: Case) -> list[PartyCode]:
    """Codes of the case, the newest first; their digests tell nothing."""
    return list(PartyCode.objects.filter(case_id=case.pk).order_by("-pk"))


def _answers(case_id: int, party: str) -> bool:
    return Party.objects.filter(case_id=case_id, no=party, role=RESPONDENT, present=True).exists()


def digest(code: str) -> str:
    """What is stored of a code. Nothing can be guessed from it: the code has 100 random bits."""
    signs = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(f"huiyin respondent code\0{signs}".encode()).hexdigest()
