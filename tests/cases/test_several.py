"""One letter that becomes two cases, several complaints that become one, outside numbers: all or none, each with its own number and secrets."""

from datetime import timedelta

import pytest

from huiyin.cases import clock
from huiyin.cases.access import sight, viewer
from huiyin.cases.actions import Step, join, record, register, split
from huiyin.cases.errors import KeyReused
from huiyin.cases.intake import SECRET_KINDS
from huiyin.cases.models import Case, Event, ExternalRef, Link, Party
from huiyin.cases.outside import outside_of
from huiyin.cases.people import Outside
from huiyin.cases.queries import open_case, visible_to
from huiyin.cases.rebuilding import case_ids, differences
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.vault import actions as vault
from huiyin.vault.models import SECRET, DataKey
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure

CONSENT = """
[[gate]]
name   = "all_agree"
event  = "joint_formed"
holds  = { consent = "joint_handling", from = "each:complainant" }
clause = "TRY-20"
says   = "合并为共同投诉须经各人同意"

[[gate]]
name   = "two_at_most"
event  = "representatives_elected"
holds  = { fact = "parties", le = 2 }
clause = "TRY-21"
says   = "至多推选两名代表"
"""


@pytest.fixture(autouse=True)
def world(sample_world):
    """The sample world."""


def at(hour, minute=0, day=0):
    return clock.at(MONDAY.replace(hour=hour, minute=minute) + timedelta(days=day))


def desk():
    return officer("intake_officer", "city")


def plain(case, name):
    opened = open_case(case)
    ref = opened.view.case_fact(name)
    return vault.open_many([ref])[ref.ref] if ref is not None else None


# -- one becomes two


def split_kettle(**more):
    first = a_case()
    given = {
        "facts": {"what": "该店出售无强制性认证标志的水壶"},
        "without": ("demand",),
        "reason": "来信同时举报",
    } | more
    with at(10):
        return first, split(first, by=desk(), kind="report", procedure="trial/complaint", **given)


@pytest.mark.django_db
@pytest.mark.clause("NAT-A9")
def test_a_letter_that_is_both_becomes_two_linked_cases_with_numbers_of_their_own():
    first, second = split_kettle()
    assert (first.number, second.number) == ("2026000001", "2026000002")
    assert (Case.objects.get(pk=first.pk).kind, second.kind, second.secrecy) == ("complaint", "report", "report")
    assert set(Link.objects.values_list("case_id", "other_id", "relation")) == {
        (first.pk, second.pk, "split"), (second.pk, first.pk, "split"),
    }  # fmt: skip
    assert [e.name for e in Event.objects.filter(case=second).order_by("seq")] == ["registered", "linked"]
    assert (
        Event.objects.get(case=second, name="registered").occurred
        == Event.objects.get(case=first, name="registered").occurred
    )
    assert plain(second, "what") == "该店出售无强制性认证标志的水壶"
    assert plain(second, "demand") is None
    assert plain(first, "what") == FACTS["what"]
    assert second.code
    assert second.code != first.code
    assert [d for pk in case_ids() for d in differences([pk])] == []


@pytest.mark.django_db
def test_of_the_two_the_reporter_is_secret_and_the_desk_sees_both():
    first, second = split_kettle()
    assert Party.objects.get(case_id=second.pk, no="1").role == "reporter"
    assert set(DataKey.objects.filter(case_id=second.pk, party="1").values_list("cls", flat=True)) == {SECRET}
    assert "report" in SECRET_KINDS
    assert visible_to(desk()).filter(pk__in=[first.pk, second.pk]).count() == 2
    above = officer("director", "province")
    assert not visible_to(above).filter(pk=second.pk).exists()
    assert sight(viewer(desk()), second).texts


@pytest.mark.django_db
def test_a_split_that_the_rules_refuse_leaves_nothing_behind():
    first = a_case()
    with at(10), pytest.raises(BadFact):
        split(first, by=desk(), kind="report", procedure="trial/complaint", facts={"category": ["goods:nothing"]})
    assert Case.objects.count() == 1
    assert not Event.objects.filter(name="split").exists()


@pytest.mark.django_db
def test_sent_twice_a_letter_is_split_once():
    first, second = split_kettle(key="k")
    with at(11):
        again = split(
            first, by=desk(), kind="report", procedure="trial/complaint", key="k",
            facts={"what": "该店出售无强制性认证标志的水壶"}, without=("demand",), reason="来信同时举报",
        )  # fmt: skip
    assert again.pk == second.pk
    assert again.code == ""
    with at(11), pytest.raises(KeyReused):
        split(first, by=desk(), kind="report", procedure="trial/complaint", key="k")
    assert Case.objects.count() == 2


# -- several become one


def three(rules):
    people = [
        {**PARTIES[0], "name": name, "phone": phone}
        for name, phone in (("王某", "13800000001"), ("李某", "13800000002"), ("赵某", "13800000003"))
    ]
    return [
        a_case(MONDAY + timedelta(minutes=n), rules=rules, parties=[person, PARTIES[1]])
        for n, person in enumerate(people)
    ]


@pytest.mark.django_db
@pytest.mark.clause("HN-CL-13a")
def test_joining_without_everybodys_consent_is_refused_and_names_whose_is_missing():
    k1, k2, k3 = three(procedure(CONSENT))
    with at(10), pytest.raises(Refused) as refused:
        join([k1, k2, k3], by=desk(), consenting=[k1.pk, k2.pk], reason="同一健身房")
    assert refused.value.clauses == ("TRY-20",)
    assert refused.value.data["without"] == [k3.number]
    assert not Event.objects.filter(name__in=("joint_formed", "party_added", "merged")).exists()


@pytest.mark.django_db
@pytest.mark.clause("HN-CL-13a")
def test_two_who_agree_become_one_case_and_the_third_goes_on_alone():
    k1, k2, k3 = three(procedure(CONSENT))
    with at(10):
        lead = join([k2, k1], by=desk(), consenting=[k1.pk, k2.pk], reason="同一健身房", method="phone")
    assert lead.pk == k1.pk  # the oldest goes on
    view = open_case(lead).view
    assert [p.role for p in view.parties.values()] == ["complainant", "respondent", "complainant"]
    assert view.by_name["joint_formed"][0].facts["parties"] == ("1", "3")
    assert {e.facts["party"] for e in view.by_name["consented"]} == {"1", "3"}
    assert Case.objects.get(pk=k2.pk).ended
    assert not Case.objects.get(pk=k3.pk).ended
    assert Link.objects.filter(case_id=k1.pk, other_id=k2.pk, relation="merged").exists()
    assert visible_to(desk()).filter(pk=k2.pk).exists()
    identity = open_case(lead).log.identity["3"]
    assert vault.open_many([identity["name"]])[identity["name"].ref] == "李某"
    assert [d for pk in case_ids() for d in differences([pk])] == []


@pytest.mark.django_db
@pytest.mark.clause("HN-CL-13b")
def test_more_representatives_than_the_rules_allow_are_refused_with_everything():
    cases = three(procedure(CONSENT))
    ids = [c.pk for c in cases]
    with at(10), pytest.raises(Refused) as refused:
        join(cases, by=desk(), consenting=ids, representatives=ids)
    assert refused.value.clauses == ("TRY-21",)
    assert not Event.objects.filter(name="joint_formed").exists()
    with at(10):
        lead = join(cases, by=desk(), consenting=ids, representatives=ids[:2])
    assert open_case(lead).view.by_name["representatives_elected"][0].facts["parties"] == ("1", "3")


@pytest.mark.django_db
def test_one_case_alone_is_not_joined_nor_one_of_another_kind():
    k1, k2, _k3 = three(procedure(CONSENT))
    with at(10), pytest.raises(BadFact, match="too_few"):
        join([k1, k1.pk], by=desk(), consenting=[k1.pk])
    report = a_case(
        rules=procedure(CONSENT), facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}]
    )
    with at(10), pytest.raises(BadFact, match="other_kind"):
        join([k2, report], by=desk(), consenting=[k2.pk, report.pk])


# -- beginning a case and something else in one go


@pytest.mark.django_db
def test_a_repeat_is_registered_and_linked_in_one_act():
    first = a_case()
    more = [Step("linked", desk(), {"with": first.number, "relation": "repeat"}), Step("accepted", desk())]
    second = a_case(MONDAY + timedelta(hours=1), more=more)
    assert [e.name for e in Event.objects.filter(case=second).order_by("seq")] == ["registered", "linked", "accepted"]
    assert set(Link.objects.values_list("case_id", "other_id", "relation")) == {
        (second.pk, first.pk, "repeat"), (first.pk, second.pk, "repeated"),
    }  # fmt: skip
    assert [d for pk in case_ids() for d in differences([pk])] == []


@pytest.mark.django_db
def test_when_what_follows_is_refused_the_case_is_not_begun():
    more = [Step("refused", desk(), {"ground": ["TRY-04"]})]
    with pytest.raises(Refused) as refused:
        a_case(more=more)
    assert "TRY-04" in refused.value.clauses
    assert not Case.objects.exists()


# -- outside numbers

PLATFORM = {**FACTS, "external_system": "12315", "external_no": "1410000000001"}


@pytest.mark.django_db
@pytest.mark.clause("NAT-A40")
def test_a_case_with_a_number_of_the_national_platform_is_a_mirror_of_it():
    case = a_case(facts=PLATFORM)
    (found,) = outside_of(open_case(case).view)
    assert (found.label, found.no, found.mirrored) == ("全国12315平台", "1410000000001", True)
    own = a_case(facts={**PLATFORM, "external_no": "1410000000002", "mirrored": False})
    assert not outside_of(open_case(own).view)[0].mirrored
    other = a_case(facts={**FACTS, "external_system": "12345", "external_no": "1"})
    assert not outside_of(open_case(other).view)[0].mirrored


@pytest.mark.django_db
def test_an_outside_item_is_taken_over_once_and_the_second_desk_is_told_the_number():
    first = a_case(facts=PLATFORM)
    with pytest.raises(BadFact) as error:
        a_case(facts=PLATFORM)
    assert (error.value.code, error.value.value) == ("taken_over", first.number)
    rules = procedure()
    with clock.at(MONDAY), pytest.raises(BadFact) as error:
        register(rules, "county_b", by=officer("intake_officer", "county_b"), facts=PLATFORM, parties=PARTIES)
    assert error.value.code == "taken_over_elsewhere"
    assert first.number not in str(error.value.value)
    assert Case.objects.count() == ExternalRef.objects.count() == 1


@pytest.mark.django_db
def test_an_outside_number_given_later_is_found_and_guarded_as_well():
    first, second = a_case(), a_case()
    number = {"external_system": "12315", "external_no": "1410000000001"}
    with at(10):
        record(first, "classified", by=desk(), facts=number)
        with pytest.raises(BadFact) as error:
            record(second, "classified", by=desk(), facts=number)
    assert (error.value.code, error.value.value) == ("taken_over", first.number)
    assert outside_of(open_case(first).view)[0].mirrored


@pytest.mark.django_db
def test_nobody_outside_may_claim_a_number_of_another_system():
    with pytest.raises(BadFact) as error:
        a_case(by=Outside("complainant"), facts=PLATFORM)
    assert error.value.code == "not_yours_to_name"
