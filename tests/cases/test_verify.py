"""What verify finds, and that it names it."""

import argparse
import json
from datetime import timedelta

import pytest
from django.db import connection

from huiyin.cases import anchoring, clock
from huiyin.cases.actions import record
from huiyin.cases.anchoring import anchor
from huiyin.cases.merkle import Tree, leaf
from huiyin.cases.models import Anchor, AnchorLeaf, Case, Counter, Event, Hop
from huiyin.cases.verifying import verify
from huiyin.commands import verify as command
from huiyin.vault import chain, db
from tests.cases.office import MONDAY, a_case, officer


@pytest.fixture
def folder(tmp_path, settings):
    settings.ANCHORS = tmp_path / "anchors"
    return settings.ANCHORS


@pytest.fixture
def cases(folder):
    """Two cases with four events each."""
    found = [a_case(), a_case()]
    for case in found:
        with clock.at(MONDAY + timedelta(hours=1)):
            record(case, "accepted", by=officer("intake_officer", "city"))
            record(case, "dispatched", by=officer("intake_officer", "city"), facts={"to": "county_a"})
        with clock.at(MONDAY + timedelta(hours=2)):
            record(case, "received", by=officer("intake_officer", "county_a"))
    return found


def change(sql, *values):
    """Past every guard, as somebody with the database in his hands would."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be altered
    with db.unprotected(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def found(**given):
    return [(f.kind, f.case_id, f.seq) for f in verify(**given).findings]


def kept(case, seq):
    return Event.objects.values_list("body", "hash").get(case_id=case.pk, seq=seq)


def test_an_untouched_log_is_sound(cases):
    report = verify()
    assert (report.sound, report.cases, report.events, report.findings) == (True, 2, 8, [])


def test_an_altered_event_is_named(cases):
    body, _ = kept(cases[1], 3)
    change(
        "UPDATE cases_event SET body = %s WHERE case_id = %s AND seq = 3",
        body.replace("county_a", "county_b"),
        cases[1].pk,
    )
    assert found(with_copies=False) == [("altered", cases[1].pk, 3)]


def test_an_event_altered_together_with_its_hash_is_named(cases):
    body, _ = kept(cases[0], 4)
    change(
        "UPDATE cases_event SET body = %s, hash = %s WHERE case_id = %s AND seq = 4",
        body[:-1] + " }",
        "ab" * 32,
        cases[0].pk,
    )
    assert ("altered", cases[0].pk, 4) in found(with_copies=False)


def test_a_hash_that_is_no_hash_is_an_altered_event_and_stops_nothing(cases):
    change("UPDATE cases_event SET hash = 'nonsense' WHERE case_id = %s AND seq = 2", cases[0].pk)
    names = found(with_copies=False)
    assert ("altered", cases[0].pk, 2) in names
    assert all(case == cases[0].pk for _, case, _ in names)


def test_a_missing_event_is_named(cases):
    change("DELETE FROM cases_event WHERE case_id = %s AND seq = 2", cases[0].pk)
    assert found(with_copies=False) == [("missing", cases[0].pk, 2)]


def test_events_cut_off_at_the_end_are_named(cases):
    change("DELETE FROM cases_event WHERE case_id = %s AND seq > 2", cases[0].pk)
    assert found(with_copies=False) == [("missing", cases[0].pk, 3), ("missing", cases[0].pk, 4)]


def test_reordered_events_are_named_with_their_places(cases):
    for was, now in ((3, 99), (4, 3), (99, 4)):
        change("UPDATE cases_event SET seq = %s WHERE case_id = %s AND seq = %s", now, cases[0].pk, was)
    report = verify(with_copies=False)
    assert {(f.kind, f.seq, f.where) for f in report.findings} >= {("moved", 3, "seq 4"), ("moved", 4, "seq 3")}
    assert all(f.case_id == cases[0].pk for f in report.findings)


def test_an_event_added_without_the_key_is_named(cases):
    _, digest = kept(cases[0], 4)
    change(
        "INSERT INTO cases_event (case_id, seq, name, occurred, recorded, actor_role, actor_unit, actor_person, round, late_entry, body, hash) "
        "SELECT case_id, 5, name, occurred, recorded, actor_role, actor_unit, actor_person, round, late_entry, body, hash "
        "FROM cases_event WHERE case_id = %s AND seq = 4",
        cases[0].pk,
    )
    names = found(with_copies=False)
    assert ("extra", cases[0].pk, 5) in names
    change("UPDATE cases_case SET head_seq = 5, head_hash = %s WHERE id = %s", digest, cases[0].pk)
    assert [n for n in found(with_copies=False) if n[2] == 5] != []


def test_events_of_another_case_cannot_be_passed_off(cases):
    body, digest = kept(cases[1], 1)
    change("UPDATE cases_event SET body = %s, hash = %s WHERE case_id = %s AND seq = 1", body, digest, cases[0].pk)
    assert ("altered", cases[0].pk, 1) in found(with_copies=False)


def test_a_column_that_says_something_else_than_the_body_is_named(cases):
    change("UPDATE cases_event SET name = 'refused', actor_person = 'p1' WHERE case_id = %s AND seq = 2", cases[0].pk)
    where = [(f.kind, f.seq, f.where) for f in verify(with_copies=False).findings]
    assert where == [("column", 2, "name"), ("column", 2, "actor_person")]


def test_a_copy_that_does_not_follow_from_the_events_is_named(cases):
    Case.objects.filter(pk=cases[0].pk).update(stage="archive")
    Hop.objects.filter(case_id=cases[1].pk).update(receiver="county_b")
    where = [(f.kind, f.case_id, f.where) for f in verify().findings]
    assert where == [
        ("copy", cases[0].pk, "cases_case differs stage"),
        ("copy", cases[1].pk, "cases_hop differs receiver"),
    ]


def test_a_copy_of_an_event_that_says_nothing_any_more_stops_nothing(cases):
    change("UPDATE cases_event SET body = '{}' WHERE case_id = %s AND seq = 1", cases[0].pk)
    names = found()
    assert ("altered", cases[0].pk, 1) in names
    assert ("copy", cases[0].pk, None) in names
    assert all(case == cases[0].pk for _, case, _ in names)


def test_a_gap_in_the_numbers_is_named(cases):
    Counter.objects.filter(pk__startswith="case/").update(value=9)
    assert [(f.kind, f.where) for f in verify().findings] == [("series", cases[0].series)]


# -- anchors


def rewrite(case, seq, old, new):
    """Change an event and make the chain good again, as whoever has the chain key could."""
    prev = chain.genesis(f"case:{case.pk}")
    for row in Event.objects.filter(case_id=case.pk).order_by("seq"):
        body = row.body.replace(old, new) if row.seq == seq else row.body
        prev = chain.link(prev, row.seq, body)
        change(
            "UPDATE cases_event SET body = %s, hash = %s WHERE case_id = %s AND seq = %s", body, prev, case.pk, row.seq
        )
    change("UPDATE cases_case SET head_hash = %s WHERE id = %s", prev, case.pk)


def test_an_anchor_covers_all_heads_and_the_anchor_before(cases, folder):
    first = anchor()
    tree = Tree()
    for case in Case.objects.order_by("pk"):
        tree.add(leaf(case.pk, case.head_seq, case.head_hash))
    assert (first.cases, first.events, first.root, first.previous) == (2, 8, tree.root(), anchoring.BEGINNING)
    with clock.at(MONDAY + timedelta(hours=3)):
        record(
            cases[0],
            "officers_assigned",
            by=officer("unit_head", "county_a"),
            facts={"officers": [f"p{officer('handler', 'county_a').person_id}"]},
        )
    second = anchor()
    assert (second.number, second.previous, second.events) == (2, first.seal, 9)
    assert list(AnchorLeaf.objects.filter(anchor=second).values_list("case_id", "seq")) == [(cases[0].pk, 5)]
    assert [anchoring.read_file(path).seal for path in sorted(folder.iterdir())] == [first.seal, second.seal]
    report = verify()
    assert (report.sound, report.anchors, report.anchored) == (True, 2, 2)


def test_a_change_by_somebody_with_the_key_is_found_by_the_anchor(cases):
    rewrite(cases[1], 3, "county_a", "county_b")
    assert verify(with_copies=False).sound, "without an anchor nobody can see it: that is what D6 says"
    rewrite(cases[1], 3, "county_b", "county_a")
    anchor()
    assert verify(with_copies=False).sound
    rewrite(cases[1], 3, "county_a", "county_b")
    assert {(f.kind, f.case_id, f.seq) for f in verify(with_copies=False).findings} == {("leaf", cases[1].pk, 4)}


def test_changed_leaves_do_not_give_the_root_any_more(cases):
    anchor()
    rewrite(cases[1], 3, "county_a", "county_b")
    head = Case.objects.get(pk=cases[1].pk)
    change("UPDATE cases_anchorleaf SET hash = %s WHERE case_id = %s", head.head_hash, head.pk)
    assert [f.where for f in verify(with_copies=False).findings] == ["anchor 1: root"]


def test_an_anchor_kept_elsewhere_shows_what_was_redone_here(cases, tmp_path):
    row = anchor()
    elsewhere = tmp_path / "kept.json"
    elsewhere.write_bytes(anchoring.file_of(row.number).read_bytes())
    rewrite(cases[1], 3, "county_a", "county_b")
    change("DELETE FROM cases_anchorleaf")
    change("DELETE FROM cases_anchor")
    anchoring.file_of(1).unlink()
    anchor()
    assert verify(with_copies=False).sound, "redone with everything at hand"
    findings = verify(against=elsewhere, with_copies=False).findings
    assert [f.where for f in findings] == ["anchor 1 is not the one that was kept", "anchor 1: root"]


def test_later_events_do_not_disturb_an_older_anchor(cases, tmp_path):
    elsewhere = tmp_path / "kept.json"
    elsewhere.write_bytes(anchoring.file_of(anchor().number).read_bytes())
    a_case()
    with clock.at(MONDAY + timedelta(hours=5)):
        record(cases[0], "note_added", by=officer("handler", "county_a"), facts={"text": "继续联系"})
    anchor()
    report = verify(against=elsewhere)
    assert (report.sound, report.anchored) == (True, 1)


def test_the_files_of_anchors_are_looked_at(cases):
    anchor()
    path = anchoring.file_of(1)
    path.write_text(path.read_text().replace('"cases": 2', '"cases": 3'))
    assert [f.where for f in verify(with_copies=False).findings] == ["anchor-000001.json differs"]
    path.unlink()
    assert [f.where for f in verify(with_copies=False).findings] == ["anchor-000001.json missing"]
    anchor()
    assert verify(with_copies=False).sound, "the next run writes what is missing"


def test_an_altered_anchor_is_named(cases):
    anchor()
    change("UPDATE cases_anchor SET cases = 5")
    assert "anchor 1" in [f.where for f in verify(with_copies=False).findings]


def test_an_anchor_is_never_changed(cases):
    from django.db import DatabaseError, transaction

    anchor()
    for row in (Anchor, AnchorLeaf):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.objects.update(**({"root": "0"} if row is Anchor else {"seq": 1}))


def test_the_log_of_administration_is_anchored_too(cases):
    from huiyin.org.models import AdminEvent

    row = anchor()
    last = AdminEvent.objects.order_by("-seq").first()
    assert (row.admin_seq, row.admin_hash) == (last.seq, last.hash)
    change("DELETE FROM org_adminevent WHERE seq = %s", last.seq)
    assert ("admin", None, last.seq) in found(with_copies=False)


# -- the command


@pytest.fixture
def run(monkeypatch, capsys):
    monkeypatch.setattr(command, "database_ready", lambda: None)

    def run(**given):
        args = argparse.Namespace(**({"against": None, "no_copies": False, "json": False} | given))
        code = command.run(args)
        return code, capsys.readouterr().out

    return run


def test_the_command_names_the_row_and_fails(cases, run):
    code, out = run()
    assert (code, "2 件案件、8 条记录" in out, "还没有锚定" in out) == (0, True, True)
    body, _ = kept(cases[1], 3)
    change(
        "UPDATE cases_event SET body = %s WHERE case_id = %s AND seq = 3",
        body.replace("county_a", "county_b"),
        cases[1].pk,
    )
    code, out = run(no_copies=True)
    assert code == 1
    assert f"案件 {cases[1].number}：第 3 条记录被改动" in out


def test_the_command_answers_in_json(cases, run):
    anchor()
    code, out = run(json=True)
    assert code == 0
    assert json.loads(out) | {"findings": []} == {
        "cases": 2, "events": 8, "anchors": 1, "anchored": 1, "found": 0, "findings": [], "sound": True,
    }  # fmt: skip


def test_the_command_refuses_a_file_that_is_no_anchor(cases, run, tmp_path):
    from huiyin.commands import Stop

    path = tmp_path / "other.json"
    for text in ("{}", "[1]", "no json"):
        path.write_text(text)
        with pytest.raises(Stop):
            run(against=path)
    with pytest.raises(Stop):
        run(against=tmp_path / "nothing.json")
