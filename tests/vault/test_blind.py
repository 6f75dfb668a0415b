"""The same value is found again however it was written; different values are not."""

import pytest

from huiyin.vault import blind, ciphers, keys


@pytest.fixture(params=ciphers.SUITES)
def ring(request, settings):
    settings.CIPHERS = request.param
    with keys.using(keys.KeyRing.fresh()) as ring:
        yield ring


@pytest.mark.parametrize(
    "written",
    [
        *(
            "１３８００１３８０００",
            "138 0013 8000",
            "138-0013-8000",
            "+86 13800138000",
            "＋８６－１３８００１３８０００",
        ),
        *("0086 138 0013 8000", "8613800138000", "(+86)138 0013 8000", " 138\u200b00138000 "),
    ],
)
def test_a_mobile_number_is_one_number(ring, written):
    assert blind.normalise("phone", written) == "13800138000"
    assert blind.blind("phone", written) == blind.blind("phone", "13800138000")


@pytest.mark.parametrize(
    "written", ["0371-65551234", "（0371）65551234", "+86 371 65551234", "+86-0371-6555 1234", "0371－65551234转801", "0371-65551234-801"]
)  # fmt: skip
def test_a_landline_number_is_one_number_without_its_extension(written):
    assert blind.normalise("phone", written) == "037165551234"


def test_service_numbers_keep_their_digits():
    assert blind.normalise("phone", "+86 400-123-4567") == "4001234567"
    assert blind.normalise("phone", "12315") == "12315"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", "买买提·艾力", "买买提• 艾力"),
        ("name", "李 雷", "李雷"),
        ("name", "Ｊohn Smith", "JOHN SMITH"),
        ("id_number", "11010519491231002x", "１１０１０５ 19491231 002X"),
        ("id_number", "110105491231002", "11010519491231002X"),
        ("credit_code", "91990121ma9a000375", "9199 0121 MA9A 0003 75"),
        ("address", "示范路１号（甲座）", "示范路 1号 甲座"),
    ],
)
def test_ways_of_writing_the_same(ring, kind, one, other):
    assert blind.blind(kind, one) == blind.blind(kind, other)


def test_different_values_kinds_and_keys_have_different_tokens(ring):
    token = blind.blind("phone", "13800138000")
    assert token is not None
    assert len(token) == 32
    assert token not in {blind.blind("phone", "13800138001"), blind.blind("id_number", "13800138000")}
    with keys.using(keys.KeyRing.fresh()):
        assert blind.blind("phone", "13800138000") != token


def test_nothing_has_no_token(ring):
    assert blind.blind("phone", "无") is None
    assert blind.blind("name", "  ") is None
    assert blind.index_rows([("phone", "无", 1, "p1"), ("name", "李雷", 1, "p1")])[0][0] == "name"


@pytest.mark.django_db
def test_what_was_indexed_is_found_newest_first(ring):
    blind.index_many(
        [("phone", "13800138000", 1, "p1"), ("phone", "+86 138 0013 8000", 2, "p1"), ("name", "李雷", 1, "p1")]
    )
    assert blind.find("phone", "１３８００１３８０００") == [(2, "p1"), (1, "p1")]
    assert blind.find("name", "李 雷") == [(1, "p1")]
    assert blind.find("phone", "13900139000") == []
