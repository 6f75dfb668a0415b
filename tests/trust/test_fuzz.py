"""Spoilt input, a few of each kind: a result or the reader's own error with its place, never a traceback. Half an hour of it: torture/fuzz.py."""

import random
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from huiyin.cases import verifying
from huiyin.core.categories import load_scheme
from huiyin.core.errors import RuleError
from huiyin.core.load import load_rule_set
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.imports.errors import FileError
from huiyin.imports.sources import open_table
from huiyin.search import words
from tests.support import fuzzing

EACH = {"rules": 150, "imports": 120, "decoder": 300, "ledger": 200, "text": 300}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_what_was_spoilt_is_refused_by_its_reader(target):
    @seed(1)
    @settings(max_examples=EACH[target], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def tried(number):
        assert fuzzing.attempt(target, str(number)) is None

    tried()


@given(st.text(max_size=80))
@example("13800138000")
@example("。。")
@settings(max_examples=200, database=None, deadline=None, derandomize=True)
def test_any_text_can_go_into_the_index(text):
    assert all(row for row in words._chunks(words.units(words.without_numbers(words.readable(text)))))


# -- what the fuzzer found


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": [{"event": "accepted", "by": {"a": 1}, "clause": "X-1", "says": "x"}]},
        {
            "limit": [
                {
                    "name": "x",
                    "from": ["registered"],
                    "to": [["accepted"]],
                    "within": {"n": -5, "unit": "day"},
                    "clause": "X",
                    "says": "x",
                }
            ]
        },
        {"step": [3]},
        {"step": [{"event": ["accepted"], "clause": 3, "says": "x"}]},
        {"setting": [{"name": ["x"], "type": "int", "default": 1, "clause": "X", "says": "x"}]},
    ],
)
def test_a_value_of_another_form_is_told_with_its_place(wrong):
    head = {"code": "X", "title": "x", "source": "x", "in_force": date(2020, 1, 1), "edition": 1}
    with pytest.raises(RuleError) as found:
        load_rule_set({**head, **wrong}, load_vocabulary(), "x/X.toml")
    assert found.value.file == "x/X.toml"
    assert next(iter(wrong)) in found.value.entry


def test_a_damaged_workbook_is_named(tmp_path):
    path = tmp_path / "cases.xlsx"
    data = bytearray(fuzzing.workbook())
    data[len(data) // 3 : len(data) // 3 + 200] = b"x" * 200
    path.write_bytes(bytes(data))
    with pytest.raises(FileError, match=r"cases\.xlsx"):
        list(open_table(path, encoding="utf-8", delimiter=",", sheet=None).rows)


@pytest.mark.parametrize("kinds", ['[["complaint"]]', "[3]", '"complaint"'])
def test_kinds_of_a_tree_in_another_form_are_told(tmp_path, kinds):
    (tmp_path / "x.toml").write_text(
        f'scheme = "x"\ntitle = "x"\nsource = "x"\nin_force = 2020-01-01\nkinds = {kinds}\ncategory = []\n'
    )
    with pytest.raises(RuleError, match="unknown kind"):
        load_scheme(tmp_path / "x.toml", load_vocabulary())


@pytest.mark.parametrize("encoding", ["utf\0", "nonsense"])
def test_an_encoding_that_is_none_is_told(tmp_path, encoding):
    (tmp_path / "cases.csv").write_text("no\n1\n")
    with pytest.raises(FileError, match="gb18030"):
        open_table(tmp_path / "cases.csv", encoding=encoding, delimiter=",", sheet=None)


def test_behind_a_gap_a_body_that_says_nothing_is_named_and_the_rest_is_looked_at():
    """Without a check of the chain, which a gap ends, the columns are held against a body that may be anything."""
    rows = fuzzing.stored(fuzzing.logs()[0])
    head = [(1, rows[-1][1], rows[-1][3])]
    for body in ("", "{}", "null", "[" * 100_000, '{"by": 3}'):
        altered = [rows[0], (*rows[2][:2], body, *rows[2][3:]), *rows[3:]]
        found = {(f.kind, f.seq) for f in verifying.look(1, altered, head, [], fuzzing.KEY)}
        assert {("missing", rows[1][1]), ("altered", rows[2][1])} <= found


def test_the_same_seed_gives_the_same_input():
    path = RULES / "henan" / "HN-FL.toml"
    texts = {fuzzing.spoilt_text(random.Random(5), path.read_text(encoding="utf-8")) for _ in range(3)}
    assert len(texts) == 1
