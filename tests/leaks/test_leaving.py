"""What leaves the house is stopped, with the place, wherever it is written: pages, API, proposals, corrections, files, documents, notices."""

from dataclasses import replace

import pytest
from django.test import Client

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.evidence import handed
from huiyin.cases.models import Event
from huiyin.cases.people import Outside
from huiyin.cases.queries import open_case
from huiyin.cases.timeline import Timeline
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.hooks import actions as hooks
from huiyin.hooks.models import Delivery
from huiyin.hooks.sending import payload
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import Unsayable, words_of
from tests.api.clients import Api
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer, procedure
from tests.evidence.sent import by as owner
from tests.evidence.sent import fact, send

pytestmark = pytest.mark.django_db
CLERK = ("intake_officer", "city")
SHOP = Outside("respondent", "2")
TEXT = "李四方说水壶漏水，请说明情况"
KEEPS = """
[[audience]]
of     = { from = ["complainant"], sort = ["original", "copy"] }
never  = ["respondent", "unit_of:respondent"]
clause = "TRY-22"
says   = "投诉人的情况不得让被诉方知道"
"""


@pytest.fixture(autouse=True)
def at_nine():
    with clock.at(MONDAY):
        yield


@pytest.fixture
def report():
    """A report, of which the shop may learn nothing of the reporter."""
    return a_case(
        facts={**FACTS, "kind": "report", "what": "水壶漏水，我的微信是 lisifang_66"},
        parties=[{**PARTIES[0], "role": "reporter"}, {**PARTIES[1], "phone": "13900139000"}],
    )


@pytest.fixture
def kept():
    """A complaint under rules that keep the complainant from the respondent."""
    return a_case(rules=procedure(KEEPS))


def refused(case, event="respondent_notified", *, by=None, **facts):
    """The places that stopped it: fact and the words there."""
    before = Event.objects.count()
    with pytest.raises(Refused) as error:
        record(case, event, by=by or officer(*CLERK), facts=facts)
    assert (error.value.code, Event.objects.count()) == ("identity", before)
    assert not any(str(value) in str(error.value.data) for value in facts.values() if len(str(value)) > 3)
    return error.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TEXT, "name"), ("李某反映", "called"), ("电话１３８ 0013 8000", "phone"), ("家住城关一路1号", "address"), ("lisifang", "pinyin"),
        ("请加微信LISIFANG_66联系", "account"), ("李泗方", "name"),
    ],
)  # fmt: skip
def test_words_to_the_respondent_of_a_report_are_stopped_with_the_place(report, text, kind):
    (place,) = refused(report, party="2", text=text).data["marks"]
    assert (place["fact"], place["index"], place["kind"]) == ("text", 0, kind)
    assert 0 <= place["start"] < place["end"] <= len(text)
    record(report, "respondent_notified", by=officer(*CLERK), facts={"party": "2", "text": "请提供进货票据"})


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("demanded", {"party": "2", "text": TEXT}),
        ("party_informed", {"to": ["2"], "about": "result", "items": ["请改正", TEXT]}),
        ("replied", {"to": ["respondent"], "text": TEXT}),
        ("stage_replied", {"to": ["2"], "progress": TEXT}),
        ("transferred_out", {"to": "external:elsewhere", "reason": TEXT}),
        ("unit_informed", {"to": ["external:elsewhere"], "text": TEXT}),
        ("reported_back", {"to": ["external:upper"], "text": TEXT}),
        ("test_started", {"text": TEXT}),
        ("proposed", {"for": "respondent_notified", "party": "2", "text": TEXT}),
    ],
)
def test_whatever_leaves_is_looked_through(report, event, facts):
    found = refused(report, event, **facts)
    assert found.data["marks"][0]["kind"] == "name"
    assert not found.data["may_let_go"]


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("party_informed", {"to": ["1"], "about": "result", "text": TEXT}), ("replied", {"text": TEXT}), ("note_added", {"text": TEXT}),
        ("dispatched", {"to": "county_a", "opinion": TEXT}), ("materials_requested", {"missing": ["identity_proof"], "items": [TEXT]}),
    ],
)  # fmt: skip
def test_what_stays_in_the_house_or_goes_to_the_reporter_is_not_stopped(report, event, facts):
    assert record(report, event, by=officer(*CLERK), facts=facts)[0].name == event


def test_a_correction_of_what_left_is_looked_through(report):
    clerk = officer(*CLERK)
    record(report, "respondent_notified", by=clerk, facts={"party": "2", "text": "请提供票据"})
    with pytest.raises(Refused) as error:
        record(
            report, "amended", by=officer("unit_head", "city"), re=[2],
            facts={"event_no": 2, "field": "text", "was": "请提供票据", "now_is": TEXT, "reason": "写错"},
        )  # fmt: skip
    assert error.value.code == "identity"


def test_names_of_files_are_looked_through(report):
    clerk = officer(*CLERK)
    telling, plain = send(owner=owner(clerk), name="李四方的发票.jpg"), send(owner=owner(clerk), name="发票.jpg")
    (place,) = refused(report, "replied", to=["2"], files=fact(plain, telling)).data["marks"]
    assert (place["fact"], place["index"], place["start"], place["end"]) == ("files", 1, 0, 3)
    record(report, "replied", by=clerk, facts={"to": ["2"], "files": fact(plain)})
    assert [row.name for row in handed(open_case(report), SHOP)] == ["发票.jpg"]


def test_a_document_is_looked_through_when_it_is_served(report):
    clerk = officer(*CLERK)
    record(report, "document_made", by=clerk, facts={"document": "mediation_notice", "text": TEXT})
    (place,) = refused(report, "served", document="mediation_notice", to=["2"]).data["marks"]
    assert place["kind"] == "name"
    record(report, "served", by=clerk, facts={"document": "mediation_notice", "to": ["1"]})


def test_in_a_complaint_the_rules_decide(kept):
    ordinary = a_case()
    clerk = officer(*CLERK)
    assert record(ordinary, "respondent_notified", by=clerk, facts={"party": "2", "text": TEXT})
    found = refused(kept, party="2", text=TEXT)
    assert found.clauses == ("TRY-22",)
    assert found.data["may_let_go"]


def test_an_officer_may_let_it_go_for_a_reason_that_stands_in_the_event(kept, report):
    clerk = officer(*CLERK)
    with pytest.raises(BadFact):
        record(kept, "respondent_notified", by=clerk, facts={"party": "2", "text": TEXT}, let_go="why not")
    (event,) = record(
        kept, "respondent_notified", by=clerk, facts={"party": "2", "text": TEXT, "method": "phone"}, let_go="agreed"
    )
    told = open_case(kept).view.by_seq[event.seq]
    assert (told.seen["let_go"], list(told.seen["let_go_kinds"])) == ("agreed", ["name"])
    (row,) = [row for row in Timeline(open_case(kept), clerk).rows() if row.seq == event.seq]
    assert "本人同意让对方知道" in {shown.value for shown in row.facts}
    assert TEXT in str(Timeline(open_case(kept), SHOP).rows())
    with pytest.raises(Refused):  # of a report never
        record(report, "respondent_notified", by=clerk, facts={"party": "2", "text": TEXT}, let_go="agreed")


def test_a_complainant_may_name_himself_to_the_other_side(kept):
    who = Outside("complainant", "1")
    assert record(kept, "settlement_offered", by=who, facts={"party": "1", "text": "我是李四方，愿意和解"})


def test_what_was_learnt_later_is_held_back_from_page_and_notice(sending_to):
    case = a_case(
        facts={**FACTS, "kind": "report"},
        parties=[{"role": "reporter", "phone": "13800138000"}, {**PARTIES[1], "phone": "13900139000"}],
    )
    clerk = officer(*CLERK)
    record(case, "respondent_notified", by=clerk, facts={"party": "2", "text": TEXT})
    assert TEXT in str(Timeline(open_case(case), SHOP).rows())
    row = Outbox.objects.get(case_id=case.pk, to="2")
    assert TEXT in words_of(open_case(case), row).text
    record(case, "party_added", by=clerk, parties={"1": {"name": "李四方"}}, facts={"party": "1"})
    assert TEXT not in str(Timeline(open_case(case), SHOP).rows())
    with pytest.raises(Unsayable, match="identity"):
        words_of(open_case(case), row)


@pytest.fixture
def sending_to(settings):
    """The site has an address."""
    settings.SENDING = replace(settings.SENDING, site="https://12345.example.org")


@pytest.fixture
def hook(settings):
    """Somebody who is told of every note."""
    settings.SENDING = replace(settings.SENDING, hooks_private=True)
    hooks.forget()
    yield hooks.create(officer(*CLERK), "对接", "http://127.0.0.1:9/hook", ["note_added"])[0]
    hooks.forget()


def test_a_webhook_carries_no_words(hook, report):
    record(report, "note_added", by=officer(*CLERK), facts={"text": TEXT})
    row = Delivery.objects.get(subscription=hook)
    body = payload(row).decode()
    assert report.number in body
    assert not any(secret in body for secret in ("李四方", "13800138000", "水壶", "城关"))


# -- the same through the pages and the API


def test_the_api_says_where_and_what_may_be_done(report, kept):
    client = Api(officer(*CLERK))
    sent = {"facts": {"party": "2", "text": TEXT}}
    for case, may in ((report, []), (kept, ["agreed", "needed", "known", "somebody_else"])):
        for path in (
            f"/cases/{case.number}/events/respondent_notified",
            f"/cases/{case.number}/try/respondent_notified",
        ):
            answer = client.post(path, sent)
            told = answer.json()
            assert (answer.status_code, told["code"], told.get("let_go", [])) == (409, "identity", may)
            assert told["marks"] == [{"fact": "text", "index": 0, "start": 0, "end": 3, "kind": "name"}]
            assert "李四方" not in answer.content.decode()
    answer = client.post(f"/cases/{kept.number}/events/respondent_notified", {**sent, "let_go": "known"})
    assert answer.status_code == 201, answer.content.decode()
    answer = client.post(f"/cases/{report.number}/events/respondent_notified", {**sent, "let_go": "known"})
    assert answer.status_code == 409


def test_the_page_marks_the_place_and_keeps_what_was_typed(report, kept):
    client = Client()
    client.force_login(officer(*CLERK).person)
    address = f"/cases/{report.number}/respondent_notified/"
    form = client.get(address).content.decode()
    assert "手写、录音、图片和文件里面的内容查不出来" in form
    for more in ({}, {"look": "1"}):
        answer = client.post(address, {"party": "2", "text": TEXT, **more})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "<mark>李四方</mark>说水壶漏水" in page
        assert f">\n{TEXT}</textarea>" in page
        assert "第 1 字起的 3 个字：姓名" in page
        assert 'name="pass_on"' not in page
    address = f"/cases/{kept.number}/respondent_notified/"
    page = client.post(address, {"party": "2", "text": TEXT}).content.decode()
    assert 'name="pass_on"' in page
    assert "TRY-22" in page
    assert client.post(address, {"party": "2", "text": TEXT, "pass_on": "needed"}).status_code == 302
    assert Event.objects.filter(case_id=kept.pk, name="respondent_notified").count() == 1
    plain = client.get(f"/cases/{a_case().number}/respondent_notified/").content.decode()
    assert "查不出来" not in plain
