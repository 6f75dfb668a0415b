"""Both suites close and open the same things, each says which it was, and `rotate` moves everything from one to the other, wherever it stopped."""

import json

import pytest
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm

from huiyin.vault import actions, blind, ciphers, keys, lists, rotating
from huiyin.vault.actions import Item
from huiyin.vault.models import BlindIndex, DataKey, Record
from huiyin.vault.verify import faults

BOTH = pytest.mark.parametrize("suite", ciphers.SUITES)


@BOTH
def test_what_is_closed_says_by_what_and_opens_under_either_setting(suite, settings):
    settings.CIPHERS = suite
    closer = ciphers.Closer(bytes(range(32)))
    closed = closer.close("电热水壶".encode(), b"about")
    assert ciphers.suite_of(closed) == suite
    for other in ciphers.SUITES:
        settings.CIPHERS = other
        assert ciphers.Closer(bytes(range(32))).open(closed, b"about").decode() == "电热水壶"


@BOTH
@pytest.mark.parametrize("place", [0, 4, 11, 16, -1])
def test_one_changed_bit_another_matter_or_another_key_opens_nothing(suite, place, settings):
    settings.CIPHERS = suite
    closer = ciphers.Closer(bytes(32))
    closed = bytearray(closer.close(b"text", b"about"))
    with pytest.raises(InvalidTag):
        closer.open(bytes(closed), b"other")
    with pytest.raises(InvalidTag):
        ciphers.Closer(bytes([1]) * 32).open(bytes(closed), b"about")
    closed[place] ^= 1
    with pytest.raises(InvalidTag):
        closer.open(bytes(closed), b"about")
    with pytest.raises(InvalidTag):
        closer.open(bytes(closed[:20]), b"about")


def test_a_value_of_aes_that_begins_like_one_of_sm4_still_opens(monkeypatch):
    closer = ciphers.Closer(bytes(32))
    monkeypatch.setattr(ciphers.os, "urandom", lambda n: ciphers.MARK + bytes(n - len(ciphers.MARK)))
    closed = closer.close(b"text", b"about")
    assert ciphers.suite_of(closed) == ciphers.SM4
    assert closer.open(closed, b"about") == b"text"


def test_sm4_gcm_and_sm3_are_those_of_the_standards():
    """RFC 8998, appendix A.1; GB/T 32905-2016, A.1."""
    from cryptography.hazmat.primitives.ciphers import algorithms

    one = ciphers.Sm4Gcm(bytes(32))
    one._key = algorithms.SM4(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    about = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    closed = one.encrypt(bytes.fromhex("00001234567800000000ABCD"), plain, about)
    assert closed.hex().upper().startswith("17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735")
    assert closed[-16:].hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
    assert one.decrypt(bytes.fromhex("00001234567800000000ABCD"), closed, about) == plain
    with pytest.raises(InvalidTag):
        one.decrypt(bytes(12), b"short", about)
    from cryptography.hazmat.primitives import hashes

    sum_ = hashes.Hash(hashes.SM3())
    sum_.update(b"abc")
    assert sum_.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@BOTH
def test_what_belongs_to_no_case_and_what_the_ring_wraps_follow_the_setting(suite, settings, ring):
    settings.CIPHERS = suite
    assert ciphers.suite_of(lists.close("totp", "seed")) == suite
    assert lists.opened("totp", lists.close("totp", "seed")) == "seed"
    assert ciphers.suite_of(ring.wrap(bytes(32), b"x")) == suite


def test_a_machine_without_sm4_says_so_and_does_not_start(settings, monkeypatch):
    def missing(*_args):
        raise UnsupportedAlgorithm("no SM4")

    assert ciphers.problems() == []
    settings.CIPHERS = ciphers.SM4
    ciphers._has_sm4.cache_clear()
    assert ciphers.problems() == []
    ciphers._has_sm4.cache_clear()
    monkeypatch.setattr(ciphers, "Cipher", missing)
    try:
        assert "不提供 SM4" in ciphers.problems()[0]
    finally:
        ciphers._has_sm4.cache_clear()


# -- moving from one to the other


def _fill():
    refs = [
        *actions.seal_many(
            1, [Item("what", "文字" * 2000), Item("name", "李雷", "1"), Item("phone", "13800010001", "1")]
        ),
        *actions.seal_many(2, [Item("name", "韩梅", "1", "secret"), Item("name", "李雷", "2")]),
    ]
    actions.seal(3, "what", "erased")
    actions.destroy_keys(3)
    blind.index_many([
        ("name", "李雷", 1, "1"), ("phone", "13800010001", 1, "1"), ("name", "韩梅", 2, "1"), ("name", "李雷", 2, "2"),
    ])  # fmt: skip
    return refs


def _suites():
    return {ciphers.suite_of(bytes(c)) for c in Record.objects.exclude(cipher=b"").values_list("cipher", flat=True)}


@pytest.mark.django_db
def test_a_rotation_moves_records_keys_and_blind_indexes_there_and_back(folder, settings):
    refs = _fill()
    before = actions.open_many(refs)
    commitments = dict(Record.objects.values_list("ref", "commitment"))
    tokens = set(BlindIndex.objects.values_list("kind", "token", "case_id", "party"))
    settings.CIPHERS = ciphers.SM4
    assert actions.open_many(refs) == before, "before anything was moved"
    assert blind.find("name", "李雷") == [(2, "2"), (1, "1")], "the blind index follows with the rotation alone"
    moved = rotating.rotate()
    assert (moved.keys, moved.values, moved.cases) == (4, 5, 2)
    assert _suites() == {ciphers.SM4}
    wrapped = [bytes(w) for w in DataKey.objects.filter(wrapped__isnull=False).values_list("wrapped", flat=True)]
    assert {ciphers.suite_of(w) for w in wrapped} == {ciphers.SM4}
    anew = list(BlindIndex.objects.values_list("token", flat=True))
    assert [(token[0], len(token)) for token in anew] == [("s", 32)] * 4
    assert blind.find("name", "李 雷") == [(2, "2"), (1, "1")]
    assert actions.open_many(refs) == before
    assert dict(Record.objects.values_list("ref", "commitment")) == commitments
    assert json.loads((folder / "keyring.json").read_text())["blind_digest"] == "sm3"
    assert keys.problems() == []
    assert list(faults()) == []
    settings.CIPHERS = ciphers.AES
    assert (rotating.rotate().values, _suites()) == (5, {ciphers.AES})
    assert set(BlindIndex.objects.values_list("kind", "token", "case_id", "party")) == tokens
    assert actions.open_many(refs) == before
    assert rotating.rotate().values == 0


@pytest.mark.django_db
def test_a_move_that_was_cut_off_goes_on_where_it_stopped(folder, settings, monkeypatch):
    refs = _fill()
    before = actions.open_many(refs)
    settings.CIPHERS = ciphers.SM4
    monkeypatch.setattr(rotating, "PAGE", 2)
    done, first = [], rotating._close_anew

    def cut_off(some):
        if done:
            raise KeyboardInterrupt
        done.append(first(some))
        return done[-1]

    monkeypatch.setattr(rotating, "_close_anew", cut_off)
    with pytest.raises(KeyboardInterrupt):
        rotating.rotate()
    assert _suites() == {ciphers.AES, ciphers.SM4}
    assert actions.open_many(refs) == before, "both are read while it is half done"
    assert keys.problems() == []
    monkeypatch.setattr(rotating, "_close_anew", first)
    assert rotating.rotate().values == 5 - done[0]
    assert _suites() == {ciphers.SM4}
    assert actions.open_many(refs) == before
    assert blind.find("phone", "13800010001") == [(1, "1")]


@pytest.mark.django_db
def test_what_was_sealed_before_the_move_and_stored_after_it_still_opens(folder, settings):
    """Sealing is done before the transaction that stores: a rotation may pass in between."""
    actions.seal(1, "what", "first")
    batch = actions.Batch()
    (ref,) = actions.prepare(batch, 1, [Item("why", "second")])
    settings.CIPHERS = ciphers.SM4
    rotating.rotate()
    actions.store(batch)
    assert actions.open_many([ref])[ref.ref] == "second"
    assert rotating.rotate().values == 1


@pytest.mark.django_db
def test_a_record_that_does_not_open_stays_as_it_is_and_is_named(folder, settings):
    refs = _fill()
    row = Record.objects.get(ref=refs[0].ref)
    bad = bytes(row.cipher)[:-1] + bytes([bytes(row.cipher)[-1] ^ 1])
    Record.objects.filter(pk=row.pk).update(cipher=bad)
    settings.CIPHERS = ciphers.SM4
    assert rotating.rotate().values == 4
    assert bytes(Record.objects.get(ref=row.ref).cipher) == bad
    assert [fault.ref for fault in faults()] == [row.ref]


@pytest.mark.django_db
def test_a_wrong_ring_is_refused_and_damages_nothing(folder, settings):
    refs = _fill()
    before = actions.open_many(refs)
    stored = dict(Record.objects.values_list("ref", "cipher"))
    good = (folder / "keyring.json").read_bytes()
    (folder / "keyring.json").unlink()
    keys.make(folder)
    settings.CIPHERS = ciphers.SM4
    assert "不符" in keys.problems()[0]
    with pytest.raises(keys.KeyRingError):
        rotating.rotate()
    with pytest.raises(keys.KeyRingError):
        actions.seal(4, "what", "new")
    assert dict(Record.objects.values_list("ref", "cipher")) == stored
    (folder / "keyring.json").write_bytes(good)
    assert keys.problems() == []
    assert actions.open_many(refs) == before
