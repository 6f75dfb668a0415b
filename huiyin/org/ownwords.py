"""The office's own way to put what the rules say is to be said: questions, lines for each moment, refusals (huiyin.org.owntexts).

An own text stands for one sentence of the rules, known by its clause and a digest of the rules' wording: when an edition of the rules words it anew,
the own text falls away and somebody looks at it again. What must not be said belongs to the rules and is not for the office to change.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from huiyin.core import phrases
from huiyin.core.entries import Phrase
from huiyin.core.rules import Procedure
from huiyin.org import owntexts, snapshot
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer

LONGEST: Final = 500  # characters: a sentence or two to say on the telephone
_held: tuple[str, dict[str, str]] | None = None  # stamp of the organisation, own texts by key


def of(phrase: Phrase) -> Phrase:
    """The sentence as this office says it."""
    ours = _current().get(key(phrase))
    return phrase if ours is None else replace(phrase, text=ours)


def _current() -> dict[str, str]:
    global _held
    stamp, held = snapshot.at_hand().stamp, _held
    if held is None or held[0] != stamp:
        held = _held = (stamp, owntexts.in_use(owntexts.PHRASE))
    return held[1]


def is_own(phrase: Phrase) -> bool:
    """Does this office say it in its own way?"""
    return key(phrase) in _current()


def worded(phrase: Phrase) -> str:
    """The rules' wording: of a question that has none, what it asks for."""
    return phrase.text or phrase.says


def key(phrase: Phrase) -> str:
    """Which sentence of the rules it is."""
    clause = phrase.clauses[0] if phrase.clauses else ""
    return f"{clause}#{hashlib.sha256(worded(phrase).encode()).hexdigest()[:24]}"


def put(procedure: Procedure, phrase: Phrase, text: str, *, by: Officer | None = None) -> None:
    """Say it so from now on. What is filled in stays in it, and nothing that the rules forbid comes in. Raises BadAct, PermissionDenied."""
    words = " ".join(text.split())
    if not words or len(words) > LONGEST:
        raise BadAct("text", _("请写明怎样说，不超过%(most)d字。") % {"most": LONGEST})
    named, wanted = set(phrases.SLOT.findall(words)), set(phrase.slots)
    if stray := sorted(named - wanted):
        raise BadAct("text", _("这句话里没有 {%(name)s} 这一项。") % {"name": stray[0]})
    if lost := sorted(wanted - named):
        raise BadAct("text", _("请保留 {%(name)s}：规定要求说明这一项。") % {"name": lost[0]})
    if "{" in phrases.SLOT.sub("", words) or "}" in phrases.SLOT.sub("", words):
        raise BadAct("text", _("花括号里只能写列出的名称。"))
    flaws = [flaw for flaw in phrases.forbidden(procedure, words) if flaw.stops]
    if flaws:
        raise BadAct("text", _("“%(said)s”是规定里不能说的话，请换一种说法。") % {"said": flaws[0].phrase})
    owntexts.put(owntexts.PHRASE, key(phrase), words, by=by)


def drop(phrase: Phrase, *, by: Officer | None = None) -> None:
    """Back to the rules' wording."""
    owntexts.put(owntexts.PHRASE, key(phrase), "", by=by)
