"""What is told, to whom: every notice of every worked example finds its words; nobody reads what is not for him."""

from datetime import timedelta
from pathlib import Path

import pytest

from huiyin.cases import clock
from huiyin.cases.actions import record
from huiyin.cases.models import Event
from huiyin.cases.queries import open_case
from huiyin.core.examples import ExampleError, Play
from huiyin.core.facts import BadFact
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.notices import queries, texts
from huiyin.notices.models import Outbox
from huiyin.notices.rendering import Unsayable, words_of
from huiyin.org import contacts
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer
from tests.support import shipped

CLAUSES = Path(__file__).parents[1] / "clauses"
SECRETS = ("李四方", "13800138000", "城关一路")


@pytest.mark.parametrize("file", sorted(p.name for p in CLAUSES.glob("*.toml")))
def test_every_notice_of_every_worked_example_has_its_words(file):
    found, book, words, calendar = shipped.library(), texts.load([RULES]), load_vocabulary(), shipped.calendar()
    silent, count = set(), 0
    for raw in shipped.read_examples(CLAUSES / file):
        try:
            play = Play(raw, found, calendar)
            play.run()
        except (ExampleError, BadFact, ValueError):
            continue
        for event, notice in play.notices:
            role = notice.to if notice.to in words.outside else ""
            party = play.main.parties.get(notice.to)
            role = party.role if party is not None else role
            audience = texts.PARTY if role else texts.OFFICE
            wanted = texts.Wanted(audience, event.name, notice.about or "", frozenset(notice.clauses), role)
            text = book.find(str(raw["procedure"]), wanted)
            count += 1
            if text is None:
                silent.add((event.name, notice.about, notice.to, notice.clauses))
            else:
                values = dict.fromkeys(texts.SLOTS | texts.PERSONAL, "值")
                filled = texts.fill(text.subject + text.text + text.sms, values)
                assert not set("{}[]") & set(filled)
    assert silent == set()


def test_the_examples_do_tell_something():
    found, calendar = shipped.library(), shipped.calendar()
    told = 0
    for raw in shipped.read_examples(CLAUSES / "JM.toml")[:200]:
        play = Play(raw, found, calendar)
        play.run()
        told += len(play.notices)
    assert told > 10


# -- who reads what


def told(case, **chosen):
    """The words of each row of a case."""
    opened = open_case(case)
    return {(row.seq, row.to): words_of(opened, row) for row in Outbox.objects.filter(case_id=case.pk, **chosen)}


@pytest.fixture
def at_nine():
    with clock.at(MONDAY):
        yield


@pytest.mark.django_db
def test_words_of_a_refusal_say_why_what_for_and_what_next(at_nine, sending):
    sending()
    case = a_case(MONDAY)
    record(
        case, "refused", by=officer("intake_officer", "city"), facts={"text": "不属于消费争议", "refer_to": "市住建局"}
    )
    words = told(case, seq=2)[(2, "1")]
    assert words.subject == f"您的投诉不予受理，编号{case.number}"
    for part in (
        "不属于消费争议",
        "市住建局",
        "《试行办法》TRY-01",
        "2026年5月11日",
        "申请仲裁",
        "https://12345.example.org/track/",
        "示范市",
    ):
        assert part in words.text
    assert words.personal
    assert not any(secret in words.text for secret in SECRETS)


@pytest.mark.django_db
def test_a_receipt_names_the_day_by_which_it_is_decided(at_nine, sending):
    sending()
    words = told(a_case(MONDAY))[(1, "1")]
    assert "2026年5月18日前" in words.text
    assert "TRY-01" not in words.sms
    assert "2026年5月18日" in words.sms


@pytest.mark.django_db
def test_what_an_officer_wrote_to_one_party_is_not_told_to_the_other(at_nine, sending):
    sending()
    case = a_case(MONDAY)
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "city", "dispatch_kind": "self"})
    by = officer("handler", "city")
    record(case, "mediation_ended", by=by, facts={"text": "李四方说水壶漏水，电话13800138000"})
    ended = {to: words.text for (seq, to), words in told(case).items() if seq == 4}
    assert set(ended) == {"1", "2"}
    assert "水壶漏水" in ended["1"]
    assert "水壶漏水" not in ended["2"]
    assert not any(secret in ended["2"] for secret in SECRETS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["举报人李四方反映您单位", "来电 138-0013-8000 反映", "家住甲县城关一路1号的人反映", "李 四 方"]
)
def test_nothing_to_the_other_side_holds_the_reporter_even_when_it_was_learnt_after_it_was_written(
    at_nine, sending, text
):
    sending()
    case = a_case(
        MONDAY,
        facts={**FACTS, "kind": "report"},
        parties=[{"role": "reporter", "area": "990121001"}, {**PARTIES[1], "phone": "13900139000"}],
    )
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "city", "dispatch_kind": "self"})
    facts = {"party": "2", "text": text}
    record(case, "respondent_notified", by=officer("handler", "city"), facts=facts)
    record(
        case, "party_added", by=officer("handler", "city"), facts={"party": "1"},
        parties={"1": {name: PARTIES[0][name] for name in ("name", "phone", "address")}},
    )  # fmt: skip
    row = Outbox.objects.get(case_id=case.pk, to="2", seq=4)
    with pytest.raises(Unsayable, match="identity"):
        words_of(open_case(case), row)
    from huiyin.notices.delivery import Sender
    from tests.support.doubles import http_server

    with http_server() as server:
        sending(sms=server.url)
        Sender("w").run()
        assert [got for got in server.got if "13900139000" in got.body.decode()] == []
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "identity")


@pytest.mark.django_db
def test_to_the_other_side_of_a_report_harmless_words_do_go(at_nine, sending):
    sending()
    case = a_case(MONDAY, facts={**FACTS, "kind": "report"}, parties=[{**PARTIES[0], "role": "reporter"}, PARTIES[1]])
    record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "city", "dispatch_kind": "self"})
    record(case, "respondent_notified", by=officer("handler", "city"), facts={"party": "2", "text": "请提供进货票据"})
    words = told(case, seq=4)[(4, "2")]
    assert "请提供进货票据" in words.text
    assert not any(secret in words.text + words.subject + words.sms for secret in (*SECRETS, FACTS["what"]))


@pytest.mark.django_db
def test_what_was_annulled_is_not_told(at_nine, sending):
    sending()
    case = a_case(MONDAY)
    record(case, "accepted", by=officer("intake_officer", "city"))
    row = Outbox.objects.get(case_id=case.pk, seq=2, clauses="TRY-05")
    record(case, "annulled", by=officer("unit_head", "city"), re=[2], facts={"reason": "记错案件"})
    with pytest.raises(Unsayable, match="annulled"):
        words_of(open_case(case), row)


@pytest.mark.django_db
def test_officers_words_hold_nothing_personal(at_nine, sending):
    sending()
    case = a_case(MONDAY)
    record(
        case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a", "opinion": "李四方的水壶"}
    )
    (line, *_rest) = queries.inbox(officer("intake_officer", "county_a")).rows
    assert case.number in line.words.subject
    assert not any(secret in line.words.text + line.words.subject for secret in (*SECRETS, "水壶"))


@pytest.mark.django_db
def test_history_taken_over_tells_nobody(at_nine):
    from huiyin.cases.actions import Registration, register_many
    from huiyin.cases.intake import Step
    from huiyin.cases.people import System
    from tests.cases.office import procedure

    origin = {"system": "old", "doc_no": "1"}
    by = officer("intake_officer", "city")
    past = [
        Step("registered", by, {**FACTS, "external_system": "old", "external_no": "1"}, PARTIES, MONDAY),
        Step("accepted", by, occurred=MONDAY),
    ]
    register_many([Registration(procedure(), "city", System, origin, event="imported", more=past)])
    assert Event.objects.filter(name="accepted").exists()
    assert not Outbox.objects.exists()


@pytest.mark.django_db
@pytest.mark.clause("CD-03b")
def test_a_notice_keeps_the_telephone_of_its_day(sending):
    sending()
    day = MONDAY.date()
    contacts.set_contact("city", phone="0990-1231500", since=day.replace(year=2020))
    with clock.at(MONDAY):
        before = a_case(MONDAY)
    contacts.set_contact("city", phone="0990-1231511", since=day + timedelta(days=1))
    with clock.at(MONDAY + timedelta(days=2)):
        after = a_case(MONDAY + timedelta(days=2))
    for case, phone in ((before, "0990-1231500"), (after, "0990-1231511")):
        row = Outbox.objects.filter(case_id=case.pk, seq=1).first()
        assert f"示范市12315投诉举报中心（电话{phone}）" in words_of(open_case(case), row).text
