"""`huiyin rules mutate`: a rule that may change unnoticed is found."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from huiyin.cli import main
from huiyin.core.compose import load_library
from huiyin.core.mutate import changed, mutants, mutate
from huiyin.core.render import mermaid, text
from huiyin.core.vocabulary import load_vocabulary
from huiyin.core.wording import Words
from tests.support import shipped

RULES = """
code     = "TR"
title    = "试行制度"
source   = "trial.txt"
in_force = 2020-01-01
edition  = 1

[[step]]
event  = "refused"
after  = ["registered"]
by     = ["intake_officer@registrar"]
needs  = ["ground", "text"]
clause = "TR-02"
says   = "不予受理须说明理由"

[[limit]]
name   = "conclude"
from   = "received"
to     = "concluded"
within = { n = 7, unit = "working_day" }
clause = "TR-01"
says   = "七个工作日内办结"
"""
PROCEDURES = """
[[procedure]]
id        = "trial/complaint"
label     = "试行投诉"
kinds     = ["complaint"]
rule_sets = ["TR"]
intake    = "city"
"""
STRICT = """
[[example]]
clause    = "TR-01"
name      = "seven working days over Labour Day 2024"
procedure = "trial/complaint"
case      = { channel = "phone" }
events    = [
  { event = "registered", at = 2024-04-30T08:30:00, by = "intake_officer@city" },
  { event = "dispatched", at = 2024-04-30T08:40:00, by = "intake_officer@city", to = "county_a" },
  { event = "received", at = 2024-04-30T09:00:00, by = "intake_officer@county_a" },
]
due       = { "TR-01" = 2024-05-13 }

[[example]]
clause    = "TR-02"
name      = "no refusal without a ground"
procedure = "trial/complaint"
case      = { channel = "phone" }
events    = [
  { event = "registered", at = 2024-04-30T08:30:00, by = "intake_officer@city" },
  { event = "refused", at = 2024-04-30T09:00:00, by = "intake_officer@city", text = "不属于受理范围" },
]
refused   = "TR-02"
"""
LAX = STRICT.replace("due       = {", "running   = [").replace('"TR-01" = 2024-05-13 }', '"TR-01"]')
WRONG = STRICT.replace("2024-05-13", "2024-05-14")


def folders(tmp_path: Path, examples: str, rules: str = RULES) -> tuple[list[Path], list[Path]]:
    (tmp_path / "rules/trial").mkdir(parents=True)
    (tmp_path / "rules/trial/TR.toml").write_text(rules, encoding="utf-8")
    (tmp_path / "rules/trial/procedures.toml").write_text(PROCEDURES, encoding="utf-8")
    (tmp_path / "TR.toml").write_text(examples, encoding="utf-8")
    return [tmp_path / "rules"], [tmp_path / "TR.toml"]


def test_every_entry_is_taken_out_and_every_number_raised(tmp_path):
    rules, _ = folders(tmp_path, STRICT)
    found = mutants(load_library(rules))
    assert [(m.section, m.path, m.old, m.new) for m in found] == [
        ("step", (), None, None),
        ("limit", (), None, None),
        ("limit", ("within", "n"), 7, 8),
    ]


def test_a_change_leaves_the_table_it_was_made_from_alone(tmp_path):
    rules, _ = folders(tmp_path, STRICT)
    library = load_library(rules)
    raw = library.sets["TR"][0].raw
    number = mutants(library)[2]
    assert changed(raw, number)["limit"][0]["within"]["n"] == 8
    assert raw["limit"][0]["within"]["n"] == 7
    assert changed(raw, mutants(library)[0])["step"] == []


def test_examples_that_look_closely_notice_every_change(tmp_path):
    report = mutate(*folders(tmp_path, STRICT), processes=1)
    assert (report.of, report.tried, report.noticed) == (3, 3, 3)
    assert report.met


def test_an_example_that_does_not_look_at_the_date_lets_the_number_change(tmp_path):
    report = mutate(*folders(tmp_path, LAX), processes=1)
    assert [(s.mutant.path, s.why) for s in report.survivors] == [(("within", "n"), "not_noticed")]
    assert report.survivors[0].mutant.file == "trial/TR.toml"
    assert not report.met


def test_an_entry_without_an_example_survives_and_says_so(tmp_path):
    more = '[[notice]]\non = "registered"\nto = "complainant"\nclause = "TR-03"\nsays = "告知"\n'
    report = mutate(*folders(tmp_path, STRICT, RULES + more), processes=1)
    assert [(s.mutant.clauses, s.why) for s in report.survivors] == [(("TR-03",), "no_example")]


def test_an_example_that_fails_anyway_notices_nothing(tmp_path):
    report = mutate(*folders(tmp_path, WRONG), processes=1)
    assert report.broken == ["seven working days over Labour Day 2024"]
    assert {s.mutant.clauses for s in report.survivors} == {("TR-01",)}


def test_a_change_that_stops_the_loading_is_noticed(tmp_path):
    window = RULES.replace('within = { n = 7, unit = "working_day" }', 'within = { setting = "window" }') + (
        '[[setting]]\nname = "window"\ntype = "period"\ndefault = { n = 7, unit = "working_day" }\nclause = "TR-01"\nsays = "试"\n'
    )
    report = mutate(*folders(tmp_path, STRICT, window), processes=1)
    assert report.met
    assert [m.path for m in mutants(load_library([tmp_path / "rules"]))] == [(), (), (), ("default", "n")]


def test_two_processes_find_the_same(tmp_path):
    rules, paths = folders(tmp_path, LAX)
    one, two = mutate(rules, paths, processes=1), mutate(rules, paths, processes=2)
    assert one.survivors == two.survivors
    assert one.tried == two.tried == 3


def test_when_time_is_short_it_says_how_much_was_tried(tmp_path):
    report = mutate(
        *folders(tmp_path, STRICT, RULES + RULES[RULES.index("[[limit]]") :] * 9), seconds=1e-6, processes=1
    )
    assert 0 < report.tried < report.of


def test_the_command_names_file_entry_and_rate(tmp_path, monkeypatch, capsys):
    rules, paths = folders(tmp_path, LAX)
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    assert main(["rules", "mutate", "TR", "--examples", str(paths[0])]) == 1
    said = capsys.readouterr().out
    assert "trial/TR.toml [[limit]] 1 conclude (TR-01)：within.n 7 → 8：示例没有察觉" in said
    assert "察觉 2 处（66.7%）" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rules", "mutate", "NONE"], "没有规则集“NONE”"),
        (["rules", "mutate", "TR", "--examples", "/nowhere"], "找不到示例 /nowhere"),
        (["rules", "show", "trial/other"], "没有程序“trial/other”"),
        (["rules", "diagram", "trial/other"], "trial/complaint  试行投诉"),
        (["rules", "check", "/nowhere"], "没有文件夹 /nowhere"),
    ],
)
def test_what_is_not_there_is_said(tmp_path, monkeypatch, capsys, arguments, says):
    rules, _ = folders(tmp_path, STRICT)
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_the_command_answers_in_json(tmp_path, monkeypatch, capsys):
    rules, paths = folders(tmp_path, STRICT)
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    assert main(["rules", "mutate", "TR", "--examples", str(paths[0]), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["tried"], said["noticed"], said["met"], said["survivors"]) == (3, 3, True, [])


# reading a procedure


def test_show_gives_the_table_of_limits_with_clause_and_counting(tmp_path, monkeypatch, capsys):
    rules, _ = folders(tmp_path, STRICT)
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    assert main(["rules", "show", "trial/complaint"]) == 0
    said = capsys.readouterr().out
    line = next(x for x in said.splitlines() if "TR-01" in x)
    assert line.split() == ["TR-01", "conclude", "7", "个工作日", "起算当日不计，至末日24时"]
    assert "自 签收 至 办结" in said
    assert "由谁：登记单位的受理登记人员" in said
    assert "须写明：不予受理的理由、理由说明" in said


def test_show_takes_the_version_in_force_on_a_day(tmp_path, monkeypatch, capsys):
    rules, _ = folders(tmp_path, STRICT)
    older = RULES.replace("2020-01-01", "2012-01-01").replace("n = 7", "n = 15")
    (tmp_path / "rules/trial/TR@2012-01-01.toml").write_text(older, encoding="utf-8")
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    main(["rules", "show", "trial/complaint", "--on", date(2015, 1, 1).isoformat()])
    assert "15 个工作日" in capsys.readouterr().out


def test_the_diagram_draws_steps_and_limits_of_the_rules(tmp_path, monkeypatch, capsys):
    rules, _ = folders(tmp_path, STRICT)
    monkeypatch.setenv("HUIYIN_RULES", str(rules[0]))
    assert main(["rules", "diagram", "trial/complaint"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "flowchart TD"
    assert "  registered --> refused" in lines
    assert '  received -- "7 个工作日 TR-01" --> concluded' in lines
    assert '    refused(["不予受理"])' in lines


def test_check_counts_entries_and_clauses(tmp_path, monkeypatch, capsys):
    rules, _ = folders(tmp_path, STRICT)
    assert main(["rules", "check", str(rules[0])]) == 0
    assert "TR 2020-01-01 第1版：2 条，条款 2 个（step 1，limit 1）" in capsys.readouterr().out


def test_check_ends_with_1_and_names_the_place_of_a_mistake(tmp_path, capsys):
    rules, _ = folders(tmp_path, STRICT, RULES.replace("working_day", "workday"))
    assert main(["rules", "check", str(rules[0])]) == 1
    said = capsys.readouterr().err
    assert "文件：trial/TR.toml" in said
    assert "条目：[[limit]] 1 conclude (TR-01)" in said
    assert "键：within" in said


SAID = re.compile(r"\{|\}|function:|each:|None|setting:")  # what would be the file's own language, not a reader's


@pytest.mark.parametrize("id", sorted(shipped.library().procedures))
def test_every_shipped_procedure_is_said_in_words_alone(id):
    procedure = shipped.library().procedure(id)
    said = text(procedure, Words(load_vocabulary()))
    lines = [line for line in said.splitlines() if "格式：" not in line]  # the form of a number is written with braces
    assert [line for line in lines if SAID.search(line)] == []
    assert mermaid(procedure, Words(load_vocabulary())).startswith("flowchart TD\n")


# what stands beside the steps

MONEY = """
[[amount]]
name   = "share"
of     = "loss_fen"
bands  = [{ up_to = "10000.00", rate = "0.20" }, { rate = "0.10" }]
clause = "TR-03"
says   = "分段赔偿"

[[ladder]]
name   = "promise"
counts = { event = "breach_confirmed", same = "officer" }
steps  = [{ n = 1, offers = "criticism", clause = "TR-04" }, { n = 2, offers = "circular", clause = "TR-05" }]
clause = "TR-04"
says   = "按次数追责"
"""
MONEY_EXAMPLES = """
[[example]]
clause    = "TR-03"
name      = "both bands"
procedure = "trial/complaint"
case      = { loss_fen = 2500000 }
amounts   = { share = 350000 }

[[example]]
clause    = "TR-04"
name      = "the first breach"
procedure = "trial/complaint"
events    = [
  { event = "registered", at = 2024-04-30T08:30:00, by = "intake_officer@city" },
  { event = "breach_recorded", at = 2024-04-30T08:40:00, by = "supervisor@city", officer = "handler@city" },
  { event = "breach_confirmed", at = 2024-04-30T09:00:00, by = "unit_head@city" },
]
sanctions = ["criticism"]
"""


def test_rates_sums_and_steps_of_ladders_are_changed_too(tmp_path):
    rules, paths = folders(tmp_path, MONEY_EXAMPLES, RULES[: RULES.index("[[step]]")] + MONEY)
    found = [(m.section, m.path, m.old, m.new, m.clauses) for m in mutants(load_library(rules))]
    assert found == [
        ("ladder", (), None, None, ("TR-04",)),
        ("ladder", ("steps", 0), None, None, ("TR-04",)),
        ("ladder", ("steps", 1), None, None, ("TR-05",)),
        ("ladder", ("steps", 0, "n"), 1, 2, ("TR-04",)),
        ("ladder", ("steps", 1, "n"), 2, 3, ("TR-05",)),
        ("amount", (), None, None, ("TR-03",)),
        ("amount", ("bands", 0, "up_to"), "10000.00", "10001.00", ("TR-03",)),
        ("amount", ("bands", 0, "rate"), "0.20", "0.21", ("TR-03",)),
        ("amount", ("bands", 1, "rate"), "0.10", "0.11", ("TR-03",)),
    ]
    report = mutate(rules, paths, processes=1)
    assert [(s.mutant.clauses, s.why) for s in report.survivors] == [(("TR-05",), "no_example")] * 2
