"""The directory of other authorities and the outside systems: kept by administrators, found by words, told in full."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from huiyin.core.errors import RuleError
from huiyin.core.outside_systems import load
from huiyin.org import actions, directory, log, systems
from huiyin.org.actions import BadAct
from huiyin.org.models import AdminEvent, Authority, Officer
from huiyin.org.queries import today, world_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
HOUSING = {"label": "住建局", "telephone": "0371-1234567", "matters": ["物业"]}


@pytest.mark.clause("HN-FW-03c")
def test_an_entry_is_told_with_department_number_and_day_of_the_last_check():
    row = actions.set_authority("estate", **HOUSING, checked=date(2025, 9, 1))
    assert directory.told(row) == "住建局，电话0371-1234567（2025-09-01核对）"
    assert directory.told_for("dir:estate") == directory.told(row)
    assert directory.told_for("dir:nobody") is None
    assert directory.told_for("交通局 0371-7654321") == "交通局 0371-7654321"
    assert directory.is_stale(row)


@pytest.mark.parametrize(
    ("text", "code"),
    [("物业费", "housing"), ("小区物业费乱收怎么办", "housing"), ("老板拖欠工资", "labour"), ("快递", "post"), ("示范市教育局", "education"),
     ("医院 收费", "health")],
)  # fmt: skip
def test_a_matter_is_found_as_people_say_it(text, code):
    assert directory.search(text)[0].code == code


def test_nothing_fits_or_nothing_asked():
    assert directory.search("外星人") == []
    assert len(directory.search("")) == Authority.objects.count()


def test_an_entry_serves_its_area_and_what_lies_in_it():
    row = actions.set_authority("county_housing", **HOUSING, area="990121")
    assert directory.serves(row, "990121001")
    assert directory.serves(row, "990100")
    assert not directory.serves(row, "990122")
    assert row in directory.search("物业", area="990121001")
    assert row not in directory.search("物业", area="990122001")


def test_the_rules_may_ask_which_body_takes_a_subject():
    world = world_for("city", procedure="henan/complaint")
    assert "住房和城乡建设局" in world.competent_body(("goods:house",), "990121001")
    assert world.competent_body(("goods:kettle",), None) is None
    assert world.competent_body(None, None) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"telephone": "没有"}, "telephone"), ({"telephone": ""}, "telephone"), ({"matters": [" "]}, "matters"), ({"label": " "}, "label"),
        ({"url": "javascript:alert(1)"}, "url"), ({"area": "12"}, "area"), ({"unit": "city"}, "unit"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(change, field):
    with pytest.raises(BadAct) as error:
        actions.set_authority("estate", **{**HOUSING, **change})
    assert error.value.field == field


def test_every_act_is_in_the_log_of_administration_and_only_administrators_do_it():
    clerk = Officer.objects.filter(role="intake_officer").first()
    with pytest.raises(PermissionDenied):
        actions.set_authority("estate", **HOUSING, by=clerk)
    admin = Officer.objects.get(role="administrator")
    actions.set_authority("estate", **HOUSING, by=admin)
    actions.check_authority("estate", checked=today(), by=admin)
    with pytest.raises(BadAct):
        actions.check_authority("estate", checked=today() + timedelta(days=1), by=admin)
    actions.close_authority("estate", by=admin)
    names = [e.name for e in AdminEvent.objects.filter(body__contains='"estate"').order_by("seq")]
    assert names == ["authority_set", "authority_checked", "authority_closed"]
    assert log.broken() == []
    assert all(e.code != "estate" for e in directory.entries())
    with pytest.raises(BadAct, match="用过"):
        actions.set_authority("estate", **HOUSING)


def test_the_sample_says_that_its_telephones_are_invented():
    assert Authority.objects.count() >= 15
    assert all(e.telephone.startswith("0000-") and "虚构" in e.note for e in Authority.objects.all())


# -- outside systems


def test_the_national_platform_is_a_system_of_record():
    assert systems.is_of_record("12315")
    assert not systems.is_of_record("12345")
    assert not systems.is_of_record("unknown")
    assert systems.label("unknown") == "unknown"


def test_an_office_adds_its_own_and_mistakes_are_named(tmp_path: Path):
    file = tmp_path / "systems.toml"
    file.write_text('[[system]]\ncode = "mayor"\nlabel = "市长信箱系统"\nof_record = true\n', encoding="utf-8")
    assert load(systems.RULES, tmp_path)["mayor"].of_record
    assert "12315" in load(systems.RULES, tmp_path)
    for text in (
        '[[system]]\ncode = ""\nlabel = "x"',
        '[[system]]\ncode = "a"\nlabel = "x"\ncolour = 1',
        "[other]\na = 1",
        "[[system",
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RuleError, match=r"systems\.toml"):
            load(tmp_path)
