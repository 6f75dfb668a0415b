"""The words of notices: data files beside the rules (notices.toml), read strictly. Knows no Django.

A body's own file `<body>/notices.toml` goes before the common `notices.toml`; an office's folder (HUIYIN_RULES) before what is shipped. In the
first file that has a text for a notice, the one that asks for most (clause, about, role, event) is taken.

A text is plain: {slot} is replaced by a value, once, and what a value says is never read as a slot. A part in [square brackets] is left out
when one of its slots is empty. Which slots there are stands in SLOTS; personal ones are filled for the person they are addressed to alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from huiyin.core.errors import RuleError, place
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, Vocabulary, load_vocabulary

FILE: Final = "notices.toml"
SENDERS: Final = frozenset({"complainant", "reporter"})
PARTY, OFFICE = "party", "office"
# what the worker tells of by itself
TOPICS: Final = (
    "act_by",
    "late",
    "provisional",
    "hook_stopped",
    "export",
    "phone_down",
    "own_account",
    "posting_ends",
    "posting_over",
    "identity_asked",
    "identity_answered",
    "register_late",
    "register_rose",
    "register_act",
)
SLOTS: Final = frozenset({
    "number", "kind", "event", "about", "date", "time", "office", "unit", "law", "says", "site", "track", "due", "answer_by", "until", "length",
    "starts_at", "expected", "ground", "basis", "outcome", "refer_to", "to", "document", "dispatch_kind", "days", "limit", "provisional", "count",
    "next", "respond", "code", "agreed",
})  # fmt: skip
PERSONAL: Final = frozenset({"text", "reason", "items", "progress"})
"""Words that an officer wrote to the one addressed."""
PLACES: Final = frozenset({"submitter", "addressed", "handling_unit", "registrar", "other_side"})
LONGEST: Final = 4000
_SLOT: Final = re.compile(r"\{([a-z_]+)\}")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True, slots=True)
class Text:
    """The words for a kind of notice. Whatever stands in `event` ... `role` must fit; an empty one fits everything."""

    file: str
    audience: str  # party | office
    subject: str
    text: str
    sms: str = ""
    topic: str = ""
    event: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    clause: frozenset[str] = frozenset()
    role: frozenset[str] = frozenset()
    next: tuple[str, ...] = ()

    def fits(self, wanted: Wanted) -> int | None:
        """How much of what is wanted it names; none when it is for something else."""
        if self.audience != wanted.audience or self.topic != wanted.topic:
            return None
        points = 0
        for mine, theirs, weight in (
            (self.clause, wanted.clauses, 8), (self.about, {wanted.about} if wanted.about else set(), 4),
            (self.event, {wanted.event}, 2), (self.role, {wanted.role}, 1),
        ):  # fmt: skip
            if mine and not mine & set(theirs):
                return None
            points += weight if mine else 0
        return points


@dataclass(frozen=True, slots=True)
class Wanted:
    """The notice for which words are sought."""

    audience: str
    event: str = ""
    about: str = ""
    clauses: frozenset[str] = frozenset()
    role: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Who is told after an event beside those the rules name. `must`: somebody has to do it where a machine cannot."""

    on: frozenset[str]
    to: tuple[str, ...]
    about: str = ""
    method: frozenset[str] = frozenset()
    unless: Mapping[str, frozenset[str]] = field(default_factory=dict)
    must: bool = False

    def applies(self, facts: Mapping[str, Any]) -> bool:
        """Do the facts of the event allow it?"""
        if self.method and facts.get("method") not in self.method:
            return False
        return not any(facts.get(name) in values for name, values in self.unless.items())


@dataclass(frozen=True, slots=True)
class Page:
    """One file. `body`: whose; none: everybody's. `silent`: events after which the files behind it add nothing."""

    file: str
    body: str
    texts: tuple[Text, ...]
    tells: tuple[Tell, ...]
    silent: frozenset[str]
    next: Mapping[str, str]


@dataclass(frozen=True)
class Book:
    """All files in the order in which they are asked."""

    pages: tuple[Page, ...]

    def find(self, procedure: str, wanted: Wanted) -> Text | None:
        """The words for a notice under a procedure."""
        for page in self._for(procedure):
            best = max(
                ((t.fits(wanted) or 0, -i) for i, t in enumerate(page.texts) if t.fits(wanted) is not None),
                default=None,
            )
            if best is not None:
                return page.texts[-best[1]]
        return None

    def tells(self, procedure: str, event: str) -> Iterator[Tell]:
        """What is told after an event."""
        for page in self._for(procedure):
            yield from (tell for tell in page.tells if event in tell.on)
            if event in page.silent:
                return

    def next_steps(self, procedure: str, names: Sequence[str]) -> list[str]:
        """What the person can do next, in words."""
        found = []
        for name in names:
            said = next((page.next[name] for page in self._for(procedure) if name in page.next), None)
            found += [said] if said else []
        return found

    def _for(self, procedure: str) -> Iterator[Page]:
        body = procedure.partition("/")[0]
        return (page for page in self.pages if page.body in ("", body))


# -- putting values in


def slots_of(text: str) -> set[str]:
    """Names of the slots of a text."""
    return set(_SLOT.findall(text))


def stray_bracket(text: str) -> str:
    """A bracket that does not close, or nests; nothing when all are well."""
    found = re.search(r"[{}\[\]]", _PART.sub("", _SLOT.sub("", text)))
    return found.group(0) if found else ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its values. Values are put in once: nothing that they say is read as a slot or a part."""

    def part(found: re.Match[str]) -> str:
        inner = found.group(1)
        return inner if all(values.get(name) for name in _SLOT.findall(inner)) else ""

    kept = _PART.sub(part, text)
    filled = _SLOT.sub(lambda found: clean(values.get(found.group(1), "")), kept)
    return re.sub(r"\n{3,}", "\n\n", filled).strip()


def clean(value: str) -> str:
    """A value without signs that are no writing: controls, and those that turn the direction of writing."""
    kept = "".join(c for c in value if c == "\n" or (c.isprintable() or c == "　"))
    return kept.strip()[:LONGEST]


# -- reading the files

_TEXT_KEYS: Final = {"event", "about", "clause", "role", "topic", "for", "subject", "text", "sms", "next", "note"}
_TELL_KEYS: Final = {"on", "to", "about", "method", "unless", "must", "note"}


def load(folders: Sequence[Path], vocabulary: Vocabulary | None = None) -> Book:
    """Read the files under the folders; those of a later folder are asked first. Raises RuleError naming file, entry and key."""
    words = vocabulary or load_vocabulary()
    bodies: list[Page] = []
    common: list[Page] = []
    for folder in reversed(list(folders)):
        for path in sorted(folder.glob(f"*/{FILE}")):
            bodies.append(_page(path, path.parent.name, f"{path.parent.name}/{FILE}", words))
        if (folder / FILE).is_file():
            common.append(_page(folder / FILE, "", FILE, words))
    book = Book((*bodies, *common))
    _check_next(book)
    return book


@lru_cache(maxsize=1)
def current() -> Book:
    """The files of this installation, read once in a process."""
    own = os.environ.get("HUIYIN_RULES", "").strip()
    return load([RULES, *([Path(own)] if own else [])])


def _page(path: Path, body: str, file: str, words: Vocabulary) -> Page:
    raw = read(path)
    if unknown := set(raw) - {"tell", "text", "next", "silent", "note"}:
        raise RuleError("unknown section; known: tell, text, next, silent", file=file, entry=", ".join(sorted(unknown)))
    reader = Reader(file, words)
    silent = reader.names({"silent": raw.get("silent", [])}, "silent", words.events, "the head")
    with place(file):
        return Page(
            file, body, tuple(reader.text(t, i) for i, t in enumerate(reader.tables(raw, "text"), 1)),
            tuple(reader.tell(t, i) for i, t in enumerate(reader.tables(raw, "tell"), 1)), silent, reader.next(raw.get("next", {})),
        )  # fmt: skip


class Reader:
    """One file: everything that is wrong is said with its place."""

    def __init__(self, file: str, words: Vocabulary) -> None:
        self.file, self.words = file, words

    def fail(self, entry: str, key: str, message: str) -> RuleError:
        return RuleError(message, file=self.file, entry=entry, key=key)

    def tables(self, raw: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
        found = raw.get(section, [])
        if not isinstance(found, list) or not all(isinstance(t, dict) for t in found):
            raise self.fail(section, "", f"write it as [[{section}]]")
        return found

    def names(self, raw: Mapping[str, Any], key: str, known: Any, entry: str) -> frozenset[str]:
        given = raw.get(key, [])
        found = [given] if isinstance(given, str) else given
        if not isinstance(found, list) or not all(isinstance(n, str) for n in found):
            raise self.fail(entry, key, "a name or a list of names is needed")
        if known is not None and (wrong := [n for n in found if n not in known]):
            raise self.fail(entry, key, f"unknown name {wrong[0]!r}")
        return frozenset(found)

    def text(self, raw: dict[str, Any], number: int) -> Text:
        entry = f"[[text]] {number}" + (f" {raw['event']}" if isinstance(raw.get("event"), str) else "")
        self._known(raw, _TEXT_KEYS, entry)
        audience = raw.get("for", PARTY)
        if audience not in (PARTY, OFFICE):
            raise self.fail(entry, "for", "is party or office")
        topic = raw.get("topic", "")
        if topic and topic not in TOPICS:
            raise self.fail(entry, "topic", f"unknown; known: {', '.join(TOPICS)}")
        for key in ("subject", "text"):
            if not isinstance(raw.get(key), str) or not raw[key].strip():
                raise self.fail(entry, key, "is missing")
        for key in ("subject", "text", "sms"):
            self._check_words(raw.get(key, ""), entry, key, audience)
        values = self.words.values
        return Text(
            self.file, audience, raw["subject"].strip(), raw["text"].strip(), str(raw.get("sms", "")).strip(), topic,
            self.names(raw, "event", self.words.events, entry), self.names(raw, "about", values["about"], entry),
            self.names(raw, "clause", None, entry), self.names(raw, "role", self.words.outside, entry),
            tuple(raw.get("next", [])) if isinstance(raw.get("next", []), list) else (raw["next"],),
        )  # fmt: skip

    def _check_words(self, text: Any, entry: str, key: str, audience: str) -> None:
        if not isinstance(text, str):
            raise self.fail(entry, key, "is a text")
        allowed = SLOTS | PERSONAL if audience == PARTY and key != "subject" else SLOTS
        if wrong := sorted(slots_of(text) - allowed):
            raise self.fail(entry, key, f"unknown slot {{{wrong[0]}}}; known: {', '.join(sorted(allowed))}")
        if stray := stray_bracket(text):
            raise self.fail(entry, key, f"a bracket {stray} that does not close or nests")

    def tell(self, raw: dict[str, Any], number: int) -> Tell:
        entry = f"[[tell]] {number}"
        self._known(raw, _TELL_KEYS, entry)
        about = raw.get("about", "")
        if about and about not in self.words.values["about"]:
            raise self.fail(entry, "about", f"unknown name {about!r}")
        on = self.names(raw, "on", self.words.events, entry)
        to = raw.get("to", [])
        terms = (to,) if isinstance(to, str) else tuple(to)
        for term in terms:
            if term not in PLACES and term not in self.words.outside and not str(term).startswith("fact:"):
                raise self.fail(entry, "to", f"unknown recipient {term!r}")
        if not on or not terms:
            raise self.fail(entry, "on" if not on else "to", "is missing")
        unless = {name: self.names(raw.get("unless", {}), name, None, entry) for name in raw.get("unless", {})}
        if not isinstance(raw.get("must", False), bool):
            raise self.fail(entry, "must", "is true or false")
        return Tell(
            on,
            terms,
            about,
            self.names(raw, "method", self.words.values["method"], entry),
            unless,
            raw.get("must", False),
        )

    def next(self, raw: Any) -> dict[str, str]:
        if not isinstance(raw, dict) or not all(isinstance(v, str) for v in raw.values()):
            raise self.fail("next", "", "is a table of texts")
        for name, said in raw.items():
            self._check_words(said, "[next]", name, PARTY)
        return dict(raw)

    def _known(self, raw: Mapping[str, Any], keys: set[str], entry: str) -> None:
        if unknown := sorted(set(raw) - keys):
            raise self.fail(entry, unknown[0], f"unknown key; known: {', '.join(sorted(keys))}")


def _check_next(book: Book) -> None:
    for page in book.pages:
        for number, text in enumerate(page.texts, 1):
            for name in text.next:
                with place(page.file, f"[[text]] {number}"):
                    known = any(name in p.next for p in book.pages if p.body in ("", page.body))
                if not known:
                    raise RuleError(f"[next] has no {name!r}", file=page.file, entry=f"[[text]] {number}", key="next")
