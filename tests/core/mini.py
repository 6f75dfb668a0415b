"""Small procedures for tests of the core: a few rules as TOML, played over the sample world."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

from huiyin.core.compose import Library, compile_procedure
from huiyin.core.examples import Play, Result, run
from huiyin.core.load import load_rule_set
from huiyin.core.toml_files import read
from huiyin.core.vocabulary import RULES, load_vocabulary
from tests.support.shipped import calendar

HEADER = {"code": "TEST", "title": "试验", "source": "tests", "in_force": date(2000, 1, 1), "edition": 1}
ENTRY = {"id": "henan/complaint", "label": "试验", "kinds": ["complaint"], "intake": "city", "rule_sets": ["TEST"]}
USUAL = """
{ event = "registered", at = 2025-09-15T09:00:00, by = "intake_officer@city" },
{ event = "dispatched", at = 2025-09-15T10:00:00, by = "intake_officer@city", to = "county_a" },
{ event = "received", at = 2025-09-15T11:00:00, by = "intake_officer@county_a" },
"""


def rule_set(text: str) -> Any:
    return load_rule_set({**HEADER, **tomllib.loads(text)}, load_vocabulary(), "TEST.toml")


def library(text: str) -> Library:
    """A library whose only procedure has these rules beside the common steps."""
    common = load_rule_set(read(RULES / "common.toml"), load_vocabulary(), "common.toml")
    found = Library(load_vocabulary(), common, {"TEST": [rule_set(text)]}, {"henan/complaint": ENTRY})
    compile_procedure(ENTRY, [common, found.sets["TEST"][0]], found.vocabulary)
    return found


def example(events: str, expect: str = "", before: str = USUAL) -> dict[str, Any]:
    return tomllib.loads(f'procedure = "henan/complaint"\nevents = [{before}{events}]\n{expect}')


def play(rules: str, events: str = "", expect: str = "", before: str = USUAL) -> Result:
    return run(example(events, expect, before), library(rules), calendar())


def holds(rules: str, events: str = "", expect: str = "", before: str = USUAL) -> None:
    """The example passes; otherwise what differed is the message of the failure."""
    result = play(rules, events, expect, before)
    assert result.passed, result.error or {k: (result.expected[k], result.found[k]) for k in result.expected}


def stage(rules: str, events: str = "", before: str = USUAL) -> Play:
    """The example played, for looking at the history itself."""
    played = Play(example(events, "", before), library(rules), calendar())
    played.run()
    return played
