"""The privacy rows of the regulations, each tried: the worked example is recorded, whoever must not see tries on the pages, and whoever may does.
Passwords, idle sessions, one account at one place (HN-BM-02b, 05a, 07a, 07b) are tried in tests/accounts."""

import tomllib
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from huiyin.accounts.models import Look
from huiyin.cases import access, clock, identity
from huiyin.cases.actions import record
from huiyin.cases.models import Case
from huiyin.cases.people import Outside
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import timeline
from huiyin.core.model import Refused
from huiyin.registers import actions as registers
from huiyin.vault import actions as vault
from huiyin.vault.models import RevealLog
from tests.cases.office import FACTS, MONDAY, a_case
from tests.cases.office import officer as of_office
from tests.support.recorded import People, Recorded
from tests.support.shipped import library

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]
CLAUSES = Path(__file__).parents[1] / "clauses"


@lru_cache
def examples(code):
    return tomllib.loads((CLAUSES / f"{code}.toml").read_text(encoding="utf-8"))["example"]


class Played:
    """One example in the database, with the people of it."""

    def __init__(self, code, name):
        raw = next(one for one in examples(code) if one["name"] == name)
        self.made = Recorded(raw, library())
        self.made.run()
        self.case = Case.objects.get(pk=self.made.cases[""])
        self.people = People()

    def of(self, who):
        return self.people.officer(who)

    def personal(self):
        """Name and telephone of who sent it, as the vault has them."""
        opened = open_case(self.case)
        no = next(no for no, p in opened.view.parties.items() if p.role in ("complainant", "reporter"))
        refs = opened.log.identity[no]
        values = vault.open_many(refs[name] for name in ("name", "phone", "address") if name in refs)
        return no, [str(value) for value in values.values()]


def refused(case, who):
    return Look.objects.filter(case_id=case.pk, how="refused", person=who.person.key, unit=who.unit_id).exists()


HIDDEN = [
    pytest.param(
        "ZJ", "a unit that helps reads the matter, not the name and the address", "enforcement_officer@quality_unit_1", "handler@quality_unit_2",
        marks=pytest.mark.clause("ZJ-02a"), id="ZJ",
    ),
    pytest.param(
        "JS", "section handling a transferred case does not see the name", "handler@family_section_2", "handler@family_letters",
        marks=pytest.mark.clause("JS-07-2a"), id="JS",
    ),
    pytest.param(
        "YJ", "the window's department sees the question put to it, not who complained", "handler@window_department_1", "handler@hall_supervision",
        marks=pytest.mark.clause("YJ-02c"), id="YJ",
    ),
    pytest.param(
        "CD", "without learning who complained", "handler@agency_personnel", "handler@agency_supervision",
        marks=pytest.mark.clause("CD-07a"), id="CD",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "helper", "handler"), HIDDEN)
def test_who_works_on_the_matter_does_not_learn_who_sent_it_and_who_must_know_is_logged(
    code, name, helper, handler, proven
):
    told = Played(code, name)
    no, secrets = told.personal()
    one = told.of(helper)
    page = proven(one).get(f"/cases/~{told.case.pk}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "（无权查看）" in text
    masked = identity.masked(open_case(told.case), one).values()
    assert not {m.name for m in masked if m.party == no} & {"name", "address"}
    assert not [value for value in secrets if len(value) > 1 and value in text]
    may = told.of(handler)
    found = {m.name: m for m in identity.masked(open_case(told.case), may).values() if m.party == no}
    assert "name" in found
    if not identity.takes_two(open_case(told.case), found["name"]):
        value = identity.reveal(open_case(told.case), may, found["name"].ref, "联系核实")
        assert value in secrets
        assert RevealLog.objects.get().person == may.person.key
    else:
        with pytest.raises(identity.TakesTwo):
            identity.reveal(open_case(told.case), may, found["name"].ref, "联系核实")


OFF = [
    pytest.param("CD", "without learning who complained", "handler@agency_division_1", marks=pytest.mark.clause("CD-07a"), id="CD"),
    pytest.param(
        "YJ", "the window's department sees the question put to it, not who complained", "handler@window_2",
        marks=pytest.mark.clause("YJ-02c"), id="YJ",
    ),
    pytest.param("HN-DA", "an officer of another unit does not open it", "handler@county_b", marks=pytest.mark.clause("HN-DA-3d"), id="HN-DA"),
    pytest.param("HN-SZ", "an officer of another county does not find the case", "handler@county_b", marks=pytest.mark.clause("HN-SZ-05"), id="SZ"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "who"), OFF)
def test_who_is_not_on_the_case_is_refused_and_the_attempt_stands_in_the_log(code, name, who, proven):
    told = Played(code, name)
    one = told.of(who)
    browser = proven(one)
    _no, secrets = told.personal()
    for address in ("", "files/", "looks/", "note_added/"):
        answer = browser.get(f"/cases/~{told.case.pk}/{address}")
        assert answer.status_code == 404, address
        assert not [value for value in secrets if len(value) > 1 and value in answer.content.decode()]
    assert refused(told.case, one)
    assert not access.one_seen(one, told.case.pk)


@pytest.mark.clause("NX-07")
def test_the_unit_complained_about_does_not_see_that_retaliation_was_reported(proven):
    told = Played("NX", "and the unit complained about does not")
    for who, sees in (("unit_head@town_unit_1", False), ("supervisor@town_supervision", True)):
        answer = proven(told.of(who)).get(f"/cases/~{told.case.pk}/")
        assert ("被刁难" in answer.content.decode()) is sees, who


@pytest.mark.clause("YJ-09")
def test_a_window_does_not_see_that_retaliation_was_reported_on_a_closed_case(proven):
    told = Played("YJ", "retaliation is urgent at any time")
    for who, sees in (("handler@window_2", False), ("handler@hall_supervision", True)):
        answer = proven(told.of(who)).get(f"/cases/~{told.case.pk}/")
        assert ("被刁难" in answer.content.decode()) is sees, who


@pytest.mark.clause("HN-BM-02d", "HN-BM-04b")
def test_a_party_is_told_nothing_of_instructions_approvals_and_meetings():
    told = Played("HN-BM", "what was said at a meeting on the case stays with those who have it")
    opened = open_case(told.case)
    inner = {e.name for e in opened.log.events} & {
        "endorsed",
        "instructed",
        "proposed",
        "approved",
        "rejected",
        "meeting_held",
    }
    assert inner
    for role, no in (("complainant", "1"), ("respondent", "2")):
        rows = timeline(opened, Outside(role, no))
        words = [str(f.value) for row in rows if row.name in inner for f in row.facts if f.state in ("plain", "masked")]
        assert words == [], role


@pytest.mark.clause("CD-07b")
def test_what_the_complainant_handed_in_is_not_there_for_the_respondent():
    told = Played("CD", "the letter does not go to the division of the person complained about")
    opened = open_case(told.case)
    mine = [e for e in opened.log.events if e.actor.party == "1" or e.name in ("materials_supplied", "evidence_added")]
    assert mine
    seen = {row.seq for row in timeline(opened, Outside("respondent", "2"))}
    assert not seen & {e.seq for e in mine}


RULE = """
[[audience]]
of           = { from = ["complainant", "reporter"], sort = ["original", "copy"] }
never        = ["respondent", "unit_of:respondent", "officers_of:respondent"]
even_through = ["parent_of:respondent"]
clause       = "TRY-72"
says         = "材料不得转给被投诉的单位，也不得经其上级转去"
"""


@pytest.mark.clause("JS-07-2b", "CD-07b")
@pytest.mark.parametrize("to", ["county_a", "city"])
def test_material_goes_neither_to_the_unit_complained_about_nor_through_the_one_above_it(to):
    from huiyin.cases.actions import register
    from tests.cases.office import PARTIES, procedure

    with clock.at(MONDAY):
        about = {"role": "respondent", "name": "甲县局", "unit": "county_a", "respondent_kind": "official"}
        case = register(
            procedure(RULE),
            "province",
            by=of_office("intake_officer", "province"),
            facts=FACTS,
            parties=[PARTIES[0], about],
        )
        given = {"sort": "original", "party": "1"}
        record(case, "evidence_added", by=of_office("intake_officer", "province"), facts=given)
        with pytest.raises(Refused) as no:
            record(case, "dispatched", by=of_office("intake_officer", "province"), facts={"to": to})
    assert "TRY-72" in no.value.clauses


@pytest.mark.clause("NAT-A39", "HN-BM-02e")
def test_a_state_secret_is_found_by_the_persons_named_alone_wherever_others_look(proven):
    with clock.at(MONDAY):
        case = a_case()
        record(
            case,
            "classified",
            by=of_office("unit_head", "city"),
            facts={"case_secrecy": "state_secret", "reason": "涉密"},
        )
        for who in (
            ("leader", "city"),
            ("caller_back", "city"),
            ("director", "province"),
            ("administrator", "province"),
        ):
            browser = proven(of_office(*who))
            assert browser.get(f"/cases/~{case.pk}/").status_code == 404, who
            for address in ("/cases/", "/work/", "/board/", "/board/list/?what=red&unit=city", "/identity/", "/links/"):
                assert case.number not in browser.get(address).content.decode(), (who, address)
            for words in ("漏水", case.number, FACTS["subject"]):
                found = browser.post("/search/", {"words": words}, follow=True).content.decode()
                assert f"/cases/{case.number}/" not in found, (who, words)
            assert refused(case, of_office(*who))
        assert proven(of_office("intake_officer", "city")).get(f"/cases/~{case.pk}/").status_code == 200
        case.refresh_from_db()
        one = next(iter(identity.masked(open_case(case), of_office("intake_officer", "city")).values()))
        with pytest.raises(identity.TakesTwo):
            identity.reveal(open_case(case), of_office("intake_officer", "city"), one.ref, "核实")


# -- registers: the duty room, what is not yet published


@pytest.fixture
def duty_day():
    with clock.at(MONDAY):
        yield


def entered(register, by, **given):
    return registers.enter(register, given, by=by).entry


@pytest.mark.clause("SW-ZB-08a", "SW-ZB-08b", "SW-ZB-08c")
def test_diary_and_visitors_of_the_duty_room_are_for_its_people_and_those_who_lead(duty_day, proven):
    people = People()
    duty = people.officer("duty_officer@commerce_duty_room")
    diary = entered(
        ("SW-ZB", "duty_diary"), duty, day="2026-05-11", sort="diary", officers=[duty.person.key], text="夜间有两起来电",
    )  # fmt: skip
    visit = entered(
        ("SW-ZB", "visitor"), duty, visitor="来访人甲", unit_of_visitor="某公司", purpose="检修线路", came="2026-05-11T10:00:00",
        **{"with": duty.person.key},
    )  # fmt: skip
    outsider = people.officer("handler@squadron_1")
    browser = proven(outsider)
    for row, register in ((diary, "SW-ZB-duty_diary"), (visit, "SW-ZB-visitor")):
        assert browser.get(f"/registers/entry/{row.pk}/").status_code == 404
        for address in (f"/registers/{register}/", f"/registers/{register}/export/"):
            answer = browser.get(address)
            assert "夜间" not in answer.content.decode()
            assert "来访人甲" not in answer.content.decode()
            assert "某公司" not in answer.content.decode()
        assert Look.objects.filter(how="refused", what=f"entry {row.pk}", person=outsider.person.key).exists()
    leader = proven(people.officer("leader@commerce_bureau"))
    page = leader.get(f"/registers/entry/{diary.pk}/")
    assert page.status_code == 200
    assert Look.objects.filter(how="entry", what=f"entry {diary.pk}").count() == 1
    assert "来访人甲" not in leader.get("/registers/SW-ZB-visitor/").content.decode(), "a shared list names no visitor"
    assert leader.get("/registers/SW-ZB-duty_diary/export/").status_code == 200
    assert Look.objects.filter(how="export", what__contains="duty_diary", role="leader").exists()


@pytest.mark.clause("HN-BM-02c")
def test_a_warning_is_not_seen_by_other_counties_nor_by_the_public_before_it_is_published(duty_day, proven, client):
    director = of_office("director", "city")
    row = entered(
        ("HN-BM", "unpublished"), of_office("handler", "county_a"), sort="warning", title="某牌电热水壶漏电", text="抽检不合格",
        approver=director.person.key,
    )  # fmt: skip
    registers.act(row, "approve", by=director)
    given = {"published": "2026-05-12", "to": ["county_b"]}
    registers.act(row, "publish", given, by=of_office("unit_head", "county_a"))
    other = proven(of_office("handler", "county_b"))
    for browser, address in (
        (other, f"/registers/entry/{row.pk}/"),
        (other, "/registers/HN-BM-unpublished/"),
        (client, "/"),
        (client, "/how/"),
    ):
        assert "漏电" not in browser.get(address).content.decode()
    assert proven(director).get(f"/registers/entry/{row.pk}/").status_code == 200
    with clock.at(MONDAY + timedelta(days=1)):
        assert "漏电" in proven(of_office("handler", "county_b")).get(f"/registers/entry/{row.pk}/").content.decode()
