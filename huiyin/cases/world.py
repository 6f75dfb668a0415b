"""The world with the one thing the organisation does not know: other cases. Who is the same person is told by blind indexes alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from huiyin.cases import access, bodies, calendars
from huiyin.cases.finding import MOST, Finder
from huiyin.cases.models import ORDINARY, Case, Event, Party
from huiyin.core.corrections import CORRECTIONS
from huiyin.core.counting import add_months
from huiyin.core.history import History
from huiyin.core.model import Party as CoreParty
from huiyin.core.vocabulary import load_vocabulary
from huiyin.moments import stored
from huiyin.org import snapshot
from huiyin.org.models import Officer
from huiyin.org.queries import body_of
from huiyin.org.world import DbWorld
from huiyin.vault.models import BlindIndex
from huiyin.vault.prepared import Prepared

SIDES: Final = {"complainant": ("complainant", "reporter"), "respondent": ("respondent",)}
SENDERS_POINTS: Final = frozenset({"complainant", "phone", "address"})
ALONE: Final = {  # kinds of which one in common makes two parties the same
    "complainant": ("id_number", "credit_code", "phone"),
    "respondent": ("id_number", "credit_code", "phone", "name"),
}


TOKENS: Final = Prepared(
    lambda case_id: BlindIndex.objects.filter(case_id=case_id).order_by("pk").values_list("party", "kind", "token"), int
)


class CaseWorld(DbWorld):
    """The world of one case while it is decided. `current` is the event that is tried, `tokens` what its parties are found again by.

    Who sent in a report or the like is a secret. So an open case is never held against such a one by its sender, nor the other way round; and one
    such case against another only as far as the officer who records may find it: whoever registers a made-up matter with somebody's telephone
    does not learn from what the rules make of it that this person has reported before.
    """

    current: str = ""
    viewer: Officer | None = None  # who records; none: somebody from outside, or the system
    numbered: dict[str, int]  # cases found by a question, by the number that was its answer
    tokens: dict[str, dict[str, str]]
    finder: Finder

    def told(self, findable: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """What the act brings in, as (party, kind, value), and the vault does not hold yet. Returns (party, kind, token)."""
        found = [(no, kind, token) for no, kind, value in findable if (token := self.finder.token(kind, value))]
        for no, kind, token in found:
            self.tokens.setdefault(no, {})[kind] = token
        return found

    def cases(self, question: str, args: Mapping[str, Any], subject: Mapping[str, Any]) -> Any:
        """earlier_case_of: number of the newest earlier case that agrees, none without one. count_of: how many such events."""
        if question == "earlier_case_of":
            return self._earlier(args, subject)
        return self._count(args, subject)

    # -- earlier_case_of

    def _earlier(self, args: Mapping[str, Any], subject: Mapping[str, Any]) -> str | None:
        same = _names(args.get("same", ("complainant", "respondent")))
        since = window_start(subject["at"], args.get("within"))
        chosen = self._agreeing(same, subject, since)
        if chosen is None:
            return None
        for case in chosen.filter(number__isnull=False, void=False).order_by("-began", "-id")[:MOST]:
            if _in_state(case, args.get("state", "any")) and self._facts_agree(case, same, subject):
                self.numbered[str(case.number)] = case.pk
                return case.number
        return None

    def _agreeing(self, same: Sequence[str], subject: Mapping[str, Any], since: datetime | None) -> Any:
        """Cases that agree in parties, telephone and address, none when nobody is found again; the other points are looked at one case at
        a time. The query is only made when there is somebody: mostly there is not."""
        among: set[int] | None = None
        for name in sorted(
            same, key=lambda point: point == "respondent"
        ):  # a shop may have more cases than are looked at, a person has not
            ids = self._cases_with(name, subject, among, beside=self.case_id)
            if ids is None:
                continue
            among = ids if among is None else among & ids
            if not among:
                return None
        found = Case.objects.filter(self._apart(same, subject), began__lte=stored(subject["at"]))
        if since is not None:
            found = found.filter(began__gte=stored(since))
        if self.case_id is not None:
            found = found.exclude(pk=self.case_id)
        return found if among is None else found.filter(pk__in=among)

    def _apart(self, same: Sequence[str], subject: Mapping[str, Any]) -> Q:
        """Which cases may be found again by their sender."""
        if not SENDERS_POINTS & set(same):
            return Q()
        if subject.get("case_secrecy") in (None, ORDINARY):
            return Q(secrecy=ORDINARY)
        others = ~Q(secrecy=ORDINARY)
        if self.viewer is None:
            return others
        return others & Q(Exists(access.visible_to(self.viewer).filter(pk=OuterRef("pk"))))

    def _cases_with(
        self, name: str, subject: Mapping[str, Any], among: set[int] | None, beside: int | None = None
    ) -> set[int] | None:
        """Ids of cases (of those that are left) with the same party, telephone or address; none for points of another sort. `beside`: a case
        that is not looked for."""
        if name in SIDES:
            own = self._tokens(subject.get(name), subject, name)
            found = self._with_tokens([(kind, own[kind]) for kind in ALONE[name] if kind in own], among)
            if "name" in own and "address" in own:
                there = self._with_tokens([("address", own["address"])], among)
                found |= there & self._with_tokens([("name", own["name"])], {case for case, _ in there})
            return _on_side({pair for pair in found if pair[0] != beside}, SIDES[name])
        if name in ("phone", "address"):
            own = self._tokens(subject.get("complainant"), subject, "complainant")
            return {case for case, _ in self._with_tokens([(name, own[name])], among)} if name in own else set()
        return None

    def _with_tokens(self, tokens: Sequence[tuple[str, str]], among: set[int] | None = None) -> set[tuple[int, str]]:
        """(case, party) of everything that has one of these tokens. Everything known of this case is looked up with the first of them."""
        if among is not None:
            return self.finder.among(tokens, among)
        return self.finder.cases(tokens, (pair for own in self.tokens.values() for pair in own.items()))

    def _tokens(self, no: Any, subject: Mapping[str, Any], side: str) -> Mapping[str, str]:
        """Tokens of a party of this case: those just told, else those that are stored."""
        parties: Mapping[str, CoreParty] = subject.get("parties", {})
        if no not in parties:
            no = next((p.id for p in parties.values() if p.role in SIDES[side]), None)
        if no is None:
            return {}
        if no not in self.tokens and self.case_id is not None:
            known = set(self.tokens)
            # of all parties: who asks for one side soon asks for the other
            for party, kind, token in TOKENS.rows(self.case_id):
                if party not in known:
                    self.tokens.setdefault(party, {})[kind] = token
            self.tokens.setdefault(no, {})
        return self.tokens.get(no, {})

    def _facts_agree(self, case: Case, same: Sequence[str], subject: Mapping[str, Any]) -> bool:
        for name in same:
            if name == "category":
                own, theirs = set(subject.get("category") or ()), set(case.category.split())
                if (own or theirs) and not own & theirs:  # what neither names does not tell them apart
                    return False
            elif name == "happened_on":
                wanted = subject.get("happened_on")
                if wanted is None or wanted.isoformat() not in _case_facts(case.pk, "happened_on"):
                    return False
        return True

    # -- count_of

    def _count(self, args: Mapping[str, Any], subject: Mapping[str, Any]) -> int:
        pattern = args.get("event")
        name = pattern.get("event") if isinstance(pattern, Mapping) else pattern
        where = pattern.get("where", {}) if isinstance(pattern, Mapping) else {}
        same = _names(args.get("same", "complainant"))
        since = window_start(subject["at"], args.get("window"))
        if args.get("year") == "calendar":
            since = datetime(subject["at"].year, 1, 1)
        own = 1 if self.current in ("", name or "registered") else 0
        if name in (None, "registered"):
            chosen = self._agreeing(same, subject, since)
            if chosen is None:
                return own
            counted = chosen.filter(number__isnull=False, void=False)
            return own + sum(self._facts_agree(case, same, subject) for case in counted[:MOST])
        return own + self._count_events(str(name), where, same, subject, since)

    def _count_events(
        self,
        name: str,
        where: Mapping[str, Any],
        same: Sequence[str],
        subject: Mapping[str, Any],
        since: datetime | None,
    ) -> int:
        found = Event.objects.filter(name=name, occurred__lte=stored(subject["at"]))
        if since is not None:
            found = found.filter(occurred__gte=stored(since))
        for point in same:
            ids = self._cases_with(point, subject, None)
            if ids is not None:
                found = found.filter(case_id__in=ids)
        if kept := self._apart(same, subject):
            found = found.filter(case_id__in=Case.objects.filter(kept).values("pk"))
        facts = {point: subject.get(point) for point in same if point in ("officer", "unit")}
        rows = list(found.values_list("case_id", "seq", "actor_unit", "body").iterator(chunk_size=500))
        corrected = _corrected({row[0] for row in rows}, name, since, subject["at"])
        count = 0
        for case_id, seq, unit, text in rows:
            if case_id in corrected and seq not in corrected[case_id]:
                continue
            body = corrected[case_id][seq] if case_id in corrected else json.loads(text).get("facts", {})
            mine = all((body.get(k) or (unit if k == "unit" else None)) == v for k, v in facts.items())
            count += mine and all(_fits(body.get(k), v) for k, v in where.items())
        return count


def world_for(unit: str, procedure: str, on: date, case_id: int | None, finder: Finder | None = None) -> CaseWorld:
    """The world of the body that the unit belongs to for this procedure, on that day. `finder`: of a batch of cases."""
    world = CaseWorld(snapshot.current(), body_of(unit, procedure, on), on, case_id)
    world.tokens, world.numbered, world.finder = {}, {}, finder or Finder()
    return world


def _names(raw: Any) -> tuple[str, ...]:
    return (raw,) if isinstance(raw, str) else tuple(raw)


def _on_side(found: set[tuple[int, str]], roles: Sequence[str]) -> set[int]:
    """Ids of the cases in which that party stands on this side."""
    if not found:
        return set()
    rows = Party.objects.filter(case_id__in={case for case, _ in found}, role__in=roles).values_list("case_id", "no")
    return {case for case, no in rows if (case, no) in found}


def _in_state(case: Case, state: str) -> bool:
    if state == "any":
        return True
    over = case.ended or case.archived or case.stage in ("conclusion", "feedback", "call_back", "archive")
    if state == "settled":
        return Event.objects.filter(case_id=case.pk, name="settled").exists()
    return over is (state == "ended")


def _case_facts(case_id: int, name: str) -> list[Any]:
    """Every value that a fact of the case was given, oldest first, as it stands in the bodies."""
    bodies = Event.objects.filter(case_id=case_id, name__in=("registered", "classified")).order_by("seq")
    return [v for text in bodies.values_list("body", flat=True) if (v := json.loads(text).get("case", {}).get(name))]


def _corrected(
    ids: set[int], name: str, since: datetime | None, until: datetime
) -> dict[int, dict[int, Mapping[str, Any]]]:
    """Of those cases in which something was amended or annulled: the events of that name that still count, by their facts."""
    corrected = set(Event.objects.filter(case_id__in=ids, name__in=CORRECTIONS).values_list("case_id", flat=True))
    found: dict[int, dict[int, Mapping[str, Any]]] = {}
    for case_id in sorted(corrected):
        rows = Event.objects.filter(case_id=case_id).order_by("seq").values_list("seq", "body")
        view = History(bodies.read_all(rows).events, load_vocabulary())
        found[case_id] = {
            e.seq: e.facts
            for e in view.by_name.get(name, ())
            if e.occurred <= until and (since is None or e.occurred >= since)
        }
    return found


def _fits(value: Any, wanted: Any) -> bool:
    accepted = wanted if isinstance(wanted, list) else [wanted]
    accepted = [("true" if w else "false") if isinstance(w, bool) else w for w in accepted]
    values = value if isinstance(value, list | tuple) else [value]
    return any((("true" if v else "false") if isinstance(v, bool) else v) in accepted for v in values)


def window_start(at: datetime, period: Any) -> datetime | None:
    """Beginning of the window that ends at `at`; none: no window."""
    if not isinstance(period, Mapping):
        return None
    n, unit = int(period["n"]), str(period["unit"])
    if unit in ("month", "quarter", "year"):
        months = n * {"month": 1, "quarter": 3, "year": 12}[unit]
        day = add_months(at.date(), -months)
        return datetime.combine(day, at.time())
    if unit == "working_day":
        day = at.date()
        for _ in range(n):
            day = calendars.current().last_working_on_or_before(day - timedelta(days=1))
        return datetime.combine(day, at.time())
    steps = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "week": timedelta(days=7)}
    return at - n * steps.get(unit, timedelta(days=1))
