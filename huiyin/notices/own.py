"""The words of notices as the office wrote them through the pages (huiyin.org.owntexts), before those of the files.

One own text stands for one text of the files, for one body or for all: its name is `body#what it is for`. What it says is JSON of the same keys as
a [[text]] of notices.toml.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from huiyin.core.errors import RuleError
from huiyin.core.vocabulary import load_vocabulary
from huiyin.notices import texts
from huiyin.notices.texts import PARTY, Book, Text
from huiyin.org import owntexts, snapshot
from huiyin.org.actions import BadAct
from huiyin.org.models import Officer

FILE: Final = "own"
MATCHED: Final = ("event", "about", "clause", "role")
_held: tuple[str, Book, Book] | None = None  # stamp of the organisation, the book of the files, that with our own


def book() -> Book:
    """The words in use: the files', with our own in their places."""
    global _held
    stamp, files = snapshot.at_hand().stamp, texts.current()
    if _held is None or _held[0] != stamp or _held[1] is not files:
        _held = (stamp, files, _with_own(files, owntexts.in_use(owntexts.NOTICE)))
    return _held[2]


def _with_own(files: Book, own: dict[str, str]) -> Book:
    """Each own text in the very place of the one it stands for: what is asked for more exactly still goes before it."""
    ours = {name: read(json.loads(text)) for name, text in own.items()}
    pages = [replace(p, texts=tuple(ours.get(f"{p.body}#{key(t)}", t) for t in p.texts)) for p in files.pages]
    return Book(tuple(pages))


def key(text: Text) -> str:
    """What a text is for, in one word: the same for ours and the one of the files that it stands before."""
    parts = [text.audience, text.topic, *("+".join(sorted(getattr(text, name))) for name in MATCHED)]
    return "/".join(parts)


def listed(body: str) -> list[tuple[Text, Text | None]]:
    """The texts that a body has (all: those for everybody), each with our own that stands before it."""
    own = {
        name.partition("#")[2]: read(json.loads(t))
        for name, t in owntexts.in_use(owntexts.NOTICE).items()
        if name.partition("#")[0] == body
    }
    found = [text for page in texts.current().pages if page.body == body for text in page.texts]
    return [(text, own.get(key(text))) for text in found]


def put(body: str, text: Text, *, subject: str, says: str, sms: str, by: Officer | None = None) -> None:
    """Our own words for that text from now on; what was sent stays as it was. Raises BadAct naming what is wrong, PermissionDenied."""
    raw: dict[str, Any] = {"for": text.audience, "subject": subject, "text": says, "sms": sms, "next": list(text.next)}
    raw |= {name: sorted(getattr(text, name)) for name in MATCHED if getattr(text, name)}
    raw |= {"topic": text.topic} if text.topic else {}
    for field, words in (("subject", subject), ("text", says), ("sms", sms)):
        _check(field, words, text)
    try:
        read(raw)
    except RuleError as wrong:  # what a form cannot get wrong, but a list of texts that changed meanwhile can
        raise BadAct("text", str(wrong)) from wrong
    owntexts.put(owntexts.NOTICE, f"{body}#{key(text)}", json.dumps(raw, ensure_ascii=False, sort_keys=True), by=by)


def drop(body: str, text: Text, *, by: Officer | None = None) -> None:
    """Back to the words of the files."""
    owntexts.put(owntexts.NOTICE, f"{body}#{key(text)}", "", by=by)


def slots(text: Text, field: str) -> Iterable[str]:
    """What may stand in braces there."""
    return sorted(texts.SLOTS | texts.PERSONAL if text.audience == PARTY and field != "subject" else texts.SLOTS)


def _check(field: str, words: str, text: Text) -> None:
    if wrong := sorted(texts.slots_of(words) - set(slots(text, field))):
        raise BadAct(field, _("没有 {%(name)s} 这一项，可用的见下面的列表。") % {"name": wrong[0]})
    if stray := texts.stray_bracket(words):
        raise BadAct(field, _("括号“%(sign)s”没有成对，或者套着别的括号。") % {"sign": stray})


def read(raw: dict[str, Any]) -> Text:
    """A text from its stored form. Raises RuleError."""
    return texts.Reader(FILE, load_vocabulary()).text(raw, 1)
