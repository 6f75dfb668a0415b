"""What stands in the log in plain must not be able to hold a name or a number of a person (D2): references must be known or have the form of
one, codes the form of a code, and a correction must name a fact and give a value of its type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from huiyin.core import facts as typed
from huiyin.core import identifiers
from huiyin.core.corrections import from_text
from huiyin.core.facts import BadFact
from huiyin.core.model import Party, Sealed
from huiyin.core.vocabulary import FactType, Vocabulary
from huiyin.core.world import UnitTree
from huiyin.org import categories
from huiyin.org import queries as org

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#@-]{0,79}", re.ASCII)  # of a place, a clause, a category
NAMED_BY_ID: Final = frozenset({"place", "clause", "clauses"})
NEVER_AMENDED: Final = frozenset({"number"})  # a number once given stays


def check_reference(
    event: str, name: str, kind: FactType, value: Any, tree: UnitTree, parties: Mapping[str, Party], words: Vocabulary
) -> None:
    """Units, parties and events are known; places, clauses and codes that no list closes are ids. Raises BadFact."""
    if isinstance(value, Sealed):
        return
    for one in value if isinstance(value, tuple) else (value,):
        if kind.type in ("unit", "units") and one not in tree:
            raise BadFact(event, name, "unknown_unit", kind.type, one)
        if kind.type in ("party", "parties") and one not in parties and one not in words.outside:
            raise BadFact(event, name, "unknown_party", kind.type, one)
        if kind.type == "event_name" and one not in words.events:
            raise BadFact(event, name, "unknown_event", kind.type, one)
        free = kind.type in ("code", "codes") and (kind.values or "") in words.free
        if (free or kind.type in NAMED_BY_ID) and not IDENTIFIER.fullmatch(one):
            raise BadFact(event, name, "no_identifier", kind.type, one)


def check_people(event: str, named: Mapping[str, str]) -> None:
    """Officers are named p12; they must be there. `named`: person -> the fact that names it. One query, and only where any is named."""
    there = org.people(named) if named else {}
    for person, fact in named.items():
        if person not in there:
            raise BadFact(event, fact, "unknown_officer", "officer", person)


def check_party(event: str, party: Party, tree: UnitTree, parties: Mapping[str, Party], words: Vocabulary) -> None:
    """The plain facts of a party."""
    for name, value in party.facts.items():
        kind, fact = words.party_facts[name], f"{party.role}.{name}"
        check_reference(event, fact, kind, value, tree, parties, words)
        if kind.type == "officer":
            check_people(event, {value: fact})
    code = party.facts.get("credit_code")
    if code is not None and identifiers.fault_of_credit_code(code) in ("length", "signs", "person"):
        raise BadFact(event, f"{party.role}.credit_code", "no_credit_code", "text", code)


def check_identifiers(event: str, role: str, values: Mapping[str, Any]) -> None:
    """Numbers as somebody typed them: a telephone is one, a postcode has six digits, the check character of a credit code agrees. Not asked of
    what another system hands over, which nobody here can put right. Raises BadFact."""
    if "phone" in values and not identifiers.is_phone(str(values["phone"])):
        raise BadFact(event, f"{role}.phone", "no_phone", "text")
    if "postcode" in values and not identifiers.is_postcode(str(values["postcode"])):
        raise BadFact(event, f"{role}.postcode", "no_postcode", "text")
    if "credit_code" in values and identifiers.fault_of_credit_code(str(values["credit_code"])) == "check":
        raise BadFact(event, f"{role}.credit_code", "wrong_credit_code", "text", values["credit_code"])


def check_categories(event: str, ids: Sequence[str], on: date) -> None:
    """Categories stand in a tree that is in use, and are in force on that day. Raises BadFact."""
    for one in ids:
        if not categories.valid(one, on):
            raise BadFact(event, "category", "no_category", "codes", one)


def check_amendment(
    facts: Mapping[str, Any], amended: Sequence[str], tree: UnitTree, parties: Mapping[str, Party], words: Vocabulary
) -> None:
    """A correction names a fact of the events it corrects (`amended`: their names), and what it was and is are of its type."""
    field = facts.get("field")
    if field is None:
        return  # the rules ask for it
    if not amended:
        raise BadFact("amended", "event_no", "no_such_event", "int")
    for event in amended:
        kind = _amendable(event, field, words)
        if kind is None and field not in ("at", "by"):
            raise BadFact("amended", "field", "no_such_field", "text", field)
        for side in ("was", "now_is"):
            if (raw := facts.get(side)) is not None and (kind is None or kind.plain):
                _check_value(side, field, kind, raw, tree, parties, words)


def _amendable(event: str, field: str, words: Vocabulary) -> FactType | None:
    if event not in words.events or field in NEVER_AMENDED:
        return None
    kind = words.events[event]
    return kind.facts.get(field) or (words.case_facts.get(field) if kind.takes_case_facts else None)


def _check_value(
    side: str,
    field: str,
    kind: FactType | None,
    raw: Any,
    tree: UnitTree,
    parties: Mapping[str, Party],
    words: Vocabulary,
) -> None:
    wrong = BadFact("amended", side, "wrong_type", kind.type if kind else "moment" if field == "at" else "text", raw)
    try:
        if kind is not None:
            value = typed.parse(kind, from_text(kind.type, raw), words, "amended")
            check_reference("amended", side, kind, value, tree, parties, words)
            if kind.type in ("officer", "officers"):
                check_people("amended", dict.fromkeys(value if isinstance(value, tuple) else (value,), side))
        elif field == "at":
            moment = typed.possible(typed.parse_moment(raw), "amended", side)
            if not isinstance(moment, datetime):
                raise wrong
        else:
            role, _, unit = str(raw).partition("@")
            if (
                role not in words.roles
                or (unit and unit.split("#")[0] not in tree)
                or not IDENTIFIER.fullmatch(str(raw))
            ):
                raise wrong
    except BadFact:
        raise
    except ValueError as error:
        raise wrong from error
