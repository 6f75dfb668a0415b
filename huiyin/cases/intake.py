"""From what a form or a client sends to an attempt the core can decide: typed facts, personal values ready for sealing, parties by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from huiyin.cases import plain, sent_files
from huiyin.cases.people import By, Outside
from huiyin.core import facts as typed
from huiyin.core.facts import BadFact, is_set
from huiyin.core.identifiers import credit_code
from huiyin.core.model import Actor, Attempt, Event, Party, Sealed
from huiyin.core.vocabulary import Vocabulary
from huiyin.core.world import UnitTree
from huiyin.moments import local
from huiyin.org import directory, systems
from huiyin.vault.actions import Item
from huiyin.vault.models import FILE, PERSONAL, SECRET
from huiyin.vault.refs import FileRef, VaultRef

ON_THE_REPORTERS_SIDE: Final = frozenset(
    {"complainant", "reporter", "agent", "representative", "guardian", "witness", "third_party"}
)
SECRET_KINDS: Final = frozenset({"report", "staff_complaint"})
INDEXED: Final = {"phone": "phone", "name": "name", "id_number": "id_number", "address": "address"}  # fact -> kind

RawParties = Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]]
Identity = dict[str, dict[str, VaultRef]]


@dataclass(frozen=True, slots=True)
class Step:
    """One event as somebody wants it recorded. `facts` as they came: texts, numbers, dates or their written forms.

    `parties`: those it brings in or changes, by number, or a list of new ones, which get the next numbers; each a table of party facts
    with `role`. `occurred` without zone is local; none means now. `late_reason`: why it is entered late.
    """

    event: str
    by: By
    facts: Mapping[str, Any] = field(default_factory=dict)
    parties: RawParties = ()
    occurred: datetime | None = None
    re: Sequence[int] = ()
    late_reason: str | None = None
    seen: Mapping[str, Any] = field(default_factory=dict)
    handed_on: bool = False  # its parties come from another case: what was taken in there is not judged again
    let_go: str = ""  # why words that tell of somebody who is kept unknown go all the same: one of leaving.REASONS


@dataclass(slots=True)
class Taken:
    """An attempt with what the vault will need: where the identity of each party lies, and what it can be found again by."""

    attempt: Attempt
    identity: Identity
    findable: list[tuple[str, str, str]]  # party, kind of blind index, plain value: of what is new in this act


def take_in(
    step: Step,
    words: Vocabulary,
    *,
    now: datetime,
    known: Mapping[str, Party],
    identity: Mapping[str, Mapping[str, VaultRef]],
    tree: UnitTree,
    amended: Sequence[str] = (),
    case_id: int | None = None,
) -> Taken:
    """Check and type what came. `known` and `identity`: the parties the case has; `amended`: names of the events it answers; `case_id`: for
    naming files that it has already. Raises BadFact, naming the fact and what is wrong."""
    given = {name: value for name, value in step.facts.items() if not _empty(value)}
    _tell_of_the_directory(step.event, given)
    proposed = given.get("for") if step.event == "proposed" else None
    if proposed is not None and (not isinstance(proposed, str) or proposed not in words.events):
        raise BadFact(step.event, "for", "unknown_event", "event_name", proposed)
    facts, case = typed.split(words, step.event, given, proposed=proposed)
    if step.event == "registered" and "number" in given:
        raise BadFact(step.event, "number", "unknown_fact")  # a number is taken from its series, and nowhere else (D7)
    parties, refs, findable = _parties(step, words, known, identity)
    _name_the_new_party(step.event, words, facts, parties, known)
    if step.event == "registered":
        _name_both_sides(case, parties)
    sealed = typed.secret_names(words, step.event, {**facts, **case}, proposed)
    all_parties = {**known, **parties}
    for party in parties.values():
        plain.check_party(step.event, party, tree, all_parties, words)
    if step.event == "amended":
        plain.check_amendment(facts, amended, tree, all_parties, words)
    for table in (facts, case):
        for name, value in table.items():
            kind = words.fact_type(step.event, name) or (words.fact_type(proposed, name) if proposed else None)
            if kind is not None:
                plain.check_reference(step.event, name, kind, value, tree, all_parties, words)
            if name in sealed and not isinstance(value, Sealed):
                table[name] = sent_files.closed(step.event, kind, name, value, step.by, case_id)
    _check_people(step.event, words, {**facts, **case})
    if step.late_reason and typed.UNWRITABLE.search(step.late_reason):
        raise BadFact(step.event, "late_reason", "bad_characters", "text")
    reason = VaultRef.fresh(step.late_reason.strip()) if step.late_reason and step.late_reason.strip() else None
    occurred = _occurred(step, now)
    _mirror_what_counts_elsewhere(step, case)
    if "category" in case and not isinstance(step.by, Actor):
        plain.check_categories(step.event, case["category"], occurred.date())
    attempt = Attempt(step.event, occurred, facts, case, parties, tuple(step.re), dict(step.seen), reason)
    return Taken(attempt, refs, findable)


def _tell_of_the_directory(event: str, given: dict[str, Any]) -> None:
    """Where an entry of the directory of other authorities was chosen (dir:housing), the event keeps what the person is told."""
    chosen = given.get("refer_to")
    if isinstance(chosen, str) and chosen.startswith(directory.CHOSEN):
        given["refer_to"] = directory.told_for(chosen)
        if given["refer_to"] is None:
            raise BadFact(event, "refer_to", "no_authority", "text", chosen)


OF_OUTSIDE_SYSTEMS: Final = ("external_system", "external_no", "mirrored")


def _mirror_what_counts_elsewhere(step: Step, case: dict[str, Any]) -> None:
    """A case that carries a number of a system of record is a mirror, unless somebody says otherwise. Numbers of other systems are for officers
    and systems to give: whoever sends something in could keep the true item out with a number that is not his."""
    given = [name for name in OF_OUTSIDE_SYSTEMS if name in case]
    if given and isinstance(step.by, Outside):
        raise BadFact(step.event, given[0], "not_yours_to_name", "text", case[given[0]])
    if "external_no" in case and "mirrored" not in case and systems.is_of_record(str(case.get("external_system", ""))):
        case["mirrored"] = True


def _occurred(step: Step, now: datetime) -> datetime:
    if step.occurred is None:
        return now
    typed.possible(step.occurred, step.event, "occurred")
    return local(step.occurred).replace(microsecond=0)


def _empty(value: Any) -> bool:
    return value is None or value == () or value == [] or (isinstance(value, str) and not value.strip())


# -- parties


def findable(parties: RawParties) -> Iterator[tuple[str, str]]:
    """(kind of blind index, value) of parties as they came, unchecked: for looking up many at once."""
    for table in parties.values() if isinstance(parties, Mapping) else parties:
        for name, kind in (*INDEXED.items(), ("credit_code", "credit_code")):
            value = table.get(name)
            if isinstance(value, str) and value.strip():
                yield kind, value


def _parties(
    step: Step, words: Vocabulary, known: Mapping[str, Party], identity: Mapping[str, Mapping[str, VaultRef]]
) -> tuple[dict[str, Party], Identity, list[tuple[str, str, str]]]:
    parties: dict[str, Party] = {}
    refs: Identity = {}
    findable: list[tuple[str, str, str]] = []
    for no, raw in _numbered(step.event, step.parties, known):
        before = known.get(no)
        if not isinstance(step.by, Actor) and not step.handed_on:
            plain.check_identifiers(step.event, str(raw.get("role") or (before.role if before else "")), _filled(raw))
        parties[no], refs[no], values = _party(step.event, no, raw, words, before, dict(identity.get(no, {})))
        findable += [(no, INDEXED[name], value) for name, value in values.items() if name in INDEXED]
        code = parties[no].facts.get("credit_code")
        if is_set(code) and (before is None or before.facts.get("credit_code") != code):
            findable.append((no, "credit_code", str(code)))
    return parties, refs, findable


def _filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if not _empty(value)}


def _numbered(event: str, raw: RawParties, known: Mapping[str, Party]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(raw, Mapping):
        for no, table in raw.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", no, re.ASCII):
                raise BadFact(event, "parties", "unknown_party", "party", no)
            yield no, table
        return
    last = max((int(no) for no in known if no.isdecimal()), default=0)
    for index, table in enumerate(raw, 1):
        yield str(last + index), table


def _party(
    event: str, no: str, raw: Mapping[str, Any], words: Vocabulary, before: Party | None, refs: dict[str, VaultRef]
) -> tuple[Party, dict[str, VaultRef], dict[str, str]]:
    """The party as it stands after this act: what is given replaces, what is not given stays."""
    role = str(raw.get("role") or (before.role if before else ""))
    if role not in words.outside:
        raise BadFact(event, f"parties.{no}.role", "unknown_role", "role", role)
    facts: dict[str, Any] = dict(before.facts) if before else {}
    values: dict[str, str] = {}
    for name, value in raw.items():
        if name == "role" or _empty(value):
            continue
        kind = words.party_facts.get(name)
        if kind is None and name != "officer":
            raise BadFact(event, f"{role}.{name}", "unknown_fact")
        if kind is None or kind.plain:
            facts[name] = typed.parse(kind, value, words, event) if kind else str(value)
            if name == "credit_code":
                facts[name] = credit_code(facts[name])
            continue
        personal = typed.parse(kind, value, words, event)
        refs[name], values[name] = VaultRef.fresh(personal), str(personal)
    return Party(no, role, facts, frozenset(refs)), refs, values


def _name_the_new_party(
    event: str, words: Vocabulary, facts: dict[str, Any], parties: Mapping[str, Party], known: Mapping[str, Party]
) -> None:
    """An event about a party that comes with exactly one new party means that one."""
    new = [no for no in parties if no not in known]
    kind = words.events[event].facts.get("party")
    if kind is not None and "party" not in facts and len(new) == 1 and event != "registered":
        facts["party"] = new[0]


def _name_both_sides(case: dict[str, Any], parties: Mapping[str, Party]) -> None:
    """The complainant and the respondent of a case, by number, where nobody said who they are."""
    for fact, roles in (("complainant", ("complainant", "reporter")), ("respondent", ("respondent",))):
        first = next((p.id for p in parties.values() if p.role in roles), None)
        if first is not None:
            case.setdefault(fact, first)


# -- what facts point at


def _check_people(event: str, words: Vocabulary, facts: Mapping[str, Any]) -> None:
    """Officers are named p12; they must be there. Asked in one query, and only of events that name any."""
    named: dict[str, str] = {}
    for name, value in facts.items():
        kind = words.fact_type(event, name)
        if kind is not None and kind.type in ("officer", "officers"):
            named |= dict.fromkeys(value if isinstance(value, tuple) else (value,), name)
    plain.check_people(event, named)


# -- what the vault is to close


def items_to_seal(
    events: Sequence[Event], identity: Mapping[str, Mapping[str, VaultRef]], kind: str | None, case_secrecy: str | None
) -> list[Item]:
    """Every pending value that an allowed event holds, each once. In reports and complaints about staff everything is secret."""
    secret_case = kind in SECRET_KINDS or case_secrecy not in (None, "ordinary")
    found: dict[int, Item] = {}
    for event in events:
        for name, value in (*event.facts.items(), *event.case_facts.items(), ("late_reason", event.late_reason)):
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, VaultRef) and one.pending and id(one) not in found:
                    kept_as = FILE if isinstance(one, FileRef) else ""
                    found[id(one)] = Item(name, one.value, None, SECRET if secret_case else PERSONAL, kept_as, one)
        for no, party in event.parties.items():
            cls = SECRET if _is_secret(party.role, kind, secret_case) else PERSONAL
            for name, ref in identity.get(no, {}).items():
                if ref.pending and id(ref) not in found:
                    found[id(ref)] = Item(name, ref.value, no, cls, "", ref)
    return list(found.values())


def _is_secret(role: str, kind: str | None, secret_case: bool) -> bool:
    """Of a reporter, and of any party of a staff complaint, every personal fact is secret."""
    if role == "reporter" or kind == "staff_complaint":
        return True
    return secret_case and role in ON_THE_REPORTERS_SIDE
