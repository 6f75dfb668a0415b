"""Sealed values open with their keys and nowhere else; erased ones never."""

import json

import pytest
from django.db import connection

from huiyin.core.model import Actor, Sealed
from huiyin.vault import actions, ciphers, keys
from huiyin.vault.actions import ERASED, Item
from huiyin.vault.errors import Damaged, KeyDestroyed, UnknownRef
from huiyin.vault.models import DataKey, Record, RevealLog
from huiyin.vault.refs import VaultRef
from huiyin.vault.verify import faults

pytestmark = pytest.mark.django_db
OFFICER = Actor("handler", "county_a", "p7")


@pytest.fixture(autouse=True, params=ciphers.SUITES)
def suite(request, settings, ring):
    """Every test here works with a ring of its own, and is tried with both suites."""
    settings.CIPHERS = request.param
    return request.param


@pytest.mark.parametrize("value", ["电热水壶不通电", "", ["a", "b"], {"b": 1, "a": None}, 3, True, "x" * 1_000_000])
def test_what_was_sealed_opens_again(value):
    ref = actions.seal(1, "what", value)
    assert actions.open_many([ref]) == {ref.ref: value}


def test_the_database_holds_neither_value_nor_salt_nor_key(suite):
    ref = actions.seal(1, "phone", "13800010001", party="p1")
    record = Record.objects.get()
    assert b"13800010001" not in bytes(record.cipher)
    salt = _salt(record)
    assert salt not in bytes(record.cipher)
    by = ciphers.digest(ciphers.DIGEST_OF[suite], salt, b'"13800010001"')
    assert by.hex() == ref.commitment == record.commitment


def _salt(record: Record) -> bytes:
    closer = ciphers.Closer(keys.data_key(record.key))
    return closer.open(bytes(record.cipher), actions.about(record.ref, record.case_id, record.name))[:16]


def test_the_same_value_twice_has_nothing_in_common():
    one, other = actions.seal_many(1, [Item("name", "李雷", "p1"), Item("name", "李雷", "p1")])
    assert one.commitment != other.commitment
    closed = [bytes(r.cipher) for r in Record.objects.all()]
    assert closed[0][16:] != closed[1][16:]


def test_one_key_for_the_texts_and_one_for_each_party_and_class():
    actions.seal_many(1, [Item("what", "a"), Item("why", "b"), Item("name", "c", "p1"), Item("phone", "d", "p1")])
    actions.seal(1, "name", "e", party="p2", cls="secret")
    actions.seal_many(1, [Item("reasons", "f"), Item("address", "g", "p1")])
    slots = sorted(DataKey.objects.values_list("party", "cls"))
    assert slots == [("", "personal"), ("p1", "personal"), ("p2", "secret")]
    assert Record.objects.filter(kind="identity").count() == 4


def test_a_registration_takes_two_inserts(django_assert_num_queries):
    items = [Item("what", "a"), Item("why", "b"), *[Item(n, "x", "p1") for n in ("name", "phone", "address", "email")]]
    with django_assert_num_queries(2):
        actions.seal_many(1, items, new_case=True)


def test_many_cases_share_one_batch():
    batch = actions.Batch()
    refs = [
        actions.prepare(batch, case, [Item("what", f"text {case}"), Item("name", "n", "p1")], {})[0]
        for case in range(1, 4)
    ]
    more = actions.prepare(batch, 1, [Item("why", "later")], {})
    actions.store(batch)
    assert DataKey.objects.count() == 6
    assert list(actions.open_many([*refs, *more]).values()) == ["text 1", "text 2", "text 3", "later"]


def test_a_case_that_is_not_written_after_all_leaves_nothing_in_the_batch():
    batch = actions.Batch()
    actions.prepare(batch, 1, [Item("what", "a")], {})
    mark = batch.mark()
    actions.prepare(batch, 2, [Item("what", "b"), Item("name", "n", "p1")], {})
    batch.back_to(mark)
    (again,) = actions.prepare(batch, 2, [Item("what", "c")], {})
    actions.store(batch)
    assert actions.open_many([again])[again.ref] == "c"
    assert sorted(DataKey.objects.values_list("case_id", flat=True)) == [1, 2]


def test_another_master_key_opens_nothing():
    ref = actions.seal(1, "name", "李雷", party="p1")
    with keys.using(keys.KeyRing.fresh()), pytest.raises(Damaged):
        actions.open_many([ref])


@pytest.mark.parametrize("change", [{"name": "why"}, {"case_id": 2}, {"commitment": "0" * 64}])
def test_a_record_cannot_stand_for_another(change):
    ref = actions.seal(1, "what", "a")
    Record.objects.update(**change)
    with pytest.raises(Damaged):
        actions.open_many([ref])


def test_ciphers_cannot_be_swapped():
    one, other = actions.seal_many(1, [Item("what", "a"), Item("what", "b")])
    cipher = bytes(Record.objects.get(ref=one.ref).cipher)
    Record.objects.filter(ref=other.ref).update(cipher=cipher)
    with pytest.raises(Damaged):
        actions.open_many([other])


def test_an_unknown_ref_is_an_error_and_not_an_empty_value():
    with pytest.raises(UnknownRef):
        actions.open_many(["0" * 32])


def test_destroying_the_keys_leaves_the_commitments_alone():
    texts = actions.seal_many(1, [Item("what", "a"), Item("name", "李雷", "p1")])
    kept = actions.seal(2, "what", "b")
    before = dict(Record.objects.values_list("ref", "commitment"))
    assert actions.destroy_keys(1) == 2
    assert dict(Record.objects.values_list("ref", "commitment")) == before
    assert actions.open_many([*texts, kept]) == {texts[0].ref: ERASED, texts[1].ref: ERASED, kept.ref: "b"}
    assert not any(bytes(r.cipher) for r in Record.objects.filter(case_id=1))


def test_one_party_alone_may_be_erased():
    name, other = actions.seal_many(1, [Item("name", "李雷", "p1"), Item("name", "韩梅", "p2")])
    actions.destroy_keys(1, party="p1")
    assert actions.open_many([name, other]) == {name.ref: ERASED, other.ref: "韩梅"}


def test_nothing_is_sealed_with_a_destroyed_key():
    actions.seal(1, "what", "a")
    actions.destroy_keys(1)
    with pytest.raises(KeyDestroyed):
        actions.seal(1, "why", "b")


def test_two_refs_are_the_same_when_their_values_are():
    one, other, third = actions.seal_many(
        1, [Item("contents", {"a": 1, "b": 2}), Item("contents", {"b": 2, "a": 1}), Item("contents", "x")]
    )
    assert one.same(other)
    assert one.same(Sealed(other.ref))
    assert not one.same(third)
    assert not one.same("x")
    actions.destroy_keys(1)
    assert one.same(one)
    assert not one.same(other)


def test_a_value_that_waits_for_its_event_keeps_its_ref():
    waiting = VaultRef.fresh("协议内容")
    assert waiting.same(actions.seal(1, "contents", "协议内容"))
    assert not waiting.same(VaultRef.fresh("别的"))
    (stored,) = actions.seal_many(1, [Item("contents", waiting.value, ref=waiting)])
    assert stored is waiting
    assert not waiting.pending
    assert waiting.value is None
    assert VaultRef.from_body(json.loads(json.dumps(waiting.body()))).same(waiting)
    assert VaultRef.from_body(waiting.body()).commitment == Record.objects.get(ref=waiting.ref).commitment


def test_revealing_is_logged_with_reason_and_asker():
    ref = actions.seal(1, "phone", "13800010001", party="p1")
    assert actions.reveal(OFFICER, 1, ref, " 回访 ") == "13800010001"
    row = RevealLog.objects.get()
    assert (row.person, row.role, row.unit) == ("p7", "handler", "county_a")
    assert (row.case_id, row.ref, row.name, row.reason) == (1, ref.ref, "phone", "回访")


def test_without_a_reason_or_of_another_case_nothing_is_revealed():
    ref = actions.seal(1, "phone", "13800010001", party="p1")
    with pytest.raises(ValueError, match="reason"):
        actions.reveal(OFFICER, 1, ref, "  ")
    with pytest.raises(UnknownRef):
        actions.reveal(OFFICER, 2, ref, "回访")
    assert not RevealLog.objects.exists()


def test_the_reveal_log_is_never_changed():
    actions.reveal(OFFICER, 1, actions.seal(1, "phone", "13800010001", party="p1"), "回访")
    from django.db import IntegrityError, transaction

    for statement in ("UPDATE vault_reveallog SET reason = 'x'", "DELETE FROM vault_reveallog"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert RevealLog.objects.get().reason == "回访"


def test_an_altered_record_is_named_and_an_erased_one_is_not():
    refs = [actions.seal(case, "what", f"text {case}") for case in range(1, 6)]
    actions.destroy_keys(2)
    assert list(faults()) == []
    record = Record.objects.get(ref=refs[3].ref)
    Record.objects.filter(ref=record.ref).update(cipher=bytes(record.cipher)[:-1] + b"x")
    Record.objects.filter(ref=refs[4].ref).update(commitment="0" * 64)
    assert {(f.case_id, f.ref) for f in faults()} == {(4, refs[3].ref), (5, refs[4].ref)}
    assert [f.ref for f in faults([4])] == [refs[3].ref]
    assert list(faults([1])) == []
