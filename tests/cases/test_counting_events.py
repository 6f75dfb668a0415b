"""How many such events there were over all cases, as sanctions by breach ask: what was annulled is none, what was amended counts as amended."""

from datetime import datetime, timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.world import world_for
from tests.cases.office import MONDAY, a_case, officer


def breach(day: int, sort: str = "overdue") -> Case:
    """A case in which somebody's breach was recorded and confirmed."""
    at = MONDAY + timedelta(days=day)
    case = a_case(at)
    with clock.at(at + timedelta(hours=1)):
        record(
            case,
            "breach_recorded",
            by=officer("unit_head", "city"),
            facts={"officer": "p19", "sort": sort, "text": "逾期"},
        )
        record(
            case,
            "breach_confirmed",
            by=officer("unit_head", "city"),
            re=[last(case).seq],
            facts={"officer": "p19", "sort": sort, "text": "属实"},
        )
    return case


def last(case: Case) -> Event:
    return Event.objects.filter(case_id=case.pk).order_by("-seq").first()


def counted(sort: str = "overdue") -> int:
    world = world_for("city", "trial/complaint", MONDAY.date(), None)
    world.current = "registered"
    asked = {"event": {"event": "breach_confirmed", "where": {"sort": [sort]}}, "same": "officer"}
    return world.cases("count_of", asked, {"officer": "p19", "at": datetime(2026, 12, 1), "parties": {}})


@pytest.mark.django_db
def test_what_was_annulled_is_not_counted(sample_world):
    breach(0)
    second = breach(1)
    assert counted() == 2
    with clock.at(MONDAY + timedelta(days=2)):
        record(second, "annulled", by=officer("unit_head", "city"), re=[last(second).seq], facts={"reason": "记错了人"})
    assert counted() == 1


@pytest.mark.django_db
def test_what_was_amended_counts_as_amended(sample_world):
    case = breach(0)
    with clock.at(MONDAY + timedelta(days=2)):
        record(
            case,
            "amended",
            by=officer("unit_head", "city"),
            re=[last(case).seq],
            facts={"field": "sort", "now_is": "attitude", "reason": "类型填错"},
        )
    assert (counted(), counted("attitude")) == (0, 1)
