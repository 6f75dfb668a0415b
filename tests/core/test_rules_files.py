"""A mistake in a rules file stops the loading and names file, entry and key."""

from datetime import date
from pathlib import Path

import pytest

from huiyin.core.compose import Library, compile_source, load_library, procedure_source, unknown_limits
from huiyin.core.errors import RuleError

HEADER = """
code     = "{code}"
title    = "试行制度"
source   = "trial.txt"
in_force = {in_force}
edition  = {edition}
"""
PROCEDURE = """
[[procedure]]
id        = "trial/complaint"
label     = "试行投诉"
kinds     = ["complaint"]
rule_sets = ["TR"]
intake    = "city"
"""
GOOD = """
[[limit]]
name   = "conclude"
target = "conclude"
from   = "received"
per    = "hop"
to     = ["concluded", "returned"]
within = { n = 7, unit = "working_day" }
clause = "TR-01"
says   = "七个工作日内办结"
"""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "trial" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def header(code: str = "TR", in_force: str = "2020-01-01", edition: int = 1) -> str:
    return HEADER.format(code=code, in_force=in_force, edition=edition)


def loaded(folder: Path, entries: str = GOOD) -> Library:
    write(folder, "TR.toml", header() + entries)
    write(folder, "procedures.toml", PROCEDURE)
    return load_library([folder])


def refused(folder: Path, entries: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        loaded(folder, entries)
    return caught.value


def entry(section: str, **keys: str) -> str:
    """One entry in TOML; values are TOML already. Clause and words are there unless given."""
    keys = {"clause": '"TR-09"', "says": '"试"', **keys}
    return f"[[{section}]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items() if value)


def limit(**keys: str) -> str:
    usual = {"name": '"reply"', "from": '"registered"', "to": '"replied"', "within": '{ n = 5, unit = "day" }'}
    return entry("limit", **{**usual, **keys})


WRONG: dict[str, tuple[str, str, str, str]] = {  # what is wrong: entries, part of the entry's title, key, part of the message
    "section": (entry("penalty", event='"refused"'), "penalty", "", "unknown section"),
    "table": ('limit = "seven days"\n', "limit", "", "[[limit]]"),
    "key": (limit(whitin='{ n = 5, unit = "day" }'), "[[limit]] 1 reply (TR-09)", "whitin", "unknown key"),
    "missing key": (entry("limit", name='"reply"', **{"from": '"registered"', "to": '"replied"'}), "reply", "within", "missing"),
    "clause missing": (limit(clause=""), "[[limit]] 1 reply", "clause", "clause"),
    "words missing": (limit(says=""), "[[limit]] 1 reply (TR-09)", "says", "words"),
    "event": (entry("step", event='"regsitered"'), "[[step]] 1 (TR-09)", "event", "regsitered"),
    "event in a pattern": (limit(to='["replied", "solved"]'), "reply", "to", "solved"),
    "key of a pattern": (limit(to='{ event = "replied", were = {} }'), "reply", "to", "were"),
    "fact in a condition": (limit(when='{ fact = "colour", is = true }'), "reply", "when", "colour"),
    "fact in a pattern": (limit(to='{ event = "replied", where = { colour = true } }'), "reply", "to", "colour"),
    "fact in needs": (entry("step", event='"refused"', needs='["grounds"]'), "[[step]] 1", "needs", "grounds"),
    "fact of a party": (limit(when='{ fact = "complainant.shoe_size", is = "set" }'), "reply", "when", "shoe_size"),
    "code of a fact": (limit(when='{ channel = "telegraph" }'), "reply", "when", "telegraph"),
    "code in a pattern": (limit(to='{ event = "replied", where = { method = "shout" } }'), "reply", "to", "shout"),
    "comparison": (limit(when='{ fact = "amount_fen", above = 5 }'), "reply", "when", "above"),
    "type of a value": (limit(when='{ fact = "urgent", is = "yes" }'), "reply", "when", "yes"),
    "role": (entry("step", event='"refused"', by='["clerk@here"]'), "[[step]] 1", "by", "clerk"),
    "role without a place": (entry("step", event='"refused"', by='["handler"]'), "[[step]] 1", "by", "handler"),
    "outside role at a place": (entry("step", event='"refused"', by='["complainant@here"]'), "[[step]] 1", "by", "complainant"),
    "place": (entry("step", event='"refused"', by='["handler@county_a"]'), "[[step]] 1", "by", "county_a"),
    "place in a condition": (limit(when='{ place = "here", is = "headquarters" }'), "reply", "when", "headquarters"),
    "function": (limit(when='{ place = "here", is = "function:kitchen" }'), "reply", "when", "kitchen"),
    "unit of time": (limit(within='{ n = 5, unit = "workday" }'), "reply", "within", "workday"),
    "length": (limit(within='{ n = "5", unit = "day" }'), "reply", "within", "period"),
    "roll": (limit(roll='"weekend"'), "reply", "roll", "weekend"),
    "scope": (limit(scope='"office"'), "reply", "scope", "office"),
    "per": (limit(per='"month"'), "reply", "per", "month"),
    "governs": (limit(governs='"latest"'), "reply", "governs", "latest"),
    "strength": (limit(strength='"firm"'), "reply", "strength", "firm"),
    "mark": (limit(when='{ marked = "purple" }'), "reply", "when", "purple"),
    "world question": (limit(when='{ world = "is_it_raining" }'), "reply", "when", "is_it_raining"),
    "place in a world question": (limit(when='{ world = "has_competence", unit = "headquarters" }'), "reply", "when", "headquarters"),
    "condition": (limit(when='{ weather = "fine" }'), "reply", "when", "weather"),
    "condition that is empty": (limit(when="{}"), "reply", "when", "condition"),
    "joined beside a leaf": (limit(when='{ all = [{ kind = "report" }], marked = "urgent" }'), "reply", "when", "alone"),
    "key of a condition": (limit(when='{ marked = "urgent", since = 3 }'), "reply", "when", "since"),
    "consent": (limit(when='{ consent = "everything" }'), "reply", "when", "everything"),
    "pause": (limit(pause='[{ from = "test_started", to = "test_ended", why = "x" }]'), "reply", "pause", "why"),
    "stage": (entry("step", event='"refused"', stage='"over"'), "[[step]] 1", "stage", "over"),
    "ground for": (entry("ground", code='"B2"', **{"for": '"declined"'}), "[[ground]] 1", "for", "declined"),
    "approver": (entry("approval", event='"filed"', by='["leader"]'), "[[approval]] 1", "by", "leader"),
    "nobody approves": (entry("approval", event='"filed"', by="[]"), "[[approval]] 1", "by", "approve"),
    "reaction's event": (entry("reaction", on='"registered"', then='[{ event = "acepted" }]'), "[[reaction]] 1", "then", "acepted"),
    "reaction's fact": (entry("reaction", on='"registered"', then='[{ event = "accepted", colour = 1 }]'), "[[reaction]] 1", "then", "colour"),
    "notice's reader": (entry("notice", on='"replied"', to='"everybody"'), "[[notice]] 1", "to", "everybody"),
    "notice's subject": (entry("notice", on='"replied"', to='"complainant"', about='"weather"'), "[[notice]] 1", "about", "weather"),
    "document": (entry("document", on='"filed"', template='"poem"'), "[[document]] 1", "template", "poem"),
    "title of a role": (entry("role", role='"clerk"', title='"办事员"'), "[[role]] 1", "role", "clerk"),
    "number per": (entry("numbering", series='"case"', per='["week"]', format='"{seq}"'), "[[numbering]] 1", "per", "week"),
    "setting's type": (entry("setting", name='"window"', type='"colour"'), "[[setting]] 1 window", "type", "colour"),
    "code of a ground": (entry("ground", code="{ fact = 3 }", **{"for": '"refused"'}), "[[ground]] 1", "code", "text"),
    "target": (limit(target="[1]"), "reply", "target", "text"),
    "fact of a pause": (limit(pause='[{ from = "test_started", to = "test_ended", to_fact = "colour" }]'), "reply", "to_fact", "colour"),
    "limit of an extension": (entry("extension", of="[{ n = 1 }]", exactly='{ n = 5, unit = "day" }'), "[[extension]] 1", "of", "text"),
    "extension of nothing": (entry("extension", exactly='{ n = 5, unit = "day" }'), "[[extension]] 1", "of", "missing"),
    "times": (entry("extension", of='"reply"', times='"once"', exactly='{ n = 5, unit = "day" }'), "[[extension]] 1", "times", "whole"),
    "title": (entry("role", role='"handler"', title="1"), "[[role]] 1", "title", "text"),
    "format of a number": (entry("numbering", series='"case"', per='["year"]', format="7"), "[[numbering]] 1", "format", "text"),
    "name of a setting": (entry("setting", name="7", type='"int"'), "[[setting]] 1", "name", "text"),
    "setting of a length": (limit(within="{ setting = 7 }"), "reply", "within", "text"),
    "procedure of a new case": (
        entry("reaction", on='"registered"', then='[{ on = "new", event = "registered", procedure = {} }]'), "[[reaction]] 1", "procedure", "text",
    ),
    "routing area": (entry("route", areas='["moon"]'), "[[route]] 1", "areas", "moon"),
}  # fmt: skip


@pytest.mark.parametrize(("entries", "title", "key", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_names_file_entry_and_key(tmp_path, entries, title, key, says):
    error = refused(tmp_path, entries)
    assert error.file == "trial/TR.toml"
    assert title in error.entry
    assert error.key == key
    assert says in str(error)


def test_a_file_without_mistakes_loads(tmp_path):
    procedure = loaded(tmp_path).procedure("trial/complaint")
    assert [x.clauses for x in procedure.limits] == [("TR-01",)]


def test_the_second_of_two_entries_is_the_one_named(tmp_path):
    assert refused(tmp_path, GOOD + limit(roll='"weekend"')).entry.startswith("[[limit]] 2 reply")


def test_a_track_is_refused_in_one_clear_line_that_says_how_to_write_it(tmp_path):
    error = refused(tmp_path, entry("track", name='"x"'))
    assert error.entry == "track"
    assert "step on task_given" in error.message
    assert "\n" not in str(error)


def test_a_key_that_stands_twice_is_no_toml(tmp_path):
    error = refused(tmp_path, '[[limit]]\nname = "a"\nname = "b"\n')
    assert error.file == "TR.toml"
    assert "TOML" in error.message


# what a rule may not read


@pytest.mark.parametrize("name", ["subject", "what", "complainant.phone", "complainant.name", "respondent.address"])
def test_a_rule_that_compares_a_personal_fact_is_refused(tmp_path, name):
    error = refused(tmp_path, limit(when=f'{{ fact = "{name}", is = "某某" }}'))
    assert error.key == "when"
    assert "only ask whether it is set" in error.message


def test_a_rule_may_ask_whether_a_personal_fact_is_there(tmp_path):
    loaded(tmp_path, limit(when='{ fact = "complainant.phone", is = "set" }'))


@pytest.mark.parametrize(
    "entries",
    [
        entry("gate", event='"refused"', holds='{ fact = "ground", is = "set" }', basis='"unconfirmed"'),
        entry("bar", event='"refused"', by='"any@here"', basis='"unconfirmed"'),
        entry("ground", code='"B1"', **{"for": '"refused"'}, basis='"unconfirmed"'),
    ],
    ids=["gate", "bar", "ground"],
)
def test_nothing_hard_rests_on_what_is_unconfirmed(tmp_path, entries):
    error = refused(tmp_path, entries)
    assert error.key == "basis"


def test_a_limit_may_rest_on_what_is_unconfirmed_and_says_so(tmp_path):
    procedure = loaded(tmp_path, limit(basis='"unconfirmed"')).procedure("trial/complaint")
    assert not procedure.limits[0].confirmed


# what only the whole can show


def test_reactions_that_run_in_a_circle_are_refused(tmp_path):
    circle = entry("reaction", on='"urged"', then='[{ event = "supervised" }]') + entry(
        "reaction", on='"supervised"', then='[{ event = "urged" }]'
    )
    error = refused(tmp_path, circle)
    assert "circle" in error.message
    assert error.entry == "[[reaction]]"


def test_a_length_taken_from_a_limit_that_is_not_there_is_refused(tmp_path):
    error = refused(tmp_path, limit(within='{ same_as = "TR-77" }'))
    assert (error.file, error.entry, error.key) == ("trial/TR.toml", "reply", "within")


def test_a_length_taken_from_a_setting_that_is_not_there_is_refused(tmp_path):
    error = refused(tmp_path, limit(within='{ setting = "window" }'))
    assert "window" in error.message
    assert error.key == "within"


YEAR = """
[[ladder]]
name   = "breaches"
counts = { event = "breach_confirmed", same = "officer", window = { n = 1, unit = "year" }, year = { setting = "which_year" } }
steps  = [{ n = 1, offers = ["criticism"] }]
clause = "TR-02"
says   = "一年内第一次批评教育"
"""
WHICH_YEAR = """
[[setting]]
name    = "which_year"
type    = "text"
default = "calendar"
clause  = "TR-02"
says    = "按自然年还是滚动计算，由本单位定"
"""


@pytest.mark.parametrize(
    "asking",
    [YEAR, YEAR.replace("{ n = 1, unit = \"year\" }", '{ setting = "which_year" }').replace(", year = { setting = \"which_year\" }", "")],
    ids=["the year of a ladder", "its window"],
)  # fmt: skip
def test_a_setting_that_nobody_declares_is_refused_wherever_it_is_asked_for(tmp_path, asking):
    assert "which_year" in asking
    error = refused(tmp_path, asking)
    assert "which_year" in error.message
    assert (error.file, error.key) == ("trial/TR.toml", "setting")


def test_a_ladder_counts_by_the_year_that_a_declared_setting_names(tmp_path):
    (ladder,) = loaded(tmp_path, YEAR + WHICH_YEAR).procedure("trial/complaint").ladders
    assert ladder.args["year"] == {"setting": "which_year"}


# files and versions


@pytest.mark.parametrize("gone", ["code", "title", "source", "in_force", "edition"])
def test_a_header_without_one_of_its_keys_is_refused(tmp_path, gone):
    lines = [line for line in header().splitlines() if not line.startswith(gone)]
    write(tmp_path, "TR.toml", "\n".join(lines) + GOOD)
    with pytest.raises(RuleError) as caught:
        load_library([tmp_path])
    assert caught.value.key == gone


def test_a_file_is_named_by_its_code(tmp_path):
    write(tmp_path, "TX.toml", header("TR") + GOOD)
    with pytest.raises(RuleError) as caught:
        load_library([tmp_path])
    assert (caught.value.file, caught.value.key) == ("trial/TX.toml", "code")


def test_two_versions_stand_side_by_side_and_the_day_decides(tmp_path):
    write(tmp_path, "TR@2012-01-01.toml", header(in_force="2012-01-01") + GOOD.replace("n = 7", "n = 15"))
    library = loaded(tmp_path)
    lengths = [library.procedure("trial/complaint", date(y, 6, 1)).limits[0].within.period.n for y in (2015, 2021)]
    assert lengths == [15, 7]


def test_the_same_day_in_force_twice_asks_for_a_higher_edition(tmp_path):
    write(tmp_path, "TR@2020-01-01.toml", header() + GOOD)
    with pytest.raises(RuleError) as caught:
        loaded(tmp_path)
    assert caught.value.key == "edition"


def test_a_rule_set_not_written_yet_is_skipped_with_a_warning(tmp_path):
    write(tmp_path, "procedures.toml", PROCEDURE.replace('["TR"]', '["TR", "TZ"]'))
    write(tmp_path, "TR.toml", header() + GOOD)
    library = load_library([tmp_path])
    assert "TZ" in library.warnings[0]


def test_a_limit_that_is_named_and_nowhere_written_is_found(tmp_path):
    of = 'name = "x"\nof = ["TR-01", "conclude", "TR-77"]\nexactly = { n = 5, unit = "day" }\nclause = "TR-02"\nsays = "延长"\n'
    passed = entry("reaction", on='{ limit_passed = "replyy" }', then='[{ event = "urged" }]')
    library = loaded(tmp_path, GOOD + "[[extension]]\n" + of + passed)
    assert unknown_limits(library) == [("trial/TR.toml", "TR-77"), ("trial/TR.toml", "replyy")]


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ('colour = "blue"', "colour"),
        ('[[procedure.prevails]]\nclause = "TR-01"\nover = ["TR-02"]', "prevails"),
    ],
)
def test_a_mistake_in_the_procedures_names_file_and_key(tmp_path, entries, key):
    write(tmp_path, "procedures.toml", PROCEDURE + entries)
    write(tmp_path, "TR.toml", header() + GOOD)
    with pytest.raises(RuleError) as caught:
        load_library([tmp_path])
    assert (caught.value.file, caught.value.key) == ("trial/procedures.toml", key)


def test_a_procedure_without_its_rule_sets_is_refused(tmp_path):
    write(tmp_path, "procedures.toml", '[[procedure]]\nid = "trial/other"\nkinds = ["complaint"]\nintake = "city"\n')
    with pytest.raises(RuleError) as caught:
        load_library([tmp_path])
    assert (caught.value.entry, caught.value.key) == ("trial/other", "rule_sets")


# the compiled form


def test_a_stored_procedure_compiles_to_the_same_hash(tmp_path):
    library = loaded(tmp_path)
    procedure = library.procedure("trial/complaint")
    again = compile_source(procedure_source(procedure, library), library.vocabulary)
    assert again.hash == procedure.hash
    assert [x.name for x in again.limits] == [x.name for x in procedure.limits]


def test_another_number_is_another_hash(tmp_path):
    first = loaded(tmp_path).procedure("trial/complaint").hash
    assert loaded(tmp_path, GOOD.replace("n = 7", "n = 8")).procedure("trial/complaint").hash != first
