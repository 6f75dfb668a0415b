"""docs/rules-language.md against the program: every block loads, its example passes, and it names all that the loader knows."""

import re
import tomllib
from pathlib import Path

import pytest

from huiyin.core import register_examples
from huiyin.core.building import PATTERN_KEYS, Asks
from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.comparisons import OPERATORS
from huiyin.core.compose import Library, load_library
from huiyin.core.conditions import Builder
from huiyin.core.errors import RuleError
from huiyin.core.examples import run_file
from huiyin.core.load import HEADER, PARSERS, load_rule_set
from huiyin.core.register_rules import PARTS
from huiyin.core.register_terms import LEAVES, PLACES, SELECTIONS
from huiyin.core.registers import TYPES
from huiyin.core.render import text
from huiyin.core.vocabulary import RULES, load_vocabulary
from huiyin.core.wording import Words
from tests.core.mini import HEADER as FILE_HEADER

PAGE = Path(__file__).parents[2] / "docs" / "rules-language.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml *(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
RULE_BLOCKS = [body for kind, body in BLOCKS if kind == ""]
NAMED = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))


def of_kind(wanted: str) -> str:
    return "\n".join(body for kind, body in BLOCKS if kind == wanted)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Library, Path]:
    """The page's rules as an office's own folder, read after the shipped rules, with the page's examples beside it."""
    top = tmp_path_factory.mktemp("office")
    (top / "yl").mkdir()
    (top / "yl" / "YL.toml").write_text("\n".join(RULE_BLOCKS), encoding="utf-8")
    (top / "yl" / "procedures.toml").write_text(of_kind("procedures"), encoding="utf-8")
    (top / "examples.toml").write_text(of_kind("example"), encoding="utf-8")
    return load_library([RULES, top]), top


def test_all_is_refused_where_one_event_alone_decides():
    entry = {"on": {"all": ["filed", "concluded"]}, "to": "registrar", "clause": "YL-1", "says": "告知"}
    with pytest.raises(RuleError, match="one event alone decides"):
        load_rule_set({**FILE_HEADER, "notice": [entry]}, load_vocabulary(), "page.toml")


def test_every_kind_of_block_is_known():
    assert {kind for kind, _ in BLOCKS} == {"", "procedures", "example"}


@pytest.mark.parametrize("block", RULE_BLOCKS, ids=range(len(RULE_BLOCKS)))
def test_a_block_of_rules_is_loaded(block: str):
    load_rule_set({**FILE_HEADER, **tomllib.loads(block)}, load_vocabulary(), "page.toml")


def test_the_blocks_together_are_a_procedure_of_an_office(office: tuple[Library, Path]):
    library, _ = office
    procedure = library.procedure("yl/complaint")
    assert procedure.limit_named("YL-05a") is not None
    assert {entry.section for entry in library.sets["YL"][0].entries} == set(PARSERS)


def test_the_examples_of_the_page_pass(office: tuple[Library, Path]):
    library, top = office
    results = run_file(top / "examples.toml", library, load_calendar())
    assert results
    for result in results:
        assert result.passed, (result.name, result.error, result.expected, result.found)


def test_what_the_page_says_is_shown_whole(office: tuple[Library, Path]):
    library, _ = office
    shown = text(library.procedure("yl/complaint"), Words(library.vocabulary))
    for entry in library.sets["YL"][0].entries:
        if entry.section != "role":  # a title is used wherever the role is named
            assert entry.says in shown, entry.section
    assert "第 2 次：通报批评；从轻须填“理由” [YL-24b]" in shown
    assert "10000.00 元以内的部分 20%；其余部分 10%" in shown
    assert "期间结束后 1 个工作日内，10:00" in shown


def test_the_page_names_every_section_and_key():
    table = {}
    for row in re.findall(r"^\| (`\[\[.*)$", TEXT, re.MULTILINE):
        sections, keys = row.split("|")[0], row.split("|")[2]
        for section in re.findall(r"\[\[(\w+)\]\]", sections):
            table[section] = set(re.findall(r"`(\w+)`", keys))
    known = {
        section: keys | ({"name"} if section in ("limit", "setting", "ladder", "amount", "measure") else set())
        for section, (keys, _) in PARSERS.items()
    }
    assert table == known
    assert set(re.findall(r"^(\w+) +=", RULE_BLOCKS[0], re.MULTILINE)) | {"note"} == HEADER


def test_the_page_names_every_condition_comparison_and_pattern():
    conditions = set(Builder(load_vocabulary(), Asks(), "", "")._leaves()) | {"all", "any", "none"}
    assert conditions | set(OPERATORS) | PATTERN_KEYS <= NAMED


def test_the_page_names_every_place_unit_of_time_roll_and_question():
    vocabulary = load_vocabulary()
    places = {place.partition(":")[0] for place in vocabulary.places}
    unasked = {"next_series_number"}  # of the vocabulary, but numbers are given by the shell
    names = places | set(vocabulary.units_of_time) | set(vocabulary.rolls) | set(vocabulary.world) - unasked
    assert names <= NAMED


def test_the_page_names_every_part_of_a_register():
    parts = {key for keys in PARTS.values() for key in keys}
    places = {place.partition(":")[0] for place in PLACES}
    assert set(TYPES) | set(PARTS) | parts | set(LEAVES) | set(SELECTIONS) | places <= NAMED | set(
        re.findall(r"(\w+) *=", " ".join(RULE_BLOCKS))
    )
    assert NAMED | set(re.findall(r"(\w+) *=", of_kind("example"))) >= register_examples.KEYS | register_examples.ACT
