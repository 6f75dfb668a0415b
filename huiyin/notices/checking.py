"""Which notices have no text: what `huiyin rules check` says beside the rules. Knows no Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from huiyin.core.compose import Library
from huiyin.core.rules import NoticeRule, Procedure
from huiyin.notices import texts


def untold(library: Library, book: texts.Book) -> Iterator[str]:
    """For every procedure, each notice that its rules or the texts' own tellings raise and that finds no words: file, clause, event, recipient."""
    outside = library.vocabulary.outside
    for id in library.procedures:
        procedure = library.procedure(id)
        for rule, event in _rules(procedure):
            for audience, role in _recipients(rule.to, outside):
                wanted = texts.Wanted(audience, event, rule.about or "", frozenset(rule.clauses), role)
                if book.find(id, wanted) is None:
                    yield f"{rule.file} {id} {' '.join(rule.clauses)} {event}: {role or audience}"
        for event in library.vocabulary.events:
            for tell in book.tells(id, event):
                for audience, role in _recipients(tell.to, outside):
                    abouts = (
                        (tell.about,)
                        if tell.about
                        else tuple(library.vocabulary.values["about"])
                        if event == "party_informed"
                        else ("",)
                    )
                    for about in abouts:
                        if book.find(id, texts.Wanted(audience, event, about, frozenset(), role)) is None:
                            yield f"{texts.FILE} {id} {event} {about}: {role or audience}"


def _rules(procedure: Procedure) -> Iterator[tuple[NoticeRule, str]]:
    for event, rules in procedure.notices.items():
        yield from ((rule, event) for rule in rules)


def _recipients(terms: Iterable[str | Mapping[str, Any]], outside: frozenset[str]) -> Iterator[tuple[str, str]]:
    for term in terms:
        if not isinstance(term, str):  # whoever a fact names: an officer or a unit
            yield texts.OFFICE, ""
            continue
        bare = term.removeprefix("each:")
        if bare in outside:
            yield texts.PARTY, bare
        elif bare in ("submitter", "addressed"):
            yield from ((texts.PARTY, role) for role in sorted(texts.SENDERS))
        else:
            yield texts.OFFICE, ""
