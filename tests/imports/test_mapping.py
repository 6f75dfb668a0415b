"""A map is read strictly; a row fails only for what stands in it, and says in words what that is."""

from datetime import date, datetime

import pytest

from huiyin.imports import mapping
from huiyin.imports.errors import MapError, Reject
from huiyin.imports.sources import Record

HEAD = """
[external]
system = "old"
no     = "{no}"
"""


def load(tmp_path, text, head=HEAD):
    path = tmp_path / "map.toml"
    path.write_text(text.replace("EXTERNAL", head) if "EXTERNAL" in text else text + head, encoding="utf-8")
    return mapping.load(path)


def facts(tmp_path, line, **cells):
    found = load(tmp_path, f"[facts]\n{line}\n").entry(Record(2, {"no": "1", **cells}))
    return found.facts


def reason(tmp_path, line, **cells):
    with pytest.raises(Reject) as caught:
        facts(tmp_path, line, **cells)
    return str(caught.value)


# values


@pytest.mark.parametrize(
    ("line", "cell", "name", "value"),
    [
        ('channel = "web"', "", "channel", "web"),
        ("real_name = false", "", "real_name", False),
        ('what = "{c}"', " 电饭煲坏了 ", "what", "电饭煲坏了"),
        ('subject = "关于{c}"', "水壶", "subject", "关于水壶"),
        ('channel = { column = "c", table = { "电话" = "phone" } }', "电话", "channel", "phone"),
        ('channel = { column = "c", table = { "电话" = "phone" }, otherwise = "other" }', "口信", "channel", "other"),
        (
            'kind = { column = "c", contains = [["咨询", "enquiry"]], otherwise = "complaint" }',
            "我要咨询",
            "kind",
            "enquiry",
        ),
        (
            'kind = { column = "c", contains = [["咨询", "enquiry"]], otherwise = "complaint" }',
            "坏了",
            "kind",
            "complaint",
        ),
        ('real_name = "{c}"', "是", "real_name", True),
        ('real_name = { column = "c", yes = ["实名"], no = ["匿名"] }', "匿名", "real_name", False),
        ('bought_on = "{c}"', "2026-05-29", "bought_on", date(2026, 5, 29)),
        ('bought_on = "{c}"', "2026年5月9日", "bought_on", date(2026, 5, 9)),
        ('bought_on = "{c}"', "2026/5/9 8:30", "bought_on", date(2026, 5, 9)),
        ('bought_on = { column = "c", formats = ["%d.%m.%Y"] }', "09.05.2026", "bought_on", date(2026, 5, 9)),
        ('bought_on = "{c}"', datetime(2026, 5, 9, 8), "bought_on", date(2026, 5, 9)),
        ('amount_fen = "{c}"', "1,299.50", "amount_fen", 129950),
        ('amount_fen = "{c}"', "¥0.01", "amount_fen", 1),
        ('amount_fen = { column = "c", money = "fen" }', 129950, "amount_fen", 129950),
        ('category = { column = "c", split = "、" }', "a:1、a:2", "category", ("a:1", "a:2")),
        ('sender_no = "{#row}"', "", "sender_no", "2"),
    ],
)
def test_a_value_is_made_as_the_map_says(tmp_path, line, cell, name, value):
    cells = {"c": cell, "#row": 2}
    assert facts(tmp_path, line, **cells)[name] == value


@pytest.mark.parametrize(
    "line",
    [
        'what = "{c}"',
        'bought_on = "{c}"',
        'channel = { column = "c", table = { "电话" = "phone" } }',
        'subject = "关于{c}"',
    ],
)
def test_an_empty_cell_leaves_the_fact_out(tmp_path, line):
    assert facts(tmp_path, line, c="  ") == {}


@pytest.mark.parametrize(
    ("line", "cell", "says"),
    [
        ('bought_on = "{c}"', "2026-02-30", "“2026-02-30”：不是日期"),
        ('bought_on = { column = "c", formats = ["%d.%m.%Y"] }', "2026-05-29", "应写成 %d.%m.%Y"),
        ('amount_fen = "{c}"', "一百", "不是金额"),
        ('amount_fen = "{c}"', "0.005", "不是金额"),
        ('amount_fen = "{c}"', "1e300", "不是金额"),
        ('amount_fen = "{c}"', "NaN", "不是金额"),
        ('real_name = "{c}"', "也许", "不是“是”或“否”"),
        ('channel = { column = "c", table = { "电话" = "phone" } }', "口信", "不在对照表中"),
        ('what = { column = "c", required = true }', "", "何事（c）“”：没有内容"),
        ('kind = { column = "c", contains = [["咨询", "enquiry"]] }', "坏了", "没有对应的词"),
    ],
)
def test_what_stands_in_a_row_is_said_with_fact_column_and_value(tmp_path, line, cell, says):
    assert says in reason(tmp_path, line, c=cell)


def test_a_long_value_is_not_repeated_whole_in_the_reason(tmp_path):
    assert len(reason(tmp_path, 'bought_on = "{c}"', c="长" * 5000)) < 120


def test_a_text_of_more_than_a_million_characters_is_given_back(tmp_path):
    assert "超过 1000000 个字符" in reason(tmp_path, 'what = "{c}"', c="长" * 1_000_001)


def test_a_row_without_an_external_number_is_given_back(tmp_path):
    with pytest.raises(Reject, match="没有外部编号"):
        load(tmp_path, "").entry(Record(2, {"no": " "}))


def test_a_row_that_is_no_row_says_so(tmp_path):
    with pytest.raises(Reject, match="有 2 列"):
        load(tmp_path, "").entry(Record(2, {"no": "1"}, "有 2 列，表头有 3 列"))


def test_the_procedure_follows_the_kind(tmp_path):
    text = 'procedure.enquiry = "jiangmen/light"\n[facts]\nkind = { column = "c", table = { "问" = "enquiry", "告" = "report" } }\n'
    map_ = load(tmp_path, text)
    assert map_.entry(Record(2, {"no": "1", "c": "问"})).procedure == "jiangmen/light"
    with pytest.raises(Reject, match="没有为事项类别“report”指定程序"):
        map_.entry(Record(3, {"no": "2", "c": "告"}))


def test_parties_and_later_events_come_with_the_row(tmp_path):
    text = """
enter = "imported"
EXTERNAL
[[party]]
role  = "complainant"
name  = "{who}"
phone = "{tel}"
[[event]]
event = "replied"
at = { column = "when" }
facts.text = "{reply}"
"""
    map_ = load(tmp_path, text)
    row = {"no": "1", "who": "某某", "tel": "", "when": "2020-05-06 10:00:00", "reply": "已处理"}
    found = map_.entry(Record(2, row))
    assert found.parties == [{"role": "complainant", "name": "某某"}]
    assert found.past == [("replied", datetime(2020, 5, 6, 10), {"text": "已处理"})]
    assert map_.entry(Record(3, {**row, "when": ""})).past == []
    assert map_.columns() == {"no", "who", "tel", "when", "reply"}


# the map itself


WRONG = {
    "key": ('colour = "blue"', "", "colour", "不认识的键"),
    "no external": ("EXTERNAL", "[external]", "", "须写明 [external]"),
    "constant number": ('EXTERNAL[external]\nsystem = "a"\nno = "5"', "[external]", "no", "不能每行相同"),
    "fact": ('EXTERNAL[facts]\ncolour = "{c}"', "[facts]", "colour", "没有这个事项"),
    "number": ('EXTERNAL[facts]\nnumber = "{c}"', "[facts]", "number", "没有这个事项"),
    "code": ('EXTERNAL[facts]\nchannel = "telegraph"', "[facts]", "channel", "其中之一"),
    "code in a table": ('EXTERNAL[facts]\nchannel = { column = "c", table = { "电" = "telegraph" } }', "[facts]", "channel", "其中之一"),
    "otherwise": ('EXTERNAL[facts]\nchannel = { column = "c", otherwise = "telegraph" }', "[facts]", "channel", "telegraph"),
    "date": ('EXTERNAL[facts]\nbought_on = "gestern"', "[facts]", "bought_on", "日期"),
    "key of a value": ('EXTERNAL[facts]\nwhat = { colum = "c" }', "[facts]", "what", "colum"),
    "two sources": ('EXTERNAL[facts]\nwhat = { column = "c", template = "{c}" }', "[facts]", "what", "只写一个"),
    "format": ('EXTERNAL[facts]\nbought_on = { column = "c", formats = ["dd.mm"] }', "[facts]", "bought_on", "formats"),
    "money": ('EXTERNAL[facts]\nwhat = { column = "c", money = "yuan" }', "[facts]", "what", "money"),
    "role": ('EXTERNAL[[party]]\nrole = "friend"', "[[party]] 1", "role", "其中之一"),
    "fact of a party": ('EXTERNAL[[party]]\nrole = "complainant"\nshoe = "{c}"', "[[party]] 1", "shoe", "没有这个事项"),
    "enter": ('enter = "somehow"', "", "enter", "imported"),
    "delimiter": ('delimiter = ";;"', "", "delimiter", "一个字符"),
    "procedure": ('procedure = "jiangmen"', "procedure", "", "不是程序"),
    "kind of a procedure": ('procedure.gripe = "jiangmen/light"', "procedure", "gripe", "不认识的事项类别"),
    "event": ('enter = "imported"\nEXTERNAL[[event]]\nevent = "solved"\nat = "{c}"', "[[event]] 1", "event", "solved"),
    "event without time": ('enter = "imported"\nEXTERNAL[[event]]\nevent = "replied"', "[[event]] 1", "at", "发生时间"),
    "events of new cases": ('EXTERNAL[[event]]\nevent = "replied"\nat = "{c}"', "[[event]]", "", "imported"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "entry", "key", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_in_a_map_names_file_entry_and_key(tmp_path, text, entry, key, says):
    head = "" if "no external" in text or text == "EXTERNAL" or "[external]" in text else HEAD
    with pytest.raises(MapError) as caught:
        load(tmp_path, text, head)
    assert (caught.value.file, caught.value.entry, caught.value.key) == ("map.toml", entry, key)
    assert says in str(caught.value)


def test_a_map_that_is_no_toml_is_named(tmp_path):
    with pytest.raises(MapError, match=r"map\.toml"):
        load(tmp_path, "name = ")


def test_shipped_maps_are_found_by_name_and_can_be_read():
    names = [path.stem for path in mapping.SHIPPED.glob("*.toml")]
    assert {"letters_labelled", "letters_with_replies", "table"} <= set(names)
    for name in names:
        assert mapping.load(mapping.find(name)).columns()


def test_a_map_that_is_not_there_lists_the_shipped_ones():
    with pytest.raises(MapError, match="letters_labelled"):
        mapping.find("letters_unlabelled")
