"""Rules in words as people read them: no name that only a rules file knows."""

from huiyin.core.compose import load_library
from huiyin.core.sheet import limit_rows
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.wording import Words


def test_a_limit_as_long_as_another_says_how_long():
    procedure = load_library().procedure("jiangmen/complaint")
    names = {limit.name for limit in procedure.limits if limit.name}
    rows = limit_rows(procedure, Words(load_vocabulary()))
    as_another = [limit for limit in procedure.limits if "same_as" in (limit.raw.get("within") or {})]
    assert as_another
    lengths = {row.length for row in rows}
    assert not [length for length in lengths if any(name in length.split() for name in names)]
    assert not [length for length in lengths if length.startswith("与 ")]
