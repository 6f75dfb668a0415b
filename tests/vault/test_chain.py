"""One form of a body, and a chain that notices every change (D1)."""

import hashlib
import hmac

import pytest

from huiyin.vault import chain
from huiyin.vault.chain import BadBody, canonical, genesis, link


def test_the_same_body_has_one_text_whatever_the_order():
    assert canonical({"b": 1, "a": ["申诉", True]}) == '{"a":["申诉",true],"b":1}'
    assert canonical({"a": ("申诉", True), "b": 1}) == canonical({"b": 1, "a": ["申诉", True]})


@pytest.mark.parametrize("value", [1.5, None, 2**53, b"x", {1: "a"}, {"a": [0.1]}, "\ud800"])
def test_a_value_without_one_written_form_is_refused(value):
    with pytest.raises(BadBody):
        canonical({"v": value})


def test_a_refusal_names_the_place_and_not_the_value():
    with pytest.raises(BadBody, match=r"body\.facts\.amount"):
        canonical({"facts": {"amount": 12.34}})


def test_the_hash_is_the_hmac_of_previous_hash_number_and_body(ring):
    prev, body = genesis("case:7"), canonical({"v": 1, "name": "registered", "text": "申"})
    message = bytes.fromhex(prev) + (1).to_bytes(8, "big") + body.encode()
    assert link(prev, 1, body) == hmac.new(ring.chain, message, hashlib.sha256).hexdigest()


def test_two_chains_begin_differently():
    assert genesis("case:1") != genesis("case:11")
    assert len(bytes.fromhex(genesis("admin"))) == 32


@pytest.mark.parametrize(("prev", "seq", "body"), [("case:2", 1, "{}"), ("case:1", 2, "{}"), ("case:1", 1, "{ }")])
def test_another_predecessor_number_or_body_gives_another_hash(ring, prev, seq, body):
    assert link(genesis(prev), seq, body) != link(genesis("case:1"), 1, "{}")


def test_without_the_key_the_hash_cannot_be_made(ring):
    assert link(genesis("x"), 1, "{}", key=b"0" * 32) != chain.link(genesis("x"), 1, "{}")
