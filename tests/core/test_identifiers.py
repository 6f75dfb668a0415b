"""Telephones, postcodes and unified social credit codes: what is one, and what is wrong with what is none."""

import pytest

from huiyin.core.identifiers import credit_code, fault_of_credit_code, is_phone, is_postcode, lengthened
from huiyin.core.vocabulary import load_vocabulary

WORDS = load_vocabulary()
CODES = sorted(
    {p["credit_code"] for kind in ("complainant", "respondent") for p in WORDS.raw[kind].values() if "credit_code" in p}
)
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of GB 32100


def test_every_invented_organisation_of_the_sample_world_has_a_code_that_holds():
    assert len(CODES) >= 15
    assert [code for code in CODES if fault_of_credit_code(code)] == []


@pytest.mark.parametrize("code", CODES[:3])
def test_one_mistyped_sign_is_noticed_wherever_it_stands(code):
    for at in range(2, 18):  # the first two say what sort of body it is
        others = [code[:at] + sign + code[at + 1 :] for sign in SIGNS if sign != code[at]]
        assert [one for one in others if fault_of_credit_code(one) == ""] == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91990121MA9A000375", ""), (" 91990121-ma9a000375 ", ""), ("９１９９０１２１ＭＡ９Ａ０００３７５", ""), ("91990121MA9A000374", "check"),
        ("91990121MA9A00037", "length"), ("91990121MA9A00O375", "signs"), ("110101199001010015", "person"), ("110101900101001", "person"),
        ("410105600123456", ""), ("", "length"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_code(code, fault):
    assert fault_of_credit_code(code) == fault


def test_a_code_has_one_written_form():
    assert credit_code(" 91990121-ma9a000375") == "91990121MA9A000375"


@pytest.mark.parametrize(
    "number",
    ["13800138000", "138 0013 8000", "+86 13800138000", "0086-13800138000", "0371-65551234", "(0371)65551234", "010-65551234-801", "65551234",
     "12315",
     "95588", "400-123-4567", "+852 23456789", "１３８００１３８０００", "0371-65551234转8"],
)  # fmt: skip
def test_a_telephone_as_people_write_it(number):
    assert is_phone(number)


@pytest.mark.parametrize(
    "number", ["", "1380013800", "138001380000", "138001380", "没有", "12", "abc", "1380013800x", "10000000"]
)
def test_what_is_no_telephone(number):
    assert not is_phone(number)


@pytest.mark.clause("HN-CL-08b")
def test_a_postcode_has_six_digits():
    assert is_postcode("450000")
    assert is_postcode(" ４５００００")
    assert not any(is_postcode(text) for text in ("4500", "45000a", "4500001", ""))


def test_an_old_identity_number_in_its_longer_form():
    assert lengthened("110101900101001") == "110101199001010015"[:17] + lengthened("110101900101001")[-1]
    assert fault_of_credit_code(lengthened("110101900101001")) == "person"
