"""The directory of other authorities: whose matter is it, if not ours, and how is that body reached (HN-FW-03c).

Reads here; authorities.py adds, changes, checks and closes entries, each act with its entry in the log of administration.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin import languages
from huiyin.core.identifiers import folded
from huiyin.core.world import area_stem
from huiyin.org import categories
from huiyin.org.models import Area, Authority
from huiyin.org.queries import in_force, today

CHOSEN: Final = "dir:"  # a fact that names an entry: dir:housing
STALE: Final = 183  # days after which a telephone should be checked again


def entries(on: date | None = None) -> list[Authority]:
    """All entries in force, by name."""
    return list(Authority.objects.filter(in_force(on or today())).order_by("label"))


def search(text: str, on: date | None = None, *, area: str | None = None) -> list[Authority]:
    """Entries for a matter told in words, the best first: every entry that knows one of them, by a matter, its name or its note. People
    write sentences, so a matter that stands inside what they wrote counts as well. `area`: only those that serve that place."""
    wanted = [folded(word).casefold() for word in text.split() if folded(word)]
    found = []
    for entry in entries(on):
        if area and not serves(entry, area):
            continue
        score = sum(_score(word, entry) for word in wanted)
        if score or not wanted:
            found.append((-score, entry.label, entry))
    return [entry for _score_, _label, entry in sorted(found, key=lambda row: row[:2])]


def _score(word: str, entry: Authority) -> int:
    matters = [m.casefold() for m in matter_words(entry)]
    if word in matters:
        return 4
    if any(m in word for m in matters if len(m) > 1):
        return 3
    if any(word in m for m in matters):
        return 2
    return 1 if word in entry.label.casefold() or word in entry.note.casefold() else 0


def matter_words(entry: Authority) -> list[str]:
    """What it takes, in words: a category by its name."""
    return list(dict.fromkeys(categories.label(m) if ":" in m else m for m in entry.matters))


def serves(entry: Authority, area: str) -> bool:
    """Does it serve that place: is its own area the place's, or above or below it?"""
    own, asked = area_stem(entry.area), area_stem(area)
    return not entry.area or asked.startswith(own) or own.startswith(asked)


def competent(subject: Any, area: str | None, on: date) -> str | None:
    """The entry for a subject (categories, or words) in a place, as it is told to a person; none when there is none."""
    named = [subject] if isinstance(subject, str) else list(subject or ())
    if not named:
        return None
    for entry in entries(on):
        if area and not serves(entry, area):
            continue
        if set(named) & {*entry.matters, *matter_words(entry)} or any(
            categories.label(one) in entry.matters for one in named
        ):
            return told(entry)
    return None


def told(entry: Authority) -> str:
    """What a person is told: name, telephone, where and when, and the day on which that was last made sure of."""
    with languages.in_source():  # kept in the case
        parts = [entry.label, _("电话%s") % entry.telephone]
        parts += [_("地址%s") % entry.address] if entry.address else []
        parts += [entry.hours] if entry.hours else []
        return _("%(told)s（%(day)s核对）") % {"told": "，".join(parts), "day": entry.checked.isoformat()}


def told_for(value: str, on: date | None = None) -> str | None:
    """A fact that names an entry (dir:housing) as it is told; none for an entry that is not there. Any other text is kept as it is."""
    if not value.startswith(CHOSEN):
        return value
    found = Authority.objects.filter(in_force(on or today()), pk=value.removeprefix(CHOSEN)).first()
    return told(found) if found else None


def options(on: date | None = None) -> list[tuple[str, str]]:
    """(fact, words) of every entry, for a form that wants one of them chosen."""
    return [
        (f"{CHOSEN}{e.code}", f"{e.label}（{'、'.join(matter_words(e)[:4])}）{e.telephone}") for e in entries(on)
    ]  # fmt: skip


def area_labels(found: Iterable[Authority]) -> Mapping[str, str]:
    """Names of the areas of these entries, by code."""
    return dict(Area.objects.filter(code__in={e.area for e in found if e.area}).values_list("code", "label"))


def is_stale(entry: Authority, on: date | None = None) -> bool:
    """Was it last checked more than half a year ago?"""
    return ((on or today()) - entry.checked).days > STALE
