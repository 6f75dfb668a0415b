"""Who is given what of a file, at every desk and outside."""

import pytest

from huiyin.cases import actions as cases
from huiyin.cases import evidence
from huiyin.cases.errors import NoSuchCase
from huiyin.cases.people import Outside
from huiyin.cases.queries import by_number, open_case
from huiyin.vault.models import DataKey, Record
from tests.cases.office import FACTS, PARTIES, a_case, officer
from tests.evidence import made
from tests.evidence.sent import by, fact, send

pytestmark = pytest.mark.django_db
INTAKE, HANDLER = ("intake_officer", "city"), ("handler", "county_a")


def has(case, viewer):
    """What the viewer gets of each file: o original, c copy, n name, - nothing but that it is there."""
    if not isinstance(viewer, Outside):
        by_number(viewer, f"#{case.pk}")
    rows = evidence.handed(open_case(case), viewer)
    return [("o" * row.original + "c" * row.copy + "n" * bool(row.name)) or "-" for row in rows]


def sent_to_county(case):
    """The county has it, and has named its first handler."""
    cases.record(case, "accepted", by=officer(*INTAKE))
    cases.record(case, "dispatched", by=officer(*INTAKE), facts={"to": "county_a"})
    cases.record(case, "received", by=officer("intake_officer", "county_a"))
    person = f"p{officer(*HANDLER).person_id}"
    cases.record(case, "officers_assigned", by=officer("unit_head", "county_a"), facts={"officers": [person]})
    return case


def complaint(**more):
    me = officer(*INTAKE)
    files = fact(send(owner=by(me)), send(made.mp3(), owner=by(me), name="通话.mp3"))
    return a_case(facts={**FACTS, "files": files, **more}, by=me)


def test_the_handler_gets_the_original_others_the_copy():
    case = sent_to_county(complaint())
    assert has(case, officer(*HANDLER)) == ["ocn", "on"]
    assert has(case, officer("unit_head", "county_a")) == ["cn", "n"]
    assert has(case, officer(*INTAKE)) == ["cn", "n"]
    assert has(case, officer("director", "city")) == ["cn", "n"]
    with pytest.raises(NoSuchCase):
        has(case, officer("handler", "county_b"))
    with pytest.raises(NoSuchCase):
        has(case, officer("handler", "county_a", 2))  # the unit has named another


def test_before_anybody_is_named_the_desk_that_has_it_handles_it():
    case = complaint()
    assert has(case, officer(*INTAKE)) == ["ocn", "on"]
    assert has(case, officer("supervisor", "city")) == ["cn", "n"]


def test_parties_get_their_own_and_what_was_sent_to_them():
    case = sent_to_county(complaint())
    handler = officer(*HANDLER)
    theirs = send(made.png(), owner=by(handler), name="答辩书.png")
    cases.record(case, "evidence_added", by=handler, facts={"party": "2", "files": fact(theirs)})
    mine = send(made.webp())
    cases.record(case, "materials_supplied", by=Outside("complainant"), facts={"party": "1", "files": fact(mine)})
    letter = send(made.pdf(), owner=by(handler), name="告知书.pdf")
    told = {"to": ["1"], "about": "progress", "method": "written", "text": "进展如附件", "files": fact(letter)}
    told = {name: value for name, value in told.items() if name in ("to", "about", "method", "text", "files")}
    cases.record(case, "replied", by=handler, facts={n: v for n, v in told.items() if n in _facts("replied")})
    assert has(case, Outside("complainant", "1")) == ["cn", "n", "cn", "cn"]
    assert has(case, Outside("respondent", "2")) == ["cn"]
    assert has(case, Outside("complainant", "")) == []
    assert has(case, handler) == ["ocn", "on", "ocn", "ocn", "ocn"]


def _facts(event):
    from huiyin.core.vocabulary import load_vocabulary

    return set(load_vocabulary().events[event].facts)


def report(recording=False):
    me = officer(*INTAKE)
    about = f"p{officer('handler', 'county_a', 2).person_id}"
    parties = [{**PARTIES[0], "role": "reporter"}, {**PARTIES[1], "officer": about}]
    sent = send(made.mp3(), owner=by(me), name="来电录音.mp3") if recording else send(owner=by(me))
    return a_case(facts={**FACTS, "kind": "report", "files": fact(sent)}, parties=parties, by=me)


def test_what_a_reporter_hands_in_is_for_those_who_may_know_him():
    case = report()
    cases.record(case, "dispatched", by=officer(*INTAKE), facts={"to": "county_a"})
    cases.record(case, "received", by=officer("intake_officer", "county_a"))
    assert has(case, officer(*HANDLER)) == ["ocn"]
    assert has(case, officer("unit_head", "county_a")) == ["cn"]
    assert has(case, officer(*INTAKE)) == ["-"]  # had it, and has passed it on
    for role, unit, number in (("handler", "county_b", 1), ("director", "province", 1), ("handler", "county_a", 2)):
        with pytest.raises(NoSuchCase):
            has(case, officer(role, unit, number))


@pytest.mark.clause("HN-FW-08")
def test_a_reporters_recording_is_for_the_handler_alone():
    case = report(recording=True)
    cases.record(case, "dispatched", by=officer(*INTAKE), facts={"to": "county_a"})
    cases.record(case, "received", by=officer("intake_officer", "county_a"))
    person = f"p{officer(*HANDLER).person_id}"
    cases.record(case, "officers_assigned", by=officer("unit_head", "county_a"), facts={"officers": [person]})
    assert has(case, officer(*HANDLER)) == ["on"]
    assert has(case, officer("unit_head", "county_a")) == ["n"]  # knows of it, and cannot hear it
    assert has(case, officer(*INTAKE)) == ["-"]
    assert has(case, Outside("respondent", "2")) == []
    with pytest.raises(NoSuchCase):
        has(case, officer("handler", "county_b"))


def test_files_of_reports_are_closed_with_the_secret_key():
    case = report()
    record = Record.objects.get(kind="file", case_id=case.pk)
    assert DataKey.objects.get(pk=record.key_id).cls == "secret"
    other = complaint()
    assert {DataKey.objects.get(pk=r.key_id).cls for r in Record.objects.filter(kind="file", case_id=other.pk)} == {
        "personal"
    }


def test_what_an_annulled_event_brought_is_no_longer_given_outside():
    case = complaint()
    mine = send(made.webp())
    cases.record(case, "materials_supplied", by=Outside("complainant"), facts={"party": "1", "files": fact(mine)})
    assert len(has(case, Outside("complainant", "1"))) == 3
    seq = open_case(case).view.next_seq - 1
    facts = {"event_no": seq, "reason": "交错了案件"}
    cases.record(
        case,
        "annulled",
        by=officer(*INTAKE),
        facts={n: v for n, v in facts.items() if n in _facts("annulled")},
        re=[seq],
    )
    assert len(has(case, Outside("complainant", "1"))) == 2
    assert [row.struck for row in evidence.handed(open_case(case), officer(*INTAKE))] == [False, False, True]
