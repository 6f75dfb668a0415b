"""What follows every act: dues, outbox, and what floors above register."""

from datetime import timedelta

import pytest

from huiyin.cases import clock, projections
from huiyin.cases.actions import record
from huiyin.cases.models import Case, Event
from huiyin.cases.rebuilding import rebuild
from huiyin.core.model import Refused
from huiyin.dues.models import Due
from huiyin.notices.models import Outbox
from huiyin.vault import actions as vault
from tests.cases.office import FACTS, MONDAY, PARTIES, a_case, officer


def at(hour, day=0):
    return clock.at(MONDAY.replace(hour=hour) + timedelta(days=day))


@pytest.fixture
def registry(monkeypatch):
    """The registered projections, put back afterwards."""
    monkeypatch.setattr(projections, "_registered", dict(projections._registered))


def test_a_floor_above_gets_every_act_in_its_transaction(registry):
    seen = []

    def refresh(acts):
        for act in acts:
            texts = {item.name: act.texts[item.ref.ref] for item in act.sealed if item.kind != "identity"}
            seen.append(
                (
                    act.fresh,
                    [e.name for e in act.new],
                    act.log.number,
                    texts.get("what"),
                    Event.objects.filter(case_id=act.case_id).count(),
                )
            )

    projections.register("search", refresh, order=90, keys=True)
    case = a_case()
    with at(10):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "city", "dispatch_kind": "self"})
    assert seen == [
        (True, ["registered"], "2026000001", FACTS["what"], 1), (False, ["dispatched", "received"], "2026000001", None, 3),
    ]  # fmt: skip


def test_when_a_projection_fails_nothing_is_recorded(registry):
    def fail(acts):
        raise RuntimeError("full")

    case = a_case()
    projections.register("broken", fail)
    with pytest.raises(RuntimeError), at(10):
        record(case, "accepted", by=officer("intake_officer", "city"))
    assert Event.objects.count() == 1
    assert Case.objects.get().head_seq == 1


def test_a_projection_that_can_be_rebuilt_is(registry):
    rebuilt = []
    projections.register("mine", lambda acts: None, lambda acts: rebuilt.extend(a.case_id for a in acts))
    case = a_case()
    rebuild([case.pk])
    rebuild([case.pk], "mine")
    assert rebuilt == [case.pk, case.pk]


def test_notices_are_queued_with_the_event_one_for_each_recipient():
    parties = [*PARTIES, PARTIES[0] | {"name": "李五方", "phone": "13800138001"}]
    case = a_case(parties=parties)
    with at(10):
        record(case, "accepted", by=officer("intake_officer", "city"))
    rows = list(
        Outbox.objects.filter(seq=2).order_by("pk").values_list("seq", "to_kind", "to", "about", "clauses", "state")
    )
    assert rows == [
        (2, "party", "1", "acceptance", "TRY-05", "queued"),
        (2, "party", "3", "acceptance", "TRY-05", "queued"),
    ]
    assert len({row.message_id for row in Outbox.objects.filter(seq=2)}) == 2
    with at(11):
        record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
    assert Outbox.objects.filter(clauses="TRY-06").values_list("to_kind", "to").get()[0] == "officer"


def test_a_refused_act_tells_nobody():
    case = a_case()
    with pytest.raises(Refused), at(10):
        record(case, "refused", by=officer("intake_officer", "city"))
    assert not Outbox.objects.exclude(seq=1).exists()


def test_rebuilding_sends_nothing_again():
    case = a_case()
    with at(10):
        record(case, "accepted", by=officer("intake_officer", "city"))
    before = list(Outbox.objects.order_by("pk").values())
    rebuild([case.pk])
    assert list(Outbox.objects.order_by("pk").values()) == before


def test_a_limit_of_hours_is_kept_to_the_second():
    case = a_case()
    with at(10):
        record(
            case, "task_given", by=officer("handler", "city"), facts={"to": "county_a", "text": "请协查", "answer_by": "2026-05-12T10:00:00"}
        )  # fmt: skip
    due = Due.objects.get(name="task")
    assert (due.due_day, due.due_moment.isoformat(), due.owed_unit) == (None, "2026-05-12T02:00:00+00:00", "county_a")
    assert (due.late_at - due.due_moment).total_seconds() == 1


def test_a_record_after_erasure_is_refused_and_leaves_nothing():
    from huiyin.vault.erasing import destroy_keys

    case = a_case()
    destroy_keys(case.pk)
    with pytest.raises(Refused) as refusal, at(10):
        record(case, "accepted", by=officer("intake_officer", "city"), facts={"text": "符合条件"})
    assert refusal.value.code == "case_erased"
    assert Event.objects.count() == 1
    refs = [ref for identity in Case.objects.get().events.get().body.split('"vault":"')[1:] for ref in [identity[:32]]]
    assert set(vault.open_many(refs).values()) == {vault.ERASED}
