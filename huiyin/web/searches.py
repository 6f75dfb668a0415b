"""What somebody looks for, from the form to the session: it may be a name or a telephone, so it stands in no address, and in the session closed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from huiyin.cases import boards
from huiyin.core.facts import UNWRITABLE
from huiyin.languages import load_vocabulary
from huiyin.org import categories
from huiyin.org.models import Officer
from huiyin.org.queries import today
from huiyin.search.searching import LONGEST, STATES, Filters
from huiyin.web import closed, words

KEPT: Final = 6  # searches of one session: as many tabs go on working
MOST_UNITS: Final = 300  # in a list to choose from
SESSION: Final = "searches"


@dataclass(frozen=True)
class Asked:
    """What the form said. `wrong`: fields that could not be read, with what is wrong."""

    typed: str
    filters: Filters
    wrong: Mapping[str, str]

    @property
    def empty(self) -> bool:
        return not self.typed and not self.filters.any


def read(sent: Mapping[str, Any], officer: Officer) -> Asked:
    """The fields of the form; what is none of the choices is left out."""
    values = load_vocabulary().values
    wrong: dict[str, str] = {}
    typed = " ".join(UNWRITABLE.sub(" ", str(sent.get("words", ""))[:LONGEST]).split())
    filters = Filters(
        kind=_one_of(sent.get("kind"), values["kind"]),
        stage=_one_of(sent.get("stage"), values["stage"]),
        unit=_one_of(sent.get("unit"), boards.units_of(officer)),
        category=_one_of(sent.get("category"), [c.id for _, known in categories.choices(today()) for c in known]),
        state=_one_of(sent.get("state"), STATES),
        since=_day(sent.get("since"), "since", wrong),
        until=_day(sent.get("until"), "until", wrong),
    )
    if filters.since and filters.until and filters.until < filters.since:
        wrong["until"] = _("结束的日期早于开始的日期。")
    return Asked(typed, filters, wrong)


def _one_of(value: Any, known: Iterable[str]) -> str:
    return str(value) if value and str(value) in known else ""


def _day(value: Any, name: str, wrong: dict[str, str]) -> date | None:
    if not value:
        return None
    try:
        found = date.fromisoformat(str(value))
    except ValueError:
        wrong[name] = _("请按 2026-05-01 的样子写日期。")
        return None
    return found if date(1990, 1, 1) <= found <= date(2200, 1, 1) else None


def keep(request: HttpRequest, asked: Asked) -> str:
    """Keep it for this session; the name under which it is asked for again says nothing."""
    table = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(asked.filters).items()
    }
    found = dict(request.session.get(SESSION, {}))
    name = secrets.token_urlsafe(6)
    found[name] = closed.close({"words": asked.typed, **table})
    request.session[SESSION] = dict(list(found.items())[-KEPT:])
    return name


def kept(request: HttpRequest, name: str, officer: Officer) -> Asked | None:
    """What was kept under that name in this session."""
    found = closed.opened(request.session.get(SESSION, {}).get(name))
    return read(found, officer) if found else None


def choices(officer: Officer) -> dict[str, Any]:
    """What the filters of the form offer."""
    values, units = load_vocabulary().values, boards.units_of(officer)
    return {
        "kinds": values["kind"].items(),
        "stages": values["stage"].items(),
        "units": [(unit, words.unit_label(unit)) for unit in units] if len(units) <= MOST_UNITS else [],
        "schemes": [
            (scheme.title, [(c.id, "　" * (len(c.path) - 1) + c.label) for c in known])
            for scheme, known in categories.choices(today())
        ],
    }
