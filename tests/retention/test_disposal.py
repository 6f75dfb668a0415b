"""From a list to a case of which nothing can be opened: who may, what stands in the way, what is left, and that verify knows the difference."""

import json
from argparse import Namespace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from huiyin.cases import clock, queries, respondents
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event, PartyCode
from huiyin.cases.verifying import Report, verify
from huiyin.commands import retention as command
from huiyin.core.model import Refused
from huiyin.evidence.models import File
from huiyin.notices.models import NOTHING, Outbox
from huiyin.org.models import AdminEvent
from huiyin.retention import actions, outside
from huiyin.retention import queries as retention
from huiyin.retention import verifying as register
from huiyin.retention.actions import BadDisposal
from huiyin.retention.models import BLOCKED, DONE, LEFT_OUT, REFUSED, WAITING, Destroyed, Item
from huiyin.search.models import OpenRow
from huiyin.vault import db, erasing
from huiyin.vault.models import BlindIndex, DataKey, Record
from tests.cases.office import MONDAY, PARTIES, a_case, officer
from tests.cases.test_verify import change
from tests.evidence.sent import on_disk
from tests.retention.old import LATER, agreed, archived, disposed, keeper, lines, proposed, reviewers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.ANCHORS = tmp_path / "anchors"


def findings():
    report = verify()
    register.verify(report)
    return [(f.kind, f.case_id, f.where) for f in report.findings]


def over(who=None, at=LATER):
    with clock.at(at):
        return [held.case.pk for held in retention.over(who or keeper(), 50)[0]]


# -- how long


def test_a_case_may_go_when_its_ten_years_from_the_end_of_its_year_are_over():
    case, open_ = archived(), a_case()
    assert over(at=LATER - timedelta(days=1)) == []
    assert over() == [case.pk]
    assert over(officer("archivist", "county_b")) == []
    (held,) = retention.look_at_all([open_], LATER.date())
    assert (held.obstacles, held.archived) == (("not_archived",), None)


def test_marks_make_it_longer_and_an_offices_own_table_comes_first(settings, tmp_path):
    case = archived()
    with clock.at(MONDAY + timedelta(days=3)):
        record(case, "marked", by=keeper(), facts={"mark": "typical"})
    assert over() == []
    assert over(at=LATER.replace(year=2057)) == [case.pk]
    (tmp_path / "retention.toml").write_text('[[keep]]\ncode = "own"\nlabel = "本单位"\nyears = 3\ncounted = "day"\n')
    settings.RULES = tmp_path
    retention.table.cache_clear()
    try:
        with clock.at(LATER):
            (held,) = retention.over(keeper(), 5)[0]
        assert (held.kept.code, held.kept.until) == ("own", date(2029, 5, 14))
    finally:
        retention.table.cache_clear()


# -- who


def test_one_proposes_and_two_others_agree():
    case = archived()
    head, leader = reviewers()
    with pytest.raises(BadDisposal):
        actions.propose([case.pk], by=head)
    proposal = proposed(case)
    (line,) = lines(proposal)
    with pytest.raises(BadDisposal):
        actions.review([line], by=keeper(), agrees=True)
    assert actions.dispose(line) is None
    assert actions.review([line], by=head, agrees=True) == 1
    assert actions.review([line], by=head, agrees=True) == 0  # one person is one review
    assert (actions.agreed(5), actions.dispose(line)) == ([], None)
    assert actions.review([line], by=leader, agrees=True) == 1
    assert actions.agreed(5) == [line]
    assert not Event.objects.filter(name="disposed").exists()
    names = list(
        AdminEvent.objects.filter(name__startswith="disposal_").order_by("seq").values_list("name", "actor_person")
    )
    by = [keeper().person.key, head.person.key, leader.person.key]
    assert names == list(zip(["disposal_proposed", "disposal_reviewed", "disposal_reviewed"], by, strict=True))


def test_who_proposed_reviews_nothing_in_whatever_posting():
    from huiyin.org import actions as org

    case = archived()
    org.appoint(keeper().person, "unit_head", "city", since=date(2026, 1, 1))
    also = officer("unit_head", "city", 2)
    assert also.person_id == keeper().person_id
    (line,) = lines(proposed(case))
    with pytest.raises(BadDisposal, match="提出的人"):
        actions.review([line], by=also, agrees=True)


def test_the_database_itself_takes_no_one_person_for_two():
    (line,) = lines(proposed(archived()))
    with pytest.raises(DatabaseError), transaction.atomic():
        Item.objects.filter(pk=line).update(first_by="p1", second_by="p1")


def test_who_may_not_find_a_case_sees_it_on_no_list_and_agrees_to_nothing():
    about = f"p{reviewers()[0].person_id}"
    plain = archived()
    parties = [PARTIES[0], {**PARTIES[1], "officer": about}]
    case = archived()
    walled = a_case(parties=parties)
    with clock.at(MONDAY + timedelta(days=1)):
        record(walled, "concluded", by=officer("handler", "city"), facts={"outcome": "settled"})
        record(walled, "archived", by=officer("archivist", "city"))
    proposal = proposed(plain, case, walled)
    head, leader = reviewers()
    assert [c.pk for _i, c in retention.one_list(head, proposal.pk).items] == [plain.pk, case.pk]
    assert len(retention.one_list(leader, proposal.pk).items) == 3
    assert actions.review(lines(proposal), by=head, agrees=True) == 2
    assert actions.review(lines(proposal), by=leader, agrees=True) == 3
    assert {Item.objects.get(pk=pk).case_id for pk in actions.agreed(9)} == {plain.pk, case.pk}
    other = officer("unit_head", "county_b")
    assert (
        retention.one_list(other, proposal.pk),
        retention.lists(other, 5),
        actions.review(lines(proposal), by=other, agrees=True),
    ) == (None, [], 0)
    with clock.at(LATER):
        actions.run()
    assert [row.case_id for row in retention.register(leader, 9)] == [case.pk, plain.pk]
    assert retention.register(other, 9) == []


def test_a_reviewer_refuses_with_a_reason_and_one_case_can_be_left_out():
    first, second = archived(), archived()
    one, two = lines(proposed(first, second))
    head, _leader = reviewers()
    with pytest.raises(BadDisposal):
        actions.review([one], by=head, agrees=False, reason="  ")
    assert actions.leave_out(two, by=keeper(), reason="还有诉讼") == 1
    assert actions.review([one, two], by=head, agrees=False, reason="名单不全") == 1
    assert [(i.state, i.why) for i in Item.objects.order_by("pk")] == [(REFUSED, "名单不全"), (LEFT_OUT, "还有诉讼")]
    assert sorted(over()) == [first.pk, second.pk]  # and can be proposed again
    assert proposed(first, second).pk


# -- what stands in the way


def test_a_hold_keeps_a_case_off_every_list_until_a_head_lifts_it():
    case = archived()
    head, _leader = reviewers()
    with clock.at(LATER):
        with pytest.raises(BadDisposal):
            actions.hold(case, by=keeper(), reason="")
        actions.hold(case, by=keeper(), reason="法院调卷")
        case.refresh_from_db()
        assert retention.held_back(keeper(), 5) == [case]
        (held,) = retention.over(keeper(), 5)[0]
        assert held.obstacles == ("hold",)
        with pytest.raises(BadDisposal):
            actions.propose([case.pk], by=keeper())
        with pytest.raises(BadDisposal, match="负责人"):
            actions.release(case, by=keeper(), reason="已经结案")
        actions.release(case, by=head, reason="法院已经结案")
        (held,) = retention.over(keeper(), 5)[0]
    assert (held.obstacles, held.was_held) == ((), LATER.date())
    marks = Event.objects.filter(case=case, name__in=("marked", "unmarked")).order_by("seq")
    assert [json.loads(b)["facts"]["mark"] for b in marks.values_list("body", flat=True)] == [
        "legal_hold",
        "legal_hold",
    ]
    assert "法院" not in "".join(marks.values_list("body", flat=True))


def test_a_hold_at_the_last_moment_stops_it():
    case, other = archived(), archived()
    proposal = agreed(case, other)
    with clock.at(LATER):
        actions.hold(case, by=keeper(), reason="检察院调卷")
        assert actions.run() == (1, 1)
    assert [(i.state, i.why) for i in proposal.items.order_by("pk")] == [(BLOCKED, "hold"), (DONE, "")]
    assert not DataKey.objects.filter(case_id=case.pk, wrapped__isnull=True).exists()
    assert findings() == []


@pytest.mark.parametrize(
    ("event", "facts", "why"),
    [("reopened", {}, "not_archived"), ("appealed", {"reason": "不服"}, "changed")],
    ids=["taken up again", "something happened"],
)
def test_what_happened_after_the_review_stops_it(event, facts, why):
    case = archived()
    proposal = agreed(case)
    with clock.at(LATER):
        by = officer("intake_officer", "city")
        record(case, event, by=by, facts=facts)
        assert actions.run() == (0, 1)
        assert actions.run() == (0, 0)
    assert [(i.state, i.why) for i in proposal.items.all()] == [(BLOCKED, why)]


def test_a_case_that_belongs_to_an_open_one_stays():
    case, open_ = archived(), a_case()
    with clock.at(LATER - timedelta(days=9)):
        record(
            case,
            "linked",
            by=officer("intake_officer", "city"),
            facts={"with": open_.number, "relation": "same_matter"},
        )
        assert [h.obstacles for h in retention.look_at_all([case])] == [("linked", "not_over")]
    with clock.at(LATER):
        assert [h.obstacles for h in retention.look_at_all([case])] == [("linked",)]


# -- what is left


def test_nothing_can_be_opened_afterwards_and_the_log_is_whole(folder, settings, django_capture_on_commit_callbacks):
    case, other = archived(files=2), archived(files=1)
    respondents.issue(case, "2")
    before = list(Event.objects.filter(case=case).order_by("seq").values_list("body", "hash"))
    records = Record.objects.filter(case_id=case.pk).exclude(cipher=b"").count()
    size = sum(File.objects.filter(case_id=case.pk).values_list("size", flat=True))
    Outbox.objects.filter(case_id=case.pk).update(error="550 13800138000")
    with django_capture_on_commit_callbacks(execute=True):
        disposed(case)
    assert list(Event.objects.filter(case=case).order_by("seq").values_list("body", "hash"))[:-1] == before
    assert Event.objects.filter(case=case).order_by("-seq").values_list("name", flat=True)[0] == "disposed"
    for model in (PartyCode, BlindIndex, OpenRow):
        assert not model.objects.filter(case_id=case.pk).exists(), model
        assert model is PartyCode or model.objects.filter(case_id=other.pk).exists(), model
    assert not DataKey.objects.filter(case_id=case.pk, wrapped__isnull=False).exists()
    assert not Record.objects.filter(case_id=case.pk).exclude(cipher=b"").exists()
    assert {path.name for path in on_disk(settings.FILES)} == {
        a for f in File.objects.filter(case_id=other.pk) for a in f.addresses
    }
    assert set(Outbox.objects.filter(case_id=case.pk, to_kind="party").values_list("state", flat=True)) <= {
        NOTHING,
        "sent",
    }
    assert set(Outbox.objects.filter(case_id=case.pk).values_list("error", flat=True)) == {"erased"}
    assert findings() == []
    (row,) = Destroyed.objects.all()
    assert (row.records, row.files, row.bytes, row.number, row.executed_by) == (records, 2, size, case.number, "system")
    assert {row.proposed_by, row.first_by, row.second_by} == {keeper().person.key, *(r.person.key for r in reviewers())}
    text = (settings.KEYS / outside.FILE).read_text()
    plain = (
        json.dumps(list(Destroyed.objects.values()), default=str) + text + AdminEvent.objects.order_by("-seq")[0].body
    )
    assert not any(secret in plain for secret in (PARTIES[0]["name"], PARTIES[0]["phone"], "水壶"))
    with pytest.raises(Refused, match="case_erased"), clock.at(LATER):
        record(case, "note_added", by=officer("handler", "city"), facts={"text": "又来电"})
    shown = queries.open_case(Case.objects.get(pk=case.pk))
    assert shown.view.first("disposed") is not None
    assert over() == [other.pk]


def test_it_goes_on_where_it_was_stopped(monkeypatch):
    cases = [archived() for _n in range(3)]
    proposal = agreed(*cases)
    real = erasing.destroy_keys

    def stopped(case_id, **more):
        if case_id == cases[1].pk:
            raise KeyboardInterrupt
        return real(case_id, **more)

    with clock.at(LATER):
        monkeypatch.setattr(erasing, "destroy_keys", stopped)
        with pytest.raises(KeyboardInterrupt):
            actions.run()
        assert [i.state for i in proposal.items.order_by("pk")] == [DONE, WAITING, WAITING]
        assert Event.objects.filter(name="disposed").count() == Destroyed.objects.count() == 1
        monkeypatch.undo()
        assert actions.run() == (2, 0)
        assert actions.run() == (0, 0)
    assert list(Destroyed.objects.order_by("no").values_list("no", flat=True)) == [1, 2, 3]
    assert findings() == []


# -- what verify says


def test_keys_that_went_without_a_disposal_are_named():
    case = archived(files=1)
    with transaction.atomic():
        erasing.destroy_keys(case.pk, party="1")
    assert findings() == [("erased", case.pk, "key of party 1")]


def test_a_text_or_a_file_that_was_blanked_is_named():
    case = archived(files=1)
    ref = Record.objects.filter(case_id=case.pk, kind="text").order_by("ref").values_list("ref", flat=True)[0]
    Record.objects.filter(ref=ref).update(cipher=b"")
    File.objects.filter(case_id=case.pk).update(address="")
    pk = File.objects.get(case_id=case.pk).pk
    found = findings()
    assert [f for f in found if f[0] == "erased"] == [
        ("erased", case.pk, f"record {ref}"),
        ("erased", case.pk, f"file {pk}"),
    ]
    assert len(found) == 3  # evidence says of the file, too, that it has no content


def test_what_is_left_of_a_case_that_was_disposed_of_is_named():
    case = archived()
    disposed(case)
    BlindIndex.objects.create(kind="phone", token="x", case_id=case.pk, party="1")
    PartyCode.objects.create(code_hash="0" * 64, case_id=case.pk, party="2", round=1, made="2026-05-11T00:00:00Z")
    assert findings() == [("left", case.pk, "answer code"), ("left", case.pk, "blind index")]


def test_the_register_is_never_changed_and_verify_sees_who_did_it_all_the_same():
    disposed(archived(), archived())
    for statement in ("UPDATE retention_destroyed SET files = 9", "DELETE FROM retention_destroyed"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    change("UPDATE retention_destroyed SET first_by = %s WHERE no = 1", "p999")
    change("DELETE FROM retention_destroyed WHERE no = 2")
    report = Report()
    register.verify(report)
    case_id = Event.objects.filter(name="disposed").order_by("-case_id").values_list("case_id", flat=True)[0]
    assert [f.where for f in report.findings] == [
        "entry 1: differs", "entry 2: missing", f"case #{case_id} was disposed of without an entry",
    ]  # fmt: skip
    assert "retention_destroyed" in db.protected_tables()


# -- after a backup from before


def test_after_a_restore_it_goes_again_with_event_and_entry(django_capture_on_commit_callbacks, capsys):
    case = archived(files=1)
    before = transaction.savepoint()
    with django_capture_on_commit_callbacks(execute=True):
        disposed(case)
    kept = Destroyed.objects.get()
    transaction.savepoint_rollback(before)  # as a database from before would be; the list beside the ring stays
    assert not Destroyed.objects.exists()
    assert outside.noted()[case.pk]["digest"] == kept.digest
    with clock.at(LATER + timedelta(days=3)), django_capture_on_commit_callbacks(execute=True):
        command._run(Namespace(most=10))  # `huiyin restore` does the same; this is for when it was broken off
        assert "备份之后销毁的 1 件已再次销毁" in capsys.readouterr().out
        assert actions.reapply() == (0, 0)
    again = Destroyed.objects.get()
    assert (again.digest, again.files, again.again, again.first_by) == (kept.digest, 1, True, kept.first_by)
    assert not DataKey.objects.filter(case_id=case.pk, wrapped__isnull=False).exists()
    assert findings() == []


def test_the_list_beside_the_ring_is_completed_at_the_start(settings):
    disposed(archived(), archived())
    (settings.KEYS / outside.FILE).write_text('{"case_id": 1, "cut sho')
    assert outside.at_start() == []
    assert len(outside.noted()) == 2
    assert outside.at_start() == []
    assert len((settings.KEYS / outside.FILE).read_text().splitlines()) == 3
