"""The texts that events rest on: verify finds what was taken away, put in another's place, or does not open. What was erased is as it should be."""

import hmac
import os

import pytest

from huiyin.cases.actions import record
from huiyin.cases.verifying import verify
from huiyin.commands import verify as command
from huiyin.core.model import Refused
from huiyin.vault import actions as vault
from huiyin.vault import keys
from huiyin.vault.models import Record
from tests.cases.office import a_case, officer
from tests.cases.test_verify import change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample_world")]


@pytest.fixture(autouse=True)
def folders(tmp_path, settings):
    settings.ANCHORS, settings.KEYS = tmp_path / "anchors", tmp_path


def text_of(case):
    return Record.objects.select_related("key").get(case_id=case.pk, name="what")


def findings():
    return [(f.kind, f.case_id, f.seq, f.where.split(" ")[-1]) for f in verify().findings]


def test_a_text_that_was_taken_away_is_named():
    a_case()
    case = a_case()
    row = text_of(case)
    change("DELETE FROM vault_record WHERE ref = %s", row.ref)
    assert findings() == [("text", case.pk, 1, "missing")]
    assert verify(with_copies=False).sound


def test_a_text_put_in_its_place_with_all_keys_is_named_since_the_event_committed_to_the_first():
    case = a_case()
    row = text_of(case)
    salt, text = os.urandom(16), vault.written("别的话").encode()
    closed = vault.Closer(keys.data_key(row.key)).close(salt + text, vault.about(row.ref, case.pk, "what"))
    commitment = hmac.digest(salt, text, "sha256").hex()
    change("UPDATE vault_record SET cipher = %s, commitment = %s WHERE ref = %s", closed, commitment, row.ref)
    assert vault.open_many([row.ref]) == {row.ref: "别的话"}, "it opens: only the event says that it is another one"
    assert findings() == [("text", case.pk, 1, "differs")]


def test_a_text_that_does_not_open_is_named(capsys):
    case = a_case()
    change("UPDATE vault_record SET cipher = %s WHERE ref = %s", b"x" * 40, text_of(case).ref)
    assert findings() == [("text", case.pk, None, "open")]
    command.say(verify(), 0.0)
    said = capsys.readouterr().out
    assert f"案件 {case.number}：加密的内容与记录不符" in said


def test_erased_texts_fit_their_commitments_but_nobody_disposed_of_them_and_nothing_more_is_recorded():
    case = a_case()
    vault.destroy_keys(case.pk)
    assert {kind for kind, *_rest in findings()} == {"erased"}
    with pytest.raises(Refused) as found:
        record(case, "note_added", by=officer("intake_officer", "city"), facts={"text": "再记一笔"})
    assert found.value.code == "case_erased"
    assert {kind for kind, *_rest in findings()} == {"erased"}
