"""Who is calling: the earlier cases of a telephone number, and the name and address that were given then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.cases import identity
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.finding import Finder
from huiyin.cases.looking import Known, Likely
from huiyin.cases.models import ORDINARY, Case
from huiyin.cases.queries import by_number
from huiyin.core.model import Sealed
from huiyin.org import queries as org
from huiyin.org.models import Officer
from huiyin.vault import actions as vault
from huiyin.web import words
from huiyin.web.casefile import CaseFile, number_key

BY_PHONE: Final = ("person", "phone")
TAKEN: Final = ("name", "address", "postcode", "area", "complainant_kind", "email")


@dataclass(frozen=True)
class Caller:
    """Somebody whose number is known. `name` is masked; `pk`: the newest case, from which name and address can be taken over; 0 where that case
    is confidential: its people are shown on its own page alone."""

    pk: int
    key: str
    number: str
    name: str
    cases: int
    open: int
    last: Any


def known(officer: Officer, found: Known, phone: str) -> Caller | None:
    """The caller of this number by his newest case among those that this officer may find."""
    mine = [one for one in found.likely if BY_PHONE in one.same]
    if not mine or not phone:
        return None
    last = max(mine, key=lambda one: one.case.pk)
    newest, no = last.case, last.caller
    file = CaseFile(newest, officer)
    name = next(
        (s.value for s in file.seen.parties().get(no, ()) if s.name == "name" and s.state in ("plain", "masked")), ""
    )
    return Caller(
        newest.pk if newest.secrecy == ORDINARY else 0,
        number_key(newest),
        str(newest),
        str(name),
        len(mine),
        sum(_is_open(one) for one in mine),
        newest.began,
    )


def _is_open(one: Likely) -> bool:
    return not (one.case.ended or one.case.archived)


def _party(case: Case, phone: str) -> str:
    finder = Finder()
    token = finder.token("phone", phone)
    found = finder.cases([("phone", token)]) if token else set()
    return next((no for pk, no in sorted(found) if pk == case.pk), "")


def take_over(officer: Officer, pk: int, phone: str) -> dict[str, str]:
    """What this caller said of himself in that case, in plain: name of the fact -> value. Each value taken over is entered in the log of what
    was revealed. Raises NoSuchCase where the case may not be found, or its people may not be known, or the number is another."""
    case = by_number(officer, f"#{pk}")
    file = CaseFile(case, officer)
    no = _party(case, phone)
    if not no or case.secrecy != ORDINARY:
        raise NoSuchCase(pk)
    found: dict[str, str] = {}
    two = identity.for_two(file, officer, file.seen)
    for shown in file.seen.parties().get(no, ()):
        if shown.name not in TAKEN or shown.state not in ("plain", "masked") or shown.ref in two:
            continue
        if shown.ref:
            found[shown.name] = str(
                vault.reveal(org.actor_of(officer), case.pk, shown.ref, _("来电登记，沿用上次的信息"))
            )
        elif shown.value not in (None, ""):
            found[shown.name] = str(shown.value)
    return found


def phone_left(case: Case, officer: Officer) -> str:
    """The number that was left on the recording telephone, in plain and entered in the log of what was revealed; "" where none was."""
    file = CaseFile(case, officer)
    ref = next((e.facts.get("phone") for e in file.log.events if e.name == "recording_left"), None)
    if not isinstance(ref, Sealed) or not file.seen.sight.texts or case.secrecy != ORDINARY:
        return ""
    if ref.ref in identity.for_two(file, officer, file.seen):
        return ""
    value = vault.reveal(org.actor_of(officer), case.pk, ref, _("登记录音留言"))
    return words.listed(value) if isinstance(value, list) else str(value)
