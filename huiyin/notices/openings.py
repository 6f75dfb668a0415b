"""Requests to see a personal value in plain, told in the inbox: to those who may agree, then to the asker. Numbers of cases, no names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huiyin.cases import clock
from huiyin.cases.models import Case
from huiyin.dues.tables import text
from huiyin.moments import local
from huiyin.notices import outbox
from huiyin.notices.models import OFFICER
from huiyin.notices.outbox import Told
from huiyin.org.models import Officer
from huiyin.vault.models import Opening

ASKED: Final = "identity_asked"
ANSWERED: Final = "identity_answered"


def tell(opening: Opening, what: str, case: Case, to: Sequence[Officer]) -> None:
    """One row for each person."""
    topic = f"{ASKED if what == 'asked' else ANSWERED}:{opening.pk}"
    data = text({"number": str(case), "until": f"{local(opening.until):%Y-%m-%d %H:%M}"})
    people = dict.fromkeys(officer.person.key for officer in to)
    outbox.insert(
        [outbox.row_of(Told(OFFICER, key, "", what, topic=topic, data=data), 0, 0, clock.now()) for key in people]
    )
