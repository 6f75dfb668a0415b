"""An administrator of a county keeps the county and what is below it, and nothing else."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from huiyin.org import actions, queries, reach
from huiyin.org.models import AdminEvent, Officer

pytestmark = pytest.mark.usefixtures("sample_world")
SINCE = date(2026, 1, 1)


def in_county(role):
    person = actions.create_person(f"{role.replace('_', '.')}.a", "县管理员")
    return actions.appoint(person, role, "county_a", since=SINCE)


def held(role, unit):
    return Officer.objects.filter(role=role, unit_id=unit).first()


def sibling():
    return held("handler", "county_b").person


OUT_OF_REACH = {
    "a unit above": ("administrator", lambda by: actions.change_unit("city", label="市局", by=by)),
    "a sibling": ("administrator", lambda by: actions.change_unit("county_b", label="乙县", by=by)),
    "moving a unit out": ("administrator", lambda by: actions.change_unit("station_a1", parent="county_b", by=by)),
    "moving a unit in": ("administrator", lambda by: actions.change_unit("station_b1", parent="county_a", by=by)),
    "a new unit beside his own": ("administrator", lambda by: actions.create_unit("county_z", "丁县", "county", since=SINCE, parent="city", by=by)),
    "a new top": ("administrator", lambda by: actions.create_unit("county_z", "丁县", "county", since=SINCE, by=by)),
    "closing a sibling": ("administrator", lambda by: actions.close_unit("county_b", until=SINCE, by=by)),
    "areas of all": ("administrator", lambda by: actions.set_area("990199", "丁县", by=by)),
    "a value for all": ("administrator", lambda by: actions.set_setting("x", 1, since=SINCE, by=by)),
    "rules of a sibling": ("administrator", lambda by: actions.adopt("county_b", "jiangmen/complaint", since=SINCE, by=by)),
    "a posting above": ("security_administrator", lambda by: actions.appoint(by.person, "handler", "city", since=SINCE, by=by)),
    "ending one of a sibling": ("administrator", lambda by: actions.end_posting(held("handler", "county_b"), until=SINCE, by=by)),
    "a password of a sibling": ("security_administrator", lambda by: actions.set_password(sibling(), "a-long-passphrase", by=by)),
    "switching off one above": ("administrator", lambda by: actions.set_active(held("handler", "city").person, False, by=by)),
}  # fmt: skip


@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_what_is_out_of_reach_is_refused_and_leaves_no_trace(name):
    role, act = OUT_OF_REACH[name]
    by = in_county(role)
    before = AdminEvent.objects.count()
    with pytest.raises(PermissionDenied):
        act(by)
    assert AdminEvent.objects.count() == before


def test_the_own_unit_and_those_below_are_in_reach():
    system, security = in_county("administrator"), in_county("security_administrator")
    actions.change_unit("county_a", label="甲县市场监管局", by=system)
    actions.create_unit("station_a9", "新站", "station", since=SINCE, parent="county_a", by=system)
    actions.change_unit("station_a9", label="新服务站", by=system)
    newcomer = actions.create_person("new.comer", "新人", by=system)
    posting = actions.appoint(newcomer, "handler", "station_a9", since=SINCE, by=security)
    actions.end_posting(posting, until=SINCE, by=system)
    assert queries.tree().above("station_a9")[0] == "county_a"


def test_the_top_reaches_everything():
    by = held("administrator", "province")
    assert reach.is_top(by)
    actions.set_area("990199", "丁县", by=by)
    actions.change_unit("station_a1", parent="county_b", by=by)
