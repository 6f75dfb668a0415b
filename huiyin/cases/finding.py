"""Who is found again: blind indexes of the parties, looked up for one case or for many together in few statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.db import connection

from huiyin.cases.models import Event
from huiyin.vault.blind import Entry, blind
from huiyin.vault.models import BlindIndex

MOST: Final = 200  # candidates looked at: more cases of one person than this are a matter for figures, not for a rule
AT_ONCE: Final = 200  # tokens in one statement; SQLite takes 500 parts
Token = tuple[str, str]  # kind, token


def codes(cases: Sequence[int]) -> Iterator[Entry]:
    """Credit codes of parties of these cases, as their events ever named them: they are no secret, so no record of the vault holds them."""
    events = Event.objects.filter(case_id__in=cases, body__contains='"credit_code"').values_list("case_id", "body")
    for case_id, body in events.iterator(chunk_size=500):
        for no, party in (json.loads(body).get("parties") or {}).items():
            if code := party.get("facts", {}).get("credit_code"):
                yield "credit_code", str(code), case_id, no


class Finder:
    """Remembers what it looked up. One lives as long as an act; one serves all cases of a batch, whose tokens it is told beforehand."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], str | None] = {}
        self._found: dict[Token, list[tuple[int, str]]] = {}

    def token(self, kind: str, value: str) -> str | None:
        """Token of a value, none when there is nothing to find again."""
        key = (kind, value)
        if key not in self._tokens:
            self._tokens[key] = blind(kind, value)
        return self._tokens[key]

    def expect(self, values: Iterable[tuple[str, str]]) -> None:
        """Look up everything of (kind, value) that many cases will ask for."""
        self.look_up((kind, token) for kind, value in values if (token := self.token(kind, value)) is not None)

    def cases(self, tokens: Sequence[Token], beside: Iterable[Token] = ()) -> set[tuple[int, str]]:
        """(case, party) of everything that has one of these tokens, the newest of each. `beside`: what will be asked for next."""
        if any(token not in self._found for token in tokens):
            self.look_up([*tokens, *beside])
        return {pair for token in tokens for pair in self._found[token]}

    def among(self, tokens: Sequence[Token], cases: set[int]) -> set[tuple[int, str]]:
        """The same within some cases, however many others have these tokens."""
        if not tokens or not cases:
            return set()
        self.look_up(tokens)
        found = {pair for token in tokens for pair in self._found[token] if pair[0] in cases}
        cut = {token for token in tokens if len(self._found[token]) == MOST}  # there may be more than were looked at
        if cut:
            rows = BlindIndex.objects.filter(case_id__in=cases).values_list("kind", "token", "case_id", "party")
            found |= {(case_id, party) for kind, token, case_id, party in rows if (kind, token) in cut}
        return found

    def look_up(self, tokens: Iterable[Token]) -> None:
        """Fetch what is not known yet."""
        wanted = [token for token in dict.fromkeys(tokens) if token not in self._found]
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            self._found.update((token, []) for token in some)
            one = (
                f"SELECT kind, token, case_id, party FROM {connection.ops.quote_name(BlindIndex._meta.db_table)} "
                f"WHERE kind = %s AND token = %s ORDER BY case_id DESC LIMIT {MOST}"
            )
            sql = " UNION ALL ".join(f"SELECT * FROM ({one}) AS t{i}" for i in range(len(some)))
            with connection.cursor() as cursor:
                cursor.execute(sql, [part for token in some for part in token])
                for kind, token, case_id, party in cursor.fetchall():
                    self._found[kind, token].append((case_id, party))
