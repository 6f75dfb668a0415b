"""docs/rules.md against the program: its rules load, its examples pass, and they notice when a rule is changed."""

import re
from pathlib import Path

import pytest

from huiyin.core.calendar_files import load as load_calendar
from huiyin.core.compose import load_library
from huiyin.core.examples import run_file
from huiyin.core.mutate import mutate
from huiyin.core.vocabulary import RULES

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml *(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


def of_kind(wanted):
    return "\n".join(body for kind, body in BLOCKS if kind == wanted)


@pytest.fixture(scope="module")
def top(tmp_path_factory):
    """The folder that the page tells its reader to make."""
    top = tmp_path_factory.mktemp("our")
    (top / "rules" / "yuanqu_shili").mkdir(parents=True)
    (top / "rules" / "yuanqu_shili" / "SL.toml").write_text(of_kind(""), encoding="utf-8")
    (top / "rules" / "yuanqu_shili" / "procedures.toml").write_text(of_kind("procedures"), encoding="utf-8")
    (top / "our-examples.toml").write_text(of_kind("example"), encoding="utf-8")
    return top


def test_every_block_has_its_place():
    assert {kind for kind, _body in BLOCKS} == {"", "procedures", "example"}


def test_the_examples_of_the_guide_pass(top):
    library = load_library([RULES, top / "rules"])
    assert library.warnings == load_library().warnings
    results = run_file(top / "our-examples.toml", library, load_calendar())
    assert len(results) == 4
    for result in results:
        assert result.passed, (result.name, result.error, result.expected, result.found)


def test_every_article_of_the_example_became_a_rule(top):
    rule_set = load_library([RULES, top / "rules"]).sets["SL"][0]
    assert {c for entry in rule_set.entries for c in entry.clauses} == {f"SL-{n}" for n in range(1, 8)}


def test_changed_numbers_are_noticed_by_the_examples_of_the_guide(top):
    report = mutate([RULES, top / "rules"], [top / "our-examples.toml"], ["SL"])
    missed = {(s.mutant.section, s.mutant.clauses) for s in report.survivors if s.mutant.path}
    assert report.broken == []
    assert missed <= {("limit", ("SL-6",)), ("extension", ("SL-4",))}, missed


def test_the_commands_of_the_guide_are_there():
    from huiyin import cli

    named = set(re.findall(r"^huiyin (\w+)", SHELL, re.MULTILINE))
    assert named <= set(cli.names())
    assert {"rules", "examples", "try"} <= named
