"""Two versions of a procedure held against each other, and what it would mean for a case."""

from datetime import date, datetime

import pytest

from huiyin.core.compare import differences, moved
from huiyin.core.compose import load_library
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.wording import Words
from tests.core import mini

LIMIT = """
[[limit]]
name = "conclude"
target = "conclude"
from = "received"
to = "concluded"
within = { n = 7, unit = "working_day" }
clause = "A"
says = "七个工作日办结"
"""
BACK = """
[[limit]]
name = "report_back"
from = "received"
to = "reported_back"
within = { n = 2, unit = "day" }
clause = "B"
says = "两日内反馈"
"""
NOW = datetime(2025, 9, 16, 9)


def procedure(text):
    return mini.library(text).procedure("henan/complaint")


def words():
    return Words(load_vocabulary())


def said(before, after):
    return [(d.how, (d.after or d.before).clauses, d.lines) for d in differences(before, after, words())]


def test_the_same_rules_do_not_differ_whatever_their_order():
    assert said(procedure(LIMIT + BACK), procedure(BACK + LIMIT)) == []


def test_what_came_and_went_is_named_with_its_clause():
    assert said(procedure(LIMIT), procedure(BACK)) == [("added", ("B",), ()), ("removed", ("A",), ())]


def test_a_changed_length_shows_both_and_nothing_else():
    longer = LIMIT.replace("n = 7", "n = 9")
    found = differences(procedure(LIMIT), procedure(longer), words())
    assert [(d.how, d.part) for d in found] == [("changed", "时限")]
    [(label, before, after)] = found[0].lines
    assert (label, "7" in before or "七" in before, "9" in after or "九" in after) == ("期限", True, True)


def test_an_entry_that_was_renumbered_is_gone_and_came():
    other = LIMIT.replace('clause = "A"', 'clause = "A2"')
    assert {how for how, _clauses, _lines in said(procedure(LIMIT), procedure(other))} == {"added", "removed"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (LIMIT, []),
        (LIMIT.replace("n = 7", "n = 5"), ["earlier"]),
        (LIMIT.replace("n = 7", "n = 9"), ["later"]),
        (LIMIT + BACK, ["new"]),
        (BACK, ["gone", "new"]),
        (LIMIT.replace('clause = "A"', 'clause = "A2"'), []),  # the same target by the same day under another clause
    ],
)
def test_what_would_move_for_a_case(after, expected):
    view = mini.stage(LIMIT).main.view
    found = moved(procedure(LIMIT), procedure(after), view, mini.calendar(), NOW)
    assert [m.how for m in found] == expected


def test_of_competing_limits_the_governing_one_is_compared():
    urged = LIMIT + LIMIT.replace('"conclude"\ntarget', '"second"\ntarget').replace("n = 7", "n = 3").replace(
        'clause = "A"', 'clause = "C"\ngoverns = "earliest"'
    )
    view = mini.stage(LIMIT).main.view
    [change] = moved(procedure(LIMIT), procedure(urged), view, mini.calendar(), NOW)
    assert (change.how, change.after.clauses) == ("earlier", ("C",))


def test_the_shipped_versions_of_a_regulation_differ_where_they_should():
    library = load_library()
    old, new = (library.procedure("jiangmen/complaint", on) for on in (date(2012, 6, 1), date.max))
    found = differences(old, new, words())
    assert differences(new, new, words()) == []
    assert bool(found) == (old.hash != new.hash)
