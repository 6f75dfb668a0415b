"""What is shown in place of a value tells little of it."""

import time

import pytest

from huiyin.vault.masking import mask, mask_text, without_numbers


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("phone", "13800010001", "138****0001"),
        ("complainant.phone", "+86 138 0001 0001", "861******0001"),
        ("phone", "0371-65551234", "037*****1234"),
        ("phone", "12315", "***15"),
        ("name", "王小明", "王**"),
        ("name", "王", "王"),
        ("contact_person", "欧阳 锋", "欧***"),
        ("id_number", "990121199001010011", "990*************11"),
        ("address", "示范市甲县城关示范路一号", "示范市甲县****"),
        ("address", "示范路一号", "示范***"),
        ("email", "wang.xm@example.org", "w******@example.org"),
        ("name", "", ""),
        ("name", None, ""),
        ("name", ["a"], "****"),
    ],
)
def test_forms(name, value, shown):
    assert mask(name, value) == shown


def test_numbers_inside_a_text_are_masked_and_the_words_stay():
    text = "请打 13800010001 或 0371-65551234，身份证 990121199001010011，邮箱 a.b@example.org，卡号6222020000001234567，金额 5000 元"
    shown = mask("what", text)
    assert shown == (
        "请打 138****0001 或 037*****1234，身份证 990*************11，邮箱 a**@example.org，卡号6222***********4567，金额 5000 元"
    )


def test_a_date_or_case_number_in_a_text_is_left_alone():
    text = "2025年9月15日购买，受理号 20250915000123"
    assert mask("what", text) == text


def test_an_address_of_electronic_mail_is_found_wherever_it_begins():
    for before in ("", "写信到", "（", "+1 ", "..."):
        assert "wang" not in mask_text(f"{before}wang.xiao@example.cn收")
        assert "wang" not in without_numbers(f"{before}wang.xiao@example.cn收")


@pytest.mark.parametrize("one", ["a", "1", "a@", "a.", "1-", "@a.a", "+86 ", "1380001"])
def test_a_long_text_of_one_sort_takes_time_by_its_length(one):
    """Half a million characters: a search that began at every one of them anew would take minutes; a second is a thousand times what is needed."""
    text = (one * 500_000)[:500_000]
    began = time.process_time()
    without_numbers(text)
    mask_text(text)
    assert time.process_time() - began < 5
