"""The register of known businesses: a copy of what cases say of organisations, so that nobody types the same shop twice.

Only organisations with a unified social credit code, and only from cases that anybody of the office may know: a report does not show here. Of a
sole trader (codes that begin with 92) the address is left out: it may be where somebody lives. Rows are only ever added, so that registering
two cases about one shop never waits: the newest row of a code is how it was last written. Names and addresses are closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Count

from huiyin.cases.models import ORDINARY, Business, BusinessPart
from huiyin.cases.planning import Act
from huiyin.core.identifiers import CODE_LENGTH, fault_of_credit_code, folded
from huiyin.core.model import Party
from huiyin.vault import actions as vault
from huiyin.vault import db, lists
from huiyin.vault.refs import VaultRef

SOLE_TRADER: Final = "92"
KINDS: Final = frozenset({"business", "trader", "platform_operator", "platform_shop", "own_site", "publisher"})
LONGEST: Final = 200
Row = tuple[str, str, str, str, str]  # code, name, address, area, kind


def refresh(acts: Sequence[Act]) -> None:
    """Enter the businesses that these acts bring in or describe anew."""
    enter(row for act in acts for row in _rows(act, act.texts, new=True))


def rebuild(acts: Sequence[Act]) -> None:
    """Enter those of these cases again; what was erased stays out."""
    for act in acts:
        refs = [ref for no in _organisations(act, new=False) for ref in act.identity.get(no, {}).values()]
        enter(_rows(act, vault.open_many(refs) if refs else {}, new=False))


def _organisations(act: Act, *, new: bool) -> dict[str, Party]:
    """Respondents that are organisations with a valid code, by number; of a new act those it speaks of."""
    if act.fact("case_secrecy") not in (None, ORDINARY):
        return {}
    spoken = {no for event in act.new for no in event.parties} if new else set(act.after.parties)
    return {
        no: p for no, p in act.after.parties.items() if no in spoken and p.role == "respondent" and _is_organisation(p)
    }


def _is_organisation(party: Party) -> bool:
    code = str(party.facts.get("credit_code") or "")
    kind = party.facts.get("respondent_kind", "business")
    return (
        len(code) == CODE_LENGTH
        and fault_of_credit_code(code) == ""
        and kind in KINDS
        and party.facts.get("natural_person") is not True
    )


def _rows(act: Act, texts: dict[str, Any], *, new: bool) -> Iterable[Row]:
    for no, party in _organisations(act, new=new).items():
        identity = act.identity.get(no, {})
        name = _text(identity.get("name"), texts)
        code = str(party.facts["credit_code"])
        if not name:
            continue  # it was described earlier, or is erased
        address = "" if code.startswith(SOLE_TRADER) else _text(identity.get("address"), texts)
        area, kind = str(party.facts.get("area") or ""), str(party.facts.get("respondent_kind") or "")
        yield code, name[:LONGEST], address[:LONGEST], area, kind


def _text(ref: VaultRef | None, texts: dict[str, Any]) -> str:
    value = texts.get(ref.ref) if ref is not None else None
    return value.strip() if isinstance(value, str) else ""


def close_anew() -> int:
    """Close the register by the suite of the setting; part of a rotation. Returns how many rows."""
    return lists.close_anew(Business.objects.all(), "closed", lambda row: str(row.code))


def enter(rows: Iterable[Row]) -> None:
    """Add what is not there yet. Nobody waits for a row that somebody else is adding."""
    wanted = {(row[0], lists.digest(row)): row for row in dict.fromkeys(rows)}
    if not wanted:
        return
    table, columns = connection.ops.quote_name(Business._meta.db_table), "code, digest, closed"
    places = ", ".join("(%s, %s, %s)" for _ in wanted)
    closed = [part for (code, digest), row in wanted.items() for part in (code, digest, lists.close(code, row[1:]))]
    with db.cursor_at_hand() as cursor:
        db.execute(
            cursor,
            f"INSERT INTO {table} ({columns}) VALUES {places} ON CONFLICT DO NOTHING RETURNING id, code, digest",
            closed,
        )
        new = cursor.fetchall()
    parts = [(token, pk) for pk, code, digest in new for token in _findable(wanted[code, digest])]
    if parts:
        db.insert(BusinessPart, ("token", "business_id"), parts)


def _findable(row: Row) -> list[str]:
    """Tokens of its name, and of its address where that is known."""
    return list(dict.fromkeys((*lists.parts(row[1]), *lists.parts(row[2]))))


# -- reading


@dataclass(frozen=True, slots=True)
class Known:
    """A business as it was last written."""

    code: str
    name: str
    address: str
    area: str
    kind: str


def by_code(code: str, *, most: int = 1) -> list[Known]:
    """Businesses whose code begins so, each as it was last written."""
    return _newest(Business.objects.filter(code__startswith=code).order_by("-pk")[: 5 * most], most)


def by_name(text: str, *, most: int) -> list[Known]:
    """Businesses with this in their name, each as it was last written."""
    tokens = lists.parts(text)
    if not tokens:
        return []
    having = BusinessPart.objects.filter(token__in=tokens).values("business_id")
    ids = having.annotate(n=Count("token", distinct=True)).filter(n=len(tokens)).order_by("-business_id")
    rows = Business.objects.filter(pk__in=[row["business_id"] for row in ids[: 5 * most]]).order_by("-pk")
    wanted = folded(text).casefold()
    return [one for one in _newest(rows, 5 * most) if wanted in folded(one.name).casefold()][:most]


def by_words(text: str, *, most: int) -> list[Known]:
    """Businesses in whose name or address each of these words stands, each as it was last written. Words of one sign are passed over."""
    wanted = [word for one in text.split() if len(word := folded(one).casefold()) > 1]
    tokens = set().union(*(lists.parts(word) for word in wanted))
    if not tokens:
        return []
    having = BusinessPart.objects.filter(token__in=tokens).values("business_id")
    ids = having.annotate(n=Count("token", distinct=True)).filter(n=len(tokens)).order_by("-business_id")
    rows = Business.objects.filter(pk__in=[row["business_id"] for row in ids[: 5 * most]]).order_by("-pk")
    found = [(one, folded(one.name).casefold(), folded(one.address).casefold()) for one in _newest(rows, 5 * most)]
    return [one for one, name, address in found if all(w in name or w in address for w in wanted)][:most]


def _newest(rows: Iterable[Business], most: int) -> list[Known]:
    found: dict[str, Known] = {}
    for row in rows:
        if row.code not in found:
            found[row.code] = Known(row.code, *lists.opened(row.code, bytes(row.closed)))
    return list(found.values())[:most]
