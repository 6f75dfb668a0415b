"""The key ring: made once, compared with the database at every start, never guessed."""

import json
import os
import stat

import pytest
from django.db import transaction

from huiyin.vault import actions, blind, ciphers, erasing, keys, rotating
from huiyin.vault.models import BlindIndex, DataKey, KeyCheck

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=ciphers.SUITES)
def suite(request, folder, settings):
    """Every test here has a folder of its own, and is tried with both suites."""
    settings.CIPHERS = request.param
    return request.param


def test_the_first_start_makes_a_ring_that_only_its_owner_reads(folder):
    ring = keys.ring()
    file = folder / "keyring.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert keys.read(folder) == ring
    assert KeyCheck.objects.count() == 4
    assert keys.problems() == []


def test_no_key_stands_in_the_database(folder):
    ring = keys.ring()
    stored = "".join(KeyCheck.objects.values_list("fingerprint", flat=True))
    for key in (*ring.masters.values(), ring.chain, ring.blind, ring.search):
        assert key.hex()[:16] not in stored
        assert key.hex() not in repr(ring)


def test_a_missing_ring_stops_the_start_and_is_not_made_anew(folder):
    keys.ring()
    (folder / "keyring.json").unlink()
    (problem,) = keys.problems()
    assert "找不到密钥环" in problem
    assert not (folder / "keyring.json").exists()


def test_another_ring_stops_the_start(folder):
    keys.ring()
    (folder / "keyring.json").unlink()
    keys.make(folder)
    (problem,) = keys.problems()
    assert "chain" in problem
    assert "master:m1" in problem


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"format": 1, "current": "m1", "masters": {}}'])
def test_a_damaged_ring_stops_the_start(folder, text):
    keys.ring()
    (folder / "keyring.json").write_text(text)
    (problem,) = keys.problems()
    assert "已损坏" in problem or "不完整" in problem


def test_a_short_key_is_a_damaged_ring(folder):
    keys.ring()
    file = folder / "keyring.json"
    table = json.loads(file.read_text())
    file.write_text(json.dumps({**table, "blind": table["blind"][:32]}))
    assert "不完整" in keys.problems()[0]


def test_a_ring_that_others_can_read_stops_the_start(folder):
    keys.ring()
    os.chmod(folder / "keyring.json", 0o640)
    assert "chmod 600" in keys.problems()[0]


def test_without_fingerprints_the_ring_must_open_what_is_there(folder):
    actions.seal(1, "what", "a")
    KeyCheck.objects.all().delete()
    assert keys.problems() == []
    assert KeyCheck.objects.count() == 4
    KeyCheck.objects.all().delete()
    (folder / "keyring.json").unlink()
    keys.make(folder)
    assert "不符" in keys.problems()[0]


def test_two_processes_that_start_together_share_one_ring(folder):
    assert keys.make(folder) == keys.make(folder)
    assert [path.name for path in folder.iterdir()] == ["keyring.json"]


def test_after_a_rotation_everything_opens_under_the_new_master(folder):
    refs = [actions.seal(case, "what", f"text {case}") for case in range(1, 4)]
    actions.destroy_keys(3)
    token = blind.blind("phone", "13800138000")
    assert rotating.rotate().keys == 2
    assert set(DataKey.objects.filter(wrapped__isnull=False).values_list("master", flat=True)) == {"m2"}
    assert list(actions.open_many(refs[:2]).values()) == ["text 1", "text 2"]
    assert blind.blind("phone", "13800138000") == token
    assert keys.problems() == []


def test_the_master_key_before_the_last_leaves_the_ring(folder):
    actions.seal(1, "what", "a")
    rotating.rotate()
    assert set(keys.ring().masters) == {"m1", "m2"}
    rotating.rotate()
    assert set(keys.ring().masters) == {"m2", "m3"}
    assert set(KeyCheck.objects.filter(name__startswith="master").values_list("name", flat=True)) == {"master:m2", "master:m3"}  # fmt: skip
    assert keys.problems() == []


def test_of_two_rotations_at_once_the_second_is_refused_and_changes_nothing(folder):
    actions.seal(1, "what", "a")
    (folder / ".keyring.json.1.1").write_text("left by one that was broken off")
    before = (folder / keys.FILE).read_bytes()
    with keys.alone(folder), pytest.raises(keys.KeyRingError, match="另一处正在更换主密钥"):
        rotating.rotate()
    assert (folder / keys.FILE).read_bytes() == before
    assert DataKey.objects.get().master == "m1"
    assert rotating.rotate().keys == 1
    assert [path.name for path in folder.iterdir()] == [keys.FILE]


def test_a_process_that_knows_the_old_ring_seals_and_opens_after_another_rotated(folder):
    ref = actions.seal(1, "what", "a")
    old = keys._rings[str(folder)]
    rotating.rotate()
    keys._rings[str(folder)] = old
    assert actions.open_many([ref])[ref.ref] == "a"
    keys._rings[str(folder)] = old
    actions.seal(2, "what", "b")
    assert DataKey.objects.get(case_id=2).master == "m2"


def test_destroyed_keys_are_listed_beside_the_ring_once_it_is_certain(folder, django_capture_on_commit_callbacks):
    actions.seal(1, "what", "a")
    key_id = DataKey.objects.get().id
    with django_capture_on_commit_callbacks(execute=True):
        actions.destroy_keys(1)
    assert keys.destroyed() == [key_id]


def test_a_destruction_that_was_rolled_back_is_not_listed(folder, django_capture_on_commit_callbacks):
    ref = actions.seal(1, "what", "a")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        actions.destroy_keys(1)
        transaction.set_rollback(True)
    assert keys.destroyed() == []
    assert actions.open_many([ref])[ref.ref] == "a"


def test_a_restored_backup_loses_again_what_was_destroyed(folder):
    ref, kept = actions.seal(1, "name", "李雷", party="p1"), actions.seal(2, "what", "b")
    blind.index_many([("name", "李雷", 1, "p1")])
    keys.note_destroyed([DataKey.objects.get(case_id=1).id])
    assert erasing.at_start() == []
    assert actions.open_many([ref, kept]) == {ref.ref: actions.ERASED, kept.ref: "b"}
    assert not BlindIndex.objects.exists()


def test_a_list_that_a_crash_cut_short_is_completed(folder):
    actions.seal(1, "what", "a")
    actions.destroy_keys(1)
    assert keys.destroyed() == []
    erasing.reconcile()
    assert keys.destroyed() == [DataKey.objects.get().id]
    erasing.reconcile()
    assert len(keys.destroyed()) == 1
