"""Cases in bulk: what the application wrote for one told story (_mould.py) is stamped many times.

Each stamp has ids, numbers, references, sealed values, tokens and a chain of its own, so that nothing tells it from a case that was recorded
one act at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from huiyin.cases import rebuilding
from huiyin.cases.copies import CASE
from huiyin.cases.writing import EVENT
from huiyin.commands._forms import Values, filled
from huiyin.commands._mould import SERIES_NO, Mould, Variant
from huiyin.commands._people import Somebody
from huiyin.dues.rows import TABLE as DUE
from huiyin.dues.tables import Row
from huiyin.search.index import Entry
from huiyin.search.models import PARTS
from huiyin.vault import actions as vault
from huiyin.vault import blind, chain
from huiyin.vault.refs import VaultRef, new_id


@dataclass(slots=True)
class Stamped:
    """Rows of many stamps, by table, ready to be inserted."""

    batch: vault.Batch = field(default_factory=vault.Batch)
    tokens: list[Row] = field(default_factory=list)
    rows: dict[Any, list[Any]] = field(default_factory=dict)
    shops: dict[tuple[str, str, str, str, str], None] = field(default_factory=dict)  # code, name, address, area, kind
    columns: dict[Any, tuple[str, ...]] = field(default_factory=dict)
    words: dict[str, list[Entry]] = field(default_factory=dict)  # rows of the search, by index


def stamp(
    one: Mould, variant: Variant, ids: Sequence[int], given: Sequence[int], chance: Random, into: Stamped
) -> None:
    """One more case, or several that belong together, with these ids and numbers in their series."""
    values: Values = [None] * (one.size + len(one.cases))
    everybody = [invent(chance) for invent, _ in one.people]
    for somebody, (_, slot) in zip(everybody, one.people, strict=True):
        if slot is not None:
            values[slot] = somebody.code
    for at, area, kind in one.shops:
        into.shops[everybody[at].code, everybody[at].name, everybody[at].address, area, kind] = None
    for slot, start in one.outside:
        values[slot] = f"{start}-{secrets.token_hex(6)}"
    for slot in one.fresh:
        values[slot] = new_id()
    prev = []
    for place, (case, pk, no) in enumerate(zip(one.cases, ids, given, strict=True)):
        number = case.series.number(no)
        values[case.id], values[case.id_text], values[case.number], values[case.quoted] = (
            pk,
            str(pk),
            number,
            f'"{number}"',
        )
        values[case.series_text] = f'"series":{{"key":"{case.series.key}","no":{no}}}'
        values[case.code], values[SERIES_NO - place] = secrets.token_hex(32), no
        prev.append(chain.genesis(f"case:{pk}"))
    _seal(one, ids, everybody, values, into)
    events = into.rows.setdefault(EVENT, [])
    for place, form, parts in variant.events:
        row, body = form.stamped(values), filled(parts, values)
        prev[place] = chain.link(prev[place], row[1], body)
        row[-2:] = body, prev[place]
        events.append(row)
    for case, head in zip(one.cases, prev, strict=True):
        values[case.head] = head
    for table, forms in variant.rows.items():
        into.rows.setdefault(table, []).extend([form.stamped(values) for form in forms])
    into.columns.update(one.columns)
    for name, own, at, seq, tokens in one.words:
        into.words.setdefault(name, []).append(Entry(ids[own] * PARTS + at, ids[own], seq, tokens))


def _seal(one: Mould, ids: Sequence[int], everybody: Sequence[Somebody], values: Values, into: Stamped) -> None:
    items: list[list[vault.Item]] = [[] for _ in ids]
    for secret in one.secrets:
        value = secret.value if secret.who is None else getattr(everybody[secret.who[0]], secret.who[1])
        ref = VaultRef(new_id())
        values[secret.ref] = ref.ref
        items[secret.case].append(vault.Item(secret.name, value, secret.party, secret.cls, secret.kind, ref))
    for pk, own in zip(ids, items, strict=True):
        vault.prepare(into.batch, pk, own, {})
    places = [0] * len(ids)
    for secret in one.secrets:
        closed = items[secret.case][places[secret.case]].ref
        places[secret.case] += 1
        assert closed is not None
        values[secret.commitment] = closed.commitment
    for case, party, kind, value, who in one.tokens:
        token = blind.blind(kind, value if who is None else getattr(everybody[who[0]], who[1]))
        if token is not None:
            into.tokens.append((kind, token, ids[case], party))


ORDER: Final = (CASE, EVENT, *(table for table in rebuilding.ALL if table not in (CASE, DUE)), DUE)
