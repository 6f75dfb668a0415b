"""The tokenizer: a term is found exactly where it stands in a text, however short, and nothing else is."""

import random
from itertools import pairwise

import pytest

from huiyin.search import words
from huiyin.search.words import OPEN, places, readable, rows, terms, units
from huiyin.vault import keys

SIGNS = "天漏水壶退3a9b，。 \n"


@pytest.fixture(autouse=True)
def ring():
    with keys.using(keys.KeyRing.fresh()):
        yield


def found(text, looked_for):
    """As an index would: the tokens of a phrase one after the other in a row."""
    (term,) = terms(looked_for, 5)
    return all(
        any(row[at : at + len(phrase)] == phrase for row in rows(OPEN, text) for at in range(len(row)))
        for phrase in term.phrases(OPEN)
    )


@pytest.mark.parametrize(
    ("text", "term", "there"),
    [
        ("水壶漏水", "漏水", True), ("水壶漏水", "壶漏", True), ("水壶漏水", "水漏", False), ("漏。水壶", "漏水", False),
        ("天天，天天", "天天天", False), ("天天天", "天天天", True), ("3天内退款", "3天", True), ("3天内退款", "天内退", True),
        ("13天", "3天", False),
        ("iPhone15Pro坏了", "iphone15pro", True), ("iPhone 坏了", "IPHONE", True), ("买了ＡＢＣ牌", "abc", True), ("买了abc牌", "abc牌", True),
        ("漏水，要求退款", "漏水，要求", True), ("水", "水", None), ("漏\u200b水", "漏水", True),
    ],
)  # fmt: skip
def test_a_term_is_found_exactly_where_it_stands(text, term, there):
    if there is None:
        assert terms(term, 5) == []
    else:
        assert found(text, term) is there


def test_whatever_is_cut_out_of_a_text_is_found_in_it_and_nothing_else_is():
    chance = random.Random(7)
    for _ in range(400):
        text = "".join(chance.choice(SIGNS) for _ in range(30))
        at = chance.randrange(25)
        for term in (text[at : at + chance.randrange(2, 6)], "".join(chance.choice("天漏水壶3a") for _ in range(3))):
            run = units(term)
            if len(terms(term, 5)) != 1 or any(a.end != b.start for a, b in pairwise(run)):
                continue
            plain = places(readable(text), terms(term, 5))
            assert found(text, term) is bool(plain), (text, term)


def test_a_long_text_is_cut_so_that_every_term_lies_whole_in_one_row():
    chance = random.Random(3)
    text = "".join(chr(0x4E00 + chance.randrange(3000)) for _ in range(9500))
    cut = rows(OPEN, text)
    assert [len(row) for row in cut] == [4000, 4000, 1540]
    for at in (0, 3970, 3985, 3999, 7950, 7975, 9480):
        assert found(text, text[at : at + 20])


def test_a_bigram_that_comes_again_and_again_starts_another_row():
    text = "很长" * 600 + "的说明"
    assert all(row.count(token) <= 250 for row in rows(OPEN, text) for token in row)
    assert found(text, "长的说明")


def test_a_term_longer_than_what_rows_share_is_found_by_its_pieces():
    text = "关于某小区三号楼二单元水管漏水长期无人维修要求物业公司尽快处理并赔偿损失的来信"
    assert found(text, text)
    assert not found(text, text[:25] + "不" + text[26:])


def test_numbers_that_a_page_masks_have_no_tokens():
    text = "请打13800138000或写信到a.b@example.com，身份证990121199001011234，账号6222020200112233445。"
    assert terms("13800138000", 5) == []
    tokens = {token for row in rows(OPEN, text) for token in row}
    key = words.key_of(OPEN)
    for hidden in ("13800138000", "example", "990121199001011234", "6222020200112233445"):
        assert words.token(key, hidden) not in tokens


def test_tokens_say_nothing_without_the_key_and_differ_between_the_indexes():
    own = rows(OPEN, "水壶漏水")[0]
    assert all(len(token) == 8 for token in own)
    assert not set(own) & set(rows(words.CLOSED, "水壶漏水")[0])
    with keys.using(keys.KeyRing.fresh()):
        assert not set(own) & set(rows(OPEN, "水壶漏水")[0])


def test_the_same_text_always_has_the_same_tokens():
    fixed = keys.KeyRing({"m1": bytes(32)}, "m1", bytes(32), bytes(32), bytes(range(32)))
    with keys.using(fixed):
        assert rows(OPEN, "3天，漏水") == GOLDEN


GOLDEN = [["sxbchipt", "fxpqw7ma", "grvehn5l", "fanlj5gt", "dp7mi24k"]]  # never to be changed: installations hold these
