"""The desk's form: what the rules still want, who is known, several people, two halves of a letter, numbers of other systems, drafts."""

import re

import pytest

from huiyin.cases import looking
from huiyin.cases.models import Business, Case, Draft, Event, ExternalRef, Link, Party
from huiyin.cases.queries import open_case
from huiyin.cases.rebuilding import rebuild
from huiyin.vault import actions as vault
from huiyin.vault.models import SECRET, DataKey, Record
from tests.cases.office import officer

pytestmark = pytest.mark.django_db

HENAN, NATIONAL, JIANGMEN = "henan/complaint", "national/complaint", "jiangmen/complaint"
FIVE = {
    "complainant.name": "王某", "complainant.phone": "13800000001", "complainant.address": "甲县城关一号", "complainant.postcode": "450001",
    "demand": "退款199元",
}  # fmt: skip
MATTER = {
    "kind": "complaint", "channel": "phone", "source": "direct", "what": "水壶两天就不通电", "when": "9月13日", "where": "甲县第一商场",
    "who": "营业员", "why": "说已拆封", "respondent.name": "甲县商店", "respondent.credit_code": "91990121MA9A000375",
    "respondent.respondent_kind": "business",
    "respondent.area": "990121001", "respondent.address": "甲县第一商场一层", "respondent_known": "true", "within_duties": "true",
    "real_name": "true",
}  # fmt: skip
WHOLE = {**MATTER, **FIVE}


@pytest.fixture
def city(desk):
    return desk("intake_officer", "city")


def body(answer):
    return answer.content.decode()


def post(client, procedure=HENAN, **data):
    return client.post(f"/cases/new/?procedure={procedure}", data)


def look(client, procedure=HENAN, **data):
    answer = client.post(f"/cases/new/look/?procedure={procedure}", data)
    assert answer.status_code == 200
    return body(answer)


def plain(case, no, fact):
    ref = open_case(case).log.identity[no][fact]
    return vault.open_many([ref])[ref.ref]


# -- the meter


@pytest.mark.clause("HN-CL-08b")
def test_the_meter_names_the_five_elements_of_henan_and_fills_with_what_is_typed(city):
    empty = look(city, kind="complaint", channel="phone", source="direct")
    for label in ("投诉人的姓名或名称", "投诉人的电话", "投诉人的地址", "投诉人的邮编", "诉求"):
        assert re.search(rf'class="open"[^>]*>.{{0,60}}{label}', empty), label
    assert "HN-CL-08b" in empty
    three = look(city, **{**MATTER, "complainant.name": "王某", "complainant.phone": "13800000001", "demand": "退款"})
    assert re.search(r'class="open"[^>]*>.{0,60}投诉人的邮编', three)
    assert re.search(r'class="said"[^>]*>.{0,60}诉求', three)
    full = look(city, **WHOLE)
    assert 'class="open"' not in full
    assert "HN-CL-08b" not in full


def test_another_procedure_wants_other_things_and_says_by_which_article(desk):
    county = desk("intake_officer", "county_a")
    page = look(county, NATIONAL, kind="complaint", channel="phone", source="direct")
    assert "NAT-A10" in page
    assert "邮编" not in page


def test_the_meter_looks_beyond_registering_to_acceptance(desk):
    county = desk("intake_officer", "county_a")
    given = {**WHOLE, "within_duties": "false"}
    page = look(county, NATIONAL, **given)
    assert "受理前" in page
    assert "NAT-A13" in page


def test_without_scripts_the_check_button_shows_the_meter_and_registers_nothing(city):
    answer = post(city, check="1", **{**MATTER, "complainant.name": "王某"})
    assert answer.status_code == 200
    assert "投诉人的邮编" in body(answer)
    assert "王某" in body(answer)
    assert not Case.objects.exists()


@pytest.mark.clause("HN-CL-08b")
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("complainant.postcode", "4500", "6位数字"), ("complainant.phone", "1380000", "电话号码"),
        ("respondent.credit_code", "91990121MA9A000374", "校验码"),
        ("respondent.credit_code", "110101199001010015", "18位统一社会信用代码"), ("category", "goods:nothing", "请从列出的选项里选"),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_said_at_its_field(city, field, value, says):
    answer = post(city, **{**WHOLE, field: value})
    assert answer.status_code == 422
    assert says in body(answer)
    assert not Case.objects.exists()


# -- likely repeats


@pytest.mark.clause("HN-CL-12")
def test_the_same_telephone_brings_up_the_earlier_case_and_registering_links_the_two(city):
    assert post(city, **WHOLE).status_code == 302
    first = Case.objects.get()
    page = look(city, **{"kind": "complaint", "complainant.phone": "138 0000 0001"})
    assert first.number in page
    assert "电话相同" in page
    assert post(city, **{**WHOLE, "link_to": first.number, "relation": "repeat"}).status_code == 302
    second = Case.objects.exclude(pk=first.pk).get()
    assert Link.objects.filter(case_id=second.pk, other_id=first.pk, relation="repeat").count() == 1
    assert Link.objects.filter(case_id=first.pk, other_id=second.pk, relation="repeated").count() == 1


def test_a_name_alone_is_no_repeat_with_the_same_respondent_it_is(city):
    post(city, **WHOLE)
    number = Case.objects.get().number
    assert number not in look(city, **{"kind": "complaint", "complainant.name": "王某"})
    assert number in look(city, **{"kind": "complaint", "complainant.name": "王某", "respondent.name": "甲县商店"})


def test_a_case_one_may_not_find_is_no_repeat(city, desk):
    post(city, **WHOLE)
    number = Case.objects.get().number
    assert number not in look(
        desk("intake_officer", "county_b"), **{"kind": "complaint", "complainant.phone": "13800000001"}
    )


def test_what_is_typed_never_stands_in_an_address(city):
    assert city.get("/cases/new/look/?procedure=henan/complaint&complainant.phone=13800000001").status_code == 405


# -- known businesses


def test_a_business_of_an_earlier_case_is_suggested_and_taken_over_with_one_press(city):
    post(city, **WHOLE)
    assert Business.objects.get().code == "91990121MA9A000375"
    assert "甲县商店".encode() not in bytes(Business.objects.get().closed)
    page = look(city, **{"kind": "complaint", "respondent.name": "甲县"})
    assert 'value="91990121MA9A000375"' in page
    answer = body(post(city, **{**FIVE, "kind": "complaint", "respondent.name": "甲县", "take": "91990121MA9A000375"}))
    assert 'value="甲县商店"' in answer
    assert 'value="甲县第一商场一层"' in answer
    assert Case.objects.count() == 1


def test_a_person_or_a_sole_traders_address_or_a_reported_shop_is_no_entry(city, desk):
    person = {**WHOLE, "respondent.credit_code": "", "respondent.name": "张某", "respondent.natural_person": "true"}
    post(city, **person)
    assert not Business.objects.exists()
    trader = {**WHOLE, "respondent.credit_code": "92990121MA9A00053P", "respondent.respondent_kind": "trader"}
    post(city, **trader)
    (found,) = looking.known_businesses("甲县")
    assert (found.code, found.name, found.address) == ("92990121MA9A00053P", "甲县商店", "")


def test_the_register_of_businesses_is_made_again_from_the_cases(city):
    post(city, **WHOLE)
    case = Case.objects.get()
    Business.objects.all().delete()
    rebuild([case.pk])
    assert looking.known_businesses("甲县") == []
    rebuild([case.pk], "businesses")
    assert [one.name for one in looking.known_businesses("甲县")] == ["甲县商店"]


# -- in one go


def test_accepting_and_dispatching_at_once(city):
    then = {
        "then-accept": "on", "then-accepted_basis": "HN-FWEI-A1", "then-dispatched_to": "county_a", "then-dispatched_dispatch_kind": "forward",
        "then-dispatched_case_subject": "水壶质量", "then-dispatched_opinion": "请办理",
    }  # fmt: skip
    consumer = {"complainant.complainant_kind": "consumer"}
    assert post(city, **WHOLE, **consumer, **then).status_code == 302
    case = Case.objects.get()
    assert [e.name for e in Event.objects.filter(case=case).order_by("seq")] == ["registered", "accepted", "dispatched"]
    assert case.handling_unit == "county_a"


def test_when_a_step_is_refused_nothing_is_registered_and_everything_typed_stays(city):
    answer = post(city, **{**WHOLE, "within_duties": "false", "then-accept": "on", "then-accepted_basis": "HN-FWEI-A1"})
    assert answer.status_code == 409
    assert "HN-CL-11" in body(answer)
    assert "水壶两天就不通电" in body(answer)
    assert not Case.objects.exists()


# -- referred, and known elsewhere


@pytest.mark.clause("HN-CL-02")
def test_a_referred_matter_names_who_passed_it_on_and_its_number(city):
    missing = post(city, **{**WHOLE, "channel": "referred", "source": "department"})
    assert missing.status_code == 409
    assert "HN-CL-02" in body(missing)
    sent = {
        "channel": "referred",
        "source": "department",
        "sender": "示范市住建局",
        "sender_no": "转〔2026〕5号",
        "sender_date": "2026-05-01",
    }
    assert post(city, **{**WHOLE, **sent}).status_code == 302
    facts = open_case(Case.objects.get()).view.case_facts()
    assert (facts["sender"], facts["sender_no"]) == ("示范市住建局", "转〔2026〕5号")


@pytest.mark.clause("NAT-A40")
def test_a_number_of_the_national_platform_is_taken_once_and_the_case_is_a_mirror(city):
    number = {"external_system": "12315", "external_no": "1410000000001"}
    assert post(city, **WHOLE, **number).status_code == 302
    case = Case.objects.get()
    assert ExternalRef.objects.get().no == "1410000000001"
    assert open_case(case).view.case_fact("mirrored") is True
    again = post(city, **WHOLE, **number)
    assert again.status_code == 422
    assert case.number in body(again)
    assert Case.objects.count() == 1


def test_a_number_without_its_system_is_asked_back(city):
    answer = post(city, **WHOLE, external_no="77")
    assert answer.status_code == 422
    assert "外部系统和外部编号要一起填" in body(answer)


# -- several people

LI = {
    "people": "1",
    "p2-role": "complainant",
    "p2-name": "李某",
    "p2-phone": "13800000002",
    "p2-address": "甲县城关二号",
    "p2-postcode": "450001",
}


def test_one_more_person_is_added_without_scripts(city):
    page = body(post(city, person="add", **WHOLE))
    assert 'name="p2-name"' in page
    assert 'name="p3-name"' in body(post(city, person="add", **{**WHOLE, **LI}))
    assert 'name="p2-name"' not in body(post(city, person="remove", **{**WHOLE, **LI}))
    assert not Case.objects.exists()


@pytest.mark.clause("HN-CL-13a", "HN-CL-13b")
def test_two_complain_together_with_consents_and_representatives(city):
    joint = {"joint": "on", "joint_method": "in_person", "elected": ["1", "2"], "elected_files": "推选书"}
    answer = post(city, **WHOLE, **LI, **joint)
    assert answer.status_code == 302, body(answer)
    case = Case.objects.get()
    assert list(Party.objects.filter(case_id=case.pk).order_by("no").values_list("no", "role")) == [
        ("1", "complainant"), ("2", "complainant"), ("3", "respondent"),
    ]  # fmt: skip
    view = open_case(case).view
    assert [e.facts["party"] for e in view.by_name["consented"]] == ["1", "2"]
    assert view.by_name["joint_formed"][0].facts["parties"] == ("1", "2")
    assert view.by_name["representatives_elected"][0].facts["parties"] == ("1", "2")
    assert plain(case, "2", "name") == "李某"


@pytest.mark.clause("HN-CL-12")
def test_an_agent_acts_for_whom_with_which_powers(city):
    agent = {
        "people": "1", "p2-role": "agent", "p2-name": "孙某", "p2-phone": "13800000009", "p2-for_party": "1",
        "p2-powers": "代为接受调解\n代为领取退款",
        "p2-until": "2027-01-01", "p2-files": "授权委托书",
    }  # fmt: skip
    answer = post(city, **WHOLE, **agent)
    assert answer.status_code == 302, body(answer)
    event = open_case(Case.objects.get()).view.by_name["agent_authorised"][0]
    assert (event.facts["party"], event.facts["for_party"]) == ("2", "1")
    assert event.facts["powers"] == ("代为接受调解", "代为领取退款")


# -- two halves of a letter


@pytest.mark.parametrize("named", ["true", "false"])
@pytest.mark.clause("NAT-A9")
def test_a_letter_that_is_both_is_registered_as_two(city, named):
    both = {"other-both": "on", "other-what": "该店出售无强制性认证标志的水壶", "other-real_name": named}
    answer = post(city, **{**WHOLE, "channel": "letter"}, **both)
    assert answer.status_code == 302, body(answer)
    complaint, report = Case.objects.order_by("pk")
    assert [complaint.kind, report.kind, report.secrecy] == ["complaint", "report", "report"]
    assert complaint.number != report.number
    assert report.procedure_id == "henan/report"
    assert Link.objects.filter(case_id=complaint.pk, other_id=report.pk, relation="split").exists()
    page = body(city.get(answer.url))
    assert page.count("查询码：") == 2
    for case in (complaint, report):
        assert city.get(f"/cases/{case.number}/").status_code == 200
    identity = Record.objects.filter(case_id=report.pk, kind="identity", name="phone")
    assert identity.exists() is (named == "true")
    if named == "true":
        assert set(DataKey.objects.filter(case_id=report.pk, party="1").values_list("cls", flat=True)) == {SECRET}


def test_the_other_half_says_what_it_is_about(city):
    answer = post(city, **WHOLE, **{"other-both": "on"})
    assert answer.status_code == 422
    assert "请写明另一件的事实" in body(answer)
    assert not Case.objects.exists()


# -- drafts


def test_drafts_are_listed_resumed_and_given_up(city, desk):
    post(city, save="1", people="1", **{"kind": "complaint", "what": "说到一半", "p2-name": "李某"})
    draft = Draft.objects.get()
    page = body(city.get("/cases/new/"))
    assert f"?draft={draft.pk}" in page
    resumed = body(city.get(f"/cases/new/?draft={draft.pk}"))
    assert "说到一半" in resumed
    assert "李某" in resumed
    other = desk("handler", "county_a")
    assert other.post(f"/cases/new/drafts/{draft.pk}/delete/").status_code == 404
    client = desk("intake_officer", "city")
    assert client.post(f"/cases/new/drafts/{draft.pk}/delete/").url == "/cases/new/"
    assert not Draft.objects.exists()
    assert not DataKey.objects.get(case_id=draft.pk).wrapped


def test_only_officers_of_the_unit_see_the_desk(client):
    assert client.post("/cases/new/look/?procedure=henan/complaint").url.startswith("/login/")
    assert officer("intake_officer", "city").unit_id == "city"


def test_the_procedure_used_last_stands_first_and_has_the_focus(city):
    assert "autofocus" not in body(city.get("/cases/new/"))
    offered = re.findall(r'href="\?procedure=([^"]+)"', body(city.get("/cases/new/")))
    city.get(f"/cases/new/?procedure={offered[-1]}")
    again = body(city.get("/cases/new/"))
    assert re.findall(r'href="\?procedure=([^"]+)"', again) == [offered[-1], *offered[:-1]]
    assert again.count("autofocus") == 1
