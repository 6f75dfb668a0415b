"""An office from a file: what a new installation begins with."""

import argparse
import shutil
from pathlib import Path

import pytest

from huiyin.commands import Stop, setup
from huiyin.org import actions, office, procedures
from huiyin.org.models import AdminEvent, Area, Officer, Person, Unit

pytestmark = pytest.mark.django_db
EXAMPLE = Path("deploy/office.example.toml")


def run(*arguments):
    """The command without the check of the database, which would close the connection of the test."""
    parser = argparse.ArgumentParser()
    setup.add_arguments(parser)
    return setup.set_up(parser.parse_args(arguments))


def changed(tmp_path, old, new):
    """The example file with one passage replaced."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "office.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_example_makes_an_office_whose_people_can_log_in():
    done = office.apply(office.read(EXAMPLE))
    assert done.made == {"area": 3, "unit": 2, "contact": 1, "person": 9, "posting": 13, "adopt": 3}
    assert Unit.objects.get(id="xian_ju").parent_id == "shi_zhongxin"
    for keeper, count in (
        ("administrator", 1),
        ("security_administrator", 2),
        ("auditor", 1),
    ):  # nobody can appoint them later
        assert Officer.objects.filter(role=keeper).count() == count
    person = Person.objects.get(username="xian.chengban1")
    assert person.check_password(done.passwords["xian.chengban1"])
    assert {str(o) for o in person.postings.all()} == {"handler@xian_ju", "enforcement_officer@xian_ju"}
    found = {a.procedure for a in procedures.adopted("xian_ju", on=office.read(EXAMPLE).since)}
    assert found == {"national/complaint", "national/report", "national/enquiry"}


def test_applied_again_nothing_is_made_and_differences_are_named_not_changed(tmp_path):
    office.apply(office.read(EXAMPLE))
    before = AdminEvent.objects.count()
    again = office.apply(office.read(EXAMPLE))
    assert (again.made, again.passwords, again.differs) == ({}, {}, [])
    path = changed(tmp_path, "示例县市场监督管理局", "示例县局")
    differs = office.apply(office.read(path)).differs
    assert len(differs) == 1
    assert "xian_ju" in differs[0]
    assert Unit.objects.get(id="xian_ju").label == "示例县市场监督管理局"
    assert AdminEvent.objects.count() == before


def test_units_may_stand_before_the_one_above_them(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8")
    units = text.split("[[unit]]")
    last, rest = units[2].split("[[person]]", 1)
    path = tmp_path / "office.toml"
    path.write_text(f"{units[0]}[[unit]]{last}[[unit]]{units[1]}[[person]]{rest}", encoding="utf-8")
    assert office.apply(office.read(path)).made["unit"] == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("since = 2026-12-01", "", "since"),
        ('label     = "示例县市场监督管理局"', "", "缺少 label"),
        ('level     = "county"', 'level     = "planet"', "[[unit]] #2 level"),
        ('parent    = "shi_zhongxin"', 'parent    = "nowhere"', "[[unit]] #2 unit"),
        ('hours     = "office"', 'hours     = "night"', "hours.night"),
        ('role = "handler"', 'role = "wizard"', "[[person]] #7 role"),
        ('procedure = "national/enquiry"', 'procedure = "national/nothing"', "[[adopt]] #3 procedure"),
        ('username = "dengji1"', 'usrname = "dengji1"', "缺少 username"),
        ("[[adopt]]", "[[adoption]]", "adoption"),
        ('parent = "990000"', 'parent = "990121"', "[[area]]"),
        ("[[area]]", "[[area", "TOML"),
    ],
)
def test_what_cannot_be_is_named_with_its_entry_and_nothing_is_made(tmp_path, old, new, says):
    path = changed(tmp_path, old, new)
    with pytest.raises(office.BadOffice, match=r".+") as bad:
        office.apply(office.read(path))
    assert says in str(bad.value)
    assert not Unit.objects.exists()
    assert not Person.objects.exists()
    assert not Area.objects.exists()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(office.BadOffice, match=r"nothing\.toml"):
        office.read(tmp_path / "nothing.toml")


def test_somebody_changes_their_own_password_only_knowing_the_old_one(client):
    done = office.apply(office.read(EXAMPLE))
    old, new = done.passwords["dengji1"], "green-lantern-over-water-27"
    person = Person.objects.get(username="dengji1")
    with pytest.raises(actions.BadAct):
        actions.change_own_password(person, "wrong", new)
    client.force_login(person)
    refused = client.post("/password/", {"old": old, "new": new, "again": new + "x"})
    assert refused.status_code == 422
    weak = client.post("/password/", {"old": old, "new": "password12", "again": "password12"})
    assert weak.status_code == 422
    assert client.post("/password/", {"old": old, "new": new, "again": new}).status_code == 302
    person.refresh_from_db()
    assert person.check_password(new)
    assert AdminEvent.objects.filter(name="own_password_changed").count() == 1
    assert new not in AdminEvent.objects.get(name="own_password_changed").body
    assert client.get("/password/").status_code == 200  # still logged in here
    assert Officer.objects.filter(person=person).count() == 2


def test_the_command_shows_passwords_once_and_keeps_nothing_when_only_checking(tmp_path, capsys):
    path = shutil.copy(EXAMPLE, tmp_path / "office.toml")
    assert run(str(path), "--check") == 0
    assert "将建立" in capsys.readouterr().out
    assert not Unit.objects.exists()
    assert run(str(path)) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in Person.objects.values_list("username", flat=True))
    assert run(str(path)) == 0
    assert "密码" not in capsys.readouterr().out


def test_the_sample_world_and_an_office_do_not_mix(sample_world):
    with pytest.raises(Stop, match="示范"):
        run(str(EXAMPLE))
