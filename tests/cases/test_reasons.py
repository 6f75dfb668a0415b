"""Every refusal is said in words: what it means, the rules' sentences with their articles, what to do next."""

import re
from pathlib import Path

import pytest

import huiyin
from huiyin.cases import reasons
from huiyin.core.facts import BadFact
from huiyin.core.model import Refused
from huiyin.registers.reasons import HEADS

SOURCE = Path(huiyin.__file__).parent
RAISED = re.compile(r'[Rr]efused\(\s*"[a-z]+",\s*"([a-z_]+)"')
FAULTS = re.compile(
    r'BadFact\([^()]*?"(unknown_[a-z]+|wrong_type|bad_[a-z]+|too_large|impossible_date|ambiguous_case|not_yours_to_name)"'
)


def codes(pattern):
    return sorted({c for path in SOURCE.rglob("*.py") for c in pattern.findall(path.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("code", codes(RAISED))
def test_every_code_of_a_refusal_has_its_words(code):
    if code.startswith("register_"):  # of registers, which have a page of their own
        assert HEADS[code]
        return
    means, _advice, _lines = reasons.of_refusal(Refused("open", code), "dispatched")
    assert code in reasons.MEANS
    assert means
    assert "%(" not in means


@pytest.mark.parametrize("code", codes(FAULTS))
def test_every_fault_of_a_value_has_its_words(code):
    said = reasons.of_bad_fact(BadFact("dispatched", "to", code, "unit", "x" * 500))
    assert code in reasons.FAULTS
    assert "%(" not in said
    assert len(said) < 120


def test_each_sentence_stands_with_its_own_article(world):
    from tests.cases.office import procedure

    refused = Refused("facts", "facts_missing", ("TRY-04", "TRY-99"), ("不予受理须说明理由",), {"missing": ("text",)})
    means, advice, lines = reasons.of_refusal(refused, "refused", procedure())
    assert (means, advice) == ("还缺：理由说明。", "请补填后再提交。")
    assert lines == [reasons.Reason("不予受理须说明理由", ("TRY-04", "TRY-99"))]


def test_clauses_without_a_sentence_are_named_all_the_same():
    _means, _advice, lines = reasons.of_refusal(Refused("role", "not_the_one", ("TRY-04",)), "refused")
    assert lines == [reasons.Reason("依据：", ("TRY-04",))]


def test_what_could_be_done_instead_is_said():
    refused = Refused("bar", "barred", ("TRY-04",), ("不得自行移送",), {"hint": ("returned",)})
    assert reasons.of_refusal(refused, "dispatched")[1] == "可以改办：退回。"
