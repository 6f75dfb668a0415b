"""System, security and audit administrators: what each may do, and that nobody is two of them."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from huiyin import org
from huiyin.core.vocabulary import load_vocabulary
from huiyin.org import actions, powers, queries
from huiyin.org.actions import BadAct

pytestmark = pytest.mark.usefixtures("sample_world")
SINCE = date(2025, 1, 1)
ADMINISTRATORS = ("administrator", "security_administrator", "auditor")


def somebody(name="new.person"):
    return actions.create_person(name, "新人")


def held(role):
    return queries.holders(role, "province").get()


# act: (what is done, by whom it may be done)
TABLE = {
    "create_person": (lambda by: actions.create_person("one.more", "某人", by=by), {"administrator"}),
    "create_unit": (lambda by: actions.create_unit("county_z", "丁县", "county", since=SINCE, parent="city", by=by), {"administrator"}),
    "change_unit": (lambda by: actions.change_unit("county_a", label="甲县市场监管局", by=by), {"administrator"}),
    "set_setting": (lambda by: actions.set_area("990199", "丁县", by=by), {"administrator"}),
    "appoint": (lambda by: actions.appoint(somebody(), "handler", "county_a", since=SINCE, by=by), {"security_administrator"}),
    "set_password": (lambda by: actions.set_password(somebody(), "a-long-passphrase", by=by), {"security_administrator"}),
    "switch_off": (lambda by: actions.set_active(somebody(), False, by=by), {"administrator", "security_administrator"}),
    "switch_on": (lambda by: actions.set_active(somebody(), True, by=by), {"security_administrator"}),
    "end_posting": (
        lambda by: actions.end_posting(actions.appoint(somebody(), "handler", "county_a", since=SINCE), until=SINCE, by=by),
        {"administrator", "security_administrator"},
    ),
    "rotate_keys": (lambda by: actions.rotate_keys(by=by), {"security_administrator"}),
}  # fmt: skip


@pytest.mark.parametrize("role", [*ADMINISTRATORS, "director"])
@pytest.mark.parametrize("act", TABLE)
def test_each_act_is_done_by_its_administrator_and_refused_to_the_others(act, role):
    do, may = TABLE[act]
    if role in may:
        do(held(role))
    else:
        with pytest.raises(PermissionDenied):
            do(held(role))


def test_the_auditor_changes_nothing():
    assert not any("auditor" in roles for roles in powers.POWERS.values())
    assert "auditor" not in powers.allowed("anything_at_all")


@pytest.mark.parametrize("one", ADMINISTRATORS)
@pytest.mark.parametrize("other", ADMINISTRATORS)
def test_nobody_is_two_administrators_at_a_time(one, other):
    person = somebody()
    actions.appoint(person, one, "city", since=SINCE, until=SINCE + timedelta(100))
    if one == other:
        return
    with pytest.raises(BadAct):
        actions.appoint(person, other, "county_a", since=SINCE + timedelta(100))
    with pytest.raises(BadAct):
        actions.appoint(person, other, "city", since=SINCE - timedelta(5), until=SINCE)
    assert actions.appoint(person, other, "city", since=SINCE + timedelta(101)).pk


def test_every_power_is_that_of_a_known_role_and_every_act_has_somebody():
    roles = load_vocabulary().roles
    assert all(role in roles for may in powers.POWERS.values() for role in may)
    acts = [
        node.name for path in Path(org.__file__).parent.glob("*.py") for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and any(isinstance(d, ast.Name) and d.id == "act" for d in node.decorator_list)
    ]  # fmt: skip
    assert len(acts) > 15
    assert all(powers.allowed(act) for act in acts)
