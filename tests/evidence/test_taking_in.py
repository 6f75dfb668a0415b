"""From a file that was sent to a file of a case: in one transaction with the event, and never twice."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import transaction

from huiyin.cases import actions as cases
from huiyin.cases import evidence as handing
from huiyin.cases import queries as case_queries
from huiyin.cases.models import Event
from huiyin.cases.people import Outside
from huiyin.cases.rebuilding import rebuild
from huiyin.cases.verifying import verify
from huiyin.core.facts import BadFact
from huiyin.evidence import actions, queries
from huiyin.evidence.errors import BadFile
from huiyin.evidence.models import File, Staged
from huiyin.evidence.storage import path_of
from huiyin.vault import actions as vault
from huiyin.vault.models import DataKey, Record
from tests.cases.office import a_case, officer
from tests.evidence import made
from tests.evidence.sent import VISIT, by, fact, on_disk, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake():
    return officer("intake_officer", "city")


def with_file(intake, *files, **more):
    return a_case(facts={"channel": "window", "what": "水壶漏水", "files": fact(*files), **more}, by=intake)


def content_of(row, part=queries.ORIGINAL):
    with queries.reader(row, part) as found:
        return found.readall()


def test_a_file_is_taken_in_closed(folder):
    content = made.jpeg(640, 320)
    row = send(content)
    assert (row.kind, row.size, row.copy_kind, row.owner) == ("jpg", len(content), "jpg", VISIT)
    assert content_of(row) == content
    assert content_of(row, queries.COPY)[:3] == b"\xff\xd8\xff"
    assert len(on_disk(folder)) == 3
    for path in on_disk(folder):
        closed = path.read_bytes()
        assert not any(mark in closed for mark in (*made.TELLING, b"JFIF", b"Exif"))
        assert path.name in (row.address, row.copy_address, row.thumb_address)
    assert queries.names([row]) == {row.pk: "发票.jpg"}


def test_what_is_refused_leaves_nothing(folder):
    for content, name in ((b"<html>", "a.jpg"), (made.jpeg()[:60], "a.jpg"), (made.bomb_png(), "a.png"), (b"", "")):
        with pytest.raises(BadFile):
            send(content, name=name)
    assert on_disk(folder) == []
    assert not Staged.objects.exists()
    assert not Record.objects.filter(kind="file").exists()


def test_too_large_is_said_with_what_to_do(settings, folder):
    settings.FILE_MB = 1
    with pytest.raises(BadFile, match=r"超过 1 MB.*请"):
        send(made.wav() + b"\0" * 1_000_000)
    assert send(made.mp3() + b"\0" * 900_000).size > 900_000
    assert len(on_disk(folder)) == 1


def test_so_many_and_no_more(monkeypatch, folder):
    monkeypatch.setattr(actions, "MOST", 2)
    send(), send()
    with pytest.raises(BadFile, match="一次最多交 2 个"):
        send()
    send(owner="web:" + "b" * 40)
    assert len(on_disk(folder)) == 9


def test_an_event_makes_it_a_file_of_the_case(intake):
    row = send(owner=by(intake))
    case = with_file(intake, row)
    file = File.objects.get()
    assert (file.pk, file.case_id, file.seq, file.fact, file.address) == (row.pk, case.pk, 1, "files", row.address)
    assert not Staged.objects.exists()
    assert not DataKey.objects.filter(case_id=0).exists()
    body = Event.objects.get(case=case, seq=1).body
    record = Record.objects.get(pk=row.pk)
    assert f'"files":[{{"c":"{record.commitment}","file":"{row.pk}"}}]' in body
    assert "发票" not in body
    assert content_of(file) == made.jpeg(640, 320)
    assert verify().findings == []


def test_files_and_papers_may_stand_side_by_side(intake):
    row = send(owner=by(intake))
    case = a_case(facts={"channel": "window", "what": "水壶漏水", "files": [*fact(row), "纸质收据"]}, by=intake)
    opened = case_queries.open_case(case)
    file, paper = opened.view.first("registered").facts["files"]
    assert file.ref == row.pk
    assert vault.open_many([paper]) == {paper.ref: "纸质收据"}
    assert verify().findings == []
    old = a_case(facts={"channel": "window", "what": "水壶漏水", "files": ["纸质收据", "照片"]}, by=intake)
    named = case_queries.open_case(old).view.first("registered").facts["files"]
    assert vault.open_many([named]) == {named.ref: ["纸质收据", "照片"]}


def test_a_refused_event_leaves_the_file_to_be_sent_again(intake):
    row = send(owner=by(intake))
    case = a_case()
    with pytest.raises(BadFact):
        cases.record(case, "evidence_added", by=intake, facts={"party": "9", "files": fact(row)})
    assert Staged.objects.filter(pk=row.pk).exists()
    cases.record(case, "evidence_added", by=intake, facts={"party": "1", "files": fact(row)})
    assert File.objects.get().seq == 2
    assert verify().findings == []


def test_a_file_is_used_once(intake):
    row = send(owner=by(intake))
    first = with_file(intake, row)
    with pytest.raises(BadFact) as caught:
        with_file(intake, row)
    assert caught.value.code == "file_used"
    assert [file.case_id for file in File.objects.all()] == [first.pk]
    assert verify().findings == []


def test_the_same_case_may_name_its_file_again(intake):
    row = send(owner=by(intake))
    case = with_file(intake, row)
    cases.record(case, "note_added", by=intake, facts={"text": "已看"})
    cases.record(case, "evidence_added", by=intake, facts={"party": "1", "files": fact(row)})
    assert File.objects.get().seq == 1
    opened = case_queries.open_case(case)
    assert handing.numbers(opened) == {row.pk: 1}
    assert verify().findings == []


def test_nobody_names_a_file_of_somebody_else(intake):
    other = send(owner=by(officer("handler", "county_a")))
    visitors = send()
    for row in (other, visitors):
        with pytest.raises(BadFact) as caught:
            with_file(intake, row)
        assert caught.value.code == "unknown_file"
    case = a_case()
    with pytest.raises(BadFact):
        cases.record(case, "materials_supplied", by=Outside("complainant"), facts={"party": "1", "files": fact(other)})
    cases.record(case, "materials_supplied", by=Outside("complainant"), facts={"party": "1", "files": fact(visitors)})
    with pytest.raises(BadFact):
        with_file(intake, *[]) and cases.record(
            case, "note_added", by=intake, facts={"text": "x", "files": ["file:" + "0" * 32]}
        )
    with pytest.raises(BadFact):
        a_case(facts={"channel": "window", "what": "水壶", "files": ["file:" + "0" * 32]}, by=intake)


def test_sent_again_under_the_same_key_it_is_answered(intake):
    row = send(owner=by(intake))
    first = with_file(intake, row)
    case = a_case()
    again = send(owner=by(intake))
    facts = {"party": "1", "files": fact(again)}
    one = cases.record(case, "evidence_added", by=intake, facts=facts, key="k1")
    two = cases.record(case, "evidence_added", by=intake, facts=facts, key="k1")
    assert [e.seq for e in one] == [e.seq for e in two]
    third = send(owner=by(intake))
    more = {"facts": {"channel": "window", "what": "水壶漏水", "files": fact(third)}, "by": intake, "key": "k2"}
    begun = a_case(**more)
    assert a_case(**more).pk == begun.pk != first.pk
    assert File.objects.count() == 3
    assert verify().findings == []


def test_rebuilding_brings_files_to_their_events(intake):
    row = send(owner=by(intake))
    case = with_file(intake, row)
    File.objects.update(seq=7, fact="other")
    rebuild([case.pk])
    assert (File.objects.get().seq, File.objects.get().fact) == (1, "files")


# -- verifying


@pytest.mark.parametrize("part", ["address", "copy_address", "thumb_address"])
def test_a_file_that_was_altered_or_lost_is_named(intake, part):
    row = send(owner=by(intake))
    case = with_file(intake, row)
    path = path_of(getattr(row, part))
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    (finding,) = verify().findings
    assert (finding.kind, finding.case_id, finding.seq) == ("evidence", case.pk, 1)
    assert "altered" in finding.where
    path.unlink()
    (finding,) = verify().findings
    assert "not there" in finding.where


def test_another_file_in_its_place_is_noticed(intake):
    one, two = send(owner=by(intake)), send(made.jpeg(100, 100), owner=by(intake))
    with_file(intake, one, two)
    path_of(one.address).write_bytes(path_of(two.address).read_bytes())
    assert [f.kind for f in verify().findings] == ["evidence"]


def test_a_row_that_is_gone_is_noticed(intake):
    row = send(owner=by(intake))
    case = with_file(intake, row)
    File.objects.all().delete()
    assert [(f.kind, f.case_id, f.where) for f in verify().findings] == [("evidence", case.pk, f"{row.pk} missing")]


# -- away


def test_erasing_a_case_takes_its_files(intake, folder, settings, tmp_path):
    settings.KEYS = tmp_path
    row, other = send(owner=by(intake)), send(made.jpeg(100, 100), owner=by(intake))
    case, kept = with_file(intake, row), with_file(intake, other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "on_commit", lambda act: act())  # the test itself is one transaction
        vault.destroy_keys(case.pk)
    file = File.objects.get(pk=row.pk)
    assert file.addresses == []
    assert queries.sealed([row.pk]) == {}
    assert [path.name for path in on_disk(folder)] == sorted(File.objects.get(pk=other.pk).addresses)
    assert content_of(File.objects.get(pk=other.pk)) == made.jpeg(100, 100)
    (handed,) = handing.handed(case_queries.open_case(case), intake)
    assert handed.erased
    assert (handed.copy, handed.original, handed.name) == (False, False, "")
    assert {(f.kind, f.case_id) for f in verify().findings} == {("erased", case.pk)}  # nobody disposed of it
    assert kept.pk == File.objects.get(pk=other.pk).case_id


def test_what_was_never_sent_is_swept(intake, folder, django_capture_on_commit_callbacks):
    old, held, new = send(), send(owner=by(intake)), send(owner="web:" + "c" * 40)
    actions.touch([held.pk], by(intake), draft=7)
    for row in (old, held):
        Staged.objects.filter(pk=row.pk).update(touched=row.touched - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.sweep() == 1
    assert set(Staged.objects.values_list("pk", flat=True)) == {held.pk, new.pk}
    assert {path.name for path in on_disk(folder)} == {*held.addresses, *new.addresses}
    assert DataKey.objects.filter(case_id=0).count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.drop([held.pk], VISIT) == 0
        assert actions.drop([held.pk], by(intake)) == 1


def test_files_that_no_row_names_are_swept(intake, folder):
    row = send(owner=by(intake))
    with_file(intake, row)
    waiting = send()
    stray = send()
    Staged.objects.filter(pk=stray.pk).delete()
    assert actions.sweep_files() == 0  # they may be just being written
    assert actions.sweep_files(timedelta(0)) == 3
    assert {path.name for path in on_disk(folder)} == {*row.addresses, *waiting.addresses}


KILLED = """
import os, signal, sys
from unittest import mock
import django
django.setup()
from huiyin.cases import writing, actions as cases
from huiyin.evidence import actions
from tests.cases.office import officer
from tests.evidence.sent import send, by, fact
where, case = sys.argv[1], int(sys.argv[2])
def die(*a, **k):
    os.kill(os.getpid(), signal.SIGKILL)
me = officer("intake_officer", "city")
if where == "placing":
    actions.vault.seal_many = die
elif where == "staged":
    actions.transaction.atomic = mock.Mock(side_effect=die)
row = send(owner=by(me))
if where == "attaching":
    actions.vault.forget = die
elif where == "committing":
    writing.projections.refresh = die
cases.record(case, "evidence_added", by=me, facts={"party": "1", "files": fact(row)})
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["placing", "staged", "attaching", "committing"])
def test_killed_at_any_moment_no_reference_is_left_without_its_file(where, folder, intake, settings, tmp_path):
    from django.db import connection

    from huiyin.vault import keys

    settings.KEYS = tmp_path / "keys"
    keys.write(settings.KEYS, keys.ring()) if settings.KEYS.mkdir(mode=0o700) is None else None
    case = a_case()
    named = connection.settings_dict
    address = (
        f"sqlite:///{named['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgresql://{named['USER']}:{named['PASSWORD']}@/{named['NAME']}?host={named['HOST']}"
    )
    environ = {
        **os.environ, "DATABASE_URL": address, "HUIYIN_FILES": str(folder), "HUIYIN_KEYS": str(settings.KEYS),
        "DJANGO_SETTINGS_MODULE": "huiyin.settings",
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, where, str(case.pk)], env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    assert Event.objects.filter(case=case).count() == 1
    assert not File.objects.exists()
    for row in Staged.objects.all():
        assert content_of(row) == made.jpeg(640, 320)
    assert Staged.objects.count() == (0 if where in ("placing", "staged") else 1)
    assert verify().findings == []
    actions.sweep_files(timedelta(0))
    actions.sweep_staged(timedelta(0))
    assert on_disk(folder) == []
    assert not DataKey.objects.filter(case_id=0).exists()
